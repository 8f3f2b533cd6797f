//! Fits from the command line: estimates against closed forms, folders, and fits that are stopped.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;

/// Time between observations.
const H: f64 = 0.25;

const OU: &str =
    concat!(include_str!("../../tests/tests/fits/ou.sde"), "  optimizer = lbfgs(steps = 200)\n");

/// Numbers that look random.
fn numbers() -> impl Iterator<Item = f64> {
    let mut word: u64 = 42;
    std::iter::repeat_with(move || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (word >> 11) as f64 / 2_f64.powi(53) - 0.5
    })
}

fn series() -> Vec<f64> {
    let step = |x: &mut f64, draw: f64| {
        *x = 0.8 * *x + 0.3 + 0.7 * draw;
        Some(*x)
    };
    numbers().take(300).scan(0.5, step).collect()
}

struct Place(TempDir);

impl Place {
    fn new(program: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let lines = series().into_iter().enumerate();
        let lines: String = lines.map(|(k, y)| format!("{},{y:?}\n", H * k as f64)).collect();
        fs::write(place.path().join("d.csv"), format!("t,y\n{lines}")).unwrap();
        fs::write(place.path().join("model.sde"), program).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdec"));
        command.args(["run", "model.sde"]).args(args).current_dir(self.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Json {
        let output = self.run(&[args, &["--json"]].concat());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    fn refused(&self, args: &[&str], status: i32, says: &str) {
        let output = self.run(args);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{complaint}");
        assert!(complaint.contains(says), "{complaint}");
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }
}

/// The coefficients of the regression of each value on the one before have a closed form, and so have
/// the second derivatives of the likelihood by them; both carry over to any other parameters.
#[test]
fn an_ornstein_uhlenbeck_process_has_its_closed_form() {
    let y = series();
    let pairs: Vec<(f64, f64)> = y.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let n = pairs.len() as f64;
    let mean = |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|&(x, z)| f(x, z)).sum::<f64>() / n;
    let (mx, mz) = (mean(&|x, _| x), mean(&|_, z| z));
    let sxx = mean(&|x, _| (x - mx) * (x - mx));
    let a = mean(&|x, z| (x - mx) * (z - mz)) / sxx;
    let b = mz - a * mx;
    let s = mean(&|x, z| (z - a * x - b).powi(2));
    let values = |a: f64, b: f64, s: f64| {
        let theta = -a.ln() / H;
        [theta, b / (1.0 - a), (2.0 * theta * s / (1.0 - a * a)).sqrt()]
    };
    let covariance = |i: usize, j: usize| match (i, j) {
        (0, 0) => s / (n * sxx),
        (0, 1) | (1, 0) => -mx * s / (n * sxx),
        (1, 1) => s / n * (1.0 + mx * mx / sxx),
        (2, 2) => 2.0 * s * s / n,
        _ => 0.0,
    };
    let step = 1e-6;
    let by = |k: usize| {
        let moved = |h: f64| {
            let d = |j| if j == k { h } else { 0.0 };
            values(a + d(0), b + d(1), s + d(2))
        };
        let (up, down) = (moved(step), moved(-step));
        [0, 1, 2].map(|i| (up[i] - down[i]) / (2.0 * step))
    };
    let slopes = [by(0), by(1), by(2)];

    let place = Place::new(OU);
    let found = place.json(&[]);
    let fit = &found["blocks"][0];
    assert_eq!(fit["status"], "converged");
    for (i, name) in ["θ", "μ", "σ"].into_iter().enumerate() {
        let number = |key: &str| fit["params"][name][key].as_f64().unwrap();
        let expected = values(a, b, s)[i];
        assert!((number("value") - expected).abs() < 1e-6, "{name}: {fit}, not {expected}");
        let mut variance = 0.0;
        for j in 0..3 {
            for k in 0..3 {
                variance += slopes[j][i] * covariance(j, k) * slopes[k][i];
            }
        }
        let ratio = number("stderr") / variance.sqrt();
        assert!((ratio - 1.0).abs() < 1e-3, "{name}: {ratio}");
    }
}

#[test]
fn a_fit_leaves_its_folder_and_its_values() {
    let program = format!(
        "{OU}\nestimate level of OU\n  value = x(1e-9)\n  wrt = [μ]\n  paths = 16\n  solver = euler(dt = 1)\n"
    );
    let place = Place::new(&program.replace("init x = 0", "init x = μ"));
    let found = place.json(&["--out", "deep/fit"]);
    let blocks = &found["blocks"];
    let mu = blocks[0]["params"]["μ"]["value"].as_f64().unwrap();
    assert!((blocks[1]["value"].as_f64().unwrap() - mu).abs() < 1e-3, "{blocks:#}");
    assert_eq!(blocks[0]["out"], "deep/fit");
    let summary: Json = serde_json::from_slice(&place.bytes("deep/fit/summary.json")).unwrap();
    assert_eq!(summary["params"], blocks[0]["params"]);
    for key in ["sdec", "file", "source", "command", "seed", "per", "starts", "ties"] {
        assert!(!summary[key].is_null(), "{key}: {summary:#}");
    }
    let trace = String::from_utf8(place.bytes("deep/fit/trace.csv")).unwrap();
    assert!(trace.starts_with("start,step,objective,gradient_norm,rate,held_out\n"), "{trace}");

    // Another run evaluates at what the fit has saved.
    let params = ["level", "--params", "deep/fit/params.safetensors"];
    let again = place.json(&params);
    assert_eq!(again["blocks"][0]["value"], blocks[1]["value"]);
}

#[test]
fn the_table_shows_estimates_and_what_is_tied() {
    let tied = OU.replace("dx = θ * (μ - x) dt", "dx = θ * k * (μ - x) dt");
    let tied = tied.replace("  param μ", "  param k : Positive = 1\n  param μ");
    let place = Place::new(&tied);
    let output = place.run(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("the data cannot tell"), "{text}");
    assert!(text.contains("kept in fit-OU"), "{text}");
    assert!(text.contains("standard error") && text.contains("Positive"), "{text}");
}

/// What is learnt from and what is held out make the whole likelihood.
#[test]
fn the_last_part_of_a_single_series_is_held_out() {
    let place = Place::new(&format!("{OU}  holdout = 0.2\n"));
    let fit = &place.json(&[])["blocks"][0];
    let number = |key: &str| fit[key].as_f64().unwrap();
    let params = place.path().join("fit-OU/params.safetensors");
    let value = |data: &str| {
        let args = ["grad", "model.sde", "--params", params.to_str().unwrap(), "--json"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdec"));
        let command = command.args(args).args(["--data", data]).current_dir(place.path());
        let found: Json = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        found["value"].as_f64().unwrap()
    };
    let whole = value("D=d.csv");
    assert!(
        (number("objective") + number("held_out") - whole).abs() < 1e-9 * whole.abs(),
        "{fit:#}"
    );
    let text = fs::read_to_string(place.path().join("d.csv")).unwrap();
    let head: Vec<&str> = text.lines().take(241).collect();
    fs::write(place.path().join("head.csv"), head.join("\n")).unwrap();
    let head = value("D=head.csv");
    assert!((number("objective") - head).abs() < 1e-9 * head.abs(), "{fit:#}");
    assert_eq!(fit["rows"], 1);
}

/// Of states that are seen in turns too: what is held out has its density given all that was seen before.
#[test]
fn what_is_held_out_goes_on_from_what_was_seen() {
    let program = "
data D(k) = csv \"d.csv\"
  t : k => Time
  a : k => Float?
  b : k => Float?

model OU
  param θ : Positive = 0.8
  state x, v : Real
  noise W, B : Brownian
  init x ~ Normal(0, 1)
  init v ~ Normal(0, 1)
  dx = (v - x) dt + 0.4 dB
  dv = -θ * v dt + dW
  observe a? = x
  observe b? = v

fit OU to D
  optimizer = lbfgs(steps = 5)
  holdout = 0.3
";
    let place = Place::new(program);
    for whole in [0, 5] {
        let line = |(k, x): (usize, f64)| match (k % 3, k == whole) {
            (_, true) => format!("{k},{x},0.1\n"),
            (0, _) => format!("{k},,{x}\n"),
            _ => format!("{k},{x},\n"),
        };
        let lines: String = numbers().take(30).enumerate().map(line).collect();
        fs::write(place.path().join("d.csv"), format!("t,a,b\n{lines}")).unwrap();
        let fit = &place.json(&["--out", &format!("fit{whole}")])["blocks"][0];
        let params = place.path().join(format!("fit{whole}/params.safetensors"));
        let args = ["grad", "model.sde", "--json", "--params", params.to_str().unwrap()];
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdec"));
        let output = command.args(args).current_dir(place.path()).output().unwrap();
        let found: Json = serde_json::from_slice(&output.stdout).unwrap();
        let parts = ["objective", "held_out"].map(|key| fit[key].as_f64().unwrap());
        let whole = found["value"].as_f64().unwrap();
        assert!((parts[0] + parts[1] - whole).abs() < 1e-9 * whole.abs(), "{fit:#} {whole}");
    }
}

#[test]
fn standard_errors_in_single_precision_are_those_in_double() {
    let place = Place::new(OU);
    let [double, single] =
        [&["--out", "a"][..], &["--out", "b", "--f32"]].map(|args| place.json(args));
    for name in ["θ", "μ", "σ"] {
        let of = |found: &Json| found["blocks"][0]["params"][name]["stderr"].as_f64().unwrap();
        assert!((of(&single) / of(&double) - 1.0).abs() < 1e-3, "{name}: {single:#}");
    }
}

/// The mode of a normal level is the mean of its data, moved towards that of all.
#[test]
fn what_each_row_has_is_told() {
    let levels = include_str!("../../tests/tests/fits/levels.sde");
    let place = Place::new(&format!("{levels}  optimizer = lbfgs(steps = 100)\n"));
    let rows: [&[f64]; 4] = [&[1.4, 1.1, 1.7], &[-0.2, 0.3], &[2.2, 2.9, 2.4, 2.0], &[0.8, 1.6]];
    let mut text = "id,t,y\n".to_owned();
    for (row, own) in rows.iter().enumerate() {
        own.iter().enumerate().for_each(|(t, y)| text += &format!("{row},{t},{y}\n"));
    }
    fs::write(place.path().join("d.csv"), text).unwrap();
    let fit = &place.json(&[])["blocks"][0];
    let [μ, ω, σ] = ["μ", "ω", "σ"].map(|name| fit["params"][name]["value"].as_f64().unwrap());
    for (row, own) in rows.iter().enumerate() {
        let n = own.len() as f64;
        let rest = own.iter().sum::<f64>() - n * μ;
        let expected = ω * ω * rest / (σ * σ + n * ω * ω);
        let found = fit["effects"]["η"]["value"][row].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-8, "row {row}: {found}, not {expected}");
    }
}

/// The batches of a pass have every row once, and each counts for all: their mean is the whole.
#[test]
fn a_pass_of_batches_is_the_whole() {
    let decay = include_str!("../../tests/tests/fits/decay.sde")
        .replace("D(k) = csv \"d.csv\"", "D(row) = csv \"d.csv\" by \"id\"")
        .replace("  t : k => Time\n", "")
        .replace("y : k => Float", "y : row => Series(Float) at \"t\"");
    let still = "sgd(lr = 1e-300, steps = 3)";
    let place = Place::new(&format!("{decay}  optimizer = {still}\n  batch = 2\n"));
    let mut numbers = numbers();
    let mut text = "id,t,y\n".to_owned();
    for row in 0..6 {
        for k in 0..row + 2 {
            text += &format!("{row},{k},{}\n", 1.0 + numbers.next().unwrap());
        }
    }
    fs::write(place.path().join("d.csv"), text).unwrap();
    let fit = &place.json(&[])["blocks"][0];
    let trace = String::from_utf8(place.bytes("fit-Decay/trace.csv")).unwrap();
    let objectives =
        trace.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>());
    let objectives: Vec<f64> = objectives.collect::<Result<_, _>>().unwrap();
    let mean = objectives.iter().sum::<f64>() / objectives.len() as f64;
    let whole = fit["objective"].as_f64().unwrap();
    assert_eq!(objectives.len(), 3);
    assert!((mean - whole).abs() < 1e-9 * whole.abs(), "{mean}, {whole}: {objectives:?}");
    assert!((objectives[0] - whole).abs() > 1e-3, "batches differ: {objectives:?}");
}

/// One observation has no best scale.
#[test]
fn a_likelihood_without_bound_is_told_from_a_maximum() {
    let decay = include_str!("../../tests/tests/fits/decay.sde");
    let place = Place::new(&format!("{decay}  optimizer = lbfgs(steps = 30)\n"));
    fs::write(place.path().join("d.csv"), "t,y\n1,0.5\n").unwrap();
    let output = place.run(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("it is no minimum"), "{text}");
    let fit = &place.json(&["--out", "again"])["blocks"][0];
    assert_eq!(fit["saddle"], true, "{fit:#}");
    assert!(fit["params"]["σ"]["stderr"].is_null(), "{fit:#}");
}

/// Takes a second or so.
fn slow() -> String {
    OU.replace("lbfgs(steps = 200)", "adam(lr = 0.01, steps = 1500)") + "  starts = 2\n"
}

#[test]
fn a_fit_that_is_stopped_goes_on_to_the_same_bits() {
    let place = Place::new(&slow());
    let files = ["params.safetensors", "trace.csv", "checkpoint.safetensors"];
    let whole = place.json(&["--out", "whole"]);
    let fast = ["--out", "pieces", "--resume", "--checkpoint", "0.01"];
    for (k, draw) in numbers().take(4).enumerate() {
        let mut child = place.command(&fast).spawn().unwrap();
        sleep(Duration::from_secs_f64(0.3 + 0.5 * (draw + 0.5)));
        if k % 2 == 0 {
            child.kill().unwrap();
        } else {
            Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        }
        child.wait().unwrap();
    }
    let pieces = place.json(&fast);
    assert_eq!(whole["blocks"][0]["params"], pieces["blocks"][0]["params"]);
    for file in files {
        let [a, b] = ["whole", "pieces"].map(|folder| place.bytes(&format!("{folder}/{file}")));
        assert!(a == b, "{file} differs");
    }
}

#[test]
fn an_interrupted_fit_is_kept_and_another_may_not_write_there() {
    let place = Place::new(&slow().replace("1500", "1_000_000"));
    let mut child = place.command(&["--checkpoint", "0.01"]).spawn().unwrap();
    let checkpoint = place.path().join("fit-OU/checkpoint.safetensors");
    while !checkpoint.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(5));
    }
    place.refused(&[], 3, "another process writes to `fit-OU`");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("--resume goes on with it"), "{complaint}");

    // A disk without room for the next checkpoint leaves this one as it is.
    let kept = place.bytes("fit-OU/checkpoint.safetensors");
    let sdec = env!("CARGO_BIN_EXE_sdec");
    let line = format!(
        "ulimit -f 1; trap '' XFSZ; exec '{sdec}' run model.sde --resume --checkpoint 0.01"
    );
    let full = Command::new("bash").args(["-c", &line]).current_dir(place.path()).output().unwrap();
    let complaint = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(3), "{complaint}");
    assert!(complaint.contains("the disk is full"), "{complaint}");
    assert!(kept == place.bytes("fit-OU/checkpoint.safetensors"));

    // Another fit neither goes on with it nor overwrites it.
    place.refused(
        &["--resume", "--set", "θ=2"],
        3,
        "the model, the data, a start value or the precision has changed since",
    );
    fs::write(place.path().join("file"), "").unwrap();
    place.refused(&["--out", "file"], 3, "not a folder");
}

#[test]
fn settings_that_make_no_sense_are_located() {
    let check = |from: &str, to: &str, says: &str| {
        Place::new(&OU.replace(from, to)).refused(&[], 1, says);
    };
    check("steps = 200", "steps = 0.5", "`steps` cannot be 0.5");
    check("steps = 200", "step = 200", "`step` is not a setting of");
    check("lbfgs(steps = 200)", "adam(lr = -1)", "`lr` cannot be -1");
    check("lbfgs(steps = 200)", "newton", "`optimizer` is one of");
    let last = "lbfgs(steps = 200)\n";
    let place = Place::new(&format!("{OU}  holdout = 0.2\n"));
    fs::write(place.path().join("d.csv"), "t,y\n0,1\n1,0.5\n").unwrap();
    place.refused(&[], 1, "`holdout` needs several rows, or several times");
    check(last, &format!("{last}  clip = 1.0\n"), "`clip` does not go with lbfgs");
    check(last, &format!("{last}  schedule = sawtooth\n"), "`schedule` is one of");
    Place::new(OU).refused(&["--resume", "--save", "x.csv"], 2, "no sample is run");
}
