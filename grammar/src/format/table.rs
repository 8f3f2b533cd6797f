//! Which functions stand in tables: directly below each other, without an empty line between.

use std::collections::BTreeSet;

use sdec_base::Span;

use crate::ast::{ClauseKind, Item, ItemKind, NetItem};

/// Where the functions begin that stand in tables.
pub(super) fn tables(text: &str, items: &[Item]) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    walk(text, items, &mut found);
    found
}

/// A line of a block, and whether it is a function.
type Line = (Span, bool);

fn walk(text: &str, items: &[Item], found: &mut BTreeSet<u32>) {
    let lines = items.iter().map(|item| (item.span, matches!(item.kind, ItemKind::Def(_))));
    block(text, lines.collect(), found);
    for item in items {
        let lines: Vec<Line> = match &item.kind {
            ItemKind::Model(model) => model.clauses.iter().map(clause).collect(),
            ItemKind::Posterior(posterior) => posterior.clauses.iter().map(clause).collect(),
            ItemKind::Net(net) => net.items.iter().map(net_item).collect(),
            ItemKind::Method(method) => {
                let facts = method.facts.iter().map(|fact| (fact.span, false));
                facts.chain(method.defs.iter().map(|def| (def.span, true))).collect()
            }
            ItemKind::Repeat { items, .. } => {
                walk(text, items, found);
                continue;
            }
            ItemKind::Import(_)
            | ItemKind::Precision(_)
            | ItemKind::Size { .. }
            | ItemKind::Index { .. }
            | ItemKind::Type { .. }
            | ItemKind::Let(_)
            | ItemKind::Def(_)
            | ItemKind::Param(_)
            | ItemKind::Data(_)
            | ItemKind::Objective(_)
            | ItemKind::Command(_)
            | ItemKind::Show(_) => continue,
        };
        block(text, lines, found);
    }
}

fn clause(clause: &crate::ast::Clause) -> Line {
    (clause.span, matches!(clause.kind, ClauseKind::Def(_)))
}

fn net_item(item: &NetItem) -> Line {
    match item {
        NetItem::Param(param) => (param.span, false),
        NetItem::Let(binding) => (binding.span, false),
        NetItem::Def(def) => (def.span, true),
    }
}

fn block(text: &str, mut lines: Vec<Line>, found: &mut BTreeSet<u32>) {
    lines.sort_by_key(|(span, _)| span.start);
    for pair in lines.windows(2) {
        let [(above, true), (below, true)] = *pair else { continue };
        if !is_apart(&text[above.end as usize..below.start as usize]) {
            found.extend([above.start, below.start]);
        }
    }
}

/// Whether there is an empty line in what stands between two items. One below a `##` line keeps the
/// line from being documentation and says nothing else.
fn is_apart(between: &str) -> bool {
    let mut documents = false;
    let lines: Vec<&str> = between.split('\n').map(str::trim).collect();
    // The first is the end of the line above, the last the beginning of the line below.
    for line in &lines[1..lines.len().max(2) - 1] {
        if line.is_empty() && !documents {
            return true;
        }
        documents = line.starts_with("##") || line.is_empty();
    }
    false
}
