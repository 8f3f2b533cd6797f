//! Text that does not know yet where its lines end, and how it is put onto lines.
//!
//! A [`Doc`] holds every place where a line may end. A group is set on one line where it fits;
//! where it does not, each of its own places ends a line, and the groups inside it are asked again.

use std::rc::Rc;

use unicode_normalization::char::is_combining_mark;

/// How long a line may be, comments after the code not counted.
pub(super) const WIDTH: usize = 100;

/// How much deeper a block is than what it stands in.
pub(super) const STEP: usize = 2;

/// Characters that a text takes on a line.
pub(super) fn width(text: &str) -> usize {
    text.chars().filter(|&c| !is_combining_mark(c)).count()
}

/// A text with the places where its lines may end.
#[derive(Clone, Debug)]
pub(super) struct Doc(Rc<Node>);

#[derive(Debug)]
struct Node {
    kind: Kind,
    /// Its width on one line; `None` where it needs several.
    flat: Option<usize>,
}

#[derive(Debug)]
enum Kind {
    /// A text without line ends.
    Text(String),
    /// A space, or the end of a line.
    Space,
    /// Nothing, or the end of a line.
    Soft,
    /// The end of a line, and an empty line if `blank`.
    Hard { blank: bool },
    /// A comment with a line of its own.
    Comment(String),
    /// A comment behind what stands on the line.
    Trailing(String),
    /// A text that is there only where its group takes several lines.
    WhenBroken(&'static str),
    /// One after the other.
    Concat(Vec<Doc>),
    /// Lines that begin inside it begin one step deeper.
    Nest(Doc),
    /// Likewise, but together with others that begin on the same line.
    Bracket(Doc),
    /// On one line if it fits.
    Group(Doc),
    /// As many on each line as fit.
    Fill(Vec<Doc>),
    /// A line for each link, one step deeper, unless it can stand behind an operand that takes several lines.
    Chain { first: Doc, links: Vec<Doc> },
    /// A value behind a token that may open a block.
    Attach { inner: Doc, way: Way },
    /// Brackets whose last part may begin on the line of the opening one.
    Hug {
        hugged: Doc,
        exploded: Doc,
        /// Width of what comes before the first line end of `hugged`.
        prefix: usize,
    },
}

/// Where a value goes that does not fit behind the token before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It begins there all the same.
    Stay,
    /// Into a block below.
    Below,
    /// Into a block below if it fits on a line there.
    Either,
}

impl Doc {
    fn new(kind: Kind, flat: Option<usize>) -> Self {
        Self(Rc::new(Node { kind, flat }))
    }

