//! Laws as values: `let p = Normal(0, 1)`, laws that functions return, and laws made of laws. Those of
//! several numbers are in `law_joint_value`.
//!
//! A value of type `Dist(Float)` is the record of a law's functions, which exists only until programs
//! are lowered: there, functions are put where they are called.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Argument, ExprKind as Ast, Name};
use sdec_hir::{Expr, ExprKind, IndexSet, LetStmt, LocalKind, Pattern, Ty};

use crate::checker::{Checker, node, table, wrong};
use crate::error::LawError;
use crate::infer::{Expected, Why};
use crate::items::{Declared, ItemRef, Side};
use crate::law_table::{Form, LAWS, Law};

/// The functions of a law, in the order of its record. Whether its values are whole numbers follows.
const PARTS: [&str; 5] = ["log_prob", "cdf", "survival", "quantile", "upper"];

/// What only the library says of laws.
const INNER: [&str; 3] = ["upper", "is_discrete", "law_of"];

impl<'a> Checker<'a> {
    /// A law applied, as a value; `None` where the name is that of no law.
    pub(crate) fn infer_law(
        &mut self,
        name: &'a Name,
        args: &'a [Argument],
        span: Span,
    ) -> Option<Expr> {
        if !self.is_law(&name.text) {
            return None;
        }
        let Some(law) = LAWS.iter().find(|law| law.name == name.text) else {
            self.unbuilt(format!("the law `{}`", name.text), name.span);
            return Some(wrong(span));
        };
        let value = match law.form {
            Form::Number | Form::Count => self.law_of_number(law, name, args, span),
            Form::Compound => self.compound_law(law, name, args, span),
            Form::Joint => self.joint_law(law, name, args, span),
        };
        Some(value.unwrap_or_else(|| wrong(span)))
    }

    /// The record of the functions of `Normal(m, s)`, whose parameters are evaluated once.
    fn law_of_number(
        &mut self,
        law: &'static Law,
        name: &Name,
        args: &'a [Argument],
        span: Span,
    ) -> Option<Expr> {
        let params = self.law_args(law, name, args, &Ty::Float, span)?;
        let mut lets = Vec::new();
        let mut names = Vec::new();
        for value in params {
            let local = self.new_local("p", value.span, Ty::Float, LocalKind::Bound);
            names.push(node(ExprKind::Local(local), Ty::Float, value.span));
            lets.push(LetStmt { pattern: Pattern::Bind(local), value });
        }
        let mut parts = Vec::new();
        for function in PARTS {
            let f = self.law_def(law, function, span)?;
            let x = self.new_local("x", span, Ty::Float, LocalKind::Bound);
            let args = names.iter().cloned().chain([node(ExprKind::Local(x), Ty::Float, span)]);
            let body = node(ExprKind::Call(Box::new(f), args.collect()), Ty::Float, span);
            let kind = ExprKind::Lambda(vec![Pattern::Bind(x)], Box::new(body));
            parts.push(node(kind, function_of_number(), span));
        }
        let discrete = if law.form == Form::Count { 1.0 } else { 0.0 };
        parts.push(node(ExprKind::Float(discrete), Ty::Float, span));
        let record = node(ExprKind::Record(parts), dist(), span);
        Some(node(ExprKind::Block(lets, Box::new(record)), dist(), span))
    }

    /// `Truncated(law, low, high)` and its kin: functions of the library.
    fn compound_law(
        &mut self,
        law: &'static Law,
        name: &Name,
        args: &'a [Argument],
        span: Span,
    ) -> Option<Expr> {
        let args = self.in_order(law, args)?;
        if !self.has_all_args(law, name, args.len(), span) {
            return None;
        }
        let f = self.law_def(law, "law", span)?;
        let Ty::Function(params, _) = self.unifier.shallow(&f.ty) else { return None };
        let mut values = Vec::new();
        for ((arg, param), (called, _)) in args.iter().zip(params).zip(law.params) {
            let what = format!("the parameter `{called}` of {}", law.name);
            let why = Why::Clause { what, declared: name.span };
            values.push(self.check(arg, &Expected::new(param, why)));
        }
        let whole = values.iter().all(|value| value.ty != Ty::Error);
        whole.then(|| node(ExprKind::Call(Box::new(f), values), dist(), span))
    }

