//! Clauses of models and posteriors, and what stands in other blocks too.

use super::chain::chained;
use super::doc::{Doc, STEP, WIDTH};
use super::expr::is_word;
use super::list::{ARGUMENTS, list};
use super::row::{Family, Kind, Row, Slot, align};
use super::source::{Source, place_of};
use super::ty::{self, names};
use super::unit::{End, units};
use crate::ast::{
    Body, Clause, ClauseKind, Def, DefParam, DiffTerm, Expr, Let, Name, Param, PatternKind,
    Setting, Type,
};
use crate::token::Token;

/// The clauses of a model, as the block below its header.
pub(super) fn clauses(src: &mut Source<'_>, clauses: &[Clause], indent: usize) -> Doc {
    let place = |_: &Source<'_>, clause: &Clause| place_of(clause.span);
    let rows = units(src, clauses, End::Block, place, |src, clause| row(src, clause, indent));
    align(rows, indent).block()
}

fn row(src: &mut Source<'_>, clause: &Clause, indent: usize) -> Row {
    match &clause.kind {
        ClauseKind::Param(param) => self::param(src, param),
        ClauseKind::Let(binding) => self::binding(src, binding),
        ClauseKind::Def(def) => Row::plain(self::def(src, def, indent)),
        ClauseKind::Input { names, ty, default } => {
            let parts = [("=", default.as_ref()), ("", None)];
            declaration("input", src, names, ty, parts, None)
        }
        ClauseKind::State { names, ty, during } => {
            let parts = [("during", during.as_ref()), ("", None)];
            declaration("state", src, names, ty, parts, None)
        }
        ClauseKind::Noise { names, ty } => {
            declaration("noise", src, names, ty, [("", None), ("", None)], None)
        }
        ClauseKind::NoiseLike { names: noises, state } => {
            let like = Doc::text(format!(" {}", state.text));
            declared("noise", names(noises), noises.len(), "like", like)
        }
        ClauseKind::Mark { name, noise, law } => {
            let head = format!("{} of {}", name.text, noise.text);
            let law = Doc::concat(vec![Doc::text(" "), src.value(law)]);
            declared("mark", head, 1, "~", law)
        }
        ClauseKind::Init { names, draw, body } => change("init", src, names, *draw, body),
        ClauseKind::Next { names, draw, body } => change("next", src, names, *draw, body),
        ClauseKind::When { event, resets } => when(src, event, resets, indent),
        ClauseKind::Observe { name, maybe, ty, at, draw, body } => {
            let mark = if *maybe { "?" } else { "" };
            let mut docs = vec![Doc::text(format!("{}{mark}", name.text))];
            docs.extend(ty.as_ref().map(|ty| Doc::text(format!(" : {}", ty::ty(src, ty)))));
            docs.extend(
                at.as_ref().map(|at| Doc::concat(vec![Doc::text(" at "), src.followed(at)])),
            );
            let head = Doc::concat(docs);
            let kind = (ty.is_none() && at.is_none()).then(|| Kind::of("observe"));
            Row { keyword: "observe", kind, ..bound(head, sign(*draw), src.body(body)) }
        }
        ClauseKind::Equation { head, indices, terms } => equation(src, head, indices, terms),
        ClauseKind::Rate { head, indices, body } => {
            let head = Doc::text(self::head(head, indices) + "/dt");
            Row { kind: Some(Kind::of("rate")), ..bound(head, "=", src.body(body)) }
        }
        ClauseKind::Transition { head, indices, law } => {
            let head = Doc::text(self::head(head, indices));
            Row { kind: Some(Kind::of("transition")), ..bound(head, "~", src.body(law)) }
        }
    }
}

fn sign(draw: bool) -> &'static str {
    if draw { "~" } else { "=" }
}

