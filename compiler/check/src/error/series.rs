//! Observations of series.

use sdec_base::{Diagnostic, Span};

/// What is wrong with how a series is read.
pub(crate) enum SeriesError {
    /// `obs(x)` of something else.
    NoSeries { written: String, found: String, span: Span },
    /// `obs(xs)` where a value is expected.
    SetAsValue { span: Span },
    /// The observations of a series that was made where they are counted.
    Unnamed { written: String, span: Span },
    /// A loop over the observations of a series that is made within it: what is made there, and where.
    OutOfReach { set: String, inner: String, made: Span, span: Span },
    /// An index of the observations of one series on another, or on a table.
    OtherSeries { binder: (String, Span), range: String, read: String, set: String, span: Span },
    /// `xs[0]`
    Numbered { set: String, written: String, span: Span },
    /// An index of observations where a function takes an index of tables.
    Index { function: String, set: String, span: Span },
}

impl From<SeriesError> for Diagnostic {
    fn from(error: SeriesError) -> Self {
        match error {
            SeriesError::NoSeries { written, found, span } => {
                Diagnostic::error("E0315", format!("`{written}` is not a series"), span)
                    .label(span, found)
            }
            SeriesError::SetAsValue { span } => Diagnostic::error(
                "E0210",
                "`obs(…)` is an index set",
                span,
            )
            .label(span, "expected a value")
            .help("say it as the range of a loop, as in  scan(obs(xs), 0, \\k s. s + xs[k].x)"),
            SeriesError::Unnamed { written, span } => {
                let title = format!("the observations of `{written}` have no name");
                Diagnostic::error("E0306", title, span)
                    .label(span, "a loop runs over the observations of one series, known by name")
                    .help(format!("name the series first, as in  let xs = {written}"))
            }
            SeriesError::OutOfReach { set, inner, made, span } => {
                let title = format!("this loop runs over {set}, which changes within it");
                Diagnostic::error("E0306", title, span)
                    .label(span, "how many observations there are must be known before the loop")
                    .label(made, format!("`{inner}` is bound inside of it"))
                    .help(format!("put the loop over {set} inside of the one that binds `{inner}`"))
            }
            SeriesError::OtherSeries { binder: (name, declared), range, read, set, span } => {
                let title = format!("`{name}` ranges over {range}, `{read}` is read by {set}");
                Diagnostic::error("E0306", title, span)
                    .label(declared, format!("{name} ranges over {range}"))
                    .label(span, format!("an index of {set} is needed"))
                    .note("another series may have fewer observations, and has other times")
                    .help(format!(
                        "read one series at the times of the other, as in  hold({read})({range}[{name}].t)",
                        range = range.trim_start_matches("obs(").trim_end_matches(')'),
                    ))
            }
            SeriesError::Numbered { set, written, span } => {
                Diagnostic::error("E0311", "an observation is not known by its number", span)
                    .label(span, format!("{set} may have fewer"))
                    .help(format!("the value at a time is  hold({written})(1.5)"))
            }
            SeriesError::Index { function, set, span } => {
                let title = format!("`{function}` takes an index of a table");
                Diagnostic::error("E0306", title, span)
                    .label(span, format!("this is an index of {set}"))
                    .help("an index of observations reads its series, as in  xs[k].x")
            }
        }
    }
}
