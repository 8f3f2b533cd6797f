//! What a user is told when a program that reads well cannot be run: each `refused/*.sde` against its `.stderr`.
//!
//! Mistakes that the checker finds by itself have their programs beside the checker. `BLESS=1` rewrites the texts.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::Options;
use sdec_tests::{root, run};

fn main() {
    let args = Arguments::from_args();
    let trials = programs().into_iter().map(|program| {
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || is_refused(&program))
    });
    libtest_mimic::run(&args, trials.collect()).exit();
}

fn programs() -> Vec<PathBuf> {
    let folder = root().join("tests/refused");
    let entries = folder.read_dir().expect("the programs are there").flatten();
    let mut programs: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "sde"))
        .collect();
    programs.sort();
    programs
}

fn is_refused(program: &Path) -> Result<(), Failed> {
    let Err(text) = run(program, &Options::default()) else {
        return Err("the program ran".into());
    };
    let text = text.replace(&format!("{}/", root().display()), "");
    let file = program.with_extension("stderr");
    if std::env::var_os("BLESS").is_some() {
        return Ok(fs::write(file, text)?);
    }
    let expected = fs::read_to_string(&file).map_err(|_| "no .stderr: run `cargo xtask bless`")?;
    if text == expected {
        Ok(())
    } else {
        Err(format!("expected\n{expected}\nfound\n{text}").into())
    }
}
