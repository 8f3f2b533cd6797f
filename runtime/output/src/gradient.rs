//! A value with its derivatives, saved.
//!
//! | suffix | holds |
//! |---|---|
//! | `.csv` | `wrt,value,stderr`: a row for the value, whose `wrt` is empty, and one for each entry: `S0`, `f.A[0,1]`, `S0 σ` |
//! | `.npz` | arrays `value` and `gradient.NAME`, or `gradient.NAME.NAME` of second derivatives, and their errors, `stderr` and `stderr.NAME` |
//! | `.safetensors` | first derivatives, in tables named as parameters are |

use std::io::{self, Seek, Write};
use std::path::Path;

use crate::error::{OutputError, Refusal};
use crate::npz_sample::write_array;
use crate::number::print_into;
use crate::sample::{Field, Precision, suffix};
use crate::{Tensor, atomic, save_safetensors};

/// A value with its derivatives.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientArrays {
    /// The value.
    pub value: f64,
    /// Its standard error, where it has one.
    pub stderr: Option<f64>,
    /// In order: first derivatives, then second ones.
    pub slopes: Vec<Slope>,
}

/// A derivative by one name, or by two.
#[derive(Debug, Clone, PartialEq)]
pub struct Slope {
    /// By what.
    pub by: Vec<String>,
    /// Extents of all of these; empty for a number.
    pub shape: Vec<usize>,
    /// One for each entry, last index fastest.
    pub values: Vec<f64>,
    /// Standard errors, likewise, where there are any.
    pub stderr: Option<Vec<f64>>,
}

const SUFFIXES: &[&str] = &["csv", "npz", "safetensors"];

/// Saves a value with its derivatives by the suffix of `path`, with as many digits as there are.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
pub fn save_gradient(gradient: &GradientArrays, path: impl AsRef<Path>) -> Result<(), OutputError> {
    let path = path.as_ref();
    match suffix(path).as_deref() {
        Some("csv") => atomic::write(path, |out| write_csv(gradient, out)),
        Some("npz") => atomic::write(path, |out| write_npz(gradient, out)),
        Some("safetensors") => {
            let first = gradient.slopes.iter().filter(|slope| slope.by.len() == 1);
            let tables: Vec<_> = first.map(table).collect();
            save_safetensors(path, &tables, &[])
        }
        _ => Err(unknown_suffix(path)),
    }
}

/// Whether [`save_gradient`] can write to `path`: to be asked before a long run.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
pub fn can_save_gradient(path: impl AsRef<Path>) -> Result<(), OutputError> {
    let path = path.as_ref();
    if suffix(path).is_some_and(|suffix| SUFFIXES.contains(&suffix.as_str())) {
        return atomic::Pending::create(path).map(drop);
    }
    Err(unknown_suffix(path))
}

fn table(slope: &Slope) -> Tensor<'_> {
    Tensor { name: &slope.by[0], shape: &slope.shape, values: &slope.values }
}

fn unknown_suffix(path: &Path) -> OutputError {
    OutputError::new(path, Refusal::UnknownSuffix { known: SUFFIXES })
}

fn write_csv(gradient: &GradientArrays, out: &mut impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["wrt", "value", "stderr"])?;
    let mut row = |wrt: &str, value: f64, stderr: Option<f64>| {
        let (mut number, mut error) = (String::new(), String::new());
        print_into(&mut number, value, Precision::F64);
        if let Some(stderr) = stderr {
            print_into(&mut error, stderr, Precision::F64);
        }
        csv.write_record([wrt, &number, &error])
    };
    row("", gradient.value, gradient.stderr)?;
    for slope in &gradient.slopes {
        let name = slope.by.join(" ");
        let field = Field { name, shape: slope.shape.clone(), values: Vec::new() };
        for (k, &value) in slope.values.iter().enumerate() {
            let stderr = slope.stderr.as_ref().map(|errors| errors[k]);
            row(&field.entry_name(k), value, stderr)?;
        }
    }
    csv.flush()
}

fn write_npz(gradient: &GradientArrays, out: &mut (impl Write + Seek)) -> io::Result<()> {
    let mut zip = zip::ZipWriter::new(out);
    let mut array = |name: &str, shape: &[usize], values: &[f64]| {
        write_array(&mut zip, name, shape, values, Precision::F64)
    };
    array("value", &[], &[gradient.value])?;
    if let Some(stderr) = gradient.stderr {
        array("stderr", &[], &[stderr])?;
    }
    for slope in &gradient.slopes {
        let name = slope.by.join(".");
        array(&format!("gradient.{name}"), &slope.shape, &slope.values)?;
        if let Some(stderr) = &slope.stderr {
            array(&format!("stderr.{name}"), &slope.shape, stderr)?;
        }
    }
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient() -> GradientArrays {
        let of = |by: &[&str], shape: &[usize], values: &[f64]| Slope {
            by: by.iter().map(|&name| name.to_owned()).collect(),
            shape: shape.to_vec(),
            values: values.to_vec(),
            stderr: Some(vec![0.5; values.len()]),
        };
        let slopes = vec![of(&["f.A"], &[1, 2], &[1.0, 0.1]), of(&["S0", "σ"], &[], &[-3.0])];
        GradientArrays { value: 2.5, stderr: Some(0.25), slopes }
    }

    #[test]
    fn rows_have_the_names_of_entries() {
        let mut out = Vec::new();
        write_csv(&gradient(), &mut out).unwrap();
        let exact = GradientArrays { value: 1.0, stderr: None, slopes: Vec::new() };
        let mut bare = Vec::new();
        write_csv(&exact, &mut bare).unwrap();
        let text =
            "wrt,value,stderr\n,2.5,0.25\n\"f.A[0,0]\",1,0.5\n\"f.A[0,1]\",0.1,0.5\nS0 σ,-3,0.5\n";
        assert_eq!(String::from_utf8(out).unwrap(), text);
        assert_eq!(String::from_utf8(bare).unwrap(), "wrt,value,stderr\n,1,\n");
    }

    #[test]
    fn tables_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gradient.safetensors");
        save_gradient(&gradient(), &file).unwrap();
        let tables = sdec_data::read_safetensors(&file).unwrap();
        let names: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["f.A"]);
        assert_eq!(tables[0].1.values, [1.0, 0.1]);
        let file = folder.path().join("gradient.npz");
        save_gradient(&gradient(), &file).unwrap();
        let archive = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
        let names = archive.file_names().map(|name| name.unwrap().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        let known =
            ["gradient.S0.σ", "gradient.f.A", "stderr.S0.σ", "stderr.f.A", "stderr", "value"];
        assert_eq!(names, known.map(|name| format!("{name}.npy")));
        assert!(can_save_gradient(folder.path().join("gradient.txt")).is_err());
    }
}
