//! One work: ours with each backend, programs by hand and peers, by turns, and what came of it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::repository;

use super::binaries::Binaries;
use super::contestant::{Answer, Contestant};
use super::report::{digits, machine, table};
use super::sdec::number;
use super::works::{Against, BY_HAND, Work};
use super::{asm, floor, limit, median, peers, sdec};

/// How often each has its turn.
const TURNS: usize = 5;

/// How often ours and the programs by hand, which are quick, have theirs before the peers have it again:
/// a machine that others use too is faster in one second and slower in the next, so that who is held to
/// whom has to be measured right after him, often.
const ROUNDS: usize = 4;

/// How long all are still after a peer's turn: threads of OpenMP wait for more work by looking for it, up to
/// 200 ms after the last, and would take a processor from whoever is next.
const STILL: Duration = Duration::from_millis(400);

/// How far two means may lie apart, in standard errors of their difference.
const FAR: f64 = 5.0;

/// How far a program by hand may be from ours, in standard errors: it draws the same numbers, so that
/// only roundings differ.
const NEAR: f64 = 0.02;

/// One who takes part.
struct Entry {
    name: String,
    who: Who,
    /// Milliseconds, of each turn.
    times: Vec<f64>,
    paths: f64,
    compile: Option<f64>,
}

enum Who {
    Ours { sdec: PathBuf, backend: &'static str },
    ByHand(Contestant),
    Peer(Contestant),
}

/// The section of a work.
pub(super) fn measure(work: &Work, binaries: &Binaries) -> Result<String, String> {
    let mut versions = vec![limit::compiler()?.1];
    let mut entries = vec![Entry::ours(&binaries.plain, "cranelift")];
    entries.extend(binaries.llvm.iter().map(|sdec| Entry::ours(sdec, "llvm")));
    for (name, width) in BY_HAND {
        let (source, flags) = work.by_hand;
        let mut command = Command::new(limit::compile(source, flags, width)?);
        command.arg(work.threads.to_string());
        entries.push(Entry::new(name.to_owned(), Who::ByHand(Contestant::start(command)?)));
    }
    for (script, does) in work.peers {
        let name = format!("{script} {does}");
        let mut peer = Contestant::start(peers::command(script, does)?)
            .map_err(|error| format!("{name}: {error}"))?;
        let hello = peer.line().map_err(|error| format!("{name}: {error}"))?;
        let listed = hello["versions"].as_object().into_iter().flatten();
        for (tool, version) in listed {
            let version = format!("{tool} {}", version.as_str().unwrap_or_default());
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        let compile = hello["compile"].as_f64().map(|seconds| seconds * 1e3);
        entries.push(Entry { compile, ..Entry::new(name, Who::Peer(peer)) });
    }

    let reference = block(work, &binaries.plain, "cranelift", 1)?;
    let (paths, steps) = (number(&reference["paths"])?, number(&reference["steps"])?);
    for round in 0..TURNS * ROUNDS {
        let with_peers = round % ROUNDS == 0;
        for entry in entries.iter_mut().filter(|entry| with_peers || !entry.is_peer()) {
            entry.turn(work, &reference)?;
            if entry.is_peer() {
                std::thread::sleep(STILL);
            }
        }
    }
    let forward = forward(work, binaries)?;
    let asm = asm::findings(&binaries.plain, work)?;
    let found = Found { work, entries, paths, steps, forward };
    let value = number(&reference["value"])?;
    let mut out = format!("{}: {}\n\n", work.name, work.title);
    writeln!(
        out,
        "{}; {} thread{}, {TURNS} turns of peers, {} of the others. {}. All compute the same: {}{}, programs by hand from the \
         same random numbers.{}\n",
        machine(),
        work.threads,
        if work.threads == 1 { "" } else { "s" },
        TURNS * ROUNDS,
        versions.join(", "),
        digits(value),
        reference["stderr"].as_f64().map_or(String::new(), |e| format!(" ± {}", digits(e))),
        if work.name == "W5" {
            format!(" At most {steps} attempts a path.")
        } else {
            String::new()
        },
    )
    .expect("texts take text");
    out += &found.times();
    out.push('\n');
    out += &found.bars()?;
    out.push('\n');
    out += &found.floor()?;
    writeln!(out, " {asm}").expect("texts take text");
    Ok(out)
}

/// Our result; of one path, the time of 1000 steps is what 10,000 more take, divided by 10: what
/// starting a run takes is no part of it.
fn block(work: &Work, sdec: &Path, backend: &str, repeat: usize) -> Result<Value, String> {
    let file = repository::root().join("bench").join(work.file);
    let (threads, repeat) = (work.threads.to_string(), repeat.to_string());
    let args = ["--threads", &threads, "--backend", backend, "--repeat", &repeat];
    let mut block = sdec::block(sdec, &file, work.block, &args)?;
    if work.name == "W6" {
        let longer = [&args[..], &["--solver", "euler(dt = 1 / 11000)"]].concat();
        let longer = sdec::block(sdec, &file, work.block, &longer)?;
        let time = |block: &Value| number(&block["seconds"]["run"]);
        block["seconds"]["run"] = ((time(&longer)? - time(&block)?) / 10.0).into();
    }
    Ok(block)
}

/// Milliseconds that the value of a gradient takes alone.
fn forward(work: &Work, binaries: &Binaries) -> Result<Option<f64>, String> {
    if work.compared.is_empty() {
        return Ok(None);
    }
    let alone = Work { block: "forward", compared: &[], ..*work_of("W3f") };
    let mut times = Vec::new();
    for _ in 0..TURNS {
        let block = block(&alone, &binaries.plain, "cranelift", alone.repeat)?;
        times.push(number(&block["seconds"]["run"])? * 1e3);
    }
    Ok(Some(median(times).0))
}

fn work_of(name: &str) -> &'static Work {
    super::works::ALL.iter().find(|work| work.name == name).expect("it is listed")
}

impl Entry {
    fn new(name: String, who: Who) -> Self {
        Self { name, who, times: Vec::new(), paths: 0.0, compile: None }
    }

