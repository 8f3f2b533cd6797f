//! What a prompt asks of a program beside running it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a tree; all others are treated alike"
)]

use sdec_grammar::Outlined;
use sdec_grammar::ast::{self, ClauseKind, ItemKind};
use sdec_hir::BlockKind;

use crate::{Session, greek, library};

/// A command of a program, as text that can be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// `s` of `sample M as s`, `v` of `estimate v of M`.
    pub name: String,
    /// All of it, as written.
    pub text: String,
}

impl Session {
    /// The commands of the last part, in order.
    pub fn commands(&self) -> Vec<Command> {
        let command = |item: &ast::Item| {
            let ItemKind::Command(command) = &item.kind else { return None };
            let name = command.label.as_ref().unwrap_or(&command.model).text.clone();
            Some(Command { name, text: self.sources.map.slice(item.span).to_owned() })
        };
        self.tree.items.iter().filter_map(command).collect()
    }

    /// Whether the last part declares anything that later parts can use.
    pub fn declares(&self) -> bool {
        let of_last = |item: &&ast::Item| item.span.source == self.source;
        let lasting =
            |item: &ast::Item| !matches!(item.kind, ItemKind::Command(_) | ItemKind::Show(_));
        self.tree.items.iter().filter(of_last).any(lasting)
    }

    /// The type of the last bare expression, as a user writes it.
    pub fn shown_type(&self) -> Option<String> {
        let program = self.program.as_ref()?;
        program.blocks.iter().rev().find_map(|block| match &block.kind {
            BlockKind::Show(expr) => Some(program.show_ty(&expr.ty)),
            BlockKind::Sample(_)
            | BlockKind::Estimate(_)
            | BlockKind::Fit(_)
            | BlockKind::Planned(_) => None,
        })
    }

    /// The first line of a function's definition, of the program or of the library.
    pub fn signature(&self, name: &str) -> Option<String> {
        self.items().find_map(|item| match &item.kind {
            ItemKind::Def(def) if def.name.text == name => {
                let text = self.sources.map.slice(item.span);
                let first = def.body.lets.first().map_or(def.body.result.span, |stmt| stmt.span);
                let end = first.start.saturating_sub(item.span.start) as usize;
                let header = text.get(..end).unwrap_or(text).trim_end();
                Some(header.trim_end_matches('=').trim_end().to_owned())
            }
            _ => None,
        })
    }

    /// Everything that has a name where the program can use it: what it and the library declare, what
    /// its models declare, methods, built-in functions, laws and types, settings, keywords. Sorted,
    /// without repetition.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for item in self.items() {
            names.extend(sdec_check::names(&item.kind).iter().map(|name| name.text.clone()));
            if let ItemKind::Model(model) = &item.kind {
                names.extend(model.clauses.iter().flat_map(clause_names));
            }
        }
        names.extend(sdec_check::SETTINGS.iter().map(|setting| setting.key.to_owned()));
        names.extend(sdec_check::built_in_names().map(str::to_owned));
        names.extend(sdec_grammar::KEYWORDS.iter().map(|&word| word.to_owned()));
        names.sort();
        names.dedup();
        names
    }

    /// What the program declares, then what the library does.
    fn items(&self) -> impl Iterator<Item = &ast::Item> {
        self.tree.items.iter().chain(library::declarations().iter().map(Outlined::item))
    }
}

fn clause_names(clause: &ast::Clause) -> Vec<String> {
    match &clause.kind {
        ClauseKind::Param(ast::Param { names, .. })
        | ClauseKind::Input { names, .. }
        | ClauseKind::State { names, .. } => names.iter().map(|name| name.text.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Letters that a prompt writes for `\theta` and its kin, with their names.
pub fn letters() -> &'static [(&'static str, &'static str)] {
    &greek::LETTERS
}
