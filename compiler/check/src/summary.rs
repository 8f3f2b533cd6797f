//! What a check found, for people: `sdec check`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_hir::{
    Block, BlockKind, Constraint, Evidence, Fit, Instance, InstanceSize, LocalId, Method, Model,
    NoiseClass, Param, Program, SizeOrigin, Stage, Transition, Ty,
};

/// Sizes with their sources, models with their noise and parameters, and commands.
pub fn summary(program: &Program) -> String {
    let mut out = Vec::new();
    sizes(program, &mut out);
    for param in &program.shared {
        parameter(program, param, &mut out);
    }
    for model in program.models.values() {
        summarise(program, model, &mut out);
    }
    commands(program, &mut out);
    out.join("\n") + if out.is_empty() { "" } else { "\n" }
}

fn origin(origin: &SizeOrigin) -> String {
    match origin {
        SizeOrigin::Constant => "constant".to_owned(),
        SizeOrigin::Explicit => "given".to_owned(),
        SizeOrigin::Data(file) => file.clone(),
        SizeOrigin::Default => "default".to_owned(),
    }
}

fn sizes(program: &Program, out: &mut Vec<String>) {
    let known = program.sizes.values().filter_map(|size| {
        let (value, from) = size.value.as_ref()?;
        Some(format!("{} = {value} ({})", size.name, origin(from)))
    });
    let known: Vec<String> = known.collect();
    if !known.is_empty() {
        out.push(format!("sizes   {}", known.join(", ")));
    }
}

fn summarise(program: &Program, model: &Model, out: &mut Vec<String>) {
    let name = |local: LocalId| program.locals[local].name.as_str();
    let sizes: Vec<String> = model
        .sizes
        .iter()
        .map(|(var, default)| {
            let default = default.as_ref().map(|size| format!(" = {}", program.show_size(size)));
            program.sizes[*var].name.clone() + &default.unwrap_or_default()
        })
        .collect();
    let sizes = if sizes.is_empty() { String::new() } else { format!("({})", sizes.join(", ")) };
    out.push(format!("model   {}{sizes}", model.name));
    for state in &model.states {
        out.push(format!("  state  {}", typed(program, state.local, &state.constraint)));
    }
    noise(program, model, out);
    for input in &model.inputs {
        out.push(format!("  input  {}", typed(program, input.local, &input.constraint)));
    }
    for param in &model.params {
        parameter(program, param, out);
    }
    for stmt in &model.lets {
        if let sdec_hir::Pattern::Bind(local) = &stmt.pattern {
            let when = match stmt.stage {
                Stage::Constant => "once",
                Stage::Parameter => "once for the parameters",
                Stage::Row => "once a row",
                Stage::Time => "at each time",
                Stage::State => "at each time on each path",
            };
            out.push(format!("  let    {} is evaluated {when}", name(*local)));
        }
    }
}

/// A parameter with its type and count; one of several arrays with each of them.
fn parameter(program: &Program, param: &Param, out: &mut Vec<String>) {
    let (ty, numbers) = (&program.locals[param.local].ty, numbers(program, param.local));
    let count = if *ty == Ty::Float { String::new() } else { format!("  ({numbers} numbers)") };
    let name = &program.locals[param.local].name;
    let shown = match &param.net {
        Some(net) => format!("{name} : {net}"),
        None => typed(program, param.local, &param.constraint),
    };
    out.push(format!("  param  {shown}{count}"));
    for leaf in param.leaves.iter().filter(|_| param.leaves.len() > 1) {
        let ty = program.show_constrained(&leaf.ty, &leaf.constraint);
        out.push(format!("           {name}{} : {ty}", leaf.name));
    }
}

fn typed(program: &Program, local: LocalId, constraint: &Constraint) -> String {
    let declared = &program.locals[local];
    format!("{} : {}", declared.name, program.show_constrained(&declared.ty, constraint))
}

/// How many numbers a value has, as a size.
fn numbers(program: &Program, local: LocalId) -> String {
    fn count(ty: &Ty) -> Option<sdec_hir::Size> {
        use sdec_hir::{IndexSet, Size, SizeAtom};
        let of_set = |set: &IndexSet| match set {
            IndexSet::Size(size) => Some(size.clone()),
            IndexSet::Named(index) => Some(Size::atom(SizeAtom::Count(*index))),
            IndexSet::Product(_) => None,
        };
        match ty {
            Ty::Float => Some(Size::number(1)),
            Ty::Table(set, of) => of_set(set)?.checked_mul(&count(of)?),
            Ty::Record(fields) => fields
                .iter()
                .try_fold(Size::default(), |sum, (_, ty)| sum.checked_add_scaled(&count(ty)?, 1)),
            Ty::Tuple(parts) => parts
                .iter()
                .try_fold(Size::default(), |sum, ty| sum.checked_add_scaled(&count(ty)?, 1)),
            _ => None,
        }
    }
    count(&program.locals[local].ty).map_or_else(|| "…".to_owned(), |size| program.show_size(&size))
}

