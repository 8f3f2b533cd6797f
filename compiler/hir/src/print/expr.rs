//! Expressions as text, on one line except for the bodies of blocks.

use crate::{
    Arith, Compare, Derivative, Expr, ExprKind, LocalId, LocalKind, Pattern, Program, Reducer,
};

impl Program {
    /// An expression as text.
    pub fn show_expr(&self, expr: &Expr) -> String {
        let show = |expr: &Expr| self.show_expr(expr);
        let list = |exprs: &[Expr]| exprs.iter().map(show).collect::<Vec<_>>().join(", ");
        match &expr.kind {
            ExprKind::Float(x) => format!("{x:?}"),
            ExprKind::Int(n) => n.to_string(),
            ExprKind::Bool(b) => b.to_string(),
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Size(size) => format!("size({})", self.show_size(size)),
            ExprKind::IndexElement(k) => format!("#{k}"),
            ExprKind::Local(local) => self.show_local(*local),
            ExprKind::Global(global) => self.globals[*global].name.clone(),
            ExprKind::Def(def, _) => self.defs[*def].name.clone(),
            ExprKind::Column(data, column) => {
                let data = &self.data[*data];
                format!("{}.{}", data.name, data.columns[*column].name)
            }
            ExprKind::StateAt(state, time) => {
                format!("{}({})", self.show_local(*state), show(time))
            }
            ExprKind::Path(drawn) => {
                let model = &self.models[drawn.model].name;
                let given = drawn.given.iter();
                let given =
                    given.map(|(local, e)| format!("{} = {}", self.show_local(*local), show(e)));
                let given = given.collect::<Vec<_>>().join(", ");
                match &drawn.entries {
                    Some((pattern, set)) => format!(
                        "(~ for {}: {}. {model}({given}))",
                        self.show_pattern(pattern),
                        self.show_index_set(set)
                    ),
                    None => format!("(~ {model}({given}))"),
                }
            }
            ExprKind::PathAt(path, state, time) => {
                format!("{}.{state}({})", self.show_local(*path), show(time))
            }
            ExprKind::Arith(op, a, b) => format!("({} {} {})", show(a), arith(*op), show(b)),
            ExprKind::Neg(a) => format!("-{}", show(a)),
            ExprKind::Compare(op, a, b) => format!("({} {} {})", show(a), compare(*op), show(b)),
            ExprKind::And(a, b) => format!("({} and {})", show(a), show(b)),
            ExprKind::Or(a, b) => format!("({} or {})", show(a), show(b)),
            ExprKind::Not(a) => format!("not {}", show(a)),
            ExprKind::Contract(a, b) => format!("({} @ {})", show(a), show(b)),
            ExprKind::Intrinsic(intrinsic, args) => {
                format!("{}!({})", intrinsic.name(), list(args))
            }
            ExprKind::Call(f, args) => format!("{}({})", show(f), list(args)),
            ExprKind::Lift(f, arg) => format!("lift {}({})", show(f), show(arg)),
            ExprKind::Lambda(params, body) => {
                let params: Vec<String> = params.iter().map(|p| self.show_pattern(p)).collect();
                format!("(\\{}. {})", params.join(" "), show(body))
            }
            ExprKind::Block(lets, result) => {
                let mut out = "(".to_owned();
                for stmt in lets {
                    out += &format!(
                        "let {} = {}; ",
                        self.show_pattern(&stmt.pattern),
                        show(&stmt.value)
                    );
                }
                out + &show(result) + ")"
            }
            ExprKind::For(pattern, set, body) => format!(
                "(for {}: {}. {})",
                self.show_pattern(pattern),
                self.show_index_set(set),
                show(body)
            ),
            ExprKind::Reduce(reducer, pattern, set, body) => format!(
                "({} {}: {}. {})",
                reducer_word(*reducer),
                self.show_pattern(pattern),
                self.show_index_set(set),
                show(body)
            ),
            ExprKind::Fold(set, init, f) => {
                format!("fold({}, {}, {})", self.show_index_set(set), show(init), show(f))
            }
            ExprKind::Scan(set, init, f) => {
                format!("scan({}, {}, {})", self.show_index_set(set), show(init), show(f))
            }
            ExprKind::If(c, a, b) => format!("(if {} then {} else {})", show(c), show(a), show(b)),
            ExprKind::Case(scrutinee, arms) => {
                let arms: Vec<String> = arms
                    .iter()
                    .map(|arm| {
                        format!("{} -> {}", self.show_pattern(&arm.pattern), show(&arm.body))
                    })
                    .collect();
                format!("(case {} of {})", show(scrutinee), arms.join("; "))
            }
            ExprKind::Index(table, index) => format!("{}[{}]", show(table), show(index)),
            ExprKind::List(entries) => format!("[{}]", list(entries)),
            ExprKind::Tuple(parts) => format!("({})", list(parts)),
            ExprKind::Record(fields) => format!("{{{}}}", list(fields)),
            ExprKind::Field(record, k) => format!("{}.{k}", show(record)),
            ExprKind::Construct(adt, k, args) => {
                let name = &self.adts[*adt].constructors[*k].name;
                if args.is_empty() { name.clone() } else { format!("{name}({})", list(args)) }
            }
            ExprKind::Zeros => format!("(zeros : {})", self.show_ty(&expr.ty)),
            ExprKind::Ones => format!("(ones : {})", self.show_ty(&expr.ty)),
            ExprKind::Eye => format!("(eye : {})", self.show_ty(&expr.ty)),
            ExprKind::Cat(parts) => format!("cat({})", list(parts)),
            ExprKind::Flat(x) => format!("flat({})", show(x)),
            ExprKind::Unflat(x) => format!("(unflat({}) : {})", show(x), self.show_ty(&expr.ty)),
            ExprKind::Linspace(a, b) => {
                format!("(linspace({}, {}) : {})", show(a), show(b), self.show_ty(&expr.ty))
            }
            ExprKind::Draws(leaves) => {
                let show =
                    |draws: &crate::Draws| format!("{} ~ {}", draws.stream, draws.law.word());
                let leaves: Vec<String> = leaves.iter().flatten().map(show).collect();
                format!("draws({})", leaves.join(", "))
            }
            ExprKind::Derivative(derivative, f) => {
                format!("{}({})", derivative_word(*derivative), show(f))
            }
        }
    }

