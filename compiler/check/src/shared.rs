//! Parameters at top level, which all models of the file share.

use std::collections::BTreeSet;

use sdec_base::Span;
use sdec_grammar::ast;
use sdec_hir::{DefId, Expr, ExprKind, LocalId, LocalKind};

use crate::checker::Checker;
use crate::error::{NameError, NetError};
use crate::items::Declared;

impl<'a> Checker<'a> {
    /// Checks a `param` outside models. Its streams have its name without a model's.
    pub(crate) fn check_shared(&mut self, param: &'a ast::Param) -> Declared {
        if let Some(per) = &param.per {
            self.unbuilt("a parameter `per` row outside of a model", per.span);
        }
        let mut built = self.declare_params(param);
        if let Some(prior) = &param.prior {
            self.check_law_expr(prior);
        }
        self.check_bounds_of(param.init.as_ref(), &param.names, &param.ty);
        for (name, built) in param.names.iter().zip(&mut built) {
            built.init = self.parameter_start(name, param, &name.text);
            built.prior = self.prior_of(name, param);
        }
        self.settle();
        let own: Vec<LocalId> = built.iter().map(|param| param.local).collect();
        for built in &mut built {
            if let Some(init) = &built.init
                && let Some((local, used)) = reads_one_of(init, &own)
            {
                let local = &self.hir.locals[local];
                let (name, declared) = (local.name.clone(), local.span);
                self.report(NameError::Cycle { name, declared, used, function: false });
            }
            let values = built.init.iter_mut().chain(&mut built.prior);
            values.for_each(|value| self.finish(value));
            let fits = built.leaves.iter().all(|leaf| self.check_extent_of(leaf, param.ty.span));
            if !fits {
                break;
            }
        }
        if self.failing() {
            return Declared::Failed;
        }
        let name = |local: LocalId| self.hir.locals[local].name.clone();
        let named = built.iter().map(|param| (name(param.local), param.local)).collect();
        self.hir.shared.extend(built);
        Declared::Params(named)
    }

    /// Refuses an expression that is evaluated before parameters have values.
    pub(crate) fn refuse_parameters(&mut self, value: &Expr, what: &'static str) {
        let mut seen = BTreeSet::new();
        if let Some(local) = self.parameter_read(value, &mut seen) {
            let local = &self.hir.locals[local];
            let (name, declared) = (local.name.clone(), local.span);
            self.report(NetError::ReadsParameter { name, what, declared, span: value.span });
        }
    }

    /// A parameter that an expression reads, itself or through functions.
    fn parameter_read(&self, value: &Expr, seen: &mut BTreeSet<DefId>) -> Option<LocalId> {
        let mut found = None;
        value.walk(&mut |e| {
            if found.is_some() {
                return;
            }
            if let ExprKind::Local(local) = e.kind {
                found = Some(local).filter(|&l| self.hir.locals[l].kind == LocalKind::Param);
            } else if let ExprKind::Def(def, _) = e.kind
                && seen.insert(def)
            {
                found = self.parameter_read(&self.hir.defs[def].body, seen);
            }
        });
        found
    }
}

/// The first of some locals that an expression names, and where.
fn reads_one_of(value: &Expr, locals: &[LocalId]) -> Option<(LocalId, Span)> {
    let mut found = None;
    value.walk(&mut |e| {
        if let ExprKind::Local(local) = e.kind
            && found.is_none()
        {
            found = locals.contains(&local).then_some((local, e.span));
        }
    });
    found
}
