//! The differential of another state on the right: `dy = g dx` means what the equation of `x` says.
//!
//! ```text
//! dx = a dt + b dW
//! dy = c dt + g dx                                  dy = (c + g a) dt + g b dW
//! ```

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast::{Clause, ClauseKind, Coefficient, DiffTerm, Differential, Name};
use sdec_hir::{Arith, Equation, Expr, ExprKind, LocalId};

use super::equation::{Side, Target, signed};
use crate::checker::{Checker, node};
use crate::error::ModelError;
use crate::noise::{Channel, Term, Terms};

/// Through so many equations a differential may lead.
const MOST_EQUATIONS: usize = 64;

/// So many operations may differentials of states stand for in a model.
const MOST_OPERATIONS: usize = 100_000;

/// The walk along which equations are put in order.
#[derive(Default)]
struct Walk {
    done: Vec<LocalId>,
    /// Through how many equations the differentials of each one lead.
    depths: BTreeMap<LocalId, usize>,
    /// States whose equations need the next one's, with the differential that does.
    open: Vec<(LocalId, Span)>,
    /// Whether a circle was found, or an end of what is allowed.
    refused: bool,
}

impl<'a> Checker<'a> {
    /// The state that a differential on the right names.
    pub(super) fn state_named(&self, name: &Name) -> Option<LocalId> {
        let model = self.here.model.as_ref().expect("a model is being checked");
        model.states.get(name.text.as_str()).copied()
    }

    /// The states in an order in which each comes after those whose differentials its equation has. None where
    /// there is no such order.
    pub(super) fn in_order_of_use(
        &mut self,
        states: &[LocalId],
        clauses: &BTreeMap<LocalId, Vec<&'a Clause>>,
    ) -> Vec<LocalId> {
        let mut walk = Walk::default();
        for &state in states {
            self.visit(state, clauses, &mut walk);
        }
        if walk.refused { Vec::new() } else { walk.done }
    }

    fn visit(
        &mut self,
        state: LocalId,
        clauses: &BTreeMap<LocalId, Vec<&'a Clause>>,
        walk: &mut Walk,
    ) {
        if walk.refused || walk.depths.contains_key(&state) {
            return;
        }
        if let Some(first) = walk.open.iter().position(|&(open, _)| open == state) {
            let name = |&(open, span): &(LocalId, Span)| (self.hir.locals[open].name.clone(), span);
            let states: Vec<_> = walk.open[first..].iter().map(name).collect();
            let (name, span) = states[0].clone();
            self.report(ModelError::CircularEquations { name, span, states });
            walk.refused = true;
            return;
        }
        let mut depth = 0;
        for clause in clauses.get(&state).into_iter().flatten() {
            let ClauseKind::Equation { terms, .. } = &clause.kind else { continue };
            for by in terms.iter().filter_map(|term| term.differential.as_ref()) {
                let Some(other) = self.state_named(&by.name) else { continue };
                walk.open.push((state, by.span));
                if walk.open.len() <= MOST_EQUATIONS {
                    self.visit(other, clauses, walk);
                }
                walk.open.pop();
                let below = walk.depths.get(&other).copied().unwrap_or(MOST_EQUATIONS);
                depth = depth.max(below + 1);
                if depth > MOST_EQUATIONS && !walk.refused {
                    self.report(ModelError::LongChain { most: MOST_EQUATIONS, span: by.span });
                    walk.refused = true;
                }
            }
        }
        if !walk.refused {
            walk.done.push(state);
            walk.depths.insert(state, depth);
        }
    }

