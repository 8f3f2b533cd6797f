//! Arrays in NPY format, which the crate `npyz` reads.
//!
//! It trusts a header's lengths and brackets, so those are checked here before it sees them.
//!
//! *Source:* NumPy Enhancement Proposal 1, `numpy.lib.format`, versions 1.0 to 3.0.

use std::io::{self, BufReader, Read};

use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order, TypeChar, TypeStr};

use crate::error::ArrayFault;

/// The longest header that is read; those of real arrays take some hundred bytes.
const HEADER_LIMIT: u32 = 1 << 16;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

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

fn not_understood() -> Stop {
    bad_header("the header cannot be understood")
}

/// Reads a header from an array of `size` bytes, and how many of them are left for the entries.
pub(crate) fn read_header(source: &mut impl Read, size: u64) -> Result<(NpyHeader, u64), Stop> {
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
    let available = size.saturating_sub(prefix + u64::from(length));
    Ok((parse_header(text, available)?, available))
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
fn parse_header(text: &str, available: u64) -> Result<NpyHeader, Stop> {
    if !is_plain(text) {
        return Err(match (text.find("[("), text.rfind(")]")) {
            (Some(start), Some(end)) if start < end => {
                ArrayFault::Dtype { dtype: text[start..end + 2].to_owned() }.into()
            }
            _ => not_understood(),
        });
    }
    let (before, shape, after) = text
        .split_once('(')
        .and_then(|(before, rest)| {
            rest.split_once(')').map(|(shape, after)| (before, shape, after))
        })
        .ok_or_else(not_understood)?;
    let extents = parse_extents(shape).ok_or_else(not_understood)?;
    if extents.iter().try_fold(1_u64, |n, &extent| n.checked_mul(extent.max(1))).is_none() {
        return Err(ArrayFault::Length { declared: None, found: available }.into());
    }
    let shape: String = extents.iter().map(|extent| format!("{extent}, ")).collect();
    let text = format!("{before}({shape}){after}");
    let mut header = b"\x93NUMPY\x03\x00".to_vec();
    header.extend(u32::try_from(text.len()).map_err(|_| not_understood())?.to_le_bytes());
    header.extend(text.bytes());
    NpyHeader::from_reader(header.as_slice()).map_err(|_| not_understood())
}

/// Whether a header is as simple as those of numbers are. Structured types are lists of fields, and
/// are not; other nested brackets, sums and escapes could cost time and stack without bound.
fn is_plain(text: &str) -> bool {
    let count = |bracket: char| text.matches(bracket).count();
    let is_known = |c: char| {
        c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "'\":,_<>|=()[]{}".contains(c)
    };
    count('{') == 1 && count('(') == 1 && count('[') <= 1 && text.chars().all(is_known)
}

fn parse_extents(text: &str) -> Option<Vec<u64>> {
    // Python 2 wrote `3L`.
    let extent = |text: &str| text.trim().trim_end_matches('L').parse().ok();
    let text = text.trim();
    let text = text.strip_suffix(',').unwrap_or(text);
    if text.is_empty() { Some(Vec::new()) } else { text.split(',').map(extent).collect() }
}

/// Reads the entries that follow `header`, of which there are `available` bytes, in C order.
///
/// Memory grows with what is read, never with what the header claims.
pub(crate) fn read_entries(
    source: &mut impl Read,
    header: &NpyHeader,
    available: u64,
) -> Result<Vec<f64>, Stop> {
    let dtype = plain_dtype(header)?;
    let convert: Convert<_> = match (dtype.type_char(), dtype.size_field()) {
        (TypeChar::Bool, 1) => |file| convert(file, |value: bool| Ok(f64::from(u8::from(value)))),
        (TypeChar::Int, 1) => |file| convert(file, |value: i8| Ok(value.into())),
        (TypeChar::Int, 2) => |file| convert(file, |value: i16| Ok(value.into())),
        (TypeChar::Int, 4) => |file| convert(file, |value: i32| Ok(value.into())),
        (TypeChar::Int, 8) => |file| convert(file, |value: i64| exact(value.into())),
        (TypeChar::Uint, 1) => |file| convert(file, |value: u8| Ok(value.into())),
        (TypeChar::Uint, 2) => |file| convert(file, |value: u16| Ok(value.into())),
        (TypeChar::Uint, 4) => |file| convert(file, |value: u32| Ok(value.into())),
        (TypeChar::Uint, 8) => |file| convert(file, |value: u64| exact(value.into())),
        (TypeChar::Float, 4) => |file| convert(file, |value: f32| Ok(value.into())),
        (TypeChar::Float, 8) => |file| convert(file, |value: f64| Ok(value)),
        _ => return Err(ArrayFault::Dtype { dtype: dtype.to_string() }.into()),
    };
    let declared = header.len().checked_mul(dtype.size_field());
    if declared != Some(available) {
        return Err(ArrayFault::Length { declared, found: available }.into());
    }
    let mut source = BufReader::with_capacity(CHUNK, source);
    let values = convert(NpyFile::with_header(header.clone(), &mut source))?;
    // Reading on to the end makes the archive check its checksum.
    if source.read(&mut [0])? != 0 {
        return Err(ArrayFault::Length { declared, found: available + 1 }.into());
    }
    match header.order() {
        Order::C => Ok(values),
        Order::Fortran => Ok(c_order(&values, header.shape())),
    }
}

/// Reads all entries, which are of one type.
type Convert<S> = fn(NpyFile<S>) -> Result<Vec<f64>, Stop>;

/// The type of the entries, if it is not structured.
fn plain_dtype(header: &NpyHeader) -> Result<TypeStr, ArrayFault> {
    match header.dtype() {
        DType::Plain(dtype) if dtype.type_char() == TypeChar::Object => Err(ArrayFault::Objects),
        DType::Plain(dtype) => Ok(dtype),
        structured @ (DType::Array(..) | DType::Record(_)) => {
            Err(ArrayFault::Dtype { dtype: structured.descr() })
        }
    }
}

/// Reads entries of one type; one that is not an `f64` comes back from `to_f64` as text.
fn convert<T: Deserialize>(
    file: NpyFile<impl Read>,
    to_f64: impl Fn(T) -> Result<f64, String>,
) -> Result<Vec<f64>, Stop> {
    let entries = file.data::<T>().map_err(|error| bad_header(&error.to_string()))?;
    let mut values = Vec::new();
    for entry in entries {
        let index = values.len();
        values.push(to_f64(entry?).map_err(|value| ArrayFault::Inexact { index, value })?);
    }
    Ok(values)
}

fn exact(integer: i128) -> Result<f64, String> {
    let value = integer as f64;
    if value as i128 == integer { Ok(value) } else { Err(integer.to_string()) }
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
        let cases: [(&str, &str, Order, &[u64]); 3] = [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n",
                "'<f8'",
                Order::C,
                &[3, 4],
            ),
            ("{'shape': (), 'fortran_order': True, 'descr': '|b1'}", "'|b1'", Order::Fortran, &[]),
            ("{'descr': '<i4', 'fortran_order': False, 'shape': (5L,), }", "'<i4'", Order::C, &[5]),
        ];
        for (text, descr, order, shape) in cases {
            let header = parse_header(text, 0).unwrap();
            assert_eq!(header.dtype().descr(), descr, "{text}");
            assert_eq!((header.order(), header.shape()), (order, shape), "{text}");
        }
    }

    #[test]
    fn times_are_no_numbers() {
        let Err(Stop::Fault(ArrayFault::Dtype { dtype })) = read_one("<M8[ns]", &[0; 8]) else {
            panic!()
        };
        assert_eq!(dtype, "<M8[ns]");
    }

    #[test]
    fn structured_types_are_no_numbers() {
        let text =
            "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }";
        let Err(Stop::Fault(ArrayFault::Dtype { dtype })) = parse_header(text, 0) else { panic!() };
        assert_eq!(dtype, "[('a', '<f8'), ('b', '<i4')]");
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
            "((((((((",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1+1,)}",
            "{'descr': '\\x3cf8', 'fortran_order': False, 'shape': (1,)}",
            &"{".repeat(60_000),
        ] {
            let Err(Stop::Fault(fault)) = parse_header(text, 0) else { panic!("{text}") };
            assert_eq!(fault.to_string(), "is not in NPY format: the header cannot be understood");
        }
    }

    /// The entries of an array of one of them.
    fn read_one(descr: &str, entry: &[u8]) -> Result<Vec<f64>, Stop> {
        let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,)}}");
        let header = parse_header(&text, entry.len() as u64)?;
        read_entries(&mut &entry[..], &header, entry.len() as u64)
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
            assert_eq!(read_one(descr, bytes).unwrap(), [expected], "{descr}");
        }
    }

    #[test]
    fn integers_beyond_f64_are_refused() {
        let odd = (1_i64 << 53) + 1;
        let Err(Stop::Fault(ArrayFault::Inexact { index: 0, value })) =
            read_one("<i8", &odd.to_le_bytes())
        else {
            panic!()
        };
        assert_eq!(value, "9007199254740993");
        let least = read_one("<i8", &i64::MIN.to_le_bytes()).unwrap();
        assert_eq!(least, [-9_223_372_036_854_775_808.0]);
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
        assert_eq!(c_order(&[], &[0, 3]), Vec::<f64>::new());
    }
}
