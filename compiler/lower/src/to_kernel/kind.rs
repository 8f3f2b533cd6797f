//! The kinds of operations that are held and planned alike.

use sdec_ssa::Op;

/// What an operation does to entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Computes each entry from the same entry of the operands.
    Elementwise,
    /// Takes each entry from one place of its operand.
    Movement,
    /// Puts operands one after the other.
    Join,
    /// Adds to a row.
    Update,
    /// Takes axis 0, or a common axis, together.
    Reduction,
    /// Draws.
    Draw,
    /// Has regions.
    Control,
}

impl Kind {
    /// Which kind an operation is of.
    pub(super) fn of(op: &Op) -> Self {
        match op {
            Op::Const(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Convert(_) => Self::Elementwise,
            Op::Broadcast(_)
            | Op::Slice { .. }
            | Op::Reshape(_)
            | Op::Transpose(..)
            | Op::Index(..) => Self::Movement,
            Op::Stack(_) | Op::Concat(_) => Self::Join,
            Op::AddAt { .. } => Self::Update,
            Op::Contract(..)
            | Op::Sum(_)
            | Op::Product(_)
            | Op::Extremum(..)
            | Op::ArgExtremum(..) => Self::Reduction,
            Op::Draw { .. } => Self::Draw,
            Op::Map { .. } | Op::Scan { .. } | Op::If { .. } => Self::Control,
            Op::Solve(..) | Op::Implicit { .. } => unreachable!("expanded before"),
        }
    }
}
