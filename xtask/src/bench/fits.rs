//! Fits: what a step costs beside its gradient, a short fit as a whole process, and a flow beside other tools.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::repository;

use super::binaries::Binaries;
use super::contestant::Contestant;
use super::report::{digits, machine, table};
use super::sdec::{self, number};
use super::{folder, median, peers};

/// Measurements of which the middle one counts.
const TURNS: usize = 7;

/// The section.
pub(super) fn section(binaries: &Binaries) -> Result<String, String> {
    let mut rows = step(binaries)?;
    rows.extend(series(&binaries.plain)?);
    for of in FLOWS {
        rows.extend(flow(binaries, of)?);
    }
    Ok(format!(
        "fits: steps of optimisers\n\n{}, {TURNS} turns.\n\n{}",
        machine(),
        table(&["", "median", "must reach"], &rows)
    ))
}

/// A program of the folder.
fn program(name: &str) -> PathBuf {
    repository::root().join("bench").join(name)
}

/// Which builds and backends there are.
fn backends(binaries: &Binaries) -> Vec<(&Path, &'static str)> {
    let llvm = binaries.llvm.as_deref().map(|sdec| (sdec, "llvm"));
    std::iter::once((binaries.plain.as_path(), "cranelift")).chain(llvm).collect()
}

/// Draws that are the same for ever: uniform on [-½, ½].
fn draws() -> impl Iterator<Item = f64> {
    let mut word: u64 = 42;
    std::iter::repeat_with(move || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (word >> 11) as f64 / 2_f64.powi(53) - 0.5
    })
}

