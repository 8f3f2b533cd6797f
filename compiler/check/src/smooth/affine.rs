//! Whether the step of a method is affine in the increment of the noise: then, with Gaussian
//! increments, what it gives is Gaussian, and its density can be written down.
//!
//! ```text
//! y + h * f(t, y) + g(t, y, w)                      affine: `g` is linear in its increment
//! let a = g(t, y, w); y + 0.5 * (a + g(t, y + a, w))    not: `g` is nonlinear in the state
//! ```
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of an expression; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_hir::{Arith, DefId, Expr, ExprKind, LocalId, Pattern, Program};

/// How an expression depends on the increment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// Not at all.
    Free,
    /// At most linearly, beside what does not depend on it.
    Affine,
    /// In some other way, as far as can be seen.
    Other,
}

/// Whether a method's `step(f, g, t, h, y, w)` is affine in `w`.
pub(super) fn is_affine(program: &Program, step: DefId) -> bool {
    let def = &program.defs[step];
    let [_, g, .., w] = def.params[..] else { return false };
    let orders = BTreeMap::from([(w, Order::Affine)]);
    Reader { g, orders }.read(&def.body) <= Order::Affine
}

struct Reader {
    /// The diffusion.
    g: LocalId,
    orders: BTreeMap<LocalId, Order>,
}

impl Reader {
    fn read(&mut self, expr: &Expr) -> Order {
        match &expr.kind {
            ExprKind::Local(local) => self.orders.get(local).copied().unwrap_or(Order::Free),
            ExprKind::Neg(a) => self.read(a),
            ExprKind::Arith(Arith::Add | Arith::Sub, a, b) => self.read(a).max(self.read(b)),
            ExprKind::Arith(Arith::Mul, a, b) => product(self.read(a), self.read(b)),
            ExprKind::Arith(Arith::Div, a, b) => match self.read(b) {
                Order::Free => self.read(a),
                Order::Affine | Order::Other => Order::Other,
            },
            ExprKind::Block(lets, result) => {
                for stmt in lets {
                    let order = self.read(&stmt.value);
                    let Pattern::Bind(local) = stmt.pattern else {
                        if order == Order::Free {
                            continue;
                        }
                        return Order::Other;
                    };
                    self.orders.insert(local, order);
                }
                self.read(result)
            }
            ExprKind::Call(callee, args) => match (&callee.kind, args.as_slice()) {
                (ExprKind::Local(g), [t, y, w]) if *g == self.g => {
                    let fixed = self.read(t).max(self.read(y));
                    if fixed == Order::Free { self.read(w) } else { Order::Other }
                }
                _ => self.free_or_other(expr),
            },
            _ => self.free_or_other(expr),
        }
    }

    /// Nothing is known of the operation, so that its parts must not depend on the increment.
    fn free_or_other(&mut self, expr: &Expr) -> Order {
        let mut order = Order::Free;
        expr.for_each_child(&mut |child| order = order.max(self.read(child)));
        if order == Order::Free { Order::Free } else { Order::Other }
    }
}

fn product(a: Order, b: Order) -> Order {
    match (a, b) {
        (Order::Free, other) | (other, Order::Free) => other,
        _ => Order::Other,
    }
}
