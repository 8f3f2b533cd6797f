//! `optimizer = adam(lr = 0.01, steps = 500)`
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a tree; all others are treated alike"
)]

use sdec_grammar::ast::{self, ExprKind as Ast};
use sdec_hir::{Optimizer, Ty};

use crate::checker::Checker;
use crate::error::SettingError;
use crate::infer::{Expected, Why};
use crate::suggest::nearest;

/// A word with the settings that may be given to it.
type Choice = (&'static str, &'static [&'static str]);

/// The optimisers.
const OPTIMIZERS: &[Choice] = &[
    ("adam", &["lr", "steps", "beta1", "beta2", "epsilon"]),
    ("adamw", &["lr", "steps", "beta1", "beta2", "epsilon", "weight_decay"]),
    ("sgd", &["lr", "steps", "momentum", "nesterov"]),
    ("rmsprop", &["lr", "steps", "alpha", "epsilon", "momentum"]),
    ("lbfgs", &["lr", "steps", "history", "tolerance"]),
];

/// How a rate can change.
const SCHEDULES: &[Choice] = &[
    ("constant", &[]),
    ("cosine", &["end"]),
    ("exponential", &["factor"]),
    ("step", &["every", "factor"]),
];

/// What a fit says beside its optimiser.
const OF_THE_FIT: [&str; 9] =
    ["batch", "holdout", "starts", "fix", "schedule", "warmup", "clip", "patience", "lr_decay"];

impl<'a> Checker<'a> {
    /// The optimiser of a fit, with numbers for its settings.
    pub(crate) fn optimizer(&mut self, key: &str, body: &'a ast::Body) -> Option<Optimizer> {
        self.choice(key, body, OPTIMIZERS)
    }

    /// How the rate of a fit changes, likewise.
    pub(crate) fn schedule(&mut self, key: &str, body: &'a ast::Body) -> Option<Optimizer> {
        self.choice(key, body, SCHEDULES)
    }

    fn choice(
        &mut self,
        key: &str,
        body: &'a ast::Body,
        choices: &'static [Choice],
    ) -> Option<Optimizer> {
        let expr = &body.result;
        let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let (name, args): (&ast::Name, &[ast::Argument]) = match &expr.kind {
            Ast::Name(name) => (name, &[]),
            Ast::Call(callee, args) if let Ast::Name(name) = &callee.kind => (name, args),
            _ => {
                let (key, words) = (key.to_owned(), words());
                let quoted = quoted(expr, choices.iter().map(|(word, _)| *word));
                self.report(SettingError::Word { key, words, span: expr.span, similar: quoted });
                return None;
            }
        };
        let Some((_, known)) = choices.iter().find(|(word, _)| *word == name.text) else {
            let (key, words) = (key.to_owned(), words());
            let similar = nearest(&name.text, choices.iter().map(|(word, _)| *word));
            let similar = similar.map(str::to_owned);
            self.report(SettingError::Word { key, words, span: name.span, similar });
            return None;
        };
        let mut settings: Vec<(String, sdec_hir::Expr)> = Vec::new();
        for arg in args {
            let Some(setting) = &arg.name else {
                let (value, method) = (arg.value.span, name.text.clone());
                let key = known.first().copied().unwrap_or("lr");
                self.report(SettingError::Unnamed { value, method, key });
                continue;
            };
            if !known.contains(&setting.text.as_str()) {
                if OF_THE_FIT.contains(&setting.text.as_str()) {
                    let (key, span) = (setting.text.clone(), setting.span);
                    let (choice, value) = (name.text.clone(), crate::text::code(&arg.value));
                    self.report(SettingError::OfTheFit { key, span, choice, value });
                    continue;
                }
                let similar = match setting.text.as_str() {
                    "learning_rate" | "eta" | "alpha" if known.contains(&"lr") => Some("lr"),
                    "epochs" | "iterations" | "max_iter" | "maxiters" | "n_steps" => Some("steps"),
                    "eps" if known.contains(&"epsilon") => Some("epsilon"),
                    written => nearest(written, known.iter().copied()),
                };
                let similar = similar.map(str::to_owned);
                let (key, span, block) = (setting.text.clone(), setting.span, name.text.clone());
                self.report(SettingError::Unknown { key, span, block, similar });
                continue;
            }
            let why = Why::Setting { key: setting.text.clone() };
            let mut value = self.check(&arg.value, &Expected::new(Ty::Float, why));
            self.settle();
            self.finish(&mut value);
            self.refuse_parameters(&value, "a setting");
            if value.ty != Ty::Error {
                settings.push((setting.text.clone(), value));
            }
        }
        Some(Optimizer { name: name.text.clone(), settings, span: expr.span })
    }
}

/// The word that was meant by one in quotes.
pub(crate) fn quoted(
    expr: &ast::Expr,
    words: impl Iterator<Item = &'static str>,
) -> Option<String> {
    let Ast::Text(text) = &expr.kind else { return None };
    let word = text.text.trim_matches('"').to_lowercase();
    let words: Vec<&str> = words.collect();
    let same = words.contains(&word.as_str()).then(|| word.clone());
    same.or_else(|| nearest(&word, words).map(str::to_owned))
}
