//! Equations: `dx = a dt + b dW` becomes a drift and a diffusion that is linear in increments
//! (rules M1, M2, M3).
//!
//! ```text
//! dx    = θ * (μ - x) dt + σ dW        drift      θ * (μ - x)
//!                                      diffusion  σ * dW
//! dx[i] = -x[i] dt + s dW[i]           drift      for i. -x[i]
//!                                      diffusion  for i. s * dW[i]
//! ```

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_base::{Help, Span};
use sdec_grammar::ast::{
    BinaryOp, Clause, ClauseKind, Coefficient, DiffTerm, Differential, ExprKind as Ast, Name,
};
use sdec_hir::{Arith, Equation, Expr, ExprKind, IndexSet, LocalId, LocalKind, Model, Ty};

use super::entries::{Slot, Written};
use crate::checker::{Checker, node};
use crate::error::ModelError;
use crate::infer::{Expected, Why};
use crate::model::axis;
use crate::noise::{Entry, Numbers, Terms};

/// The right side of one equation clause.
#[derive(Default)]
pub(super) struct Side {
    pub(super) drift: Vec<Expr>,
    pub(super) diffusion: Vec<Expr>,
    pub(super) jumps: Vec<Expr>,
}

/// What an equation clause is for: a state, or some of its entries.
pub(super) struct Target {
    pub(super) state: LocalId,
    /// Type of the state, or of the entry.
    pub(super) ty: Ty,
    pub(super) entry: Entry,
    /// Index names of `dx[i, j]`.
    pub(super) binders: Vec<LocalId>,
    /// All of its indices.
    pub(super) path: Vec<Slot>,
}

impl<'a> Checker<'a> {
    /// Checks all equations; what drives what is returned for the classification of the noise.
    pub(crate) fn check_equations(&mut self, clauses: &'a [Clause], built: &mut Model) -> Terms {
        let mut terms = Terms::default();
        let mut inherited = std::mem::take(&mut built.equations);
        let mut by_state: BTreeMap<LocalId, Vec<&'a Clause>> = BTreeMap::new();
        let mut stray = false;
        for clause in clauses {
            let (ClauseKind::Equation { head, .. } | ClauseKind::Rate { head, .. }) = &clause.kind
            else {
                continue;
            };
            match self.state_of(head) {
                Some(state) => by_state.entry(state).or_default().push(clause),
                None => {
                    stray = true;
                    self.report_no_state(head, clauses);
                }
            }
        }
        let refused = clauses
            .iter()
            .any(|c| matches!(c.kind, ClauseKind::Transition { .. } | ClauseKind::Next { .. }));
        self.inherit_differentials(&mut by_state, &inherited);
        let states: Vec<LocalId> = built.states.iter().map(|state| state.local).collect();
        let mut equations = self.written_equations(&states, &by_state, &mut terms);
        for state in states {
            match equations.remove(&state) {
                Some(equation) => built.equations.extend(equation),
                None if inherited.iter().any(|equation| equation.state == state) => {
                    let place = inherited.iter().position(|equation| equation.state == state);
                    built.equations.extend(place.map(|place| inherited.remove(place)));
                }
                // A misspelt head is probably the one that is missing.
                None if stray || refused || by_state.contains_key(&state) => {}
                None => {
                    let local = &self.hir.locals[state];
                    let (name, span) = (local.name.clone(), local.span);
                    self.report(ModelError::NoEquation { name, span });
                }
            }
        }
        terms
    }

    /// The equations that are written out, by state: each after those whose differentials it has. Nothing for one in
    /// which something is wrong.
    fn written_equations(
        &mut self,
        states: &[LocalId],
        clauses: &BTreeMap<LocalId, Vec<&'a Clause>>,
        terms: &mut Terms,
    ) -> BTreeMap<LocalId, Option<Equation>> {
        let mut equations = BTreeMap::new();
        for state in self.in_order_of_use(states, clauses) {
            let Some(clauses) = clauses.get(&state) else { continue };
            let equation = self.equation(state, clauses, terms);
            if let Some(equation) = &equation {
                self.scope_of_model().equations.insert(state, equation.clone());
            }
            equations.insert(state, equation);
        }
        equations
    }

