//! Numbers of a command's sizes, and whether they can be.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast::Command;
use sdec_hir::{
    Block, BlockKind, Expr, IndexSet, Instance, InstanceSize, Leaf, Model, Size, SizeAtom,
    SizeOrigin, SizeVarId, Ty, TyArg,
};

use crate::checker::Checker;
use crate::error::{CommandError, InferenceError, SizeError};
use crate::suggest::nearest;

/// More entries than a table may have.
const MOST_ENTRIES: i64 = 1 << 31;

/// Numbers of the size names of one command.
pub(crate) type Numbers = BTreeMap<SizeVarId, i64>;

/// The number that data give a size of a model.
pub(crate) struct DataSize {
    pub(crate) var: SizeVarId,
    pub(crate) number: i64,
    /// The file that says so.
    pub(crate) file: String,
    /// The column.
    pub(crate) column: Span,
}

impl<'a> Checker<'a> {
    /// Gives each size of the model its number: the command's, else that of the data, else the default.
    pub(crate) fn instance(
        &mut self,
        model: &Model,
        command: &'a Command,
        data: &[DataSize],
    ) -> Option<Instance> {
        let mut numbers = Numbers::new();
        let mut instance = Instance::default();
        self.check_size_names(model, command);
        for (var, default) in &model.sizes {
            let name = self.hir.sizes[*var].name.clone();
            let given = command.sizes.iter().find(|size| size.name.text == name);
            let written = given.and_then(|given| given.default.as_ref());
            let of_data = data.iter().find(|size| size.var == *var);
            let (value, origin) = match (written, of_data, default) {
                (Some(ty), of_data, _) => {
                    let size = self.size(ty);
                    let number = self.unifier.number(&size);
                    if number.is_none() && !self.failing() {
                        self.report(SizeError::NoNumber { name: name.clone(), span: ty.span });
                    }
                    if let (Some(number), Some(of)) = (number, of_data)
                        && number != of.number
                    {
                        let (size, found, at, span) = (name.clone(), of.number, of.column, ty.span);
                        self.report(InferenceError::SizeOfData { size, number, found, at, span });
                    }
                    (number, SizeOrigin::Explicit)
                }
                (None, Some(of), _) => (Some(of.number), SizeOrigin::Data(of.file.clone())),
                (None, None, Some(default)) => {
                    (self.evaluate(default, &numbers), SizeOrigin::Default)
                }
                (None, None, None) => {
                    let declared = self.hir.sizes[*var].span;
                    let error = CommandError::NoSize {
                        size: name.clone(),
                        model: model.name.clone(),
                        declared,
                        command: crate::settings::word(command.kind),
                        given: command.sizes.last().map(|given| {
                            given.default.as_ref().map_or(given.name.span, |size| size.span)
                        }),
                        span: command.model.span,
                    };
                    self.report(error);
                    (None, SizeOrigin::Default)
                }
            };
            let Some(value) = value else { continue };
            let Ok(positive) = u64::try_from(value) else {
                let span = given.map_or(command.model.span, |given| given.name.span);
                self.report(SizeError::Negative { size: name, value, span });
                continue;
            };
            numbers.insert(*var, value);
            instance.sizes.push(InstanceSize { var: *var, value: positive, origin });
        }
        (instance.sizes.len() == model.sizes.len()).then_some(instance)
    }

    fn check_size_names(&mut self, model: &Model, command: &'a Command) {
        for (k, size) in command.sizes.iter().enumerate() {
            let names: Vec<String> =
                model.sizes.iter().map(|(var, _)| self.hir.sizes[*var].name.clone()).collect();
            let (written, span) = (size.name.text.clone(), size.name.span);
            if !names.contains(&written) {
                let similar =
                    nearest(&written, names.iter().map(String::as_str)).map(str::to_owned);
                let model = model.name.clone();
                self.report(CommandError::UnknownSize { written, span, model, similar });
            } else if size.default.is_none() {
                self.report(CommandError::SizeWithoutNumber { name: written, span });
            } else if let Some(first) = command.sizes[..k].iter().find(|s| s.name.text == written) {
                let first = first.name.span;
                self.report(crate::error::NameError::Duplicate {
                    name: written,
                    first,
                    second: span,
                });
            }
        }
    }

