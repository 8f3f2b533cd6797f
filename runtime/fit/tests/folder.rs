//! A fit that was stopped and gone on with is the fit that was not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use expect_test::expect;
use sdec_fit::{
    Fault, Folder, FolderError, Lbfgs, Objective, Opening, Optimiser, Outcome, Settings, fit,
};
use support::{Means, Patience, Rosenbrock};

fn opening(resume: bool) -> Opening {
    Opening { resume, identity: "a.b.d".to_owned(), interval: Duration::ZERO }
}

fn open(path: &Path, resume: bool) -> Folder {
    Folder::open(path, opening(resume)).expect("the folder can be used")
}

fn run(
    objective: &mut dyn Objective,
    settings: &Settings,
    folder: &mut Folder,
    steps: u64,
) -> Result<Outcome, Fault> {
    fit(objective, settings, Some(folder), &mut Patience(steps))
}

fn bits(outcome: &Outcome) -> Vec<u64> {
    let mut numbers = outcome.values.clone();
    for run in &outcome.runs {
        numbers.extend([run.objective, run.gradient_norm, run.held_out, run.steps as f64]);
        numbers.extend(&run.at);
    }
    numbers.extend(outcome.information.iter().flat_map(|found| found.stderr.clone()));
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// Runs a fit at one go, and in pieces of a few steps, each by a new process's view of the folder.
#[track_caller]
fn check(make: impl Fn() -> Box<dyn Objective>, settings: &Settings) {
    let folders = tempfile::tempdir().unwrap();
    let (whole, pieces) = (folders.path().join("whole"), folders.path().join("pieces"));
    let expected = run(&mut *make(), settings, &mut open(&whole, false), u64::MAX).unwrap();
    let mut length = 0;
    let found = loop {
        length = length % 5 + 1;
        let found = run(&mut *make(), settings, &mut open(&pieces, true), length).unwrap();
        if !found.is_interrupted {
            break found;
        }
        assert!(pieces.join("checkpoint.safetensors").exists());
    };
    assert_eq!(bits(&found), bits(&expected));
    for file in ["params.safetensors", "trace.csv", "checkpoint.safetensors"] {
        assert!(fs::read(whole.join(file)).unwrap() == fs::read(pieces.join(file)).unwrap());
    }
    let again = run(&mut *make(), settings, &mut open(&pieces, true), u64::MAX).unwrap();
    assert_eq!(bits(&again), bits(&expected), "a fit that is done stays done");
}

fn by(optimiser: Optimiser) -> Settings {
    Settings { optimiser, steps: 60, starts: 2, ..Settings::default() }
}

#[test]
fn every_optimiser_can_be_stopped_and_gone_on_with() {
    let rosenbrock = || Box::new(Rosenbrock::from(&[-1.2, 1.0])) as Box<dyn Objective>;
    let adam = Optimiser::default();
    check(rosenbrock, &by(adam.clone()));
    check(rosenbrock, &by(Optimiser::Sgd { lr: 1e-4, momentum: 0.9, nesterov: true }));
    let (alpha, epsilon) = (0.9, 1e-8);
    check(rosenbrock, &by(Optimiser::Rmsprop { lr: 0.01, alpha, epsilon, momentum: 0.5 }));
    check(rosenbrock, &by(Optimiser::Lbfgs(Lbfgs { history: 3, ..Lbfgs::default() })));
    let long = || Box::new(Rosenbrock::from(&[-1.2; 12])) as Box<dyn Objective>;
    check(long, &by(Optimiser::Lbfgs(Lbfgs::default())));

    let rows: Vec<f64> = (0..30).map(|k| f64::from(k * k % 17)).collect();
    let means = || Box::new(Means::of(&rows)) as Box<dyn Objective>;
    let batches = Settings { batch: Some(4), holdout: 0.2, patience: Some(20), ..by(adam) };
    check(means, &batches);
}

/// A function without values beyond 2, where a rate too large leads.
#[test]
fn what_was_reported_is_remembered() {
    let cliff = |x: &[f64], gradient: &mut [f64]| {
        gradient[0] = x[0] - 3.0;
        if x[0] < 2.0 { 0.5 * (x[0] - 3.0).powi(2) } else { f64::NAN }
    };
    let sgd = Optimiser::Sgd { lr: 0.4, momentum: 0.0, nesterov: false };
    let make = || Box::new(support::function(&["x"], &[0.0], cliff)) as Box<dyn Objective>;
    check(make, &by(sgd));
}

#[test]
fn two_fits_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), false);
    let error = Folder::open(folder.path(), opening(true)).expect_err("it is in use");
    let text = format!("{error}; {}", error.help().unwrap_or_default());
    expect!["another process writes to `FOLDER`; wait until it is done, or give another folder"]
        .assert_eq(&text.replace(&folder.path().display().to_string(), "FOLDER"));
    drop(first);
    open(folder.path(), false);
}

