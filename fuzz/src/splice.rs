//! Programs with pieces of their trees replaced by pieces of the same kind, which mostly parse.

use std::collections::BTreeMap;

use sdec_base::SourceId;
use sdec_grammar::parse_program;

use crate::Random;
use crate::pieces::{Kind, Piece, pieces};

/// A text whose pieces others may take.
#[derive(Clone, Debug)]
pub struct Donor {
    /// The text.
    pub text: String,
    all: Vec<Piece>,
    pieces: BTreeMap<Kind, Vec<Piece>>,
}

impl Donor {
    /// A text with its pieces; none of one that does not parse.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let all = pieces_of(&text);
        let mut pieces: BTreeMap<Kind, Vec<Piece>> = BTreeMap::new();
        for &piece in &all {
            pieces.entry(piece.kind).or_default().push(piece);
        }
        Self { text, all, pieces }
    }

    /// The text with one of its pieces changed, which takes no parsing.
    pub fn changed(&self, donors: &[Self], random: &mut Random) -> String {
        let mut text = self.text.clone();
        if !self.all.is_empty() {
            let piece = self.all[random.below(self.all.len())];
            change(&mut text, &self.all, piece, donors, random);
        }
        text
    }

    fn piece(&self, kind: Kind, random: &mut Random) -> Option<&str> {
        let pieces = self.pieces.get(&kind)?;
        let piece = pieces[random.below(pieces.len())];
        Some(&self.text[piece.start..piece.end])
    }
}

fn pieces_of(text: &str) -> Vec<Piece> {
    let parsed = parse_program(SourceId::new(0), text);
    let mut found = if parsed.diagnostics.is_empty() { pieces(&parsed.tree) } else { Vec::new() };
    found.retain(|piece| piece.start < piece.end);
    found
}

/// Numbers with something special about them.
const NUMBERS: &[&str] =
    &["0", "1", "2", "3", "-1", "0.5", "1e-3", "1e400", "1e308", "1000000000000000000", "1_0"];

/// Expressions of every form, for places where none of them is right.
const EXPRS: &[&str] = &[
    "t",
    "pi",
    "inf",
    "true",
    "()",
    "[]",
    "[1, 2]",
    "{a = 1}",
    "(1, 2)",
    "\\x. x",
    "\\x: Float. x",
    "for i. 1",
    "for i: 3. float(ordinal(i))",
    "sum i: 2. 1",
    "argmax i: 2. 1",
    "zeros",
    "eye(2)",
    "Normal(0, 1)",
    "\"text\"",
    "grad(\\x: Float. x * x)",
    "fold(3, 0, \\i s. s + 1)",
    "Missing",
    "if true then 1 else 2",
    "(1 : Nat)",
    "log(0)",
    "x",
    "n",
    "float(n)",
    "max(1, 2)",
];

/// Types of every form.
const TYPES: &[&str] = &[
    "Float",
    "Nat",
    "Int",
    "Bool",
    "Time",
    "Real",
    "Positive",
    "Unit",
    "Interval(0, 1)",
    "n",
    "3",
    "0",
    "n => Float",
    "2 => n => Float",
    "(Float, Float)",
    "{a : Float}",
    "Float?",
    "Brownian",
    "2 => Brownian",
    "Stratonovich",
    "MLP(2, 2)",
    "Linear(n, 1)",
    "Simplex(3)",
    "Dist(Float)",
    "(Float) -> Float",
    "Series(Float)",
    "1000000000000000000",
    "n * n",
    "n + 1",
    "day - 1",
    "Poisson(1)",
    "Class(3)",
    "Chol(2)",
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "^", "@", ".*", "./", "==", "!=", "<", "<=", ">", ">=", "and", "or", "|>",
];

/// The text with one to four of its pieces changed. What does not parse comes back as it is.
pub fn splice(text: &str, donors: &[Donor], random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + random.below(4) {
        let found = pieces_of(&text);
        if found.is_empty() || text.len() > 20_000 {
            break;
        }
        let piece = found[random.below(found.len())];
        change(&mut text, &found, piece, donors, random);
    }
    text
}

fn change(text: &mut String, own: &[Piece], piece: Piece, donors: &[Donor], random: &mut Random) {
    let place = piece.start..piece.end;
    let same: Vec<Piece> = own.iter().copied().filter(|other| other.kind == piece.kind).collect();
    let sibling = same[random.below(same.len())];
    let sibling = text[sibling.start..sibling.end].to_owned();
    let foreign =
        donors.get(random.below(donors.len())).and_then(|it| it.piece(piece.kind, random));
    let new = match (piece.kind, random.below(8)) {
        (Kind::Expr, 0) => random.one_of(NUMBERS).to_owned(),
        (Kind::Expr, 1) => format!("({})", random.one_of(EXPRS)),
        (Kind::Type, 0 | 1) => format!("({})", random.one_of(TYPES)),
        (Kind::Operator, _) => random.one_of(OPERATORS).to_owned(),
        (Kind::Item | Kind::Clause | Kind::Setting | Kind::Let, 0) => {
            return drop_lines(text, place);
        }
        (Kind::Item | Kind::Clause | Kind::Setting | Kind::Let, 1 | 2) => {
            let indent = column(text, piece.start);
            format!("{}\n{}{sibling}", &text[place.clone()], " ".repeat(indent))
        }
        (_, 3..=5) => sibling,
        _ => foreign.map_or(sibling, str::to_owned),
    };
    let brackets = piece.kind == Kind::Expr && new.contains(' ') && !new.contains('\n');
    text.replace_range(place, &if brackets { format!("({new})") } else { new });
}

/// Takes a line, or lines, out.
fn drop_lines(text: &mut String, place: std::ops::Range<usize>) {
    let start = text[..place.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[place.end..].find('\n').map_or(text.len(), |end| place.end + end + 1);
    text.replace_range(start..end, "");
}

fn column(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_spliced_programs_parse() {
        let donors = crate::seeds::programs();
        let mut random = Random::new(1);
        let mut sound = 0;
        for round in 0..600 {
            let text = splice(&donors[round % donors.len()].text, &donors, &mut random);
            let parsed = parse_program(SourceId::new(0), &text);
            sound += usize::from(parsed.diagnostics.is_empty());
        }
        assert!(sound > 400, "{sound} of 600");
    }
}
