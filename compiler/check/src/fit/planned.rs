//! Objectives that are checked and described, and not built yet: `elbo`, `particle`, and those that a
//! program writes itself.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Argument, ExprKind as Ast};
use sdec_hir::{Instance, Model, ModelId, NoiseClass, Observed, Planned, Ty, Unbuilt};

use crate::checker::Checker;
use crate::error::{InferenceError, SettingError};
use crate::infer::{Expected, Why};
use crate::items::Declared;
use crate::suggest::nearest;

/// An objective that is not built yet.
pub(super) struct Plan {
    /// What it is, in lines.
    says: Vec<String>,
    posterior: Option<Span>,
    unbuilt: Unbuilt,
    /// Names of columns that it reads, beside what the model observes, with their places.
    pub(super) given: Vec<(String, Ty, Span)>,
    /// Whether what the model observes counts.
    pub(super) observes: bool,
}

impl Plan {
    /// The command that will be built.
    pub(super) fn command(self, name: String, model: ModelId, instance: Instance) -> Planned {
        let Self { says, posterior, unbuilt, .. } = self;
        Planned { word: "fit", name, model, instance, says, posterior, unbuilt }
    }
}

/// What `objective =` names, with the arguments.
fn called(body: &ast::Body) -> Option<(&ast::Name, &[Argument])> {
    match &body.result.kind {
        Ast::Name(name) => Some((name, &[])),
        Ast::Call(callee, args) => match &callee.kind {
            Ast::Name(name) => Some((name, args)),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Checker<'a> {
    /// The objective of a fit, if it is one of these; `Some(None)` where it is wrong.
    pub(super) fn plan(
        &mut self,
        model: &Model,
        body: Option<&'a ast::Body>,
    ) -> Option<Option<Plan>> {
        let (name, args) = called(body?)?;
        let span = body?.result.span;
        match name.text.as_str() {
            "elbo" => Some(self.plan_bound(model, args, span)),
            "particle" => Some(self.plan_filter(model, args, span)),
            _ => {
                let at = self.find_item(&name.text)?;
                match self.demand(at, Some(name)) {
                    Declared::Loss(loss) => Some(self.plan_loss(model, loss, name, args)),
                    Declared::Failed => Some(None),
                    // A function may have the name of an objective, as the library's `laplace` has.
                    _ => None,
                }
            }
        }
    }

    /// `elbo(Q, kl = anneal(0, 1, steps = 500), params = meanfield)`
    fn plan_bound(&mut self, model: &Model, args: &'a [Argument], span: Span) -> Option<Plan> {
        let (first, rest) = match args.split_first() {
            Some((Argument { name: None, value }, rest)) => (value, rest),
            _ => {
                return self.arguments_of("elbo", "a posterior, as in  elbo(Q)", span);
            }
        };
        let Ast::Name(name) = &first.kind else {
            return self.arguments_of("elbo", "a posterior, as in  elbo(Q)", first.span);
        };
        let posterior = self.posterior_of(model, name)?;
        let mut words = Vec::new();
        for arg in rest {
            match arg.name.as_ref().map(|name| name.text.as_str()) {
                Some("kl") => words.push(self.kl(&arg.value)?),
                Some("params") => match &arg.value.kind {
                    Ast::Name(word) if word.text == "point" => {}
                    Ast::Name(word) if word.text == "meanfield" => {
                        words.push("parameters have a normal law each".to_owned());
                    }
                    _ => return self.arguments_of("params", "point, meanfield", arg.value.span),
                },
                _ => {
                    let known = "kl = …, params = …";
                    return self.arguments_of("elbo", known, arg.value.span);
                }
            }
        }
        let q = &self.hir.posteriors[posterior];
        let how = match (model.class, q.equations.is_empty()) {
            (NoiseClass::None, _) => "the laws of the start only: the equation has no noise",
            (_, true) => "the laws of the start only: the posterior keeps the prior's equations",
            (NoiseClass::Diagonal, _) => {
                "of starts and paths; differences of drifts are divided by the diffusion"
            }
            (class, _) if class != NoiseClass::General && model.unpaired.is_none() => {
                "of starts and paths; differences of drifts are divided by the diffusion"
            }
            _ => "of starts and paths; a system with the diffusion is solved at each step",
        };
        let mut says =
            vec![format!("objective: E_{}[log likelihood] − KL({0}‖{1})", q.name, model.name)];
        says.push(format!("KL: {how}"));
        says.extend(words);
        let unbuilt = Unbuilt { construct: "`objective = elbo`".to_owned(), span, instead: None };
        let posterior = Some(self.hir.posteriors[posterior].span);
        Some(Plan { says, posterior, unbuilt, given: Vec::new(), observes: true })
    }

    /// The posterior of this model that a name means.
    fn posterior_of(&mut self, model: &Model, name: &ast::Name) -> Option<usize> {
        let declared = self.find_item(&name.text).map(|at| self.demand(at, Some(name)));
        match declared {
            Some(Declared::Posterior(found)) => {
                let of = self.hir.posteriors[found].model;
                if self.hir.models[of].span == model.span {
                    return Some(found);
                }
            }
            Some(Declared::Failed) => return None,
            _ => {}
        }
        let names = self.hir.posteriors.iter().filter(|q| {
            let of = &self.hir.models[q.model];
            of.span == model.span
        });
        let names: Vec<&str> = names.map(|q| q.name.as_str()).collect();
        let only = if let [only] = *names.as_slice() { Some(only) } else { None };
        let similar = nearest(&name.text, names.iter().copied()).or(only).map(str::to_owned);
        let (written, span, model) = (name.text.clone(), name.span, model.name.clone());
        self.report(InferenceError::NoPosterior { written, model, span, similar });
        None
    }

    /// `kl = 0.5` or `kl = anneal(0, 1, steps = 500)`
    fn kl(&mut self, value: &'a ast::Expr) -> Option<String> {
        let number = |this: &mut Self, expr: &'a ast::Expr| {
            let why = Why::Setting { key: "kl".to_owned() };
            this.check(expr, &Expected::new(Ty::Float, why)).ty != Ty::Error
        };
        if let Ast::Call(callee, args) = &value.kind
            && let Ast::Name(name) = &callee.kind
            && name.text == "anneal"
        {
            let [from, to, steps] = args.as_slice() else {
                return self.arguments_of(
                    "kl",
                    "a number, or anneal(0, 1, steps = 500)",
                    value.span,
                );
            };
            let named = steps.name.as_ref().is_some_and(|name| name.text == "steps");
            if from.name.is_some() || to.name.is_some() || !named {
                return self.arguments_of(
                    "kl",
                    "a number, or anneal(0, 1, steps = 500)",
                    value.span,
                );
            }
            let fine = [from, to, steps].map(|arg| number(self, &arg.value));
            let text = |arg: &Argument| crate::text::code(&arg.value);
            return fine.iter().all(|&fine| fine).then(|| {
                format!(
                    "weight of the KL: from {} to {} in {} steps",
                    text(from),
                    text(to),
                    text(steps)
                )
            });
        }
        number(self, value).then(|| format!("weight of the KL: {}", crate::text::code(value)))
    }

    /// `particle(particles = 1024)`
    fn plan_filter(&mut self, model: &Model, args: &'a [Argument], span: Span) -> Option<Plan> {
        let mut particles = "1024".to_owned();
        for arg in args {
            if arg.name.as_ref().is_none_or(|name| name.text != "particles") {
                return self.arguments_of("particle", "particles = 1024", arg.value.span);
            }
            let why = Why::Setting { key: "particles".to_owned() };
            if self.check(&arg.value, &Expected::new(Ty::Nat, why)).ty == Ty::Error {
                return None;
            }
            particles = crate::text::code(&arg.value);
        }
        let exact = model.observations.iter();
        let exact = exact.into_iter().find(|seen| matches!(seen.observed, Observed::Exactly(_)));
        if let Some(seen) = exact {
            let (setting, why) = (seen.span, "is seen without error here, which no particle meets");
            self.report(InferenceError::NoUse { setting, why });
            return None;
        }
        let priors = if model.params.iter().any(|param| param.prior.is_some()) {
            ", and the priors"
        } else {
            ""
        };
        let says = vec![format!(
            "likelihood: estimated by a bootstrap filter of {particles} particles{priors}"
        )];
        let unbuilt =
            Unbuilt { construct: "`objective = particle`".to_owned(), span, instead: None };
        Some(Plan { says, posterior: None, unbuilt, given: Vec::new(), observes: true })
    }

    /// An objective of the program.
    fn plan_loss(
        &mut self,
        model: &Model,
        loss: usize,
        name: &ast::Name,
        args: &'a [Argument],
    ) -> Option<Plan> {
        let span = name.span;
        if let Some(arg) = args.first() {
            return self.arguments_of("objective", "its name alone", arg.value.span);
        }
        let loss = self.hir.losses[loss].clone();
        let of = &self.hir.models[loss.model];
        if of.span != model.span {
            let (of, model, declared) = (of.name.clone(), model.name.clone(), loss.span);
            let name = loss.name;
            self.report(InferenceError::OtherModel { name, of, model, declared, span });
            return None;
        }
        let drawn: Vec<String> = loss.draws.iter().map(|(.., name)| name.clone()).collect();
        let over = match drawn.as_slice() {
            [] => String::new(),
            names => format!(", averaged over draws of {}", names.join(", ")),
        };
        let says = vec![format!("objective: `{}`{over}", loss.name)];
        let unbuilt =
            Unbuilt { construct: "an objective of the program".to_owned(), span, instead: None };
        let given = loss.given.iter().map(|&local| {
            let local = &self.hir.locals[local];
            (local.name.clone(), local.ty.clone(), local.span)
        });
        let given = given.collect();
        Some(Plan { says, posterior: None, unbuilt, given, observes: false })
    }

    fn arguments_of<T>(&mut self, key: &str, words: &str, span: Span) -> Option<T> {
        let (key, words) = (key.to_owned(), words.to_owned());
        self.report(SettingError::Takes { key, words, span });
        None
    }
}
