//! What holds of every program: the ones of the repository, and random ones.

use std::fs;
use std::path::{Path, PathBuf};

use sdec_fuzz::Random;
use sdec_fuzz::disturb::disturb;
use sdec_fuzz::write::program;

use crate::{check, format, parse};

/// The programs below a folder of the repository, by path.
fn programs(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut paths = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(path).unwrap();
            paths.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "sde") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// Those that parse.
fn sound() -> Vec<(PathBuf, String)> {
    let mut all = [programs("grammar/tests"), programs("examples"), programs("stdlib")].concat();
    all.retain(|(_, text)| parse(text).is_some());
    assert!(all.len() > 70);
    all
}

#[test]
fn shown_programs_are_set_already() {
    for (path, text) in [programs("examples"), programs("stdlib"), programs("cli/src")].concat() {
        assert!(check(&text) == text, "{}: run `sdec fmt` on it", path.display());
    }
}

#[test]
fn programs_mean_the_same() {
    for (_, text) in sound() {
        check(&text);
    }
}

/// Checks that other spaces and line ends make no difference.
#[track_caller]
fn check_canonical(text: &str, random: &mut Random) {
    let disturbed = disturb(text, random);
    let (before, after) = (parse(text), parse(&disturbed));
    assert!(
        before == after,
        "the test's own fault:\n{text}\n⇒\n{disturbed}\n{before:?}\n{after:?}"
    );
    let (one, other) = (format(text), format(&disturbed));
    let differ = one.lines().zip(other.lines()).find(|(a, b)| a != b);
    assert!(one == other, "\n{text}\nand\n{disturbed}\nare set differently:\n{differ:#?}");
}

#[test]
fn spaces_and_line_ends_make_no_difference() {
    for (i, (_, text)) in sound().iter().enumerate() {
        let mut random = Random::new(i as u64);
        for _ in 0..4 {
            check_canonical(text, &mut random);
            check_canonical(&disturb(text, &mut random), &mut random);
        }
    }
}

#[test]
fn random_programs_are_set() {
    for seed in 0..250 {
        let mut random = Random::new(seed);
        let text = program(&mut random);
        assert!(parse(&text).is_some(), "the test's own fault:\n{text}");
        check(&text);
        check_canonical(&text, &mut random);
    }
}

/// The text with comments wherever a line ends, and between lines.
fn commented(text: &str, random: &mut Random) -> String {
    let mut out = String::new();
    for (i, line) in text.lines().enumerate() {
        if random.once_in(6) {
            out += &format!("{}{} above {i}\n", random.spaces(0), random.one_of(&["#", "##"]));
        }
        if random.once_in(20) {
            out.push('\n');
        }
        out += line;
        if random.once_in(5) && !line.contains('#') {
            out += &format!(" {} behind {i}", random.one_of(&["#", "##"]));
        }
        out.push('\n');
    }
    if random.once_in(3) {
        out += &format!("{}# below\n", random.spaces(0));
    }
    out
}

#[test]
fn comments_stay_wherever_they_are() {
    let mut kept = 0;
    for seed in 0..250 {
        let mut random = Random::new(seed);
        let text = disturb(&program(&mut random), &mut random);
        let text = commented(&text, &mut random);
        if parse(&text).is_some() {
            kept += 1;
            check(&text);
            check_canonical(&text, &mut random);
        }
    }
    assert!(kept > 120, "{kept}");
    for (i, (_, text)) in sound().iter().enumerate() {
        let mut random = Random::new(i as u64);
        for _ in 0..3 {
            let text = commented(&disturb(text, &mut random), &mut random);
            if parse(&text).is_some() {
                check(&text);
                check_canonical(&text, &mut random);
            }
        }
    }
}

/// Programs with parts taken out, doubled or swapped: what still parses is odd and must be set too.
#[test]
fn odd_programs_are_set() {
    let programs = sound();
    let mut random = Random::new(7);
    let mut sound = 0;
    for round in 0..3000 {
        let (_, text) = &programs[round % programs.len()];
        let mut words: Vec<&str> = text.split_inclusive([' ', '\n', '(', ')', ',']).collect();
        for _ in 0..1 + random.below(3) {
            let (i, j) = (random.below(words.len()), random.below(words.len()));
            match random.below(4) {
                0 => drop(words.remove(i)),
                1 => words.insert(i, words[j]),
                2 => words.swap(i, j),
                _ => {
                    words[i] =
                        random.one_of(&["-", "(", ")", "x", "1", "# c\n", "\n", "[i]", "dt "])
                }
            }
        }
        let text = words.concat();
        if parse(&text).is_some() {
            sound += 1;
            check(&text);
        }
    }
    assert!(sound > 150, "{sound}");
}
