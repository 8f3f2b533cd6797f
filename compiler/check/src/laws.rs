//! Laws: their parameters, and how they are written by draws, densities and distribution functions
//! of the library.
//!
//! `init x ~ Normal(m, s)` becomes `x = normal_draw(m, s, z)` of a standard normal `z`, entry by
//! entry; `cdf(Normal(0, 1), x)` becomes `normal_cdf(0, 1, x)`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Argument, ExprKind as Ast, Name};
use sdec_hir::{
    BaseLaw, Expr, ExprKind, IndexSet, LetStmt, LocalId, LocalKind, Pattern, Spread, Ty,
};

use crate::checker::{Checker, node, wrong};
use crate::error::LawError;
use crate::infer::{Expected, Why, constant_number};
use crate::items::{Declared, ItemRef, Side};
use crate::law_table::{Form, INITIALISERS, LAWS, Law, UNBUILT, called};
use crate::law_value::applied;
use crate::sign::{Sign, sign};
use crate::suggest::{elsewhere, nearest};
use crate::text::code;

/// A draw of a law.
pub(crate) struct Drawn {
    /// What it is made of.
    pub(crate) base: BaseLaw,
    /// Its value.
    pub(crate) value: Expr,
    /// The logarithms of the densities of its entries at some place.
    pub(crate) log_density: Expr,
}

impl Drawn {
    /// The same with both expressions inside of another.
    fn map(self, f: impl Fn(Expr) -> Expr) -> Self {
        Self { value: f(self.value), log_density: f(self.log_density), ..self }
    }
}

impl<'a> Checker<'a> {
    /// Whether a name is that of a law, and of nothing that the program declares.
    pub(crate) fn is_law(&self, name: &str) -> bool {
        let known = LAWS.iter().any(|law| law.name == name) || UNBUILT.contains(&name);
        known && self.here.scope.get(name).is_none() && self.user.get(name).is_none()
    }

    /// A function of the law that an expression gives, at `x` of type `ty`: `log_prob`, `cdf`,
    /// `survival`, `quantile`, or `draw` of standard draws `x`.
    pub(crate) fn law_at(
        &mut self,
        function: &str,
        law: &'a ast::Expr,
        x: Expr,
        ty: &Ty,
    ) -> Option<Expr> {
        let span = law.span;
        if let Ast::For(binders, body) = &law.kind {
            return self.table_function(function, binders, body, x, ty, span);
        }
        let named = applied(law).and_then(|(name, args)| Some((self.law_named(name)?, name, args)));
        match named {
            Some((law, name, args)) => match law.form {
                Form::Number | Form::Count => {
                    let params = self.law_args(law, name, args, ty, span)?;
                    let f = self.law_def(law, function, span)?;
                    Some(self.by_entry(&f, params, x, ty, span))
                }
                Form::Joint => self.joint_function(function, (law, name, args), x, span),
                Form::Compound => {
                    let law = self.infer_law(name, args, span)?;
                    self.value_function(function, law, x, ty, span)
                }
            },
            None => {
                let law = self.infer_as_law(law)?;
                self.value_function(function, law, x, ty, span)
            }
        }
    }

    /// A function of a table of laws, `for i. Law(…)`: that of each law at the entry of `x`.
    fn table_function(
        &mut self,
        function: &str,
        binders: &'a [ast::Binder],
        body: &'a ast::Body,
        x: Expr,
        ty: &Ty,
        span: Span,
    ) -> Option<Expr> {
        let whole = self.new_local("x", x.span, ty.clone(), LocalKind::Bound);
        let named = node(ExprKind::Local(whole), ty.clone(), x.span);
        let value = self.function_of_each(function, binders, body, named, ty, span)?;
        Some(behind_lets(vec![LetStmt { pattern: Pattern::Bind(whole), value: x }], value))
    }

