//! `--params FILE.safetensors`: values of parameters from a file, in place of their start values.
//!
//! A table of the file has the name of a parameter, followed for a record or a net by the names of
//! its fields: `θ`, `f.first.A`. The name of a model and a dot may stand before it; then it is for that
//! model alone. Parameters that the file does not name keep their start values.

use std::collections::BTreeMap;
use std::path::Path;

use sdec_data::read_safetensors;
use sdec_hir::{self as hir, Constraint, Leaf};
use sdec_lower::to_ssa;

use crate::Failure;
use crate::inputs::HostArray;

/// Arrays of a model's parameters that a file gives, by parameter and place.
pub(crate) type Given = BTreeMap<(hir::LocalId, usize), HostArray>;

/// What the file gives for the parameters of a model, and for those that all models share.
///
/// # Errors
///
/// The file cannot be read, names what no model has, or a table of it does not fit.
pub(crate) fn given(
    path: &Path,
    program: &hir::Program,
    model: Option<&hir::Model>,
    instance: &hir::Instance,
) -> Result<Given, Failure> {
    let fail = |what: String| Failure::Environment(format!("{}: {what}", path.display()));
    let arrays = read_safetensors(path).map_err(|error| Failure::file_of_option(&error))?;
    let known = names(program);
    if let Some((name, _)) = arrays.iter().find(|(name, _)| !known.contains(name)) {
        return Err(fail(format!("`{name}` is no parameter{}", listed(&known))));
    }
    let mut given = Given::new();
    let own = model.iter().flat_map(|model| &model.params);
    // What each row of a fit has for itself is no value of the model.
    for param in own.chain(&program.shared).filter(|param| param.per.is_none()) {
        let is_shared = program.shared.iter().any(|shared| shared.local == param.local);
        let local = &program.locals[param.local];
        let shapes = to_ssa::shapes(program, instance, &local.ty);
        for (k, (leaf, (_, shape))) in param.leaves.iter().zip(shapes).enumerate() {
            let name = format!("{}{}", local.name, leaf.name);
            let qualified = model.filter(|_| !is_shared);
            let qualified = qualified.map(|model| format!("{}.{name}", model.name));
            let find = |wanted: &str| arrays.iter().find(|(name, _)| name == wanted);
            let found = qualified.as_deref().and_then(find).or_else(|| find(&name));
            let Some((written, array)) = found else { continue };
            if array.shape != shape {
                let (found, wanted) = (extents(&array.shape), extents(&shape));
                return Err(fail(format!(
                    "`{written}` is {found}, but the program's is {wanted}{}",
                    sizes(program, instance)
                )));
            }
            if let Some(bad) = array.values.iter().find(|&&x| !allowed(leaf, x)) {
                let ty = program.show_constrained(&leaf.ty, &leaf.constraint);
                return Err(fail(format!("`{written}` holds {bad}, expected {ty}")));
            }
            given.insert((param.local, k), HostArray::Float(array.values.clone()));
        }
    }
    Ok(given)
}

/// Every name that a table may have.
fn names(program: &hir::Program) -> Vec<String> {
    let mut names = Vec::new();
    let leaves = |param: &hir::Param| {
        let name = &program.locals[param.local].name;
        param.leaves.iter().map(|leaf| format!("{name}{}", leaf.name)).collect::<Vec<_>>()
    };
    names.extend(program.shared.iter().flat_map(leaves));
    for model in program.models.values() {
        names.extend(model.params.iter().flat_map(leaves));
    }
    for model in program.models.values() {
        let own = model.params.iter().flat_map(leaves);
        names.extend(own.map(|name| format!("{}.{name}", model.name)));
    }
    names
}

/// At most eight of the names, for a message.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.is_empty() {
        return "; this program has none".to_owned();
    }
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let shown = &names[..names.len().min(SHOWN)];
    format!("; there are {}{more}", shown.join(", "))
}

/// `8 × 2`
fn extents(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "one number".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

/// ` with width = 8`
fn sizes(program: &hir::Program, instance: &hir::Instance) -> String {
    let show =
        |size: &hir::InstanceSize| format!("{} = {}", program.sizes[size.var].name, size.value);
    let sizes: Vec<String> = instance.sizes.iter().map(show).collect();
    if sizes.is_empty() { String::new() } else { format!(" with {}", sizes.join(", ")) }
}

/// Whether a number of an array satisfies its constraint; the shape of a simplex, of an order and of a
/// factor is not looked at.
fn allowed(leaf: &Leaf, x: f64) -> bool {
    x.is_finite()
        && match leaf.constraint {
            Constraint::Positive => x > 0.0,
            Constraint::NonNeg | Constraint::Simplex => x >= 0.0,
            Constraint::Unit => x > 0.0 && x < 1.0,
            Constraint::Interval(low, high) => x > low && x < high,
            Constraint::Real | Constraint::Ordered | Constraint::Chol | Constraint::Corr => true,
        }
}
