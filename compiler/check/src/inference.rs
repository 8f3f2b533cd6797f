//! Posteriors: laws of the same paths as their model's, of which they restate starts and drifts
//! (rules M6 and M7).
//!
//! What is wrong with an equation or a start is seen by comparing it with the text of the model.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Clause, ClauseKind, Coefficient, DiffTerm, ItemKind, Posterior};
use sdec_hir::{Equation, LocalId, LocalKind, Model, ModelId, Pattern, Ty};

use crate::checker::Checker;
use crate::error::{CommandError, InferenceError};
use crate::items::Declared;
use crate::model::{ModelScope, clause_names};
use crate::scope::Meaning;
use crate::suggest::nearest;
use crate::text::code;

impl<'a> Checker<'a> {
    pub(crate) fn written<T>(&self, pick: impl Fn(&'a ItemKind) -> Option<&'a T>) -> Option<&'a T> {
        self.user.entries.iter().find_map(|entry| pick(&entry.item().kind))
    }

    /// The model that a posterior or an objective names.
    pub(crate) fn model_named(&mut self, name: &ast::Name) -> Option<(ModelId, &'a ast::Model)> {
        let declared = self.find_item(&name.text).map(|at| self.demand(at, Some(name)));
        let similar = match declared {
            Some(Declared::Model(id)) => {
                let span = self.hir.models[id].span;
                let written = self.written(|item| match item {
                    ItemKind::Model(model) if model.name.span == span => Some(model),
                    _ => None,
                })?;
                return Some((id, written));
            }
            Some(Declared::Failed) => return None,
            Some(_) => None,
            None => {
                let models =
                    self.user.entries.iter().filter_map(|entry| match &entry.item().kind {
                        ItemKind::Model(model) => Some(model.name.text.as_str()),
                        _ => None,
                    });
                nearest(&name.text, models).map(str::to_owned)
            }
        };
        let (written, span) = (name.text.clone(), name.span);
        self.report(CommandError::NotAModel { written, span, similar });
        None
    }

    /// Checks `posterior Q of M given xs`.
    pub(crate) fn check_posterior(&mut self, posterior: &'a Posterior) -> Declared {
        let Some((id, written)) = self.model_named(&posterior.model) else {
            return Declared::Failed;
        };
        for clause in &posterior.clauses {
            self.compare_with_prior(written, clause);
        }
        if self.failing() {
            return Declared::Failed;
        }
        let prior = self.hir.models[id].clone();
        let sizes = self.model_sizes(&posterior.params);
        let mut law = Model { name: posterior.name.text.clone(), ..prior.clone() };
        law.span = posterior.name.span;
        law.sizes.extend(sizes);
        let own = [prior.sizes.len(), prior.params.len(), prior.lets.len()];
        self.report_names_of_posterior(posterior, written);
        self.bring_prior_in(&prior, written);
        let given = self.bring_given_in(&posterior.given, &prior);
        let header = posterior.given.last().map_or((posterior.model.span, false), |given| {
            (given.ty.as_ref().map_or(given.name.span, |ty| ty.span), true)
        });
        let scope = self.scope_of_model();
        (scope.header, scope.given) = (Some(header), given.clone());
        scope.prior_clauses = written.clauses.iter().collect();
        self.scope_of_model().name = &posterior.name.text;
        let clauses = &posterior.clauses;
        self.declare_clauses(clauses, &mut law);
        let depth = self.here.scope.depth();
        self.scope_of_model().depth = depth;
        self.check_values(clauses, &mut law);
        self.check_lets(clauses);
        self.check_inits(clauses, &mut law);
        self.check_equations(clauses, &mut law);
        self.settle();
        self.finish_model(&mut law);
        self.check_parameter_stages(&law);
        if self.failing() {
            return Declared::Failed;
        }
        for (restated, inherited) in law.equations.iter_mut().zip(&prior.equations) {
            let Equation { diffusion, jumps, .. } = inherited;
            (restated.diffusion, restated.jumps) = (diffusion.clone(), jumps.clone());
        }
        let moved = |pairs: Vec<(LocalId, bool)>| -> Vec<LocalId> {
            pairs.into_iter().filter(|&(_, own)| own).map(|(state, _)| state).collect()
        };
        let inits = law.inits.iter().zip(&prior.inits);
        let inits = moved(inits.map(|(own, old)| (own.state, own.span != old.span)).collect());
        let equations = law.equations.iter().zip(&prior.equations);
        let equations =
            moved(equations.map(|(own, old)| (own.state, own.span != old.span)).collect());
        let (name, span) = (posterior.name.text.clone(), posterior.name.span);
        let built =
            sdec_hir::Posterior { name, span, model: id, given, law, own, inits, equations };
        self.hir.posteriors.push(built);
        Declared::Posterior(self.hir.posteriors.len() - 1)
    }

    /// One name space for the model and its posterior.
    fn report_names_of_posterior(&mut self, posterior: &'a Posterior, prior: &'a ast::Model) {
        let clauses: Vec<&'a Clause> = prior.clauses.iter().chain(&posterior.clauses).collect();
        self.report_repeated_names(&posterior.params, &clauses);
    }

