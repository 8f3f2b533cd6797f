//! Rules that look at the text of single files.

use crate::repository::File;

/// The files that may hold `unsafe`: compiled code and its memory, LLVM, the floating-point control word.
const UNSAFE_FILES: [&str; 4] = [
    "compiler/cranelift/src/code.rs",
    "compiler/llvm/src/code.rs",
    "compiler/llvm/src/ffi.rs",
    "runtime/abi/src/float_mode.rs",
];

/// What may know which processor it runs on.
const OF_A_PROCESSOR: [&str; 3] =
    ["compiler/cranelift/", "compiler/llvm/", "runtime/abi/src/float_mode.rs"];

/// Endings of the files that are written by hand line by line.
const WRITTEN: [&str; 6] = ["rs", "md", "toml", "sde", "lalrpop", "ssa"];

/// A Rust file begins by saying what it is.
pub(crate) fn heads(files: &[File]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.is("rs"));
    let headless = rust.filter(|file| !file.text.starts_with("//!"));
    headless.map(|file| format!("{}:1: does not begin with `//!`", file.path)).collect()
}

/// Nothing is marked as to be done later, and nothing is printed for debugging.
pub(crate) fn unfinished(files: &[File]) -> Vec<String> {
    // Written apart, so that this file does not break its own rule.
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        // A test that is left out by default says why: `#[ignore = "takes minutes"]`.
        concat!("#[ig", "nore]"),
    ];
    let rust: Vec<&File> = files.iter().filter(|file| file.is("rs")).collect();
    lines_with(&rust, &marks, "is left undone")
}

/// No line ends in white space or has a tab, and a file ends in one line end.
pub(crate) fn line_ends(files: &[File]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| WRITTEN.iter().any(|ext| file.is(ext))) {
        for (number, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) {
                problems.push(format!("{}:{}: trailing white space", file.path, number + 1));
            }
        }
        let ends_once = file.text.ends_with('\n') && !file.text.ends_with("\n\n");
        if !ends_once && !file.text.is_empty() {
            problems.push(format!("{}: does not end in one line end", file.path));
        }
    }
    problems
}

/// No file knows a folder of the machine it was written on.
pub(crate) fn machine_paths(files: &[File]) -> Vec<String> {
    let marks =
        [concat!("/wo", "rk/"), concat!("/tm", "p/"), concat!("/ho", "me/"), concat!("/ro", "ot/")];
    let all: Vec<&File> = files.iter().collect();
    lines_with(&all, &marks, "names a machine's folder")
}

/// `unsafe` is allowed in the named files only, with a reason.
pub(crate) fn unsafe_files(files: &[File]) -> Vec<String> {
    let marks = [concat!("expect(unsafe", "_code"), concat!("allow(unsafe", "_code")];
    let other: Vec<&File> = files
        .iter()
        .filter(|file| file.is("rs") && !UNSAFE_FILES.contains(&file.path.as_str()))
        .collect();
    lines_with(&other, &marks, "is not one of the files that may hold `unsafe`")
}

/// Code is the same for every processor outside of the backends and the floating-point control word.
pub(crate) fn processors(files: &[File]) -> Vec<String> {
    let marks = [
        concat!("target", "_arch"),
        concat!("std::", "arch"),
        concat!("core::", "arch"),
        concat!("is_x86_feature", "_detected"),
    ];
    let knows = |file: &&File| OF_A_PROCESSOR.iter().any(|path| file.path.starts_with(path));
    let other: Vec<&File> = files.iter().filter(|file| file.is("rs") && !knows(file)).collect();
    lines_with(&other, &marks, "knows the processor, which is for backends to know")
}

/// A complaint for each line that holds one of `marks`.
fn lines_with(files: &[&File], marks: &[&str], complaint: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
                problems.push(format!("{}:{}: {mark} {complaint}", file.path, number + 1));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Vec<File> {
        vec![File { path: path.to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn each_rule_finds_its_breach() {
        assert_eq!(heads(&file("a.rs", "fn f() {}\n")).len(), 1);
        assert_eq!(unfinished(&file("a.rs", concat!("//! A.\ntodo", "!()\n"))).len(), 1);
        assert_eq!(line_ends(&file("a.md", "one \ntwo")).len(), 2);
        assert_eq!(machine_paths(&file("a.md", concat!("in /tm", "p/x\n"))).len(), 1);
        assert_eq!(
            processors(&file("a.rs", concat!("//! A.\nuse std::", "arch::asm;\n"))).len(),
            1
        );
        assert_eq!(unsafe_files(&file("a.rs", concat!("#![expect(unsafe", "_code)]\n"))).len(), 1);
    }
}
