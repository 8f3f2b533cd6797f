//! The grammar for editors, applied to the programs of the repository line by line as an editor does.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use expect_test::expect;
use fancy_regex::Regex;
use serde_json::Value as Json;

/// Words that no name can be, with a part of the scope that each must have.
const WORDS: [(&str, &str); 17] = [
    ("type", "keyword"),
    ("let", "keyword"),
    ("def", "keyword"),
    ("posterior", "keyword"),
    ("param", "keyword"),
    ("observe", "keyword"),
    ("when", "keyword"),
    ("of", "keyword"),
    ("for", "keyword"),
    ("if", "keyword"),
    ("then", "keyword"),
    ("else", "keyword"),
    ("case", "keyword"),
    ("sum", "reducer"),
    ("max", "reducer"),
    ("dt", "differential"),
    ("dW", "differential"),
];

/// A `match` of the grammar: its scope, and those of its groups.
struct Rule {
    regex: Regex,
    scope: Option<String>,
    groups: Vec<(usize, String)>,
}

/// A part of a line and its scope.
type Scoped = (Range<usize>, String);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

fn json(path: &str) -> Json {
    let text = fs::read_to_string(root().join(path)).expect("the file is there");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rules() -> Vec<Rule> {
    let grammar = json("editors/sdec.tmLanguage.json");
    let mut rules = Vec::new();
    collect(&grammar["patterns"], &grammar["repository"], &mut rules);
    rules
}

/// Adds the rules of a list of patterns, those that it includes in their place.
fn collect(patterns: &Json, repository: &Json, rules: &mut Vec<Rule>) {
    for pattern in patterns.as_array().expect("patterns are a list") {
        if let Some(name) = pattern["include"].as_str() {
            let included = &repository[name.trim_start_matches('#')];
            assert!(included.is_object(), "`{name}` is not in the repository");
            collect(&Json::Array(vec![included.clone()]), repository, rules);
        } else if pattern["patterns"].is_array() {
            collect(&pattern["patterns"], repository, rules);
        } else {
            rules.push(rule(pattern));
        }
    }
}

fn rule(pattern: &Json) -> Rule {
    let source = pattern["match"].as_str().expect("a rule matches within a line");
    let scope = |name: &Json| {
        let name = name.as_str().expect("a scope is a text");
        assert!(name.ends_with(".sde"), "{name}");
        name.to_owned()
    };
    let groups = pattern["captures"].as_object().into_iter().flatten();
    Rule {
        regex: Regex::new(source).unwrap_or_else(|error| panic!("{source}: {error}")),
        scope: pattern.get("name").map(scope),
        groups: groups
            .map(|(group, found)| (group.parse().expect("a number"), scope(&found["name"])))
            .collect(),
    }
}

/// The scopes of a line: again and again the first match, of several the one whose rule comes first.
fn scopes(rules: &[Rule], line: &str) -> Vec<Scoped> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let matches = rules.iter().filter_map(|rule| {
            let captures = rule.regex.captures_from_pos(line, at).expect("no rule gives up")?;
            Some((captures.get(0)?.start(), rule, captures))
        });
        let Some((_, rule, captures)) = matches.min_by_key(|(start, ..)| *start) else { break };
        let whole = captures.get(0).expect("a match has a place").range();
        assert!(!whole.is_empty(), "{} matches nothing", rule.regex.as_str());
        found.extend(rule.scope.iter().map(|scope| (whole.clone(), scope.clone())));
        for (group, scope) in &rule.groups {
            found.extend(captures.get(*group).map(|part| (part.range(), scope.clone())));
        }
        at = whole.end;
    }
    found
}

fn scope_at(scopes: &[Scoped], at: usize) -> &str {
    scopes.iter().find(|(range, _)| range.contains(&at)).map_or("", |(_, scope)| scope)
}

/// Every example, sample of the grammar and file of the standard library.
fn programs() -> Vec<(PathBuf, String)> {
    let mut folders =
        ["examples", "grammar/tests/programs", "stdlib"].map(|path| root().join(path)).to_vec();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the repository has these folders").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "sde") {
                let text = fs::read_to_string(&path).expect("a program is text");
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 30, "only {} programs", found.len());
    found
}

/// The comment and the texts of a line, found without the grammar.
fn prose(line: &str) -> (Range<usize>, Vec<Range<usize>>) {
    let mut texts = Vec::new();
    let mut open = None;
    for (at, c) in line.char_indices() {
        match (c, open) {
            ('"', None) => open = Some(at),
            ('"', Some(start)) => {
                texts.push(start..at + 1);
                open = None;
            }
            ('#', None) => return (at..line.len(), texts),
            _ => {}
        }
    }
    (line.len()..line.len(), texts)
}

