//! When inputs move states: which impulses there are at each point of a time grid.

use sdec_hir as hir;
use sdec_lower::to_ssa::{self, OfImpulses};

use crate::TimeGrid;
use crate::inputs::HostArray;

/// Times that differ by this much, relative to their size, are one.
const SAME: f64 = 8.0 * f64::EPSILON;

/// The times of impulses of a model's inputs, before there is a grid.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    /// Of each input, in order: those of events, all of them, or those at which a path may jump.
    of: Vec<OfInput>,
}

/// Of one input.
#[derive(Clone, Debug)]
struct OfInput {
    times: Vec<f64>,
    is_path: bool,
}

/// Impulses along a grid.
#[derive(Clone, Debug, Default)]
pub(crate) struct Impulses {
    /// Start, and end of each step; or start and landmarks.
    points: Vec<f64>,
    /// Of points where steps are chosen those that are kept, as places among the points, or among the points after
    /// the start where that is not kept.
    kept: Vec<i64>,
    of: Vec<Along>,
    /// Where rows of data have their own.
    of_rows: Option<to_ssa::Impulses>,
}

#[derive(Clone, Debug)]
struct Along {
    first: Vec<i64>,
    count: Vec<i64>,
    times: Vec<f64>,
}

impl Times {
    /// Those of a model, of whose expressions the arrays are given in order: counts of observations, times, values.
    /// A time next to a kept one is that one.
    pub(crate) fn new<'v>(
        program: &hir::Program,
        model: &hir::Model,
        values: &mut impl Iterator<Item = &'v [HostArray]>,
        start: f64,
        kept: &[f64],
    ) -> Self {
        let mut of = Vec::new();
        for impulse in &model.impulses {
            let is_path = matches!(program.locals[impulse.input].ty, hir::Ty::Function(..));
            let mut times = Vec::new();
            for _ in &impulse.times {
                let Some([count, all, ..]) = values.next() else { continue };
                let count = count.to_floats().first().map_or(0, |&count| count as usize);
                times.extend(all.to_floats().into_iter().take(count));
            }
            let near = |time: &mut f64| {
                let mut known = kept.iter().chain(std::iter::once(&start));
                let same = known.find(|&&other| (other - *time).abs() <= SAME * time.abs());
                *time = *same.unwrap_or(time);
            };
            times.iter_mut().for_each(near);
            if is_path {
                times.retain(|&time| time > start);
                times.sort_by(f64::total_cmp);
                times.dedup();
            }
            of.push(OfInput { times, is_path });
        }
        Self { of }
    }

    /// The times between the start and the end at which something happens.
    pub(crate) fn stops(&self, start: f64, end: f64) -> Vec<f64> {
        let all = self.of.iter().flat_map(|of| &of.times).copied();
        let mut stops: Vec<f64> = all.filter(|&time| start < time && time < end).collect();
        stops.sort_by(f64::total_cmp);
        stops.dedup();
        stops
    }

    /// Impulses along a grid of steps of given length.
    pub(crate) fn along(&self, start: f64, end: f64, grid: &TimeGrid) -> Impulses {
        let mut points = vec![start];
        if grid.steps() > 0 {
            points.extend(grid.times.iter().skip(1));
            points.push(end);
        }
        self.at(points, Vec::new(), start)
    }

    /// Impulses along landmarks, of which some are kept.
    pub(crate) fn along_landmarks(&self, start: f64, kept: &[f64]) -> Impulses {
        let end = kept.last().copied().unwrap_or(start);
        let mut points = self.stops(start, end);
        points.push(start);
        points.extend(kept);
        points.sort_by(f64::total_cmp);
        points.dedup();
        let keeps_start = kept.first() == Some(&start);
        let place = |time: &f64| {
            let point = points.partition_point(|point| point < time);
            i64::try_from(point).unwrap_or(i64::MAX) - i64::from(!keeps_start)
        };
        let rows = kept.iter().map(place).collect();
        self.at(points, rows, start)
    }

    fn at(&self, points: Vec<f64>, kept: Vec<i64>, start: f64) -> Impulses {
        let of = self.of.iter().map(|of| {
            let below = |time: &f64| of.times.partition_point(|other| other < time);
            let until = |time: &f64| of.times.partition_point(|other| other <= time);
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            let times = match of.is_path {
                true => [&[start], of.times.as_slice()].concat(),
                false => Vec::new(),
            };
            Along {
                first: points.iter().map(|time| number(below(time))).collect(),
                count: points.iter().map(|time| number(until(time) - below(time))).collect(),
                times,
            }
        });
        let of = of.collect();
        Impulses { points, kept, of, of_rows: None }
    }
}

impl Impulses {
    /// Those that rows of data have for themselves.
    pub(crate) fn of_rows(shape: to_ssa::Impulses) -> Self {
        Self { of_rows: Some(shape), ..Self::default() }
    }

    /// What a program has to know of them.
    pub(crate) fn shape(&self) -> to_ssa::Impulses {
        if let Some(shape) = &self.of_rows {
            return shape.clone();
        }
        let of = self.of.iter().map(|along| to_ssa::ImpulsesOf {
            most: along.count.iter().max().map_or(0, |&most| most.unsigned_abs()),
            times: along.times.len().saturating_sub(1) as u64,
        });
        to_ssa::Impulses { points: self.points.len() as u64, of: of.collect() }
    }

    /// An array of them.
    pub(crate) fn array(&self, of: OfImpulses) -> HostArray {
        match of {
            OfImpulses::First(k) => HostArray::Int(self.of[k].first.clone()),
            OfImpulses::Count(k) => HostArray::Int(self.of[k].count.clone()),
            OfImpulses::Times(k) => HostArray::Float(self.of[k].times.clone()),
            OfImpulses::Points => HostArray::Float(self.points.clone()),
            OfImpulses::Kept => HostArray::Int(self.kept.clone()),
        }
    }
}
