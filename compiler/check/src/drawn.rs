//! Paths that a value draws: `let p ~ M(S0 = 90)`, and tables of them, `let ps : 64 => M ~ M`. Their states are
//! functions of time: `p.S(1.0)`, `ps[i].S(1.0)`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeSet;

use sdec_base::Span;
use sdec_grammar::ast::{
    self, Argument, Binder, ExprKind as Ast, ItemKind, Name, PatternKind, TypeKind,
};
use sdec_hir::{
    BaseLaw, Drawn, Estimate, Estimator, Expr, ExprKind, Gradient, IndexSet, InstanceSize, LocalId,
    Model, ModelId, Pattern, SizeOrigin, Ty, Unbuilt,
};

use crate::checker::{Checker, node, table, wrong};
use crate::command::type_of;
use crate::error::{CallError, CommandError, ModelError, NameError, PartError, PathError};
use crate::infer::{Expected, Why, constant_number};
use crate::items::Declared;
use crate::law_value::applied;
use crate::model::allows;
use crate::scope::Meaning;
use crate::suggest::nearest;
use crate::text::quote;

/// What a value draws.
pub(crate) struct Draws {
    /// The model whose states are functions of time in it.
    pub(crate) of: ModelId,
    /// The name of the estimate or the objective.
    name: String,
    /// By laws: the standard draws, their name in the value, and that of their stream.
    pub(crate) laws: Vec<(BaseLaw, LocalId, String)>,
    /// Whether the sizes of models are numbers, as in an estimate.
    has_sizes: bool,
    /// From models.
    paths: Vec<PathOf>,
    /// Sizes of models of which only paths are drawn.
    pub(crate) sizes: Vec<InstanceSize>,
}

impl Draws {
    /// Those of a value in which nothing has been drawn.
    pub(crate) fn new(of: ModelId, name: &str, has_sizes: bool) -> Self {
        let (laws, paths, sizes) = (Vec::new(), Vec::new(), Vec::new());
        Self { of, name: name.to_owned(), laws, has_sizes, paths, sizes }
    }

    /// A name of a stream that no other path has.
    fn stream(&self, path: &str, model: &str) -> String {
        let before = self.paths.iter().filter(|other| other.name == path).count();
        let again = if before == 0 { String::new() } else { format!(".{before}") };
        format!("{}.{path}{again} ~ {model}", self.name)
    }
}

/// `for i. M(S0 = s[i])`
struct Written<'a> {
    name: &'a Name,
    args: &'a [Argument],
    binders: &'a [Binder],
}

/// A path in sight, or a table of them.
#[derive(Clone)]
struct PathOf {
    local: LocalId,
    name: String,
    model: ModelId,
    entries: Option<IndexSet>,
}

