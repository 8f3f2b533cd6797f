//! Functions: inlining, lifting over tables, intrinsics.

use sdec_base::Span;
use sdec_hir::{self as hir, ExprKind, Intrinsic, Pattern, Ty};
use sdec_ssa::{Binary, Compare, Literal, Op, Scalar, Type, Unary, Value};

use super::Lowerer;
use super::env::{Env, Generics};
use super::types::{Result, not_built, too_many_operations};
use super::value::{Function, Val};

/// Bodies are written out where they are called, which could double a program with each function.
const MOST_OPERATIONS: usize = 1_000_000;

impl Lowerer<'_> {
    /// A function applied to values.
    pub(super) fn call(&mut self, callee: &Val, args: Vec<Val>, at: Span) -> Result<Val> {
        let Val::Function(function) = callee else {
            unreachable!("the checker lets functions be called only: {callee:?}")
        };
        match &**function {
            Function::Def(..) if self.b.types().len() > MOST_OPERATIONS => {
                too_many_operations(MOST_OPERATIONS, at)
            }
            Function::Def(def, substitution, env) => {
                let env = self.instantiate(substitution, env);
                self.call_def(*def, env, args)
            }
            Function::Lambda(params, body, env) => {
                let mut env = env.clone();
                for (pattern, arg) in params.iter().zip(&args) {
                    self.bind(pattern, arg, &Ty::Error, &mut env);
                }
                self.eval(body, &env)
            }
            Function::Family(..) => unreachable!("the checker lets functions be called only"),
            Function::Derivative(kind, f, ty) => self.derivative(*kind, f, ty, &args, at),
            Function::Drift => self.drift(&args),
            Function::Diffusion => self.diffusion(&args),
            Function::Corrected(to) => self.corrected_drift(*to, &args),
            Function::At { g, t, w } => {
                let args = vec![t.clone(), args[0].clone(), w.clone()];
                self.call(g, args, at)
            }
            Function::Adjoint(field) => Ok(self.adjoint_field(field, &args)),
            Function::FlatDrift(spaces) => self.flat_drift(spaces, &args),
            Function::FlatDiffusion(spaces) => self.flat_diffusion(spaces, &args),
            Function::FlatStart(shown) => self.flat_start(shown, &args[0]),
            Function::Flow(back) => self.flow_field(back, &args),
            Function::AtTime(t, ty) => self.drift_at_time(t, ty, args[0].clone()),
            Function::Row => self.row_density(args[0].array()),
            Function::Still => Ok(Val::Zero),
            Function::ItoDrift { system, class } => {
                let drift = self.call(&system.drift, args.clone(), at)?;
                let term = self.correction(system, *class, args[0].array(), &args[1], at)?;
                Ok(self.arith(hir::Arith::Add, &drift, &term))
            }
        }
    }

    /// The body of a definition with its parameters bound; `env` holds what generic names stand for.
    pub(super) fn call_def(
        &mut self,
        def: hir::DefId,
        mut env: Env,
        args: Vec<Val>,
    ) -> Result<Val> {
        let program = self.program;
        let def = &program.defs[def];
        for (&param, arg) in def.params.iter().zip(args) {
            env.bind(param, arg);
        }
        self.eval(&def.body, &env)
    }

    fn instantiate(&self, substitution: &hir::Substitution, env: &Env) -> Env {
        let mut generics = (*env.generics).clone();
        for (var, set) in &substitution.sizes {
            generics.sizes.insert(*var, self.sizes.concrete_set(set, &env.generics));
        }
        for (var, ty) in &substitution.types {
            generics.types.insert(*var, self.sizes.concrete(ty, &env.generics));
        }
        env.with_generics(generics)
    }

    /// A `Float -> Float` function over every entry: on whole arrays where its body is arithmetic,
    /// else by a map.
    pub(super) fn lift(&mut self, f: &Val, value: &Val, at: Span) -> Result<Val> {
        let whole = matches!(f, Val::Function(f) if self.is_entrywise(f));
        let mut lifted = Vec::new();
        for leaf in value.leaves() {
            let shape = self.b.ty(leaf).shape.clone();
            lifted.push(if whole || shape.is_empty() {
                let result = self.call(f, vec![Val::Array(leaf)], at)?;
                let result = self.materialise_concrete(&result, &Ty::Float).array();
                // A body that does not read its parameter gives one number for all entries.
                if self.b.ty(result).shape == shape {
                    result
                } else {
                    self.b.broadcast(result, &shape)
                }
            } else {
                self.lift_by_map(f, leaf, &shape, at)?
            });
        }
        Ok(value.with_leaves(&mut lifted.into_iter()))
    }

    fn lift_by_map(&mut self, f: &Val, array: Value, shape: &[u64], at: Span) -> Result<Value> {
        let Some((&extent, rest)) = shape.split_first() else {
            let result = self.call(f, vec![Val::Array(array)], at)?;
            return Ok(self.materialise_concrete(&result, &Ty::Float).array());
        };
        let index = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let row = self.b.index(array, index);
        let row = self.lift_by_map(f, row, rest, at);
        let region = self.b.close_region(row.iter().copied().collect());
        row?;
        Ok(self.b.map_of(extent, region)[0])
    }

    /// Whether a function means the same on an array as on each of its entries.
    fn is_entrywise(&self, function: &Function) -> bool {
        match function {
            Function::Def(def, ..) => self.is_entrywise_def(*def),
            Function::Lambda(params, body, _) => {
                matches!(params.as_slice(), [Pattern::Bind(_)]) && self.is_entrywise_expr(body)
            }
            Function::Family(..)
            | Function::Derivative(..)
            | Function::Drift
            | Function::Diffusion
            | Function::Corrected(_)
            | Function::At { .. }
            | Function::Adjoint(_)
            | Function::FlatDrift(_)
            | Function::FlatDiffusion(_)
            | Function::FlatStart(_)
            | Function::Flow(_)
            | Function::AtTime(..)
            | Function::Row
            | Function::Still
            | Function::ItoDrift { .. } => false,
        }
    }

    fn is_entrywise_def(&self, def: hir::DefId) -> bool {
        self.is_entrywise_expr(&self.program.defs[def].body)
    }

    fn is_entrywise_expr(&self, expr: &hir::Expr) -> bool {
        let numeric = matches!(expr.ty, Ty::Float | Ty::Bool);
        if let ExprKind::Block(lets, result) = &expr.kind {
            let bound = |stmt: &hir::LetStmt| {
                matches!(stmt.pattern, Pattern::Bind(_)) && self.is_entrywise_expr(&stmt.value)
            };
            return lets.iter().all(bound) && self.is_entrywise_expr(result);
        }
        if let ExprKind::Call(callee, args) = &expr.kind {
            let known = matches!(callee.kind, ExprKind::Def(def, _) if self.is_entrywise_def(def));
            return known && numeric && args.iter().all(|arg| self.is_entrywise_expr(arg));
        }
        let arithmetic = matches!(
            expr.kind,
            ExprKind::Float(_)
                | ExprKind::Local(_)
                | ExprKind::Arith(..)
                | ExprKind::Compare(..)
                | ExprKind::And(..)
                | ExprKind::Or(..)
                | ExprKind::Neg(_)
                | ExprKind::Not(_)
                | ExprKind::Intrinsic(..)
        );
        let mut parts = numeric && arithmetic;
        expr.for_each_child(&mut |child| parts = parts && self.is_entrywise_expr(child));
        parts
    }

    /// An operation that the compiler implements.
    pub(super) fn intrinsic(
        &mut self,
        intrinsic: Intrinsic,
        exprs: &[hir::Expr],
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let mut args = Vec::new();
        for expr in exprs {
            let value = self.eval(expr, env)?;
            args.push(self.materialise(&value, &expr.ty, env));
        }
        let unary = |this: &mut Self, op| args[0].map(|x| this.b.unary(op, x));
        Ok(match intrinsic {
            Intrinsic::Exp => unary(self, Unary::Exp),
            Intrinsic::Log => unary(self, Unary::Log),
            Intrinsic::Sqrt => unary(self, Unary::Sqrt),
            Intrinsic::Sin => unary(self, Unary::Sin),
            Intrinsic::Cos => unary(self, Unary::Cos),
            Intrinsic::Tanh => unary(self, Unary::Tanh),
            Intrinsic::Erf => unary(self, Unary::Erf),
            Intrinsic::Erfc => unary(self, Unary::Erfc),
            Intrinsic::Special(function) => unary(self, Unary::Special(function)),
            Intrinsic::Abs => unary(self, Unary::Abs),
            Intrinsic::Floor => unary(self, Unary::Floor),
            Intrinsic::StopGradient => unary(self, Unary::StopGradient),
            Intrinsic::Max => {
                self.zip(&args[0], &args[1], &mut |this, x, y| this.b.binary(Binary::Max, x, y))
            }
            Intrinsic::Min => {
                self.zip(&args[0], &args[1], &mut |this, x, y| this.b.binary(Binary::Min, x, y))
            }
            Intrinsic::Atan2 => {
                self.zip(&args[0], &args[1], &mut |this, x, y| this.b.binary(Binary::Atan2, x, y))
            }
            Intrinsic::ToFloat => {
                let float = self.sizes.float;
                args[0].map(|x| self.b.convert(x, float))
            }
            Intrinsic::ToInt | Intrinsic::Here | Intrinsic::Left | Intrinsic::Smooth => {
                args.swap_remove(0)
            }
            Intrinsic::Next => {
                let one = self.b.int(1);
                let i = args[0].array();
                Val::Array(self.b.binary(Binary::Add, i, one))
            }
            Intrinsic::Plus => {
                self.zip(&args[0], &args[1], &mut |this, x, y| this.b.binary(Binary::Add, x, y))
            }
            Intrinsic::Right => {
                let whole = self.one_extent(&whole.ty, env);
                let part = self.one_extent(&exprs[0].ty, env);
                let (Some(whole), Some(part)) = (whole, part) else {
                    unreachable!("the checker lets sums of sizes be one axis only")
                };
                let (j, before) = (args[0].array(), self.b.int(whole - part));
                Val::Array(self.b.binary(Binary::Add, j, before))
            }
            Intrinsic::Around => self.around(&args[0], args[1].array()),
            Intrinsic::Mirrored => self.mirrored(&args[0]),
            Intrinsic::Present => self.present(&args[0]),
            Intrinsic::Zip => self.zip_series([&args[0], &args[1]]),
            Intrinsic::Times => self.times_of(&args[0]),
            Intrinsic::Solve => self.solve_linear(&args[0], &args[1], whole.span)?,
            Intrinsic::Root => {
                let ty = self.sizes.concrete(&whole.ty, &env.generics);
                self.root(&args[0], &args[1], &ty, whole.span)?
            }
            Intrinsic::Mode => self.mode(&args[0], &args[1], whole.span)?,
            Intrinsic::Ordinal => self.ordinal(&args[0], &exprs[0].ty, env),
            Intrinsic::Wrap | Intrinsic::Clamp => {
                let Some(extent) = self.one_extent(&exprs[0].ty, env) else {
                    return not_built("a neighbour in a product index set", whole.span);
                };
                let (i, k) = (args[0].array(), args[1].array());
                if intrinsic == Intrinsic::Clamp {
                    Val::Array(self.clamp(i, k, extent))
                } else if let Some(k) = self.known_int(k) {
                    Val::Array(self.wrap(i, k.rem_euclid(extent), extent))
                } else {
                    return not_built("`wrap` by a distance that is not a number", exprs[1].span);
                }
            }
        })
    }

    fn one_extent(&self, ty: &Ty, env: &Env) -> Option<i64> {
        let Ty::Ix(set) = self.sizes.concrete(ty, &env.generics) else { return None };
        match *self.sizes.extents(&set, &Generics::default()) {
            [extent] => i64::try_from(extent).ok(),
            _ => None,
        }
    }

    /// `i + k`, less the extent where that is not below it; `0 ≤ k < extent`.
    fn wrap(&mut self, i: Value, k: i64, extent: i64) -> Value {
        let (k, extent) = (self.b.int(k), self.b.int(extent));
        let moved = self.b.binary(Binary::Add, i, k);
        let wrapped = self.b.binary(Binary::Sub, moved, extent);
        let inside = self.b.compare(Compare::Lt, moved, extent);
        self.b.select(inside, moved, wrapped)
    }

    fn clamp(&mut self, i: Value, k: Value, extent: i64) -> Value {
        let (first, last) = (self.b.int(0), self.b.int(extent - 1));
        let moved = self.b.binary(Binary::Add, i, k);
        let above = self.b.binary(Binary::Max, moved, first);
        self.b.binary(Binary::Min, above, last)
    }

    /// The row-major number of an index.
    fn ordinal(&mut self, index: &Val, ty: &Ty, env: &Env) -> Val {
        let leaves = index.leaves();
        let mut number = leaves[0];
        if leaves.len() == 1 {
            return Val::Array(number);
        }
        let Ty::Ix(set) = ty else { unreachable!("indices have a number") };
        let extents = self.extents(set, env);
        for (&digit, &extent) in leaves.iter().zip(&extents).skip(1) {
            let extent = self.b.int(i64::try_from(extent).expect("extents fit i64"));
            let shifted = self.b.binary(Binary::Mul, number, extent);
            number = self.b.binary(Binary::Add, shifted, digit);
        }
        Val::Array(number)
    }

    /// The number of a count that is known while lowering.
    pub(super) fn known_int(&self, value: Value) -> Option<i64> {
        let op = self.b.definition(value)?;
        if let Op::Unary(Unary::Neg, x) = *op {
            return self.known_int(x)?.checked_neg();
        }
        if let Op::Const(Literal::Int(n)) = *op { Some(n) } else { None }
    }
}
