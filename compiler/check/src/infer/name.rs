//! Names in expressions, and fields.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, ExprKind as Ast, ItemKind, Name};
use sdec_hir::{AdtId, DefId, Expr, ExprKind, IndexSet, LocalKind, Size, Substitution, Ty, TyArg};

use crate::checker::{Checker, Dimension, node, wrong};
use crate::error::{InferenceError, ModelError, NameError};
use crate::items::{Declared, ItemRef, Side};
use crate::scope::Meaning;
use crate::suggest::{elsewhere, nearest, otherwise};
use crate::text::quote;
use crate::unify::{Origin, Unknown};

/// Constants that are built in.
pub(crate) const CONSTANTS: &[(&str, f64)] =
    &[("π", std::f64::consts::PI), ("e", std::f64::consts::E), ("inf", f64::INFINITY)];

/// Forms whose types depend on their use.
pub(crate) const SPECIAL: &[&str] = &[
    "zeros",
    "ones",
    "eye",
    "cat",
    "flat",
    "unflat",
    "dim",
    "fold",
    "scan",
    "linspace",
    "pad",
    "grad",
    "jvp",
    "vjp",
    "jacobian",
    "div",
    "float",
    "int",
    "cdf",
    "quantile",
    "survival",
    "log_prob",
    "sumsq",
    "first",
    "last",
    "obs",
    "intrinsic",
];

/// Modules of other languages.
const MODULES: &[&str] =
    &["np", "numpy", "jnp", "jax", "torch", "math", "Math", "scipy", "tf", "random", "stats"];

/// Functions that are designed but not built.
const UNBUILT: &[&str] = &[
    "cholesky",
    "solve",
    "logdet",
    "inverse",
    "lgamma",
    "scan_assoc",
    "near",
    "root",
    "ode",
    "round",
    "t0",
    "t1",
];

impl<'a> Checker<'a> {
    /// Whether a name means the built-in form, and nothing that a program declares.
    pub(super) fn is_special(&self, name: &str) -> bool {
        SPECIAL.contains(&name)
            && self.here.scope.get(name).is_none()
            && (self.here.library || self.user.get(name).is_none())
    }

    pub(crate) fn infer_name(&mut self, name: &'a Name, hint: Option<&Ty>) -> Expr {
        let span = name.span;
        if let Some(binding) = self.here.scope.get(&name.text) {
            let meaning = binding.meaning.clone();
            return self.local_name(name, meaning);
        }
        if !self.here.library
            && let Some((index, _)) = self.user.get(&name.text)
        {
            return self.item_name(ItemRef { side: Side::User, index }, name);
        }
        if let Some(at) = self.find_member(&name.text) {
            return self.member_name(at, name);
        }
        match self.axis_size(name) {
            Some(Some(var)) => return node(ExprKind::Size(Size::var(var)), Ty::Nat, span),
            Some(None) => return wrong(span),
            None => {}
        }
        if let Some((_, value)) = CONSTANTS.iter().find(|(constant, _)| *constant == name.text) {
            return node(ExprKind::Float(*value), Ty::Float, span);
        }
        match name.text.as_str() {
            "zeros" => return self.filled(ExprKind::Zeros, name, hint),
            "ones" => return self.filled(ExprKind::Ones, name, hint),
            _ => {}
        }
        if let Some((index, _)) = self.library.get(&name.text) {
            return self.item_name(ItemRef { side: Side::Library, index }, name);
        }
        self.report_unknown_name(name);
        wrong(span)
    }

    fn filled(&mut self, kind: ExprKind, name: &Name, hint: Option<&Ty>) -> Expr {
        let ty = match hint.map(|ty| self.unifier.shallow(ty)) {
            Some(ty) if self.is_vector_space(&ty, name.span) => ty,
            _ => {
                let what = Unknown::Shape(name.text.clone());
                let ty = self.unifier.fresh_ty(Origin { span: name.span, what });
                self.is_vector_space(&ty, name.span);
                ty
            }
        };
        node(kind, ty, name.span)
    }

