//! `bench/results.md`: sections that are written one by one, so that one can be measured again.

use crate::repository;

/// The sections, in order.
pub(super) const SECTIONS: [&str; 11] =
    ["W1", "W1b", "W2", "W3f", "W3", "W5", "W6", "W7", "memory", "fits", "compile"];

const HEAD: &str = "# Last figures\n\nWritten by `cargo xtask bench`; `README.md` says what is measured and how.\n";

/// Prints a section and puts it into its place.
pub(super) fn write(name: &str, text: &str) -> Result<(), String> {
    eprintln!("\n{text}");
    let file = repository::root().join("bench/results.md");
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    std::fs::write(&file, replaced(&before, name, text))
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// A page with a section in its place.
fn replaced(page: &str, name: &str, text: &str) -> String {
    let mut sections: Vec<(&str, &str)> = page
        .split("\n## ")
        .skip(1)
        .filter_map(|section| Some((section.split([':', '\n']).next()?, section)))
        .filter(|(other, _)| *other != name && SECTIONS.contains(other))
        .collect();
    sections.push((name, text));
    sections.sort_by_key(|(name, _)| SECTIONS.iter().position(|section| section == name));
    let sections = sections.iter().map(|(_, text)| format!("\n## {}\n", text.trim_end()));
    HEAD.to_owned() + &sections.collect::<String>()
}

/// A table in Markdown.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut out = line(&mut head.iter().copied());
    out += &line(&mut head.iter().map(|_| "---"));
    rows.iter().for_each(|row| out += &line(&mut row.iter().map(String::as_str)));
    out
}

/// What the figures were measured on.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor", |(_, model)| model);
    format!("{cores} threads of {model}")
}

/// A number with three digits that count.
pub(super) fn digits(x: f64) -> String {
    let places = 2 - x.abs().log10().floor().clamp(-6.0, 2.0) as i32;
    format!("{x:.*}", places.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let first = replaced("", "W3", "W3: gradient\n\nold\n");
        let both = replaced(&first, "W1", "W1: paths\n\nnew");
        assert_eq!(both, format!("{HEAD}\n## W1: paths\n\nnew\n\n## W3: gradient\n\nold\n"));
        let again = replaced(&both, "W3", "W3: gradient\n\nnewer");
        assert_eq!(again, format!("{HEAD}\n## W1: paths\n\nnew\n\n## W3: gradient\n\nnewer\n"));
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!([1234.6, 12.345, 0.012_345].map(digits), ["1235", "12.3", "0.0123"]);
    }
}