#[test]
fn another_fit_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let settings = by(Optimiser::default());
    let mut rosenbrock = Rosenbrock::from(&[-1.2, 1.0]);
    run(&mut rosenbrock, &settings, &mut open(folder.path(), false), 5).unwrap();
    for (identity, what) in [
        ("b.b.d", "the settings of the fit have"),
        ("a.c.d", "the parameters that move, their shapes or their constraints have"),
        ("a.b.c", "the model, the data, a start value or the precision has"),
    ] {
        let other = Opening { identity: identity.to_owned(), ..opening(true) };
        let error = Folder::open(folder.path(), other).expect_err("it is another");
        assert!(matches!(error, FolderError::Other { .. }));
        let text = format!("{error}; {}", error.help().unwrap_or_default());
        let text = text.replace(&folder.path().display().to_string(), "FOLDER");
        assert_eq!(
            text,
            format!(
                "cannot go on from `FOLDER/checkpoint.safetensors`: {what} changed since; \
                 give another folder with --out, or leave out --resume to begin anew"
            )
        );
    }
}

#[test]
fn an_unfinished_fit_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let settings = by(Optimiser::default());
    let mut rosenbrock = Rosenbrock::from(&[-1.2, 1.0]);
    run(&mut rosenbrock, &settings, &mut open(folder.path(), false), 5).unwrap();
    let left = fs::read(folder.path().join("checkpoint.safetensors")).unwrap();
    let mut anew = open(folder.path(), false);
    assert!(anew.remark().is_some_and(|remark| remark.contains("--resume")));
    let earlier = folder.path().join("checkpoint.earlier.safetensors");
    assert!(fs::read(&earlier).unwrap() == left);
    run(&mut rosenbrock, &settings, &mut anew, u64::MAX).unwrap();
    drop(anew);
    fs::remove_file(&earlier).unwrap();
    assert!(open(folder.path(), false).remark().is_none(), "a finished fit may be made again");
    assert!(!earlier.exists());
}

#[test]
fn a_damaged_checkpoint_is_no_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    fs::write(&path, b"not a checkpoint").unwrap();
    let error = Folder::open(folder.path(), opening(true)).expect_err("it cannot be read");
    assert!(matches!(error, FolderError::Data(_)), "{error}");
    fs::write(&path, b"\x02\0\0\0\0\0\0\0{}").unwrap();
    let error = Folder::open(folder.path(), opening(true)).expect_err("it is none");
    assert!(error.to_string().contains("no checkpoint of this version"), "{error}");
    let header = r#"{"__metadata__":{"format":"1","identity":"a.b.d"}}"#;
    let length = (header.len() as u64).to_le_bytes();
    fs::write(&path, [&length[..], header.as_bytes()].concat()).unwrap();
    let mut opened = open(folder.path(), true);
    let mut rosenbrock = Rosenbrock::from(&[-1.2, 1.0]);
    let settings = by(Optimiser::default());
    let fault = run(&mut rosenbrock, &settings, &mut opened, 5).expect_err("nothing is in it");
    assert!(matches!(fault, Fault::Environment(why) if why.contains("is damaged")));
}

#[test]
fn a_folder_that_is_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit-OU");
    fs::write(&path, "").unwrap();
    let error = Folder::open(&path, opening(false)).expect_err("it is a file");
    assert!(error.to_string().ends_with("it is not a folder"), "{error}");
}
