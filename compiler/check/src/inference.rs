//! Fits and posteriors: what is wrong with them, before they are refused for not being built.
//!
//! Both are compared with the text of the model and of the data, since neither has a meaning yet.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{
    self, Clause, ClauseKind, Coefficient, Column, Command, Data, ExprKind as Ast, ItemKind,
    Posterior, TypeKind,
};
use sdec_hir::{Arith, Expr, ExprKind, LocalId, LocalKind, Model, NoiseClass, Ty};

use crate::checker::Checker;
use crate::error::InferenceError;
use crate::items::Declared;
use crate::suggest::nearest;
use crate::text::{code, quote_type};

impl<'a> Checker<'a> {
    /// Says what is wrong with `fit M to D`, and refuses it.
    pub(crate) fn check_fit(&mut self, command: &'a Command) {
        if let Some(id) = self.model_of(command) {
            let model = self.hir.models[id].clone();
            for data in &command.data {
                self.check_observed(&model, data);
            }
            self.check_objective(&model, command);
        }
        self.unbuilt("`fit`", command.model.span);
    }

    fn written<T>(&self, pick: impl Fn(&'a ItemKind) -> Option<&'a T>) -> Option<&'a T> {
        self.user.entries.iter().find_map(|entry| pick(&entry.item().kind))
    }

    /// Each observation has a column of its shape.
    fn check_observed(&mut self, model: &Model, name: &'a ast::Name) {
        let data = self.written(|item| match item {
            ItemKind::Data(data) if data.name.text == name.text => Some(data),
            _ => None,
        });
        let written = self.written(|item| match item {
            ItemKind::Model(written) if written.name.span == model.span => Some(written),
            _ => None,
        });
        let (Some(data), Some(written)) = (data, written) else { return };
        for clause in &written.clauses {
            let ClauseKind::Observe { name, maybe, body, .. } = &clause.kind else { continue };
            match data.columns.iter().find(|column| column.name.text == name.text) {
                Some(column) => {
                    if let Some(maybe_at) = missing(&column.ty).filter(|_| !maybe) {
                        let (at, span) = (column.ty.span, name.span);
                        let name = name.text.clone();
                        self.report(InferenceError::Missing { name, at, maybe: maybe_at, span });
                    } else {
                        self.check_dimension(model, data, column, name, body.result.span);
                    }
                }
                None => self.report_no_column(data, name),
            }
        }
    }

    fn report_no_column(&mut self, data: &Data, name: &ast::Name) {
        let names = data.columns.iter().map(|column| column.name.text.as_str());
        let similar = nearest(&name.text, names)
            .and_then(|near| data.columns.iter().find(|column| column.name.text == near));
        let like = similar.or(data.columns.last());
        self.report(InferenceError::NoColumn {
            name: name.text.clone(),
            data: data.name.text.clone(),
            span: name.span,
            similar: similar.map(|column| (column.name.text.clone(), column.name.span)),
            shape: like.map_or_else(|| "Float".to_owned(), |column| quote_type(&column.ty)),
        });
    }

    /// The last axes of a column are those of one observation.
    fn check_dimension(
        &mut self,
        model: &Model,
        data: &'a Data,
        column: &Column,
        name: &'a ast::Name,
        of: Span,
    ) {
        let observed = model.observations.iter().find(|observed| observed.name == name.text);
        let Some(observed) = observed.map(|observed| observed.ty.clone()) else { return };
        let declared = self.find_item(&data.name.text).map(|at| self.demand(at, None));
        let Some(Declared::Data(id)) = declared else { return };
        let columns = &self.hir.data[id].columns;
        let Some(known) = columns.iter().find(|other| other.name == name.text) else { return };
        let row = rows_of(&known.ty, rank(&observed));
        if rank(&row) != rank(&observed) || self.differ(&row, &observed) {
            let (at, span) = (column.ty.span, name.span);
            let (observed, row) = (self.show(&observed), self.show(&row));
            let name = name.text.clone();
            self.report(InferenceError::Dimension { name, observed, column: row, at, span, of });
        }
    }

    /// Whether two tables have an axis whose numbers are known and differ.
    fn differ(&self, a: &Ty, b: &Ty) -> bool {
        match (a, b) {
            (Ty::Table(m, a), Ty::Table(n, b)) => {
                let number = |set| self.unifier.number(&self.unifier.count(set));
                let known = number(m).zip(number(n));
                known.is_some_and(|(m, n)| m != n) || self.differ(a, b)
            }
            _ => false,
        }
    }

    fn check_objective(&mut self, model: &Model, command: &'a Command) {
        let objective = command.settings.iter().find(|setting| setting.key.text == "objective");
        let Some(Ast::Call(name, args)) = objective.map(|setting| &setting.value.result.kind)
        else {
            return;
        };
        if !matches!(&name.kind, Ast::Name(name) if name.text == "mle") {
            return;
        }
        for arg in args {
            let exact = matches!(&arg.value.kind, Ast::Name(word) if word.text == "exact");
            let setting = arg.value.span;
            match arg.name.as_ref().map(|name| name.text.as_str()) {
                Some("transition") if exact => self.require_linear(model, setting),
                Some("trace") if exact && model.class != NoiseClass::None => {
                    let noise = model.noises.first().map_or(model.span, |noise| noise.span);
                    self.report(InferenceError::TraceOfNoise { noise, setting });
                }
                _ => {}
            }
        }
    }