    /// The number of a size of the model.
    pub(crate) fn evaluate(&self, size: &Size, numbers: &Numbers) -> Option<i64> {
        self.unifier.size(size).evaluate(&mut |atom| match atom {
            SizeAtom::Var(var) => {
                numbers.get(&var).or_else(|| self.unifier.known.get(&var)).copied()
            }
            SizeAtom::Count(index) => self.unifier.counts.get(&index).copied(),
            SizeAtom::Meta(_) => None,
        })
    }

    /// Whether every table of a command has a number of entries that can be.
    pub(crate) fn check_extents(&mut self, model: &Model, block: &Block) {
        let (instance, value, settings) = match &block.kind {
            BlockKind::Sample(sample) => (&sample.instance, None, &sample.settings),
            BlockKind::Estimate(e) => (&e.instance, Some(&e.value), &e.settings),
            BlockKind::Fit(fit) => (&fit.instance, None, &fit.settings),
            BlockKind::Planned(_) | BlockKind::Show(_) => return,
        };
        let numbers = instance
            .sizes
            .iter()
            .filter_map(|size| Some((size.var, i64::try_from(size.value).ok()?)))
            .collect();
        let found = self.bad_extent_of_model(model, &numbers).or_else(|| {
            let exprs = value.into_iter().chain(&settings.times);
            exprs.into_iter().find_map(|expr| self.bad_extent(expr, &numbers))
        });
        self.report_extent(found);
    }

    /// Whether the tables of an expression without sizes of a model can be.
    pub(crate) fn check_extents_of(&mut self, expr: &Expr) {
        let found = self.bad_extent(expr, &Numbers::new());
        self.report_extent(found);
    }

    /// Whether an array of a net can be, as far as its sizes are known; if not, it is said.
    pub(crate) fn check_extent_of(&mut self, leaf: &Leaf, span: Span) -> bool {
        let found = self.bad_leaf(leaf, span, &Numbers::new());
        let fits = found.is_none();
        self.report_extent(found);
        fits
    }

    fn bad_leaf(&self, leaf: &Leaf, span: Span, numbers: &Numbers) -> Option<BadExtent> {
        let bad = self.bad_ty(&leaf.ty, span, numbers)?;
        Some(BadExtent { ty: format!("{} : {}", leaf.name.trim_start_matches('.'), bad.ty), ..bad })
    }

    fn report_extent(&mut self, found: Option<BadExtent>) {
        if let Some(BadExtent { ty, entries, span }) = found {
            self.report(match entries {
                Some(value) if value < 0 => SizeError::Negative { size: ty, value, span },
                _ => SizeError::TooManyEntries { ty, span },
            });
        }
    }

    fn bad_extent_of_model(&self, model: &Model, numbers: &Numbers) -> Option<BadExtent> {
        for param in model.params.iter().filter(|param| param.leaves.len() > 1) {
            let span = self.hir.locals[param.local].span;
            let bad = param.leaves.iter().find_map(|leaf| self.bad_leaf(leaf, span, numbers));
            if bad.is_some() {
                return bad;
            }
        }
        let params = model.params.iter().map(|param| param.local);
        let inputs = model.inputs.iter().map(|input| input.local);
        let states = model.states.iter().map(|state| state.local);
        let noises = model.noises.iter().map(|noise| noise.increment);
        for local in params.chain(inputs).chain(states).chain(noises) {
            let local = &self.hir.locals[local];
            if let Some(bad) = self.bad_ty(&local.ty, local.span, numbers) {
                return Some(bad);
            }
        }
        let lets = model.lets.iter().map(|stmt| &stmt.value);
        let inits = model.inits.iter().map(|init| &init.value);
        let drifts = model.equations.iter().map(|equation| &equation.drift);
        let diffusions = model.equations.iter().filter_map(|e| e.diffusion.as_ref());
        let jumps = model.equations.iter().filter_map(|e| e.jumps.as_ref());
        let drawn = model.drawn().map(|(_, draw)| &draw.value);
        let mut exprs = lets.chain(inits).chain(drifts).chain(diffusions).chain(jumps).chain(drawn);
        exprs.find_map(|expr| self.bad_extent(expr, numbers))
    }

