//! Small programs, each about one construct of the language, give the numbers of their `expected.json` and the
//! same bits whatever runs them.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BackendChoice, BlockResult, Options, Schedule};
use sdec_tests::{agree, backends, facts, root, run, same};
use serde_json::Value as Json;

/// Numbers agree with those written down to this relative error; those below 1 absolutely.
const TOLERANCE: f64 = 1e-9;

fn main() {
    let mut args = Arguments::from_args();
    // The runs below share out threads themselves.
    args.test_threads.get_or_insert(2);
    let trials = programs().into_iter().flat_map(|program| {
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let trial = |property: &str, test: fn(&Path) -> Result<(), Failed>| {
            let program = program.clone();
            Trial::test(format!("{name}::{property}"), move || test(&program))
        };
        [
            trial("numbers", numbers_are_as_expected),
            trial("bits_f64", |program| bits_are_the_same(program, false)),
            trial("bits_f32", |program| bits_are_the_same(program, true)),
        ]
    });
    let trials = trials.chain([
        Trial::test("options::inputs", inputs_are_set),
        Trial::test("options::sizes", sizes_are_set),
        Trial::test("options::increments", increments_are_replayed),
    ]);
    libtest_mimic::run(&args, trials.collect()).exit();
}

/// The programs of `tests/run`, in order of name.
fn programs() -> Vec<PathBuf> {
    let entries =
        root().join("tests/run").read_dir().expect("the folder is part of the repository");
    let mut programs: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sde"))
        .collect();
    programs.sort();
    programs
}

/// The numbers agree with those written down; `BLESS=1` writes them.
fn numbers_are_as_expected(program: &Path) -> Result<(), Failed> {
    let file = program.with_extension("expected.json");
    let found = facts(&run(program, &Options::default())?);
    if std::env::var_os("BLESS").is_some() {
        return Ok(fs::write(file, format!("{found:#}\n"))?);
    }
    let expected: Json = serde_json::from_str(&fs::read_to_string(&file)?)?;
    Ok(agree(&found, &expected, TOLERANCE)?)
}

/// One bit pattern for the interpreter and machine code, for one and for two threads, with memory for
/// whole tapes and with the least, with paths side by side and with parts of one.
fn bits_are_the_same(program: &Path, single: bool) -> Result<(), Failed> {
    let mut first: Option<Json> = None;
    for (backend, width) in backends() {
        let setups = [(1, None, Schedule::Paths), (2, Some(0), Schedule::Axis)];
        // LLVM compiles for longer than these programs run; each of its forms takes its turn.
        let setups = match (backend, width) {
            (BackendChoice::Llvm, Some(256)) => &setups[..1],
            (BackendChoice::Llvm, _) => &setups[1..],
            (BackendChoice::Auto | BackendChoice::Interp | BackendChoice::Cranelift, _) => {
                &setups[..]
            }
        };
        for &(threads, memory, schedule) in setups {
            let (threads, schedule) = (Some(threads), Some(schedule));
            let options =
                Options { single, backend, width, threads, memory, schedule, ..Options::default() };
            let found = facts(&run(program, &options)?);
            let expected = first.get_or_insert_with(|| found.clone());
            same(expected, &found).map_err(|difference| {
                format!("{backend:?}, width {width:?}, threads {threads:?}, memory {memory:?}, {schedule:?}: {difference}")
            })?;
        }
    }
    Ok(())
}

/// `--set` of a table and of a number: k² + 2 Σ y².
fn inputs_are_set() -> Result<(), Failed> {
    let set =
        [("y", "[1, 2, 3]"), ("k", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = Options { set: set.to_vec(), ..Options::default() };
    estimate_is("inputs_from_data", "back", options, 32.0)
}

/// `--size`: 2n + 1 entries, of which each gains 1; the first 2n began at 1 and the last at 5.
fn sizes_are_set() -> Result<(), Failed> {
    let options = Options { sizes: vec![("n".to_owned(), 5)], ..Options::default() };
    estimate_is("sizes", "small", options, 26.0)
}

/// `--brownian` with three channels: the increments' sums are 5, 7 and 9, their weights 1, 2 and 3.
fn increments_are_replayed() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("increments.csv");
    fs::write(&file, "first,second,third\n1,2,3\n4,5,6\n")?;
    let options = Options { brownian: Some(file), paths: Some(1), ..Options::default() };
    estimate_is("one_number_many_channels", "end", options, 46.0)
}

/// An estimate of one of the programs has this value.
fn estimate_is(program: &str, block: &str, options: Options, value: f64) -> Result<(), Failed> {
    let file = root().join("tests/run").join(program).with_extension("sde");
    match &run(&file, &Options { blocks: vec![block.to_owned()], ..options })?[..] {
        [BlockResult::Estimate(result)] if result.value.to_bits() == value.to_bits() => Ok(()),
        [BlockResult::Estimate(result)] => Err(format!("{} is not {value}", result.value).into()),
        others => Err(format!("{} blocks ran", others.len()).into()),
    }
}
