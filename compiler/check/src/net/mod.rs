//! Nets: parameters together with the function that they make.
//!
//! ```text
//! net Linear(i, o) : (i => Float) -> o => Float      def Linear(p) -> (i => Float) -> o => Float =
//!   param A : o => i => Float = glorot                 let {A, b} = p
//!   param b : o => Float = zeros                 ⇒     \x. A @ x + b
//!   \x. A @ x + b                                    def Linear.start(z) =
//!                                                      let A = glorot_draw(z.A)
//!                                                      let b = zeros
//!                                                      {A, b}
//! ```
//!
//! So nothing below the checker knows of nets: `param f : Linear(2, 3)` is a parameter whose value is
//! the record of the net's own, a use of `f` is `Linear(f)`, and `z` are standard draws of the
//! record's type. Functions among a net's settings (`act = tanh`) are arguments before the record.

mod arguments;

use sdec_base::{Span, id_type};
use sdec_grammar::ast::{self, NetItem, TypeKind};
use sdec_hir::{
    BaseLaw, Def, DefId, Expr, ExprKind, Leaf, LetStmt, LocalId, LocalKind, Pattern, Size,
    SizeVarId, Substitution, Ty,
};

use crate::checker::{Checker, node, wrong};
use crate::error::{NameError, NetArgumentError, NetError};
use crate::infer::{Expected, Why};
use crate::items::Declared;
use crate::types::Shape;

id_type! {
    /// A net, of the library or the user's.
    NetId, "net"
}

/// A `net` declaration, checked.
#[derive(Clone, Debug)]
pub(crate) struct Net {
    /// As written.
    name: String,
    /// Sizes and functions, in order.
    settings: Vec<Setting>,
    /// The type of the function, in the sizes.
    function: Ty,
    /// The record of its parameters, in the sizes.
    storage: Ty,
    /// Arrays of the record.
    leaves: Vec<Leaf>,
    /// What each array's start value is made of.
    laws: Vec<Option<BaseLaw>>,
    /// The function of the record.
    apply: DefId,
    /// The record at the start, of standard draws.
    start: DefId,
}

/// A name between the brackets of a net's declaration.
#[derive(Clone, Debug)]
struct Setting {
    name: String,
    span: Span,
    kind: SettingKind,
}

#[derive(Clone, Debug)]
enum SettingKind {
    /// `width = 64`
    Size(SizeVarId, Option<Size>),
    /// `act = tanh`: the type, and the function unless another is given.
    Function(Ty, Box<Expr>),
}

/// A net with its sizes and functions: `MLP(2, 2, act = relu)`.
#[derive(Clone, Debug)]
pub(crate) struct NetUse {
    /// Its name.
    pub(crate) name: String,
    /// The type of the function.
    pub(crate) function: Ty,
    /// The type of its value.
    pub(crate) storage: Ty,
    /// Arrays of its value.
    pub(crate) leaves: Vec<Leaf>,
    /// What each array's start value is made of.
    pub(crate) laws: Vec<Option<BaseLaw>>,
    apply: DefId,
    start: DefId,
    substitution: Substitution,
    functions: Vec<Expr>,
}

/// A parameter of a net while the net is checked.
struct Field {
    local: LocalId,
    /// Standard draws of its type, of which the start value is made.
    draws: LocalId,
    shape: Shape,
    start: Expr,
    laws: Vec<Option<BaseLaw>>,
}

impl<'a> Checker<'a> {
    /// Checks a `net` and makes its two functions.
    pub(crate) fn check_net(&mut self, net: &'a ast::Net) -> Declared {
        let mut settings = Vec::new();
        let mut functions = Vec::new();
        for (k, param) in net.params.iter().enumerate() {
            let earlier = net.params[..k].iter().map(|other| &other.name);
            if let Some(first) = earlier.into_iter().find(|other| other.text == param.name.text) {
                let (first, second) = (first.span, param.name.span);
                let name = param.name.text.clone();
                self.report(NameError::Duplicate { name, first, second });
            }
            let (kind, local) = self.setting(param);
            functions.extend(local);
            settings.push(Setting { name: param.name.text.clone(), span: param.name.span, kind });
        }
        let function = self.ty(&net.ty);
        if !matches!(function, Ty::Function(..) | Ty::Error) {
            let found = self.show(&function);
            self.report(NetError::NoFunction { found, span: net.ty.span });
        }
        let mut fields: Vec<Field> = Vec::new();
        let mut steps = Vec::new();
        for item in &net.items {
            match item {
                NetItem::Param(param) => {
                    for name in &param.names {
                        steps.push(Step::Param(fields.len()));
                        fields.push(self.net_param(name, param));
                    }
                }
                NetItem::Let(stmt) => steps.push(Step::Let(self.let_stmt(stmt))),
                NetItem::Def(def) => {
                    let id = self.check_def(def);
                    let meaning = crate::scope::Meaning::Def(id);
                    self.here.scope.bind(&def.name.text, meaning, def.name.span);
                }
            }
        }
        let why = Why::Result { function: net.name.text.clone(), declared: net.ty.span };
        let body = self.check(&net.body, &Expected::new(function.clone(), why));
        self.settle();
        if self.failing() || function == Ty::Error || body.ty == Ty::Error {
            return Declared::Failed;
        }
        let name = |local: LocalId| self.hir.locals[local].name.clone();
        let whole =
            fields.iter().map(|field| (name(field.local), field.shape.clone())).collect::<Vec<_>>();
        let whole = Shape::Record(whole);
        let storage = whole.storage();
        let parts = Parts { net, settings: &settings, functions, fields: &fields, steps };
        let apply = self.net_function(&parts, &storage, body, &function);
        let start = self.net_start(&parts, &storage);
        let laws = fields.iter().flat_map(|field| field.laws.iter().copied()).collect();
        let leaves = whole.leaves();
        let name = net.name.text.clone();
        let net = Net { name, settings, function, storage, leaves, laws, apply, start };
        Declared::Net(self.nets.push(net))
    }

