//! The formatter: a program set anew.
//!
//! ```text
//! text ──parse──▶ ast + comments ──item, clause, expr──▶ doc ──print──▶ text
//! ```
//!
//! There are no options. What the result looks like depends on the tree, the comments and the empty
//! lines between clauses, never on other spaces or on where lines ended: so two programs that differ
//! in those alone are set alike, and what is set once stays as it is.
//!
//! - Blocks are two columns deeper than what they stand in. A line has at most 100 columns, comments
//!   behind it not counted, unless nothing on it can be moved to the next.
//! - Empty lines stay where they were, one at a time: between items, between clauses, between the
//!   lets of a block and between arms. There is always one around items with blocks, and between
//!   items of different kinds.
//! - `:`, `=` and `~` are aligned in clauses of one kind that follow each other directly, and
//!   so is what follows the drift of an equation, and the arrows of a `case` (see [`row`]).
//! - What does not fit on a line is broken at the outermost place that allows it: between all terms
//!   of a sum, all arguments of a call, all entries of a table; numbers fill their lines.
//! - Functions that follow each other without empty lines stand on one line each, if they fit. Any
//!   other has its body below.
//! - Brackets around a whole value go. Those around an operand stay, unless it is a name, a number, a
//!   call or the like.
//! - A comment above something stays above it, one behind something stays behind it, two spaces
//!   away; such comments in consecutive lines begin in one column. Where there is no place for a
//!   line to end, the comment goes above the clause.

mod block;
mod chain;
mod clause;
mod doc;
mod expr;
mod item;
mod list;
mod row;
mod source;
mod table;
mod ty;
mod unit;

use sdec_base::{Diagnostic, SourceId};

use crate::token;
use source::Source;
use unit::End;

/// The text of a program, set as every program is.
///
/// # Errors
/// What is wrong with the program, where it does not parse.
pub fn format(source: SourceId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = crate::parse_program(source, text);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let program = parsed.tree;
    let tokens = token::lex(source, text, 0).tokens;
    let mut src = Source::new(text, tokens, &program.comments, &program.items);
    let mut items = item::items(&mut src, &program.items, End::Token(usize::MAX), 0);
    items.dangling.append(&mut src.take(usize::MAX));
    Ok(items.lines(false).print())
}
