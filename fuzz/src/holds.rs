//! What holds of every text, for each reader. All functions panic where it does not.

use std::sync::OnceLock;

use sdec_base::{Diagnostic, Severity, SourceId, SourceMap, Span};
use sdec_check::{Cells, Disorder, Header, HeaderError, Headers, Input, Order};
use sdec_grammar::{Outlined, outline, parse_expr, parse_program, parse_type, print};
use sdec_hir::{ColumnFormat, DataFormat};

use crate::Random;
use crate::disturb::disturb;

/// A reader of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Tokens, layout, grammar, of one declaration, and nothing but messages: for large numbers.
    Read,
    /// Tokens, layout, grammar.
    Parse,
    /// Types, sizes, rules of models.
    Check,
    /// The formatter.
    Format,
    /// Texts of array programs.
    Ssa,
    /// Texts of kernels.
    Kernel,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Parse, Self::Check, Self::Format, Self::Ssa, Self::Kernel];

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Parse => "parse",
            Self::Check => "check",
            Self::Format => "format",
            Self::Ssa => "ssa",
            Self::Kernel => "kernel",
        }
    }

    /// Reads a text. Says whether it is in the reader's language.
    pub fn run(self, text: &str) -> bool {
        match self {
            Self::Read => read(text),
            Self::Parse => parse(text),
            Self::Check => check(text),
            Self::Format => format(text),
            Self::Ssa => ssa(text),
            Self::Kernel => kernel(text),
        }
    }
}

/// Messages can be drawn.
fn read(text: &str) -> bool {
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let parsed = parse_program(source, text);
    are_drawn(&parsed.diagnostics, &sources);
    parsed.diagnostics.is_empty()
}

/// The tree prints, places lie in the text and on its characters, messages can be drawn.
fn parse(text: &str) -> bool {
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let parsed = parse_program(source, text);
    print::tree(&parsed.tree);
    sdec_grammar::token_listing(source, text);
    sdec_grammar::open_end(text);
    for item in &parsed.tree.items {
        sources.slice(item.span);
    }
    for comment in &parsed.tree.comments {
        assert_eq!(sources.slice(comment.span), comment.text);
    }
    are_drawn(&parsed.diagnostics, &sources);
    if text.len() < 200 {
        are_drawn(&parse_expr(source, text).diagnostics, &sources);
        are_drawn(&parse_type(source, text).diagnostics, &sources);
    }
    parsed.diagnostics.is_empty()
}

/// Messages that a user can be shown.
fn are_drawn(found: &[Diagnostic], sources: &SourceMap) {
    for one in found {
        assert!(!one.title.is_empty() && one.labels.len() <= 3, "{one:?}");
        let words = [&one.title].into_iter().chain(one.labels.iter().map(|label| &label.text));
        let written = sources.text(one.at.source);
        for text in words.chain(&one.notes) {
            // A variable of the checker, or a name of the code, unless the program itself says so.
            let leaks = |word: &str| text.contains(word) && !written.contains(word);
            assert!(!leaks("::") && !leaks("?0"), "{text}");
        }
        for help in &one.helps {
            help.show(sources);
            let changes = help.replacements(sources);
            let apart = |pair: &[(Span, String)]| pair[0].0.end <= pair[1].0.start;
            assert!(changes.windows(2).all(apart), "two changes of one place: {help:?}");
            help.apply(sources, one.at.source);
        }
    }
    let drawn = Diagnostic::render_all(&found[..found.len().min(20)], sources, false);
    assert_eq!(drawn.is_empty(), found.is_empty());
}

/// Files with these columns and arrays, whatever their name.
struct Files;

impl Headers for Files {
    fn header(
        &self,
        format: DataFormat,
        file: &str,
        by: Option<&str>,
    ) -> Result<Header, HeaderError> {
        if file.len() % 7 == 6 {
            let message = format!("{file} cannot be read: no such file");
            return Err(HeaderError { message, help: None });
        }
        let columns = ["t", "r", "x", "y", "close", "Year", "hare", "lynx", "Time", "Subject"];
        let arrays: [(&str, &[u64]); 4] =
            [("t", &[100]), ("xs", &[8, 100, 4]), ("x", &[100, 2]), ("y", &[500])];
        Ok(match format {
            DataFormat::Csv | DataFormat::Parquet => Header::Csv {
                columns: columns.map(str::to_owned).to_vec(),
                rows: 60,
                groups: by.map(|_| 12),
            },
            DataFormat::Npz => Header::Npz {
                arrays: arrays.map(|(name, shape)| (name.to_owned(), shape.to_vec())).to_vec(),
            },
        })
    }

