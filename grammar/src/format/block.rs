//! Values that may open a block, and the forms that consist of them.

use super::doc::{Doc, WIDTH, width};
use super::expr::way;
use super::source::Source;
use super::ty;
use super::unit::{End, Unit, Units, units};
use crate::ast::{Arm, Body, Expr, ExprKind, Let};
use crate::token::Token;

impl Source<'_> {
    /// A head that ends in `.`, and the body.
    pub(super) fn headed(&mut self, head: String, body: &Body) -> Doc {
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
    pub(super) fn lone(&mut self, value: &Expr, end: Option<usize>) -> Result<Doc, Doc> {
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
    pub(super) fn local(&mut self, binding: &Let) -> Doc {
        let mut head = format!("let {}", ty::pattern(&binding.pattern));
        if let Some(of) = &binding.ty {
            head += &format!(" : {}", ty::ty(self, of));
        }
        head += if binding.draw { " ~" } else { " =" };
        Doc::concat(vec![Doc::text(head), self.body(&binding.body)])
    }

    /// `if c then a else b`, whose parts stand on one line or each in its own block.
    pub(super) fn conditional(&mut self, condition: &Expr, then: &Body, otherwise: &Body) -> Doc {
        let condition = self.followed(condition);
        let end = self.find(Token::Else, self.body_end(then));
        let then = self.branch(then, Some(end));
        let head = vec![Doc::text("if "), condition, Doc::text(" then"), then, Doc::space()];
        let otherwise = if let ExprKind::If(condition, then, last) = &otherwise.result.kind
            && otherwise.lets.is_empty()
        {
            self.stash(self.place(&otherwise.result).start);
            let chained = self.conditional(condition, then, last);
            Doc::concat(vec![Doc::text(" "), chained])
        } else {
            self.branch(otherwise, None)
        };
        let tail = [Doc::text("else"), otherwise];
        Doc::concat(head.into_iter().chain(tail).collect())
    }

    pub(super) fn body_end(&self, body: &Body) -> usize {
        self.place(&body.result).end
    }

    /// A part of an `if`: a block wherever the `if` takes several lines.
    pub(super) fn branch(&mut self, body: &Body, end: Option<usize>) -> Doc {
        if !body.lets.is_empty() {
            return self.block(body, end.map_or(End::Block, End::Token));
        }
        match self.lone(&body.result, end) {
            Ok(doc) => Doc::concat(vec![Doc::space(), doc]).nest(),
            Err(block) => block,
        }
    }

    /// `case e of` and its arms, whose arrows are aligned.
    pub(super) fn case(&mut self, subject: &Expr, arms: &[Arm]) -> Doc {
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
}
