//! Parts of values: entries, fields, alternatives.

use sdec_base::{Diagnostic, Help, Span};

use super::operator::instead_of;
use super::{helped, labelled};
use crate::infer::Missed;

/// What can be wrong with taking a value apart.
#[derive(Clone, Debug)]
pub(crate) enum PartError {
    /// An index on something else.
    NotATable { what: String, found: String, span: Span },
    /// A pattern of parts on something else.
    NotATuple { found: String, parts: usize, span: Span },
    /// `{r with …}` of something else.
    NotARecord { found: String, span: Span },
    /// A record without one of its fields.
    MissingField { field: String, ty: String, span: Span },
    /// An index that ranges over another set.
    Range {
        binder: (String, Span),
        range: String,
        because: Option<String>,
        table: String,
        set: String,
        span: Span,
        free: Option<(String, Span)>,
    },
    /// A reduction of something else.
    Reduced { word: &'static str, word_span: Span, needs: &'static str, found: String, span: Span },
    /// `sum i. x[i] + b`
    Addend { addend: String, names: String, span: Span, op: Span, whole: Span, summand: Span },
    /// A `case` without some constructor.
    MissingArm {
        /// What no arm takes.
        pattern: String,
        /// Its alternative in the type's declaration.
        declared: Option<Span>,
        scrutinee: (String, String),
        /// The last arm.
        last: Option<Span>,
        /// Whether the arms are numbers.
        number: bool,
        span: Span,
        of: Span,
    },
    /// An arm after one that takes everything.
    UnreachableArm { span: Span },
    /// A pattern outside of a `case` that does not take every value, and one that it does not take.
    MayNotMatch { written: String, missed: Missed, span: Span },
    /// A `case` with constructors, on something that no constructor makes: what it is, whether it is an
    /// index, and the comparisons that say the same.
    NoAlternatives {
        written: String,
        found: String,
        index: bool,
        instead: Option<String>,
        span: Span,
        whole: Span,
    },
}

impl From<PartError> for Diagnostic {
    fn from(error: PartError) -> Self {
        match error {
            PartError::NotATable { what, found, span } => {
                let of_time = found.starts_with("(Float) -> ");
                let said = Diagnostic::error("E0315", format!("`{what}` is not a table"), span)
                    .label(span, found);
                let help = || Help::new(format!("a function of time is called, as in  {what}(t0)"));
                helped(said, of_time.then(help))
            }
            PartError::NotATuple { found, parts, span } => {
                Diagnostic::error("E0315", format!("this pattern takes {parts} parts apart"), span)
                    .label(span, format!("the value is {found}"))
            }
            PartError::NotARecord { found, span } => {
                Diagnostic::error("E0315", "`with` changes fields of a record", span)
                    .label(span, found)
            }
            PartError::MissingField { field, ty, span } => {
                Diagnostic::error("E0208", format!("the field `{field}` is missing"), span)
                    .label(span, format!("expected {ty}"))
            }
            PartError::Range { binder, range, because, table, set, span, free } => {
                range_text(&binder, &range, because, &table, &set, span, free)
            }
            PartError::Reduced { word, word_span, needs, found, span } => {
                let help = instead_of(&found);
                let said =
                    Diagnostic::error("E0316", format!("`{word}` reduces {needs}"), word_span);
                helped(said.label(span, found), help)
            }
            PartError::Addend { addend, names, span, op, whole, summand } => Diagnostic::warning(
                "W0208",
                format!("`{addend}` is added once for each {names}"),
                span,
            )
            .label(op, format!("inside the sum, but does not mention {names}"))
            .help("to add it once:")
            .put_before(whole, "(")
            .put_after(summand, ")"),
            PartError::MissingArm { pattern, declared, scrutinee, last, number, span, of } => {
                let title = format!("this `case` does not handle `{pattern}`");
                let said = Diagnostic::error("E0801", title, span);
                let said = labelled(said, declared, "this alternative is not covered")
                    .label(of, format!("{} : {}", scrutinee.0, scrutinee.1));
                match last.filter(|_| number) {
                    Some(last) => {
                        said.help("add an arm:").line_below(last, format!("{pattern} -> 0"))
                    }
                    None => said.help(format!("add an arm for  {pattern}")),
                }
            }
            PartError::NoAlternatives { written, found, index, instead, span, whole } => {
                let what = if index {
                    "an index is compared, not taken apart"
                } else {
                    "only values of a declared type have alternatives"
                };
                let said = Diagnostic::error("E0208", format!("`case` of {found}"), span)
                    .label(span, what);
                match instead {
                    Some(instead) => said.help("write:").edit(whole, instead),
                    None if index => {
                        said.help(format!("compare it, as in  if {written} == A then … else …"))
                    }
                    None => said.help(format!("compare it, as in  if {written} > 0 then … else …")),
                }
            }
            PartError::MayNotMatch { written, missed, span } => {
                let title = format!("`{written}` does not take every value");
                let said = Diagnostic::error("E0801", title, span)
                    .label(span, format!("it may be `{}`", missed.pattern));
                labelled(said, missed.alternative, "another alternative")
                    .help("take it apart by `case`, which has an arm for each alternative")
            }
            PartError::UnreachableArm { span } => {
                Diagnostic::error("E0801", "this arm is never reached", span)
                    .label(span, "the arms above take all that it would")
            }
        }
    }
}

fn range_text(
    binder: &(String, Span),
    range: &str,
    because: Option<String>,
    table: &str,
    set: &str,
    span: Span,
    free: Option<(String, Span)>,
) -> Diagnostic {
    let (name, declared) = binder;
    let title = format!("`{range}` and `{set}` are different sizes");
    let reason = because.map(|text| format!(", because of {text}")).unwrap_or_default();
    let said = Diagnostic::error("E0305", title, *declared);
    let said = match &free {
        Some((free, at)) if free == set => {
            said.label(*at, format!("{free} may differ from {range} at some call"))
        }
        Some((free, at)) => said.label(*at, format!("{free} may be any number")),
        None => said,
    };
    let said = said
        .label(*declared, format!("here {name} ranges over {range}{reason}"))
        .label(span, format!("{table} is indexed by {set}"));
    let help = |(_, at): (String, Span)| {
        Help::new("if both tables always have the same size, say so:").edit(at, range)
    };
    helped(said, free.filter(|(free, _)| free == set).map(help))
}
