//! Sampled paths, and saving them.

use std::path::Path;

use crate::atomic;
use crate::error::{OutputError, Refusal};
use crate::{csv_sample, npz_sample};

/// What a `sample` block yields: values of states and observations at the saved times of each path.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleArrays {
    /// How many paths there are.
    pub paths: usize,
    /// The saved times.
    pub times: Vec<f64>,
    /// The saved quantities.
    pub fields: Vec<Field>,
}

/// One saved quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in the model.
    pub name: String,
    /// Its extents at one time, outermost first; empty for a number.
    pub shape: Vec<usize>,
    /// Its values, f64[path, time, entry…], row-major; NaN where a path had stopped.
    pub values: Vec<f64>,
}

/// The width of numbers in a file that has a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
}

impl SampleArrays {
    /// Panics unless each field has a value for every path, time and entry.
    pub(crate) fn assert_complete(&self) {
        for field in &self.fields {
            let expected = self.paths * self.times.len() * field.entries();
            assert_eq!(field.values.len(), expected, "values of `{}`", field.name);
        }
    }
}

impl Field {
    /// How many numbers it has at one time.
    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// The name of entry `k` in row-major order: `x`, `x[2]`, `A[0,1]`.
    pub fn entry_name(&self, mut k: usize) -> String {
        let mut index = Vec::with_capacity(self.shape.len());
        for &extent in self.shape.iter().rev() {
            index.push((k % extent).to_string());
            k /= extent;
        }
        index.reverse();
        let name = &self.name;
        if index.is_empty() { name.clone() } else { format!("{name}[{}]", index.join(",")) }
    }

    /// Entry `entry` at time `time` of path `path`.
    pub(crate) fn at(&self, times: usize, path: usize, time: usize, entry: usize) -> f64 {
        self.values[(path * times + time) * self.entries() + entry]
    }
}

/// What a sample can be saved as, by the suffix of the file.
const KNOWN: &[&str] =
    if cfg!(feature = "parquet") { &["npz", "csv", "parquet"] } else { &["npz", "csv"] };

/// Saves a sample as `.npz` or `.csv`, with the feature `parquet` also as `.parquet`, by the suffix of `path`.
///
/// NPZ: an array `t` of the times and one array of shape `[path, time, …]` a field. CSV: one row a
/// path and time, one column an entry, numbers with as many digits as it takes to read them back
/// exactly. Parquet: the same columns. The file is written piece by piece and appears when it is complete.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
///
/// # Panics
/// When a field lacks values for some path, time or entry.
pub fn save_sample(
    sample: &SampleArrays,
    precision: Precision,
    path: impl AsRef<Path>,
) -> Result<(), OutputError> {
    let path = path.as_ref();
    sample.assert_complete();
    match suffix(path).as_deref() {
        Some("npz") => atomic::write(path, |out| npz_sample::write(sample, precision, out)),
        Some("csv") => atomic::write(path, |out| csv_sample::write(sample, precision, out)),
        #[cfg(feature = "parquet")]
        Some("parquet") => {
            atomic::write(path, |out| crate::parquet_sample::write(sample, precision, out))
        }
        _ => Err(unknown_suffix(path)),
    }
}

/// Whether [`save_sample`] can write to `path`: to be asked before a long run.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
pub fn can_save(path: impl AsRef<Path>) -> Result<(), OutputError> {
    let path = path.as_ref();
    match suffix(path).as_deref() {
        Some(suffix) if KNOWN.contains(&suffix) => atomic::Pending::create(path).map(drop),
        _ => Err(unknown_suffix(path)),
    }
}

fn unknown_suffix(path: &Path) -> OutputError {
    OutputError::new(path, Refusal::UnknownSuffix { known: KNOWN })
}

/// The suffix of a file's name, in lower case.
pub(crate) fn suffix(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_named_by_their_index() {
        let field = |shape: &[usize]| Field {
            name: "A".to_owned(),
            shape: shape.to_vec(),
            values: Vec::new(),
        };
        assert_eq!(field(&[]).entry_name(0), "A");
        assert_eq!(field(&[3]).entry_name(2), "A[2]");
        assert_eq!(field(&[2, 3]).entry_name(4), "A[1,1]");
    }
}
