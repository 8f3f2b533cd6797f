//! The pieces of a tree that can stand for each other, by their places.

use sdec_grammar::ast::{
    Body, Clause, ClauseKind, Coefficient, Command, Data, Def, DiffTerm, Expr, ExprKind, Item,
    ItemKind, Let, Model, NetItem, Param, Pattern, PatternKind, Program, Setting, SizeParam, Type,
    TypeArgument, TypeKind,
};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Item,
    Clause,
    Setting,
    Let,
    Expr,
    Type,
    Pattern,
    Name,
    Operator,
}

/// A piece: from and to which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Every piece of a program.
pub(crate) fn pieces(program: &Program) -> Vec<Piece> {
    let mut walk = Walk { out: Vec::new() };
    program.items.iter().for_each(|item| walk.item(item));
    walk.out
}

struct Walk {
    out: Vec<Piece>,
}

impl Walk {
    fn take(&mut self, kind: Kind, span: sdec_base::Span) {
        self.out.push(Piece { kind, start: span.start as usize, end: span.end as usize });
    }

    fn item(&mut self, item: &Item) {
        self.take(Kind::Item, item.span);
        match &item.kind {
            ItemKind::Import(_) | ItemKind::Precision(_) | ItemKind::Index { .. } => {}
            ItemKind::Size { value, .. } => self.ty(value),
            ItemKind::Type { params, alternatives, .. } => {
                self.sizes(params);
                alternatives.iter().for_each(|ty| self.ty(ty));
            }
            ItemKind::Let(it) => self.binding(it),
            ItemKind::Def(it) => self.def(it),
            ItemKind::Param(it) => self.param(it),
            ItemKind::Net(net) => {
                self.sizes(&net.params);
                self.ty(&net.ty);
                for item in &net.items {
                    match item {
                        NetItem::Param(it) => self.param(it),
                        NetItem::Let(it) => self.binding(it),
                        NetItem::Def(it) => self.def(it),
                    }
                }
                self.expr(&net.body);
            }
            ItemKind::Data(it) => self.data(it),
            ItemKind::Model(Model { params, clauses, .. }) => {
                self.sizes(params);
                clauses.iter().for_each(|clause| self.clause(clause));
            }
            ItemKind::Posterior(it) => {
                self.sizes(&it.params);
                self.take(Kind::Name, it.model.span);
                it.clauses.iter().for_each(|clause| self.clause(clause));
            }
            ItemKind::Objective(it) => {
                self.take(Kind::Name, it.model.span);
                self.body(&it.body);
            }
            ItemKind::Method(it) => {
                it.facts.iter().for_each(|fact| self.setting(fact));
                it.defs.iter().for_each(|def| self.def(def));
            }
            ItemKind::Command(Command { model, sizes, settings, .. }) => {
                self.take(Kind::Name, model.span);
                self.sizes(sizes);
                settings.iter().for_each(|setting| self.setting(setting));
            }
            ItemKind::Repeat { items, .. } => items.iter().for_each(|item| self.item(item)),
            ItemKind::Show(expr) => self.expr(expr),
        }
    }

    fn sizes(&mut self, params: &[SizeParam]) {
        for param in params {
            self.take(Kind::Name, param.name.span);
            param.default.iter().for_each(|ty| self.ty(ty));
        }
    }

    fn data(&mut self, data: &Data) {
        self.sizes(&data.params);
        for column in &data.columns {
            self.take(Kind::Clause, column.span);
            self.ty(&column.ty);
            column.from.iter().chain(&column.at).for_each(|expr| self.expr(expr));
        }
    }

    fn setting(&mut self, setting: &Setting) {
        self.take(Kind::Setting, setting.span);
        self.take(Kind::Name, setting.key.span);
        self.body(&setting.value);
    }

    fn param(&mut self, param: &Param) {
        param.names.iter().for_each(|name| self.take(Kind::Name, name.span));
        self.ty(&param.ty);
        param.init.iter().chain(&param.prior).for_each(|expr| self.expr(expr));
    }

    fn binding(&mut self, it: &Let) {
        self.take(Kind::Let, it.span);
        self.pattern(&it.pattern);
        it.ty.iter().for_each(|ty| self.ty(ty));
        self.body(&it.body);
    }

    fn def(&mut self, def: &Def) {
        self.take(Kind::Let, def.span);
        for param in &def.params {
            self.take(Kind::Name, param.name.span);
            param.ty.iter().for_each(|ty| self.ty(ty));
        }
        def.result.iter().for_each(|ty| self.ty(ty));
        self.body(&def.body);
    }

    fn body(&mut self, body: &Body) {
        body.lets.iter().for_each(|it| self.binding(it));
        self.expr(&body.result);
    }

