//! Golden messages: `tests/ui/NAME.sde` is parsed and checked with the standard library, and what
//! is said must be `NAME.stderr`. `BLESS=1` writes the goldens.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_base::{Diagnostic, Severity, SourceMap};
use sdec_check::{Header, HeaderError, Headers, Input};
use sdec_grammar::parse_program;

/// Files that the programs name.
struct Files;

impl Headers for Files {
    fn header(
        &self,
        _: sdec_hir::DataFormat,
        file: &str,
        _: Option<&str>,
    ) -> Result<Header, HeaderError> {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match file {
            "rates.csv" => {
                Ok(Header::Csv { columns: names(&["t", "r", "close"]), rows: 250, groups: None })
            }
            "walk.npz" => Ok(Header::Npz {
                arrays: vec![("t".to_owned(), vec![100]), ("xs".to_owned(), vec![8, 100, 4])],
            }),
            _ => Err(HeaderError {
                message: format!("{file} cannot be read: no such file"),
                help: Some("file names are relative to the program".to_owned()),
            }),
        }
    }
}

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
    let actual = messages(path)?;
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

/// Everything that is said about a program.
fn messages(path: &Path) -> Result<String, Failed> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut sources = SourceMap::default();
    let source = sources.add(name, fs::read_to_string(path)?);
    let parsed = parse_program(source, sources.text(source));
    let mut found = parsed.diagnostics;
    if !found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        found.extend(checked(&mut sources, &parsed.tree));
    }
    let texts = found.iter().map(|diagnostic| diagnostic.render(&sources, false));
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

fn checked(sources: &mut SourceMap, program: &sdec_grammar::ast::Program) -> Vec<Diagnostic> {
    let library: Vec<_> = sdec_stdlib::FILES
        .iter()
        .map(|(name, text)| {
            let source = sources.add(*name, *text);
            let parsed = parse_program(source, text);
            assert!(parsed.diagnostics.is_empty(), "{name}: {:?}", parsed.diagnostics);
            (source, parsed.tree)
        })
        .collect();
    let library: Vec<_> = library.iter().map(|(source, tree)| (*source, tree)).collect();
    let (program, found) =
        sdec_check::check(&Input { library: &library, program, headers: &Files });
    if let Some(program) = program {
        sdec_hir::verify(&program).expect("a checked program is well formed");
    }
    found
}