fn noise(program: &Program, model: &Model, out: &mut Vec<String>) {
    let convention = match model.convention {
        Some(sdec_hir::Convention::Ito) => "Itô, ",
        Some(sdec_hir::Convention::Stratonovich) => "Stratonovich, ",
        None => "",
    };
    let class = match model.class {
        NoiseClass::None => "none: an ordinary differential equation".to_owned(),
        class => format!("{convention}{class}"),
    };
    let reason = model.class_reason.as_ref().map(|(why, _)| format!(": {why}"));
    out.push(format!("  noise  {class}{}", reason.unwrap_or_default()));
    for row in table(program, model) {
        out.push(format!("           {row}"));
    }
    out.extend(methods(program, model).into_iter().map(|line| format!("         {line}")));
}

/// A row for each channel of the noise: which states it drives.
fn table(program: &Program, model: &Model) -> Vec<String> {
    let mut rows = Vec::new();
    for noise in &model.noises {
        let mut driven = Vec::new();
        for equation in &model.equations {
            let mut drives = false;
            if let Some(diffusion) = &equation.diffusion {
                diffusion.walk(&mut |e| {
                    drives |=
                        matches!(e.kind, sdec_hir::ExprKind::Local(l) if l == noise.increment);
                });
            }
            if drives {
                driven.push(program.locals[equation.state].name.clone());
            }
        }
        let shape =
            program.show_ty(&program.locals[noise.increment].ty).replace("Float", "Brownian");
        let driven = if driven.is_empty() { "nothing".to_owned() } else { driven.join(", ") };
        rows.push(format!("d{} : {shape} drives {driven}", noise.name));
    }
    rows
}

/// The methods of the program that can solve a model: as it is, and with its drift converted.
fn methods(program: &Program, model: &Model) -> Vec<String> {
    let fits = program.methods.values().filter(|method| method.fits(model.class));
    let (converting, plain): (Vec<&Method>, Vec<&Method>) =
        fits.partition(|method| method.converts(model));
    let line = |what: &str, methods: Vec<&Method>| {
        let names: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
    };
    let plain = line("methods", plain);
    let converted = line("converted by ½ (∂g) g", converting);
    plain.into_iter().chain(converted).collect()
}

fn commands(program: &Program, out: &mut Vec<String>) {
    for Block { kind, .. } in &program.blocks {
        let (word, name, model, instance, settings) = match kind {
            BlockKind::Sample(s) => ("sample", &s.name, s.model, &s.instance, &s.settings),
            BlockKind::Estimate(e) => ("estimate", &e.name, e.model, &e.instance, &e.settings),
            BlockKind::Fit(f) => ("fit", &f.name, f.model, &f.instance, &f.settings),
            BlockKind::Show(_) => continue,
        };
        let model = &program.models[model];
        let sizes = instance_text(program, instance);
        out.push(format!("{word:<9}{name} of {}{sizes}", model.name));
        if let BlockKind::Fit(fit) = kind {
            out.push(format!("         {}", likelihood(&program.models[fit.model], fit)));
        }
        let method = settings.solver.as_ref().map(|solver| &program.methods[solver.method]);
        out.extend(method.and_then(|method| conversion(method, model)));
    }
}

/// Which likelihood was built.
fn likelihood(model: &Model, fit: &Fit) -> String {
    let what = match &fit.objective.evidence {
        Evidence::Solved => "the laws of the observations along the solution".to_owned(),
        Evidence::Transition { kind: Transition::Exact, .. } => {
            "exact transition density: the drift is affine in the states, the diffusion free of them"
                .to_owned()
        }
        Evidence::Transition { kind: Transition::Euler, .. } => {
            let why = match model.class_reason.as_ref() {
                Some((why, _)) => format!(" ({why})"),
                None => String::new(),
            };
            format!("Gaussian transition density by one step of euler{why}")
        }
        Evidence::Transition { kind: Transition::Linearised, .. } => {
            "Gaussian transition density of the drift linearised at each state".to_owned()
        }
        Evidence::Flow { .. } => {
            "change of variables along the flow, from the law of the start".to_owned()
        }
    };
    let priors = if fit.objective.priors { ", and the priors" } else { "" };
    format!("likelihood: {what}{priors}")
}

/// What is done to the drift for a method of the other convention.
fn conversion(method: &Method, model: &Model) -> Option<String> {
    method.converts(model).then(|| format!("         {}", method.conversion(model)))
}

fn instance_text(program: &Program, instance: &Instance) -> String {
    let show = |size: &InstanceSize| {
        format!("{} = {} ({})", program.sizes[size.var].name, size.value, origin(&size.origin))
    };
    let sizes: Vec<String> = instance.sizes.iter().map(show).collect();
    if sizes.is_empty() { String::new() } else { format!(" with {}", sizes.join(", ")) }
}
