//! A net whose input has another size than what it is applied to: what to write in its declaration, and
//! what the sizes are by default.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::{Help, Span};
use sdec_grammar::ast::{ClauseKind, ItemKind, SizeParam, TypeKind};
use sdec_hir::{IndexSet, Size, SizeAtom, SizeVarId, Ty};

use super::{Expected, Why};
use crate::checker::Checker;
use crate::text::quote_type;

impl Checker<'_> {
    /// The size of a net's input, made that of what it is applied to.
    pub(super) fn input_hint(&self, expected: &Expected, found: &Ty) -> Option<Help> {
        let Why::Argument { declared: Some(declared), .. } = &expected.why else { return None };
        let both = (self.unifier.ty(&expected.ty), self.unifier.ty(found));
        let (Ty::Table(wanted, a), Ty::Table(given, b)) = both else { return None };
        if a != b || self.has_unknown(&given) {
            return None;
        }
        let size = self.input_of_net(*declared, &self.show_set(&wanted))?;
        Some(Help::new("declare the input:").edit(size, self.show_set(&given)))
    }

    /// Where the type of a net with this name says a size.
    fn input_of_net(&self, name: Span, size: &str) -> Option<Span> {
        let mut clauses = self.here.model.as_ref()?.clauses();
        clauses.find_map(|clause| {
            let ClauseKind::Param(param) = &clause.kind else { return None };
            if !param.names.iter().any(|other| other.span == name) {
                return None;
            }
            let mut ty = &param.ty;
            while let TypeKind::Table(_, of) = &ty.kind {
                ty = of;
            }
            let TypeKind::Apply(_, args) = &ty.kind else { return None };
            let input = args.iter().find(|arg| quote_type(&arg.value) == size);
            input.map(|arg| arg.value.span)
        })
    }

    /// What the sizes in two index sets are where nothing says otherwise, and how many indices that makes of each.
    pub(super) fn by_default(&self, sets: [&IndexSet; 2]) -> Option<(String, Option<[i64; 2]>)> {
        let sizes = sets.map(|set| self.unifier.count(&self.unifier.set(set)));
        let vars: BTreeSet<SizeVarId> = sizes
            .iter()
            .flat_map(|size| size.terms.keys().flatten())
            .filter_map(|atom| match atom {
                SizeAtom::Var(var) => Some(*var),
                _ => None,
            })
            .collect();
        let known =
            vars.into_iter().map(|var| Some((var, self.default_of(self.hir.sizes[var].span)?)));
        let known: Option<BTreeMap<SizeVarId, String>> = known.collect();
        let known = known.filter(|known| !known.is_empty())?;
        let named =
            known.iter().map(|(&var, default)| format!("{} = {default}", self.hir.sizes[var].name));
        let said = format!("sizes by default: {}", named.collect::<Vec<_>>().join(", "));
        let of = |atom: &SizeAtom| match atom {
            SizeAtom::Var(var) => known.get(var)?.parse().ok(),
            _ => None,
        };
        let count = |size: &Size| {
            size.terms.iter().try_fold(0_i64, |sum, (atoms, &times)| {
                let product =
                    atoms.iter().try_fold(times, |product, atom| product.checked_mul(of(atom)?));
                sum.checked_add(product?)
            })
        };
        let [taken, given] = &sizes;
        Some((said, count(taken).zip(count(given)).map(|(taken, given)| [taken, given])))
    }

    /// The default of the size that is declared at a place, as written.
    fn default_of(&self, declared: Span) -> Option<String> {
        let params = |item: &ItemKind| -> Vec<SizeParam> {
            match item {
                ItemKind::Model(model) => model.params.clone(),
                ItemKind::Posterior(posterior) => posterior.params.clone(),
                _ => Vec::new(),
            }
        };
        let mut all = self.user.entries.iter().flat_map(|entry| params(&entry.item().kind));
        let found = all.find(|param| param.name.span == declared)?;
        found.default.as_ref().map(quote_type)
    }
}
