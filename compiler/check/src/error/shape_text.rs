//! Types and sizes: the texts.

use sdec_base::{Diagnostic, Span};

use super::shape::{Operand, ShapeError};
use super::{counted, helped, labelled, noted};
use crate::infer::Why;
use crate::unify::{Origin, Unknown};

impl From<ShapeError> for Diagnostic {
    fn from(error: ShapeError) -> Self {
        use ShapeError as E;
        match error {
            E::Expected { .. }
            | E::NoVectorSpace { .. }
            | E::Sizes { .. }
            | E::Unknown(_)
            | E::UnflatHere { .. } => mismatch(error),
            E::TooLarge { .. }
            | E::OutOfRange { .. }
            | E::SizeForType { .. }
            | E::TypeForSize { .. }
            | E::Interval { .. }
            | E::TypeArguments { .. }
            | E::NotASize { .. }
            | E::NoNumber { .. }
            | E::Negative { .. }
            | E::NegativeCount { .. }
            | E::TooManyEntries { .. } => size(error),
            E::Contract { .. }
            | E::ContractNumber { .. }
            | E::Product { .. }
            | E::Operands { .. }
            | E::Operand { .. }
            | E::IndexArithmetic { .. }
            | E::CountWithNumber { .. }
            | E::CountQuotient { .. }
            | E::CountPower { .. }
            | E::Exponent { .. }
            | E::SquareTable { .. }
            | E::CompareTables { .. } => operator(error),
            E::NotAFunction { .. }
            | E::ArgumentCount { .. }
            | E::NamedArgument { .. }
            | E::LambdaBinder { .. }
            | E::LambdaArity { .. }
            | E::ChosenFunction { .. }
            | E::TableOfFunctions { .. }
            | E::ReducerAsValue { .. }
            | E::ReducerCall { .. }
            | E::Derivative { .. }
            | E::Conversion { .. }
            | E::Cat { .. }
            | E::ParameterType { .. }
            | E::ShownFunction { .. } => call(error),
            E::NotATable { .. }
            | E::NotATuple { .. }
            | E::NotARecord { .. }
            | E::MissingField { .. }
            | E::Range { .. }
            | E::Reduced { .. }
            | E::Addend { .. }
            | E::MissingArm { .. }
            | E::UnreachableArm { .. } => part(error),
        }
    }
}

fn mismatch(error: ShapeError) -> Diagnostic {
    match error {
        ShapeError::Expected { expected, found, why, span, written, hint, note } => {
            let said = expectation(&expected, &found, &why, span, written.as_deref());
            noted(helped(said, hint), note)
        }
        ShapeError::NoVectorSpace { found, span } => {
            Diagnostic::error("E0316", format!("{found} cannot be added and scaled"), span)
                .label(span, "numbers, or tables and records of numbers, are needed here")
        }
        ShapeError::Sizes { left, right, span, note } => noted(
            Diagnostic::error("E0305", format!("`{left}` and `{right}` are different sizes"), span)
                .label(span, "required to be the same here"),
            note,
        ),
        ShapeError::Unknown(origin) => unknown(&origin),
        ShapeError::UnflatHere { span } => {
            Diagnostic::error("E0312", "nothing says what `unflat` should give", span)
                .label(span, "a type is needed here")
                .help("annotate it:  (unflat(v) : Weights(Float, n))")
        }
        _ => unreachable!("of this family"),
    }
}

/// A type that is not the expected one, by the reason for the expectation.
fn expectation(
    expected: &str,
    found: &str,
    why: &Why,
    span: Span,
    written: Option<&str>,
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
            let of_number = found == "Float" && what.starts_with("the drift");
            match written.filter(|_| of_number) {
                Some(text) => said
                    .help(format!("decay towards zero:      {text} * {name} dt"))
                    .help(format!("same drift everywhere:   (for i. {text}) dt")),
                None => said,
            }
        }
        Why::Argument { function, declared } => {
            let title = format!("`{function}` takes {expected}, this is {found}");
            let said = Diagnostic::error("E0308", title, span);
            labelled(said, *declared, &format!("declared:  {expected}")).label(span, found)
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
            Diagnostic::error("E0313", format!("`{key}` must be {expected}"), span)
                .label(span, found)
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
                .help(format!("say it:  for {name}: 10. …"))
        }
        Unknown::Generic { function, name } => {
            let title = format!("`{function}`: nothing says what `{name}` is here");
            Diagnostic::error("E0312", title, *span)
                .label(*span, format!("neither the arguments nor the use determine {name}"))
                .help("annotate the result:  (… : 3 => Float)")
        }
        Unknown::Shape(word) => {
            Diagnostic::error("E0312", format!("nothing says what shape `{word}` has here"), *span)
                .label(*span, "of which type?")
                .help(format!("annotate it:  ({word} : 3 => Float)"))
        }
        Unknown::Entry => Diagnostic::error("E0312", "nothing says what this is a table of", *span)
            .label(*span, "no entries")
            .help("annotate it:  ([] : 0 => Float)"),
    }
}

