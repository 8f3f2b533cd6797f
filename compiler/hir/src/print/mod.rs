//! The program as text, for `sdec emit --stage hir`.
//!
//! The text is for reading: a typed clause a line, expressions fully bracketed. Names that an
//! expression binds carry the number of their local (`i#12`), everything else its own name.

mod expr;
mod ty;

pub use ty::Unknown;

use std::fmt::Write as _;

use crate::{
    Block, BlockKind, Constraint, Convention, Data, Def, Estimator, Evidence, Expr, Fit, Global,
    LocalId, Model, NoiseClass, Observed, Optimizer, Program, Settings, SizeOrigin, Stage, Trace,
    Wrt,
};

/// The whole program.
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    if program.single {
        out.push_str("precision f32\n");
    }
    for size in program.sizes.values() {
        if let Some((value, origin)) = &size.value {
            line(&mut out, format!("size {} = {value} ({})", size.name, origin_words(origin)));
        }
    }
    for index in program.indices.values() {
        line(&mut out, format!("index {} = {}", index.name, index.elements.join(" | ")));
    }
    for adt in program.adts.values() {
        let constructors: Vec<String> = adt
            .constructors
            .iter()
            .map(|constructor| {
                let args: Vec<String> =
                    constructor.args.iter().map(|ty| program.show_ty(ty)).collect();
                if args.is_empty() {
                    constructor.name.clone()
                } else {
                    format!("{}({})", constructor.name, args.join(", "))
                }
            })
            .collect();
        line(&mut out, format!("type {} = {}", adt.name, constructors.join(" | ")));
    }
    program.data.values().for_each(|data| print_data(program, data, &mut out));
    program.globals.values().for_each(|global| print_global(program, global, &mut out));
    program.defs.values().for_each(|def| print_def(program, def, &mut out));
    for param in &program.shared {
        print_start(
            program,
            "param",
            param.local,
            &param.constraint,
            param.init.as_ref(),
            &mut out,
        );
    }
    program.models.values().for_each(|model| print_model(program, model, &mut out));
    for method in program.methods.values() {
        let convention = convention_word(method.convention);
        let steps = method.steps.iter().map(|&(_, def)| def);
        let defs = method.start.into_iter().chain(steps).chain(method.back);
        let names: Vec<&str> = defs.map(|def| program.defs[def].name.as_str()).collect();
        line(&mut out, format!("method {} : {convention} = {}", method.name, names.join(", ")));
    }
    program.blocks.iter().for_each(|block| print_block(program, block, &mut out));
    out
}

fn line(out: &mut String, text: impl AsRef<str>) {
    writeln!(out, "{}", text.as_ref()).expect("writing to a string does not fail");
}

/// Where a number came from, in words.
fn origin_words(origin: &SizeOrigin) -> String {
    match origin {
        SizeOrigin::Constant => "constant".to_owned(),
        SizeOrigin::Explicit => "given".to_owned(),
        SizeOrigin::Data(file) => file.clone(),
        SizeOrigin::Default => "default".to_owned(),
    }
}

fn convention_word(convention: Convention) -> &'static str {
    match convention {
        Convention::Ito => "Ito",
        Convention::Stratonovich => "Stratonovich",
    }
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Constant => "constant",
        Stage::Parameter => "parameter",
        Stage::Row => "row",
        Stage::Time => "time",
        Stage::State => "state",
    }
}

impl std::fmt::Display for NoiseClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Additive => "additive",
            Self::Diagonal => "diagonal",
            Self::Commutative => "commutative",
            Self::General => "general",
        })
    }
}

fn print_data(program: &Program, data: &Data, out: &mut String) {
    line(out, format!("data {} = {:?}", data.name, data.file));
    for column in &data.columns {
        line(out, format!("  {} : {}", column.name, program.show_ty(&column.ty)));
    }
}

fn print_global(program: &Program, global: &Global, out: &mut String) {
    let (ty, value) = (program.show_ty(&global.value.ty), program.show_expr(&global.value));
    line(out, format!("let {} : {ty} = {value}", global.name));
}