    /// The state that `dx` is about.
    pub(super) fn state_of(&self, head: &Name) -> Option<LocalId> {
        let name = head.text.strip_prefix('d')?;
        self.here.model.as_ref()?.states.get(name).copied()
    }

    fn report_no_state(&mut self, head: &Name, clauses: &[Clause]) {
        let name = head.text.strip_prefix('d').unwrap_or(&head.text).to_owned();
        let heads: Vec<&str> = clauses
            .iter()
            .filter_map(|clause| match &clause.kind {
                ClauseKind::Equation { head, .. } | ClauseKind::Rate { head, .. } => {
                    head.text.strip_prefix('d')
                }
                _ => None,
            })
            .collect();
        let states = &self.here.model.as_ref().expect("a model is being checked").states;
        let missing: Vec<String> = states
            .keys()
            .filter(|state| !heads.contains(state))
            .map(|&state| state.to_owned())
            .collect();
        let declared = self.here.scope.get(&name).map(|binding| {
            let what = match binding.meaning {
                crate::scope::Meaning::Local(local) => match self.hir.locals[local].kind {
                    LocalKind::Param => "a parameter, which is constant in time",
                    LocalKind::Input => "an input, which is given from outside",
                    LocalKind::Bound
                    | LocalKind::ModelLet
                    | LocalKind::State
                    | LocalKind::Increment
                    | LocalKind::Time
                    | LocalKind::End => "not a state",
                },
                crate::scope::Meaning::Later(_) => "a `let` or `def`",
                _ => "not a state",
            };
            (binding.span, what)
        });
        let span = head.span;
        self.report(ModelError::NotAState { name, span, declared, missing });
    }

