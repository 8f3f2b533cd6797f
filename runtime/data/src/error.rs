//! What can go wrong with a data file: the facts, the sentence, and the remedy.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Names shown in a help text before the rest is only counted.
const NAMES_SHOWN: usize = 12;

/// An error in, or in getting at, one data file.
#[derive(Debug)]
pub struct DataError {
    /// The file, as the caller named it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

/// How places in a file are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// By the lines of a text.
    Line,
    /// By the rows of a table.
    Row,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "line",
            Self::Row => "row",
        })
    }
}

/// One cell of a table whose text is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Line of the file on which the row begins, or the row, from 1.
    pub line: u64,
    /// Which of both.
    pub unit: Unit,
    /// Name of the column.
    pub column: String,
    /// The text found, without surrounding white space; cut when it is long.
    pub text: String,
}

/// A column that changes within a group of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The column.
    pub column: String,
    /// The column by which rows are grouped.
    pub key: String,
    /// The group's label.
    pub label: String,
    /// Line and value where the group begins.
    pub first: (u64, String),
    /// What is counted.
    pub unit: Unit,
    /// Line and value of the first row that differs.
    pub second: (u64, String),
}

/// The ways in which a data file can be wrong.
#[derive(Debug)]
pub enum Fault {
    /// No such file.
    NotFound {
        /// A file of nearly that name in the same folder.
        similar: Option<String>,
    },
    /// The path names a folder.
    IsFolder,
    /// The operating system refused.
    Unreadable {
        /// Its reason.
        reason: io::Error,
    },
    /// A line of a CSV file is not UTF-8 text.
    NotUtf8 {
        /// The line, from 1.
        line: u64,
    },
    /// A CSV file holds nothing.
    Empty,
    /// The first line of a CSV file holds numbers or blanks only.
    NoHeader,
    /// A CSV file ends after its header.
    NoRows,
    /// A column name that was asked for occurs twice.
    RepeatedColumn {
        /// The name.
        name: String,
        /// Where it occurs first, from 1.
        first: usize,
        /// Where it occurs again, from 1.
        second: usize,
    },
    /// A CSV file lacks a column that was asked for.
    AbsentColumn {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// A row has more or fewer cells than the header.
    RowLength {
        /// Line of the row, from 1.
        line: u64,
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// A blank line between the rows of a one-column file, which may stand for a missing cell.
    BlankLine {
        /// The line, from 1.
        line: u64,
    },
    /// The end of the file comes inside a quoted cell.
    OpenQuote {
        /// Line of the row that the cell is in, from 1.
        line: u64,
    },
    /// A cell is not a finite number.
    BadNumber(Cell),
    /// A cell is not a date.
    BadDate(Cell),
    /// A cell is missing in a column that must be complete.
    MissingCell(Cell),
    /// A column that should have one value for each group has several.
    NotConstant(Box<Change>),
    /// Not a zip archive, hence not NPZ.
    NotZip,
    /// A zip archive that cannot be read to its end.
    Damaged {
        /// What the archive reader says.
        reason: String,
    },
    /// Not a Parquet file.
    NotParquet {
        /// What is wrong with it.
        reason: String,
    },
    /// A Parquet file, which this build does not read.
    WithoutParquet,
    /// A Parquet file that is compressed in a way that is not read.
    Codec {
        /// Its name.
        codec: String,
    },
    /// A column of a Parquet file holds lists or records.
    Nested {
        /// Its name.
        name: String,
    },
    /// Not in the format of safetensors.
    NotSafetensors {
        /// What is wrong with it.
        reason: String,
    },
    /// An NPZ file lacks an array that was asked for.
    AbsentArray {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// An array of an NPZ file cannot be used.
    Array {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: ArrayFault,
    },
}

/// The ways in which one array of an NPZ file can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayFault {
    /// It does not begin as an array does, or its header does not say what it must.
    BadHeader {
        /// What is wrong with the header.
        reason: String,
    },
    /// What a safetensors file says of it is not what it must.
    BadEntry {
        /// What is missing or wrong.
        reason: String,
    },
    /// It holds pickled Python objects.
    Objects,
    /// Its entries are of a type that is not a real number.
    Dtype {
        /// NumPy's name of the type.
        dtype: String,
    },
    /// Its header declares more or fewer bytes than there are.
    Length {
        /// Bytes that the header declares; `None` when that exceeds any file.
        declared: Option<u64>,
        /// Bytes that follow the header.
        found: u64,
    },
    /// An integer that `f64` cannot hold.
    Inexact {
        /// Position in the file's order, from 0.
        index: usize,
        /// The integer.
        value: String,
    },
    /// It was to give offsets of groups and does not.
    Offsets {
        /// What is wrong with them.
        reason: String,
    },
}

impl DataError {
    pub(crate) fn new(path: &Path, fault: Fault) -> Self {
        DataError { path: path.to_owned(), fault }
    }

    pub(crate) fn array(path: &Path, name: &str, fault: ArrayFault) -> Self {
        Self::new(path, Fault::Array { name: name.to_owned(), fault })
    }

    /// What the user can do about it, as one sentence without a full stop.
    pub fn help(&self) -> Option<String> {
        match &self.fault {
            Fault::NotFound { similar: Some(name) } => Some(format!("did you mean `{name}`?")),
            Fault::NotFound { similar: None } => {
                Some("file names are relative to the `.sde` file".to_owned())
            }
            Fault::NotUtf8 { .. } => Some("save the file as UTF-8".to_owned()),
            Fault::NoHeader => Some("put a line of column names first".to_owned()),
            Fault::AbsentColumn { name, available } => Some(absent_column_help(name, available)),
            Fault::AbsentArray { name, available } => {
                Some(nearest(name, available).unwrap_or_else(|| listed("arrays", available)))
            }
            Fault::RowLength { found, expected, .. } if found > expected => {
                Some("a cell that contains a comma must stand in double quotes".to_owned())
            }
            Fault::RowLength { .. } => Some("an empty cell needs its comma, too".to_owned()),
            Fault::RepeatedColumn { .. } => Some("rename one of them in the file".to_owned()),
            Fault::BlankLine { .. } => {
                Some("write `NA` for a missing cell, or remove the line".to_owned())
            }
            Fault::OpenQuote { .. } => Some(
                "close the quotes; within a quoted cell a double quote is written twice".to_owned(),
            ),
            Fault::BadNumber(cell) => bad_number_help(cell),
            Fault::BadDate(_) => Some("write dates as 2021-03-01".to_owned()),
            Fault::MissingCell(_) => Some(
                "fill the cell in, or give the column an optional type such as `Float?`".to_owned(),
            ),
            Fault::NotConstant(_) => {
                Some("declare a column that changes within a group as `Series(Float)`".to_owned())
            }
            Fault::Array { fault, .. } => match fault {
                ArrayFault::Objects => Some(
                    "save it as a numeric array; `allow_pickle=False` shows which are".to_owned(),
                ),
                ArrayFault::Inexact { .. } => Some("store the array as float64".to_owned()),
                ArrayFault::BadHeader { .. }
                | ArrayFault::BadEntry { .. }
                | ArrayFault::Dtype { .. }
                | ArrayFault::Length { .. }
                | ArrayFault::Offsets { .. } => None,
            },
            Fault::WithoutParquet => {
                Some("build with `--features parquet`, or save the table as CSV".to_owned())
            }
            Fault::Codec { .. } => {
                Some("write it with `compression=\"zstd\"`, or with none".to_owned())
            }
            Fault::Nested { .. } => {
                Some("write a column for each of its entries, or a line for each".to_owned())
            }
            Fault::NotParquet { .. }
            | Fault::IsFolder
            | Fault::Unreadable { .. }
            | Fault::Empty
            | Fault::NoRows
            | Fault::NotZip
            | Fault::NotSafetensors { .. }
            | Fault::Damaged { .. } => None,
        }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.fault {
            Fault::NotFound { .. } => write!(f, "cannot find `{path}`"),
            Fault::IsFolder => write!(f, "`{path}` is a folder, expected a file"),
            Fault::Unreadable { reason } => {
                write!(f, "cannot read `{path}`: {}", io_reason(reason))
            }
            Fault::NotUtf8 { line } => {
                write!(f, "`{path}` line {line}: found bytes that are not UTF-8, expected text")
            }
            Fault::Empty => write!(f, "`{path}` is empty, expected a line of column names"),
            Fault::NoHeader => {
                write!(
                    f,
                    "`{path}` has no names in its first line, expected a line of column names"
                )
            }
            Fault::NoRows => {
                write!(f, "`{path}` has column names but no rows, expected at least one row")
            }
            Fault::RepeatedColumn { name, first, second } => {
                write!(
                    f,
                    "`{path}`: columns {first} and {second} are both named `{name}`, expected one"
                )
            }
            Fault::AbsentColumn { name, .. } => write!(f, "`{path}` has no column `{name}`"),
            Fault::RowLength { line, found, expected } => {
                write!(f, "`{path}` line {line}: found {}, expected {expected}", cells(*found))
            }
            Fault::BlankLine { line } => {
                write!(f, "`{path}` line {line}: found a blank line, expected a cell")
            }
            Fault::OpenQuote { line } => {
                write!(f, "`{path}` line {line}: found an opening quote, expected a closing one")?;
                write!(f, " before the end of the file")
            }
            Fault::BadNumber(Cell { line, unit, column, text }) => {
                write!(
                    f,
                    "`{path}` {unit} {line}: column `{column}` holds `{text}`, expected a number"
                )
            }
            Fault::BadDate(Cell { line, unit, column, text }) => {
                write!(f, "`{path}` {unit} {line}: column `{column}` holds `{text}`, ")?;
                write!(f, "expected a date as yyyy-mm-dd")
            }
            Fault::MissingCell(Cell { line, unit, column, text }) => {
                let found = if text.is_empty() { "is empty" } else { "is missing" };
                write!(f, "`{path}` {unit} {line}: column `{column}` {found}")?;
                if !text.is_empty() {
                    write!(f, " (`{text}`)")?;
                }
                write!(f, ", expected a value in every row")
            }
            Fault::NotConstant(change) => {
                let Change { column, key, label, first, unit, second } = &**change;
                write!(f, "`{path}`: column `{column}` is {} on {unit} {} ", first.1, first.0)?;
                write!(f, "and {} on {unit} {}, ", second.1, second.0)?;
                write!(f, "expected one value for all rows whose `{key}` is `{label}`")
            }
            Fault::NotZip => write!(f, "`{path}` is not a zip archive, expected an NPZ file"),
            Fault::NotParquet { reason } => write!(f, "`{path}` is not a Parquet file: {reason}"),
            Fault::WithoutParquet => write!(f, "`{path}`: this build reads no Parquet files"),
            Fault::Codec { codec } => {
                write!(
                    f,
                    "`{path}` is compressed by {codec}, expected zstd, snappy, gzip, lz4 or none"
                )
            }
            Fault::Nested { name } => {
                write!(
                    f,
                    "`{path}`: column `{name}` holds lists or records, expected single values"
                )
            }
            Fault::NotSafetensors { reason } => {
                write!(f, "`{path}` is not a safetensors file: {reason}")
            }
            Fault::Damaged { reason } => write!(f, "`{path}` is damaged: {reason}"),
            Fault::AbsentArray { name, .. } => write!(f, "`{path}` has no array `{name}`"),
            Fault::Array { name, fault } => write!(f, "`{path}`: array `{name}` {fault}"),
        }
    }
}

impl fmt::Display for ArrayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArrayFault::BadHeader { reason } => write!(f, "is not in NPY format: {reason}"),
            ArrayFault::BadEntry { reason } => write!(f, "cannot be read: {reason}"),
            ArrayFault::Objects => write!(f, "holds Python objects, expected numbers"),
            ArrayFault::Dtype { dtype } => write!(f, "has dtype `{dtype}`, expected real numbers"),
            ArrayFault::Length { declared: Some(declared), found } => {
                write!(f, "holds {found} bytes, expected {declared} from its shape")
            }
            ArrayFault::Length { declared: None, found } => {
                write!(f, "holds {found} bytes, and its shape is larger than any file")
            }
            ArrayFault::Inexact { index, value } => {
                write!(f, "holds {value} at position {index}, expected integers of at most 53 bits")
            }
            ArrayFault::Offsets { reason } => {
                write!(f, "was expected to hold offsets of groups, but {reason}")
            }
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Fault::Unreadable { reason } = &self.fault { Some(reason) } else { None }
    }
}

