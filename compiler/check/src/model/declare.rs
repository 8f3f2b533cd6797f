//! What a model declares: states, parameters, inputs and noises, in any order.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Clause, ClauseKind, Name};
use sdec_hir::{Convention, Input, LocalId, LocalKind, Model, Noise, Param, Per, State, Ty};

use crate::checker::Checker;
use crate::error::{MismatchError, ModelError};
use crate::items::{Status, pattern_names};
use crate::scope::Meaning;
use crate::suggest::nearest;
use crate::types::Shape;

/// The types of noises.
pub(crate) const NOISES: [&str; 3] = ["Brownian", "Stratonovich", "Poisson"];

impl<'a> Checker<'a> {
    /// Types of everything, so that clauses may stand in any order.
    pub(crate) fn declare_clauses(&mut self, clauses: &'a [Clause], built: &mut Model) {
        for clause in clauses {
            match &clause.kind {
                ClauseKind::State { names, ty, during } => {
                    if let Some(during) = during {
                        self.unbuilt("`during`", during.span);
                    }
                    for (local, shape) in self.declare(names, ty, LocalKind::State) {
                        let constraint = shape.constraint();
                        let leaves = shape.leaves();
                        built.states.push(State { local, constraint, leaves });
                    }
                }
                ClauseKind::Param(param) => {
                    built.params.extend(self.declare_params(param));
                }
                ClauseKind::Input { names, ty, .. } => {
                    for (local, shape) in self.declare(names, ty, LocalKind::Input) {
                        let constraint = shape.constraint();
                        built.inputs.push(Input { local, constraint, default: None });
                    }
                }
                _ => {}
            }
        }
        let states: Vec<LocalId> = built.states.iter().map(|state| state.local).collect();
        for clause in clauses {
            if let ClauseKind::State { names, .. } = &clause.kind {
                for name in names {
                    let found =
                        states.iter().find(|&&local| self.hir.locals[local].span == name.span);
                    let local = *found.expect("declared above");
                    self.scope_of_model().states.insert(&name.text, local);
                }
            }
        }
        for (k, clause) in clauses.iter().enumerate() {
            self.scope_of_model().clauses.push((clause, None));
            self.declare_rest(k, clause, built);
        }
    }

    /// Noises, and names of lets and functions.
    fn declare_rest(&mut self, k: usize, clause: &'a Clause, built: &mut Model) {
        match &clause.kind {
            ClauseKind::Let(stmt) => {
                for name in pattern_names(&stmt.pattern) {
                    self.here.scope.bind(&name.text, Meaning::Later(k), name.span);
                }
                self.scope_of_model().clauses[k].1 = Some(Status::Waiting);
            }
            ClauseKind::Def(def) => {
                self.here.scope.bind(&def.name.text, Meaning::Later(k), def.name.span);
                self.scope_of_model().clauses[k].1 = Some(Status::Waiting);
            }
            ClauseKind::Noise { names, ty } => self.declare_noises(names, ty, built),
            ClauseKind::NoiseLike { names, state } => self.declare_like(names, state, built),
            ClauseKind::Mark { name, noise, law } => self.declare_mark(name, noise, law),
            ClauseKind::Next { .. } => self.unbuilt("`next`", clause.span),
            ClauseKind::When { .. } => self.unbuilt("`when`", clause.span),
            ClauseKind::Transition { .. } => self.unbuilt("an equation `~ Rates(…)`", clause.span),
            ClauseKind::Param(_)
            | ClauseKind::Input { .. }
            | ClauseKind::State { .. }
            | ClauseKind::Init { .. }
            | ClauseKind::Observe { .. }
            | ClauseKind::Equation { .. }
            | ClauseKind::Rate { .. } => {}
        }
    }

    /// Declares parameters, whose types may have nets in them.
    pub(crate) fn declare_params(&mut self, param: &'a ast::Param) -> Vec<Param> {
        let declared = self.declare(&param.names, &param.ty, LocalKind::Param);
        let declare_one = |(local, shape): (LocalId, Shape)| {
            let built = Param {
                local,
                constraint: shape.constraint(),
                leaves: shape.leaves(),
                net: shape.net().is_some().then(|| crate::text::quote_type(&param.ty)),
                init: None,
                prior: None,
                per: param.per.as_ref().map(|per| Per { axis: per.text.clone(), span: per.span }),
            };
            self.shapes.insert(local, shape);
            built
        };
        declared.into_iter().map(declare_one).collect()
    }

