//! The trace of a derivative by a vector, without a column for each entry where a product of matrices
//! can be summed in another order.
//!
//! ```text
//! tr(B diag(d) A)           = Σⱼ dⱼ (A B)ⱼⱼ
//! tr(C diag(e) B diag(d) A) = eᵀ (B ∘ (A C)ᵀ) d
//! ```
//!
//! Between two activations the derivative of a net is a matrix that is the same for all paths, and at each of
//! them a diagonal that is not. What is the same for all is multiplied once; what is left for each path are
//! sums over one index, or over two, instead of as many products as the vector has entries. Three or more
//! diagonals would be sums over three indices, and more than one column each: they are left to columns. So are
//! two, where matrices change with time: their product with each other would have to be made at each time.

mod chain;

use std::collections::{BTreeMap, BTreeSet};

use sdec_ssa::{Binary, Builder, Func, Inst, Op, Type, Unary, Value, renumber};

use self::chain::{Chain, Factor};
use crate::directions::along_entries;
use crate::flow::{self, Flow};
use crate::{NotDifferentiable, jvp};

/// For which paths and times a parameter is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Same {
    /// Each path has its own.
    Never,
    /// For all paths at one time.
    Once,
    /// For all paths at all times.
    Always,
}

/// More terms than this are not followed.
const TERMS: usize = 8;

/// The function with the trace of the derivative of its first result by its first parameter, both vectors
/// of one type, for its only result. `same` says it of the other parameters: what is the same at all times is multiplied
/// once, and a sum over one index is worth it for what is the same at one time too.
///
/// # Errors
///
/// If the first parameter is no vector of floats.
pub fn run(func: &Func, same: &[Same]) -> Result<Func, NotDifferentiable> {
    for (least, diagonals) in [(Same::Always, 2), (Same::Once, 1)] {
        let fixed: Vec<bool> = same.iter().map(|same| *same >= least).collect();
        if let Some(func) = in_another_order(func, &fixed, diagonals)? {
            return Ok(func);
        }
    }
    let mut b = Builder::rewriting(func);
    let args: Vec<Value> = func.params.iter().map(|param| param.value).collect();
    let (_, columns) = along_entries(&mut b, func, &args, &[0], 0)?;
    let diagonal = chain::diagonal(&mut b, columns);
    let trace = b.sum(diagonal);
    Ok(renumber(b.finish(vec![trace])))
}

/// The same as sums over as many indices as there are diagonals, two at most; none where it is no such sum.
fn in_another_order(
    func: &Func,
    fixed: &[bool],
    diagonals: usize,
) -> Result<Option<Func>, NotDifferentiable> {
    let push = jvp::run(func, &[0])?;
    let (along, own) = push.params.split_last().expect("a direction is the last parameter");
    let ty = &push.types[along.value];
    if ty.entries() < 2 {
        return Ok(None);
    }
    let others = own.iter().skip(1).zip(fixed).filter(|(_, fixed)| **fixed);
    let mut walk = Walk {
        b: Builder::rewriting(&push),
        linear: flow::run(&push, std::iter::once(along.value)),
        fixed: others.map(|(param, _)| param.value).collect(),
        chains: BTreeMap::from([(along.value, vec![Chain::default()])]),
    };
    walk.b.truncate_params(own.len());
    let tangent = push.body.results[func.body.results.len()];
    Ok(walk
        .trace(&push.body.insts, tangent, ty, diagonals)
        .map(|trace| renumber(walk.b.finish(vec![trace]))))
}

struct Walk<'a> {
    b: Builder,
    /// What is linear in the direction.
    linear: Flow<'a>,
    /// What is the same for all paths, at all times unless one index is all that is summed over.
    fixed: BTreeSet<Value>,
    /// What is linear, as sums of chains.
    chains: BTreeMap<Value, Vec<Chain>>,
}

