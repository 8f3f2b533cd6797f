//! Signs of values, as far as they follow from constraints and from how a value is written: what is
//! used as a scale or as a rate must not be negative.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of an expression; of all others nothing is known"
)]

use std::collections::BTreeMap;

use sdec_base::Special;
use sdec_hir::{Arith, Constraint, Expr, ExprKind, Intrinsic, Leaf, LocalId, Program, Reducer, Ty};

/// What is known of the sign of all numbers of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Above zero.
    Positive,
    /// Not below zero.
    NonNeg,
    /// Below zero.
    Negative,
    /// Nothing.
    Any,
}

/// Constraints of what a model declares: of names, and of what follows them, as `.A` of a field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraints(BTreeMap<LocalId, Vec<(String, Constraint)>>);

impl Constraints {
    /// Those of the arrays of a declaration.
    pub(crate) fn insert(&mut self, local: LocalId, leaves: &[Leaf]) {
        let parts = leaves.iter().map(|leaf| (leaf.name.clone(), leaf.constraint.clone()));
        self.0.insert(local, parts.collect());
    }

    /// One of all numbers of a declaration.
    pub(crate) fn insert_all(&mut self, local: LocalId, constraint: Constraint) {
        self.0.insert(local, vec![(String::new(), constraint)]);
    }

    /// That of all numbers of a name.
    pub(crate) fn of(&self, local: LocalId) -> Option<&Constraint> {
        match self.0.get(&local)?.as_slice() {
            [(name, constraint)] if name.is_empty() => Some(constraint),
            _ => None,
        }
    }

    /// The sign of a name, or of a part of it. Those of parameters that models share are the program's.
    fn sign(&self, program: &Program, expr: &Expr) -> Sign {
        let Some((local, part)) = named_part(expr) else { return Sign::Any };
        let own = self.0.get(&local).into_iter().flatten();
        let own = own.map(|(name, constraint)| (name, constraint));
        let shared = program.shared.iter().filter(|param| param.local == local);
        let shared = shared.flat_map(|param| &param.leaves);
        let parts = own.chain(shared.map(|leaf| (&leaf.name, &leaf.constraint)));
        // A declaration of which all is known has one entry, whose name is empty.
        let of = parts.filter(|(name, _)| name.is_empty() || begins(name, &part));
        of.map(|(_, constraint)| of_constraint(constraint)).reduce(either).unwrap_or(Sign::Any)
    }
}

