//! A sample as NPZ: a zip archive, not compressed, of arrays in NPY format, which `npyz` writes.

use std::io::{self, BufWriter, Seek, Write};

use npyz::{AutoSerialize, WriteOptions, WriterBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::sample::{Precision, SampleArrays};

/// More than a header takes.
const HEADER_LIMIT: usize = 1 << 12;

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

/// An array of the archive.
pub(crate) fn write_array<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    shape: &[usize],
    values: &[f64],
    precision: Precision,
) -> io::Result<()> {
    let width = match precision {
        Precision::F32 => size_of::<f32>(),
        Precision::F64 => size_of::<f64>(),
    };
    // Past 4 GiB an archive needs wider fields, and the writer must know beforehand.
    let is_large = (HEADER_LIMIT + width * values.len()) as u64 >= u64::from(u32::MAX);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(is_large);
    zip.start_file(format!("{name}.npy"), options)?;
    let shape: Vec<u64> = shape.iter().map(|&extent| extent as u64).collect();
    match precision {
        Precision::F32 => write_npy(zip, &shape, values.iter().map(|&value| value as f32)),
        Precision::F64 => write_npy(zip, &shape, values.iter().copied()),
    }
}

fn write_npy<T: AutoSerialize>(
    out: impl Write,
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> io::Result<()> {
    let options = WriteOptions::new().default_dtype().shape(shape);
    let mut npy = options.writer(BufWriter::new(out)).begin_nd()?;
    npy.extend(values)?;
    npy.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_as_numpy_reads_them() {
        let text = |shape: &[u64]| {
            let mut npy = Vec::new();
            let count = shape.iter().product::<u64>() as usize;
            write_npy(&mut npy, shape, vec![0.5_f64; count].into_iter()).unwrap();
            let header = npy.len() - 8 * count;
            assert_eq!((&npy[..8], header % 64), (&b"\x93NUMPY\x01\x00"[..], 0));
            String::from_utf8(npy[10..header].to_vec()).unwrap().trim_end().to_owned()
        };
        let with =
            |shape| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        assert_eq!(text(&[3]), with("(3, )"));
        assert_eq!(text(&[10, 3, 2]), with("(10, 3, 2, )"));
    }
}
