//! Clauses of a block, and how their parts are aligned.
//!
//! ```text
//!   param θ : Positive = 1.0        keyword, then slots: `θ`, `: Positive`, `= 1.0`
//!   param μ : Real     = 0.0
//! ```
//!
//! Rows of one kind that follow each other without an empty line or a comment between them make a
//! run. The first slots of a run have one width. A later slot is padded only where nothing but words
//! stands in it, so that long types and values do not push the rest away.

use super::doc::{Doc, WIDTH, width};
use super::unit::Units;

/// A line of a block with its parts.
pub(super) struct Row {
    /// `param`, or nothing.
    pub(super) keyword: &'static str,
    /// Rows of one family pad their keywords.
    pub(super) family: Option<Family>,
    /// Rows with the same kind align their parts; `None` aligns with nothing.
    pub(super) kind: Option<Kind>,
    /// The parts on one line; meaningless where `doc` needs several.
    pub(super) slots: Vec<Option<Slot>>,
    /// All after the keyword.
    pub(super) doc: Doc,
}

/// Which keywords are padded to one width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// `size`, `index`, `type`
    Definition,
    /// `param`, `input`, `state`, `noise`, `mark`, `init`, `next`
    Declaration,
}

/// What makes rows alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// What it is: the keyword, or another word where there is none.
    pub(super) word: &'static str,
    /// How many names it declares.
    pub(super) names: usize,
    /// Whether the second slot is a type.
    pub(super) typed: bool,
    /// Whether a slot is padded also for rows that have nothing behind it.
    pub(super) tabular: bool,
}

impl Kind {
    /// One name, without a type.
    pub(super) fn of(word: &'static str) -> Self {
        Self { word, names: 1, typed: false, tabular: false }
    }
}

/// A part of a row.
pub(super) struct Slot {
    text: String,
    /// Whether what follows may be aligned.
    word: bool,
}

impl Slot {
    /// A part of a row; `word` says whether what follows may be aligned.
    pub(super) fn new(text: impl Into<String>, word: bool) -> Self {
        Self { text: text.into(), word }
    }

    /// A part with `doc` in it, which follows `mark`.
    pub(super) fn of(mark: &str, doc: &Doc, word: bool) -> Self {
        Self { text: format!("{mark}{}", doc.flat_text().unwrap_or_default()), word }
    }

    /// The last part.
    pub(super) fn last(mark: &str, doc: &Doc) -> Self {
        Self::of(mark, doc, false)
    }
}

impl Row {
    /// A row that is aligned with nothing.
    pub(super) fn plain(doc: Doc) -> Self {
        Self { keyword: "", family: None, kind: None, slots: Vec::new(), doc }
    }
}

/// Rows that begin at column `indent`, aligned.
pub(super) fn align(rows: Units<Row>, indent: usize) -> Units<Doc> {
    let joins: Vec<bool> =
        rows.units.iter().map(|unit| unit.leading.is_empty() && !unit.blank).collect();
    let all: Vec<&Row> = rows.units.iter().map(|unit| &unit.it).collect();

    let mut keywords: Vec<String> = Vec::with_capacity(all.len());
    for run in runs(&all, &joins, |a, b| a.family.is_some() && a.family == b.family) {
        let widest = run.iter().map(|row| row.keyword.len()).max().unwrap_or_default();
        keywords.extend(run.iter().map(|row| match row.keyword {
            "" => String::new(),
            keyword => format!("{keyword:widest$} "),
        }));
    }

    let room = WIDTH.saturating_sub(indent);
    let one_line: Vec<bool> = all
        .iter()
        .zip(&keywords)
        .map(|(row, keyword)| row.doc.flat().is_some_and(|flat| keyword.len() + flat <= room))
        .collect();
    let mut texts: Vec<Option<String>> = Vec::with_capacity(all.len());
    let positions: Vec<usize> = (0..all.len()).collect();
    let alike = |a: &usize, b: &usize| {
        one_line[*a] && one_line[*b] && all[*a].kind.is_some() && all[*a].kind == all[*b].kind
    };
    for run in runs(&positions, &joins, alike) {
        let slots: Vec<&[Option<Slot>]> = run.iter().map(|&i| all[i].slots.as_slice()).collect();
        let lines = if run.len() > 1 { aligned(&slots, all[run[0]].kind) } else { Vec::new() };
        let fits = run.iter().zip(&lines).all(|(&i, line)| keywords[i].len() + width(line) <= room);
        if lines.is_empty() || !fits {
            texts.extend(run.iter().map(|_| None));
        } else {
            texts.extend(lines.into_iter().map(Some));
        }
    }

    let mut ready = keywords.into_iter().zip(texts);
    rows.map(|row| {
        let (keyword, text) = ready.next().expect("one for each row");
        Doc::concat(vec![Doc::text(keyword), text.map_or(row.doc, Doc::text)])
    })
}

/// Splits where a row does not join the one before it or is not like it.
fn runs<'a, T>(rows: &'a [T], joins: &[bool], alike: impl Fn(&T, &T) -> bool) -> Vec<&'a [T]> {
    let mut out = Vec::new();
    let mut start = 0;
    for i in 1..=rows.len() {
        if i == rows.len() || !joins[i] || !alike(&rows[i - 1], &rows[i]) {
            out.push(&rows[start..i]);
            start = i;
        }
    }
    out
}

/// The slots of each row with spaces between them.
fn aligned(rows: &[&[Option<Slot>]], kind: Option<Kind>) -> Vec<String> {
    let tabular = kind.is_some_and(|kind| kind.tabular);
    let slots = rows.iter().map(|row| row.len()).max().unwrap_or_default();
    let mut lines = vec![String::new(); rows.len()];
    // Whether all slots so far begin in one column.
    let mut even = true;
    for k in 0..slots {
        let has = |row: &[Option<Slot>], k: usize| row.get(k).is_some_and(Option::is_some);
        let goes_on = |row: &[Option<Slot>]| (k + 1..row.len()).any(|k| has(row, k));
        let concerned = |row: &&&[Option<Slot>]| has(row, k) && (tabular || has(row, k + 1));
        even &= rows.iter().filter(concerned).all(|row| row[..=k].iter().all(Option::is_some));
        even &=
            k == 0 || rows.iter().filter(concerned).flat_map(|row| &row[k]).all(|slot| slot.word);
        let widths = rows.iter().filter(concerned).flat_map(|row| &row[k]);
        let widest = widths.map(|slot| width(&slot.text)).max().unwrap_or_default();
        for (line, row) in lines.iter_mut().zip(rows) {
            let Some(Some(slot)) = row.get(k) else { continue };
            line.push_str(&slot.text);
            if goes_on(row) {
                let pads = even && (tabular || has(row, k + 1));
                let pad = if pads { widest - width(&slot.text) } else { 0 };
                line.extend(std::iter::repeat_n(' ', pad + 1));
            }
        }
    }
    lines
}
