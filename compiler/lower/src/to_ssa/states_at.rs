//! States at times in the value of a solve, `S(1.0)`, `S(months[k])`: rows of what is kept of the path.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir};
use sdec_ssa::{Binary, Value};

use super::Lowerer;
use super::env::Env;
use super::solve::Scope;
use super::types::{Result, not_built};
use super::value::Val;

/// A state at a time in a value, and which of the kept states it is.
#[derive(Clone, Debug)]
pub struct StateAt<'a> {
    /// The [`hir::ExprKind::StateAt`] or [`hir::ExprKind::PathAt`].
    pub expr: &'a hir::Expr,
    /// The loops around it whose indices its time reads, outer ones first.
    pub loops: Vec<(&'a hir::Pattern, &'a hir::IndexSet)>,
    /// Numbers of kept states, one for each index of the loops, row-major.
    pub rows: Vec<u64>,
}

impl<'a> Lowerer<'a> {
    /// What is known of a state at a time before the value is evaluated: the state, or of one within loops
    /// all kept ones.
    pub(super) fn known_at(&mut self, model: &hir::Model, kept: &Val, at: &StateAt<'_>) -> Val {
        let hir::ExprKind::StateAt(local, _) = at.expr.kind else {
            unreachable!("places are states at times")
        };
        let place = model.states.iter().position(|state| state.local == local);
        let state = kept.parts()[place.expect("the state is the model's")].clone();
        if !at.loops.is_empty() {
            return state;
        }
        state.map(|array| self.b.row(array, at.rows[0]))
    }

    /// The value of a state at a time.
    pub(super) fn state_at(
        &mut self,
        state: hir::LocalId,
        expr: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let known = self.scope.as_ref().and_then(|scope| scope.at(expr)).cloned();
        match known {
            Some((at, known)) if at.loops.is_empty() => Ok(known),
            Some((at, known)) => {
                let row = self.row_at(&at, env)?;
                Ok(known.map(|array| self.b.index(array, row)))
            }
            None => Err(unknown_time(&self.program.locals[state].name, expr.span)),
        }
    }

    /// The number of the kept state, where loops are at some indices.
    pub(super) fn row_at(&mut self, at: &StateAt<'_>, env: &Env) -> Result<Value> {
        let mut place = self.b.int(0);
        for &(pattern, set) in &at.loops {
            let extents = self.extents(set, env);
            let mut numbers = Vec::new();
            for local in pattern.locals() {
                numbers.extend(self.local(local, env)?.leaves());
            }
            if numbers.len() != extents.len() {
                return not_built("a time of a state that reads a part of an index", at.expr.span);
            }
            for (number, extent) in numbers.into_iter().zip(extents) {
                let extent = self.b.int(i64::try_from(extent).expect("extents fit i64"));
                let before = self.b.binary(Binary::Mul, place, extent);
                place = self.b.binary(Binary::Add, before, number);
            }
        }
        let first = at.rows[0];
        if (first..).zip(&at.rows).all(|(number, &row)| number == row) {
            let first = self.b.int(i64::try_from(first).expect("kept states are counted"));
            return Ok(self.b.binary(Binary::Add, place, first));
        }
        let rows = at.rows.iter().map(|&row| i64::try_from(row).expect("kept states are counted"));
        let rows = rows.map(|row| self.b.int(row)).collect();
        let rows = self.b.stack(rows);
        Ok(self.b.index(rows, place))
    }
}

impl<'a> Scope<'a> {
    fn at(&self, expr: &hir::Expr) -> Option<&(StateAt<'a>, Val)> {
        self.states_at.iter().find(|(at, _)| at.is(expr))
    }
}

impl StateAt<'_> {
    /// Whether it is of this expression.
    pub(super) fn is(&self, expr: &hir::Expr) -> bool {
        self.expr.span == expr.span && self.expr.kind == expr.kind
    }
}

fn unknown_time(state: &str, at: Span) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "E0901",
            format!("this time of `{state}` is not known before paths begin"),
            at,
        )
        .label(at, "the time must not depend on a path or a draw")
        .help("write the time as a number, or as an expression of top-level lets, inputs and indices of loops"),
    )
}
