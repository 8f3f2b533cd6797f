//! W2: a whole process, from its start to the first result.

use std::path::Path;
use std::time::Instant;

use crate::repository;

use super::binaries::Binaries;
use super::report::{digits, machine, table};
use super::sdec::number;
use super::{median, sdec};

const REPEATS: usize = 41;

/// Most milliseconds of the process, and of making machine code.
const BARS: [f64; 2] = [15.0, 5.0];

/// The section.
pub(super) fn section(binaries: &Binaries) -> Result<String, String> {
    let file = repository::root().join("bench/lorenz.sde");
    let one = |sdec: &Path| -> Result<[f64; 5], String> {
        let begin = Instant::now();
        let block = sdec::block(sdec, &file, "end", &["--paths", "16", "--backend", "cranelift"])?;
        let process = begin.elapsed().as_secs_f64() * 1e3;
        let time = |part: &str| Ok::<_, String>(number(&block["seconds"][part])? * 1e3);
        Ok([process, time("check")?, time("compile")?, time("codegen")?, time("run")?])
    };
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..REPEATS {
        for (times, time) in times.iter_mut().zip(one(&binaries.plain)?) {
            times.push(time);
        }
    }
    let names = ["whole process", "check", "lower and compile", "of which Cranelift", "run"];
    let bars = [Some(BARS[0]), None, None, Some(BARS[1]), None];
    let rows = names.iter().zip(times).zip(bars).map(|((name, times), bar)| {
        let (middle, least) = median(times);
        let bar = bar.map_or(String::new(), |most| {
            let met = if middle <= most { "met" } else { "missed" };
            format!("≤ {most} ms: {met}")
        });
        vec![(*name).to_owned(), format!("{} ({})", digits(middle), digits(least)), bar]
    });
    Ok(format!(
        "W2: check, compile and first result of Lorenz, 16 paths × 1000 steps\n\n{}, {REPEATS} processes.\n\n{}",
        machine(),
        table(&["", "ms, median (best)", "must reach"], &rows.collect::<Vec<_>>())
    ))
}
