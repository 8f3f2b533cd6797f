//! Top-level declarations: sizes, index types, types, lets and functions.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, ExprKind as Ast, Item, ItemKind, Name, PatternKind};
use sdec_hir::{
    Adt, AdtId, Constructor, Def, DefId, ExprKind, Global, IndexSet, IndexType, Intrinsic, LetStmt,
    LocalKind, Size, SizeOrigin, SizeVarId, Ty, TyArg, TyVar, TyVarId,
};

use crate::checker::{Checker, Generics, node, wrong};
use crate::error::{CallError, NameError, SizeError};
use crate::infer::{Expected, Why};
use crate::items::{Declared, constructor, has_constructors, pattern_names};
use crate::scope::Meaning;
use crate::types::Kind;

impl<'a> Checker<'a> {
    /// Checks a declaration, within a context of its own.
    pub(crate) fn check_item(&mut self, item: &'a Item) -> Declared {
        match &item.kind {
            ItemKind::Size { name, value } => self.check_size(name, value),
            ItemKind::Index { name, elements } => self.check_index_type(name, elements),
            ItemKind::Type { name, params, alternatives } => {
                self.check_type(name, params, alternatives)
            }
            ItemKind::Let(stmt) => self.check_global(stmt),
            ItemKind::Def(def) => Declared::Def(self.check_def(def)),
            ItemKind::Net(net) => self.check_net(net),
            ItemKind::Data(data) => self.check_data(data),
            ItemKind::Model(model) => self.check_model(model),
            ItemKind::Method(method) => self.check_method(method, item),
            ItemKind::Param(param) => self.check_shared(param),
            ItemKind::Posterior(posterior) => self.check_posterior(posterior),
            ItemKind::Objective(objective) => self.check_loss(objective),
            ItemKind::Import(_)
            | ItemKind::Precision(_)
            | ItemKind::Command(_)
            | ItemKind::Repeat { .. }
            | ItemKind::Show(_) => Declared::Failed,
        }
    }

    fn check_size(&mut self, name: &'a Name, value: &'a ast::Type) -> Declared {
        let size = self.size(value);
        let Some(number) = self.unifier.number(&size).and_then(|n| u64::try_from(n).ok()) else {
            if !self.failing() {
                self.report(SizeError::NoNumber { name: name.text.clone(), span: value.span });
            }
            return Declared::Failed;
        };
        Declared::Size(self.bind_size(name, Some((number, SizeOrigin::Constant))))
    }

    fn check_index_type(&mut self, name: &'a Name, elements: &'a [Name]) -> Declared {
        let names: Vec<String> = elements.iter().map(|element| element.text.clone()).collect();
        let count = i64::try_from(names.len()).expect("few elements");
        let index = IndexType { name: name.text.clone(), span: name.span, elements: names };
        let id = self.hir.indices.push(index);
        self.unifier.counts.insert(id, count);
        Declared::Index(id)
    }

    fn check_type(
        &mut self,
        name: &'a Name,
        params: &'a [ast::SizeParam],
        alternatives: &'a [ast::Type],
    ) -> Declared {
        let at = self.find_item(&name.text).expect("the item is being checked");
        let (mut sizes, mut types, mut ordered) = (Vec::new(), Vec::new(), Vec::new());
        for (param, kind) in params.iter().zip(self.param_kinds(at)) {
            if let Some(default) = &param.default {
                self.type_arg(kind, default);
            }
            match kind {
                Kind::Size => {
                    let var = self.bind_size(&param.name, None);
                    sizes.push(var);
                    ordered.push(TyArg::Index(IndexSet::Size(Size::var(var))));
                }
                Kind::Type => {
                    let name = &param.name;
                    let var = TyVar { name: name.text.clone(), span: name.span };
                    let var = self.hir.ty_vars.push(var);
                    self.here.scope.bind(&name.text, Meaning::Ty(Ty::Var(var)), name.span);
                    types.push(var);
                    ordered.push(TyArg::Ty(Ty::Var(var)));
                }
            }
        }
        if let [alias] = alternatives
            && !has_constructors(name, alternatives)
        {
            self.shape(alias);
            return if self.failing() { Declared::Failed } else { Declared::Alias };
        }
        let mut constructors = Vec::new();
        for alternative in alternatives {
            let Some((name, args)) = constructor(alternative) else {
                self.report(NameError::NotAConstructor { span: alternative.span });
                continue;
            };
            let args = args.iter().map(|arg| self.ty(&arg.value)).collect();
            constructors.push(Constructor {
                name: name.text.clone(),
                span: alternative.span,
                args,
            });
        }
        let name_text = name.text.clone();
        let adt = Adt { name: name_text, span: name.span, sizes, types, constructors };
        let id = self.hir.adts.push(adt);
        self.adt_parameters.insert(id, ordered);
        Declared::Adt(id)
    }

