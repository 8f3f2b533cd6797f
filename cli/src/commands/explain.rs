//! `sdec explain [CODE]`: what a diagnostic means, with a program that gives it; or a setting, or another name
//! of the language.

use sdec_driver::{Explanation, explanations};

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::output;

/// Prints the list, or one code's explanation.
pub(crate) fn run(args: &ExplainArgs) -> Result<(), Exit> {
    let Some(written) = &args.code else {
        return output::print(&list(&explanations()));
    };
    output::print(&text(written)?)
}

/// What a code means.
pub(crate) fn text(written: &str) -> Result<String, Exit> {
    if let Some(setting) = sdec_driver::explain_setting(written) {
        return Ok(setting);
    }
    let known = explanations();
    let code = written.to_uppercase();
    match known.iter().find(|entry| entry.code == code) {
        Some(entry) => Ok(format!("{} ({})\n\n{}", entry.code, entry.group, entry.text)),
        None if let Some(name) = sdec_driver::explain_name(written) => Ok(name),
        None => Err(Exit::Usage(unknown(written, &nearest(&code, &known)))),
    }
}

/// One line a code, below the name of its group.
fn list(known: &[Explanation]) -> String {
    let mut out = String::new();
    let mut group = "";
    for entry in known {
        if entry.group != group {
            let gap = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{}\n", entry.group));
            group = &entry.group;
        }
        out.push_str(&format!("  {}   {}\n", entry.code, entry.title));
    }
    out
}

fn unknown(written: &str, near: &[&str]) -> String {
    let list = "`sdec explain` lists all codes";
    if near.is_empty() {
        return format!("`{written}` is neither a code nor a name of the language; {list}");
    }
    format!("no diagnostic has the code `{written}`; near it are {}\n{list}", near.join(", "))
}

/// The three codes nearest to one that is not known: few signs differ, then the numbers are near.
fn nearest<'a>(code: &str, known: &'a [Explanation]) -> Vec<&'a str> {
    let number = |code: &str| code.get(1..).and_then(|digits| digits.parse::<u32>().ok());
    let Some(sought) = number(code) else { return Vec::new() };
    let mut ranked: Vec<(usize, u32, &str)> = Vec::new();
    for entry in known {
        let length = entry.code.len().abs_diff(code.len());
        let signs = entry.code.bytes().zip(code.bytes()).filter(|(a, b)| a != b).count();
        let distance = number(&entry.code).map_or(u32::MAX, |found| found.abs_diff(sought));
        ranked.push((length + signs, distance, &entry.code));
    }
    ranked.sort_unstable();
    ranked.into_iter().filter(|(signs, ..)| *signs <= 2).take(3).map(|(.., code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(code: &str) -> Vec<String> {
        let known = explanations();
        nearest(code, &known).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn near_codes_are_those_of_near_numbers() {
        assert_eq!(near("E0219"), ["E0212", "E0211", "E0210"]);
        assert_eq!(near("W0301")[0], "E0301");
        assert_eq!(near("θ"), Vec::<String>::new());
        assert_eq!(near("σ0301"), Vec::<String>::new());
        assert_eq!(near(""), Vec::<String>::new());
    }
}
