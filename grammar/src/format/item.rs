//! Items of a file.

use super::clause;
use super::doc::{Doc, STEP};
use super::list::{RECORD, list};
use super::row::{Family, Kind, Row, Slot, align};
use super::source::{Place, Source, place_of};
use super::ty::{self, names, sizes};
use super::unit::{End, Units, units};
use crate::ast::{
    Column, Command, CommandKind, Data, Def, Given, Import, Item, ItemKind, Method, Name, Net,
    NetItem, Objective, Setting, Type, TypeKind,
};

/// Items that begin at column `indent`: 0 in a file, more in a `repeat`.
pub(super) fn items(src: &mut Source<'_>, items: &[Item], end: End, indent: usize) -> Units<Doc> {
    let place = |_: &Source<'_>, item: &Item| place_of(item.span);
    let rows = units(src, items, end, place, |src, item| row(src, item, indent));
    let groups: Vec<Group> = items.iter().map(group).collect();
    let mut docs = align(rows, indent);
    for (i, unit) in docs.units.iter_mut().enumerate() {
        // `##` lines are documentation where they touch the item.
        let last = unit.leading.last();
        unit.blank |= items[i].doc.is_none() && last.is_some_and(|own| own.text.starts_with("##"));

        let apart =
            i > 0 && indent == 0 && (groups[i] == Group::Block || groups[i - 1] != groups[i]);
        // A line that begins with `-` would seem to go on with the line above.
        let minus = matches!(items[i].kind, ItemKind::Show(_)) && unit.it.begins_with('-');
        let is_apart = unit.blank || unit.leading.iter().any(|own| own.blank);
        if (apart || minus) && !is_apart {
            match unit.leading.first_mut() {
                Some(own) => own.blank = true,
                None => unit.blank = true,
            }
        }
    }
    docs
}

/// What is kept together. An empty line stands between groups, and around every block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Header,
    Definition,
    Let,
    Def,
    Param,
    Show,
    Block,
}

fn group(item: &Item) -> Group {
    match &item.kind {
        ItemKind::Import(_) | ItemKind::Precision(_) => Group::Header,
        ItemKind::Size { .. } | ItemKind::Index { .. } | ItemKind::Type { .. } => Group::Definition,
        ItemKind::Let(_) => Group::Let,
        ItemKind::Def(_) => Group::Def,
        ItemKind::Param(_) => Group::Param,
        ItemKind::Show(_) => Group::Show,
        ItemKind::Net(_)
        | ItemKind::Data(_)
        | ItemKind::Model(_)
        | ItemKind::Posterior(_)
        | ItemKind::Objective(_)
        | ItemKind::Method(_)
        | ItemKind::Command(_)
        | ItemKind::Repeat { .. } => Group::Block,
    }
}

fn row(src: &mut Source<'_>, item: &Item, indent: usize) -> Row {
    let inner = indent + STEP;
    let doc = match &item.kind {
        ItemKind::Import(Import::Module(name)) => Doc::text(format!("import {}", name.text)),
        ItemKind::Import(Import::File(file)) => Doc::text(format!("import \"{}\"", file.text)),
        ItemKind::Precision(name) => Doc::text(format!("precision {}", name.text)),
        ItemKind::Size { name, value } => {
            let value = Doc::text(ty::ty(src, value));
            return definition("size", name.text.clone(), Doc::concat(vec![Doc::text(" "), value]));
        }
        ItemKind::Index { name, elements } => {
            let place = |_: &Source<'_>, element: &Name| place_of(element.span);
            let elements = alternatives(src, item, elements, place, |_, name| name.text.clone());
            return definition("index", name.text.clone(), elements);
        }
        ItemKind::Type { name, params, alternatives: types } => {
            let head = format!("{}{}", name.text, sizes(src, params));
            let right = match types.as_slice() {
                [only] => Doc::concat(vec![Doc::text(" "), record(src, only)]),
                _ => {
                    let place = |src: &Source<'_>, ty: &Type| src.outer(ty.span, usize::MAX);
                    alternatives(src, item, types, place, ty::ty)
                }
            };
            return definition("type", head, right);
        }
        ItemKind::Let(binding) => return clause::binding(src, binding),
        ItemKind::Param(param) => return clause::param(src, param),
        ItemKind::Def(def) => clause::def(src, def, indent),
        ItemKind::Net(net) => self::net(src, net, inner),
        ItemKind::Data(data) => self::data(src, data, inner),
        ItemKind::Model(model) => {
            let base = model.base.as_ref().map(|base| format!(" of {}", base.text));
            let sizes = sizes(src, &model.params);
            let head = format!("model {}{sizes}{}", model.name.text, base.unwrap_or_default());
            block(head, clause::clauses(src, &model.clauses, inner))
        }
        ItemKind::Posterior(posterior) => {
            let (name, of) = (&posterior.name.text, &posterior.model.text);
            let (sizes, given) = (sizes(src, &posterior.params), given(src, &posterior.given));
            let head = format!("posterior {name}{sizes} of {of}{given}");
            block(head, clause::clauses(src, &posterior.clauses, inner))
        }
        ItemKind::Objective(objective) => self::objective(src, objective),
        ItemKind::Method(method) => self::method(src, method, inner),
        ItemKind::Command(command) => self::command(src, command, inner),
        ItemKind::Repeat { count, items } => {
            let head = format!("repeat {}", ty::number(src, count));
            block(head, self::items(src, items, End::Block, inner).block())
        }
        ItemKind::Show(value) => src.value(value),
    };
    Row::plain(doc)
}

