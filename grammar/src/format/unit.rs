//! What gets a line of its own, with the comments around it.

use super::doc::Doc;
use super::source::{Place, Source};

/// A comment that gets a line of its own.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// The text with its `#`.
    pub(super) text: String,
    /// Whether an empty line stands before it.
    pub(super) blank: bool,
}

/// Something that gets a line of its own, with its comments.
pub(super) struct Unit<T> {
    /// Above it.
    pub(super) leading: Vec<Own>,
    /// Whether an empty line stands before it.
    pub(super) blank: bool,
    /// The thing.
    pub(super) it: T,
    /// Behind it.
    pub(super) trailing: Option<String>,
}

/// Units in order, with the comments that belong to none of them.
pub(super) struct Units<T> {
    /// Behind what opens the region.
    pub(super) opener: Option<String>,
    /// In order.
    pub(super) units: Vec<Unit<T>>,
    /// Below the last unit.
    pub(super) dangling: Vec<Own>,
}

impl<T> Units<T> {
    /// Whether there is any comment.
    pub(super) fn has_comments(&self) -> bool {
        let has = |unit: &Unit<T>| !unit.leading.is_empty() || unit.trailing.is_some();
        self.opener.is_some() || !self.dangling.is_empty() || self.units.iter().any(has)
    }

    /// Without the empty lines between them.
    pub(super) fn dense(mut self) -> Self {
        for unit in &mut self.units {
            unit.blank = false;
            unit.leading.iter_mut().for_each(|own| own.blank = false);
        }
        self.dangling.iter_mut().for_each(|own| own.blank = false);
        self
    }

    /// The units made into something else.
    pub(super) fn map<U>(self, mut to: impl FnMut(T) -> U) -> Units<U> {
        let units = self.units.into_iter().map(|Unit { leading, blank, it, trailing }| Unit {
            leading,
            blank,
            it: to(it),
            trailing,
        });
        Units { opener: self.opener, units: units.collect(), dangling: self.dangling }
    }
}

impl Units<Doc> {
    /// The lines of a block. With `first`, the first one follows the end of a line too.
    pub(super) fn lines(self, first: bool) -> Doc {
        let mut docs = Vec::new();
        let end = |docs: &mut Vec<Doc>, blank: bool| {
            if first || !docs.is_empty() {
                docs.push(Doc::hard(blank && !docs.is_empty()));
            }
        };
        for unit in self.units {
            for own in unit.leading {
                end(&mut docs, own.blank);
                docs.push(Doc::comment(own.text));
            }
            end(&mut docs, unit.blank);
            docs.push(unit.it);
            docs.extend(unit.trailing.map(Doc::trailing));
        }
        for own in self.dangling {
            end(&mut docs, own.blank);
            docs.push(Doc::comment(own.text));
        }
        Doc::concat(docs)
    }

    /// A block below the line before it.
    pub(super) fn block(mut self) -> Doc {
        let opener = self.opener.take().map(Doc::trailing);
        Doc::concat(opener.into_iter().chain([self.lines(true).nest()]).collect())
    }
}

/// Where a region with units ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// At this token: all comments before it belong to the region.
    Token(usize),
    /// Where a line is less deep than the first unit.
    Block,
    /// Where a line is less deep than the token here.
    Below(usize),
}

/// Goes through `parts`, which follow each other at the places that `place` gives, and builds each
/// with its comments.
pub(super) fn units<'a, T, U>(
    src: &mut Source<'a>,
    parts: &[T],
    end: End,
    place: impl Fn(&Source<'a>, &T) -> Place,
    mut build: impl FnMut(&mut Source<'a>, &T) -> U,
) -> Units<U> {
    let mut out = Units { opener: None, units: Vec::<Unit<U>>::new(), dangling: Vec::new() };
    let mut last = 0..0;
    for (i, part) in parts.iter().enumerate() {
        let at = place(src, part);
        let behind = src.take_trailing(at.start);
        match out.units.last_mut() {
            Some(unit) => unit.trailing = behind,
            None => out.opener = behind,
        }
        let mut blank = src.blank_before(at.start);
        let (mut leading, mut docs) = src.take_docs(at.start);
        let mark = src.mark();
        let it = build(src, part);
        src.stash(at.end);
        let mut moved = src.unstash(mark);
        if let Some(first) = moved.first_mut() {
            let next = docs.first_mut().map_or(&mut blank, |own| &mut own.blank);
            first.blank = std::mem::take(next);
        }
        leading.append(&mut moved);
        // Documentation is all the `##` lines above.
        if let (Some(above), Some(first)) = (leading.last(), docs.first_mut()) {
            first.blank |= above.text.starts_with("##");
        }
        leading.append(&mut docs);
        out.units.push(Unit { leading, blank, it, trailing: None });
        last = if i == 0 { at } else { last.start..at.end };
    }
    let (trailing, dangling) = match end {
        _ if parts.is_empty() => (None, Vec::new()),
        End::Token(end) => (src.take_trailing(end), src.take(end)),
        End::Block => src.take_below(last.start, last.end),
        End::Below(first) => src.take_below(first, last.end),
    };
    if let Some(unit) = out.units.last_mut() {
        unit.trailing = trailing;
    }
    out.dangling = dangling;
    out
}
