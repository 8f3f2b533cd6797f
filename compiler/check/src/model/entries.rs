//! Equations for entries of a state: `dx[0, j] = …`, `dx[1, j] = …` become one equation for all of it, which is a
//! list where entries have numbers and a loop where they have an index.

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_hir::{Expr, ExprKind, IndexSet, LocalId, Pattern, Ty};

use super::equation::{Side, sum};
use crate::checker::{Checker, node};
use crate::error::ModelError;
use crate::model::axis;

/// An index on the left side of an equation.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// An entry, by its number.
    Number(u64),
    /// Each entry.
    Each(LocalId),
}

/// An equation clause, checked.
pub(super) struct Written {
    pub(super) path: Vec<Slot>,
    pub(super) side: Side,
    pub(super) span: Span,
}

/// How the clauses for a state, or for a part of it, fit together.
pub(super) struct Tree {
    ty: Ty,
    span: Span,
    form: Form,
}

enum Form {
    /// One clause says all.
    Clause(Side),
    /// One for each number.
    List(Vec<Tree>),
    /// The same for each index.
    Loop(LocalId, IndexSet, Box<Tree>),
}

impl Checker<'_> {
    /// Puts the clauses for a state together, of which there must be one for each of its numbers. `place` is the
    /// part of it that they are for.
    pub(super) fn equations_of_entries(
        &mut self,
        state: LocalId,
        ty: &Ty,
        mut clauses: Vec<Written>,
        place: &mut Vec<String>,
    ) -> Option<Tree> {
        let (span, depth) = (clauses.first()?.span, place.len());
        let is_whole = |clause: &Written| clause.path.len() == depth;
        let has_number = |clause: &Written| matches!(clause.path[depth], Slot::Number(_));
        let clash = match clauses.iter().position(is_whole) {
            Some(k) if clauses.len() > 1 => Some(k.max(1)),
            Some(_) => {
                let side = clauses.swap_remove(0).side;
                return Some(Tree { ty: ty.clone(), span, form: Form::Clause(side) });
            }
            None => {
                let numbered = has_number(&clauses[0]);
                clauses.iter().position(|clause| has_number(clause) != numbered)
            }
        };
        if let Some(k) = clash {
            let name = self.hir.locals[state].name.clone();
            let [first, second] = [clauses[0].span, clauses[k].span];
            self.report(ModelError::TwoEquations { name, first, second });
            return None;
        }
        let (set, of) = axis(ty).map(|(set, of)| (set.clone(), of.clone()))?;
        if let Slot::Each(index) = clauses[0].path[depth] {
            for clause in &mut clauses[1..] {
                if let Slot::Each(other) = clause.path[depth] {
                    clause.side.rename(other, index);
                }
            }
            place.push(self.hir.locals[index].name.clone());
            let inner = self.equations_of_entries(state, &of, clauses, place);
            place.pop();
            let form = Form::Loop(index, set, Box::new(inner?));
            return Some(Tree { ty: ty.clone(), span, form });
        }
        let mut numbered: BTreeMap<u64, Vec<Written>> = BTreeMap::new();
        for clause in clauses {
            if let Slot::Number(k) = clause.path[depth] {
                numbered.entry(k).or_default().push(clause);
            }
        }
        if !self.has_all_entries(state, (&set, &of), &numbered, place, span) {
            return None;
        }
        let mut entries = Vec::new();
        for (k, clauses) in numbered {
            place.push(self.name_of_entry(&set, k));
            let entry = self.equations_of_entries(state, &of, clauses, place);
            place.pop();
            entries.push(entry?);
        }
        Some(Tree { ty: ty.clone(), span, form: Form::List(entries) })
    }

    fn has_all_entries(
        &mut self,
        state: LocalId,
        (set, of): (&IndexSet, &Ty),
        numbered: &BTreeMap<u64, Vec<Written>>,
        place: &[String],
        span: Span,
    ) -> bool {
        let count = self.unifier.count(set);
        let number = self.unifier.number(&count).and_then(|n| u64::try_from(n).ok());
        let found = numbered.len() as u64;
        if number == Some(found) {
            return true;
        }
        let mut known = 0..number.unwrap_or(0).min(found + 1);
        let missing = known.find(|k| !numbered.contains_key(k)).map(|k| {
            let entry = self.name_of_entry(set, k);
            place.iter().cloned().chain([entry]).collect::<Vec<_>>().join(", ")
        });
        let (name, number) = (self.hir.locals[state].name.clone(), *of == Ty::Float);
        self.report(ModelError::MissingEntry { name, missing, number, span });
        false
    }

    fn name_of_entry(&self, set: &IndexSet, k: u64) -> String {
        let named = match set {
            IndexSet::Named(index) => self.hir.indices[*index].elements.get(k as usize),
            IndexSet::Size(_) | IndexSet::Product(_) => None,
        };
        named.cloned().unwrap_or_else(|| k.to_string())
    }
}

impl Side {
    /// The same of another index.
    fn rename(&mut self, from: LocalId, to: LocalId) {
        let Self { drift, diffusion, jumps } = self;
        for term in drift.iter_mut().chain(diffusion).chain(jumps) {
            term.walk_mut(&mut |inner| {
                if inner.kind == ExprKind::Local(from) {
                    inner.kind = ExprKind::Local(to);
                }
            });
        }
    }
}

impl Tree {
    /// One part of all clauses, such as their drifts; nothing where none has it.
    pub(super) fn part(&self, of: fn(&Side) -> &Vec<Expr>) -> Option<Expr> {
        let made = |kind| node(kind, self.ty.clone(), self.span);
        match &self.form {
            Form::Clause(side) => sum(of(side).clone()),
            Form::Loop(index, set, inner) => {
                let body = Box::new(inner.part(of)?);
                Some(made(ExprKind::For(Pattern::Bind(*index), set.clone(), body)))
            }
            Form::List(entries) => {
                let parts: Vec<Option<Expr>> = entries.iter().map(|entry| entry.part(of)).collect();
                parts.iter().any(Option::is_some).then(|| {
                    let zeros = |entry: &Tree| node(ExprKind::Zeros, entry.ty.clone(), entry.span);
                    let entries = entries.iter().zip(parts);
                    let entries = entries.map(|(entry, part)| part.unwrap_or_else(|| zeros(entry)));
                    made(ExprKind::List(entries.collect()))
                })
            }
        }
    }
}
