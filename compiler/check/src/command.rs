//! Commands: `sample` and `estimate` with their sizes and settings.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Command, CommandKind, ExprKind as Ast};
use sdec_hir::{
    BaseLaw, Block, BlockKind, Estimate, Expr, Instance, InstanceSize, LocalId, Model, ModelId,
    Planned, Sample, Ty, Unbuilt, Wrt, WrtPair,
};

use crate::checker::Checker;
use crate::drawn::Draws;
use crate::error::{CommandError, NameError};
use crate::infer::{Expected, Why};
use crate::items::Declared;
use crate::suggest::nearest;

/// `wrt = everything`
const EVERYTHING: &str = "everything";

/// What `wrt` asks for.
#[derive(Default)]
struct Wrts {
    first: Vec<Wrt>,
    second: Vec<WrtPair>,
    /// Whether no name was written.
    everything: bool,
}

impl<'a> Checker<'a> {
    /// Checks a command, within a context of its own; `None` where it is wrong.
    pub(crate) fn check_command(&mut self, command: &'a Command, span: Span) -> Option<Block> {
        if command.kind != CommandKind::Fit
            && let Some(data) = command.data.first()
        {
            self.unbuilt("`sample … given`", data.span);
            return None;
        }
        let id = self.model_of(command)?;
        let model = self.hir.models[id].clone();
        if command.kind == CommandKind::Fit {
            let fit = self.check_fit(id, command, span)?;
            return self.finished_block(&model, fit, span);
        }
        let instance = self.instance(&model, command, &[]);
        let read = self.read_settings(command.kind, &command.settings, &model);
        let mut unbuilt = read.unbuilt.clone();
        self.require_start_values(&model, command, &[]);
        if read.settings.solver.is_none() {
            self.demand_default_method(&model, command.model.span);
        }
        let name = command.label.as_ref().map_or(&command.model, |label| label).text.clone();
        let kind = match command.kind {
            CommandKind::Sample => {
                let (settings, instance) = (read.settings, instance?);
                BlockKind::Sample(Box::new(Sample { name, model: id, instance, settings }))
            }
            CommandKind::Estimate => {
                self.know_sizes(instance.as_ref());
                let value = self.estimated((id, &model), command, read.value, &name);
                self.forget_sizes(instance.as_ref());
                let (draws, sizes) = self.drawn_in_value(&name);
                let wrt = read.wrt.map(|body| self.wrt(&model, body)).unwrap_or_default();
                let (settings, value, mut instance) = (read.settings, value?, instance?);
                instance.sizes.extend(sizes);
                let Wrts { first: wrt, second, everything } = wrt;
                let (estimator, at) = read.estimator.unwrap_or_default();
                let mut estimate = Estimate {
                    name,
                    model: id,
                    instance,
                    settings,
                    value,
                    draws,
                    wrt,
                    second,
                    estimator,
                };
                if !self.failing() {
                    self.check_methods_of_paths(&estimate);
                    unbuilt = unbuilt.or_else(|| self.unbuilt_with_paths(&estimate, at));
                    self.check_smooth(&mut estimate, read.value, at, everything);
                }
                BlockKind::Estimate(Box::new(estimate))
            }
            CommandKind::Fit => unreachable!("checked above"),
        };
        let block = self.finished_block(&model, kind, span)?;
        Some(match &unbuilt {
            Some(unbuilt) => Block { kind: planned(block.kind, unbuilt), ..block },
            None => block,
        })
    }

    /// The command, unless something is wrong with it or with the sizes of its tables.
    fn finished_block(&mut self, model: &Model, kind: BlockKind, span: Span) -> Option<Block> {
        if self.failing() {
            return None;
        }
        let mut block = Block { kind, span };
        self.check_extents(model, &block);
        if let Some(unbuilt) = &model.unbuilt {
            block.kind = planned(block.kind, unbuilt);
        }
        (!self.failing()).then_some(block)
    }

    /// In an estimate the model's sizes are numbers.
    fn know_sizes(&mut self, instance: Option<&Instance>) {
        for size in instance.iter().flat_map(|instance| &instance.sizes) {
            if let Ok(value) = i64::try_from(size.value) {
                self.unifier.known.insert(size.var, value);
            }
        }
    }

