//! The derivatives of a likelihood, and what of it is computed once for all rows.

use std::collections::BTreeSet;

use sdec_abi::Signature;
use sdec_base::Diagnostic;
use sdec_hir as hir;
use sdec_lower::to_ssa::{Binding, Lowered};
use sdec_ssa::Func;

use super::head::Free;
use super::objective::Source;
use super::units::Units;
use super::{Form, maker, moving, moving_params, place, program, sources};
use crate::columns::Columns;
use crate::common::{self, Shared};
use crate::compile::optimise;
use crate::constants::Evaluator;
use crate::gradient::{self, Maker, Mode, Wanted};
use crate::solve::Plan;
use crate::{Failure, Session};

/// The program of a likelihood with its derivatives, and what it reads.
pub(crate) struct Differentiated<'a> {
    pub(crate) plan: Plan<'a>,
    pub(crate) lowered: Lowered,
    pub(crate) units: Units,
    /// What moves, in order.
    pub(crate) free: Vec<Free>,
    pub(crate) derivatives: Derivatives,
}

/// Which outputs of a likelihood are its derivatives. They come after the value and, where there is one, the status.
pub(crate) struct Derivatives {
    /// By each array that moves; none where the program does not read it.
    pub(crate) by_free: Vec<Option<usize>>,
    /// What is computed once for all rows, and the derivatives by its results.
    pub(super) shared: Option<(Shared, Vec<usize>)>,
}

impl<'a> Differentiated<'a> {
    /// That of some rows of a fit. What is computed once for all of them is taken out of it where that is asked for.
    pub(crate) fn new(
        session: &'a Session,
        evaluator: &Evaluator<'_>,
        columns: &Columns<'_>,
        (fit, block): (&'a hir::Fit, &hir::Block),
        (form, apart): (Form, bool),
    ) -> Result<Self, Failure> {
        let (plan, mut lowered, units) = program(session, evaluator, columns, fit, block, form)?;
        let rows = units.first.len() - 1;
        let mut free = moving(session.checked()?, fit);
        free.iter_mut().filter(|free| free.rows.is_some()).for_each(|free| free.rows = Some(rows));
        let paths = if apart { units.paths() } else { 1 };
        let derivatives = differentiate(session, fit, &free, &mut lowered, paths)?;
        Ok(Self { plan, lowered, units, free, derivatives })
    }

    /// The programs of what is computed once for all rows: for its values, and for what their cotangents come to.
    pub(crate) fn computed_once(&self) -> Vec<Func> {
        let Some((shared, _)) = &self.derivatives.shared else { return Vec::new() };
        let moves = |binding: &Binding| self.free.iter().any(|free| free.binding() == *binding);
        let places = shared.bindings.iter().enumerate().filter(|(_, binding)| moves(binding));
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        vec![shared.func.clone(), shared.pulled(&places)]
    }

    /// Where each input of code with this signature comes from.
    pub(crate) fn sources(
        &mut self,
        signature: &Signature,
        columns: &Columns<'_>,
    ) -> Result<Vec<Source>, Failure> {
        let own = std::mem::take(&mut self.units.own);
        let (bindings, landmarks) = (&self.lowered.bindings, &self.units.landmarks);
        sources(signature, bindings, &self.free, own, landmarks, &self.plan, columns)
    }
}

/// The program of a likelihood with derivatives by what moves.
pub(crate) fn with_gradient(
    session: &Session,
    fit: &hir::Fit,
    mut lowered: Lowered,
) -> Result<Lowered, Failure> {
    let free = moving(session.checked()?, fit);
    differentiate(session, fit, &free, &mut lowered, 1)?;
    Ok(lowered)
}

/// Adds derivatives to the program of a likelihood of so many paths.
fn differentiate(
    session: &Session,
    fit: &hir::Fit,
    free: &[Free],
    lowered: &mut Lowered,
    paths: u64,
) -> Result<Derivatives, Failure> {
    let mut places: Vec<Option<usize>> = free.iter().map(|free| place(lowered, free)).collect();
    let mut shared = None;
    let handed = lowered.bindings.len();
    if let Maker::Pass(mode) = maker(fit) {
        lowered.func = optimise(std::mem::take(&mut lowered.func))?;
        refuse_without_effect(session, fit, &lowered.bindings, &lowered.func, free)?;
        // Forwards there is a tangent for each number, and there may be more of those that are handed over.
        if mode == Mode::Backprop {
            shared = common::take(lowered, common::of_many_runs(paths));
        }
        if shared.is_some() {
            let read = lowered.func.body.captures();
            let is_read = |place: &usize| read.contains(&lowered.func.params[*place].value);
            places.iter_mut().for_each(|place| *place = place.filter(is_read));
        }
        let handed = handed..lowered.bindings.len();
        let first = places.iter().flatten().copied().chain(handed).collect();
        let wanted = Wanted { first, ..Wanted::default() };
        lowered.func = gradient::run(&lowered.func, &wanted, mode, mode)
            .expect("parameters are made of floats, as the checker demands");
    }
    let mut outputs = if lowered.status.is_some() { 2.. } else { 1.. };
    let by_free = places.iter().map(|place| place.and_then(|_| outputs.next())).collect();
    let results = lowered.bindings.len() - handed;
    let shared = shared.map(|shared| (shared, outputs.take(results).collect()));
    Ok(Derivatives { by_free, shared })
}

/// A parameter that the objective does not read cannot be fitted.
fn refuse_without_effect(
    session: &Session,
    fit: &hir::Fit,
    bindings: &[Binding],
    func: &Func,
    free: &[Free],
) -> Result<(), Failure> {
    let program = session.checked()?;
    let read: BTreeSet<sdec_ssa::Value> =
        func.body.insts.iter().flat_map(|inst| inst.reads()).collect();
    let reads = |free: &Free| {
        let wanted = free.binding();
        let place = bindings.iter().position(|&binding| binding == wanted);
        place.is_some_and(|place| read.contains(&func.params[place].value))
    };
    for param in moving_params(program, fit) {
        let is_read = free.iter().filter(|free| free.local == param.local).any(reads);
        if is_read || fit.objective.priors && param.prior.is_some() {
            continue;
        }
        let local = &program.locals[param.local];
        let name = &local.name;
        let found = Diagnostic::error(
            "E0616",
            format!("`{name}` has no effect on the objective"),
            local.span,
        )
        .label(local.span, "the likelihood does not depend on this parameter")
        .help(format!("keep it as it is, as in  fix = [{name:?}]"));
        return Err(session.sources.refuse(&found));
    }
    Ok(())
}
