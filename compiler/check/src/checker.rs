//! The state of a check, and the life of a declaration: begin, infer, settle, finish.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::{Diagnostic, IdVec, Severity, Span};
use sdec_grammar::ast::{ItemKind, Name};
use sdec_hir::{
    Expr, ExprKind, IndexSet, Local, LocalId, LocalKind, Size, SizeOrigin, SizeVar, SizeVarId, Ty,
    TyVarId,
};

use crate::Headers;
use crate::drawn::Draws;
use crate::error::{MismatchError, NameError, SeriesError, SizeError, Unbuilt};
use crate::items::{Declared, ItemRef, Items, Side, Status};
use crate::model::ModelScope;
use crate::net::{Net, NetId};
use crate::scope::{Meaning, Scope};
use crate::types::Shape;
use crate::unify::{Mismatch, Origin, Unifier, Unknown};

/// A check of one program.
pub(crate) struct Checker<'a> {
    /// What is finished.
    pub(crate) hir: sdec_hir::Program,
    /// Unknown types and sizes.
    pub(crate) unifier: Unifier,
    /// What is wrong, in the order of finding.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Headers of data files.
    pub(crate) headers: &'a dyn Headers,
    /// The standard library's declarations.
    pub(crate) library: Items<'a>,
    /// The user's declarations.
    pub(crate) user: Items<'a>,
    /// The declaration that is being checked.
    pub(crate) here: Context<'a>,
    /// Type names that must be vector spaces, and where arithmetic needs it.
    pub(crate) vector_names: BTreeMap<TyVarId, Span>,
    /// How many numbers values of generic types have, where that is asked for.
    pub(crate) dimensions: BTreeMap<TyVarId, SizeVarId>,
    /// The same at calls, where the types are not known yet.
    pub(crate) unknown_dimensions: Vec<Dimension>,
    /// Locals that something reads.
    pub(crate) used: BTreeSet<LocalId>,
    /// What the range of a binder was found from.
    pub(crate) ranges: BTreeMap<LocalId, (Span, String)>,
    /// What the checker knows of a model beyond its data.
    pub(crate) models: BTreeMap<sdec_hir::ModelId, crate::noise::Terms>,
    /// Parameters of types with constructors, in order.
    pub(crate) adt_parameters: BTreeMap<sdec_hir::AdtId, Vec<sdec_hir::TyArg>>,
    /// Axes of data declarations.
    pub(crate) axes: BTreeMap<sdec_hir::DataId, Vec<SizeVarId>>,
    /// Nets, of the library and the user's.
    pub(crate) nets: IdVec<NetId, Net>,
    /// Parameters as declared.
    pub(crate) shapes: BTreeMap<LocalId, Shape>,
    /// Series whose observations are index sets.
    pub(crate) counted_series: Vec<crate::infer::Counted>,
    /// What names of series stand for.
    pub(crate) named_series: BTreeMap<LocalId, Expr>,
    /// Types expanded so far; a bound on what aliases can grow to.
    pub(crate) expansions: usize,
}

/// The declaration that is being checked.
#[derive(Default)]
pub(crate) struct Context<'a> {
    /// Whether it is the library's.
    pub(crate) library: bool,
    /// Local names.
    pub(crate) scope: Scope<'a>,
    /// What remains to be seen when all types are known.
    obligations: Vec<Obligation>,
    /// The model whose clauses are checked.
    pub(crate) model: Option<ModelScope<'a>>,
    /// The function that is being checked.
    pub(crate) function: Option<&'a sdec_grammar::ast::Def>,
    /// Parameters of the signature that is being read, so far.
    pub(crate) signature: Vec<(&'a str, Ty)>,
    /// The implicit names of the signature that is being read.
    pub(crate) generics: Option<Generics>,
    /// What is drawn by `let x ~ D`, where something may be.
    pub(crate) draws: Option<Draws>,
    /// Whether something erroneous was read, wherever it was reported.
    tainted: bool,
    /// Errors before this declaration.
    errors: usize,
    /// Locals before this declaration.
    first_local: usize,
    /// Sizes before this declaration.
    first_size: usize,
    /// Unknown types before this declaration.
    first_ty: usize,
    /// Unknowns that were reported.
    reported: BTreeSet<Origins>,
}

