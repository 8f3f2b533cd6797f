//! Parquet files that PyArrow wrote: `table.parquet` has a column of each kind, with nulls; `zstd.parquet`, `gzip`, `lz4` and
//! `brotli` are one of its columns, compressed otherwise, `none.parquet` is one without rows, `twice.parquet` has two
//! columns of one name. `polars.parquet` is what Polars writes unless it is told otherwise.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use sdec_data::{ColumnSpec, Labels, Reading, Table, open_parquet};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet").join(name)
}

fn read(specs: &[ColumnSpec]) -> Result<Table, String> {
    read_file("table.parquet", specs)
}

fn read_file(name: &str, specs: &[ColumnSpec]) -> Result<Table, String> {
    let folder = fixture("");
    let said = |error: sdec_data::DataError| {
        let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{error}{help}").replace(folder.to_str().unwrap(), "")
    };
    open_parquet(fixture(name)).map_err(said)?.read(specs).map_err(said)
}

fn numbers(name: &str, reading: Reading) -> Vec<f64> {
    read(&[ColumnSpec::new(name, reading)]).unwrap().numbers(0).values.clone()
}

#[test]
fn its_columns_are_named() {
    let file = open_parquet(fixture("table.parquet")).unwrap();
    let names = ["date", "when", "id", "y", "z", "f", "n", "name", "group", "ok", "list"];
    assert_eq!(file.headers(), names);
}

#[test]
fn numbers_of_every_width_are_doubles() {
    assert_eq!(numbers("z", Reading::Numbers), [1.5, -2.25, 1e300]);
    assert_eq!(numbers("f", Reading::Numbers), [0.5, 1.0, 2.0]);
    assert_eq!(numbers("id", Reading::Numbers), [7.0, 7.0, 9.0]);
    let wide = read(&[ColumnSpec::new("n", Reading::Numbers)]);
    assert!(wide.is_ok(), "an integer of more than 53 bits is read as its text is, in CSV too");
}

#[test]
fn nulls_and_nan_are_missing() {
    let table = read(&[ColumnSpec::new("y", Reading::Numbers).optional()]).unwrap();
    assert_eq!(table.numbers(0).missing, [1, 2]);
    assert_eq!(table.numbers(0).values[0], 0.5);
    assert_eq!(
        read(&[ColumnSpec::new("y", Reading::Numbers)]).unwrap_err(),
        "`table.parquet` row 2: column `y` is empty, expected a value in every row; \
         fill the cell in, or give the column an optional type such as `Float?`"
    );
}

#[test]
fn dates_and_times_are_days_or_years() {
    assert_eq!(numbers("date", Reading::Days), [18_628.0, 18_629.0, 18_687.0]);
    assert_eq!(numbers("when", Reading::Days), [18_628.25, 18_629.5, 18_687.0]);
    let years = numbers("when", Reading::Years);
    for (found, day) in years.into_iter().zip([0.25, 1.5, 59.0]) {
        assert!((found - (2021.0 + day / 365.0)).abs() < 1e-12, "{found}");
    }
    let bare = read(&[ColumnSpec::new("date", Reading::Numbers)]).unwrap_err();
    assert!(bare.contains("holds `2021-01-01`") && bare.contains("from days"), "{bare}");
}

#[test]
fn labels_are_texts_and_numbers() {
    let specs = ["group", "id"].map(|name| ColumnSpec::new(name, Reading::Labels));
    let table = read(&specs).unwrap();
    let labels = |labels: &[&str]| Labels {
        codes: vec![Some(0), Some(0), Some(1)],
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
    };
    assert_eq!(*table.labels(0), labels(&["u", "v"]));
    assert_eq!(*table.labels(1), labels(&["7", "9"]));
    let name = read(&[ColumnSpec::new("name", Reading::Labels).optional()]).unwrap();
    assert_eq!(name.labels(0).codes, [Some(0), Some(1), None]);
}

#[test]
fn columns_come_in_the_order_in_which_they_were_asked_for() {
    let specs = ["z", "id", "z"].map(|name| ColumnSpec::new(name, Reading::Numbers));
    let table = read(&specs).unwrap();
    assert_eq!(table.numbers(0).values, table.numbers(2).values);
    assert_eq!(table.numbers(1).values, [7.0, 7.0, 9.0]);
    assert_eq!(table.rows(), 3);
    assert_eq!(read(&[]).unwrap().rows(), 3);
}

#[test]
fn files_are_decompressed() {
    let z = [ColumnSpec::new("z", Reading::Numbers)];
    for name in ["zstd", "gzip", "lz4", "polars"] {
        let table = read_file(&format!("{name}.parquet"), &z).unwrap();
        assert_eq!(table.numbers(0).values, [1.5, -2.25, 1e300], "{name}");
    }
    let specs = [
        ColumnSpec::new("y", Reading::Numbers).optional(),
        ColumnSpec::new("name", Reading::Labels).optional(),
    ];
    let table = read_file("polars.parquet", &specs).unwrap();
    assert_eq!(table.numbers(0).missing, [1]);
    assert_eq!(table.labels(1).codes, [Some(0), Some(1), None]);
    // A column that is there twice is not asked for.
    let y = [ColumnSpec::new("y", Reading::Numbers)];
    assert_eq!(read_file("twice.parquet", &y).unwrap().numbers(0).values, [1.0, 2.0, 3.0]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let said = |name: &str| read(&[ColumnSpec::new(name, Reading::Numbers)]).unwrap_err();
    assert!(
        said("nmae").contains("has no column `nmae`; did you mean `name`?"),
        "{}",
        said("nmae")
    );
    assert!(said("list").contains("holds lists or records"), "{}", said("list"));
    assert!(said("ok").contains("column `ok` holds `true`, expected a number"), "{}", said("ok"));
    assert!(said("name").contains("row 1: column `name` holds `a`"), "{}", said("name"));
    let z = [ColumnSpec::new("z", Reading::Numbers)];
    let file = |name: &str| read_file(name, &z).unwrap_err();
    assert!(file("brotli.parquet").contains("compressed by brotli"), "{}", file("brotli.parquet"));
    let twice = file("twice.parquet");
    assert!(twice.contains("columns 1 and 3 are both named `z`"), "{twice}");
    assert!(file("none.parquet").contains("has column names but no rows"));
    assert!(file("../npz.rs").contains("is not a Parquet file"), "{}", file("../npz.rs"));
    assert!(file("tabel.parquet").contains("cannot find"), "{}", file("tabel.parquet"));
}
