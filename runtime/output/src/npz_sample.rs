//! A sample as NPZ: a zip archive, not compressed, of NPY arrays.
//!
//! *Source:* NumPy Enhancement Proposal 1, version 1.0.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::sample::{Precision, SampleArrays};

/// The entries of an array begin at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// Values converted to bytes at a time.
const CHUNK: usize = 1 << 13;

/// Writes the times and all fields. Times are always 64 bits wide.
pub(crate) fn write(
    sample: &SampleArrays,
    precision: Precision,
    out: &mut (impl Write + Seek),
) -> io::Result<()> {
    let mut zip = ZipWriter::new(out);
    write_array(&mut zip, "t", &[sample.times.len()], &sample.times, Precision::F64)?;
    for field in &sample.fields {
        let mut shape = vec![sample.paths, sample.times.len()];
        shape.extend(&field.shape);
        write_array(&mut zip, &field.name, &shape, &field.values, precision)?;
    }
    zip.finish()?;
    Ok(())
}

fn write_array<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    shape: &[usize],
    values: &[f64],
    precision: Precision,
) -> io::Result<()> {
    let header = header(shape, precision);
    let width = match precision {
        Precision::F32 => size_of::<f32>(),
        Precision::F64 => size_of::<f64>(),
    };
    // Past 4 GiB an archive needs wider fields, and the writer must know beforehand.
    let is_large = (header.len() + width * values.len()) as u64 >= u64::from(u32::MAX);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(is_large);
    zip.start_file(format!("{name}.npy"), options)?;
    zip.write_all(&header)?;
    let mut bytes = Vec::with_capacity(CHUNK * width);
    for chunk in values.chunks(CHUNK) {
        bytes.clear();
        for &value in chunk {
            match precision {
                Precision::F32 => bytes.extend((value as f32).to_le_bytes()),
                Precision::F64 => bytes.extend(value.to_le_bytes()),
            }
        }
        zip.write_all(&bytes)?;
    }
    Ok(())
}

fn header(shape: &[usize], precision: Precision) -> Vec<u8> {
    let descr = match precision {
        Precision::F32 => "<f4",
        Precision::F64 => "<f8",
    };
    let extents: String = shape.iter().map(|extent| format!("{extent}, ")).collect();
    // Python writes a tuple of one with its comma, a longer one without.
    let extents = extents.trim_end_matches(' ');
    let extents = if shape.len() > 1 { extents.trim_end_matches(',') } else { extents };
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents}), }}");
    let start = 10;
    let unpadded = start + text.len() + 1;
    text.push_str(&" ".repeat(unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend(u16::try_from(text.len()).expect("a header is short").to_le_bytes());
    header.extend(text.bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_as_numpy_writes_them() {
        let text = |shape: &[usize]| {
            let header = header(shape, Precision::F64);
            assert_eq!(header.len() % ALIGNMENT, 0);
            String::from_utf8(header[10..].to_vec()).unwrap().trim_end().to_owned()
        };
        let with =
            |shape| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        assert_eq!(text(&[3]), with("(3,)"));
        assert_eq!(text(&[10, 3, 2]), with("(10, 3, 2)"));
    }
}
