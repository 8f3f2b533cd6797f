//! Calls, pipes and lambdas.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Argument, ExprKind as Ast, PatternKind};
use sdec_hir::{Expr, ExprKind, LocalKind, Ty};

use super::special::derivative_named;
use super::{Expected, Why};
use crate::checker::{Checker, node, wrong};
use crate::error::CallError;
use crate::items::Declared;
use crate::scope::Meaning;
use crate::text::quote;
use crate::unify::{Origin, Unknown};

/// Where the arguments of a call stand; of `x |> f(y)` the first stands before `f`.
fn args_behind(callee: &ast::Expr, args: &[&ast::Expr]) -> Option<Span> {
    let (first, last) = args.first().zip(args.last())?;
    (first.span.start >= callee.span.end).then(|| first.span.to(last.span))
}

impl<'a> Checker<'a> {
    /// `x |> f(y)` is `f(x, y)`.
    pub(super) fn infer_pipe(
        &mut self,
        value: &'a ast::Expr,
        function: &'a ast::Expr,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let (callee, rest): (_, &[Argument]) = match &function.kind {
            Ast::Call(callee, args) => (&**callee, args),
            _ => (function, &[]),
        };
        let mut args = vec![value];
        args.extend(self.positional(rest));
        self.apply(callee, &args, span, hint)
    }

    pub(super) fn infer_call(
        &mut self,
        callee: &'a ast::Expr,
        args: &'a [Argument],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        if let Ast::Name(name) = &callee.kind
            && let Some(law) = self.infer_law(name, args, span)
        {
            return law;
        }
        let args = self.positional(args);
        self.apply(callee, &args, span, hint)
    }

    /// Arguments without names; a named one is reported.
    fn positional(&mut self, args: &'a [Argument]) -> Vec<&'a ast::Expr> {
        for arg in args {
            if let Some(name) = &arg.name {
                let (value, span) = (arg.value.span, name.span);
                self.report(CallError::NamedArgument { name: name.text.clone(), span, value });
            }
        }
        args.iter().map(|arg| &arg.value).collect()
    }

    fn apply(
        &mut self,
        callee: &'a ast::Expr,
        args: &[&'a ast::Expr],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        if let Some(state) = self.drawn_state(callee, args, span) {
            return state;
        }
        match &callee.kind {
            Ast::Reducer(reducer) => return self.reducer_call(*reducer, args, callee.span, span),
            Ast::Field(of, function) if self.is_method_call(of, function) => {
                let args = args_behind(callee, args);
                let known = self.find_item(&function.text).is_some();
                let (of, function) = (of.span, function.text.clone());
                self.report(CallError::MethodCall { function, of, call: span, args, known });
                return wrong(span);
            }
            Ast::Name(name) => {
                if self.is_state_of_time(name, args) {
                    let (name, callee) = (name.text.clone(), name.span);
                    self.report(CallError::StateOfTime { name, callee, call: span });
                    return wrong(span);
                }
                if let Some(Meaning::Path(state)) =
                    self.here.scope.get(&name.text).map(|binding| binding.meaning.clone())
                {
                    return self.at_time(state, name, args, span);
                }
                if let Some(start) = self.at_start(name, args) {
                    return start;
                }
                if self.is_special(&name.text) {
                    return self.special(name, args, span, hint);
                }
                if self.is_law_word(&name.text) {
                    return self.law_word(name, args, span);
                }
                if self.here.scope.get(&name.text).is_none()
                    && let Some(at) = self.find_member(&name.text)
                    && matches!(self.demand(at, Some(name)), Declared::Adt(_))
                {
                    return self.construct(name, args, span);
                }
            }
            _ => {}
        }
        if let Some(value) = self.apply_at_once(callee, args, span) {
            return value;
        }
        let function = self.infer(callee, None);
        match self.unifier.shallow(&function.ty) {
            Ty::Function(params, result) => {
                self.call(function, callee, &params, *result, args, span, hint)
            }
            Ty::Error => {
                // The arguments may have mistakes of their own.
                for arg in args.iter().filter(|arg| !matches!(arg.kind, Ast::Lambda(..))) {
                    self.infer(arg, None);
                }
                wrong(span)
            }
            other => {
                let found = self.show(&other);
                let (what, at) = (quote(callee), function.span);
                let args = args_behind(callee, args);
                self.report(CallError::NotAFunction { what, found, span: at, call: span, args });
                wrong(span)
            }
        }
    }

    /// `(\x. x ^ 2)(3.0)` and `grad(\x. x ^ 2)(3.0)`: what the lambda's names are follows from the
    /// arguments.
    fn apply_at_once(
        &mut self,
        callee: &'a ast::Expr,
        args: &[&'a ast::Expr],
        span: Span,
    ) -> Option<Expr> {
        let (lambda, derivative) = match &callee.kind {
            Ast::Call(name, of) => match (&name.kind, of.as_slice()) {
                (Ast::Name(name), [Argument { name: None, value }]) => {
                    let derivative = derivative_named(&name.text)?;
                    if !self.is_special(&name.text) {
                        return None;
                    }
                    (value, Some((name, derivative)))
                }
                _ => return None,
            },
            _ => (callee, None),
        };
        let lambda = match &lambda.kind {
            Ast::Tuple(parts) if parts.len() == 1 => &parts[0],
            _ => lambda,
        };
        let Ast::Lambda(binders, body) = &lambda.kind else { return None };
        let wanted = if derivative.is_some() { 1 } else { args.len() };
        if binders.len() != wanted || args.is_empty() || binders.iter().all(|b| b.ty.is_some()) {
            return None;
        }
        let known: Vec<Expr> = args[..wanted].iter().map(|arg| self.infer(arg, None)).collect();
        if known.iter().any(|value| value.ty == Ty::Error) {
            return Some(wrong(span));
        }
        let tys: Vec<Ty> = known.iter().map(|value| value.ty.clone()).collect();
        let what = Unknown::Shape("this function".to_owned());
        let result = self.unifier.fresh_ty(Origin { span: lambda.span, what });
        let why = Why::Argument { function: quote(callee), declared: None };
        let ty = Ty::Function(tys.clone(), Box::new(result.clone()));
        let expected = Expected::new(ty, why.clone());
        let mut function = self.check_lambda(binders, body, lambda.span, &tys, &result, &expected);
        if let (Some((name, derivative)), true) = (derivative, function.ty != Ty::Error) {
            function = self.derivative_of(derivative, name, function, callee.span);
        }
        let Ty::Function(params, result) = self.unifier.shallow(&function.ty) else {
            return Some(wrong(span));
        };
        if params.len() != args.len() {
            let (wanted, found) = (params.len(), args.len());
            let function = quote(callee);
            let declared = None;
            self.report(CallError::ArgumentCount { function, wanted, found, span, declared });
            return Some(wrong(span));
        }
        let mut values = known;
        for (arg, param) in args.iter().zip(&params).skip(wanted) {
            values.push(self.check(arg, &Expected::new(param.clone(), why.clone())));
        }
        if values.iter().any(|value| value.ty == Ty::Error) {
            return Some(wrong(span));
        }
        Some(node(ExprKind::Call(Box::new(function), values), *result, span))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call")]
    fn call(
        &mut self,
        function: Expr,
        callee: &'a ast::Expr,
        params: &[Ty],
        result: Ty,
        args: &[&'a ast::Expr],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let name = quote(callee);
        if params.len() != args.len() {
            let declared = self.declaration_of(&function);
            let (wanted, found) = (params.len(), args.len());
            self.report(CallError::ArgumentCount { function: name, wanted, found, span, declared });
            return wrong(span);
        }
        if let ([param], [arg]) = (params, args)
            && self.unifier.shallow(param) == Ty::Float
            && self.unifier.shallow(&result) == Ty::Float
        {
            return self.lifted(function, name, arg, span, hint);
        }
        let mut values: Vec<Option<Expr>> = args.iter().map(|_| None).collect();
        // Lambdas last: what their binders are may follow from the other arguments.
        for lambdas in [false, true] {
            for (k, (arg, param)) in args.iter().zip(params).enumerate() {
                if matches!(arg.kind, Ast::Lambda(..)) == lambdas {
                    let declared = self.parameter_span(&function, k);
                    let why = Why::Argument { function: name.clone(), declared };
                    values[k] = Some(self.check(arg, &Expected::new(param.clone(), why)));
                }
            }
        }
        self.solve_dimensions();
        let values: Vec<Expr> = values.into_iter().flatten().collect();
        if values.iter().any(|value| value.ty == Ty::Error) {
            return Expr { ty: result, ..wrong(span) };
        }
        node(ExprKind::Call(Box::new(function), values), result, span)
    }

    /// `f(x)` of `f : (Float) -> Float`: every entry of a table, or the number itself.
    fn lifted(
        &mut self,
        function: Expr,
        name: String,
        arg: &'a ast::Expr,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let value = self.infer(arg, hint.or(Some(&Ty::Float)));
        match self.unifier.shallow(&value.ty) {
            ty @ (Ty::Table(..) | Ty::Record(_) | Ty::Tuple(_) | Ty::Var(_))
                if self.is_vector_space(&ty, span) =>
            {
                node(ExprKind::Lift(Box::new(function), Box::new(value)), ty, span)
            }
            Ty::Error => wrong(span),
            _ => {
                let why = Why::Argument { function: name, declared: None };
                let value = self.expect(value, arg, &Expected::new(Ty::Float, why));
                node(ExprKind::Call(Box::new(function), vec![value]), Ty::Float, span)
            }
        }
    }

    /// Whether `x.f(…)` was written for `f(x, …)`: the value `x` has no such field.
    fn is_method_call(&mut self, of: &'a ast::Expr, function: &ast::Name) -> bool {
        let Ast::Name(name) = &of.kind else { return false };
        if self.here.scope.get(&name.text).is_none() && self.find_item(&name.text).is_none() {
            return false;
        }
        let before = self.diagnostics.len();
        let place = of.span;
        let of = self.infer(of, None);
        let found = self.diagnostics.split_off(before);
        let fails = !found.is_empty();
        // What is wrong with the declaration of `x`, met here first, is said once.
        let elsewhere = found.into_iter().filter(|found| found.at != place);
        self.diagnostics.extend(elsewhere);
        let ty = self.unifier.shallow(&of.ty);
        let has_field = matches!(&ty, Ty::Record(fields) if fields.iter().any(|(name, _)| *name == function.text));
        !fails && !has_field && matches!(ty, Ty::Float | Ty::Table(..) | Ty::Record(_))
    }

    /// Whether `x(t)` is a state at the time of the model.
    fn is_state_of_time(&self, name: &ast::Name, args: &[&'a ast::Expr]) -> bool {
        let is_time = |arg: &ast::Expr| matches!(&arg.kind, Ast::Name(time) if time.text == "t");
        let state = self
            .here
            .model
            .as_ref()
            .is_some_and(|model| model.states.contains_key(name.text.as_str()));
        state && matches!(args, [time] if is_time(time))
    }

    fn declaration_of(&self, function: &Expr) -> Option<Span> {
        let ExprKind::Def(def, _) = &function.kind else { return None };
        let span = self.hir.defs[*def].span;
        self.is_users(span).then_some(span)
    }

    fn parameter_span(&self, function: &Expr, k: usize) -> Option<Span> {
        let param = match &function.kind {
            ExprKind::Def(def, _) => self.hir.defs[*def].params.get(k)?,
            // A net, which says what it takes where it is declared.
            ExprKind::Call(_, args) => match &args.last()?.kind {
                ExprKind::Local(param) if self.shapes.contains_key(param) => param,
                _ => return None,
            },
            _ => return None,
        };
        let span = self.hir.locals[*param].span;
        self.is_users(span).then_some(span)
    }

    /// Whether a place is in a file of the user.
    pub(crate) fn is_users(&self, span: Span) -> bool {
        !self.library.entries.iter().any(|entry| entry.source() == span.source)
    }

    /// `x(t0)` in the initial condition of a state that is declared after `x`.
    fn at_start(&mut self, name: &ast::Name, args: &[&'a ast::Expr]) -> Option<Expr> {
        let [time] = args else { return None };
        let is_start = matches!(&time.kind, Ast::Name(time) if time.text == "t0");
        let model = self.here.model.as_ref()?;
        let state = *model.states.get(name.text.as_str()).filter(|_| is_start)?;
        if let Some(value) = model.initial.get(&state)
            && model.starting.is_some_and(|starting| state < starting)
        {
            return Some(value.clone());
        }
        self.unbuilt("a state at t0, but of an earlier state in an initial condition,", name.span);
        Some(wrong(name.span))
    }

    /// A constructor applied.
    pub(super) fn construct(
        &mut self,
        name: &'a ast::Name,
        args: &[&'a ast::Expr],
        span: Span,
    ) -> Expr {
        let Some(at) = self.find_member(&name.text) else { return wrong(span) };
        let Declared::Adt(adt) = self.demand(at, Some(name)) else { return wrong(span) };
        let constructors = &self.hir.adts[adt].constructors;
        let Some(k) = constructors.iter().position(|c| c.name == name.text) else {
            return wrong(span);
        };
        let (ty, params) = self.instantiate_adt(adt, k, name);
        if params.len() != args.len() {
            let declared = Some(self.hir.adts[adt].constructors[k].span);
            let (function, wanted, found) = (name.text.clone(), params.len(), args.len());
            self.report(CallError::ArgumentCount { function, wanted, found, span, declared });
            return wrong(span);
        }
        let mut values = Vec::new();
        for (arg, param) in args.iter().zip(params) {
            let why = Why::Argument { function: name.text.clone(), declared: None };
            values.push(self.check(arg, &Expected::new(param, why)));
        }
        node(ExprKind::Construct(adt, k, values), ty, span)
    }

    /// A lambda on its own: its binders must say their types.
    pub(super) fn infer_lambda(
        &mut self,
        binders: &'a [ast::Binder],
        body: &'a ast::Body,
        span: Span,
    ) -> Expr {
        let depth = self.here.scope.depth();
        let mut params = Vec::new();
        let mut tys = Vec::new();
        for binder in binders {
            let ty = match &binder.ty {
                Some(ty) => self.ty(ty),
                None => {
                    if !matches!(binder.pattern.kind, PatternKind::Wild) {
                        let name = crate::text::pattern(&binder.pattern);
                        let span = binder.pattern.span;
                        let parts = typed_parts(&binder.pattern);
                        self.report(CallError::LambdaBinder { name, parts, span });
                    }
                    Ty::Error
                }
            };
            params.push(self.bind_pattern(&binder.pattern, &ty, LocalKind::Bound));
            tys.push(ty);
        }
        let body = self.infer_body(body, None);
        self.here.scope.truncate(depth);
        let ty = Ty::Function(tys, Box::new(body.ty.clone()));
        node(ExprKind::Lambda(params, Box::new(body)), ty, span)
    }

    /// A lambda where a function is expected.
    pub(super) fn check_lambda(
        &mut self,
        binders: &'a [ast::Binder],
        body: &'a ast::Body,
        span: Span,
        wanted: &[Ty],
        result: &Ty,
        expected: &Expected,
    ) -> Expr {
        if binders.len() != wanted.len() {
            let error = CallError::LambdaArity {
                wanted: wanted.len(),
                found: binders.len(),
                ty: self.show(&expected.ty),
                span,
            };
            self.report(error);
            return wrong(span);
        }
        let depth = self.here.scope.depth();
        let mut params = Vec::new();
        for (binder, ty) in binders.iter().zip(wanted) {
            if let Some(declared) = &binder.ty {
                let said = self.ty(declared);
                let unified = self.unifier.unify(ty, &said, declared.span);
                self.agrees(
                    unified,
                    &said,
                    None,
                    declared.span,
                    &Expected::new(ty.clone(), expected.why.clone()),
                );
            }
            params.push(self.bind_pattern(&binder.pattern, ty, LocalKind::Bound));
        }
        let body = self.check_body(body, &Expected::new(result.clone(), expected.why.clone()));
        self.here.scope.truncate(depth);
        let ty = Ty::Function(wanted.to_vec(), Box::new(body.ty.clone()));
        node(ExprKind::Lambda(params, Box::new(body)), ty, span)
    }
}

/// `a: Float b: Float` of the pattern `(a, b)`.
fn typed_parts(pattern: &ast::Pattern) -> Option<String> {
    let PatternKind::Tuple(parts) = &pattern.kind else { return None };
    let typed = parts.iter().map(|part| format!("{}: Float", crate::text::pattern(part)));
    Some(typed.collect::<Vec<_>>().join(" "))
}
