//! The text that is formatted: its tokens, and its comments in the order in which they are set.

use std::collections::BTreeSet;
use std::ops::Range;

use sdec_base::Span;

use super::table::tables;
use super::unit::Own;
use crate::ast::{Comment, Item, ItemKind};
use crate::token::{Lexeme, Token};

/// From the first byte to one past the last.
pub(super) type Place = Range<usize>;

/// The place of a node whose brackets belong to it.
pub(super) fn place_of(span: Span) -> Place {
    span.start as usize..span.end as usize
}

/// The text, and which of its comments have been set.
pub(super) struct Source<'a> {
    text: &'a str,
    tokens: Vec<Lexeme>,
    /// For each bracket, the index of the other one.
    partners: Vec<usize>,
    comments: &'a [Comment],
    /// For each comment, whether it belongs to the item below it.
    docs: Vec<bool>,
    /// Where the functions begin that stand in tables.
    tables: BTreeSet<u32>,
    /// The first comment that has not been set.
    next: usize,
    /// Comments that stood where no line can end: they go above the unit that they stood in.
    moved: Vec<Own>,
}

impl<'a> Source<'a> {
    /// A text without mistakes.
    pub(super) fn new(
        text: &'a str,
        tokens: Vec<Lexeme>,
        comments: &'a [Comment],
        items: &[Item],
    ) -> Self {
        let mut partners: Vec<usize> = (0..tokens.len()).collect();
        let mut open = Vec::new();
        for (i, lexeme) in tokens.iter().enumerate() {
            if lexeme.token.closer().is_some() {
                open.push(i);
            } else if lexeme.token.is_closer()
                && let Some(opener) = open.pop()
            {
                partners[opener] = i;
                partners[i] = opener;
            }
        }
        let mut docs = vec![false; comments.len()];
        mark_docs(items, comments, &mut docs);
        let tables = tables(text, items);
        Self { text, tokens, partners, comments, docs, tables, next: 0, moved: Vec::new() }
    }

    /// Whether the function at `span` stands in a table.
    pub(super) fn is_in_table(&self, span: Span) -> bool {
        self.tables.contains(&span.start)
    }

