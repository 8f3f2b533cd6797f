//! Replaces functions and draws by the operations that they are made of.

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::Special;
use sdec_kernel::{
    Binary, Block, Builder, Inst, Kernel, Law, Literal, Op, Scalar, Stmt, Type, Unary, Value,
};
use sdec_noise::{
    Machine, Precision, normals_f32, normals_f64, philox, uniforms_f32, uniforms_f64,
};

use super::branch::Branch;
use super::emit::{Emit, Pool};
use super::quarters::quarters;
use super::{
    atan, digamma, erf, exp, gamma, hyperbolic, log, logistic, normal, pow, tanh, trigonometric,
};

/// The kernel without elementary and special functions, general powers and draws.
///
/// Values that keep their meaning keep their names. Literals that the formulas need come first.
pub fn expand(kernel: &Kernel) -> Kernel {
    let mut pass = Expand {
        builder: Builder::rewriting(kernel),
        pool: Pool::default(),
        renamed: BTreeMap::new(),
        angles: BTreeMap::new(),
        literals: BTreeMap::new(),
        normal: BTreeSet::new(),
    };
    pass.stmts(&kernel.body);
    let Expand { builder, pool, .. } = pass;
    let mut expanded = builder.finish(kernel.lanes);
    expanded.body.stmts.splice(0..0, pool.stmts);
    expanded
}

struct Expand {
    builder: Builder,
    pool: Pool,
    /// What stands for results that have been replaced.
    renamed: BTreeMap<Value, Value>,
    /// What has been reduced in the open blocks, for sine and cosine of the same angle.
    angles: BTreeMap<Value, [Value; 3]>,
    /// Floats that are known, alone or in every lane.
    literals: BTreeMap<Value, f64>,
    /// Values that are positive normal numbers or infinite: the larger of anything and such a number.
    normal: BTreeSet<Value>,
}

