//! Parsing that goes on after a mistake.
//!
//! An item is parsed as a whole. Where that fails, the innermost line with the mistake is reported
//! and replaced with one `Broken` token, which the grammar takes for a line of a block, and the
//! item is parsed again. So one line gives one message, what stands around it keeps its meaning,
//! and a mistake in a header takes its block with it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use std::ops::Range;

use lalrpop_util::{ParseError, lalrpop_mod};
use sdec_base::SourceId;

use crate::expect::explain;
use crate::fault::Fault;
use crate::nodes::{Input, Tree, located};
use crate::token::{Lexeme, Token};

lalrpop_mod!(
    #[allow(
        clippy::all,
        clippy::pedantic,
        clippy::unwrap_used,
        clippy::wildcard_enum_match_arm,
        clippy::allow_attributes_without_reason,
        unreachable_pub,
        unused,
        missing_docs,
        reason = "generated"
    )]
    grammar
);

/// How many mistakes of one item are reported before the rest of it is given up. Each costs
/// another parse.
const MAX_REPORTS: usize = 25;

/// Where something has been reported already, so that its consequences are not.
pub(crate) struct Reported {
    starts: Vec<u32>,
}

impl Reported {
    /// The places of `faults`.
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let mut starts: Vec<u32> = faults.iter().map(|fault| fault.at().start).collect();
        starts.sort_unstable();
        Self { starts }
    }

    fn in_bytes(&self, range: Range<usize>) -> bool {
        let first = self.starts.partition_point(|&start| (start as usize) < range.start);
        self.starts.get(first).is_some_and(|&start| (start as usize) <= range.end)
    }
}

/// The text that items are parsed from.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    /// Its id.
    pub(crate) source: SourceId,
    /// All of it.
    pub(crate) text: &'a str,
}

/// Parses `line`, which ends with its `Newline`, as what `start` says.
pub(crate) fn parse(
    Text { source, text }: Text<'_>,
    start: Token,
    line: &[Lexeme],
    reported: &Reported,
    faults: &mut Vec<Fault>,
) -> Option<Tree> {
    let place = line.first()?.start;
    let mut tokens = Vec::with_capacity(line.len() + 1);
    tokens.push(Lexeme { token: start, start: place, end: place, column: None });
    tokens.extend_from_slice(line);
    let parser = grammar::StartParser::new();
    let mut reports = 0;
    loop {
        let input = Input { source, text, tokens: &tokens };
        let mut from_actions = Vec::new();
        let parsed =
            parser.parse(&input, &mut from_actions, tokens.iter().enumerate().map(located));
        let error = match parsed {
            Ok(tree) => {
                faults.append(&mut from_actions);
                return Some(tree);
            }
            Err(error) => error,
        };
        let (at, expected) = failure(error, tokens.len());
        let broken = broken_line(&tokens, at);
        let lines = &tokens[broken.clone()];
        let consequence = lines.iter().any(|lexeme| lexeme.token == Token::Broken)
            || reported.in_bytes(bytes(lines));
        if !consequence {
            let fault = explain(&input, broken.clone(), at, &expected);
            // What a production found in the same line says more than that the line goes wrong.
            let first = from_actions.iter().position(|action| in_line(action, lines));
            faults.push(first.map_or(fault, |i| from_actions.swap_remove(i)));
            reports += 1;
        }
        if broken.start <= 1 || reports == MAX_REPORTS {
            faults.append(&mut from_actions);
            return None;
        }
        let Range { start, end } = bytes(lines);
        let stand_in = Lexeme { token: Token::Broken, start, end, column: lines[0].column };
        tokens.splice(broken, [stand_in]);
    }
}

fn in_line(fault: &Fault, lines: &[Lexeme]) -> bool {
    bytes(lines).contains(&(fault.at().start as usize))
}

/// The token at which a parse failed, and the terminals that could have stood there.
fn failure(error: ParseError<usize, Token, String>, length: usize) -> (usize, Vec<String>) {
    let (at, expected) = match error {
        ParseError::UnrecognizedToken { token: (at, _, _), expected } => (at, expected),
        ParseError::UnrecognizedEof { location, expected } => (location, expected),
        ParseError::ExtraToken { token: (at, _, _) } => (at, Vec::new()),
        ParseError::InvalidToken { location } => (location, Vec::new()),
        ParseError::User { .. } => unreachable!("no production fails"),
    };
    (at.min(length - 1), expected)
}

/// The innermost line with token `at` that the grammar may take as `Broken`.
fn broken_line(tokens: &[Lexeme], at: usize) -> Range<usize> {
    let line = line_of(tokens, at);
    // A line can be empty where all of it was dropped.
    let nothing_left = match &tokens[line.clone()] {
        [] => true,
        [only] => only.token == Token::Broken,
        _ => false,
    };
    match enclosing_indent(tokens, at) {
        _ if !nothing_left => line,
        Some(indent) => line_of(tokens, indent),
        None => 1..tokens.len(),
    }
}

/// The tokens of the innermost line with token `at`, blocks inside it included, its `Newline` not.
/// The `Dedent` of a block belongs to the line that the block stands in.
pub(crate) fn line_of(tokens: &[Lexeme], at: usize) -> Range<usize> {
    let mut depth = usize::from(tokens[at].token == Token::Dedent);
    let mut start = 1;
    for (i, lexeme) in tokens[..at].iter().enumerate().skip(1).rev() {
        match lexeme.token {
            Token::Dedent => depth += 1,
            Token::Indent if depth > 0 => depth -= 1,
            Token::Indent | Token::Newline if depth == 0 => {
                start = i + 1;
                break;
            }
            _ => {}
        }
    }
    let mut depth = 0_usize;
    let mut end = tokens.len();
    for (i, lexeme) in tokens.iter().enumerate().skip(at) {
        match lexeme.token {
            Token::Indent => depth += 1,
            Token::Dedent => depth = depth.saturating_sub(1),
            Token::Newline if depth == 0 => {
                end = i;
                break;
            }
            _ => {}
        }
    }
    start..end
}

/// The `Indent` of the block that token `at` stands in.
fn enclosing_indent(tokens: &[Lexeme], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    tokens[..at].iter().rposition(|lexeme| match lexeme.token {
        Token::Dedent => {
            depth += 1;
            false
        }
        Token::Indent if depth == 0 => true,
        Token::Indent => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

/// What `lines` cover in the text.
fn bytes(lines: &[Lexeme]) -> Range<usize> {
    match lines {
        [first, .., last] => first.start..last.end,
        [only] => only.start..only.end,
        [] => 0..0,
    }
}
