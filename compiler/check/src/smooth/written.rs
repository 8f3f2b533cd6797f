//! Smooth formulas in place of kinks and jumps, made of what the user wrote.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{BinaryOp, Body, Expr, ExprKind, Reducer};

use crate::text::quote;

/// How sharp the smooth formulas are.
const SHARPNESS: &str = "50";

/// `max(a, b)`, `min(a, b)` or `abs(a)` at `span` with its corner rounded.
pub(super) fn kink_smoothed(body: &Body, span: Span) -> Option<String> {
    let ExprKind::Call(callee, args) = &find(body, span)?.kind else { return None };
    let args: Vec<&Expr> = args.iter().map(|arg| &arg.value).collect();
    let rounded = |x: String| format!("softplus({SHARPNESS} * ({x})) / {SHARPNESS}");
    match (&callee.kind, args.as_slice()) {
        (ExprKind::Reducer(Reducer::Max), [a, b]) if is_zero(b) => Some(rounded(quote(a))),
        (ExprKind::Reducer(Reducer::Max), [a, b]) if is_zero(a) => Some(rounded(quote(b))),
        (ExprKind::Reducer(Reducer::Max), [x, y]) => {
            let (a, b) = (quote(x), quote(y));
            Some(format!("{b} + {}", rounded(format!("{a} - {}", subtracted(y)))))
        }
        (ExprKind::Reducer(Reducer::Min), [x, y]) => {
            let a = quote(x);
            Some(format!("{a} - {}", rounded(format!("{a} - {}", subtracted(y)))))
        }
        (ExprKind::Name(name), [a]) if name.text == "abs" => {
            Some(format!("sqrt(({}) ^ 2 + 0.0001)", quote(a)))
        }
        (ExprKind::Name(name), [a]) if name.text == "relu" => Some(rounded(quote(a))),
        _ => None,
    }
}

/// `if l > r then 1 else 0` or the other way round at `span` as a steep curve.
pub(super) fn step_smoothed(body: &Body, span: Span) -> Option<String> {
    steep(find(body, span)?)
}

/// The same of a value that is no block.
pub(crate) fn step_at(value: &Expr, span: Span) -> Option<String> {
    steep(find_in(value, span)?)
}

fn steep(step: &Expr) -> Option<String> {
    let ExprKind::If(condition, a, b) = &step.kind else { return None };
    let ExprKind::Binary { op, lhs, rhs, .. } = &condition.kind else { return None };
    let rises = match op {
        BinaryOp::Gt | BinaryOp::Ge => true,
        BinaryOp::Lt | BinaryOp::Le => false,
        _ => return None,
    };
    let rises = match (number(a)?, number(b)?) {
        ("1", "0") => rises,
        ("0", "1") => !rises,
        _ => return None,
    };
    let (l, r) = if rises { (lhs, rhs) } else { (rhs, lhs) };
    Some(format!("sigmoid({SHARPNESS} * ({} - {}))", quote(l), subtracted(r)))
}

/// What stands right of a minus.
fn subtracted(expr: &Expr) -> String {
    let text = quote(expr);
    if matches!(expr.kind, ExprKind::Binary { .. }) { format!("({text})") } else { text }
}

fn number(body: &Body) -> Option<&str> {
    match &body.result.kind {
        ExprKind::Nat(literal) if body.lets.is_empty() => Some(&literal.text),
        _ => None,
    }
}

fn is_zero(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Nat(literal) => literal.text == "0",
        ExprKind::Float(literal) => literal.text == "0.0",
        _ => false,
    }
}

/// The expression at `span`.
fn find(body: &Body, span: Span) -> Option<&Expr> {
    let lets = body.lets.iter().find_map(|stmt| find(&stmt.body, span));
    lets.or_else(|| find_in(&body.result, span))
}

fn find_in(expr: &Expr, span: Span) -> Option<&Expr> {
    if expr.span == span {
        return Some(expr);
    }
    match &expr.kind {
        ExprKind::Binary { lhs: a, rhs: b, .. } | ExprKind::Pipe(a, b) => {
            find_in(a, span).or_else(|| find_in(b, span))
        }
        ExprKind::Neg(of) | ExprKind::Not(of) => find_in(of, span),
        ExprKind::Call(_, args) => args.iter().find_map(|arg| find_in(&arg.value, span)),
        ExprKind::Tuple(parts) | ExprKind::List(parts) => {
            parts.iter().find_map(|part| find_in(part, span))
        }
        ExprKind::Reduce { body, .. } | ExprKind::For(_, body) | ExprKind::Lambda(_, body) => {
            find(body, span)
        }
        ExprKind::If(condition, a, b) => {
            find_in(condition, span).or_else(|| find(a, span)).or_else(|| find(b, span))
        }
        _ => None,
    }
}
