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

/// The optimisers.
const OPTIMIZERS: &str = "adam, adamw, sgd, rmsprop, lbfgs";

impl<'a> Checker<'a> {
    /// The optimiser of a fit, with numbers for its settings.
    pub(crate) fn optimizer(&mut self, key: &str, body: &'a ast::Body) -> Option<Optimizer> {
        let expr = &body.result;
        let (name, args): (&ast::Name, &[ast::Argument]) = match &expr.kind {
            Ast::Name(name) => (name, &[]),
            Ast::Call(callee, args) if let Ast::Name(name) = &callee.kind => (name, args),
            _ => {
                let (key, words) = (key.to_owned(), OPTIMIZERS.to_owned());
                self.report(SettingError::Word { key, words, span: expr.span });
                return None;
            }
        };
        if !OPTIMIZERS.split(", ").any(|known| known == name.text) {
            let (key, words) = (key.to_owned(), OPTIMIZERS.to_owned());
            self.report(SettingError::Word { key, words, span: name.span });
            return None;
        }
        let mut settings = Vec::new();
        for arg in args {
            let Some(setting) = &arg.name else {
                let (value, method) = (arg.value.span, name.text.clone());
                self.report(SettingError::Unnamed { value, method });
                continue;
            };
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