/// A line and the block below it.
fn block(head: String, block: Doc) -> Doc {
    Doc::concat(vec![Doc::text(head), block])
}

/// `size k = 8`, where `right` begins with its space.
fn definition(keyword: &'static str, head: String, right: Doc) -> Row {
    let slots = vec![Some(Slot::new(&head, true)), Some(Slot::last("=", &right))];
    Row {
        keyword,
        family: Some(Family::Definition),
        kind: Some(Kind::of(keyword)),
        slots,
        doc: Doc::concat(vec![Doc::text(head + " ="), right]),
    }
}

/// ` A | B`, or each on its own line.
fn alternatives<'a, T>(
    src: &mut Source<'a>,
    item: &Item,
    parts: &[T],
    place: impl Fn(&Source<'a>, &T) -> Place,
    show: impl Fn(&Source<'a>, &T) -> String,
) -> Doc {
    let bar = src.bar_before(place(src, &parts[0]).start);
    src.stash(src.previous(bar));
    let last = place(src, parts.last().expect("there is one")).end;
    let deeper = src.column(bar) > src.column(item.span.start as usize);
    let end = if deeper && src.starts_line(bar) { End::Below(bar) } else { End::Token(last) };
    let parts = units(src, parts, end, place, |src, part| show(src, part));
    if parts.has_comments() {
        return parts.map(|part| Doc::text(format!("| {part}"))).dense().block();
    }
    let mut docs = Vec::new();
    for (i, unit) in parts.units.into_iter().enumerate() {
        docs.push(Doc::space());
        docs.push(if i > 0 { Doc::text("| ") } else { Doc::when_broken("| ") });
        docs.push(Doc::text(unit.it));
    }
    Doc::concat(docs).nest().group()
}

/// A type whose fields may stand on lines of their own.
fn record(src: &mut Source<'_>, node: &Type) -> Doc {
    let TypeKind::Record(fields) = &node.kind else { return Doc::text(ty::ty(src, node)) };
    src.stash(node.span.start as usize);
    let place = |src: &Source<'_>, (name, of): &(Name, Type)| {
        name.span.start as usize..src.outer(of.span, usize::MAX).end
    };
    let close = End::Token(node.span.end as usize - 1);
    let fields =
        units(src, fields, close, place, |src, (name, of)| Doc::text(ty::field(src, name, of)));
    list(RECORD, fields)
}

fn given(src: &Source<'_>, given: &[Given]) -> String {
    let one = |given: &Given| match &given.ty {
        Some(of) => format!("{} : {}", given.name.text, ty::ty(src, of)),
        None => given.name.text.clone(),
    };
    if given.is_empty() { String::new() } else { format!(" given {}", ty::list(given, one)) }
}

