//! The programs of the repository, as beginnings.

use std::fs;
use std::path::{Path, PathBuf};

use sdec_base::SourceId;
use sdec_grammar::parse_program;

use crate::Donor;
use crate::holds::Target;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the repository")
}

/// Every program of the repository and of its documents.
pub fn programs() -> Vec<Donor> {
    let mut files = Vec::new();
    for folder in ["grammar", "examples", "stdlib", "cli", "tests", "compiler"] {
        below(&root().join(folder), "sde", &mut files);
    }
    let mut texts: Vec<String> =
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let mut pages = Vec::new();
    below(&root().join("docs"), "md", &mut pages);
    for page in pages {
        let page = fs::read_to_string(page).unwrap();
        let blocks = page.split("```sde\n").skip(1).filter_map(|rest| rest.split("```").next());
        texts.extend(blocks.map(str::to_owned));
    }
    texts.into_iter().map(Donor::new).collect()
}

/// The declarations and commands of these programs, each alone.
fn items(programs: &[Donor]) -> Vec<Donor> {
    let mut items = Vec::new();
    for program in programs {
        let parsed = parse_program(SourceId::new(0), &program.text);
        for item in &parsed.tree.items {
            let text = &program.text[item.span.start as usize..item.span.end as usize];
            items.push(Donor::new([text, "\n"].concat()));
        }
    }
    items
}

/// What fuzzing of `target` begins with.
pub fn seeds(target: Target) -> Vec<Donor> {
    match target {
        Target::Read => items(&programs()),
        Target::Parse | Target::Check | Target::Format => programs(),
        Target::Ssa | Target::Kernel => {
            kept(target).into_iter().map(|(_, text)| Donor::new(text)).collect()
        }
    }
}

/// The texts that are kept for `target`, with their names: beginnings, and what once broke a promise.
pub fn kept(target: Target) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept").join(target.name());
    // Git keeps no empty folders: a target that nothing broke yet has none.
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        (name, String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned())
    };
    files.into_iter().map(read).collect()
}

fn below(folder: &Path, extension: &str, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, extension, out);
        } else if path.extension().is_some_and(|found| found == extension) {
            out.push(path);
        }
    }
}
