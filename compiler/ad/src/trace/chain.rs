//! Products of matrices that are the same for all paths and diagonals that are not.

use sdec_ssa::{Binary, Builder, Op, Scalar, Type, Unary, Value};

/// `scale ∘ (matrix · direction)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Factor {
    /// `[…, m]`, the same for all paths; none for the identity.
    pub(super) matrix: Option<Value>,
    /// `[…]`; none for ones.
    pub(super) scale: Option<Value>,
}

/// A tangent as a linear function of the direction: factors, applied from the first to the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// Each has a scale, which keeps it from being multiplied into the next.
    pub(super) before: Vec<Factor>,
    pub(super) last: Factor,
}

impl Chain {
    /// The chain followed by a matrix that cannot be multiplied into what is there.
    pub(super) fn then(mut self, matrix: Value) -> Self {
        self.before.push(self.last);
        self.last = Factor { matrix: Some(matrix), scale: None };
        self
    }

    /// The chain with its scale multiplied by something, entry by entry.
    pub(super) fn scaled(mut self, b: &mut Builder, by: Value) -> Self {
        let scale = self.last.scale.map_or(by, |scale| b.binary(Binary::Mul, scale, by));
        self.last.scale = Some(scale);
        self
    }

    /// Minus the chain, of this type.
    pub(super) fn negated(mut self, b: &mut Builder, ty: &Type) -> Self {
        let Factor { matrix, scale } = &mut self.last;
        match (&mut *scale, &mut *matrix) {
            (Some(x), _) | (None, Some(x)) => *x = b.unary(Unary::Neg, *x),
            (None, None) => *scale = Some(b.filled(ty, -1.0)),
        }
        self
    }

    /// How many diagonals there are between matrices.
    pub(super) fn diagonals(&self) -> usize {
        self.before.len() + usize::from(self.last.scale.is_some())
    }

    /// The sum of the diagonal, of a chain from vectors of this type to such; none where it would be a
    /// sum over three indices or more.
    pub(super) fn trace(&self, b: &mut Builder, ty: &Type) -> Option<Value> {
        let Factor { matrix, scale } = self.last;
        Some(match (self.before.as_slice(), scale) {
            ([], None) => match matrix {
                None => b.float(ty.scalar, ty.shape[0] as f64),
                Some(matrix) => {
                    let diagonal = diagonal(b, matrix);
                    b.sum(diagonal)
                }
            },
            ([], Some(scale)) => one(b, scale, [matrix, None]),
            (&[Factor { matrix: first, scale: Some(d) }], None) => one(b, d, [first, matrix]),
            (&[Factor { matrix: first, scale: Some(d) }], Some(scale)) => {
                two(b, [d, scale], [first, matrix])
            }
            (
                &[
                    Factor { matrix: first, scale: Some(d) },
                    Factor { matrix: second, scale: Some(e) },
                ],
                None,
            ) => {
                let around = match (first, matrix) {
                    (Some(first), Some(last)) => Some(b.contract(first, last)),
                    (first, last) => first.or(last),
                };
                two(b, [d, e], [around, second])
            }
            _ => return None,
        })
    }
}

/// `tr(diag(d) A C) = Σⱼ dⱼ Σᵢ Aⱼᵢ Cᵢⱼ`
fn one(b: &mut Builder, d: Value, matrices: [Option<Value>; 2]) -> Value {
    let diagonal = match matrices {
        [None, None] => return b.sum(d),
        [Some(matrix), None] | [None, Some(matrix)] => diagonal(b, matrix),
        [Some(left), Some(right)] => {
            let left = b.transpose(left, vec![1, 0]);
            let products = b.binary(Binary::Mul, left, right);
            b.sum(products)
        }
    };
    b.contract(diagonal, d)
}

/// `tr(diag(d) A diag(e) C) = eᵀ (C ∘ Aᵀ) d`
fn two(b: &mut Builder, [d, e]: [Value; 2], matrices: [Option<Value>; 2]) -> Value {
    match matrices {
        [None, None] => b.contract(e, d),
        [Some(matrix), None] | [None, Some(matrix)] => {
            let both = b.binary(Binary::Mul, d, e);
            one(b, both, [Some(matrix), None])
        }
        [Some(around), Some(between)] => {
            let around = b.transpose(around, vec![1, 0]);
            let weights = b.binary(Binary::Mul, between, around);
            let sums = b.contract(weights, d);
            b.contract(e, sums)
        }
    }
}

/// The diagonal of a square matrix.
pub(super) fn diagonal(b: &mut Builder, matrix: Value) -> Value {
    let n = b.ty(matrix).shape[0];
    b.map(n, |b, i| {
        let row = b.index(matrix, i);
        vec![b.index(row, i)]
    })[0]
}

/// The identity on vectors.
pub(super) fn identity(b: &mut Builder, scalar: Scalar, n: u64) -> Value {
    let ty = Type::array(scalar, &[n]);
    b.map(n, |b, i| vec![b.unit(&ty, i)])[0]
}

/// A movement of entries as it is for a matrix: the last axis stays the last.
pub(super) fn of_matrix(op: &Op) -> Op {
    let mut op = op.clone();
    if let Op::Transpose(_, permutation) = &mut op {
        permutation.push(permutation.len());
    }
    op
}
