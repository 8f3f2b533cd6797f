//! Options of the command line as edits of the tree, so that the checker judges them like anything
//! that stands in the file.

use sdec_base::{Diagnostic, SourceMap, Span};
use sdec_grammar::ast::{
    Body, Clause, ClauseKind, Command, CommandKind, Expr, ExprKind, ItemKind, Literal, Model, Name,
    Param, Program, Setting, SizeParam, Text, Type, TypeKind,
};
use sdec_grammar::parse_expr;

use crate::greek::letter;
use crate::{Failure, Options};

/// Applies the options to the program.
///
/// # Errors
///
/// A name that is not in the program (`Usage`), or a value that is no expression (`Model`).
pub(crate) fn apply(
    program: &mut Program,
    options: &Options,
    sources: &mut SourceMap,
) -> Result<(), Failure> {
    for (name, value) in &options.set {
        let expr = expression(sources, "--set", value)?;
        set(program, name, &expr)?;
    }
    for (name, size) in &options.sizes {
        set_size(program, name, &number(sources, "--size", &size.to_string()))?;
    }
    for (name, path) in &options.data {
        set_data(program, name, path)?;
    }
    let all = [CommandKind::Sample, CommandKind::Estimate, CommandKind::Fit];
    let paths = options.paths.map(|n| n.to_string());
    let seed = options.seed.map(|n| n.to_string());
    let settings = [
        ("paths", paths.as_deref(), &all[..2]),
        ("seed", seed.as_deref(), &all[..]),
        ("times", options.times.as_deref(), &all[..1]),
        ("solver", options.solver.as_deref(), &all[..]),
        ("gradient", options.gradient.as_deref(), &all[1..]),
    ];
    for (key, text, kinds) in settings {
        if let Some(text) = text {
            let value = expression(sources, &format!("--{key}"), text)?;
            for command in commands(program).filter(|command| kinds.contains(&command.kind)) {
                put_setting(command, key, &value);
            }
        }
    }
    if let Some(text) = options.wrt.as_deref().filter(|_| !is_fit(program, &options.blocks)) {
        let mut value = expression(sources, "--wrt", text)?;
        let known = names_to_set(program);
        spell(&mut value, &known);
        put_setting(only_estimate(program, &options.blocks)?, "wrt", &value);
    }
    Ok(())
}

/// Whether the block whose derivatives are wanted is a fit, which has them by all that it moves.
fn is_fit(program: &mut Program, names: &[String]) -> bool {
    let (mut estimates, mut fits) = (0, 0);
    for command in commands(program) {
        let name = command.label.as_ref().map_or(&command.model.text, |label| &label.text);
        if names.is_empty() || names.contains(name) {
            estimates += usize::from(command.kind == CommandKind::Estimate);
            fits += usize::from(command.kind == CommandKind::Fit);
        }
    }
    fits > 0 && estimates == 0
}

/// The estimate of this name, or the only one.
fn only_estimate<'p>(
    program: &'p mut Program,
    names: &[String],
) -> Result<&'p mut Command, Failure> {
    let name = |command: &Command| {
        command
            .label
            .as_ref()
            .map_or_else(|| command.model.text.clone(), |label| label.text.clone())
    };
    let estimates = commands(program).filter(|command| command.kind == CommandKind::Estimate);
    let known: Vec<String> = estimates.map(|command| name(command)).collect();
    let wanted = match names {
        [name] if known.contains(name) => name.clone(),
        [other, ..] if known.is_empty() => {
            return Err(Failure::Usage(format!(
                "no estimate is named `{other}`: this file has none"
            )));
        }
        [other, ..] => {
            let known = known.join(", ");
            return Err(Failure::Usage(format!(
                "no estimate is named `{other}`; there are {known}"
            )));
        }
        [] => match known.as_slice() {
            [only] => only.clone(),
            [] => return Err(Failure::Usage("this file has no estimate".to_owned())),
            _ => {
                return Err(Failure::Usage(format!("name one estimate of {}", known.join(", "))));
            }
        },
    };
    let mut estimates = commands(program).filter(|command| command.kind == CommandKind::Estimate);
    Ok(estimates.find(|command| name(command) == wanted).expect("it was found above"))
}

/// Names of inputs and parameters.
fn names_to_set(program: &mut Program) -> Vec<String> {
    let clauses = models(program).flat_map(|model| &model.clauses);
    clauses.flat_map(settable).map(|name| name.text.clone()).collect()
}

/// Writes the letters of Greek names that are spelled out and not known as they are.
fn spell(names: &mut Expr, known: &[String]) {
    if let ExprKind::List(entries) = &mut names.kind {
        entries.iter_mut().for_each(|entry| spell(entry, known));
    } else if let ExprKind::Name(name) = &mut names.kind
        && !known.contains(&name.text)
        && let Some(letter) = letter(&name.text)
    {
        letter.clone_into(&mut name.text);
    }
}

fn expression(sources: &mut SourceMap, option: &str, text: &str) -> Result<Expr, Failure> {
    let source = sources.add(option, text);
    let parsed = parse_expr(source, text);
    let errors: Vec<Diagnostic> = parsed.diagnostics;
    if errors.is_empty() { Ok(parsed.tree) } else { Err(Failure::model(&errors, sources)) }
}

fn number(sources: &mut SourceMap, option: &str, text: &str) -> Literal {
    let source = sources.add(option, text);
    Literal { text: text.to_owned(), span: Span::new(source, 0, text.len()) }
}

