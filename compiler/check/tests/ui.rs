//! Golden messages: `tests/ui/NAME.sde` is parsed and checked with the standard library, and what
//! is said must be `NAME.stderr`. `BLESS=1` writes the goldens.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let args = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ui");
    let mut programs: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("tests/ui exists")
        .map(|entry| entry.expect("tests/ui can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sde"))
        .collect();
    programs.sort();
    let trial = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || compare(&path))
    };
    libtest_mimic::run(&args, programs.into_iter().map(trial).collect()).exit();
}

fn compare(path: &Path) -> Result<(), Failed> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let actual = support::check(&name, &fs::read_to_string(path)?).messages();
    let golden = path.with_extension("stderr");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, actual)?;
        return Ok(());
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    if actual != expected {
        return Err(format!("--- expected\n{expected}--- actual\n{actual}").into());
    }
    Ok(())
}
