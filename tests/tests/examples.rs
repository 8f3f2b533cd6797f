//! Every example gives the numbers of its `expected.json`, and the same bits whatever runs it.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BackendChoice, BlockResult, Options, Session};
use sdec_tests::{agree, backends, examples, explain, facts, run, same};
use serde_json::{Value as Json, json};

const PATHS: u64 = 64;

/// Steps of a fit whose bits are compared, where the interpreter takes its time.
const STEPS: u64 = 1;

fn main() {
    let mut args = Arguments::from_args();
    // The runs below share out threads themselves.
    args.test_threads.get_or_insert(2);
    let trials = examples().into_iter().flat_map(|(name, program)| {
        let trial = |property: &str, test: fn(&Path) -> Result<(), Failed>| {
            let program = program.clone();
            Trial::test(format!("{name}::{property}"), move || test(&program))
        };
        [
            trial("numbers", numbers_are_as_expected),
            trial("bits_f64", |program| bits_are_the_same(program, false)),
            trial("bits_f32", |program| bits_are_the_same(program, true)),
            trial("reference", the_reference_agrees),
            trial("is_explained", is_explained),
        ]
    });
    libtest_mimic::run(&args, trials.collect()).exit();
}

/// The numbers agree with those written down; `BLESS=1` writes them.
fn numbers_are_as_expected(program: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let found = brief(facts(&run(program, &quick(program, folder.path())?)?));
    if std::env::var_os("BLESS").is_some() {
        return bless(program, found);
    }
    let expected = expected(program).ok_or("expected.json is missing: run `cargo xtask bless`")?;
    Ok(agree(&found, &expected["blocks"], tolerance(program)?)?)
}

