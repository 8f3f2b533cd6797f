//! Operations with regions, apart from the others.

use crate::{Emit, Op, Region, Trips, Value};

/// An operation with regions.
#[derive(Clone, Copy, Debug)]
pub enum Control<'a> {
    /// [`Op::Map`]
    Map {
        /// How many executions.
        extent: u64,
        /// One execution.
        body: &'a Region,
    },
    /// [`Op::Scan`]
    Scan(Scan<'a>),
    /// [`Op::Implicit`]
    Implicit {
        /// Where the function is zero.
        root: Value,
        /// The function.
        zero: &'a Region,
    },
    /// [`Op::If`]
    If {
        /// A scalar.
        condition: Value,
        /// Executed if true, and if false.
        branches: [&'a Region; 2],
    },
}

/// The fields of [`Op::Scan`].
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    /// How many executions, at most.
    pub extent: u64,
    /// Which of them take place.
    pub trips: Trips,
    /// From the last index to the first.
    pub reverse: bool,
    /// First carries.
    pub init: &'a [Value],
    /// How emitted values are kept.
    pub emits: &'a [Emit],
    /// One execution.
    pub body: &'a Region,
}

impl Op {
    /// The operation, if it has regions.
    pub fn control(&self) -> Option<Control<'_>> {
        if let Op::Map { extent, body } = self {
            Some(Control::Map { extent: *extent, body })
        } else if let Op::Scan { extent, trips, reverse, init, emits, body } = self {
            let (extent, trips, reverse) = (*extent, *trips, *reverse);
            Some(Control::Scan(Scan { extent, trips, reverse, init, emits, body }))
        } else if let Op::Implicit { root, zero } = self {
            Some(Control::Implicit { root: *root, zero })
        } else if let Op::If { condition, then, otherwise } = self {
            Some(Control::If { condition: *condition, branches: [then, otherwise] })
        } else {
            None
        }
    }

    /// Whether the operation has regions.
    pub fn is_control(&self) -> bool {
        self.control().is_some()
    }

    /// The regions of the operation, in order.
    pub fn regions(&self) -> Vec<&Region> {
        match self.control() {
            None => Vec::new(),
            Some(Control::Map { body, .. } | Control::Scan(Scan { body, .. })) => vec![body],
            Some(Control::Implicit { zero, .. }) => vec![zero],
            Some(Control::If { branches, .. }) => branches.to_vec(),
        }
    }

    /// The regions of the operation, in order, to change.
    pub fn regions_mut(&mut self) -> Vec<&mut Region> {
        if let Op::If { then, otherwise, .. } = self {
            return vec![then, otherwise];
        }
        if let Op::Map { body: inner, .. }
        | Op::Scan { body: inner, .. }
        | Op::Implicit { zero: inner, .. } = self
        {
            return vec![inner];
        }
        Vec::new()
    }
}
