//! Lines and columns to `Indent`, `Dedent` and `Newline`.
//!
//! A block opens in two situations only: after a line that ends in one of `= ~ -> . then else of`,
//! and below a header such as `model`. Any other deeper line continues the line above it, and so
//! does a line that begins with a binary operator other than `-`. So every line of a block is
//! ended by exactly one `Newline`, also after the `Dedent` of a block inside it.
//!
//! What comes out is always well nested, brackets included: what was not is reported and mended.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use sdec_base::{SourceId, Span};

use crate::fault::Fault;
use crate::token::{Lexeme, Token};

/// How many brackets and blocks may be open at once.
const MAX_DEPTH: usize = 128;

/// Where a text ends from which more must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenEnd {
    /// Inside a bracket.
    Bracket,
    /// Below a header such as `model M`, or behind a token such as `=`, without the block.
    Block,
}

/// What is open at some place, and so what the next line belongs to.
#[derive(Clone, Copy)]
enum Context {
    /// Lines that begin at this column; whether the current one is a header whose block has not opened yet.
    Block { column: usize, header: bool },
    /// A bracket: ends of lines inside it mean nothing.
    Bracket(Lexeme),
}

/// Puts the layout into `tokens`.
pub(crate) fn layout(source: SourceId, tokens: &[Lexeme], faults: &mut Vec<Fault>) -> Vec<Lexeme> {
    let mut pass = Pass::over(source, tokens, faults);
    pass.finish();
    pass.out
}

/// What is open behind the last token.
pub(crate) fn open_end(source: SourceId, tokens: &[Lexeme]) -> Option<OpenEnd> {
    let mut faults = Vec::new();
    let pass = Pass::over(source, tokens, &mut faults);
    if pass.innermost_bracket().is_some() {
        return Some(OpenEnd::Bracket);
    }
    // `2.` is a number gone wrong, about which there is something to say at once.
    let is_number = matches!(tokens, [.., number, dot]
        if number.token.is_number() && dot.token == Token::Dot && number.end == dot.start);
    (pass.is_header() || pass.opens() && !is_number).then_some(OpenEnd::Block)
}