    fn local_name(&mut self, name: &'a Name, meaning: Meaning) -> Expr {
        let span = name.span;
        match meaning {
            Meaning::Local(local) => {
                self.used.insert(local);
                let value = node(ExprKind::Local(local), self.hir.locals[local].ty.clone(), span);
                match self.shapes.get(&local).cloned() {
                    Some(shape) => self.net_value(&shape, value),
                    None => value,
                }
            }
            Meaning::Def(def) => self.def_name(def, span),
            Meaning::Size(var) => node(ExprKind::Size(Size::var(var)), Ty::Nat, span),
            Meaning::Set(set) => node(ExprKind::Size(self.unifier.count(&set)), Ty::Nat, span),
            Meaning::Path(state) => {
                self.used.insert(state);
                self.report(NameError::PathAsValue { name: name.text.clone(), span });
                wrong(span)
            }
            Meaning::Drawn(_) => {
                self.report_path(name);
                wrong(span)
            }
            Meaning::Later(clause) => {
                self.check_clause(clause, name);
                match self.here.scope.get(&name.text).map(|binding| binding.meaning.clone()) {
                    Some(Meaning::Later(_)) | None => wrong(span),
                    Some(meaning) => self.local_name(name, meaning),
                }
            }
            Meaning::Ty(_) => {
                self.report(NameError::NotAValue { name: name.text.clone(), what: "a type", span });
                wrong(span)
            }
            Meaning::Other(what) => {
                self.report(NameError::NotAValue { name: name.text.clone(), what, span });
                wrong(span)
            }
            Meaning::Mark => {
                self.report(ModelError::MarkOutside { name: name.text.clone(), span });
                wrong(span)
            }
            Meaning::Failed => wrong(span),
        }
    }

    fn item_name(&mut self, at: ItemRef, name: &'a Name) -> Expr {
        let span = name.span;
        let not_a_value = |this: &mut Self, what| {
            this.report(NameError::NotAValue { name: name.text.clone(), what, span });
            wrong(span)
        };
        match self.demand(at, Some(name)) {
            Declared::Size(var) => node(ExprKind::Size(Size::var(var)), Ty::Nat, span),
            Declared::Globals(globals) => {
                let found = globals.iter().find(|(global, _)| *global == name.text);
                let Some(&(_, global)) = found else { return wrong(span) };
                let ty = self.hir.globals[global].value.ty.clone();
                node(ExprKind::Global(global), ty, span)
            }
            Declared::Params(params) => {
                let found = params.iter().find(|(param, _)| *param == name.text);
                let Some(&(_, local)) = found else { return wrong(span) };
                self.local_name(name, Meaning::Local(local))
            }
            Declared::Def(def) => self.def_name(def, span),
            Declared::Failed => wrong(span),
            Declared::Index(_) => not_a_value(self, "an index set"),
            Declared::Alias | Declared::Adt(_) => not_a_value(self, "a type"),
            Declared::Data(_) => not_a_value(self, "a data declaration"),
            Declared::Model(_) => not_a_value(self, "a model"),
            Declared::Net(_) => not_a_value(self, "a net"),
            Declared::Method(_) => not_a_value(self, "a method"),
            Declared::Posterior(_) => not_a_value(self, "a posterior"),
            Declared::Loss(_) => not_a_value(self, "an objective"),
        }
    }