    fn function_of_each(
        &mut self,
        function: &str,
        binders: &'a [ast::Binder],
        body: &'a ast::Body,
        x: Expr,
        ty: &Ty,
        span: Span,
    ) -> Option<Expr> {
        let depth = self.here.scope.depth();
        let Some((binder, rest)) = binders.split_first() else {
            let lets: Vec<LetStmt> = body.lets.iter().map(|stmt| self.let_stmt(stmt)).collect();
            let value = self.law_at(function, &body.result, x, ty);
            self.here.scope.truncate(depth);
            return Some(behind_lets(lets, value?));
        };
        let (pattern, index, set, entry) = self.index_of_laws(binder, ty, span)?;
        let x = entry_at(x, index, span);
        let value = self.function_of_each(function, rest, body, x, &entry, span);
        self.here.scope.truncate(depth);
        Some(looped(pattern, set, value?, span))
    }

    /// The index of a table of laws, for a value of type `ty`: its pattern, itself, its set and the type of an entry.
    fn index_of_laws(
        &mut self,
        binder: &'a ast::Binder,
        ty: &Ty,
        span: Span,
    ) -> Option<(Pattern, Expr, IndexSet, Ty)> {
        let Ty::Table(set, entry) = self.unifier.shallow(ty) else {
            let found = self.show(ty);
            self.report(LawError::TableOfLaws { found, span });
            return None;
        };
        let (pattern, set) = self.bind_index(binder, Some(self.unifier.set(&set)));
        let (pattern, index) = self.named_index(pattern, &set, span);
        Some((pattern, index, set, *entry))
    }

    /// A pattern of an index in which nothing is without a name, and the index that it takes apart.
    fn named_index(&mut self, pattern: Pattern, set: &IndexSet, span: Span) -> (Pattern, Expr) {
        let ty = Ty::Ix(set.clone());
        match (pattern, self.unifier.set(set)) {
            (Pattern::Tuple(parts), IndexSet::Product(sets)) if parts.len() == sets.len() => {
                let named = parts.into_iter().zip(&sets);
                let named = named.map(|(part, set)| self.named_index(part, set, span));
                let (patterns, parts) = named.unzip();
                (Pattern::Tuple(patterns), node(ExprKind::Tuple(parts), ty, span))
            }
            (Pattern::Bind(index), _) => {
                (Pattern::Bind(index), node(ExprKind::Local(index), ty, span))
            }
            _ => {
                let index = self.new_local("i", span, ty.clone(), LocalKind::Bound);
                (Pattern::Bind(index), node(ExprKind::Local(index), ty, span))
            }
        }
    }