    /// A size, or a function where the default names one.
    fn setting(&mut self, param: &'a ast::SizeParam) -> (SettingKind, Option<LocalId>) {
        if let Some(default) = &param.default
            && let TypeKind::Name(name) = &default.kind
            && let Some(function) = self.function_named(name)
        {
            let local = self.bind_local(&param.name, function.ty.clone(), LocalKind::Bound);
            if matches!(&function.kind, ExprKind::Def(_, generics) if *generics != Substitution::default())
            {
                let function = name.text.clone();
                self.report(NetArgumentError::GenericFunction { function, span: name.span });
            }
            return (SettingKind::Function(function.ty.clone(), Box::new(function)), Some(local));
        }
        let default = param.default.as_ref().map(|ty| self.size(ty));
        (SettingKind::Size(self.bind_size(&param.name, None), default), None)
    }

    /// A parameter of a net: its shape, and its start value made of draws.
    fn net_param(&mut self, name: &'a ast::Name, param: &'a ast::Param) -> Field {
        let shape = self.shape(&param.ty);
        let ty = shape.storage();
        if let Some(prior) = &param.prior {
            self.check_law_expr(prior);
        }
        if !self.is_vector_space(&ty, param.ty.span) {
            let found = self.show(&ty);
            let span = param.ty.span;
            self.report(crate::error::MismatchError::NoVectorSpace { found, span });
        }
        let draws = self.new_local("z", name.span, ty.clone(), LocalKind::Bound);
        let z = node(ExprKind::Local(draws), ty.clone(), name.span);
        let started = self.start_of(name, param, &shape, z);
        let local = self.bind_local(name, ty, LocalKind::Bound);
        self.shapes.insert(local, shape.clone());
        let (start, laws) = match started {
            Some(started) => started,
            None => {
                if param.init.is_none() {
                    let matrix = matches!(&shape, Shape::Plain(Ty::Table(_, of), _) if matches!(&**of, Ty::Table(..)));
                    let (name, span) = (name.text.clone(), name.span);
                    self.report(NetError::NoStart { name, matrix, span });
                }
                (wrong(name.span), shape.laws())
            }
        };
        Field { local, draws, shape, start, laws }
    }

    /// `def N(functions…, p) = let {A, b} = p …; body`
    fn net_function(&mut self, parts: &Parts<'_, 'a>, storage: &Ty, body: Expr, ty: &Ty) -> DefId {
        let span = parts.net.name.span;
        let record = self.new_local("p", span, storage.clone(), LocalKind::Bound);
        let names = parts.fields.iter().enumerate().map(|(k, field)| (k, field.local));
        let value = node(ExprKind::Local(record), storage.clone(), span);
        let mut lets = vec![LetStmt { pattern: Pattern::Record(names.collect()), value }];
        lets.extend(parts.steps.iter().filter_map(|step| match step {
            Step::Let(stmt) => Some(stmt.clone()),
            Step::Param(_) => None,
        }));
        let body = node(ExprKind::Block(lets, Box::new(body)), ty.clone(), span);
        self.net_def(parts, parts.net.name.text.clone(), record, body)
    }

    /// `def N.start(functions…, z) = let A = …; let b = …; {A, b}`
    fn net_start(&mut self, parts: &Parts<'_, 'a>, storage: &Ty) -> DefId {
        let span = parts.net.name.span;
        let draws = self.new_local("z", span, storage.clone(), LocalKind::Bound);
        let names = parts.fields.iter().enumerate().map(|(k, field)| (k, field.draws));
        let value = node(ExprKind::Local(draws), storage.clone(), span);
        let mut lets = vec![LetStmt { pattern: Pattern::Record(names.collect()), value }];
        lets.extend(parts.steps.iter().map(|step| match step {
            Step::Let(stmt) => stmt.clone(),
            Step::Param(k) => {
                let field = &parts.fields[*k];
                LetStmt { pattern: Pattern::Bind(field.local), value: field.start.clone() }
            }
        }));
        let values = parts.fields.iter().map(|field| {
            node(ExprKind::Local(field.local), self.hir.locals[field.local].ty.clone(), span)
        });
        let record = node(ExprKind::Record(values.collect()), storage.clone(), span);
        let body = node(ExprKind::Block(lets, Box::new(record)), storage.clone(), span);
        self.net_def(parts, format!("{}.start", parts.net.name.text), draws, body)
    }