    /// Another command may have other numbers.
    fn forget_sizes(&mut self, instance: Option<&Instance>) {
        for size in instance.iter().flat_map(|instance| &instance.sizes) {
            self.unifier.known.remove(&size.var);
        }
    }

    /// The model that is written where the data of a fit are.
    fn swapped(&mut self, command: &Command) -> Option<String> {
        let [other] = command.data.as_slice() else { return None };
        let at = self.find_item(&other.text)?;
        let is_model = matches!(self.demand(at, Some(other)), Declared::Model(_));
        is_model.then(|| other.text.clone())
    }

    pub(crate) fn model_of(&mut self, command: &'a Command) -> Option<ModelId> {
        let name = &command.model;
        if let Some(at) = self.find_item(&name.text) {
            return match self.demand(at, Some(name)) {
                Declared::Model(id) => Some(id),
                Declared::Failed => None,
                Declared::Data(_) if let Some(model) = self.swapped(command) => {
                    let (data, span) = (name.text.clone(), name.span);
                    self.report(CommandError::Swapped { data, model, span });
                    None
                }
                _ => {
                    let (written, span) = (name.text.clone(), name.span);
                    self.report(CommandError::NotAModel { written, span, similar: None });
                    None
                }
            };
        }
        let models = self.user.entries.iter().filter_map(|entry| match &entry.item().kind {
            ast::ItemKind::Model(model) => Some(model.name.text.as_str()),
            _ => None,
        });
        let similar = nearest(&name.text, models).map(str::to_owned);
        let (written, span) = (name.text.clone(), name.span);
        self.report(CommandError::NotAModel { written, span, similar });
        None
    }

    /// Every parameter needs a value to be run with, and every input that is not `given`.
    pub(crate) fn require_start_values(
        &mut self,
        model: &Model,
        command: &Command,
        given: &[LocalId],
    ) {
        let params = model.params.iter().chain(&self.hir.shared);
        let params = params.filter(|param| param.init.is_none());
        let params = params.map(|param| (param.local, "param"));
        let inputs = model.inputs.iter().filter(|input| input.default.is_none());
        let inputs = inputs.filter(|input| !given.contains(&input.local));
        let inputs = inputs.map(|input| (input.local, "input"));
        for (local, what) in params.chain(inputs).collect::<Vec<_>>() {
            let local = &self.hir.locals[local];
            let (name, declared) = (local.name.clone(), local.span);
            let number = local.ty == Ty::Float;
            let ty = self.written_model(model).and_then(|written| type_of(written, &name));
            let along = match &local.ty {
                Ty::Function(..) => Some(format!("input {name} : Path(Float) = \\u. sin(u)")),
                Ty::Series(_) | Ty::Events(_) => {
                    let ty = self.show(&local.ty.clone());
                    Some(format!("input {name} : {ty} = Data.column[0]"))
                }
                _ => None,
            };
            let (ty, span) = (ty.map(|ty| (ty, number)), command.model.span);
            self.report(CommandError::NoValue { name, what, declared, ty, along, span });
        }
    }

    /// The method that a command without one gets is part of the program.
    pub(crate) fn demand_default_method(&mut self, model: &Model, span: Span) {
        let name = ast::Name { text: crate::settings::usual_method(model).to_owned(), span };
        self.method(&name);
    }

    /// `value = …`, where a state is a function of time.
    fn estimated(
        &mut self,
        (id, model): (ModelId, &Model),
        command: &Command,
        value: Option<&'a ast::Body>,
        estimate: &str,
    ) -> Option<Expr> {
        let Some(value) = value else {
            let name = command.label.as_ref().map_or_else(String::new, |label| label.text.clone());
            let state = model.states.first();
            let state = state.map(|state| self.hir.locals[state.local].name.clone());
            self.report(CommandError::NoEstimate { name, state, span: command.model.span });
            return None;
        };
        self.bring_model_in(model);
        self.here.draws = Some(Draws::new(id, estimate, true));
        let why = Why::Setting { key: "value".to_owned() };
        let mut value = self.check_body(value, &Expected::new(Ty::Float, why));
        self.settle();
        self.finish(&mut value);
        (value.ty != Ty::Error).then_some(value)
    }

