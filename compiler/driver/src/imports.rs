//! `import "rates.sde"`: the declarations of another file, found beside the one that names it.
//!
//! Commands, bare expressions and the precision of an imported file are its own affair and stay out.
//! A file that is named twice, or that names its importer, is read once.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a tree; all others are treated alike"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sdec_base::{Diagnostic, SourceMap, Span};
use sdec_grammar::ast::{Import, Item, ItemKind, Program};
use sdec_grammar::parse_program;

use crate::session::read;

/// The files that were read, and what was wrong with them.
struct Reader<'a> {
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// Whole paths, without detours.
    seen: BTreeSet<PathBuf>,
    items: Vec<Item>,
}

/// Puts what the program's imports declare before it. `folder` is where the program stands, `file` the
/// program itself if it is one.
pub(crate) fn resolve(
    tree: &mut Program,
    file: Option<&Path>,
    folder: &Path,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut reader = Reader { sources, diagnostics, seen: BTreeSet::new(), items: Vec::new() };
    reader.seen.extend(file.and_then(|file| file.canonicalize().ok()));
    reader.imports_of(&tree.items, folder, Path::new(""));
    let items = reader.items;
    tree.items.splice(0..0, items);
}

impl Reader<'_> {
    /// `within` leads from the program's folder to that of the items' file, `folder` to it from here.
    fn imports_of(&mut self, items: &[Item], folder: &Path, within: &Path) {
        for item in items {
            match &item.kind {
                ItemKind::Import(Import::File(text)) => {
                    self.file(text.span, &text.text, folder, within);
                }
                ItemKind::Import(Import::Module(name)) => self.module(name.span, &name.text),
                _ => {}
            }
        }
    }

    /// The library is always there, so naming one of its files changes nothing.
    fn module(&mut self, span: Span, name: &str) {
        let file = format!("{name}.sde");
        if !sdec_stdlib::FILES.iter().any(|(known, _)| *known == file) {
            let title = format!("the library has no `{name}`");
            self.diagnostics.push(
                Diagnostic::error("E0212", title, span)
                    .label(span, "expected a file of the library, or a file's name in quotes")
                    .help("if it is a file beside this one, write its name in quotes:")
                    .edit(span, format!("\"{file}\"")),
            );
        }
    }

    fn file(&mut self, span: Span, name: &str, folder: &Path, within: &Path) {
        let path = folder.join(name);
        if let Ok(whole) = path.canonicalize()
            && !self.seen.insert(whole)
        {
            return;
        }
        let text = match read(&path) {
            Ok(text) => text,
            Err(why) => {
                self.diagnostics.push(
                    Diagnostic::error("E0212", format!("`{name}` cannot be imported"), span)
                        .label(span, why)
                        .help("a file is looked for beside the one that imports it"),
                );
                return;
            }
        };
        let source = self.sources.add(path.display().to_string(), text.clone());
        let parsed = parse_program(source, &text);
        self.diagnostics.extend(parsed.diagnostics);
        let parent = Path::new(name).parent().unwrap_or(Path::new(""));
        let (folder, within) = (folder.join(parent), within.join(parent));
        self.imports_of(&parsed.tree.items, &folder, &within);
        let declarations = parsed.tree.items.into_iter().filter(is_declaration);
        self.items.extend(declarations.map(|item| moved(item, &within)));
    }
}

fn is_declaration(item: &Item) -> bool {
    !matches!(
        item.kind,
        ItemKind::Command(_)
            | ItemKind::Repeat { .. }
            | ItemKind::Show(_)
            | ItemKind::Precision(_)
            | ItemKind::Import(_)
    )
}

/// The item with its data file named from the program's folder.
fn moved(mut item: Item, within: &Path) -> Item {
    if let ItemKind::Data(data) = &mut item.kind {
        data.file.text = within.join(&data.file.text).to_string_lossy().into_owned();
    }
    item
}
