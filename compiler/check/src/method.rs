//! `method` declarations: a step over any two vector spaces, and facts about it.

use sdec_grammar::ast::{self, Item};
use sdec_hir::{Convention, Def, LocalKind, Method, MethodFacts, Ty, TyVar};

use crate::checker::Checker;
use crate::error::{MethodError, SettingError};
use crate::infer::{Expected, Why, constant_number};
use crate::items::{Declared, ItemRef, Side};
use crate::suggest::nearest;

/// Facts that a method may state.
const FACTS: &[&str] = &["strong", "commutative", "additive", "weak", "ode"];

/// Parameters of `step`.
const STEP: &str = "step(f, g, t, h, y, w)";

impl<'a> Checker<'a> {
    /// Makes all methods part of a program with models, so that it can be said which ones fit.
    pub(crate) fn demand_methods(&mut self) {
        if self.hir.models.is_empty() {
            return;
        }
        let is_method =
            |entry: &crate::items::Entry<'_>| matches!(entry.item.kind, ast::ItemKind::Method(_));
        for index in 0..self.library.entries.len() {
            if is_method(&self.library.entries[index]) {
                self.demand(ItemRef { side: Side::Library, index }, None);
            }
        }
    }

    /// Checks a method: its step is generic in the state's and the noise's space.
    pub(crate) fn check_method(&mut self, method: &'a ast::Method, item: &'a Item) -> Declared {
        let convention = match method.convention.text.as_str() {
            "Ito" | "Itô" => Convention::Ito,
            "Stratonovich" => Convention::Stratonovich,
            _ => {
                let written = method.convention.text.clone();
                let span = method.convention.span;
                self.report(MethodError::Convention { written, span });
                return Declared::Failed;
            }
        };
        let facts = self.facts(&method.facts);
        let mut step = None;
        for def in &method.defs {
            if def.name.text == "step" && step.is_none() {
                step = self.step(def);
            } else {
                self.unbuilt(format!("`{}` of a method", def.name.text), def.name.span);
            }
        }
        let Some(step) = step else {
            if !self.failing() {
                let (name, span) = (method.name.text.clone(), method.name.span);
                self.report(MethodError::NoStep { name, span });
            }
            return Declared::Failed;
        };
        Declared::Method(self.hir.methods.push(Method {
            name: method.name.text.clone(),
            span: method.name.span,
            doc: item.doc.clone().unwrap_or_default(),
            convention,
            facts,
            step,
        }))
    }

    fn facts(&mut self, settings: &'a [ast::Setting]) -> MethodFacts {
        let mut facts = MethodFacts::default();
        for setting in settings {
            let order = Some(&setting.value)
                .filter(|value| value.lets.is_empty())
                .and_then(|value| constant_number(&value.result));
            let place = match setting.key.text.as_str() {
                "strong" => &mut facts.strong,
                "commutative" => &mut facts.commutative,
                "additive" => &mut facts.additive,
                "weak" => &mut facts.weak,
                "ode" => &mut facts.ode,
                other => {
                    let error = SettingError::Unknown {
                        key: other.to_owned(),
                        span: setting.key.span,
                        block: "method".to_owned(),
                        similar: nearest(other, FACTS.iter().copied()).map(str::to_owned),
                    };
                    self.report(error);
                    continue;
                }
            };
            match order {
                Some(order) if order > 0.0 && order.is_finite() => *place = Some(order),
                _ => {
                    let (key, span) = (setting.key.text.clone(), setting.value.result.span);
                    self.report(MethodError::Order { key, span });
                }
            }
        }
        facts
    }

    /// `step` with `f : (Time, s) -> s`, `g : (Time, s, m) -> s`, `t, h : Time`, `y : s`, `w : m`.
    fn step(&mut self, def: &'a ast::Def) -> Option<sdec_hir::DefId> {
        let [f, g, t, h, y, w] = def.params.as_slice() else {
            if def.params.len() == 7 {
                self.unbuilt("a `step` that carries a value", def.name.span);
            } else {
                self.report(MethodError::StepParameters { wanted: STEP, span: def.name.span });
            }
            return None;
        };
        let mut space = |name: &str| {
            let var = self.hir.ty_vars.push(TyVar { name: name.to_owned(), span: def.name.span });
            self.vector_names.insert(var, def.name.span);
            var
        };
        let (s, m) = (space("s"), space("m"));
        let (state, noise) = (Ty::Var(s), Ty::Var(m));
        let drift = Ty::Function(vec![Ty::Float, state.clone()], Box::new(state.clone()));
        let diffusion =
            Ty::Function(vec![Ty::Float, state.clone(), noise.clone()], Box::new(state.clone()));
        let tys = [drift, diffusion, Ty::Float, Ty::Float, state.clone(), noise];
        let mut params = Vec::new();
        for (param, ty) in [f, g, t, h, y, w].into_iter().zip(tys) {
            params.push(self.bind_local(&param.name, ty, LocalKind::Bound));
        }
        let why = Why::Result { function: "step".to_owned(), declared: def.name.span };
        let mut body = self.check_body(&def.body, &Expected::new(state.clone(), why));
        self.settle();
        self.finish(&mut body);
        if body.ty == Ty::Error {
            return None;
        }
        Some(self.hir.defs.push(Def {
            name: def.name.text.clone(),
            span: def.name.span,
            sizes: Vec::new(),
            types: vec![s, m],
            params,
            body,
        }))
    }
}