fn size(error: ShapeError) -> Diagnostic {
    match error {
        ShapeError::TooLarge { span, what } => {
            let title = match what.as_str() {
                "type" => "this type is too large".to_owned(),
                "size" => "this size is outside 64 bits".to_owned(),
                "index" => "this index is outside 64 bits".to_owned(),
                "Float" => "this number is larger than any Float".to_owned(),
                other => format!("this number is larger than any {other}"),
            };
            Diagnostic::error("E0318", title, span).label(span, "too large")
        }
        ShapeError::OutOfRange { index, span, set, number, table } => {
            let title = format!("index {index} is out of range");
            let said = Diagnostic::error("E0311", title, span);
            match number {
                Some(0) => said.label(span, format!("{set} is empty")),
                Some(n) if n <= 4 => {
                    let indices: Vec<String> = (0..n).map(|k| k.to_string()).collect();
                    let over = if table.is_empty() { set } else { table };
                    said.label(span, format!("the indices of {over} are {}", indices.join(", ")))
                }
                Some(n) => said.label(span, format!("the indices of {set} are 0, …, {}", n - 1)),
                None => said
                    .label(span, format!("{set} may be any number, also a smaller one"))
                    .help("an index that is a number needs a size that is a number"),
            }
        }
        ShapeError::SizeForType { written, span } => {
            Diagnostic::error("E0317", format!("`{written}` is a size, and a type is needed"), span)
                .label(span, "a type is needed here")
                .help(format!("a table of that size:  {written} => Float"))
        }
        ShapeError::TypeForSize { written, span } => {
            Diagnostic::error("E0317", format!("`{written}` is a type, and a size is needed"), span)
                .label(span, "a number, a size name or an index type is needed here")
        }
        ShapeError::Interval { span } => {
            Diagnostic::error("E0317", "an interval has two ends in order", span)
                .label(span, "not two numbers, the smaller one first")
                .help("Interval(-1, 1)")
        }
        ShapeError::TypeArguments { name, wanted, found, span } => {
            let title = format!("`{name}` takes {}", counted(wanted, "argument"));
            Diagnostic::error("E0314", title, span).label(span, format!("{found} here"))
        }
        ShapeError::NotASize { what, span } => {
            Diagnostic::error("E0317", format!("`{what}` is not a size"), span)
                .label(span, "a number, or a sum or product of size names, is needed here")
                .note("sizes are known before anything runs")
        }
        ShapeError::NoNumber { name, span } => {
            Diagnostic::error("E0317", format!("the size `{name}` must be a number"), span)
                .label(span, "not known here")
        }
        ShapeError::NegativeCount { written, span } => {
            Diagnostic::error("E0318", format!("a count is not negative: {written}"), span)
                .label(span, "a Nat is needed here")
        }
        ShapeError::Negative { size, value, span } => {
            Diagnostic::error("E0318", format!("a size below zero: {size}"), span)
                .label(span, format!("{value} entries with the sizes of this command"))
        }
        ShapeError::TooManyEntries { ty, span } => {
            Diagnostic::error("E0318", format!("the table {ty} is too large"), span)
                .label(span, "more than 2³¹ entries with the sizes of this command")
        }
        _ => unreachable!("of this family"),
    }
}