fn print_def(program: &Program, def: &Def, out: &mut String) {
    let params: Vec<String> = def
        .params
        .iter()
        .map(|&p| format!("{}: {}", program.show_local(p), program.show_ty(&program.locals[p].ty)))
        .collect();
    let result = program.show_ty(&def.body.ty);
    line(out, format!("def {}({}) -> {result} =", def.name, params.join(", ")));
    line(out, format!("  {}", program.show_expr(&def.body)));
}

fn print_start(
    program: &Program,
    word: &str,
    local: LocalId,
    constraint: &Constraint,
    value: Option<&Expr>,
    out: &mut String,
) {
    let ty = program.show_constrained(&program.locals[local].ty, constraint);
    let value = value.map(|value| format!(" = {}", program.show_expr(value)));
    let name = program.show_local(local);
    line(out, format!("{word} {name} : {ty}{}", value.unwrap_or_default()));
}

fn print_model(program: &Program, model: &Model, out: &mut String) {
    let sizes: Vec<String> = model
        .sizes
        .iter()
        .map(|(var, default)| {
            let name = &program.sizes[*var].name;
            let given = default.as_ref().map(|size| format!(" = {}", program.show_size(size)));
            name.clone() + &given.unwrap_or_default()
        })
        .collect();
    line(out, format!("model {}({})", model.name, sizes.join(", ")));
    for (word, local, constraint, value) in model
        .params
        .iter()
        .map(|p| ("param", p.local, &p.constraint, p.init.as_ref()))
        .chain(model.inputs.iter().map(|i| ("input", i.local, &i.constraint, i.default.as_ref())))
        .chain(model.states.iter().map(|s| ("state", s.local, &s.constraint, None)))
    {
        print_start(program, &format!("  {word}"), local, constraint, value, out);
    }
    for noise in &model.noises {
        let ty = program.show_ty(&program.locals[noise.increment].ty);
        let convention = convention_word(noise.convention);
        line(out, format!("  noise {} : {ty}, {convention}", noise.name));
    }
    line(out, format!("  class {}", model.class));
    for stmt in &model.lets {
        let pattern = program.show_pattern(&stmt.pattern);
        let value = program.show_expr(&stmt.value);
        line(out, format!("  let {pattern} = {value}  # {}", stage_word(stmt.stage)));
    }
    for init in &model.inits {
        let draw = init
            .draw
            .map(|(law, local)| format!(" with {} ~ {}", program.show_local(local), law.word()));
        let (state, value) = (program.show_local(init.state), program.show_expr(&init.value));
        line(out, format!("  init {state} = {value}{}", draw.unwrap_or_default()));
    }
    for equation in &model.equations {
        let state = program.show_local(equation.state);
        line(out, format!("  d{state} = {} dt", program.show_expr(&equation.drift)));
        if let Some(diffusion) = &equation.diffusion {
            line(out, format!("    + {}", program.show_expr(diffusion)));
        }
        if let Some(jumps) = &equation.jumps {
            line(out, format!("    + {}", program.show_expr(jumps)));
        }
    }
    for observation in &model.observations {
        let at = observation.at.as_ref().map(|at| format!(" at {}", program.show_expr(at)));
        let what = match &observation.observed {
            Observed::Law { datum, log_prob: Some(density), .. } => {
                let (datum, density) = (program.show_local(*datum), program.show_expr(density));
                format!("~ exp \\{datum}. {density}")
            }
            Observed::Law { log_prob: None, .. } => "~ …".to_owned(),
            Observed::Exactly(value) => format!("= {}", program.show_expr(value)),
        };
        let maybe = if observation.maybe { "?" } else { "" };
        let name = &observation.name;
        line(out, format!("  observe {name}{maybe}{} {what}", at.unwrap_or_default()));
    }
}

