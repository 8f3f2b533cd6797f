//! Bounds the height of trees before they are built, since passes recurse over them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use sdec_base::SourceId;

use crate::fault::Fault;
use crate::token::{Lexeme, Token};

/// How many operators may lie between two separators. A tree is at most a few times as high.
const MAX_OPERATORS: usize = 400;

/// The first place of `item` at which an expression gets too long.
///
/// Every operator makes a tree at most one level higher, brackets and blocks make it as much higher
/// as what is inside them, and a comma, a `|` or the end of a line begins a new tree. So the count of
/// operators since the last separator bounds the height.
pub(crate) fn check(source: SourceId, item: &[Lexeme]) -> Option<Fault> {
    // For each open bracket or block: the count before it, and the highest count inside it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut count = 0;
    for lexeme in item {
        match lexeme.token {
            Token::OpenRound | Token::OpenSquare | Token::OpenCurly | Token::Indent => {
                count += 1;
                open.push((count, count));
            }
            Token::CloseRound | Token::CloseSquare | Token::CloseCurly | Token::Dedent => {
                count = open.pop().map_or(count, |(_, highest)| highest);
            }
            Token::Comma | Token::Bar | Token::Newline => {
                count = open.last().map_or(0, |(before, _)| *before);
            }
            token if is_leaf(token) => {}
            _ => count += 1,
        }
        if let Some((_, highest)) = open.last_mut() {
            *highest = count.max(*highest);
        }
        if count > MAX_OPERATORS {
            let at = sdec_base::Span::new(source, lexeme.start, lexeme.end);
            return Some(Fault::TooLong { at, limit: MAX_OPERATORS });
        }
    }
    None
}

/// Whether it makes no tree higher.
fn is_leaf(token: Token) -> bool {
    token.is_name()
        || token.is_number()
        || matches!(token, Token::Text | Token::Colon | Token::Dt | Token::Differential)
}
