//! A fit that is killed at any moment, and gone on with, is the fit that was not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use sdec_fit::{Folder, Opening, Optimiser, Settings, Stepped, Watch, fit};
use support::Rosenbrock;

/// Says to this program that it is the one to be killed, and where it writes.
const CHILD: &str = "SDEC_FIT_CHILD";

/// Takes its time.
struct Slow;

impl Watch for Slow {
    fn stepped(&mut self, _step: &Stepped<'_>) {
        sleep(Duration::from_micros(200));
    }
}

fn run(path: &Path) {
    let identity = "killed".to_owned();
    let opening = Opening { resume: true, identity, interval: Duration::from_millis(2) };
    let mut folder = Folder::open(path, opening).expect("the one before is gone");
    let optimiser =
        Optimiser::Adam { lr: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.0 };
    let settings = Settings { optimiser, steps: 400, starts: 3, ..Settings::default() };
    let mut rosenbrock = Rosenbrock::from(&[-1.2; 40]);
    fit(&mut rosenbrock, &settings, Some(&mut folder), &mut Slow).expect("it has values");
}

#[test]
fn killed_at_twenty_moments() {
    if let Some(path) = std::env::var_os(CHILD) {
        return run(Path::new(&path));
    }
    let folders = tempfile::tempdir().unwrap();
    let (whole, killed) = (folders.path().join("whole"), folders.path().join("killed"));
    run(&whole);
    let program = std::env::current_exe().unwrap();
    let child = |path: &Path| {
        let mut command = Command::new(&program);
        command.env(CHILD, path).stdout(Stdio::null()).stderr(Stdio::null());
        command.arg("killed_at_twenty_moments").spawn().unwrap()
    };
    let mut kills = 0;
    // Moments from a linear congruence, so that they are the same in every run of the test.
    let mut moment: u64 = 7;
    while kills < 20 {
        moment =
            moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = child(&killed);
        sleep(Duration::from_micros((moment >> 33) % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(killed.join("checkpoint.safetensors").exists(), "none of the moments was late enough");
    assert!(child(&killed).wait().unwrap().success());
    for file in ["params.safetensors", "trace.csv", "checkpoint.safetensors"] {
        assert!(fs::read(whole.join(file)).unwrap() == fs::read(killed.join(file)).unwrap());
    }
}