    fn net_def(
        &mut self,
        parts: &Parts<'_, 'a>,
        name: String,
        last: LocalId,
        mut body: Expr,
    ) -> DefId {
        self.finish(&mut body);
        let sizes = parts.settings.iter().filter_map(|setting| match setting.kind {
            SettingKind::Size(var, _) => Some(var),
            SettingKind::Function(..) => None,
        });
        let params = parts.functions.iter().copied().chain([last]).collect();
        let (sizes, span) = (sizes.collect(), parts.net.name.span);
        self.hir.defs.push(Def { name, span, sizes, types: Vec::new(), params, body })
    }

    /// What an expression that names a parameter means: nets in it are functions.
    pub(crate) fn net_value(&mut self, shape: &Shape, stored: Expr) -> Expr {
        match shape {
            Shape::Plain(..) => stored,
            Shape::Net(net) => net.call(net.apply, stored, net.function.clone()),
            Shape::Table(..) | Shape::Record(_) | Shape::Tuple(_) => {
                self.by_part(shape, stored, shape.value(), &mut |this, part, stored| {
                    this.net_value(part, stored)
                })
            }
        }
    }

    /// The start value of a parameter that says none, if every number of it is a net's: of standard
    /// draws `z` of its type.
    pub(crate) fn net_start_value(&mut self, shape: &Shape, z: Expr) -> Option<Expr> {
        match shape {
            Shape::Plain(..) => None,
            Shape::Net(net) => Some(net.call(net.start, z, net.storage.clone())),
            Shape::Table(..) | Shape::Record(_) | Shape::Tuple(_) => {
                let mut complete = true;
                let ty = shape.storage();
                let value = self.by_part(shape, z, ty, &mut |this, part, z| {
                    let span = z.span;
                    this.net_start_value(part, z).unwrap_or_else(|| {
                        complete = false;
                        wrong(span)
                    })
                });
                complete.then_some(value)
            }
        }
    }

    /// The table, record or tuple of type `ty` that `f` makes of the parts of a value.
    fn by_part(
        &mut self,
        shape: &Shape,
        of: Expr,
        ty: Ty,
        f: &mut dyn FnMut(&mut Self, &Shape, Expr) -> Expr,
    ) -> Expr {
        let span = of.span;
        let mut field = |this: &mut Self, k: usize, part: &Shape| {
            let stored = node(ExprKind::Field(Box::new(of.clone()), k), part.storage(), span);
            f(this, part, stored)
        };
        let kind = match shape {
            Shape::Table(set, part) => {
                let index = self.new_local("i", span, Ty::Ix(set.clone()), LocalKind::Bound);
                let at = node(ExprKind::Local(index), Ty::Ix(set.clone()), span);
                let entry = ExprKind::Index(Box::new(of), Box::new(at));
                let entry = f(self, part, node(entry, part.storage(), span));
                ExprKind::For(Pattern::Bind(index), set.clone(), Box::new(entry))
            }
            Shape::Record(fields) => ExprKind::Record(
                fields.iter().enumerate().map(|(k, (_, part))| field(self, k, part)).collect(),
            ),
            Shape::Tuple(parts) => ExprKind::Tuple(
                parts.iter().enumerate().map(|(k, part)| field(self, k, part)).collect(),
            ),
            Shape::Plain(..) | Shape::Net(_) => return f(self, shape, of),
        };
        node(kind, ty, span)
    }
}

impl NetUse {
    /// One of its two functions of type `result`, applied to a value.
    fn call(&self, def: DefId, value: Expr, result: Ty) -> Expr {
        let span = value.span;
        let args: Vec<Expr> = self.functions.iter().cloned().chain([value]).collect();
        let params = args.iter().map(|arg| arg.ty.clone()).collect();
        let ty = Ty::Function(params, Box::new(result.clone()));
        let function = node(ExprKind::Def(def, self.substitution.clone()), ty, span);
        node(ExprKind::Call(Box::new(function), args), result, span)
    }
}

/// A line of a net, in order.
enum Step {
    /// The parameter with this number.
    Param(usize),
    /// An abbreviation.
    Let(LetStmt),
}

/// What both functions of a net are made of.
struct Parts<'b, 'a> {
    net: &'a ast::Net,
    settings: &'b [Setting],
    functions: Vec<LocalId>,
    fields: &'b [Field],
    steps: Vec<Step>,
}
