//! States at times in the value of an estimate: at which times they are wanted. A time may read the indices of
//! loops around it, as in `mean k. S(months[k])`; then it is a table over them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sdec_hir::{Expr, ExprKind, IndexSet, LetStmt, LocalId, Pattern, Program, Ty};
use sdec_lower::to_ssa::StateAt;

/// A state at a time.
pub(crate) struct Wanted<'a> {
    /// Of which kept states it is nothing is known yet.
    pub(crate) at: StateAt<'a>,
    /// The time, or a table of times.
    pub(crate) time: Cow<'a, Expr>,
}

/// What stands around an expression.
enum Around<'a> {
    Loop(&'a Pattern, &'a IndexSet),
    Let(&'a LetStmt),
}

/// The states at times in a value.
pub(crate) fn find<'a>(program: &Program, value: &'a Expr) -> Vec<Wanted<'a>> {
    let mut found = Vec::new();
    visit(program, value, &mut Vec::new(), &mut found);
    found
}

fn visit<'a>(
    program: &Program,
    expr: &'a Expr,
    around: &mut Vec<Around<'a>>,
    found: &mut Vec<Wanted<'a>>,
) {
    let depth = around.len();
    if let ExprKind::StateAt(_, time) | ExprKind::PathAt(_, _, time) = &expr.kind {
        found.push(wanted(expr, time, around));
        visit(program, time, around, found);
    } else if let ExprKind::For(pattern, set, body) | ExprKind::Reduce(_, pattern, set, body) =
        &expr.kind
        // How many observations there are may be different in each row.
        && program.counted_by(set).is_none()
    {
        around.push(Around::Loop(pattern, set));
        visit(program, body, around, found);
    } else if let ExprKind::Block(lets, result) = &expr.kind {
        for stmt in lets {
            visit(program, &stmt.value, around, found);
            around.push(Around::Let(stmt));
        }
        visit(program, result, around, found);
    } else {
        expr.for_each_child(&mut |child| visit(program, child, around, found));
    }
    around.truncate(depth);
}

fn wanted<'a>(expr: &'a Expr, time: &'a Expr, around: &[Around<'a>]) -> Wanted<'a> {
    let mut reads = locals(time);
    let mut table = Cow::Borrowed(time);
    let mut loops = Vec::new();
    for around in around.iter().rev() {
        match *around {
            Around::Loop(pattern, set) if reads.iter().any(|&local| pattern.binds(local)) => {
                let ty = Ty::Table(set.clone(), Box::new(table.ty.clone()));
                let body = Box::new(table.into_owned());
                let kind = ExprKind::For(pattern.clone(), set.clone(), body);
                table = Cow::Owned(Expr { kind, ty, span: time.span });
                loops.push((pattern, set));
            }
            Around::Let(stmt)
                if reads.iter().any(|&local| stmt.pattern.binds(local))
                    && is_known(&stmt.value) =>
            {
                reads.extend(locals(&stmt.value));
                let ty = table.ty.clone();
                let kind = ExprKind::Block(vec![stmt.clone()], Box::new(table.into_owned()));
                table = Cow::Owned(Expr { kind, ty, span: time.span });
            }
            Around::Loop(..) | Around::Let(_) => {}
        }
    }
    loops.reverse();
    Wanted { at: StateAt { expr, loops, rows: Vec::new() }, time: table }
}

fn locals(expr: &Expr) -> BTreeSet<LocalId> {
    let mut found = BTreeSet::new();
    expr.walk(&mut |expr| {
        if let ExprKind::Local(local) = expr.kind {
            found.insert(local);
        }
    });
    found
}

/// Whether a value is known before paths begin, as far as that is to be seen from itself.
fn is_known(value: &Expr) -> bool {
    let mut known = true;
    value.walk(&mut |expr| {
        known &= !matches!(
            expr.kind,
            ExprKind::StateAt(..) | ExprKind::PathAt(..) | ExprKind::Path(_) | ExprKind::Draws(_)
        );
    });
    known
}
