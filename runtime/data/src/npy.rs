//! The NPY format: a short header in Python's notation, then the entries.
//!
//! *Source:* NumPy Enhancement Proposal 1, `numpy.lib.format`, versions 1.0 to 3.0.

use std::io::{self, Read};

use crate::error::ArrayFault;

/// The longest header that is read; those of real arrays take some hundred bytes.
const HEADER_LIMIT: u32 = 1 << 16;

/// Bytes decoded at a time.
const CHUNK: usize = 1 << 16;

/// What an NPY header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// NumPy's name of the entries' type, such as `<f8`.
    pub(crate) descr: String,
    /// Whether the first index runs fastest.
    pub(crate) fortran_order: bool,
    /// Extents, outermost first.
    pub(crate) shape: Vec<u64>,
}

/// Why reading an array stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The array is at fault.
    Fault(ArrayFault),
    /// What it is read from is.
    Io(io::Error),
}

impl From<ArrayFault> for Stop {
    fn from(fault: ArrayFault) -> Self {
        Stop::Fault(fault)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

fn bad_header(reason: &str) -> Stop {
    Stop::Fault(ArrayFault::BadHeader { reason: reason.to_owned() })
}

/// Reads a header, and how many bytes it took.
pub(crate) fn read_header(source: &mut impl Read) -> Result<(Header, u64), Stop> {
    let mut start = [0; 8];
    fill(source, &mut start)?;
    if &start[..6] != b"\x93NUMPY" {
        return Err(bad_header("it does not begin with `\\x93NUMPY`"));
    }
    let (prefix, length) = match start[6] {
        1 => {
            let mut length = [0; 2];
            fill(source, &mut length)?;
            (10, u32::from(u16::from_le_bytes(length)))
        }
        2 | 3 => {
            let mut length = [0; 4];
            fill(source, &mut length)?;
            (12, u32::from_le_bytes(length))
        }
        version => return Err(bad_header(&format!("version {version} is not known"))),
    };
    if length > HEADER_LIMIT {
        return Err(bad_header(&format!("a header of {length} bytes is too long")));
    }
    let mut text = vec![0; length as usize];
    fill(source, &mut text)?;
    let text = std::str::from_utf8(&text).map_err(|_| bad_header("the header is not text"))?;
    let header = parse_header(text).ok_or_else(|| bad_header("the header cannot be understood"))?;
    Ok((header, prefix + u64::from(length)))
}

fn fill(source: &mut impl Read, buffer: &mut [u8]) -> Result<(), Stop> {
    source.read_exact(buffer).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            bad_header("it ends within its header")
        } else {
            Stop::Io(error)
        }
    })
}

/// Parses `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order.
fn parse_header(text: &str) -> Option<Header> {
    let mut rest = text.trim().strip_prefix('{')?.trim_start();
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    while !rest.starts_with('}') {
        let (key, after) = quoted(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            // A structured type is a list of fields, and no array of numbers.
            "descr" if value.starts_with('[') => {
                let (fields, after) = bracketed(value)?;
                descr = Some(fields.to_owned());
                after
            }
            "descr" => {
                let (name, after) = quoted(value)?;
                descr = Some(name.to_owned());
                after
            }
            "fortran_order" => {
                let (flag, after) = if let Some(after) = value.strip_prefix("True") {
                    (true, after)
                } else {
                    (false, value.strip_prefix("False")?)
                };
                fortran_order = Some(flag);
                after
            }
            "shape" => {
                let (extents, after) = value.strip_prefix('(')?.split_once(')')?;
                shape = Some(parse_extents(extents)?);
                after
            }
            _ => return None,
        };
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(Header { descr: descr?, fortran_order: fortran_order?, shape: shape? })
}

fn parse_extents(text: &str) -> Option<Vec<u64>> {
    // Python 2 wrote `3L`.
    let extent = |text: &str| text.trim().trim_end_matches('L').parse().ok();
    let text = text.trim();
    let text = text.strip_suffix(',').unwrap_or(text);
    if text.is_empty() { Some(Vec::new()) } else { text.split(',').map(extent).collect() }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|&c| c == '\'' || c == '"')?;
    text[1..].split_once(quote)
}