#[test]
fn comments_texts_and_code_are_told_apart() {
    let rules = rules();
    for (path, text) in programs() {
        for line in text.lines() {
            let found = scopes(&rules, line);
            let (comment, texts) = prose(line);
            for (at, c) in line.char_indices().filter(|(_, c)| !c.is_whitespace()) {
                let scope = scope_at(&found, at);
                let place = format!("{}: `{c}` of `{line}` is `{scope}`", path.display());
                let in_text = texts.iter().any(|range| range.contains(&at));
                assert_eq!(scope.starts_with("comment."), comment.contains(&at), "{place}");
                assert_eq!(scope.starts_with("string."), in_text, "{place}");
                assert!(!scope.is_empty() || "()[]{},.".contains(c), "{place}");
            }
        }
    }
}

#[test]
fn words_of_the_language_are_words_everywhere() {
    let rules = rules();
    let mut seen = [0; WORDS.len()];
    let goes_on = |c: char| c.is_alphanumeric() || "_'\u{304}".contains(c);
    for (path, text) in programs() {
        for line in text.lines() {
            let found = scopes(&rules, line);
            for (index, (word, part)) in WORDS.iter().enumerate() {
                for (at, _) in line.match_indices(word) {
                    let (before, after) = (&line[..at], &line[at + word.len()..]);
                    let inside = before.ends_with(goes_on) || after.starts_with(goes_on);
                    let scope = scope_at(&found, at);
                    let is_prose = scope.starts_with("comment.") || scope.starts_with("string.");
                    if inside || is_prose || before.ends_with('.') {
                        continue;
                    }
                    seen[index] += 1;
                    let place = format!("{}: `{word}` of `{line}` is `{scope}`", path.display());
                    assert!(scope.contains(part), "{place}");
                }
            }
        }
    }
    let unseen = WORDS.iter().zip(seen).filter(|(_, times)| *times == 0);
    let unseen: Vec<&str> = unseen.map(|((word, _), _)| *word).collect();
    assert!(unseen.is_empty(), "no program shows {unseen:?}");
}

#[test]
fn a_model_has_the_scopes_that_it_should() {
    let program = "\
## A model of data.
model OU(n = 4)  # of state
  state x̄, θ' : Real
  dx̄ = -θ' * data dt + 0.5 dW
  dh/dt = sum i. q.mean[i]
fit OU to Rates
  device = cpu(\"if # dt\")
let size = to - from
  size * index ~ f(1_000, 1e-3)
  if not true and x then { p with y = [] } else p
";
    let rules = rules();
    let mut out = String::new();
    for line in program.lines() {
        for (range, scope) in scopes(&rules, line) {
            out.push_str(&format!("{:<19} {}\n", &line[range], scope.trim_end_matches(".sde")));
        }
    }
    expect![[r###"
        ## A model of data. comment.line.documentation
        model               keyword.declaration.block
        OU                  entity.name.type
        n                   variable.other
        =                   keyword.operator
        4                   constant.numeric
        # of state          comment.line.number-sign
        state               keyword.declaration.clause
        x̄                  variable.other
        θ'                  variable.other
        :                   keyword.operator
        Real                support.type
        dx̄                 storage.type.differential
        =                   keyword.operator
        -                   keyword.operator
        θ'                  variable.other
        *                   keyword.operator
        data                variable.other
        dt                  storage.type.differential
        +                   keyword.operator
        0.5                 constant.numeric
        dW                  storage.type.differential
        dh/dt               storage.type.differential
        =                   keyword.operator
        sum                 support.function.reducer
        i                   variable.other
        q                   variable.other
        mean                variable.other.member
        i                   variable.other
        fit                 keyword.declaration.block
        OU                  entity.name.type
        to                  keyword.other.contextual
        Rates               entity.name.type
        device              variable.other.setting
        =                   keyword.operator
        cpu                 entity.name.function.call
        "if # dt"           string.quoted.double
        let                 keyword.declaration.let
        size                variable.other
        =                   keyword.operator
        to                  variable.other
        -                   keyword.operator
        from                variable.other
        size                variable.other
        *                   keyword.operator
        index               variable.other
        ~                   keyword.operator.draw
        f                   entity.name.function.call
        1_000               constant.numeric
        1e-3                constant.numeric
        if                  keyword.control
        not                 keyword.operator.logical
        true                constant.language
        and                 keyword.operator.logical
        x                   variable.other
        then                keyword.control
        p                   variable.other
        with                keyword.control
        y                   variable.other
        =                   keyword.operator
        else                keyword.control
        p                   variable.other
    "###]]
    .assert_eq(&out);
}

#[test]
fn the_extension_takes_the_grammar_as_it_is() {
    let package = json("editors/vscode/package.json");
    let grammar = &package["contributes"]["grammars"][0];
    assert_eq!(grammar["scopeName"], json("editors/sdec.tmLanguage.json")["scopeName"]);
    assert_eq!(grammar["path"], "./sdec.tmLanguage.json");
    let language = &package["contributes"]["languages"][0];
    assert_eq!(language["id"], grammar["language"]);
    let configuration = language["configuration"].as_str().expect("a path");
    json(&format!("editors/vscode/{configuration}"));
    let readme = fs::read_to_string(root().join("editors/README.md")).expect("there is a README");
    assert!(readme.contains("cp vscode/*.json sdec.tmLanguage.json"), "{readme}");
}
