//! What the line editor asks: how a word could go on, and whether an input is whole.

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};

use super::{help, input};

/// Completes names, commands, and letters by their name.
pub(crate) struct Helper {
    /// What the program knows, sorted.
    pub(crate) names: Vec<String>,
}

impl Helper {
    /// Knows these names.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self { names }
    }

    /// Where the word before the cursor begins, and what it could become.
    fn candidates(&self, line: &str) -> (usize, Vec<Pair>) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = line.trim_end_matches(is_word).len();
        let (before, word) = line.split_at(start);
        if before.ends_with('\\') {
            let letters = sdec_driver::letters().iter();
            let fitting = letters.filter(|(name, _)| name.starts_with(word));
            let mut pairs: Vec<Pair> =
                fitting.map(|&(name, letter)| pair(&format!("\\{name}"), letter)).collect();
            // A whole name is meant, though others go on from it.
            if let Some(whole) = pairs.iter().position(|p| p.display[1..] == *word) {
                pairs = vec![pairs.swap_remove(whole)];
            }
            return (start - 1, pairs);
        }
        if before == ":" {
            let fitting = help::COMMANDS.iter().filter(|command| command.name.starts_with(word));
            return (start, fitting.map(|command| pair(command.name, command.name)).collect());
        }
        if word.is_empty() {
            return (start, Vec::new());
        }
        let fitting = self.names.iter().filter(|name| name.starts_with(word));
        (start, fitting.map(|name| pair(name, name)).collect())
    }
}

fn pair(display: &str, replacement: &str) -> Pair {
    Pair { display: display.to_owned(), replacement: replacement.to_owned() }
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        Ok(self.candidates(&line[..at]))
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        Ok(if input::is_whole(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Hinter for Helper {
    type Hint = String;
}

impl Highlighter for Helper {}

impl rustyline::Helper for Helper {}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(line: &str) -> Vec<String> {
        let names = ["drift", "drive", "σ"].map(str::to_owned).to_vec();
        Helper::new(names).candidates(line).1.into_iter().map(|pair| pair.replacement).collect()
    }

    #[test]
    fn a_spelled_letter_becomes_the_letter() {
        assert_eq!(complete("2 * \\theta"), ["θ"]);
        assert_eq!(complete("\\eta"), ["η"]);
        assert_eq!(complete("\\the"), ["θ"]);
    }

    #[test]
    fn names_and_commands_are_completed() {
        assert_eq!(complete("1 + dri"), ["drift", "drive"]);
        assert_eq!(complete(":rel"), ["reload"]);
        assert!(complete("1 + ").is_empty());
    }
}
