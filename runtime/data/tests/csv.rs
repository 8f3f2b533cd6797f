//! CSV files that are in order: what is read from them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;

use sdec_data::{Column, ColumnSpec, Labels, Reading, Table, open_csv, time_order};
use tempfile::NamedTempFile;

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn read(text: &str, specs: &[ColumnSpec]) -> Table {
    open_csv(file(text).path()).unwrap().read(specs).unwrap()
}

fn numbers(name: &str) -> ColumnSpec {
    ColumnSpec::new(name, Reading::Numbers)
}

const MARKETS: &str = "\
DAX,SMI,CAC,FTSE
1628.75,1678.0999999999999,1772.8,2443.5999999999999
1613.6300000000001,1688.5,1750.5,2460.1999999999998
1606.51,1678.5999999999999,1718,2448.1999999999998
";

const SUBJECTS: &str = "\
Subject,Wt,Sex,Time,conc
b,79.6,m,0,0.74
b,79.6,m,0.25,2.84
a,72.4,f,0,NA
b,79.6,m,0.57,6.57
a,72.4,f,1,
c,,f,0,1
";

#[test]
fn one_column() {
    let close = open_csv(file(MARKETS).path()).unwrap().column_f64("DAX").unwrap();
    assert_eq!(close.values, [1628.75, 1613.63, 1606.51]);
    assert_eq!(close.missing, [0_usize; 0]);
}

#[test]
fn columns_side_by_side_in_the_order_asked_for() {
    let xs = open_csv(file(MARKETS).path()).unwrap().columns_f64(&["FTSE", "CAC"]).unwrap();
    assert_eq!(xs.values, [2443.6, 1772.8, 2460.2, 1750.5, 2448.2, 1718.0]);
}

#[test]
fn missing_cells_are_nan_and_listed() {
    let table = read("t,x\n0,1\n1,\n2,NA\n3,nan\n4,5\n", &[numbers("x").optional()]);
    assert_eq!(table.numbers(0).missing, [1, 2, 3]);
    assert!(table.numbers(0).values[1].is_nan());
    assert_eq!(table.numbers(0).values[4], 5.0);
    let both = open_csv(file("t,x\n0,1\n1,\n").path()).unwrap().columns_f64(&["t", "x"]).unwrap();
    assert_eq!(both.missing, [3]);
}

#[test]
fn headers_are_trimmed_and_the_byte_order_mark_removed() {
    let csv = open_csv(file("\u{feff} t ,\"close, adjusted\" ,\n0,1,2\n").path()).unwrap();
    assert_eq!(csv.headers(), ["t", "close, adjusted", ""]);
    assert_eq!(csv.column_f64("close, adjusted").unwrap().values, [1.0]);
}

#[test]
fn lines_are_counted_over_every_kind_of_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["", "t,note", "0,a", "", "", "1,\"two", "lines\"", "2,c", ""].join(end);
        let table = read(&text, &[numbers("t"), ColumnSpec::new("note", Reading::Labels)]);
        assert_eq!(table.lines, [3, 6, 8], "{end:?}");
        assert_eq!(table.labels(1).labels[1], "two\nlines");
    }
}

#[test]
fn a_file_need_not_end_with_a_line_end() {
    assert_eq!(read("x\n1\n2", &[numbers("x")]).lines, [2, 3]);
    assert_eq!(read("x\n1\n2\n\n\n", &[numbers("x")]).lines, [2, 3]);
    assert_eq!(read("x,y\n1,\"a\"", &[numbers("x")]).lines, [2]);
}

#[test]
fn dates_as_days_and_as_years() {
    let table = read(
        "date,co2\n1970-01-02,316.1\n1970-07-02,317.3\n",
        &[ColumnSpec::new("date", Reading::Days), ColumnSpec::new("date", Reading::Years)],
    );
    assert_eq!(table.numbers(0).values, [1.0, 182.0]);
    assert_eq!(table.numbers(1).values, [1970.0 + 1.0 / 365.0, 1970.0 + 182.0 / 365.0]);
}

#[test]
fn labels_are_coded_in_order_of_appearance() {
    let table = read("k\nred\n NA\nred\nblue\n", &[ColumnSpec::new("k", Reading::Labels)]);
    let expected = Labels {
        codes: vec![Some(0), Some(1), Some(0), Some(2)],
        labels: vec!["red".to_owned(), "NA".to_owned(), "blue".to_owned()],
    };
    assert_eq!(table.columns, [Column::Labels(expected)]);
}

#[test]
fn rows_are_grouped_by_key_in_order_of_first_appearance() {
    let table = read(
        SUBJECTS,
        &[
            ColumnSpec::new("Subject", Reading::Labels),
            numbers("Wt").optional(),
            ColumnSpec::new("Sex", Reading::Labels),
            numbers("Time"),
            numbers("conc").optional(),
        ],
    );
    let groups = table.group_by(0);
    assert_eq!(groups.labels, ["b", "a", "c"]);
    assert_eq!(groups.rows, [0, 1, 3, 2, 4, 5]);
    assert_eq!(groups.offsets, [0, 3, 5, 6]);

    let times = groups.gather(table.numbers(3));
    assert_eq!(times.values[groups.range(0)], [0.0, 0.25, 0.57]);
    assert_eq!(times.values[groups.range(1)], [0.0, 1.0]);
    assert!(time_order(&times.values[groups.range(1)]).is_increasing());
    assert_eq!(groups.gather(table.numbers(4)).missing, [3, 4]);

    let Column::Numbers(weight) = table.constant(&groups, 1).unwrap() else { panic!() };
    assert_eq!(weight.values[..2], [79.6, 72.4]);
    assert_eq!(weight.missing, [2]);
    let Column::Labels(sex) = table.constant(&groups, 2).unwrap() else { panic!() };
    assert_eq!(sex.codes, [Some(0), Some(1), Some(1)]);
}

#[test]
fn large_files_are_read_in_one_pass() {
    let mut text = String::from("t,x,y\n");
    for k in 0..50_000 {
        text.push_str(&format!("{k},{},text that nobody asked for\n", f64::from(k) * 0.5));
    }
    let table = read(&text, &[numbers("x")]);
    assert_eq!(table.rows(), 50_000);
    assert_eq!(table.numbers(0).values[49_999], 24_999.5);
    assert_eq!(table.lines[49_999], 50_001);
}
