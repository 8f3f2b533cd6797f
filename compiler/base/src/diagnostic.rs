//! What is said to a user about their program, and how it is drawn.
//!
//! A diagnostic says the facts with their places, then what to do. The texts are made by the crate
//! that finds the mistake (`check/error.rs`, `grammar/recover.rs`); this file only carries and
//! draws them.

use ariadne::{CharSet, Config, IndexType, Label as AriadneLabel, Report, ReportKind};

use crate::excerpt::Excerpt;
use crate::{Help, SourceId, SourceMap, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs until this is mended.
    Error,
    /// It runs, but probably not as meant.
    Warning,
}

/// A place and what is found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is found there, in a few words.
    pub text: String,
}

/// One message to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// `E0301`: stable, explained by `sdec explain`.
    pub code: &'static str,
    /// The problem in one line, in words of the domain.
    pub title: String,
    /// The place that the header names.
    pub at: Span,
    /// At most three places with what was found there.
    pub labels: Vec<Label>,
    /// What to do, with the change that does it where possible.
    pub helps: Vec<Help>,
    /// The reason, once.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error at `at`.
    pub fn error(code: &'static str, title: impl Into<String>, at: Span) -> Self {
        Self {
            severity: Severity::Error,
            code,
            title: title.into(),
            at,
            labels: Vec::new(),
            helps: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A warning at `at`.
    pub fn warning(code: &'static str, title: impl Into<String>, at: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, title, at) }
    }

    /// Adds what is found at `span`.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds what to do, in words. The methods below add to it the change that does it.
    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        self.with_help(Help::new(text))
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: Help) -> Self {
        self.helps.push(help);
        self
    }

    /// The last help puts `text` in the place of `at`.
    #[must_use]
    pub fn edit(self, at: Span, text: impl Into<String>) -> Self {
        self.change(|help| help.edit(at, text))
    }

    /// The last help puts `text` directly before `at`.
    #[must_use]
    pub fn put_before(self, at: Span, text: impl Into<String>) -> Self {
        self.change(|help| help.put_before(at, text))
    }

    /// The last help puts `text` directly after `at`.
    #[must_use]
    pub fn put_after(self, at: Span, text: impl Into<String>) -> Self {
        self.change(|help| help.put_after(at, text))
    }

    /// The last help puts texts directly before and directly after `at`.
    #[must_use]
    pub fn wrap(self, at: Span, before: impl Into<String>, after: impl Into<String>) -> Self {
        self.change(|help| help.wrap(at, before, after))
    }

    /// The last help puts `text` on a line of its own above that of `at`.
    #[must_use]
    pub fn line_above(self, at: Span, text: impl Into<String>) -> Self {
        self.change(|help| help.line_above(at, text))
    }

    /// The last help puts `text` on a line of its own below that of `at`.
    #[must_use]
    pub fn line_below(self, at: Span, text: impl Into<String>) -> Self {
        self.change(|help| help.line_below(at, text))
    }

    fn change(mut self, by: impl FnOnce(Help) -> Help) -> Self {
        let help = self.helps.pop().expect("a change belongs to a help");
        self.with_help(by(help))
    }

    /// Adds the reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Draws the message with the lines that it talks about, ending in a newline.
    pub fn render(&self, sources: &SourceMap, colour: bool) -> String {
        self.draw(&mut Cache::new(sources), colour)
    }

    /// Draws messages with an empty line between them. A text is split into lines once for all.
    pub fn render_all(found: &[Self], sources: &SourceMap, colour: bool) -> String {
        let mut cache = Cache::new(sources);
        let texts: Vec<String> = found.iter().map(|one| one.draw(&mut cache, colour)).collect();
        texts.join("\n")
    }

    fn draw(&self, cache: &mut Cache<'_>, colour: bool) -> String {
        let excerpts = self.excerpts(cache.sources);
        if excerpts.is_empty() {
            return self.draw_at(cache, colour, &|span| span);
        }
        let sources = cache.sources;
        let mut cut = Cache::new(sources);
        for (source, excerpt) in &excerpts {
            cut.split.insert(*source, ariadne::Source::from(excerpt.text.as_str()));
        }
        let moved = |span: Span| match excerpts.get(&span.source) {
            Some(excerpt) => {
                let place = |byte: u32| excerpt.place(byte as usize);
                Span::new(span.source, place(span.start), place(span.end))
            }
            None => span,
        };
        let drawn = self.draw_at(&mut cut, colour, &moved);
        // The header says the column of the whole line.
        let Some(excerpt) = excerpts.get(&self.at.source) else { return drawn };
        let name = sources.name(self.at.source);
        let (line, column) = sources.line_column(self.at);
        let start = moved(self.at).start as usize;
        let before = excerpt.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let shown = excerpt.text[before..start].chars().count() + 1;
        let [shown, column] = [shown, column].map(|column| format!("{name}:{line}:{column}"));
        drawn.replacen(&shown, &column, 1)
    }

    /// The texts whose lines are too long to be drawn whole.
    fn excerpts(&self, sources: &SourceMap) -> std::collections::BTreeMap<SourceId, Excerpt> {
        let spans = || self.labels.iter().map(|label| label.span).chain([self.at]);
        let cut = spans().filter_map(|Span { source, .. }| {
            let places = spans().filter(|span| span.source == source);
            let places: Vec<usize> =
                places.flat_map(|span| [span.start as usize, span.end as usize]).collect();
            Some((source, Excerpt::new(sources.text(source), &places)?))
        });
        cut.collect()
    }

    fn draw_at(&self, cache: &mut Cache<'_>, colour: bool, moved: &dyn Fn(Span) -> Span) -> String {
        let kind = match self.severity {
            Severity::Error => ReportKind::Error,
            Severity::Warning => ReportKind::Warning,
        };
        let config = Config::default()
            .with_color(colour)
            .with_index_type(IndexType::Byte)
            .with_char_set(CharSet::Unicode);
        let mut report = Report::build(kind, Drawn(moved(self.at)))
            .with_config(config)
            .with_code(self.code)
            .with_message(&self.title);
        let mut labels: Vec<&Label> = self.labels.iter().collect();
        labels.sort_by_key(|label| (label.span.source != self.at.source, label.span));
        for label in labels {
            let place = AriadneLabel::new(Drawn(moved(label.span)));
            report = report.with_label(place.with_message(&label.text));
        }
        for help in &self.helps {
            report = report.with_help(help.show(cache.sources));
        }
        for note in &self.notes {
            report = report.with_note(note);
        }
        let mut out = Vec::new();
        report.finish().write(cache, &mut out).expect("writing to memory does not fail");
        let text = String::from_utf8(out).expect("ariadne writes UTF-8");
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
    }
}

