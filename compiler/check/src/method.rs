//! `method` declarations: functions over any two vector spaces, and facts about them.

use sdec_base::Span;
use sdec_grammar::ast::{self, Item};
use sdec_hir::{
    Convention, Def, DefId, Expr, LocalKind, Method, MethodFacts, NoiseClass, Ty, TyVar, TyVarId,
};

use crate::checker::Checker;
use crate::error::{MethodError, NameError, SettingError};
use crate::infer::{Expected, Why, constant_number};
use crate::items::{Declared, ItemRef, Side};
use crate::suggest::nearest;

/// Facts that a method may state.
const FACTS: &[&str] =
    &["strong", "commutative", "diagonal", "additive", "weak", "ode", "embedded"];

/// The classes of noise, those without a better step last.
const CLASSES: [NoiseClass; 5] = [
    NoiseClass::General,
    NoiseClass::Commutative,
    NoiseClass::Diagonal,
    NoiseClass::Additive,
    NoiseClass::None,
];

/// Names of steps with the largest class of noise that each is for.
const STEPS: &[(&str, NoiseClass)] = &[
    ("step", NoiseClass::General),
    ("step_commutative", NoiseClass::Commutative),
    ("step_diagonal", NoiseClass::Diagonal),
    ("step_additive", NoiseClass::Additive),
    ("step_ode", NoiseClass::None),
];

/// What the functions of a method have in common.
struct Spaces {
    /// The state's type and the noise's.
    types: Vec<TyVarId>,
    drift: Ty,
    diffusion: Ty,
    state: Ty,
    noise: Ty,
}

impl<'a> Checker<'a> {
    /// Makes all methods part of a program with models, so that it can be said which ones fit.
    pub(crate) fn demand_methods(&mut self) {
        if self.hir.models.is_empty() {
            return;
        }
        for index in self.library.methods() {
            self.demand(ItemRef { side: Side::Library, index }, None);
        }
    }

    /// Checks a method: its functions are generic in the state's and the noise's space.
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
        let mut built = Method {
            name: method.name.text.clone(),
            span: method.name.span,
            doc: item.doc.clone().unwrap_or_default(),
            convention,
            facts,
            start: None,
            steps: Vec::new(),
            back: None,
        };
        self.functions(method, &mut built);
        if self.failing() {
            return Declared::Failed;
        }
        let lacking = CLASSES.into_iter().find(|&class| lacks_step(&built, class));
        if built.steps.is_empty() || lacking.is_some() {
            let class = lacking.filter(|_| !built.steps.is_empty());
            let (name, span, carries) = (built.name, built.span, built.start.is_some());
            self.report(MethodError::NoStep { name, class, carries, span });
            return Declared::Failed;
        }
        Declared::Method(self.hir.methods.push(built))
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
                "diagonal" => &mut facts.diagonal,
                "additive" => &mut facts.additive,
                "weak" => &mut facts.weak,
                "ode" => &mut facts.ode,
                "embedded" => &mut facts.embedded,
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

    /// `start`, then steps and `back`, which take and return what it does.
    fn functions(&mut self, method: &'a ast::Method, built: &mut Method) {
        let spaces = self.spaces(method.name.span);
        let known = STEPS.iter().map(|&(name, _)| name).chain(["start", "back"]);
        let known: Vec<&str> = known.collect();
        for (k, def) in method.defs.iter().enumerate() {
            let (name, span) = (def.name.text.clone(), def.name.span);
            if let Some(first) = method.defs[..k].iter().find(|other| other.name.text == name) {
                let first = first.name.span;
                self.report(NameError::Duplicate { name, first, second: span });
            } else if !known.contains(&name.as_str()) {
                let similar = nearest(&name, known.iter().copied()).map(str::to_owned);
                self.report(MethodError::Function { written: name, similar, span });
            }
        }
        let find = |name: &str| method.defs.iter().find(|def| def.name.text == name);
        let start = find("start");
        if let Some(start) = start {
            built.start = self.start(start, &spaces);
        }
        let carry = built.start.map(|start| self.hir.defs[start].body.ty.clone());
        if start.is_some() && carry.is_none() {
            return;
        }
        let estimates_error = built.facts.embedded.is_some();
        for &(name, class) in STEPS {
            let step =
                find(name).and_then(|def| self.step(def, &spaces, carry.as_ref(), estimates_error));
            built.steps.extend(step.map(|step| (class, step)));
        }
        built.steps.sort_by_key(|&(class, _)| class);
        if let Some(back) = find("back") {
            if start.is_none() {
                self.report(MethodError::BackWithoutStart { span: back.name.span });
            } else {
                built.back = self.step(back, &spaces, carry.as_ref(), false);
            }
        }
    }

