//! Whether an input is whole.

/// Words and signs after which a line goes on below.
const OPENERS: [&str; 7] = ["=", "~", "->", ".", "then", "else", "of"];

/// Words of headers, whose block stands below.
const HEADERS: [&str; 8] =
    ["model", "net", "posterior", "objective", "estimate", "fit", "sample", "method"];

/// Whether the text can be given to the compiler: one line that opens nothing, or several that end
/// with an empty one.
pub(crate) fn is_whole(text: &str) -> bool {
    if text.trim_start().starts_with(':') || text.trim().is_empty() {
        return true;
    }
    if open_brackets(text) > 0 {
        return false;
    }
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if lines.next().is_some() {
        return text.ends_with('\n') || text.lines().last().is_some_and(|l| l.trim().is_empty());
    }
    !(opens(first) || is_header(first))
}

fn opens(line: &str) -> bool {
    let line = code(line).trim_end();
    OPENERS.iter().any(|opener| {
        let Some(before) = line.strip_suffix(opener) else { return false };
        let is_word = opener.chars().all(char::is_alphabetic);
        let joined = |c: char| c.is_alphanumeric() || c == '_';
        // `of` ends `proof`, and `.` ends `1.`.
        let alone = !before.chars().next_back().is_some_and(joined);
        if is_word { alone } else { *opener != "." || !before.ends_with(|c: char| c.is_numeric()) }
    })
}

/// Whether the line begins a declaration whose clauses stand below; `data` only with a file to read.
fn is_header(line: &str) -> bool {
    let first = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    HEADERS.contains(&first) && !code(line).contains('=') || first == "data"
}

/// The line without its comment.
fn code(line: &str) -> &str {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

/// How many brackets are open at the end.
fn open_brackets(text: &str) -> i64 {
    let mut open = 0;
    for line in text.lines() {
        let mut quoted = false;
        for c in code(line).chars() {
            match c {
                '"' => quoted = !quoted,
                '(' | '[' | '{' if !quoted => open += 1,
                ')' | ']' | '}' if !quoted => open -= 1,
                _ => {}
            }
        }
    }
    open
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
    fn several_lines_end_with_an_empty_one() {
        assert!(!is_whole("let a =\n  1"));
        assert!(is_whole("let a =\n  1\n"));
        assert!(!is_whole("f(1,\n\n"));
        assert!(!is_whole("data D(day) = csv \"d.csv\""));
    }
}
