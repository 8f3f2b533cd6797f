//! Every program in the documentation is what it says: right, or wrong with the code that is given.
//!
//! A block that begins with ` ```sde ` is a whole program that checks; ` ```sde E0302 ` is one that is
//! refused with this code.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{Options, Session};
use sdec_tests::{explain, root};

fn main() {
    let args = Arguments::from_args();
    let trials = pages().into_iter().flat_map(|page| {
        let text = fs::read_to_string(&page).expect("the page was found a moment ago");
        let name = page.strip_prefix(root()).unwrap_or(&page).display().to_string();
        snippets(&text).into_iter().map(move |snippet| {
            let title = format!("{name}:{}", snippet.line);
            Trial::test(title, move || check(&snippet))
        })
    });
    libtest_mimic::run(&args, trials.collect()).exit();
}

/// Every page of Markdown at the root, in `docs` and beside the examples.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root().to_owned(), root().join("docs")];
    folders.extend(
        sdec_tests::examples()
            .iter()
            .filter_map(|(_, program)| program.parent().map(Path::to_owned)),
    );
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the repository has these folders").flatten() {
            if entry.path().extension().is_some_and(|ext| ext == "md") {
                pages.push(entry.path());
            }
        }
    }
    pages.sort();
    pages
}

/// A program in a page.
struct Snippet {
    /// The line of its first line.
    line: usize,
    /// The program.
    text: String,
    /// The code with which it is refused.
    code: Option<String>,
}

fn snippets(page: &str) -> Vec<Snippet> {
    let mut snippets = Vec::new();
    let mut open: Option<Snippet> = None;
    for (number, line) in page.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (Some(_), Some(_)) => snippets.extend(open.take()),
            (Some(snippet), None) => {
                snippet.text.push_str(line);
                snippet.text.push('\n');
            }
            (None, Some(info)) => {
                let mut words = info.split_whitespace();
                if words.next() == Some("sde") {
                    let code = words.next().map(str::to_owned);
                    open = Some(Snippet { line: number + 2, text: String::new(), code });
                }
            }
            (None, None) => {}
        }
    }
    snippets
}

fn check(snippet: &Snippet) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("snippet.sde");
    fs::write(&file, &snippet.text)?;
    fs::write(folder.path().join("rates.csv"), "t,r\n0,0.031\n1,0.029\n2,0.033\n3,0.034\n")?;
    let session = Session::open(&file, &Options::default()).map_err(explain)?;
    let drawn = session.render(false);
    match &snippet.code {
        None if drawn.is_empty() => Ok(()),
        Some(code) if drawn.contains(&format!("[{code}]")) => Ok(()),
        _ => Err(drawn.into()),
    }
}