    /// A function as a value, with new unknowns for its implicit names.
    pub(crate) fn def_name(&mut self, def: DefId, span: Span) -> Expr {
        let declared = &self.hir.defs[def];
        let (name, sizes, types) =
            (declared.name.clone(), declared.sizes.clone(), declared.types.clone());
        let params: Vec<Ty> =
            declared.params.iter().map(|&param| self.hir.locals[param].ty.clone()).collect();
        let result = declared.body.ty.clone();
        let mut substitution = Substitution::default();
        for var in sizes {
            let what =
                Unknown::Generic { function: name.clone(), name: self.hir.sizes[var].name.clone() };
            substitution.sizes.push((var, self.unifier.fresh_set(Origin { span, what })));
        }
        for var in types {
            let what = Unknown::Generic {
                function: name.clone(),
                name: self.hir.ty_vars[var].name.clone(),
            };
            let ty = self.unifier.fresh_ty(Origin { span, what });
            if self.vector_names.contains_key(&var) {
                self.is_vector_space(&ty, span);
            }
            substitution.types.push((var, ty));
        }
        for (var, set) in &substitution.sizes {
            let of = self.hir.sizes[*var].dimension_of;
            let of = substitution.types.iter().find(|(ty, _)| Some(*ty) == of);
            if let Some((_, of)) = of {
                let (size, of) = (set.clone(), of.clone());
                self.unknown_dimensions.push(Dimension { size, of, span });
            }
        }
        let params = params.iter().map(|ty| self.substitute(ty, &substitution)).collect();
        let result = self.substitute(&result, &substitution);
        let ty = Ty::Function(params, Box::new(result));
        node(ExprKind::Def(def, substitution), ty, span)
    }

    /// A type with implicit names replaced.
    pub(crate) fn substitute(&self, ty: &Ty, by: &Substitution) -> Ty {
        let again = |ty: &Ty| self.substitute(ty, by);
        match ty {
            Ty::Var(var) => by
                .types
                .iter()
                .find(|(name, _)| name == var)
                .map_or_else(|| ty.clone(), |(_, ty)| ty.clone()),
            Ty::Ix(set) => Ty::Ix(self.substitute_set(set, by)),
            Ty::Table(set, of) => Ty::Table(self.substitute_set(set, by), Box::new(again(of))),
            Ty::Tuple(parts) => Ty::Tuple(parts.iter().map(again).collect()),
            Ty::Record(fields) => {
                Ty::Record(fields.iter().map(|(name, ty)| (name.clone(), again(ty))).collect())
            }
            Ty::Adt(adt, args) => Ty::Adt(
                *adt,
                args.iter()
                    .map(|arg| match arg {
                        TyArg::Ty(ty) => TyArg::Ty(again(ty)),
                        TyArg::Index(set) => TyArg::Index(self.substitute_set(set, by)),
                    })
                    .collect(),
            ),
            Ty::Function(params, result) => {
                Ty::Function(params.iter().map(again).collect(), Box::new(again(result)))
            }
            Ty::Dist(of) => Ty::Dist(Box::new(again(of))),
            Ty::Series(of) => Ty::Series(Box::new(again(of))),
            Ty::Events(mark) => Ty::Events(Box::new(again(mark))),
            Ty::Float | Ty::Nat | Ty::Int | Ty::Bool | Ty::Text | Ty::Meta(_) | Ty::Error => {
                ty.clone()
            }
        }
    }

    fn substitute_set(&self, set: &IndexSet, by: &Substitution) -> IndexSet {
        match set {
            IndexSet::Size(size) => {
                let alone = by.sizes.iter().find(|(var, _)| *size == Size::var(*var));
                match alone {
                    Some((_, set)) => set.clone(),
                    None => IndexSet::Size(self.substitute_size(size, by)),
                }
            }
            IndexSet::Named(_) => set.clone(),
            IndexSet::Product(sets) => {
                IndexSet::Product(sets.iter().map(|set| self.substitute_set(set, by)).collect())
            }
        }
    }

    pub(crate) fn substitute_size(&self, size: &Size, by: &Substitution) -> Size {
        let too_many = || Size::number(i64::MAX);
        size.terms.iter().fold(Size::default(), |sum, (monomial, &coefficient)| {
            let product = monomial.iter().fold(Size::number(coefficient), |product, &atom| {
                let replaced =
                    by.sizes.iter().find(|(var, _)| sdec_hir::SizeAtom::Var(*var) == atom);
                let factor = match replaced {
                    Some((_, set)) => self.unifier.count(set),
                    None => Size::atom(atom),
                };
                product.checked_mul(&factor).unwrap_or_else(too_many)
            });
            sum.checked_add_scaled(&product, 1).unwrap_or_else(too_many)
        })
    }