    fn ours(sdec: &Path, backend: &'static str) -> Self {
        Self::new(format!("sdec, {backend}"), Who::Ours { sdec: sdec.to_owned(), backend })
    }

    /// Runs it, and holds what it gives to ours.
    fn turn(&mut self, work: &Work, reference: &Value) -> Result<(), String> {
        let paths = number(&reference["paths"])?;
        match &mut self.who {
            Who::Ours { sdec, backend } => {
                let block = block(work, sdec, backend, work.repeat)?;
                for part in ["value", "stderr", "gradient"] {
                    if block[part] != reference[part] {
                        return Err(format!("{}: {backend} has another {part}", work.name));
                    }
                }
                self.times.push(number(&block["seconds"]["run"])? * 1e3);
                self.compile = Some(number(&block["seconds"]["compile"])? * 1e3);
                self.paths = paths;
            }
            Who::ByHand(program) => {
                let mut times = Vec::new();
                for _ in 0..work.repeat {
                    let answer = program.ask()?;
                    compare(work, reference, &answer, NEAR)?;
                    times.push(answer.seconds * 1e3);
                }
                self.times.push(median(times).0);
                self.paths = paths;
            }
            Who::Peer(program) => {
                let answer = program.ask().map_err(|error| format!("{}: {error}", self.name))?;
                self.paths = answer.paths.unwrap_or(paths);
                let far = FAR * (1.0 + paths / self.paths).sqrt();
                compare(work, reference, &answer, far)
                    .map_err(|error| format!("{}: {error}", self.name))?;
                self.times.push(answer.seconds * 1e3);
            }
        }
        Ok(())
    }

    fn is_peer(&self) -> bool {
        matches!(self.who, Who::Peer(_))
    }

    /// How many times as long it takes as another for so many paths: the median over the rounds that
    /// both took part in, or of the medians.
    fn over(&self, other: &Self, paths: f64) -> f64 {
        if self.times.len() != other.times.len() {
            return self.time(paths) / other.time(paths);
        }
        let share = other.paths / self.paths;
        let rounds = self.times.iter().zip(&other.times);
        median(rounds.map(|(mine, yours)| mine / yours * share).collect()).0
    }

    /// Milliseconds of so many paths.
    fn time(&self, paths: f64) -> f64 {
        median(self.times.clone()).0 / self.paths * paths
    }
}

/// Holds numbers to ours, in standard errors.
fn compare(work: &Work, ours: &Value, other: &Answer, far: f64) -> Result<(), String> {
    let mut expected = vec![(number(&ours["value"])?, spread(work, &ours["stderr"])?)];
    for &name in work.compared {
        let gradient = &ours["gradient"][name];
        let list = |part: &str| gradient[part].as_array().map_or(&[][..], Vec::as_slice);
        for (value, stderr) in list("value").iter().zip(list("stderr")) {
            expected.push((number(value)?, number(stderr)?));
        }
    }
    if expected.len() != other.values.len() {
        return Err(format!("{} numbers, not {}", other.values.len(), expected.len()));
    }
    for ((x, error), &y) in expected.into_iter().zip(&other.values) {
        let room = far * error + 1e-5 * x.abs();
        let is_near = (x - y).abs() <= room;
        if !is_near {
            return Err(format!("{}: {x} and {y} are not the same", work.name));
        }
    }
    Ok(())
}

fn spread(work: &Work, stderr: &Value) -> Result<f64, String> {
    work.spread.map_or_else(|| number(stderr), Ok)
}

/// What was measured.
struct Found<'a> {
    work: &'a Work,
    entries: Vec<Entry>,
    paths: f64,
    steps: f64,
    forward: Option<f64>,
}

