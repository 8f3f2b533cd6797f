//! A program that is given in parts, one after the other.

use std::collections::BTreeSet;

use sdec_base::{Diagnostic, SourceId, SourceMap};
use sdec_grammar::ast::{Item, ItemKind, Program};
use sdec_grammar::parse_program;

use crate::Part;

/// All parts as one tree.
pub(crate) struct Parsed {
    /// Of the last part.
    pub(crate) source: SourceId,
    pub(crate) tree: Program,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Parses the parts, of which there is at least one.
pub(crate) fn parse(parts: &[Part], sources: &mut SourceMap) -> Parsed {
    let mut parsed = Vec::new();
    for part in parts {
        let source = sources.add(part.name.clone(), part.text.clone());
        let result = parse_program(source, &part.text);
        parsed.push((source, result.tree, result.diagnostics));
    }
    let (source, mut tree, mut diagnostics) = parsed.pop().expect("a program has a part");
    while let Some((_, earlier, found)) = parsed.pop() {
        diagnostics.splice(0..0, found);
        let later: BTreeSet<String> =
            tree.items.iter().flat_map(names).map(str::to_owned).collect();
        let stays = |item: &Item| {
            !matches!(item.kind, ItemKind::Command(_) | ItemKind::Show(_))
                && !names(item).any(|name| later.contains(name))
        };
        let kept: Vec<Item> = earlier.items.into_iter().filter(stays).collect();
        tree.items.splice(0..0, kept);
    }
    Parsed { source, tree, diagnostics }
}

/// The names that an item declares.
fn names(item: &Item) -> impl Iterator<Item = &str> {
    sdec_check::names(&item.kind).into_iter().map(|name| name.text.as_str())
}
