//! Columns, read from their files.

use sdec_data::{ColumnSpec, Reading, Table, open_npz};
use sdec_hir::{self as hir, DataFormat, Ty};

use super::cells::{Entry, entry_of, leaves, numbers, reading};
use super::{Contents, Folder, Rows, Unread};

/// The values of a column, and the times of a series.
pub(super) fn read(
    program: &hir::Program,
    folder: &Folder,
    data: &hir::Data,
    column: &hir::Column,
) -> Result<Contents, Unread> {
    match data.format {
        DataFormat::Csv | DataFormat::Parquet => table(program, folder, data, column),
        DataFormat::Npz => npz(program, folder, data, column),
    }
}

/// Reads a file of rows with named columns.
fn table(
    program: &hir::Program,
    folder: &Folder,
    data: &hir::Data,
    column: &hir::Column,
) -> Result<Contents, Unread> {
    let (entry, optional) = entry_of(program, &column.ty);
    let (names, mut how) = reading(&column.format);
    if matches!(entry, Entry::Element(_) | Entry::Class(_)) {
        how = Reading::Labels;
    }
    let spec = |name: &String| ColumnSpec { optional, ..ColumnSpec::new(name, how) };
    let mut specs: Vec<ColumnSpec> = names.iter().map(spec).collect();
    if column.entry().mark().is_some() {
        specs.iter_mut().for_each(|spec| spec.optional = true);
    }
    if let Some(at) = &column.at {
        let (names, how) = reading(at);
        specs.push(ColumnSpec::new(&names[0], how));
    }
    let key = specs.len();
    specs.extend(data.by.as_ref().map(|key| ColumnSpec::new(key, Reading::Labels)));
    let table = super::rows(data.format, &folder.resolve(&data.file), &specs)?;
    let wanted = names.len();
    if !column.is_series() {
        return plain(&table, wanted, data.by.as_ref().map(|_| key), &entry, optional);
    }
    let groups = data.by.as_ref().map(|_| table.group_by(key));
    let rows: Vec<usize> = match &groups {
        Some(groups) => groups.rows.clone(),
        None => (0..table.rows()).collect(),
    };
    let offsets = groups.map_or_else(|| vec![0, table.rows()], |groups| groups.offsets);
    let gather = |values: &[f64]| rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
    if *column.entry() == Ty::events() {
        let times = gather(&table.numbers(0).values);
        return Ok(Contents { leaves: Vec::new(), series: Some(Rows { offsets, times }) });
    }
    let times = gather(&table.numbers(wanted).values);
    let parts: Vec<Vec<f64>> = (0..wanted)
        .map(|k| Ok(gather(&numbers(&table, k, &entry)?.values)))
        .collect::<Result<_, Unread>>()?;
    let (values, rows) = seen(column, optional, side_by_side(&parts), Rows { offsets, times });
    Ok(Contents { leaves: leaves(values, &entry, optional)?, series: Some(rows) })
}

/// What is read of a series, row by row: of events those whose mark is there, since a row of a table without
/// one is no event.
fn seen(column: &hir::Column, optional: bool, values: Vec<f64>, rows: Rows) -> (Vec<f64>, Rows) {
    if optional || column.entry().mark().is_none() {
        return (values, rows);
    }
    let width = values.len().checked_div(rows.times.len()).unwrap_or(0).max(1);
    let mut kept = (Vec::new(), Rows { offsets: vec![0], times: Vec::new() });
    for group in rows.offsets.windows(2) {
        for row in group[0]..group[1] {
            let mark = &values[row * width..(row + 1) * width];
            if !mark.iter().any(|x| x.is_nan()) {
                kept.0.extend_from_slice(mark);
                kept.1.times.push(rows.times[row]);
            }
        }
        kept.1.offsets.push(kept.1.times.len());
    }
    kept
}

/// One value a row, or one a group of rows.
fn plain(
    table: &Table,
    wanted: usize,
    key: Option<usize>,
    entry: &Entry,
    optional: bool,
) -> Result<Contents, Unread> {
    let groups = key.map(|key| table.group_by(key));
    let mut parts = Vec::new();
    for k in 0..wanted {
        let values = numbers(table, k, entry)?.values;
        parts.push(match &groups {
            None => values,
            Some(groups) => {
                table.constant(groups, k)?;
                (0..groups.len()).map(|g| values[groups.rows[groups.offsets[g]]]).collect()
            }
        });
    }
    let leaves = leaves(side_by_side(&parts), entry, optional)?;
    Ok(Contents { leaves, series: None })
}

/// Several columns as the rows of one table.
fn side_by_side(columns: &[Vec<f64>]) -> Vec<f64> {
    let rows = columns.first().map_or(0, Vec::len);
    (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
}

fn npz(
    program: &hir::Program,
    folder: &Folder,
    data: &hir::Data,
    column: &hir::Column,
) -> Result<Contents, Unread> {
    let (entry, optional) = entry_of(program, &column.ty);
    let mut file = open_npz(folder.resolve(&data.file))?;
    let (names, _) = reading(&column.format);
    let array = file.array(&names[0])?;
    if !column.is_series() {
        let leaves = leaves(array.values, &entry, optional)?;
        return Ok(Contents { leaves, series: None });
    }
    let rows = array.shape.first().copied().unwrap_or(0);
    let events = *column.entry() == Ty::events();
    if events && data.by.is_none() {
        return Ok(Contents { leaves: Vec::new(), series: Some(padded(&array)) });
    }
    let offsets = match &data.by {
        Some(by) => file.offsets(by, rows)?,
        None => vec![0, rows],
    };
    if events {
        let series = Some(Rows { offsets, times: array.values });
        return Ok(Contents { leaves: Vec::new(), series });
    }
    let at = column.at.as_ref().expect("the checker refuses a series without times");
    let times = file.array(&reading(at).0[0])?.values;
    if times.len() != rows {
        let found = format!("{rows} values have {} times", times.len());
        return Err(Unread::Value(found, "a series has one time for each of its values"));
    }
    let (values, rows) = seen(column, optional, array.values, Rows { offsets, times });
    Ok(Contents { leaves: leaves(values, &entry, optional)?, series: Some(rows) })
}

/// Events as rows of times, NaN after the last of each.
pub(super) fn padded(array: &sdec_data::Array) -> Rows {
    let inner = array.shape.last().copied().unwrap_or(1).max(1);
    let mut rows = Rows { offsets: vec![0], times: Vec::new() };
    for row in array.values.chunks(inner) {
        rows.times.extend(row.iter().copied().filter(|time| !time.is_nan()));
        rows.offsets.push(rows.times.len());
    }
    rows
}
