//! Everything that can be wrong with a program, with the facts that explain it.
//!
//! The rest of the crate finds facts; texts are made here and nowhere else. A message says the
//! problem in words of the domain, the facts with their places, then what to do.

mod call;
mod data;
mod drawn;
mod inference;
mod law;
mod mismatch;
mod model;
mod name;
mod net;
mod operator;
mod part;
mod series;
mod setting;
mod size;
mod smooth;

pub(crate) use call::CallError;
pub(crate) use data::DataError;
pub(crate) use drawn::PathError;
pub(crate) use inference::{EmptyCells, InferenceError};
pub(crate) use law::LawError;
pub(crate) use mismatch::MismatchError;
pub(crate) use model::{ModelError, Signature};
pub(crate) use name::NameError;
pub(crate) use net::{NetArgumentError, NetError};
pub(crate) use operator::{OperatorError, OtherWay};
pub(crate) use part::PartError;
pub(crate) use series::SeriesError;
pub(crate) use setting::{CommandError, MethodError, SettingError};
pub(crate) use size::SizeError;
pub(crate) use smooth::{Law, SmoothError};

use sdec_base::{Diagnostic, Help, Span};

/// A construct that is designed but not built.
pub(crate) struct Unbuilt {
    /// In the singular, as the subject of a sentence.
    pub(crate) construct: String,
    /// Where it is used.
    pub(crate) span: Span,
}

impl From<Unbuilt> for Diagnostic {
    fn from(Unbuilt { construct, span }: Unbuilt) -> Self {
        Diagnostic::error("E0901", format!("{construct} is not built yet"), span)
            .label(span, "part of the language, but this compiler cannot use it yet")
    }
}

/// Adds a help if there is one.
pub(crate) fn helped(diagnostic: Diagnostic, help: Option<Help>) -> Diagnostic {
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// Adds a note if there is one.
pub(crate) fn noted(diagnostic: Diagnostic, note: Option<String>) -> Diagnostic {
    match note {
        Some(note) => diagnostic.note(note),
        None => diagnostic,
    }
}

/// Adds a label if its place is known.
pub(crate) fn labelled(diagnostic: Diagnostic, span: Option<Span>, text: &str) -> Diagnostic {
    match span {
        Some(span) => diagnostic.label(span, text),
        None => diagnostic,
    }
}

/// `did you mean …` if a name is near to the one at `span`.
pub(crate) fn meant(diagnostic: Diagnostic, span: Span, similar: Option<String>) -> Diagnostic {
    let help = |name: String| Help::new(format!("did you mean `{name}`?")).edit(span, name);
    helped(diagnostic, similar.map(help))
}

/// `1 argument`, `2 arguments`
pub(crate) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
