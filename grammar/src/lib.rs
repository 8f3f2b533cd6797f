//! Text to tree: tokens, layout, grammar.
//!
//! ```text
//! text ──token──▶ tokens ──layout──▶ lines and blocks ──grammar──▶ ast
//! ```
//!
//! Nothing a user can write makes this fail: what is wrong becomes a diagnostic, and the rest is
//! parsed all the same.

pub mod ast;
mod expect;
mod fault;
mod format;
mod habit;
mod layout;
mod limits;
mod message;
mod nodes;
mod outline;
mod phrases;
pub mod print;
mod recover;
mod remedy;
mod token;
mod words;

use std::ops::Range;

use sdec_base::{Diagnostic, SourceId, Span};

pub use format::format;
pub use layout::OpenEnd;
pub use outline::{Heading, Outlined, outline};
pub use words::KEYWORDS;

use ast::{Comment, Expr, ExprKind, Item, ItemKind, Program, Type, TypeKind};
use fault::{Fault, Found};
use nodes::Tree;
use recover::{Reported, Text};
use token::{Lexed, Lexeme, Token};

/// A tree and what was found wrong on the way to it.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The tree; where text could not be parsed it has gaps, and `diagnostics` is not empty.
    pub tree: T,
    /// What was found wrong, in the order of the text: at most one for each line.
    pub diagnostics: Vec<Diagnostic>,
}

/// After so many mistakes the rest of a file is not parsed.
const MAX_FAULTS: usize = 1000;

/// Parses a file.
pub fn parse_program(source: SourceId, text: &str) -> Parsed<Program> {
    if let Some(diagnostics) = too_large(source, text) {
        return Parsed { tree: Program::default(), diagnostics };
    }
    parse_part(source, text, 0..text.len())
}

/// Parses whole lines of a file.
fn parse_part(source: SourceId, text: &str, part: Range<usize>) -> Parsed<Program> {
    let text = &text[..part.end];
    let Read { tokens, comments, mut faults } = read(source, text, part.start);
    let reported = Reported::new(&faults);
    let mut items = Vec::new();
    let mut last_of_above: Option<Lexeme> = None;
    // Whether the last header stands without its block.
    let mut headless = false;
    for line in lines(&tokens).filter(|line| line.len() > 1) {
        if faults.len() >= MAX_FAULTS {
            break;
        }
        let first = line[0];
        headless = match line {
            // `model M`, and its lines in the same column.
            [header, .., _] if header.token == Token::Model => {
                !line.iter().any(|lexeme| lexeme.token == Token::Indent)
            }
            _ => headless && is_clause(line, text),
        };
        if headless && first.token != Token::Model {
            continue;
        }
        let last = line.iter().rfind(|lexeme| !lexeme.token.is_layout()).copied();
        let above = std::mem::replace(&mut last_of_above, last).filter(|above| {
            first.token == Token::Minus && is_next_line(&text[above.end..first.start])
        });
        if let Some(above) = above {
            faults.push(Fault::LeadingMinus {
                above: Span::new(source, above.start, above.end),
                at: Span::new(source, first.start, first.end),
                value: last.map(|last| Span::new(source, first.start, last.end)),
            });
        } else if let Some(fault) = limits::check(source, line) {
            faults.push(fault);
        } else if let Some(Tree::Item(item)) =
            recover::parse(Text { source, text }, Token::StartItem, line, &reported, &mut faults)
        {
            items.push(*item);
        }
    }
    attach_docs(&mut items, &comments, text);
    Parsed { tree: Program { items, comments }, diagnostics: diagnostics(faults, text) }
}

/// Parses one expression: the value of `--set`, `--solver` or `--times`, a line of the REPL.
pub fn parse_expr(source: SourceId, text: &str) -> Parsed<Expr> {
    let (tree, diagnostics) = parse_alone(source, text, Token::StartExpr, "an expression");
    match tree {
        Some(Tree::Expr(tree)) => Parsed { tree, diagnostics },
        _ => {
            let tree = Expr { kind: ExprKind::Error, span: Span::new(source, 0, 0) };
            Parsed { tree, diagnostics }
        }
    }
}

/// Parses one type.
pub fn parse_type(source: SourceId, text: &str) -> Parsed<Type> {
    let (tree, diagnostics) = parse_alone(source, text, Token::StartType, "a type");
    match tree {
        Some(Tree::Type(tree)) => Parsed { tree, diagnostics },
        _ => {
            let tree = Type { kind: TypeKind::Error, span: Span::new(source, 0, 0) };
            Parsed { tree, diagnostics }
        }
    }
}

/// One token a line with its line and column, those of the layout included.
pub fn token_listing(source: SourceId, text: &str) -> String {
    if too_large(source, text).is_some() {
        return String::new();
    }
    let mut out = String::new();
    let (mut at, mut line, mut column) = (0, 1, 1);
    for lexeme in read(source, text, 0).tokens {
        for c in text[at..lexeme.start].chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        at = lexeme.start;
        let what = if lexeme.token.is_layout() {
            format!("<{}>", format!("{:?}", lexeme.token).to_lowercase())
        } else if lexeme.start == lexeme.end {
            "<missing bracket>".to_owned()
        } else {
            text[lexeme.start..lexeme.end].to_owned()
        };
        out.push_str(&format!("{line}:{column} {what}\n"));
    }
    out
}

