//! What to do about a mistake: in words, and as a change of the source.
//!
//! A help that ends in a colon is followed by the lines that its change gives, so what a user
//! reads is what the change does.

use crate::excerpt::cut_line;
use crate::{SourceId, SourceMap, Span};

/// One way to mend a mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// In words. Where it ends in `:` and there are edits, the edited lines follow.
    pub text: String,
    /// The change that does it, empty where only the user knows it.
    pub edits: Vec<Edit>,
}

/// A change of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The place.
    pub at: Span,
    /// Where the text goes.
    pub place: Place,
    /// What is put there.
    pub text: String,
}

/// Where the text of an [`Edit`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Instead of what stands there.
    Instead,
    /// On a line of its own above, in the same column.
    LineAbove,
    /// On a line of its own below, in the same column.
    LineBelow,
}

impl Help {
    /// A help in words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), edits: Vec::new() }
    }

    /// Puts `text` in the place of `at`.
    #[must_use]
    pub fn edit(self, at: Span, text: impl Into<String>) -> Self {
        self.change(at, Place::Instead, text.into())
    }

    /// Puts `text` directly before `at`.
    #[must_use]
    pub fn put_before(self, at: Span, text: impl Into<String>) -> Self {
        self.edit(Span { end: at.start, ..at }, text)
    }

    /// Puts `text` directly after `at`.
    #[must_use]
    pub fn put_after(self, at: Span, text: impl Into<String>) -> Self {
        self.edit(Span { start: at.end, ..at }, text)
    }

    /// Puts texts directly before and directly after `at`.
    #[must_use]
    pub fn wrap(self, at: Span, before: impl Into<String>, after: impl Into<String>) -> Self {
        self.put_before(at, before).put_after(at, after)
    }

    /// Puts `text` on a line of its own above that of `at`.
    #[must_use]
    pub fn line_above(self, at: Span, text: impl Into<String>) -> Self {
        self.change(at, Place::LineAbove, text.into())
    }

    /// Puts `text` on a line of its own below that of `at`.
    #[must_use]
    pub fn line_below(self, at: Span, text: impl Into<String>) -> Self {
        self.change(at, Place::LineBelow, text.into())
    }

    fn change(mut self, at: Span, place: Place, text: String) -> Self {
        self.edits.push(Edit { at, place, text });
        self
    }

    /// The words with the lines that the change gives.
    pub fn show(&self, sources: &SourceMap) -> String {
        if self.edits.is_empty() || !self.text.ends_with(':') {
            return self.text.clone();
        }
        let lines = self.changed_lines(sources);
        match lines.as_slice() {
            [] => self.text.trim_end_matches(':').to_owned(),
            [line] => format!("{}  {line}", self.text),
            lines => format!("{}\n  {}", self.text, lines.join("\n  ")),
        }
    }

    /// The change as ranges of the source and what stands there instead, in the order of the text.
    pub fn replacements(&self, sources: &SourceMap) -> Vec<(Span, String)> {
        let mut out: Vec<(Span, String)> =
            self.edits.iter().map(|edit| edit.replacement(sources)).collect();
        out.sort_by_key(|(span, _)| *span);
        out
    }

    /// The text of `source` with the change made.
    pub fn apply(&self, sources: &SourceMap, source: SourceId) -> String {
        let mut text = sources.text(source).to_owned();
        for (span, with) in self.replacements(sources).iter().rev() {
            if span.source == source {
                replace(&mut text, span.start as usize..span.end as usize, with);
            }
        }
        text
    }

    /// The lines that the change makes or touches, as they are afterwards, without the indentation
    /// that they share.
    fn changed_lines(&self, sources: &SourceMap) -> Vec<String> {
        let Some((before, after)) = self.window(sources) else { return Vec::new() };
        let (old, new): (Vec<&str>, Vec<&str>) =
            (before.lines().collect(), after.lines().collect());
        let same = |(a, b): &(&&str, &&str)| a == b;
        let head = old.iter().zip(&new).take_while(same).count();
        let room = old.len().min(new.len()) - head;
        let tail = old.iter().rev().zip(new.iter().rev()).take(room).take_while(same).count();
        let untouched = &old[head..old.len() - tail];
        let changed = new[head..new.len() - tail]
            .iter()
            .filter(|line| !line.trim().is_empty() && !untouched.contains(line));
        let indent = |line: &&&str| line.len() - line.trim_start().len();
        let shared = changed.clone().map(|line| indent(&line)).min().unwrap_or(0);
        let was = untouched.first().filter(|_| untouched.len() == 1);
        changed
            .map(|line| cut_line(line[shared..].trim_end(), was.and_then(|was| was.get(shared..))))
            .collect()
    }

    /// The lines from the first to the last change, before and after it. A file may be large and
    /// have a thousand mistakes, so no more than these are looked at.
    fn window<'a>(&self, sources: &'a SourceMap) -> Option<(&'a str, String)> {
        let edits = self.replacements(sources);
        let (first, last) = (edits.first()?.0, edits.last()?.0);
        let text = sources.text(first.source);
        let start = text[..first.start as usize].rfind('\n').map_or(0, |newline| newline + 1);
        let rest = &text[last.end as usize..];
        let end = rest.find('\n').map_or(text.len(), |newline| last.end as usize + newline);
        let before = &text[start..end];
        let mut after = before.to_owned();
        for (span, with) in edits.iter().rev() {
            replace(&mut after, span.start as usize - start..span.end as usize - start, with);
        }
        Some((before, after))
    }
}

