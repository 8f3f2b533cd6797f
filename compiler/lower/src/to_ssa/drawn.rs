//! Paths that a value draws, `let p ~ M(S0 = S(1.0))`: a further solve within the program of a path, on the same grid
//! of times up to the last one that is read of it. What it is given may read paths and draws before it.
//!
//! The paths of a table, `let ps : 64 => M ~ M`, are solved side by side: a state is a table of the model's, an
//! increment one of its noise, and what moves them is a loop over the table.
//!
//! ```text
//! f(t, y) = for i. f(t, y[i])          g(t, y, w) = for i. g(t, y[i], w[i])
//! ```
//!
//! What each of them is given, `let ps ~ for i. M(S0 = s[i])`, is a table from which the loop takes an entry.

use std::collections::BTreeMap;

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, Stage, Ty};
use sdec_ssa::{Binary, Compare, Scalar, Type, Value};

use super::env::Env;
use super::impulses::Impulses;
use super::solve::{Grid, Objective, Scope, Solve, draw_law};
use super::states_at::StateAt;
use super::types::{Result, not_built};
use super::value::Val;
use super::{Lowerer, coordinates};

/// The paths that a value draws.
#[derive(Clone, Debug, Default)]
pub struct Paths<'a> {
    /// The method for each model.
    pub methods: BTreeMap<hir::ModelId, hir::MethodId>,
    /// Each state of one at a time.
    pub kept: Vec<StateAt<'a>>,
    /// The number of the last kept state that is read of each, by its stream.
    pub last: BTreeMap<&'a str, u64>,
    /// After how many steps each kept state is there.
    pub after: Vec<u64>,
}

/// What is done with each entry of a table of paths.
type OfEntry<'s, L> = dyn FnMut(&mut L, &[Val]) -> Result<Val> + 's;

impl<'a> Lowerer<'a> {
    /// The kept states of a path that is drawn, or of a table of them.
    pub(super) fn drawn_path(&mut self, drawn: &hir::Drawn, env: &Env, at: Span) -> Result<Val> {
        let wanted = self.solved.expect("paths are drawn in the value of a solve");
        let Objective::Value { paths, .. } = &wanted.objective else {
            unreachable!("paths are drawn in a value")
        };
        // How a path ended is a result of the whole program.
        if self.b.is_within_region() {
            return Err(Box::new(in_a_branch(at)));
        }
        let Some(&last) = paths.last.get(drawn.stream.as_str()) else { return Ok(Val::Zero) };
        let program = self.program;
        let model = &program.models[drawn.model];
        let given = self.given_to_path(drawn, env)?;
        let entries = drawn.entries.as_ref();
        let entries =
            entries.map(|(_, set)| self.sizes.extents(set, &env.generics).iter().product());
        let inner = self.top(Some(wanted.instance));
        let outer = (self.scope.take(), std::mem::take(&mut self.logs));
        self.logs = if wanted.logs { coordinates::logs_of(model) } else { Vec::new() };
        let own = Solve {
            model: drawn.model,
            method: paths.methods[&drawn.model],
            given_increments: false,
            impulses: Impulses::default(),
            ..wanted.clone()
        };
        let all = wanted.grid;
        let grid = Grid {
            steps: paths.after[usize::try_from(last).expect("kept states are counted")],
            rows: last + 1 - u64::from(all.keeps_start),
            keeps_last: true,
            ..all
        };
        let stream = drawn.stream.clone();
        let scope = Scope { stream, entries, ..Scope::new(model, inner) };
        let scope = match drawn.entries {
            Some((hir::Pattern::Wild, _)) | None => {
                let env = self.before_path(model, &given, scope.env)?;
                Scope { env, ..scope }
            }
            Some(_) => Scope { given, ..scope },
        };
        let kept = self.solve_drawn(&own, grid, scope);
        (self.scope, self.logs) = outer;
        kept
    }

