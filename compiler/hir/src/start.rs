//! In which order the values of a model's inputs and parameters are evaluated.

use std::collections::BTreeSet;

use crate::{DefId, Expr, ExprKind, LocalId, LocalKind, Model, ModelLet, Program};

/// What an expression reads, through lets and functions too.
#[derive(Default)]
struct Read {
    /// Inputs and parameters.
    starts: BTreeSet<LocalId>,
    /// Lets of the model, by number.
    lets: BTreeSet<usize>,
    defs: BTreeSet<DefId>,
}

impl Model {
    /// Inputs and parameters with the expressions of their values, where they have any: each after
    /// those that it reads.
    pub fn constants<'a>(&'a self, program: &'a Program) -> Vec<(LocalId, Option<&'a Expr>)> {
        let mut order = Order { model: self, program, done: Vec::new(), open: Vec::new() };
        for (local, _) in self.starts(program) {
            // A circle has been refused by the checker.
            let _ = order.visit(local);
        }
        order.done
    }

    /// Inputs that are made of parameters, with the expressions of their values: each after those that
    /// it reads. What is `given` is not made of anything.
    pub fn inputs_of_params<'a>(
        &'a self,
        program: &'a Program,
        given: &[LocalId],
    ) -> Vec<(LocalId, &'a Expr)> {
        let is_wanted = |local: LocalId| {
            program.locals[local].kind == LocalKind::Input && !given.contains(&local)
        };
        self.made_of(program, is_wanted, |local| program.locals[local].kind == LocalKind::Param)
    }

    /// Inputs and parameters that are made of what is `given`, with the expressions of their values: each after
    /// those that it reads.
    pub fn following<'a>(
        &'a self,
        program: &'a Program,
        given: &[LocalId],
    ) -> Vec<(LocalId, &'a Expr)> {
        self.made_of(program, |local| !given.contains(&local), |local| given.contains(&local))
    }

    /// Which of the `wanted` inputs and parameters are made of some, directly or through each other, with the
    /// expressions of their values: each after those that it reads.
    fn made_of<'a>(
        &'a self,
        program: &'a Program,
        wanted: impl Fn(LocalId) -> bool,
        of: impl Fn(LocalId) -> bool,
    ) -> Vec<(LocalId, &'a Expr)> {
        let mut found: Vec<(LocalId, &Expr)> = Vec::new();
        for (local, value) in self.constants(program) {
            let Some(value) = value.filter(|_| wanted(local)) else { continue };
            let mut read = Read::default();
            self.collect(value, program, &mut read);
            let moves = |&read: &LocalId| of(read) || found.iter().any(|&(other, _)| other == read);
            if read.starts.iter().any(moves) {
                found.push((local, value));
            }
        }
        found
    }

    /// An input or parameter whose value needs itself.
    pub fn circular(&self, program: &Program) -> Option<LocalId> {
        let mut order = Order { model: self, program, done: Vec::new(), open: Vec::new() };
        self.starts(program).into_iter().find_map(|(local, _)| order.visit(local).err())
    }

    /// The expression of the value of an input or parameter.
    pub fn start<'a>(&'a self, local: LocalId, program: &'a Program) -> Option<&'a Expr> {
        self.starts(program).into_iter().find(|&(start, _)| start == local)?.1
    }

    /// The lets that an expression reads, directly or through others: each after those that it reads.
    pub fn lets_read(&self, expr: &Expr, program: &Program) -> Vec<&ModelLet> {
        let mut read = Read::default();
        self.collect(expr, program, &mut read);
        read.lets.into_iter().map(|k| &self.lets[k]).collect()
    }

    /// Inputs, then parameters, as declared; those that models share as well.
    fn starts<'a>(&'a self, program: &'a Program) -> Vec<(LocalId, Option<&'a Expr>)> {
        let inputs = self.inputs.iter().map(|input| (input.local, input.default.as_ref()));
        let params = self.params.iter().chain(&program.shared);
        inputs.chain(params.map(|param| (param.local, param.init.as_ref()))).collect()
    }

    fn collect(&self, expr: &Expr, program: &Program, read: &mut Read) {
        expr.walk(&mut |e| {
            if let ExprKind::Local(local) = e.kind {
                self.collect_local(local, program, read);
            } else if let ExprKind::Def(def, _) = e.kind
                && read.defs.insert(def)
            {
                self.collect(&program.defs[def].body, program, read);
            }
        });
    }

    fn collect_local(&self, local: LocalId, program: &Program, read: &mut Read) {
        match program.locals[local].kind {
            LocalKind::Param | LocalKind::Input => {
                read.starts.insert(local);
            }
            LocalKind::ModelLet => {
                let found = self.lets.iter().position(|stmt| stmt.pattern.binds(local));
                if let Some(k) = found.filter(|&k| read.lets.insert(k)) {
                    self.collect(&self.lets[k].value, program, read);
                }
            }
            LocalKind::Bound
            | LocalKind::State
            | LocalKind::Increment
            | LocalKind::Time
            | LocalKind::End => {}
        }
    }
}

/// A walk through what reads what.
struct Order<'a> {
    model: &'a Model,
    program: &'a Program,
    done: Vec<(LocalId, Option<&'a Expr>)>,
    open: Vec<LocalId>,
}

impl Order<'_> {
    /// Puts a local after what it reads; the error is one that needs itself.
    fn visit(&mut self, local: LocalId) -> Result<(), LocalId> {
        if self.done.iter().any(|&(done, _)| done == local) {
            return Ok(());
        }
        if self.open.contains(&local) {
            return Err(local);
        }
        let value = self.model.start(local, self.program);
        self.open.push(local);
        let mut read = Read::default();
        if let Some(value) = value {
            self.model.collect(value, self.program, &mut read);
        }
        read.starts.into_iter().try_for_each(|other| self.visit(other))?;
        self.open.pop();
        self.done.push((local, value));
        Ok(())
    }
}
