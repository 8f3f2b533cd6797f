//! Laws.

use sdec_base::{Diagnostic, Help, Span};

use super::{counted, helped, meant};

/// What can be wrong with a law.
#[derive(Clone, Debug)]
pub(crate) enum LawError {
    /// No law has this name.
    Unknown { written: String, span: Span, similar: Option<String> },
    /// Too few or too many arguments.
    Arguments { name: String, params: String, found: usize, span: Span },
    /// A law has no such parameter.
    Parameter { law: String, param: String, params: String, span: Span },
    /// A scale that is zero or negative.
    Scale {
        law: &'static str,
        scale: &'static str,
        params: String,
        swapped: Option<String>,
        span: Span,
        whole: Span,
    },
    /// A parameter of any sign as a scale.
    LooseScale { what: &'static str, declared: Span, span: Span },
    /// A probability below 0 or above 1.
    Probability { law: &'static str, value: String, span: Span },
    /// A parameter that may be beyond 0 or 1 as a probability.
    LooseProbability { declared: Span, span: Span },
    /// A rate of any sign.
    Rate { found: String, span: Span },
    /// An interval with its ends the wrong way round.
    Bounds { low: String, high: String, span: Span },
    /// Something else where a law is needed.
    NotALaw { found: String, span: Span },
    /// `init x = Normal(0, 1)`
    Equal { name: String, sign: Span, span: Span },
    /// A function that a law does not have: the quantile of several numbers.
    NoFunction { law: &'static str, function: String, span: Span },
    /// A law of tables as a value, whose parameters have axes that are no part of one draw.
    TableOfJoint { law: &'static str, span: Span },
    /// `for i. Law(…)` for something that is no table.
    TableOfLaws { found: String, span: Span },
}

impl From<LawError> for Diagnostic {
    fn from(error: LawError) -> Self {
        match error {
            LawError::Unknown { written, span, similar } => meant(
                Diagnostic::error("E0201", format!("unknown law `{written}`"), span)
                    .label(span, "no law has this name"),
                span,
                similar,
            ),
            LawError::Arguments { name, params, found, span } => {
                let n = params.split(", ").count();
                let title = format!("{name} has {}", counted(n, "parameter"));
                Diagnostic::error("E0609", title, span)
                    .label(span, format!("{} here", counted(found, "argument")))
                    .help(format!("its parameters are  {name}({params})"))
            }
            LawError::Parameter { law, param, params, span } => {
                Diagnostic::error("E0609", format!("{law} has no parameter `{param}`"), span)
                    .label(span, "not one of its parameters")
                    .help(format!("its parameters are  {law}({params})"))
            }
            LawError::Scale { law, scale, params, swapped, span, whole } => {
                let article = if law.starts_with(['E', 'I', 'U']) { "an" } else { "a" };
                let what = if scale == "standard deviation" { "scale" } else { scale };
                let title = format!("the {what} of {article} {law} must be positive");
                let found = Diagnostic::error("E0602", title, span)
                    .label(span, format!("this is the {scale}"));
                let help = |swapped: String| {
                    Help::new(format!("{law}({params}): did you mean  {swapped} ?"))
                        .edit(whole, swapped)
                };
                helped(found, swapped.map(help))
            }
            LawError::LooseScale { what, declared, span } => {
                Diagnostic::warning("W0603", "this scale can become negative during fitting", span)
                    .label(declared, "nothing keeps it above zero")
                    .label(span, format!("used as a {what}"))
                    .help("constrain it:")
                    .edit(declared, "Positive")
                    .help("or map it:")
                    .wrap(span, "softplus(", ")")
            }
            LawError::Probability { law, value, span } => {
                let title = format!("the probability of a {law} is from 0 to 1");
                Diagnostic::error("E0602", title, span).label(span, format!("this is {value}"))
            }
            LawError::LooseProbability { declared, span } => Diagnostic::warning(
                "W0603",
                "this probability can leave 0 to 1 during fitting",
                span,
            )
            .label(declared, "nothing keeps it there")
            .label(span, "used as a probability")
            .help("constrain it:")
            .edit(declared, "Unit")
            .help("or map it:")
            .wrap(span, "sigmoid(", ")"),
            LawError::Rate { found, span } => {
                Diagnostic::error("E0604", "a Poisson rate can be negative here", span)
                    .label(span, format!("{found} of either sign"))
                    .help("write:")
                    .wrap(span, "exp(", ")")
                    .help("or, linear where it is large:")
                    .wrap(span, "softplus(", ")")
            }
            LawError::Bounds { low, high, span } => {
                Diagnostic::error("E0602", "the bounds of a Uniform must be in order", span)
                    .label(span, format!("{low} is not below {high}"))
                    .help(format!("Uniform(low, high): did you mean  Uniform({high}, {low}) ?"))
                    .edit(span, format!("Uniform({high}, {low})"))
            }
            LawError::NotALaw { found, span } => {
                Diagnostic::error("E0611", "a law is needed here", span)
                    .label(span, found)
                    .help("a law, as in  Normal(0, 1)")
            }
            LawError::Equal { name, sign, span } => {
                let title = format!("`{name}` is drawn from a law, not equal to it");
                Diagnostic::error("E0611", title, span)
                    .label(span, "a law, where a value at the start is needed")
                    .help("draw it:")
                    .edit(sign, " ~ ")
            }
            LawError::NoFunction { law, function, span } => {
                let title = format!("{law} has no `{function}`");
                Diagnostic::error("E0611", title, span)
                    .label(span, "a law of several numbers at once, or of an index")
                    .help("its density, as in  log_prob(law, x)")
            }
            LawError::TableOfJoint { law, span } => {
                let title = format!("a table of {law} laws is no single law");
                Diagnostic::error("E0609", title, span)
                    .label(span, "its parameters have an axis more than one law takes")
                    .help(format!("a table of laws, as in  for i. {law}(m[i], L)"))
            }
            LawError::TableOfLaws { found, span } => {
                Diagnostic::error("E0609", "a table of laws is a law of tables", span)
                    .label(span, format!("but the state is {found}"))
            }
        }
    }
}
