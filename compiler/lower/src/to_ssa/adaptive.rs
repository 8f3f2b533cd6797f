//! A solve whose steps are chosen: a loop over attempts, each of which is accepted where the estimate
//! of its error is within the tolerance.
//!
//! ```text
//! while row < rows and nothing is wrong:
//!     h' ← h, or what is left to landmark row          so that landmarks are met exactly
//!     y', c', e ← step(drift, diffusion, t, h', c, y)
//!     E ← ‖ e / (atol + rtol · max(|y|, |y'|)) ‖        root mean square
//!     where E ≤ 1: t, y, c ← t + h', y', c'; at a landmark, row of the result ← y and row ← row + 1
//!     h ← h' · factor(E, and E of the two steps before)
//! ```
//!
//! The lengths of steps are constants for derivatives, as they must be: a derivative that passes through
//! them measures the controller, not the equation.

use sdec_ssa::{Binary, Compare, Emit, Scalar, Trips, Type, Unary, Value};

use super::advance::{Point, System};
use super::impulses::OfImpulses;
use super::retrace::Record;
use super::solve::{Grid, Path};
use super::step_size::{FACTORS, State, Tolerances};
use super::steps::Steps;
use super::types::Result;
use super::value::Val;
use super::{Binding, Lowerer};

/// How the steps of a solve are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adaptive {
    /// Bound on the attempts of a path.
    pub attempts: u64,
    /// Whether the first step is given.
    pub first_step: bool,
}

/// Why a path stops before its end; the numbers are those of its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All attempts were made.
    Attempts = 1,
    /// The step became too short for the time to move.
    Underflow = 2,
    /// The state is infinite or no number, however short the step.
    NotFinite = 3,
    /// The state left its support.
    Left = 4,
}

impl Stop {
    /// The reason of a status.
    pub fn from_code(code: u32) -> Option<Self> {
        let all = [Self::Attempts, Self::Underflow, Self::NotFinite, Self::Left];
        all.into_iter().find(|&stop| stop as u32 == code)
    }
}

/// Singles count as far as that.
const MOST_IN_SINGLES: u64 = 1 << 24;

/// A step that misses the landmark by this much of its length goes to the landmark.
const SLACK: f64 = 1e-6;

/// What all attempts have in common.
struct Loop<'s, 'a> {
    steps: &'s Steps<'a>,
    system: System,
    grid: Grid,
    landmarks: Value,
    tolerances: Tolerances,
    /// Whether attempts are recorded, for a solve backwards.
    records: bool,
}

impl<'a> Lowerer<'a> {
    /// The loop over attempts, of a grid with at least one landmark after the start.
    pub(super) fn adaptive_path(
        &mut self,
        steps: &Steps<'a>,
        grid: Grid,
        adaptive: Adaptive,
        first: Val,
        (points, records): (u64, bool),
    ) -> Result<Path> {
        let kept = grid;
        let grid = match steps.sources.is_empty() {
            true => grid,
            false => Grid { rows: points - 1, keeps_last: true, ..grid },
        };
        let ty = Type::array(Scalar::F64, &[grid.rows + 1]);
        let landmarks = match steps.sources.is_empty() {
            true => self.parameter(Binding::Landmarks, "grid.landmarks", ty),
            false => self.parameter(Binding::Impulses(OfImpulses::Points), "grid.points", ty),
        };
        let ty = Type::array(Scalar::F64, &[3]);
        let given = self.parameter(Binding::Tolerances, "solver.tolerances", ty);
        let [relative, absolute] = [0, 1].map(|k| {
            let tolerance = self.b.row(given, k);
            self.b.convert(tolerance, self.sizes.float)
        });
        let tolerances = Tolerances { relative, absolute };
        let system = self.system(steps);
        let t = self.b.row(landmarks, 0);
        let point = self.begin(steps.scheme, &system, t, first)?;
        // What counts attempts counts them all.
        let exact = adaptive.attempts <= MOST_IN_SINGLES;
        let counter = if exact { self.sizes.float } else { Scalar::F64 };
        let h = if adaptive.first_step {
            self.b.row(given, 2)
        } else {
            let order = steps.scheme.method.facts.embedded.unwrap_or(1.0);
            self.first_step(&system, tolerances, order, t, &point.y)?
        };
        let start = State {
            go: self.b.bool(true),
            t,
            h,
            logs: [self.working(0.0); 2],
            most: self.working(FACTORS[1]),
            row: self.b.int(0),
            code: self.working(0.0),
            attempts: self.b.float(counter, 0.0),
        };
        let rows = if grid.keeps_only_last() { Vec::new() } else { self.room(&point.y, grid) };
        let mut init = [start.values().as_slice(), &point.leaves(), &rows].concat();
        let own = init.len();
        if records {
            init.push(self.b.int(0));
        }
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(init.iter().map(|&value| self.b.ty(value).clone()));
        let params = self.b.open_region(&types);
        let around = Loop { steps, system, grid, landmarks, tolerances, records };
        let body = self.attempted(&around, &point, params[0], &params[1..=own]);
        let results = body.as_ref().map_or_else(|_| Vec::new(), Vec::clone);
        let region = self.b.close_region(results);
        body?;
        let emits = if records { vec![Emit::Every; Record::ROWS] } else { Vec::new() };
        let last = self.b.scan_some_of(adaptive.attempts, Trips::While, false, init, emits, region);
        let (last, record) = last.split_at(own);
        let path = Path { record: Record::of(record), ..self.solved(point, grid, last) };
        Ok(if steps.sources.is_empty() { path } else { self.kept_of(path, kept) })
    }