/// Where a text ends, if more must follow: for prompts.
pub fn open_end(text: &str) -> Option<OpenEnd> {
    let source = SourceId::new(0);
    if too_large(source, text).is_some() {
        return None;
    }
    layout::open_end(source, &token::lex(source, text, 0).tokens)
}

/// A text as lines and blocks.
struct Read {
    tokens: Vec<Lexeme>,
    comments: Vec<Comment>,
    faults: Vec<Fault>,
}

/// Reads `text` from the line on that begins at `start`.
fn read(source: SourceId, text: &str, start: usize) -> Read {
    let Lexed { tokens, comments, mut faults } = token::lex(source, text, start);
    let tokens = layout::layout(source, &tokens, &mut faults);
    Read { tokens, comments, faults }
}

/// Parses a whole text as one thing, called `wanted`.
fn parse_alone(
    source: SourceId,
    text: &str,
    start: Token,
    wanted: &str,
) -> (Option<Tree>, Vec<Diagnostic>) {
    if let Some(diagnostics) = too_large(source, text) {
        return (None, diagnostics);
    }
    let Read { tokens, mut faults, .. } = read(source, text, 0);
    let reported = Reported::new(&faults);
    let mut tree = None;
    if tokens.is_empty() && faults.is_empty() {
        faults.push(Fault::Unexpected {
            at: Span::new(source, text.len(), text.len()),
            found: Found::EndOfLine,
            expected: vec![wanted.to_owned()],
        });
    } else if let Some(fault) = limits::check(source, &tokens) {
        faults.push(fault);
    } else {
        tree = recover::parse(Text { source, text }, start, &tokens, &reported, &mut faults);
    }
    (tree, diagnostics(faults, text))
}

fn too_large(source: SourceId, text: &str) -> Option<Vec<Diagnostic>> {
    let fault = Fault::TooLarge { at: Span::new(source, 0, 0) };
    u32::try_from(text.len()).is_err().then(|| vec![fault.diagnostic("")])
}

/// The lines of the file, each with what stands in blocks below it and with its `Newline`.
fn lines(tokens: &[Lexeme]) -> impl Iterator<Item = &[Lexeme]> {
    let mut depth = 0_usize;
    tokens.split_inclusive(move |lexeme| {
        depth += usize::from(lexeme.token == Token::Indent);
        depth -= usize::from(lexeme.token == Token::Dedent);
        lexeme.token == Token::Newline && depth == 0
    })
}

/// Whether a line can only belong to a model: `state x : Real`, `dx = …`.
fn is_clause(line: &[Lexeme], text: &str) -> bool {
    let (first, word) = (line[0].token, &text[line[0].start..line[0].end]);
    // `param` and `let` begin items too, but below such a header they were meant for the model.
    let clause = matches!(
        first,
        Token::State
            | Token::Noise
            | Token::Input
            | Token::Init
            | Token::Observe
            | Token::Param
            | Token::Let
    );
    let equation = matches!(first, Token::Lower | Token::Differential)
        && word.starts_with('d')
        && line[1].token == Token::Equals;
    clause || equation
}

/// Whether `between` ends one line and no more.
fn is_next_line(between: &str) -> bool {
    between.matches('\n').count() == 1
}

/// Gives each item the `##` lines directly above it.
fn attach_docs(items: &mut [Item], comments: &[Comment], text: &str) {
    for item in items {
        let before = comments.partition_point(|comment| comment.span.start < item.span.start);
        let mut below = item.span.start;
        let mut docs: Vec<&str> = Vec::new();
        for comment in comments[..before].iter().rev() {
            let between = &text[comment.span.end as usize..below as usize];
            let Some(doc) = comment.text.strip_prefix("##") else { break };
            if comment.trailing || !between.trim().is_empty() || !is_next_line(between) {
                break;
            }
            docs.push(doc.strip_prefix(' ').unwrap_or(doc));
            below = comment.span.start;
        }
        docs.reverse();
        item.doc = (!docs.is_empty()).then(|| docs.join("\n"));
        if let ItemKind::Repeat { items, .. } = &mut item.kind {
            attach_docs(items, comments, text);
        }
    }
}

/// The messages in the order of the text, at most one for each line.
fn diagnostics(mut faults: Vec<Fault>, text: &str) -> Vec<Diagnostic> {
    // Columns mean little where there are tabs.
    if faults.iter().any(|fault| matches!(fault, Fault::Tab { .. })) {
        faults.retain(|fault| {
            !matches!(fault, Fault::Misplaced { .. } | Fault::UnexpectedIndentation { .. })
        });
    }
    faults.sort_by_key(|fault| fault.at().start);
    let (mut at, mut line, mut last_line) = (0, 0, None);
    // Words of the language that were taken for names: the lines that use them cannot be read either.
    let mut taken: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for fault in &faults {
        let start = fault.at().start as usize;
        line += text[at..start].matches('\n').count();
        at = start;
        if last_line.replace(line) == Some(line) || out.len() >= MAX_FAULTS {
            continue;
        }
        if !taken.is_empty() && words(line_of(text, at)).any(|word| taken.contains(&word)) {
            continue;
        }
        if let Fault::ReservedName { at } = fault {
            taken.push(&text[at.start as usize..at.end as usize]);
        }
        out.push(fault.diagnostic(text));
    }
    out
}

/// The line that byte `at` lies on.
fn line_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    &text[start..end]
}

/// The words and numbers of a line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}