    /// The law of a name that the program does not use for anything else.
    fn law_named(&self, name: &Name) -> Option<&'static Law> {
        LAWS.iter().find(|law| law.name == name.text).filter(|_| self.is_law(&name.text))
    }

    /// What the draws of a law are made of.
    fn base_of(&self, law: &ast::Expr) -> BaseLaw {
        let named = applied(law).and_then(|(name, _)| self.law_named(name));
        named.map_or(BaseLaw::Uniform, |law| law.base)
    }

    /// An expression that should be a law.
    fn infer_as_law(&mut self, law: &'a ast::Expr) -> Option<Expr> {
        if let Some((name, _)) = applied(law)
            && self.find_item(&name.text).is_none()
            && self.here.scope.get(&name.text).is_none()
            && !self.is_law(&name.text)
            && self.find_member(&name.text).is_none()
        {
            let names = LAWS.iter().map(|law| law.name).chain(UNBUILT.iter().copied());
            let similar =
                elsewhere(&name.text).or_else(|| nearest(&name.text, names)).map(str::to_owned);
            let (written, span) = (name.text.clone(), name.span);
            self.report(LawError::Unknown { written, span, similar });
            return None;
        }
        let value = self.infer(law, None);
        (value.ty != Ty::Error).then_some(value)
    }

    /// Whether a law has as many arguments as parameters.
    pub(crate) fn has_all_args(
        &mut self,
        law: &'static Law,
        name: &Name,
        found: usize,
        span: Span,
    ) -> bool {
        if found != law.params.len() {
            let params: Vec<&str> = law.params.iter().map(|(name, _)| *name).collect();
            let name = name.text.clone();
            self.report(LawError::Arguments { name, params: params.join(", "), found, span });
            return false;
        }
        true
    }

    /// Values of a law's arguments, each a number or of type `ty`.
    pub(crate) fn law_args(
        &mut self,
        law: &'static Law,
        name: &Name,
        args: &'a [Argument],
        ty: &Ty,
        span: Span,
    ) -> Option<Vec<Expr>> {
        let args = self.in_order(law, args)?;
        if !self.has_all_args(law, name, args.len(), span) {
            return None;
        }
        let mut values = Vec::new();
        for (arg, (param, positive)) in args.iter().zip(law.params) {
            if *positive {
                self.check_scale(law, &args, (*param, *arg), span);
            }
            let value = self.infer(arg, Some(&Ty::Float));
            if *positive {
                self.check_sign(law.name, called(param), &value);
            }
            if *param == "probability" {
                self.check_written_probability(law, arg);
                self.check_probability(&value);
            }
            if self.unifier.shallow(&value.ty) == Ty::Float {
                values.push(value);
                continue;
            }
            let what = format!("the parameter `{param}` of {}", law.name);
            let why = Why::Clause { what, declared: span };
            values.push(self.expect(value, arg, &Expected::new(ty.clone(), why)));
        }
        self.check_bounds(law, &args, span);
        values.iter().all(|value| value.ty != Ty::Error).then_some(values)
    }

    /// Arguments in the order of the law's parameters.
    pub(crate) fn in_order(
        &mut self,
        law: &'static Law,
        args: &'a [Argument],
    ) -> Option<Vec<&'a ast::Expr>> {
        if args.iter().all(|arg| arg.name.is_none()) {
            return Some(args.iter().map(|arg| &arg.value).collect());
        }
        let mut ordered = Vec::new();
        for (k, (param, _)) in law.params.iter().enumerate() {
            let named = args.iter().find(|arg| arg.name.as_ref().is_some_and(|n| n.text == *param));
            let arg = named.or_else(|| args.get(k).filter(|arg| arg.name.is_none()));
            ordered.extend(arg.map(|arg| &arg.value));
        }
        for name in args.iter().filter_map(|arg| arg.name.as_ref()) {
            if !law.params.iter().any(|(param, _)| *param == name.text) {
                let params: Vec<&str> = law.params.iter().map(|(name, _)| *name).collect();
                let (law, param, span) = (law.name.to_owned(), name.text.clone(), name.span);
                self.report(LawError::Parameter { law, param, params: params.join(", "), span });
                return None;
            }
        }
        Some(ordered)
    }

    fn check_scale(
        &mut self,
        law: &'static Law,
        args: &[&ast::Expr],
        (param, scale): (&'static str, &ast::Expr),
        whole: Span,
    ) {
        let Some(value) = constant_number(scale).filter(|value| *value <= 0.0) else { return };
        let swapped = match args {
            [first, _] if law.params.len() == 2 && !law.params[0].1 => match constant_number(first)
            {
                Some(0.0) if value < 0.0 => {
                    Some(format!("{}({}, {})", law.name, code(scale), "1.0"))
                }
                Some(other) if other > 0.0 => {
                    Some(format!("{}({}, {})", law.name, code(scale), code(first)))
                }
                _ => None,
            },
            _ => None,
        };
        let params: Vec<&str> = law.params.iter().map(|(name, _)| *name).collect();
        let error = LawError::Scale {
            law: law.name,
            scale: called(param),
            params: params.join(", "),
            swapped,
            span: scale.span,
            whole,
        };
        self.report(error);
    }

    fn check_bounds(&mut self, law: &'static Law, args: &[&ast::Expr], span: Span) {
        if let ("uniform", [low, high]) = (law.prefix, args)
            && let (Some(a), Some(b)) = (constant_number(low), constant_number(high))
            && a >= b
        {
            self.report(LawError::Bounds { low: code(low), high: code(high), span });
        }
    }

    /// The library's function of a law: `normal_cdf`.
    pub(crate) fn law_def(
        &mut self,
        law: &'static Law,
        function: &str,
        span: Span,
    ) -> Option<Expr> {
        let name = format!("{}_{function}", law.prefix);
        let Some((index, _)) = self.library.get(&name) else {
            let (law, function) = (law.name, function.to_owned());
            self.report(LawError::NoFunction { law, function, span });
            return None;
        };
        match self.demand(ItemRef { side: Side::Library, index }, None) {
            Declared::Def(def) => Some(self.def_name(def, span)),
            _ => None,
        }
    }

    /// `cdf(law, x)`, `quantile(law, p)`, `log_prob(law, x)`.
    pub(crate) fn law_function(
        &mut self,
        function: &Name,
        law: &'a ast::Expr,
        x: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let value = self.infer(x, Some(&Ty::Float));
        let ty = self.unifier.shallow(&value.ty);
        if ty == Ty::Error {
            return wrong(span);
        }
        match self.law_at(&function.text, law, value, &ty) {
            Some(value) => Expr { span, ..value },
            None => wrong(span),
        }
    }

    /// A draw of the law `body` for a state of type `ty`, made of the base draws `z`, and its density
    /// at `x`.
    pub(crate) fn draw(
        &mut self,
        body: &'a ast::Body,
        ty: &Ty,
        [z, x]: [Expr; 2],
    ) -> Option<Drawn> {
        let depth = self.here.scope.depth();
        let lets: Vec<LetStmt> = body.lets.iter().map(|stmt| self.let_stmt(stmt)).collect();
        let drawn = self.draw_expr(&body.result, ty, [z, x]);
        self.here.scope.truncate(depth);
        Some(drawn?.map(|value| behind_lets(lets.clone(), value)))
    }

    /// The start value of a parameter of type `ty`: `normal(m, s)` of the base draws `z`.
    pub(crate) fn start_draw(
        &mut self,
        word: &Name,
        args: &'a [Argument],
        ty: &Ty,
        z: Expr,
        span: Span,
    ) -> Option<(BaseLaw, Expr)> {
        let law = INITIALISERS.iter().find(|law| law.name == word.text)?;
        let params = self.law_args(law, word, args, ty, span)?;
        let f = self.law_def(law, "draw", span)?;
        Some((law.base, self.by_entry(&f, params, z, ty, span)))
    }

    fn draw_expr(&mut self, expr: &'a ast::Expr, ty: &Ty, [z, x]: [Expr; 2]) -> Option<Drawn> {
        if let Ast::For(binders, body) = &expr.kind {
            return self.draw_table(binders, body, ty, [z, x], expr.span);
        }
        let base = self.base_of(expr);
        let value = self.law_at(drawn_by(&self.unifier.ty(ty)), expr, z, ty)?;
        let log_density = self.law_at("log_prob", expr, x, ty)?;
        Some(Drawn { base, value, log_density })
    }

    /// `for i. Law(…)`: a table of laws is a law of tables.
    fn draw_table(
        &mut self,
        binders: &'a [ast::Binder],
        body: &'a ast::Body,
        ty: &Ty,
        [z, x]: [Expr; 2],
        span: Span,
    ) -> Option<Drawn> {
        let Some((binder, rest)) = binders.split_first() else {
            return self.draw(body, ty, [z, x]);
        };
        let depth = self.here.scope.depth();
        let (pattern, index, set, entry) = self.index_of_laws(binder, ty, span)?;
        let at = [z, x].map(|table| entry_at(table, index.clone(), span));
        let drawn = self.draw_table(rest, body, &entry, at, span);
        self.here.scope.truncate(depth);
        Some(drawn?.map(|value| looped(pattern.clone(), set.clone(), value, span)))
    }

    /// `f(params…, x)` on every entry of `x`, which has type `ty`; parameters are evaluated once.
    pub(crate) fn by_entry(
        &mut self,
        f: &Expr,
        params: Vec<Expr>,
        x: Expr,
        ty: &Ty,
        span: Span,
    ) -> Expr {
        let ty = self.unifier.ty(ty);
        if ty == Ty::Float {
            let args = params.into_iter().chain([x]).collect();
            return node(ExprKind::Call(Box::new(f.clone()), args), Ty::Float, span);
        }
        let mut lets = Vec::new();
        let mut names = Vec::new();
        for mut value in params.into_iter().chain([x]) {
            value.ty = self.unifier.ty(&value.ty);
            let local = self.new_local("p", value.span, value.ty.clone(), LocalKind::Bound);
            names.push(node(ExprKind::Local(local), value.ty.clone(), value.span));
            lets.push(LetStmt { pattern: Pattern::Bind(local), value });
        }
        let value = self.entries(f, &names, &ty, span);
        node(ExprKind::Block(lets, Box::new(value)), ty, span)
    }

    fn entries(&mut self, f: &Expr, args: &[Expr], ty: &Ty, span: Span) -> Expr {
        match ty {
            Ty::Table(set, of) => {
                let index = self.new_local("i", span, Ty::Ix(set.clone()), LocalKind::Bound);
                let part = |arg: &Expr| match &arg.ty {
                    Ty::Float => arg.clone(),
                    _ => entry_of(arg.clone(), index, set, span),
                };
                let args: Vec<Expr> = args.iter().map(part).collect();
                let body = self.entries(f, &args, of, span);
                let kind = ExprKind::For(Pattern::Bind(index), set.clone(), Box::new(body));
                node(kind, ty.clone(), span)
            }
            Ty::Record(_) | Ty::Tuple(_) => {
                let values = fields(ty).into_iter().enumerate().map(|(k, field)| {
                    let part = |arg: &Expr| match &arg.ty {
                        Ty::Float => arg.clone(),
                        _ => node(ExprKind::Field(Box::new(arg.clone()), k), field.clone(), span),
                    };
                    let args: Vec<Expr> = args.iter().map(part).collect();
                    self.entries(f, &args, field, span)
                });
                let values = values.collect();
                let kind = match ty {
                    Ty::Tuple(_) => ExprKind::Tuple(values),
                    _ => ExprKind::Record(values),
                };
                node(kind, ty.clone(), span)
            }
            Ty::Float => {
                let kind = ExprKind::Call(Box::new(f.clone()), args.to_vec());
                node(kind, Ty::Float, span)
            }
            _ => {
                self.unbuilt("a law over this type", span);
                wrong(span)
            }
        }
    }

    /// Whether the law that an expression applies is built.
    pub(crate) fn is_built(&self, expr: &ast::Expr) -> bool {
        if let Ast::For(_, body) = &expr.kind {
            return self.is_built(&body.result);
        }
        !applied(expr).is_some_and(|(name, _)| UNBUILT.contains(&name.text.as_str()))
    }

    /// The logarithm of the density of the law `body` at `x`, of type `ty`.
    pub(crate) fn law_density(&mut self, body: &'a ast::Body, ty: &Ty, x: Expr) -> Option<Expr> {
        let depth = self.here.scope.depth();
        let lets: Vec<LetStmt> = body.lets.iter().map(|stmt| self.let_stmt(stmt)).collect();
        let density = self.law_density_of(&body.result, ty, x);
        self.here.scope.truncate(depth);
        Some(behind_lets(lets, density?))
    }

    /// How a law spreads around a local; `None` for laws that are not of independent numbers.
    pub(crate) fn law_spread(
        &mut self,
        body: &'a ast::Body,
        ty: &Ty,
        at: LocalId,
    ) -> Option<Box<Spread>> {
        let named = applied(&body.result).and_then(|(name, _)| self.law_named(name));
        let is_table = matches!(body.result.kind, Ast::For(..));
        let is_joint = match named {
            Some(law) => law.form == Form::Joint,
            None if is_table => true,
            None => {
                let law = self.infer_as_law(&body.result)?;
                !matches!(self.unifier.shallow(&law.ty), Ty::Dist(of) if *of == Ty::Float)
            }
        };
        if is_table || is_joint {
            return None;
        }
        let span = body.result.span;
        let level = self.new_local("level", span, ty.clone(), LocalKind::Bound);
        let mut function = |name: &str, at: LocalId| {
            let depth = self.here.scope.depth();
            let lets: Vec<LetStmt> = body.lets.iter().map(|stmt| self.let_stmt(stmt)).collect();
            let x = node(ExprKind::Local(at), ty.clone(), span);
            let value = self.law_at(name, &body.result, x, ty);
            self.here.scope.truncate(depth);
            Some(behind_lets(lets, value?))
        };
        let (quantile, below) = (function("quantile", level)?, function("cdf", at)?);
        let is_whole = named.is_some_and(|law| matches!(law.form, Form::Count));
        Some(Box::new(Spread { level, quantile, below, is_whole }))
    }

    /// As [`Checker::law_density`], for an expression.
    pub(crate) fn law_density_of(&mut self, expr: &'a ast::Expr, ty: &Ty, x: Expr) -> Option<Expr> {
        let value = self.law_at("log_prob", expr, x, ty)?;
        Some(self.total(value))
    }

    /// The sum of all entries of a value.
    fn total(&mut self, value: Expr) -> Expr {
        let span = value.span;
        match value.ty.clone() {
            Ty::Table(set, _) => {
                let index = self.new_local("i", span, Ty::Ix(set.clone()), LocalKind::Bound);
                let entry = entry_of(value, index, &set, span);
                let inner = self.total(entry);
                summed(index, set, inner, span)
            }
            ty @ (Ty::Record(_) | Ty::Tuple(_)) => {
                let parts = fields(&ty).into_iter().enumerate().map(|(k, field)| {
                    node(ExprKind::Field(Box::new(value.clone()), k), field.clone(), span)
                });
                let totals: Vec<Expr> = parts.map(|part| self.total(part)).collect();
                let add = |a, b| {
                    let sum = ExprKind::Arith(sdec_hir::Arith::Add, Box::new(a), Box::new(b));
                    node(sum, Ty::Float, span)
                };
                let zero = node(ExprKind::Float(0.0), Ty::Float, span);
                totals.into_iter().reduce(add).unwrap_or(zero)
            }
            _ => value,
        }
    }

    /// Checks what can be said of a law that nothing is made of yet: a prior or an observation.
    pub(crate) fn check_law(&mut self, body: &'a ast::Body) -> Ty {
        let depth = self.here.scope.depth();
        for stmt in &body.lets {
            self.let_stmt(stmt);
        }
        let ty = self.check_law_expr(&body.result);
        self.here.scope.truncate(depth);
        ty
    }

    /// As [`Checker::check_law`], for an expression. Its type is that of the parameters.
    pub(crate) fn check_law_expr(&mut self, expr: &'a ast::Expr) -> Ty {
        if let Ast::For(binders, body) = &expr.kind {
            return self.check_table_of_laws(binders, body);
        }
        let named = applied(expr).filter(|(name, args)| {
            (self.is_law(&name.text) && !args.is_empty()) || self.law_named(name).is_some()
        });
        let Some((name, args)) = named else {
            let Some(law) = self.infer_as_law(expr) else { return Ty::Error };
            return match self.unifier.shallow(&law.ty) {
                Ty::Dist(of) => *of,
                other => {
                    let found = self.show(&other);
                    self.report(LawError::NotALaw { found, span: expr.span });
                    Ty::Error
                }
            };
        };
        if name.text == "PoissonProcess" {
            return self.process_type(name, args, expr.span);
        }
        if let Some(law) = self.law_named(name) {
            match law.form {
                Form::Number | Form::Count => {}
                Form::Joint => {
                    return self.joint_type(law, name, args, expr.span).unwrap_or(Ty::Error);
                }
                Form::Compound => {
                    let value = self.infer_law(name, args, expr.span);
                    let wrong = value.is_none_or(|value| value.ty == Ty::Error);
                    return if wrong { Ty::Error } else { Ty::Float };
                }
            }
            let Some(ordered) = self.in_order(law, args) else { return Ty::Error };
            if self.has_all_args(law, name, ordered.len(), expr.span) {
                for (arg, (param, positive)) in ordered.iter().zip(law.params) {
                    if *positive {
                        self.check_scale(law, &ordered, (*param, *arg), expr.span);
                    }
                    if *param == "probability" {
                        self.check_written_probability(law, arg);
                    }
                }
            }
        }
        let mut ty = Ty::Float;
        for (k, arg) in args.iter().enumerate() {
            let value = self.infer(&arg.value, None);
            let param = match &arg.name {
                Some(param) => {
                    law_params(&name.text).iter().find(|(other, _)| *other == param.text)
                }
                None => law_params(&name.text).get(k),
            };
            match param {
                Some((param, true)) => self.check_sign(&name.text, called(param), &value),
                Some(("probability", _)) => self.check_probability(&value),
                _ => {}
            }
            if let found @ Ty::Table(..) = self.unifier.ty(&value.ty) {
                ty = found;
            }
        }
        ty
    }

    /// `PoissonProcess(rate)`: the law of times of events, at a rate that may change with the time and
    /// the states.
    fn process_type(&mut self, name: &Name, args: &'a [Argument], span: Span) -> Ty {
        let [rate] = args else {
            let (name, found) = (name.text.clone(), args.len());
            let params = "rate".to_owned();
            self.report(LawError::Arguments { name, params, found, span });
            return Ty::Error;
        };
        let what = "the rate of events".to_owned();
        let why = Why::Clause { what, declared: span };
        let value = self.check(&rate.value, &Expected::new(Ty::Float, why));
        if value.ty == Ty::Error {
            return Ty::Error;
        }
        self.check_sign("Poisson", "rate", &value);
        Ty::events()
    }

    fn check_table_of_laws(&mut self, binders: &'a [ast::Binder], body: &'a ast::Body) -> Ty {
        let Some((binder, rest)) = binders.split_first() else { return self.check_law(body) };
        let depth = self.here.scope.depth();
        let (_, set) = self.bind_index(binder, None);
        let entry = self.check_table_of_laws(rest, body);
        self.here.scope.truncate(depth);
        if entry == Ty::Error { Ty::Error } else { crate::checker::table(set, entry) }
    }

    /// A scale or a rate must not be below zero.
    pub(crate) fn check_sign(&mut self, law: &str, what: &'static str, value: &Expr) {
        let constraints = self.here.model.as_ref().map(|model| model.constraints.clone());
        let mut value = value.clone();
        value.ty = self.unifier.ty(&value.ty);
        if value.ty == Ty::Error
            || sign(&self.hir, &constraints.unwrap_or_default(), &value) != Sign::Any
        {
            return;
        }
        let span = value.span;
        if law == "Poisson" {
            let found = self.show(&value.ty);
            self.report(LawError::Rate { found, span });
        } else if let ExprKind::Local(local) = value.kind
            && self.hir.locals[local].kind == LocalKind::Param
        {
            let name = self.hir.locals[local].name.clone();
            if let Some(declared) = self.written_type(&name, LocalKind::Param) {
                self.report(LawError::LooseScale { what, declared, span });
            }
        }
    }
}