fn net(src: &mut Source<'_>, net: &Net, indent: usize) -> Doc {
    enum Line<'a> {
        Item(&'a NetItem),
        Body,
    }
    let head =
        format!("net {}{} : {}", net.name.text, sizes(src, &net.params), ty::ty(src, &net.ty));
    let items = net.items.iter().map(Line::Item);
    let lines: Vec<Line<'_>> = items.chain([Line::Body]).collect();
    let place = |src: &Source<'_>, line: &Line<'_>| match line {
        Line::Item(NetItem::Param(param)) => place_of(param.span),
        Line::Item(NetItem::Let(binding)) => place_of(binding.span),
        Line::Item(NetItem::Def(def)) => place_of(def.span),
        Line::Body => src.place(&net.body),
    };
    let rows = units(src, &lines, End::Block, place, |src, line| match line {
        Line::Item(NetItem::Param(param)) => clause::param(src, param),
        Line::Item(NetItem::Let(binding)) => clause::binding(src, binding),
        Line::Item(NetItem::Def(def)) => Row::plain(clause::def(src, def, indent)),
        Line::Body => Row::plain(src.value(&net.body)),
    });
    block(head, align(rows, indent).block())
}

fn data(src: &mut Source<'_>, data: &Data, indent: usize) -> Doc {
    let (name, format) = (&data.name.text, &data.format.text);
    let by = data.by.as_ref().map(|by| format!(" by \"{}\"", by.text)).unwrap_or_default();
    let sizes = sizes(src, &data.params);
    let head = format!("data {name}{sizes} = {format} \"{}\"{by}", data.file.text);
    let kind = Kind { tabular: true, ..Kind::of("column") };
    let place = |_: &Source<'_>, column: &Column| place_of(column.span);
    let columns = units(src, &data.columns, End::Block, place, |src, column| {
        let of = format!(": {}", ty::ty(src, &column.ty));
        let mut docs = vec![Doc::text(format!("{} {of}", column.name.text))];
        let mut slots = vec![Some(Slot::new(&column.name.text, true)), Some(Slot::new(of, true))];
        for (word, value) in [("from ", &column.from), ("at ", &column.at)] {
            let value = value.as_ref().map(|value| match (word, &column.at) {
                ("from ", Some(_)) => src.followed(value),
                _ => src.value(value),
            });
            slots.push(value.as_ref().map(|value| Slot::of(word, value, true)));
            docs.extend(value.map(|value| Doc::concat(vec![Doc::text(format!(" {word}")), value])));
        }
        Row { kind: Some(kind), slots, ..Row::plain(Doc::concat(docs)) }
    });
    block(head, align(columns, indent).block())
}

fn objective(src: &mut Source<'_>, objective: &Objective) -> Doc {
    let (name, of) = (&objective.name.text, &objective.model.text);
    let head = format!("objective {name} of {of}{}", given(src, &objective.given));
    block(head, src.block(&objective.body, End::Block))
}

/// Facts and functions in the order in which they were written.
fn method(src: &mut Source<'_>, method: &Method, indent: usize) -> Doc {
    enum Line<'a> {
        Fact(&'a Setting),
        Def(&'a Def),
    }
    let span = |line: &Line<'_>| match line {
        Line::Fact(fact) => fact.span,
        Line::Def(def) => def.span,
    };
    let facts = method.facts.iter().map(Line::Fact);
    let mut lines: Vec<Line<'_>> = facts.chain(method.defs.iter().map(Line::Def)).collect();
    lines.sort_by_key(|line| span(line).start);
    let head = format!("method {} : {}", method.name.text, method.convention.text);
    let place = |_: &Source<'_>, line: &Line<'_>| place_of(span(line));
    let rows = units(src, &lines, End::Block, place, |src, line| match line {
        Line::Fact(fact) => clause::setting(src, fact),
        Line::Def(def) => Row::plain(clause::def(src, def, indent)),
    });
    block(head, align(rows, indent).block())
}

fn command(src: &mut Source<'_>, command: &Command, indent: usize) -> Doc {
    let label = command.label.as_ref().map(|label| label.text.as_str()).unwrap_or_default();
    let model = format!("{}{}", command.model.text, sizes(src, &command.sizes));
    let data = |word: &str| match command.data.as_slice() {
        [] => String::new(),
        data => format!(" {word} {}", names(data)),
    };
    let named = if label.is_empty() { String::new() } else { format!(" as {label}") };
    let head = match command.kind {
        CommandKind::Fit => format!("fit {model}{}{named}", data("to")),
        CommandKind::Sample => format!("sample {model}{}{named}", data("given")),
        CommandKind::Estimate => format!("estimate {label} of {model}"),
    };
    if command.settings.is_empty() {
        return Doc::text(head);
    }
    let place = |_: &Source<'_>, setting: &Setting| place_of(setting.span);
    let settings = units(src, &command.settings, End::Block, place, clause::setting);
    block(head, align(settings, indent).block())
}
