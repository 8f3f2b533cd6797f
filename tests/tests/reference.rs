//! The reference of the language is complete: it follows the grammar, and names every word, every name
//! of the library and every code.

use std::collections::BTreeSet;
use std::fs;

use sdec_driver::{Options, Session};
use sdec_tests::root;

/// Files of the library whose functions programs do not call: laws are written by their names.
const INTERNAL: [&str; 8] = [
    "laws.sde",
    "compound.sde",
    "filters.sde",
    "joint.sde",
    "laplace.sde",
    "special.sde",
    "tails.sde",
    "transitions.sde",
];

/// What the library keeps to itself among the rest.
const HELPERS: [&str; 3] = ["glorot_draw", "Observed", "piece"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the repository has this file")
}

/// The words and names of a text.
fn words(text: &str) -> BTreeSet<&str> {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c: char| !in_name(c)).filter(|word| !word.is_empty()).collect()
}

/// What the library declares and programs do not name.
fn internal() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = HELPERS.iter().map(|&name| name.to_owned()).collect();
    for file in INTERNAL {
        let text = read(&format!("stdlib/{file}"));
        let declared = text.lines().filter_map(|line| line.strip_prefix("def "));
        names.extend(declared.map(|rest| rest.split('(').next().unwrap_or_default().to_owned()));
    }
    names
}

#[test]
fn every_name_is_in_the_reference() {
    let folder = tempfile::tempdir().expect("there is room for a file");
    let program = folder.path().join("empty.sde");
    fs::write(&program, "").expect("there is room for a file");
    let session = Session::open(&program, &Options::default()).expect("it is a program");
    let (page, internal) = (read("docs/language.md"), internal());
    let said = words(&page);
    let missing: Vec<String> = session
        .names()
        .into_iter()
        .filter(|name| !said.contains(name.as_str()) && !internal.contains(name))
        .collect();
    assert!(missing.is_empty(), "docs/language.md does not say what these are: {missing:?}");
}

#[test]
fn every_code_is_in_the_reference() {
    let (page, errors) = (read("docs/language.md"), read("docs/errors.md"));
    let codes = errors.lines().filter_map(|line| line.strip_prefix("### "));
    // `E0416` to `E0418` names what is between.
    let missing: Vec<&str> = codes.filter(|code| !page.contains(&format!("[{code}]"))).collect();
    assert!(missing.is_empty(), "docs/language.md does not say where these come from: {missing:?}");
}

/// The words with which the alternatives of a production begin, in order.
fn first_words(grammar: &str, production: &str) -> Vec<String> {
    let begin = grammar.find(&format!("\n{production}: {production} = {{")).expect("it is there");
    let body = grammar[begin..].split("\n};").next().unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for line in
        body.lines().skip(1).filter(|line| line.starts_with("    ") && !line.starts_with("     "))
    {
        let line = line.trim_start();
        let word = match line.strip_prefix('"') {
            Some(rest) => rest.split('"').next().unwrap_or_default().to_owned(),
            None => line.split([' ', ',']).next().unwrap_or_default().to_lowercase(),
        };
        let is_word = word.chars().all(char::is_alphabetic) && word != "expr";
        if is_word && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// The words in the headings of a section, in order.
fn headings(page: &str, section: &str) -> Vec<String> {
    let begin = page.find(&format!("\n## {section}\n")).expect("the section is there") + 1;
    let body = page[begin + 3..].split("\n## ").next().unwrap_or_default();
    let titles = body.lines().filter_map(|line| line.strip_prefix("### "));
    let words = titles.filter(|title| !title.starts_with(char::is_uppercase));
    words.flat_map(|title| title.split(", ")).map(str::to_owned).collect()
}

#[test]
fn the_reference_follows_the_grammar() {
    let (page, grammar) = (read("docs/language.md"), read("grammar/src/grammar.lalrpop"));
    assert_eq!(headings(&page, "Declarations"), first_words(&grammar, "ItemKind"));
    assert_eq!(headings(&page, "Clauses of models"), first_words(&grammar, "ClauseKind"));
}