    /// What `let u ~ D` draws in the value that was read, with names of their streams, and sizes of models of
    /// which only paths are drawn.
    fn drawn_in_value(
        &mut self,
        estimate: &str,
    ) -> (Vec<(BaseLaw, LocalId, String)>, Vec<InstanceSize>) {
        let Some(Draws { laws: draws, sizes, .. }) = self.here.draws.take() else {
            return (Vec::new(), Vec::new());
        };
        for size in &sizes {
            self.unifier.known.remove(&size.var);
        }
        let mut named = Vec::new();
        for (k, (law, local, name)) in draws.iter().enumerate() {
            let ty = self.unifier.ty(&self.hir.locals[*local].ty);
            self.hir.locals[*local].ty = ty;
            let before = draws[..k].iter().filter(|(.., other)| other == name).count();
            let again = if before == 0 { String::new() } else { format!(".{before}") };
            named.push((*law, *local, format!("{estimate}.{name}{again}")));
        }
        (named, sizes)
    }

    /// `wrt = [S0, σ, [S0, S0]]`, or `wrt = everything`.
    fn wrt(&mut self, model: &Model, body: &'a ast::Body) -> Wrts {
        let mut wrt = Wrts::default();
        if let Ast::Name(name) = &body.result.kind
            && name.text == EVERYTHING
        {
            wrt.everything = true;
            wrt.first = self.everything(model, name.span);
            return wrt;
        }
        let Ast::List(entries) = &body.result.kind else {
            let name = matches!(body.result.kind, Ast::Name(_));
            self.report(CommandError::WrtList { span: body.result.span, name });
            return wrt;
        };
        for entry in entries {
            if let Ast::List(pair) = &entry.kind {
                self.wrt_pair(model, pair, entry.span, &mut wrt.second);
            } else if let Some(found) = self.wrt_entry(model, entry) {
                match wrt.first.iter().find(|other| other.meets(&found)) {
                    Some(first) => {
                        let name = self.name_of(&found);
                        let (first, second) = (first.span, found.span);
                        self.report(NameError::Duplicate { name, first, second });
                    }
                    None => wrt.first.push(found),
                }
            }
        }
        wrt
    }

    /// Every input and parameter.
    fn everything(&mut self, model: &Model, span: Span) -> Vec<Wrt> {
        let inputs = model.inputs.iter().map(|input| input.local);
        let numbers = |local: &sdec_hir::LocalId| !follows_time(&self.hir.locals[*local].ty);
        let params = model.params.iter().chain(&self.hir.shared).map(|param| param.local);
        let known: Vec<_> = inputs.filter(numbers).chain(params).collect();
        self.used.extend(&known);
        known.into_iter().map(|local| Wrt::whole(local, span)).collect()
    }

    /// `[S0, σ]` in `wrt`.
    fn wrt_pair(
        &mut self,
        model: &Model,
        pair: &'a [ast::Expr],
        span: Span,
        pairs: &mut Vec<WrtPair>,
    ) {
        let [a, b] = pair else {
            self.report(CommandError::WrtPair { found: pair.len(), span });
            return;
        };
        let (a, b) = (self.wrt_entry(model, a), self.wrt_entry(model, b));
        let (Some(a), Some(b)) = (a, b) else { return };
        let same = |pair: &&WrtPair| {
            let [c, d] = &pair.by;
            c.meets(&a) && d.meets(&b) || d.meets(&a) && c.meets(&b)
        };
        match pairs.iter().find(same) {
            Some(WrtPair { by: [first, last], .. }) => {
                let name = [&a, &b].map(|entry| self.name_of(entry));
                let name = format!("[{}]", name.join(", "));
                let (first, second) = (first.span.to(last.span), span);
                self.report(NameError::Duplicate { name, first, second });
            }
            None => pairs.push(WrtPair { by: [a, b], inner: 0 }),
        }
    }

