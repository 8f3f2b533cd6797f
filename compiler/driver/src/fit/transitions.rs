//! Which paths the likelihood of a stochastic equation has whose states are seen without error.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, Bend, Partial};

use super::moments::{self, Gap, Law};
use super::series::Rows;
use super::units::Units;

/// A stochastic equation whose states are seen without error.
pub(super) struct Seen<'a> {
    pub(super) program: &'a hir::Program,
    pub(super) model: &'a hir::Model,
    /// For each state, the observation that shows it.
    pub(super) states: &'a [usize],
    /// Whether some state is drawn at the start, and whether that is wanted.
    pub(super) law: bool,
    pub(super) counts_start: bool,
    pub(super) start: Option<f64>,
    pub(super) partial: Option<Partial>,
}

/// The paths of its likelihood: those of a filter where some states were not seen at a time, or where the law of
/// the start is to be carried to what was seen first.
pub(super) fn paths(of: &Seen<'_>, data: &Rows) -> Result<Units, Box<Diagnostic>> {
    let observation = |gap: &Gap| &of.model.observations[of.states[gap.state]];
    let rows = moments::moments(data, of.states)
        .map_err(|twice| Box::new(seen_twice(observation(&twice), &twice)))?;
    let gap = moments::gap(&rows);
    let drawn: Vec<bool> = of.model.inits.iter().map(|init| init.draw.is_some()).collect();
    let has_filter = match of.partial {
        Some(Partial::Filter(filter)) => of.law && filter.start.is_some(),
        Some(Partial::Bent(..)) | None => false,
    };
    let drawn = has_filter.then_some(&drawn[..]);
    let first = rows.iter().filter_map(|moments| moments.first());
    let is_earlier = |start| first.clone().any(|first| start < first.time);
    let is_carried = of.start.is_some_and(is_earlier) || of.model.joint_start().is_some();
    let carries_start = drawn.is_some() && is_carried;
    if gap.is_none() && !carries_start {
        let law = Law { start: of.start, counts: of.law && of.counts_start, drawn: None };
        return Ok(moments::transitions(data, of.states, &rows, law));
    }
    if let (Some(gap), Some(Partial::Bent(at, bend))) = (gap, of.partial) {
        return Err(Box::new(bent(observation(&gap), &gap, at, bend)));
    }
    let law = Law { start: of.start, counts: of.law, drawn };
    moments::filtered(data, of.states, rows, law).map_err(|gap| {
        let init = of.model.inits.get(gap.state).filter(|init| init.draw.is_some());
        let state = &of.program.locals[of.model.states[gap.state].local].name;
        Box::new(unknown_start(observation(&gap), &gap, (state, init)))
    })
}

fn place(gap: &Gap) -> String {
    format!("in row {}, at time {}", gap.row + 1, gap.time)
}

fn bent(seen: &hir::Observation, gap: &Gap, at: Span, bend: Bend) -> Diagnostic {
    let title = format!("`{}` is missing where other states were observed", seen.name);
    let why = match bend {
        Bend::Drift => {
            "this is not linear in the states, so that the law of what was not seen is not normal"
        }
        Bend::Diffusion => {
            "the noise reads the states, so that the law of what was not seen is not normal"
        }
        Bend::Time => {
            "this reads the time, along which nothing is linearised between what was seen"
        }
    };
    Diagnostic::error("E0616", title, seen.span)
        .label(seen.span, place(gap))
        .label(at, why)
        .help("leave out the lines on which a state is missing")
}

fn unknown_start(
    seen: &hir::Observation,
    gap: &Gap,
    (state, init): (&str, Option<&hir::Init>),
) -> Diagnostic {
    let title = format!("`{}` is missing where its row begins", seen.name);
    let found = Diagnostic::error("E0616", title, seen.span).label(seen.span, place(gap));
    match init {
        Some(init) => found
            .label(init.span, "this law is not normal, so that what was not seen of it is not integrated out")
            .help("begin each row with a line on which every state was seen"),
        None => found
            .note("what was seen later depends on where the state was, of which nothing is known")
            .help(format!(
                "begin each row with a line on which every state was seen, or give the start a law, as in  init {state} ~ Normal(0, 1)"
            )),
    }
}

fn seen_twice(seen: &hir::Observation, twice: &Gap) -> Diagnostic {
    let title = format!("`{}` was observed twice at one time", seen.name);
    Diagnostic::error("E0616", title, seen.span)
        .label(seen.span, place(twice))
        .note("a state that is seen without error has one value at a time")
        .help("leave out one of the two lines")
}
