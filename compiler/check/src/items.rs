//! The top-level declarations of the user's file and of the library, found by name and checked
//! when they are first needed.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_base::{SourceId, Span};
use sdec_grammar::ast::{self, ItemKind, Name, Pattern, PatternKind, TypeKind};
use sdec_grammar::{Heading, Outlined};
use sdec_hir::{AdtId, DataId, DefId, GlobalId, IndexId, LocalId, MethodId, ModelId, SizeVarId};

use crate::error::NameError;
use crate::net::NetId;

/// Which files a declaration belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The standard library.
    Library,
    /// The user's program.
    User,
}

/// A declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemRef {
    /// Where it belongs.
    pub(crate) side: Side,
    /// Its number there.
    pub(crate) index: usize,
}

/// What a declaration became.
#[derive(Clone, Debug)]
pub(crate) enum Declared {
    /// `size k = 8`
    Size(SizeVarId),
    /// `index I = A | B`
    Index(IndexId),
    /// `type T(n) = …`, expanded wherever it is used.
    Alias,
    /// `type T = A | B(τ)`
    Adt(AdtId),
    /// A top-level `let`, one global for each name.
    Globals(Vec<(String, GlobalId)>),
    /// A top-level `param`, one parameter for each name.
    Params(Vec<(String, LocalId)>),
    /// `def f`
    Def(DefId),
    /// `data D`
    Data(DataId),
    /// `model M`
    Model(ModelId),
    /// `method heun`
    Method(MethodId),
    /// `net N`
    Net(NetId),
    /// `posterior Q`, by its number.
    Posterior(usize),
    /// `objective f`, by its number.
    Loss(usize),
    /// It is wrong or not built, which has been said.
    Failed,
}

/// How far checking has come.
#[derive(Clone, Debug)]
pub(crate) enum Status {
    /// Nobody has asked yet.
    Waiting,
    /// It is being checked: asking now is a cycle.
    Busy,
    /// Checked.
    Done(Declared),
}

/// A declaration and how far it is.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    written: Written<'a>,
    /// How far.
    pub(crate) status: Status,
}

/// A declaration as written.
#[derive(Clone, Copy, Debug)]
enum Written<'a> {
    Parsed(&'a ast::Item),
    /// Parsed when it is first needed.
    Outlined(&'a Outlined),
}

impl<'a> Entry<'a> {
    fn new(written: Written<'a>) -> Self {
        Self { written, status: Status::Waiting }
    }

    /// As written.
    pub(crate) fn item(&self) -> &'a ast::Item {
        match self.written {
            Written::Parsed(item) => item,
            Written::Outlined(outlined) => outlined.item(),
        }
    }

    /// The file that it is in.
    pub(crate) fn source(&self) -> SourceId {
        match self.written {
            Written::Parsed(item) => item.span.source,
            Written::Outlined(outlined) => outlined.source(),
        }
    }
}

/// The declarations of one side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items<'a> {
    /// In file order.
    pub(crate) entries: Vec<Entry<'a>>,
    names: BTreeMap<&'a str, (usize, Span)>,
    /// Elements of index types and constructors, with the declaration that they are in.
    members: BTreeMap<&'a str, (usize, Span)>,
    methods: BTreeMap<&'a str, (usize, Span)>,
    /// Axes of data, with the declarations that have them.
    axes: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Items<'a> {
    /// Adds the declarations of a file; names that are taken are returned.
    pub(crate) fn add(&mut self, program: &'a ast::Program) -> Vec<NameError> {
        let mut taken = Vec::new();
        for item in &program.items {
            let index = self.entries.len();
            self.entries.push(Entry::new(Written::Parsed(item)));
            self.claim_names(item, index, &mut taken);
        }
        taken
    }

    /// Adds declarations that are parsed when they are first needed; names that are taken are
    /// returned.
    pub(crate) fn add_outlined(&mut self, outline: &'a [Outlined]) -> Vec<NameError> {
        let mut taken = Vec::new();
        for outlined in outline {
            let index = self.entries.len();
            self.entries.push(Entry::new(Written::Outlined(outlined)));
            match outlined.heading() {
                Heading::Value(name) => claim(&mut self.names, name, index, &mut taken),
                Heading::Method(name) => claim(&mut self.methods, name, index, &mut taken),
                Heading::Other => self.claim_names(outlined.item(), index, &mut taken),
            }
        }
        taken
    }

    fn claim_names(&mut self, item: &'a ast::Item, index: usize, taken: &mut Vec<NameError>) {
        for name in declared_names(&item.kind) {
            claim(&mut self.names, name, index, taken);
        }
        for name in member_names(&item.kind) {
            claim(&mut self.members, name, index, taken);
        }
        if let ItemKind::Method(method) = &item.kind {
            claim(&mut self.methods, &method.name, index, taken);
        }
        if let ItemKind::Data(data) = &item.kind {
            for param in &data.params {
                self.axes.entry(&param.name.text).or_default().push(index);
            }
        }
    }

    /// The declaration of a name.
    pub(crate) fn get(&self, name: &str) -> Option<(usize, Span)> {
        self.names.get(name).copied()
    }

    /// The declaration that an element or constructor is in.
    pub(crate) fn member(&self, name: &str) -> Option<(usize, Span)> {
        self.members.get(name).copied()
    }

    /// The data declarations that have an axis of this name.
    pub(crate) fn axis(&self, name: &str) -> &[usize] {
        self.axes.get(name).map_or(&[], Vec::as_slice)
    }

    /// The declaration of a method.
    pub(crate) fn method(&self, name: &str) -> Option<usize> {
        self.methods.get(name).map(|&(index, _)| index)
    }

    /// The declarations of all methods, in file order.
    pub(crate) fn methods(&self) -> Vec<usize> {
        let mut found: Vec<usize> = self.methods.values().map(|&(index, _)| index).collect();
        found.sort_unstable();
        found
    }

    /// Names of methods.
    pub(crate) fn method_names(&self) -> impl Iterator<Item = &'a str> {
        self.methods.keys().copied()
    }

    /// All names with their declarations and places, members too.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a str, usize, Span)> {
        self.names.iter().chain(&self.members).map(|(&name, &(index, span))| (name, index, span))
    }
}