type Origins = (Span, bool);

/// Implicit names of a signature.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generics {
    /// Size names in order of appearance.
    pub(crate) sizes: Vec<SizeVarId>,
    /// Type names in order of appearance.
    pub(crate) types: Vec<TyVarId>,
}

/// How many numbers a value of a type has that is not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Dimension {
    /// The unknown number.
    pub(crate) size: IndexSet,
    /// The type.
    pub(crate) of: Ty,
    /// The call that asks.
    pub(crate) span: Span,
}

/// Something to be seen once types are known.
#[derive(Clone, Debug)]
pub(crate) enum Obligation {
    /// A literal index lies in its set.
    InRange {
        /// The index.
        index: u64,
        /// Its place.
        span: Span,
        /// Its set.
        set: IndexSet,
        /// The table as written.
        table: String,
        /// The declaration of the table, if it has one.
        declared: Option<Span>,
    },
}

impl<'a> Checker<'a> {
    /// A check that has not begun.
    pub(crate) fn new(headers: &'a dyn Headers) -> Self {
        Self {
            hir: sdec_hir::Program::default(),
            unifier: Unifier::default(),
            diagnostics: Vec::new(),
            headers,
            library: Items::default(),
            user: Items::default(),
            here: Context::default(),
            vector_names: BTreeMap::new(),
            dimensions: BTreeMap::new(),
            unknown_dimensions: Vec::new(),
            used: BTreeSet::new(),
            ranges: BTreeMap::new(),
            models: BTreeMap::new(),
            adt_parameters: BTreeMap::new(),
            axes: BTreeMap::new(),
            nets: IdVec::default(),
            shapes: BTreeMap::new(),
            counted_series: Vec::new(),
            named_series: BTreeMap::new(),
            expansions: 0,
        }
    }

    /// Says that something is wrong.
    pub(crate) fn report(&mut self, error: impl Into<Diagnostic>) {
        self.diagnostics.push(error.into());
    }

    /// Refuses a construct that is designed but not built, and goes on with an erroneous value.
    pub(crate) fn unbuilt(&mut self, construct: impl Into<String>, span: Span) {
        self.report(Unbuilt { construct: construct.into(), span });
    }

