//! A fit in a library: its objective with derivatives, as sums over the rows of its data.

use sdec_base::{Diagnostic, Span};
use sdec_codegen::Backend;
use sdec_hir as hir;
use sdec_lower::to_ssa::{Aspect, Binding, Constant};

use crate::constants::Evaluator;
use crate::fit::{Differentiated, Form, Source};
use crate::{Failure, Session, llvm};

use super::unit::{Fields, Given, Kind, Unit, cannot_miss, compiled, kernel_name, outputs};

/// Compiles the likelihood of a fit with its derivatives by the parameters that move.
pub(super) fn unit(
    session: &Session,
    evaluator: &Evaluator<'_>,
    backend: &dyn Backend,
    (fit, block): (&hir::Fit, &hir::Block),
    symbol: String,
) -> Result<Unit, Failure> {
    let refuse = |diagnostic: &Diagnostic| session.sources.refuse(diagnostic);
    if let Some((hir::Gradient::Reversible, span)) = fit.settings.gradient {
        return Err(refuse(&cannot_miss(span)));
    }
    if fit.objective.priors {
        return Err(refuse(&not_in_library("the density of priors", block.span)));
    }
    let columns = evaluator.columns;
    let form = Form::of(Aspect::Sum);
    let mut made = Differentiated::new(session, evaluator, columns, (fit, block), (form, false))?;
    if made.free.iter().any(|free| free.rows.is_some()) {
        return Err(refuse(&not_in_library(
            "a parameter of which each row has its own",
            block.span,
        )));
    }
    let (kernel, signature) = compiled(session, backend, std::mem::take(&mut made.lowered.func))?;
    let paths = made.units.paths();
    let all: Vec<usize> = (0..usize::try_from(paths).expect("rows fit memory")).collect();
    let mut fields = Fields::new();
    let mut inputs = Vec::new();
    let sources = made.sources(&signature, columns)?;
    for (k, (source, slot)) in sources.into_iter().zip(&signature.inputs).enumerate() {
        let binding = made.lowered.bindings.get(k).copied();
        inputs.push(match (source, binding) {
            (
                Source::Constant(_) | Source::Param(_),
                Some(Binding::Constant(Constant::Local(local), leaf)),
            ) => {
                let constant = Binding::Constant(Constant::Local(local), leaf);
                let array = made.plan.array(constant, columns)?.into_slot(slot);
                fields.field((local, leaf), &slot.name, slot.scalar, array)
            }
            (Source::Constant(array), _) => Given::Fixed(array),
            (Source::Own(own), _) => Given::Fixed(own.packed(slot, &all)),
            (Source::Key(name), _) => Given::Key(sdec_noise::name_hash(&name)),
            (Source::Direction(_), _) => {
                let what = "a trace by random directions";
                return Err(refuse(&not_in_library(what, block.span)));
            }
            (Source::Param(_) | Source::RowParam(_) | Source::Handed(_), _) => {
                unreachable!("what moves is a constant of the model that all rows share")
            }
        });
    }
    let mut labels = vec!["objective".to_owned()];
    let moved = made.free.iter().zip(&made.derivatives.by_free);
    labels.extend(
        moved.filter(|(_, place)| place.is_some()).map(|(free, _)| format!("∂{}", free.name)),
    );
    let status = made.lowered.status;
    if let Some(status) = status {
        labels.insert(status, "status".to_owned());
    }
    Ok(Unit {
        about: format!(
            "fit {} of {}, {}: less the log-likelihood of {paths} paths, and its derivatives",
            fit.name, made.plan.model.name, made.plan.solver
        ),
        kind: Kind::Fit,
        single: made.plan.single,
        object: llvm::object(&kernel, &kernel_name(&symbol), &session.options)?,
        scratch_bytes: signature.scratch_bytes,
        outputs: outputs(&signature, labels, status),
        fields: fields.all,
        inputs,
        paths,
        seed: made.plan.seed,
        symbol,
    })
}

fn not_in_library(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0901", format!("{what} cannot be in a library yet"), span)
        .label(span, "this fit")
        .help("name the blocks of which a library is made, as in  sdec build model.sde call -o libmodel.so")
}
