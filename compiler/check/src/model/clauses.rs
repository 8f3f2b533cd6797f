//! Lets and functions of a model, each checked when it is first named (rule M4).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{self, Clause, ClauseKind, Name};
use sdec_hir::{DefId, LocalKind, ModelLet, Stage, Ty};

use super::clause_names;
use crate::checker::Checker;
use crate::error::NameError;
use crate::items::{Declared, Status, pattern_names};
use crate::scope::Meaning;

impl<'a> Checker<'a> {
    pub(crate) fn check_lets(&mut self, clauses: &'a [Clause]) {
        for (k, clause) in clauses.iter().enumerate() {
            match &clause.kind {
                ClauseKind::Let(stmt) => {
                    let name = pattern_names(&stmt.pattern).into_iter().next();
                    self.check_clause_of(k, name);
                }
                ClauseKind::Def(def) => self.check_clause_of(k, Some(&def.name)),
                _ => {}
            }
        }
    }

    /// Checks a let or function of the model where it is first named.
    pub(crate) fn check_clause(&mut self, k: usize, user: &'a Name) {
        self.check_clause_of(k, Some(user));
    }

    fn check_clause_of(&mut self, k: usize, user: Option<&'a Name>) {
        let (clause, status) = self.scope_of_model().clauses[k].clone();
        match status {
            Some(Status::Busy) => {
                if let Some(user) = user {
                    let declared = clause_names(clause)
                        .into_iter()
                        .find(|name| name.text == user.text)
                        .map_or(clause.span, |name| name.span);
                    let function = matches!(clause.kind, ClauseKind::Def(_));
                    let name = user.text.clone();
                    self.report(NameError::Cycle { name, declared, used: user.span, function });
                    self.here.scope.set(&user.text, Meaning::Failed);
                }
                return;
            }
            Some(Status::Waiting) => {}
            Some(Status::Done(_)) | None => return,
        }
        self.scope_of_model().clauses[k].1 = Some(Status::Busy);
        let depth = self.scope_of_model().depth;
        let inner = self.here.scope.split_off(depth);
        match &clause.kind {
            ClauseKind::Let(stmt) => self.check_model_let(stmt),
            ClauseKind::Def(def) => {
                let id: DefId = self.check_def(def);
                self.here.scope.set(&def.name.text, Meaning::Def(id));
            }
            _ => unreachable!("only lets and functions wait"),
        }
        self.here.scope.extend(inner);
        self.scope_of_model().clauses[k].1 = Some(Status::Done(Declared::Failed));
    }

    fn check_model_let(&mut self, stmt: &'a ast::Let) {
        let depth = self.here.scope.depth();
        let value = self.let_value(stmt);
        let pattern = self.bind_pattern(&stmt.pattern, &value.ty, LocalKind::ModelLet);
        self.note_series(&pattern, &value);
        let names = pattern_names(&stmt.pattern);
        let meanings: Vec<Meaning> = names
            .iter()
            .filter_map(|name| self.here.scope.get(&name.text).map(|b| b.meaning.clone()))
            .collect();
        self.here.scope.truncate(depth);
        for (name, meaning) in names.iter().zip(meanings) {
            let failed = value.ty == Ty::Error;
            self.here.scope.set(&name.text, if failed { Meaning::Failed } else { meaning });
        }
        let stage = Stage::Constant;
        self.scope_of_model().lets.push(ModelLet { pattern, value, stage });
    }
}