    /// Declares names of a type of numbers.
    fn declare(
        &mut self,
        names: &'a [Name],
        written: &'a ast::Type,
        kind: LocalKind,
    ) -> Vec<(LocalId, Shape)> {
        let mut shape = match kind {
            LocalKind::Param => self.shape(written),
            _ => self.shape_of_numbers(written),
        };
        let mut ty = shape.storage();
        let follows_time = kind == LocalKind::Input && self.follows_time(&ty, written.span);
        if !follows_time && !self.is_vector_space(&ty, written.span) {
            let found = self.show(&ty);
            if matches!(ty, Ty::Events(_) | Ty::Series(_) | Ty::Function(..) | Ty::Ix(_)) {
                self.unbuilt(format!("a declaration of type `{found}`"), written.span);
            } else {
                self.report(MismatchError::NoVectorSpace { found, span: written.span });
            }
            ty = Ty::Error;
            shape = Shape::plain(Ty::Error);
        }
        let bind = |name: &'a Name| (self.bind_local(name, ty.clone(), kind), shape.clone());
        let declared: Vec<_> = names.iter().map(bind).collect();
        if let Some(model) = &mut self.here.model {
            for (local, shape) in &declared {
                model.constraints.insert(*local, &shape.leaves());
            }
        }
        declared
    }

    /// Whether a type is one of what data say along the time: a series, events or a path.
    fn follows_time(&mut self, ty: &Ty, span: Span) -> bool {
        match ty {
            Ty::Series(_) | Ty::Events(_) => true,
            Ty::Function(from, of) => *from == [Ty::Float] && self.is_vector_space(of, span),
            _ => false,
        }
    }

    fn declare_noises(&mut self, names: &'a [Name], ty: &'a ast::Type, built: &mut Model) {
        if super::jump::rate_of(ty).is_some() {
            return self.declare_jumps(names, ty);
        }
        let Some((ty, convention)) = self.noise_type(ty) else {
            for name in names {
                self.scope_of_model().refused.push(&name.text);
                self.here.scope.bind(&name.text, Meaning::Failed, name.span);
            }
            return;
        };
        for name in names {
            self.declare_noise(name, ty.clone(), convention, built);
        }
    }

    fn declare_noise(&mut self, name: &'a Name, ty: Ty, convention: Convention, built: &mut Model) {
        let increment = self.new_local(&name.text, name.span, ty, LocalKind::Increment);
        self.here.scope.bind(&name.text, Meaning::Other("a noise"), name.span);
        self.scope_of_model().noises.insert(&name.text, increment);
        built.noises.push(Noise {
            increment,
            name: name.text.clone(),
            span: name.span,
            convention,
        });
    }

    fn declare_like(&mut self, names: &'a [Name], state: &'a Name, built: &mut Model) {
        let Some(&local) = self.scope_of_model().states.get(state.text.as_str()) else {
            let states: Vec<String> =
                self.scope_of_model().states.keys().map(|&name| name.to_owned()).collect();
            self.report_no_such_state(state, states);
            for name in names {
                self.scope_of_model().refused.push(&name.text);
            }
            return;
        };
        let ty = self.hir.locals[local].ty.clone();
        for name in names {
            self.declare_noise(name, ty.clone(), Convention::Ito, built);
        }
    }

    /// The shape of a noise: `n => Brownian` is `n => Float`.
    fn noise_type(&mut self, ty: &'a ast::Type) -> Option<(Ty, Convention)> {
        use ast::TypeKind;
        match &ty.kind {
            TypeKind::Name(name) => match name.text.as_str() {
                "Brownian" => Some((Ty::Float, Convention::Ito)),
                "Stratonovich" => Some((Ty::Float, Convention::Stratonovich)),
                _ => {
                    let similar = nearest(&name.text, NOISES).map(str::to_owned);
                    let (written, span) = (name.text.clone(), ty.span);
                    self.report(ModelError::NoiseType { written, span, similar });
                    None
                }
            },
            TypeKind::Table(set, of) => {
                let set = self.set(set);
                let (of, convention) = self.noise_type(of)?;
                Some((crate::checker::table(set, of), convention))
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.noise_type(&parts[0]),
            TypeKind::Record(fields) => {
                let mut typed = Vec::new();
                let mut convention = None;
                for (name, ty) in fields {
                    let second = ty.span;
                    let (ty, found) = self.noise_type(ty)?;
                    let (known, first) = *convention.get_or_insert((found, second));
                    if known != found {
                        self.report(ModelError::TwoConventions { first, second });
                        return None;
                    }
                    typed.push((name.text.clone(), ty));
                }
                Some((Ty::Record(typed), convention?.0))
            }
            TypeKind::Error => None,
            _ => {
                let written = crate::text::quote_type(ty);
                self.report(ModelError::NoiseType { written, span: ty.span, similar: None });
                None
            }
        }
    }
}
