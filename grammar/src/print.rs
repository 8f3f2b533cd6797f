//! The tree as text: one form for each node, indented where a form does not fit on a line.

use crate::ast::{
    Argument, Arm, Binder, Body, Clause, ClauseKind, Coefficient, Column, Command, CommandKind,
    Data, Def, DiffTerm, Differential, Expr, ExprKind, Given, Import, Item, ItemKind, Let, Method,
    Model, Name, Net, NetItem, Objective, Param, Pattern, PatternKind, Posterior, Program, Setting,
    SizeParam, Text, Type, TypeArgument, TypeKind,
};

/// The tree with the names of its nodes.
pub fn tree(program: &Program) -> String {
    let mut out = String::new();
    for item in &program.items {
        if let Some(doc) = &item.doc {
            for line in doc.lines() {
                out.push_str(format!("## {line}").trim_end());
                out.push('\n');
            }
        }
        item_form(item).write(&mut out, 0);
        out.push('\n');
    }
    out
}

/// An expression in the same form.
pub fn expr_tree(expr: &Expr) -> String {
    let mut out = String::new();
    self::expr(expr).write(&mut out, 0);
    out
}

/// A type in the same form.
pub fn type_tree(ty: &Type) -> String {
    let mut out = String::new();
    self::ty(ty).write(&mut out, 0);
    out
}

/// How long a form on one line may be.
const WIDTH: usize = 100;

/// A word, or a list of forms in brackets.
enum Form {
    Word(String),
    List {
        parts: Vec<Form>,
        /// Characters on one line.
        width: usize,
        /// Whether every part after the head has a line of its own: blocks of the source.
        block: bool,
    },
}

impl Form {
    fn width(&self) -> usize {
        match self {
            Self::Word(word) => word.chars().count(),
            Self::List { width, .. } => *width,
        }
    }

    fn is_block(&self) -> bool {
        matches!(self, Self::List { block: true, .. })
    }

    fn write(&self, out: &mut String, indent: usize) {
        let parts = match self {
            Self::Word(word) => return out.push_str(word),
            Self::List { parts, .. } => parts,
        };
        let fits = !self.is_block() && indent + self.width() <= WIDTH;
        let mut broken = false;
        out.push('(');
        for (i, part) in parts.iter().enumerate() {
            let inline = fits || (!broken && matches!(part, Self::Word(_)));
            if i > 0 && inline {
                out.push(' ');
            } else if i > 0 {
                broken = true;
                out.push('\n');
                out.push_str(&"  ".repeat(indent / 2 + 1));
            }
            part.write(out, indent + 2);
        }
        out.push(')');
    }
}

fn word(text: impl Into<String>) -> Form {
    Form::Word(text.into())
}

fn list(parts: Vec<Form>) -> Form {
    let width = parts.iter().map(Form::width).sum::<usize>() + parts.len().max(1) + 1;
    let block = parts.iter().any(Form::is_block);
    Form::List { parts, width, block }
}

/// A form whose parts that are not words stand on lines of their own.
fn block(parts: Vec<Form>) -> Form {
    match list(parts) {
        Form::List { parts, width, .. } => Form::List { parts, width, block: true },
        word @ Form::Word(_) => word,
    }
}

fn form(head: &str, parts: impl IntoIterator<Item = Form>) -> Form {
    list(std::iter::once(word(head)).chain(parts).collect())
}

fn block_form(head: &str, parts: impl IntoIterator<Item = Form>) -> Form {
    block(std::iter::once(word(head)).chain(parts).collect())
}

fn name(name: &Name) -> Form {
    word(&name.text)
}

fn names(names: &[Name]) -> Vec<Form> {
    names.iter().map(name).collect()
}

fn text(text: &Text) -> Form {
    word(format!("\"{}\"", text.text))
}

/// `(head part)` if there is one.
fn optional<T>(head: &str, part: Option<&T>, show: impl Fn(&T) -> Form) -> Option<Form> {
    part.map(|part| form(head, [show(part)]))
}