/// A file of numbers for a fit, by lines.
fn file(name: &str, head: &str, lines: impl Iterator<Item = String>) -> Result<PathBuf, String> {
    let path = folder()?.join(name);
    let text = std::iter::once(head.to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
    std::fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Runs a fit into a folder that is new each time.
fn fitted(sdec: &Path, file: &PathBuf, args: &[&str]) -> Result<serde_json::Value, String> {
    let out = folder()?.join("fit");
    if out.exists() {
        std::fs::remove_dir_all(&out).map_err(|error| error.to_string())?;
    }
    let out = out.to_string_lossy().into_owned();
    // Results are kept at the end only, so that the disk is not what is measured.
    let document =
        sdec::run(sdec, file, &[args, &["--out", &out, "--checkpoint", "3600"]].concat())?;
    Ok(document["blocks"][0].clone())
}

/// Milliseconds of a step, from a long fit less a short one.
fn step(binaries: &Binaries) -> Result<Vec<Vec<String>>, String> {
    const STEPS: [u32; 2] = [20, 120];
    let names = |letter: char| (0..8).map(move |k| format!("{letter}{k}"));
    let head = names('x').chain(names('y')).collect::<Vec<_>>().join(",");
    let mut draws = draws();
    let lines = (0..512).map(|_| {
        let row: Vec<String> = draws.by_ref().take(16).map(|x| x.to_string()).collect();
        row.join(",")
    });
    let data = format!("Ends={}", file("fit_net.csv", &head, lines)?.display());
    let net = program("fit_net.sde");
    let mut rows = Vec::new();
    for (sdec, backend) in backends(binaries) {
        let common = ["--data", &data, "--backend", backend];
        let mut ratios = Vec::new();
        let (mut steps, mut gradients) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let mut times = Vec::new();
            for count in STEPS {
                let count = count.to_string();
                let args = [&["Net", "--steps", &count], &common[..]].concat();
                times.push(number(&fitted(sdec, &net, &args)?["seconds"]["run"])?);
            }
            let of_step = (times[1] - times[0]) / f64::from(STEPS[1] - STEPS[0]) * 1e3;
            let args = [&["--repeat", "50"], &common[..]].concat();
            let bare = sdec::block(sdec, &net, "bare", &args)?;
            let bare = number(&bare["seconds"]["run"])? * 1e3;
            ratios.push(of_step / bare);
            steps.push(of_step);
            gradients.push(bare);
        }
        let ([of_step, bare], ratio) = ([steps, gradients].map(|x| median(x).0), median(ratios).0);
        rows.push(vec![
            format!("a step of Adam, 512 rows of W3's net, {backend}"),
            format!("{} ms; gradient {} ms; {ratio:.3}", digits(of_step), digits(bare)),
            format!("ratio ≤ 1.05: {}", verdict(ratio <= 1.05)),
        ]);
    }
    Ok(rows)
}

/// Seconds of a whole process.
fn series(sdec: &Path) -> Result<Vec<Vec<String>>, String> {
    let mut x = 0.5;
    let lines = draws().take(2_000).enumerate().map(|(k, draw)| {
        x = 0.8 * x + 0.3 + 0.7 * draw;
        format!("{},{x}", 0.25 * k as f64)
    });
    let data = format!("Series={}", file("fit_ou.csv", "t,y", lines)?.display());
    let (mut times, mut steps) = (Vec::new(), 0);
    for _ in 0..TURNS {
        let begin = Instant::now();
        let fit = fitted(sdec, &program("fit_ou.sde"), &["--data", &data])?;
        times.push(begin.elapsed().as_secs_f64());
        let starts = fit["starts"].as_array().map_or(&[][..], Vec::as_slice);
        steps = starts.iter().filter_map(|start| start["steps"].as_u64()).sum();
    }
    let of_thousand = median(times).0 / steps.max(1) as f64 * 1e3;
    Ok(vec![vec![
        "1000 steps of L-BFGS, Ornstein–Uhlenbeck, 2000 points, whole process".to_owned(),
        format!("{} s, of {steps} steps from 80 starts", digits(of_thousand)),
        format!("≤ 0.3 s: {}", verdict(of_thousand <= 0.3)),
    ]])
}

/// A flow that is learnt, which peers call by its short name.
struct Flow {
    name: &'static str,
    program: &'static str,
    short: &'static str,
}

const FLOWS: [Flow; 2] = [
    Flow { name: "a flow by a net of two hidden layers", program: "fit_cnf.sde", short: "CNF" },
    Flow { name: "torchdiffeq's example of a flow", program: "fit_planar.sde", short: "planar" },
];

/// Seconds of a thousand steps of a flow, and of what others take for them.
fn flow(binaries: &Binaries, of: Flow) -> Result<Vec<Vec<String>>, String> {
    let mut rows = Vec::new();
    let mut best = f64::INFINITY;
    for (sdec, backend) in backends(binaries) {
        let fit = fitted(sdec, &program(of.program), &["--backend", backend])?;
        let seconds = number(&fit["seconds"]["run"])?;
        best = best.min(seconds);
        let name = format!("1000 steps of Adam, {}, {backend}", of.name);
        rows.push(vec![name, format!("{} s", digits(seconds)), String::new()]);
    }
    for (script, way, name, least) in [
        ("diffrax_cnf", "", "diffrax", 8.0),
        ("torchdiffeq", ",steps", "torchdiffeq", 20.0),
        ("torchdiffeq", ",adjoint", "torchdiffeq, by its adjoint", 20.0),
    ] {
        let work = format!("{}{way}", of.short);
        let mut peer = Contestant::start(peers::command(script, &work)?)?;
        peer.line()?;
        let mut times = Vec::new();
        for _ in 0..TURNS {
            let answer = peer.ask()?;
            times.push(answer.seconds / answer.paths.unwrap_or(1.0) * 1e3);
        }
        let (seconds, _) = median(times);
        let ratio = seconds / best;
        rows.push(vec![
            format!("the same in {name}"),
            format!("{} s", digits(seconds)),
            format!("≥ {least} × ours: {ratio:.1}, {}", verdict(ratio >= least)),
        ]);
    }
    Ok(rows)
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
