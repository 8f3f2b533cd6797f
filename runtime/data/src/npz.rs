//! NPZ files: zip archives of NPY arrays, stored or deflated.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{ArrayFault, DataError, Fault};
use crate::file;
use crate::npy::{self, Stop};

/// An NPZ file whose list of arrays has been read.
#[derive(Debug)]
pub struct NpzFile {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    names: Vec<String>,
}

/// An array of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Extents, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// Entries, last index fastest.
    pub values: Vec<f64>,
}

impl Array {
    /// Positions of the entries that are NaN, which in data means missing.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.values.len()).filter(|&k| self.values[k].is_nan()).collect()
    }
}

/// Opens an NPZ file and reads its list of arrays.
///
/// # Errors
/// When the file cannot be read or is not a zip archive.
pub fn open_npz(path: impl AsRef<Path>) -> Result<NpzFile, DataError> {
    let path = path.as_ref().to_owned();
    let file = file::open(&path)?;
    let mut file = BufReader::new(file);
    let begins_as_zip = file.fill_buf().is_ok_and(|bytes| bytes.starts_with(b"PK"));
    let archive = ZipArchive::new(file).map_err(|error| {
        let fault = if let ZipError::Io(reason) = error
            && reason.kind() != io::ErrorKind::UnexpectedEof
        {
            Fault::Unreadable { reason }
        } else if begins_as_zip {
            // The list of entries is at a zip archive's end.
            let reason = "its list of arrays is missing, as in a file cut short".to_owned();
            Fault::Damaged { reason }
        } else {
            Fault::NotZip
        };
        DataError::new(&path, fault)
    })?;
    let names = archive
        .file_names()
        .filter_map(|name| name.ok()?.strip_suffix(".npy").map(str::to_owned))
        .collect();
    Ok(NpzFile { path, archive, names })
}

impl NpzFile {
    /// The names of its arrays, in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The extents of one array, without reading its entries.
    ///
    /// # Errors
    /// When there is no such array, or its header is wrong.
    pub fn shape(&mut self, name: &str) -> Result<Vec<usize>, DataError> {
        self.with_entry(name, |entry, size| {
            let (header, _) = npy::read_header(entry, size)?;
            extents(header.shape())
        })
    }

    /// Reads one array of real numbers as `f64`.
    ///
    /// # Errors
    /// When there is no such array, it does not hold real numbers, its shape and its length
    /// disagree, an integer of it is not an `f64`, or the archive is damaged.
    pub fn array(&mut self, name: &str) -> Result<Array, DataError> {
        self.with_entry(name, |entry, size| {
            let (header, available) = npy::read_header(entry, size)?;
            let values = npy::read_entries(entry, &header, available)?;
            Ok(Array { shape: extents(header.shape())?, values })
        })
    }

    /// Reads one array as offsets of groups that share `rows` rows: `by "offset"`.
    ///
    /// # Errors
    /// As [`NpzFile::array`], and when the array is not a list of integers that begins with 0, never
    /// decreases and ends with `rows`.
    pub fn offsets(&mut self, name: &str, rows: usize) -> Result<Vec<usize>, DataError> {
        let array = self.array(name)?;
        check_offsets(&array, rows)
            .map_err(|reason| DataError::array(&self.path, name, ArrayFault::Offsets { reason }))
    }

    fn with_entry<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut zip::read::ZipFile<'_, BufReader<File>>, u64) -> Result<T, Stop>,
    ) -> Result<T, DataError> {
        let path = &self.path;
        let damaged = |reason: String| DataError::new(path, Fault::Damaged { reason });
        if !self.names.iter().any(|known| known == name) {
            let (name, available) = (name.to_owned(), self.names.clone());
            return Err(DataError::new(path, Fault::AbsentArray { name, available }));
        }
        let mut entry = self
            .archive
            .by_name(&format!("{name}.npy"))
            .map_err(|error| damaged(error.to_string()))?;
        let size = entry.size();
        read(&mut entry, size).map_err(|stop| match stop {
            Stop::Fault(fault) => DataError::array(path, name, fault),
            Stop::Io(error) => {
                damaged(format!("array `{name}`: {}", error.to_string().to_lowercase()))
            }
        })
    }
}

fn extents(shape: &[u64]) -> Result<Vec<usize>, Stop> {
    let too_large = || ArrayFault::BadHeader { reason: "its shape is too large".to_owned() };
    shape
        .iter()
        .map(|&extent| usize::try_from(extent).map_err(|_| Stop::Fault(too_large())))
        .collect()
}

fn check_offsets(array: &Array, rows: usize) -> Result<Vec<usize>, String> {
    if array.shape.len() != 1 {
        return Err(format!("it has {} axes instead of one", array.shape.len()));
    }
    let mut offsets = Vec::with_capacity(array.values.len());
    for &value in &array.values {
        if value.fract() != 0.0 || !(0.0..=rows as f64).contains(&value) {
            return Err(format!("it holds {value}, which is not a row of {rows}"));
        }
        offsets.push(value as usize);
    }
    if let Some(k) = (1..offsets.len()).find(|&k| offsets[k] < offsets[k - 1]) {
        return Err(format!("it goes from {} back to {}", offsets[k - 1], offsets[k]));
    }
    match (offsets.first(), offsets.last()) {
        (Some(0), Some(&last)) if last == rows => Ok(offsets),
        (Some(0), Some(last)) => Err(format!("it ends with {last} instead of {rows}")),
        (Some(first), _) => Err(format!("it begins with {first} instead of 0")),
        (None, _) => Err("it is empty".to_owned()),
    }
}
