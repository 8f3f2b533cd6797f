//! Safetensors files: named tables of numbers, as trained parameters are kept.
//!
//! ```text
//! n, 8 bytes, little-endian · n bytes of JSON · entries
//! {"__metadata__": {…}, "f.A": {"dtype": "F64", "shape": [3, 2], "data_offsets": [0, 48]}}
//! ```
//!
//! Offsets count from the end of the JSON, which is filled with spaces to a multiple of 8 bytes; entries are
//! little-endian, last index fastest. Source: <https://github.com/huggingface/safetensors>, section "Format".

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::atomic;
use crate::error::OutputError;

/// A table to be saved, in double precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tensor<'a> {
    /// Its name.
    pub name: &'a str,
    /// Extents, outermost first; empty for a single number.
    pub shape: &'a [usize],
    /// Entries, last index fastest.
    pub values: &'a [f64],
}

/// Saves tables under their names, and texts beside them.
///
/// # Errors
/// When the file cannot be written.
///
/// # Panics
/// When a table has not as many entries as its extents say.
pub fn save_safetensors(
    path: impl AsRef<Path>,
    tables: &[Tensor<'_>],
    notes: &[(&str, &str)],
) -> Result<(), OutputError> {
    let header = header(tables, notes);
    atomic::write(path, |out| {
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        for value in tables.iter().flat_map(|table| table.values) {
            out.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    })
}

fn header(tables: &[Tensor<'_>], notes: &[(&str, &str)]) -> String {
    let mut parts = Vec::new();
    if !notes.is_empty() {
        let notes = notes.iter().map(|(name, text)| format!("{}:{}", quoted(name), quoted(text)));
        parts.push(format!("\"__metadata__\":{{{}}}", notes.collect::<Vec<_>>().join(",")));
    }
    let mut begin = 0;
    for Tensor { name, shape, values } in tables {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "entries of `{name}`");
        let end = begin + size_of_val(*values);
        let (name, extents) = (quoted(name), shape.iter().map(usize::to_string));
        let extents = extents.collect::<Vec<_>>().join(",");
        parts.push(format!(
            r#"{name}:{{"dtype":"F64","shape":[{extents}],"data_offsets":[{begin},{end}]}}"#
        ));
        begin = end;
    }
    let mut header = format!("{{{}}}", parts.join(","));
    let filled = header.len().next_multiple_of(8);
    header.extend(std::iter::repeat_n(' ', filled - header.len()));
    header
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control < ' ' => {
                write!(out, "\\u{:04x}", control as u32).expect("a string can be written to");
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
