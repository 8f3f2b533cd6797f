//! Start values of parameters: expressions, or draws by an initialiser.
//!
//! `param w : n => Float = normal(0, 0.1)` becomes `w = normal_draw(0, 0.1, z)` of standard normal
//! draws `z` of the parameter's type. The stream of the draws is keyed by the parameter's qualified
//! name (`docs/noise.md`), so a parameter starts with the same numbers whatever else the program has.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, ExprKind as Ast, Name};
use sdec_hir::{BaseLaw, Constraint, Draws, Expr, ExprKind, LetStmt, LocalKind, Pattern, Ty};

use crate::checker::{Checker, node, wrong};
use crate::error::NetError;
use crate::infer::{Expected, Why, constant_number};
use crate::items::{Declared, ItemRef, Side};
use crate::text::quote_type;
use crate::types::Shape;

/// A start value, and what each array of it is made of.
type Started = (Expr, Vec<Option<BaseLaw>>);

/// Words that draw the start of a parameter.
pub(crate) const INITIALISERS: [&str; 3] = ["glorot", "normal", "uniform"];

impl<'a> Checker<'a> {
    /// The start value of a parameter whose streams begin with `prefix`, complete with its draws.
    pub(crate) fn drawn_start(
        &mut self,
        name: &'a Name,
        param: &'a ast::Param,
        shape: &Shape,
        prefix: &str,
    ) -> Option<Expr> {
        let ty = shape.storage();
        let local = self.new_local("z", name.span, ty.clone(), LocalKind::Bound);
        let z = node(ExprKind::Local(local), ty.clone(), name.span);
        let (value, laws) = self.start_of(name, param, shape, z)?;
        if laws.iter().all(Option::is_none) {
            return Some(value);
        }
        let leaves = shape.leaves();
        let draws = leaves.iter().zip(laws).map(|(leaf, law)| {
            law.map(|law| Draws { law, stream: format!("{prefix}{}", leaf.name) })
        });
        let draws = node(ExprKind::Draws(draws.collect()), ty, name.span);
        let stmt = LetStmt { pattern: Pattern::Bind(local), value: draws };
        let (ty, span) = (value.ty.clone(), value.span);
        Some(node(ExprKind::Block(vec![stmt], Box::new(value)), ty, span))
    }

    /// The start value of a parameter, made of standard draws `z` of its type.
    pub(crate) fn start_of(
        &mut self,
        name: &'a Name,
        param: &'a ast::Param,
        shape: &Shape,
        z: Expr,
    ) -> Option<Started> {
        let undrawn = || shape.leaves().iter().map(|_| None).collect();
        let Some(init) = &param.init else {
            // What each row has for itself starts in the middle.
            if param.per.is_some()
                && shape.leaves().iter().all(|l| l.constraint == Constraint::Real)
            {
                let zeros = node(ExprKind::Zeros, shape.storage(), param.ty.span);
                return Some((zeros, undrawn()));
            }
            return self.net_start_value(shape, z).map(|value| (value, shape.laws()));
        };
        let ty = shape.storage();
        if ty == Ty::Error {
            return Some((wrong(init.span), undrawn()));
        }
        let Some((word, args)) = self.initialiser(init) else {
            let what = format!("the value of `{}`", name.text);
            let why = Why::Clause { what, declared: param.ty.span };
            return Some((self.check(init, &Expected::new(ty, why)), undrawn()));
        };
        self.check_drawn_constraint(name, param, shape, word, args);
        let drawn = match word.text.as_str() {
            "glorot" => self.glorot(word, param, shape, z),
            _ => self.start_draw(word, args, &ty, z, init.span),
        };
        match drawn {
            Some((law, value)) => Some((value, shape.leaves().iter().map(|_| Some(law)).collect())),
            None => Some((wrong(init.span), undrawn())),
        }
    }

