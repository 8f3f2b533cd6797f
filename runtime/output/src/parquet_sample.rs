//! A sample as Parquet: the columns of its CSV, one row a path and time.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type as Physical};
use parquet::data_type::{DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::sample::{Precision, SampleArrays};

/// Paths of a group of rows, so that one holds at most some million.
const ROWS: usize = 1 << 20;

/// Writes all rows.
pub(crate) fn write(
    sample: &SampleArrays,
    precision: Precision,
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    write_table(sample, precision, out).map_err(io::Error::other)
}

fn write_table(
    sample: &SampleArrays,
    precision: Precision,
    out: &mut (impl Write + Send),
) -> Result<(), ParquetError> {
    let physical = match precision {
        Precision::F32 => Physical::FLOAT,
        Precision::F64 => Physical::DOUBLE,
    };
    let mut fields = vec![field("path", Physical::INT64)?, field("t", Physical::DOUBLE)?];
    for saved in &sample.fields {
        for entry in 0..saved.entries() {
            fields.push(field(&saved.entry_name(entry), physical)?);
        }
    }
    let schema = Type::group_type_builder("sample").with_fields(fields).build()?;
    let compression = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let properties = Arc::new(compression.build());
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), properties)?;
    let times = sample.times.len();
    let together = (ROWS / times.max(1)).max(1);
    for first in (0..sample.paths).step_by(together) {
        let paths = first..sample.paths.min(first + together);
        let mut group = file.next_row_group()?;
        let numbers = paths.clone().flat_map(|path| std::iter::repeat_n(path as i64, times));
        let numbers: Vec<i64> = numbers.collect();
        column(&mut group, |column| column.typed::<Int64Type>().write_batch(&numbers, None, None))?;
        let all = sample.times.repeat(paths.len());
        column(&mut group, |column| column.typed::<DoubleType>().write_batch(&all, None, None))?;
        for saved in &sample.fields {
            for entry in 0..saved.entries() {
                let values = paths.clone().flat_map(|path| {
                    (0..times).map(move |time| saved.at(times, path, time, entry))
                });
                match precision {
                    Precision::F64 => {
                        let values: Vec<f64> = values.collect();
                        column(&mut group, |column| {
                            column.typed::<DoubleType>().write_batch(&values, None, None)
                        })?;
                    }
                    Precision::F32 => {
                        let values: Vec<f32> = values.map(|x| x as f32).collect();
                        column(&mut group, |column| {
                            column.typed::<FloatType>().write_batch(&values, None, None)
                        })?;
                    }
                }
            }
        }
        group.close()?;
    }
    file.close().map(drop)
}

fn field(name: &str, physical: Physical) -> Result<Arc<Type>, ParquetError> {
    let builder = Type::primitive_type_builder(name, physical);
    builder.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
}

/// Writes the next column of a group.
fn column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    fill: impl FnOnce(
        &mut parquet::file::writer::SerializedColumnWriter<'_>,
    ) -> Result<usize, ParquetError>,
) -> Result<(), ParquetError> {
    let mut next = group.next_column()?.expect("a group has the columns of its schema");
    fill(&mut next)?;
    next.close()
}
