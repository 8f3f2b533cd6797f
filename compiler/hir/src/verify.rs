//! What every finished program satisfies; a violation is a bug of the checker.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use crate::{
    Def, Equation, Expr, ExprKind, IndexSet, Model, Observed, Program, Size, SizeAtom, Ty, TyArg,
};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

type Result = std::result::Result<(), Malformed>;

/// Checks that no unknown or erroneous type is left, that ids are in range, and that clauses have
/// the types of their states.
///
/// # Errors
///
/// The first broken invariant.
pub fn verify(program: &Program) -> Result {
    for (local, declared) in program.locals.iter() {
        finished_ty(&declared.ty).map_err(|why| at(&format!("{local} {}", declared.name), &why))?;
    }
    for (id, global) in program.globals.iter() {
        expr(program, &global.value).map_err(|why| at(&format!("let {}", global.name), &why))?;
        earlier_globals(id.index(), &global.value)?;
    }
    let starts = program.shared.iter().filter_map(|param| param.init.as_ref());
    starts.into_iter().try_for_each(|init| verify_start(program, init))?;
    program.defs.values().try_for_each(|def| verify_def(program, def))?;
    program.models.values().try_for_each(|model| {
        verify_model(program, model).map_err(|why| at(&format!("model {}", model.name), &why))
    })?;
    program.posteriors.iter().try_for_each(|posterior| {
        verify_model(program, &posterior.law)
            .map_err(|why| at(&format!("posterior {}", posterior.name), &why))
    })?;
    program.losses.iter().try_for_each(|loss| expr(program, &loss.value))?;
    program.blocks.iter().try_for_each(|block| match &block.kind {
        crate::BlockKind::Show(value) => expr(program, value),
        crate::BlockKind::Estimate(estimate) => expr(program, &estimate.value),
        crate::BlockKind::Fit(fit) => {
            let numbers = [&fit.batch, &fit.holdout, &fit.starts].into_iter().flatten();
            let own = fit.optimizer.iter().flat_map(|optimizer| &optimizer.settings);
            numbers.chain(own.map(|(_, value)| value)).try_for_each(|e| expr(program, e))
        }
        crate::BlockKind::Planned(_) => Ok(()),
        crate::BlockKind::Sample(sample) => {
            sample.settings.times.iter().try_for_each(|e| expr(program, e))
        }
    })
}

