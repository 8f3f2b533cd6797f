//! The class of every expression with respect to one parameter: an evaluator whose numbers are
//! classes. Functions are followed into where they are called.
//!
//! Each form of an expression and each intrinsic has a row here, without a wildcard, so that a new
//! one does not compile until its class is written.

use std::collections::BTreeMap;
use std::rc::Rc;

use sdec_base::{SourceId, Span};
use sdec_hir::{
    Arm, DefId, Drawn, Expr, ExprKind, Intrinsic, LocalId, LocalKind, MethodId, Model, Pattern,
    Program, Reducer, Ty, Wrt,
};

use super::boundary;
use super::class::{Class, Flaw, What};
use super::{follow, takes_slope};

/// What an expression evaluates to.
#[derive(Clone, Debug)]
pub(super) enum Abstract<'a> {
    /// Numbers, tables of them, indices, truth values, values with constructors.
    Value(Class),
    /// A tuple or record.
    Parts(Vec<Abstract<'a>>),
    /// A function.
    Function(Rc<Function<'a>>),
}

/// A function with what it closes over.
#[derive(Clone, Debug)]
pub(super) enum Function<'a> {
    Def(DefId),
    /// The function of the library that made it, if one did.
    Lambda(&'a [Pattern], &'a Expr, Env<'a>, Option<DefId>),
    /// `grad(f)` and its kin.
    Derivative(Abstract<'a>),
}

/// What the names of blocks, functions and loops stand for. Closures keep their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Env<'a>(Option<Rc<Binding<'a>>>);

#[derive(Debug)]
struct Binding<'a> {
    local: LocalId,
    value: Abstract<'a>,
    parent: Env<'a>,
}

impl<'a> Env<'a> {
    fn bind(&mut self, local: LocalId, value: Abstract<'a>) {
        let parent = self.clone();
        self.0 = Some(Rc::new(Binding { local, value, parent }));
    }

    fn get(&self, local: LocalId) -> Option<&Abstract<'a>> {
        let mut at = self.0.as_deref();
        while let Some(binding) = at {
            if binding.local == local {
                return Some(&binding.value);
            }
            at = binding.parent.0.as_deref();
        }
        None
    }
}

