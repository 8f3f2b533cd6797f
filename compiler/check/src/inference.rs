//! Posteriors: what is wrong with them, before they are refused for not being built.
//!
//! They are compared with the text of the model, since they have no meaning yet.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{self, Clause, ClauseKind, Coefficient, ItemKind, Posterior};

use crate::checker::Checker;
use crate::error::InferenceError;
use crate::text::code;

impl<'a> Checker<'a> {
    pub(crate) fn written<T>(&self, pick: impl Fn(&'a ItemKind) -> Option<&'a T>) -> Option<&'a T> {
        self.user.entries.iter().find_map(|entry| pick(&entry.item().kind))
    }

    /// Says what is wrong with `posterior Q of M`, and refuses it.
    pub(crate) fn check_posterior(&mut self, posterior: &'a Posterior) {
        let prior = self.written(|item| match item {
            ItemKind::Model(model) if model.name.text == posterior.model.text => Some(model),
            _ => None,
        });
        if let Some(prior) = prior {
            for clause in &posterior.clauses {
                self.check_posterior_equation(&prior.clauses, clause);
            }
        }
        self.unbuilt("`posterior`", posterior.name.span);
    }

    fn check_posterior_equation(&mut self, prior: &'a [Clause], clause: &'a Clause) {
        let ClauseKind::Equation { head, terms, .. } = &clause.kind else { return };
        let same = prior.iter().find_map(|other| match &other.kind {
            ClauseKind::Equation { head: prior_head, terms, .. }
                if prior_head.text == head.text =>
            {
                Some((other.span, terms))
            }
            _ => None,
        });
        let Some((prior_span, prior_terms)) = same else { return };
        let noise = |term: &&ast::DiffTerm| {
            term.differential.as_ref().is_some_and(|by| by.name.text != "t")
        };
        if !prior_terms.iter().any(|term| noise(&term)) {
            let state = head.text.trim_start_matches('d').to_owned();
            let (prior, span) = (prior_span, clause.span);
            self.report(InferenceError::NoNoise { state, prior, span });
            return;
        }
        for term in terms.iter().filter(noise) {
            let Some(Coefficient::Expr(own)) = &term.coefficient else { continue };
            let by =
                |term: &ast::DiffTerm| term.differential.as_ref().map(|by| by.name.text.clone());
            let other = prior_terms.iter().find(|other| by(other) == by(term));
            if let Some(Coefficient::Expr(prior)) = other.and_then(|term| term.coefficient.as_ref())
                && code(prior) != code(own)
            {
                let (prior, posterior) = (prior.span, own.span);
                self.report(InferenceError::Diffusions { prior, posterior });
            }
        }
    }
}
