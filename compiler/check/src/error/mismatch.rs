//! Types and sizes that differ, and what nothing determines.

use sdec_base::{Diagnostic, Help, Span};

use super::{helped, labelled, noted};
use crate::infer::Why;
use crate::unify::{Origin, Unknown};

/// What can differ from what is needed.
#[derive(Clone, Debug)]
pub(crate) enum MismatchError {
    /// Another type than expected.
    Expected {
        expected: String,
        found: String,
        why: Why,
        span: Span,
        /// Whether what is written must be bracketed to be a factor.
        open: Option<bool>,
        hint: Option<Help>,
        note: Option<String>,
        /// How many inputs are taken and given, where sizes have defaults.
        inputs: Option<[i64; 2]>,
    },
    /// A type that cannot be added and scaled.
    NoVectorSpace { found: String, span: Span },
    /// Two sizes that must be the same.
    Sizes { left: String, right: String, span: Span, note: Option<String> },
    /// Something that nothing determines.
    Unknown(Origin),
    /// `unflat` where no type is expected.
    UnflatHere { span: Span },
}

impl From<MismatchError> for Diagnostic {
    fn from(error: MismatchError) -> Self {
        match error {
            MismatchError::Expected { expected, found, why, span, open, hint, note, inputs } => {
                let mut said = expectation(&expected, &found, &why, span, open);
                if let (Why::Argument { function, .. }, Some([taken, given])) = (&why, inputs) {
                    said.title = format!("`{function}` takes {taken} inputs, this has {given}");
                }
                noted(helped(said, hint), note)
            }
            MismatchError::NoVectorSpace { found, span } => {
                Diagnostic::error("E0316", format!("{found} cannot be added and scaled"), span)
                    .label(span, "numbers, or tables and records of numbers, are needed here")
            }
            MismatchError::Sizes { left, right, span, note } => noted(
                Diagnostic::error(
                    "E0305",
                    format!("`{left}` and `{right}` are different sizes"),
                    span,
                )
                .label(span, "required to be the same here"),
                note,
            ),
            MismatchError::Unknown(origin) => unknown(&origin),
            MismatchError::UnflatHere { span } => {
                Diagnostic::error("E0312", "nothing says what `unflat` should give", span)
                    .label(span, "a type is needed here")
                    .help("annotate it, as in  (unflat(v) : Weights(Float, n))")
            }
        }
    }
}

/// A type that is not the expected one, by the reason for the expectation.
fn expectation(
    expected: &str,
    found: &str,
    why: &Why,
    span: Span,
    open: Option<bool>,
) -> Diagnostic {
    match why {
        Why::Clause { what, declared } => {
            let name = what.split('`').nth(1).unwrap_or_default().to_owned();
            let title = if what.starts_with("the drift") {
                format!("{what} must have the shape of `{name}`")
            } else {
                format!("{what} must be {expected}")
            };
            let said = Diagnostic::error("E0310", title, span)
                .label(*declared, format!("{name} : {expected}"))
                .label(span, found);
            let entries = expected.matches("=>").count();
            if found == "Float" && entries > 0 && what.starts_with("the initial value") {
                let binders = ["i", "i j", "i j k"].get(entries - 1);
                return match binders {
                    Some(binders) => said
                        .help("the same for every entry:")
                        .put_before(span, format!("for {binders}. ")),
                    None => said,
                };
            }
            let of_number = found == "Float" && what.starts_with("the drift");
            let (before, after) = match open.filter(|_| of_number) {
                Some(true) => ("(", format!(") * {name}")),
                Some(false) => ("", format!(" * {name}")),
                None => return said,
            };
            said.help("decay towards zero:")
                .wrap(span, before, after)
                .help("same drift everywhere:")
                .wrap(span, "(for i. ", ")")
        }
        Why::Argument { function, declared } => {
            let title = format!("`{function}` takes {expected}, this is {found}");
            let said = Diagnostic::error("E0308", title, span);
            let said =
                labelled(said, *declared, &format!("declared:  {expected}")).label(span, found);
            if function == "diag" && found.matches("=>").count() == 1 {
                return said.help(
                    "a coefficient that is diagonal is written as the table itself, as in  g(z) dW",
                );
            }
            said
        }
        Why::Declared(declared) => {
            let title = format!("expected {expected}, found {found}");
            Diagnostic::error("E0313", title, span)
                .label(*declared, format!("declared:  {expected}"))
                .label(span, found)
        }
        Why::Result { function, declared } => {
            let title = format!("`{function}` gives {expected}, this is {found}");
            Diagnostic::error("E0313", title, span)
                .label(*declared, format!("its result:  {expected}"))
                .label(span, found)
        }
        Why::Setting { key } => {
            let said = Diagnostic::error("E0313", format!("`{key}` must be {expected}"), span)
                .label(span, found);
            match (expected, found) {
                ("Float", "Bool") => {
                    said.help("1 where it holds:").wrap(span, "if ", " then 1 else 0")
                }
                _ => said,
            }
        }
        Why::Branch(other) => {
            let title = format!("all branches have one type: {expected}");
            Diagnostic::error("E0313", title, span).label(*other, expected).label(span, found)
        }
        Why::Entry(other) => {
            Diagnostic::error("E0313", format!("all entries have one type: {expected}"), span)
                .label(*other, expected)
                .label(span, found)
        }
        Why::Condition => {
            Diagnostic::error("E0313", format!("expected {expected}, found {found}"), span)
                .label(span, found)
        }
        Why::Index { table, span: table_span } => {
            let set =
                expected.strip_prefix("ix(").and_then(|s| s.strip_suffix(')')).unwrap_or(expected);
            let title = if table.is_empty() {
                format!("this is no index of {set}")
            } else {
                format!("`{table}` is indexed by {set}")
            };
            let said = Diagnostic::error("E0313", title, span);
            let said = if table.is_empty() {
                said
            } else {
                said.label(*table_span, format!("{set} => …"))
            };
            said.label(span, found)
        }
    }
}

fn unknown(origin: &Origin) -> Diagnostic {
    let Origin { span, what } = origin;
    match what {
        Unknown::Range(name) => {
            Diagnostic::error("E0312", format!("the range of `{name}` is not determined"), *span)
                .label(*span, "nothing is indexed by it")
                .help("say it:")
                .put_after(*span, ": 10")
        }
        Unknown::Generic { function, name } => {
            let title = format!("`{function}`: nothing says what `{name}` is here");
            Diagnostic::error("E0312", title, *span)
                .label(*span, format!("neither the arguments nor the use determine {name}"))
                .help("annotate the result, as in  (f(x) : 3 => Float)")
        }
        Unknown::Shape(word) => {
            Diagnostic::error("E0312", format!("nothing says what shape `{word}` has here"), *span)
                .label(*span, "of which type?")
                .help("annotate it:")
                .wrap(*span, "(", " : 3 => Float)")
        }
        Unknown::Entry => Diagnostic::error("E0312", "nothing says what this is a table of", *span)
            .label(*span, "no entries")
            .help("annotate it:")
            .wrap(*span, "(", " : 0 => Float)"),
    }
}
