//! Programs with other spaces and line ends that mean the same.
//!
//! What is changed: how deep blocks are, spaces between tokens, line ends inside brackets and before
//! deeper lines, the number of empty lines where there is one, and whether a value alone has a block.

use std::collections::BTreeMap;

use sdec_base::SourceMap;

use crate::Random;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Indent,
    Newline,
    Dedent,
}

/// A comment, and whether it stands behind something.
struct Comment {
    start: usize,
    text: String,
    trailing: bool,
}

/// Where the next line would belong.
#[derive(Clone, Copy)]
enum Context {
    /// Old column, new column.
    Block(usize, usize),
    Bracket,
    /// A block that has been joined to the line above.
    Joined,
}

const OPENERS: [&str; 7] = ["=", "~", "->", ".", "then", "else", "of"];
const HEADERS: [&str; 11] = [
    "net",
    "data",
    "model",
    "posterior",
    "objective",
    "estimate",
    "fit",
    "sample",
    "repeat",
    "method",
    "when",
];
const JOINERS: [&str; 16] =
    ["+", "*", "/", ".*", "./", "@", "^", "and", "or", "|>", "==", "!=", "<", "<=", ">", ">="];

struct Text<'a> {
    text: &'a str,
    /// With the first byte of each.
    tokens: Vec<(usize, Token)>,
    comments: Vec<Comment>,
}

impl<'a> Text<'a> {
    fn read(text: &'a str) -> Self {
        let source = SourceMap::default().add("model.sde", text);
        let lines: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect();
        let place = |place: &str| {
            let (line, column) = place.split_once(':').unwrap();
            let line = lines[line.parse::<usize>().unwrap() - 1];
            let column = column.parse::<usize>().unwrap() - 1;
            line + text[line..].chars().take(column).map(char::len_utf8).sum::<usize>()
        };
        let token = |line: &str| {
            let (at, word) = line.split_once(' ').unwrap();
            let token = match word {
                "<indent>" => Token::Indent,
                "<newline>" => Token::Newline,
                "<dedent>" => Token::Dedent,
                word => Token::Word(word.to_owned()),
            };
            (place(at), token)
        };
        let listing = sdec_grammar::token_listing(source, text);
        let comments = sdec_grammar::parse_program(source, text).tree.comments;
        let comments = comments.into_iter().map(|comment| Comment {
            start: comment.span.start as usize,
            text: comment.text,
            trailing: comment.trailing,
        });
        Self { text, tokens: listing.lines().map(token).collect(), comments: comments.collect() }
    }

    fn word(&self, i: usize) -> Option<&str> {
        match &self.tokens.get(i)?.1 {
            Token::Word(word) => Some(word),
            Token::Indent | Token::Newline | Token::Dedent => None,
        }
    }

    fn end(&self, i: usize) -> usize {
        self.tokens[i].0 + self.word(i).map_or(0, str::len)
    }

    fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        self.text[line..at].chars().count()
    }

    fn comments(&self, from: usize, to: usize) -> impl Iterator<Item = &Comment> {
        self.comments.iter().filter(move |it| (from..to).contains(&it.start))
    }

    /// The `Dedent` of the block that opens at token `i`, and how many lines the block has.
    fn block(&self, i: usize) -> (usize, usize) {
        let (mut depth, mut lines) = (0, 0);
        for (j, (_, token)) in self.tokens.iter().enumerate().skip(i) {
            match token {
                Token::Indent => depth += 1,
                Token::Dedent => depth -= 1,
                Token::Newline if depth == 1 => lines += 1,
                Token::Newline | Token::Word(_) => {}
            }
            if depth == 0 {
                return (j, lines);
            }
        }
        unreachable!("blocks end")
    }

    /// The first word from token `i` on.
    fn next_word(&self, i: usize) -> Option<usize> {
        (i..self.tokens.len()).find(|&j| self.word(j).is_some())
    }

    /// Whether the block that opens at token `i` may as well stand on the line above.
    fn can_join(&self, i: usize) -> bool {
        let opens = self.word(i - 1).is_some_and(|word| word != "of" && OPENERS.contains(&word));
        let (dedent, lines) = self.block(i);
        let last = (i..dedent).rfind(|&j| self.word(j).is_some()).unwrap();
        let after = self.next_word(dedent).map_or(self.text.len(), |j| self.tokens[j].0);
        let first = self.tokens[self.next_word(i).unwrap()].0;
        let commented = self.comments(self.end(i - 1), first).next().is_some()
            || self.comments(self.end(last), after).any(|comment| !comment.trailing);
        opens && lines == 1 && !commented
    }

    /// The tokens after which a line's value may get a block of its own, with the line's `Newline`.
    fn can_part(&self) -> BTreeMap<usize, usize> {
        let mut out = BTreeMap::new();
        for i in 0..self.tokens.len() {
            let first = i == 0 || self.word(i - 1).is_none();
            if !first || !matches!(self.word(i), Some("let" | "def")) {
                continue;
            }
            let (mut depth, mut found) = (0, None);
            for j in i.. {
                match self.word(j) {
                    Some("(" | "[" | "{") => depth += 1,
                    Some(")" | "]" | "}") => depth -= 1,
                    Some("=" | "~") if depth == 0 => {
                        found = Some(j);
                        break;
                    }
                    _ => {}
                }
            }
            let Some(at) = found.filter(|&at| self.word(at + 1).is_some()) else { continue };
            let mut depth = 0;
            let end = (at..).find(|&j| {
                match self.tokens[j].1 {
                    Token::Indent => depth += 1,
                    Token::Dedent => depth -= 1,
                    Token::Newline | Token::Word(_) => {}
                }
                self.tokens[j].1 == Token::Newline && depth == 0
            });
            let end = end.unwrap();
            let after = self.next_word(end).map_or(self.text.len(), |j| self.tokens[j].0);
            if self.comments(self.tokens[at].0, after).next().is_none() {
                out.insert(at, end);
            }
        }
        out
    }
}

