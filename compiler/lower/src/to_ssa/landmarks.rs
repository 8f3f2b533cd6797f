//! A solve along landmarks that each row has for itself.
//!
//! ```text
//! for j in 0 .. landmarks:
//!     for k in 0 .. countⱼ:                            the steps to landmark j
//!         y, c ← step(drift, diffusion, tⱼ + k hⱼ, hⱼ, c, y)
//!     y ← what the impulses at landmark j make of it
//!     row j of the result ← y
//! ```
//!
//! Rows with fewer landmarks have no steps to the last ones. Only equations without noise are solved so.

use sdec_ssa::{Binary, Emit, Scalar, Trips, Type, Value};

use super::advance::{Point, System};
use super::solve::{Grid, Path};
use super::steps::Steps;
use super::types::Result;
use super::value::Val;
use super::{Lowerer, OfRow};

/// The steps to one landmark.
#[derive(Clone, Copy)]
struct Leg {
    /// Where they start.
    from: Value,
    /// How long they are.
    length: Value,
    /// How many they are.
    count: Value,
    /// The most that any row has.
    most: u64,
}

impl<'a> Lowerer<'a> {
    /// The states at the landmarks, of which no row needs more than `most` steps from one to the next.
    pub(super) fn own_path(
        &mut self,
        steps: &Steps<'a>,
        grid: Grid,
        most: u64,
        first: Val,
    ) -> Result<Path> {
        let floats = Type::array(Scalar::F64, &[grid.rows]);
        let counts = Type::array(Scalar::I64, &[grid.rows]);
        let starts = self.own_parameter(OfRow::LegTimes, "legs.t", floats.clone(), true);
        let lengths = self.own_parameter(OfRow::LegSteps, "legs.h", floats, true);
        let counts = self.own_parameter(OfRow::LegCounts, "legs.n", counts, true);
        let system = self.system(steps);
        let t = self.b.row(starts, 0);
        let first = self.begin(steps.scheme, &system, t, first)?;
        let carries = first.leaves();
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(carries.iter().map(|&carry| self.b.ty(carry).clone()));
        let params = self.b.open_region(&types);
        let from = first.with_leaves(&mut params[1..].iter().copied());
        let [at, length, count] = [starts, lengths, counts].map(|of| self.b.index(of, params[0]));
        let next = self.leg(steps, &system, Leg { from: at, length, count, most }, &from);
        let taken = self.b.convert(count, Scalar::F64);
        let taken = self.b.binary(Binary::Mul, taken, length);
        let end = self.b.binary(Binary::Add, at, taken);
        let one = self.b.int(1);
        let point = self.b.binary(Binary::Add, params[0], one);
        let next = next.and_then(|next| self.landed(steps, (point, end), None, next));
        let results = match &next {
            Ok(next) => [next.leaves(), next.y.leaves()].concat(),
            Err(_) => Vec::new(),
        };
        let region = self.b.close_region(results);
        next?;
        let emits = vec![Emit::Every; first.y.leaves().len()];
        let all = self.b.scan_of(grid.rows, false, carries.clone(), emits, region);
        let (last, kept) = all.split_at(carries.len());
        let last = first.with_leaves(&mut last.iter().copied());
        let kept = first.y.with_leaves(&mut kept.iter().copied());
        Ok(Path { first, last, kept, status: None, record: None })
    }

    fn leg(&mut self, steps: &Steps<'a>, system: &System, leg: Leg, from: &Point) -> Result<Point> {
        let carries = from.leaves();
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(carries.iter().map(|&carry| self.b.ty(carry).clone()));
        let params = self.b.open_region(&types);
        let at = from.with_leaves(&mut params[1..].iter().copied());
        let k = self.b.convert(params[0], Scalar::F64);
        let passed = self.b.binary(Binary::Mul, k, leg.length);
        let t = self.b.binary(Binary::Add, passed, leg.from);
        let h = self.b.convert(leg.length, self.sizes.float);
        let still = self.filled(&system.noise, 0.0);
        let next = self.advance(steps.scheme, system, [t, h], at, still);
        let results = next.as_ref().map(Point::leaves).unwrap_or_default();
        let region = self.b.close_region(results);
        next?;
        let trips = Trips::Below(leg.count);
        let all = self.b.scan_some_of(leg.most, trips, false, carries, Vec::new(), region);
        Ok(from.with_leaves(&mut all.into_iter()))
    }
}