/// The function of a law that draws it: an index has its quantile.
fn drawn_by(ty: &Ty) -> &'static str {
    match ty {
        Ty::Table(_, of) => drawn_by(of),
        Ty::Ix(_) => "quantile",
        _ => "draw",
    }
}

/// `sum index: set. value`
fn summed(index: sdec_hir::LocalId, set: sdec_hir::IndexSet, value: Expr, span: Span) -> Expr {
    let value = Box::new(value);
    let kind = ExprKind::Reduce(sdec_hir::Reducer::Sum, Pattern::Bind(index), set, value);
    node(kind, Ty::Float, span)
}

/// `for pattern: set. value`
fn looped(pattern: Pattern, set: IndexSet, value: Expr, span: Span) -> Expr {
    let ty = Ty::Table(set.clone(), Box::new(value.ty.clone()));
    node(ExprKind::For(pattern, set, Box::new(value)), ty, span)
}

/// Types of the parts of a record or a tuple.
fn fields(ty: &Ty) -> Vec<&Ty> {
    match ty {
        Ty::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
        Ty::Tuple(parts) => parts.iter().collect(),
        _ => Vec::new(),
    }
}

/// A value that reads what lets name.
fn behind_lets(lets: Vec<LetStmt>, value: Expr) -> Expr {
    if lets.is_empty() {
        return value;
    }
    let (ty, span) = (value.ty.clone(), value.span);
    node(ExprKind::Block(lets, Box::new(value)), ty, span)
}

/// The parameters of a law, and whether each must be positive.
fn law_params(law: &str) -> &'static [(&'static str, bool)] {
    match law {
        "Poisson" => &[("rate", true)],
        _ => LAWS.iter().find(|other| other.name == law).map_or(&[], |law| law.params),
    }
}

/// `value[i]`
pub(crate) fn entry_of(
    value: Expr,
    index: sdec_hir::LocalId,
    set: &sdec_hir::IndexSet,
    span: Span,
) -> Expr {
    let index = node(ExprKind::Local(index), Ty::Ix(set.clone()), span);
    entry_at(value, index, span)
}

/// `value[i]` of any index.
fn entry_at(value: Expr, index: Expr, span: Span) -> Expr {
    let of = match &value.ty {
        Ty::Table(_, of) => (**of).clone(),
        _ => Ty::Error,
    };
    node(ExprKind::Index(Box::new(value), Box::new(index)), of, span)
}