fn commands(program: &mut Program) -> impl Iterator<Item = &mut Command> {
    program.items.iter_mut().filter_map(|item| {
        if let ItemKind::Command(command) = &mut item.kind { Some(command) } else { None }
    })
}

fn models(program: &mut Program) -> impl Iterator<Item = &mut Model> {
    program.items.iter_mut().filter_map(|item| {
        if let ItemKind::Model(model) = &mut item.kind { Some(model) } else { None }
    })
}

/// Replaces or adds `key = value`.
fn put_setting(command: &mut Command, key: &str, value: &Expr) {
    command.settings.retain(|setting| setting.key.text != key);
    let span = value.span;
    command.settings.push(Setting {
        key: Name { text: key.to_owned(), span },
        value: Body { lets: Vec::new(), result: value.clone() },
        span,
    });
}

/// `--set`: defaults of inputs and start values of parameters.
fn set(program: &mut Program, name: &str, value: &Expr) -> Result<(), Failure> {
    let wanted = |known: &Name| known.text == name || letter(name) == Some(known.text.as_str());
    let mut known = Vec::new();
    let mut found = false;
    for model in models(program) {
        let mut clauses = Vec::new();
        for clause in std::mem::take(&mut model.clauses) {
            known.extend(settable(&clause).iter().map(|name| name.text.clone()));
            let (hit, rest) = split(clause, &wanted);
            clauses.extend(rest);
            if let Some(mut hit) = hit {
                give(&mut hit, value);
                clauses.push(hit);
                found = true;
            }
        }
        model.clauses = clauses;
    }
    let mut items = Vec::new();
    for mut item in std::mem::take(&mut program.items) {
        let ItemKind::Param(param) = &mut item.kind else {
            items.push(item);
            continue;
        };
        known.extend(param.names.iter().map(|name| name.text.clone()));
        let (hits, others): (Vec<Name>, Vec<Name>) =
            std::mem::take(&mut param.names).into_iter().partition(&wanted);
        found |= !hits.is_empty();
        let with = |names: Vec<Name>, init: Option<Expr>| {
            let mut item = item.clone();
            if let ItemKind::Param(param) = &mut item.kind {
                param.names = names;
                param.init = init.or(param.init.take());
            }
            item
        };
        items.extend((!hits.is_empty()).then(|| with(hits, Some(value.clone()))));
        items.extend((!others.is_empty()).then(|| with(others, None)));
    }
    program.items = items;
    let known_list = known.join(", ");
    if found {
        Ok(())
    } else if known.is_empty() {
        Err(Failure::Usage(format!("--set {name}: this file has no inputs or parameters")))
    } else {
        Err(Failure::Usage(format!(
            "--set {name}: no input or parameter has this name; there are {known_list}"
        )))
    }
}

fn settable(clause: &Clause) -> &[Name] {
    if let ClauseKind::Input { names, .. } | ClauseKind::Param(Param { names, .. }) = &clause.kind {
        names
    } else {
        &[]
    }
}

/// The clause for the wanted name alone, and what is left of the clause for others.
fn split(clause: Clause, wanted: &dyn Fn(&Name) -> bool) -> (Option<Clause>, Option<Clause>) {
    let (hits, others): (Vec<Name>, Vec<Name>) =
        settable(&clause).iter().cloned().partition(|name| wanted(name));
    if hits.is_empty() {
        return (None, Some(clause));
    }
    let with = |names: Vec<Name>| {
        let mut clause = clause.clone();
        if let ClauseKind::Input { names: old, .. } | ClauseKind::Param(Param { names: old, .. }) =
            &mut clause.kind
        {
            *old = names;
        }
        clause
    };
    (Some(with(hits)), (!others.is_empty()).then(|| with(others)))
}

fn give(clause: &mut Clause, value: &Expr) {
    if let ClauseKind::Input { default: place, .. } | ClauseKind::Param(Param { init: place, .. }) =
        &mut clause.kind
    {
        *place = Some(value.clone());
    }
}

/// `--size`: a named size of the file, or an argument of every command whose model has it.
fn set_size(program: &mut Program, name: &str, value: &Literal) -> Result<(), Failure> {
    let size = Type { kind: TypeKind::Nat(value.clone()), span: value.span };
    let mut found = false;
    let mut with = Vec::new();
    for model in models(program) {
        if model.params.iter().any(|param| param.name.text == name) {
            with.push(model.name.text.clone());
        }
    }
    for item in &mut program.items {
        if let ItemKind::Size { name: known, value } = &mut item.kind
            && known.text == name
        {
            *value = size.clone();
            found = true;
        }
    }
    for command in commands(program).filter(|command| with.contains(&command.model.text)) {
        command.sizes.retain(|param| param.name.text != name);
        let name = Name { text: name.to_owned(), span: size.span };
        command.sizes.push(SizeParam { name, default: Some(size.clone()) });
        found = true;
    }
    if found || !with.is_empty() {
        Ok(())
    } else {
        Err(Failure::Usage(format!("--size {name}: no size of this file has this name")))
    }
}

fn set_data(program: &mut Program, name: &str, path: &std::path::Path) -> Result<(), Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::Environment(format!("{}: {error}", path.display())))?;
    for item in &mut program.items {
        if let ItemKind::Data(data) = &mut item.kind
            && data.name.text == name
        {
            let text = absolute.to_string_lossy().into_owned();
            data.file = Text { text, span: data.file.span };
            return Ok(());
        }
    }
    Err(Failure::Usage(format!("--data {name}: no data declaration has this name")))
}