    /// Bound names carry their number, since they may shadow each other.
    pub(super) fn show_local(&self, local: LocalId) -> String {
        let declared = &self.locals[local];
        match declared.kind {
            LocalKind::Bound => format!("{}#{}", declared.name, local.index()),
            LocalKind::Increment => format!("d{}", declared.name),
            LocalKind::ModelLet
            | LocalKind::Param
            | LocalKind::Input
            | LocalKind::State
            | LocalKind::Time
            | LocalKind::End => declared.name.clone(),
        }
    }

    pub(super) fn show_pattern(&self, pattern: &Pattern) -> String {
        let list = |patterns: &[Pattern]| {
            patterns.iter().map(|p| self.show_pattern(p)).collect::<Vec<_>>().join(", ")
        };
        match pattern {
            Pattern::Bind(local) => self.show_local(*local),
            Pattern::Wild => "_".to_owned(),
            Pattern::Tuple(parts) => format!("({})", list(parts)),
            Pattern::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|&(_, local)| self.show_local(local)).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Pattern::Constructor(adt, k, args) => {
                let name = &self.adts[*adt].constructors[*k].name;
                if args.is_empty() { name.clone() } else { format!("{name}({})", list(args)) }
            }
        }
    }
}

fn arith(op: Arith) -> &'static str {
    match op {
        Arith::Add => "+",
        Arith::Sub => "-",
        Arith::Mul => "*",
        Arith::Div => "/",
        Arith::Pow => "^",
    }
}

fn compare(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}

fn reducer_word(reducer: Reducer) -> &'static str {
    match reducer {
        Reducer::Sum => "sum",
        Reducer::Prod => "prod",
        Reducer::Max => "max",
        Reducer::Min => "min",
        Reducer::Mean => "mean",
        Reducer::LogSumExp => "logsumexp",
        Reducer::ArgMax => "argmax",
        Reducer::ArgMin => "argmin",
        Reducer::All => "all",
        Reducer::Any => "any",
    }
}

fn derivative_word(derivative: Derivative) -> &'static str {
    match derivative {
        Derivative::Grad => "grad",
        Derivative::Jvp => "jvp",
        Derivative::Vjp => "vjp",
        Derivative::Jacobian => "jacobian",
        Derivative::Div => "div",
    }
}
