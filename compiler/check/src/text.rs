//! Expressions as text on one line, to quote them in messages.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{
    Argument, BinaryOp, Binder, Body, Expr, ExprKind, Pattern, PatternKind, Type, TypeArgument,
    TypeKind,
};

/// An expression as a user would write it. Blocks inside it are cut, which `…` shows.
pub(crate) fn code(expr: &Expr) -> String {
    show(expr)
}

/// Whether an expression must be bracketed to be a factor.
pub(crate) fn is_sum(expr: &Expr) -> bool {
    let sum = matches!(&expr.kind, ExprKind::Binary { op, .. } if strength(*op) < 5);
    sum || is_open(expr)
}

/// An expression as a user would write it, for titles and labels; long ones are cut.
pub(crate) fn quote(expr: &Expr) -> String {
    let text = show(expr);
    if text.chars().count() <= 48 {
        return text;
    }
    text.chars().take(45).chain("…".chars()).collect()
}

fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.text.clone(),
        ExprKind::Nat(literal) | ExprKind::Float(literal) => literal.text.clone(),
        ExprKind::Text(text) => format!("\"{}\"", text.text),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Binary { op, lhs, rhs, .. } => {
            let (lhs, rhs) = (operand(lhs, *op, false), operand(rhs, *op, true));
            format!("{lhs} {} {rhs}", op.symbol())
        }
        ExprKind::Neg(of) => format!("-{}", atom(of)),
        ExprKind::Not(of) => format!("not {}", atom(of)),
        ExprKind::Pipe(value, function) => format!("{} |> {}", show(value), show(function)),
        ExprKind::Call(callee, args) => format!("{}({})", atom(callee), arguments(args)),
        ExprKind::Reducer(reducer) => reducer.word().to_owned(),
        ExprKind::Index(table, indices) => format!("{}[{}]", atom(table), list(indices)),
        ExprKind::Field(record, field) => format!("{}.{}", atom(record), field.text),
        ExprKind::Annotated(of, ty) => format!("({} : {})", show(of), quote_type(ty)),
        ExprKind::Tuple(parts) => format!("({})", list(parts)),
        ExprKind::List(entries) => format!("[{}]", list(entries)),
        ExprKind::Record(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{} = {}", name.text, show(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        ExprKind::Update(record, _) => format!("{{{} with …}}", show(record)),
        ExprKind::Lambda(binders, body) => format!("\\{}. {}", names(binders), show_body(body)),
        ExprKind::For(binders, body) => format!("for {}. {}", names(binders), show_body(body)),
        ExprKind::Reduce { reducer, binders, body, .. } => {
            format!("{} {}. {}", reducer.word(), names(binders), show_body(body))
        }
        ExprKind::If(condition, then, otherwise) => {
            format!("if {} then {} else {}", show(condition), show_body(then), show_body(otherwise))
        }
        ExprKind::Case(of, _) => format!("case {} of …", show(of)),
        ExprKind::Error => "…".to_owned(),
    }
}

fn show_body(body: &Body) -> String {
    if body.lets.is_empty() { show(&body.result) } else { "…".to_owned() }
}

fn list(exprs: &[Expr]) -> String {
    exprs.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn arguments(args: &[Argument]) -> String {
    let show_one = |arg: &Argument| match &arg.name {
        Some(name) => format!("{} = {}", name.text, show(&arg.value)),
        None => show(&arg.value),
    };
    args.iter().map(show_one).collect::<Vec<_>>().join(", ")
}

fn names(binders: &[Binder]) -> String {
    binders.iter().map(|binder| pattern(&binder.pattern)).collect::<Vec<_>>().join(" ")
}

/// A pattern as written.
pub(crate) fn pattern(of: &Pattern) -> String {
    let list = |parts: &[Pattern]| parts.iter().map(pattern).collect::<Vec<_>>().join(", ");
    match &of.kind {
        PatternKind::Name(name) => name.text.clone(),
        PatternKind::Wild => "_".to_owned(),
        PatternKind::Constructor(name, args) => format!("{}({})", name.text, list(args)),
        PatternKind::Tuple(parts) => format!("({})", list(parts)),
        PatternKind::Record(fields) => {
            let fields: Vec<&str> = fields.iter().map(|name| name.text.as_str()).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// How tightly an operator binds.
fn strength(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            3
        }
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::ElementMul
        | BinaryOp::ElementDiv
        | BinaryOp::Contract => 5,
        BinaryOp::Pow => 6,
    }
}

fn operand(expr: &Expr, within: BinaryOp, right: bool) -> String {
    let brackets = match &expr.kind {
        ExprKind::Binary { op, .. } => {
            strength(*op) < strength(within) || (right && strength(*op) == strength(within))
        }
        ExprKind::Neg(_) => within == BinaryOp::Pow,
        _ => is_open(expr) && !right,
    };
    if brackets { format!("({})", show(expr)) } else { show(expr) }
}

fn atom(expr: &Expr) -> String {
    let brackets = is_open(expr)
        || matches!(
            expr.kind,
            ExprKind::Binary { .. } | ExprKind::Neg(_) | ExprKind::Not(_) | ExprKind::Pipe(..)
        );
    if brackets { format!("({})", show(expr)) } else { show(expr) }
}

/// Whether the expression extends as far to the right as it can.
fn is_open(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Lambda(..)
            | ExprKind::For(..)
            | ExprKind::Reduce { .. }
            | ExprKind::If(..)
            | ExprKind::Case(..)
    )
}

/// A type as a user would write it.
pub(crate) fn quote_type(ty: &Type) -> String {
    let list = |parts: &[Type]| parts.iter().map(quote_type).collect::<Vec<_>>().join(", ");
    match &ty.kind {
        TypeKind::Nat(literal) | TypeKind::Number(literal) => literal.text.clone(),
        TypeKind::Name(name) => name.text.clone(),
        TypeKind::Apply(name, args) => {
            let show = |arg: &TypeArgument| match &arg.name {
                Some(name) => format!("{} = {}", name.text, quote_type(&arg.value)),
                None => quote_type(&arg.value),
            };
            let args: Vec<String> = args.iter().map(show).collect();
            format!("{}({})", name.text, args.join(", "))
        }
        TypeKind::Table(set, of) => format!("{} => {}", quote_type(set), quote_type(of)),
        TypeKind::Function(params, result) => {
            format!("{} -> {}", quote_type(params), quote_type(result))
        }
        TypeKind::Add(a, b) => format!("{} + {}", quote_type(a), quote_type(b)),
        TypeKind::Mul(a, b) => format!("{} * {}", quote_type(a), quote_type(b)),
        TypeKind::Sub(a, b) => format!("{} - {}", quote_type(a), quote_type(b)),
        TypeKind::Tuple(parts) => format!("({})", list(parts)),
        TypeKind::Record(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, ty)| format!("{}: {}", name.text, quote_type(ty)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        TypeKind::Maybe(of) => format!("{}?", quote_type(of)),
        TypeKind::Error => "…".to_owned(),
    }
}