struct Pass<'a> {
    source: SourceId,
    out: Vec<Lexeme>,
    /// Never empty: the file itself is a block.
    contexts: Vec<Context>,
    /// How many brackets are open that lie too deep to be parsed.
    skipped: usize,
    /// Whether that has been reported for this item.
    too_deep: bool,
    /// The column that was last reported as no block's.
    misplaced: Option<usize>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Pass<'a> {
    /// Through all tokens, with what is open behind the last one.
    fn over(source: SourceId, tokens: &[Lexeme], faults: &'a mut Vec<Fault>) -> Self {
        let base = tokens.first().and_then(|first| first.column).unwrap_or(0);
        let mut pass = Self {
            source,
            out: Vec::with_capacity(tokens.len() + tokens.len() / 4),
            contexts: vec![Context::Block { column: base, header: false }],
            skipped: 0,
            too_deep: false,
            misplaced: None,
            faults,
        };
        for (i, &lexeme) in tokens.iter().enumerate() {
            if let Some(column) = lexeme.column.filter(|_| i > 0) {
                pass.line_start(column, lexeme);
            }
            if pass.starts_line() && is_header(lexeme.token, tokens.get(i + 1)) {
                pass.set_header(true);
            }
            pass.token(lexeme);
        }
        pass
    }

    /// Closes and opens what the first token of a line closes and opens.
    fn line_start(&mut self, column: usize, first: Lexeme) {
        let joins = joins(first.token);
        loop {
            match *self.contexts.last().expect("the file is a block") {
                Context::Block { column: block, .. }
                    if column < block && self.contexts.len() > 1 =>
                {
                    let outer = self.enclosing_column(self.contexts.len() - 1);
                    // Between two columns: most likely a line of the inner block.
                    if outer.is_some_and(|outer| column > outer) && !ends_block(first.token) {
                        self.report_misplaced(column, first);
                        if !joins {
                            self.newline();
                        }
                        return;
                    }
                    self.close_block();
                }
                Context::Bracket(open) => {
                    let outer = self.enclosing_column(self.contexts.len() - 1);
                    if outer.is_some_and(|outer| column > outer) || joins {
                        if self.opens() && !first.token.is_closer() {
                            self.open_block(column, first);
                        }
                        return;
                    }
                    self.skipped = 0;
                    self.faults.push(Fault::UnclosedBracket {
                        open: self.span(open),
                        before: Some(self.span(first)),
                    });
                    self.close_bracket(open);
                }
                Context::Block { column: block, header } => {
                    if column > block && (self.opens() || header) {
                        self.set_header(false);
                        self.open_block(column, first);
                    } else if column <= block {
                        if column < block {
                            self.report_misplaced(column, first);
                        } else {
                            self.misplaced = None;
                        }
                        if !joins {
                            self.newline();
                        }
                    }
                    return;
                }
            }
        }
    }

    /// Passes a token on; brackets and commas also close the blocks opened inside the bracket.
    fn token(&mut self, lexeme: Lexeme) {
        if self.skipped > 0 {
            if lexeme.token.closer().is_some() {
                self.skipped += 1;
            } else if lexeme.token.is_closer() {
                self.skipped -= 1;
            }
            return;
        }
        if lexeme.token.closer().is_some() {
            if self.is_deepest() {
                self.report_too_deep(lexeme);
                self.skipped = 1;
                return;
            }
            self.contexts.push(Context::Bracket(lexeme));
        } else if lexeme.token.is_closer() {
            return self.closer(lexeme);
        } else if lexeme.token == Token::Comma && self.innermost_bracket().is_some() {
            while let Some(Context::Block { .. }) = self.contexts.last() {
                self.close_block();
            }
        }
        self.out.push(lexeme);
    }

    /// Closes brackets up to the one that `lexeme` closes.
    fn closer(&mut self, lexeme: Lexeme) {
        let matching = self.contexts.iter().rposition(
            |context| matches!(context, Context::Bracket(open) if open.token.closer() == Some(lexeme.token)),
        );
        let Some(innermost) = self.innermost_bracket() else {
            self.faults.push(Fault::StrayBracket { at: self.span(lexeme) });
            return;
        };
        while self.contexts.len() > innermost + 1 {
            self.close_block();
        }
        let Some(Context::Bracket(open)) = self.contexts.pop() else {
            unreachable!("`innermost` is a bracket")
        };
        if open.token.closer() == Some(lexeme.token) {
            self.out.push(lexeme);
            return;
        }
        self.faults
            .push(Fault::MismatchedBracket { open: self.span(open), close: self.span(lexeme) });
        // `(a[1)`: the inner one was forgotten. `(a]`: the wrong one was written.
        let closer = open.token.closer().expect("it opens a bracket");
        if matching.is_some_and(|matching| matching < innermost) {
            self.out.push(Lexeme { token: closer, end: lexeme.start, column: None, ..lexeme });
            self.closer_quietly(lexeme);
        } else {
            self.out.push(Lexeme { token: closer, ..lexeme });
        }
    }

    /// Closes brackets up to the one that `lexeme` closes, once the mismatch has been reported.
    fn closer_quietly(&mut self, lexeme: Lexeme) {
        while let Some(context) = self.contexts.pop() {
            match context {
                Context::Block { .. } => {
                    self.contexts.push(context);
                    self.close_block();
                }
                Context::Bracket(open) if open.token.closer() == Some(lexeme.token) => break,
                Context::Bracket(open) => self.push_closer(open),
            }
        }
        self.out.push(lexeme);
    }

    fn finish(&mut self) {
        while self.contexts.len() > 1 {
            match *self.contexts.last().expect("more than one is left") {
                Context::Block { .. } => self.close_block(),
                Context::Bracket(open) => {
                    self.faults
                        .push(Fault::UnclosedBracket { open: self.span(open), before: None });
                    self.close_bracket(open);
                }
            }
        }
        if !self.out.is_empty() {
            self.push_after(Token::Newline);
        }
    }

    /// The index of the innermost open bracket.
    fn innermost_bracket(&self) -> Option<usize> {
        self.contexts.iter().rposition(|context| matches!(context, Context::Bracket(_)))
    }

    /// The column of the block around context `i`.
    fn enclosing_column(&self, i: usize) -> Option<usize> {
        self.contexts[..i].iter().rev().find_map(|context| match context {
            Context::Block { column, .. } => Some(*column),
            Context::Bracket(_) => None,
        })
    }

    /// Whether the line above ends in a token after which a block may open.
    fn opens(&self) -> bool {
        self.out.last().is_some_and(|last| {
            matches!(
                last.token,
                Token::Equals
                    | Token::Tilde
                    | Token::Arrow
                    | Token::Dot
                    | Token::Then
                    | Token::Else
                    | Token::Of
            )
        })
    }

    /// Whether the line of the innermost block is a header whose block has not opened yet.
    fn is_header(&self) -> bool {
        let header = self.contexts.iter().rev().find_map(|context| match context {
            Context::Block { header, .. } => Some(*header),
            Context::Bracket(_) => None,
        });
        header == Some(true)
    }

    fn set_header(&mut self, is_header: bool) {
        let mut contexts = self.contexts.iter_mut().rev();
        if let Some(header) = contexts.find_map(|context| match context {
            Context::Block { header, .. } => Some(header),
            Context::Bracket(_) => None,
        }) {
            *header = is_header;
        }
    }

    /// Whether the next token is the first of a line of a block.
    fn starts_line(&self) -> bool {
        self.out.last().is_none_or(|last| matches!(last.token, Token::Newline | Token::Indent))
    }

    /// Whether nothing more can be opened.
    fn is_deepest(&self) -> bool {
        self.contexts.len() >= MAX_DEPTH
    }

    fn open_block(&mut self, column: usize, first: Lexeme) {
        if self.is_deepest() {
            self.report_too_deep(first);
            return;
        }
        self.contexts.push(Context::Block { column, header: false });
        self.out.push(Lexeme {
            token: Token::Indent,
            start: first.start,
            end: first.start,
            column: None,
        });
    }

    fn close_block(&mut self) {
        self.contexts.pop();
        self.push_after(Token::Newline);
        self.push_after(Token::Dedent);
    }

    fn close_bracket(&mut self, open: Lexeme) {
        self.contexts.pop();
        self.push_closer(open);
    }

    fn push_closer(&mut self, open: Lexeme) {
        self.push_after(open.token.closer().expect("it opens a bracket"));
    }

    fn newline(&mut self) {
        self.set_header(false);
        self.too_deep &= self.contexts.len() > 1;
        // A line of nothing but a stray bracket has no tokens left.
        if self.out.last().is_some_and(|last| last.token != Token::Newline) {
            self.push_after(Token::Newline);
        }
    }

    /// Adds a token without text just behind what stands before it, so that spans stay tight.
    fn push_after(&mut self, token: Token) {
        let end = self.out.last().map_or(0, |last| last.end);
        self.out.push(Lexeme { token, start: end, end, column: None });
    }

    /// Says once for each item that it is nested too deeply.
    fn report_too_deep(&mut self, lexeme: Lexeme) {
        if !self.too_deep {
            self.too_deep = true;
            self.faults.push(Fault::TooDeep { at: self.span(lexeme), limit: MAX_DEPTH });
        }
    }

    /// Says once for each column that no block has it.
    fn report_misplaced(&mut self, column: usize, first: Lexeme) {
        if self.misplaced != Some(column) {
            self.misplaced = Some(column);
            let mut columns: Vec<usize> = Vec::new();
            for context in &self.contexts {
                match context {
                    Context::Block { column, .. } => columns.push(*column),
                    Context::Bracket(_) => {}
                }
            }
            self.faults.push(Fault::Misplaced { at: self.span(first), column, columns });
        }
    }

    fn span(&self, lexeme: Lexeme) -> Span {
        Span::new(self.source, lexeme.start, lexeme.end)
    }
}

/// Whether a line that begins with `token` and goes on with `next` has a block below it. Most of
/// these words are also names, which no other name follows.
fn is_header(token: Token, next: Option<&Lexeme>) -> bool {
    match token {
        Token::Posterior | Token::When => true,
        Token::Net
        | Token::Data
        | Token::Model
        | Token::Objective
        | Token::Estimate
        | Token::Fit
        | Token::Sample
        | Token::Repeat
        | Token::Method => next.is_some_and(|next| {
            next.column.is_none() && (next.token.is_name() || next.token == Token::Nat)
        }),
        _ => false,
    }
}

/// Whether `token` goes on with something that a block inside it has interrupted.
fn ends_block(token: Token) -> bool {
    token.is_closer() || matches!(token, Token::Then | Token::Else | Token::Of)
}

/// Whether a line that begins with `token` goes on with the line above.
fn joins(token: Token) -> bool {
    ends_block(token)
        || token.is_comparison()
        || matches!(
            token,
            Token::Plus
                | Token::Star
                | Token::Slash
                | Token::DotStar
                | Token::DotSlash
                | Token::Contract
                | Token::Caret
                | Token::And
                | Token::Or
                | Token::Pipe
                | Token::Bar
        )
}
