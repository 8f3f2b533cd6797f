//! Calls and functions.

use sdec_base::{Diagnostic, Span};

use super::{counted, helped, labelled};

/// What can be wrong with a call or a function.
#[derive(Clone, Debug)]
pub(crate) enum CallError {
    /// Something called that is no function.
    NotAFunction { what: String, found: String, span: Span },
    /// Too few or too many arguments.
    ArgumentCount {
        function: String,
        wanted: usize,
        found: usize,
        span: Span,
        declared: Option<Span>,
    },
    /// `f(x = 1)`
    NamedArgument { name: String, span: Span },
    /// A lambda whose binder has no type.
    LambdaBinder { name: String, span: Span, body: String },
    /// A lambda with too few or too many binders.
    LambdaArity { wanted: usize, found: usize, ty: String, span: Span },
    /// `if` between functions.
    ChosenFunction { condition: String, span: Span },
    /// A table of functions.
    TableOfFunctions { span: Span },
    /// `sum` alone.
    ReducerAsValue { word: String, span: Span },
    /// `sum(x)`
    ReducerCall { word: String, of: Option<String>, span: Span },
    /// A derivative of something else.
    Derivative { word: String, needs: &'static str, found: String, span: Span },
    /// `float(x)` of something else.
    Conversion { to: String, found: String, what: String, is_index: bool, span: Span },
    /// `cat` of a number.
    Cat { what: String, found: String, span: Span, other: Option<(Span, String)>, mended: String },
    /// A `def` parameter without a type.
    ParameterType { name: String, span: Span },
    /// A bare function.
    ShownFunction { ty: String, span: Span },
}

impl From<CallError> for Diagnostic {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotAFunction { what, found, span } => {
                let message = Diagnostic::error("E0315", format!("`{what}` is not a function"), span)
                    .label(span, found.as_str());
                match found.as_str() {
                    "Float" => message.help(format!("to multiply, write `*` before the bracket:  {what} * (…)")),
                    table if table.contains("=> ") => {
                        message.help(format!("entries are read with square brackets:  {what}[…]"))
                    }
                    _ => message,
                }
            }
            CallError::ArgumentCount { function, wanted, found, span, declared } => {
                let title = format!("`{function}` takes {}, not {found}", counted(wanted, "argument"));
                let message = labelled(Diagnostic::error("E0314", title, span), declared, "declared here")
                    .label(span, format!("{found} given"));
                match function.as_str() {
                    "zeros" | "ones" => message.help(format!("write  {function}"))
                        .note("its size follows from where it is used"),
                    _ => message,
                }
            }
            CallError::NamedArgument { name, span } => {
                Diagnostic::error("E0314", "arguments of functions have no names", span)
                    .label(span, format!("write only the value of `{name}`"))
            }
            CallError::LambdaBinder { name, span, body } => {
                Diagnostic::error("E0802", format!("cannot infer the type of `{name}`"), span)
                    .label(span, format!("nothing says what {name} is"))
                    .help(format!("annotate it:  \\{name}: Float. {body}"))
                    .note("a lambda passed to a function takes its types from there, so only free-standing lambdas need annotations")
            }
            CallError::LambdaArity { wanted, found, ty, span } => {
                let title = format!("a function of {} is needed", counted(wanted, "argument"));
                Diagnostic::error("E0314", title, span)
                    .label(span, format!("this one has {found}; expected {ty}"))
            }
            CallError::ChosenFunction { condition, span } => {
                Diagnostic::error("E0803", "functions must be known at compile time", span)
                    .label(span, format!("which function this is depends on `{condition}`, known only while running"))
                    .help("choose the result instead:  if … then f(x) else g(x)")
                    .note("function values are inlined away; kernels have no function pointers")
            }
            CallError::TableOfFunctions { span } => {
                Diagnostic::error("E0803", "a table holds values, not functions", span)
                    .label(span, "a table of functions")
            }
            CallError::ShownFunction { ty, span } => {
                Diagnostic::error("E0803", "a function cannot be shown", span)
                    .label(span, ty)
                    .help("apply it to something")
            }
            CallError::ReducerAsValue { word, span } => {
                Diagnostic::error("E0314", format!("`{word}` reduces over an index"), span)
                    .label(span, "over which?")
                    .help(format!("{word} i. x[i]"))
            }
            CallError::ReducerCall { word, of, span } => {
                let said = Diagnostic::error("E0314", format!("`{word}` reduces over an index"), span)
                    .label(span, "over which?")
                    .help(format!("{word} i. {}[i]", of.unwrap_or_else(|| "x".to_owned())));
                let pair = matches!(word.as_str(), "max" | "min");
                helped(said, pair.then(|| format!("of two numbers:  {word}(a, b)")))
            }
            CallError::Derivative { word, needs, found, span } => {
                Diagnostic::error("E0315", format!("`{word}` is of {needs}"), span).label(span, found)
            }
            CallError::Conversion { to, found, what, is_index, span } => {
                let title = format!("`{}` converts counts", to.to_lowercase());
                let said = Diagnostic::error("E0316", title, span).label(span, found);
                helped(said, is_index.then(|| format!("its number:  {}(ordinal({what}))", to.to_lowercase())))
            }
            CallError::Cat { what, found, span, other, mended } => {
                let title = format!("`cat` joins tables, but `{what}` is a {found}");
                let said = Diagnostic::error("E0307", title, span);
                let said = match other {
                    Some((at, ty)) => said.label(at, format!("{ty}  joined with  {found}")),
                    None => said,
                };
                said.label(span, found).help(format!("make a table of one:  cat({mended})"))
            }
            CallError::ParameterType { name, span } => {
                Diagnostic::error("E0802", format!("parameter `{name}` needs a type"), span)
                    .label(span, "of which type?")
                    .help(format!("{name}: Float"))
            }
        }
    }
}
