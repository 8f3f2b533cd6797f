//! Models.

use sdec_base::{Diagnostic, Help, Span};

use super::smooth::subject;
use super::{helped, labelled, meant};
use crate::smooth::{Flaw, What};

/// The function that a message is about.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// Its name.
    pub(crate) name: String,
    /// Where that stands.
    pub(crate) span: Span,
    /// Its last parameter.
    pub(crate) last: Option<Span>,
}

/// What can be wrong with a model.
#[derive(Clone, Debug)]
pub(crate) enum ModelError {
    /// `~` where nothing is random.
    Draw { name: String, span: Span, whole: Span, function: Option<Signature> },
    /// A declaration of `t`, `t0` or `t1`.
    TimeName { name: String, span: Span },
    /// An init or a noise of something that is no state.
    NoState { written: String, span: Span, states: Vec<String>, similar: Option<String> },
    /// An equation of something that is no state.
    NotAState {
        name: String,
        span: Span,
        declared: Option<(Span, &'static str)>,
        missing: Vec<String>,
    },
    /// A differential of an undeclared noise.
    NoNoise { written: String, span: Span, noises: Vec<(String, Span)>, equation: Span },
    /// A noise of an unknown type.
    NoiseType { span: Span, written: String, similar: Option<String> },
    /// `mark J of W` of something that does not jump; noises that do.
    NoJumps { written: String, span: Span, noises: Vec<(String, Span)> },
    /// A mark in an expression that is no coefficient of its noise.
    MarkOutside { name: String, span: Span },
    /// `D.mark` in an expression that is no coefficient of `dD`.
    MarkOfEvent { name: String, span: Span },
    /// `D.mark` of events that are times alone.
    NoMarks { name: String, declared: Span, span: Span },
    /// Events that move states whatever their marks.
    UnreadMarks { name: String, span: Span },
    /// Events that nothing reads.
    IdleEvents { name: String, marked: bool, span: Span },
    /// A rate of jumps that is no expression of one number.
    JumpRate { span: Span },
    /// Noises of both conventions.
    TwoConventions { first: Span, second: Span },
    /// A state without an initial condition.
    NoInit { name: String, span: Span, value: String, positive: bool },
    /// A state with two.
    TwoInits { name: String, first: Span, second: Span },
    /// A state without an equation.
    NoEquation { name: String, span: Span },
    /// A state, or an entry of it, with two.
    TwoEquations { name: String, first: Span, second: Span },
    /// Equations for some entries only.
    MissingEntry { name: String, missing: Option<String>, number: bool, span: Span },
    /// An index on something that has no entries.
    EntryOfNumber { name: String, ty: String, span: Span },
    /// An addend without a differential.
    NoDifferential { span: Span, bound: Option<Span>, help: Option<Help> },
    /// `dt[0]`
    IndexedTime { span: Span },
    /// `_ dW` in a model.
    Hole { span: Span },
    /// A coefficient that does not carry the noise to the state.
    NoiseFit {
        state: (String, String),
        noise: (String, String),
        coefficient: Option<(Span, String)>,
        /// The declared type of the coefficient, if it is a parameter.
        param: Option<Span>,
        /// What follows the noise's name in its declaration, if that is Itô and of it alone.
        declared: Option<Span>,
        by: Span,
        coordinates: Option<String>,
        noises: Option<String>,
        diagonal: bool,
        /// Whether a noise like the state would fit.
        like: bool,
        matrix: Option<String>,
    },
    /// A coefficient that does not take the differential of another state, of a path or of events to the state.
    DifferentialFit {
        state: (String, String),
        by: (String, String),
        coefficient: Option<(Span, String)>,
        /// The declared type of the coefficient, if it is a parameter.
        param: Option<Span>,
        span: Span,
        /// The type of a coefficient that fits.
        matrix: Option<String>,
    },
    /// A model that reads what it observes.
    ReadsObserved {
        name: String,
        observed: Span,
        span: Span,
        states: Vec<String>,
        model: String,
        ty: String,
    },
    /// `dx` on the right side of its own equation, directly or through others: the states on the way, and where
    /// each needs the next.
    CircularEquations { name: String, span: Span, states: Vec<(String, Span)> },
    /// The differential of a path that jumps, with a steep curve in place of the jump.
    TornPath { name: String, flaw: Flaw, smoothed: Option<String>, span: Span },
    /// A differential that leads through too many equations.
    LongChain { most: usize, span: Span },
    /// Differentials of states that stand for too much.
    LargeEquations { most: usize, span: Span },
    /// Something known before the path starts that reads a state.
    ReadsState {
        what: &'static str,
        init: Option<String>,
        state: String,
        given: Option<Span>,
        span: Span,
        /// Whether its value at the start can be read: it is earlier, and read directly.
        early: bool,
    },
    /// `t` in the value of a parameter or an input.
    ReadsTime { name: String, span: Span },
    /// A start value outside the support.
    OutsideConstraint { name: String, constraint: String, declared: Span, span: Span },
    /// A parameter that nothing reads.
    UnusedParameter { name: String, span: Span },
}

impl From<ModelError> for Diagnostic {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Draw { name, span, whole, function } => draw(&name, span, whole, function),
            ModelError::TimeName { name, span } => {
                Diagnostic::error("E0206", format!("`{name}` is a time"), span)
                    .label(span, "t, t0 and t1 cannot be declared")
                    .note("t is the time, t0 the start and t1 the end of a path")
            }
            ModelError::NoState { written, span, states, similar } => {
                let found = Diagnostic::error("E0205", format!("there is no state called `{written}`"), span)
                    .label(span, "not a state of this model");
                match (similar, states.is_empty()) {
                    (similar @ Some(_), _) => meant(found, span, similar),
                    (None, false) => found.help(format!("its states: {}", states.join(", "))),
                    (None, true) => found,
                }
            }
            ModelError::NotAState { name, span, declared, missing } => {
                not_a_state(&name, span, declared, &missing)
            }
            ModelError::NoNoise { written, span, noises, equation } => {
                no_noise(&written, span, &noises, equation)
            }
            ModelError::NoiseType { written, span, similar } => {
                let found = Diagnostic::error("E0412", format!("`{written}` is not a noise"), span)
                    .label(span, "Brownian, Stratonovich or Poisson(rate), or a table of one of them");
                match similar {
                    _ if written == "Poisson" => Diagnostic::error("E0412", "how often does this noise jump?", span)
                        .label(span, "no rate")
                        .help("say how many jumps a unit of time has:")
                        .put_after(span, "(0.5)"),
                    Some(_) => meant(found, span, similar),
                    None => found
                        .help("one noise:")
                        .edit(span, "Brownian")
                        .help("three of it, as in  noise W : 3 => Brownian"),
                }
            }
            ModelError::NoJumps { written, span, noises } => {
                let title = format!("no noise called `{written}` jumps");
                let found = Diagnostic::error("E0203", title, span)
                    .label(span, "a mark is drawn at the jumps of a noise");
                match noises.as_slice() {
                    [(name, declared)] => found
                        .label(*declared, "the only noise that jumps")
                        .help("did you mean this one:")
                        .edit(span, name.clone()),
                    _ => found.help(format!("declare one, as in  noise {written} : Poisson(0.5)")),
                }
            }
            ModelError::MarkOutside { name, span } => {
                Diagnostic::error("E0210", format!("`{name}` has a value at jumps only"), span)
                    .label(span, "here no jump takes place")
                    .help(format!("read it in a term with the differential of its noise, as in  {name} dN"))
            }
            ModelError::MarkOfEvent { name, span } => {
                Diagnostic::error("E0210", format!("`{name}.mark` has a value at events only"), span)
                    .label(span, "here no event takes place")
                    .help(format!("read it in a term with `d{name}`, as in  dx = -x dt + {name}.mark d{name}"))
            }
            ModelError::NoMarks { name, declared, span } => {
                Diagnostic::error("E0210", format!("the events of `{name}` have no marks"), span)
                    .label(declared, "these are times alone")
                    .label(span, "nothing is known of an event but its time")
                    .help(format!("say what is known of an event, as in  input {name} : Events(Float)"))
            }
            ModelError::IdleEvents { name, marked, span } => {
                let mark = if marked { format!("{name}.mark ") } else { String::new() };
                Diagnostic::warning("W0207", format!("events `{name}` are never used"), span)
                    .label(span, "they move no state")
                    .help(format!("add a term to an equation, as in  dx = -x dt + {mark}d{name}"))
            }
            ModelError::UnreadMarks { name, span } => {
                Diagnostic::warning("W0207", format!("the marks of `{name}` are never read"), span)
                    .label(span, "this counts the events, whatever their marks")
                    .help("multiply by the mark:")
                    .put_before(span, format!("{name}.mark "))
            }
            ModelError::JumpRate { span } => {
                Diagnostic::error("E0412", "`Poisson` takes the rate of the jumps", span)
                    .label(span, "one number, and perhaps what it stays below")
                    .help("give a longer expression a name, as in  let rate = exp(a * x) / 2  and  Poisson(rate)")
                    .help("a rate that reads states may need a bound, as in  Poisson(rate, bound = 10)")
            }
            ModelError::TwoConventions { first, second } => {
                Diagnostic::error("E0408", "a model has one convention", second)
                    .label(first, "this noise has one …")
                    .label(second, "… and this noise the other")
                    .note("Brownian is Itô, Stratonovich is Stratonovich; the convention belongs to the model")
            }
            ModelError::NoInit { name, span, value, positive } => {
                let law = if positive { "LogNormal(0, 0.1)" } else { "Normal(0, 1)" };
                Diagnostic::error("E0401", format!("state `{name}` has no initial condition"), span)
                    .label(span, "declared here, never given a value at t0")
                    .help("fixed:")
                    .line_below(span, format!("init  {name} = {value}"))
                    .help("random:")
                    .line_below(span, format!("init  {name} ~ {law}"))
            }
            ModelError::TwoInits { name, first, second } => {
                Diagnostic::error("E0401", format!("state `{name}` has two initial conditions"), second)
                    .label(first, "one here")
                    .label(second, "and one here")
            }
            ModelError::NoEquation { name, span } => {
                Diagnostic::error("E0402", format!("state `{name}` has no equation"), span)
                    .label(span, "nothing says how it moves")
                    .help("if nothing moves it:")
                    .line_below(span, format!("d{name} = zeros dt"))
            }
            ModelError::TwoEquations { name, first, second } => {
                Diagnostic::error("E0402", format!("state `{name}` has two equations"), second)
                    .label(first, "one here")
                    .label(second, "and one here")
            }
            ModelError::MissingEntry { name, missing, number, span } => {
                let found = Diagnostic::error("E0402", format!("some entries of `{name}` have no equation"), span)
                    .label(span, "one equation for each entry, or one for all");
                let zero = if number { "0" } else { "zeros" };
                match missing {
                    Some(entry) => found
                        .help("if nothing moves it:")
                        .line_below(span, format!("d{name}[{entry}] = {zero} dt")),
                    None => found,
                }
            }
            ModelError::EntryOfNumber { name, ty, span } => {
                Diagnostic::error("E0315", format!("`{name}` has no entries"), span)
                    .label(span, format!("{name} : {ty}"))
            }
            ModelError::NoDifferential { span, bound, help } => {
                let found = Diagnostic::error("E0103", "every term of an SDE needs a differential", span)
                    .label(span, "no dt and no dW here");
                let found = labelled(found, bound, "`dt` binds only to this product");
                helped(found, help)
            }
            ModelError::IndexedTime { span } => {
                Diagnostic::error("E0412", "`dt` has no entries", span)
                    .label(span, "there is one time")
            }
            ModelError::Hole { span } => {
                Diagnostic::error("E0412", "`_` stands for the prior's diffusion", span)
                    .label(span, "and this model has no prior")
                    .help("write the coefficient")
            }
            fit @ ModelError::NoiseFit { .. } => noise_fit(fit),
            ModelError::DifferentialFit { state, by, coefficient, param, span, matrix } => {
                let title = format!("`d{}` does not fit the state `{}`", by.0, state.0);
                let at = coefficient.as_ref().map_or(span, |(at, _)| *at);
                let mut found = Diagnostic::error("E0303", title, at);
                if let Some((at, ty)) = &coefficient {
                    found = found.label(*at, ty);
                }
                found = found
                    .label(span, format!("d{} is {}, {} is {}", by.0, by.1, state.0, state.1))
                    .note(format!(
                        "the coefficient of d{} is a number where both are of one type, and else has the axes of {} and then those of {}",
                        by.0, state.0, by.0
                    ));
                if let Some((at, ty)) = &coefficient
                    && ty.starts_with("Events(")
                {
                    return found.help("the mark of the event:").put_after(*at, ".mark");
                }
                let Some(matrix) = matrix else { return found };
                match (param, coefficient) {
                    (Some(param), _) => {
                        found.help("a coefficient that fits:").edit(param, matrix)
                    }
                    (None, None) => found
                        .help("a coefficient that fits:")
                        .line_above(span, format!("param g : {matrix} = ones"))
                        .put_before(span, "g "),
                    (None, Some(_)) => {
                        found.help(format!("a coefficient that fits, as in  param g : {matrix} = ones"))
                    }
                }
            }
            ModelError::CircularEquations { name, span, states } => circular(&name, span, &states),
            ModelError::TornPath { name, flaw, smoothed, span } => torn(&name, &flaw, smoothed, span),
            ModelError::LongChain { most, span } => {
                let title = "this differential leads through too many equations";
                let label = format!("at most {most} may follow each other");
                Diagnostic::error("E0318", title, span)
                    .label(span, label)
                    .note("the differential of a state stands for the right side of its equation")
            }
            ModelError::LargeEquations { most, span } => {
                let title = "differentials of states stand for too much in this model";
                let label = format!("with this, more than {most} operations");
                Diagnostic::error("E0318", title, span)
                    .label(span, label)
                    .note("the differential of a state stands for the right side of its equation")
            }
            ModelError::ReadsState { what, init, state, given, span, early } => {
                reads_state(what, init, &state, given, span, early)
            }
            ModelError::ReadsTime { name, span } => {
                let title = "a parameter or an input is the same at all times";
                Diagnostic::error("E0405", title, span)
                    .label(span, format!("`{name}` is known only while a path is solved"))
                    .help("name what changes with the time in the model, as in  let v = 1 + t")
            }
            ModelError::ReadsObserved { name, observed, span, states, model, ty } => {
                Diagnostic::error("E0503", "the prior cannot look at the data", span)
                    .label(span, "the observed values are used to generate themselves")
                    .label(observed, format!("{name} is an observation of this model"))
                    .help(format!("to infer {} from {name}, as in  posterior Q of {model} given {name}", states.join(", ")))
                    .help("to condition on covariates:")
                    .line_above(span, format!("input {name} : {ty}"))
            }
            ModelError::OutsideConstraint { name, constraint, declared, span } => {
                Diagnostic::error("E0602", format!("the value of `{name}` is not {constraint}"), span)
                    .label(declared, "declared here")
                    .label(span, format!("outside {constraint}"))
                    .help("if any number will do:")
                    .edit(declared, "Real")
            }
            ModelError::UnusedParameter { name, span } => {
                Diagnostic::warning("W0207", format!("parameter `{name}` is never used"), span)
                    .label(span, "its gradient is zero and it will stay as it is")
                    .help(format!("remove it, or name it `_{name}` to keep it on purpose"))
                    .put_before(span, "_")
            }
        }
    }
}