/// Evaluates expressions of a model and of its estimate.
pub(super) struct Reader<'a> {
    pub(super) program: &'a Program,
    pub(super) model: &'a Model,
    /// The input or parameter, or the part of it.
    pub(super) wrt: &'a Wrt,
    /// The file that the user sees; everything else is the library.
    pub(super) source: SourceId,
    /// The method of the estimate, where it names one.
    pub(super) method: Option<MethodId>,
    /// What stands in place of inputs and parameters of the model.
    given: BTreeMap<LocalId, Abstract<'a>>,
    /// The first jump in what moves a path that is drawn.
    pub(super) switch: Option<Flaw>,
    /// Classes of the states.
    pub(super) states: BTreeMap<LocalId, Class>,
    /// Lets of the model that were evaluated with these states.
    lets: BTreeMap<LocalId, Abstract<'a>>,
    /// The call of a library's function that is being followed.
    site: Option<(Span, DefId)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        program: &'a Program,
        model: &'a Model,
        wrt: &'a Wrt,
        source: SourceId,
    ) -> Self {
        let (states, lets) = (BTreeMap::new(), BTreeMap::new());
        let (method, given, switch) = (None, BTreeMap::new(), None);
        Self { program, model, wrt, source, method, given, switch, states, lets, site: None }
    }

    /// Sets the class of a state; what was evaluated before is forgotten.
    pub(super) fn set_state(&mut self, state: LocalId, class: Class) {
        self.states.insert(state, class);
        self.lets.clear();
    }

    /// The class of an expression of the model or the estimate.
    pub(super) fn class(&mut self, expr: &'a Expr) -> Class {
        let value = self.eval(expr, &Env::default());
        self.joined(&value)
    }

    fn flaw(&self, what: What, name: &str, span: Span) -> Flaw {
        let (span, name) = match self.site {
            Some((span, def)) => (span, self.program.defs[def].name.clone()),
            None => (span, name.to_owned()),
        };
        Flaw { span, what, name, sides: None }
    }

    /// The class of the whole, of all its parts.
    fn joined(&mut self, value: &Abstract<'a>) -> Class {
        match value {
            Abstract::Value(class) => class.clone(),
            Abstract::Parts(parts) => {
                parts.iter().fold(Class::default(), |all, part| all.with(self.joined(part)))
            }
            Abstract::Function(_) => Class::default(),
        }
    }

    fn value(&mut self, expr: &'a Expr, env: &Env<'a>) -> Class {
        let value = self.eval(expr, env);
        self.joined(&value)
    }

    fn all(&mut self, exprs: impl IntoIterator<Item = &'a Expr>, env: &Env<'a>) -> Class {
        exprs.into_iter().fold(Class::default(), |all, expr| all.with(self.value(expr, env)))
    }

    fn eval(&mut self, expr: &'a Expr, env: &Env<'a>) -> Abstract<'a> {
        let class = match &expr.kind {
            ExprKind::Float(_)
            | ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Size(_)
            | ExprKind::IndexElement(_)
            | ExprKind::Column(..)
            | ExprKind::Zeros
            | ExprKind::Ones
            | ExprKind::Eye
            | ExprKind::Draws(_) => Class::default(),
            ExprKind::Local(local) => return self.local(*local, env),
            ExprKind::Global(global) => {
                let value = &self.program.globals[*global].value;
                if !matches!(value.ty, Ty::Function(..) | Ty::Dist(_)) {
                    return Abstract::Value(Class::default());
                }
                return self.eval(value, &Env::default());
            }
            ExprKind::Def(def, _) => return Abstract::Function(Function::Def(*def).into()),
            ExprKind::Lambda(params, body) => {
                let maker = self.site.map(|(_, def)| def);
                let lambda = Function::Lambda(params, body, env.clone(), maker);
                return Abstract::Function(lambda.into());
            }
            ExprKind::Derivative(_, f) => {
                let f = self.eval(f, env);
                return Abstract::Function(Function::Derivative(f).into());
            }
            ExprKind::StateAt(state, _) => self.state(*state),
            ExprKind::Path(drawn) => return self.path(drawn, env),
            ExprKind::PathAt(path, state, _) => {
                let path = self.local(*path, env);
                return self.part(&path, *state);
            }
            ExprKind::Arith(_, a, b)
            | ExprKind::Contract(a, b)
            | ExprKind::Linspace(a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b) => self.all([&**a, &**b], env),
            ExprKind::Neg(a) | ExprKind::Not(a) | ExprKind::Flat(a) | ExprKind::Unflat(a) => {
                self.value(a, env)
            }
            ExprKind::Compare(_, a, b) => {
                let flaw = self.flaw(What::Branch, "this comparison", expr.span);
                self.all([&**a, &**b], env).flattened(flaw)
            }
            ExprKind::Intrinsic(Intrinsic::Root | Intrinsic::Mode, args) => {
                self.root(&args[0], env, expr.span)
            }
            // Which observations are next to a time changes at the times of observations.
            ExprKind::Intrinsic(intrinsic @ Intrinsic::Around, args) => {
                let [series, time] = [&args[0], &args[1]].map(|arg| self.value(arg, env));
                series.with(time.flattened(self.flaw(What::Lookup, intrinsic.name(), expr.span)))
            }
            ExprKind::Intrinsic(intrinsic, args) => {
                let args = self.all(args, env);
                self.intrinsic(*intrinsic, args, expr.span)
            }
            ExprKind::Call(f, args) => {
                let f = self.eval(f, env);
                if self.is_smooth(&f) {
                    return Abstract::Value(self.smoothed(&args[0], env));
                }
                let args = args.iter().map(|arg| self.eval(arg, env)).collect();
                return self.call(&f, args, expr.span);
            }
            ExprKind::Lift(f, arg) => {
                let f = self.eval(f, env);
                let arg = Abstract::Value(self.value(arg, env));
                return self.call(&f, vec![arg], expr.span);
            }
            ExprKind::Block(lets, result) => {
                let mut env = env.clone();
                for stmt in lets {
                    let value = self.eval(&stmt.value, &env);
                    self.bind(&stmt.pattern, &value, &mut env);
                }
                return self.eval(result, &env);
            }
            // A table of functions, or of laws, which hold them, has entries of one form.
            ExprKind::For(_, _, body) if holds_functions(&body.ty) => {
                return self.eval(body, env);
            }
            ExprKind::For(_, _, body) => self.value(body, env),
            ExprKind::Reduce(reducer, _, _, body) => {
                let body = self.value(body, env);
                self.reduced(*reducer, body, expr.span)
            }
            ExprKind::Fold(_, init, step) | ExprKind::Scan(_, init, step) => {
                self.looped(init, step, env, expr.span)
            }
            ExprKind::If(condition, a, b) => {
                return self.branch(expr, [&**condition, &**a, &**b], env);
            }
            ExprKind::Case(of, arms) => self.case(of, arms, env),
            ExprKind::Index(table, _) if holds_functions(&expr.ty) => {
                return self.eval(table, env);
            }
            ExprKind::Index(table, index) => {
                let index = self.value(index, env);
                let table = self.value(table, env);
                table.with(Class { moves: false, kink: None, jump: index.jump })
            }
            ExprKind::List(entries)
            | ExprKind::Cat(entries)
            | ExprKind::Construct(_, _, entries) => self.all(entries, env),
            ExprKind::Tuple(parts) | ExprKind::Record(parts) => {
                return Abstract::Parts(parts.iter().map(|part| self.eval(part, env)).collect());
            }
            ExprKind::Field(record, k) => {
                let record = self.eval(record, env);
                return self.part(&record, *k);
            }
        };
        Abstract::Value(class)
    }

    /// Whether a function is the one that promises smoothness.
    fn is_smooth(&self, f: &Abstract<'a>) -> bool {
        let Abstract::Function(f) = f else { return false };
        matches!(**f, Function::Def(def)
            if matches!(self.program.defs[def].body.kind, ExprKind::Intrinsic(Intrinsic::Smooth, _)))
    }

    /// A formula that is promised to be smooth has the flaws of what it reads, but none of its own.
    fn smoothed(&mut self, formula: &'a Expr, env: &Env<'a>) -> Class {
        let own = self.value(formula, env);
        let mut read = Class::default();
        formula.walk(&mut |expr| {
            let class = if let ExprKind::Local(local) = expr.kind {
                let value = self.local(local, env);
                self.joined(&value)
            } else if let ExprKind::StateAt(state, _) = expr.kind {
                self.state(state)
            } else {
                return;
            };
            read = read.clone().with(class);
        });
        Class { moves: own.depends() && (read.moves || read.jump.is_none()), ..read }
    }

    fn local(&mut self, local: LocalId, env: &Env<'a>) -> Abstract<'a> {
        if let Some(value) = env.get(local) {
            return value.clone();
        }
        if let Some(given) = self.given.get(&local) {
            return given.clone();
        }
        let declared = &self.program.locals[local];
        Abstract::Value(match declared.kind {
            LocalKind::Param | LocalKind::Input if local == self.wrt.local => {
                return moving(&declared.ty, &self.wrt.fields);
            }
            LocalKind::State => self.state(local),
            LocalKind::ModelLet => return self.model_let(local),
            LocalKind::Param
            | LocalKind::Input
            | LocalKind::Bound
            | LocalKind::Increment
            | LocalKind::Time
            | LocalKind::End => Class::default(),
        })
    }

    /// The states of a path that is drawn.
    fn path(&mut self, drawn: &'a Drawn, env: &Env<'a>) -> Abstract<'a> {
        let (program, model) = (self.program, &self.program.models[drawn.model]);
        let mut path = Reader::new(program, model, self.wrt, self.source);
        path.method = self.method;
        let mut env = env.clone();
        if let Some((entry, _)) = &drawn.entries {
            self.bind(entry, &Abstract::Value(Class::default()), &mut env);
        }
        for (local, value) in &drawn.given {
            let value = self.eval(value, &env);
            path.given.insert(*local, value);
        }
        let given: Vec<LocalId> = drawn.given.iter().map(|&(local, _)| local).collect();
        for (local, value) in model.following(program, &given) {
            let value = path.eval(value, &Env::default());
            path.given.insert(local, value);
        }
        let sloped = takes_slope(program, model, self.method);
        let switch = follow(&mut path, [false, sloped], |_| true);
        self.switch = self.switch.take().or(switch);
        let states = model.states.iter().map(|state| Abstract::Value(path.state(state.local)));
        Abstract::Parts(states.collect())
    }

    fn state(&self, state: LocalId) -> Class {
        self.states.get(&state).cloned().unwrap_or_default()
    }

    fn model_let(&mut self, local: LocalId) -> Abstract<'a> {
        if !self.lets.contains_key(&local) {
            let model = self.model;
            let Some(stmt) = model.lets.iter().find(|stmt| stmt.pattern.binds(local)) else {
                return Abstract::Value(Class::default());
            };
            let value = self.eval(&stmt.value, &Env::default());
            let mut env = Env::default();
            self.bind(&stmt.pattern, &value, &mut env);
            let value = env.get(local).cloned().unwrap_or(value);
            self.lets.insert(local, value);
        }
        self.lets[&local].clone()
    }

    fn bind(&mut self, pattern: &Pattern, value: &Abstract<'a>, env: &mut Env<'a>) {
        match pattern {
            Pattern::Bind(local) => env.bind(*local, value.clone()),
            Pattern::Wild => {}
            Pattern::Tuple(parts) => {
                for (k, inner) in parts.iter().enumerate() {
                    let part = self.part(value, k);
                    self.bind(inner, &part, env);
                }
            }
            Pattern::Record(fields) => {
                for &(k, local) in fields {
                    let part = self.part(value, k);
                    env.bind(local, part);
                }
            }
            Pattern::Constructor(_, _, parts) => {
                let whole = Abstract::Value(self.joined(value));
                parts.iter().for_each(|inner| self.bind(inner, &whole, env));
            }
        }
    }

    /// Part `k` of a tuple or record.
    fn part(&mut self, whole: &Abstract<'a>, k: usize) -> Abstract<'a> {
        if let Abstract::Parts(parts) = whole
            && k < parts.len()
        {
            return parts[k].clone();
        }
        Abstract::Value(self.joined(whole))
    }

    fn call(&mut self, f: &Abstract<'a>, args: Vec<Abstract<'a>>, span: Span) -> Abstract<'a> {
        let Abstract::Function(f) = f else {
            let all = args.iter().fold(self.joined(f), |all, arg| all.with(self.joined(arg)));
            return Abstract::Value(all);
        };
        match &**f {
            Function::Def(def) => {
                let def = *def;
                let program = self.program;
                let declared = &program.defs[def];
                let mut env = Env::default();
                for (&param, arg) in declared.params.iter().zip(args) {
                    env.bind(param, arg);
                }
                let outer = self.site;
                if outer.is_none() && declared.span.source != self.source {
                    self.site = Some((span, def));
                }
                let value = self.eval(&declared.body, &env);
                self.site = outer;
                value
            }
            Function::Lambda(params, body, env, maker) => {
                let mut env = env.clone();
                for (param, arg) in params.iter().zip(&args) {
                    self.bind(param, arg, &mut env);
                }
                let outer = self.site;
                self.site = outer.or(maker.map(|def| (span, def)));
                let value = self.eval(body, &env);
                self.site = outer;
                // What the library makes of the observations next to a time, moving, joins at them.
                if maker.is_some() && self.looks_up(body) {
                    return Abstract::Value(self.joined(&value).joined_up());
                }
                value
            }
            Function::Derivative(of) => {
                // What follows the point is a direction, in which the derivative is linear.
                let mut args = args.into_iter();
                let value = self.call(of, args.next().into_iter().collect(), span);
                let derivative = self.joined(&value).differentiated();
                let along = args.fold(derivative, |all, arg| all.with(self.joined(&arg)));
                Abstract::Value(along)
            }
        }
    }

    fn looks_up(&self, body: &Expr) -> bool {
        let mut found = false;
        body.walk(&mut |inner| {
            if let ExprKind::Def(def, _) = inner.kind {
                let called = &self.program.defs[def].body.kind;
                found |= matches!(called, ExprKind::Intrinsic(Intrinsic::Around, _));
            }
        });
        found
    }

    /// The class of the value of a function whose argument moves.
    pub(super) fn class_of_value(&mut self, function: &'a Expr) -> Class {
        let f = self.eval(function, &Env::default());
        let value = self.call(&f, vec![Abstract::Value(Class::smooth())], function.span);
        self.joined(&value)
    }

    fn branch(&mut self, whole: &'a Expr, parts: [&'a Expr; 3], env: &Env<'a>) -> Abstract<'a> {
        let [condition, a, b] = parts;
        let decides = self.value(condition, env);
        let (x, y) = (self.eval(a, env), self.eval(b, env));
        if decides.depends() && !boundary::same(self.program, a, b) {
            let branches = self.joined(&x).with(self.joined(&y));
            if boundary::agree(self.program, condition, a, b) {
                let flaw = self.flaw(What::Branch, "if", whole.span);
                return Abstract::Value(branches.kinked(flaw));
            }
            let mut flaw = self.flaw(What::Branch, "if", whole.span);
            flaw.sides = number(a).zip(number(b)).map(|(a, b)| [a.to_string(), b.to_string()]);
            let jump = branches.jump.or(Some(flaw));
            return Abstract::Value(Class { jump, ..branches });
        }
        self.either(x, y)
    }

    /// One of two values.
    fn either(&mut self, x: Abstract<'a>, y: Abstract<'a>) -> Abstract<'a> {
        match (x, y) {
            (Abstract::Parts(xs), Abstract::Parts(ys)) if xs.len() == ys.len() => {
                let pairs = xs.into_iter().zip(ys);
                Abstract::Parts(pairs.map(|(x, y)| self.either(x, y)).collect())
            }
            (x, y) => Abstract::Value(self.joined(&x).with(self.joined(&y))),
        }
    }

    fn case(&mut self, of: &'a Expr, arms: &'a [Arm], env: &Env<'a>) -> Class {
        let of = self.eval(of, env);
        let decides = self.joined(&of).jump;
        let mut class = Class { moves: false, kink: None, jump: decides };
        for arm in arms {
            let mut env = env.clone();
            self.bind(&arm.pattern, &of, &mut env);
            class = class.with(self.value(&arm.body, &env));
        }
        class
    }

    /// The state of a loop has the class of its first value and of every step.
    fn looped(&mut self, init: &'a Expr, step: &'a Expr, env: &Env<'a>, span: Span) -> Class {
        let step = self.eval(step, env);
        let mut class = self.value(init, env);
        loop {
            let index = Abstract::Value(Class::default());
            let next = self.call(&step, vec![index, Abstract::Value(class.clone())], span);
            let next = class.clone().with(self.joined(&next));
            if next == class {
                return class;
            }
            class = next;
        }
    }

    /// Where a function is zero moves with what the function reads, and goes through it itself.
    fn root(&mut self, f: &'a Expr, env: &Env<'a>, span: Span) -> Class {
        let f = self.eval(f, env);
        let still = self.call(&f, vec![Abstract::Value(Class::default())], span);
        let moved = self.joined(&still);
        let there = self.call(&f, vec![Abstract::Value(moved.clone())], span);
        moved.with(self.joined(&there))
    }

    fn reduced(&self, reducer: Reducer, body: Class, span: Span) -> Class {
        match reducer {
            Reducer::Sum | Reducer::Prod | Reducer::Mean | Reducer::LogSumExp => body,
            Reducer::Max => body.kinked(self.flaw(What::Kink, "max", span)),
            Reducer::Min => body.kinked(self.flaw(What::Kink, "min", span)),
            Reducer::ArgMax => body.flattened(self.flaw(What::Flat, "argmax", span)),
            Reducer::ArgMin => body.flattened(self.flaw(What::Flat, "argmin", span)),
            Reducer::All | Reducer::Any => {
                body.flattened(self.flaw(What::Branch, "this comparison", span))
            }
        }
    }

    fn intrinsic(&self, intrinsic: Intrinsic, args: Class, span: Span) -> Class {
        match intrinsic {
            Intrinsic::Exp
            | Intrinsic::Log
            | Intrinsic::Sqrt
            | Intrinsic::Sin
            | Intrinsic::Cos
            | Intrinsic::Tanh
            | Intrinsic::Erf
            | Intrinsic::Erfc
            | Intrinsic::Special(_)
            | Intrinsic::Atan2
            | Intrinsic::Solve
            | Intrinsic::Root
            | Intrinsic::Mode
            | Intrinsic::ToFloat
            | Intrinsic::ToInt
            | Intrinsic::Ordinal
            | Intrinsic::Wrap
            | Intrinsic::Clamp
            | Intrinsic::Here
            | Intrinsic::Next
            | Intrinsic::Left
            | Intrinsic::Right
            | Intrinsic::Plus
            | Intrinsic::Around
            | Intrinsic::Mirrored
            | Intrinsic::Present
            | Intrinsic::Zip
            | Intrinsic::Times => args,
            Intrinsic::Abs => args.kinked(self.flaw(What::Kink, "abs", span)),
            Intrinsic::Max => args.kinked(self.flaw(What::Kink, "max", span)),
            Intrinsic::Min => args.kinked(self.flaw(What::Kink, "min", span)),
            Intrinsic::Floor => args.flattened(self.flaw(What::Flat, "floor", span)),
            Intrinsic::StopGradient => Class::default(),
            Intrinsic::Smooth => Class { moves: args.depends(), kink: None, jump: None },
        }
    }
}

/// Whether the entries of a type are functions.
fn holds_functions(ty: &Ty) -> bool {
    if let Ty::Table(_, of) = ty {
        return holds_functions(of);
    }
    matches!(ty, Ty::Function(..) | Ty::Dist(_))
}

/// A value of which the part behind `fields` moves.
fn moving<'a>(ty: &Ty, fields: &[String]) -> Abstract<'a> {
    let (Ty::Record(of), [field, rest @ ..]) = (ty, fields) else {
        return Abstract::Value(Class::smooth());
    };
    let part = |(name, ty): &(String, Ty)| {
        if name == field { moving(ty, rest) } else { Abstract::Value(Class::default()) }
    };
    Abstract::Parts(of.iter().map(part).collect())
}

/// The number that is written.
fn number(expr: &Expr) -> Option<f64> {
    if let ExprKind::Neg(x) = &expr.kind {
        return number(x).map(|x| -x);
    }
    let ExprKind::Float(x) = expr.kind else { return None };
    Some(x)
}
