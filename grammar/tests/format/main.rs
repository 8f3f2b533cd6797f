//! The formatter: what programs look like, and that nothing but their look is changed.

#![expect(clippy::unwrap_used, reason = "a mistake in the tests may end them")]

mod layout;
mod properties;

use sdec_base::SourceMap;

/// The program set anew.
#[track_caller]
fn format(text: &str) -> String {
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    match sdec_grammar::format(source, text) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            let messages: String =
                diagnostics.iter().map(|message| message.render(&sources, false)).collect();
            panic!("{messages}\nin\n{text}")
        }
    }
}

/// The tree without places, and the comments in alphabetical order; `None` if it does not parse.
fn parse(text: &str) -> Option<(String, Vec<String>)> {
    let source = SourceMap::default().add("model.sde", text);
    let parsed = sdec_grammar::parse_program(source, text);
    let mut comments: Vec<String> =
        parsed.tree.comments.iter().map(|comment| comment.text.clone()).collect();
    comments.sort();
    parsed.diagnostics.is_empty().then(|| (sdec_grammar::print::tree(&parsed.tree), comments))
}

/// Checks what holds of every program, and gives it set anew.
#[track_caller]
fn check(text: &str) -> String {
    let formatted = format(text);
    let (before, after) = (parse(text), parse(&formatted));
    assert!(after.is_some(), "broken:\n{text}\n⇒\n{formatted}");
    let ((before, comments), (after, kept)) = before.zip(after).expect("both parse");
    assert!(before == after, "changed:\n{text}\n⇒\n{formatted}\n{before}\n⇒\n{after}");
    assert_eq!(comments, kept, "comments of:\n{text}\n⇒\n{formatted}");
    let again = format(&formatted);
    assert!(again == formatted, "not stable:\n{text}\n⇒\n{formatted}\n⇒\n{again}");
    formatted
}