/// `head = body`, where `body` begins with its space.
fn bound(head: Doc, sign: &str, body: Doc) -> Row {
    let text = head.flat_text().unwrap_or_default();
    let slots = vec![Some(Slot::new(text, true)), Some(Slot::last(sign, &body))];
    let doc = Doc::concat(vec![head, Doc::text(format!(" {sign}")), body]);
    Row { slots, ..Row::plain(doc) }
}

/// A declaration of `count` names without a type.
fn declared(keyword: &'static str, head: String, count: usize, sign: &str, body: Doc) -> Row {
    Row {
        keyword,
        family: Some(Family::Declaration),
        kind: Some(Kind { names: count, ..Kind::of(keyword) }),
        ..bound(Doc::text(head), sign, body)
    }
}

/// `init x ~ D`
fn change(
    keyword: &'static str,
    src: &mut Source<'_>,
    states: &[Name],
    draw: bool,
    body: &Body,
) -> Row {
    let body = src.body(body);
    declared(keyword, names(states), states.len(), sign(draw), body)
}

/// `param a, b : C = init ~ prior per subject`
pub(super) fn param(src: &mut Source<'_>, param: &Param) -> Row {
    let parts = [("=", param.init.as_ref()), ("~", param.prior.as_ref())];
    declaration("param", src, &param.names, &param.ty, parts, param.per.as_ref())
}