    fn spaces(&mut self, span: Span) -> Spaces {
        let mut space = |name: &str| {
            let var = self.hir.ty_vars.push(TyVar { name: name.to_owned(), span });
            self.vector_names.insert(var, span);
            var
        };
        let types = vec![space("s"), space("m")];
        let (state, noise) = (Ty::Var(types[0]), Ty::Var(types[1]));
        let drift = Ty::Function(vec![Ty::Float, state.clone()], Box::new(state.clone()));
        let diffusion =
            Ty::Function(vec![Ty::Float, state.clone(), noise.clone()], Box::new(state.clone()));
        Spaces { types, drift, diffusion, state, noise }
    }

    /// `start(f, g, t, y)`, whose result is any value made of numbers.
    fn start(&mut self, def: &'a ast::Def, spaces: &Spaces) -> Option<DefId> {
        let Spaces { drift, diffusion, state, .. } = spaces;
        let tys = [drift, diffusion, &Ty::Float, state];
        self.method_def(def, spaces, &tys, "(f, g, t, y)", |this, body| {
            let carry = this.infer_body(body, None);
            let ty = this.unifier.ty(&carry.ty);
            if !is_numeric(&ty) {
                let (found, span) = (this.show(&ty), carry.span);
                this.report(MethodError::Carry { found, span });
            }
            carry
        })
    }

    /// `step(f, g, t, h, y, w)`, or with a carry `step(f, g, t, h, c, y, w)`. Where there is a carry or
    /// an estimate of the error, the result is a record.
    fn step(
        &mut self,
        def: &'a ast::Def,
        spaces: &Spaces,
        carry: Option<&Ty>,
        estimates_error: bool,
    ) -> Option<DefId> {
        let Spaces { drift, diffusion, state, noise, .. } = spaces;
        let mut tys = vec![drift, diffusion, &Ty::Float, &Ty::Float];
        tys.extend(carry);
        tys.extend([state, noise]);
        let wanted = if carry.is_some() { "(f, g, t, h, c, y, w)" } else { "(f, g, t, h, y, w)" };
        let mut fields = vec![("y".to_owned(), state.clone())];
        fields.extend(carry.map(|carry| ("carry".to_owned(), carry.clone())));
        if estimates_error {
            fields.push(("err".to_owned(), state.clone()));
        }
        let result = if fields.len() == 1 { state.clone() } else { Ty::Record(fields) };
        let why = Why::Result { function: def.name.text.clone(), declared: def.name.span };
        let expected = Expected::new(result, why);
        self.method_def(def, spaces, &tys, wanted, |this, body| this.check_body(body, &expected))
    }

    /// A function with parameters of these types.
    fn method_def(
        &mut self,
        def: &'a ast::Def,
        spaces: &Spaces,
        tys: &[&Ty],
        wanted: &'static str,
        body: impl FnOnce(&mut Self, &'a ast::Body) -> Expr,
    ) -> Option<DefId> {
        let (function, span) = (def.name.text.clone(), def.name.span);
        if def.params.len() != tys.len() {
            self.report(MethodError::Parameters { function, wanted, span });
            return None;
        }
        let depth = self.here.scope.depth();
        let bind = |(param, ty): (&'a ast::DefParam, &&Ty)| {
            self.bind_local(&param.name, (*ty).clone(), LocalKind::Bound)
        };
        let params = def.params.iter().zip(tys).map(bind).collect();
        let mut body = body(self, &def.body);
        self.here.scope.truncate(depth);
        self.settle();
        self.finish(&mut body);
        if body.ty == Ty::Error {
            return None;
        }
        let types = spaces.types.clone();
        let sizes = self.dimensions_of(&types);
        Some(self.hir.defs.push(Def { name: function, span, sizes, types, params, body }))
    }
}

/// Whether the facts speak of a class of noise for which there is no step.
fn lacks_step(method: &Method, class: NoiseClass) -> bool {
    method.facts.cover(class) && method.step(class).is_none()
}

/// Whether values of a type can be kept from step to step.
fn is_numeric(ty: &Ty) -> bool {
    match ty {
        Ty::Float | Ty::Nat | Ty::Int | Ty::Bool | Ty::Var(_) | Ty::Error => true,
        Ty::Table(_, of) => is_numeric(of),
        Ty::Tuple(parts) => parts.iter().all(is_numeric),
        Ty::Record(fields) => fields.iter().all(|(_, ty)| is_numeric(ty)),
        Ty::Text
        | Ty::Ix(_)
        | Ty::Adt(..)
        | Ty::Function(..)
        | Ty::Dist(_)
        | Ty::Series(_)
        | Ty::Events(_)
        | Ty::Meta(_) => false,
    }
}
