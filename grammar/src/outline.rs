//! A file whose declarations are parsed when they are first needed.
//!
//! A declaration begins at a line with a word in its first column, and goes on to the next one. That
//! holds for files as `sdec fmt` sets them, such as those of the standard library, which every
//! program sees and of which each needs little.

use std::ops::Range;
use std::sync::OnceLock;

use sdec_base::{SourceId, Span};

use crate::ast::{Item, Name};
use crate::nodes::normalise;
use crate::parse_part;

/// A declaration of an outline.
#[derive(Debug)]
pub struct Outlined {
    heading: Heading,
    source: SourceId,
    text: &'static str,
    /// From the first line of its documentation to that of the next declaration.
    range: Range<usize>,
    item: OnceLock<Item>,
}

/// What is known of a declaration before it is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heading {
    /// `def f` or `net N`: one name.
    Value(Name),
    /// `method heun`
    Method(Name),
    /// Anything else has to be parsed.
    Other,
}

impl Outlined {
    /// What is known of it.
    pub fn heading(&self) -> &Heading {
        &self.heading
    }

    /// The file that it is in.
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The declaration, parsed now unless it has been.
    pub fn item(&self) -> &Item {
        self.item.get_or_init(|| {
            let mut parsed = parse_part(self.source, self.text, self.range.clone());
            debug_assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
            parsed.tree.items.pop().expect("files of an outline parse")
        })
    }
}

/// The declarations of a file that is known to parse.
pub fn outline(source: SourceId, text: &'static str) -> Vec<Outlined> {
    let mut found: Vec<Outlined> = Vec::new();
    // Where the comments begin that stand directly above the line.
    let mut comments = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('#') {
            comments.get_or_insert(start);
        } else {
            let above = comments.take();
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let begin = above.unwrap_or(start);
                if let Some(last) = found.last_mut() {
                    last.range.end = begin;
                }
                found.push(Outlined {
                    heading: heading(source, start, line),
                    source,
                    text,
                    range: begin..text.len(),
                    item: OnceLock::new(),
                });
            }
        }
        start += line.len();
    }
    found
}

fn heading(source: SourceId, start: usize, line: &str) -> Heading {
    let Some((word, rest)) = line.split_once(' ') else { return Heading::Other };
    let kind = match word {
        "def" | "net" => Heading::Value,
        "method" => Heading::Method,
        _ => return Heading::Other,
    };
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\''));
    let name = &rest[..end.unwrap_or(rest.len())];
    let start = start + word.len() + 1;
    kind(Name { text: normalise(name), span: Span::new(source, start, start + name.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::ItemKind;
    use crate::parse_program;

    const TEXT: &str = "# A file.

## Twice.
## Really.
def twice(x: Float) -> Float =
  let two = 2.0  # of them
  two * x
def η'(x: Float) -> Float = x
# not of the method

## Equal steps.
method m : Ito
  strong = 1 / 2
  def step(f, g, t, h, y, w) = y
type T = A
  | B
let half = 0.5  # the last line
";

    #[test]
    fn declarations_are_those_of_the_whole_file() {
        let source = SourceId::new(3);
        let whole = parse_program(source, TEXT);
        assert!(whole.diagnostics.is_empty());
        let outline = outline(source, TEXT);
        let items: Vec<String> = outline.iter().map(|one| format!("{:?}", one.item())).collect();
        let expected: Vec<String> =
            whole.tree.items.iter().map(|item| format!("{item:?}")).collect();
        assert_eq!(items, expected);
    }

    #[test]
    fn headings_are_the_names_that_parsing_finds() {
        let outline = outline(SourceId::new(3), TEXT);
        let mut names = Vec::new();
        for one in &outline {
            let parsed = if let ItemKind::Def(def) = &one.item().kind {
                Heading::Value(def.name.clone())
            } else if let ItemKind::Method(method) = &one.item().kind {
                Heading::Method(method.name.clone())
            } else {
                Heading::Other
            };
            assert_eq!(one.heading(), &parsed);
            names.push(&TEXT[one.range.clone()][..6]);
        }
        assert_eq!(names, ["## Twi", "def η", "## Equ", "type T", "let ha"]);
    }
}
