//! Nets: their arguments, where they may stand, and how their parameters start.

use sdec_base::{Diagnostic, Help, Span};

use super::{counted, helped, labelled, meant};

/// What can be wrong with a net.
#[derive(Clone, Debug)]
pub(crate) enum NetError {
    /// A net where a type of values is needed.
    AsType { net: String, function: String, span: Span },
    /// `net N : Float`
    NoFunction { found: String, span: Span },
    /// A parameter of a net that says nothing about its start.
    NoStart { name: String, matrix: bool, span: Span },
    /// `glorot` for something else than a matrix.
    Glorot { found: String, net: bool, span: Span },
    /// A draw that may leave the constraint.
    OutsideSupport {
        name: String,
        word: String,
        constraint: String,
        within: Option<String>,
        declared: Span,
        span: Span,
    },
    /// A parameter where nothing has parameters yet.
    ReadsParameter { name: String, what: &'static str, declared: Span, span: Span },
    /// An initialiser that starts no parameter.
    InitialiserElsewhere { name: String, span: Span },
}

/// What can be wrong with the arguments of a net.
#[derive(Clone, Debug)]
pub(crate) enum NetArgumentError {
    /// Sizes without a default that are not given.
    Missing { settings: Vec<String>, signature: String, span: Span },
    /// `MLP(2, 2, widht = 8)`
    UnknownSetting {
        net: String,
        written: String,
        similar: Option<String>,
        signature: String,
        span: Span,
    },
    /// More arguments than settings.
    TooMany { net: String, wanted: usize, signature: String, span: Span },
    /// A setting given by place and by name, or twice by name.
    Twice { setting: String, first: Span, second: Span },
    /// `MLP(i = 2, 3)`
    PlaceAfterName { name: String, written: String, span: Span },
    /// `width = tanh`
    SizeWanted {
        net: String,
        setting: String,
        function: String,
        declared: Option<Span>,
        span: Span,
    },
    /// `act = 3`, `act = dot`
    FunctionWanted {
        net: String,
        setting: String,
        wanted: String,
        written: String,
        found: Option<String>,
        span: Span,
    },
    /// A function with implicit names as a setting's default.
    GenericFunction { function: String, span: Span },
}

impl From<NetError> for Diagnostic {
    fn from(error: NetError) -> Self {
        match error {
            NetError::AsType { net, function, span } => {
                let title = format!("the net `{net}` is not a type of values");
                Diagnostic::error("E0320", title, span)
                    .label(span, "a net is the type of a parameter only")
                    .help(format!("a function that takes such nets says so, as in  f : {function}"))
                    .note("a net has parameters of its own; `param f : …` says whose they are")
            }
            NetError::NoFunction { found, span } => {
                Diagnostic::error("E0320", "a net is a function", span)
                    .label(span, found)
                    .help("net N(n) : (n => Float) -> n => Float")
            }
            NetError::NoStart { name, matrix, span } => {
                let title = format!("nothing says how `{name}` starts");
                let word = if matrix { "glorot" } else { "zeros" };
                Diagnostic::error("E0416", title, span)
                    .label(span, "a parameter of a net")
                    .help(format!("give it a start value or an initialiser, as in  = {word}"))
            }
            NetError::Glorot { found, net, span } => {
                let said =
                    Diagnostic::error("E0417", "`glorot` starts matrices", span).label(span, found);
                if net {
                    return said.help("leave it out: the net says how its parameters start");
                }
                said.help("for another table:  normal(0, 0.1)  or  uniform(-0.1, 0.1)  or  zeros")
                    .note("its range follows from the numbers of rows and columns")
            }
            NetError::OutsideSupport { name, word, constraint, within, declared, span } => {
                let title = format!("a draw may be outside what `{name}` can be");
                let said = Diagnostic::error("E0417", title, span)
                    .label(declared, constraint)
                    .label(span, format!("`{word}` draws other numbers too"));
                let help = |within| Help::new(format!("draw within its bounds, as in  {within}"));
                helped(said, within.map(help))
            }
            NetError::ReadsParameter { name, what, declared, span } => {
                let help = match what {
                    "a setting" => "write the number, or the name of a top-level `let`",
                    _ => "make it a function, or a `let` of the model",
                };
                Diagnostic::error("E0418", format!("{what} cannot read a parameter"), span)
                    .label(declared, format!("{name} is a parameter"))
                    .label(span, "evaluated once, before parameters have values")
                    .help(help)
            }
            NetError::InitialiserElsewhere { name, span } => {
                let said = Diagnostic::error("E0417", format!("`{name}` starts a parameter"), span)
                    .label(span, "only after `=` of a `param`");
                match name.as_str() {
                    "normal" => said.help("a law is drawn with ~, as in  init x ~ Normal(0, 1)"),
                    "uniform" => said.help("a law is drawn with ~, as in  init x ~ Uniform(0, 1)"),
                    _ => said.help("param A : 3 => 2 => Float = glorot"),
                }
            }
        }
    }
}

impl From<NetArgumentError> for Diagnostic {
    fn from(error: NetArgumentError) -> Self {
        let said = |title: String, span: Span| Diagnostic::error("E0319", title, span);
        match error {
            NetArgumentError::Missing { settings, signature, span } => {
                let names: Vec<String> = settings.iter().map(|name| format!("`{name}`")).collect();
                let verb = if names.len() == 1 { "is" } else { "are" };
                said(format!("{} of this net {verb} not given", names.join(" and ")), span)
                    .label(span, "no default")
                    .note(signature)
            }
            NetArgumentError::UnknownSetting { net, written, similar, signature, span } => {
                let known = similar.is_some();
                let found = said(format!("`{net}` has no setting `{written}`"), span)
                    .label(span, "unknown");
                let found = meant(found, span, similar);
                if known { found } else { found.note(signature) }
            }
            NetArgumentError::TooMany { net, wanted, signature, span } => {
                let wanted = counted(wanted, "argument");
                said(format!("`{net}` takes at most {wanted}"), span)
                    .label(span, "one too many")
                    .note(signature)
            }
            NetArgumentError::Twice { setting, first, second } => {
                said(format!("`{setting}` is given twice"), second)
                    .label(first, "here first")
                    .label(second, "and here again")
            }
            NetArgumentError::PlaceAfterName { name, written, span } => {
                said("an argument without a name comes after one with a name".to_owned(), span)
                    .label(span, format!("is this `{name}`?"))
                    .with_help(Help::new("say which:").edit(span, format!("{name} = {written}")))
            }
            NetArgumentError::SizeWanted { net, setting, function, declared, span } => {
                let found = said(format!("`{setting}` of `{net}` is a size"), span)
                    .label(span, format!("{function} is a function"));
                labelled(found, declared, "a size")
            }
            NetArgumentError::FunctionWanted { net, setting, wanted, written, found, span } => {
                let found = match found {
                    Some(found) => format!("{written} : {found}"),
                    None => format!("`{written}` names no function"),
                };
                said(format!("`{setting}` of `{net}` is a function {wanted}"), span)
                    .label(span, found)
                    .help(format!("{setting} = tanh"))
            }
            NetArgumentError::GenericFunction { function, span } => {
                said(format!("`{function}` is a function of tables of any size"), span)
                    .label(span, "a setting is a function whose type says all sizes")
                    .help("apply it in the body of the net instead")
            }
        }
    }
}