    fn wrt_entry(&mut self, model: &Model, entry: &'a ast::Expr) -> Option<Wrt> {
        match &entry.kind {
            Ast::Name(name) => self.wrt_name(model, name),
            Ast::Field(of, field) => self.wrt_field(model, of, field, entry.span),
            _ => {
                self.report(CommandError::WrtName { span: entry.span });
                None
            }
        }
    }

    /// `f.first.A`
    fn wrt_field(
        &mut self,
        model: &Model,
        of: &'a ast::Expr,
        field: &'a ast::Name,
        span: Span,
    ) -> Option<Wrt> {
        let whole = self.wrt_entry(model, of)?;
        let mut ty = self.hir.locals[whole.local].ty.clone();
        for name in &whole.fields {
            ty = self.part_named(&ty, name)?;
        }
        // A field of a table of records is the table of that field.
        while let Ty::Table(_, entry) = ty {
            ty = *entry;
        }
        self.field(&ty, field, Some(of.span))?;
        let mut fields = whole.fields;
        fields.push(field.text.clone());
        Some(Wrt { fields, span, ..whole })
    }

    /// The type of a field that a record, or a table of them, is known to have.
    fn part_named(&self, ty: &Ty, name: &str) -> Option<Ty> {
        match ty {
            Ty::Table(_, entry) => self.part_named(entry, name),
            Ty::Record(fields) => {
                fields.iter().find(|(field, _)| field == name).map(|(_, ty)| ty.clone())
            }
            _ => None,
        }
    }

    /// An entry of `wrt` as written.
    pub(crate) fn name_of(&self, entry: &Wrt) -> String {
        format!("{}{}", self.hir.locals[entry.local].name, entry.suffix())
    }

    fn wrt_name(&mut self, model: &Model, name: &ast::Name) -> Option<Wrt> {
        let params = model.params.iter().chain(&self.hir.shared).map(|param| param.local);
        let inputs = model.inputs.iter().map(|input| input.local);
        let numbers = |local: &sdec_hir::LocalId| !follows_time(&self.hir.locals[*local].ty);
        let known: Vec<_> = params.chain(inputs.filter(numbers)).collect();
        let found = known.iter().find(|&&local| self.hir.locals[local].name == name.text);
        if let Some(&local) = found {
            self.used.insert(local);
            return Some(Wrt::whole(local, name.span));
        }
        let names = known.iter().map(|&local| self.hir.locals[local].name.as_str());
        let similar = nearest(&name.text, names).map(str::to_owned);
        let (written, span, model) = (name.text.clone(), name.span, model.name.clone());
        self.report(CommandError::NotDifferentiable { written, span, model, similar });
        None
    }
}

/// Whether an input is no number: a series, events or a path.
pub(crate) fn follows_time(ty: &Ty) -> bool {
    matches!(ty, Ty::Series(_) | Ty::Events(_) | Ty::Function(..))
}

/// The command, described instead of run.
fn planned(kind: BlockKind, unbuilt: &Unbuilt) -> BlockKind {
    let (word, name, model, instance, says) = match kind {
        BlockKind::Sample(s) => ("sample", s.name, s.model, s.instance, Vec::new()),
        BlockKind::Estimate(e) => ("estimate", e.name, e.model, e.instance, Vec::new()),
        BlockKind::Fit(fit) => ("fit", fit.name, fit.model, fit.instance, Vec::new()),
        other @ (BlockKind::Planned(_) | BlockKind::Show(_)) => return other,
    };
    let unbuilt = unbuilt.clone();
    let posterior = None;
    BlockKind::Planned(Box::new(Planned { word, name, model, instance, says, posterior, unbuilt }))
}

/// The declared type of a parameter or an input.
pub(crate) fn type_of(model: &ast::Model, name: &str) -> Option<sdec_base::Span> {
    model.clauses.iter().find_map(|clause| match &clause.kind {
        ast::ClauseKind::Param(param) => {
            param.names.iter().any(|other| other.text == name).then_some(param.ty.span)
        }
        ast::ClauseKind::Input { names, ty, .. } => {
            names.iter().any(|other| other.text == name).then_some(ty.span)
        }
        _ => None,
    })
}