    /// A type with constructors, its parameters unknown, and the types of a constructor's arguments.
    pub(super) fn instantiate_adt(&mut self, adt: AdtId, k: usize, name: &Name) -> (Ty, Vec<Ty>) {
        let declared = self.hir.adts[adt].clone();
        let span = name.span;
        let mut substitution = Substitution::default();
        let what = |param: &str| Unknown::Generic {
            function: declared.name.clone(),
            name: param.to_owned(),
        };
        for &var in &declared.sizes {
            let what = what(&self.hir.sizes[var].name);
            substitution.sizes.push((var, self.unifier.fresh_set(Origin { span, what })));
        }
        for &var in &declared.types {
            let what = what(&self.hir.ty_vars[var].name);
            substitution.types.push((var, self.unifier.fresh_ty(Origin { span, what })));
        }
        let params = self.adt_parameters(adt);
        let args = params.iter().map(|param| match param {
            TyArg::Ty(ty) => TyArg::Ty(self.substitute(ty, &substitution)),
            TyArg::Index(set) => TyArg::Index(self.substitute_set(set, &substitution)),
        });
        let whole = Ty::Adt(adt, args.collect());
        let of = declared.constructors[k].args.iter();
        (whole, of.map(|ty| self.substitute(ty, &substitution)).collect())
    }

    /// The element that indexes `dpop[Prey]`.
    pub(crate) fn infer_member_of(&mut self, name: &'a Name) -> Expr {
        match self.find_member(&name.text) {
            Some(at) => self.member_name(at, name),
            None => {
                self.report_unknown_name(name);
                wrong(name.span)
            }
        }
    }

    /// An element of an index type, or a constructor without arguments.
    fn member_name(&mut self, at: ItemRef, name: &'a Name) -> Expr {
        let span = name.span;
        match self.demand(at, Some(name)) {
            Declared::Index(index) => {
                let elements = &self.hir.indices[index].elements;
                let k = elements.iter().position(|element| *element == name.text).unwrap_or(0);
                node(ExprKind::IndexElement(k as u64), Ty::Ix(IndexSet::Named(index)), span)
            }
            Declared::Adt(_) => self.construct(name, &[], span),
            _ => wrong(span),
        }
    }

    pub(super) fn infer_field(
        &mut self,
        record: &'a ast::Expr,
        field: &'a Name,
        span: Span,
    ) -> Expr {
        if let Ast::Name(name) = &record.kind
            && self.here.scope.get(&name.text).is_none()
            && let Some(at) = self.find_item(&name.text)
            && matches!(self.item(at).kind, ItemKind::Data(_))
        {
            return self.column(at, name, field, span);
        }
        if let Ast::Name(name) = &record.kind
            && self.is_module(name)
        {
            self.report_module(name, field);
            return wrong(span);
        }
        if let Ast::Name(name) = &record.kind
            && field.text == "mark"
            && let Some(events) = self.events_of(name)
        {
            return self.mark_of_event(events, name, span);
        }
        if self.is_path(record) {
            let name = format!("{}.{}", quote(record), field.text);
            self.report(NameError::PathAsValue { name, span });
            return wrong(span);
        }
        let record = self.infer(record, None);
        match self.field(&record.ty, field, Some(record.span)) {
            Some((k, ty)) => node(ExprKind::Field(Box::new(record), k), ty, span),
            None => wrong(span),
        }
    }

    fn column(&mut self, at: ItemRef, name: &'a Name, field: &Name, span: Span) -> Expr {
        let Declared::Data(data) = self.demand(at, Some(name)) else { return wrong(span) };
        let columns = &self.hir.data[data].columns;
        if let Some(k) = columns.iter().position(|column| column.name == field.text) {
            let ty = columns[k].ty.clone();
            return node(ExprKind::Column(data, k), ty, span);
        }
        let similar = nearest(&field.text, columns.iter().map(|column| column.name.as_str()));
        let similar = similar.and_then(|name| columns.iter().find(|column| column.name == name));
        let error = NameError::NoColumn {
            written: field.text.clone(),
            data: name.text.clone(),
            span: field.span,
            similar: similar.map(|column| (column.name.clone(), column.span)),
        };
        self.report(error);
        wrong(span)
    }