impl Expand {
    fn stmts(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn block(&mut self, block: &Block) -> Block {
        let outer = self.angles.clone();
        self.builder.open_block();
        self.stmts(block);
        self.angles = outer;
        self.builder.close_block()
    }

    fn now(&self, value: Value) -> Value {
        self.renamed.get(&value).copied().unwrap_or(value)
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Inst(inst) => self.inst(inst),
            Stmt::Draw { results, key, block, purpose, law } => {
                let drawn = self.draw(results, *key, *block, *purpose, *law);
                self.renamed.extend(results.iter().copied().zip(drawn));
            }
            Stmt::Store { .. } | Stmt::Call { .. } => {
                let stmt = stmt.rename(&mut |value| self.now(value));
                self.builder.stmt(stmt);
            }
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let (start, end) = (self.now(*start), self.now(*end));
                let carries = carries.iter().map(|&(carry, first)| (carry, self.now(first)));
                let carries = carries.collect();
                let body = self.block(body);
                let yields = yields.iter().map(|&value| self.now(value)).collect();
                let more = more.map(|value| self.now(value));
                let (var, order, results) = (*var, *order, results.clone());
                self.builder.stmt(Stmt::For {
                    var,
                    start,
                    end,
                    order,
                    carries,
                    body,
                    yields,
                    more,
                    results,
                });
            }
            Stmt::If { condition, then, otherwise, results } => {
                let condition = self.now(*condition);
                let (then, otherwise) = (self.block(then), self.block(otherwise));
                let results = results.iter();
                let results = results.map(|&(result, x, y)| (result, self.now(x), self.now(y)));
                let results = results.collect();
                self.builder.stmt(Stmt::If { condition, then, otherwise, results });
            }
        }
    }

    fn inst(&mut self, inst: &Inst) {
        let op = inst.op.map(|value| self.now(value));
        self.note(inst.result, &op);
        let replacement = match op {
            Op::Unary(op, x) => self.function(op, x),
            Op::Binary(Binary::Pow, x, y) => Some(pow::pow(&mut self.machine(x), x, y)),
            Op::Binary(Binary::Atan2, x, y) => Some(atan::atan2(&mut self.machine(x), x, y)),
            Op::Const(_)
            | Op::Splat(_)
            | Op::Binary(..)
            | Op::Ternary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::Bitcast(_)
            | Op::Load { .. }
            | Op::PathLow
            | Op::PathHigh
            | Op::Lane
            | Op::Any(_) => None,
        };
        match replacement {
            Some(value) => {
                self.renamed.insert(inst.result, value);
            }
            None => self.builder.stmt(Stmt::Inst(Inst { result: inst.result, op })),
        }
    }

    /// Takes note of what is known of a value.
    fn note(&mut self, result: Value, op: &Op) {
        if let Op::Const(Literal::F64(bits)) = *op {
            self.literals.insert(result, f64::from_bits(bits));
        } else if let Op::Const(Literal::F32(bits)) = *op {
            self.literals.insert(result, f32::from_bits(bits).into());
        } else if let Op::Splat(x) = *op
            && let Some(&literal) = self.literals.get(&x)
        {
            self.literals.insert(result, literal);
        } else if let Op::Binary(Binary::Max, _, least) = *op
            && let Some(&least) = self.literals.get(&least)
            && least >= log::least_normal(self.machine(result).precision())
        {
            self.normal.insert(result);
        }
    }

    fn function(&mut self, op: Unary, x: Value) -> Option<Value> {
        Some(match op {
            Unary::Exp => exp::exp(&mut self.machine(x), x),
            Unary::Log if self.normal.contains(&x) => log::log_normal(&mut self.machine(x), x),
            Unary::Log => log::log(&mut self.machine(x), x),
            Unary::Sin => {
                let angle = self.angle(x);
                trigonometric::sin(&mut self.machine(x), x, angle)
            }
            Unary::Cos => {
                let angle = self.angle(x);
                trigonometric::cos(&mut self.machine(x), x, angle)
            }
            Unary::Tanh => tanh::tanh(&mut self.machine(x), x),
            Unary::Erf => erf::erf(&mut self.machine(x), x),
            Unary::Erfc => erf::erfc(&mut self.machine(x), x),
            Unary::Special(Special::Tan) => {
                let angle = self.angle(x);
                trigonometric::tan(&mut self.machine(x), x, angle)
            }
            Unary::Special(function) => special(&mut self.machine(x), function, x),
            Unary::Neg | Unary::Abs | Unary::Sqrt | Unary::Floor | Unary::Nearest | Unary::Not => {
                return None;
            }
        })
    }

    fn angle(&mut self, x: Value) -> [Value; 3] {
        let known = self.angles.get(&x).copied();
        let angle = known.unwrap_or_else(|| quarters(&mut self.machine(x), x));
        self.angles.insert(x, angle);
        angle
    }

    /// For the precision of a value.
    fn machine(&mut self, like: Value) -> Emit<'_> {
        let Type { scalar, .. } = self.builder.ty(like);
        let precision = match scalar {
            Scalar::F32 => Precision::F32,
            Scalar::F64 => Precision::F64,
            Scalar::I64 | Scalar::Word | Scalar::Bool => {
                unreachable!("the verifier admits functions and draws of floats only")
            }
        };
        Emit { builder: &mut self.builder, pool: &mut self.pool, precision }
    }

    fn draw(
        &mut self,
        results: &[Value],
        key: (Value, Value),
        block: Value,
        purpose: u32,
        law: Law,
    ) -> Vec<Value> {
        let (key, block) = ([self.now(key.0), self.now(key.1)], self.now(block));
        let mut machine = self.machine(results[0]);
        let m = &mut machine;
        let purpose = m.word(purpose);
        let (low, high) = m.path();
        let words = philox(m, [block, purpose, low, high], key);
        match (m.precision(), law) {
            (Precision::F32, Law::Normal) => normals_f32(m, words).to_vec(),
            (Precision::F64, Law::Normal) => normals_f64(m, words).to_vec(),
            (Precision::F32, Law::Uniform) => uniforms_f32(m, words).to_vec(),
            (Precision::F64, Law::Uniform) => uniforms_f64(m, words).to_vec(),
        }
    }
}

/// The formula of a special function.
pub(super) fn special<M: Branch>(m: &mut M, function: Special, x: M::Float) -> M::Float {
    match function {
        Special::Expm1 => exp::expm1(m, x),
        Special::Log1p => log::log1p(m, x),
        Special::Tan => {
            let angle = quarters(m, x);
            trigonometric::tan(m, x, angle)
        }
        Special::Sinh => hyperbolic::sinh(m, x),
        Special::Cosh => hyperbolic::cosh(m, x),
        Special::Atan => atan::atan(m, x),
        Special::Sigmoid => logistic::sigmoid(m, x),
        Special::Softplus => logistic::softplus(m, x),
        Special::Silu => logistic::silu(m, x),
        Special::NormalCdf => normal::cdf(m, x),
        Special::NormalQuantile => normal::quantile(m, x),
        Special::Lgamma => gamma::lgamma(m, x),
        Special::Digamma => digamma::digamma(m, x),
        Special::Trigamma => digamma::trigamma(m, x),
    }
}
