//! Lists in brackets: arguments, entries, fields.

#![expect(clippy::wildcard_enum_match_arm, reason = "few expressions have a head")]

use super::doc::{Doc, width};
use super::expr::opens_block;
use super::source::Source;
use super::ty;
use super::unit::{End, Units, units};
use crate::ast::{Argument, Expr, ExprKind, Name, Reducer};

/// What a list looks like.
#[derive(Clone, Copy)]
pub(super) struct Style {
    open: &'static str,
    close: &'static str,
    /// Whether a comma may follow the last part.
    comma: bool,
}

/// `(a, b)` of calls and declarations.
pub(super) const ARGUMENTS: Style = Style { open: "(", close: ")", comma: true };
/// `(a, b)` where no comma may follow the last.
pub(super) const TUPLE: Style = Style { open: "(", close: ")", comma: false };
/// `[a, b]`
pub(super) const LIST: Style = Style { open: "[", close: "]", comma: true };
/// `[i, j]` behind a table.
const INDICES: Style = Style { open: "[", close: "]", comma: false };
/// `{ a, b }`
pub(super) const RECORD: Style = Style { open: "{", close: "}", comma: true };

/// Parts with commas between them, in brackets: on one line, or each on its own.
pub(super) fn list(style: Style, parts: Units<Doc>) -> Doc {
    let gap = || if style.open == "{" { Doc::space() } else { Doc::soft() };
    let last = parts.units.len().saturating_sub(1);
    if parts.units.is_empty() {
        return Doc::text(format!("{}{}", style.open, style.close));
    }
    if parts.has_comments() {
        let block = with_commas(parts, style.comma).dense().block();
        let close = [Doc::hard(false), Doc::text(style.close)];
        return Doc::concat([Doc::text(style.open), block].into_iter().chain(close).collect());
    }
    let mut docs = vec![gap()];
    for (i, unit) in parts.units.into_iter().enumerate() {
        docs.push(unit.it);
        if i < last {
            docs.extend([Doc::text(","), Doc::space()]);
        } else if style.comma {
            docs.push(Doc::when_broken(","));
        }
    }
    let inner = Doc::concat(docs).nest();
    Doc::concat(vec![Doc::text(style.open), inner, gap(), Doc::text(style.close)]).group()
}

/// The parts with a comma behind each; behind the last one only if `after_last`.
fn with_commas(parts: Units<Doc>, after_last: bool) -> Units<Doc> {
    let mut left = parts.units.len();
    parts.map(|part| {
        left -= 1;
        let comma = if left > 0 || after_last { "," } else { "" };
        Doc::concat(vec![part, Doc::text(comma)])
    })
}

/// A list of numbers and names: as many on a line as fit.
pub(super) fn filled(parts: Units<Doc>) -> Doc {
    let last = parts.units.len() - 1;
    let parts = parts.units.into_iter().enumerate().map(|(i, unit)| {
        let comma = if i < last { Doc::text(",") } else { Doc::when_broken("") };
        Doc::concat(vec![unit.it, comma])
    });
    let inner = Doc::concat(vec![Doc::soft(), Doc::fill(parts.collect())]).nest();
    Doc::concat(vec![Doc::text("["), inner, Doc::soft(), Doc::text("]")]).group()
}

impl Source<'_> {
    pub(super) fn values(&mut self, parts: &[Expr], close: usize) -> Units<Doc> {
        units(self, parts, End::Token(close), |src, part| src.place(part), Self::value)
    }

    /// `[i, j]`
    pub(super) fn indices(&mut self, indices: &[Expr], close: usize) -> Doc {
        list(INDICES, self.values(indices, close))
    }

    pub(super) fn fields(&mut self, fields: &[(Name, Expr)], close: usize) -> Units<Doc> {
        let place = |src: &Self, (name, value): &(Name, Expr)| {
            name.span.start as usize..src.place(value).end
        };
        units(self, fields, End::Token(close), place, |src, (name, value)| src.bound(name, value))
    }

    /// `name = value` inside brackets.
    pub(super) fn bound(&mut self, name: &Name, value: &Expr) -> Doc {
        Doc::concat(vec![Doc::text(format!("{} = ", name.text)), self.value(value)])
    }

    /// `{ r with a = e }`
    pub(super) fn update(&mut self, expr: &Expr, record: &Expr, fields: &[(Name, Expr)]) -> Doc {
        let record = self.followed(record);
        let fields = self.fields(fields, expr.span.end as usize - 1);
        if fields.has_comments() {
            let block = with_commas(fields, false).dense().block();
            let head = Doc::concat(vec![Doc::text("{ "), record, Doc::text(" with")]);
            return Doc::concat(vec![head, block, Doc::hard(false), Doc::text("}")]);
        }
        let mut docs = vec![Doc::space()];
        for (i, field) in fields.units.into_iter().enumerate() {
            docs.extend((i > 0).then(|| Doc::concat(vec![Doc::text(","), Doc::space()])));
            docs.push(field.it);
        }
        let fields = Doc::concat(docs).nest();
        let head = [Doc::text("{ "), record, Doc::text(" with")];
        Doc::concat(head.into_iter().chain([fields, Doc::space(), Doc::text("}")]).collect())
            .group()
    }

    /// `(x, name = y)`, where a last `\x. …` may begin on the first line.
    pub(super) fn arguments(&mut self, arguments: &[Argument], close: usize) -> Doc {
        let place = |src: &Self, argument: &Argument| {
            let value = src.outer(argument.value.span, close);
            argument.name.as_ref().map_or(value.start, |name| name.span.start as usize)..value.end
        };
        let parts =
            units(self, arguments, End::Token(close), place, |src, argument| {
                match &argument.name {
                    Some(name) => src.bound(name, &argument.value),
                    None => src.value(&argument.value),
                }
            });
        let Some(last) = arguments.last().filter(|_| !parts.has_comments()) else {
            return list(ARGUMENTS, parts);
        };
        let alone = arguments.len() == 1 && last.name.is_none();
        let bracket = matches!(last.value.kind, ExprKind::List(_) | ExprKind::Record(_));
        if !(opens_block(&last.value) || bracket && alone) {
            return list(ARGUMENTS, parts);
        }
        let mut before = String::from("(");
        for unit in &parts.units[..parts.units.len() - 1] {
            match unit.it.flat_text() {
                Some(text) => before = before + &text + ", ",
                None => return list(ARGUMENTS, parts),
            }
        }
        let name = last.name.as_ref().map_or(0, |name| width(&name.text) + 3);
        let head = name + self.head_width(&last.value);
        let prefix = width(&before) + head;
        let inner = parts.units.last().expect("there is a last one").it.clone();
        let hugged = Doc::concat(vec![Doc::text(before), inner, Doc::text(")")]);
        Doc::hug(hugged, list(ARGUMENTS, parts), prefix).group()
    }

    /// The width of what ends a line in any case.
    pub(super) fn head_width(&self, expr: &Expr) -> usize {
        let binders = match &expr.kind {
            ExprKind::Lambda(binders, _) => binders,
            ExprKind::For(binders, _) | ExprKind::Reduce { binders, .. } => binders,
            _ => return 1,
        };
        // The longest reducer, spaces and the dot.
        let words = binders.iter().map(|binder| width(&ty::binder(self, binder)) + 1);
        words.sum::<usize>() + Reducer::LogSumExp.word().len() + 1
    }
}