/// Changes a piece of a text, unless a change within the piece left less of it: two edits of one place are
/// a mistake of the help, which must not end the program.
fn replace(text: &mut String, at: std::ops::Range<usize>, with: &str) {
    if text.get(at.clone()).is_some() {
        text.replace_range(at, with);
    }
}

impl Edit {
    /// The range that is replaced, and by what.
    fn replacement(&self, sources: &SourceMap) -> (Span, String) {
        let text = sources.text(self.at.source);
        let (start, end) = (self.at.start as usize, self.at.end as usize);
        let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let indent: String = text[line..].chars().take_while(|&c| c == ' ').collect();
        let at = |byte: usize| Span::new(self.at.source, byte, byte);
        match self.place {
            Place::Instead => (self.at, self.text.clone()),
            Place::LineAbove => (at(line), format!("{indent}{}\n", self.text)),
            Place::LineBelow => {
                let end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
                (at(end), format!("\n{indent}{}", self.text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str, words: &str, edits: &[(usize, usize, Place, &str)]) -> (SourceMap, Help) {
        let mut sources = SourceMap::default();
        let source = sources.add("model.sde", text);
        let edits = edits.iter().map(|&(start, end, place, text)| Edit {
            at: Span::new(source, start, end),
            place,
            text: text.to_owned(),
        });
        (sources, Help { text: words.to_owned(), edits: edits.collect() })
    }

    #[test]
    fn edits_of_one_place_do_not_end_the_program() {
        let edits = [(2, 12, Place::Instead, "a"), (4, 12, Place::Instead, "")];
        let (sources, help) = help("x = 0\n  y = 1\n", "write:", &edits);
        assert_eq!(help.apply(&sources, SourceId::new(0)), "x = 1\n");
        assert!(help.show(&sources).starts_with("write:"));
    }

    #[test]
    fn words_that_end_in_a_colon_are_followed_by_the_changed_line() {
        let (sources, help) =
            help("model M\n  dx = σ * dW\n", "write:", &[(17, 20, Place::Instead, " ")]);
        assert_eq!(help.show(&sources), "write:  dx = σ dW");
        assert_eq!(help.apply(&sources, SourceId::new(0)), "model M\n  dx = σ dW\n");
    }

    #[test]
    fn a_new_line_stands_in_the_column_of_the_one_beside_it() {
        let edits = [(10, 11, Place::LineBelow, "init  x = 0"), (10, 11, Place::LineAbove, "a")];
        let (sources, help) = help("model M\n  x : Real\n", "both:", &edits);
        assert_eq!(
            help.apply(&sources, SourceId::new(0)),
            "model M\n  a\n  x : Real\n  init  x = 0\n"
        );
        assert_eq!(help.show(&sources), "both:\n  a\n  init  x = 0");
    }

    #[test]
    fn words_without_a_change_stand_alone() {
        let (sources, help) = help("x\n", "as you like:", &[]);
        assert_eq!(help.show(&sources), "as you like:");
    }
}