    /// A list of laws: the functions of entry `i` are entry `i` of the lists of their values.
    pub(crate) fn list_of_laws(&mut self, laws: &[Expr], set: IndexSet, span: Span) -> Expr {
        let index = self.new_local("i", span, Ty::Ix(set.clone()), LocalKind::Bound);
        let at = || Box::new(node(ExprKind::Local(index), Ty::Ix(set.clone()), span));
        let chosen = |values: Vec<Expr>| {
            let list = node(ExprKind::List(values), table(set.clone(), Ty::Float), span);
            node(ExprKind::Index(Box::new(list), at()), Ty::Float, span)
        };
        let mut parts = Vec::new();
        for (k, _) in PARTS.iter().enumerate() {
            let x = self.new_local("x", span, Ty::Float, LocalKind::Bound);
            let values = laws.iter().map(|law| {
                let function = part(law.clone(), k);
                let x = node(ExprKind::Local(x), Ty::Float, span);
                node(ExprKind::Call(Box::new(function), vec![x]), Ty::Float, span)
            });
            let body = chosen(values.collect());
            let kind = ExprKind::Lambda(vec![Pattern::Bind(x)], Box::new(body));
            parts.push(node(kind, function_of_number(), span));
        }
        parts.push(chosen(laws.iter().map(|law| part(law.clone(), PARTS.len())).collect()));
        let record = node(ExprKind::Record(parts), dist(), span);
        let kind = ExprKind::For(Pattern::Bind(index), set.clone(), Box::new(record));
        node(kind, table(set, dist()), span)
    }

    /// Whether a name is a word of the library for laws.
    pub(crate) fn is_law_word(&self, name: &str) -> bool {
        self.here.library && INNER.contains(&name) && self.here.scope.get(name).is_none()
    }

    /// `law_of(…)`, `upper(law, q)` and `is_discrete(law)` in the library.
    pub(crate) fn law_word(&mut self, word: &'a Name, args: &[&'a ast::Expr], span: Span) -> Expr {
        let expected =
            |ty| Expected::new(ty, Why::Argument { function: String::new(), declared: None });
        match (word.text.as_str(), args) {
            ("is_discrete", [law]) => {
                let law = self.check(law, &expected(dist()));
                part(law, PARTS.len())
            }
            ("upper", [law, x]) => self.law_function(word, law, x, span),
            (_, parts) => {
                let ty = |k| if k < PARTS.len() { function_of_number() } else { Ty::Float };
                let parts =
                    parts.iter().enumerate().map(|(k, arg)| self.check(arg, &expected(ty(k))));
                let parts: Vec<Expr> = parts.collect();
                node(ExprKind::Record(parts), dist(), span)
            }
        }
    }

    /// A function of a law that is a value, at every entry of `x`; draws are made of uniform numbers.
    pub(crate) fn value_function(
        &mut self,
        function: &str,
        law: Expr,
        x: Expr,
        ty: &Ty,
        span: Span,
    ) -> Option<Expr> {
        let law_ty = self.unifier.shallow(&law.ty);
        let Ty::Dist(of) = &law_ty else {
            if law_ty != Ty::Error {
                let found = self.show(&law_ty);
                self.report(LawError::NotALaw { found, span: law.span });
            }
            return None;
        };
        if **of != Ty::Float {
            let of = (**of).clone();
            return self.joint_value_function(function, (law, &of), x, span);
        }
        let local = self.new_local("law", law.span, law_ty.clone(), LocalKind::Bound);
        let bound = node(ExprKind::Local(local), law_ty, law.span);
        let stmt = LetStmt { pattern: Pattern::Bind(local), value: law };
        let value = if function == "draw" {
            let f = self.library_def("law_draw", span)?;
            let name = self.new_local("u", span, Ty::Float, LocalKind::Bound);
            let u = node(ExprKind::Local(name), Ty::Float, span);
            let body = node(ExprKind::Call(Box::new(f), vec![bound, u]), Ty::Float, span);
            let kind = ExprKind::Lambda(vec![Pattern::Bind(name)], Box::new(body));
            let drawn = node(kind, function_of_number(), span);
            self.by_entry(&drawn, Vec::new(), x, ty, span)
        } else {
            let k = PARTS.iter().position(|part| *part == function)?;
            self.by_entry(&part(bound, k), Vec::new(), x, ty, span)
        };
        let ty = value.ty.clone();
        Some(node(ExprKind::Block(vec![stmt], Box::new(value)), ty, span))
    }

    /// A function of the library.
    pub(crate) fn library_def(&mut self, name: &str, span: Span) -> Option<Expr> {
        let (index, _) = self.library.get(name)?;
        match self.demand(ItemRef { side: Side::Library, index }, None) {
            Declared::Def(def) => Some(self.def_name(def, span)),
            _ => None,
        }
    }
}

/// The law that an expression applies by name, if it does.
pub(crate) fn applied(expr: &ast::Expr) -> Option<(&Name, &[Argument])> {
    match &expr.kind {
        Ast::Tuple(parts) => match parts.as_slice() {
            [part] => applied(part),
            _ => None,
        },
        Ast::Call(callee, args) => match &callee.kind {
            Ast::Name(name) => Some((name, args)),
            _ => None,
        },
        _ => None,
    }
}

/// `Dist(Float)`
fn dist() -> Ty {
    Ty::Dist(Box::new(Ty::Float))
}

/// `(Float) -> Float`
fn function_of_number() -> Ty {
    Ty::Function(vec![Ty::Float], Box::new(Ty::Float))
}

/// A part of a law's record.
fn part(law: Expr, k: usize) -> Expr {
    let span = law.span;
    let ty = if k < PARTS.len() { function_of_number() } else { Ty::Float };
    node(ExprKind::Field(Box::new(law), k), ty, span)
}