    /// What stands at `span`.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// The last token of `span`.
    pub(super) fn last_token(&self, span: Span) -> &'a str {
        let last = self.tokens[self.token_from(span.end as usize) - 1];
        &self.text[last.start..last.end]
    }

    /// The index of the first token that begins at `at` or later.
    fn token_from(&self, at: usize) -> usize {
        self.tokens.partition_point(|lexeme| lexeme.start < at)
    }

    /// Where the token before `at` begins.
    pub(super) fn previous(&self, at: usize) -> usize {
        self.token_from(at).checked_sub(1).map_or(0, |i| self.tokens[i].start)
    }

    /// Where the `|` before `at` begins, or `at` if there is none.
    pub(super) fn bar_before(&self, at: usize) -> usize {
        let before = self.token_from(at).checked_sub(1).map(|i| self.tokens[i]);
        before.filter(|before| before.token == Token::Bar).map_or(at, |bar| bar.start)
    }

    /// Where the first `token` from `at` on begins.
    pub(super) fn find(&self, token: Token, at: usize) -> usize {
        let rest = &self.tokens[self.token_from(at)..];
        rest.iter().find(|lexeme| lexeme.token == token).map_or(self.text.len(), |it| it.start)
    }

    /// Where the bracket that opens at `at` closes.
    pub(super) fn closer(&self, at: usize) -> usize {
        self.tokens[self.partners[self.token_from(at)]].start
    }

    /// Where the bracket opens that is closed by the last character of `span`.
    pub(super) fn opener(&self, span: Span) -> usize {
        let i = self.token_from(span.end as usize - 1);
        self.tokens[self.partners[i]].start
    }

    /// The place of an expression with the brackets around it, which must end before `limit`.
    pub(super) fn outer(&self, span: Span, limit: usize) -> Place {
        let (mut first, mut after) =
            (self.token_from(span.start as usize), self.token_from(span.end as usize));
        while first > 0
            && self.tokens[first - 1].token == Token::OpenRound
            && self.partners[first - 1] == after
            && self.tokens[after].end <= limit
        {
            first -= 1;
            after += 1;
        }
        self.tokens[first].start..self.tokens[after - 1].end
    }

    /// Whether the token at `at` is the first of its line.
    pub(super) fn starts_line(&self, at: usize) -> bool {
        self.tokens.get(self.token_from(at)).is_some_and(|lexeme| lexeme.column.is_some())
    }

    /// The column of `at`, in characters.
    pub(super) fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        self.text[line..at].chars().count()
    }

    /// Whether an empty line stands between `at` and the token or comment before it.
    pub(super) fn blank_before(&self, at: usize) -> bool {
        let token = self.token_from(at).checked_sub(1).map_or(0, |i| self.tokens[i].end);
        let comments = self.comments.partition_point(|it| (it.span.start as usize) < at);
        let comment = comments.checked_sub(1).map_or(0, |i| self.comments[i].span.end as usize);
        self.text[token.max(comment)..at].matches('\n').count() > 1
    }

    fn peek(&self, before: usize) -> Option<&'a Comment> {
        self.comments.get(self.next).filter(|comment| (comment.span.start as usize) < before)
    }

    /// The next comment, if it stands behind something and before `before`.
    pub(super) fn take_trailing(&mut self, before: usize) -> Option<String> {
        let comment = self.peek(before).filter(|comment| comment.trailing)?;
        self.next += 1;
        Some(comment.text.clone())
    }

    /// The comments before `before`, each for a line of its own.
    pub(super) fn take(&mut self, before: usize) -> Vec<Own> {
        let mut taken = Vec::new();
        while let Some(comment) = self.peek(before) {
            taken.push(self.own(comment));
            self.next += 1;
        }
        taken
    }

    /// The comments before `before`; apart from the others those that document an item.
    pub(super) fn take_docs(&mut self, before: usize) -> (Vec<Own>, Vec<Own>) {
        let first = self.next;
        let taken = self.take(before);
        let docs = &self.docs[first..self.next];
        let others = docs.iter().take_while(|doc| !**doc).count();
        let (others, docs) = taken.split_at(others);
        (others.to_vec(), docs.to_vec())
    }

    fn own(&self, comment: &Comment) -> Own {
        let blank = !comment.trailing && self.blank_before(comment.span.start as usize);
        Own { text: comment.text.clone(), blank }
    }

    /// Lays aside what stands before `before`, for the unit around.
    pub(super) fn stash(&mut self, before: usize) {
        let mut taken = self.take(before);
        taken.iter_mut().for_each(|own| own.blank = false);
        self.moved.append(&mut taken);
    }

    /// How much has been laid aside.
    pub(super) fn mark(&self) -> usize {
        self.moved.len()
    }

    /// What has been laid aside since `mark`.
    pub(super) fn unstash(&mut self, mark: usize) -> Vec<Own> {
        self.moved.split_off(mark)
    }

    /// The comments below the last unit of a block whose lines begin where `first` stands: those
    /// that are no less deep. With them the comment behind that unit, which ends at `end`.
    ///
    /// Where a comma or a bracket ends the block, they are left to what has the brackets.
    pub(super) fn take_below(&mut self, first: usize, end: usize) -> (Option<String>, Vec<Own>) {
        let after = self.tokens.get(self.token_from(end));
        let next = after.map_or(usize::MAX, |lexeme| lexeme.start);
        if after.is_some_and(|lexeme| lexeme.token == Token::Comma || lexeme.token.is_closer()) {
            return (None, Vec::new());
        }
        let column = self.column(first);
        let below = |i: usize| {
            self.comments.get(i).is_some_and(|comment| {
                let start = comment.span.start as usize;
                !comment.trailing && start < next && self.column(start) >= column && !self.docs[i]
            })
        };
        let trailing = self.peek(next).is_some_and(|comment| comment.trailing);
        let from = self.next + usize::from(trailing);
        let count = (from..).take_while(|&i| below(i)).count();
        if count == 0 {
            return (None, Vec::new());
        }
        let trailing = self.take_trailing(next);
        let taken = self.comments[from..from + count].iter().map(|it| self.own(it)).collect();
        self.next = from + count;
        (trailing, taken)
    }

    /// Likewise below a value that alone makes a block, if it does.
    pub(super) fn take_below_value(&mut self, value: &Place) -> (Option<String>, Vec<Own>) {
        if self.starts_line(value.start) {
            self.take_below(value.start, value.end)
        } else {
            (None, Vec::new())
        }
    }
}

fn mark_docs(items: &[Item], comments: &[Comment], docs: &mut [bool]) {
    for item in items {
        let lines = item.doc.as_ref().map_or(0, |doc| doc.split('\n').count());
        let before = comments.partition_point(|comment| comment.span.start < item.span.start);
        docs[before - lines..before].fill(true);
        if let ItemKind::Repeat { items, .. } = &item.kind {
            mark_docs(items, comments, docs);
        }
    }
}
