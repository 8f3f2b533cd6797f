//! States at the ends of their supports, which the steps of a method know nothing of.
//!
//! | `boundary =` | after a step to `y`, of a support that ends at `a` below |
//! |---|---|
//! | `error` | the path has stopped where `y` is beyond `a`: at `a` too for `Positive` |
//! | `truncate` | `max(y, a)` |
//! | `reflect` | `a + abs(y - a)` |
//! | `absorb` | `a` where `y`, or the state before the step, is not above `a` |
//!
//! The start counts as a state after a step. Numbers that are none stay so.

use sdec_hir::{self as hir, Boundary, Constraint};
use sdec_ssa::{Binary, Compare, Extremum, Scalar, Unary, Value};

use super::adaptive::Stop;
use super::value::Val;
use super::{Lowerer, solve};

/// The ends of the support of an array of the state.
#[derive(Clone, Copy, Debug)]
struct Wall {
    /// The array's place among those of the state.
    leaf: usize,
    low: f64,
    high: Option<f64>,
    /// Whether `low` is no part of the support.
    open: bool,
}

/// What keeps states in their supports.
#[derive(Clone, Debug, Default)]
pub(super) struct Walls {
    walls: Vec<Wall>,
    boundary: Boundary,
    /// Whether states after the end of a path are not to be seen.
    masks: bool,
}

impl Walls {
    /// Those of a model's states.
    pub(super) fn new(model: &hir::Model, wanted: &solve::Solve<'_>) -> Self {
        let Some(boundary) = wanted.boundary else { return Self::default() };
        let leaves = model.states.iter().flat_map(|state| &state.leaves).enumerate();
        let walls = leaves.filter_map(|(leaf, of)| {
            let log = wanted.logs && of.constraint == Constraint::Positive;
            let (low, high) = match of.constraint {
                // Its logarithm is anything above −∞.
                Constraint::Positive if log && boundary == Boundary::Error => {
                    (f64::NEG_INFINITY, None)
                }
                Constraint::Positive if log => return None,
                Constraint::Positive | Constraint::NonNeg => (0.0, None),
                Constraint::Unit => (0.0, Some(1.0)),
                Constraint::Interval(low, high) => (low, Some(high)),
                Constraint::Real
                | Constraint::Simplex
                | Constraint::Ordered
                | Constraint::Chol
                | Constraint::Corr => return None,
            };
            Some(Wall { leaf, low, high, open: of.constraint == Constraint::Positive })
        });
        let masks =
            matches!(wanted.objective, solve::Objective::States | solve::Objective::Sample(_));
        Self { walls: walls.collect(), boundary, masks }
    }

    /// Whether a path may stop at them.
    pub(super) fn stop(&self) -> bool {
        !self.walls.is_empty() && self.boundary == Boundary::Error
    }

    /// Whether they change states.
    fn move_states(&self) -> bool {
        !self.walls.is_empty() && self.boundary != Boundary::Error
    }
}

impl Lowerer<'_> {
    /// Whether a state is beyond the end of a support.
    pub(super) fn outside(&mut self, walls: &Walls, y: &Val) -> Value {
        let leaves = y.leaves();
        let mut outside = self.b.bool(false);
        for wall in &walls.walls {
            let entries = self.b.ty(leaves[wall.leaf]).entries();
            let flat = self.b.reshape(leaves[wall.leaf], &[entries]);
            let least = self.b.extremum(Extremum::Min, flat);
            let low = self.working(wall.low);
            let beyond = if wall.open { Compare::Le } else { Compare::Lt };
            let below = self.b.compare(beyond, least, low);
            outside = self.b.binary(Binary::Or, outside, below);
            if let Some(high) = wall.high {
                let most = self.b.extremum(Extremum::Max, flat);
                let high = self.working(high);
                let above = self.b.compare(Compare::Gt, most, high);
                outside = self.b.binary(Binary::Or, outside, above);
            }
        }
        outside
    }

    /// The state after a step from `from` to `y`, where the walls have put it.
    pub(super) fn inside(&mut self, walls: &Walls, from: &Val, y: &Val) -> Val {
        if !walls.move_states() {
            return y.clone();
        }
        let (mut leaves, before) = (y.leaves(), from.leaves());
        for wall in &walls.walls {
            let ty = self.b.ty(leaves[wall.leaf]).clone();
            let mut y = leaves[wall.leaf];
            let ends = [(Some(wall.low), Compare::Le), (wall.high, Compare::Ge)];
            for (end, beyond) in ends {
                let Some(end) = end else { continue };
                let end = self.b.filled(&ty, end);
                let crossed = self.b.compare(beyond, y, end);
                y = match walls.boundary {
                    Boundary::Error | Boundary::Truncate => self.b.select(crossed, end, y),
                    Boundary::Reflect => {
                        let over = self.b.binary(Binary::Sub, end, y);
                        let mirrored = self.b.binary(Binary::Add, end, over);
                        self.b.select(crossed, mirrored, y)
                    }
                    Boundary::Absorb => {
                        let was = self.b.compare(beyond, before[wall.leaf], end);
                        let stays = self.b.binary(Binary::Or, was, crossed);
                        self.b.select(stays, end, y)
                    }
                };
            }
            if wall.high.is_some() && walls.boundary == Boundary::Reflect {
                // What was mirrored at the upper end may have come out at the lower one.
                let low = self.b.filled(&ty, wall.low);
                let crossed = self.b.compare(Compare::Lt, y, low);
                y = self.b.select(crossed, low, y);
            }
            leaves[wall.leaf] = y;
        }
        y.with_leaves(&mut leaves.into_iter())
    }

    /// The number of the step after which a path left its support, before any: −1 where it starts outside,
    /// the number of steps where it never does.
    pub(super) fn first_left(&mut self, walls: &Walls, steps: u64, y: &Val) -> Value {
        let outside = self.outside(walls, y);
        let [at_once, never] = [-1.0, steps as f64].map(|k| self.working(k));
        self.b.select(outside, at_once, never)
    }

    /// The same after step `k` to `y`.
    pub(super) fn left_by(
        &mut self,
        walls: &Walls,
        steps: u64,
        left: Value,
        (k, y): (Value, &Val),
    ) -> Value {
        let outside = self.outside(walls, y);
        let now = self.b.convert(k, self.sizes.float);
        let never = self.working(steps as f64);
        let now = self.b.select(outside, now, never);
        self.b.binary(Binary::Min, left, now)
    }

    /// What is kept of a state: nothing after the path has stopped.
    pub(super) fn unless_left(
        &mut self,
        walls: &Walls,
        steps: u64,
        left: Option<Value>,
        y: &Val,
    ) -> Val {
        let Some(left) = left.filter(|_| walls.masks) else { return y.clone() };
        let never = self.working(steps as f64);
        let fine = self.b.compare(Compare::Ge, left, never);
        y.map(|leaf| self.or_nan(fine, leaf))
    }

    /// How a path ended: [`super::Lowered::status`].
    pub(super) fn status_of_left(&mut self, steps: u64, left: Value) -> Value {
        let never = self.working(steps as f64);
        let gone = self.b.compare(Compare::Lt, left, never);
        let [stop, fine, made] =
            [f64::from(Stop::Left as u32), 0.0, steps as f64].map(|x| self.double(x));
        let code = self.b.select(gone, stop, fine);
        let step = self.b.convert(left, Scalar::F64);
        let status = [code, step, made].map(|x| self.b.unary(Unary::StopGradient, x)).to_vec();
        self.b.stack(status)
    }
}