    /// Parameters of a type with constructors, in order.
    pub(crate) fn adt_parameters(&self, adt: AdtId) -> Vec<TyArg> {
        self.adt_parameters.get(&adt).cloned().unwrap_or_default()
    }

    fn check_global(&mut self, stmt: &'a ast::Let) -> Declared {
        let mut value = self.let_value(stmt);
        let pattern = self.bind_pattern(&stmt.pattern, &value.ty, LocalKind::Bound);
        self.settle();
        self.finish(&mut value);
        self.refuse_parameters(&value, "a top-level `let`");
        if value.ty == Ty::Error || self.failing() || self.is_tainted() {
            return Declared::Failed;
        }
        let globals = pattern_names(&stmt.pattern).into_iter().filter_map(|name| {
            let value = match &stmt.pattern.kind {
                PatternKind::Name(_) => value.clone(),
                _ => {
                    let Some(Meaning::Local(local)) =
                        self.here.scope.get(&name.text).map(|binding| binding.meaning.clone())
                    else {
                        return None;
                    };
                    let ty = self.unifier.ty(&self.hir.locals[local].ty);
                    let part = node(ExprKind::Local(local), ty.clone(), name.span);
                    let stmt = LetStmt { pattern: pattern.clone(), value: value.clone() };
                    node(ExprKind::Block(vec![stmt], Box::new(part)), ty, name.span)
                }
            };
            let global = Global { name: name.text.clone(), span: name.span, value };
            Some((name.text.clone(), self.hir.globals.push(global)))
        });
        Declared::Globals(globals.collect())
    }

    /// A function, whose implicit names are those of its signature that nothing else declares.
    pub(crate) fn check_def(&mut self, def: &'a ast::Def) -> DefId {
        let depth = self.here.scope.depth();
        let outer_function = self.here.function.replace(def);
        let outer = self.here.generics.replace(Generics::default());
        let outer_signature = std::mem::take(&mut self.here.signature);
        let mut params = Vec::new();
        let untyped: Vec<Span> = def
            .params
            .iter()
            .filter(|param| param.ty.is_none())
            .map(|param| param.name.span)
            .collect();
        if let Some(first) = def.params.iter().find(|param| param.ty.is_none()) {
            let name = first.name.text.clone();
            self.report(CallError::ParameterType { name, untyped });
        }
        for param in &def.params {
            let ty = param.ty.as_ref().map_or(Ty::Error, |ty| self.ty(ty));
            self.here.signature.push((&param.name.text, ty.clone()));
            params.push((&param.name, ty));
        }
        let result = def.result.as_ref().map(|ty| (self.ty(ty), ty.span));
        self.here.signature = outer_signature;
        let mut generics = std::mem::replace(&mut self.here.generics, outer).unwrap_or_default();
        let mut locals = Vec::new();
        for (k, (name, ty)) in params.into_iter().enumerate() {
            let earlier = &def.params[..k];
            if let Some(first) = earlier.iter().find(|other| other.name.text == name.text) {
                let (first, second) = (first.name.span, name.span);
                self.report(NameError::Duplicate { name: name.text.clone(), first, second });
            }
            locals.push(self.bind_local(name, ty, LocalKind::Bound));
        }
        let mut body = match self.intrinsic_body(def, &locals, result.as_ref().map(|(ty, _)| ty)) {
            Some(body) => body,
            None => match &result {
                Some((ty, declared)) => {
                    let function = def.name.text.clone();
                    let why = Why::Result { function, declared: *declared };
                    self.check_body(&def.body, &Expected::new(ty.clone(), why))
                }
                None => self.infer_body(&def.body, None),
            },
        };
        self.here.scope.truncate(depth);
        self.here.function = outer_function;
        self.settle();
        self.finish(&mut body);
        if let Some((ty, _)) = result {
            body.ty = self.unifier.ty(&ty);
        }
        generics.sizes.extend(self.dimensions_of(&generics.types));
        self.hir.defs.push(Def {
            name: def.name.text.clone(),
            span: def.name.span,
            sizes: generics.sizes,
            types: generics.types,
            params: locals,
            body,
        })
    }

