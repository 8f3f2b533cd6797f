//! The time grid of a solve, made once on the host.
//!
//! Landmarks are the start, the kept times, the times of events and jumps of inputs, and the end. Each interval `[a, b]` between two of them is
//! cut into `⌈(b − a) / dt · (1 − 2⁻⁴⁰)⌉` equal steps; step `k` of it starts at `fma(k, h, a)`. So
//! every landmark is met exactly, and no step is longer than `dt` (but for rounding).

/// Steps in order, with what is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeGrid {
    /// Start of each step.
    pub times: Vec<f64>,
    /// Length of each step.
    pub lengths: Vec<f64>,
    /// The row that keeps the state after the step, or −1.
    pub rows: Vec<i64>,
    /// Whether the start is kept too, before row 0.
    pub keeps_start: bool,
    /// How many rows there are.
    pub kept: u64,
    /// Longest and shortest step.
    pub step_range: (f64, f64),
}

/// Why there is no grid.
#[derive(Clone, Debug, PartialEq)]
pub enum GridError {
    /// `dt` is not a positive number.
    Step(f64),
    /// A time is not a number.
    NotFinite(f64),
    /// A kept time lies before the start.
    BeforeStart {
        /// The kept time.
        time: f64,
        /// The start.
        start: f64,
    },
    /// Kept times do not increase.
    Order(f64, f64),
    /// More steps than [`MOST_STEPS`].
    TooMany(f64),
    /// More draws along a path than `MOST_DRAWS`.
    TooManyDraws(f64),
}

/// More steps than this are refused: the grid alone would take 2.4 GB.
pub const MOST_STEPS: f64 = 1e8;

/// More draws of a path than this are refused: blocks of the stream are numbered by 32 bits, two draws
/// in each, and a number that wraps would repeat the noise.
pub(crate) const MOST_DRAWS: f64 = 8_589_934_592.0;

/// The grid from `start` that keeps the states at `kept`, which increase, with steps up to `dt`.
///
/// # Errors
///
/// See [`GridError`].
pub fn time_grid(start: f64, kept: &[f64], dt: f64) -> Result<TimeGrid, GridError> {
    time_grid_by(start, kept, &[], dt)
}

/// The same grid where steps end at other times, too, which increase and are not kept.
pub(crate) fn time_grid_by(
    start: f64,
    kept: &[f64],
    stops: &[f64],
    dt: f64,
) -> Result<TimeGrid, GridError> {
    validate(start, kept, dt)?;
    if stops.len() as f64 > MOST_STEPS {
        return Err(GridError::TooMany(stops.len() as f64));
    }
    let keeps_start = kept.first() == Some(&start);
    let after_start = &kept[usize::from(keeps_start)..];
    let mut grid = TimeGrid {
        times: Vec::new(),
        lengths: Vec::new(),
        rows: Vec::new(),
        keeps_start,
        kept: after_start.len() as u64,
        step_range: (f64::INFINITY, 0.0),
    };
    let mut from = start;
    for (row, &to) in (0..).zip(after_start) {
        let between = stops.partition_point(|&stop| stop <= from);
        for &stop in stops[between..].iter().take_while(|&&stop| stop < to) {
            grid.interval(from, stop, dt, -1);
            from = stop;
        }
        grid.interval(from, to, dt, row);
        from = to;
    }
    Ok(grid)
}

/// The grid of a solve that chooses its steps: kept times only. `dt` is its first step, if given.
pub(crate) fn landmarks_only(
    start: f64,
    kept: &[f64],
    dt: Option<f64>,
) -> Result<TimeGrid, GridError> {
    validate(start, kept, dt.unwrap_or(f64::INFINITY).min(f64::MAX))?;
    let keeps_start = kept.first() == Some(&start);
    Ok(TimeGrid {
        times: Vec::new(),
        lengths: Vec::new(),
        rows: Vec::new(),
        keeps_start,
        kept: kept.len() as u64 - u64::from(keeps_start),
        step_range: (0.0, 0.0),
    })
}

fn validate(start: f64, kept: &[f64], dt: f64) -> Result<(), GridError> {
    if !(dt > 0.0 && dt.is_finite()) {
        return Err(GridError::Step(dt));
    }
    if let Some(&bad) = std::iter::once(&start).chain(kept).find(|time| !time.is_finite()) {
        return Err(GridError::NotFinite(bad));
    }
    if let Some(&time) = kept.iter().find(|&&time| time < start) {
        return Err(GridError::BeforeStart { time, start });
    }
    if let Some(pair) = kept.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(GridError::Order(pair[0], pair[1]));
    }
    let steps = kept.last().map_or(0.0, |end| (end - start) / dt) + kept.len() as f64;
    if steps > MOST_STEPS { Err(GridError::TooMany(steps)) } else { Ok(()) }
}

impl TimeGrid {
    /// Whether there are steps, all of one length to the bit.
    pub fn is_even(&self) -> bool {
        let mut lengths = self.lengths.iter();
        lengths.next().is_some_and(|first| lengths.all(|h| h.to_bits() == first.to_bits()))
    }

    fn interval(&mut self, from: f64, to: f64, dt: f64, row: i64) {
        let slack = 1.0 - (-40.0_f64).exp2();
        let steps = ((to - from) / dt * slack).ceil().max(1.0);
        let length = (to - from) / steps;
        self.step_range = (self.step_range.0.min(length), self.step_range.1.max(length));
        // At most `MOST_STEPS`, so that the conversion is exact.
        let steps = steps as u64;
        for k in 0..steps {
            self.times.push((k as f64).mul_add(length, from));
            self.lengths.push(length);
            self.rows.push(if k + 1 == steps { row } else { -1 });
        }
    }

    /// Number of steps.
    pub fn steps(&self) -> u64 {
        self.times.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landmarks_are_met_and_steps_are_equal_between_them() {
        let grid = time_grid(0.0, &[0.0, 0.25, 1.0], 0.1).unwrap();
        assert!(grid.keeps_start);
        assert_eq!(grid.steps(), 3 + 8);
        assert_eq!(grid.rows, [-1, -1, 0, -1, -1, -1, -1, -1, -1, -1, 1]);
        assert_eq!(grid.times[3], 0.25);
        assert_eq!(grid.lengths[3], 0.75 / 8.0);
        assert!(!grid.is_even());
    }

    #[test]
    fn a_step_that_divides_the_interval_up_to_rounding_is_kept() {
        let grid = time_grid(0.0, &[1.0], 1.0 / 252.0).unwrap();
        assert_eq!(grid.steps(), 252);
        assert!(grid.is_even());
        assert_eq!(time_grid(0.0, &[0.3], 0.1).unwrap().steps(), 3);
    }

    #[test]
    fn impossible_grids_are_refused() {
        assert_eq!(time_grid(0.0, &[1.0], 0.0), Err(GridError::Step(0.0)));
        assert_eq!(
            time_grid(0.0, &[-1.0], 0.1),
            Err(GridError::BeforeStart { time: -1.0, start: 0.0 })
        );
        assert_eq!(time_grid(0.0, &[1.0, 1.0], 0.1), Err(GridError::Order(1.0, 1.0)));
        assert!(matches!(time_grid(0.0, &[1e12], 0.1), Err(GridError::TooMany(_))));
        assert!(!time_grid(0.0, &[0.0], 0.1).unwrap().is_even());
    }
}
