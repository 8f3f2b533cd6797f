//! When values change (M4): each `let` has the latest stage of what it reads.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_hir::{Expr, ExprKind, LocalId, LocalKind, Pattern, Program, Stage};

/// Stages of the lets seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stages {
    lets: BTreeMap<LocalId, Stage>,
}

impl Stages {
    /// The stage of an expression; functions of the model count as what they read.
    pub(crate) fn of(&self, expr: &Expr, program: &Program) -> Stage {
        let mut stage = Stage::Constant;
        expr.walk(&mut |e| {
            let read = match &e.kind {
                ExprKind::Local(local) => self.local(*local, program),
                ExprKind::Def(def, _) => self.of(&program.defs[*def].body, program),
                _ => Stage::Constant,
            };
            stage = stage.max(read);
        });
        stage
    }

    fn local(&self, local: LocalId, program: &Program) -> Stage {
        if let Some(&stage) = self.lets.get(&local) {
            return stage;
        }
        match program.locals[local].kind {
            LocalKind::Bound | LocalKind::ModelLet => Stage::Constant,
            LocalKind::Param | LocalKind::Input => Stage::Parameter,
            LocalKind::End => Stage::Row,
            LocalKind::Time => Stage::Time,
            LocalKind::State | LocalKind::Increment => Stage::State,
        }
    }

    /// Notes the stage of a `let`'s names.
    pub(crate) fn bind(&mut self, pattern: &Pattern, stage: Stage) {
        match pattern {
            Pattern::Bind(local) => {
                self.lets.insert(*local, stage);
            }
            Pattern::Tuple(parts) | Pattern::Constructor(_, _, parts) => {
                parts.iter().for_each(|part| self.bind(part, stage));
            }
            Pattern::Record(fields) => {
                for &(_, local) in fields {
                    self.lets.insert(local, stage);
                }
            }
            Pattern::Wild => {}
        }
    }
}