    /// What inputs and parameters of a drawn path are given, or tables of it.
    fn given_to_path(&mut self, drawn: &hir::Drawn, env: &Env) -> Result<Vec<(hir::LocalId, Val)>> {
        let mut given = Vec::new();
        for (local, value) in &drawn.given {
            let result = match &drawn.entries {
                Some((hir::Pattern::Wild, _)) | None => {
                    let result = self.eval(value, env)?;
                    self.materialise(&result, &value.ty, env)
                }
                Some((entry, set)) => self.for_table(entry, set, value, env)?,
            };
            given.push((*local, result));
        }
        Ok(given)
    }

    /// What a drawn model reads that does not change along its path: what it is given, what follows from that, and lets.
    fn before_path(
        &mut self,
        model: &'a hir::Model,
        given: &[(hir::LocalId, Val)],
        mut env: Env,
    ) -> Result<Env> {
        for (local, value) in given {
            env.bind(*local, value.clone());
        }
        let given: Vec<hir::LocalId> = given.iter().map(|&(local, _)| local).collect();
        for (local, value) in model.following(self.program, &given) {
            let mut draws = false;
            value.walk(&mut |expr| draws |= matches!(expr.kind, hir::ExprKind::Draws(_)));
            if draws {
                return not_built("a start value that is drawn anew for a path", value.span);
            }
            let mut read = env.clone();
            for stmt in model.lets_read(value, self.program) {
                let value = self.eval(&stmt.value, &read)?;
                self.bind(&stmt.pattern, &value, &stmt.value.ty, &mut read);
            }
            let follows = self.eval(value, &read)?;
            let follows = self.materialise(&follows, &value.ty, &read);
            env.bind(local, follows);
        }
        self.model_lets(model, &mut env, |stage| stage <= Stage::Row)?;
        Ok(env)
    }

    fn solve_drawn(&mut self, own: &Solve<'_>, grid: Grid, scope: Scope<'a>) -> Result<Val> {
        let (model, env) = (scope.model, scope.env.clone());
        self.scope = Some(scope);
        let first = self.initial(model, &mut env.clone())?;
        let mut steps = self.steps(own, model, &env)?;
        if grid.steps < own.grid.steps {
            steps.slots = self.b.slice(steps.slots, 0, grid.steps);
        }
        let first = self.carried(&first);
        let first = self.inside(&steps.walls, &first, &first);
        let path = self.path(&steps, grid, first)?;
        self.statuses.extend(path.status);
        Ok(self.states_of(&path.kept))
    }

    /// A state of a drawn path at a time: of a table of paths, of each of them.
    pub(super) fn path_at(
        &mut self,
        path: hir::LocalId,
        state: usize,
        expr: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let kept = self.solved.and_then(|wanted| match &wanted.objective {
            Objective::Value { paths, .. } => Some(&paths.kept),
            Objective::States | Objective::Sample(_) | Objective::Evidence(_) => None,
        });
        let found = kept.and_then(|kept| kept.iter().find(|at| at.is(expr)));
        let Some(at) = found else {
            return not_built("this time of a path", expr.span);
        };
        let states = self.local(path, env)?;
        let row = self.row_at(at, env)?;
        Ok(states.parts()[state].map(|array| self.b.index(array, row)))
    }

    /// How the first of all paths that stopped did; how the own path ended, where none did.
    pub(super) fn first_status(&mut self, own: Option<Value>) -> Option<Value> {
        let drawn = std::mem::take(&mut self.statuses);
        own.into_iter().chain(drawn).reduce(|first, other| {
            let fine = self.b.float(Scalar::F64, 0.0);
            let [a, b] = [first, other].map(|status| self.b.row(status, 0));
            let goes_on = self.b.compare(Compare::Eq, a, fine);
            let stops = self.b.compare(Compare::Ne, b, fine);
            let later = self.b.binary(Binary::And, goes_on, stops);
            let later = self.b.broadcast(later, &[3]);
            self.b.select(later, other, first)
        })
    }

