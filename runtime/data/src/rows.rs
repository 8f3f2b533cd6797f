//! The rows of a CSV text, each with the line on which it begins.

use std::fs::File;
use std::io::{self, Read};

use csv::StringRecord;

use crate::error::Fault;

/// Bytes read from the file at a time.
const BUFFER: usize = 1 << 16;

/// A CSV text that is being read row by row.
#[derive(Debug)]
pub(crate) struct Rows {
    reader: csv::Reader<LineFeeds<File>>,
    /// The row read last.
    pub(crate) record: StringRecord,
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
}

impl Rows {
    pub(crate) fn new(file: File) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(LineFeeds::new(file));
        Rows { reader, record: StringRecord::new(), line: 0 }
    }

    /// The line that follows the row read last.
    pub(crate) fn next_line(&self) -> u64 {
        self.reader.position().line()
    }

    /// Reads the next row; false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, Fault> {
        let previous_end = self.next_line();
        let more = self.reader.read_record(&mut self.record).map_err(|error| {
            // Reading rows of any length fails in two ways only.
            if let csv::ErrorKind::Io(reason) = error.into_kind() {
                Fault::Unreadable { reason }
            } else {
                Fault::NotUtf8 { line: self.next_line() - 1 }
            }
        })?;
        if more {
            // The row's own line feeds and the one that ends it lie behind the reader, which also
            // skips blank lines in front of the row.
            let inside: usize = self.record.iter().map(|cell| line_feeds(cell.as_bytes())).sum();
            self.line = (self.next_line() - inside as u64).saturating_sub(1);
            // No line feed ended the row: the end of the file did, inside quotes.
            if self.line < previous_end {
                return Err(Fault::OpenQuote { line: previous_end });
            }
        }
        Ok(more)
    }
}

fn line_feeds(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// A text in which every line ends with one line feed, the last one too, whatever ended it before.
///
/// So counting line feeds counts lines.
#[derive(Debug)]
struct LineFeeds<R> {
    inner: R,
    last: u8,
    after_return: bool,
}

impl<R> LineFeeds<R> {
    fn new(inner: R) -> Self {
        LineFeeds { inner, last: b'\n', after_return: false }
    }
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.inner.read(buffer)?;
            let mut kept = 0;
            for k in 0..count {
                let byte = buffer[k];
                if byte == b'\n' && self.after_return {
                    self.after_return = false;
                    continue;
                }
                self.after_return = byte == b'\r';
                buffer[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
            if count == 0 && self.last != b'\n' && !buffer.is_empty() {
                buffer[0] = b'\n';
                kept = 1;
            }
            if kept > 0 {
                self.last = buffer[kept - 1];
            }
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(text: &str, chunk: usize) -> String {
        struct Chunks<'a>(&'a [u8], usize);
        impl Read for Chunks<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.1.min(self.0.len()).min(buffer.len());
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let mut out = String::new();
        LineFeeds::new(Chunks(text.as_bytes(), chunk)).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn all_line_ends_become_line_feeds() {
        for chunk in 1..6 {
            assert_eq!(normalised("a\r\nb\rc\nd", chunk), "a\nb\nc\nd\n");
            assert_eq!(normalised("a\r\n\r\nb\r\r\n", chunk), "a\n\nb\n\n");
            assert_eq!(normalised("", chunk), "");
        }
    }
}