/// A list in brackets, and what follows it.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(text.split_at(at + 1));
        }
    }
    None
}

/// The real number types of NumPy that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
}

/// The layout of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dtype {
    kind: Kind,
    bytes: usize,
    big_endian: bool,
}

impl Dtype {
    fn parse(descr: &str) -> Result<Self, ArrayFault> {
        let unknown = || ArrayFault::Dtype { dtype: descr.to_owned() };
        if descr.contains('O') && !descr.starts_with('[') {
            return Err(ArrayFault::Objects);
        }
        let (order, kind, bytes) = match descr.as_bytes() {
            [order @ (b'<' | b'>' | b'|' | b'='), kind, bytes @ b'1'..=b'8'] => {
                (order, kind, usize::from(bytes - b'0'))
            }
            _ => return Err(unknown()),
        };
        let kind = match (kind, bytes) {
            (b'b', 1) => Kind::Bool,
            (b'i', 1 | 2 | 4 | 8) => Kind::Signed,
            (b'u', 1 | 2 | 4 | 8) => Kind::Unsigned,
            (b'f', 4 | 8) => Kind::Float,
            _ => return Err(unknown()),
        };
        Ok(Dtype { kind, bytes, big_endian: *order == b'>' })
    }

    /// The value of one entry; an integer that is not an `f64` comes back as text.
    fn decode(self, entry: &[u8]) -> Result<f64, String> {
        let mut bits = [0; 8];
        for (k, &byte) in entry.iter().enumerate() {
            bits[if self.big_endian { self.bytes - 1 - k } else { k }] = byte;
        }
        let bits = u64::from_le_bytes(bits);
        match (self.kind, self.bytes) {
            (Kind::Bool, _) => Ok(f64::from(u8::from(bits != 0))),
            (Kind::Float, 4) => Ok(f64::from(f32::from_bits(bits as u32))),
            (Kind::Float, _) => Ok(f64::from_bits(bits)),
            (Kind::Unsigned, _) => exact(i128::from(bits)),
            (Kind::Signed, bytes) => {
                let unused = 64 - 8 * bytes as u32;
                exact(i128::from((bits << unused) as i64 >> unused))
            }
        }
    }
}

fn exact(integer: i128) -> Result<f64, String> {
    let value = integer as f64;
    if value as i128 == integer { Ok(value) } else { Err(integer.to_string()) }
}

/// Reads the entries that follow `header`, of which there are `available` bytes, in C order.
///
/// Memory grows with what is read, never with what the header claims.
pub(crate) fn read_entries(
    source: &mut impl Read,
    header: &Header,
    available: u64,
) -> Result<Vec<f64>, Stop> {
    let dtype = Dtype::parse(&header.descr)?;
    let declared = header
        .shape
        .iter()
        .try_fold(dtype.bytes as u64, |bytes, &extent| bytes.checked_mul(extent))
        // An extent of 0 may follow extents whose product overflows.
        .or_else(|| header.shape.contains(&0).then_some(0));
    if declared != Some(available) {
        return Err(ArrayFault::Length { declared, found: available }.into());
    }
    let mut values = Vec::new();
    let mut chunk = vec![0; CHUNK];
    let mut left = available;
    while left > 0 {
        let take = left.min(CHUNK as u64) as usize;
        source.read_exact(&mut chunk[..take])?;
        for entry in chunk[..take].chunks_exact(dtype.bytes) {
            let index = values.len();
            values.push(dtype.decode(entry).map_err(|value| ArrayFault::Inexact { index, value })?);
        }
        left -= take as u64;
    }
    // Reading on to the end makes the archive check its checksum.
    if source.read(&mut chunk)? != 0 {
        return Err(ArrayFault::Length { declared, found: available + 1 }.into());
    }
    if header.fortran_order { Ok(c_order(&values, &header.shape)) } else { Ok(values) }
}

