//! Text to tree: tokens, layout, grammar.

pub mod ast;
pub mod print;

use sdec_base::{Diagnostic, SourceId};

/// A tree and what was found wrong on the way to it.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The tree; where text could not be parsed it has gaps, and `diagnostics` is not empty.
    pub tree: T,
    /// What was found wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file.
pub fn parse_program(_source: SourceId, _text: &str) -> Parsed<ast::Program> {
    Parsed { tree: ast::Program::default(), diagnostics: Vec::new() }
}

/// Parses one expression: the value of `--set`, `--solver` or `--times`, a line of the REPL.
pub fn parse_expr(source: SourceId, text: &str) -> Parsed<ast::Expr> {
    let span = sdec_base::Span::new(source, 0, text.len());
    let tree = ast::Expr { kind: ast::ExprKind::Error, span };
    Parsed { tree, diagnostics: Vec::new() }
}

/// Parses one type.
pub fn parse_type(source: SourceId, text: &str) -> Parsed<ast::Type> {
    let span = sdec_base::Span::new(source, 0, text.len());
    let tree = ast::Type { kind: ast::TypeKind::Error, span };
    Parsed { tree, diagnostics: Vec::new() }
}

/// One token a line with its line and column, those of the layout included.
pub fn token_listing(_source: SourceId, _text: &str) -> String {
    String::new()
}
