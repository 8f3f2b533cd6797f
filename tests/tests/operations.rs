//! Every operation of the checked program and of array programs occurs in one of the programs of
//! `tests/run`, which give the same bits on the interpreter and as machine code (`programs.rs`).
//!
//! Operations are read from the declarations of the enumerations, so that a new one without a
//! program is found.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sdec_driver::{Options, Session};
use sdec_hir::BlockKind;
use sdec_tests::root;

/// An enumeration, and what stands before its variants where a program is written out.
struct Enumeration {
    name: &'static str,
    before: &'static [&'static str],
}

const fn of(name: &'static str, before: &'static [&'static str]) -> Enumeration {
    Enumeration { name, before }
}

const HIR: [Enumeration; 7] = [
    of("ExprKind", &["kind: "]),
    of("Arith", &["Arith("]),
    of("Compare", &["Compare("]),
    of("Reducer", &["Reduce("]),
    of("Intrinsic", &["Intrinsic("]),
    of("Derivative", &["Derivative("]),
    of("BaseLaw", &["law: "]),
];

const SSA: [Enumeration; 8] = [
    of("Op", &["op: "]),
    of("Unary", &["Unary("]),
    of("Binary", &["Binary("]),
    of("Compare", &["Compare("]),
    of("Extremum", &["Extremum("]),
    of("Trips", &["trips: "]),
    of("Emit", &["emits: [", ", "]),
    of("DrawLaw", &["law: "]),
];

/// What nothing computes: a text names a file.
const NOT_COMPUTED: &str = "ExprKind::Text";

/// The programs of `tests/run`.
fn programs() -> Vec<PathBuf> {
    let entries = root().join("tests/run").read_dir().expect("the folder is there");
    let mut programs: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|extension| extension == "sde"));
    programs.sort();
    programs
}

/// The names of the variants of an enumeration.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let (_, rest) = source.split_once(&format!("pub enum {name} {{\n")).expect("it is declared");
    let (body, _) = rest.split_once("\n}").expect("it ends");
    let names = body.lines().filter_map(|line| {
        let line = line.strip_prefix("    ")?;
        let name: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
        name.starts_with(|c: char| c.is_uppercase()).then_some(name)
    });
    names.collect()
}

/// The words that stand behind one of `before` in the texts.
fn found(texts: &[String], before: &[&str]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for text in texts {
        for mark in before {
            for (at, _) in text.match_indices(mark) {
                let rest = &text[at + mark.len()..];
                let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                out.insert(word);
            }
        }
    }
    out
}

/// Fails with the operations that no program has.
fn all_occur(source: &str, enumerations: &[Enumeration], texts: &[String]) {
    let mut absent = Vec::new();
    for enumeration in enumerations {
        let wanted = variants(source, enumeration.name);
        assert!(wanted.len() > 1, "{} has {} variants", enumeration.name, wanted.len());
        let found = found(texts, enumeration.before);
        let missing = wanted.difference(&found);
        absent.extend(missing.map(|variant| format!("{}::{variant}", enumeration.name)));
    }
    for special in sdec_base::Special::ALL {
        let written = format!("Special({special:?})");
        if !texts.iter().any(|text| text.contains(&written)) {
            absent.push(written);
        }
    }
    absent.retain(|operation| operation != NOT_COMPUTED);
    assert!(absent.is_empty(), "no program of tests/run has {}", absent.join(", "));
}

/// A program as the checker makes it, and what its blocks are called.
fn checked(session: &Session) -> (String, Vec<String>) {
    let program = session.program().expect("programs of tests/run check");
    let names = program.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Sample(block) => Some(block.name.clone()),
        BlockKind::Estimate(block) => Some(block.name.clone()),
        BlockKind::Fit(_) | BlockKind::Planned(_) | BlockKind::Show(_) => None,
    });
    (format!("{program:?}"), names.collect())
}

/// The programs, opened.
fn sessions() -> Vec<Session> {
    let open = |path: PathBuf| Session::open(&path, &Options::default()).expect("it can be read");
    programs().into_iter().map(open).collect()
}

#[test]
fn every_operation_of_checked_programs_runs() {
    let source = include_str!("../../compiler/hir/src/expr.rs");
    let texts: Vec<String> = sessions().iter().map(|session| checked(session).0).collect();
    all_occur(source, &HIR, &texts);
}

#[test]
fn every_operation_of_array_programs_runs() {
    let source = include_str!("../../compiler/ssa/src/func.rs");
    let mut texts = Vec::new();
    for session in sessions() {
        let (_, names) = checked(&session);
        let blocks = names.iter().map(|name| Some(name.as_str())).chain([None]);
        for block in blocks {
            for stage in ["ssa", "grad"] {
                let text = session.emit(stage, block, None).unwrap_or_default();
                if let Ok(func) = sdec_ssa::parse(&text) {
                    texts.push(format!("{func:?}"));
                }
            }
        }
    }
    assert!(texts.len() > 100, "{}", texts.len());
    all_occur(source, &SSA, &texts);
}