fn item_form(item: &Item) -> Form {
    match &item.kind {
        ItemKind::Import(Import::Module(module)) => form("import", [name(module)]),
        ItemKind::Import(Import::File(file)) => form("import", [text(file)]),
        ItemKind::Precision(precision) => form("precision", [name(precision)]),
        ItemKind::Size { name: size, value } => form("size", [name(size), ty(value)]),
        ItemKind::Index { name: index, elements } => {
            form("index", std::iter::once(name(index)).chain(names(elements)))
        }
        ItemKind::Type { name: defined, params, alternatives } => {
            let head = [name(defined)].into_iter().chain(sizes(params));
            form("type", head.chain(alternatives.iter().map(ty)))
        }
        ItemKind::Let(binding) => let_form(binding),
        ItemKind::Def(def) => def_form(def),
        ItemKind::Param(param) => param_form(param),
        ItemKind::Net(net) => net_form(net),
        ItemKind::Data(data) => data_form(data),
        ItemKind::Model(model) => model_form(model),
        ItemKind::Posterior(posterior) => posterior_form(posterior),
        ItemKind::Objective(objective) => objective_form(objective),
        ItemKind::Method(method) => method_form(method),
        ItemKind::Command(command) => command_form(command),
        ItemKind::Repeat { count, items } => {
            let head = std::iter::once(word(&count.text));
            block_form("repeat", head.chain(items.iter().map(item_form)))
        }
        ItemKind::Show(shown) => form("show", [expr(shown)]),
    }
}

fn net_form(net: &Net) -> Form {
    let head = [name(&net.name)].into_iter().chain(sizes(&net.params)).chain([ty(&net.ty)]);
    let items = net.items.iter().map(|item| match item {
        NetItem::Param(param) => param_form(param),
        NetItem::Let(binding) => let_form(binding),
        NetItem::Def(def) => def_form(def),
    });
    block_form("net", head.chain(items).chain([form("body", [expr(&net.body)])]))
}

fn data_form(data: &Data) -> Form {
    let head = [name(&data.name)].into_iter().chain(sizes(&data.params));
    let file = [name(&data.format), text(&data.file)];
    let by = optional("by", data.by.as_ref(), text);
    block_form("data", head.chain(file).chain(by).chain(data.columns.iter().map(column)))
}

fn column(column: &Column) -> Form {
    let from = optional("from", column.from.as_ref(), expr);
    let at = optional("at", column.at.as_ref(), expr);
    form("column", [name(&column.name), ty(&column.ty)].into_iter().chain(from).chain(at))
}

fn model_form(model: &Model) -> Form {
    let head = [name(&model.name)].into_iter().chain(sizes(&model.params));
    let base = optional("of", model.base.as_ref(), name);
    block_form("model", head.chain(base).chain(model.clauses.iter().map(clause)))
}

fn posterior_form(posterior: &Posterior) -> Form {
    let head = [name(&posterior.name)].into_iter().chain(sizes(&posterior.params));
    let of = [form("of", [name(&posterior.model)])].into_iter().chain(given(&posterior.given));
    block_form("posterior", head.chain(of).chain(posterior.clauses.iter().map(clause)))
}

fn objective_form(objective: &Objective) -> Form {
    let head = [name(&objective.name), form("of", [name(&objective.model)])];
    let given = given(&objective.given);
    block_form("objective", head.into_iter().chain(given).chain([body(&objective.body)]))
}

fn method_form(method: &Method) -> Form {
    let head = [name(&method.name), name(&method.convention)];
    let facts = method.facts.iter().map(setting);
    block_form("method", head.into_iter().chain(facts).chain(method.defs.iter().map(def_form)))
}

fn command_form(command: &Command) -> Form {
    let head = match command.kind {
        CommandKind::Fit => "fit",
        CommandKind::Sample => "sample",
        CommandKind::Estimate => "estimate",
    };
    let model = [name(&command.model)].into_iter().chain(sizes(&command.sizes));
    let data = (!command.data.is_empty()).then(|| form("data", names(&command.data)));
    let label = optional("as", command.label.as_ref(), name);
    let settings = command.settings.iter().map(setting);
    block_form(head, model.chain(data).chain(label).chain(settings))
}

fn sizes(params: &[SizeParam]) -> Option<Form> {
    let one = |param: &SizeParam| match &param.default {
        Some(default) => form("=", [name(&param.name), ty(default)]),
        None => name(&param.name),
    };
    (!params.is_empty()).then(|| form("sizes", params.iter().map(one)))
}

fn given(given: &[Given]) -> Option<Form> {
    let one = |given: &Given| match &given.ty {
        Some(of) => form(":", [name(&given.name), ty(of)]),
        None => name(&given.name),
    };
    (!given.is_empty()).then(|| form("given", given.iter().map(one)))
}

fn setting(setting: &Setting) -> Form {
    form("set", [name(&setting.key), body(&setting.value)])
}

fn def_form(def: &Def) -> Form {
    let params = def.params.iter().map(|param| match &param.ty {
        Some(of) => form(":", [name(&param.name), ty(of)]),
        None => name(&param.name),
    });
    let params = list(params.collect());
    let result = optional("->", def.result.as_ref(), ty);
    form("def", [name(&def.name), params].into_iter().chain(result).chain([body(&def.body)]))
}