    /// A text without line ends.
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let width = width(&text);
        Self::new(Kind::Text(text), Some(width))
    }

    /// A space, or the end of a line.
    pub(super) fn space() -> Self {
        Self::new(Kind::Space, Some(1))
    }

    /// Nothing, or the end of a line.
    pub(super) fn soft() -> Self {
        Self::new(Kind::Soft, Some(0))
    }

    /// The end of a line, followed by an empty one if `blank`.
    pub(super) fn hard(blank: bool) -> Self {
        Self::new(Kind::Hard { blank }, None)
    }

    /// A comment with a line of its own.
    pub(super) fn comment(text: impl Into<String>) -> Self {
        Self::new(Kind::Comment(text.into()), None)
    }

    /// A comment behind what stands on the line.
    pub(super) fn trailing(text: impl Into<String>) -> Self {
        Self::new(Kind::Trailing(text.into()), None)
    }

    /// A text that is there only where its group takes several lines.
    pub(super) fn when_broken(text: &'static str) -> Self {
        Self::new(Kind::WhenBroken(text), Some(0))
    }

    /// One after the other.
    pub(super) fn concat(docs: Vec<Self>) -> Self {
        let flat = docs.iter().map(Self::flat).sum();
        Self::new(Kind::Concat(docs), flat)
    }

    /// Lines that begin inside it begin one step deeper.
    pub(super) fn nest(self) -> Self {
        let flat = self.flat();
        Self::new(Kind::Nest(self), flat)
    }

    /// Round brackets: lines that begin inside them begin one step deeper, however many brackets
    /// open on the line.
    pub(super) fn bracket(self) -> Self {
        let flat = self.flat();
        let inner = Self::new(Kind::Bracket(self), flat);
        Self::concat(vec![Self::text("("), inner, Self::text(")")])
    }

    /// On one line if it fits.
    pub(super) fn group(self) -> Self {
        let flat = self.flat();
        Self::new(Kind::Group(self), flat)
    }

    /// On several lines, whether it fits on one or not.
    pub(super) fn broken(self) -> Self {
        Self::new(Kind::Group(self), None)
    }

    /// Parts with spaces between them, as many on each line as fit.
    pub(super) fn fill(parts: Vec<Self>) -> Self {
        let gaps = parts.len().saturating_sub(1);
        let flat = parts.iter().map(Self::flat).sum::<Option<usize>>().map(|width| width + gaps);
        Self::new(Kind::Fill(parts), flat)
    }

    /// Operands, of which all but the first begin with their operator. Where they do not fit on one
    /// line, each begins a line, unless the one before it takes several and leaves room on its last.
    pub(super) fn chain(first: Self, links: Vec<Self>) -> Self {
        let flat = links.iter().try_fold(first.flat(), |sum, link| {
            Some(sum.zip(link.flat()).map(|(sum, link)| sum + 1 + link))
        });
        Self::new(Kind::Chain { first, links }, flat.flatten())
    }

    /// A space and `inner`, or a block with it.
    pub(super) fn attach(inner: Self, way: Way) -> Self {
        let flat = inner.flat().map(|width| width + 1);
        Self::new(Kind::Attach { inner, way }, flat)
    }

    /// `hugged` if its first line fits, else `exploded`; they are the same on one line.
    pub(super) fn hug(hugged: Self, exploded: Self, prefix: usize) -> Self {
        let flat = hugged.flat();
        Self::new(Kind::Hug { hugged, exploded, prefix }, flat)
    }

    /// Its width on one line; `None` where it needs several.
    pub(super) fn flat(&self) -> Option<usize> {
        self.0.flat
    }

    /// Its text, where it can stand on one line.
    pub(super) fn flat_text(&self) -> Option<String> {
        self.flat()?;
        let mut out = String::new();
        self.write_flat(&mut out);
        Some(out)
    }

    fn write_flat(&self, out: &mut String) {
        match &self.0.kind {
            Kind::Text(text) => out.push_str(text),
            Kind::Space => out.push(' '),
            Kind::Soft | Kind::WhenBroken(_) => {}
            Kind::Hard { .. } | Kind::Comment(_) | Kind::Trailing(_) => {
                unreachable!("it has no width on one line")
            }
            Kind::Concat(docs) => docs.iter().for_each(|doc| doc.write_flat(out)),
            Kind::Nest(inner) | Kind::Bracket(inner) | Kind::Group(inner) => inner.write_flat(out),
            Kind::Fill(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    out.push_str(if i > 0 { " " } else { "" });
                    part.write_flat(out);
                }
            }
            Kind::Chain { first, links } => {
                first.write_flat(out);
                for link in links {
                    out.push(' ');
                    link.write_flat(out);
                }
            }
            Kind::Attach { inner, .. } => {
                out.push(' ');
                inner.write_flat(out);
            }
            Kind::Hug { hugged, .. } => hugged.write_flat(out),
        }
    }

    /// The value that a block may be opened for, if it is nothing else.
    pub(super) fn attached(&self) -> Option<&Self> {
        match &self.0.kind {
            Kind::Attach { inner, .. } => Some(inner),
            Kind::Text(_)
            | Kind::Space
            | Kind::Soft
            | Kind::Hard { .. }
            | Kind::Comment(_)
            | Kind::Trailing(_)
            | Kind::WhenBroken(_)
            | Kind::Concat(_)
            | Kind::Nest(_)
            | Kind::Bracket(_)
            | Kind::Group(_)
            | Kind::Fill(_)
            | Kind::Chain { .. }
            | Kind::Hug { .. } => None,
        }
    }

    /// Whether its text begins so.
    pub(super) fn begins_with(&self, start: char) -> bool {
        match &self.0.kind {
            Kind::Text(text) => text.starts_with(start),
            Kind::Concat(docs) => {
                let first = docs.iter().find(|doc| doc.flat() != Some(0));
                first.is_some_and(|doc| doc.begins_with(start))
            }
            Kind::Nest(inner)
            | Kind::Bracket(inner)
            | Kind::Group(inner)
            | Kind::Chain { first: inner, .. }
            | Kind::Hug { hugged: inner, .. } => inner.begins_with(start),
            Kind::Fill(parts) => parts.first().is_some_and(|part| part.begins_with(start)),
            Kind::Space
            | Kind::Soft
            | Kind::Hard { .. }
            | Kind::Comment(_)
            | Kind::Trailing(_)
            | Kind::WhenBroken(_)
            | Kind::Attach { .. } => false,
        }
    }

    /// Puts it onto lines.
    pub(super) fn print(&self) -> String {
        let mut printer = Printer { lines: Vec::new(), line: Line::default(), bracketed: None };
        printer.print(self);
        lines_to_text(printer.lines)
    }
}

