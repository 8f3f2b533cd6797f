//! Every file of passes holds a text before and after, or its crate has a golden named for it.

use crate::repository::File;

/// Folders in which each file is one pass, besides the listed helpers.
const FOLDERS: [&str; 2] = ["compiler/opt/src/ssa/", "compiler/opt/src/kernel/"];

/// A line for each pass that no golden text pins.
pub(crate) fn problems(files: &[File]) -> Vec<String> {
    let passes = files
        .iter()
        .filter(|file| FOLDERS.iter().any(|folder| file.path.starts_with(folder)) && is_pass(file));
    let bare = passes.filter(|pass| !has_golden(pass, files));
    bare.map(|pass| format!("{}: has no golden text", pass.path)).collect()
}

/// A pass is a module with a public `run`.
fn is_pass(file: &File) -> bool {
    file.is("rs") && file.code().contains("pub fn run(")
}

fn has_golden(pass: &File, files: &[File]) -> bool {
    let name = pass.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let marks = ["expect![", "expect_file!["];
    let holds = |text: &str| marks.iter().any(|mark| text.contains(mark));
    // The tests of a pass of several files are one of them.
    let beside = pass.path.strip_suffix("/mod.rs").map(|folder| format!("{folder}/tests.rs"));
    let beside = beside.and_then(|tests| files.iter().find(|file| file.path == tests));
    holds(pass.tests())
        || beside.is_some_and(|tests| holds(&tests.text))
        || files.iter().any(|file| {
            file.is_test()
                && file.path.starts_with("compiler/opt/")
                && (file.path.contains(&format!("/{name}."))
                    || file.path.contains(&format!("/{name}/")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_without_a_golden_is_found() {
        let text = "//! A pass.\npub fn run(func: &Func) -> Func {\n".to_owned();
        let bare = File { path: "compiler/opt/src/ssa/cse.rs".to_owned(), text };
        assert_eq!(problems(&[bare]), ["compiler/opt/src/ssa/cse.rs: has no golden text"]);
    }
}
