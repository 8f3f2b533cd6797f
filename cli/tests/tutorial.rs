//! The tutorial: each program that is followed by a ` ```text ` block prints what stands there.
//! `BLESS=1` writes these blocks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The page.
fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tutorial.md")
}

/// What `sdec run` prints, without the line that says how long it took.
fn printed(folder: &Path, program: &str) -> String {
    fs::write(folder.join("model.sde"), program).expect("the folder is ours");
    let output = Command::new(env!("CARGO_BIN_EXE_sdec"))
        .args(["run", "--quiet", "model.sde"])
        .current_dir(folder)
        .output()
        .expect("sdec starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("sdec prints UTF-8");
    let lines =
        text.lines().filter(|line| !line.contains(" threads · ") && !line.contains(" thread · "));
    let lines: Vec<&str> = lines.collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// The page with what its programs print.
fn run(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut out = String::new();
    let mut program = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let body: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        let mut words = info.split_whitespace();
        let body = match (words.next(), words.next()) {
            (Some("sde"), _) => {
                program.clone_from(&body);
                body
            }
            (Some("csv"), Some(name)) => {
                fs::write(folder.path().join(name), &body).expect("the folder is ours");
                body
            }
            (Some("text"), _) => printed(folder.path(), &program),
            _ => body,
        };
        out.push_str(&format!("{body}```\n"));
    }
    out
}

#[test]
fn programs_print_what_the_page_says() {
    let text = fs::read_to_string(page()).expect("the tutorial is there");
    let found = run(&text);
    if std::env::var_os("BLESS").is_some() {
        fs::write(page(), found).expect("the page can be written");
        return;
    }
    for (line, (said, found)) in text.lines().zip(found.lines()).enumerate() {
        assert_eq!(said, found, "docs/tutorial.md:{}", line + 1);
    }
    assert_eq!(text.lines().count(), found.lines().count());
}
