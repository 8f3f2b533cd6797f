//! What was seen of the states of a stochastic equation, time by time, and the paths of its likelihood.

use std::collections::BTreeMap;

use sdec_lower::to_ssa::OfRow;

use super::pack::ByPath;
use super::series::Rows;
use super::units::{Units, inputs};

/// A time at which something was seen in a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) time: f64,
    /// Of each state what was seen.
    seen: Vec<Option<Vec<f64>>>,
    /// Whether its density counts: not if it only says where what is held out goes on from.
    counts: bool,
}

impl Moment {
    fn is_whole(&self) -> bool {
        self.seen.iter().all(Option::is_some)
    }
}

/// A place in the data where an observation is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    /// The number of the state.
    pub(super) state: usize,
    /// In which row.
    pub(super) row: usize,
    /// When.
    pub(super) time: f64,
}

/// What the law of the start is good for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law<'a> {
    /// The `start` of the settings.
    pub(super) start: Option<f64>,
    /// Whether it counts where a row begins.
    pub(super) counts: bool,
    /// Where a filter knows it: of each state whether it is drawn.
    pub(super) drawn: Option<&'a [bool]>,
}

/// What was seen of the states in each row, by time; or where a state was seen more than once.
pub(super) fn moments(data: &Rows, states: &[usize]) -> Result<Vec<Vec<Moment>>, Gap> {
    (0..data.count).map(|row| of_row(data, states, row)).collect()
}

fn of_row(data: &Rows, states: &[usize], row: usize) -> Result<Vec<Moment>, Gap> {
    let mut seen: Vec<(f64, usize, &[f64])> = Vec::new();
    for (state, &k) in states.iter().enumerate() {
        let (series, width) = (&data.observed[k][row], data.widths[k]);
        for (place, &time) in series.times.iter().enumerate() {
            if series.present[place] {
                seen.push((time, state, &series.entries[place * width..][..width]));
            }
        }
    }
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut moments: Vec<Moment> = Vec::new();
    for (time, state, entries) in seen {
        if moments.last().is_none_or(|last| last.time != time) {
            let counts = !data.held.contains(&row) || data.held_from.is_none_or(|at| time >= at);
            moments.push(Moment { time, seen: vec![None; states.len()], counts });
        }
        let slot = moments.last_mut().map(|last| &mut last.seen[state]);
        match slot {
            Some(slot @ None) => *slot = Some(entries.to_vec()),
            _ => return Err(Gap { state, row, time }),
        }
    }
    Ok(moments)
}

/// The first time at which some states were seen and others not.
pub(super) fn gap(rows: &[Vec<Moment>]) -> Option<Gap> {
    rows.iter().enumerate().find_map(|(row, moments)| {
        let moment = moments.iter().find(|moment| !moment.is_whole())?;
        Some(Gap { state: missing(moment)?, row, time: moment.time })
    })
}

fn missing(moment: &Moment) -> Option<usize> {
    moment.seen.iter().position(Option::is_none)
}

/// A path: where it begins, and what is seen after that.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    row: usize,
    from: f64,
    known: Vec<Option<Vec<f64>>>,
    /// Whether the density of what is known there counts.
    counts: bool,
    moments: Vec<Moment>,
}

impl Stretch {
    /// Times and lengths of what is between its moments.
    fn legs(&self) -> (Vec<f64>, Vec<f64>) {
        let before = std::iter::once(self.from).chain(self.moments.iter().map(|m| m.time));
        let legs = before.zip(&self.moments);
        legs.map(|(from, moment)| (from, moment.time - from)).unzip()
    }
}

/// The paths of a filter; or a state that is missing where a row begins though nothing is known of it.
pub(super) fn filtered(
    data: &Rows,
    states: &[usize],
    rows: Vec<Vec<Moment>>,
    law: Law<'_>,
) -> Result<Units, Gap> {
    let is_later = |moments: &Vec<Moment>| match (law.start, moments.first()) {
        (Some(start), Some(first)) => start < first.time,
        _ => false,
    };
    let starts_before = law.counts && law.drawn.is_none() && rows.iter().any(is_later);
    let mut all = Vec::new();
    for (row, moments) in rows.into_iter().enumerate() {
        if let Some(whole) = begin(row, moments, law, data.held.contains(&row))? {
            all.push(whole);
        }
    }
    let pieces: Vec<Vec<Stretch>> = all.into_iter().map(cut).collect();
    let lengths = pieces.iter().flatten().map(|piece| piece.moments.len());
    let most = lengths.max().unwrap_or(0).max(1);
    let paths: Vec<Stretch> = pieces.into_iter().flat_map(|row| joined(row, most)).collect();
    Ok(Units { starts_before, ..packed(data, states, &paths, most) })
}