fn print_block(program: &Program, block: &Block, out: &mut String) {
    match &block.kind {
        BlockKind::Show(expr) => {
            line(out, format!("show {} : {}", program.show_expr(expr), program.show_ty(&expr.ty)));
        }
        BlockKind::Sample(sample) => {
            let model = &program.models[sample.model].name;
            line(out, format!("sample {model} as {}", sample.name));
            print_instance(program, &sample.instance, out);
            print_settings(program, &sample.settings, out);
        }
        BlockKind::Estimate(estimate) => {
            let model = &program.models[estimate.model].name;
            line(out, format!("estimate {} of {model}", estimate.name));
            print_instance(program, &estimate.instance, out);
            line(out, format!("  value = {}", program.show_expr(&estimate.value)));
            if !estimate.wrt.is_empty() {
                line(out, format!("  wrt = [{}]", names(program, &estimate.wrt)));
            }
            for pair in &estimate.second {
                line(out, format!("  wrt = [[{}]]", names(program, &pair.by)));
            }
            match estimate.estimator {
                Estimator::Pathwise => {}
                Estimator::LikelihoodRatio { .. } => line(out, "  estimator = likelihood_ratio"),
                Estimator::Score => line(out, "  estimator = score"),
            }
            print_settings(program, &estimate.settings, out);
        }
        BlockKind::Fit(fit) => print_fit(program, fit, out),
        BlockKind::Planned(planned) => {
            let model = &program.models[planned.model].name;
            line(out, format!("{} {} of {model}", planned.word, planned.name));
            print_instance(program, &planned.instance, out);
            planned.says.iter().for_each(|say| line(out, format!("  # {say}")));
        }
    }
}

fn print_fit(program: &Program, fit: &Fit, out: &mut String) {
    let (model, data) = (&program.models[fit.model].name, &program.data[fit.data]);
    line(out, format!("fit {model} to {} as {}", data.name, fit.name));
    print_instance(program, &fit.instance, out);
    let objective = if fit.objective.priors { "map" } else { "mle" };
    let evidence = match &fit.objective.evidence {
        Evidence::Solved => String::new(),
        Evidence::Transition { kind, .. } => format!("transition = {}", kind.name()),
        Evidence::Flow { trace: Trace::Exact } => "trace = exact".to_owned(),
        Evidence::Flow { trace: Trace::Hutchinson } => "trace = hutchinson".to_owned(),
    };
    line(out, format!("  objective = {objective}({evidence})"));
    for (key, Optimizer { name, settings, .. }) in fit.choices() {
        let set = |(key, value): &(String, Expr)| format!("{key} = {}", program.show_expr(value));
        let settings: Vec<String> = settings.iter().map(set).collect();
        line(out, format!("  {key} = {name}({})", settings.join(", ")));
    }
    for (key, value) in fit.numbers() {
        line(out, format!("  {key} = {}", program.show_expr(value)));
    }
    if !fit.fix.is_empty() {
        let fixed: Vec<String> = fit.fix.iter().map(|&l| program.show_local(l)).collect();
        line(out, format!("  fix = [{}]", fixed.join(", ")));
    }
    print_settings(program, &fit.settings, out);
}

fn names(program: &Program, wrt: &[Wrt]) -> String {
    let name = |wrt: &Wrt| format!("{}{}", program.show_local(wrt.local), wrt.suffix());
    wrt.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn print_instance(program: &Program, instance: &crate::Instance, out: &mut String) {
    for size in &instance.sizes {
        let name = &program.sizes[size.var].name;
        line(out, format!("  {name} = {} ({})", size.value, origin_words(&size.origin)));
    }
}

fn print_settings(program: &Program, settings: &Settings, out: &mut String) {
    let values = [
        ("times", &settings.times),
        ("paths", &settings.paths),
        ("seed", &settings.seed),
        ("start", &settings.start),
    ];
    for (key, value) in values {
        if let Some(value) = value {
            line(out, format!("  {key} = {}", program.show_expr(value)));
        }
    }
    if let Some(solver) = &settings.solver {
        let dt = solver.dt.as_ref().map(|dt| format!("dt = {}", program.show_expr(dt)));
        let method = &program.methods[solver.method].name;
        line(out, format!("  solver = {method}({})", dt.unwrap_or_default()));
    }
    if let Some((gradient, _)) = &settings.gradient {
        line(out, format!("  gradient = {}", gradient.name()));
    }
    if let Some((boundary, _)) = &settings.boundary {
        line(out, format!("  boundary = {}", boundary.name()));
    }
    if let Some((file, _)) = &settings.save {
        line(out, format!("  save = {file:?}"));
    }
}
