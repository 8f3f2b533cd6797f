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

/// xorshift64*, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }
}

/// Texts that stand for a token in mutations.
const PIECES: &[&str] = &[
    "(", ")", "[", "]", "{", "}", "\n", "\n  ", "\n    ", "-", "+", "=", "~", ".", ",", ":",
    "\\x.", "for i.", "sum i.", "if", "then", "else", "case", "of", "let", "model", "dW", "dt",
    "_", "²", "·", "\t", "\u{a0}", "1.", ".5", "**", "\"", "'", "#", "##", ";", "θ", "\u{301}",
    "𝑥", "\r", "\u{feff}", "param", "init", "observe", "\0",
];

/// The text with a few of its parts taken out, doubled, swapped or replaced.
fn mutate(text: &str, random: &mut Random) -> String {
    // Parts are words, runs of space, and single characters of anything else.
    let mut parts: Vec<String> = Vec::new();
    for c in text.chars() {
        let joins = |last: &String| {
            let previous = last.chars().last().expect("no part is empty");
            (c.is_alphanumeric() && previous.is_alphanumeric()) || (c == ' ' && previous == ' ')
        };
        match parts.last_mut() {
            Some(last) if joins(last) => last.push(c),
            _ => parts.push(c.to_string()),
        }
    }
    for _ in 0..=random.below(4) {
        let (i, j) = (random.below(parts.len()), random.below(parts.len()));
        match random.below(5) {
            0 => {
                parts.remove(i);
            }
            1 => parts.insert(i, parts[j].clone()),
            2 => parts.swap(i, j),
            3 => parts.truncate(i.max(1)),
            _ => parts[i] = PIECES[random.below(PIECES.len())].to_owned(),
        }
        if parts.is_empty() {
            parts.push(" ".to_owned());
        }
    }
    parts.concat()
}

#[test]
fn no_mutation_panics() {
    let programs = [programs("programs"), programs("wrong")].concat();
    let mut random = Random(0x5de);
    for round in 0..4000 {
        let (path, text) = &programs[round % programs.len()];
        let mutated = mutate(text, &mut random);
        let caught = std::panic::catch_unwind(|| parse(&mutated));
        assert!(caught.is_ok(), "round {round}, {}:\n{mutated}", path.display());
    }
}

/// Texts of nothing but a few pieces reach states that mutations of programs do not.
#[test]
fn no_soup_panics() {
    let mut random = Random(0xca11);
    for round in 0..4000 {
        let soup: String = (0..random.below(60))
            .map(|_| [PIECES[random.below(PIECES.len())], " "].concat())
            .collect();
        let caught = std::panic::catch_unwind(|| parse(&soup));
        assert!(caught.is_ok(), "round {round}:\n{soup}");
    }
}