    /// The names of the model, as its posterior sees them.
    fn bring_prior_in(&mut self, prior: &Model, written: &'a ast::Model) {
        let scope = ModelScope { prior: true, ..ModelScope::default() };
        self.here.model = Some(scope);
        for (param, (var, _)) in written.params.iter().zip(&prior.sizes) {
            self.here.scope.bind(&param.name.text, Meaning::Size(*var), param.name.span);
        }
        self.here.scope.bind("t", Meaning::Local(prior.time), written.name.span);
        for (name, end) in ["t0", "t1"].into_iter().zip(prior.ends) {
            self.here.scope.bind(name, Meaning::Local(end), written.name.span);
        }
        let mut locals: Vec<LocalId> = Vec::new();
        let mut constraints = crate::sign::Constraints::default();
        for state in &prior.states {
            constraints.insert(state.local, &state.leaves);
            locals.push(state.local);
        }
        for param in &prior.params {
            constraints.insert(param.local, &param.leaves);
            locals.push(param.local);
        }
        for input in &prior.inputs {
            constraints.insert_all(input.local, input.constraint.clone());
            locals.push(input.local);
        }
        locals.extend(prior.lets.iter().flat_map(|stmt| bound_by(&stmt.pattern)));
        self.scope_of_model().constraints = constraints;
        for name in written.clauses.iter().flat_map(clause_names) {
            let local = locals.iter().find(|&&local| self.hir.locals[local].span == name.span);
            let noise = prior.noises.iter().find(|noise| noise.span == name.span);
            let jump = prior.jumps.iter().find(|jump| jump.span == name.span);
            let def = self.hir.defs.iter().find(|(_, def)| def.span == name.span);
            let meaning = match (local, def) {
                (Some(&local), _) => Meaning::Local(local),
                (None, Some((def, _))) => Meaning::Def(def),
                (None, None) => Meaning::Other("a noise"),
            };
            self.here.scope.bind(&name.text, meaning, name.span);
            let is_state = local.filter(|&&l| self.hir.locals[l].kind == LocalKind::State);
            let scope = self.scope_of_model();
            if let Some(&state) = is_state {
                scope.states.insert(&name.text, state);
            }
            if let Some(noise) = noise {
                scope.noises.insert(&name.text, noise.increment);
            }
            if let Some(jump) = jump {
                scope.noises.insert(&name.text, jump.increment);
            }
        }
        let observed = written.clauses.iter().filter_map(|clause| match &clause.kind {
            ClauseKind::Observe { name, .. } => Some(name),
            _ => None,
        });
        self.scope_of_model().observed = observed.collect();
    }

    /// What a posterior or an objective is given: the observation of that name, as a series where it is
    /// made along the path, or what is declared.
    pub(crate) fn bring_given_in(
        &mut self,
        given: &'a [ast::Given],
        model: &Model,
    ) -> Vec<LocalId> {
        let mut locals = Vec::new();
        for ast::Given { name, ty } in given {
            let declared = ty.as_ref().map(|ty| self.ty(ty));
            let seen = model.observations.iter().find(|seen| seen.name == name.text);
            let ty = match (declared, seen) {
                (Some(ty), _) => ty,
                (None, Some(seen)) if seen.at.is_some() || matches!(seen.ty, Ty::Events(_)) => {
                    seen.ty.clone()
                }
                (None, Some(seen)) => Ty::Series(Box::new(seen.ty.clone())),
                (None, None) => {
                    let names = model.observations.iter().map(|seen| seen.name.as_str());
                    let names: Vec<&str> = names.collect();
                    let only = if let [only] = *names.as_slice() { Some(only) } else { None };
                    let similar = nearest(&name.text, names.iter().copied()).or(only);
                    let similar = similar.map(str::to_owned);
                    let (written, span) = (name.text.clone(), name.span);
                    let model = model.name.clone();
                    let error = InferenceError::NotObserved { name: written, model, span, similar };
                    self.report(error);
                    Ty::Error
                }
            };
            locals.push(self.bind_local(name, ty, LocalKind::Input));
        }
        locals
    }

    /// Says what is wrong with a clause that restates something of the model.
    fn compare_with_prior(&mut self, prior: &'a ast::Model, clause: &'a Clause) {
        let what = match &clause.kind {
            ClauseKind::Equation { head, terms, .. } => {
                return self.compare_equation(&prior.clauses, clause, &head.text, terms);
            }
            ClauseKind::Rate { head, .. } => {
                return self.compare_equation(&prior.clauses, clause, &head.text, &[]);
            }
            ClauseKind::Init { names, .. } => return self.compare_start(&prior.clauses, names),
            ClauseKind::Param(_) | ClauseKind::Let(_) | ClauseKind::Def(_) => return,
            ClauseKind::State { .. } => "state",
            ClauseKind::Noise { .. } | ClauseKind::NoiseLike { .. } => "noise",
            ClauseKind::Mark { .. } => "mark",
            ClauseKind::Input { .. } => "input",
            ClauseKind::Observe { .. } => "observation",
            ClauseKind::Next { .. } | ClauseKind::When { .. } | ClauseKind::Transition { .. } => {
                "transition"
            }
        };
        let (model, span) = (prior.name.text.clone(), clause.span);
        self.report(InferenceError::Clause { what, model, span });
    }

