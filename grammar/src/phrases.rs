//! What LALRPOP expects, in words: "an expression" and not the forty tokens that begin one.

/// Terminals that mean one thing together.
struct Group {
    /// What they mean.
    phrases: &'static [&'static str],
    /// It is meant where all of these are expected.
    needs: &'static [&'static str],
    /// It also says these, and `needs`.
    covers: &'static [&'static str],
    /// Whether it says all words that may be names.
    names: bool,
}

/// Tried in order: what one says is taken from the others.
const GROUPS: &[Group] = &[
    Group {
        phrases: &["a declaration", "a command"],
        needs: &["import"],
        covers: &["type", "let", "def", "param", "posterior"],
        names: false,
    },
    Group {
        phrases: &["a clause such as `state`, `init`, `dx = …` or `observe`"],
        needs: &["observe"],
        covers: &["when", "let", "def", "param", "differential"],
        names: true,
    },
    Group { phrases: &["`let`"], needs: &["let"], covers: &[], names: false },
    Group {
        phrases: &["an expression"],
        needs: &["true", "("],
        covers: &[
            "false", "[", "{", "-", "\\", "for", "if", "case", "not", "reducer", "nat", "float",
            "text",
        ],
        names: true,
    },
    Group {
        phrases: &["a differential such as `dt`"],
        needs: &["dt", "differential"],
        covers: &["_"],
        names: true,
    },
    Group {
        phrases: &["a type"],
        needs: &["nat", "(", "{"],
        covers: &["float", "-", "reducer"],
        names: true,
    },
    Group { phrases: &["a name", "a pattern"], needs: &["_", "(", "{"], covers: &[], names: true },
    Group { phrases: &["a name or `_`"], needs: &["_", "name"], covers: &["("], names: true },
    Group { phrases: &["a name or a number"], needs: &["nat", "name"], covers: &[], names: true },
    Group { phrases: &["a name"], needs: &["name"], covers: &["reducer", "dt"], names: true },
    Group {
        phrases: &["a name that begins with a capital letter"],
        needs: &["Name"],
        covers: &[],
        names: true,
    },
    Group { phrases: &["a number"], needs: &["nat"], covers: &["float"], names: false },
    Group { phrases: &["a text in quotes"], needs: &["text"], covers: &[], names: false },
    Group { phrases: &["the end of the line"], needs: &["newline"], covers: &[], names: false },
    Group { phrases: &["an indented block"], needs: &["indent"], covers: &[], names: false },
    Group { phrases: &["the end of the block"], needs: &["dedent"], covers: &[], names: false },
];

/// Words that may be names.
const NAMES: &str = " name Name size index data model net objective estimate fit sample precision \
    method repeat input state noise mark init next like given to as at from by per during ";

const OPERATORS: &str = " + - * / ^ .* ./ @ |> == != < <= > >= and or => -> ? ";

/// What goes on with an operand, as an operator does.
const SUFFIXES: &str = " ( [ . ";

/// How many things are named at most.
const HANDFUL: usize = 5;

/// What is expected, in words.
pub(crate) fn phrases(expected: &[String]) -> Vec<String> {
    let mut left: Vec<&str> = expected.iter().map(|quoted| terminal(quoted)).collect();
    left.retain(|terminal| *terminal != "broken");
    let mut out: Vec<String> = Vec::new();
    for group in GROUPS {
        if group.needs.iter().all(|terminal| left.contains(terminal)) {
            out.extend(group.phrases.iter().map(|phrase| (*phrase).to_owned()));
            left.retain(|terminal| {
                let named = group.names && is_among(NAMES, terminal);
                !named && !group.needs.contains(terminal) && !group.covers.contains(terminal)
            });
        }
    }
    if left.iter().filter(|terminal| is_among(OPERATORS, terminal)).count() > 2 {
        left.retain(|terminal| !is_among(OPERATORS, terminal) && !is_among(SUFFIXES, terminal));
        out.push("an operator".to_owned());
    }
    out.extend(left.iter().map(|terminal| format!("`{terminal}`")));
    out.truncate(HANDFUL);
    out
}

/// Whether `name` is among LALRPOP's names of terminals, which stand in quotes.
pub(crate) fn expects(expected: &[String], name: &str) -> bool {
    expected.iter().any(|quoted| terminal(quoted) == name)
}

/// The name of a terminal as the grammar has it between quotes.
fn terminal(quoted: &str) -> &str {
    match quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some("\\\\") => "\\",
        Some(name) => name,
        None => quoted,
    }
}

/// Whether `word` is among words that stand between spaces.
fn is_among(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|one| one == word)
}