    /// How many paths the table has that is being solved.
    pub(super) fn entries_of_paths(&self) -> Option<u64> {
        self.scope.as_ref().and_then(|scope| scope.entries)
    }

    /// A value of each entry of tables: a loop in which the solve is that of one path.
    pub(super) fn each_path(
        &mut self,
        entries: u64,
        tables: &[Val],
        of: &mut OfEntry<'_, Self>,
    ) -> Result<Val> {
        let outer = self.scope.clone().expect("a table of paths is being solved");
        let entry = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let of_entry = |this: &mut Self, table: &Val| table.map(|array| this.b.index(array, entry));
        let parts: Vec<Val> = tables.iter().map(|table| of_entry(self, table)).collect();
        let given = outer.given.iter().map(|(local, table)| (*local, of_entry(self, table)));
        let given: Vec<(hir::LocalId, Val)> = given.collect();
        let env = match given.is_empty() {
            true => Ok(outer.env.clone()),
            false => self.before_path(outer.model, &given, outer.env.clone()),
        };
        let result = env.and_then(|env| {
            let (entries, given) = (None, Vec::new());
            self.scope = Some(Scope { env, entries, given, ..outer.clone() });
            of(self, &parts)
        });
        self.scope = Some(outer);
        let region = self.b.close_region(result.as_ref().map(Val::leaves).unwrap_or_default());
        let result = result?;
        if result.leaves().is_empty() {
            return Ok(result);
        }
        let all = self.b.map_of(entries, region);
        Ok(result.with_leaves(&mut all.into_iter()))
    }

    /// The states at the start of a table of paths.
    pub(super) fn start_of_paths(&mut self, model: &'a hir::Model, entries: u64) -> Result<Val> {
        let env = self.scope_env();
        let mut draws = Vec::new();
        for init in &model.inits {
            let state = &self.program.locals[init.state];
            let ty = self.of_paths(self.sizes.concrete(&state.ty, &env.generics));
            draws.push(match init.draw {
                Some((law, _)) => {
                    let (stream, first) = (self.stream(model, &state.name), self.b.int(0));
                    self.draws(&stream, draw_law(law), first, &ty)
                }
                None => Val::Zero,
            });
        }
        self.each_path(entries, &draws, &mut |this, drawn| {
            let mut env = this.scope_env();
            for (init, drawn) in model.inits.iter().zip(drawn) {
                if let Some((_, draws)) = init.draw {
                    env.bind(draws, drawn.clone());
                }
            }
            this.initial(model, &mut env)
        })
    }

    /// The type of what a path has, for all paths of the table that is being solved.
    pub(super) fn of_paths(&self, ty: Ty) -> Ty {
        match self.entries_of_paths() {
            Some(entries) => {
                let entries = i64::try_from(entries).expect("the checker bounds sizes");
                let set = hir::IndexSet::Size(hir::Size::number(entries));
                Ty::Table(set, Box::new(ty))
            }
            None => ty,
        }
    }

    /// The same of each field of a record.
    pub(super) fn each_of_paths(&self, record: Ty) -> Ty {
        let Ty::Record(fields) = record else { unreachable!("spaces are records") };
        let fields = fields.into_iter().map(|(name, ty)| (name, self.of_paths(ty)));
        Ty::Record(fields.collect())
    }

    /// The name of a stream of the model that is being solved.
    pub(super) fn stream(&self, model: &hir::Model, of: &str) -> String {
        let prefix = self.scope.as_ref().map_or(model.name.as_str(), |scope| scope.stream.as_str());
        format!("{prefix}.{of}")
    }
}

fn in_a_branch(at: Span) -> Diagnostic {
    let title = "a path that is drawn within a branch or a derivative cannot be run yet";
    Diagnostic::error("E0901", title, at)
        .label(at, "checked, but there is no code for it yet")
        .help("draw it before, where the value begins")
}
