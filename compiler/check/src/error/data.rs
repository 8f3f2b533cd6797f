//! Data declarations.

use sdec_base::{Diagnostic, Help, Span};

use super::helped;

/// What can be wrong with a data declaration.
#[derive(Clone, Debug)]
pub(crate) enum DataError {
    /// Neither `csv` nor `npz` nor `parquet`.
    Format { written: String, span: Span },
    /// The file cannot be read.
    Header { message: String, help: Option<String>, span: Span },
    /// `data D(n = 3)`
    AxisNumber { name: String, at: Span, span: Span },
    /// An axis that no column has.
    UnusedAxis { name: String, data: String, span: Span },
    /// An axis of several declarations, named outside them.
    SeveralAxes { name: String, span: Span },
    /// `from` something that is no column name.
    From { span: Span },
    /// `at` beside something that is no series.
    NoSeries { events: bool, ty: Span, span: Span },
    /// A series without `at`.
    NoTimes { name: String, events: bool, span: Span },
    /// Times that do not increase.
    Times {
        data: String,
        file: (String, Span),
        column: String,
        disorder: crate::Disorder,
        series: bool,
        span: Span,
    },
    /// The file has no such column or array.
    Absent {
        column: String,
        file: String,
        similar: Option<String>,
        known: String,
        declared: Span,
        span: Span,
        /// What names the column: its `from`, or the end of its type where it has none.
        named: Result<Span, Span>,
    },
    /// An axis has another number in the file.
    Extent {
        column: String,
        axis: String,
        number: Option<i64>,
        found: String,
        file: (String, Span),
        span: Span,
    },
    /// More or fewer axes than the file has.
    Shape { column: String, ty: String, found: String, file: (String, Span), csv: bool, span: Span },
}

impl From<DataError> for Diagnostic {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Format { written, span } => {
                Diagnostic::error("E0610", format!("unknown file format `{written}`"), span)
                    .label(span, "csv, npz or parquet")
            }
            DataError::Header { message, help, span } => {
                let found = Diagnostic::error("E0607", message, span).label(span, "this file");
                helped(found, help.map(Help::new))
            }
            DataError::AxisNumber { name, at, span } => {
                let title = format!("the number of axis `{name}` comes from the file");
                Diagnostic::error("E0610", title, span)
                    .label(span, "so it cannot be given here")
                    .help("leave it out:")
                    .edit(Span { start: at.end, ..span }, "")
            }
            DataError::UnusedAxis { name, data, span } => {
                let title = format!("no column of `{data}` has the axis `{name}`");
                Diagnostic::error("E0610", title, span)
                    .label(span, "so nothing says how long it is")
            }
            DataError::SeveralAxes { name, span } => Diagnostic::error(
                "E0206",
                format!("several data declarations have an axis `{name}`"),
                span,
            )
            .label(span, "which one?")
            .help("give the axes different names"),
            DataError::From { span } => {
                Diagnostic::error("E0610", "`from` names columns of the file", span)
                    .label(span, "no name of a column")
                    .help("a column, as in  from \"Close\"")
                    .help("several columns, as in  from [\"x\", \"y\"]")
                    .help("dates, as in  from days(\"date\")  or  from years(\"date\")")
            }
            DataError::NoSeries { events, ty, span } => {
                let found = Diagnostic::error("E0610", "`at` gives the times of a series", span)
                    .label(ty, if events { "these are times themselves" } else { "no series" });
                if events {
                    found.help("events are read from one column, as in  from \"time\"")
                } else {
                    found.help("a series, as in  subject => Series(Float)")
                }
            }
            DataError::NoTimes { name, events, span } => {
                let title = match events {
                    true => "events with marks need their times",
                    false => "a series needs the times of its values",
                };
                Diagnostic::error("E0610", title, span)
                    .label(span, "nothing says when")
                    .help("name the column of the times:")
                    .put_after(span, format!(" at \"{name}\""))
            }
            DataError::Times { data, file, column, disorder, series, span } => {
                let title = format!("the times of `{data}` are not increasing");
                let counted = |n: u64, one: &str, many: &str| match n {
                    0 => None,
                    1 => Some(format!("1 {one}")),
                    n => Some(format!("{n} {many}")),
                };
                let backward = counted(disorder.backward, "row out of order", "rows out of order");
                let repeated = counted(disorder.repeated, "duplicate", "duplicates");
                let found: Vec<String> = backward.into_iter().chain(repeated).collect();
                let [(place, time), (next, later)] = &disorder.first;
                let said = Diagnostic::error("E0605", title, span)
                    .label(file.1, found.join(", "))
                    .label(span, format!("{place}: {column} = {time}, {next}: {column} = {later}"))
                    .help(format!("sort the rows of {} by {column}", file.0));
                if series {
                    said
                } else {
                    said.help(format!(
                        "keep repeated times: make what is measured a series, as in  y : Series(Float) at \"{column}\""
                    ))
                    .help("declare the column as Float, if it is not when the rows were measured")
                }
            }
            DataError::Absent { column, file, similar, known, declared, span, named } => {
                let title = format!("{file} has no column `{column}`");
                let found = Diagnostic::error("E0606", title, span)
                    .label(declared, format!("its columns: {known}"))
                    .label(span, "looked for by this name");
                let help = |name: String| {
                    let help = Help::new("did you mean:");
                    match named {
                        Ok(from) => help.edit(from, format!("\"{name}\"")),
                        Err(ty) => help.put_after(ty, format!(" from \"{name}\"")),
                    }
                };
                helped(found, similar.map(help))
            }
            DataError::Extent { column, axis, number, found, file, span } => {
                let title = format!("column `{column}` does not have the shape of the file");
                let wanted = match number {
                    Some(number) if number.to_string() != axis => {
                        format!("{axis} is {number} here")
                    }
                    _ => format!("{axis} here"),
                };
                Diagnostic::error("E0608", title, span)
                    .label(file.1, format!("{} has {found}", file.0))
                    .label(span, wanted)
            }
            DataError::Shape { column, ty, found, file, csv, span } => {
                let title = format!("column `{column}` does not have the shape of the file");
                let what = if csv { "a table of rows" } else { "an array" };
                let shape = if found.is_empty() { "a single number".to_owned() } else { found };
                let said = Diagnostic::error("E0608", title, span)
                    .label(file.1, format!("{} holds {what}: {shape}", file.0))
                    .label(span, format!("declared as {ty}"));
                let along = ty.contains("Series") || ty.contains("Events");
                let help = if along {
                    Help::new("rows of one group are a series of it:")
                        .put_after(file.1, " by \"id\"")
                } else {
                    Help::new("one axis for the rows, as in  row => Float")
                };
                helped(said, csv.then_some(help))
            }
        }
    }
}
