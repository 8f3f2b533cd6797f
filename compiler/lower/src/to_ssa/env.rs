//! What names stand for while lowering. Environments are persistent: a closure keeps its own.

use std::collections::BTreeMap;
use std::rc::Rc;

use sdec_hir as hir;

use super::value::Val;

/// Values of locals, and what generic names stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    locals: Option<Rc<Node>>,
    /// Of the function that is being inlined.
    pub(super) generics: Rc<Generics>,
}

#[derive(Debug)]
struct Node {
    local: hir::LocalId,
    value: Val,
    parent: Option<Rc<Node>>,
}

/// What generic names stand for: numbers and types without names.
#[derive(Clone, Debug, Default)]
pub(super) struct Generics {
    /// Index sets of size names.
    pub(super) sizes: BTreeMap<hir::SizeVarId, hir::IndexSet>,
    /// Types of type names.
    pub(super) types: BTreeMap<hir::TyVarId, hir::Ty>,
}

impl Env {
    /// This environment and one more local.
    pub(super) fn bind(&mut self, local: hir::LocalId, value: Val) {
        self.locals = Some(Rc::new(Node { local, value, parent: self.locals.take() }));
    }

    /// The value of a local, the innermost if it was bound more than once.
    pub(super) fn get(&self, local: hir::LocalId) -> Option<&Val> {
        let mut node = self.locals.as_deref();
        while let Some(at) = node {
            if at.local == local {
                return Some(&at.value);
            }
            node = at.parent.as_deref();
        }
        None
    }

    /// The same locals, other meanings of generic names.
    pub(super) fn with_generics(&self, generics: Generics) -> Self {
        Self { locals: self.locals.clone(), generics: Rc::new(generics) }
    }
}
