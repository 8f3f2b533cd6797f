//! Whole programs: those that are right parse, and nothing makes the parser fail.

use std::fs;
use std::path::{Path, PathBuf};

use sdec_base::SourceMap;

/// The programs of a folder beside this file, by name.
fn programs(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sde"));
    paths.sort();
    assert!(paths.len() > 20);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("it is UTF-8");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// Parses and checks what holds of every text: the tree prints, spans lie in the text and on its
/// characters, and messages can be drawn.
fn parse(text: &str) -> String {
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let parsed = sdec_grammar::parse_program(source, text);
    sdec_grammar::print::tree(&parsed.tree);
    sdec_grammar::token_listing(source, text);
    for item in &parsed.tree.items {
        sources.slice(item.span);
    }
    for comment in &parsed.tree.comments {
        assert_eq!(sources.slice(comment.span), comment.text);
    }
    let mut out = String::new();
    for diagnostic in &parsed.diagnostics {
        out += &diagnostic.render(&sources, false);
    }
    out
}

#[test]
fn every_program_parses() {
    for (path, text) in programs("programs") {
        assert_eq!(parse(&text), "", "{}", path.display());
    }
}

/// Most of these are wrong in what they mean, so that they parse all the same.
#[test]
fn wrong_programs_are_reported() {
    let found: Vec<String> = programs("wrong")
        .iter()
        .filter(|(_, text)| !parse(text).is_empty())
        .map(|(path, _)| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, ["06_E0102", "08_E0101"]);
}