/// The program with other spaces and line ends.
pub fn disturb(text: &str, random: &mut Random) -> String {
    let text = Text::read(text);
    let mut parted: BTreeMap<usize, usize> = text.can_part();
    parted.retain(|_, _| random.once_in(3));
    let ends: Vec<usize> = parted.values().copied().collect();
    let Some((first, _)) = text.tokens.first() else { return text.text.to_owned() };
    let base = random.below(3);
    let mut pass = Pass {
        out: String::new(),
        contexts: vec![Context::Block(text.column(*first), base)],
        header: false,
        text,
    };
    let mut last: Option<usize> = None;
    let mut i = 0;
    while i < pass.text.tokens.len() {
        let start = i;
        // Old and new columns of the blocks before this place.
        let blocks: Vec<(usize, usize)> = pass.blocks();
        let (mut newline, mut opened, mut closed) = (false, false, None);
        while pass.text.word(i).is_none() {
            match pass.text.tokens.get(i).map(|it| &it.1) {
                None => break,
                Some(Token::Indent) => {
                    if random.once_in(2) && pass.text.can_join(i) {
                        pass.contexts.push(Context::Joined);
                    } else {
                        let word = pass.text.next_word(i).unwrap();
                        let old = pass.text.column(pass.text.tokens[word].0);
                        let new = pass.column() + 1 + random.below(5);
                        pass.contexts.push(Context::Block(old, new));
                        opened = true;
                    }
                    pass.header = false;
                }
                Some(Token::Newline) => newline = true,
                Some(Token::Dedent) => {
                    newline = false;
                    if let Some(Context::Block(_, column)) = pass.contexts.pop() {
                        closed = Some(column);
                    }
                }
                Some(Token::Word(_)) => {}
            }
            if ends.contains(&i) && pass.text.tokens[i].1 == Token::Newline {
                // The block that was made for a value ends here.
                pass.contexts.pop();
            }
            i += 1;
        }
        if let Some(at) = last.filter(|_| start == i)
            && parted.contains_key(&at)
        {
            let new = pass.column() + 1 + random.below(5);
            pass.contexts.push(Context::Block(usize::MAX, new));
            opened = true;
        }
        let gap = Gap { last, word: i, newline, opened, closed, blocks, plain: start == i };
        pass.gap(&gap, random);
        let Some(word) = pass.text.word(i).map(str::to_owned) else { break };
        if newline || last.is_none() || opened {
            let next = pass.text.word(i + 1).unwrap_or_default();
            let named = next.starts_with(|c: char| c.is_alphanumeric());
            pass.header = HEADERS.contains(&word.as_str())
                && (named || matches!(word.as_str(), "posterior" | "when"));
        }
        match word.as_str() {
            "(" | "[" | "{" => pass.contexts.push(Context::Bracket),
            ")" | "]" | "}" => {
                pass.contexts.pop();
            }
            _ => {}
        }
        pass.out += &word;
        last = Some(i);
        i += 1;
    }
    pass.out.push_str(random.one_of(&["", "\n", "\n\n"]));
    pass.out
}