fn claim<'a>(
    table: &mut BTreeMap<&'a str, (usize, Span)>,
    name: &'a Name,
    index: usize,
    taken: &mut Vec<NameError>,
) {
    match table.get(name.text.as_str()) {
        Some(&(_, first)) => {
            taken.push(NameError::Duplicate { name: name.text.clone(), first, second: name.span })
        }
        None => {
            table.insert(&name.text, (index, name.span));
        }
    }
}

/// All names that an item takes: its own, those of its elements or constructors, a method's.
pub fn names(item: &ItemKind) -> Vec<&Name> {
    let mut names = declared_names(item);
    names.extend(member_names(item));
    if let ItemKind::Method(method) = item {
        names.push(&method.name);
    }
    names
}

/// The names that an item adds to the file's.
fn declared_names(item: &ItemKind) -> Vec<&Name> {
    match item {
        ItemKind::Size { name, .. }
        | ItemKind::Index { name, .. }
        | ItemKind::Type { name, .. } => {
            vec![name]
        }
        ItemKind::Let(stmt) => pattern_names(&stmt.pattern),
        ItemKind::Def(def) => vec![&def.name],
        ItemKind::Param(param) => param.names.iter().collect(),
        ItemKind::Net(net) => vec![&net.name],
        ItemKind::Data(data) => vec![&data.name],
        ItemKind::Model(model) => vec![&model.name],
        ItemKind::Posterior(posterior) => vec![&posterior.name],
        ItemKind::Objective(objective) => vec![&objective.name],
        ItemKind::Method(_)
        | ItemKind::Import(_)
        | ItemKind::Precision(_)
        | ItemKind::Command(_)
        | ItemKind::Repeat { .. }
        | ItemKind::Show(_) => Vec::new(),
    }
}

fn member_names(item: &ItemKind) -> Vec<&Name> {
    match item {
        ItemKind::Index { elements, .. } => elements.iter().collect(),
        ItemKind::Type { name, alternatives, .. } if has_constructors(name, alternatives) => {
            alternatives.iter().filter_map(|ty| constructor(ty).map(|(name, _)| name)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a `type` is one of its own: it has alternatives, or one that is called like it, `type P = P(Float, Float)`.
pub(crate) fn has_constructors(name: &Name, alternatives: &[ast::Type]) -> bool {
    match alternatives {
        [only] => matches!(&only.kind, TypeKind::Apply(made, _) if made.text == name.text),
        _ => true,
    }
}

/// An alternative of a `type` as a constructor with its arguments.
pub(crate) fn constructor(ty: &ast::Type) -> Option<(&Name, &[ast::TypeArgument])> {
    match &ty.kind {
        TypeKind::Name(name) => Some((name, &[])),
        TypeKind::Apply(name, args) => Some((name, args)),
        _ => None,
    }
}

/// The names that a pattern binds, in order.
pub(crate) fn pattern_names(pattern: &Pattern) -> Vec<&Name> {
    match &pattern.kind {
        PatternKind::Name(name) => vec![name],
        PatternKind::Wild => Vec::new(),
        PatternKind::Constructor(_, parts) | PatternKind::Tuple(parts) => {
            parts.iter().flat_map(pattern_names).collect()
        }
        PatternKind::Record(names) => names.iter().collect(),
    }
}