/// One line of the result.
#[derive(Default)]
struct Line {
    indent: usize,
    code: String,
    /// Behind the code.
    comment: Option<String>,
    /// Whether nothing more can follow on it.
    closed: bool,
}

impl Line {
    fn width(&self) -> usize {
        self.indent + width(&self.code)
    }
}

struct Printer {
    lines: Vec<Line>,
    line: Line,
    /// The line on which the last bracket opened.
    bracketed: Option<usize>,
}

/// Something that is still to be printed.
struct Pending {
    /// How deep its lines begin.
    indent: usize,
    /// Whether it is on one line.
    flat: bool,
    doc: Doc,
    /// For what is left of a chain: how many links are done, and on which line the operand before
    /// the next one begins.
    links: Option<(usize, usize)>,
}

impl Pending {
    fn new(indent: usize, flat: bool, doc: &Doc) -> Self {
        Self { indent, flat, doc: doc.clone(), links: None }
    }
}

impl Printer {
    fn print(&mut self, doc: &Doc) {
        let mut stack = vec![Pending::new(0, false, doc)];
        while let Some(Pending { indent, flat, doc, links }) = stack.pop() {
            let same = |doc: &Doc| Pending::new(indent, flat, doc);
            match &doc.0.kind {
                Kind::Text(text) => self.text(text, indent),
                Kind::Space if flat => self.text(" ", indent),
                Kind::Soft if flat => {}
                Kind::Space | Kind::Soft => self.end_line(indent, false),
                Kind::Hard { blank } => self.end_line(indent, *blank),
                Kind::Comment(comment) => {
                    self.text(comment, indent);
                    self.line.closed = true;
                }
                Kind::Trailing(comment) => {
                    if self.line.closed {
                        self.text(comment, indent);
                    } else {
                        self.line.comment = Some(comment.clone());
                    }
                    self.line.closed = true;
                }
                Kind::WhenBroken(text) => {
                    if !flat {
                        self.text(text, indent);
                    }
                }
                Kind::Concat(docs) => stack.extend(docs.iter().rev().map(same)),
                Kind::Nest(inner) => {
                    stack.push(Pending::new(indent + STEP, flat, inner));
                }
                Kind::Bracket(inner) => {
                    let here = Some(self.lines.len());
                    let deeper = if self.bracketed == here { 0 } else { STEP };
                    self.bracketed = here;
                    stack.push(Pending::new(indent + deeper, flat, inner));
                }
                Kind::Group(inner) => {
                    let flat = flat || self.fits(doc.flat(), &stack);
                    stack.push(Pending::new(indent, flat, inner));
                }
                Kind::Fill(parts) => self.fill(parts, indent, flat),
                Kind::Chain { first, links: all } => {
                    let Some((done, line)) = links else {
                        let links = Some((0, self.lines.len()));
                        stack.push(Pending { links, ..same(&doc) });
                        stack.push(same(first));
                        continue;
                    };
                    let Some(link) = all.get(done) else { continue };
                    stack.push(Pending { links: Some((done + 1, 0)), ..same(&doc) });
                    let width = link.flat().map(|width| width + 1);
                    let behind = self.lines.len() > line && self.fits(width, &stack);
                    if flat || behind {
                        self.text(" ", indent);
                    } else {
                        self.end_line(indent + STEP, false);
                    }
                    let next = stack.last_mut().expect("it was pushed just now");
                    next.links = Some((done + 1, self.lines.len()));
                    stack.push(Pending::new(indent + STEP, flat || behind, link));
                }
                Kind::Attach { inner, way } => {
                    let width = inner.flat().map(|width| width + 1);
                    let fits = flat || self.fits(width, &stack);
                    let below = indent + STEP + rest(&stack);
                    let fits_below = inner.flat().is_some_and(|width| below + width <= WIDTH);
                    let goes_below = match way {
                        Way::Stay => false,
                        Way::Below => true,
                        Way::Either => fits_below,
                    };
                    if fits || !goes_below {
                        self.text(" ", indent);
                        stack.push(Pending::new(indent, fits, inner));
                    } else {
                        self.end_line(indent + STEP, false);
                        stack.push(Pending::new(indent + STEP, false, &inner.clone().group()));
                    }
                }
                Kind::Hug { hugged, exploded, prefix } => {
                    let hugs = flat || self.line.width() + prefix <= WIDTH;
                    stack.push(same(if hugs { hugged } else { exploded }));
                }
            }
        }
        if !self.line.code.is_empty() {
            self.end_line(0, false);
        }
    }

