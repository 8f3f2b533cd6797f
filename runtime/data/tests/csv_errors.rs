//! CSV files that are not in order: the exact text of every message and its help.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};
use sdec_data::{ColumnSpec, DataError, Reading, open_csv};

fn numbers(name: &str) -> ColumnSpec {
    ColumnSpec::new(name, Reading::Numbers)
}

fn labels(name: &str) -> ColumnSpec {
    ColumnSpec::new(name, Reading::Labels)
}

/// The message and help for a file of that content, with the folder taken out.
fn check(content: impl AsRef<[u8]>, specs: &[ColumnSpec], expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rates.csv");
    fs::write(&path, content).unwrap();
    let error = open_csv(&path).and_then(|csv| csv.read(specs)).expect_err("this file is wrong");
    check_text(&error, folder.path(), expected);
}

fn check_text(error: &DataError, folder: &Path, expected: Expect) {
    let mut text = format!("{error}\n");
    if let Some(help) = error.help() {
        text.push_str(&format!("help: {help}\n"));
    }
    expected.assert_eq(&text.replace(&format!("{}/", folder.display()), ""));
}

#[test]
fn absent_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = open_csv(folder.path().join("rates.csv")).unwrap_err();
    check_text(
        &error,
        folder.path(),
        expect![[r#"
        cannot find `rates.csv`
        help: file names are relative to the `.sde` file
    "#]],
    );
    fs::write(folder.path().join("Rates.csv"), "x\n1\n").unwrap();
    let error = open_csv(folder.path().join("rate.csv")).unwrap_err();
    check_text(
        &error,
        folder.path(),
        expect![[r#"
        cannot find `rate.csv`
        help: did you mean `Rates.csv`?
    "#]],
    );
}

#[test]
fn folder_instead_of_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rates.csv")).unwrap();
    let error = open_csv(folder.path().join("rates.csv")).unwrap_err();
    check_text(
        &error,
        folder.path(),
        expect![[r#"
        `rates.csv` is a folder, expected a file
    "#]],
    );
}

#[test]
fn empty_file() {
    check(
        "",
        &[],
        expect![[r#"
        `rates.csv` is empty, expected a line of column names
    "#]],
    );
    check(
        "\u{feff}\n\n",
        &[],
        expect![[r#"
        `rates.csv` is empty, expected a line of column names
    "#]],
    );
}

#[test]
fn no_header() {
    check(
        "1.5,2\n3,4\n",
        &[],
        expect![[r#"
            `rates.csv` has no names in its first line, expected a line of column names
            help: put a line of column names first
        "#]],
    );
}

#[test]
fn header_without_rows() {
    check(
        "t,x\n",
        &[numbers("x")],
        expect![[r#"
        `rates.csv` has column names but no rows, expected at least one row
    "#]],
    );
}

#[test]
fn not_utf8() {
    check(
        b"t,x\n0,1\n1,\xff\n",
        &[numbers("t")],
        expect![[r#"
        `rates.csv` line 3: found bytes that are not UTF-8, expected text
        help: save the file as UTF-8
    "#]],
    );
    check(
        b"t,\xe9\n0,1\n",
        &[],
        expect![[r#"
        `rates.csv` line 1: found bytes that are not UTF-8, expected text
        help: save the file as UTF-8
    "#]],
    );
}

#[test]
fn repeated_column() {
    check(
        "t,x,x\n0,1,2\n",
        &[numbers("x")],
        expect![[r#"
            `rates.csv`: columns 2 and 3 are both named `x`, expected one
            help: rename one of them in the file
        "#]],
    );
}

#[test]
fn absent_column() {
    check(
        "date,Close,Volume\n0,1,2\n",
        &[numbers("clsoe")],
        expect![[r#"
        `rates.csv` has no column `clsoe`
        help: did you mean `Close`?
    "#]],
    );
    check(
        "date,Close,Volume\n0,1,2\n",
        &[numbers("price")],
        expect![[r#"
        `rates.csv` has no column `price`
        help: its columns are `date`, `Close`, `Volume`
    "#]],
    );
    check(
        "date;close\n0;1\n",
        &[numbers("close")],
        expect![[r#"
        `rates.csv` has no column `close`
        help: cells seem to be separated by semicolons; separate them by commas
    "#]],
    );
    check(
        "date,\n0,1\n",
        &[numbers("")],
        expect![[r#"
        `rates.csv` has no column ``
        help: its columns are `date`
    "#]],
    );
}

#[test]
fn row_of_another_length() {
    check(
        "t,x\n0,1\n\n1\n",
        &[numbers("x")],
        expect![[r#"
            `rates.csv` line 4: found 1 cell, expected 2
            help: an empty cell needs its comma, too
        "#]],
    );
    check(
        "t,x\n0,1,5\n",
        &[numbers("x")],
        expect![[r#"
        `rates.csv` line 2: found 3 cells, expected 2
        help: a cell that contains a comma must stand in double quotes
    "#]],
    );
}

#[test]
fn blank_line_in_a_single_column() {
    check(
        "x\n1\n\n3\n",
        &[numbers("x").optional()],
        expect![[r#"
        `rates.csv` line 3: found a blank line, expected a cell
        help: write `NA` for a missing cell, or remove the line
    "#]],
    );
}

#[test]
fn quotes_left_open() {
    check(
        "t,x\n0,1\n1,\"2\n2,3\n",
        &[numbers("t")],
        expect![[r#"
        `rates.csv` line 3: found an opening quote, expected a closing one before the end of the file
        help: close the quotes; within a quoted cell a double quote is written twice
    "#]],
    );
}

#[test]
fn bad_number() {
    check(
        "t,x\r\n0,1\r\n1,abc\r\n",
        &[numbers("t"), numbers("x")],
        expect![[r#"
        `rates.csv` line 3: column `x` holds `abc`, expected a number
    "#]],
    );
    check(
        "t,x\n0,\"1,5\"\n",
        &[numbers("x")],
        expect![[r#"
        `rates.csv` line 2: column `x` holds `1,5`, expected a number
        help: write decimals with a point
    "#]],
    );
    check(
        "t,x\n0,null\n",
        &[numbers("x")],
        expect![[r#"
        `rates.csv` line 2: column `x` holds `null`, expected a number
        help: leave missing cells empty, or write `NA`
    "#]],
    );
    check(
        "t,x\n0,inf\n",
        &[numbers("x")],
        expect![[r#"
            `rates.csv` line 2: column `x` holds `inf`, expected a number
        "#]],
    );
    check(
        "day,x\n2021-03-01,1\n",
        &[numbers("day")],
        expect![[r#"
        `rates.csv` line 2: column `day` holds `2021-03-01`, expected a number
        help: read dates with `from days("day")` or `from years("day")`
    "#]],
    );
    let long = format!("t,x\n0,\"{}\nand on\"\n", "long ".repeat(30));
    check(
        long,
        &[numbers("x")],
        expect![[r#"
        `rates.csv` line 2: column `x` holds `long long long long long long long long …`, expected a number
    "#]],
    );
}

#[test]
fn bad_date() {
    check(
        "day,x\n2021-03-01,1\n2021-02-30,2\n",
        &[ColumnSpec::new("day", Reading::Days)],
        expect![[r#"
            `rates.csv` line 3: column `day` holds `2021-02-30`, expected a date as yyyy-mm-dd
            help: write dates as 2021-03-01
        "#]],
    );
}

#[test]
fn missing_cell_where_none_may_be() {
    check(
        "t,x\n0,1\n1,\n",
        &[numbers("x")],
        expect![[r#"
        `rates.csv` line 3: column `x` is empty, expected a value in every row
        help: fill the cell in, or give the column an optional type such as `Float?`
    "#]],
    );
    check(
        "t,x\n0,1\n1,NA\n",
        &[numbers("x")],
        expect![[r#"
        `rates.csv` line 3: column `x` is missing (`NA`), expected a value in every row
        help: fill the cell in, or give the column an optional type such as `Float?`
    "#]],
    );
    check(
        "t,x\n0,a\n1, \n",
        &[labels("x")],
        expect![[r#"
        `rates.csv` line 3: column `x` is empty, expected a value in every row
        help: fill the cell in, or give the column an optional type such as `Float?`
    "#]],
    );
}

#[test]
fn plain_column_that_changes_within_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theoph.csv");
    let text = "Subject,Wt,Sex,Day\n1,79.6,m,2021-03-01\n2,72.4,f,\n1,80,m,2021-03-02\n2,72.4,,\n";
    fs::write(&path, text).unwrap();
    let day = ColumnSpec::new("Day", Reading::Days).optional();
    let specs = [labels("Subject"), numbers("Wt"), labels("Sex").optional(), day];
    let table = open_csv(&path).unwrap().read(&specs).unwrap();
    let groups = table.group_by(0);
    let error = table.constant(&groups, 1).unwrap_err();
    check_text(
        &error,
        folder.path(),
        expect![[r#"
        `theoph.csv`: column `Wt` is 79.6 on line 2 and 80 on line 4, expected one value for all rows whose `Subject` is `1`
        help: declare a column that changes within a group as `Series(Float)`
    "#]],
    );
    let error = table.constant(&groups, 2).unwrap_err();
    check_text(
        &error,
        folder.path(),
        expect![[r#"
        `theoph.csv`: column `Sex` is `f` on line 3 and missing on line 5, expected one value for all rows whose `Subject` is `2`
        help: declare a column that changes within a group as `Series(Float)`
    "#]],
    );
    let error = table.constant(&groups, 3).unwrap_err();
    check_text(
        &error,
        folder.path(),
        expect![[r#"
        `theoph.csv`: column `Day` is 2021-03-01 on line 2 and 2021-03-02 on line 4, expected one value for all rows whose `Subject` is `1`
        help: declare a column that changes within a group as `Series(Float)`
    "#]],
    );
}