fn at(place: &str, why: &Malformed) -> Malformed {
    Malformed(format!("{place}: {}", why.0))
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result {
    if holds { Ok(()) } else { Err(Malformed(otherwise())) }
}

fn verify_def(program: &Program, def: &Def) -> Result {
    let in_range = def.params.iter().all(|&param| program.locals.get(param).is_some());
    require(in_range, || format!("def {}: a parameter is not declared", def.name))?;
    expr(program, &def.body).map_err(|why| at(&format!("def {}", def.name), &why))
}

fn verify_model(program: &Program, model: &Model) -> Result {
    require(model.inits.len() == model.states.len(), || "not one init per state".to_owned())?;
    require(model.equations.len() == model.states.len(), || {
        "not one equation per state".to_owned()
    })?;
    for param in &model.params {
        param.init.iter().try_for_each(|init| verify_start(program, init))?;
    }
    let defaults = model.inputs.iter().filter_map(|input| input.default.as_ref());
    let lets = model.lets.iter().map(|stmt| &stmt.value);
    let priors = model.params.iter().filter_map(|param| param.prior.as_ref());
    let observed = model.likelihood_exprs().chain(model.spread_exprs());
    let drawn = model.observations.iter().filter_map(|seen| match &seen.observed {
        Observed::Law { draw, .. } => draw.as_ref().map(|draw| &draw.value),
        Observed::Exactly(_) => None,
    });
    let judged = observed.chain(drawn).chain(priors);
    defaults.chain(lets).chain(judged).try_for_each(|e| expr(program, e))?;
    for ((state, init), equation) in model.states.iter().zip(&model.inits).zip(&model.equations) {
        require(init.state == state.local && equation.state == state.local, || {
            "inits and equations are not in the order of the states".to_owned()
        })?;
        let ty = &program.locals[state.local].ty;
        let name = &program.locals[state.local].name;
        expr(program, &init.value)?;
        require(alike(&init.value.ty, ty), || format!("init of {name} has another type"))?;
        verify_equation(program, equation, ty)?;
    }
    Ok(())
}

/// Only a start value draws, and only in its outermost `let`.
fn verify_start(program: &Program, init: &Expr) -> Result {
    if let ExprKind::Block(lets, value) = &init.kind
        && let [stmt] = lets.as_slice()
        && let ExprKind::Draws(_) = &stmt.value.kind
    {
        finished_ty(&stmt.value.ty)?;
        return expr(program, value);
    }
    expr(program, init)
}

fn verify_equation(program: &Program, equation: &Equation, ty: &Ty) -> Result {
    let sides = [&equation.diffusion, &equation.jumps].into_iter().flatten();
    for side in std::iter::once(&equation.drift).chain(sides) {
        expr(program, side)?;
        require(alike(&side.ty, ty), || {
            let name = &program.locals[equation.state].name;
            let (found, wanted) = (program.show_ty(&side.ty), program.show_ty(ty));
            format!("equation of {name} has type {found} instead of {wanted}")
        })?;
    }
    Ok(())
}

fn earlier_globals(id: usize, value: &Expr) -> Result {
    let mut latest = None;
    value.walk(&mut |e| {
        if let ExprKind::Global(global) = e.kind {
            latest = latest.max(Some(global.index()));
        }
    });
    require(latest.is_none_or(|latest| latest < id), || format!("let {id} reads a later let"))
}

fn expr(program: &Program, whole: &Expr) -> Result {
    let mut result = Ok(());
    whole.walk(&mut |e| {
        if result.is_ok() {
            result = node(program, e).map_err(|why| at(&program.show_expr(e), &why));
        }
    });
    result
}

fn node(program: &Program, e: &Expr) -> Result {
    ids(program, e)?;
    finished_ty(&e.ty)?;
    if let Ty::Table(set, _) = &e.ty {
        require(program.counted_by(set).is_none(), || "a table over observations".to_owned())?;
    }
    match &e.kind {
        ExprKind::For(_, set, body) => {
            finished_set(set)?;
            require(e.ty == program.of_loop(set, &body.ty), || {
                "a `for` makes a table or a series of its body".to_owned()
            })
        }
        ExprKind::Reduce(_, _, set, _) | ExprKind::Fold(set, ..) | ExprKind::Scan(set, ..) => {
            finished_set(set)
        }
        ExprKind::If(_, a, b) => require(alike(&a.ty, &b.ty) && alike(&a.ty, &e.ty), || {
            "branches of different types".to_owned()
        }),
        ExprKind::Index(table, _) => match &table.ty {
            Ty::Series(_) | Ty::Events(_) => Ok(()),
            Ty::Table(_, of) => require(**of == e.ty, || "an entry of another type".to_owned()),
            _ => Err(Malformed("indexing something that is no table".to_owned())),
        },
        ExprKind::Path(drawn) => drawn.entries.iter().try_for_each(|(_, set)| finished_set(set)),
        ExprKind::Draws(_) => {
            Err(Malformed("draws outside the start value of a parameter".to_owned()))
        }
        ExprKind::Def(_, substitution) => {
            substitution.sizes.iter().try_for_each(|(_, set)| finished_set(set))?;
            substitution.types.iter().try_for_each(|(_, ty)| finished_ty(ty))
        }
        _ => Ok(()),
    }
}

fn ids(program: &Program, e: &Expr) -> Result {
    let in_range = match &e.kind {
        ExprKind::Local(local) | ExprKind::StateAt(local, _) | ExprKind::PathAt(local, ..) => {
            program.locals.get(*local).is_some()
        }
        ExprKind::Path(drawn) => program.models.get(drawn.model).is_some(),
        ExprKind::Global(global) => program.globals.get(*global).is_some(),
        ExprKind::Def(def, _) => program.defs.get(*def).is_some(),
        ExprKind::Column(data, column) => {
            program.data.get(*data).is_some_and(|data| *column < data.columns.len())
        }
        ExprKind::Construct(adt, constructor, _) => {
            program.adts.get(*adt).is_some_and(|adt| *constructor < adt.constructors.len())
        }
        _ => true,
    };
    require(in_range, || "an id that nothing has".to_owned())
}

/// No unknown and no error is left in a type.
fn finished_ty(ty: &Ty) -> Result {
    match ty {
        Ty::Meta(_) => Err(Malformed("an unknown type is left".to_owned())),
        Ty::Error => Err(Malformed("an erroneous type is left".to_owned())),
        Ty::Float | Ty::Nat | Ty::Int | Ty::Bool | Ty::Text | Ty::Var(_) => Ok(()),
        Ty::Ix(set) => finished_set(set),
        Ty::Table(set, of) => finished_set(set).and_then(|()| finished_ty(of)),
        Ty::Tuple(parts) => parts.iter().try_for_each(finished_ty),
        Ty::Record(fields) => fields.iter().try_for_each(|(_, ty)| finished_ty(ty)),
        Ty::Adt(_, args) => args.iter().try_for_each(|arg| match arg {
            TyArg::Ty(ty) => finished_ty(ty),
            TyArg::Index(set) => finished_set(set),
        }),
        Ty::Function(params, result) => {
            params.iter().try_for_each(finished_ty).and_then(|()| finished_ty(result))
        }
        Ty::Dist(of) | Ty::Series(of) | Ty::Events(of) => finished_ty(of),
    }
}

/// Whether types are the same, but for sizes, of which two may have the same number: `n` and 3 with
/// `size n = 3`.
fn alike(a: &Ty, b: &Ty) -> bool {
    match (a, b) {
        (Ty::Table(x, of_x), Ty::Table(y, of_y)) => alike_sets(x, y) && alike(of_x, of_y),
        (Ty::Ix(x), Ty::Ix(y)) => alike_sets(x, y),
        (Ty::Tuple(x), Ty::Tuple(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| alike(x, y))
        }
        (Ty::Record(x), Ty::Record(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.0 == y.0 && alike(&x.1, &y.1))
        }
        _ => a == b,
    }
}

fn alike_sets(a: &IndexSet, b: &IndexSet) -> bool {
    match (a, b) {
        (IndexSet::Size(_), IndexSet::Size(_)) => true,
        (IndexSet::Product(x), IndexSet::Product(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| alike_sets(x, y))
        }
        _ => a == b,
    }
}

fn finished_set(set: &IndexSet) -> Result {
    match set {
        IndexSet::Size(size) => finished_size(size),
        IndexSet::Named(_) => Ok(()),
        IndexSet::Product(sets) => sets.iter().try_for_each(finished_set),
    }
}

fn finished_size(size: &Size) -> Result {
    let unknown = size.terms.keys().flatten().any(|atom| matches!(atom, SizeAtom::Meta(_)));
    require(!unknown, || "an unknown size is left".to_owned())
}