    fn text(&mut self, text: &str, indent: usize) {
        if self.line.closed && !text.trim().is_empty() {
            self.end_line(indent, false);
        }
        if !self.line.closed {
            self.line.code.push_str(text);
        }
    }

    fn fill(&mut self, parts: &[Doc], indent: usize, flat: bool) {
        for (i, part) in parts.iter().enumerate() {
            let text = part.flat_text().expect("only what stands on one line is filled");
            if i > 0 && !flat && self.line.width() + 1 + width(&text) > WIDTH {
                self.end_line(indent, false);
            } else if i > 0 {
                self.text(" ", indent);
            }
            self.text(&text, indent);
        }
    }

    fn end_line(&mut self, indent: usize, blank: bool) {
        let line = std::mem::replace(&mut self.line, Line { indent, ..Line::default() });
        self.lines.push(line);
        if blank {
            self.lines.push(Line::default());
        }
    }

    /// Whether something so wide can be followed, on this line, by what must follow it.
    fn fits(&self, width: Option<usize>, stack: &[Pending]) -> bool {
        width.is_some_and(|width| self.line.width() + width + rest(stack) <= WIDTH)
    }
}

/// The width of what comes before the next line end.
fn rest(stack: &[Pending]) -> usize {
    let mut width = 0;
    for pending in stack.iter().rev() {
        let stops = match (&pending.doc.0.kind, pending.links) {
            (Kind::Chain { links, .. }, Some((done, _))) => done < links.len() && !pending.flat,
            _ => lead(&pending.doc, pending.flat, &mut width),
        };
        if stops || width > WIDTH {
            break;
        }
    }
    width
}

/// Adds the width up to the first place where a line may end, and says whether there is one.
fn lead(doc: &Doc, flat: bool, width: &mut usize) -> bool {
    if let Some(all) = doc.flat().filter(|_| flat) {
        *width += all;
        return false;
    }
    match &doc.0.kind {
        Kind::Text(text) => {
            *width += self::width(text);
            false
        }
        Kind::WhenBroken(text) => {
            *width += text.len();
            false
        }
        Kind::Space
        | Kind::Soft
        | Kind::Hard { .. }
        | Kind::Comment(_)
        | Kind::Trailing(_)
        | Kind::Attach { .. } => true,
        Kind::Concat(docs) => docs.iter().any(|doc| *width > WIDTH || lead(doc, false, width)),
        Kind::Nest(inner) | Kind::Bracket(inner) | Kind::Group(inner) => lead(inner, false, width),
        Kind::Fill(parts) => parts.first().is_some_and(|part| {
            lead(part, true, width);
            parts.len() > 1
        }),
        Kind::Chain { first, links } => lead(first, false, width) || !links.is_empty(),
        Kind::Hug { hugged, .. } => lead(hugged, false, width),
    }
}

/// Joins the lines. Comments behind lines of one block that follow each other begin in one column.
fn lines_to_text(lines: Vec<Line>) -> String {
    let mut out = String::new();
    let together =
        |a: &Line, b: &Line| a.indent == b.indent && !a.code.is_empty() && !b.code.is_empty();
    for run in lines.chunk_by(together) {
        let commented = run.iter().filter(|line| line.comment.is_some());
        let column = commented.map(Line::width).max().unwrap_or_default() + 2;
        for line in run {
            let start = out.len();
            out.extend(std::iter::repeat_n(' ', line.indent));
            out.push_str(&line.code);
            if let Some(comment) = &line.comment {
                out.extend(std::iter::repeat_n(' ', column - line.width()));
                out.push_str(comment);
            }
            out.truncate(start + out[start..].trim_end_matches(' ').len());
            out.push('\n');
        }
    }
    out
}