/// A row from its beginning on; none where it says nothing.
fn begin(
    row: usize,
    mut moments: Vec<Moment>,
    law: Law<'_>,
    is_held: bool,
) -> Result<Option<Stretch>, Gap> {
    let Some(first) = moments.first() else { return Ok(None) };
    let earlier = law.start.filter(|&start| start < first.time);
    let gap = |state| Gap { state, row, time: first.time };
    let has_law = law.counts && (law.drawn.is_some() || earlier.is_none());
    let counts = has_law && !is_held;
    match (law.drawn, earlier) {
        (Some(_), Some(from)) if law.counts && !(is_held && first.is_whole()) => {
            let known = vec![None; first.seen.len()];
            return Ok(Some(Stretch { row, from, known, counts, moments }));
        }
        (Some(drawn), _) if law.counts => {
            let unknown = |state: &usize| first.seen[*state].is_none() && !drawn[*state];
            if let Some(state) = (0..first.seen.len()).find(unknown) {
                return Err(gap(state));
            }
        }
        _ => {
            if let Some(state) = missing(first) {
                return Err(gap(state));
            }
        }
    }
    let first = moments.remove(0);
    let is_used = counts || !moments.is_empty();
    let (from, known) = (first.time, first.seen);
    Ok(is_used.then_some(Stretch { row, from, known, counts, moments }))
}

/// A row in pieces, each of which ends where all states were seen: what follows depends on nothing before.
fn cut(mut rest: Stretch) -> Vec<Stretch> {
    let mut pieces = Vec::new();
    while let Some(end) = rest.moments.iter().position(Moment::is_whole) {
        let last = &rest.moments[end];
        let (from, known) = (last.time, last.seen.clone());
        let moments = rest.moments.split_off(end + 1);
        let next = Stretch { row: rest.row, from, known, counts: false, moments };
        pieces.push(std::mem::replace(&mut rest, next));
    }
    if rest.counts || !rest.moments.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Pieces of a row one after another, as long as the longest piece: paths of about the same length.
fn joined(pieces: Vec<Stretch>, most: usize) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for piece in pieces {
        match all.last_mut() {
            Some(last) if last.moments.len() + piece.moments.len() <= most => {
                last.moments.extend(piece.moments);
            }
            _ => all.push(piece),
        }
    }
    all
}

fn packed(data: &Rows, states: &[usize], paths: &[Stretch], most: usize) -> Units {
    let (froms, lengths) = paths.iter().map(Stretch::legs).unzip();
    let marks = |seen: &[bool]| seen.iter().map(|&mark| i64::from(mark)).collect::<Vec<i64>>();
    let mut own = BTreeMap::from([
        (OfRow::LegTimes, ByPath::Float(froms)),
        (OfRow::LegSteps, ByPath::Float(lengths)),
    ]);
    let of_paths = |f: &dyn Fn(&Stretch) -> Vec<i64>| ByPath::Int(paths.iter().map(f).collect());
    own.insert(OfRow::LegCounts, of_paths(&|path| vec![path.moments.len() as i64]));
    let counts = of_paths(&|path| {
        let moments = path.moments.iter().map(|moment| moment.counts);
        marks(&std::iter::once(path.counts).chain(moments).collect::<Vec<bool>>())
    });
    own.insert(OfRow::Counts, counts);
    for (state, &k) in states.iter().enumerate() {
        let width = data.widths[k];
        let entries =
            |seen: &[Option<Vec<f64>>]| seen[state].clone().unwrap_or_else(|| vec![0.0; width]);
        let before = paths.iter().map(|path| entries(&path.known)).collect();
        own.insert(OfRow::Before(k, 0), ByPath::Float(before));
        own.insert(OfRow::Known(k), of_paths(&|path| marks(&[path.known[state].is_some()])));
        let later = paths.iter().map(|path| {
            path.moments.iter().flat_map(|moment| entries(&moment.seen)).collect::<Vec<f64>>()
        });
        own.insert(OfRow::Datum(k, 0), ByPath::Float(later.collect()));
        let present = of_paths(&|path| {
            let seen = path.moments.iter().map(|moment| moment.seen[state].is_some());
            marks(&seen.collect::<Vec<bool>>())
        });
        own.insert(OfRow::Present(k), present);
    }
    inputs(data, |rows| paths.iter().map(|path| rows[path.row].clone()).collect(), &mut own);
    let first = (0..=data.count).map(|row| paths.partition_point(|path| path.row < row)).collect();
    Units { own, first, most: Some(most as u64), ..Units::default() }
}