fn let_form(binding: &Let) -> Form {
    let head = if binding.draw { "draw" } else { "let" };
    let of = optional(":", binding.ty.as_ref(), ty);
    form(head, [pattern(&binding.pattern)].into_iter().chain(of).chain([body(&binding.body)]))
}

fn param_form(param: &Param) -> Form {
    let of = form(":", [ty(&param.ty)]);
    let init = optional("=", param.init.as_ref(), expr);
    let prior = optional("~", param.prior.as_ref(), expr);
    let per = optional("per", param.per.as_ref(), name);
    form("param", names(&param.names).into_iter().chain([of]).chain(init).chain(prior).chain(per))
}

/// `= e` or `~ e`
fn bound(draw: bool, value: &Body) -> Form {
    form(if draw { "~" } else { "=" }, [body(value)])
}

fn clause(clause: &Clause) -> Form {
    match &clause.kind {
        ClauseKind::Param(param) => param_form(param),
        ClauseKind::Let(binding) => let_form(binding),
        ClauseKind::Def(def) => def_form(def),
        ClauseKind::Input { names: inputs, ty: of, default } => {
            let of = form(":", [ty(of)]);
            let default = optional("=", default.as_ref(), expr);
            form("input", names(inputs).into_iter().chain([of]).chain(default))
        }
        ClauseKind::State { names: states, ty: of, during } => {
            let of = form(":", [ty(of)]);
            let during = optional("during", during.as_ref(), expr);
            form("state", names(states).into_iter().chain([of]).chain(during))
        }
        ClauseKind::Noise { names: noises, ty: of } => {
            form("noise", names(noises).into_iter().chain([form(":", [ty(of)])]))
        }
        ClauseKind::NoiseLike { names: noises, state } => {
            form("noise", names(noises).into_iter().chain([form("like", [name(state)])]))
        }
        ClauseKind::Mark { name: mark, noise, law } => {
            form("mark", [name(mark), form("of", [name(noise)]), form("~", [expr(law)])])
        }
        ClauseKind::Init { names: states, draw, body } => {
            form("init", names(states).into_iter().chain([bound(*draw, body)]))
        }
        ClauseKind::Next { names: states, draw, body } => {
            form("next", names(states).into_iter().chain([bound(*draw, body)]))
        }
        ClauseKind::When { event, resets } => {
            let resets = resets.iter().map(|(state, to)| form("=", [name(state), expr(to)]));
            block_form("when", std::iter::once(expr(event)).chain(resets))
        }
        ClauseKind::Observe { name: observed, maybe, ty: of, at, draw, body } => {
            let maybe = maybe.then(|| word("?"));
            let of = optional(":", of.as_ref(), ty);
            let at = optional("at", at.as_ref(), expr);
            let head = [name(observed)].into_iter().chain(maybe).chain(of).chain(at);
            form("observe", head.chain([bound(*draw, body)]))
        }
        ClauseKind::Equation { head, indices, terms } => {
            form("equation", equation_head(head, indices).into_iter().chain(terms.iter().map(term)))
        }
        ClauseKind::Rate { head, indices, body: value } => {
            form("rate", equation_head(head, indices).into_iter().chain([body(value)]))
        }
        ClauseKind::Transition { head, indices, law } => {
            form("transition", equation_head(head, indices).into_iter().chain([body(law)]))
        }
    }
}

fn equation_head(head: &Name, indices: &[Name]) -> Vec<Form> {
    let indices = (!indices.is_empty()).then(|| form("at", names(indices)));
    [name(head)].into_iter().chain(indices).collect()
}

fn term(term: &DiffTerm) -> Form {
    let coefficient = term.coefficient.as_ref().map(|coefficient| match coefficient {
        Coefficient::Expr(coefficient) => expr(coefficient),
        Coefficient::Hole(_) => word("_"),
    });
    let differential = term.differential.as_ref().map(differential);
    form(if term.negative { "-" } else { "+" }, coefficient.into_iter().chain(differential))
}

fn differential(differential: &Differential) -> Form {
    let shown = word(format!("d{}", differential.name.text));
    match differential.indices.as_slice() {
        [] => shown,
        indices => form("index", std::iter::once(shown).chain(indices.iter().map(expr))),
    }
}

fn body(body: &Body) -> Form {
    match body.lets.as_slice() {
        [] => expr(&body.result),
        lets => block_form("block", lets.iter().map(let_form).chain([expr(&body.result)])),
    }
}