    /// How many errors there are.
    pub(crate) fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count()
    }

    /// The declarations of a side.
    pub(crate) fn items(&self, side: Side) -> &Items<'a> {
        match side {
            Side::Library => &self.library,
            Side::User => &self.user,
        }
    }

    /// The declaration of a top-level name in sight: the user's before the library's.
    pub(crate) fn find_item(&self, name: &str) -> Option<ItemRef> {
        self.sides()
            .find_map(|side| self.items(side).get(name).map(|(index, _)| ItemRef { side, index }))
    }

    /// The declaration of an element or constructor in sight.
    pub(crate) fn find_member(&self, name: &str) -> Option<ItemRef> {
        self.sides().find_map(|side| {
            self.items(side).member(name).map(|(index, _)| ItemRef { side, index })
        })
    }

    /// The declaration of a method in sight.
    pub(crate) fn find_method(&self, name: &str) -> Option<ItemRef> {
        self.sides()
            .find_map(|side| self.items(side).method(name).map(|index| ItemRef { side, index }))
    }

    fn sides(&self) -> impl Iterator<Item = Side> + use<> {
        let library = self.here.library;
        [Side::User, Side::Library].into_iter().filter(move |&s| !library || s == Side::Library)
    }

    /// The item of a declaration.
    pub(crate) fn item(&self, at: ItemRef) -> &'a sdec_grammar::ast::Item {
        self.items(at.side).entries[at.index].item()
    }

    pub(crate) fn set_status(&mut self, at: ItemRef, status: Status) {
        let items = match at.side {
            Side::Library => &mut self.library,
            Side::User => &mut self.user,
        };
        items.entries[at.index].status = status;
    }

    /// What a declaration became; it is checked now unless it has been. `user` is what needs it.
    pub(crate) fn demand(&mut self, at: ItemRef, user: Option<&Name>) -> Declared {
        match self.items(at.side).entries[at.index].status.clone() {
            Status::Done(declared) => declared,
            Status::Busy => {
                if let Some(user) = user {
                    self.report_cycle(at, user);
                }
                Declared::Failed
            }
            Status::Waiting => {
                self.set_status(at, Status::Busy);
                let item = self.item(at);
                let library = at.side == Side::Library;
                let declared = self.declaration(library, |this| this.check_item(item));
                self.set_status(at, Status::Done(declared.clone()));
                declared
            }
        }
    }

    fn report_cycle(&mut self, at: ItemRef, user: &Name) {
        let item = self.item(at);
        let declared = crate::declare::item_name(&item.kind).map_or(item.span, |name| name.span);
        let function = matches!(item.kind, ItemKind::Def(_));
        let name = user.text.clone();
        self.report(NameError::Cycle { name, declared, used: user.span, function });
    }

    /// Checks a declaration with names, equations and obligations of its own.
    pub(crate) fn declaration<T>(
        &mut self,
        library: bool,
        check: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let inner = Context {
            library,
            errors: self.errors(),
            first_local: self.hir.locals.len(),
            first_size: self.hir.sizes.len(),
            first_ty: self.unifier.ty_count(),
            ..Context::default()
        };
        let outer = std::mem::replace(&mut self.here, inner);
        let waiting = self.unifier.begin();
        let result = check(self);
        self.settle();
        for k in self.here.first_local..self.hir.locals.len() {
            let local = LocalId::new(k);
            let ty = self.hir.locals[local].ty.clone();
            self.hir.locals[local].ty = self.finished(&ty);
        }
        for k in self.here.first_size..self.hir.sizes.len() {
            let size = SizeVarId::new(k);
            if let Some(mut series) = self.hir.sizes[size].observations.take() {
                self.finish(&mut series);
                self.hir.sizes[size].observations = Some(series);
            }
        }
        self.unifier.end(waiting);
        self.here = outer;
        result
    }

    /// Whether this declaration has had an error.
    pub(crate) fn failing(&self) -> bool {
        self.errors() > self.here.errors
    }

    /// Notes that something erroneous was read: what it leaves open is no further mistake.
    pub(crate) fn taint(&mut self) {
        self.here.tainted = true;
    }

    /// Whether something erroneous was read in this declaration.
    pub(crate) fn is_tainted(&self) -> bool {
        self.here.tainted
    }

    /// Something to be seen when types are known.
    pub(crate) fn oblige(&mut self, obligation: Obligation) {
        self.here.obligations.push(obligation);
    }

    /// Solves what can be solved and checks what waited for it.
    pub(crate) fn settle(&mut self) {
        self.solve_dimensions();
        for (span, mismatch) in self.unifier.settle() {
            self.size_mismatch(span, &mismatch);
        }
        for obligation in std::mem::take(&mut self.here.obligations) {
            self.check_in_range(obligation);
        }
        for (ty, span) in self.unifier.vector_spaces(self.here.first_ty) {
            let ty = self.unifier.ty(&ty);
            if !matches!(ty, Ty::Meta(_)) && !self.is_vector_space(&ty, span) {
                let found = self.show(&ty);
                self.report(MismatchError::NoVectorSpace { found, span });
            }
        }
    }

    /// Says that sizes differ where no better message is known.
    pub(crate) fn size_mismatch(&mut self, span: Span, mismatch: &Mismatch) {
        match mismatch {
            Mismatch::Sizes(a, b) => {
                let (a, b) = (self.show_set(a), self.show_set(b));
                self.report(MismatchError::Sizes { left: a, right: b, span, note: None });
            }
            Mismatch::TooLarge => self.report(SizeError::TooLarge { span, what: "size".into() }),
            Mismatch::Types => {}
        }
    }

    fn check_in_range(&mut self, obligation: Obligation) {
        let Obligation::InRange { index, span, set, table, declared } = obligation;
        let set = self.unifier.set(&set);
        let size = self.unifier.count(&set);
        let number = self.unifier.number(&size);
        // Sizes are not negative, so what is below the constant term is below the size.
        let least = size.terms.values().all(|&c| c > 0).then(|| size.terms.get(&Vec::new()));
        let least = least.flatten().copied().unwrap_or(0);
        let bound = number.unwrap_or(least);
        if u64::try_from(bound).is_ok_and(|bound| index < bound) || self.is_unknown(&size) {
            return;
        }
        let set = self.show_set(&set);
        self.report(SizeError::OutOfRange { index, span, set, number, table, declared });
    }

    /// Whether an index set is not known altogether.
    pub(crate) fn has_unknown(&self, set: &IndexSet) -> bool {
        self.is_unknown(&self.unifier.count(set))
    }

    fn is_unknown(&self, size: &Size) -> bool {
        size.terms.keys().flatten().any(|a| matches!(a, sdec_hir::SizeAtom::Meta(_)))
    }

    /// The final type; what is still unknown is an error.
    pub(crate) fn finished(&mut self, ty: &Ty) -> Ty {
        let ty = self.unifier.ty(ty);
        if let Some(origin) = self.unknown_in(&ty) {
            self.report_unknown(&origin);
        }
        ty
    }

    fn report_unknown(&mut self, origin: &Origin) {
        let key = (origin.span, matches!(origin.what, Unknown::Range(_)));
        if !self.failing() && !self.here.tainted && self.here.reported.insert(key) {
            self.report(MismatchError::Unknown(origin.clone()));
        }
    }

    fn unknown_in(&self, ty: &Ty) -> Option<Origin> {
        let of_size = |size: &Size| {
            size.terms.keys().flatten().find_map(|&atom| match atom {
                sdec_hir::SizeAtom::Meta(k) => Some(self.unifier.size_origin(k).clone()),
                sdec_hir::SizeAtom::Var(_) | sdec_hir::SizeAtom::Count(_) => None,
            })
        };
        match ty {
            Ty::Meta(k) => Some(self.unifier.ty_origin(*k).clone()),
            Ty::Ix(set) => of_size(&self.unifier.count(set)),
            Ty::Table(set, of) => of_size(&self.unifier.count(set)).or_else(|| self.unknown_in(of)),
            Ty::Tuple(parts) => parts.iter().find_map(|ty| self.unknown_in(ty)),
            Ty::Record(fields) => fields.iter().find_map(|(_, ty)| self.unknown_in(ty)),
            Ty::Adt(_, args) => args.iter().find_map(|arg| match arg {
                sdec_hir::TyArg::Ty(ty) => self.unknown_in(ty),
                sdec_hir::TyArg::Index(set) => of_size(&self.unifier.count(set)),
            }),
            Ty::Function(params, result) => {
                params.iter().find_map(|ty| self.unknown_in(ty)).or_else(|| self.unknown_in(result))
            }
            Ty::Dist(of) | Ty::Series(of) | Ty::Events(of) => self.unknown_in(of),
            Ty::Float | Ty::Nat | Ty::Int | Ty::Bool | Ty::Text | Ty::Var(_) | Ty::Error => None,
        }
    }

    /// Replaces all unknowns in an expression; call after [`Checker::settle`].
    pub(crate) fn finish(&mut self, expr: &mut Expr) {
        let mut unknown = Vec::new();
        let mut stray = Vec::new();
        let this = &*self;
        expr.walk_mut(&mut |e| {
            e.ty = this.unifier.ty(&e.ty);
            unknown.extend(this.unknown_in(&e.ty));
            match &mut e.kind {
                ExprKind::For(_, set, _)
                | ExprKind::Reduce(_, _, set, _)
                | ExprKind::Fold(set, ..)
                | ExprKind::Scan(set, ..) => {
                    *set = this.unifier.set(set);
                    unknown.extend(this.unknown_in(&Ty::Ix(set.clone())));
                }
                ExprKind::Size(size) => *size = this.unifier.size(size),
                ExprKind::Path(drawn) => {
                    if let Some((_, set)) = &mut drawn.entries {
                        *set = this.unifier.set(set);
                        unknown.extend(this.unknown_in(&Ty::Ix(set.clone())));
                    }
                }
                ExprKind::Def(def, substitution) => {
                    if let Some(set) = this.stray_index(*def, &substitution.sizes) {
                        stray.push((this.hir.defs[*def].name.clone(), set, e.span));
                    }
                    for (_, set) in &mut substitution.sizes {
                        *set = this.unifier.set(set);
                        unknown.extend(this.unknown_in(&Ty::Ix(set.clone())));
                    }
                    for (_, ty) in &mut substitution.types {
                        *ty = this.unifier.ty(ty);
                        unknown.extend(this.unknown_in(ty));
                    }
                }
                _ => {}
            }
        });
        if let Some(origin) = unknown.first() {
            self.report_unknown(origin);
        }
        for (function, set, span) in stray {
            self.report(SeriesError::Index { function, set, span });
        }
    }

    /// Declares a local.
    pub(crate) fn new_local(&mut self, name: &str, span: Span, ty: Ty, kind: LocalKind) -> LocalId {
        self.hir.locals.push(Local { name: name.to_owned(), span, ty, kind })
    }

    /// Declares a local and brings it into sight.
    pub(crate) fn bind_local(&mut self, name: &'a Name, ty: Ty, kind: LocalKind) -> LocalId {
        let local = self.new_local(&name.text, name.span, ty, kind);
        self.here.scope.bind(&name.text, Meaning::Local(local), name.span);
        local
    }

    /// Declares a size name and brings it into sight.
    pub(crate) fn bind_size(
        &mut self,
        name: &'a Name,
        value: Option<(u64, SizeOrigin)>,
    ) -> SizeVarId {
        let number = value.as_ref().and_then(|(n, _)| i64::try_from(*n).ok());
        let var = self.hir.sizes.push(SizeVar {
            name: name.text.clone(),
            span: name.span,
            value,
            observations: None,
            dimension_of: None,
        });
        if let Some(number) = number {
            self.unifier.known.insert(var, number);
        }
        self.here.scope.bind(&name.text, Meaning::Size(var), name.span);
        var
    }

    /// A type as the user would write it.
    pub(crate) fn show(&self, ty: &Ty) -> String {
        self.hir.show_ty_with(&self.unifier.ty(ty), &|unknown| self.unifier.name_of(unknown))
    }

    /// An index set as the user would write it.
    pub(crate) fn show_set(&self, set: &IndexSet) -> String {
        let set = self.unifier.set(set);
        self.hir.show_index_set_with(&set, &|unknown| self.unifier.name_of(unknown))
    }
}

/// An expression.
pub(crate) fn node(kind: ExprKind, ty: Ty, span: Span) -> Expr {
    Expr { kind, ty, span }
}

/// An expression in place of something that was reported.
pub(crate) fn wrong(span: Span) -> Expr {
    node(ExprKind::Float(f64::NAN), Ty::Error, span)
}

/// The type of a table.
pub(crate) fn table(set: IndexSet, of: Ty) -> Ty {
    Ty::Table(set, Box::new(of))
}

/// The index set of `n` numbers.
pub(crate) fn numbered(n: usize) -> IndexSet {
    IndexSet::Size(Size::number(i64::try_from(n).expect("lists are short")))
}