    /// A start that is one point cannot be another.
    fn compare_start(&mut self, prior: &'a [Clause], names: &'a [ast::Name]) {
        for name in names {
            let fixed = prior.iter().find(|other| {
                matches!(&other.kind, ClauseKind::Init { names, draw: false, .. }
                    if names.iter().any(|other| other.text == name.text))
            });
            if let Some(fixed) = fixed {
                let (state, prior, span) = (name.text.clone(), fixed.span, name.span);
                self.report(InferenceError::PointStart { state, prior, span });
            }
        }
    }

    /// The diffusion of an equation is the prior's.
    fn compare_equation(
        &mut self,
        prior: &'a [Clause],
        clause: &'a Clause,
        head: &str,
        terms: &'a [DiffTerm],
    ) {
        let same = prior.iter().filter_map(|other| match &other.kind {
            ClauseKind::Equation { head: prior_head, terms, .. } if prior_head.text == head => {
                Some((other.span, terms.as_slice()))
            }
            ClauseKind::Rate { head: prior_head, .. } if prior_head.text == head => {
                Some((other.span, &[][..]))
            }
            _ => None,
        });
        let same: Vec<(Span, &[DiffTerm])> = same.collect();
        let Some(&(prior_span, _)) = same.first() else { return };
        let prior_terms: Vec<&DiffTerm> =
            same.iter().flat_map(|(_, terms)| *terms).filter(|term| is_noise(term)).collect();
        if prior_terms.is_empty() {
            let state = head.trim_start_matches('d').to_owned();
            let (prior, span) = (prior_span, clause.span);
            self.report(InferenceError::NoNoise { state, prior, span });
            return;
        }
        let by = |term: &DiffTerm| term.differential.as_ref().map(|by| by.name.text.clone());
        let follows = |term: &&DiffTerm| by(term).is_some_and(|name| is_state(prior, &name));
        if prior_terms.iter().all(follows) {
            let followed = prior_terms[0];
            let (state, other) = (head.trim_start_matches('d').to_owned(), by(followed));
            let (other, prior) = (other.unwrap_or_default(), followed.span);
            self.report(InferenceError::Follows { state, other, prior, span: clause.span });
            return;
        }
        for term in terms.iter().filter(|term| is_noise(term)) {
            let Some(other) = prior_terms.iter().find(|other| by(other) == by(term)) else {
                let noise = by(term).unwrap_or_default();
                let known = self.noise_is_declared(&noise, prior);
                let (prior, span) = (prior_span, term.span);
                if known {
                    self.report(InferenceError::MoreNoise { noise, prior, span });
                }
                continue;
            };
            if let (Some(Coefficient::Expr(own)), Some(Coefficient::Expr(prior))) =
                (&term.coefficient, &other.coefficient)
                && code(prior) != code(own)
            {
                let (prior, posterior) = (prior.span, own.span);
                self.report(InferenceError::Diffusions { prior, posterior });
            }
        }
        let lacking =
            prior_terms.iter().find(|other| !terms.iter().any(|term| by(term) == by(other)));
        if let Some(other) = lacking {
            let noise = by(other).unwrap_or_default();
            let (prior, span) = (other.span, clause.span);
            self.report(InferenceError::LacksNoise { noise, prior, span });
        }
    }

    /// A misspelt noise is said where the equation is checked.
    fn noise_is_declared(&self, noise: &str, prior: &[Clause]) -> bool {
        prior.iter().flat_map(clause_names).any(|name| name.text == noise)
    }

    /// The coefficient of a noise in a posterior is its prior's, which has been compared; names in it
    /// count as read.
    pub(crate) fn check_prior_coefficient(&mut self, term: &'a DiffTerm) {
        if let Some(Coefficient::Expr(expr)) = &term.coefficient {
            self.infer(expr, None);
        }
    }
}

fn is_state(clauses: &[Clause], name: &str) -> bool {
    clauses.iter().any(|clause| match &clause.kind {
        ClauseKind::State { names, .. } => names.iter().any(|state| state.text == name),
        _ => false,
    })
}

fn is_noise(term: &DiffTerm) -> bool {
    term.differential.as_ref().is_some_and(|by| by.name.text != "t")
}

/// The names that a pattern binds.
fn bound_by(pattern: &Pattern) -> Vec<LocalId> {
    match pattern {
        Pattern::Bind(local) => vec![*local],
        Pattern::Wild => Vec::new(),
        Pattern::Tuple(parts) | Pattern::Constructor(_, _, parts) => {
            parts.iter().flat_map(bound_by).collect()
        }
        Pattern::Record(fields) => fields.iter().map(|&(_, local)| local).collect(),
    }
}
