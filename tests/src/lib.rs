//! What the tests of the whole compiler share: finding files, running them, comparing results.

mod facts;

use std::path::{Path, PathBuf};

use sdec_driver::{BackendChoice, BlockResult, EstimateResult, Failure, Options, Session};

pub use facts::{agree, facts, same};

/// The root of the repository.
///
/// # Panics
///
/// Never: this crate is a folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the repository")
}

/// The examples: name and program, in order of name.
///
/// # Panics
///
/// When the repository has no examples.
pub fn examples() -> Vec<(String, PathBuf)> {
    let folder = root().join("examples");
    let entries = folder.read_dir().expect("the repository has examples");
    let mut examples: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let name = folder.file_name()?.to_str()?.to_owned();
            let program = folder.join(&name).with_extension("sde");
            program.is_file().then_some((name, program))
        })
        .collect();
    examples.sort();
    assert!(!examples.is_empty(), "the repository has examples");
    examples
}

/// What gives the interpreter's bits, which comes first: Cranelift; or in builds with LLVM, which are
/// tested beside those without, LLVM with vectors of every width that the processor has.
pub fn backends() -> Vec<(BackendChoice, Option<u32>)> {
    let mut backends = vec![(BackendChoice::Interp, None)];
    if cfg!(feature = "llvm") {
        let widths = sdec_driver::widths().into_iter();
        backends.extend(widths.map(|width| (BackendChoice::Llvm, Some(width))));
    } else {
        backends.push((BackendChoice::Cranelift, None));
    }
    backends
}

/// Checks and runs a program.
///
/// # Errors
///
/// What a user would be told, without colour.
pub fn run(program: &Path, options: &Options) -> Result<Vec<BlockResult>, String> {
    let session = Session::open(program, options).map_err(explain)?;
    if session.has_errors() {
        return Err(session.render(false));
    }
    session.run(&mut ()).map_err(explain)
}

/// The estimate of a program, which is its only block.
///
/// # Panics
///
/// It does not run, or has other blocks.
pub fn estimate(text: &str) -> EstimateResult {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    std::fs::write(&file, text).expect("the program can be written");
    match &run(&file, &Options::default()).expect("the program runs")[..] {
        [BlockResult::Estimate(result)] => result.clone(),
        others => panic!("{} blocks ran", others.len()),
    }
}

/// A failure as text.
pub fn explain(failure: Failure) -> String {
    match failure {
        Failure::Model { plain, .. } => plain,
        Failure::Usage(text) | Failure::Numeric(text) | Failure::Environment(text) => text,
        Failure::Interrupted => "interrupted".to_owned(),
    }
}