    fn cells(
        &self,
        _: DataFormat,
        file: &str,
        _: Option<&str>,
        _: &ColumnFormat,
        order: Order,
    ) -> Result<Cells, HeaderError> {
        let odd = file.len() % 5 == 4;
        let first = [("row 1", "2"), ("row 2", "1")];
        let first = first.map(|(row, time)| (row.to_owned(), time.to_owned()));
        let is_disordered = odd && order == Order::Increasing;
        Ok(Cells {
            missing: odd.then(|| (7, "line 12".to_owned())),
            disorder: is_disordered.then_some(Disorder { backward: 1, repeated: 0, first }),
            longest: 12,
        })
    }
}

/// A program is well formed, or an error says why there is none.
fn check(text: &str) -> bool {
    let mut sources = SourceMap::default();
    for &(name, text) in sdec_stdlib::FILES {
        sources.add(name, text);
    }
    let source = sources.add("model.sde", text);
    let parsed = parse_program(source, text);
    if parsed.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return false;
    }
    let input = Input { library: library(), program: &parsed.tree, headers: &Files };
    let (program, found) = sdec_check::check(&input);
    are_drawn(&found, &sources);
    let failed = found.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(failed, program.is_none());
    if let Some(program) = &program {
        assert!(sdec_hir::verify(program).is_ok(), "{:?}", sdec_hir::verify(program).err());
        sdec_check::summary(program);
    }
    true
}

fn library() -> &'static [Outlined] {
    static FOUND: OnceLock<Vec<Outlined>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let files = sdec_stdlib::FILES.iter().enumerate();
        files.flat_map(|(k, &(_, text))| outline(SourceId::new(k), text)).collect()
    })
}

/// The tree without places, and the comments in alphabetical order; `None` if it does not parse.
pub fn tree(text: &str) -> Option<(String, Vec<String>)> {
    let source = SourceMap::default().add("model.sde", text);
    let parsed = parse_program(source, text);
    let mut comments: Vec<String> =
        parsed.tree.comments.iter().map(|comment| comment.text.clone()).collect();
    comments.sort();
    parsed.diagnostics.is_empty().then(|| (print::tree(&parsed.tree), comments))
}

/// Setting changes neither tree nor comments, is done once, and does not depend on spaces.
fn format(text: &str) -> bool {
    let Some(before) = tree(text) else { return false };
    let set =
        |text: &str| sdec_grammar::format(SourceId::new(0), text).expect("what parses is set");
    let formatted = set(text);
    assert_eq!(tree(&formatted).as_ref(), Some(&before), "{text}\n⇒\n{formatted}");
    assert_eq!(set(&formatted), formatted, "set again:\n{formatted}");
    let seed = text.bytes().fold(0, |seed: u64, byte| seed.rotate_left(5) ^ u64::from(byte));
    let disturbed = disturb(text, &mut Random::new(seed));
    if tree(&disturbed).as_ref() == Some(&before) {
        assert_eq!(set(&disturbed), formatted, "{text}\nand\n{disturbed}");
    }
    true
}

/// What is read prints to a text that reads as the same.
fn ssa(text: &str) -> bool {
    let Ok(func) = sdec_ssa::parse(text) else { return false };
    if sdec_ssa::verify(&func).is_err() {
        return false;
    }
    let printed = func.to_string();
    let again = sdec_ssa::parse(&printed).expect("what is printed can be read");
    assert_eq!(again.to_string(), printed);
    true
}

/// The same, for kernels.
fn kernel(text: &str) -> bool {
    let Ok(kernel) = sdec_kernel::parse(text) else { return false };
    if sdec_kernel::verify(&kernel).is_err() {
        return false;
    }
    let printed = kernel.to_string();
    let again = sdec_kernel::parse(&printed).expect("what is printed can be read");
    assert_eq!(again.to_string(), printed);
    true
}
