//! Whether a parameter of a `type` is a size or a type: by where it stands.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{self, ItemKind, Type, TypeKind};

use crate::checker::Checker;
use crate::items::{ItemRef, has_constructors};

/// What a parameter of a `type` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A size or index set.
    Size,
    /// A type.
    Type,
}

impl<'a> Checker<'a> {
    /// Whether each parameter of a `type` is a size or a type, from where it stands.
    pub(crate) fn param_kinds(&self, at: ItemRef) -> Vec<Kind> {
        let ItemKind::Type { name, params, alternatives } = &self.item(at).kind else {
            unreachable!("only types have kinds")
        };
        let kind = |param: &ast::SizeParam| {
            let found = alternatives.iter().find_map(|alternative| {
                let within_constructor = has_constructors(name, alternatives);
                match &alternative.kind {
                    TypeKind::Apply(_, args) if within_constructor => {
                        args.iter().find_map(|arg| self.kind_in(&param.name.text, &arg.value, 0))
                    }
                    _ => self.kind_in(&param.name.text, alternative, 0),
                }
            });
            found.unwrap_or(Kind::Type)
        };
        params.iter().map(kind).collect()
    }

    fn kind_in(&self, name: &str, ty: &Type, depth: usize) -> Option<Kind> {
        let of_type = |ty: &Type| self.kind_in(name, ty, depth);
        match &ty.kind {
            TypeKind::Name(found) => (found.text == name).then_some(Kind::Type),
            TypeKind::Table(set, of) => mentions(name, set).or_else(|| of_type(of)),
            TypeKind::Function(a, b) => of_type(a).or_else(|| of_type(b)),
            TypeKind::Tuple(parts) => parts.iter().find_map(of_type),
            TypeKind::Record(fields) => fields.iter().find_map(|(_, ty)| of_type(ty)),
            TypeKind::Maybe(of) => of_type(of),
            TypeKind::Add(..) | TypeKind::Mul(..) | TypeKind::Sub(..) => mentions(name, ty),
            TypeKind::Apply(applied, args) => args.iter().enumerate().find_map(|(k, arg)| {
                match (&arg.value.kind, self.kind_of_argument(&applied.text, k, depth)) {
                    (TypeKind::Name(found), Some(kind)) => (found.text == name).then_some(kind),
                    (_, Some(Kind::Size)) => mentions(name, &arg.value),
                    _ => of_type(&arg.value),
                }
            }),
            TypeKind::Nat(_) | TypeKind::Number(_) | TypeKind::Error => None,
        }
    }

    /// The kind of the `k`th argument of a named type.
    fn kind_of_argument(&self, name: &str, k: usize, depth: usize) -> Option<Kind> {
        if matches!(name, "ix" | "Class" | "Simplex" | "Ordered" | "Chol" | "Corr") {
            return Some(Kind::Size);
        }
        if matches!(name, "Series" | "Events" | "Dist") || depth > 16 {
            return Some(Kind::Type);
        }
        let at = self.find_item(name)?;
        if matches!(self.item(at).kind, ItemKind::Net(_)) {
            return Some(Kind::Size);
        }
        let ItemKind::Type { params, alternatives, .. } = &self.item(at).kind else { return None };
        let param = &params.get(k)?.name.text;
        alternatives.iter().find_map(|ty| self.kind_in(param, ty, depth + 1))
    }
}

/// Whether a size expression mentions a name, which then is a size.
fn mentions(name: &str, ty: &Type) -> Option<Kind> {
    let found = match &ty.kind {
        TypeKind::Name(found) => found.text == name,
        TypeKind::Add(a, b) | TypeKind::Mul(a, b) | TypeKind::Sub(a, b) => {
            mentions(name, a).or_else(|| mentions(name, b)).is_some()
        }
        TypeKind::Tuple(parts) => parts.iter().any(|part| mentions(name, part).is_some()),
        _ => false,
    };
    found.then_some(Kind::Size)
}
