//! Derivatives of estimates that do not exist, or that would be wrong.

use sdec_base::{Diagnostic, Help, Span};
use sdec_hir::Estimator;

use super::helped;
use crate::smooth::{Flaw, What};

/// A law that may be differentiated instead of paths.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Law {
    OfPaths,
    /// Where nothing else is drawn.
    OfStart,
}

/// What can be wrong with a derivative of an estimate.
#[derive(Clone, Debug)]
pub(crate) enum SmoothError {
    /// The value does not depend on the parameter.
    NoEffect { name: String, estimate: String, span: Span },
    /// The value jumps where the parameter moves it.
    Jump {
        flaw: Flaw,
        name: String,
        by: Span,
        flat: bool,
        estimator: Estimator,
        law: Option<Law>,
        smoothed: Option<String>,
    },
    /// A second derivative of a value with a kink.
    SecondOfKink {
        flaw: Flaw,
        names: [String; 2],
        by: Span,
        estimator: Estimator,
        law: Option<Law>,
        smoothed: Option<String>,
    },
    /// An equation or an initial value jumps where the parameter moves it.
    MovingSwitch { flaw: Flaw, name: String },
    /// A draw of a whole number whose law the parameter moves.
    Discrete { law: &'static str, name: String, by: Span, span: Span },
    /// A likelihood ratio of a model without noise.
    NoNoise { model: String, declared: Span, span: Span },
    /// A score of a model that draws nothing at its start.
    NothingDrawn { model: String, declared: Span, span: Span },
    /// A score of a law whose support moves with the parameter.
    MovingSupport { at: Span, name: String, by: Span },
    /// A likelihood ratio where noises mix.
    Unpaired { why: String, at: Span, span: Span },
    /// A likelihood ratio with a method whose step has no Gaussian density.
    NoDensity { method: String, at: Span, span: Span },
}

impl From<SmoothError> for Diagnostic {
    fn from(error: SmoothError) -> Self {
        match error {
            SmoothError::NoEffect { name, estimate, span } => {
                let title = format!("the value of `{estimate}` does not depend on `{name}`");
                Diagnostic::warning("W0706", title, span)
                    .label(span, "this derivative is zero whatever happens")
            }
            SmoothError::Jump { flaw, name, by, flat, estimator, law, smoothed } => {
                jump(&flaw, &name, by, flat, (estimator, law), smoothed)
            }
            SmoothError::SecondOfKink { flaw, names, by, estimator, law, smoothed } => {
                second_of_kink(&flaw, &names, by, (estimator, law), smoothed)
            }
            SmoothError::MovingSwitch { flaw, name } => {
                let title = format!("`{name}` moves a path across a jump");
                let found =
                    Diagnostic::warning("W0704", title, flaw.span).label(flaw.span, jumps(&flaw));
                let found = match flaw.what {
                    What::Branch if flaw.name == "if" => found.help(format!("if that matters, smooth it, as in  b + (a - b) * sigmoid((x - {name}) / 0.01)  for  if x > {name} then a else b")),
                    What::Branch
                    | What::Derivative
                    | What::Kink
                    | What::Flat
                    | What::Lookup => found,
                };
                found.note("derivatives follow the branch that each path takes; what the parameter gains or loses by moving paths across is left out")
            }
            SmoothError::Discrete { law, name, by, span } => {
                let title = format!("`{law}` cannot be reparameterised");
                let moves =
                    format!("a discrete draw: its value does not move smoothly with `{name}`");
                let found = Diagnostic::error("E0703", title, span)
                    .label(span, moves)
                    .label(by, "so this derivative would miss how often each value is drawn")
                    .help("sum it out, as in  p * loss(1) + (1 - p) * loss(0)");
                let found =
                    found.help("differentiate the law of the start, as in  estimator = score");
                match law {
                    "Bernoulli" => found.help("relax it, as in  RelaxedBernoulli(p, 0.5)"),
                    _ => found,
                }
            }
            SmoothError::NoNoise { model, declared, span } => {
                let title = format!("`{model}` has no noise, so its paths have no density");
                Diagnostic::error("E0705", title, span)
                    .label(declared, "no noise here")
                    .label(span, "differentiates the density of the paths")
                    .help("give the value no jumps and differentiate along the paths")
            }
            SmoothError::NothingDrawn { model, declared, span } => {
                let title = format!("`{model}` draws nothing at its start, so there is no score");
                Diagnostic::error("E0705", title, span)
                    .label(declared, "no `init … ~` here")
                    .label(span, "differentiates the law of what is drawn at the start")
                    .help("give the value no jumps and differentiate along the paths")
            }
            SmoothError::MovingSupport { at, name, by } => {
                let title = format!("`{name}` moves where the law begins or ends");
                Diagnostic::error("E0705", title, at)
                    .label(at, format!("its density jumps at a place that `{name}` moves"))
                    .label(by, "a score differentiates the density, which sees no jump")
                    .help("draw from a law that stays where it is, and scale the draw in an equation or the value")
            }
            SmoothError::Unpaired { why, at, span } => {
                Diagnostic::error("E0705", "noises that mix have no likelihood ratio yet", span)
                    .label(at, why)
                    .label(span, "needs one channel of noise for each entry that is driven")
                    .help("give the value no jumps and differentiate along the paths")
            }
            SmoothError::NoDensity { method, at, span } => {
                let title = format!("the steps of `{method}` have no known density");
                let found = Diagnostic::error("E0705", title, at)
                    .label(at, "its step is not affine in the increment of the noise");
                let found = if at == span { found } else { found.label(span, "needs it") };
                let end = at.start + u32::try_from(method.len()).unwrap_or(0);
                let found = match at == span {
                    true => found,
                    false => found.help("a step that has one:").edit(Span { end, ..at }, "euler"),
                };
                found.note("given where it starts, a step that is affine in its Gaussian increment is Gaussian")
            }
        }
    }
}

fn jump(
    flaw: &Flaw,
    name: &str,
    by: Span,
    flat: bool,
    (estimator, law): (Estimator, Option<Law>),
    smoothed: Option<String>,
) -> Diagnostic {
    if flat && estimator == Estimator::Pathwise {
        let title = format!("`{}` has no derivative", flaw.name);
        let found = Diagnostic::error("E0701", title, flaw.span)
            .label(flaw.span, format!("the value depends on `{name}` only through this"))
            .label(by, "so this derivative would be zero along every path");
        let chooses = matches!(flaw.name.as_str(), "argmax" | "argmin");
        let weighed = Help::new("or weigh all entries, as in  sum i. softmax(score)[i] * value[i]");
        let found = of_law(found, by, flaw.span, law);
        let found = helped(found, chooses.then_some(weighed));
        return found
            .help(format!("where zero is meant, say so, as in  stop_gradient({}(…))", flaw.name));
    }
    let curve = |words: &str| {
        let words = words.to_owned();
        smoothed.map(|text| Help::new(words).edit(flaw.span, text))
    };
    if estimator != Estimator::Pathwise {
        let (held, why) = match estimator {
            Estimator::Score => ("start", "a score differentiates the law of the start only"),
            Estimator::Pathwise | Estimator::LikelihoodRatio { .. } => {
                ("path", "a likelihood ratio differentiates the law of the path only")
            }
        };
        let title = format!("the value jumps as `{name}` moves, whatever the {held}");
        let found = Diagnostic::error("E0704", title, flaw.span)
            .label(flaw.span, format!("{} jumps where `{name}` says", subject(flaw)))
            .label(by, why);
        return helped(found, curve("a steep curve in its place:"));
    }
    let title = "the value jumps, so its average has another derivative than its paths";
    let crossed =
        format!("moves it across, which no path sees: a derivative by `{name}` would be wrong");
    let found = Diagnostic::error("E0704", title, flaw.span)
        .label(flaw.span, format!("{} jumps", subject(flaw)))
        .label(by, crossed);
    helped(
        of_law(found, by, flaw.span, law),
        curve(if law.is_some() {
            "or a steep curve in its place:"
        } else {
            "a steep curve in its place:"
        }),
    )
}

/// Offers to differentiate a law instead.
fn of_law(found: Diagnostic, wrt: Span, value: Span, law: Option<Law>) -> Diagnostic {
    let (law, setting) = match law {
        Some(Law::OfStart) => ("the law of the start", "estimator = score"),
        Some(Law::OfPaths) => ("the law of the paths", "estimator = likelihood_ratio"),
        None => return found,
    };
    if wrt.source == value.source {
        found.help(format!("differentiate {law}:")).line_below(wrt, setting)
    } else {
        found.help(format!("differentiate {law}, as in  {setting}"))
    }
}

fn second_of_kink(
    flaw: &Flaw,
    names: &[String; 2],
    by: Span,
    (estimator, law): (Estimator, Option<Law>),
    smoothed: Option<String>,
) -> Diagnostic {
    let [a, b] = names;
    let of = if a == b { format!("`{a}`") } else { format!("`{a}` and `{b}`") };
    let title = format!("the second derivative by {of} misses a kink");
    let found = Diagnostic::error("E0702", title, by)
        .label(flaw.span, format!("{} has a kink", subject(flaw)))
        .label(by, "a second derivative of it is zero on both sides");
    let found = if estimator == Estimator::Score {
        found.note("with the start fixed the kink still moves, so the law of the start does not hold all of it")
    } else if estimator != Estimator::Pathwise {
        found.note("with the path fixed the kink still moves, so the law of the path does not hold all of it")
    } else {
        of_law(found, by, flaw.span, law)
            .note("the average of these zeros is not the second derivative of the average, which the kink makes")
    };
    helped(found, smoothed.map(|text| Help::new("round the corner:").edit(flaw.span, text)))
}

/// What jumps, between which limits where they are known.
fn jumps(flaw: &Flaw) -> String {
    let subject = subject(flaw);
    match &flaw.sides {
        Some([a, b]) if flaw.name == "if" => {
            format!("{subject} jumps: {a} on one side, {b} on the other")
        }
        Some(_) | None => format!("{subject} jumps here"),
    }
}

pub(super) fn subject(flaw: &Flaw) -> String {
    match flaw.what {
        What::Branch if flaw.name == "this comparison" => flaw.name.clone(),
        What::Branch if flaw.name == "if" => "this `if`".to_owned(),
        What::Derivative => format!("the derivative of `{}`", flaw.name),
        What::Branch | What::Kink | What::Flat | What::Lookup => format!("`{}`", flaw.name),
    }
}
