//! Safetensors files: named tables of numbers, as trained parameters are kept.
//!
//! ```text
//! n, 8 bytes, little-endian · n bytes of JSON · entries
//! {"f.A": {"dtype": "F64", "shape": [3, 2], "data_offsets": [0, 48]}, "__metadata__": {…}}
//! ```
//!
//! Offsets count from the end of the JSON; entries are little-endian, last index fastest.
//! Source: <https://github.com/huggingface/safetensors>, section "Format".

use std::io::Read;
use std::path::Path;

use serde_json::Value as Json;

use crate::error::{ArrayFault, DataError, Fault};
use crate::file;
use crate::npz::Array;

/// More than any header takes.
const HEADER_LIMIT: u64 = 100 << 20;

/// What is no table.
const NOTES: &str = "__metadata__";

/// Reads all tables of a safetensors file, in the order of its header.
///
/// # Errors
/// When the file cannot be read, is not in this format, or holds a table of another type than
/// `F64` or `F32`.
pub fn read_safetensors(path: impl AsRef<Path>) -> Result<Vec<(String, Array)>, DataError> {
    Ok(read_safetensors_with_notes(path)?.tables)
}

/// What a safetensors file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Safetensors {
    /// The tables, in the order of the header.
    pub tables: Vec<(String, Array)>,
    /// The texts beside them, `__metadata__`, in the order of the header.
    pub notes: Vec<(String, String)>,
}

/// Reads all tables of a safetensors file, and the texts beside them.
///
/// # Errors
/// As [`read_safetensors`].
pub fn read_safetensors_with_notes(path: impl AsRef<Path>) -> Result<Safetensors, DataError> {
    let path = path.as_ref();
    let mut bytes = Vec::new();
    file::open(path)?
        .read_to_end(&mut bytes)
        .map_err(|reason| DataError::new(path, Fault::Unreadable { reason }))?;
    let fault = |reason: String| DataError::new(path, Fault::NotSafetensors { reason });
    let (header, entries) = parts(&bytes).map_err(|reason| fault(reason.to_owned()))?;
    let header: Json =
        serde_json::from_slice(header).map_err(|error| fault(format!("its header: {error}")))?;
    let Json::Object(tables) = header else {
        return Err(fault("its header is no JSON object".to_owned()));
    };
    let mut arrays = Vec::new();
    let texts = tables.get(NOTES).and_then(Json::as_object).into_iter().flatten();
    let texts = texts.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
    let notes = texts.collect();
    for (name, facts) in tables.iter().filter(|(name, _)| *name != NOTES) {
        let array = array(facts, entries).map_err(|fault| DataError::array(path, name, fault))?;
        arrays.push((name.clone(), array));
    }
    Ok(Safetensors { tables: arrays, notes })
}

/// Header and entries.
fn parts(bytes: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("it has less than 8 bytes")?;
    let length = u64::from_le_bytes(*length);
    if length > HEADER_LIMIT {
        return Err("its first 8 bytes are not the length of a header");
    }
    let length = usize::try_from(length).map_err(|_| "its header is too long")?;
    rest.split_at_checked(length).ok_or("it ends within its header")
}

fn array(facts: &Json, entries: &[u8]) -> Result<Array, ArrayFault> {
    let bad = |reason: &str| ArrayFault::BadEntry { reason: reason.to_owned() };
    let naturals = |key: &str| -> Option<Vec<usize>> {
        let numbers = facts.get(key)?.as_array()?.iter();
        numbers.map(|n| usize::try_from(n.as_u64()?).ok()).collect()
    };
    let dtype = facts.get("dtype").and_then(Json::as_str).ok_or_else(|| bad("no dtype"))?;
    let shape = naturals("shape").ok_or_else(|| bad("no shape"))?;
    let offsets = naturals("data_offsets").ok_or_else(|| bad("no data_offsets"))?;
    let &[begin, end] = offsets.as_slice() else {
        return Err(bad("data_offsets are not two numbers"));
    };
    let width = match dtype {
        "F64" => 8,
        "F32" => 4,
        other => return Err(ArrayFault::Dtype { dtype: other.to_owned() }),
    };
    let bytes = entries.get(begin..end).ok_or_else(|| bad("data_offsets outside the file"))?;
    let declared = shape.iter().try_fold(width, |bytes: usize, &n| bytes.checked_mul(n));
    if declared != Some(bytes.len()) {
        let declared = declared.map(|bytes| bytes as u64);
        return Err(ArrayFault::Length { declared, found: bytes.len() as u64 });
    }
    let values = if width == 8 {
        bytes.as_chunks().0.iter().map(|&word| f64::from_le_bytes(word)).collect()
    } else {
        bytes.as_chunks().0.iter().map(|&word| f64::from(f32::from_le_bytes(word))).collect()
    };
    Ok(Array { shape, values })
}
