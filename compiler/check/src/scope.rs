//! Names in sight.

use sdec_base::Span;
use sdec_hir::{DefId, IndexSet, LocalId, SizeVarId, Ty};

/// What a name means.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// A value.
    Local(LocalId),
    /// A function of a model.
    Def(DefId),
    /// A size name.
    Size(SizeVarId),
    /// What a parameter of a `type` stands for, or a generic type name.
    Ty(Ty),
    /// What a parameter of a `type` stands for.
    Set(IndexSet),
    /// A state in an estimate: a function of time.
    Path(LocalId),
    /// A path that a value draws, or a table of them.
    Drawn(LocalId),
    /// A clause of the model that is checked when it is first named.
    Later(usize),
    /// Something of the model that is no value, in words.
    Other(&'static str),
    /// What is drawn at jumps, outside of the terms of its noise.
    Mark,
    /// Its declaration is wrong, which has been said.
    Failed,
}

/// A name with its meaning.
#[derive(Clone, Debug)]
pub(crate) struct Binding<'a> {
    /// As written.
    pub(crate) name: &'a str,
    /// What it means.
    pub(crate) meaning: Meaning,
    /// Its declaration.
    pub(crate) span: Span,
}

/// Names, the innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    bindings: Vec<Binding<'a>>,
}

impl<'a> Scope<'a> {
    /// Adds a name, which hides others of the same spelling.
    pub(crate) fn bind(&mut self, name: &'a str, meaning: Meaning, span: Span) {
        self.bindings.push(Binding { name, meaning, span });
    }

    /// The innermost meaning of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Binding<'a>> {
        self.bindings.iter().rev().find(|binding| binding.name == name)
    }

    /// Changes what the innermost binding of a name means.
    pub(crate) fn set(&mut self, name: &str, meaning: Meaning) {
        let bindings = &mut self.bindings;
        if let Some(binding) = bindings.iter_mut().rev().find(|binding| binding.name == name) {
            binding.meaning = meaning;
        }
    }

    /// How many names are in sight, to come back to with [`Scope::truncate`].
    pub(crate) fn depth(&self) -> usize {
        self.bindings.len()
    }

    /// Forgets all names beyond the first `depth`.
    pub(crate) fn truncate(&mut self, depth: usize) {
        self.bindings.truncate(depth);
    }

    /// Takes away all names beyond the first `depth`, to put back with [`Scope::extend`].
    pub(crate) fn split_off(&mut self, depth: usize) -> Vec<Binding<'a>> {
        self.bindings.split_off(depth)
    }

    /// Puts names back.
    pub(crate) fn extend(&mut self, names: Vec<Binding<'a>>) {
        self.bindings.extend(names);
    }

    /// All names, the innermost first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Binding<'a>> {
        self.bindings.iter().rev()
    }
}
