//! Checking a text with the standard library, for tests.
#![allow(dead_code, reason = "each test uses a part of it")]

use sdec_base::{Diagnostic, Severity, SourceMap};
use sdec_check::{Cells, Disorder, Header, HeaderError, Headers, Input, Order};
use sdec_grammar::{outline, parse_program};
use sdec_hir::{ColumnFormat, DataFormat};

/// Name and shape.
type Array = (&'static str, &'static [u64]);

/// Files that the programs name, with their columns, and arrays with their shapes.
const CSV: &[(&str, &[&str], u64)] = &[
    ("rates.csv", &["t", "r", "close"], 250),
    ("spiral.csv", &["t", "x", "y"], 60),
    ("hudson.csv", &["Year", "hare", "lynx"], 91),
    ("disordered.csv", &["t", "r"], 250),
    ("doses.csv", &["person", "time", "amount"], 40),
    ("theoph.csv", &["Subject", "Time", "conc", "Wt"], 132),
];
const NPZ: &[(&str, &[Array])] = &[
    ("walk.npz", &[("t", &[100]), ("xs", &[8, 100, 4])]),
    ("lorenz.npz", &[("t", &[1000]), ("xs", &[32, 1000, 3])]),
    ("moons.npz", &[("x", &[2000, 2]), ("x0", &[2000, 2])]),
    ("rings.npz", &[("x", &[500, 2]), ("y", &[500])]),
    ("spikes.npz", &[("spikes", &[20, 40]), ("flat", &[700]), ("offset", &[21])]),
];

/// The files above.
pub(crate) struct Files;

impl Headers for Files {
    fn header(&self, _: DataFormat, file: &str, by: Option<&str>) -> Result<Header, HeaderError> {
        let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        if let Some((_, columns, rows)) = CSV.iter().find(|(name, ..)| *name == file) {
            return Ok(Header::Csv {
                columns: named(columns),
                rows: *rows,
                groups: by.map(|_| 12),
            });
        }
        if let Some((_, arrays)) = NPZ.iter().find(|(name, _)| *name == file) {
            let arrays = arrays.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec()));
            return Ok(Header::Npz { arrays: arrays.collect() });
        }
        Err(HeaderError {
            message: format!("{file} cannot be read: no such file"),
            help: Some("file names are relative to the program".to_owned()),
        })
    }

    fn cells(
        &self,
        _: DataFormat,
        file: &str,
        _: Option<&str>,
        _: &ColumnFormat,
        _: Order,
    ) -> Result<Cells, HeaderError> {
        if file == "hudson.csv" {
            return Ok(Cells { missing: Some((7, "line 12".to_owned())), ..Cells::default() });
        }
        if file != "disordered.csv" {
            return Ok(Cells::default());
        }
        let first = [("row 118", "2021-03-02"), ("row 119", "2021-03-01")]
            .map(|(row, date)| (row.to_owned(), date.to_owned()));
        let disorder = Some(Disorder { backward: 2, repeated: 1, first });
        Ok(Cells { disorder, ..Cells::default() })
    }
}

/// What a check gave.
pub(crate) struct Checked {
    /// The program, without errors.
    pub(crate) program: Option<sdec_hir::Program>,
    /// What was said.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The texts.
    pub(crate) sources: SourceMap,
}

impl Checked {
    /// Everything that was said, as a user sees it.
    pub(crate) fn messages(&self) -> String {
        let texts = self.diagnostics.iter().map(|found| found.render(&self.sources, false));
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// Parses and checks a text; a checked program is well formed.
pub(crate) fn check(name: &str, text: &str) -> Checked {
    let mut sources = SourceMap::default();
    let source = sources.add(name, text);
    let parsed = parse_program(source, text);
    let mut diagnostics = parsed.diagnostics;
    if diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Checked { program: None, diagnostics, sources };
    }
    let library: Vec<_> = sdec_stdlib::FILES
        .iter()
        .flat_map(|(name, text)| outline(sources.add(*name, *text), text))
        .collect();
    let input = Input { library: &library, program: &parsed.tree, headers: &Files };
    let (program, found) = sdec_check::check(&input);
    diagnostics.extend(found);
    if let Some(program) = &program {
        sdec_hir::verify(program).expect("a checked program is well formed");
    }
    Checked { program, diagnostics, sources }
}
