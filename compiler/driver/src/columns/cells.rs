//! Cells as numbers: what they say, indices of labels, and what is missing.

use sdec_data::{Column, Labels, Numbers, Reading, Table};
use sdec_hir::{self as hir, ColumnFormat, IndexSet, Ty, TyArg};

use super::Unread;
use crate::inputs::HostArray;

/// Names of a column's parts in the file, and how their cells are read.
pub(super) fn reading(format: &ColumnFormat) -> (Vec<String>, Reading) {
    match format {
        ColumnFormat::Columns(names) => (names.clone(), Reading::Numbers),
        ColumnFormat::Days(name) => (vec![name.clone()], Reading::Days),
        ColumnFormat::Years(name) => (vec![name.clone()], Reading::Years),
    }
}

/// What one entry of a column is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// An element of an index type: a label of the file.
    Element(Vec<String>),
    /// One of so many classes: a number from 0, or a label.
    Class(u64),
}

/// What the entries of a type are, and whether they may be missing.
pub(super) fn entry_of(program: &hir::Program, ty: &Ty) -> (Entry, bool) {
    match ty {
        Ty::Table(_, of) | Ty::Series(of) | Ty::Events(of) => entry_of(program, of),
        Ty::Adt(_, args) => match args.as_slice() {
            [TyArg::Ty(of)] => (entry_of(program, of).0, true),
            _ => unreachable!("the checker admits no other type with constructors"),
        },
        Ty::Nat | Ty::Int => (Entry::Whole, false),
        Ty::Ix(IndexSet::Named(index)) => {
            (Entry::Element(program.indices[*index].elements.clone()), false)
        }
        Ty::Ix(IndexSet::Size(size)) => {
            let number = size.evaluate(&mut |atom| match atom {
                hir::SizeAtom::Var(var) => {
                    let value = program.sizes[var].value.as_ref();
                    value.and_then(|(n, _)| i64::try_from(*n).ok())
                }
                hir::SizeAtom::Count(index) => {
                    i64::try_from(program.indices[index].elements.len()).ok()
                }
                hir::SizeAtom::Meta(_) => None,
            });
            (Entry::Class(number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)), false)
        }
        Ty::Float
        | Ty::Bool
        | Ty::Text
        | Ty::Ix(IndexSet::Product(_))
        | Ty::Tuple(_)
        | Ty::Record(_)
        | Ty::Function(..)
        | Ty::Dist(_)
        | Ty::Var(_)
        | Ty::Meta(_)
        | Ty::Error => (Entry::Number, false),
    }
}

/// The numbers of column `k`: labels become the indices of what they name.
pub(super) fn numbers(table: &Table, k: usize, entry: &Entry) -> Result<Numbers, Unread> {
    let labels = match &table.columns[k] {
        Column::Numbers(numbers) => return Ok(numbers.clone()),
        Column::Labels(labels) => labels,
    };
    let codes = match entry {
        Entry::Element(elements) => elements_of(table, k, labels, elements)?,
        Entry::Class(classes) => classes_of(table, k, labels, *classes)?,
        Entry::Number | Entry::Whole => unreachable!("numbers are not read as labels"),
    };
    let number = |code: &Option<u32>| code.map_or(f64::NAN, |code| codes[code as usize]);
    let values: Vec<f64> = labels.codes.iter().map(number).collect();
    let missing = (0..values.len()).filter(|&row| values[row].is_nan()).collect();
    Ok(Numbers { values, missing })
}

/// The place of each label among the elements of an index type.
fn elements_of(
    table: &Table,
    k: usize,
    labels: &Labels,
    elements: &[String],
) -> Result<Vec<f64>, Unread> {
    let place = |label: &String| elements.iter().position(|element| element == label);
    let codes = labels.labels.iter().enumerate().map(|(code, label)| {
        place(label).map(|k| k as f64).ok_or_else(|| {
            let found = format!(
                "{}: column `{}` holds `{label}`, expected one of {}",
                line_of(table, labels, code),
                table.specs[k].name,
                elements.join(", ")
            );
            Unread::Value(found, "name the element in the index type, or mend the cell")
        })
    });
    codes.collect()
}

/// Labels that are numbers are classes themselves; others are numbered in alphabetical order.
fn classes_of(table: &Table, k: usize, labels: &Labels, classes: u64) -> Result<Vec<f64>, Unread> {
    let numbers: Option<Vec<f64>> =
        labels.labels.iter().map(|label| label.parse::<f64>().ok()).collect();
    let codes = numbers.unwrap_or_else(|| {
        let mut sorted: Vec<&String> = labels.labels.iter().collect();
        sorted.sort();
        let place = |label| sorted.binary_search(&label).map_or(f64::NAN, |k| k as f64);
        labels.labels.iter().map(place).collect()
    });
    match codes.iter().position(|&code| !is_class(code, classes)) {
        None => Ok(codes),
        Some(bad) => {
            let (line, name) = (line_of(table, labels, bad), &table.specs[k].name);
            let found = format!("{line}: column `{name}` holds `{}`", labels.labels[bad]);
            Err(no_class(&found, classes))
        }
    }
}

fn line_of(table: &Table, labels: &Labels, code: usize) -> String {
    let row = labels.codes.iter().position(|&at| at.is_some_and(|at| at as usize == code));
    let line = row.map_or(0, |row| table.lines[row]);
    format!("`{}` {} {line}", table.path.display(), table.unit)
}

fn is_class(code: f64, classes: u64) -> bool {
    code.fract() == 0.0 && code >= 0.0 && code < classes as f64
}

fn no_class(found: &str, classes: u64) -> Unread {
    let last = classes.saturating_sub(1);
    let found = format!("{found}, but {classes} classes have the numbers 0 to {last}");
    Unread::Value(found, "give the type all its classes, as in  Class(3)")
}

/// The arrays of entries whose missing ones are NaN.
pub(super) fn leaves(
    values: Vec<f64>,
    entry: &Entry,
    optional: bool,
) -> Result<Vec<HostArray>, Unread> {
    if !optional && let Some(at) = values.iter().position(|x| x.is_nan()) {
        let found = format!("its entry {at} is NaN, expected a value everywhere");
        return Err(Unread::Value(found, "an optional type, such as `Float?`, has missing values"));
    }
    let tags: Vec<i64> = values.iter().map(|x| i64::from(x.is_nan())).collect();
    let values: Vec<f64> = values.into_iter().map(|x| if x.is_nan() { 0.0 } else { x }).collect();
    let numbers = match entry {
        Entry::Number => HostArray::Float(values),
        Entry::Whole | Entry::Element(_) | Entry::Class(_) => {
            HostArray::Int(whole(&values, entry)?)
        }
    };
    Ok(if optional { vec![HostArray::Int(tags), numbers] } else { vec![numbers] })
}

fn whole(values: &[f64], entry: &Entry) -> Result<Vec<i64>, Unread> {
    let classes = match entry {
        Entry::Class(classes) => Some(*classes),
        Entry::Element(elements) => Some(elements.len() as u64),
        Entry::Number | Entry::Whole => None,
    };
    let count = |&x: &f64| match classes {
        Some(classes) if !is_class(x, classes) => {
            Err(no_class(&format!("expected classes, found {x}"), classes))
        }
        _ if x.fract() != 0.0 || x.abs() >= 9e15 => {
            let found = format!("expected whole numbers, found {x}");
            Err(Unread::Value(found, "declare the column as Float"))
        }
        _ => Ok(x as i64),
    };
    values.iter().map(count).collect()
}
