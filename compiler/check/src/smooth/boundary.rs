//! Whether the branches of an `if` agree where its condition changes, so that the whole is continuous.
//!
//! ```text
//! if S > K then S - K else 0        at S = K:  K - K  and  0      continuous with a kink
//! if S > K then 1 else 0            at S = K:  1      and  0      a jump
//! ```
//!
//! The condition compares `l` and `r`. Everything is written as a polynomial over what is no
//! arithmetic; `l - r = 0` is solved for one of these atoms, and the branches are compared with the
//! solution in its place. What this does not prove counts as a jump.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of an expression; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_hir::{Arith, Compare, Expr, ExprKind, Program};

/// Whether `if condition then a else b` is continuous where the condition changes, if `a` and `b` are.
pub(super) fn agree(program: &Program, condition: &Expr, a: &Expr, b: &Expr) -> bool {
    let plain = Reader { program, replaced: None };
    let ExprKind::Compare(op, l, r) = &condition.kind else { return false };
    if matches!(op, Compare::Eq | Compare::Ne) {
        return false;
    }
    let difference = plain.read(l).plus(&plain.read(r), -1.0);
    difference.solutions().any(|(atom, solution)| {
        let reader = Reader { program, replaced: Some((&atom, &solution)) };
        reader.read(a) == reader.read(b)
    })
}

/// Whether two expressions are the same polynomial, so that nothing is decided between them.
pub(super) fn same(program: &Program, a: &Expr, b: &Expr) -> bool {
    let reader = Reader { program, replaced: None };
    reader.read(a) == reader.read(b)
}

/// A sum of products of atoms, by the product: atoms with their powers, in order.
#[derive(Clone, Debug, Default, PartialEq)]
struct Polynomial(BTreeMap<Vec<String>, f64>);

impl Polynomial {
    fn number(x: f64) -> Self {
        let mut sum = Self::default();
        sum.add(Vec::new(), x);
        sum
    }

    fn atom(name: String) -> Self {
        Self(BTreeMap::from([(vec![name], 1.0)]))
    }

    fn add(&mut self, product: Vec<String>, factor: f64) {
        let sum = self.0.get(&product).copied().unwrap_or(0.0) + factor;
        if sum == 0.0 {
            self.0.remove(&product);
        } else {
            self.0.insert(product, sum);
        }
    }

    fn plus(&self, other: &Self, factor: f64) -> Self {
        let mut sum = self.clone();
        for (product, x) in &other.0 {
            sum.add(product.clone(), factor * x);
        }
        sum
    }

    fn times(&self, other: &Self) -> Self {
        let mut sum = Self::default();
        for (a, x) in &self.0 {
            for (b, y) in &other.0 {
                let mut product = [a.as_slice(), b.as_slice()].concat();
                product.sort();
                sum.add(product, x * y);
            }
        }
        sum
    }

    fn as_number(&self) -> Option<f64> {
        match self.0.first_key_value() {
            None => Some(0.0),
            Some((product, &x)) if product.is_empty() && self.0.len() == 1 => Some(x),
            Some(_) => None,
        }
    }

    /// Each atom that stands alone, with what it is where the polynomial is zero.
    fn solutions(&self) -> impl Iterator<Item = (String, Self)> {
        self.0.iter().filter_map(|(product, &factor)| {
            let [atom] = product.as_slice() else { return None };
            let mut rest = self.clone();
            rest.0.remove(product);
            let elsewhere = rest.0.keys().flatten().any(|other| other.contains(atom.as_str()));
            (!elsewhere).then(|| (atom.clone(), Self::default().plus(&rest, -1.0 / factor)))
        })
    }

    fn text(&self) -> String {
        let show = |(product, x): (&Vec<String>, &f64)| format!("{x} {}", product.join(" "));
        self.0.iter().map(show).collect::<Vec<_>>().join(" + ")
    }
}

struct Reader<'a> {
    program: &'a Program,
    /// An atom, and what stands in its place.
    replaced: Option<(&'a str, &'a Polynomial)>,
}

impl Reader<'_> {
    fn read(&self, expr: &Expr) -> Polynomial {
        match &expr.kind {
            ExprKind::Float(x) => Polynomial::number(*x),
            ExprKind::Zeros => Polynomial::number(0.0),
            ExprKind::Neg(a) => Polynomial::default().plus(&self.read(a), -1.0),
            ExprKind::Arith(Arith::Add, a, b) => self.read(a).plus(&self.read(b), 1.0),
            ExprKind::Arith(Arith::Sub, a, b) => self.read(a).plus(&self.read(b), -1.0),
            ExprKind::Arith(Arith::Mul, a, b) => self.read(a).times(&self.read(b)),
            ExprKind::Arith(Arith::Div, a, b) => {
                let b = self.read(b);
                let inverse = match b.as_number() {
                    Some(x) if x != 0.0 => Polynomial::number(1.0 / x),
                    _ => self.atom(format!("1 / ({})", b.text())),
                };
                self.read(a).times(&inverse)
            }
            ExprKind::Arith(Arith::Pow, a, b) => self.power(a, b),
            ExprKind::Block(lets, result) if lets.is_empty() => self.read(result),
            ExprKind::Call(f, args) => {
                let args: Vec<String> = args.iter().map(|arg| self.read(arg).text()).collect();
                self.atom(format!("{}({})", self.program.show_expr(f), args.join(", ")))
            }
            ExprKind::If(condition, a, b) => match self.truth(condition) {
                Some(true) => self.read(a),
                Some(false) => self.read(b),
                None => self.atom(self.program.show_expr(expr)),
            },
            _ => self.atom(self.program.show_expr(expr)),
        }
    }

    fn power(&self, base: &Expr, exponent: &Expr) -> Polynomial {
        let (base, exponent) = (self.read(base), self.read(exponent));
        match exponent.as_number() {
            Some(n) if n.fract() == 0.0 && (0.0..=8.0).contains(&n) => {
                let one = Polynomial::number(1.0);
                (0..n as u32).fold(one, |product, _| product.times(&base))
            }
            _ => self.atom(format!("({}) ^ ({})", base.text(), exponent.text())),
        }
    }

    /// A comparison of numbers that are known.
    fn truth(&self, condition: &Expr) -> Option<bool> {
        let ExprKind::Compare(op, a, b) = &condition.kind else { return None };
        let difference = self.read(a).plus(&self.read(b), -1.0).as_number()?;
        Some(match op {
            Compare::Eq => difference == 0.0,
            Compare::Ne => difference != 0.0,
            Compare::Lt => difference < 0.0,
            Compare::Le => difference <= 0.0,
            Compare::Gt => difference > 0.0,
            Compare::Ge => difference >= 0.0,
        })
    }

    fn atom(&self, name: String) -> Polynomial {
        match self.replaced {
            Some((replaced, solution)) if replaced == name => solution.clone(),
            _ => Polynomial::atom(name),
        }
    }
}
