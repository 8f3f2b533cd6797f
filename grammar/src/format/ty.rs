//! Types, sizes, patterns and binders: always on one line.

use super::source::Source;
use crate::ast::{
    Binder, Literal, Name, Pattern, PatternKind, SizeParam, Type, TypeArgument, TypeKind,
};

/// How tightly the parts of a type hold together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Arrow,
    Sum,
    Product,
    Postfix,
}

/// A type with the brackets that it needs.
pub(super) fn ty(src: &Source<'_>, node: &Type) -> String {
    match &node.kind {
        TypeKind::Nat(literal) | TypeKind::Number(literal) => number(src, literal),
        TypeKind::Name(name) => name.text.clone(),
        TypeKind::Apply(name, arguments) => {
            format!("{}({})", name.text, list(arguments, |argument| type_argument(src, argument)))
        }
        TypeKind::Table(index, element) => {
            format!("{} => {}", part(src, index, Level::Sum), ty(src, element))
        }
        TypeKind::Function(domain, result) => {
            format!("{} -> {}", part(src, domain, Level::Sum), ty(src, result))
        }
        TypeKind::Add(a, b) => {
            format!("{} + {}", part(src, a, Level::Sum), part(src, b, Level::Product))
        }
        TypeKind::Sub(a, b) => {
            format!("{} - {}", part(src, a, Level::Sum), part(src, b, Level::Product))
        }
        TypeKind::Mul(a, b) => {
            format!("{} * {}", part(src, a, Level::Product), part(src, b, Level::Postfix))
        }
        TypeKind::Tuple(parts) => format!("({})", list(parts, |part| ty(src, part))),
        TypeKind::Record(fields) if fields.is_empty() => "{}".to_owned(),
        TypeKind::Record(fields) => {
            format!("{{ {} }}", list(fields, |(name, of)| field(src, name, of)))
        }
        TypeKind::Maybe(of) => format!("{}?", part(src, of, Level::Postfix)),
        TypeKind::Error => unreachable!("only what parses is formatted"),
    }
}

/// `l : τ` in a record.
pub(super) fn field(src: &Source<'_>, name: &Name, of: &Type) -> String {
    format!("{} : {}", name.text, ty(src, of))
}

fn part(src: &Source<'_>, node: &Type, at_least: Level) -> String {
    let shown = ty(src, node);
    if level(node) < at_least { format!("({shown})") } else { shown }
}

fn level(node: &Type) -> Level {
    match node.kind {
        TypeKind::Table(..) | TypeKind::Function(..) => Level::Arrow,
        TypeKind::Add(..) | TypeKind::Sub(..) => Level::Sum,
        TypeKind::Mul(..) => Level::Product,
        TypeKind::Nat(_)
        | TypeKind::Number(_)
        | TypeKind::Name(_)
        | TypeKind::Apply(..)
        | TypeKind::Tuple(_)
        | TypeKind::Record(_)
        | TypeKind::Maybe(_)
        | TypeKind::Error => Level::Postfix,
    }
}

/// Whether it is one word, so that what follows it may be aligned.
pub(super) fn is_word(node: &Type) -> bool {
    matches!(node.kind, TypeKind::Name(_) | TypeKind::Nat(_))
}

fn type_argument(src: &Source<'_>, argument: &TypeArgument) -> String {
    let value = ty(src, &argument.value);
    match &argument.name {
        Some(name) => format!("{} = {value}", name.text),
        None => value,
    }
}

/// A number with the `_` that were written in it.
pub(super) fn number(src: &Source<'_>, literal: &Literal) -> String {
    let written = src.slice(literal.span);
    match written.strip_prefix('-') {
        // Anything may stand between the sign and the digits.
        Some(_) => format!("-{}", src.last_token(literal.span)),
        None => written.to_owned(),
    }
}

/// `(n = 4, m)`, or nothing.
pub(super) fn sizes(src: &Source<'_>, params: &[SizeParam]) -> String {
    let one = |param: &SizeParam| match &param.default {
        Some(default) => format!("{} = {}", param.name.text, ty(src, default)),
        None => param.name.text.clone(),
    };
    if params.is_empty() { String::new() } else { format!("({})", list(params, one)) }
}

/// `a, b`
pub(super) fn names(names: &[Name]) -> String {
    list(names, |name| name.text.clone())
}

/// Texts with commas between them.
pub(super) fn list<T>(parts: &[T], show: impl Fn(&T) -> String) -> String {
    parts.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// A pattern.
pub(super) fn pattern(pattern: &Pattern) -> String {
    match &pattern.kind {
        PatternKind::Name(name) => name.text.clone(),
        PatternKind::Wild => "_".to_owned(),
        PatternKind::Constructor(name, parts) => {
            format!("{}({})", name.text, list(parts, self::pattern))
        }
        PatternKind::Tuple(parts) => format!("({})", list(parts, self::pattern)),
        PatternKind::Record(fields) if fields.is_empty() => "{}".to_owned(),
        PatternKind::Record(fields) => format!("{{ {} }}", names(fields)),
    }
}

/// `i: n` or `(a, b)`
pub(super) fn binder(src: &Source<'_>, binder: &Binder) -> String {
    let bound = pattern(&binder.pattern);
    match &binder.ty {
        Some(of) if is_word(of) => format!("{bound}: {}", ty(src, of)),
        Some(of) => format!("{bound}: ({})", ty(src, of)),
        None => bound,
    }
}