/// One path for each pair of neighbouring times of a row, at which all states were seen. Where the law of the
/// start counts, a row's first path has it, and a row that was seen once is a path too.
pub(super) fn transitions(
    data: &Rows,
    states: &[usize],
    rows: &[Vec<Moment>],
    law: Law<'_>,
) -> Units {
    let mut first = vec![0];
    let (mut froms, mut lengths) = (Vec::new(), Vec::new());
    let mut ends = vec![(Vec::new(), Vec::new(), Vec::new()); states.len()];
    let mut counts = Vec::new();
    let mut starts_before = false;
    let mut row_of = Vec::new();
    for (row, moments) in rows.iter().enumerate() {
        // The part of a series that is held out goes on from the other.
        let has_law = law.counts && !data.held.contains(&row);
        let is_later = |start: f64| moments.first().is_some_and(|first| start < first.time);
        let is_left_out = has_law && law.start.is_some_and(is_later);
        starts_before |= is_left_out;
        let has_law = has_law && !is_left_out;
        let lone = match moments.as_slice() {
            [only] if has_law => vec![[only, only]],
            _ => Vec::new(),
        };
        let pairs = moments.windows(2).map(|pair| [&pair[0], &pair[1]]);
        for (nth, [from, to]) in pairs.chain(lone).enumerate() {
            let is_alone = from.time == to.time;
            froms.push(vec![from.time]);
            lengths.push(vec![if is_alone { 1.0 } else { to.time - from.time }]);
            counts.push(vec![i64::from(has_law && nth == 0), i64::from(!is_alone)]);
            row_of.push(row);
            for (state, (before, after, start)) in ends.iter_mut().enumerate() {
                let entries = |moment: &Moment| moment.seen[state].clone().unwrap_or_default();
                before.push(entries(from));
                after.push(entries(to));
                start.push(entries(&moments[0]));
            }
        }
        first.push(row_of.len());
    }
    let mut own = BTreeMap::from([
        (OfRow::LegTimes, ByPath::Float(froms)),
        (OfRow::LegSteps, ByPath::Float(lengths)),
    ]);
    for (&k, (before, after, start)) in states.iter().zip(ends) {
        own.insert(OfRow::Before(k, 0), ByPath::Float(before));
        own.insert(OfRow::Datum(k, 0), ByPath::Float(after));
        if law.counts {
            own.insert(OfRow::Start(k, 0), ByPath::Float(start));
        }
    }
    if law.counts {
        own.insert(OfRow::Counts, ByPath::Int(counts));
    }
    inputs(data, |rows| row_of.iter().map(|&row| rows[row].clone()).collect(), &mut own);
    Units { own, first, starts_before, ..Units::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(time: f64, seen: [bool; 2]) -> Moment {
        let seen = seen.map(|seen| seen.then(|| vec![time])).to_vec();
        Moment { time, seen, counts: true }
    }

    #[test]
    fn rows_are_cut_where_all_was_seen_and_joined_to_paths_of_one_length() {
        let whole = [true, true];
        let marks =
            [whole, whole, [true, false], [false, true], whole, whole, whole, whole, [true, false]];
        let moments = (1_u32..).zip(marks).map(|(k, seen)| moment(f64::from(k), seen)).collect();
        let row = Stretch { row: 0, from: 0.0, known: vec![None; 2], counts: true, moments };
        let pieces = cut(row);
        let lengths = |all: &[Stretch]| all.iter().map(|p| p.moments.len()).collect::<Vec<_>>();
        assert_eq!(lengths(&pieces), [1, 1, 3, 1, 1, 1, 1]);
        let paths = joined(pieces, 3);
        assert_eq!(lengths(&paths), [2, 3, 3, 1]);
        assert_eq!(paths.iter().map(|path| path.from).collect::<Vec<_>>(), [0.0, 2.0, 5.0, 8.0]);
        assert_eq!(
            paths.iter().map(|path| path.counts).collect::<Vec<_>>(),
            [true, false, false, false]
        );
        assert_eq!(paths[1].known, [Some(vec![2.0]), Some(vec![2.0])]);
        assert_eq!(paths[1].legs(), (vec![2.0, 3.0, 4.0], vec![1.0; 3]));
    }

    #[test]
    fn a_row_begins_where_something_is_known_of_all_states() {
        let law = |start, counts, drawn| Law { start, counts, drawn };
        let moments = || vec![moment(1.0, [true, false]), moment(2.0, [true, true])];
        let gap = |state| Gap { state, row: 0, time: 1.0 };
        assert_eq!(
            begin(0, moments(), law(None, false, Some(&[false, false])), false),
            Err(gap(1))
        );
        assert_eq!(begin(0, moments(), law(None, true, None), false), Err(gap(1)));
        assert_eq!(begin(0, moments(), law(None, true, Some(&[true, false])), false), Err(gap(1)));
        let found = begin(0, moments(), law(Some(1.0), true, Some(&[false, true])), false);
        let found = found.unwrap().unwrap();
        assert_eq!((found.from, found.counts, found.moments.len()), (1.0, true, 1));
        let found = begin(0, moments(), law(Some(0.5), true, Some(&[true, true])), false);
        let found = found.unwrap().unwrap();
        assert_eq!((found.from, found.known, found.moments.len()), (0.5, vec![None, None], 2));
    }
}
