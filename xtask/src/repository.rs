//! The files of the repository, as the rules see them.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file: its path from the root, with `/`, and its content.
pub(crate) struct File {
    /// Path from the root of the repository.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
}

impl File {
    /// Whether the name ends in `.ext`.
    pub(crate) fn is(&self, ext: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == ext)
    }

    /// Whether the file is a test by its place.
    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/")
    }

    /// The text before the module of unit tests.
    pub(crate) fn code(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }

    /// The module of unit tests, or all of a file that is a test by its place.
    pub(crate) fn tests(&self) -> &str {
        if self.is_test() {
            return &self.text;
        }
        self.text.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests)
    }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// Every text file that was written by hand, in order of path.
pub(crate) fn files() -> Vec<File> {
    let mut files = Vec::new();
    walk(root(), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn walk(folder: &Path, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).expect("folders of the repository can be read");
    for entry in entries {
        let path = entry.expect("folders of the repository can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && (!name.starts_with('.') || name == ".ci" || name == ".cargo") {
                walk(&path, files);
            }
        } else if name == ".git" {
            // A second working tree of a repository has a file here.
        } else if let Ok(text) = fs::read_to_string(&path) {
            files.push(File { path: relative(path), text });
        }
    }
}

fn relative(path: PathBuf) -> String {
    let path = path.strip_prefix(root()).expect("the walk starts at the root").to_owned();
    path.to_string_lossy().replace('\\', "/")
}
