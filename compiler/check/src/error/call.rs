//! Calls and functions.

use sdec_base::{Diagnostic, Help, Span};

use super::{counted, helped, labelled};

/// What can be wrong with a call or a function.
#[derive(Clone, Debug)]
pub(crate) enum CallError {
    /// Something called that is no function.
    NotAFunction { what: String, found: String, span: Span, call: Span, args: Option<Span> },
    /// `x(t)` in a model, where a state is its value.
    StateOfTime { name: String, callee: Span, call: Span },
    /// `A.dot(x)`
    MethodCall { function: String, of: Span, call: Span, args: Option<Span>, known: bool },
    /// Too few or too many arguments.
    ArgumentCount {
        function: String,
        wanted: usize,
        found: usize,
        span: Span,
        declared: Option<Span>,
    },
    /// `f(x = 1)`
    NamedArgument { name: String, span: Span, value: Span },
    /// A lambda whose binder has no type.
    LambdaBinder { name: String, parts: Option<String>, span: Span },
    /// A lambda with too few or too many binders.
    LambdaArity { wanted: usize, found: usize, ty: String, span: Span },
    /// `if` between functions.
    ChosenFunction { condition: String, span: Span, choices: Option<(Span, Span)> },
    /// A table of functions.
    TableOfFunctions { span: Span },
    /// `sum` alone.
    ReducerAsValue { word: String, span: Span },
    /// `sum(x)`
    ReducerCall { word: String, of: Option<Span>, span: Span, call: Span },
    /// `mean(S(1))`: of one number, perhaps where paths are averaged.
    ReducerOfNumber { word: String, of: Span, span: Span, call: Span, averaged: bool },
    /// A derivative of something else.
    Derivative { word: String, needs: &'static str, found: String, span: Span },
    /// `float(x)` of something else.
    Conversion { to: String, found: String, is_index: bool, span: Span, call: Span },
    /// `cat` of a number.
    Cat { what: String, found: String, span: Span, other: Option<(Span, String)> },
    /// A `def` parameter without a type.
    ParameterType { name: String, untyped: Vec<Span> },
    /// A bare function.
    ShownFunction { ty: String, span: Span },
}

impl From<CallError> for Diagnostic {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotAFunction { what, found, span, call, args } => {
                let message =
                    Diagnostic::error("E0315", format!("`{what}` is not a function"), span)
                        .label(span, found.as_str());
                match (found.as_str(), args) {
                    ("Float", Some(args)) => message
                        .help("to multiply, write `*` before the bracket:")
                        .edit(Span { start: span.end, end: args.start, ..span }, " * ("),
                    (events, _) if events.starts_with("Events") => message.help(format!(
                        "events move a state by their differential, as in  dx = -x dt + {what}.mark d{what}"
                    )),
                    (series, Some(args)) if series.starts_with("Series") => message
                        .help("a function of time through the observations:")
                        .edit(Span { start: span.start, end: span.start, ..span }, "hold(")
                        .edit(Span { start: span.end, end: args.start, ..span }, ")("),
                    (table, Some(args)) if table.contains("=> ") => message
                        .help("entries are read with square brackets:")
                        .edit(Span { start: span.end, end: args.start, ..span }, "[")
                        .edit(Span { start: args.end, end: call.end, ..span }, "]"),
                    _ => message,
                }
            }
            CallError::StateOfTime { name, callee, call } => {
                let title = format!("in a model `{name}` is its value at the time t");
                Diagnostic::error("E0315", title, call)
                    .label(call, "not a function of time here")
                    .help("leave out the time:")
                    .edit(Span { start: callee.end, ..call }, "")
                    .note("estimates see states as functions of time")
            }
            CallError::MethodCall { function, of, call, args, known } => {
                method_call(&function, of, call, args, known)
            }
            CallError::ArgumentCount { function, wanted, found, span, declared } => {
                let title =
                    format!("`{function}` takes {}, not {found}", counted(wanted, "argument"));
                let message =
                    labelled(Diagnostic::error("E0314", title, span), declared, "declared here")
                        .label(span, format!("{found} given"));
                match function.as_str() {
                    "zeros" | "ones" => message
                        .help("write:")
                        .edit(span, function)
                        .note("its size follows from where it is used"),
                    _ => message,
                }
            }
            CallError::NamedArgument { name, span, value } => {
                Diagnostic::error("E0314", "arguments of functions have no names", span)
                    .label(span, format!("write only the value of `{name}`"))
                    .help("leave out the name:")
                    .edit(Span { end: value.start, ..span }, "")
            }
            CallError::LambdaBinder { name, parts, span } => {
                let said =
                    Diagnostic::error("E0802", format!("cannot infer the type of `{name}`"), span)
                        .label(span, format!("nothing says what {name} is"));
                let said = match parts {
                    Some(parts) => {
                        said.help("for a function of several numbers:").edit(span, parts)
                    }
                    None => said.help("annotate it:").put_after(span, ": Float"),
                };
                said.note("a lambda passed to a function takes its types from there, so only free-standing lambdas need annotations")
            }
            CallError::LambdaArity { wanted, found, ty, span } => {
                let title = format!("a function of {} is needed", counted(wanted, "argument"));
                Diagnostic::error("E0314", title, span)
                    .label(span, format!("this one has {found}; expected {ty}"))
            }
            CallError::ChosenFunction { condition, span, choices } => {
                let found = Diagnostic::error(
                    "E0803",
                    "functions must be known at compile time",
                    span,
                )
                .label(
                    span,
                    format!(
                        "which function this is depends on `{condition}`, known only while running"
                    ),
                );
                let found = match choices {
                    Some((then, otherwise)) => found
                        .help("choose the result instead:")
                        .put_before(span, "\\v: Float. ")
                        .put_after(then, "(v)")
                        .put_after(otherwise, "(v)"),
                    None => {
                        found.help("choose the result instead, as in  if a then f(x) else g(x)")
                    }
                };
                found.note("function values are inlined away; kernels have no function pointers")
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
                    .help(format!("name an index, as in  {word} i. x[i]"))
            }
            CallError::ReducerCall { word, of, span, call } => {
                let said =
                    Diagnostic::error("E0314", format!("`{word}` reduces over an index"), span)
                        .label(span, "over which?");
                let said = match of {
                    Some(of) => said
                        .help("name an index:")
                        .edit(Span { end: of.start, ..call }, format!("({word} i. "))
                        .edit(Span { start: of.end, ..call }, "[i])"),
                    None => said.help(format!("name an index, as in  {word} i. x[i]")),
                };
                match word.as_str() {
                    "max" | "min" => said.help(format!("of two numbers, as in  {word}(a, b)")),
                    _ => said,
                }
            }
            CallError::ReducerOfNumber { word, of, span, call, averaged } => {
                let said = Diagnostic::error("E0314", format!("`{word}` of one number"), span)
                    .label(of, "Float")
                    .help("leave it out:")
                    .edit(Span { end: of.start, ..call }, "")
                    .edit(Span { start: of.end, ..call }, "");
                if averaged {
                    said.note("an estimate averages over its paths by itself")
                } else {
                    said
                }
            }
            CallError::Derivative { word, needs, found, span } => {
                Diagnostic::error("E0315", format!("`{word}` is of {needs}"), span)
                    .label(span, found)
            }
            CallError::Conversion { to, found, is_index, span, call } => {
                let title = format!("`{}` converts counts", to.to_lowercase());
                let same = to == found;
                let said = Diagnostic::error("E0316", title, span).label(span, found);
                match (is_index, same) {
                    (true, _) => said.help("its number:").wrap(span, "ordinal(", ")"),
                    (false, true) => said
                        .help(format!("this is a {to} already:"))
                        .edit(Span { end: span.start, ..call }, "")
                        .edit(Span { start: span.end, ..call }, ""),
                    (false, false) => said,
                }
            }
            CallError::Cat { what, found, span, other } => {
                let title = format!("`cat` joins tables, but `{what}` is a {found}");
                let said = Diagnostic::error("E0307", title, span);
                let said = match other {
                    Some((at, ty)) => said.label(at, format!("{ty}  joined with  {found}")),
                    None => said,
                };
                said.label(span, found).help("make a table of one:").wrap(span, "[", "]")
            }
            CallError::ParameterType { name, untyped } => {
                let (title, words) = match untyped.len() {
                    1 => (format!("parameter `{name}` needs a type"), "a number:"),
                    _ => ("parameters need types".to_owned(), "numbers:"),
                };
                // There is one at least.
                let at = untyped[0];
                let said = Diagnostic::error("E0802", title, at).label(at, "of which type?");
                let help = untyped
                    .iter()
                    .fold(Help::new(words), |help, name| help.put_after(*name, ": Float"));
                helped(said, Some(help))
            }
        }
    }
}

