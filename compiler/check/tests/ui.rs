//! Golden messages: `tests/ui/NAME.sde` is parsed and checked with the standard library, and what
//! is said must be `NAME.stderr`. `BLESS=1` writes the goldens.
//!
//! There is one error for each mistake: one in a program, or as many as its first line says it has
//! (`# 3 mistakes`).
//!
//! Every help is done: where it carries a change of the source, the changed program must not have
//! the mistake any more, and no other. A help in words alone says code only as an example.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_base::{Diagnostic, Help, Severity, SourceId};
use support::{Checked, check};

fn main() {
    let args = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ui");
    let mut programs: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("tests/ui exists")
        .map(|entry| entry.expect("tests/ui can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sde"))
        .collect();
    programs.sort();
    let trials = programs.into_iter().flat_map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let helps = path.clone();
        [
            Trial::test(name.clone(), move || compare(&path)),
            Trial::test(format!("helps of {name}"), move || do_helps(&helps)),
        ]
    });
    libtest_mimic::run(&args, trials.collect()).exit();
}

fn checked(path: &Path) -> Result<Checked, Failed> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(check(&name, &fs::read_to_string(path)?))
}

fn compare(path: &Path) -> Result<(), Failed> {
    let found = checked(path)?;
    let actual = found.messages();
    let errors = found.diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
    let mistakes = mistakes(&fs::read_to_string(path)?);
    if errors > mistakes.unwrap_or(1) || mistakes.is_some_and(|n| errors < n) {
        let mistakes = mistakes.unwrap_or(1);
        return Err(format!("{errors} errors for {mistakes} mistakes:\n{actual}").into());
    }
    let golden = path.with_extension("stderr");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, actual)?;
        return Ok(());
    }
    if found.diagnostics.iter().any(|found| found.labels.len() > 3) {
        return Err("more than three labels".into());
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    if actual != expected {
        return Err(format!("--- expected\n{expected}--- actual\n{actual}").into());
    }
    Ok(())
}

/// How many mistakes a program says it has.
fn mistakes(text: &str) -> Option<usize> {
    let first = text.lines().next()?;
    first.strip_prefix("# ")?.strip_suffix(" mistakes")?.parse().ok()
}

/// Does what each help says and looks at what is said then.
fn do_helps(path: &Path) -> Result<(), Failed> {
    let found = checked(path)?;
    for (k, diagnostic) in found.diagnostics.iter().enumerate() {
        for help in &diagnostic.helps {
            if help.edits.is_empty() {
                only_words(help)?;
            } else {
                mends(&found, k, help)?;
            }
        }
    }
    Ok(())
}

/// Code stands behind two spaces; without a change it must be called an example.
fn only_words(help: &Help) -> Result<(), Failed> {
    let example = ["as in  ", "for example  ", " is  ", " are  ", "write  ", " or  ", "read  "];
    let says_code = help.text.contains("  ") && !help.text.contains("->  .");
    if says_code && !example.iter().any(|word| help.text.contains(word)) {
        return Err(format!("`{}` proposes code but no change", help.text).into());
    }
    Ok(())
}

/// Whether the change of a help removes the `k`th message and adds none.
fn mends(found: &Checked, k: usize, help: &Help) -> Result<(), Failed> {
    let text = help.apply(&found.sources, SourceId::new(0));
    let after = check("mended.sde", &text);
    let said = |one: &Diagnostic| (one.code, one.title.clone());
    let mut allowed: Vec<_> = found.diagnostics.iter().map(said).collect();
    allowed.remove(k);
    for one in &after.diagnostics {
        let Some(at) = allowed.iter().position(|other| *other == said(one)) else {
            let help = help.show(&found.sources);
            let message = one.render(&after.sources, false);
            return Err(format!("the help\n  {help}\ngives\n{text}\nwith\n{message}").into());
        };
        allowed.remove(at);
    }
    Ok(())
}
