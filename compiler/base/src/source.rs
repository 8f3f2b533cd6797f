//! Source texts and places in them.

use crate::id_type;

id_type! {
    /// A source text: a user's file, a file of the standard library, a line of the REPL.
    SourceId, "source"
}

/// A range of bytes of one source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let byte = |n: usize| u32::try_from(n).expect("sources are shorter than 4 GiB");
        Self { source, start: byte(start), end: byte(end) }
    }

    /// The smallest range that holds both, which lie in the same text.
    pub fn to(self, other: Self) -> Self {
        Self {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// The source texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    text: String,
}

impl SourceMap {
    /// Adds a text under the name that messages show.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.files.push(File { name: name.into(), text: text.into() });
        SourceId::new(self.files.len() - 1)
    }

    /// The name that messages show.
    pub fn name(&self, source: SourceId) -> &str {
        &self.files[source.index()].name
    }

    /// The whole text.
    pub fn text(&self, source: SourceId) -> &str {
        &self.files[source.index()].text
    }

    /// The text of `span`.
    pub fn slice(&self, span: Span) -> &str {
        &self.text(span.source)[span.start as usize..span.end as usize]
    }

    /// Line and column of the start of `span`, both from 1, the column in characters.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let before = &self.text(span.source)[..span.start as usize];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}
