//! `sdec-fuzz TARGET COUNT [FIRST]`: runs a reader on so many new texts, and says what broke it.
//!
//! Texts are numbered and depend on their number alone. One text is shown for each place of the
//! code that broke a promise, and the text that took longest.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool reports to its user")]

use std::collections::BTreeMap;
use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sdec_fuzz::holds::Target;
use sdec_fuzz::{Random, seeds, text};

/// Where the code panicked last.
static PLACE: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let target = args.first().and_then(|name| Target::ALL.into_iter().find(|it| it.name() == name));
    let number = |k: usize| args.get(k).and_then(|text| text.parse::<u64>().ok());
    let (Some(target), Some(count)) = (target, number(1)) else {
        eprintln!("usage: sdec-fuzz read|parse|check|format|ssa|kernel COUNT [FIRST]");
        return ExitCode::from(2);
    };
    set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        let message = info.payload_as_str().unwrap_or_default();
        let message: String = message.chars().take(300).collect();
        *PLACE.lock().expect("nobody panics while holding it") = format!("{place}: {message}");
    }));
    run(target, number(2).unwrap_or(0), count)
}

fn run(target: Target, first: u64, count: u64) -> ExitCode {
    let donors = seeds::seeds(target);
    let mut broken: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let (mut sound, mut slowest) = (0_u64, (Duration::ZERO, String::new()));
    let begin = Instant::now();
    for number in first..first + count {
        let text = text(target, &donors, &mut Random::new(number));
        let start = processor_time();
        match catch_unwind(|| target.run(&text)) {
            Ok(is_sound) => sound += u64::from(is_sound),
            Err(_) => {
                let place = PLACE.lock().expect("nobody panics while holding it").clone();
                let key = place.split(": ").next().unwrap_or_default().to_owned();
                let known = broken.entry(key).or_insert_with(|| {
                    println!("--- text {number} breaks {place}\n{text}");
                    (0, text.clone())
                });
                known.0 += 1;
            }
        }
        let taken = processor_time().saturating_sub(start);
        if taken > slowest.0 {
            slowest = (taken, text);
        }
        if (number + 1 - first).is_multiple_of(100_000) {
            println!("{} texts, {:.0} s", number + 1 - first, begin.elapsed().as_secs_f64());
        }
    }
    println!(
        "{count} texts from {first} on, {sound} in the language, {:.0} s, slowest {:?}, at most {} MiB",
        begin.elapsed().as_secs_f64(),
        slowest.0,
        memory().unwrap_or(0),
    );
    if slowest.0 > Duration::from_millis(200) {
        println!("--- the slowest\n{}", slowest.1);
    }
    for (place, (times, _)) in &broken {
        println!("{times} times {place}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What this thread has had of the processor: others may be busy.
fn processor_time() -> Duration {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = spent.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// The most memory that the process has had, in MiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}