/// What lies between two words.
struct Gap {
    last: Option<usize>,
    /// One past the last token, at the end.
    word: usize,
    /// Whether the word begins a line of its block.
    newline: bool,
    /// Whether the word begins a block.
    opened: bool,
    /// The new column of the last block that ended before it.
    closed: Option<usize>,
    /// Old and new columns of the blocks around what comes before.
    blocks: Vec<(usize, usize)>,
    /// Whether there is nothing of the layout.
    plain: bool,
}

struct Pass<'a> {
    text: Text<'a>,
    out: String,
    contexts: Vec<Context>,
    /// Whether the line is a header whose block has not begun.
    header: bool,
}

impl Pass<'_> {
    fn blocks(&self) -> Vec<(usize, usize)> {
        let block = |context: &Context| match context {
            Context::Block(old, new) => Some((*old, *new)),
            Context::Bracket | Context::Joined => None,
        };
        self.contexts.iter().filter_map(block).collect()
    }

    /// The new column of the innermost block.
    fn column(&self) -> usize {
        self.blocks().last().unwrap().1
    }

    fn in_bracket(&self) -> bool {
        let innermost = self.contexts.iter().rfind(|context| !matches!(context, Context::Joined));
        matches!(innermost, Some(Context::Bracket))
    }

    /// Writes what stands between two words.
    fn gap(&mut self, gap: &Gap, random: &mut Random) {
        let from = gap.last.map_or(0, |last| self.text.end(last));
        let to = self.text.tokens.get(gap.word).map_or(self.text.text.len(), |word| word.0);
        let word = self.text.word(gap.word).unwrap_or_default().to_owned();
        let before = gap.last.and_then(|last| self.text.word(last)).unwrap_or_default().to_owned();
        let at_end = gap.word == self.text.tokens.len();

        let mut at = from;
        let mut out = String::new();
        let mut commented = false;
        for comment in self.text.comments(from, to) {
            if comment.trailing {
                out += &random.spaces(0);
            } else {
                self.blank(&mut out, at, comment.start, gap.last.is_some() || commented, random);
                let old = self.text.column(comment.start);
                let inside = gap.blocks.iter().rposition(|(column, _)| *column <= old).unwrap_or(0);
                let ends = gap.closed.is_some() || at_end;
                let column = if ends && !gap.blocks.is_empty() {
                    let least = gap.blocks[inside].1;
                    let most = gap.blocks.get(inside + 1).map_or(least + 6, |block| block.1);
                    least + random.below(most - least)
                } else {
                    random.below(12)
                };
                out += &" ".repeat(column);
            }
            out += &comment.text;
            out += random.one_of(&["", " ", "  "]);
            commented = true;
            at = comment.start + comment.text.len();
        }
        if at_end {
            self.out += &out;
            return;
        }
        let column = self.column();
        let line = match () {
            () if gap.last.is_none() || gap.newline || gap.opened => Some(column),
            () if gap.closed.is_some() && matches!(word.as_str(), "then" | "else" | "of") => {
                let closed = gap.closed.unwrap();
                Some(column + random.below(closed - column))
            }
            () if gap.closed.is_some() && word == "," => {
                let closed = gap.closed.unwrap();
                (commented && column + 1 < closed).then_some(column + 1)
            }
            () => {
                let opener = OPENERS.contains(&before.as_str());
                let may = gap.closed.is_some() || self.in_bracket() || !self.header;
                let breaks = commented || may && !opener && random.once_in(6);
                let closer = matches!(word.as_str(), ")" | "]" | "}");
                let level = closer || JOINERS.contains(&word.as_str());
                breaks.then(|| column + usize::from(!level) + random.below(8))
            }
        };
        if let Some(column) = line {
            let between = if gap.newline || gap.opened || gap.last.is_none() { at } else { to };
            self.blank(&mut out, between, to, gap.last.is_some() || commented, random);
            out += &" ".repeat(column);
        } else {
            let tight = |word: &str| matches!(word, "(" | ")" | "[" | "]" | "{" | "}" | ",");
            let touch = gap.plain && (from == to || tight(&word) || tight(&before));
            out += &random.spaces(usize::from(!touch));
        }
        self.out += &out;
    }

    /// Ends a line, with empty ones where there is one between `from` and `to`.
    fn blank(&self, out: &mut String, from: usize, to: usize, ends: bool, random: &mut Random) {
        if ends {
            out.push_str(random.one_of(&["\n", "\n", " \n", "\r\n"]));
        }
        let is_blank = self.text.text[from..to].matches('\n').count() > 1;
        if is_blank {
            out.push_str(random.one_of(&["\n", "  \n", "\n\n\n"]));
        }
    }
}
