//! Expressions: one arm per form. What takes more than a few lines is in the file of its kind.

use sdec_hir::{self as hir, ExprKind, IndexSet, Pattern, Ty};
use sdec_ssa::{Compare, Scalar, Type, Unary, Value};

use super::env::Env;
use super::series::refuse_several;
use super::types::{Result, not_built};
use super::value::{Function, Val};
use super::{Binding, Constant, Lowerer, OfRow};

impl Lowerer<'_> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &hir::Expr, env: &Env) -> Result<Val> {
        let outer = self.b.set_origin(Some(expr.span));
        let value = self.eval_kind(expr, env);
        self.b.set_origin(outer);
        value
    }

    fn eval_kind(&mut self, expr: &hir::Expr, env: &Env) -> Result<Val> {
        let float = self.sizes.float;
        Ok(match &expr.kind {
            ExprKind::Float(x) => Val::Array(self.b.float(float, *x)),
            ExprKind::Int(n) => Val::Array(self.b.int(*n)),
            ExprKind::Bool(b) => Val::Array(self.b.bool(*b)),
            ExprKind::Text(_) => return not_built("a text", expr.span),
            ExprKind::Size(size) => {
                let n = self.sizes.number(size, &env.generics);
                Val::Array(self.b.int(n))
            }
            ExprKind::IndexElement(k) => self.index_element(*k, &expr.ty, env),
            ExprKind::Local(local) => return self.local(*local, env),
            ExprKind::Global(global) => self.global(*global)?,
            ExprKind::Def(def, substitution) => {
                let function = Function::Def(*def, substitution.clone(), env.clone());
                Val::Function(function.into())
            }
            ExprKind::Column(data, column) => self.column(*data, *column),
            ExprKind::StateAt(state, _) => self.state_at(*state, expr, env)?,
            ExprKind::Path(drawn) => self.drawn_path(drawn, env, expr.span)?,
            ExprKind::PathAt(path, state, _) => self.path_at(*path, *state, expr, env)?,

            ExprKind::Arith(op, a, b) => {
                let (a, b) = (self.eval(a, env)?, self.eval(b, env)?);
                self.arith(*op, &a, &b)
            }
            ExprKind::Neg(a) => {
                let a = self.eval(a, env)?;
                a.map(|x| self.b.unary(Unary::Neg, x))
            }
            ExprKind::Compare(op, a, b) => {
                let (a, b) = (self.eval(a, env)?, self.eval(b, env)?);
                self.compare(*op, &a, &b)
            }
            ExprKind::And(a, b) => self.logical(sdec_ssa::Binary::And, a, b, env)?,
            ExprKind::Or(a, b) => self.logical(sdec_ssa::Binary::Or, a, b, env)?,
            ExprKind::Not(a) => {
                let a = self.eval(a, env)?;
                a.map(|x| self.b.unary(Unary::Not, x))
            }
            ExprKind::Contract(a, b) => {
                let (a, b) = (self.eval(a, env)?, self.eval(b, env)?);
                self.contract(&a, &b)
            }

            ExprKind::Intrinsic(intrinsic, args) => self.intrinsic(*intrinsic, args, expr, env)?,
            ExprKind::Call(callee, args) => {
                let callee = self.eval(callee, env)?;
                let args = self.eval_all(args, env)?;
                self.call(&callee, args, expr.span)?
            }
            ExprKind::Lift(f, arg) => {
                let (f, value) = (self.eval(f, env)?, self.eval(arg, env)?);
                let value = self.materialise(&value, &arg.ty, env);
                self.lift(&f, &value, expr.span)?
            }
            ExprKind::Lambda(params, body) => {
                let function = Function::Lambda(params.clone(), (**body).clone(), env.clone());
                Val::Function(function.into())
            }
            ExprKind::Block(lets, result) => {
                let mut env = env.clone();
                for stmt in lets {
                    let value = self.eval(&stmt.value, &env)?;
                    self.bind(&stmt.pattern, &value, &stmt.value.ty, &mut env);
                }
                self.eval(result, &env)?
            }

            ExprKind::For(pattern, _, body) if holds_function(&body.ty) => {
                let family = Function::Family(pattern.clone(), (**body).clone(), env.clone());
                Val::Function(family.into())
            }
            ExprKind::For(pattern, set, body) => self.for_table(pattern, set, body, env)?,
            ExprKind::Reduce(reducer, pattern, set, body) => {
                self.reduce(*reducer, pattern, set, body, expr, env)?
            }
            ExprKind::Fold(set, init, f) => self.fold(set, init, f, false, expr, env)?,
            ExprKind::Scan(set, init, f) => self.fold(set, init, f, true, expr, env)?,
            ExprKind::If(condition, then, otherwise) => {
                self.branch(condition, then, otherwise, expr, env)?
            }
            ExprKind::Case(scrutinee, arms) => self.case(scrutinee, arms, expr, env)?,

            ExprKind::Index(table, index) => {
                let value = self.eval(table, env)?;
                let value = self.materialise(&value, &table.ty, env);
                let index = self.eval(index, env)?;
                if matches!(table.ty, Ty::Series(_) | Ty::Events(_)) {
                    self.observation(&value, &index)
                } else {
                    self.entry(&value, &index)?
                }
            }
            ExprKind::List(entries) => self.list(entries, &expr.ty, env)?,
            ExprKind::Tuple(parts) | ExprKind::Record(parts) => {
                Val::Parts(self.eval_all(parts, env)?)
            }
            ExprKind::Field(record, field) => {
                let record = self.eval(record, env)?;
                if matches!(record, Val::Zero) { Val::Zero } else { record.parts()[*field].clone() }
            }
            ExprKind::Construct(adt, constructor, args) => {
                self.construct(*adt, *constructor, args, expr, env)?
            }

            ExprKind::Zeros => Val::Zero,
            ExprKind::Ones => {
                let ty = self.sizes.concrete(&expr.ty, &env.generics);
                self.filled(&ty, 1.0)
            }
            ExprKind::Eye => {
                let ty = self.sizes.concrete(&expr.ty, &env.generics);
                let n = self.sizes.leaves(&ty)[0].shape[0];
                Val::Array(self.eye(n))
            }
            ExprKind::Cat(parts) => {
                let mut values = Vec::new();
                for part in parts {
                    let value = self.eval(part, env)?;
                    values.push(self.materialise(&value, &part.ty, env));
                }
                self.zip_leaves(&values, |this, leaves| this.b.concat(leaves.to_vec()))
            }
            ExprKind::Flat(x) => {
                let value = self.eval(x, env)?;
                let value = self.materialise(&value, &x.ty, env);
                Val::Array(self.flat(&value))
            }
            ExprKind::Unflat(x) => {
                let flat = self.eval(x, env)?;
                let flat = self.materialise(&flat, &x.ty, env).array();
                let ty = self.sizes.concrete(&expr.ty, &env.generics);
                self.unflat(flat, &ty)
            }
            ExprKind::Linspace(from, to) => {
                let (from, to) = (self.eval(from, env)?.array(), self.eval(to, env)?.array());
                let ty = self.sizes.concrete(&expr.ty, &env.generics);
                let n = self.sizes.leaves(&ty)[0].shape[0];
                Val::Array(self.linspace(from, to, n))
            }
            ExprKind::Draws(leaves) => self.start_draws(leaves, &expr.ty, env),
            ExprKind::Derivative(kind, f) => {
                let ty = self.sizes.concrete(&f.ty, &env.generics);
                let f = self.eval(f, env)?;
                Val::Function(Function::Derivative(*kind, f, ty).into())
            }
        })
    }

    /// Values of expressions in order.
    pub(super) fn eval_all(&mut self, exprs: &[hir::Expr], env: &Env) -> Result<Vec<Val>> {
        exprs.iter().map(|expr| self.eval(expr, env)).collect()
    }

    /// Takes a value apart into names.
    pub(super) fn bind(&mut self, pattern: &Pattern, value: &Val, ty: &Ty, env: &mut Env) {
        match pattern {
            Pattern::Wild => {}
            Pattern::Bind(local) => env.bind(*local, value.clone()),
            Pattern::Tuple(patterns) => {
                let value = self.materialise(value, ty, env);
                for (k, (pattern, part)) in patterns.iter().zip(value.parts()).enumerate() {
                    let ty = if let Ty::Tuple(tys) = ty { &tys[k] } else { &Ty::Error };
                    self.bind(pattern, part, ty, env);
                }
            }
            Pattern::Record(fields) => {
                let value = self.materialise(value, ty, env);
                for &(field, local) in fields {
                    env.bind(local, value.parts()[field].clone());
                }
            }
            Pattern::Constructor(_, constructor, patterns) => {
                if let Val::Tagged { payloads, .. } = value {
                    for (pattern, part) in patterns.iter().zip(&payloads[*constructor]) {
                        self.bind(pattern, part, &Ty::Error, env);
                    }
                }
            }
        }
    }

    pub(super) fn local(&mut self, local: hir::LocalId, env: &Env) -> Result<Val> {
        if let Some(value) = env.get(local) {
            return Ok(value.clone());
        }
        let declaration = &self.program.locals[local];
        match declaration.kind {
            // Before the first step, the time is that of the start.
            hir::LocalKind::Time => return Ok(self.end_of_path(0)),
            hir::LocalKind::End => {
                return Ok(self.end_of_path(u64::from(declaration.name == "t1")));
            }
            hir::LocalKind::Param
            | hir::LocalKind::Input
            | hir::LocalKind::Bound
            | hir::LocalKind::ModelLet
            | hir::LocalKind::State
            | hir::LocalKind::Increment => {}
        }
        if is_made_where_used(&declaration.ty) {
            return self.made_input(local, env);
        }
        let ty = self.sizes.concrete(&declaration.ty, &env.generics);
        if self.reads_density {
            let name = format!("density.{}", declaration.name);
            return Ok(self.constant(Constant::Density(local), &name, &ty));
        }
        Ok(self.constant(Constant::Local(local), &declaration.name, &ty))
    }

    /// An input that is a series, events or a path.
    fn made_input(&mut self, local: hir::LocalId, env: &Env) -> Result<Val> {
        let program = self.program;
        let own = |model: &&hir::Model| model.inputs.iter().any(|input| input.local == local);
        let model = program.models.values().find(own).expect("inputs belong to a model");
        let value = model.start(local, program).expect("the checker asks for a value");
        let mut env = env.clone();
        for stmt in model.lets_read(value, program) {
            let read = self.eval(&stmt.value, &env)?;
            self.bind(&stmt.pattern, &read, &stmt.value.ty, &mut env);
        }
        self.eval(value, &env)
    }

    /// Where a path starts, 0, or ends, 1.
    fn end_of_path(&mut self, k: u64) -> Val {
        let time = match self.legs {
            Some(rows) if k == 0 => {
                let starts = Type::array(Scalar::F64, &[rows]);
                let starts = self.own_parameter(OfRow::LegTimes, "legs.t", starts, true);
                self.b.row(starts, 0)
            }
            Some(rows) => {
                // Behind its last time a row repeats it.
                let seen = Type::array(Scalar::F64, &[rows]);
                let seen = self.own_parameter(OfRow::ObservedTimes, "seen.t", seen, true);
                self.b.row(seen, rows - 1)
            }
            None => {
                let ends =
                    self.parameter(Binding::Ends, "grid.ends", Type::array(Scalar::F64, &[2]));
                self.b.row(ends, k)
            }
        };
        Val::Array(self.b.convert(time, self.sizes.float))
    }

    fn global(&mut self, global: hir::GlobalId) -> Result<Val> {
        if let Some(value) = self.globals.get(&global) {
            return Ok(value.clone());
        }
        let declaration = &self.program.globals[global];
        if is_made_where_used(&declaration.value.ty) {
            let env = self.top(None);
            return self.eval(&declaration.value, &env);
        }
        let ty = self.sizes.concrete(&declaration.value.ty, &Default::default());
        Ok(self.constant(Constant::Global(global), &declaration.name, &ty))
    }

    fn column(&mut self, data: hir::DataId, column: usize) -> Val {
        let declaration = &self.program.data[data];
        let declared = &declaration.columns[column];
        if declared.is_series() {
            return self.series_column(data, column);
        }
        let name = format!("{}.{}", declaration.name, declared.name);
        let ty = self.sizes.concrete(&declared.ty, &Default::default());
        let mut values = Vec::new();
        for (leaf, ty) in self.sizes.leaves(&ty).into_iter().enumerate() {
            let name = if leaf == 0 { name.clone() } else { format!("{name}.{leaf}") };
            values.push(self.parameter(Binding::Column(data, column, leaf), &name, ty));
        }
        self.assemble(&ty, &mut values.into_iter())
    }

    fn index_element(&mut self, k: u64, ty: &Ty, env: &Env) -> Val {
        let Ty::Ix(set) = ty else { unreachable!("elements of index sets are indices") };
        let extents = self.extents(set, env);
        let mut digits = Vec::new();
        let mut rest = k;
        for &extent in extents.iter().skip(1).rev() {
            digits.push(rest % extent);
            rest /= extent;
        }
        digits.push(rest);
        digits.reverse();
        let number = |digit| self.b.int(i64::try_from(digit).expect("indices fit i64"));
        let numbers: Vec<Value> = digits.into_iter().map(number).collect();
        self.sizes.index_of(set, &env.generics, &mut numbers.into_iter())
    }

    /// Entry of a table, also of a table of functions.
    fn entry(&mut self, table: &Val, index: &Val) -> Result<Val> {
        if let Val::Function(function) = table
            && let Function::Family(pattern, body, env) = &**function
        {
            let mut env = env.clone();
            self.bind(pattern, index, &Ty::Error, &mut env);
            return self.eval(body, &env);
        }
        Ok(self.index(table, index))
    }

    /// Standard draws of a parameter's arrays: made by the host, where the stream is defined.
    fn start_draws(&mut self, leaves: &[Option<hir::Draws>], ty: &Ty, env: &Env) -> Val {
        let ty = self.sizes.concrete(ty, &env.generics);
        let types = self.sizes.leaves(&ty);
        let mut values = Vec::new();
        for (draws, ty) in leaves.iter().zip(types) {
            values.push(match draws {
                Some(draws) => {
                    self.draws.push(draws.clone());
                    let binding = Binding::Draws(self.draws.len() - 1);
                    self.parameter(binding, &draws.stream, ty)
                }
                None => self.b.filled(&ty, 0.0),
            });
        }
        self.assemble(&ty, &mut values.into_iter())
    }

    /// Entry of a table; tuples index product sets axis by axis.
    pub(super) fn index(&mut self, table: &Val, index: &Val) -> Val {
        index
            .leaves()
            .into_iter()
            .fold(table.clone(), |table, index| table.map(|array| self.b.index(array, index)))
    }

    fn list(&mut self, entries: &[hir::Expr], ty: &Ty, env: &Env) -> Result<Val> {
        if let Some(first) = entries.first() {
            refuse_several(&first.ty, "a list of series", first.span)?;
        }
        let mut values = Vec::new();
        for entry in entries {
            let value = self.eval(entry, env)?;
            values.push(self.materialise(&value, &entry.ty, env));
        }
        if values.is_empty() {
            let ty = self.sizes.concrete(ty, &env.generics);
            return Ok(self.filled(&ty, 0.0));
        }
        let stacked = self.zip_leaves(&values, |this, leaves| this.b.stack(leaves.to_vec()));
        let Ty::Table(set, _) = ty else { unreachable!("lists are tables") };
        let extents = self.extents(set, env);
        if extents.len() == 1 {
            return Ok(stacked);
        }
        Ok(stacked.map(|array| {
            let rest = self.b.ty(array).shape[1..].to_vec();
            self.b.reshape(array, &[extents.as_slice(), &rest].concat())
        }))
    }

    /// Equal structures leaf by leaf.
    pub(super) fn zip_leaves(
        &mut self,
        values: &[Val],
        mut f: impl FnMut(&mut Self, &[Value]) -> Value,
    ) -> Val {
        let leaves: Vec<Vec<Value>> = values.iter().map(Val::leaves).collect();
        let mut merged = Vec::new();
        for k in 0..leaves[0].len() {
            let column: Vec<Value> = leaves.iter().map(|leaves| leaves[k]).collect();
            merged.push(f(self, &column));
        }
        values[0].with_leaves(&mut merged.into_iter())
    }

    /// All entries of a vector-space value one after another, fields in order.
    pub(super) fn flat(&mut self, value: &Val) -> Value {
        let mut parts = Vec::new();
        for leaf in value.leaves() {
            let entries = self.b.ty(leaf).entries();
            parts.push(self.b.reshape(leaf, &[entries]));
        }
        if parts.len() == 1 { parts[0] } else { self.b.concat(parts) }
    }

    /// The value of a type without generic names from all its entries.
    pub(super) fn unflat(&mut self, flat: Value, ty: &Ty) -> Val {
        let mut values = Vec::new();
        let mut start = 0;
        for leaf in self.sizes.leaves(ty) {
            let part = self.b.slice(flat, start, leaf.entries());
            start += leaf.entries();
            values.push(self.b.reshape(part, &leaf.shape));
        }
        self.assemble(ty, &mut values.into_iter())
    }

    /// The identity matrix.
    pub(super) fn eye(&mut self, n: u64) -> Value {
        let float = self.sizes.float;
        let (one, zero) = (self.b.float(float, 1.0), self.b.float(float, 0.0));
        let matrix = self.b.map(n, |b, i| {
            b.map(n, |b, j| {
                let same = b.compare(Compare::Eq, i, j);
                vec![b.select(same, one, zero)]
            })
        });
        matrix[0]
    }

    /// `n` equally spaced numbers, both ends exact.
    fn linspace(&mut self, from: Value, to: Value, n: u64) -> Value {
        let float = self.sizes.float;
        let last = self.b.float(float, n.saturating_sub(1) as f64);
        let whole = self.b.binary(sdec_ssa::Binary::Sub, to, from);
        let end = self.b.int(i64::try_from(n).expect("extents fit i64") - 1);
        self.b.map(n, |b, k| {
            let x = b.convert(k, float);
            let scaled = b.binary(sdec_ssa::Binary::Mul, whole, x);
            let offset = b.binary(sdec_ssa::Binary::Div, scaled, last);
            let inner = b.binary(sdec_ssa::Binary::Add, from, offset);
            let at_end = b.compare(Compare::Eq, k, end);
            let zero = b.int(0);
            let at_start = b.compare(Compare::Eq, k, zero);
            let point = b.select(at_end, to, inner);
            vec![b.select(at_start, from, point)]
        })[0]
    }

    /// Extents of the axes of an index set.
    pub(super) fn extents(&self, set: &IndexSet, env: &Env) -> Vec<u64> {
        self.sizes.extents(set, &env.generics)
    }
}

/// Whether values of a type are evaluated in each program that reads them: functions, which need no code,
/// and series, whose length is that of what they are made of.
fn is_made_where_used(ty: &Ty) -> bool {
    holds_function(ty) || ty.holds(&|ty| matches!(ty, Ty::Series(_) | Ty::Events(_)))
}

/// Whether a type has functions in it; values of it exist only while lowering.
fn holds_function(ty: &Ty) -> bool {
    ty.holds(&|ty| matches!(ty, Ty::Function(..) | Ty::Dist(_)))
}