    fn bad_extent(&self, expr: &Expr, numbers: &Numbers) -> Option<BadExtent> {
        let mut found = None;
        expr.walk(&mut |e| {
            if found.is_none() {
                found = self.bad_ty(&e.ty, e.span, numbers);
            }
        });
        found
    }

    fn bad_ty(&self, ty: &Ty, span: Span, numbers: &Numbers) -> Option<BadExtent> {
        let bad = |entries| Some(BadExtent { ty: self.hir.show_ty(ty), entries, span });
        match self.entries_of(ty, numbers) {
            Entries::Fine(_) | Entries::Unknown => None,
            Entries::TooMany => bad(None),
            Entries::Negative(n) => bad(Some(n)),
        }
    }

    fn entries_of(&self, ty: &Ty, numbers: &Numbers) -> Entries {
        match ty {
            Ty::Table(set, of) => {
                match (self.set_entries(set, numbers), self.entries_of(of, numbers)) {
                    (bad @ (Entries::TooMany | Entries::Negative(_)), _)
                    | (_, bad @ (Entries::TooMany | Entries::Negative(_))) => bad,
                    (Entries::Fine(a), Entries::Fine(b)) => Entries::of(a.checked_mul(b)),
                    (Entries::Unknown, _) | (_, Entries::Unknown) => Entries::Unknown,
                }
            }
            Ty::Tuple(parts) => self.sum_of(parts.iter(), numbers),
            Ty::Record(fields) => self.sum_of(fields.iter().map(|(_, ty)| ty), numbers),
            Ty::Adt(_, args) => self.sum_of(
                args.iter().filter_map(|arg| match arg {
                    TyArg::Ty(ty) => Some(ty),
                    TyArg::Index(_) => None,
                }),
                numbers,
            ),
            _ => Entries::Fine(1),
        }
    }

    fn sum_of<'b>(&self, tys: impl Iterator<Item = &'b Ty>, numbers: &Numbers) -> Entries {
        tys.fold(Entries::Fine(0), |sum, ty| match (sum, self.entries_of(ty, numbers)) {
            (Entries::Fine(a), Entries::Fine(b)) => Entries::of(a.checked_add(b)),
            (Entries::Fine(_), other) => other,
            (sum, _) => sum,
        })
    }

    fn set_entries(&self, set: &IndexSet, numbers: &Numbers) -> Entries {
        let size = self.unifier.count(set);
        // A name that has no number belongs to a generic function.
        let known = size.terms.keys().flatten().all(|&atom| match atom {
            SizeAtom::Var(var) => {
                numbers.contains_key(&var) || self.unifier.known.contains_key(&var)
            }
            SizeAtom::Count(_) => true,
            SizeAtom::Meta(_) => false,
        });
        if known { Entries::of(self.evaluate(&size, numbers)) } else { Entries::Unknown }
    }
}

/// A table that cannot be.
struct BadExtent {
    ty: String,
    /// Where it is negative.
    entries: Option<i64>,
    span: Span,
}

/// How many entries a type has.
enum Entries {
    Fine(i64),
    Negative(i64),
    TooMany,
    Unknown,
}

impl Entries {
    fn of(number: Option<i64>) -> Self {
        match number {
            Some(n) if n < 0 => Self::Negative(n),
            Some(n) if n <= MOST_ENTRIES => Self::Fine(n),
            _ => Self::TooMany,
        }
    }
}
