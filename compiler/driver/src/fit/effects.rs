//! What each row of data has of what a fit integrated over, at the parameters that it found.

use sdec_codegen::Backend;
use sdec_engine::{Collected, Engine};
use sdec_hir as hir;
use sdec_lower::to_ssa::{self, Aspect};

use super::{Form, kept, own_params, program, sources};
use crate::columns::Columns;
use crate::compile::{MEMORY, Runs, compile};
use crate::constants::Evaluator;
use crate::inputs::HostArray;
use crate::params::Given;
use crate::result::Effect;
use crate::{Failure, Session};

/// The modes of what each row has for itself, for a user and for what follows; nothing where a fit integrates over
/// nothing.
///
/// # Errors
///
/// What keeps them from being computed.
pub(crate) fn effects(
    session: &Session,
    evaluator: &Evaluator<'_>,
    columns: &Columns<'_>,
    backend: &dyn Backend,
    (fit, block): (&hir::Fit, &hir::Block),
) -> Result<(Vec<Effect>, Given), Failure> {
    let (mut effects, mut given) = (Vec::new(), Given::new());
    if fit.objective.integral.is_none() {
        return Ok((effects, given));
    }
    let wanted = Form::of(Aspect::Modes);
    let (plan, lowered, mut units) = program(session, evaluator, columns, fit, block, wanted)?;
    let code = compile(lowered.func, backend, MEMORY, Runs::new(units.paths(), Some(1)))?.code;
    let own = std::mem::take(&mut units.own);
    let sources =
        sources(code.signature(), &lowered.bindings, &[], own, &units.landmarks, &plan, columns)?;
    let rows: Vec<usize> = (0..units.first.len() - 1).collect();
    let engine = Engine::new(std::num::NonZeroUsize::MIN)
        .map_err(|error| Failure::Environment(error.to_string()))?;
    let mut outputs = kept::outputs(&*code, &sources, &rows, lowered.status, &engine)?.into_iter();
    let program = session.checked()?;
    for param in own_params(program, fit) {
        let local = &program.locals[param.local];
        let shapes = to_ssa::shapes(program, &fit.instance, &local.ty);
        for (k, (leaf, (_, shape))) in param.leaves.iter().zip(shapes).enumerate() {
            let value = match outputs.next() {
                Some(Collected::Paths { rows, .. }) => rows,
                Some(Collected::Uniform(all)) => all.repeat(rows.len()),
                Some(Collected::Moments(_) | Collected::Sums(_) | Collected::Status(_)) | None => {
                    Vec::new()
                }
            };
            let shape = std::iter::once(rows.len()).chain(shape).collect();
            let name = format!("{}{}", local.name, leaf.name);
            given.insert((param.local, k), HostArray::Float(value.clone()));
            effects.push(Effect { name, shape, value });
        }
    }
    Ok((effects, given))
}
