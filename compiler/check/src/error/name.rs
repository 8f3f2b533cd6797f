//! Names.

use sdec_base::{Diagnostic, Help, Span};

use super::{helped, labelled, meant};
use crate::seen::READS_STATES;
use crate::suggest::otherwise;

/// What can be wrong with a name.
#[derive(Clone, Debug)]
pub(crate) enum NameError {
    /// Two declarations of one name.
    Duplicate { name: String, first: Span, second: Span },
    /// A name that `dx` makes the equation of a state.
    EquationName { state: String, declared: Span, span: Span },
    /// Something needs itself.
    Cycle { name: String, declared: Span, used: Span, function: bool },
    /// Nothing has this name.
    Unknown { written: String, span: Span, similar: Option<(String, Option<(Span, &'static str)>)> },
    /// No type has this name.
    UnknownType { written: String, span: Span, similar: Option<String> },
    /// No size has this name.
    UnknownSize { written: String, span: Span, similar: Option<String> },
    /// A record without this field.
    NoField { field: String, ty: String, span: Span, of: Option<Span>, similar: Option<String> },
    /// `np.exp`
    Module { module: String, from: Span, function: Option<String>, field: Span },
    /// `A'` of a table `A`.
    Primed { table: String, span: Span },
    /// A type without this constructor.
    NoConstructor { written: String, ty: String, span: Span, similar: Option<String> },
    /// An alternative of a `type` that is no constructor.
    NotAConstructor { span: Span },
    /// A data declaration without this column.
    NoColumn { written: String, data: String, span: Span, similar: Option<(String, Span)> },
    /// A state of an estimate without its time.
    PathAsValue { name: String, span: Span },
    /// A name of something that is no value.
    NotAValue { name: String, what: &'static str, span: Span },
    /// `S(T)` where `T` changes.
    MovingTime { state: String, moving: String, span: Span },
    /// `A^T` of a table `A`.
    Superscript { table: Span, whole: Span },
    /// `precision f16`
    Precision { written: String, span: Span },
    /// `intrinsic("…")` outside the library.
    Intrinsic { span: Span },
}

impl From<NameError> for Diagnostic {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Duplicate { name, first, second } => {
                Diagnostic::error("E0206", format!("`{name}` is declared twice"), second)
                    .label(first, "first here")
                    .label(second, "and again here")
            }
            NameError::EquationName { state, declared, span } => {
                let title = format!("`d{state}` is the equation of state {state}");
                Diagnostic::error("E0206", title, span)
                    .label(declared, format!("{state} is a state …"))
                    .label(span, "… so this name cannot mean anything else")
            }
            NameError::Cycle { name, declared, used, function } => {
                cycle(&name, declared, used, function)
            }
            NameError::Unknown { written, span, similar } => unknown(&written, span, similar),
            NameError::UnknownType { written, span, similar } => meant(
                Diagnostic::error("E0207", format!("unknown type `{written}`"), span)
                    .label(span, "no type has this name"),
                span,
                similar,
            ),
            NameError::UnknownSize { written, span, similar } => {
                let found = Diagnostic::error("E0207", format!("unknown size `{written}`"), span)
                    .label(span, "neither a size nor an index type");
                match similar {
                    Some(_) => meant(found, span, similar),
                    None if written.starts_with(char::is_uppercase) => {
                        let small = written.to_lowercase();
                        let top = Span { start: 0, end: 0, ..span };
                        found
                            .help("a constant, whose name begins with a small letter:")
                            .edit(span, &small)
                            .edit(top, format!("size {small} = 8\n"))
                    }
                    None => found
                        .help("a constant:")
                        .edit(Span { start: 0, end: 0, ..span }, format!("size {written} = 8\n")),
                }
            }
            NameError::Superscript { table, whole } => {
                Diagnostic::error("E0201", "a transpose is no power", whole)
                    .label(whole, "nothing is called `T`")
                    .help("the other way round is a function:")
                    .put_before(table, "transpose(")
                    .edit(Span { start: table.end, ..whole }, ")")
            }
            NameError::NoField { field, ty, span, of: Some(of), .. }
                if field == "T" && ty.contains("=> ") =>
            {
                Diagnostic::error("E0208", format!("no field `{field}` in {ty}"), span)
                    .label(span, format!("the value is {ty}"))
                    .help("the other way round is a function:")
                    .put_before(of, "transpose(")
                    .edit(Span { start: of.end, ..span }, ")")
                    .help("in a product no transpose is needed, as in  x @ A")
            }
            NameError::Module { module, from, function, field } => {
                let title = format!("there is no `{module}`");
                let found = Diagnostic::error("E0201", title, from)
                    .label(from, "functions are in sight without a module");
                match function {
                    Some(function) => {
                        found.help("write:").edit(Span { end: field.end, ..from }, function)
                    }
                    None => found,
                }
            }
            NameError::Primed { table, span } => {
                let title = format!("`{table}'` is a name, not the transpose of `{table}`");
                Diagnostic::error("E0201", title, span)
                    .label(span, "nothing is called this")
                    .help("the other way round is a function:")
                    .edit(span, format!("transpose({table})"))
                    .help(format!("in a product no transpose is needed, as in  x @ {table}"))
            }
            NameError::NoField { field, ty, span, .. } if ty.starts_with("Events(") => {
                Diagnostic::error("E0208", format!("no field `{field}` in {ty}"), span)
                    .label(span, "what is known of each event is its mark")
                    .help("write:")
                    .edit(span, "mark")
            }
            NameError::NoField { field, ty, span, similar, .. } => meant(
                Diagnostic::error("E0208", format!("no field `{field}` in {ty}"), span)
                    .label(span, format!("the value is {ty}")),
                span,
                similar,
            ),
            NameError::NoConstructor { written, ty, span, similar } => meant(
                Diagnostic::error(
                    "E0208",
                    format!("`{written}` is not a constructor of {ty}"),
                    span,
                )
                .label(span, format!("the value is {ty}")),
                span,
                similar,
            ),
            NameError::NotAConstructor { span } => {
                Diagnostic::error("E0208", "an alternative of a type is a constructor", span)
                    .label(span, "a name with arguments is needed here")
                    .help("with a name, as in  type Signal(a) = Value(a) | Missing")
            }
            NameError::NoColumn { written, data, span, similar } => {
                let title = format!("`{written}` is not a column of `{data}`");
                let found = Diagnostic::error("E0202", title, span);
                let (name, place) = similar.unzip();
                let found = labelled(found, place, "did you mean this one?")
                    .label(span, "no column with this name");
                helped(found, name.map(|name| Help::new("write:").edit(span, name)))
            }
            NameError::PathAsValue { name, span } => {
                let title = format!("`{name}` is a function of time here");
                Diagnostic::error("E0210", title, span)
                    .label(span, "at which time?")
                    .help("its value at time 1:")
                    .put_after(span, "(1.0)")
            }
            NameError::NotAValue { name, what, span } => not_a_value(&name, what, span),
            NameError::MovingTime { state, moving, span } => {
                let title = format!("the time of `{state}(…)` must be the same for all paths");
                Diagnostic::error("E0409", title, span)
                    .label(span, format!("`{moving}` is not a constant"))
                    .help("name the time at the top of the file, as in  let T = 1.0")
            }
            NameError::Precision { written, span } => {
                Diagnostic::error("E0207", format!("unknown precision `{written}`"), span)
                    .label(span, "f64 or f32")
                    .help("double precision:")
                    .edit(span, "f64")
                    .help("single precision:")
                    .edit(span, "f32")
            }
            NameError::Intrinsic { span } => {
                Diagnostic::error("E0201", "`intrinsic` belongs to the standard library", span)
                    .label(span, "a program writes functions in terms of others")
            }
        }
    }
}

fn unknown(
    written: &str,
    span: Span,
    similar: Option<(String, Option<(Span, &'static str)>)>,
) -> Diagnostic {
    let found = Diagnostic::error("E0201", format!("unknown name `{written}`"), span);
    match similar {
        Some((name, Some((near, what)))) => found
            .label(near, format!("did you mean this {what}?"))
            .label(span, "not in scope")
            .help("write:")
            .edit(span, name),
        Some((near, None)) => meant(found.label(span, "not in scope"), span, Some(near)),
        None => {
            let found = found.label(span, "not in scope");
            match otherwise(written) {
                Some(help) => found.help(help),
                None => found,
            }
        }
    }
}

fn cycle(name: &str, declared: Span, used: Span, function: bool) -> Diagnostic {
    if !function {
        return Diagnostic::error("E0204", format!("`{name}` is defined by itself"), used)
            .label(declared, "its definition starts here …")
            .label(used, "… and needs its own value here");
    }
    Diagnostic::error("E0204", format!("`{name}` calls itself"), used)
        .label(declared, "definition starts here")
        .label(used, "recursive call")
        .help("accumulate, as in  prod i: 10. float(ordinal(i) + 1)")
        .help("carry a state, as in  fold(10, 1, \\i acc. acc * float(ordinal(i) + 1))")
        .note("functions are inlined into the solver kernel, so the call graph must be a tree of finite depth")
}

fn not_a_value(name: &str, what: &'static str, span: Span) -> Diagnostic {
    let help = match what {
        "a function" if name == "eye" => {
            Some("the identity matrix of n rows, as in  eye(n)".to_owned())
        }
        "a data declaration" => Some(format!("name one of its columns, as in  {name}.t")),
        "a noise" => Some(format!(
            "a noise acts through its differential in an equation, as in  dx = … dt + σ d{name}"
        )),
        "local to the model" => Some(
            "an estimate sees inputs, parameters, lets, and states as functions of time".to_owned(),
        ),
        READS_STATES => Some(format!(
            "name its value in the model, as in  let v = {name}(…), and read that, as in  v(1.0)"
        )),
        _ => None,
    };
    let found = Diagnostic::error("E0210", format!("`{name}` is {what}, not a value"), span)
        .label(span, "a value is needed here");
    helped(found, help.map(Help::new))
}
