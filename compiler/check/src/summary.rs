//! What a check found, for people: `sdec check`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_hir::{
    Block, BlockKind, Constraint, Evidence, Expr, ExprKind, Fit, IndexSet, Instance, InstanceSize,
    LocalId, Method, Model, ModelLet, NoiseClass, Observation, Observed, Param, Partial, Planned,
    Posterior, Program, Size, SizeAtom, SizeOrigin, SizeVarId, Stage, Transition, Ty,
};

/// Sizes with their sources, models with their noise and parameters, and commands.
pub fn summary(program: &Program) -> String {
    let mut out = Vec::new();
    sizes(program, &mut out);
    for param in &program.shared {
        parameter(program, param, &mut out);
    }
    for (id, model) in program.models.iter() {
        summarise(program, model, &mut out);
        for q in program.posteriors.iter().filter(|q| q.model == id) {
            posterior(program, q, &mut out);
        }
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
    let sizes = size_params(program, &model.sizes);
    out.push(format!("model   {}{sizes}", model.name));
    for state in &model.states {
        out.push(format!("  state  {}", typed(program, state.local, &state.constraint)));
    }
    noise(program, model, out);
    for input in &model.inputs {
        let input_ty = typed(program, input.local, &input.constraint);
        out.push(format!("  input  {input_ty}{}", moved_by(program, model, input.local)));
    }
    for param in &model.params {
        parameter(program, param, out);
    }
    for stmt in &model.lets {
        staged(program, stmt, out);
    }
    for seen in &model.observations {
        out.push(format!("  observe {}", observation(program, seen)));
    }
}

/// An observation: its type, when it is made, and whether it has an error.
fn observation(program: &Program, seen: &Observation) -> String {
    let maybe = if seen.maybe { "?" } else { "" };
    let when = if seen.at.is_some() { "at one time" } else { "at the times of the data" };
    let how = match &seen.observed {
        Observed::Law { .. } => "by its law",
        Observed::Exactly(_) => "without error",
    };
    format!("{}{maybe} : {} {when}, {how}", seen.name, program.show_ty(&seen.ty))
}

/// How many numbers a fit moves: the model's, the shared ones, and those of its posterior.
fn fitted(
    program: &Program,
    model: &Model,
    instance: &Instance,
    posteriors: &[&Posterior],
) -> Option<String> {
    let mut known: BTreeMap<SizeVarId, i64> = BTreeMap::new();
    for size in &instance.sizes {
        known.insert(size.var, i64::try_from(size.value).ok()?);
    }
    for q in posteriors {
        for (var, default) in &q.law.sizes[q.own[0]..] {
            known.insert(*var, value_of(program, default.as_ref()?, &known)?);
        }
    }
    let own = posteriors.iter().flat_map(|q| &q.law.params[q.own[1]..]);
    let params = program.shared.iter().chain(&model.params).chain(own);
    let leaves = params.flat_map(|param| &param.leaves);
    let mut total = 0_i64;
    for leaf in leaves {
        total = total.checked_add(value_of(program, &count(&leaf.ty)?, &known)?)?;
    }
    Some(format!("         fits {total} numbers"))
}

/// The number of a size.
fn value_of(program: &Program, size: &Size, known: &BTreeMap<SizeVarId, i64>) -> Option<i64> {
    size.evaluate(&mut |atom| match atom {
        SizeAtom::Var(var) => known.get(&var).copied().or_else(|| {
            let (number, _) = program.sizes[var].value.as_ref()?;
            i64::try_from(*number).ok()
        }),
        SizeAtom::Count(index) => i64::try_from(program.indices[index].elements.len()).ok(),
        SizeAtom::Meta(_) => None,
    })
}

/// `(n = 4, m)`
fn size_params(program: &Program, sizes: &[(SizeVarId, Option<Size>)]) -> String {
    let sizes: Vec<String> = sizes
        .iter()
        .map(|(var, default)| {
            let default = default.as_ref().map(|size| format!(" = {}", program.show_size(size)));
            program.sizes[*var].name.clone() + &default.unwrap_or_default()
        })
        .collect();
    if sizes.is_empty() { String::new() } else { format!("({})", sizes.join(", ")) }
}

/// When a `let` is evaluated.
fn staged(program: &Program, stmt: &ModelLet, out: &mut Vec<String>) {
    if let sdec_hir::Pattern::Bind(local) = &stmt.pattern {
        let when = match stmt.stage {
            Stage::Constant => "once",
            Stage::Parameter => "once for the parameters",
            Stage::Row => "once a row",
            Stage::Time => "at each time",
            Stage::State => "at each time on each path",
        };
        out.push(format!("  let    {} is evaluated {when}", program.locals[*local].name));
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
    count(&program.locals[local].ty).map_or_else(|| "…".to_owned(), |size| program.show_size(&size))
}

fn count(ty: &Ty) -> Option<Size> {
    match ty {
        Ty::Float => Some(Size::number(1)),
        Ty::Table(set, of) => count_of(set)?.checked_mul(&count(of)?),
        Ty::Record(fields) => fields
            .iter()
            .try_fold(Size::default(), |sum, (_, ty)| sum.checked_add_scaled(&count(ty)?, 1)),
        Ty::Tuple(parts) => {
            parts.iter().try_fold(Size::default(), |sum, ty| sum.checked_add_scaled(&count(ty)?, 1))
        }
        _ => None,
    }
}

fn count_of(set: &IndexSet) -> Option<Size> {
    match set {
        IndexSet::Size(size) => Some(size.clone()),
        IndexSet::Named(index) => Some(Size::atom(SizeAtom::Count(*index))),
        IndexSet::Product(sets) => {
            sets.iter().try_fold(Size::number(1), |n, set| n.checked_mul(&count_of(set)?))
        }
    }
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
    let reason = model.class_reason.first().map(|(why, _)| format!(": {why}"));
    out.push(format!("  noise  {class}{}", reason.unwrap_or_default()));
    for row in table(program, model) {
        out.push(format!("           {row}"));
    }
    out.extend(methods(program, model).into_iter().map(|line| format!("         {line}")));
}

/// A row for each channel of the noise: which states it drives.
fn table(program: &Program, model: &Model) -> Vec<String> {
    let mut rows = Vec::new();
    let none = || "nothing".to_owned();
    for noise in &model.noises {
        let of = |equation: &sdec_hir::Equation| equation.diffusion.clone();
        let channels = channels(program, model, noise.increment, &of);
        let all = channels.get(&None).map_or_else(none, |driven| driven.join(", "));
        let convention = match noise.convention {
            sdec_hir::Convention::Ito => "Brownian",
            sdec_hir::Convention::Stratonovich => "Stratonovich",
        };
        let shape =
            program.show_ty(&program.locals[noise.increment].ty).replace("Float", convention);
        if channels.contains_key(&None) || channels.is_empty() {
            rows.push(format!("d{} : {shape} drives {all}", noise.name));
            continue;
        }
        for (channel, driven) in &channels {
            let at: Vec<String> = channel.iter().flatten().map(u64::to_string).collect();
            let (at, driven) = (at.join(", "), driven.join(", "));
            rows.push(format!("d{}[{at}] of {shape} drives {driven}", noise.name));
        }
    }
    for jump in &model.jumps {
        let of = |equation: &sdec_hir::Equation| equation.jumps.clone();
        let mut moved: Vec<String> =
            channels(program, model, jump.increment, &of).into_values().flatten().collect();
        moved.dedup();
        let moved = if moved.is_empty() { none() } else { moved.join(", ") };
        let marks: Vec<&str> =
            jump.marks.iter().map(|&mark| program.locals[mark].name.as_str()).collect();
        let marks = if marks.is_empty() {
            String::new()
        } else {
            format!(", {} drawn at each jump", marks.join(", "))
        };
        rows.push(format!(
            "d{} jumps at rate {} and moves {moved}{marks}",
            jump.name, jump.written
        ));
    }
    rows
}

/// The states that an input of events, or a path that jumps, moves at its times.
fn moved_by(program: &Program, model: &Model, input: LocalId) -> String {
    let Some(impulse) = model.impulses.iter().find(|impulse| impulse.input == input) else {
        return String::new();
    };
    let of = |equation: &sdec_hir::Equation| equation.jumps.clone();
    let moved = channels(program, model, impulse.increment, &of).into_values().flatten();
    let mut moved: Vec<String> = moved.collect();
    moved.dedup();
    let when = match &program.locals[input].ty {
        Ty::Events(_) => "at each event",
        _ => "where it jumps",
    };
    format!(" moves {} {when}", moved.join(", "))
}

/// The states that each channel of a noise drives, where all of them are named by their numbers; under
/// nothing else.
fn channels(
    program: &Program,
    model: &Model,
    increment: LocalId,
    of: &dyn Fn(&sdec_hir::Equation) -> Option<Expr>,
) -> BTreeMap<Option<Vec<u64>>, Vec<String>> {
    let mut found: BTreeMap<Option<Vec<u64>>, Vec<String>> = BTreeMap::new();
    for equation in &model.equations {
        let name = &program.locals[equation.state].name;
        let Some(side) = of(equation) else { continue };
        let mut numbers = Vec::new();
        find_channels(&side, increment, &mut numbers);
        if numbers.contains(&None) {
            numbers = vec![None];
        }
        for number in numbers {
            let states = found.entry(number).or_default();
            if states.last() != Some(name) {
                states.push(name.clone());
            }
        }
    }
    // One term with all channels makes the others no news.
    if found.contains_key(&None) && found.len() > 1 {
        let mut all: Vec<String> = Vec::new();
        for state in found.into_values().flatten() {
            if !all.contains(&state) {
                all.push(state);
            }
        }
        return BTreeMap::from([(None, all)]);
    }
    found
}

/// The numbers of each channel of a noise that an expression reads; nothing where it reads all of them.
fn find_channels(expr: &Expr, increment: LocalId, found: &mut Vec<Option<Vec<u64>>>) {
    let mut numbers = Vec::new();
    let mut table = expr;
    while let ExprKind::Index(of, index) = &table.kind
        && let ExprKind::IndexElement(k) = index.kind
    {
        numbers.insert(0, k);
        table = of;
    }
    if table.kind == ExprKind::Local(increment) {
        found.push((!numbers.is_empty()).then_some(numbers));
    } else {
        expr.for_each_child(&mut |child| find_channels(child, increment, found));
    }
}

/// The methods of the program that can solve a model: as it is, and with its drift converted.
fn methods(program: &Program, model: &Model) -> Vec<String> {
    let fits = program.methods.values().filter(|method| method.fits(model.class));
    let (converting, plain): (Vec<&Method>, Vec<&Method>) =
        fits.partition(|method| method.converts(model.convention, model.class));
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
            BlockKind::Planned(planned) => {
                describe(program, planned, out);
                continue;
            }
            BlockKind::Show(_) => continue,
        };
        let model = &program.models[model];
        let sizes = instance_text(program, instance);
        out.push(format!("{word:<9}{name} of {}{sizes}", model.name));
        if let BlockKind::Fit(fit) = kind {
            out.push(format!("         {}", likelihood(&program.models[fit.model], fit)));
            out.extend(fitted(program, model, instance, &[]));
        }
        if let BlockKind::Sample(_) = kind {
            let drawn: Vec<&str> = model.drawn().map(|(seen, _)| seen.name.as_str()).collect();
            if !drawn.is_empty() {
                out.push(format!("         also draws what is observed: {}", drawn.join(", ")));
            }
        }
        let method = settings.solver.as_ref().map(|solver| &program.methods[solver.method]);
        out.extend(method.and_then(|method| conversion(method, model)));
    }
}

