//! Operators.

use sdec_base::{Diagnostic, Help, Span};

use super::{helped, noted};

/// A side of an operator: its place, its type, its text.
pub(crate) type Side = (Span, String, String);

/// The contraction with its sides exchanged.
#[derive(Clone, Debug)]
pub(crate) struct OtherWay {
    /// What it contracts.
    pub(crate) over: String,
    /// What it gives.
    pub(crate) gives: String,
    /// Whether that can be what is needed.
    pub(crate) fits: bool,
}

/// What can be wrong with an operator and its operands.
#[derive(Clone, Debug)]
pub(crate) enum OperatorError {
    /// `A @ x` with different sizes.
    Contract {
        op_span: Span,
        span: Span,
        lhs: Side,
        rhs: Side,
        offers: (String, String),
        other_way: Option<OtherWay>,
        note: Option<String>,
    },
    /// `a @ x` where one is no table.
    ContractNumber { op_span: Span, lhs: Side, rhs: Side },
    /// `A * B` of tables.
    Product {
        symbol: &'static str,
        op_span: Span,
        lhs: Side,
        rhs: Side,
        contracts: Option<String>,
        entrywise: bool,
    },
    /// `a + b` of different types.
    Operands {
        symbol: &'static str,
        op_span: Span,
        lhs: (Span, String),
        rhs: (Span, String),
        note: Option<String>,
    },
    /// Something that cannot be computed with.
    Operand { symbol: &'static str, found: String, span: Span },
    /// Arithmetic on an index.
    IndexArithmetic {
        index: String,
        set: String,
        other: String,
        negative: bool,
        /// Whether it stands where an index is needed.
        indexes: bool,
        span: Span,
        whole: Span,
    },
    /// A `Nat` with a `Float`.
    CountWithNumber { symbol: &'static str, count: (Span, String), number: (Span, String) },
    /// `k / n` of counts.
    CountQuotient { lhs: Span, rhs: Span, span: Span },
    /// `k ^ n` of counts.
    CountPower { lhs: Span, span: Span },
    /// `a ^ b` where `b` is no number.
    Exponent { found: String, span: Span },
    /// `A ^ 2` of a square table.
    SquareTable { lhs: String, rhs: String, span: Span },
    /// `a < b` of tables.
    CompareTables { symbol: &'static str, lhs: (Span, String), rhs: (Span, String) },
}

impl From<OperatorError> for Diagnostic {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::Contract { op_span, span, lhs, rhs, offers, other_way, note } => {
                let title = format!(
                    "cannot contract `{} @ {}`: {} is not {}",
                    lhs.2, rhs.2, offers.0, offers.1
                );
                let said = Diagnostic::error("E0301", title, span)
                    .label(lhs.0, format!("{} : {}  offers {}", lhs.2, lhs.1, offers.0))
                    .label(
                        op_span,
                        "contracts the last axis of the left with the first axis of the right",
                    )
                    .label(rhs.0, format!("{} : {}  offers {}", rhs.2, rhs.1, offers.1));
                let help = |OtherWay { over, gives, fits }: OtherWay| {
                    let help = Help::new(format!(
                        "the other way round fits: `{} @ {}` contracts {over} with {over} and gives {gives}",
                        rhs.2, lhs.2
                    ));
                    match fits {
                        true => help.edit(lhs.0, rhs.2.clone()).edit(rhs.0, lhs.2.clone()),
                        false => help,
                    }
                };
                noted(helped(said, other_way.map(help)), note)
            }
            OperatorError::ContractNumber { op_span, lhs, rhs } => {
                Diagnostic::error("E0301", "`@` contracts tables of numbers", op_span)
                    .label(lhs.0, lhs.1)
                    .label(rhs.0, rhs.1)
                    .help("a scalar times a table:")
                    .edit(op_span, "*")
            }
            OperatorError::Product { symbol, op_span, lhs, rhs, contracts, entrywise } => {
                product(symbol, op_span, &lhs, &rhs, contracts, entrywise)
            }
            OperatorError::Operands { symbol, op_span, lhs, rhs, note } => {
                let title = format!("`{symbol}` needs two of one type");
                noted(
                    Diagnostic::error("E0316", title, op_span)
                        .label(lhs.0, lhs.1)
                        .label(rhs.0, rhs.1),
                    note,
                )
            }
            OperatorError::Operand { symbol, found, span } => {
                let help = instead_of(&found);
                let said =
                    Diagnostic::error("E0316", format!("`{symbol}` computes with numbers"), span);
                helped(said.label(span, found), help)
            }
            OperatorError::IndexArithmetic {
                index,
                set,
                other,
                negative,
                indexes,
                span,
                whole,
            } => index_arithmetic((&index, &set, &other), negative, indexes, span, whole),
            OperatorError::CountWithNumber { symbol, count, number } => Diagnostic::error(
                "E0316",
                format!("`{symbol}` of {} and {}", count.1, number.1),
                count.0,
            )
            .label(count.0, &count.1)
            .label(number.0, number.1)
            .help("convert it:")
            .wrap(count.0, "float(", ")"),
            OperatorError::CountQuotient { lhs, rhs, span } => {
                Diagnostic::error("E0316", "the quotient of two counts is no count", span)
                    .label(span, "Nat / Nat")
                    .help("as numbers:")
                    .wrap(lhs, "float(", ")")
                    .wrap(rhs, "float(", ")")
            }
            OperatorError::CountPower { lhs, span } => {
                Diagnostic::error("E0316", "`^` is for numbers", span)
                    .label(span, "a power of a count")
                    .help("as a number:")
                    .wrap(lhs, "float(", ")")
            }
            OperatorError::Exponent { found, span } => {
                Diagnostic::error("E0316", "an exponent is one number", span).label(span, found)
            }
            OperatorError::SquareTable { lhs, rhs, span } => {
                Diagnostic::warning("W0302", format!("`{lhs} ^ {rhs}` is entrywise"), span)
                    .label(span, "every entry to the power, not a product of matrices")
                    .help("the matrix product:")
                    .edit(span, format!("{lhs} @ {lhs}"))
            }
            OperatorError::CompareTables { symbol, lhs, rhs } => {
                Diagnostic::error("E0316", format!("`{symbol}` compares numbers"), lhs.0)
                    .label(lhs.0, lhs.1)
                    .label(rhs.0, rhs.1)
                    .help("entry by entry, as in  all i. a[i] < b[i]")
            }
        }
    }
}

fn product(
    symbol: &str,
    op_span: Span,
    lhs: &Side,
    rhs: &Side,
    contracts: Option<String>,
    entrywise: bool,
) -> Diagnostic {
    let word = if symbol == "/" { "divides" } else { "multiplies" };
    let title = format!("`{symbol}` between two tables is ambiguous");
    let mut said = Diagnostic::error("E0302", title, lhs.0.to(rhs.0))
        .label(lhs.0, &lhs.1)
        .label(op_span, format!("{word} by a scalar only"))
        .label(rhs.0, &rhs.1);
    if symbol == "/" {
        if entrywise {
            said = said.help("elementwise quotient:").edit(op_span, "./");
        }
        return said;
    }
    if let Some(axis) = contracts {
        said = said.help(format!("matrix product (contract {axis}):")).edit(op_span, "@");
    }
    if entrywise {
        said = said.help("elementwise product:").edit(op_span, ".*");
    }
    said
}

fn index_arithmetic(
    (index, set, other): (&str, &str, &str),
    negative: bool,
    indexes: bool,
    span: Span,
    whole: Span,
) -> Diagnostic {
    let (sign, verb) = if negative { ("-", "subtracting") } else { ("", "adding") };
    let is_number = other.chars().all(|c| c.is_ascii_digit());
    let step = if is_number { format!("{sign}{other}") } else { "1".to_owned() };
    let found = Diagnostic::error("E0306", "an index is not a number", span)
        .label(whole, format!("{index} : index of {set} — {verb} {other} might leave {set}"));
    match indexes {
        true => found
            .help("cyclic neighbour:")
            .edit(whole, format!("wrap({index}, {step})"))
            .help("stop at the edge:")
            .edit(whole, format!("clamp({index}, {step})"))
            .help(format!("its number is  ordinal({index})")),
        false => found
            .help("as a number:")
            .wrap(span, "float(ordinal(", "))")
            .help(format!("a cyclic neighbour is  wrap({index}, {step})")),
    }
}

/// How numbers are had of what is no number.
pub(super) fn instead_of(found: &str) -> Option<Help> {
    if found.starts_with("Signal(") {
        return Some(Help::new(
            "what may be missing is left out, as in  present(xs), or counted as something, as in  or_else(m, 0)",
        ));
    }
    let series = found.starts_with("Series(");
    series.then(|| Help::new("compute with its observations, as in  for k. 2 * xs[k].x"))
}