/// Entries stored first index fastest, rearranged last index fastest.
fn c_order(values: &[f64], shape: &[u64]) -> Vec<f64> {
    let extents: Vec<usize> = shape.iter().map(|&extent| extent as usize).collect();
    let strides: Vec<usize> = extents
        .iter()
        .scan(1, |stride, &extent| Some(std::mem::replace(stride, *stride * extent)))
        .collect();
    let mut index = vec![0; extents.len()];
    let mut from = 0;
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[from]);
        for axis in (0..extents.len()).rev() {
            index[axis] += 1;
            from += strides[axis];
            if index[axis] < extents[axis] {
                break;
            }
            index[axis] = 0;
            from -= strides[axis] * extents[axis];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_as_numpy_writes_them() {
        let header = |descr: &str, fortran_order, shape: &[u64]| Header {
            descr: descr.to_owned(),
            fortran_order,
            shape: shape.to_vec(),
        };
        let cases = [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n",
                header("<f8", false, &[3, 4]),
            ),
            ("{'shape': (), 'fortran_order': True, 'descr': '|b1'}", header("|b1", true, &[])),
            (
                "{'descr': '<i4', 'fortran_order': False, 'shape': (5L,), }",
                header("<i4", false, &[5]),
            ),
            (
                "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }",
                header("[('a', '<f8'), ('b', '<i4')]", false, &[2]),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_header(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn headers_that_are_refused() {
        for text in [
            "",
            "{",
            "{}",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': [3]}",
            "{'descr': ]['<f8']}",
            "{'é",
        ] {
            assert_eq!(parse_header(text), None, "{text}");
        }
    }

    #[test]
    fn entries_of_every_type() {
        let cases: [(&str, &[u8], f64); 14] = [
            ("<f8", &1.5_f64.to_le_bytes(), 1.5),
            (">f8", &1.5_f64.to_be_bytes(), 1.5),
            ("<f4", &(-0.5_f32).to_le_bytes(), -0.5),
            (">f4", &(-0.5_f32).to_be_bytes(), -0.5),
            ("<i8", &(-3_i64).to_le_bytes(), -3.0),
            ("<i4", &(-3_i32).to_le_bytes(), -3.0),
            (">i2", &(-3_i16).to_be_bytes(), -3.0),
            ("|i1", &(-3_i8).to_le_bytes(), -3.0),
            ("|u1", &[200], 200.0),
            ("<u2", &60_000_u16.to_le_bytes(), 60_000.0),
            ("<u4", &4_000_000_000_u32.to_le_bytes(), 4e9),
            ("<u8", &(1_u64 << 53).to_le_bytes(), 9_007_199_254_740_992.0),
            ("|b1", &[1], 1.0),
            ("|b1", &[0], 0.0),
        ];
        for (descr, bytes, expected) in cases {
            assert_eq!(Dtype::parse(descr).unwrap().decode(bytes), Ok(expected), "{descr}");
        }
    }

    #[test]
    fn integers_beyond_f64_are_refused() {
        let dtype = Dtype::parse("<i8").unwrap();
        let odd = (1_i64 << 53) + 1;
        assert_eq!(dtype.decode(&odd.to_le_bytes()), Err("9007199254740993".to_owned()));
        assert_eq!(dtype.decode(&i64::MIN.to_le_bytes()), Ok(-9_223_372_036_854_775_808.0));
    }

    #[test]
    fn fortran_order_is_rearranged() {
        // a[i, j, k] = 100 i + 10 j + k with shape [2, 3, 2].
        let mut stored = Vec::new();
        for k in 0..2 {
            for j in 0..3 {
                for i in 0..2 {
                    stored.push(f64::from(100 * i + 10 * j + k));
                }
            }
        }
        let expected = [0., 1., 10., 11., 20., 21., 100., 101., 110., 111., 120., 121.];
        assert_eq!(c_order(&stored, &[2, 3, 2]), expected);
        assert_eq!(c_order(&[7.0], &[]), [7.0]);
        assert_eq!(c_order(&[], &[0, 3]), []);
    }
}
