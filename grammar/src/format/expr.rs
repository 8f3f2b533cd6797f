//! Expressions, and the blocks of lets inside them.
//!
//! Brackets around an operand stay where they were written, unless it is a name, a call or the like;
//! brackets around a whole value go.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of what is asked about expressions concerns a few of their forms"
)]

use super::doc::{Doc, WIDTH, Way, width};
use super::source::{Place, Source, Unit, Units};
use super::ty;
use crate::ast::{
    Argument, Arm, BinaryOp, Body, Coefficient, DiffTerm, Differential, Expr, ExprKind, Let, Name,
    Reducer,
};
use crate::token::Token;

/// Where a region with units ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// At this token: all comments before it belong to the region.
    Token(usize),
    /// Where a line is less deep than the first unit.
    Block,
    /// Where a line is less deep than the token here.
    Below(usize),
}

/// Goes through `parts`, which follow each other at the places that `place` gives, and builds each
/// with its comments.
pub(super) fn units<'a, T, U>(
    src: &mut Source<'a>,
    parts: &[T],
    end: End,
    place: impl Fn(&Source<'a>, &T) -> Place,
    mut build: impl FnMut(&mut Source<'a>, &T) -> U,
) -> Units<U> {
    let mut out = Units { opener: None, units: Vec::<Unit<U>>::new(), dangling: Vec::new() };
    let mut last = 0..0;
    for (i, part) in parts.iter().enumerate() {
        let at = place(src, part);
        let behind = src.take_trailing(at.start);
        match out.units.last_mut() {
            Some(unit) => unit.trailing = behind,
            None => out.opener = behind,
        }
        let mut blank = src.blank_before(at.start);
        let (mut leading, mut docs) = src.take_docs(at.start);
        let mark = src.mark();
        let it = build(src, part);
        src.stash(at.end);
        let mut moved = src.unstash(mark);
        if let Some(first) = moved.first_mut() {
            let next = docs.first_mut().map_or(&mut blank, |own| &mut own.blank);
            first.blank = std::mem::take(next);
        }
        leading.append(&mut moved);
        // Documentation is all the `##` lines above.
        if let (Some(above), Some(first)) = (leading.last(), docs.first_mut()) {
            first.blank |= above.text.starts_with("##");
        }
        leading.append(&mut docs);
        out.units.push(Unit { leading, blank, it, trailing: None });
        last = if i == 0 { at } else { last.start..at.end };
    }
    let (trailing, dangling) = match end {
        _ if parts.is_empty() => (None, Vec::new()),
        End::Token(end) => (src.take_trailing(end), src.take(end)),
        End::Block => src.take_below(last.start, last.end),
        End::Below(first) => src.take_below(first, last.end),
    };
    if let Some(unit) = out.units.last_mut() {
        unit.trailing = trailing;
    }
    out.dangling = dangling;
    out
}

/// An `if` with more than two values is on one line only if it is no wider.
const ONE_LINE_CHOICE: usize = 60;

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
const TUPLE: Style = Style { open: "(", close: ")", comma: false };
const LIST: Style = Style { open: "[", close: "]", comma: true };
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
fn filled(parts: Units<Doc>) -> Doc {
    let last = parts.units.len() - 1;
    let parts = parts.units.into_iter().enumerate().map(|(i, unit)| {
        let comma = if i < last { Doc::text(",") } else { Doc::when_broken("") };
        Doc::concat(vec![unit.it, comma])
    });
    let inner = Doc::concat(vec![Doc::soft(), Doc::fill(parts.collect())]).nest();
    Doc::concat(vec![Doc::text("["), inner, Doc::soft(), Doc::text("]")]).group()
}

/// What holds together so tightly that brackets around it mean nothing anywhere.
fn is_atom(expr: &Expr) -> bool {
    match expr.kind {
        ExprKind::Name(_)
        | ExprKind::Nat(_)
        | ExprKind::Float(_)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Call(..)
        | ExprKind::Reducer(_)
        | ExprKind::Index(..)
        | ExprKind::Field(..)
        | ExprKind::Annotated(..)
        | ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::Record(_)
        | ExprKind::Update(..) => true,
        ExprKind::Binary { .. }
        | ExprKind::Neg(_)
        | ExprKind::Not(_)
        | ExprKind::Pipe(..)
        | ExprKind::Lambda(..)
        | ExprKind::For(..)
        | ExprKind::Reduce { .. }
        | ExprKind::If(..)
        | ExprKind::Case(..)
        | ExprKind::Error => false,
    }
}

/// Whether it extends as far to the right as it can.
pub(super) fn is_open(expr: &Expr) -> bool {
    opens_block(expr) || matches!(expr.kind, ExprKind::If(..) | ExprKind::Case(..))
}

/// Whether it is a head and a body.
fn opens_block(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Lambda(..) | ExprKind::For(..) | ExprKind::Reduce { .. })
}