    /// Whether a name is that of a module of other languages, and of nothing here.
    fn is_module(&self, name: &Name) -> bool {
        MODULES.contains(&name.text.as_str())
            && self.here.scope.get(&name.text).is_none()
            && self.find_item(&name.text).is_none()
    }

    /// `np.exp`
    fn report_module(&mut self, module: &Name, field: &Name) {
        let word = field.text.as_str();
        let here = elsewhere(word).unwrap_or(word);
        let reduces = sdec_grammar::ast::Reducer::ALL.iter().any(|reducer| reducer.word() == here);
        let known = SPECIAL.contains(&here) || reduces || self.library.get(here).is_some();
        let error = NameError::Module {
            module: module.text.clone(),
            from: module.span,
            function: known.then(|| here.to_owned()),
            field: field.span,
        };
        self.report(error);
    }

    fn report_unknown_name(&mut self, name: &Name) {
        if let Some(table) = name.text.strip_suffix('\'')
            && (self.here.scope.get(table).is_some() || self.find_item(table).is_some())
        {
            let (table, span) = (table.to_owned(), name.span);
            self.report(NameError::Primed { table, span });
            return;
        }
        if self.is_initialiser(&name.text) {
            self.report_initialiser(&name.text, name.span);
            return;
        }
        if UNBUILT.contains(&name.text.as_str()) {
            self.unbuilt(format!("`{}`", name.text), name.span);
            return;
        }
        if let Some(model) = &self.here.model
            && let Some(observed) = model.observed.iter().find(|other| other.text == name.text)
        {
            if let Some(header) = model.header {
                let (name, observed, span) = (name.text.clone(), observed.span, name.span);
                self.report(InferenceError::NotGiven { name, observed, span, header });
                return;
            }
            let error = ModelError::ReadsObserved {
                name: name.text.clone(),
                observed: observed.span,
                span: name.span,
                states: model.states.keys().map(|&state| state.to_owned()).collect(),
                model: model.name.to_owned(),
                ty: model.states.values().next().map_or_else(
                    || "Float".to_owned(),
                    |&state| self.show(&self.hir.locals[state].ty),
                ),
            };
            self.report(error);
            return;
        }
        if SPECIAL.contains(&name.text.as_str()) {
            let (name, span) = (name.text.clone(), name.span);
            self.report(NameError::NotAValue { name, what: "a function", span });
            return;
        }
        let local = self.here.scope.iter().map(|binding| {
            let what = match binding.meaning {
                Meaning::Local(local) | Meaning::Path(local) => {
                    local_word(self.hir.locals[local].kind)
                }
                Meaning::Size(_) | Meaning::Set(_) => "size",
                _ => "one",
            };
            (binding.name, Some((binding.span, what)))
        });
        let user = self.user.all().filter(|_| !self.here.library);
        let user = user.map(|(name, _, span)| (name, Some((span, "one"))));
        let library = self.library.all().map(|(name, ..)| (name, None));
        let special = SPECIAL.iter().map(|&name| (name, None));
        let known: Vec<(&str, Option<(Span, &'static str)>)> =
            local.chain(user).chain(library).chain(special).collect();
        let constants = CONSTANTS.iter().map(|&(name, _)| (name, None));
        let known: Vec<_> = known.into_iter().chain(constants).collect();
        let likely = || nearest(&name.text, known.iter().map(|&(name, _)| name));
        let similar = elsewhere(&name.text)
            .or_else(|| if otherwise(&name.text).is_some() { None } else { likely() });
        let similar = similar.and_then(|near| known.iter().find(|(name, _)| *name == near));
        let error = NameError::Unknown {
            written: name.text.clone(),
            span: name.span,
            similar: similar.map(|&(name, place)| (name.to_owned(), place)),
        };
        self.report(error);
    }
}

fn local_word(kind: LocalKind) -> &'static str {
    match kind {
        LocalKind::Bound
        | LocalKind::ModelLet
        | LocalKind::Increment
        | LocalKind::Time
        | LocalKind::End => "one",
        LocalKind::Param => "parameter",
        LocalKind::Input => "input",
        LocalKind::State => "state",
    }
}
