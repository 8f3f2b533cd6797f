//! Every code of a diagnostic is shown by a test and explained in `docs/errors.md`.

use std::collections::BTreeMap;

use crate::repository::File;

/// Folders whose code gives diagnostics.
const SOURCES: [&str; 3] = ["grammar/src/", "compiler/check/src/", "compiler/driver/src/"];

/// A line for each code that no expected text holds.
pub(crate) fn shown(files: &[File]) -> Vec<String> {
    let mut expected = BTreeMap::new();
    for file in files.iter().filter(|file| !file.path.starts_with("xtask/")) {
        if file.is("stderr") {
            collect(&file.text, &file.path, &mut expected);
        } else if file.is("rs") {
            collect(file.tests(), &file.path, &mut expected);
        }
    }
    missing(files, &expected, "is shown by no test")
}

/// A line for each code without a section in the page that `sdec explain` shows.
pub(crate) fn explained(files: &[File]) -> Vec<String> {
    let mut index = BTreeMap::new();
    for file in files.iter().filter(|file| file.path == "docs/errors.md") {
        // A heading: where a code is only mentioned, `sdec explain` finds nothing.
        for heading in file.text.lines().filter_map(|line| line.strip_prefix("### ")) {
            collect(heading, &file.path, &mut index);
        }
    }
    missing(files, &index, "has no section in docs/errors.md")
}

/// A line for each code that fewer than two wrong programs show.
pub(crate) fn shown_twice(files: &[File]) -> Vec<String> {
    let goldens = files.iter().filter(|file| file.is("stderr") && file.is_test());
    let mut programs: BTreeMap<String, usize> = BTreeMap::new();
    for golden in goldens {
        let mut codes = BTreeMap::new();
        // A message begins with its code; elsewhere a code is only mentioned.
        for line in golden.text.lines().filter(|line| line.starts_with('[')) {
            collect(line.split(']').next().unwrap_or_default(), &golden.path, &mut codes);
        }
        codes.into_keys().for_each(|code| *programs.entry(code).or_default() += 1);
    }
    let given = given(files);
    let count = |code: &String| programs.get(code).copied().unwrap_or(0);
    let rare = given.iter().filter(|(code, _)| count(code) < 2);
    rare.map(|(code, path)| {
        format!("{path}: {code} is shown by {} of two wrong programs", count(code))
    })
    .collect()
}

fn missing(files: &[File], known: &BTreeMap<String, String>, complaint: &str) -> Vec<String> {
    let given = given(files);
    let unknown = given.iter().filter(|(code, _)| !known.contains_key(*code));
    unknown.map(|(code, path)| format!("{path}: {code} {complaint}")).collect()
}

/// Each code that the compiler can give, with a file that names it.
fn given(files: &[File]) -> BTreeMap<String, String> {
    let mut given = BTreeMap::new();
    for file in files.iter().filter(|file| file.is("rs") && !file.is_test()) {
        if SOURCES.iter().any(|source| file.path.starts_with(source)) {
            collect(&code_without_comments(file), &file.path, &mut given);
        }
    }
    given
}

fn code_without_comments(file: &File) -> String {
    let code = file.code().lines().filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// Adds each `E0301`-like word of `text`.
fn collect(text: &str, path: &str, codes: &mut BTreeMap<String, String>) {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|word| is_code(word)) {
        codes.entry(word.to_owned()).or_insert_with(|| path.to_owned());
    }
}

fn is_code(word: &str) -> bool {
    let digits = word.strip_prefix(['E', 'W']).unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_a_test_is_found() {
        let error = File {
            path: "compiler/check/src/error.rs".to_owned(),
            text: "//! E9999 in a comment.\n(\"E9301\", \"W9302\")".to_owned(),
        };
        let golden = File {
            path: "compiler/check/tests/ui/a.stderr".to_owned(),
            text: "[E9301] Error".to_owned(),
        };
        let found = shown(&[error, golden]);
        assert_eq!(found, ["compiler/check/src/error.rs: W9302 is shown by no test"]);
    }

    #[test]
    fn a_code_with_one_wrong_program_is_found() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("compiler/check/src/error.rs", "//! Errors.\n(\"E9301\", \"E9302\")"),
            file("tests/ui/E9301_a.stderr", "[E9301] Error: as in E9302\n"),
            file("tests/ui/E9301_b.stderr", "[E9302] Error: one\n\n[E9301] Error: two\n"),
        ];
        let found = shown_twice(&files);
        assert_eq!(
            found,
            ["compiler/check/src/error.rs: E9302 is shown by 1 of two wrong programs"]
        );
    }
}
