//! Only the rim of the program touches files, the environment and standard output.

use crate::repository::File;

/// Folders whose code may: the rim, the tests, build scripts, programs to run beside.
const RIM: [&str; 9] = [
    "cli/",
    "compiler/driver/",
    "runtime/data/",
    "runtime/output/",
    "tests/",
    "fuzz/",
    "xtask/",
    "grammar/build.rs",
    "runtime/noise/examples/",
];

/// What touches the world outside.
const EFFECTS: [&str; 8] = [
    "std::fs",
    "File::open",
    "File::create",
    "env::var",
    "env::args",
    "env::current_dir",
    "io::stdout",
    "io::stderr",
];

/// A line for each use of the outside world in code that must have none.
pub(crate) fn problems(files: &[File]) -> Vec<String> {
    let inner = files.iter().filter(|file| {
        file.is("rs") && !file.is_test() && !RIM.iter().any(|rim| file.path.starts_with(rim))
    });
    let mut problems = Vec::new();
    for file in inner {
        for (number, line) in file.code().lines().enumerate() {
            if let Some(effect) = EFFECTS.iter().find(|effect| line.contains(**effect)) {
                problems.push(format!("{}:{}: uses {effect}", file.path, number + 1));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_that_reads_a_file_is_found() {
        let text = "//! A pass.\nuse std::fs;\n".to_owned();
        let files = [File { path: "compiler/opt/src/cse.rs".to_owned(), text }];
        assert_eq!(problems(&files), ["compiler/opt/src/cse.rs:2: uses std::fs"]);
    }
}