/// A [`Span`] as ariadne sees it.
#[derive(Clone, Copy)]
struct Drawn(Span);

impl ariadne::Span for Drawn {
    type SourceId = SourceId;

    fn source(&self) -> &SourceId {
        &self.0.source
    }

    fn start(&self) -> usize {
        self.0.start as usize
    }

    fn end(&self) -> usize {
        self.0.end as usize
    }
}

/// The texts of a [`SourceMap`], split into lines when first asked for.
struct Cache<'a> {
    sources: &'a SourceMap,
    split: std::collections::BTreeMap<SourceId, ariadne::Source<&'a str>>,
}

impl<'a> Cache<'a> {
    fn new(sources: &'a SourceMap) -> Self {
        Self { sources, split: std::collections::BTreeMap::new() }
    }
}

impl<'a> ariadne::Cache<SourceId> for Cache<'a> {
    type Storage = &'a str;

    fn fetch(&mut self, id: &SourceId) -> Result<&ariadne::Source<&'a str>, impl std::fmt::Debug> {
        let sources = self.sources;
        Ok::<_, std::convert::Infallible>(
            self.split.entry(*id).or_insert_with(|| ariadne::Source::from(sources.text(*id))),
        )
    }

    fn display<'b>(&self, id: &'b SourceId) -> Option<impl std::fmt::Display + 'b> {
        Some(self.sources.name(*id).to_owned())
    }
}
