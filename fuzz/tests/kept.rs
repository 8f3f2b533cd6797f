//! Every kept text, and some seconds of new ones.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use sdec_fuzz::holds::Target;
use sdec_fuzz::{Random, seeds, text};

/// No text may take longer, whatever else the machine does.
const LONGEST: Duration = Duration::from_secs(10);

fn holds(target: Target, name: &str, text: &str) -> bool {
    let begin = Instant::now();
    let held = catch_unwind(|| target.run(text));
    assert!(held.is_ok(), "{name} breaks a promise:\n{text}");
    assert!(begin.elapsed() < LONGEST, "{name} takes {:?}:\n{text}", begin.elapsed());
    held.is_ok_and(|sound| sound)
}

#[test]
fn promises_hold_of_kept_texts() {
    for target in Target::ALL {
        for (name, text) in seeds::kept(target) {
            holds(target, &name, &text);
        }
    }
}

/// So many new texts, of which so many are in the language.
fn promises_hold_of(target: Target, texts: u64, least: u64) {
    let donors = seeds::seeds(target);
    assert!(!donors.is_empty());
    let mut sound = 0;
    for round in 0..texts {
        let mut random = Random::new(round);
        let text = text(target, &donors, &mut random);
        sound += u64::from(holds(target, &format!("text {round}"), &text));
    }
    assert!(sound >= least, "{sound} of {texts} are in the language");
}

#[test]
fn promises_hold_of_the_parser() {
    promises_hold_of(Target::Parse, 1200, 400);
}

#[test]
fn promises_hold_of_the_checker() {
    promises_hold_of(Target::Check, 1000, 500);
}

#[test]
fn promises_hold_of_the_formatter() {
    promises_hold_of(Target::Format, 300, 180);
}

#[test]
fn promises_hold_of_representations() {
    promises_hold_of(Target::Ssa, 1000, 50);
    promises_hold_of(Target::Kernel, 1000, 50);
}