    /// The path with the states at the wanted points only.
    fn kept_of(&mut self, path: Path, grid: Grid) -> Path {
        let count = grid.rows + u64::from(grid.keeps_start);
        let ty = Type::array(Scalar::I64, &[count]);
        let points = self.parameter(Binding::Impulses(OfImpulses::Kept), "grid.kept", ty);
        let kept = path.kept.map(|rows| {
            let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
            let point = self.b.index(points, k);
            let row = self.b.index(rows, point);
            let region = self.b.close_region(vec![row]);
            self.b.map_of(count, region)[0]
        });
        Path { kept, ..path }
    }

    /// Room for the kept states, with the first where it is one of them.
    fn room(&mut self, y: &Val, grid: Grid) -> Vec<Value> {
        let mut kept = Vec::new();
        for leaf in y.leaves() {
            let mut ty = self.b.ty(leaf).clone();
            ty.shape.insert(0, grid.rows);
            let rest = self.b.filled(&ty, 0.0);
            kept.push(if grid.keeps_start {
                let start = self.b.broadcast(leaf, &[1]);
                self.b.concat(vec![start, rest])
            } else {
                rest
            });
        }
        kept
    }

    /// One attempt: the next values of all carries.
    fn attempted(
        &mut self,
        around: &Loop<'_, 'a>,
        like: &Point,
        index: Value,
        carries: &[Value],
    ) -> Result<Vec<Value>> {
        let (state, rest) = carries.split_at(State::COUNT);
        let state = State::from_values(state);
        let (point, kept) = rest.split_at(like.leaves().len());
        let from = like.with_leaves(&mut point.iter().copied());
        let one = self.b.int(1);
        // A grid of one landmark has no rows to count: whoever lands is done.
        let single = around.grid.rows == 1;
        let after = if single { one } else { self.b.binary(Binary::Add, state.row, one) };
        let target = self.b.index(around.landmarks, after);
        let place = if around.grid.keeps_start { after } else { state.row };
        let remaining = self.b.binary(Binary::Sub, target, state.t);
        let slack = self.double(1.0 + SLACK);
        let reach = self.b.binary(Binary::Mul, state.h, slack);
        let lands = self.b.compare(Compare::Le, remaining, reach);
        let length = self.b.select(lands, remaining, state.h);
        let length = self.b.unary(Unary::StopGradient, length);
        let h = self.b.convert(length, self.sizes.float);
        let (next, error) =
            self.attempt(around.steps.scheme, &around.system, [state.t, h], from.clone())?;

        let scale = self.scale(around.tolerances, &from.y, Some(&next.y));
        let norm = self.norm(&error, &scale);
        let norm = self.b.unary(Unary::StopGradient, norm);
        let infinity = self.working(f64::INFINITY);
        let size = self.total(&scale);
        let size = self.b.unary(Unary::StopGradient, size);
        let [known, bounded] = [norm, size].map(|x| self.b.compare(Compare::Lt, x, infinity));
        let finite = self.b.binary(Binary::And, known, bounded);
        let tolerated = self.working(1.0);
        let within = self.b.compare(Compare::Le, norm, tolerated);
        let accepted = self.b.binary(Binary::And, within, finite);
        let landing = self.b.binary(Binary::And, accepted, lands);
        let next = self.landed(around.steps, (after, target), Some(landing), next)?;
        let y = self.inside(&around.steps.walls, &from.y, &next.y);
        let next = Point { y, ..next };
        let left = around.steps.walls.stop().then(|| {
            let outside = self.outside(&around.steps.walls, &next.y);
            self.b.binary(Binary::And, accepted, outside)
        });
        let mut landed = landing;
        if let Some(left) = left {
            let stays = self.b.unary(Unary::Not, left);
            landed = self.b.binary(Binary::And, landed, stays);
        }

        let moved = self.b.binary(Binary::Add, state.t, length);
        let moved = self.b.select(lands, target, moved);
        let t = self.b.select(accepted, moved, state.t);
        let row = self.b.select(landed, after, state.row);
        let order = around.steps.scheme.method.facts.embedded.unwrap_or(1.0);
        let chosen = self.next_step(&state, length, norm, [accepted, lands, finite], order);
        let mut code = self.trouble(&state, target, chosen.h, accepted, finite);
        if let Some(left) = left {
            let stop = self.working(f64::from(Stop::Left as u32));
            code = self.b.select(left, stop, code);
        }
        let more = if single {
            self.b.unary(Unary::Not, landed)
        } else {
            let rows = self.b.int(i64::try_from(around.grid.rows).expect("grids are bounded"));
            self.b.compare(Compare::Lt, row, rows)
        };
        let nothing = self.working(0.0);
        let fine = self.b.compare(Compare::Eq, code, nothing);
        let go = self.b.binary(Binary::And, more, fine);
        let unit = self.b.float(self.b.ty(state.attempts).scalar, 1.0);
        let attempts = self.b.binary(Binary::Add, state.attempts, unit);
        let State { h, logs, most, .. } = chosen;
        let begun = state.t;
        let state = State { go, t, h, logs, most, row, code, attempts };

        let mut results = state.values().to_vec();
        for (before, after) in from.leaves().into_iter().zip(next.leaves()) {
            results.push(self.select_all(accepted, after, before));
        }
        for (&kept, y) in kept.iter().zip(next.y.leaves()) {
            let ty = self.b.ty(y).clone();
            let zero = self.b.filled(&ty, 0.0);
            let entry = self.select_all(landed, y, zero);
            results.push(self.b.add_at(kept, place, entry));
        }
        if around.records {
            let mark = self.mark(accepted, landed, place);
            results.extend([self.b.binary(Binary::Add, index, one), begun, length, mark]);
        }
        Ok(results)
    }