/// A command that is described and not run yet.
fn describe(program: &Program, planned: &Planned, out: &mut Vec<String>) {
    let model = &program.models[planned.model];
    let sizes = instance_text(program, &planned.instance);
    out.push(format!("{:<9}{} of {}{sizes}", planned.word, planned.name, model.name));
    out.extend(planned.says.iter().map(|line| format!("         {line}")));
    if planned.word == "fit" {
        let own = program.posteriors.iter().filter(|q| Some(q.span) == planned.posterior);
        let own: Vec<&Posterior> = own.collect();
        out.extend(fitted(program, model, &planned.instance, &own));
    }
    out.push(format!("         {} cannot be run yet", planned.unbuilt.construct));
}

/// A posterior with what it adds and restates.
fn posterior(program: &Program, posterior: &Posterior, out: &mut Vec<String>) {
    let names = |locals: &[LocalId]| {
        let names: Vec<&str> = locals.iter().map(|&l| program.locals[l].name.as_str()).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    };
    let Posterior { law, own: [sizes, params, lets], .. } = posterior;
    let sizes = size_params(program, &law.sizes[*sizes..]);
    let model = &program.models[posterior.model].name;
    out.push(format!("posterior {}{sizes} of {model}", posterior.name));
    for &given in &posterior.given {
        out.push(format!("  given  {}", typed(program, given, &Constraint::Real)));
    }
    for param in &law.params[*params..] {
        parameter(program, param, out);
    }
    for stmt in &law.lets[*lets..] {
        staged(program, stmt, out);
    }
    out.push(format!("  starts  of {} are its own", names(&posterior.inits)));
    out.push(format!(
        "  drifts  of {} are its own, every diffusion is the prior's",
        names(&posterior.equations)
    ));
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
            let why = match model.class_reason.first() {
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
    let seen = match &fit.objective.evidence {
        Evidence::Transition { partial: Some(Partial::Filter(_)), states, .. }
            if states.len() > 1 && model.observations.iter().any(|seen| seen.maybe) =>
        {
            "; a filter where some states are missing"
        }
        Evidence::Transition { .. } | Evidence::Solved | Evidence::Flow { .. } => "",
    };
    let start = match fit.objective.evidence {
        Evidence::Transition { start: true, .. } => ", and the law of the start",
        Evidence::Transition { .. } | Evidence::Solved | Evidence::Flow { .. } => "",
    };
    let priors = if fit.objective.priors { ", and the priors" } else { "" };
    let integral = match fit.objective.integral {
        Some(_) => ", integrated over what each row has for itself",
        None => "",
    };
    format!("likelihood: {what}{start}{integral}{priors}{seen}")
}

/// What is done to the drift for a method of the other convention.
fn conversion(method: &Method, model: &Model) -> Option<String> {
    method
        .converts(model.convention, model.class)
        .then(|| format!("         {}", method.conversion(model)))
}

fn instance_text(program: &Program, instance: &Instance) -> String {
    let show = |size: &InstanceSize| {
        format!("{} = {} ({})", program.sizes[size.var].name, size.value, origin(&size.origin))
    };
    let sizes: Vec<String> = instance.sizes.iter().map(show).collect();
    if sizes.is_empty() { String::new() } else { format!(" with {}", sizes.join(", ")) }
}