fn operator(error: ShapeError) -> Diagnostic {
    match error {
        ShapeError::Contract { op_span, span, lhs, rhs, offers, other_way, note } => {
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
            let help = other_way.map(|(over, gives)| {
                format!("the other way round fits: `{} @ {}` contracts {over} with {over} and gives {gives}", rhs.2, lhs.2)
            });
            noted(helped(said, help), note)
        }
        ShapeError::ContractNumber { op_span, lhs, rhs } => {
            Diagnostic::error("E0301", "`@` contracts tables of numbers", op_span)
                .label(lhs.0, lhs.1)
                .label(rhs.0, rhs.1)
                .help(format!("a scalar times a table:  {} * {}", lhs.2, rhs.2))
        }
        ShapeError::Product { symbol, op_span, lhs, rhs, contracts, entrywise } => {
            product(symbol, op_span, &lhs, &rhs, contracts, entrywise)
        }
        ShapeError::Operands { symbol, op_span, lhs, rhs, note } => {
            let title = format!("`{symbol}` needs two of one type");
            noted(
                Diagnostic::error("E0316", title, op_span).label(lhs.0, lhs.1).label(rhs.0, rhs.1),
                note,
            )
        }
        ShapeError::Operand { symbol, found, span } => {
            Diagnostic::error("E0316", format!("`{symbol}` computes with numbers"), span)
                .label(span, found)
        }
        ShapeError::IndexArithmetic { index, set, other, negative, span, whole } => {
            index_arithmetic(&index, &set, &other, negative, span, whole)
        }
        ShapeError::CountWithNumber { symbol, count, number, written } => Diagnostic::error(
            "E0316",
            format!("`{symbol}` of {} and {}", count.1, number.1),
            count.0,
        )
        .label(count.0, &count.1)
        .label(number.0, number.1)
        .help(format!("convert it:  float({written})")),
        ShapeError::CountQuotient { lhs, rhs, span } => {
            Diagnostic::error("E0316", "the quotient of two counts is no count", span)
                .label(span, "Nat / Nat")
                .help(format!("as numbers:  float({lhs}) / float({rhs})"))
        }
        ShapeError::CountPower { lhs, rhs, span } => {
            Diagnostic::error("E0316", "`^` is for numbers", span)
                .label(span, "a power of a count")
                .help(format!("as a number:  float({lhs}) ^ {rhs}"))
        }
        ShapeError::Exponent { found, span } => {
            Diagnostic::error("E0316", "an exponent is one number", span).label(span, found)
        }
        ShapeError::SquareTable { lhs, rhs, span } => {
            Diagnostic::warning("W0302", format!("`{lhs} ^ {rhs}` is entrywise"), span)
                .label(span, "every entry to the power, not a product of matrices")
                .help(format!("the matrix product:  {lhs} @ {lhs}"))
        }
        ShapeError::CompareTables { symbol, lhs, rhs } => {
            Diagnostic::error("E0316", format!("`{symbol}` compares numbers"), lhs.0)
                .label(lhs.0, lhs.1)
                .label(rhs.0, rhs.1)
                .help("entry by entry:  all i. a[i] < b[i]")
        }
        _ => unreachable!("of this family"),
    }
}

fn product(
    symbol: &str,
    op_span: Span,
    lhs: &Operand,
    rhs: &Operand,
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
            said = said.help(format!("elementwise quotient:           {} ./ {}", lhs.2, rhs.2));
        }
        return said;
    }
    if let Some(axis) = contracts {
        said = said.help(format!("matrix product (contract {axis}):    {} @ {}", lhs.2, rhs.2));
    }
    if entrywise {
        said = said.help(format!("elementwise product:            {} .* {}", lhs.2, rhs.2));
    }
    said
}

fn index_arithmetic(
    index: &str,
    set: &str,
    other: &str,
    negative: bool,
    span: Span,
    whole: Span,
) -> Diagnostic {
    let (sign, verb) = if negative { ("-", "subtracting") } else { ("", "adding") };
    let is_number = other.chars().all(|c| c.is_ascii_digit());
    let step = if is_number { format!("{sign}{other}") } else { "1".to_owned() };
    let op = if negative { "-" } else { "+" };
    Diagnostic::error("E0306", "an index is not a number", span)
        .label(whole, format!("{index} : index of {set} — {verb} {other} might leave {set}"))
        .help(format!("cyclic neighbour:   wrap({index}, {step})"))
        .help(format!("stop at the edge:   clamp({index}, {step})"))
        .help(format!("as a number:        ordinal({index}) {op} {other}"))
}

