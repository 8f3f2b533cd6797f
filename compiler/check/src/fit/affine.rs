//! Whether an equation is affine in the states, and free of the time: then the law of a state given an
//! earlier one is Gaussian, and its mean and covariance are matrix exponentials.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of an expression; all others are treated alike"
)]

use std::collections::{BTreeMap, BTreeSet};

use sdec_hir::{
    Arith, BaseLaw, DefId, Expr, ExprKind, Init, Intrinsic, LocalId, LocalKind, Model, Pattern,
    Program, Reducer,
};

/// The degree of an expression in the states, where 2 stands for any that is not affine.
pub(super) fn degree(program: &Program, model: &Model, expr: &Expr) -> u8 {
    Degrees { program, model, known: BTreeMap::new() }.of(expr)
}

/// Whether a state begins at a value, or is made of standard normal numbers and other states without bending them.
pub(super) fn is_normal(program: &Program, model: &Model, init: &Init) -> bool {
    let Some((law, draws)) = init.draw else { return true };
    let known = BTreeMap::from([(draws, 1)]);
    law == BaseLaw::Normal && Degrees { program, model, known }.of(&init.value) <= 1
}

/// Whether an expression reads the time, itself or through lets and functions.
pub(super) fn reads_time(program: &Program, model: &Model, expr: &Expr) -> bool {
    let (mut lets, mut defs) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![expr];
    let mut found = false;
    while let Some(expr) = open.pop() {
        expr.walk(&mut |e| match e.kind {
            ExprKind::Local(local) if program.locals[local].kind == LocalKind::Time => found = true,
            ExprKind::Local(local) => {
                let place = model.lets.iter().position(|stmt| stmt.pattern.binds(local));
                open.extend(place.filter(|&k| lets.insert(k)).map(|k| &model.lets[k].value));
            }
            ExprKind::Def(def, _) if defs.insert(def) => open.push(&program.defs[def].body),
            _ => {}
        });
    }
    found
}

struct Degrees<'a> {
    program: &'a Program,
    model: &'a Model,
    /// Of names that blocks and functions bind.
    known: BTreeMap<LocalId, u8>,
}

impl Degrees<'_> {
    fn of(&mut self, expr: &Expr) -> u8 {
        let degree = match &expr.kind {
            ExprKind::Local(local) => self.of_name(*local),
            ExprKind::Arith(Arith::Add | Arith::Sub, a, b) => self.of(a).max(self.of(b)),
            ExprKind::Arith(Arith::Mul, a, b) | ExprKind::Contract(a, b) => self.of(a) + self.of(b),
            ExprKind::Arith(Arith::Div, a, b) => self.if_free(b, a),
            ExprKind::Index(a, index) => self.if_free(index, a),
            ExprKind::Neg(a)
            | ExprKind::For(_, _, a)
            | ExprKind::Reduce(Reducer::Sum | Reducer::Mean, _, _, a)
            | ExprKind::Field(a, _)
            | ExprKind::Flat(a)
            | ExprKind::Unflat(a) => self.of(a),
            ExprKind::List(parts)
            | ExprKind::Tuple(parts)
            | ExprKind::Record(parts)
            | ExprKind::Cat(parts) => self.most(parts),
            ExprKind::Intrinsic(Intrinsic::Solve, args) => match args.as_slice() {
                [a, b] => self.if_free(a, b),
                _ => 2,
            },
            ExprKind::If(condition, a, b) => match self.of(condition) {
                0 => self.of(a).max(self.of(b)),
                _ => 2,
            },
            ExprKind::Block(lets, result) => {
                for stmt in lets {
                    let degree = self.of(&stmt.value);
                    self.bind(&stmt.pattern, degree);
                }
                self.of(result)
            }
            ExprKind::Call(callee, args) => {
                let degrees: Vec<u8> = args.iter().map(|arg| self.of(arg)).collect();
                match &callee.kind {
                    ExprKind::Def(def, _) => self.of_def(*def, &degrees),
                    _ => self.unknown(expr),
                }
            }
            ExprKind::Lift(f, arg) => {
                let degree = self.of(arg);
                match &f.kind {
                    ExprKind::Def(def, _) => self.of_def(*def, &[degree]),
                    _ => self.unknown(expr),
                }
            }
            ExprKind::Def(def, _) => self.of_def(*def, &[]).min(1) * 2,
            _ => self.unknown(expr),
        };
        degree.min(2)
    }

    fn of_name(&mut self, local: LocalId) -> u8 {
        if let Some(&known) = self.known.get(&local) {
            return known;
        }
        match self.program.locals[local].kind {
            LocalKind::State => 1,
            LocalKind::ModelLet => {
                let stmt = self.model.lets.iter().find(|stmt| stmt.pattern.binds(local));
                stmt.map_or(0, |stmt| self.of(&stmt.value))
            }
            _ => 0,
        }
    }

    /// The body of a function applied to values of these degrees.
    fn of_def(&mut self, def: DefId, degrees: &[u8]) -> u8 {
        let def = &self.program.defs[def];
        for (&param, &degree) in def.params.iter().zip(degrees) {
            self.known.insert(param, degree);
        }
        self.of(&def.body)
    }

    fn bind(&mut self, pattern: &Pattern, degree: u8) {
        match pattern {
            Pattern::Wild => {}
            Pattern::Bind(local) => {
                self.known.insert(*local, degree);
            }
            Pattern::Tuple(parts) | Pattern::Constructor(_, _, parts) => {
                parts.iter().for_each(|part| self.bind(part, degree));
            }
            Pattern::Record(fields) => {
                self.known.extend(fields.iter().map(|&(_, local)| (local, degree)));
            }
        }
    }

    /// The degree of `then`, if `first` reads no state.
    fn if_free(&mut self, first: &Expr, then: &Expr) -> u8 {
        if self.of(first) == 0 { self.of(then) } else { 2 }
    }

    fn most(&mut self, parts: &[Expr]) -> u8 {
        parts.iter().map(|part| self.of(part)).max().unwrap_or(0)
    }

    /// Nothing is known of the operation, so that its parts must not read states.
    fn unknown(&mut self, expr: &Expr) -> u8 {
        let mut reads = false;
        expr.for_each_child(&mut |child| reads |= self.of(child) > 0);
        if reads { 2 } else { 0 }
    }
}
