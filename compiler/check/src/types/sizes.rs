//! Sizes and index sets as written, and how many numbers a value has.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{ItemKind, Name, Type, TypeArgument, TypeKind};
use sdec_hir::{IndexSet, Size, SizeVar, SizeVarId, Ty, TyVarId};

use super::built_in;
use crate::checker::Checker;
use crate::error::{MismatchError, NameError, SizeError};
use crate::items::Declared;
use crate::scope::Meaning;
use crate::suggest::nearest;
use crate::text::quote_type;
use crate::unify::{Origin, Unknown};

impl<'a> Checker<'a> {
    /// An index set.
    pub(crate) fn set(&mut self, ty: &'a Type) -> IndexSet {
        match &ty.kind {
            TypeKind::Tuple(parts) if parts.len() > 1 => {
                IndexSet::Product(parts.iter().map(|part| self.set(part)).collect())
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.set(&parts[0]),
            TypeKind::Name(name) => self.named_set(name),
            TypeKind::Apply(name, args) if name.text == "obs" => match args.as_slice() {
                [TypeArgument { value: Type { kind: TypeKind::Name(series), .. }, .. }] => {
                    let set = self.observations_of_name(series);
                    set.unwrap_or_else(|| self.no_set(ty.span))
                }
                _ => IndexSet::Size(self.size(ty)),
            },
            _ => IndexSet::Size(self.size(ty)),
        }
    }

    fn named_set(&mut self, name: &'a Name) -> IndexSet {
        match self.here.scope.get(&name.text).map(|binding| binding.meaning.clone()) {
            Some(Meaning::Size(var)) => return IndexSet::Size(Size::var(var)),
            Some(Meaning::Set(set)) => return set,
            Some(Meaning::Ty(Ty::Ix(set))) => return set,
            Some(Meaning::Ty(_)) => {
                let name_text = name.text.clone();
                self.report(SizeError::TypeForSize { written: name_text, span: name.span });
                return self.no_set(name.span);
            }
            _ => {}
        }
        if let Some(at) = self.find_item(&name.text) {
            match self.demand(at, Some(name)) {
                Declared::Index(index) => return IndexSet::Named(index),
                Declared::Size(var) => return IndexSet::Size(Size::var(var)),
                Declared::Failed => return self.no_set(name.span),
                _ => {}
            }
        }
        match self.axis_size(name) {
            Some(Some(var)) => return IndexSet::Size(Size::var(var)),
            Some(None) => return self.no_set(name.span),
            None => {}
        }
        let lower = name.text.starts_with(|c: char| c.is_lowercase());
        if self.here.generics.is_some() && lower {
            let var = self.bind_size(name, None);
            self.here.generics.as_mut().expect("just seen").sizes.push(var);
            return IndexSet::Size(Size::var(var));
        }
        self.unknown_size(name)
    }

    fn unknown_size(&mut self, name: &Name) -> IndexSet {
        let written = name.text.clone();
        if built_in(&name.text).is_some() {
            self.report(SizeError::TypeForSize { written, span: name.span });
            return self.no_set(name.span);
        }
        let local = self.here.scope.iter().filter(|b| matches!(b.meaning, Meaning::Size(_)));
        let declared = self.user.all().filter(|&(_, index, _)| {
            let item = &self.user.entries[index].item().kind;
            matches!(item, ItemKind::Size { .. } | ItemKind::Index { .. })
        });
        let names = local.map(|binding| binding.name).chain(declared.map(|(name, ..)| name));
        let similar = nearest(&name.text, names).map(str::to_owned);
        self.report(NameError::UnknownSize { written, span: name.span, similar });
        self.no_set(name.span)
    }

    /// In place of an index set that was reported.
    pub(super) fn no_set(&mut self, span: Span) -> IndexSet {
        self.unifier.fresh_set(Origin { span, what: Unknown::Entry })
    }

    /// A size.
    pub(crate) fn size(&mut self, ty: &'a Type) -> Size {
        let combined = match &ty.kind {
            TypeKind::Nat(literal) => literal.text.parse::<i64>().ok().map(Size::number),
            TypeKind::Add(a, b) => self.size(a).checked_add_scaled(&self.size(b), 1),
            TypeKind::Sub(a, b) => self.size(a).checked_add_scaled(&self.size(b), -1),
            TypeKind::Mul(a, b) => self.size(a).checked_mul(&self.size(b)),
            TypeKind::Apply(name, args) if name.text == "dim" && args.len() == 1 => {
                Some(self.dimension_of_name(&args[0].value))
            }
            TypeKind::Name(_) | TypeKind::Tuple(_) => {
                let set = self.set(ty);
                Some(self.unifier.count(&set))
            }
            TypeKind::Error => {
                let set = self.no_set(ty.span);
                Some(self.unifier.count(&set))
            }
            TypeKind::Number(_)
            | TypeKind::Apply(..)
            | TypeKind::Table(..)
            | TypeKind::Function(..)
            | TypeKind::Record(_)
            | TypeKind::Maybe(_) => {
                let written = quote_type(ty);
                self.report(SizeError::TypeForSize { written, span: ty.span });
                let set = self.no_set(ty.span);
                Some(self.unifier.count(&set))
            }
        };
        combined.unwrap_or_else(|| {
            self.report(SizeError::TooLarge { span: ty.span, what: "size".to_owned() });
            Size::number(1)
        })
    }

    fn dimension_of_name(&mut self, ty: &'a Type) -> Size {
        let TypeKind::Name(name) = &ty.kind else {
            self.report(SizeError::TypeForSize { written: quote_type(ty), span: ty.span });
            return Size::number(1);
        };
        let local = self.here.scope.get(&name.text).and_then(|binding| match binding.meaning {
            Meaning::Local(local) => Some(local),
            _ => None,
        });
        let of_signature = || {
            let found = self.here.signature.iter().find(|(param, _)| *param == name.text);
            found.map(|(_, ty)| ty.clone())
        };
        let ty = local.map(|local| self.hir.locals[local].ty.clone()).or_else(of_signature);
        match ty {
            Some(ty) => self.dimension(&ty, name.span),
            None => {
                self.unknown_size(name);
                Size::number(1)
            }
        }
    }

    /// How many numbers a value of a vector space has.
    pub(crate) fn dimension(&mut self, ty: &Ty, span: Span) -> Size {
        let sum = |this: &mut Self, parts: Vec<Ty>| {
            parts.iter().try_fold(Size::default(), |sum, part| {
                sum.checked_add_scaled(&this.dimension(part, span), 1)
            })
        };
        let dimension = match self.unifier.ty(ty) {
            Ty::Float => Some(Size::number(1)),
            Ty::Table(set, of) => self.unifier.count(&set).checked_mul(&self.dimension(&of, span)),
            Ty::Tuple(parts) => sum(self, parts),
            Ty::Record(fields) => sum(self, fields.into_iter().map(|(_, ty)| ty).collect()),
            Ty::Error => Some(Size::number(1)),
            Ty::Meta(unknown) => {
                let origin = self.unifier.ty_origin(unknown).clone();
                self.report(MismatchError::Unknown(origin));
                Some(Size::number(1))
            }
            Ty::Var(var) => Some(Size::var(self.generic_dimension(var, span))),
            other => {
                let found = self.show(&other);
                self.report(MismatchError::NoVectorSpace { found, span });
                Some(Size::number(1))
            }
        };
        dimension.unwrap_or_else(|| {
            self.report(SizeError::TooLarge { span, what: "size".to_owned() });
            Size::number(1)
        })
    }

    /// How many numbers a value of a generic type has: an implicit size of its function.
    fn generic_dimension(&mut self, of: TyVarId, span: Span) -> SizeVarId {
        self.vector_names.entry(of).or_insert(span);
        let name = format!("dim({})", self.hir.ty_vars[of].name);
        let sizes = &mut self.hir.sizes;
        *self.dimensions.entry(of).or_insert_with(|| {
            let dimension_of = Some(of);
            sizes.push(SizeVar { name, span, value: None, observations: None, dimension_of })
        })
    }

    /// Solves the dimensions of types that have become known since a call asked for them.
    pub(crate) fn solve_dimensions(&mut self) {
        for asked in std::mem::take(&mut self.unknown_dimensions) {
            let of = self.unifier.ty(&asked.of);
            if has_unknown(&of) {
                self.unknown_dimensions.push(asked);
                continue;
            }
            // What is no vector space has been refused as the function's argument.
            let known = self.is_vector_space(&of, asked.span);
            let size = if known { self.dimension(&of, asked.span) } else { Size::number(1) };
            let size = IndexSet::Size(size);
            if let Err(mismatch) = self.unifier.unify_sets(&asked.size, &size, asked.span) {
                self.size_mismatch(asked.span, &mismatch);
            }
        }
    }

    /// Whether values of the type can be added and scaled. `span` is the arithmetic that asks: an
    /// unknown type, or a generic one, must then turn out to be a vector space.
    pub(crate) fn is_vector_space(&mut self, ty: &Ty, span: Span) -> bool {
        match self.unifier.shallow(ty) {
            Ty::Float | Ty::Error => true,
            Ty::Table(_, of) => self.is_vector_space(&of, span),
            Ty::Tuple(parts) => parts.iter().all(|part| self.is_vector_space(part, span)),
            Ty::Record(fields) => fields.iter().all(|(_, ty)| self.is_vector_space(ty, span)),
            Ty::Var(var) => {
                self.vector_names.entry(var).or_insert(span);
                true
            }
            Ty::Meta(unknown) => {
                self.unifier.require_vector_space(unknown, span);
                true
            }
            Ty::Nat
            | Ty::Int
            | Ty::Bool
            | Ty::Text
            | Ty::Ix(_)
            | Ty::Adt(..)
            | Ty::Function(..)
            | Ty::Dist(_)
            | Ty::Series(_)
            | Ty::Events(_) => false,
        }
    }
}

/// Whether it is not known of which parts values of a type are.
fn has_unknown(ty: &Ty) -> bool {
    match ty {
        Ty::Meta(_) => true,
        Ty::Table(_, of) => has_unknown(of),
        Ty::Tuple(parts) => parts.iter().any(has_unknown),
        Ty::Record(fields) => fields.iter().any(|(_, field)| has_unknown(field)),
        _ => false,
    }
}
