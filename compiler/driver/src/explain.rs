//! What every code of a diagnostic means, for `sdec explain`: the sections of `docs/errors.md`.
//!
//! The page is the only place of these texts, so what the terminal shows is what the page shows.

/// The page: a `##` heading per group, a `###` heading per code, paragraphs and programs below.
const PAGE: &str = include_str!("../../../docs/errors.md");

/// A code and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// `E0301`
    pub code: String,
    /// The heading above it: `Types and sizes`.
    pub group: String,
    /// The first statement of its text, for a list.
    pub title: String,
    /// Its text and programs without marks of Markdown; programs are indented.
    pub text: String,
}

/// All explanations in the order of the page.
pub fn explanations() -> Vec<Explanation> {
    sections(PAGE)
}

fn sections(page: &str) -> Vec<Explanation> {
    let mut found = Vec::new();
    let mut group = "";
    let mut open: Option<(&str, Vec<&str>)> = None;
    let mut in_program = false;
    for line in page.lines() {
        in_program ^= line.starts_with("```");
        let level = if in_program { 0 } else { line.chars().take_while(|c| *c == '#').count() };
        if level == 0 {
            if let Some((_, lines)) = &mut open {
                lines.push(line);
            }
            continue;
        }
        found.extend(open.take().map(|(code, lines)| explanation(group, code, &lines)));
        let heading = line[level..].trim();
        match level {
            3 => open = Some((heading, Vec::new())),
            _ => group = heading,
        }
    }
    found.extend(open.map(|(code, lines)| explanation(group, code, &lines)));
    found
}

fn explanation(group: &str, code: &str, lines: &[&str]) -> Explanation {
    Explanation {
        code: code.to_owned(),
        group: group.to_owned(),
        title: title(lines),
        text: plain(lines),
    }
}

/// The first paragraph up to the end of its first statement, on one line.
fn title(lines: &[&str]) -> String {
    let paragraph = lines.iter().skip_while(|line| line.is_empty());
    let words: Vec<&str> = paragraph.take_while(|line| !line.is_empty()).copied().collect();
    let text = words.join(" ");
    let end = [". ", ": "].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    text[..end].trim_end_matches('.').to_owned()
}

/// The lines without fences, the programs between fences indented.
fn plain(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut in_program = false;
    for line in lines {
        if line.starts_with("```") {
            in_program = !in_program;
            continue;
        }
        if in_program && !line.is_empty() {
            out.push_str("    ");
        }
        out.push_str(line);
        out.push('\n');
    }
    format!("{}\n", out.trim_matches('\n'))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_section_reads_as_plain_text() {
        let page = "# Errors\n\nAll.\n\n## Names\n\n### E0201\n\nA name that\nnothing declares: a slip. Help.\n\n\
                    ```sde E0201\n# A comment.\n\nlet a = b\n```\n\n## Sizes\n\n### E0305\n\nTwo sizes.\n";
        let found = sections(page);
        let heads = found.iter().map(|entry| [&*entry.group, &*entry.code, &*entry.title]);
        assert_eq!(
            heads.collect::<Vec<_>>(),
            [["Names", "E0201", "A name that nothing declares"], ["Sizes", "E0305", "Two sizes"]]
        );
        expect![[r"
            A name that
            nothing declares: a slip. Help.

                # A comment.

                let a = b
        "]]
        .assert_eq(&found[0].text);
        assert_eq!(found[1].text, "Two sizes.\n");
    }

    #[test]
    fn every_section_of_the_page_is_found_once() {
        let headings = PAGE.lines().filter_map(|line| line.strip_prefix("### "));
        let found = explanations();
        assert!(headings.eq(found.iter().map(|entry| entry.code.as_str())));
        for (at, entry) in found.iter().enumerate() {
            assert!(!entry.title.is_empty() && !entry.text.contains("```"), "{entry:?}");
            assert!(found[..at].iter().all(|earlier| earlier.code != entry.code), "{}", entry.code);
        }
    }
}