    fn require_linear(&mut self, model: &Model, setting: Span) {
        let bent = model.equations.iter().find(|equation| self.degree(model, &equation.drift) > 1);
        if let Some(equation) = bent {
            // Which of several states bends it is not known.
            let state = match model.equations.len() {
                1 => self.hir.locals[equation.state].name.clone(),
                _ => "the states".to_owned(),
            };
            let (model, drift) = (model.name.clone(), equation.drift.span);
            self.report(InferenceError::NotLinear { model, drift, state, setting });
        }
    }

    /// The degree of an expression in the states, where 2 stands for any that is not linear.
    fn degree(&self, model: &Model, expr: &Expr) -> u8 {
        let of = |expr: &Expr| self.degree(model, expr);
        let degree = match &expr.kind {
            ExprKind::Local(local) => self.degree_of_name(model, *local),
            ExprKind::Arith(Arith::Add | Arith::Sub, a, b) => of(a).max(of(b)),
            ExprKind::Arith(Arith::Mul, a, b) | ExprKind::Contract(a, b) => of(a) + of(b),
            ExprKind::Arith(Arith::Div, a, b) if of(b) == 0 => of(a),
            ExprKind::Neg(a) | ExprKind::For(_, _, a) | ExprKind::Index(a, _) => of(a),
            ExprKind::List(entries) => entries.iter().map(of).max().unwrap_or(0),
            _ => {
                let mut reads = false;
                expr.walk(&mut |part| {
                    if let ExprKind::Local(local) = part.kind {
                        reads |= self.degree_of_name(model, local) > 0;
                    }
                });
                if reads { 2 } else { 0 }
            }
        };
        degree.min(2)
    }

    fn degree_of_name(&self, model: &Model, local: LocalId) -> u8 {
        match self.hir.locals[local].kind {
            LocalKind::State => 1,
            LocalKind::ModelLet => {
                let stmt = model.lets.iter().find(|stmt| stmt.pattern.binds(local));
                stmt.map_or(0, |stmt| self.degree(model, &stmt.value))
            }
            _ => 0,
        }
    }

    /// Says what is wrong with `posterior Q of M`, and refuses it.
    pub(crate) fn check_posterior(&mut self, posterior: &'a Posterior) {
        let prior = self.written(|item| match item {
            ItemKind::Model(model) if model.name.text == posterior.model.text => Some(model),
            _ => None,
        });
        if let Some(prior) = prior {
            for clause in &posterior.clauses {
                self.check_posterior_equation(&prior.clauses, clause);
            }
        }
        self.unbuilt("`posterior`", posterior.name.span);
    }

    fn check_posterior_equation(&mut self, prior: &'a [Clause], clause: &'a Clause) {
        let ClauseKind::Equation { head, terms, .. } = &clause.kind else { return };
        let same = prior.iter().find_map(|other| match &other.kind {
            ClauseKind::Equation { head: prior_head, terms, .. }
                if prior_head.text == head.text =>
            {
                Some((other.span, terms))
            }
            _ => None,
        });
        let Some((prior_span, prior_terms)) = same else { return };
        let noise = |term: &&ast::DiffTerm| {
            term.differential.as_ref().is_some_and(|by| by.name.text != "t")
        };
        if !prior_terms.iter().any(|term| noise(&term)) {
            let state = head.text.trim_start_matches('d').to_owned();
            let (prior, span) = (prior_span, clause.span);
            self.report(InferenceError::NoNoise { state, prior, span });
            return;
        }
        for term in terms.iter().filter(noise) {
            let Some(Coefficient::Expr(own)) = &term.coefficient else { continue };
            let by =
                |term: &ast::DiffTerm| term.differential.as_ref().map(|by| by.name.text.clone());
            let other = prior_terms.iter().find(|other| by(other) == by(term));
            if let Some(Coefficient::Expr(prior)) = other.and_then(|term| term.coefficient.as_ref())
                && code(prior) != code(own)
            {
                let (prior, posterior) = (prior.span, own.span);
                self.report(InferenceError::Diffusions { prior, posterior });
            }
        }
    }
}

/// The `?` of a type whose entries may be missing.
fn missing(ty: &ast::Type) -> Option<Span> {
    match &ty.kind {
        TypeKind::Maybe(of) => Some(Span { start: of.span.end, ..ty.span }),
        TypeKind::Table(_, of) => missing(of),
        _ => None,
    }
}

fn rank(ty: &Ty) -> usize {
    match ty {
        Ty::Table(_, of) => 1 + rank(of),
        _ => 0,
    }
}

/// The type with only its last `axes` axes.
fn rows_of(ty: &Ty, axes: usize) -> Ty {
    match ty {
        Ty::Table(_, of) if rank(ty) > axes => rows_of(of, axes),
        _ => ty.clone(),
    }
}
