//! Commands, their settings, and methods.

use sdec_base::{Diagnostic, Help, Span};
use sdec_hir::{Convention, Gradient, NoiseClass};

use super::{counted, helped, labelled, meant};

/// What can be wrong with a setting.
#[derive(Clone, Debug)]
pub(crate) enum SettingError {
    /// No setting has this name.
    Unknown { key: String, span: Span, block: String, similar: Option<String> },
    /// `adam(batch = 64)`: a setting of the fit, with its value as written.
    OfTheFit { key: String, span: Span, choice: String, value: String },
    /// No setting of a command has this name, nor a near one.
    Unheard { key: String, span: Span, block: &'static str, known: String },
    /// What another tool sets by itself is said within another setting.
    Within { key: String, span: Span, block: &'static str, words: &'static str },
    /// `decay = 0.9`
    Decay { span: Span },
    /// A setting of other commands.
    Elsewhere { key: String, span: Span, block: &'static str, legal: String },
    /// A count that is too small.
    TooFew { key: String, span: Span },
    /// `times` that are no table of numbers.
    Times { found: String, span: Span },
    /// A setting whose value is one of some words.
    Word { key: String, words: String, span: Span, similar: Option<String> },
    /// `elbo(3)`: something takes other arguments.
    Takes { key: String, words: String, span: Span },
    /// A setting whose value is a file.
    File { key: String, span: Span },
    /// A setting of a method that is zero or negative.
    NotPositive { key: String, span: Span },
    /// A tolerance for a method whose steps all have one length.
    FixedSteps { key: String, method: String, name: Span, others: Vec<String>, span: Span },
    /// `solver = 3`
    NoMethod { span: Span },
    /// No method has this name.
    UnknownMethod { written: String, span: Span, known: String, similar: Option<String> },
    /// `euler(0.1)`
    Unnamed { value: Span, method: String, key: &'static str },
    /// `paths = 10.5`
    NotWhole { key: String, span: Span, whole: Option<String> },
    /// A method for ODEs and a model with noise.
    OdeMethod {
        method: String,
        model: String,
        noise: Option<Span>,
        convention: Option<Convention>,
        span: Span,
    },
    /// A method for SDEs only and a model without noise.
    SdeMethod { method: String, model: String, span: Span },
    /// `coords = log` where no state is positive; the first one.
    NothingPositive { name: String, declared: Span, span: Span },
    /// A method that is not for this class of noise.
    Class {
        method: String,
        class: NoiseClass,
        model: String,
        reason: Vec<(String, Span)>,
        noise: Option<Span>,
        fitting: Vec<String>,
        span: Span,
    },
    /// A gradient that the method does not allow.
    Gradient {
        gradient: Gradient,
        method: String,
        others: Vec<String>,
        fitting: Vec<String>,
        solver: Span,
        span: Span,
    },
}

/// `an `estimate``
fn a_block(block: &str) -> String {
    let article = if block.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} `{block}`")
}

fn no_setting(key: &str, block: &str) -> String {
    format!("`{key}` is not a setting of {}", a_block(block))
}

impl From<SettingError> for Diagnostic {
    fn from(error: SettingError) -> Self {
        match error {
            SettingError::Unknown { key, span, block, similar } => {
                let title = no_setting(&key, &block);
                let found = Diagnostic::error("E0209", title, span).label(span, "unknown setting");
                meant(found, span, similar)
            }
            SettingError::OfTheFit { key, span, choice, value } => {
                let title = format!("`{key}` is not a setting of `{choice}`");
                Diagnostic::error("E0209", title, span)
                    .label(span, "a setting of the fit")
                    .help(format!("it stands on a line of its own, as in  {key} = {value}"))
            }
            SettingError::Unheard { key, span, block, known } => {
                let title = no_setting(&key, block);
                let said = Diagnostic::error("E0209", title, span).label(span, "unknown setting");
                match key.as_str() {
                    "device" => {
                        said.help("what computes is chosen on the command line, by `--backend`")
                    }
                    _ => said.note(format!("{} has: {known}", a_block(block))),
                }
            }
            SettingError::Within { key, span, block, words } => {
                let title = no_setting(&key, block);
                Diagnostic::error("E0209", title, span)
                    .label(span, "a part of another setting")
                    .help(words)
            }
            SettingError::Decay { span } => Diagnostic::error(
                "E0209",
                "`decay` could be of weights or of the learning rate",
                span,
            )
            .label(span, "which one?")
            .help("the learning rate's:")
            .edit(span, "lr_decay"),
            SettingError::Elsewhere { key, span, block, legal } => {
                let title = no_setting(&key, block);
                Diagnostic::error("E0209", title, span)
                    .label(span, format!("a setting of: {legal}"))
            }
            SettingError::TooFew { key, span } => {
                Diagnostic::error("E0413", format!("`{key}` is too small"), span)
                    .label(span, "a positive whole number is needed")
            }
            SettingError::Times { found, span } => {
                Diagnostic::error("E0413", "`times` is a table of times", span)
                    .label(span, found)
                    .help("one time:")
                    .wrap(span, "[", "]")
                    .help("many times, as in  times = linspace(0, 1, 11)")
            }
            SettingError::Word { key, words, span, similar } => {
                let said = Diagnostic::error("E0413", format!("`{key}` is one of: {words}"), span)
                    .label(span, "none of them");
                meant(said, span, similar)
            }
            SettingError::Takes { key, words, span } => {
                Diagnostic::error("E0413", format!("`{key}` takes {words}"), span)
                    .label(span, "something else")
            }
            SettingError::File { key, span } => {
                Diagnostic::error("E0413", format!("`{key}` is the name of a file"), span)
                    .label(span, "no text")
                    .help("its name is a text in quotes:")
                    .edit(span, "\"paths.npz\"")
            }
            SettingError::NotPositive { key, span } => {
                let what =
                    if key == "dt" { "the step size".to_owned() } else { format!("`{key}`") };
                Diagnostic::error("E0413", format!("{what} must be positive"), span)
                    .label(span, "not positive")
            }
            SettingError::FixedSteps { key, method, name, others, span } => {
                let title = format!("`{method}` takes steps of one length");
                let found = Diagnostic::error("E0403", title, name)
                    .label(name, "it does not estimate its error")
                    .label(span, format!("so `{key}` says nothing to it"));
                others.iter().fold(found, |found, other| {
                    found.help("a method that chooses its steps:").edit(name, other)
                })
            }
            SettingError::NoMethod { span } => {
                Diagnostic::error("E0211", "`solver` is a method", span)
                    .label(span, "no method")
                    .help("a method with its step, as in  solver = euler(dt = 0.01)")
            }
            SettingError::UnknownMethod { written, span, known, similar } => {
                let found = Diagnostic::error("E0211", format!("unknown method `{written}`"), span)
                    .label(span, "no method has this name");
                meant(found, span, similar).note(format!("methods: {known}"))
            }
            SettingError::Unnamed { value, method, key } => {
                let title = format!("what `{method}` is given has a name");
                let what = if key == "dt" { "the step?" } else { "which setting?" };
                Diagnostic::error("E0209", title, value)
                    .label(value, what)
                    .help("write:")
                    .put_before(value, format!("{key} = "))
            }
            SettingError::NotWhole { key, span, whole } => {
                let found = Diagnostic::error("E0413", format!("`{key}` is a whole number"), span)
                    .label(span, "not whole");
                let help = |whole| Help::new("write:").edit(span, whole);
                helped(found, whole.map(help))
            }
            SettingError::OdeMethod { method, model, noise, convention, span } => {
                let title = format!("`{method}` is for models without noise");
                let (kind, instead) = match convention {
                    Some(Convention::Stratonovich) => ("Stratonovich", "heun"),
                    _ => ("Itô", "euler"),
                };
                labelled(Diagnostic::error("E0403", title, span), noise, "this model has noise")
                    .label(span, format!("`{model}` is stochastic"))
                    .help(format!("any {kind} noise:"))
                    .edit(span, instead)
            }
            SettingError::NothingPositive { name, declared, span } => {
                Diagnostic::error("E0403", "`coords = log` is for positive states", span)
                    .label(declared, "no state of this model is declared as `Positive`")
                    .label(span, "a number that may be negative has no logarithm")
                    .help(format!(
                        "say that it is, as in  state {name} : Positive, or leave this out"
                    ))
            }
            SettingError::SdeMethod { method, model, span } => {
                let title = format!("`{method}` is for models with noise");
                Diagnostic::error("E0403", title, span)
                    .label(span, format!("`{model}` has none"))
                    .help("without noise:")
                    .edit(span, "rk4")
            }
            SettingError::Class { method, class, model, reason, noise, fitting, span } => {
                // Reasons say which coefficients do not commute.
                let found = if reason.is_empty() {
                    let title = format!("`{method}` is not for {class} noise");
                    let found = Diagnostic::error("E0403", title, span)
                        .label(span, "no order of convergence for this noise");
                    labelled(found, noise, &format!("{class} noise"))
                } else {
                    let title = format!("`{method}` needs commutative noise");
                    let found = Diagnostic::error("E0403", title, span)
                        .label(span, "would need Lévy areas for this model");
                    reason.into_iter().fold(found, |found, (why, at)| found.label(at, why))
                };
                let found = fitting.iter().fold(found, |found, name| {
                    found.help(format!("for {class} noise:")).edit(span, name)
                });
                found.note(format!("the compiler found: {class} noise; `sdec check` shows which noise drives which state of `{model}`, and the methods for it; so does `:noise {model}` at the prompt"))
            }
            SettingError::Gradient { gradient, method, others, fitting, solver, span } => {
                let name = gradient.name();
                let why = match gradient {
                    Gradient::Reversible => "undoes each step, with a method that can",
                    Gradient::Backprop | Gradient::Forward | Gradient::Adjoint => {
                        "not with this method"
                    }
                };
                let title = format!("`gradient = {name}` is not for `{method}`");
                let found = Diagnostic::error("E0403", title, span)
                    .label(span, why)
                    .label(solver, "this method");
                // The method's name is written first.
                let start = solver.start as usize;
                let named = Span::new(solver.source, start, start + method.len());
                let found = fitting.iter().fold(found, |found, other| {
                    found.help(format!("a method for `{name}`:")).edit(named, other)
                });
                let found = others.first().into_iter().fold(found, |found, other| {
                    found.help(format!("a gradient for `{method}`:")).edit(span, other)
                });
                found.note(format!("gradients for `{method}`: {}", others.join(", ")))
            }
        }
    }
}

/// What can be wrong with a method's declaration.
#[derive(Clone, Debug)]
pub(crate) enum MethodError {
    /// Neither `Ito` nor `Stratonovich`.
    Convention { written: String, span: Span },
    /// An order that is no positive number.
    Order { key: String, span: Span },
    /// A method without a step for a class of noise that its facts speak of.
    NoStep { name: String, class: Option<NoiseClass>, carries: bool, span: Span },
    /// A function of a method with other parameters.
    Parameters { function: String, wanted: &'static str, span: Span },
    /// A function that no method has.
    Function { written: String, similar: Option<String>, span: Span },
    /// `back` without `start`.
    BackWithoutStart { span: Span },
    /// A carry that is made of something else than numbers.
    Carry { found: String, span: Span },
}

impl From<MethodError> for Diagnostic {
    fn from(error: MethodError) -> Self {
        match error {
            MethodError::Convention { written, span } => {
                Diagnostic::error("E0411", format!("unknown convention `{written}`"), span)
                    .label(span, "Ito or Stratonovich")
                    .help("as in Itô's calculus:")
                    .edit(span, "Ito")
                    .help("as in ordinary calculus:")
                    .edit(span, "Stratonovich")
            }
            MethodError::Order { key, span } => {
                Diagnostic::error("E0411", format!("`{key}` is an order"), span)
                    .label(span, "a positive number is needed")
                    .help("for example:")
                    .edit(span, "1 / 2")
            }
            MethodError::NoStep { name, class, carries, span } => {
                let label = match class {
                    None => "this method".to_owned(),
                    Some(NoiseClass::None) => {
                        "its facts speak of models without noise, which no step is for".to_owned()
                    }
                    Some(class) => {
                        format!("its facts speak of {class} noise, which no step is for")
                    }
                };
                let step = if carries {
                    "def step(f, g, t, h, c, y, w) = { y = y + h * f(t, y) + g(t, y, w), carry = c }"
                } else {
                    "def step(f, g, t, h, y, w) = y + h * f(t, y) + g(t, y, w)"
                };
                Diagnostic::error("E0411", format!("method `{name}` has no step"), span)
                    .label(span, label)
                    .help("for example:")
                    .line_below(span, format!("  {step}"))
            }
            MethodError::Parameters { function, wanted, span } => {
                let count = wanted.matches(',').count() + 1;
                let title = format!("`{function}` has {count} parameters");
                Diagnostic::error("E0411", title, span)
                    .label(span, format!("def {function}{wanted}"))
                    .note(
                        "drift f(t, y), diffusion g(t, y, w), time t, step h, carry c, state y, increment w",
                    )
            }
            MethodError::Function { written, similar, span } => meant(
                Diagnostic::error("E0411", format!("no method has a function `{written}`"), span)
                    .label(span, "start, step or back"),
                span,
                similar,
            ),
            MethodError::BackWithoutStart { span } => {
                Diagnostic::error("E0411", "`back` needs a carry", span)
                    .label(span, "this method has no `start`")
                    .note("a step is undone from the state and the carry after it")
            }
            MethodError::Carry { found, span } => {
                Diagnostic::error("E0411", "a carry is made of numbers", span).label(span, found)
            }
        }
    }
}

/// What can be wrong with a command.
#[derive(Clone, Debug)]
pub(crate) enum CommandError {
    /// A command of something that is no model.
    NotAModel { written: String, span: Span, similar: Option<String> },
    /// `fit D to M`, with data and model in turn.
    Swapped { data: String, model: String, span: Span },
    /// A size without a number.
    NoSize {
        size: String,
        model: String,
        declared: Span,
        command: &'static str,
        /// The last size that the command gives.
        given: Option<Span>,
        span: Span,
    },
    /// A size that the model does not have.
    UnknownSize { written: String, span: Span, model: String, similar: Option<String> },
    /// `sample M(n)`
    SizeWithoutNumber { name: String, span: Span },
    /// A parameter or input without a value.
    NoValue {
        name: String,
        what: &'static str,
        declared: Span,
        /// The declared type, and whether it is that of one number.
        ty: Option<(Span, bool)>,
        /// How a declaration with a value looks, of what follows the time.
        along: Option<String>,
        span: Span,
    },
    /// An estimate without a value.
    NoEstimate { name: String, state: Option<String>, span: Span },
    /// `wrt` that is no list.
    WrtList { span: Span, name: bool },
    /// An entry of `wrt` that is no name.
    WrtName { span: Span },
    /// `[a, b, c]` in `wrt`.
    WrtPair { found: usize, span: Span },
    /// An entry of `wrt` that is neither input nor parameter.
    NotDifferentiable { written: String, span: Span, model: String, similar: Option<String> },
}

impl From<CommandError> for Diagnostic {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::NotAModel { written, span, similar } => meant(
                Diagnostic::error("E0211", format!("there is no model `{written}`"), span)
                    .label(span, "no model has this name"),
                span,
                similar,
            ),
            CommandError::Swapped { data, model, span } => {
                let title = format!("there is no model `{data}`");
                Diagnostic::error("E0211", title, span)
                    .label(span, "these are data")
                    .help(format!("a model is fitted to data, as in  fit {model} to {data}"))
            }
            CommandError::NoSize { size, model, declared, command, given, span } => {
                no_size(&size, &model, declared, command, given, span)
            }
            CommandError::UnknownSize { written, span, model, similar } => meant(
                Diagnostic::error("E0211", format!("`{model}` has no size `{written}`"), span)
                    .label(span, "not a size of this model"),
                span,
                similar,
            ),
            CommandError::SizeWithoutNumber { name, span } => {
                Diagnostic::error("E0309", format!("the size `{name}` is given no number"), span)
                    .label(span, "how many?")
                    .help("for example:")
                    .put_after(span, " = 3")
            }
            CommandError::NoValue { name, what, declared, ty, along, span } => {
                let word = if what == "param" { "parameter" } else { "input" };
                let title = format!("{word} `{name}` has no value");
                let found = Diagnostic::error("E0410", title, span)
                    .label(declared, "declared without a value")
                    .label(span, "needed to run this model");
                if let Some(along) = along {
                    return found.help(format!("give it one where it is declared, as in  {along}"));
                }
                let found = match ty {
                    Some((ty, number)) => found
                        .help("give it one where it is declared:")
                        .put_after(ty, if number { " = 0.5" } else { " = ones" }),
                    None => found,
                };
                found.help(format!("or on the command line, as in  --set {name}=0.5"))
            }
            CommandError::NoEstimate { name, state, span } => {
                let title = format!("`estimate {name}` does not say what is averaged");
                let found =
                    Diagnostic::error("E0413", title, span).label(span, "no `value` in this block");
                let help = |state: String| {
                    Help::new("for example:").line_below(span, format!("  value = {state}(1.0)"))
                };
                helped(found, state.map(help))
            }
            CommandError::WrtList { span, name } => {
                let found = Diagnostic::error("E0413", "`wrt` is a list of names", span)
                    .label(span, "no list");
                match name {
                    true => found.help("write brackets:").wrap(span, "[", "]"),
                    false => found
                        .help("some of them, as in  wrt = [S0, σ]")
                        .help("all of them:  wrt = everything"),
                }
            }
            CommandError::WrtName { span } => {
                Diagnostic::error("E0413", "`wrt` names inputs and parameters", span)
                    .label(span, "no name")
                    .help("a part is named by its fields, as in  wrt = [f.first.A]")
            }
            CommandError::WrtPair { found, span } => {
                Diagnostic::error("E0413", "a second derivative is by two names", span)
                    .label(span, counted(found, "name"))
                    .help("wrt = [S0, [S0, S0], [S0, σ]]")
            }
            CommandError::NotDifferentiable { written, span, model, similar } => {
                let title = format!("`{written}` is neither an input nor a parameter of `{model}`");
                meant(
                    Diagnostic::error("E0211", title, span)
                        .label(span, "derivatives are taken with respect to inputs and parameters"),
                    span,
                    similar,
                )
            }
        }
    }
}

fn no_size(
    size: &str,
    model: &str,
    declared: Span,
    command: &str,
    given: Option<Span>,
    span: Span,
) -> Diagnostic {
    let past = if command == "estimate" { "estimated" } else { "sampled" };
    let title = format!("the size `{size}` of `{model}` is not determined");
    let found = Diagnostic::error("E0309", title, span)
        .label(declared, "no default, and no data to read it from")
        .label(span, format!("{past} here without a size for {size}"))
        .help("at the use:");
    let found = match given {
        Some(given) => found.put_after(given, format!(", {size} = 3")),
        None => found.put_after(span, format!("({size} = 3)")),
    };
    found.help("a default:").put_after(declared, " = 3")
}