    /// `glorot`, `normal(m, s)` or `uniform(a, b)`, where the program means nothing else by the name.
    fn initialiser(&self, expr: &'a ast::Expr) -> Option<(&'a Name, &'a [ast::Argument])> {
        let (name, args): (&Name, &[ast::Argument]) = match &expr.kind {
            Ast::Name(name) => (name, &[]),
            Ast::Call(callee, args) => match &callee.kind {
                Ast::Name(name) => (name, args),
                _ => return None,
            },
            _ => return None,
        };
        self.is_initialiser(&name.text).then_some((name, args))
    }

    /// Whether a name is that of an initialiser, and of nothing that the program declares.
    pub(crate) fn is_initialiser(&self, name: &str) -> bool {
        INITIALISERS.contains(&name)
            && self.here.scope.get(name).is_none()
            && self.find_item(name).is_none()
    }

    /// The library's formula for a matrix of uniform draws.
    fn glorot(
        &mut self,
        word: &Name,
        param: &ast::Param,
        shape: &Shape,
        z: Expr,
    ) -> Option<(BaseLaw, Expr)> {
        let span = word.span;
        let ty = shape.storage();
        let is_matrix = match &ty {
            Ty::Table(_, row) => matches!(&**row, Ty::Table(_, of) if **of == Ty::Float),
            _ => false,
        };
        if !is_matrix {
            let net = shape.net().is_some();
            let found = if net { quote_type(&param.ty) } else { self.show(&ty) };
            self.report(NetError::Glorot { found, net, span });
            return None;
        }
        let (index, _) = self.library.get("glorot_draw")?;
        let Declared::Def(def) = self.demand(ItemRef { side: Side::Library, index }, None) else {
            return None;
        };
        let function = self.def_name(def, span);
        if let Ty::Function(params, _) = &function.ty {
            // A generic function of any matrix.
            self.unifier.unify(&params[0], &ty, span).ok()?;
        }
        let value = node(ExprKind::Call(Box::new(function), vec![z]), ty, span);
        Some((BaseLaw::Uniform, value))
    }

    /// Draws may leave the support of a constraint.
    fn check_drawn_constraint(
        &mut self,
        name: &Name,
        param: &ast::Param,
        shape: &Shape,
        word: &Name,
        args: &[ast::Argument],
    ) {
        let leaves = shape.leaves();
        let ends: Vec<Option<f64>> = args.iter().map(|arg| constant_number(&arg.value)).collect();
        let within = |constraint: &Constraint| match (constraint, ends.as_slice()) {
            (Constraint::Real, _) => true,
            (_, &[Some(low), Some(high)]) if word.text == "uniform" => match *constraint {
                Constraint::Positive | Constraint::NonNeg => low >= 0.0,
                Constraint::Unit => low >= 0.0 && high <= 1.0,
                Constraint::Interval(a, b) => low >= a && high <= b,
                Constraint::Real => true,
                Constraint::Simplex | Constraint::Ordered | Constraint::Chol | Constraint::Corr => {
                    false
                }
            },
            _ => false,
        };
        if let Some(leaf) = leaves.iter().find(|leaf| !within(&leaf.constraint)) {
            let within = match leaf.constraint {
                Constraint::Positive | Constraint::NonNeg => Some("uniform(0.5, 1.5)".to_owned()),
                Constraint::Unit => Some("uniform(0.25, 0.75)".to_owned()),
                Constraint::Interval(a, b) => Some(format!("uniform({a}, {b})")),
                Constraint::Real
                | Constraint::Simplex
                | Constraint::Ordered
                | Constraint::Chol
                | Constraint::Corr => None,
            };
            let error = NetError::OutsideSupport {
                name: name.text.clone(),
                word: word.text.clone(),
                constraint: quote_type(&param.ty),
                within,
                declared: param.ty.span,
                span: word.span,
            };
            self.report(error);
        }
    }

    /// An initialiser somewhere else.
    pub(crate) fn report_initialiser(&mut self, name: &str, span: Span) {
        self.report(NetError::InitialiserElsewhere { name: name.to_owned(), span });
    }
}