/// What was written down of a program.
fn expected(program: &Path) -> Option<Json> {
    let text = fs::read_to_string(program.with_file_name("expected.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// The names of its samples and estimates.
fn solved(program: &Path) -> Vec<String> {
    let expected = expected(program).unwrap_or_default();
    let blocks = expected["blocks"].as_object().into_iter().flatten();
    let is_solved = |facts: &Json| facts["states"].is_object() || facts["stderr"].is_number();
    blocks.filter(|(_, facts)| is_solved(facts)).map(|(name, _)| name.clone()).collect()
}

/// The options of a run that takes a few seconds: few paths, and what the page of the example calls its
/// quick mode, which `expected.json` writes down as `quick`. Fits are kept in `folder`.
fn quick(program: &Path, folder: &Path) -> Result<Options, Failed> {
    let mode = expected(program).unwrap_or_default()["quick"].take();
    let text = fs::read_to_string(program)?;
    let has_fit = text.lines().any(|line| line.starts_with("fit "));
    let data =
        mode["data"].as_object().into_iter().flatten().filter_map(|(name, file)| {
            Some((name.clone(), program.with_file_name(file.as_str()?)))
        });
    Ok(Options {
        paths: Some(PATHS),
        steps: mode["steps"].as_u64(),
        data: data.collect(),
        out: has_fit.then(|| folder.to_owned()),
        ..Options::default()
    })
}

/// Long tables, such as those of nets, by their norms.
fn brief(found: Json) -> Json {
    const LONG: usize = 32;
    match found {
        Json::Array(entries) if entries.len() > LONG && entries.iter().all(Json::is_number) => {
            let squares = entries.iter().filter_map(Json::as_f64).map(|x| x * x);
            json!({ "norm": squares.sum::<f64>().sqrt() })
        }
        Json::Array(entries) if entries.len() > LONG && entries.iter().all(Json::is_null) => {
            Json::Null
        }
        Json::Array(entries) => entries.into_iter().map(brief).collect(),
        Json::Object(fields) => {
            fields.into_iter().map(|(name, entry)| (name, brief(entry))).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => found,
    }
}

/// Keeps the tolerance, the quick mode and the method whose bits are compared of the old file.
fn bless(program: &Path, found: Json) -> Result<(), Failed> {
    let mut old = expected(program).unwrap_or_default();
    let tolerance = old["tolerance"].as_f64().unwrap_or(1e-9);
    let mut document = json!({ "paths": PATHS, "tolerance": tolerance, "blocks": found });
    for key in ["quick", "bits"] {
        if old[key].is_object() {
            document[key] = old[key].take();
        }
    }
    Ok(fs::write(program.with_file_name("expected.json"), format!("{document:#}\n"))?)
}

/// One bit pattern for the interpreter and machine code, for one and for two threads.
fn bits_are_the_same(program: &Path, single: bool) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let setups = backends().into_iter().flat_map(|(backend, width)| match backend {
        // LLVM compiles for longer than the small runs take.
        BackendChoice::Llvm => vec![((backend, width), 2)],
        BackendChoice::Auto | BackendChoice::Interp | BackendChoice::Cranelift => {
            vec![((backend, width), 1), ((backend, width), 2)]
        }
    });
    let mut first: Option<(Json, Option<Vec<u8>>)> = None;
    for (backend, threads) in setups {
        let file = folder.path().join("paths.npz");
        let found = observe(program, single, backend, threads, &file)?;
        let Some((numbers, paths)) = &first else {
            first = Some(found);
            continue;
        };
        let setup = format!("{backend:?} with {threads} threads");
        same(numbers, &found.0).map_err(|difference| format!("{setup}: {difference}"))?;
        if *paths != found.1 {
            return Err(format!("{setup}: the saved paths differ").into());
        }
    }
    Ok(())
}

/// The numbers of a small run, and the file of its paths where it has a sample.
fn observe(
    program: &Path,
    single: bool,
    (backend, width): (BackendChoice, Option<u32>),
    threads: usize,
    file: &PathBuf,
) -> Result<(Json, Option<Vec<u8>>), Failed> {
    let folder = tempfile::tempdir()?;
    let options = Options {
        steps: Some(STEPS),
        solver: expected(program).unwrap_or_default()["bits"]["solver"].as_str().map(str::to_owned),
        single,
        backend,
        width,
        threads: Some(threads),
        ..quick(program, folder.path())?
    };
    let results = run(program, &options)?;
    let samples = results.iter().any(|result| matches!(result, BlockResult::Sample(_)));
    let paths = if samples {
        let again = Some(folder.path().join("again"));
        let out = options.out.is_some().then_some(again).flatten();
        run(program, &Options { save: Some(file.clone()), out, ..options })?;
        Some(fs::read(file)?)
    } else {
        None
    };
    Ok((facts(&results), paths))
}

/// The interpreter of `ssa`, which chooses no fused multiply-adds, agrees on one path to rounding, where the
/// parameters are as they start.
fn the_reference_agrees(program: &Path) -> Result<(), Failed> {
    let blocks = solved(program);
    if blocks.is_empty() {
        return Ok(());
    }
    let options = Options { paths: Some(1), blocks, ..Options::default() };
    let session = Session::open(program, &options).map_err(explain)?;
    let tolerance = tolerance(program)?;
    for result in session.run(&mut ()).map_err(explain)? {
        let (name, found): (_, Vec<Vec<f64>>) = match result {
            BlockResult::Sample(sample) => {
                let states = sample.states.into_iter().map(|state| state.mean);
                // What is observed at one time has numbers there only.
                let seen = |all: Vec<f64>| all.into_iter().filter(|mean| !mean.is_nan()).collect();
                let observed = sample.observed.into_iter().map(|observed| seen(observed.mean));
                (sample.name, states.chain(observed).collect())
            }
            BlockResult::Estimate(estimate) => {
                let gradient = estimate.gradient.into_iter().map(|entry| entry.value);
                (estimate.name, [vec![estimate.value]].into_iter().chain(gradient).collect())
            }
            BlockResult::Fit(_) | BlockResult::Expression(_) => continue,
        };
        let reference = session.reference(&name, 0).map_err(explain)?;
        agree(&json!(found), &json!(reference), tolerance)
            .map_err(|difference| format!("{name}{difference}"))?;
    }
    Ok(())
}

/// The tolerance that `expected.json` states: larger where the model amplifies rounding.
fn tolerance(program: &Path) -> Result<f64, Failed> {
    let expected = expected(program).ok_or("expected.json is missing: run `cargo xtask bless`")?;
    Ok(expected["tolerance"].as_f64().ok_or("expected.json has no tolerance")?)
}

/// Each example has a page that shows the command that runs it.
fn is_explained(program: &Path) -> Result<(), Failed> {
    let page = fs::read_to_string(program.with_file_name("README.md"))?;
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let command = format!("cargo run --release -p sdec -- run examples/{name}/{name}.sde");
    if page.contains(&command) {
        Ok(())
    } else {
        Err(format!("README.md lacks `{command}`").into())
    }
}
