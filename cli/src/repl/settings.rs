//! `:set`: options of the runs that follow.

use sdec_driver::{BackendChoice, Options};

use crate::exit::Exit;
use crate::repl::prompt::Prompt;

/// The options with what they take.
const KEYS: [(&str, &str); 8] = [
    ("paths", "a count"),
    ("seed", "a whole number"),
    ("threads", "a count"),
    ("times", "a table of times, such as linspace(0, 1, 11)"),
    ("solver", "a method, such as heun(dt = 0.01)"),
    ("gradient", "how a solve is differentiated, such as forward"),
    ("precision", "f64 or f32"),
    ("backend", "auto, cranelift, llvm or interp"),
];

/// Shows the options, or gives one of them, an input or a parameter a value.
pub(crate) fn set(prompt: &mut Prompt, rest: &str) -> Result<String, Exit> {
    if rest.is_empty() {
        return Ok(list(&prompt.options));
    }
    let (key, value) =
        rest.split_once(|c: char| c.is_whitespace() || c == '=').unwrap_or((rest, ""));
    let value = value.trim().trim_start_matches('=').trim();
    let before = prompt.options.clone();
    change(&mut prompt.options, key.trim(), value)?;
    // A name that no model has, or a value that does not fit, is refused here rather than later.
    if let Err(exit) = prompt.check("") {
        prompt.options = before;
        return Err(exit);
    }
    Ok(String::new())
}

fn change(options: &mut Options, key: &str, value: &str) -> Result<(), Exit> {
    let text = (!value.is_empty()).then(|| value.to_owned());
    let wrong = || {
        let wanted = KEYS.iter().find(|(name, _)| *name == key).map_or("", |(_, takes)| *takes);
        Exit::Usage(format!(":set {key} {value}: expected {wanted}"))
    };
    let number = |least: u64| match &text {
        None => Ok(None),
        Some(text) => match text.replace('_', "").parse::<u64>() {
            Ok(n) if n >= least => Ok(Some(n)),
            Ok(_) | Err(_) => Err(wrong()),
        },
    };
    match key {
        "paths" => options.paths = number(1)?,
        "seed" => options.seed = number(0)?,
        "threads" => {
            options.threads = number(1)?.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        }
        "times" => options.times = text,
        "solver" => options.solver = text,
        "gradient" => options.gradient = text,
        "precision" => {
            options.single = match value {
                "f32" => true,
                "f64" | "" => false,
                _ => return Err(wrong()),
            }
        }
        "backend" => {
            options.backend = match value {
                "auto" | "" => BackendChoice::Auto,
                "cranelift" => BackendChoice::Cranelift,
                "llvm" => BackendChoice::Llvm,
                "interp" => BackendChoice::Interp,
                _ => return Err(wrong()),
            }
        }
        name => {
            options.set.retain(|(known, _)| known != name);
            options.set.extend(text.map(|value| (name.to_owned(), value)));
        }
    }
    Ok(())
}

fn list(options: &Options) -> String {
    let number = |n: Option<u64>| n.map(|n| n.to_string());
    let backend = match options.backend {
        BackendChoice::Auto => None,
        BackendChoice::Cranelift => Some("cranelift".to_owned()),
        BackendChoice::Llvm => Some("llvm".to_owned()),
        BackendChoice::Interp => Some("interp".to_owned()),
    };
    let values = [
        number(options.paths),
        number(options.seed),
        options.threads.map(|n| n.to_string()),
        options.times.clone(),
        options.solver.clone(),
        options.gradient.clone(),
        options.single.then(|| "f32".to_owned()),
        backend,
    ];
    let mut out = String::new();
    for ((key, takes), value) in KEYS.iter().zip(values) {
        let value = value.unwrap_or_else(|| format!("(as the block says; takes {takes})"));
        out.push_str(&format!("  {key:<9}  {value}\n"));
    }
    for (name, value) in &options.set {
        out.push_str(&format!("  {name} = {value}\n"));
    }
    out
}