/// A declaration of names with a type and up to two values.
fn declaration(
    keyword: &'static str,
    src: &mut Source<'_>,
    declared: &[Name],
    ty: &Type,
    parts: [(&'static str, Option<&Expr>); 2],
    per: Option<&Name>,
) -> Row {
    let head = names(declared);
    let of = format!(": {}", ty::ty(src, ty));
    let mut docs = vec![Doc::text(format!("{head} {of}"))];
    let mut slots = vec![Some(Slot::new(head, true)), Some(Slot::new(of, ty::is_word(ty)))];
    for (i, (mark, value)) in parts.into_iter().enumerate() {
        let followed = per.is_some() || parts[i + 1..].iter().any(|(_, value)| value.is_some());
        let doc = value.map(|value| if followed { src.followed(value) } else { src.value(value) });
        slots.push(doc.as_ref().map(|doc| {
            let word = value.is_some_and(is_word);
            Slot::of(&format!("{mark} "), doc, word)
        }));
        docs.extend(doc.map(|doc| Doc::concat(vec![Doc::text(format!(" {mark} ")), doc])));
    }
    if let Some(per) = per {
        let per = format!("per {}", per.text);
        docs.push(Doc::text(format!(" {per}")));
        slots.push(Some(Slot::new(per, true)));
    }
    Row {
        keyword,
        family: Some(Family::Declaration),
        kind: Some(Kind { names: declared.len(), ..Kind::of(keyword) }),
        slots,
        doc: Doc::concat(docs),
    }
}

/// A `let` of a model or of the file.
pub(super) fn binding(src: &mut Source<'_>, binding: &Let) -> Row {
    let pattern = ty::pattern(&binding.pattern);
    let is_name = matches!(binding.pattern.kind, PatternKind::Name(_));
    let kind = Kind { typed: binding.ty.is_some(), ..Kind::of("let") };
    let of = binding.ty.as_ref().map(|of| format!(": {}", ty::ty(src, of)));
    let body = src.body(&binding.body);
    let mark = sign(binding.draw);
    let mut slots = vec![Some(Slot::new(&pattern, true))];
    slots.extend(
        of.as_ref().map(|text| Some(Slot::new(text, binding.ty.as_ref().is_some_and(ty::is_word)))),
    );
    slots.push(Some(Slot::last(mark, &body)));
    let head = of.map_or(pattern.clone(), |of| format!("{pattern} {of}"));
    let doc = Doc::concat(vec![Doc::text(format!("{head} {mark}")), body]);
    Row { keyword: "let", family: None, kind: is_name.then_some(kind), slots, doc }
}

/// A function. Those that follow each other without empty lines are a table: each on its own line,
/// if it fits. The body of any other stands below.
pub(super) fn def(src: &mut Source<'_>, def: &Def, indent: usize) -> Doc {
    let open = src.find(Token::OpenRound, def.name.span.end as usize);
    src.stash(open);
    let close = src.closer(open);
    let place = |src: &Source<'_>, param: &DefParam| {
        let end = param.ty.as_ref().map(|ty| src.outer(ty.span, close).end);
        param.name.span.start as usize..end.unwrap_or(param.name.span.end as usize)
    };
    let params = units(src, &def.params, End::Token(close), place, |src, param| {
        Doc::text(match &param.ty {
            Some(of) => format!("{}: {}", param.name.text, ty::ty(src, of)),
            None => param.name.text.clone(),
        })
    });
    let result = def.result.as_ref().map(|of| format!(" -> {}", ty::ty(src, of)));
    let head = Doc::concat(vec![
        Doc::text(format!("def {}", def.name.text)),
        list(ARGUMENTS, params),
        Doc::text(result.unwrap_or_default() + " ="),
    ]);
    let body = src.body(&def.body);
    let is_short = src.is_in_table(def.span)
        && head.flat().zip(body.flat()).is_some_and(|(head, body)| indent + head + body <= WIDTH);
    match body.attached() {
        Some(value) if !is_short => {
            let below = Doc::concat(vec![Doc::hard(false), value.clone().group()]).nest();
            Doc::concat(vec![head, below])
        }
        _ => Doc::concat(vec![head, body]),
    }
}

/// `key = value`
pub(super) fn setting(src: &mut Source<'_>, setting: &Setting) -> Row {
    let body = src.body(&setting.value);
    let head = Doc::text(&setting.key.text);
    Row { kind: Some(Kind::of("setting")), ..bound(head, "=", body) }
}

/// `when e` and its resets. A header has one line: a block in it would take the place of its own.
fn when(src: &mut Source<'_>, event: &Expr, resets: &[(Name, Expr)], indent: usize) -> Row {
    src.stash(src.place(event).end);
    let event = src.followed(event);
    let event = event.flat_text().map_or(event, Doc::text);
    let place =
        |src: &Source<'_>, (state, to): &(Name, Expr)| state.span.start as usize..src.place(to).end;
    let resets = units(src, resets, End::Block, place, |src, (state, to)| {
        let to = Doc::concat(vec![Doc::text(" "), src.value(to)]);
        Row { kind: Some(Kind::of("reset")), ..bound(Doc::text(&state.text), "=", to) }
    });
    let resets = align(resets, indent + STEP).block();
    Row::plain(Doc::concat(vec![Doc::text("when "), event, resets]))
}

/// `dx[i]`
fn head(head: &Name, indices: &[Name]) -> String {
    match indices {
        [] => head.text.clone(),
        indices => format!("{}[{}]", head.text, names(indices)),
    }
}

/// `dx = a dt + b dW`: what follows the drift is aligned.
fn equation(src: &mut Source<'_>, head: &Name, indices: &[Name], terms: &[DiffTerm]) -> Row {
    let head = self::head(head, indices);
    let start = src.previous(terms[0].span.start as usize);
    src.stash(start);
    let (first, links) = src.terms(terms);
    let first_text = first.flat_text().unwrap_or_default();
    let right = chained(first, links);
    let is_drift = terms[0].differential.as_ref().is_some_and(|it| it.name.text == "t");
    let rest = right.flat_text().unwrap_or_default();
    let rest = rest.get(first_text.len()..).unwrap_or_default().trim_start();
    let mut slots =
        vec![Some(Slot::new(&head, true)), Some(Slot::new(format!("= {first_text}"), is_drift))];
    slots.extend((!rest.is_empty()).then(|| Some(Slot::new(rest, false))));
    let doc = Doc::concat(vec![Doc::text(format!("{head} = ")), right]);
    Row { kind: Some(Kind::of("equation")), slots, ..Row::plain(doc) }
}