/// Whether an array belongs to the part of this name.
fn begins(name: &str, part: &str) -> bool {
    let rest = name.strip_prefix(part);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The declaration that an expression is a part of, and what follows its name.
fn named_part(expr: &Expr) -> Option<(LocalId, String)> {
    match &expr.kind {
        ExprKind::Local(local) => Some((*local, String::new())),
        ExprKind::Index(table, _) => named_part(table),
        ExprKind::Field(of, k) => {
            let (local, before) = named_part(of)?;
            let field = match &of.ty {
                Ty::Record(fields) => fields.get(*k)?.0.clone(),
                Ty::Tuple(_) => k.to_string(),
                _ => return None,
            };
            Some((local, format!("{before}.{field}")))
        }
        _ => None,
    }
}

/// The sign of a value. Functions are looked into, so `exp(x)` is positive because of what `exp` is.
pub(crate) fn sign(program: &Program, constraints: &Constraints, expr: &Expr) -> Sign {
    let of = |expr: &Expr| sign(program, constraints, expr);
    match &expr.kind {
        ExprKind::Float(value) => of_number(*value),
        ExprKind::Int(value) => of_number(*value as f64),
        ExprKind::Ones => Sign::Positive,
        ExprKind::Zeros | ExprKind::Eye | ExprKind::Size(_) => Sign::NonNeg,
        ExprKind::Local(_) | ExprKind::Field(..) => constraints.sign(program, expr),
        ExprKind::Global(global) => of(&program.globals[*global].value),
        ExprKind::Arith(op, a, b) => arith(*op, of(a), of(b), b),
        ExprKind::Neg(a) => negated(of(a)),
        ExprKind::Intrinsic(intrinsic, args) => {
            let args: Vec<Sign> = args.iter().map(of).collect();
            of_intrinsic(*intrinsic, &args)
        }
        ExprKind::Call(function, _) | ExprKind::Lift(function, _) => match &function.kind {
            ExprKind::Def(def, _) => {
                sign(program, &Constraints::default(), &program.defs[*def].body)
            }
            ExprKind::Lambda(_, body) => of(body),
            _ => Sign::Any,
        },
        ExprKind::Block(_, value) | ExprKind::For(_, _, value) => of(value),
        ExprKind::Index(table, _) => of(table),
        ExprKind::List(entries) | ExprKind::Cat(entries) => {
            entries.iter().map(of).reduce(either).unwrap_or(Sign::NonNeg)
        }
        ExprKind::If(_, a, b) => either(of(a), of(b)),
        ExprKind::Reduce(Reducer::Sum | Reducer::Mean, _, _, value) => match of(value) {
            Sign::Positive => Sign::NonNeg,
            sign => sign,
        },
        ExprKind::Reduce(Reducer::Prod | Reducer::Max | Reducer::Min, _, _, value) => of(value),
        _ => Sign::Any,
    }
}

fn of_number(value: f64) -> Sign {
    match value {
        value if value > 0.0 => Sign::Positive,
        value if value < 0.0 => Sign::Negative,
        _ => Sign::NonNeg,
    }
}

fn of_constraint(constraint: &Constraint) -> Sign {
    match constraint {
        Constraint::Positive => Sign::Positive,
        Constraint::NonNeg | Constraint::Unit | Constraint::Simplex => Sign::NonNeg,
        Constraint::Interval(low, _) if *low >= 0.0 => Sign::NonNeg,
        _ => Sign::Any,
    }
}

fn of_intrinsic(intrinsic: Intrinsic, args: &[Sign]) -> Sign {
    match (intrinsic, args) {
        (
            Intrinsic::Exp
            | Intrinsic::Special(Special::Softplus | Special::Sigmoid | Special::Cosh),
            _,
        ) => Sign::Positive,
        (Intrinsic::Sqrt, [Sign::Positive]) => Sign::Positive,
        (Intrinsic::Sqrt | Intrinsic::Abs | Intrinsic::Erfc | Intrinsic::Ordinal, _) => {
            Sign::NonNeg
        }
        (Intrinsic::Max, [a, b]) if *a == Sign::Positive || *b == Sign::Positive => Sign::Positive,
        (Intrinsic::Max, [a, b]) if *a == Sign::NonNeg || *b == Sign::NonNeg => Sign::NonNeg,
        (Intrinsic::ToFloat | Intrinsic::ToInt | Intrinsic::StopGradient, [a]) => *a,
        _ => Sign::Any,
    }
}

fn negated(sign: Sign) -> Sign {
    match sign {
        Sign::Positive => Sign::Negative,
        Sign::Negative => Sign::Positive,
        Sign::NonNeg | Sign::Any => Sign::Any,
    }
}

/// One of two.
fn either(a: Sign, b: Sign) -> Sign {
    match (a, b) {
        _ if a == b => a,
        (Sign::Positive, Sign::NonNeg) | (Sign::NonNeg, Sign::Positive) => Sign::NonNeg,
        _ => Sign::Any,
    }
}

fn arith(op: Arith, a: Sign, b: Sign, exponent: &Expr) -> Sign {
    let nowhere_negative = |sign| matches!(sign, Sign::Positive | Sign::NonNeg);
    match (op, a, b) {
        (Arith::Add, Sign::Positive, other) | (Arith::Add, other, Sign::Positive)
            if nowhere_negative(other) =>
        {
            Sign::Positive
        }
        (Arith::Add, Sign::NonNeg, Sign::NonNeg) => Sign::NonNeg,
        (Arith::Add, Sign::Negative, Sign::Negative) => Sign::Negative,
        (Arith::Sub, a, b) => arith(Arith::Add, a, negated(b), exponent),
        (Arith::Mul | Arith::Div, Sign::Positive, Sign::Positive)
        | (Arith::Mul | Arith::Div, Sign::Negative, Sign::Negative) => Sign::Positive,
        (Arith::Mul | Arith::Div, Sign::Positive, Sign::Negative)
        | (Arith::Mul | Arith::Div, Sign::Negative, Sign::Positive) => Sign::Negative,
        (Arith::Mul | Arith::Div, a, b) if nowhere_negative(a) && nowhere_negative(b) => {
            Sign::NonNeg
        }
        (Arith::Pow, Sign::Positive, _) => Sign::Positive,
        (Arith::Pow, Sign::NonNeg, _) => Sign::NonNeg,
        (Arith::Pow, _, _) if is_even(exponent) => Sign::NonNeg,
        _ => Sign::Any,
    }
}

fn is_even(exponent: &Expr) -> bool {
    match exponent.kind {
        ExprKind::Float(power) => power % 2.0 == 0.0,
        ExprKind::Int(power) => power % 2 == 0,
        _ => false,
    }
}