    fn clause(&mut self, clause: &Clause) {
        self.take(Kind::Clause, clause.span);
        match &clause.kind {
            ClauseKind::Param(it) => self.param(it),
            ClauseKind::Let(it) => self.binding(it),
            ClauseKind::Def(it) => self.def(it),
            ClauseKind::Input { names, ty, default } => {
                names.iter().for_each(|name| self.take(Kind::Name, name.span));
                self.ty(ty);
                default.iter().for_each(|expr| self.expr(expr));
            }
            ClauseKind::State { names, ty, during } => {
                names.iter().for_each(|name| self.take(Kind::Name, name.span));
                self.ty(ty);
                during.iter().for_each(|expr| self.expr(expr));
            }
            ClauseKind::Noise { names, ty } => {
                names.iter().for_each(|name| self.take(Kind::Name, name.span));
                self.ty(ty);
            }
            ClauseKind::NoiseLike { state, .. } => self.take(Kind::Name, state.span),
            ClauseKind::Mark { law, .. } => self.expr(law),
            ClauseKind::Init { names, body, .. } | ClauseKind::Next { names, body, .. } => {
                names.iter().for_each(|name| self.take(Kind::Name, name.span));
                self.body(body);
            }
            ClauseKind::When { event, resets } => {
                self.expr(event);
                resets.iter().for_each(|(_, value)| self.expr(value));
            }
            ClauseKind::Observe { name, ty, at, body, .. } => {
                self.take(Kind::Name, name.span);
                ty.iter().for_each(|ty| self.ty(ty));
                at.iter().for_each(|expr| self.expr(expr));
                self.body(body);
            }
            ClauseKind::Equation { head, terms, .. } => {
                self.take(Kind::Name, head.span);
                terms.iter().for_each(|term| self.term(term));
            }
            ClauseKind::Rate { head, body, .. }
            | ClauseKind::Transition { head, law: body, .. } => {
                self.take(Kind::Name, head.span);
                self.body(body);
            }
        }
    }

    fn term(&mut self, term: &DiffTerm) {
        match &term.coefficient {
            Some(Coefficient::Expr(expr)) => self.expr(expr),
            Some(Coefficient::Hole(_)) | None => {}
        }
        if let Some(differential) = &term.differential {
            differential.indices.iter().for_each(|expr| self.expr(expr));
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        self.take(Kind::Pattern, pattern.span);
        match &pattern.kind {
            PatternKind::Name(_) | PatternKind::Wild | PatternKind::Record(_) => {}
            PatternKind::Constructor(_, parts) | PatternKind::Tuple(parts) => {
                parts.iter().for_each(|part| self.pattern(part));
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.take(Kind::Expr, expr.span);
        match &expr.kind {
            ExprKind::Name(name) => self.take(Kind::Name, name.span),
            ExprKind::Nat(_)
            | ExprKind::Float(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Error
            | ExprKind::Reducer(_) => {}
            ExprKind::Binary { op_span, lhs, rhs, .. } => {
                self.take(Kind::Operator, *op_span);
                self.expr(lhs);
                self.expr(rhs);
            }
            ExprKind::Neg(of) | ExprKind::Not(of) => self.expr(of),
            ExprKind::Pipe(from, to) => {
                self.expr(from);
                self.expr(to);
            }
            ExprKind::Call(callee, arguments) => {
                self.expr(callee);
                arguments.iter().for_each(|argument| self.expr(&argument.value));
            }
            ExprKind::Index(of, indices) => {
                self.expr(of);
                indices.iter().for_each(|index| self.expr(index));
            }
            ExprKind::Field(of, name) => {
                self.expr(of);
                self.take(Kind::Name, name.span);
            }
            ExprKind::Annotated(of, ty) => {
                self.expr(of);
                self.ty(ty);
            }
            ExprKind::Tuple(parts) | ExprKind::List(parts) => {
                parts.iter().for_each(|part| self.expr(part));
            }
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Update(of, fields) => {
                self.expr(of);
                fields.iter().for_each(|(_, value)| self.expr(value));
            }
            ExprKind::Lambda(binders, body)
            | ExprKind::For(binders, body)
            | ExprKind::Reduce { binders, body, .. } => {
                for binder in binders {
                    self.pattern(&binder.pattern);
                    binder.ty.iter().for_each(|ty| self.ty(ty));
                }
                self.body(body);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expr(condition);
                self.body(then);
                self.body(otherwise);
            }
            ExprKind::Case(of, arms) => {
                self.expr(of);
                for arm in arms {
                    self.pattern(&arm.pattern);
                    self.body(&arm.body);
                }
            }
        }
    }

    fn ty(&mut self, ty: &Type) {
        self.take(Kind::Type, ty.span);
        match &ty.kind {
            TypeKind::Nat(_) | TypeKind::Number(_) | TypeKind::Name(_) | TypeKind::Error => {}
            TypeKind::Apply(_, arguments) => {
                let values = arguments.iter().map(|TypeArgument { value, .. }| value);
                values.for_each(|value| self.ty(value));
            }
            TypeKind::Table(a, b)
            | TypeKind::Function(a, b)
            | TypeKind::Add(a, b)
            | TypeKind::Mul(a, b)
            | TypeKind::Sub(a, b) => {
                self.ty(a);
                self.ty(b);
            }
            TypeKind::Tuple(parts) => parts.iter().for_each(|part| self.ty(part)),
            TypeKind::Record(fields) => fields.iter().for_each(|(_, ty)| self.ty(ty)),
            TypeKind::Maybe(of) => self.ty(of),
        }
    }
}