    /// Equations of a posterior's prior that follow states of which the posterior has equations, as if they were
    /// the posterior's: `dy = g dx` holds along every path, whatever moves `x`. Others are the prior's as they are.
    pub(super) fn inherit_differentials(
        &mut self,
        clauses: &mut BTreeMap<LocalId, Vec<&'a Clause>>,
        inherited: &[Equation],
    ) {
        let known = inherited.iter().map(|equation| (equation.state, equation.clone()));
        self.scope_of_model().equations = known.collect();
        let prior = self.scope_of_model().prior_clauses.clone();
        loop {
            let follows = |clause: &&&'a Clause| {
                let ClauseKind::Equation { head, terms, .. } = &clause.kind else { return None };
                let state = self.state_of(head).filter(|state| !clauses.contains_key(state))?;
                let mut by = terms.iter().filter_map(|term| term.differential.as_ref());
                let moved = |by: &Differential| {
                    self.state_named(&by.name).is_some_and(|other| clauses.contains_key(&other))
                };
                by.any(moved).then_some(state)
            };
            let Some(state) = prior.iter().find_map(|clause| follows(&clause)) else { return };
            let is_its = |clause: &&&'a Clause| match &clause.kind {
                ClauseKind::Equation { head, .. } => self.state_of(head) == Some(state),
                _ => false,
            };
            let own = prior.iter().filter(is_its).copied().collect();
            clauses.insert(state, own);
        }
    }

    /// Whether an equation is the prior's, checked again for a posterior: its noises have been.
    pub(super) fn is_of_prior(&self, clause: &Clause) -> bool {
        let model = self.here.model.as_ref().expect("a model is being checked");
        model.prior_clauses.iter().any(|prior| std::ptr::eq(*prior, clause))
    }

    /// Whether a differential is part of the drift: that of the time, of a path or of a state.
    pub(super) fn is_drift(&self, name: &Name) -> bool {
        name.text == "t" || self.path_of(name).is_some() || self.state_named(name).is_some()
    }

    /// A term of a posterior, with the prior's coefficient in place of `_`.
    fn with_coefficient_of_prior(
        &mut self,
        term: &'a DiffTerm,
        by: &Differential,
        target: &Target,
    ) -> Option<&'a DiffTerm> {
        let Some(Coefficient::Hole(_)) = term.coefficient else { return Some(term) };
        let prior = self.scope_of_model().prior_clauses.clone();
        let terms = prior.into_iter().filter_map(|clause| match &clause.kind {
            ClauseKind::Equation { head, indices, terms } if indices.is_empty() => {
                (self.state_of(head) == Some(target.state)).then_some(terms)
            }
            _ => None,
        });
        let mut terms = terms.flatten();
        let is_same = |other: &&'a DiffTerm| {
            other.differential.as_ref().is_some_and(|other| other.name.text == by.name.text)
        };
        let found = terms.find(is_same).filter(|_| target.path.is_empty());
        if found.is_none() {
            self.unbuilt("`_` for the coefficient of a state's differential in an entry", by.span);
        }
        found
    }

    /// `g dx`: the coefficient applied to each side of the equation of `x`, as it would be to an increment.
    pub(super) fn state_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
        side: &mut Side,
        terms: &mut Terms,
    ) -> Option<()> {
        let state = self.state_named(&by.name)?;
        if self.scope_of_model().prior {
            let drift = self.scope_of_model().equations.get(&state)?.drift.clone();
            let term = self.with_coefficient_of_prior(term, by, target)?;
            let (value, ..) = self.applied_to(drift, term, by, target)?;
            side.drift.push(value);
            return Some(());
        }
        // Where its equation is wrong or missing, that has been said.
        let driven: Vec<Term> = terms.iter().filter(|term| term.state == state).cloned().collect();
        let equation = self.scope_of_model().equations.get(&state)?;
        let values = [Some(&equation.drift), equation.diffusion.as_ref(), equation.jumps.as_ref()];
        let coefficients = driven.iter().map(|term| term.coefficient.as_ref());
        let more: usize = values.into_iter().chain(coefficients).flatten().map(operations).sum();
        let equation = equation.clone();
        let stands_for = &mut self.scope_of_model().expanded;
        let allowed = *stands_for <= MOST_OPERATIONS;
        *stands_for += more + driven.len();
        if *stands_for > MOST_OPERATIONS {
            // Said once.
            if allowed {
                self.report(ModelError::LargeEquations { most: MOST_OPERATIONS, span: by.span });
            }
            return None;
        }
        let is_still = equation.diffusion.is_none() && equation.jumps.is_none();
        if is_still || equation.drift.kind != ExprKind::Zeros {
            let (value, ..) = self.applied_to(equation.drift, term, by, target)?;
            side.drift.push(value);
        }
        if let Some(jumps) = equation.jumps {
            let (value, ..) = self.applied_to(jumps, term, by, target)?;
            side.jumps.push(value);
        }
        if let Some(diffusion) = equation.diffusion {
            let (value, channel, coefficient) = self.applied_to(diffusion, term, by, target)?;
            side.diffusion.push(value);
            let own = target.binders.clone();
            let through = |other: Term| {
                let reached = through(channel, other.channel);
                let other = if reached == Channel::Own { renamed(other, &own) } else { other };
                Term {
                    state: target.state,
                    entry: target.entry.clone(),
                    binders: if own.is_empty() { other.binders } else { own.clone() },
                    channel: reached,
                    coefficient: product(coefficient.clone(), other.coefficient),
                    span: term.span,
                    ..other
                }
            };
            terms.extend(driven.into_iter().map(through));
        }
        Some(())
    }

    /// The coefficient of a term applied to a value of the state's type, the channel of entries, and the
    /// coefficient.
    fn applied_to(
        &mut self,
        value: Expr,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
    ) -> Option<(Expr, Channel, Option<Expr>)> {
        let ty = self.unifier.ty(&value.ty);
        let value = Expr { ty, span: by.span, ..value };
        let (part, channel) = self.part_of_differential(value, by, target)?;
        let coefficient = self.coefficient(term, target)?;
        let applied = self.apply_noise(coefficient.clone(), part, channel, target, term, by)?;
        Some((signed(applied.value, term), applied.channel, coefficient))
    }
}

fn operations(expr: &Expr) -> usize {
    let mut count = 0;
    expr.walk(&mut |_| count += 1);
    count
}

/// The channels of a noise in a state that follows entries of another, in which the noise has these.
fn through(entries: Channel, channel: Channel) -> Channel {
    match (entries, channel) {
        (Channel::Only | Channel::Own, channel) => channel,
        (_, Channel::Only | Channel::Number(_)) => channel,
        (_, Channel::Own | Channel::Block(_) | Channel::All) => Channel::All,
    }
}

/// The term with the index names of another equation, whose entries are its own.
fn renamed(term: Term, names: &[LocalId]) -> Term {
    if term.binders.len() != names.len() {
        return term;
    }
    let Term { mut coefficient, binders, .. } = term;
    if let Some(expr) = &mut coefficient {
        expr.walk_mut(&mut |expr| {
            for (from, to) in binders.iter().zip(names) {
                if expr.kind == ExprKind::Local(*from) {
                    expr.kind = ExprKind::Local(*to);
                }
            }
        });
    }
    Term { coefficient, binders, ..term }
}

/// What a coefficient made of two reads; only that is asked of it.
fn product(a: Option<Expr>, b: Option<Expr>) -> Option<Expr> {
    let (Some(a), Some(b)) = (&a, &b) else { return a.or(b) };
    let (a, b) = (Box::new(a.clone()), Box::new(b.clone()));
    let (ty, span) = (a.ty.clone(), a.span);
    Some(node(ExprKind::Arith(Arith::Mul, a, b), ty, span))
}
