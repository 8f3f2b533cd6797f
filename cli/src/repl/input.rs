//! Whether an input is whole.

use std::io::{self, BufRead};

use sdec_driver::{OpenEnd, open_end};

/// Whether the text can be given to the compiler: one line that opens nothing, or several that end
/// with an empty one.
pub(crate) fn is_whole(text: &str) -> bool {
    if text.trim_start().starts_with(':') || text.trim().is_empty() {
        return true;
    }
    let is_last_empty = text.lines().last().is_some_and(|line| line.trim().is_empty());
    match open_end(text) {
        Some(OpenEnd::Bracket) => false,
        _ if text.lines().count() > 1 => text.ends_with('\n') || is_last_empty,
        Some(OpenEnd::Block) => false,
        None => true,
    }
}

/// The next whole input, or what there is at the end; `None` behind it.
pub(crate) fn read(lines: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok((!text.trim().is_empty()).then_some(text));
        }
        text += line.trim_end_matches(['\n', '\r']);
        if is_whole(&text) {
            return Ok(Some(text));
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_whole_unless_it_opens_something() {
        for whole in ["1 + 2", "let x = 3", ":help", "", "proof", "f(1)", "\"(\"", "1 # (", "2."] {
            assert!(is_whole(whole), "{whole}");
        }
        for open in
            ["model M", "let f =", "f(1,", "case x of", "sample M as s", "def f(x: Float) ="]
        {
            assert!(!is_whole(open), "{open}");
        }
    }

    #[test]
    fn what_the_end_leaves_open_is_an_input_too() {
        let mut lines = "1 + 2\nlet a =\n  3\n\nf(1,\n  2".as_bytes();
        let mut next = || read(&mut lines).unwrap();
        assert_eq!(next().as_deref(), Some("1 + 2"));
        assert_eq!(next().as_deref(), Some("let a =\n  3\n"));
        assert_eq!(next().as_deref(), Some("f(1,\n  2\n"));
        assert_eq!(next(), None);
    }

    #[test]
    fn several_lines_end_with_an_empty_one() {
        assert!(!is_whole("let a =\n  1"));
        assert!(is_whole("let a =\n  1\n"));
        assert!(!is_whole("f(1,\n\n"));
        assert!(!is_whole("data D(day) = csv \"d.csv\""));
    }
}