fn torn(name: &str, flaw: &Flaw, smoothed: Option<String>, span: Span) -> Diagnostic {
    let title = format!("`{name}` jumps, which its derivative does not see");
    let found = Diagnostic::error("E0704", title, span)
        .label(flaw.span, format!("{} jumps as the time goes on", subject(flaw)))
        .label(span, format!("the derivative of `{name}`, which no jump is part of"));
    let events = "what happens at given times is an input of events, as in  input D : Events = Doses.given[0]";
    if flaw.what == What::Lookup {
        return found
            .help("give what stays between observations an input of its own, as in  input H : Path(Float) = hold(xs)")
            .note("the differential of a path that is `hold(xs)` and nothing else moves the state at each observation");
    }
    let meets = flaw.name == "if" && flaw.sides.is_none();
    let curve = smoothed.map(|text| Help::new("a steep curve in its place:").edit(flaw.span, text));
    let meet = meets.then(|| {
        let help = Help::new("where both sides meet, say so:");
        help.put_before(flaw.span, "smooth(").put_after(flaw.span, ")")
    });
    helped(helped(found, curve), meet).help(events)
}

fn circular(name: &str, span: Span, states: &[(String, Span)]) -> Diagnostic {
    let mut found =
        Diagnostic::error("E0204", format!("the equation of `{name}` needs itself"), span);
    let needed = states.iter().skip(1).map(|(state, _)| state.as_str()).chain([name]);
    for ((state, at), needed) in states.iter().zip(needed).take(3) {
        found = found.label(*at, format!("d{state} needs d{needed} here"));
    }
    found.note("the differential of a state stands for the right side of its equation")
}