/// The reason of an input or output error without the operating system's number.
fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

fn absent_column_help(name: &str, available: &[String]) -> String {
    if let [only] = available
        && let Some(separator) = [(';', "semicolons"), ('\t', "tabs")]
            .into_iter()
            .find_map(|(c, word)| only.contains(c).then_some(word))
    {
        return format!("cells seem to be separated by {separator}; separate them by commas");
    }
    nearest(name, available).unwrap_or_else(|| listed("columns", available))
}

fn bad_number_help(cell: &Cell) -> Option<String> {
    const OTHER_MARKS: [&str; 9] = ["-", "--", ".", "?", "null", "none", "missing", "n/a", "#n/a"];
    let text = cell.text.as_str();
    let column = &cell.column;
    if OTHER_MARKS.contains(&text.to_lowercase().as_str()) {
        Some("leave missing cells empty, or write `NA`".to_owned())
    } else if crate::date::days_from_iso(text).is_some() {
        Some(format!("read dates with `from days(\"{column}\")` or `from years(\"{column}\")`"))
    } else if text.contains(',') && text.replacen(',', ".", 1).parse::<f64>().is_ok() {
        Some("write decimals with a point".to_owned())
    } else {
        None
    }
}

/// `did you mean …?`, when a name is near enough.
fn nearest(name: &str, available: &[String]) -> Option<String> {
    similar(name, available.iter().map(String::as_str))
        .map(|near| format!("did you mean `{near}`?"))
}