fn pattern(pattern: &Pattern) -> Form {
    match &pattern.kind {
        PatternKind::Name(bound) => name(bound),
        PatternKind::Wild => word("_"),
        PatternKind::Constructor(constructor, parts) => list(
            std::iter::once(name(constructor)).chain(parts.iter().map(self::pattern)).collect(),
        ),
        PatternKind::Tuple(parts) => form("tuple", parts.iter().map(self::pattern)),
        PatternKind::Record(fields) => form("record", names(fields)),
    }
}

fn binders(binders: &[Binder]) -> Form {
    let one = |binder: &Binder| match &binder.ty {
        Some(of) => form(":", [pattern(&binder.pattern), ty(of)]),
        None => pattern(&binder.pattern),
    };
    list(binders.iter().map(one).collect())
}

fn exprs(exprs: &[Expr]) -> impl Iterator<Item = Form> {
    exprs.iter().map(expr)
}

fn fields(fields: &[(Name, Expr)]) -> impl Iterator<Item = Form> {
    fields.iter().map(|(field, value)| form("=", [name(field), expr(value)]))
}

fn expr(node: &Expr) -> Form {
    match &node.kind {
        ExprKind::Name(used) => name(used),
        ExprKind::Nat(literal) | ExprKind::Float(literal) => word(&literal.text),
        ExprKind::Text(literal) => text(literal),
        ExprKind::Bool(value) => word(value.to_string()),
        ExprKind::Binary { op, lhs, rhs, .. } => form(op.symbol(), [expr(lhs), expr(rhs)]),
        ExprKind::Neg(operand) => form("neg", [expr(operand)]),
        ExprKind::Not(operand) => form("not", [expr(operand)]),
        ExprKind::Pipe(value, function) => form("|>", [expr(value), expr(function)]),
        ExprKind::Call(callee, arguments) => {
            form("call", std::iter::once(expr(callee)).chain(arguments.iter().map(argument)))
        }
        ExprKind::Reducer(reducer) => word(reducer.word()),
        ExprKind::Index(table, indices) => {
            form("index", std::iter::once(expr(table)).chain(exprs(indices)))
        }
        ExprKind::Field(record, field) => form("field", [expr(record), name(field)]),
        ExprKind::Annotated(value, of) => form(":", [expr(value), ty(of)]),
        ExprKind::Tuple(parts) => form("tuple", exprs(parts)),
        ExprKind::List(parts) => form("list", exprs(parts)),
        ExprKind::Record(values) => form("record", fields(values)),
        ExprKind::Update(record, values) => {
            form("with", std::iter::once(expr(record)).chain(fields(values)))
        }
        ExprKind::Lambda(bound, value) => form("lambda", [binders(bound), body(value)]),
        ExprKind::For(bound, value) => form("for", [binders(bound), body(value)]),
        ExprKind::Reduce { reducer, binders: bound, body: value, .. } => {
            form(reducer.word(), [binders(bound), body(value)])
        }
        ExprKind::If(condition, then, otherwise) => {
            form("if", [expr(condition), body(then), body(otherwise)])
        }
        ExprKind::Case(subject, arms) => {
            form("case", std::iter::once(expr(subject)).chain(arms.iter().map(arm)))
        }
        ExprKind::Error => word("<error>"),
    }
}

fn argument(argument: &Argument) -> Form {
    match &argument.name {
        Some(given) => form("=", [name(given), expr(&argument.value)]),
        None => expr(&argument.value),
    }
}

fn arm(arm: &Arm) -> Form {
    form("->", [pattern(&arm.pattern), body(&arm.body)])
}

fn ty(node: &Type) -> Form {
    let two = |head, a: &Type, b: &Type| form(head, [ty(a), ty(b)]);
    match &node.kind {
        TypeKind::Nat(literal) | TypeKind::Number(literal) => word(&literal.text),
        TypeKind::Name(used) => name(used),
        TypeKind::Apply(function, arguments) => list(
            std::iter::once(name(function)).chain(arguments.iter().map(type_argument)).collect(),
        ),
        TypeKind::Table(index, element) => two("=>", index, element),
        TypeKind::Function(domain, result) => two("->", domain, result),
        TypeKind::Add(a, b) => two("+", a, b),
        TypeKind::Mul(a, b) => two("*", a, b),
        TypeKind::Sub(a, b) => two("-", a, b),
        TypeKind::Tuple(parts) => form("tuple", parts.iter().map(ty)),
        TypeKind::Record(parts) => {
            form("record", parts.iter().map(|(field, of)| form(":", [name(field), ty(of)])))
        }
        TypeKind::Maybe(of) => form("?", [ty(of)]),
        TypeKind::Error => word("<error>"),
    }
}

fn type_argument(argument: &TypeArgument) -> Form {
    match &argument.name {
        Some(given) => form("=", [name(given), ty(&argument.value)]),
        None => ty(&argument.value),
    }
}
