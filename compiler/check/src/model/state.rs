//! The differential of another state on the right: `dy = g dx` means what the equation of `x` says.
//!
//! ```text
//! dx = a dt + b dW
//! dy = c dt + g dx                                  dy = (c + g a) dt + g b dW
//! ```

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast::{Clause, ClauseKind, DiffTerm, Differential, Name};
use sdec_hir::{Arith, Expr, ExprKind, LocalId};

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

    /// `g dx`: the coefficient applied to each side of the equation of `x`, as it would be to an increment.
    pub(super) fn state_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
        side: &mut Side,
        terms: &mut Terms,
    ) -> Option<()> {
        if self.scope_of_model().prior {
            self.unbuilt("the differential of a state in a posterior", by.span);
            return None;
        }
        let state = self.state_named(&by.name)?;
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
