//! Names of the program as names of C.

use std::collections::BTreeSet;

use crate::greek;

/// Names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// Names that stand beside those of the functions they are parameters of.
    pub(super) fn of_parameters() -> Self {
        Self { taken: LOCALS.iter().map(|&name| name.to_owned()).collect() }
    }

    /// A name of C for this one, unlike all before.
    pub(super) fn new_name(&mut self, name: &str) -> String {
        let name = identifier(name);
        let mut free = name.clone();
        let mut number = 1;
        while !self.taken.insert(free.clone()) {
            number += 1;
            free = format!("{name}_{number}");
        }
        free
    }
}

/// A name of C: Greek letters are spelled out, other letters become their numbers.
pub(super) fn identifier(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        match letter {
            _ if letter.is_ascii_alphanumeric() => out.push(letter),
            '_' | '.' | '-' | ' ' => out.push('_'),
            '\'' | '′' => out.push_str("_prime"),
            '₀'..='₉' => {
                out.push(char::from(b'0' + (u32::from(letter) - u32::from('₀')) as u8))
            }
            _ => match greek::word(letter) {
                Some(word) => out.push_str(word),
                None => out.push_str(&format!("u{:x}", u32::from(letter))),
            },
        }
    }
    if out.chars().next().is_none_or(|first| first.is_ascii_digit()) {
        out.insert(0, 'n');
    }
    if KEYWORDS.contains(&out.as_str()) { format!("{out}_") } else { out }
}

/// What the functions of a library call their own.
const LOCALS: [&str; 19] = [
    "args",
    "begin",
    "count",
    "end",
    "ended",
    "g",
    "given",
    "inputs",
    "l",
    "mode",
    "moments",
    "paths",
    "result",
    "result_code",
    "scratch",
    "seed",
    "size_t",
    "tree",
    "wanted",
];

/// Words of C and of C++ that a model may have for names.
const KEYWORDS: [&str; 40] = [
    "auto", "bool", "break", "case", "catch", "char", "class", "const", "continue", "default",
    "delete", "do", "double", "else", "enum", "extern", "float", "for", "goto", "if", "inline",
    "int", "long", "new", "operator", "private", "public", "register", "restrict", "return",
    "short", "signed", "sizeof", "static", "struct", "switch", "this", "union", "void", "while",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_c() {
        assert_eq!(identifier("σ"), "sigma");
        assert_eq!(identifier("x₀'"), "x0_prime");
        assert_eq!(identifier("f.first.A"), "f_first_A");
        assert_eq!(identifier("float"), "float_");
        assert_eq!(identifier("ж"), "u436");
        assert_eq!(identifier("3d"), "n3d");
    }

    #[test]
    fn parameters_keep_off_what_functions_call_their_own() {
        assert_eq!(Names::of_parameters().new_name("seed"), "seed_2");
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let given = ["σ", "sigma", "sigma_2", "σ"].map(|name| names.new_name(name));
        assert_eq!(given, ["sigma", "sigma_2", "sigma_2_2", "sigma_3"]);
    }
}