    fn equation(
        &mut self,
        state: LocalId,
        clauses: &[&'a Clause],
        terms: &mut Terms,
    ) -> Option<Equation> {
        let span = clauses[0].span;
        let mut written = Vec::new();
        let errors = self.errors();
        for clause in clauses {
            let depth = self.here.scope.depth();
            let target = self.target(state, clause);
            let side = target.as_ref().map(|target| self.right_side(clause, target, terms));
            self.here.scope.truncate(depth);
            let (Some(target), Some(side)) = (target, side) else { continue };
            written.push(Written { path: target.path, side, span: clause.span });
        }
        if self.errors() > errors {
            return None;
        }
        let ty = self.unifier.ty(&self.hir.locals[state].ty);
        let entries = self.equations_of_entries(state, &ty, written, &mut Vec::new())?;
        let drift = entries.part(|side| &side.drift);
        let drift = drift.unwrap_or_else(|| node(ExprKind::Zeros, ty, span));
        let (diffusion, jumps) =
            (entries.part(|side| &side.diffusion), entries.part(|side| &side.jumps));
        Some(Equation { state, drift, diffusion, jumps, span })
    }

    /// What the left side names; its indices come into sight.
    fn target(&mut self, state: LocalId, clause: &'a Clause) -> Option<Target> {
        let (ClauseKind::Equation { indices, .. } | ClauseKind::Rate { indices, .. }) =
            &clause.kind
        else {
            return None;
        };
        let mut target = Target {
            state,
            ty: self.unifier.ty(&self.hir.locals[state].ty),
            entry: Entry::Whole,
            binders: Vec::new(),
            path: Vec::new(),
        };
        if target.ty == Ty::Error {
            return None;
        }
        for index in indices {
            let Some((set, of)) = axis(&target.ty).map(|(set, of)| (set.clone(), of.clone()))
            else {
                let (name, ty) = (self.hir.locals[state].name.clone(), self.show(&target.ty));
                self.report(ModelError::EntryOfNumber { name, ty, span: index.span });
                return None;
            };
            let slot = match self.entry_number(index, &set) {
                Some(number) => Slot::Number(number?),
                None => {
                    let local = self.bind_local(index, Ty::Ix(set.clone()), LocalKind::Bound);
                    target.binders.push(local);
                    Slot::Each(local)
                }
            };
            // Numbers beside indices are not followed.
            target.entry = match (&slot, &target.entry) {
                (Slot::Number(number), Entry::Whole) => numbered(Numbers::default(), *number),
                (Slot::Number(number), Entry::Number(outer)) => numbered(*outer, *number),
                (Slot::Each(..), Entry::Whole | Entry::Own) => Entry::Own,
                _ => Entry::All,
            };
            target.path.push(slot);
            target.ty = of;
        }
        Some(target)
    }

    /// The number of an entry that is named or written as a number; `None` for an index name, and
    /// `Some(None)` after a report.
    fn entry_number(&mut self, index: &'a Name, set: &IndexSet) -> Option<Option<u64>> {
        if let Ok(number) = index.text.parse::<u64>() {
            let table = String::new();
            let set = set.clone();
            let span = index.span;
            let declared = None;
            let obligation =
                crate::checker::Obligation::InRange { index: number, span, set, table, declared };
            self.oblige(obligation);
            return Some(Some(number));
        }
        if !index.text.starts_with(char::is_uppercase) {
            return None;
        }
        let value = self.infer_member_of(index);
        let expected = Expected::new(
            Ty::Ix(set.clone()),
            Why::Index { table: String::new(), span: index.span },
        );
        let unified = self.unifier.unify(&expected.ty, &value.ty, index.span);
        if !self.agrees(unified, &value.ty, None, index.span, &expected) {
            return Some(None);
        }
        match value.kind {
            ExprKind::IndexElement(k) => Some(Some(k)),
            _ => Some(None),
        }
    }

    /// The right side of an equation, for the target's type.
    fn right_side(&mut self, clause: &'a Clause, target: &Target, terms: &mut Terms) -> Side {
        let mut side = Side::default();
        match &clause.kind {
            ClauseKind::Rate { body, .. } => {
                let expected = self.drift_expected(target);
                side.drift.push(self.check_body(body, &expected));
            }
            ClauseKind::Equation { terms: written, .. } => {
                let is_prior = self.is_of_prior(clause);
                for (k, term) in written.iter().enumerate() {
                    match &term.differential {
                        Some(by) if is_prior && !self.is_drift(&by.name) => {}
                        None => {
                            let more = written.get(k + 1);
                            self.report_no_differential(written, term, more);
                            break;
                        }
                        Some(by) if by.name.text == "t" => {
                            side.drift.extend(self.drift_term(term, by, target));
                        }
                        Some(by) if self.is_jump(&by.name) => {
                            side.jumps.extend(self.jump_term(term, by, target));
                        }
                        Some(by) if self.events_of(&by.name).is_some() => {
                            side.jumps.extend(self.event_term(term, by, target));
                        }
                        Some(by) if self.path_of(&by.name).is_some() => {
                            self.path_term(term, by, target, &mut side);
                        }
                        Some(by) if self.state_named(&by.name).is_some() => {
                            self.state_term(term, by, target, &mut side, terms);
                        }
                        Some(by) => side.diffusion.extend(self.noise_term(term, by, target, terms)),
                    }
                }
            }
            _ => {}
        }
        side
    }

    fn report_no_differential(
        &mut self,
        written: &[DiffTerm],
        term: &DiffTerm,
        next: Option<&DiffTerm>,
    ) {
        let help = self.noise_factor(term).or_else(|| missing_dt(written));
        let bound = next.filter(|t| is_dt(t)).map(|t| t.span);
        self.report(ModelError::NoDifferential { span: term.span, bound, help });
    }

    /// `σ * W`: what to write for a noise that is used as a factor.
    fn noise_factor(&self, term: &DiffTerm) -> Option<Help> {
        let Some(Coefficient::Expr(expr)) = &term.coefficient else { return None };
        let (coefficient, factor) = match &expr.kind {
            Ast::Binary { op: BinaryOp::Mul, lhs, rhs, .. } => (Some(lhs), rhs.as_ref()),
            _ => (None, expr),
        };
        let Ast::Name(name) = &factor.kind else { return None };
        self.here.model.as_ref()?.noises.get(name.text.as_str())?;
        let help = Help::new("a noise acts through its differential:");
        Some(match coefficient {
            Some(coefficient) => {
                let rest = Span { start: coefficient.span.end, ..factor.span };
                help.edit(rest, format!(" d{}", name.text))
            }
            None => help.put_before(factor.span, "d"),
        })
    }

    fn drift_expected(&self, target: &Target) -> Expected {
        let local = &self.hir.locals[target.state];
        let what = format!("the drift of `{}`", local.name);
        Expected::new(target.ty.clone(), Why::Clause { what, declared: local.span })
    }

    fn drift_term(
        &mut self,
        term: &'a DiffTerm,
        by: &Differential,
        target: &Target,
    ) -> Option<Expr> {
        if let Some(index) = by.indices.first() {
            self.report(ModelError::IndexedTime { span: index.span });
            return None;
        }
        let expected = self.drift_expected(target);
        let value = match &term.coefficient {
            Some(Coefficient::Expr(expr)) => self.check(expr, &expected),
            Some(Coefficient::Hole(span)) => {
                self.report(ModelError::Hole { span: *span });
                return None;
            }
            None => {
                let one = node(ExprKind::Float(1.0), Ty::Float, term.span);
                let unified = self.unifier.unify(&expected.ty, &Ty::Float, term.span);
                self.agrees(unified, &Ty::Float, None, term.span, &expected).then_some(one)?
            }
        };
        (value.ty != Ty::Error).then(|| signed(value, term))
    }
}

/// The entry with this number of those that begin so.
fn numbered(begin: Numbers, number: u64) -> Entry {
    begin.then(number).map_or(Entry::All, Entry::Number)
}

fn is_dt(term: &DiffTerm) -> bool {
    term.differential.as_ref().is_some_and(|by| by.name.text == "t")
}

/// Where `dt` was meant: `a - b dt` is one drift up to its first `dt`, and one without any lacks it.
fn missing_dt(written: &[DiffTerm]) -> Option<Help> {
    let first = written.first()?.span;
    if let Some(k) = written.iter().position(is_dt) {
        let Some(Coefficient::Expr(last)) = &written[k].coefficient else { return None };
        let help = Help::new("parenthesise the drift:").put_before(first, "(");
        return Some(help.put_after(last.span, ")"));
    }
    let bare = written.iter().take_while(|t| t.differential.is_none()).count();
    let (drift, rest) = written.split_at(bare);
    let last = drift.last()?.span;
    let help =
        Help::new("was `dt` forgotten? write:").put_after(last, ") dt").put_before(first, "(");
    let alone = Help::new("was `dt` forgotten? write:").put_after(last, " dt");
    let complete = rest.iter().all(|t| t.differential.is_some());
    complete.then_some(if bare == 1 { alone } else { help })
}

pub(super) fn signed(value: Expr, term: &DiffTerm) -> Expr {
    if !term.negative {
        return value;
    }
    let (ty, span) = (value.ty.clone(), value.span);
    node(ExprKind::Neg(Box::new(value)), ty, span)
}

pub(super) fn sum(terms: Vec<Expr>) -> Option<Expr> {
    terms.into_iter().reduce(|a, b| {
        let (ty, span) = (a.ty.clone(), a.span.to(b.span));
        node(ExprKind::Arith(Arith::Add, Box::new(a), Box::new(b)), ty, span)
    })
}