    /// The reason to stop, or 0.
    fn trouble(
        &mut self,
        state: &State,
        target: Value,
        h: Value,
        accepted: Value,
        finite: Value,
    ) -> Value {
        let [a, b] = [state.t, target].map(|t| self.b.unary(Unary::Abs, t));
        let scale = self.b.binary(Binary::Max, a, b);
        let unit = self.double(16.0 * f64::EPSILON);
        let least = self.b.binary(Binary::Mul, scale, unit);
        let moves = self.b.compare(Compare::Ge, h, least);
        let fine = self.b.binary(Binary::Or, accepted, moves);
        let [none, underflow, not_finite] =
            [0, Stop::Underflow as u32, Stop::NotFinite as u32].map(|x| self.working(x.into()));
        let code = self.b.select(finite, underflow, not_finite);
        self.b.select(fine, none, code)
    }

    /// The kept states after the loop; those that the path did not reach are not numbers.
    fn solved(&mut self, first: Point, grid: Grid, last: &[Value]) -> Path {
        let (state, rest) = last.split_at(State::COUNT);
        let state = State::from_values(state);
        let (point, kept) = rest.split_at(first.leaves().len());
        let [none, attempts] = [0, Stop::Attempts as u32].map(|x| self.working(x.into()));
        let code = self.b.select(state.go, attempts, state.code);
        let kept: Vec<Value> = if grid.keeps_only_last() {
            let fine = self.b.compare(Compare::Eq, code, none);
            let y = point[..first.y.leaves().len()].to_vec();
            y.into_iter()
                .map(|leaf| {
                    let leaf = self.or_nan(fine, leaf);
                    self.b.broadcast(leaf, &[1])
                })
                .collect()
        } else {
            let start = self.b.int(grid.keeps_start.into());
            let reached = self.b.binary(Binary::Add, state.row, start);
            kept.iter().map(|&rows| self.up_to(reached, rows)).collect()
        };
        let status = [code, state.t, state.attempts]
            .map(|value| {
                let value = self.b.convert(value, Scalar::F64);
                self.b.unary(Unary::StopGradient, value)
            })
            .to_vec();
        let status = self.b.stack(status);
        let kept = first.y.with_leaves(&mut kept.into_iter());
        let last = first.with_leaves(&mut point.iter().copied());
        Path { first, last, kept, status: Some(status), record: None }
    }

    /// The rows below a number; others are not numbers.
    fn up_to(&mut self, reached: Value, rows: Value) -> Value {
        let extent = self.b.ty(rows).shape[0];
        let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let row = self.b.index(rows, k);
        let is_reached = self.b.compare(Compare::Lt, k, reached);
        let row = self.or_nan(is_reached, row);
        let region = self.b.close_region(vec![row]);
        self.b.map_of(extent, region)[0]
    }

    /// A value where a condition holds, no number elsewhere.
    pub(super) fn or_nan(&mut self, condition: Value, x: Value) -> Value {
        let ty = self.b.ty(x).clone();
        let none = self.b.filled(&ty, f64::NAN);
        self.select_all(condition, x, none)
    }
}