/// A number or a name, or its negative.
pub(super) fn is_word(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Neg(operand) => is_word(operand),
        kind => matches!(
            kind,
            ExprKind::Name(_) | ExprKind::Nat(_) | ExprKind::Float(_) | ExprKind::Bool(_)
        ),
    }
}

/// Where a value goes that does not fit behind what binds it.
pub(super) fn way(expr: &Expr) -> Way {
    if opens_block(expr) || matches!(expr.kind, ExprKind::List(_) | ExprKind::Record(_)) {
        Way::Stay
    } else if is_open(expr) {
        Way::Below
    } else {
        Way::Either
    }
}

impl Source<'_> {
    /// The place of an expression with the brackets around it.
    pub(super) fn place(&self, expr: &Expr) -> Place {
        self.outer(expr.span, usize::MAX)
    }

    /// Whether its brackets stay where it is an operand.
    fn keeps_brackets(&self, expr: &Expr) -> bool {
        !is_atom(expr) && self.place(expr).start < expr.span.start as usize
    }

    /// Whether what it ends with extends as far to the right as it can.
    fn is_open_ended(&self, expr: &Expr) -> bool {
        let last = match &expr.kind {
            ExprKind::Binary { rhs, .. } => rhs,
            ExprKind::Neg(operand) | ExprKind::Not(operand) => operand,
            ExprKind::Pipe(_, function) => function,
            _ if is_open(expr) => return true,
            _ => return false,
        };
        !self.keeps_brackets(last) && self.is_open_ended(last)
    }

    /// A whole value: nothing that follows could belong to it.
    pub(super) fn value(&mut self, expr: &Expr) -> Doc {
        self.expr(expr)
    }

    /// A value before a word or a mark that a block could not be followed by.
    pub(super) fn followed(&mut self, expr: &Expr) -> Doc {
        if self.is_open_ended(expr) { self.bracketed(expr) } else { self.value(expr) }
    }

    /// A part of a larger expression.
    pub(super) fn operand(&mut self, expr: &Expr) -> Doc {
        if self.keeps_brackets(expr) { self.bracketed(expr) } else { self.expr(expr) }
    }

    fn bracketed(&mut self, expr: &Expr) -> Doc {
        let at = self.place(expr);
        let written = at.start < expr.span.start as usize;
        let mut units = if written {
            // The outermost of several.
            self.stash(at.start);
            let inner = expr.span.start as usize..expr.span.end as usize;
            let end = End::Token(at.end - 1);
            units(self, &[expr], end, |_, _| inner.clone(), |src, expr| src.expr(expr))
        } else {
            let it = self.expr(expr);
            let unit = Unit { leading: Vec::new(), blank: false, it, trailing: None };
            Units { opener: None, units: vec![unit], dangling: Vec::new() }
        };
        if units.has_comments() || is_open(expr) && !opens_block(expr) {
            return list(TUPLE, units);
        }
        let inner = units.units.pop().expect("there is one").it;
        if opens_block(expr) {
            // The lines of a block are one step deeper anyway.
            Doc::concat(vec![Doc::text("("), inner, Doc::text(")")])
        } else {
            inner.bracket()
        }
    }

    /// An expression without brackets.
    fn expr(&mut self, expr: &Expr) -> Doc {
        match &expr.kind {
            ExprKind::Name(name) => Doc::text(&name.text),
            ExprKind::Nat(literal) | ExprKind::Float(literal) => {
                Doc::text(ty::number(self, literal))
            }
            ExprKind::Text(text) => Doc::text(format!("\"{}\"", text.text)),
            ExprKind::Bool(value) => Doc::text(value.to_string()),
            ExprKind::Binary { op: BinaryOp::Pow, lhs, rhs, .. } => {
                let base = self.operand(lhs);
                Doc::concat(vec![base, Doc::text(" ^ "), self.operand(rhs)])
            }
            ExprKind::Binary { .. } | ExprKind::Pipe(..) => self.chain(expr),
            ExprKind::Neg(operand) => Doc::concat(vec![Doc::text("-"), self.operand(operand)]),
            ExprKind::Not(operand) => Doc::concat(vec![Doc::text("not "), self.operand(operand)]),
            ExprKind::Call(callee, arguments) => {
                let callee = self.operand(callee);
                let close = expr.span.end as usize - 1;
                self.stash(self.opener(expr.span));
                Doc::concat(vec![callee, self.arguments(arguments, close)])
            }
            ExprKind::Reducer(reducer) => Doc::text(reducer.word()),
            ExprKind::Index(table, indices) => {
                let table = self.operand(table);
                self.stash(self.opener(expr.span));
                Doc::concat(vec![table, self.indices(indices, expr.span.end as usize - 1)])
            }
            ExprKind::Field(record, field) => {
                // `(1).x` would be a number without its last digit.
                let is_number = matches!(record.kind, ExprKind::Nat(_) | ExprKind::Float(_));
                let record = if is_number { self.bracketed(record) } else { self.operand(record) };
                Doc::concat(vec![record, Doc::text(format!(".{}", field.text))])
            }
            ExprKind::Annotated(value, of) => {
                let value = self.followed(value);
                let of = format!(" : {})", ty::ty(self, of));
                Doc::concat(vec![Doc::text("("), value, Doc::text(of)])
            }
            ExprKind::Tuple(parts) => list(TUPLE, self.values(parts, expr.span.end as usize - 1)),
            ExprKind::List(parts) => {
                let values = self.values(parts, expr.span.end as usize - 1);
                let fills = parts.len() > 1 && parts.iter().all(is_word) && !values.has_comments();
                if fills { filled(values) } else { list(LIST, values) }
            }
            ExprKind::Record(fields) => {
                list(RECORD, self.fields(fields, expr.span.end as usize - 1))
            }
            ExprKind::Update(record, fields) => self.update(expr, record, fields),
            ExprKind::Lambda(binders, body) => {
                let binders = binders.iter().map(|binder| ty::binder(self, binder));
                let head = format!("\\{}.", binders.collect::<Vec<_>>().join(" "));
                self.headed(head, body)
            }
            ExprKind::For(binders, body) => {
                let binders = binders.iter().map(|binder| ty::binder(self, binder));
                let head = format!("for {}.", binders.collect::<Vec<_>>().join(" "));
                self.headed(head, body)
            }
            ExprKind::Reduce { reducer, binders, body, .. } => {
                let binders = binders.iter().map(|binder| ty::binder(self, binder));
                let head = format!("{} {}.", reducer.word(), binders.collect::<Vec<_>>().join(" "));
                self.headed(head, body)
            }
            ExprKind::If(condition, then, otherwise) => {
                let doc = self.conditional(condition, then, otherwise);
                let chained = matches!(otherwise.result.kind, ExprKind::If(..));
                let long = chained && doc.flat().is_some_and(|width| width > ONE_LINE_CHOICE);
                if long { doc.broken() } else { doc.group() }
            }
            ExprKind::Case(subject, arms) => self.case(subject, arms),
            ExprKind::Error => unreachable!("only what parses is formatted"),
        }
    }

    // ---- lists ----

    fn values(&mut self, parts: &[Expr], close: usize) -> Units<Doc> {
        units(self, parts, End::Token(close), |src, part| src.place(part), Self::value)
    }

    /// `[i, j]`
    fn indices(&mut self, indices: &[Expr], close: usize) -> Doc {
        list(INDICES, self.values(indices, close))
    }

    fn fields(&mut self, fields: &[(Name, Expr)], close: usize) -> Units<Doc> {
        let place = |src: &Self, (name, value): &(Name, Expr)| {
            name.span.start as usize..src.place(value).end
        };
        units(self, fields, End::Token(close), place, |src, (name, value)| src.bound(name, value))
    }

    /// `name = value` inside brackets.
    fn bound(&mut self, name: &Name, value: &Expr) -> Doc {
        Doc::concat(vec![Doc::text(format!("{} = ", name.text)), self.value(value)])
    }

    /// `{ r with a = e }`
    fn update(&mut self, expr: &Expr, record: &Expr, fields: &[(Name, Expr)]) -> Doc {
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
    fn arguments(&mut self, arguments: &[Argument], close: usize) -> Doc {
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
    fn head_width(&self, expr: &Expr) -> usize {
        let binders = match &expr.kind {
            ExprKind::Lambda(binders, _) => binders,
            ExprKind::For(binders, _) | ExprKind::Reduce { binders, .. } => binders,
            _ => return 1,
        };
        // The longest reducer, spaces and the dot.
        let words = binders.iter().map(|binder| width(&ty::binder(self, binder)) + 1);
        words.sum::<usize>() + Reducer::LogSumExp.word().len() + 1
    }

    // ---- chains of operators ----

    /// Operators that bind alike: all on one line, or each at the beginning of its own.
    fn chain(&mut self, expr: &Expr) -> Doc {
        let level = level(expr);
        let (mut first, mut rest) = (expr, Vec::new());
        while let Some((symbol, lhs, rhs)) = split(first) {
            rest.push((symbol, rhs));
            first = lhs;
            if self::level(lhs) != level || self.keeps_brackets(lhs) {
                break;
            }
        }
        rest.reverse();
        let mut end = self.place(first).end;
        let first = self.operand(first);
        self.stash(end);
        let mut links = Vec::new();
        for (symbol, rhs) in rest {
            let at = self.place(rhs);
            let trailing = self.take_trailing(at.start);
            let leading = self.take(at.start);
            let operand = self.operand(rhs);
            end = at.end;
            self.stash(end);
            links.push(Link { symbol, trailing, leading, operand });
        }
        chained(first, links)
    }

    // ---- forms with blocks ----

    /// A head that ends in `.`, and the body.
    fn headed(&mut self, head: String, body: &Body) -> Doc {
        Doc::concat(vec![Doc::text(head), self.body(body)])
    }

    /// What follows `=`, `~`, `.` or `->`: a space and a value, or a block.
    pub(super) fn body(&mut self, body: &Body) -> Doc {
        if !body.lets.is_empty() {
            return self.block(body, End::Block);
        }
        let value = &body.result;
        match self.lone(value, None) {
            Ok(doc) => Doc::attach(doc, way(value)),
            Err(block) => block,
        }
    }

    /// A block, also where one line would do.
    pub(super) fn block(&mut self, body: &Body, end: End) -> Doc {
        enum Line<'a> {
            Let(&'a Let),
            Value(&'a Expr),
        }
        let lets = body.lets.iter().map(Line::Let);
        let lines: Vec<Line<'_>> = lets.chain([Line::Value(&body.result)]).collect();
        let place = |src: &Self, line: &Line<'_>| match line {
            Line::Let(binding) => binding.span.start as usize..binding.span.end as usize,
            Line::Value(value) => src.place(value),
        };
        self.stash(self.previous(place(self, &lines[0]).start));
        let lines = units(self, &lines, end, place, |src, line| match line {
            Line::Let(binding) => src.local(binding),
            Line::Value(value) => src.value(value),
        });
        lines.block()
    }

    /// A value without lets: by itself, or as a block if there are comments above or below it.
    fn lone(&mut self, value: &Expr, end: Option<usize>) -> Result<Doc, Doc> {
        let at = self.place(value);
        self.stash(self.previous(at.start));
        let opener = self.take_trailing(at.start);
        let leading = self.take(at.start);
        let it = self.value(value);
        self.stash(at.end);
        let (trailing, dangling) = match end {
            Some(end) => (self.take_trailing(end), self.take(end)),
            None => self.take_below_value(&at),
        };
        let unit = Unit { leading, blank: false, it, trailing };
        let mut units = Units { opener, units: vec![unit], dangling };
        if units.has_comments() {
            Err(units.block())
        } else {
            Ok(units.units.pop().expect("there is one").it)
        }
    }

    /// A `let` of a block.
    fn local(&mut self, binding: &Let) -> Doc {
        let mut head = format!("let {}", ty::pattern(&binding.pattern));
        if let Some(of) = &binding.ty {
            head += &format!(" : {}", ty::ty(self, of));
        }
        head += if binding.draw { " ~" } else { " =" };
        Doc::concat(vec![Doc::text(head), self.body(&binding.body)])
    }

    /// `if c then a else b`, whose parts stand on one line or each in its own block.
    fn conditional(&mut self, condition: &Expr, then: &Body, otherwise: &Body) -> Doc {
        let condition = self.followed(condition);
        let end = self.find(Token::Else, self.body_end(then));
        let then = self.branch(then, Some(end));
        let head = vec![Doc::text("if "), condition, Doc::text(" then"), then, Doc::space()];
        let otherwise = match &otherwise.result.kind {
            ExprKind::If(condition, then, last) if otherwise.lets.is_empty() => {
                self.stash(self.place(&otherwise.result).start);
                let chained = self.conditional(condition, then, last);
                Doc::concat(vec![Doc::text(" "), chained])
            }
            _ => self.branch(otherwise, None),
        };
        let tail = [Doc::text("else"), otherwise];
        Doc::concat(head.into_iter().chain(tail).collect())
    }

    fn body_end(&self, body: &Body) -> usize {
        self.place(&body.result).end
    }

    /// A part of an `if`: a block wherever the `if` takes several lines.
    fn branch(&mut self, body: &Body, end: Option<usize>) -> Doc {
        if !body.lets.is_empty() {
            return self.block(body, end.map_or(End::Block, End::Token));
        }
        match self.lone(&body.result, end) {
            Ok(doc) => Doc::concat(vec![Doc::space(), doc]).nest(),
            Err(block) => block,
        }
    }

    /// `case e of` and its arms, whose arrows are aligned.
    fn case(&mut self, subject: &Expr, arms: &[Arm]) -> Doc {
        let subject = self.followed(subject);
        let place =
            |src: &Self, arm: &Arm| arm.pattern.span.start as usize..src.body_end(&arm.body);
        let arms = units(self, arms, End::Block, place, |src, arm| {
            (ty::pattern(&arm.pattern), src.body(&arm.body))
        });
        let short = |(pattern, body): &(String, Doc)| {
            body.flat().is_some_and(|body| width(pattern) + body < WIDTH / 2)
        };
        let widths = arms.units.iter().filter(|arm| short(&arm.it)).map(|arm| width(&arm.it.0));
        let widest = widths.max().unwrap_or_default();
        let arms = arms.map(|arm| {
            let pad = if short(&arm) { widest - width(&arm.0) } else { 0 };
            let head = format!("{}{} ->", arm.0, " ".repeat(pad));
            Doc::concat(vec![Doc::text(head), arm.1])
        });
        Doc::concat(vec![Doc::text("case "), subject, Doc::text(" of"), arms.block()])
    }

    // ---- terms of equations ----

    /// The terms of an equation from the first on; that one also alone, for alignment.
    pub(super) fn terms(&mut self, terms: &[DiffTerm]) -> (Doc, Vec<Link>) {
        let (first, rest) = terms.split_first().expect("an equation has a term");
        let sign = if first.negative { "-" } else { "" };
        let head = Doc::concat(vec![Doc::text(sign), self.term(first)]);
        let mut links = Vec::new();
        for term in rest {
            let trailing = self.take_trailing(term.span.start as usize);
            let leading = self.take(term.span.start as usize);
            let symbol = if term.negative { "-" } else { "+" };
            links.push(Link { symbol, trailing, leading, operand: self.term(term) });
        }
        (head, links)
    }

    fn term(&mut self, term: &DiffTerm) -> Doc {
        let coefficient = term.coefficient.as_ref().map(|coefficient| match coefficient {
            Coefficient::Expr(coefficient) => self.operand(coefficient),
            Coefficient::Hole(_) => Doc::text("_"),
        });
        let differential = term.differential.as_ref().map(|it| self.differential(it));
        self.stash(term.span.end as usize);
        let gap = (coefficient.is_some() && differential.is_some()).then(|| Doc::text(" "));
        Doc::concat(coefficient.into_iter().chain(gap).chain(differential).collect())
    }

    fn differential(&mut self, differential: &Differential) -> Doc {
        let name = Doc::text(format!("d{}", differential.name.text));
        if differential.indices.is_empty() {
            return name;
        }
        let close = differential.span.end as usize - 1;
        self.stash(self.opener(differential.span));
        Doc::concat(vec![name, self.indices(&differential.indices, close)])
    }
}

/// An operand behind its operator, with the comments before it.
pub(super) struct Link {
    symbol: &'static str,
    /// Behind what is before it.
    trailing: Option<String>,
    leading: Vec<super::source::Own>,
    operand: Doc,
}

/// Operands with operators between them.
pub(super) fn chained(first: Doc, links: Vec<Link>) -> Doc {
    let commented = |link: &Link| link.trailing.is_some() || !link.leading.is_empty();
    let forced = links.iter().any(commented);
    let docs = links.into_iter().map(|Link { symbol, trailing, leading, operand }| {
        let link = Doc::concat(vec![Doc::text(format!("{symbol} ")), operand]);
        let trailing = trailing.map(Doc::trailing);
        let leading =
            leading.into_iter().flat_map(|own| [Doc::hard(false), Doc::comment(own.text)]);
        let end = forced.then(|| Doc::hard(false));
        Doc::concat(trailing.into_iter().chain(leading).chain(end).chain([link]).collect())
    });
    if forced {
        let links = Doc::concat(docs.collect()).nest();
        Doc::concat(vec![first, links])
    } else {
        Doc::chain(first, docs.collect()).group()
    }
}

/// Operators that may follow each other in a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Pipe,
    Or,
    And,
    Comparison,
    Sum,
    Product,
    /// No chain.
    Other,
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Pipe(..) => Level::Pipe,
        ExprKind::Binary { op, .. } => match op {
            BinaryOp::Add | BinaryOp::Sub => Level::Sum,
            BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::ElementMul
            | BinaryOp::ElementDiv
            | BinaryOp::Contract => Level::Product,
            BinaryOp::Pow => Level::Other,
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => Level::Comparison,
            BinaryOp::And => Level::And,
            BinaryOp::Or => Level::Or,
        },
        _ => Level::Other,
    }
}

/// The operator of a chain's last link and what stands on both sides.
fn split(expr: &Expr) -> Option<(&'static str, &Expr, &Expr)> {
    match &expr.kind {
        ExprKind::Pipe(value, function) => Some(("|>", value, function)),
        ExprKind::Binary { op, lhs, rhs, .. } => Some((op.symbol(), lhs, rhs)),
        _ => None,
    }
}
