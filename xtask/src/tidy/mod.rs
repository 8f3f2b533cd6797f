//! The rules of the repository that no lint knows, each a function from its files to complaints.

mod codes;
mod effects;
mod passes;
mod text;

use crate::repository::{self, File};

type Rule = fn(&[File]) -> Vec<String>;

/// Every rule, by the name of its test.
const RULES: [(&str, Rule); 11] = [
    ("files_say_what_they_are", text::heads),
    ("nothing_is_left_undone", text::unfinished),
    ("lines_end_cleanly", text::line_ends),
    ("no_machine_is_named", text::machine_paths),
    ("unsafe_lives_in_named_files", text::unsafe_files),
    ("processors_are_named_by_backends", text::processors),
    ("effects_stay_at_the_rim", effects::problems),
    ("every_code_is_shown", codes::shown),
    ("every_code_is_shown_twice", codes::shown_twice),
    ("every_code_is_explained", codes::explained),
    ("every_pass_has_a_golden", passes::problems),
];

/// One line for every breach of a rule.
pub(crate) fn problems() -> Vec<String> {
    let files = repository::files();
    RULES.iter().flat_map(|(_, rule)| rule(&files)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: Rule) {
        let problems = rule(&repository::files());
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    macro_rules! rules {
        ($($name:ident)*) => {
            $(#[test]
            fn $name() {
                let (_, rule) = RULES
                    .iter()
                    .find(|(name, _)| *name == stringify!($name))
                    .expect("every test has a rule");
                check(*rule);
            })*

            #[test]
            fn every_rule_has_a_test() {
                let tests = [$(stringify!($name)),*];
                assert_eq!(RULES.map(|(name, _)| name), tests);
            }
        };
    }

    rules! {
        files_say_what_they_are
        nothing_is_left_undone
        lines_end_cleanly
        no_machine_is_named
        unsafe_lives_in_named_files
        processors_are_named_by_backends
        effects_stay_at_the_rim
        every_code_is_shown
        every_code_is_shown_twice
        every_code_is_explained
        every_pass_has_a_golden
    }
}
