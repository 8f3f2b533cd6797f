//! Texts with words taken out, doubled, swapped or replaced.

use crate::Random;

/// Texts that stand for a token in mutations.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "\n  ",
    "\n    ",
    "-",
    "+",
    "=",
    "~",
    ".",
    ",",
    ":",
    "\\x.",
    "for i.",
    "sum i.",
    "if",
    "then",
    "else",
    "case",
    "of",
    "let",
    "model",
    "dW",
    "dt",
    "_",
    "²",
    "·",
    "\t",
    "\u{a0}",
    "1.",
    ".5",
    "**",
    "\"",
    "'",
    "#",
    "##",
    ";",
    "θ",
    "\u{301}",
    "𝑥",
    "\r",
    "\u{feff}",
    "param",
    "init",
    "observe",
    "\0",
    "state",
    "noise",
    "->",
    "=>",
    "fit",
    "sample",
    "estimate",
    "data",
    "net",
    "method",
    "posterior",
    "1e400",
    "d",
    "dx",
    "dx/dt",
    "?",
];

/// The text with a few of its words changed, or a text of nothing but a few words.
pub fn scramble(text: &str, random: &mut Random) -> String {
    if random.once_in(10) {
        let word = |random: &mut Random| [random.one_of(PIECES), " "].concat();
        return (0..random.below(60)).map(|_| word(random)).collect();
    }
    let mut parts = words(text);
    for _ in 0..=random.below(4) {
        let (i, j) = (random.below(parts.len()), random.below(parts.len()));
        match random.below(5) {
            0 => drop(parts.remove(i)),
            1 => parts.insert(i, parts[j]),
            2 => parts.swap(i, j),
            3 if random.once_in(4) => parts.truncate(i.max(1)),
            _ => parts[i] = random.one_of(PIECES),
        }
        if parts.is_empty() {
            parts.push(" ");
        }
    }
    parts.concat()
}

/// Words, runs of spaces, and single characters of anything else.
fn words(text: &str) -> Vec<&str> {
    let joins =
        |a: char, b: char| (a.is_alphanumeric() && b.is_alphanumeric()) || a == ' ' && b == ' ';
    let mut out = Vec::new();
    let (mut start, mut last) = (0, None);
    for (at, c) in text.char_indices() {
        if last.is_some_and(|last| !joins(last, c)) {
            out.push(&text[start..at]);
            start = at;
        }
        last = Some(c);
    }
    out.push(&text[start..]);
    out
}
