//! What a name of the language is, for `sdec explain`: what the library declares, and what the reference says.

use sdec_grammar::Outlined;
use sdec_grammar::ast::{Item, ItemKind};

use crate::library;

/// The reference, whose tables say in a line what each name is.
const REFERENCE: &str = include_str!("../../../docs/language.md");

/// A method, function, law, net, type, word or operator in words; nothing of a name that the language
/// does not have.
pub fn explain_name(written: &str) -> Option<String> {
    if written.is_empty() {
        return None;
    }
    let declared = declared(written);
    let mut lines = rows(written);
    lines.extend(section(written));
    if declared.is_none() && lines.is_empty() {
        lines.extend(paragraph(written));
    }
    if declared.is_none() && lines.is_empty() {
        return None;
    }
    let mut out = declared.unwrap_or_default();
    for (heading, line) in lines {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("{line}\n\nMore in docs/language.md, {heading}.\n"));
    }
    Some(out)
}

/// How the library declares a name, with what it says of it.
fn declared(name: &str) -> Option<String> {
    let named = |item: &&Item| sdec_check::names(&item.kind).iter().any(|own| own.text == name);
    let item = library::declarations().iter().map(Outlined::item).find(named)?;
    let sources = library::texts();
    let text = sources.slice(item.span);
    let header = if let ItemKind::Def(def) = &item.kind {
        let first = def.body.lets.first().map_or(def.body.result.span, |stmt| stmt.span);
        let end = first.start.saturating_sub(item.span.start) as usize;
        text.get(..end).unwrap_or(text).trim_end().trim_end_matches('=').trim_end()
    } else {
        text.lines().next().unwrap_or_default()
    };
    let doc = item.doc.as_deref().unwrap_or_default();
    let gap = if doc.is_empty() { "" } else { "\n\n" };
    let more = if matches!(item.kind, ItemKind::Method(_)) {
        format!("\n\n`sdec methods {name}` shows it; docs/methods.md compares methods.")
    } else {
        String::new()
    };
    Some(format!("{header}{gap}{doc}{more}\n"))
}

/// The rows of tables whose first cell has the name as code, with the headings above them.
fn rows(name: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (heading, line) in lines().filter(|(_, line)| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let is_named = cells.first().is_some_and(|first| names_in(first).any(|own| own == name));
        if is_named {
            found.push((heading.to_owned(), cells.join("  —  ")));
        }
    }
    found
}

/// The first paragraph below a heading with the name.
fn section(name: &str) -> Option<(String, String)> {
    let mut below = lines()
        .skip_while(|(heading, _)| !heading.split(", ").any(|own| own == name))
        .take_while(|(heading, _)| heading.split(", ").any(|own| own == name))
        .map(|(heading, line)| (heading.to_owned(), line))
        .skip_while(|(_, line)| line.is_empty() || line.starts_with('#'));
    let (heading, first) = below.next().filter(|(_, first)| !first.starts_with('|'))?;
    let rest = below.map(|(_, line)| line).take_while(|line| !line.is_empty());
    let words: Vec<&str> = std::iter::once(first).chain(rest).collect();
    Some((heading, words.join("\n")))
}

/// The first paragraph that has the name as code, of one that stands in no table.
fn paragraph(name: &str) -> Option<(String, String)> {
    let mut open: Vec<(&str, &str)> = Vec::new();
    for (heading, line) in lines().chain([("", "")]) {
        if !line.is_empty() {
            open.push((heading, line));
            continue;
        }
        let words = open.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n");
        if let Some(&(heading, _)) = open.first()
            && names_in(&words).any(|own| own == name)
        {
            return Some((heading.to_owned(), words));
        }
        open.clear();
    }
    None
}

/// The lines outside of programs, each with the heading above it.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let (mut heading, mut in_program) = ("", false);
    REFERENCE.lines().filter_map(move |line| {
        in_program ^= line.starts_with("```");
        if in_program || line.starts_with("```") {
            return None;
        }
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim();
        }
        Some((heading, line))
    })
}

/// What stands between backquotes, taken apart at spaces, up to a bracket.
fn names_in(cell: &str) -> impl Iterator<Item = &str> {
    let code = cell.split('`').skip(1).step_by(2);
    code.flat_map(|code| code.split(' ')).map(|word| word.split('(').next().unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_kinds_are_explained() {
        for (name, says) in [
            ("euler", "method euler : Ito"),
            ("Normal", "`Normal(mean, sd)`"),
            ("exp", "the usual ones"),
            ("linspace", "numbers from a to b"),
            ("dot", "def dot(x: n => Float, y: n => Float) -> Float"),
            ("MLP", "depth"),
            ("glorot", "Glorot and Bengio"),
            ("Positive", "above 0"),
            ("state", "declares what moves"),
            ("sum", "of numbers and tables"),
            ("adam", "lr = 0.001"),
            ("Series", "values with their times"),
        ] {
            let text = explain_name(name).unwrap_or_default();
            assert!(text.contains(says), "{name}: {text}");
        }
        assert_eq!(explain_name("matrix"), None);
        assert_eq!(explain_name(""), None);
    }

    /// Nothing that the language knows by name is left without a word.
    #[test]
    fn every_built_in_name_is_explained() {
        let silent: Vec<&str> =
            sdec_check::built_in_names().filter(|name| explain_name(name).is_none()).collect();
        // A text names a file; programs have no values of this type.
        assert_eq!(silent, ["Text"]);
    }
}