    /// The sizes that stand for how many numbers values of generic types have.
    pub(crate) fn dimensions_of(&self, types: &[TyVarId]) -> Vec<SizeVarId> {
        types.iter().filter_map(|of| self.dimensions.get(of).copied()).collect()
    }

    /// `= intrinsic("name")`, which only the library may write.
    fn intrinsic_body(
        &mut self,
        def: &'a ast::Def,
        params: &[sdec_hir::LocalId],
        result: Option<&Ty>,
    ) -> Option<sdec_hir::Expr> {
        if !self.here.library || !def.body.lets.is_empty() {
            return None;
        }
        let Ast::Call(callee, args) = &def.body.result.kind else { return None };
        let (Ast::Name(name), [arg]) = (&callee.kind, args.as_slice()) else { return None };
        let Ast::Text(text) = &arg.value.kind else { return None };
        if name.text != "intrinsic" {
            return None;
        }
        let intrinsic = Intrinsic::from_name(&text.text)?;
        let span = def.body.result.span;
        let args = params
            .iter()
            .map(|&param| node(ExprKind::Local(param), self.hir.locals[param].ty.clone(), span));
        Some(node(ExprKind::Intrinsic(intrinsic, args.collect()), result?.clone(), span))
    }

    /// A bare expression.
    pub(crate) fn check_show(&mut self, expr: &'a ast::Expr) -> Option<sdec_hir::Expr> {
        let mut value = self.infer(expr, None);
        self.settle();
        self.finish(&mut value);
        if matches!(value.ty, Ty::Function(..) | Ty::Dist(_)) {
            let ty = self.show(&value.ty);
            self.report(CallError::ShownFunction { ty, span: expr.span });
            value = wrong(expr.span);
        }
        if value.ty == Ty::Text {
            self.unbuilt("a text as a value", expr.span);
        }
        (value.ty != Ty::Error).then_some(value)
    }
}

/// The name that an item declares first.
pub(crate) fn item_name(item: &ItemKind) -> Option<&Name> {
    match item {
        ItemKind::Size { name, .. }
        | ItemKind::Index { name, .. }
        | ItemKind::Type { name, .. } => Some(name),
        ItemKind::Let(stmt) => pattern_names(&stmt.pattern).into_iter().next(),
        ItemKind::Def(def) => Some(&def.name),
        ItemKind::Param(param) => param.names.first(),
        ItemKind::Net(net) => Some(&net.name),
        ItemKind::Data(data) => Some(&data.name),
        ItemKind::Model(model) => Some(&model.name),
        ItemKind::Posterior(posterior) => Some(&posterior.name),
        ItemKind::Objective(objective) => Some(&objective.name),
        ItemKind::Method(method) => Some(&method.name),
        ItemKind::Import(_)
        | ItemKind::Precision(_)
        | ItemKind::Command(_)
        | ItemKind::Repeat { .. }
        | ItemKind::Show(_) => None,
    }
}
