//! Paths that a value draws, and how their states are read.

use sdec_base::{Diagnostic, Help, Span};

use super::{helped, meant};

/// Something wrong with a path that is drawn.
pub(crate) enum PathError {
    /// `let (a, b) ~ M`
    Pattern { span: Span },
    /// `let ps : 64 => Float ~ M`
    Type { model: String, entry: Option<Span>, span: Span },
    /// A path that is drawn where nothing is random.
    Outside { model: String, function: bool, span: Span },
    /// A draw of a law within a loop: its name, its law and its type as written or shown.
    LawInLoop { name: String, law: String, ty: String, index: String, span: Span },
    /// A path that is drawn within a loop.
    InLoop { model: String, path: String, span: Span },
    /// `M(90)`
    Unnamed { name: Option<String>, span: Span },
    /// `M(S1 = 90)`, where no input or parameter has this name.
    NoInput {
        written: String,
        model: String,
        names: Vec<String>,
        similar: Option<String>,
        span: Span,
    },
    /// An input without a value.
    NoValue {
        name: String,
        what: &'static str,
        declared: Span,
        /// The last argument that is given.
        behind: Option<Span>,
        span: Span,
    },
    /// A size without a number.
    NoSize { size: String, declared: Span, model: String, span: Span },
    /// Another number than elsewhere in the command.
    OtherSize { size: String, model: String, numbers: [i64; 2], span: Span },
    /// A path where a number is wanted.
    AsValue { name: String, state: Option<String>, table: bool, span: Span },
    /// `ps.x(1)` of a table of paths.
    Which { name: String, state: String, span: Span },
    /// `p.y(1)`
    NoState {
        written: String,
        model: String,
        states: Vec<String>,
        similar: Option<String>,
        is_let: bool,
        span: Span,
    },
}

impl From<PathError> for Diagnostic {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Pattern { span } => {
                Diagnostic::error("E0313", "a path is not taken apart", span)
                    .label(span, "a path has states at times, not parts")
                    .help("give it one name:")
                    .edit(span, "p")
            }
            PathError::Type { model, entry, span } => {
                let title = format!("this is no type of a path of `{model}`");
                let found = Diagnostic::error("E0313", title, span)
                    .label(span, format!("a path of `{model}`, or a table of them"));
                match entry {
                    Some(entry) => found.help("a table of paths:").edit(entry, model),
                    None => found.help("one path:").edit(span, model),
                }
            }
            PathError::Outside { model, function, span } => {
                let (title, help) = match function {
                    true => (
                        format!("a path of `{model}` is drawn inside a function"),
                        "draw it in the value of the estimate, and pass on what is read of it",
                    ),
                    false => (
                        format!("a path of `{model}` is drawn where nothing is random"),
                        "draw it in the value of an estimate",
                    ),
                };
                Diagnostic::error("E0404", title, span)
                    .label(span, "draws need a source of randomness")
                    .help(help)
                    .note("`let p ~ M` may appear in objective and estimate blocks")
            }
            PathError::LawInLoop { name, law, ty, index, span } => {
                Diagnostic::error("E0404", format!("`{name}` is drawn within a loop"), span)
                    .label(span, "drawn anew each time?")
                    .help(format!(
                        "draw a table before the loop, as in  let {name} : 64 => {ty} ~ {law}  and read  {name}[{index}]  in it"
                    ))
            }
            PathError::InLoop { model, path, span } => {
                let title = format!("a path of `{model}` is drawn within a loop");
                Diagnostic::error("E0404", title, span)
                    .label(span, "drawn anew each time?")
                    .help(format!(
                        "draw a table of paths before the loop, as in  let {path} : 64 => {model} ~ {model}"
                    ))
            }
            PathError::Unnamed { name, span } => {
                let found = Diagnostic::error("E0314", "what a path is given has a name", span)
                    .label(span, "which input or parameter?");
                let help = |name| Help::new("write:").put_before(span, format!("{name} = "));
                helped(found, name.map(help))
            }
            PathError::NoInput { written, model, names, similar, span } => {
                let title = format!("`{model}` has no input or parameter `{written}`");
                let found =
                    Diagnostic::error("E0211", title, span).label(span, "not one of this model");
                match (similar, names.is_empty()) {
                    (similar @ Some(_), _) => meant(found, span, similar),
                    (None, false) => found.help(format!("it has {}", names.join(", "))),
                    (None, true) => found.note("it has none"),
                }
            }
            PathError::NoValue { name, what, declared, behind, span } => {
                let title = format!("{what} `{name}` has no value");
                let found = Diagnostic::error("E0410", title, span)
                    .label(declared, "declared without a value")
                    .label(span, "needed to draw this path")
                    .help("give it one here:");
                match behind {
                    Some(last) => found.put_after(last, format!(", {name} = 0.5")),
                    None => found.put_after(span, format!("({name} = 0.5)")),
                }
            }
            PathError::NoSize { size, declared, model, span } => {
                let title = format!("size `{size}` of `{model}` has no number");
                Diagnostic::error("E0309", title, span)
                    .label(declared, "declared without a default")
                    .label(span, "needed to draw this path")
                    .help(format!("give it here, as in  {model}({size} = 4)"))
            }
            PathError::OtherSize { size, model, numbers: [known, number], span } => {
                let title = format!("`{size}` of `{model}` has two numbers in one command");
                Diagnostic::error("E0305", title, span)
                    .label(span, format!("{number} here, {known} elsewhere"))
                    .note("all paths of a model that a command draws have the same sizes")
            }
            PathError::AsValue { name, state, table, span } => {
                let (title, label) = match table {
                    true => (
                        format!("`{name}` is a table of paths"),
                        "a state of which, at which time?",
                    ),
                    false => (format!("`{name}` is a path"), "which state, at which time?"),
                };
                let found = Diagnostic::error("E0210", title, span).label(span, label);
                let help = |state: String| match table {
                    true => Help::new(format!(
                        "the mean of a state at time 1 is  mean i. {name}[i].{state}(1.0)"
                    )),
                    false => {
                        Help::new("a state at time 1:").put_after(span, format!(".{state}(1.0)"))
                    }
                };
                helped(found, state.map(help))
            }
            PathError::Which { name, state, span } => {
                let title = format!("`{name}` is a table of paths");
                Diagnostic::error("E0210", title, span)
                    .label(span, "which of them?")
                    .help("the first:")
                    .put_after(span, "[0]")
                    .help(format!("all of them are  for i. {name}[i].{state}(1.0)"))
            }
            PathError::NoState { written, model, states, similar, is_let, span } => {
                let title = format!("`{model}` has no state `{written}`");
                let found = Diagnostic::error("E0205", title, span);
                let found = match is_let {
                    true => found.label(span, "a let: of a drawn path only states are seen"),
                    false => found.label(span, "not a state of this model"),
                };
                match similar {
                    Some(_) => meant(found, span, similar),
                    None => found.help(format!("its states: {}", states.join(", "))),
                }
            }
        }
    }
}