impl Walk<'_> {
    fn trace(
        &mut self,
        insts: &[Inst],
        tangent: Value,
        ty: &Type,
        diagonals: usize,
    ) -> Option<Value> {
        for inst in insts {
            self.b.set_origin(inst.origin);
            if inst.results.iter().any(|&result| self.linear.has(result)) {
                let chains = self.linear(inst)?;
                if chains.len() > TERMS {
                    return None;
                }
                self.chains.insert(inst.results[0], chains);
            } else {
                if inst.reads().is_subset(&self.fixed) && !inst.draws() {
                    self.fixed.extend(&inst.results);
                }
                self.b.push(inst.clone());
            }
        }
        let mut total = None;
        let chains = self.of(tangent);
        if chains.iter().any(|chain| chain.diagonals() > diagonals) {
            return None;
        }
        for chain in chains {
            let trace = chain.trace(&mut self.b, ty)?;
            let sum = total.map(|total| self.b.binary(Binary::Add, total, trace));
            total = sum.or(Some(trace));
        }
        Some(total.unwrap_or_else(|| self.b.float(ty.scalar, 0.0)))
    }

    /// The chains of a value. What does not depend on the direction can only be zero, since the sum of which it
    /// is a term does.
    fn of(&self, value: Value) -> Vec<Chain> {
        self.chains.get(&value).cloned().unwrap_or_default()
    }

    fn linear(&mut self, inst: &Inst) -> Option<Vec<Chain>> {
        let result = inst.results[0];
        match &inst.op {
            Op::Unary(Unary::Neg, x) => Some(self.negated(*x)),
            Op::Binary(Binary::Add, x, y) => Some([self.of(*x), self.of(*y)].concat()),
            Op::Binary(Binary::Sub, x, y) => Some([self.of(*x), self.negated(*y)].concat()),
            Op::Binary(Binary::Mul, x, y) if self.linear.has(*x) => Some(self.scaled(*x, *y)),
            Op::Binary(Binary::Mul, x, y) => Some(self.scaled(*y, *x)),
            Op::Binary(Binary::Div, x, y) => {
                let ty = self.b.ty(*y).clone();
                let one = self.b.filled(&ty, 1.0);
                let by = self.b.binary(Binary::Div, one, *y);
                Some(self.scaled(*x, by))
            }
            Op::Select(c, x, y) => Some(self.selected(*c, *x, *y)),
            Op::Contract(x, y) => self.contract(*x, *y),
            Op::Sum(x) => self.sum(*x),
            Op::Broadcast(x)
            | Op::Slice { array: x, .. }
            | Op::Reshape(x)
            | Op::Transpose(x, _) => self.moved(&inst.op, *x, result),
            Op::Index(x, k) if self.fixed.contains(k) => self.moved(&inst.op, *x, result),
            Op::Stack(parts) | Op::Concat(parts) => self.joined(&inst.op, parts, result),
            Op::Const(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Compare(..)
            | Op::Convert(_)
            | Op::Index(..)
            | Op::AddAt { .. }
            | Op::Solve(..)
            | Op::Product(_)
            | Op::Extremum(..)
            | Op::ArgExtremum(..)
            | Op::Draw { .. }
            | Op::Map { .. }
            | Op::Scan { .. }
            | Op::Implicit { .. }
            | Op::If { .. } => None,
        }
    }

    fn negated(&mut self, x: Value) -> Vec<Chain> {
        let ty = self.b.ty(x).clone();
        self.of(x).into_iter().map(|chain| chain.negated(&mut self.b, &ty)).collect()
    }

    /// `x ∘ by`
    fn scaled(&mut self, x: Value, by: Value) -> Vec<Chain> {
        let mut chains = self.of(x);
        for chain in &mut chains {
            match &mut chain.last {
                Factor { matrix: Some(matrix), scale: None } if self.fixed.contains(&by) => {
                    let m = *self.b.ty(*matrix).shape.last().expect("matrices have columns");
                    let rank = self.b.ty(by).shape.len();
                    let mut many = self.b.broadcast(by, &[m]);
                    if rank > 0 {
                        many = self.b.transpose(many, (1..=rank).chain([0]).collect());
                    }
                    *matrix = self.b.binary(Binary::Mul, *matrix, many);
                }
                _ => *chain = std::mem::take(chain).scaled(&mut self.b, by),
            }
        }
        chains
    }

    fn selected(&mut self, c: Value, x: Value, y: Value) -> Vec<Chain> {
        let ty = self.b.ty(x).clone();
        let zero = self.b.filled(&ty, 0.0);
        let mut chains = Vec::new();
        for (branch, is_first) in [(x, true), (y, false)] {
            for mut chain in self.of(branch) {
                let kept = chain.last.scale.unwrap_or_else(|| self.b.filled(&ty, 1.0));
                let (x, y) = if is_first { (kept, zero) } else { (zero, kept) };
                chain.last.scale = Some(self.b.select(c, x, y));
                chains.push(chain);
            }
        }
        chains
    }

    fn contract(&mut self, x: Value, y: Value) -> Option<Vec<Chain>> {
        let is_right = self.linear.has(y);
        let (tangent, known) = if is_right { (y, x) } else { (x, y) };
        let ranks = [tangent, known].map(|value| self.b.ty(value).shape.len());
        if !self.fixed.contains(&known) {
            let chains = (ranks == [1, 1]).then(|| self.scaled(tangent, known))?;
            return self.summed(chains, tangent);
        }
        let matrix = if is_right {
            known
        } else {
            self.b.transpose(known, (1..ranks[1]).chain([0]).collect())
        };
        if ranks[0] != 1 {
            return None;
        }
        Some(self.of(tangent).into_iter().map(|chain| self.applied(matrix, chain)).collect())
    }

    fn sum(&mut self, x: Value) -> Option<Vec<Chain>> {
        let chains = self.of(x);
        self.summed(chains, x)
    }

    /// The sum along the first axis of the chains of a value.
    fn summed(&mut self, chains: Vec<Chain>, of: Value) -> Option<Vec<Chain>> {
        let ty = self.b.ty(of).clone();
        if ty.shape.len() != 1 {
            return None;
        }
        let ones = self.b.filled(&ty, 1.0);
        Some(chains.into_iter().map(|chain| self.applied(ones, chain)).collect())
    }

    /// A matrix times the vector that a chain is.
    fn applied(&mut self, matrix: Value, mut chain: Chain) -> Chain {
        match &mut chain.last {
            Factor { scale: Some(_), .. } => chain.then(matrix),
            Factor { matrix: first, scale: None } => {
                *first = Some(match *first {
                    Some(first) => self.b.contract(matrix, first),
                    None => matrix,
                });
                chain
            }
        }
    }

    /// The matrix of a factor, whose result has this type.
    fn matrix(&mut self, factor: Factor, ty: &Type) -> Option<Value> {
        match (factor.matrix, ty.shape.as_slice()) {
            (Some(matrix), _) => Some(matrix),
            (None, &[n]) => Some(chain::identity(&mut self.b, ty.scalar, n)),
            (None, _) => None,
        }
    }

    /// A movement of the entries of `x`.
    fn moved(&mut self, op: &Op, x: Value, result: Value) -> Option<Vec<Chain>> {
        let (from, to) = (self.b.ty(x).clone(), self.b.ty(result).clone());
        let mut chains = self.of(x);
        for Chain { last, .. } in &mut chains {
            let matrix = self.matrix(*last, &from)?;
            let rename = |op: &Op, new: Value| {
                let mut op = op.clone();
                op.map_operands(|value| if value == x { new } else { value });
                op
            };
            let columns = self.columns(matrix, &to);
            let moved = rename(&chain::of_matrix(op), matrix);
            last.matrix = Some(self.b.emit(moved, columns));
            if let Some(scale) = &mut last.scale {
                *scale = self.b.emit(rename(op, *scale), to.clone());
            }
        }
        Some(chains)
    }

    /// The type of a matrix with as many columns as another, whose result has this type.
    fn columns(&self, like: Value, ty: &Type) -> Type {
        let m = self.b.ty(like).shape.last().copied();
        Type { scalar: ty.scalar, shape: ty.shape.iter().copied().chain(m).collect() }
    }

    /// Parts side by side, of one chain each that differ in their last factors only.
    fn joined(&mut self, op: &Op, parts: &[Value], result: Value) -> Option<Vec<Chain>> {
        let chains: Vec<Vec<Chain>> = parts.iter().map(|&part| self.of(part)).collect();
        let Some(like) = chains.iter().flatten().next().cloned() else { return Some(Vec::new()) };
        let is_scaled = chains.iter().flatten().any(|chain| chain.last.scale.is_some());
        let (mut matrices, mut scales) = (Vec::new(), Vec::new());
        let mut missing = Vec::new();
        for (k, (&part, chains)) in parts.iter().zip(&chains).enumerate() {
            let ty = self.b.ty(part).clone();
            let (matrix, scale) = match chains.as_slice() {
                [] => {
                    missing.push(k);
                    (part, None)
                }
                [chain] if chain.before == like.before => {
                    (self.matrix(chain.last, &ty)?, chain.last.scale)
                }
                _ => return None,
            };
            matrices.push(matrix);
            if is_scaled {
                scales.push(scale.unwrap_or_else(|| self.b.filled(&ty, 1.0)));
            }
        }
        let known = (0..parts.len()).find(|k| !missing.contains(k)).map(|k| matrices[k])?;
        for k in missing {
            let ty = self.b.ty(parts[k]).clone();
            let columns = self.columns(known, &ty);
            matrices[k] = self.b.filled(&columns, 0.0);
        }
        let to = self.b.ty(result).clone();
        let columns = self.columns(known, &to);
        let is_stack = matches!(op, Op::Stack(_));
        let of = |parts| if is_stack { Op::Stack(parts) } else { Op::Concat(parts) };
        let matrix = Some(self.b.emit(of(matrices), columns));
        let scale = is_scaled.then(|| self.b.emit(of(scales), to));
        Some(vec![Chain { before: like.before, last: Factor { matrix, scale } }])
    }
}