impl Found<'_> {
    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    fn times(&self) -> String {
        let head =
            ["", "ms, median (best)", "million path-steps a second", "compile, ms", "Cranelift is"];
        let ours = &self.entries[0];
        let row = |entry: &Entry| {
            let (middle, least) = median(entry.times.clone());
            let some = if entry.paths == self.paths {
                String::new()
            } else {
                format!(" for {} paths", entry.paths)
            };
            let all = entry.time(self.paths);
            vec![
                entry.name.clone(),
                format!("{} ({}){some}", digits(middle), digits(least)),
                digits(self.paths * self.steps / all / 1e3),
                entry.compile.map_or("–".to_owned(), digits),
                format!("{} times as fast", digits(entry.over(ours, self.paths))),
            ]
        };
        table(&head, &self.entries.iter().map(row).collect::<Vec<_>>())
    }

    fn bars(&self) -> Result<String, String> {
        let mut rows = Vec::new();
        for bar in self.work.bars {
            let Some(ours) = self.entry(&format!("sdec, {}", bar.backend)) else { continue };
            // How many times as long as ours another takes.
            let over = |name: &str| match (name, self.forward) {
                ("forward", Some(forward)) => Ok(forward / ours.time(self.paths)),
                _ => self
                    .entry(name)
                    .map(|entry| entry.over(ours, self.paths))
                    .ok_or_else(|| format!("{name} takes no part")),
            };
            let milliseconds = ours.time(self.paths);
            let (wanted, got, met) = match bar.against {
                Against::Speed(name, factor) => {
                    let got = over(name)?;
                    (format!("≥ {factor} × {name}"), digits(got), got >= factor)
                }
                Against::Time(name, factor, or) => {
                    let got = 1.0 / over(name)?;
                    let or_less = or.map_or(String::new(), |ms| format!(", or ≤ {ms} ms"));
                    let met = got <= factor || or.is_some_and(|ms| milliseconds <= ms);
                    (format!("≤ {factor} × the time of {name}{or_less}"), digits(got), met)
                }
                Against::Milliseconds(most) if most < 0.1 => {
                    let most = most * 1e3;
                    (
                        format!("≤ {most} µs"),
                        format!("{} µs", digits(milliseconds * 1e3)),
                        milliseconds * 1e3 <= most,
                    )
                }
                Against::Milliseconds(most) => {
                    let got = format!("{} ms", digits(milliseconds));
                    (format!("≤ {most} ms"), got, milliseconds <= most)
                }
                Against::PathStep(most) => {
                    let got = milliseconds * 1e3 / self.paths / self.steps;
                    (format!("≤ {most} µs a path"), format!("{} µs", digits(got)), got <= most)
                }
            };
            let met = if met { "met" } else { "missed" };
            rows.push(vec![bar.backend.to_owned(), wanted, got, met.to_owned()]);
        }
        Ok(table(&["backend", "must reach", "reached", ""], &rows))
    }

    /// How long the operations take if nothing but them does.
    fn floor(&self) -> Result<String, String> {
        let work = self.work;
        let mut out =
            format!("Floor: {} multiply-adds or as much a path and step", digits(work.operations));
        // Vectors hold half as many doubles.
        let share = if matches!(work.name, "W1b" | "W7") { 0.5 } else { 1.0 };
        for (width, backend) in [(128, "cranelift"), (512, "llvm")] {
            let Some(ours) = self.entry(&format!("sdec, {backend}")) else { continue };
            let rate = floor::rate(width, work.threads)? * share;
            let least = work.operations * self.paths * self.steps / rate / 1e6;
            let fraction = 100.0 * least / ours.time(self.paths);
            write!(
                out,
                "; {width} bits make {} thousand million a second, which is {} ms, of which {backend} \
                 reaches {} %",
                digits(rate),
                digits(least),
                digits(fraction)
            )
            .expect("texts take text");
        }
        out.push('.');
        Ok(out)
    }
}