fn call(error: ShapeError) -> Diagnostic {
    match error {
        ShapeError::NotAFunction { what, found, span } => {
            Diagnostic::error("E0315", format!("`{what}` is not a function"), span)
                .label(span, found)
        }
        ShapeError::ArgumentCount { function, wanted, found, span, declared } => {
            let title = format!("`{function}` takes {}, not {found}", counted(wanted, "argument"));
            labelled(Diagnostic::error("E0314", title, span), declared, "declared here")
                .label(span, format!("{found} given"))
        }
        ShapeError::NamedArgument { name, span } => {
            Diagnostic::error("E0314", "arguments of functions have no names", span)
                .label(span, format!("write only the value of `{name}`"))
        }
        ShapeError::LambdaBinder { name, span, body } => {
            Diagnostic::error("E0802", format!("cannot infer the type of `{name}`"), span)
                .label(span, format!("nothing says what {name} is"))
                .help(format!("annotate it:  \\{name}: Float. {body}"))
                .note("a lambda passed to a function takes its types from there, so only free-standing lambdas need annotations")
        }
        ShapeError::LambdaArity { wanted, found, ty, span } => {
            let title = format!("a function of {} is needed", counted(wanted, "argument"));
            Diagnostic::error("E0314", title, span)
                .label(span, format!("this one has {found}; expected {ty}"))
        }
        ShapeError::ChosenFunction { condition, span } => {
            Diagnostic::error("E0803", "functions must be known at compile time", span)
                .label(span, format!("which function this is depends on `{condition}`, known only while running"))
                .help("choose the result instead:  if … then f(x) else g(x)")
                .note("function values are inlined away; kernels have no function pointers")
        }
        ShapeError::TableOfFunctions { span } => {
            Diagnostic::error("E0803", "a table holds values, not functions", span)
                .label(span, "a table of functions")
        }
        ShapeError::ShownFunction { ty, span } => {
            Diagnostic::error("E0803", "a function cannot be shown", span)
                .label(span, ty)
                .help("apply it to something")
        }
        ShapeError::ReducerAsValue { word, span } => {
            Diagnostic::error("E0314", format!("`{word}` reduces over an index"), span)
                .label(span, "over which?")
                .help(format!("{word} i. x[i]"))
        }
        ShapeError::ReducerCall { word, of, span } => {
            let said = Diagnostic::error("E0314", format!("`{word}` reduces over an index"), span)
                .label(span, "over which?")
                .help(format!("{word} i. {}[i]", of.unwrap_or_else(|| "x".to_owned())));
            let pair = matches!(word.as_str(), "max" | "min");
            helped(said, pair.then(|| format!("of two numbers:  {word}(a, b)")))
        }
        ShapeError::Derivative { word, needs, found, span } => {
            Diagnostic::error("E0315", format!("`{word}` is of {needs}"), span).label(span, found)
        }
        ShapeError::Conversion { to, found, what, is_index, span } => {
            let title = format!("`{}` converts counts", to.to_lowercase());
            let said = Diagnostic::error("E0316", title, span).label(span, found);
            helped(said, is_index.then(|| format!("its number:  {}(ordinal({what}))", to.to_lowercase())))
        }
        ShapeError::Cat { what, found, span, other, mended } => {
            let title = format!("`cat` joins tables, but `{what}` is a {found}");
            let said = Diagnostic::error("E0307", title, span);
            let said = match other {
                Some((at, ty)) => said.label(at, format!("{ty}  joined with  {found}")),
                None => said,
            };
            said.label(span, found).help(format!("make a table of one:  cat({mended})"))
        }
        ShapeError::ParameterType { name, span } => {
            Diagnostic::error("E0802", format!("parameter `{name}` needs a type"), span)
                .label(span, "of which type?")
                .help(format!("{name}: Float"))
        }
        _ => unreachable!("of this family"),
    }
}

fn part(error: ShapeError) -> Diagnostic {
    match error {
        ShapeError::NotATable { what, found, span } => {
            Diagnostic::error("E0315", format!("`{what}` is not a table"), span).label(span, found)
        }
        ShapeError::NotATuple { found, parts, span } => {
            Diagnostic::error("E0315", format!("this pattern takes {parts} parts apart"), span)
                .label(span, format!("the value is {found}"))
        }
        ShapeError::NotARecord { found, span } => {
            Diagnostic::error("E0315", "`with` changes fields of a record", span).label(span, found)
        }
        ShapeError::MissingField { field, ty, span } => {
            Diagnostic::error("E0208", format!("the field `{field}` is missing"), span)
                .label(span, format!("expected {ty}"))
        }
        ShapeError::Range { binder, range, because, table, set, span, free } => {
            range_text(&binder, &range, because, &table, &set, span, free)
        }
        ShapeError::Reduced { word, word_span, needs, found, span } => {
            Diagnostic::error("E0316", format!("`{word}` reduces {needs}"), word_span)
                .label(span, found)
        }
        ShapeError::Addend { addend, summand, names, span, op } => {
            Diagnostic::warning("W0208", format!("`{addend}` is added once for each {names}"), span)
                .label(op, format!("inside the sum, but does not mention {names}"))
                .help(format!("to add it once:  (sum {names}. {summand}) + {addend}"))
        }
        ShapeError::MissingArm { constructor, arguments, declared, scrutinee, span, of } => {
            let title = format!("this `case` does not handle `{constructor}`");
            let said = Diagnostic::error("E0801", title, span);
            let binders: Vec<String> = (0..arguments).map(|k| format!("x{k}")).collect();
            let pattern = if binders.is_empty() {
                constructor
            } else {
                format!("{constructor}({})", binders.join(", "))
            };
            labelled(said, declared, "this alternative is not covered")
                .label(of, format!("{} : {}", scrutinee.0, scrutinee.1))
                .help(format!("add an arm:  {pattern} -> …"))
        }
        ShapeError::UnreachableArm { span } => {
            Diagnostic::error("E0801", "this arm is never reached", span)
                .label(span, "the arms above take everything")
        }
        _ => unreachable!("of this family"),
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
    let same = free.filter(|(free, _)| free == set);
    helped(
        said,
        same.map(|_| {
            format!("if both tables always have the same size, say so:  {table}: {range} => …")
        }),
    )
}
