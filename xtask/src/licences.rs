//! Every package that is built may be given away under a licence of this list.

use crate::metadata;

const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// One line for every package whose licence is not allowed.
pub(crate) fn problems() -> Vec<String> {
    let packages = metadata::packages();
    let refused =
        packages.iter().filter(|package| !package.licence.as_deref().is_some_and(is_allowed));
    let line = |package: &metadata::Package| {
        let licence = package.licence.as_deref().unwrap_or("none given");
        format!("{} {}: licence {licence}", package.name, package.version)
    };
    refused.map(line).collect()
}

/// Whether an SPDX expression can be met: each part of a conjunction by one of its alternatives.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let met = |alternatives: &str| {
        alternatives.split(" OR ").any(|licence| {
            ALLOWED.contains(&licence.trim_matches(|c: char| c == '(' || c == ')' || c == ' '))
        })
    };
    expression.split(" AND ").all(met)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_needs_one_alternative_of_each_part() {
        assert!(is_allowed("MIT OR GPL-3.0"));
        assert!(is_allowed("MIT/Apache-2.0"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("MIT AND GPL-3.0"));
        assert!(!is_allowed("GPL-3.0"));
    }

    #[test]
    fn every_package_may_be_given_away() {
        let problems = problems();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}