fn draw(name: &str, span: Span, whole: Span, function: Option<Signature>) -> Diagnostic {
    const NOTE: &str = "`~` may appear in param, init, observe and mark clauses, and in objective and estimate blocks";
    let Some(Signature { name: def, span: declared, last }) = function else {
        return Diagnostic::error("E0404", "a random draw where nothing is random", span)
            .label(span, "draws need a source of randomness")
            .help(format!("a value is bound with `=`, as in  let {name} = 0"))
            .note(NOTE);
    };
    let found = Diagnostic::error("E0404", "a random draw inside a function", span)
        .label(declared, "functions are pure: same input, same output")
        .label(span, "draws need a source of randomness");
    let found = match last {
        Some(last) => {
            found.help("pass it in:").put_after(last, format!(", {name}: Float")).edit(whole, "")
        }
        None => found.help(format!("pass it in, as in  def {def}({name}: Float)")),
    };
    found
        .help(format!(
            "or return the law, as in  def {def}(x: Float) -> Dist(Float) = Normal(x, 0.1)"
        ))
        .note(NOTE)
}

fn not_a_state(
    name: &str,
    span: Span,
    declared: Option<(Span, &'static str)>,
    missing: &[String],
) -> Diagnostic {
    let found =
        Diagnostic::error("E0205", format!("`d{name}`: there is no state called `{name}`"), span);
    let found = match declared {
        Some((declared, what)) => {
            found.label(declared, format!("… {what}")).label(span, "an equation for …")
        }
        None => found.label(span, "an equation for a state that is not declared"),
    };
    match (missing, declared) {
        ([state], _) => found
            .help(format!("did you mean `d{state}`? the state `{state}` has no equation yet:"))
            .edit(span, format!("d{state}")),
        (_, None) => found
            .help("declare it:")
            .line_above(span, format!("state {name} : Real"))
            .line_above(span, format!("init  {name} = 0")),
        _ => found,
    }
}

fn no_noise(written: &str, span: Span, noises: &[(String, Span)], equation: Span) -> Diagnostic {
    let found = Diagnostic::error("E0203", format!("no noise is called `{written}`"), span);
    let declaration = format!("noise {written} : Brownian");
    let found = match noises {
        [(name, declared)] => found
            .label(*declared, "the only noise of this model")
            .label(span, "a differential of an undeclared noise")
            .help("to use the declared noise:")
            .edit(span, format!("d{name}"))
            .help("to add an independent one:")
            .line_below(*declared, declaration),
        [(_, declared), ..] => found
            .label(span, "a differential of an undeclared noise")
            .help("to add an independent one:")
            .line_below(*declared, declaration),
        [] => found
            .label(span, "a differential of an undeclared noise")
            .help("to declare it:")
            .line_above(equation, declaration),
    };
    found.note("noises are declared so that sharing one between equations is always a choice")
}

fn noise_fit(error: ModelError) -> Diagnostic {
    let ModelError::NoiseFit {
        state,
        noise,
        coefficient,
        param,
        declared,
        by,
        coordinates,
        noises,
        diagonal,
        like,
        matrix,
    } = error
    else {
        unreachable!("called for this variant")
    };
    let mut found = Diagnostic::error(
        "E0303",
        "diffusion does not fit the noise",
        coefficient.as_ref().map_or(by, |(span, _)| *span),
    );
    if let Some((span, ty)) = &coefficient {
        let what = if diagonal {
            format!("{ty}: a diagonal, so it needs one noise per coordinate of {}", state.0)
        } else {
            ty.clone()
        };
        found = found.label(*span, what);
    }
    let shape = noise.1.replace("Float", "Brownian");
    let counts = match (&noises, &coordinates) {
        (Some(n), Some(m)) => {
            format!("{} : {shape} has {n} noises, {} has {m} coordinates", noise.0, state.0)
        }
        (Some(n), None) => {
            format!("{} : {shape} has {n} noises, {} is one number", noise.0, state.0)
        }
        (None, _) => format!("{} : {shape} is one noise, {} : {}", noise.0, state.0, state.1),
    };
    found = found.label(by, counts);
    let (noise_name, state_name) = (&noise.0, &state.0);
    found = match (coordinates.is_some() && like, declared) {
        (true, Some(declared)) => found
            .help("one independent noise per coordinate:")
            .edit(declared, format!(" like {state_name}")),
        (true, None) => found.help(format!(
            "one independent noise per coordinate, as in  noise {noise_name} like {state_name}"
        )),
        (false, _) => found,
    };
    if let (Some(matrix), Some(n)) = (matrix, noises) {
        let what = match &coordinates {
            Some(_) => format!("{n} noises shared by all coordinates"),
            None => format!("one coefficient for each of the {n} noises"),
        };
        found = match (param, &coefficient) {
            (Some(param), _) => found.help(format!("{what}:")).edit(param, matrix),
            (None, None) => found
                .help(format!("{what}:"))
                .line_above(by, format!("param g : {matrix} = ones"))
                .put_before(by, "g "),
            (None, Some(_)) => found.help(format!("{what}, as in  param g : {matrix} = ones")),
        };
    }
    let maps = match &coordinates {
        Some(n) => {
            format!("Float (isotropic), {n} => Float (diagonal) or {n} => m => Float (general)")
        }
        None => format!("{} for one noise, m => Float for a table of m noises", state.1),
    };
    found.note(format!("a coefficient of d{} maps noise to state: {maps}", noise.0))
}

fn reads_state(
    what: &'static str,
    init: Option<String>,
    state: &str,
    given: Option<Span>,
    span: Span,
    early: bool,
) -> Diagnostic {
    let title = format!("{what} cannot depend on a state");
    let found = Diagnostic::error("E0405", title, span);
    let found = labelled(found, given, "its value at t0 is given here");
    let found =
        found.label(span, format!("{state} is a function of time; at t0 it is not known yet"));
    match init {
        Some(name) if name != state && early => {
            found.help("write the value at t0:").put_after(span, "(t0)")
        }
        Some(name) if name != state => {
            found.help(format!("declare `{state}` before `{name}`, and read  {state}(t0)"))
        }
        _ => found,
    }
}
