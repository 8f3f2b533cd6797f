//! Every program in the documentation is what it says: right, or wrong with the code that is given.
//!
//! A block that begins with ` ```sde ` is a whole program that checks; ` ```sde E0302 ` is one that is
//! refused with this code, when it is checked or when it is run. A ` ```text ` block behind a refused
//! program is what is said then. `BLESS=1` writes these blocks, on the page of errors for every program.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{Options, Session};
use sdec_tests::{explain, root};

fn main() {
    if std::env::var_os("BLESS").is_some() {
        pages().iter().for_each(|page| bless(page));
    }
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

/// Levels of a drug in the blood of two persons.
const DOSES: &str = "\
person,time,level,weight,dose
1,0.0,0.7,79.6,320
1,1.2,10.5,79.6,NA
1,7.0,NA,79.6,160
2,0.0,0.0,72.4,300
2,2.0,8.3,72.4,NA
";

/// The page on which every refused program is followed by its message.
fn is_errors(page: &Path) -> bool {
    page.file_name().is_some_and(|name| name == "errors.md")
}

/// Every page of Markdown at the root, in `docs` and beside the examples.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root().to_owned(), root().join("docs"), root().join("docs/coming-from")];
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
    /// What the page says is said about it.
    message: Option<String>,
}

fn snippets(page: &str) -> Vec<Snippet> {
    let mut snippets: Vec<Snippet> = Vec::new();
    let mut open: Option<(String, String, usize)> = None;
    // Whether nothing but space follows the last refused program.
    let mut behind = false;
    for (number, line) in page.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (open.take(), fence) {
            (Some((info, text, line)), Some(_)) => {
                let mut words = info.split_whitespace();
                match (words.next(), snippets.last_mut()) {
                    (Some("sde"), _) => {
                        let code = words.next().map(str::to_owned);
                        behind = code.is_some();
                        snippets.push(Snippet { line, text, code, message: None });
                    }
                    (Some("text"), Some(last)) if behind => {
                        last.message = Some(text);
                        behind = false;
                    }
                    _ => behind = false,
                }
            }
            (Some((info, text, first)), None) => {
                open = Some((info, format!("{text}{line}\n"), first));
            }
            (None, Some(info)) => open = Some((info.to_owned(), String::new(), number + 2)),
            (None, None) => behind &= line.trim().is_empty(),
        }
    }
    snippets
}

fn check(snippet: &Snippet) -> Result<(), Failed> {
    let said = said(snippet)?;
    let Some(code) = &snippet.code else {
        return if said.is_empty() { Ok(()) } else { Err(said.into()) };
    };
    if !said.contains(&format!("[{code}]")) {
        return Err(format!("not refused with {code}\n{said}").into());
    }
    match &snippet.message {
        Some(message) if *message == said => Ok(()),
        Some(message) => Err(format!("expected\n{message}found\n{said}").into()),
        None => Ok(()),
    }
}

/// What is said about a program: when it is checked, or, where a code is expected and that finds
/// nothing, when it is run.
fn said(snippet: &Snippet) -> Result<String, Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("model.sde");
    fs::write(&file, &snippet.text)?;
    fs::write(folder.path().join("rates.csv"), "t,r\n0,0.031\n1,0.029\n2,0.033\n3,0.034\n")?;
    fs::write(folder.path().join("shuffled.csv"), "t,r\n0,0.031\n2,0.029\n1,0.033\n")?;
    fs::write(folder.path().join("doses.csv"), DOSES)?;
    fs::write(folder.path().join("prices.csv"), "day,close\n0,100.0\n1,101.5\n2,100.8\n")?;
    let session = Session::open(&file, &Options::default()).map_err(explain)?;
    let mut said = session.render(false);
    if said.is_empty()
        && snippet.code.is_some()
        && let Err(failure) = session.run(&mut ())
    {
        said = explain(failure);
    }
    Ok(said.replace(&format!("{}/", folder.path().display()), ""))
}

/// Writes the messages behind the refused programs of a page.
fn bless(page: &Path) {
    let text = fs::read_to_string(page).expect("the page was found a moment ago");
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    for snippet in snippets(&text) {
        let end = snippet.line - 1 + snippet.text.lines().count();
        for line in &lines[at..=end] {
            out.push_str(&format!("{line}\n"));
        }
        at = end + 1;
        if snippet.code.is_some() && (snippet.message.is_some() || is_errors(page)) {
            let said = said(&snippet).expect("documentation can be checked");
            out.push_str(&format!("\n```text\n{said}```\n"));
            if let Some(old) = snippet.message {
                while !lines[at].starts_with("```text") {
                    at += 1;
                }
                at += old.lines().count() + 2;
            }
        }
    }
    lines[at..].iter().for_each(|line| out.push_str(&format!("{line}\n")));
    if out == text {
        return;
    }
    // Other processes may be reading the page.
    let written = page.with_extension(format!("{}.new", std::process::id()));
    fs::write(&written, out).expect("the page can be written");
    fs::rename(&written, page).expect("the page can be replaced");
}