/// `A.dot(x)` is `A @ x`, `x.sum()` is `sum i. x[i]`, `x.exp()` is `exp(x)`.
fn method_call(
    function: &str,
    of: Span,
    call: Span,
    args: Option<Span>,
    known: bool,
) -> Diagnostic {
    let title = format!("there are no methods such as `.{function}(…)`");
    let found = Diagnostic::error("E0315", title, call)
        .label(call, "a function stands before all its arguments");
    let before = Span { end: of.start, ..call };
    match (function, args) {
        ("dot" | "matmul" | "mm", Some(args)) => found
            .help("a product of tables is written with `@`:")
            .edit(Span { start: of.end, end: args.start, ..call }, " @ ")
            .edit(Span { start: args.end, ..call }, ""),
        ("sum" | "mean" | "max" | "min" | "prod" | "all" | "any" | "argmax" | "argmin", None) => {
            found
                .help("name an index:")
                .edit(before, format!("({function} i. "))
                .edit(Span { start: of.end, ..call }, "[i])")
        }
        (_, Some(args)) if known => found
            .help("write:")
            .edit(before, format!("{function}("))
            .edit(Span { start: of.end, end: args.start, ..call }, ", "),
        (_, None) if known => found
            .help("write:")
            .edit(before, format!("{function}("))
            .edit(Span { start: of.end, ..call }, ")"),
        _ => found.help("write the function first, as in  f(x, y)"),
    }
}