/// The candidate nearest to `name`: equal but for case, or at most a third of its letters apart.
pub(crate) fn similar<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn listed(what: &str, available: &[String]) -> String {
    let shown: Vec<String> =
        available.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    let rest = available.len().saturating_sub(NAMES_SHOWN);
    let tail = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    if shown.is_empty() {
        format!("there are no {what} in it")
    } else {
        format!("its {what} are {}{tail}", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn nearest_name_ignores_case_and_forgives_a_third() {
        assert_eq!(similar("close", ["Open", "Close"]), Some("Close"));
        assert_eq!(similar("clsoe", ["Open", "Close"]), Some("Close"));
        assert_eq!(similar("volume", ["Open", "Close"]), None);
        assert_eq!(similar("x", ["y"]), None);
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<String> = (0..14).map(|k| format!("c{k}")).collect();
        assert!(listed("columns", &many).ends_with("`c11` and 2 more"));
        assert_eq!(listed("columns", &names(&["a", "b"])), "its columns are `a`, `b`");
        assert_eq!(listed("arrays", &[]), "there are no arrays in it");
    }

    #[test]
    fn reasons_are_lower_case_and_without_numbers() {
        let denied = io::Error::from_raw_os_error(13);
        assert_eq!(io_reason(&denied), "permission denied");
    }
}