impl<'a> Checker<'a> {
    /// The model that `M`, `M(S0 = 90)` or `for i. M(S0 = s[i])` draws a path of.
    fn model_drawn(&self, expr: &'a ast::Expr) -> Option<Written<'a>> {
        let (name, args): (_, &[Argument]) = match &expr.kind {
            Ast::Name(name) => (name, &[]),
            Ast::For(binders, body) if body.lets.is_empty() => {
                let of = self.model_drawn(&body.result).filter(|of| of.binders.is_empty())?;
                return Some(Written { binders, ..of });
            }
            _ => applied(expr)?,
        };
        let is_model = |at| matches!(self.item(at).kind, ItemKind::Model(_));
        let found = self.here.scope.get(&name.text).is_none().then(|| self.find_item(&name.text));
        let is_model = found.flatten().is_some_and(is_model);
        is_model.then_some(Written { name, args, binders: &[] })
    }

    /// Says that a path is drawn where nothing is random, if it is one that is drawn.
    pub(crate) fn report_path_outside(&mut self, stmt: &'a ast::Let) -> bool {
        let Some(Written { name, .. }) = self.model_drawn(&stmt.body.result) else { return false };
        let (model, function) = (name.text.clone(), self.here.function.is_some());
        self.report(PathError::Outside { model, function, span: stmt.body.result.span });
        true
    }

    /// Says that nothing is called like what is drawn, where that is nearly the name of a model.
    pub(crate) fn report_unknown_model(&mut self, expr: &'a ast::Expr) -> bool {
        let name = match &expr.kind {
            Ast::Name(name) => name,
            _ => match applied(expr) {
                Some((name, _)) => name,
                None => return false,
            },
        };
        if self.here.scope.get(&name.text).is_some()
            || self.find_item(&name.text).is_some()
            || self.is_law(&name.text)
        {
            return false;
        }
        let models = self.user.entries.iter().filter_map(|entry| match &entry.item().kind {
            ItemKind::Model(model) => Some(model.name.text.as_str()),
            _ => None,
        });
        let Some(similar) = nearest(&name.text, models).map(str::to_owned) else { return false };
        let (written, span) = (name.text.clone(), name.span);
        self.report(CommandError::NotAModel { written, span, similar: Some(similar) });
        true
    }

    /// `let p ~ M(S0 = 90)`; `None` where no model is named.
    pub(crate) fn drawn_path(&mut self, stmt: &'a ast::Let) -> Option<Expr> {
        let span = stmt.body.result.span;
        let Written { name, args, binders } = self.model_drawn(&stmt.body.result)?;
        let Some(id) = self.model_id(name) else { return Some(wrong(span)) };
        let model = self.hir.models[id].clone();
        let PatternKind::Name(path) = &stmt.pattern.kind else {
            self.report(PathError::Pattern { span: stmt.pattern.span });
            return Some(wrong(span));
        };
        let Ok(set) = self.set_of_paths(stmt.ty.as_ref(), name) else { return Some(wrong(span)) };
        if self.index_of_loop().is_some() {
            self.report(PathError::InLoop { model: model.name, path: path.text.clone(), span });
            return Some(wrong(span));
        }
        let (errors, depth) = (self.errors(), self.here.scope.depth());
        let mut entries = match binders {
            [] => set.map(|set| (Pattern::Wild, set)),
            [binder] => Some(self.bind_index(binder, set)),
            _ => {
                self.unbuilt("a table of paths over several indices", span);
                return Some(wrong(span));
            }
        };
        let given = self.given_to_path(&model, name, args, span);
        self.here.scope.truncate(depth);
        if let Some((_, set)) = &mut entries {
            *set = self.unifier.set(set);
            if let IndexSet::Product(_) = set {
                self.unbuilt("a table of paths over several indices", span);
                return Some(wrong(span));
            }
            if !self.is_within_reach(set, span) {
                return Some(wrong(span));
            }
        }
        if self.errors() > errors {
            return Some(wrong(span));
        }
        let states = model.states.iter().map(|state| {
            let state = &self.hir.locals[state.local];
            (state.name.clone(), state.ty.clone())
        });
        let ty = Ty::Record(states.collect());
        let ty = match &entries {
            Some((_, set)) => table(set.clone(), ty),
            None => ty,
        };
        let draws = self.here.draws.as_ref()?;
        let stream = draws.stream(&path.text, &model.name);
        let drawn = Drawn { model: id, stream, entries, given };
        Some(node(ExprKind::Path(Box::new(drawn)), ty, span))
    }

    fn model_id(&mut self, name: &'a Name) -> Option<ModelId> {
        let at = self.find_item(&name.text)?;
        match self.demand(at, Some(name)) {
            Declared::Model(id) => Some(id),
            _ => None,
        }
    }

    /// The set of `ps : 64 => M`.
    fn set_of_paths(
        &mut self,
        ty: Option<&'a ast::Type>,
        model: &Name,
    ) -> Result<Option<IndexSet>, ()> {
        let names_it =
            |ty: &ast::Type| matches!(&ty.kind, TypeKind::Name(name) if name.text == model.text);
        let Some(ty) = ty else { return Ok(None) };
        match &ty.kind {
            TypeKind::Name(_) if names_it(ty) => return Ok(None),
            TypeKind::Table(set, of) if names_it(of) => return Ok(Some(self.set(set))),
            _ => {}
        }
        let entry = match &ty.kind {
            TypeKind::Table(_, of) => Some(of.span),
            _ => None,
        };
        self.report(PathError::Type { model: model.text.clone(), entry, span: ty.span });
        Err(())
    }

    /// Inputs and parameters between the brackets, and that every other one has a value.
    fn given_to_path(
        &mut self,
        model: &Model,
        name: &Name,
        args: &'a [Argument],
        span: Span,
    ) -> Vec<(LocalId, Expr)> {
        let mut given: Vec<(LocalId, Expr)> = Vec::new();
        let mut named: Vec<&'a Name> = Vec::new();
        let mut sizes = Vec::new();
        for arg in args {
            let Some(key) = &arg.name else {
                let first = model.inputs.first().map(|input| input.local);
                let first = first.or(model.params.first().map(|param| param.local));
                let first = first.map(|local| self.hir.locals[local].name.clone());
                self.report(PathError::Unnamed { name: first, span: arg.value.span });
                continue;
            };
            if let Some(first) = named.iter().find(|first| first.text == key.text) {
                let (name, first, second) = (key.text.clone(), first.span, key.span);
                self.report(NameError::Duplicate { name, first, second });
                continue;
            }
            named.push(key);
            let size = model.sizes.iter().find(|(var, _)| self.hir.sizes[*var].name == key.text);
            if let Some(&(var, _)) = size {
                sizes.extend(self.size_of_path(var, &arg.value));
                continue;
            }
            let Some(local) = self.given_name(model, key) else { continue };
            let ty = self.hir.locals[local].ty.clone();
            let declared = self.hir.locals[local].span;
            let why = Why::Argument { function: name.text.clone(), declared: Some(declared) };
            let value = self.check(&arg.value, &Expected::new(ty, why));
            self.check_support(model, local, &arg.value);
            given.push((local, value));
        }
        if self.here.draws.as_ref().is_some_and(|draws| draws.has_sizes) {
            self.know_sizes_of_path(model, &sizes, span);
        } else if !sizes.is_empty() {
            self.unbuilt("the size of a path that is drawn in an objective", span);
        }
        if given.len() + sizes.len() < args.len() {
            return given;
        }
        let params = model.params.iter().filter(|param| param.init.is_none());
        let inputs = model.inputs.iter().filter(|input| input.default.is_none());
        let needed = inputs.map(|input| (input.local, "input"));
        let needed = needed.chain(params.map(|param| (param.local, "parameter")));
        for (local, what) in needed.collect::<Vec<_>>() {
            let local_name = self.hir.locals[local].name.clone();
            if named.iter().any(|key| key.text == local_name) {
                continue;
            }
            let declared = self.hir.locals[local].span;
            let behind = args.last().map(|arg| arg.value.span);
            let name = local_name;
            self.report(PathError::NoValue { name, what, declared, behind, span });
        }
        given
    }

    /// A number that is given satisfies the constraint of what it is given to.
    fn check_support(&mut self, model: &Model, local: LocalId, value: &'a ast::Expr) {
        let inputs = model.inputs.iter().map(|input| (input.local, &input.constraint));
        let params = model.params.iter().map(|param| (param.local, &param.constraint));
        let found = inputs.chain(params).find(|&(given, _)| given == local);
        let (Some((_, constraint)), Some(number)) = (found, constant_number(value)) else { return };
        let name = self.hir.locals[local].name.clone();
        let written = self.written_model(model);
        if let Some(declared) = written.and_then(|written| type_of(written, &name))
            && !allows(constraint, number)
        {
            let ty = self.hir.locals[local].ty.clone();
            let constraint = self.hir.show_constrained(&ty, constraint);
            let span = value.span;
            self.report(ModelError::OutsideConstraint { name, constraint, declared, span });
        }
    }

    /// The input or parameter of a name.
    fn given_name(&mut self, model: &Model, key: &Name) -> Option<LocalId> {
        let inputs = model.inputs.iter().map(|input| input.local);
        let known: Vec<LocalId> =
            inputs.chain(model.params.iter().map(|param| param.local)).collect();
        let found = known.iter().find(|&&local| self.hir.locals[local].name == key.text);
        if let Some(&local) = found {
            let ty = &self.hir.locals[local].ty;
            let follows = matches!(ty, Ty::Function(..) | Ty::Series(_) | Ty::Events(_));
            let is_net = |param: &sdec_hir::Param| param.local == local && param.net.is_some();
            if follows || model.params.iter().any(is_net) {
                let what = if follows { "what follows the time" } else { "a net" };
                let construct = format!("{what}, given to a path that is drawn,");
                self.unbuilt(construct, key.span);
                return None;
            }
            return Some(local);
        }
        let names = known.iter().map(|&local| self.hir.locals[local].name.as_str());
        let similar = nearest(&key.text, names.clone()).map(str::to_owned);
        let names = names.map(str::to_owned).collect();
        let (written, model) = (key.text.clone(), model.name.clone());
        self.report(PathError::NoInput { written, model, names, similar, span: key.span });
        None
    }

    /// `n = 5`
    fn size_of_path(
        &mut self,
        var: sdec_hir::SizeVarId,
        value: &'a ast::Expr,
    ) -> Option<InstanceSize> {
        let why = Why::Argument { function: self.hir.sizes[var].name.clone(), declared: None };
        let found = self.check(value, &Expected::new(Ty::Nat, why));
        let number = match &found.kind {
            ExprKind::Int(n) => Some(*n),
            ExprKind::Size(size) => self.unifier.number(size),
            _ if found.ty == Ty::Error => return None,
            _ => None,
        };
        match number.and_then(|n| u64::try_from(n).ok()) {
            Some(value) => Some(InstanceSize { var, value, origin: SizeOrigin::Explicit }),
            None => {
                let name = self.hir.sizes[var].name.clone();
                self.report(crate::error::SizeError::NoNumber { name, span: value.span });
                None
            }
        }
    }

    /// Sizes of a model have one number each in a command, whether its own states or drawn paths have them.
    fn know_sizes_of_path(&mut self, model: &Model, given: &[InstanceSize], span: Span) {
        for (var, default) in &model.sizes {
            let given = given.iter().find(|size| size.var == *var).cloned();
            let known = self.unifier.known.get(var).copied();
            let value = match (&given, known, default) {
                (Some(given), ..) => i64::try_from(given.value).ok(),
                (None, Some(known), _) => Some(known),
                (None, None, Some(default)) => {
                    self.evaluate(default, &crate::instance::Numbers::new())
                }
                (None, None, None) => None,
            };
            let name = self.hir.sizes[*var].name.clone();
            let Some(number) = value else {
                let (declared, model) = (self.hir.sizes[*var].span, model.name.clone());
                self.report(PathError::NoSize { size: name, declared, model, span });
                continue;
            };
            match known {
                Some(known) if known != number => {
                    let (model, numbers) = (model.name.clone(), [known, number]);
                    self.report(PathError::OtherSize { size: name, model, numbers, span });
                }
                Some(_) => {}
                None => {
                    let Ok(value) = u64::try_from(number) else {
                        let error =
                            crate::error::SizeError::Negative { size: name, value: number, span };
                        self.report(error);
                        continue;
                    };
                    self.unifier.known.insert(*var, number);
                    let origin = given.map_or(SizeOrigin::Default, |given| given.origin);
                    let size = InstanceSize { var: *var, value, origin };
                    if let Some(draws) = &mut self.here.draws {
                        draws.sizes.push(size);
                    }
                }
            }
        }
    }

    /// Makes the name that was bound to a path one of which only states at times are read.
    pub(crate) fn note_path(&mut self, stmt: &'a ast::Let, local: LocalId, value: &Expr) {
        let (ExprKind::Path(drawn), PatternKind::Name(name)) = (&value.kind, &stmt.pattern.kind)
        else {
            return;
        };
        let (model, entries) = (drawn.model, drawn.entries.as_ref().map(|(_, set)| set.clone()));
        self.here.scope.set(&name.text, Meaning::Drawn(local));
        if let Some(draws) = &mut self.here.draws {
            draws.paths.push(PathOf { local, name: name.text.clone(), model, entries });
        }
    }

    /// The path, or the table of paths, that a name means.
    fn path_named(&self, expr: &ast::Expr) -> Option<PathOf> {
        let Ast::Name(name) = &expr.kind else { return None };
        let Meaning::Drawn(local) = self.here.scope.get(&name.text)?.meaning else { return None };
        let paths = &self.here.draws.as_ref()?.paths;
        paths.iter().find(|path| path.local == local).cloned()
    }

    /// Says how a state of a path is read.
    pub(crate) fn report_path(&mut self, name: &Name) {
        let at = ast::Expr { kind: Ast::Name(name.clone()), span: name.span };
        let Some(path) = self.path_named(&at) else { return };
        let state = self.hir.models[path.model].states.first().map(|state| state.local);
        let state = state.map(|state| self.hir.locals[state].name.clone());
        let (name, table, span) = (path.name, path.entries.is_some(), name.span);
        self.report(PathError::AsValue { name, state, table, span });
    }

    /// Whether `e` of `e.x` is a path, or an entry of a table of them.
    pub(crate) fn is_path(&self, of: &ast::Expr) -> bool {
        match &of.kind {
            Ast::Index(table, _) => self.path_named(table).is_some(),
            _ => self.path_named(of).is_some(),
        }
    }

    /// `p.x(t)` and `ps[i].x(t)`; `None` where no path is named.
    pub(crate) fn drawn_state(
        &mut self,
        callee: &'a ast::Expr,
        args: &[&'a ast::Expr],
        span: Span,
    ) -> Option<Expr> {
        let Ast::Field(of, name) = &callee.kind else { return None };
        let (of, indices): (&ast::Expr, &'a [ast::Expr]) = match &of.kind {
            Ast::Index(table, indices) => (table, indices),
            _ => (of, &[]),
        };
        let path = self.path_named(of)?;
        let model = self.hir.models[path.model].clone();
        let states = model.states.iter().map(|state| self.hir.locals[state.local].name.as_str());
        let Some(k) = states.clone().position(|state| state == name.text) else {
            let similar = nearest(&name.text, states.clone()).map(str::to_owned);
            let states = states.map(str::to_owned).collect();
            let (written, span) = (name.text.clone(), name.span);
            let is_let = model.lets.iter().any(|stmt| {
                stmt.pattern.locals().iter().any(|&local| self.hir.locals[local].name == written)
            });
            let model = model.name;
            self.report(PathError::NoState { written, model, states, similar, is_let, span });
            return Some(wrong(span));
        };
        let Some(time) = self.time_of(name, args, span) else { return Some(wrong(span)) };
        let ty = self.hir.locals[model.states[k].local].ty.clone();
        let at = |ty| node(ExprKind::PathAt(path.local, k, Box::new(time)), ty, span);
        match (&path.entries, indices) {
            (None, []) => Some(at(ty)),
            (None, [..]) => {
                let (what, found) = (path.name.clone(), format!("a path of `{}`", model.name));
                self.report(PartError::NotATable { what, found, span: of.span });
                Some(wrong(span))
            }
            (Some(_), []) => {
                let (name, state) = (path.name.clone(), name.text.clone());
                self.report(PathError::Which { name, state, span: of.span });
                Some(wrong(span))
            }
            (Some(set), [index]) => {
                let Some(index) = self.check_index(index, set, &quote(of), of.span) else {
                    return Some(wrong(span));
                };
                let whole = at(table(set.clone(), ty.clone()));
                Some(node(ExprKind::Index(Box::new(whole), Box::new(index)), ty, span))
            }
            (Some(_), [_, second, ..]) => {
                let (what, found) = (quote(of), format!("a path of `{}`", model.name));
                self.report(PartError::NotATable { what, found, span: second.span });
                Some(wrong(span))
            }
        }
    }

    /// The time at which a state is read: one argument, the same for all paths.
    fn time_of(&mut self, state: &Name, args: &[&'a ast::Expr], span: Span) -> Option<Expr> {
        let [time] = args else {
            self.report(CallError::ArgumentCount {
                function: state.text.clone(),
                wanted: 1,
                found: args.len(),
                span,
                declared: None,
            });
            return None;
        };
        let model = self.here.draws.as_ref().map(|draws| self.hir.models[draws.of].clone());
        self.time_at(model.as_ref(), state, time)
    }

    /// What keeps an estimate that draws paths from being run.
    pub(crate) fn unbuilt_with_paths(
        &self,
        estimate: &Estimate,
        estimator: Option<Span>,
    ) -> Option<Unbuilt> {
        let paths = estimate.value.drawn_paths();
        let models: BTreeSet<ModelId> = paths.iter().map(|path| path.model).collect();
        for id in &models {
            let model = &self.hir.models[*id];
            if let Some(unbuilt) = &model.unbuilt {
                return Some(unbuilt.clone());
            }
            if let Some(impulse) = model.impulses.first() {
                let construct = "a drawn path that an input moves at given times".to_owned();
                return Some(Unbuilt { construct, span: impulse.span, instead: None });
            }
        }
        if models.is_empty() {
            return None;
        }
        let of_settings = |construct: &str, instead: &str, span| {
            let (construct, instead) = (construct.to_owned(), Some(instead.to_owned()));
            Some(Unbuilt { construct, span, instead })
        };
        if let Some(solver) = &estimate.settings.solver
            && solver.adaptive.is_some()
        {
            let construct = "a choice of steps where paths are drawn";
            let instead = "steps of one length, as in  solver = rk4(dt = 0.01)";
            return of_settings(construct, instead, solver.span);
        }
        if estimate.estimator != Estimator::Pathwise
            && let Some(span) = estimator
        {
            let construct = "the law of paths where others are drawn beside them";
            return of_settings(construct, "derivatives along the paths, without this line", span);
        }
        if let Some((gradient @ (Gradient::Adjoint | Gradient::Reversible), span)) =
            estimate.settings.gradient
            && estimate.is_differentiated()
        {
            let construct = format!("`gradient = {}` where paths are drawn", gradient.name());
            return of_settings(&construct, "gradient = backprop", span);
        }
        None
    }

    /// Steps of the method of an estimate must suit the noise of every path in it.
    pub(crate) fn check_methods_of_paths(&mut self, estimate: &Estimate) {
        let drawn = estimate.value.drawn_paths();
        let models: BTreeSet<ModelId> = drawn.into_iter().map(|path| path.model).collect();
        for id in models {
            let model = self.hir.models[id].clone();
            match &estimate.settings.solver {
                None => self.demand_default_method(&model, model.span),
                Some(solver) => {
                    let class = model.class_in(&self.hir, solver.logs.is_some());
                    let (method, at, logs) = (solver.method, solver.span, solver.logs);
                    // The method's name is written first.
                    let (start, length) = (at.start as usize, self.hir.methods[method].name.len());
                    let named = Span::new(at.source, start, start + length);
                    self.check_method_fits(method, named, (&model, class), logs);
                }
            }
        }
    }
}
