//! Inputs that begin with a colon, and those that do not.

use std::time::Instant;

use sdec_driver::BlockResult;

use crate::exit::Exit;
use crate::number::duration;
use crate::repl::help::COMMANDS;
use crate::repl::prompt::Prompt;
use crate::repl::{Next, chart, help, settings};
use crate::{output, render};

/// Does what an input says.
pub(crate) fn obey(prompt: &mut Prompt, text: &str) -> Result<Next, Exit> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Next::Ask);
    }
    let Some(command) = text.strip_prefix(':').or_else(|| plain(prompt, text)) else {
        let results = prompt.give(text)?;
        output::print(&render::report(&results))?;
        return Ok(Next::Ask);
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let answer = match whole(name)? {
        "quit" => return Ok(Next::Leave),
        "type" => type_of(prompt, argument(name, rest)?)?,
        "shape" => shape(prompt, argument(name, rest)?)?,
        "model" => section(prompt, rest, |_| true)?,
        "noise" => section(prompt, rest, is_about_noise)?,
        "sizes" => sizes(prompt)?,
        "ir" => code(prompt, argument(name, rest)?)?,
        "time" => time(prompt, argument(name, rest)?)?,
        "plot" => plot(prompt, argument(name, rest)?)?,
        "run" => run(prompt, rest)?,
        "load" => return prompt.load(argument(name, rest)?.as_ref()).map(|()| Next::Ask),
        "reload" => return prompt.reload().map(|()| Next::Ask),
        "set" => settings::set(prompt, rest)?,
        _ => help::help(rest)?,
    };
    output::print(&answer)?;
    Ok(Next::Ask)
}

/// The command that somebody means who types a word as at other prompts.
fn plain(prompt: &Prompt, text: &str) -> Option<&'static str> {
    let (word, command) = match text {
        "quit" | "exit" | "quit()" | "exit()" => (text.trim_end_matches("()"), "quit"),
        "help" | "?" => (text, "help"),
        _ => return None,
    };
    let is_declared = prompt.names().iter().any(|name| name == word);
    (!is_declared).then_some(command)
}

/// The command that a name or an unambiguous beginning of one stands for.
fn whole(name: &str) -> Result<&'static str, Exit> {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        return Ok(command.name);
    }
    let mut fitting: Vec<&'static str> =
        COMMANDS.iter().map(|command| command.name).filter(|c| c.starts_with(name)).collect();
    fitting.dedup();
    match fitting.as_slice() {
        [one] if !name.is_empty() => Ok(one),
        _ => Err(Exit::Usage(format!("no command `:{name}`; :help lists them"))),
    }
}

fn argument<'a>(name: &str, rest: &'a str) -> Result<&'a str, Exit> {
    if rest.is_empty() {
        let about = COMMANDS.iter().find(|command| command.name.starts_with(name));
        let usage = about.map_or("", |command| command.arguments);
        return Err(Exit::Usage(format!(":{name} needs an argument:  :{name} {usage}")));
    }
    Ok(rest)
}

fn type_of(prompt: &Prompt, text: &str) -> Result<String, Exit> {
    let is_name = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_name && let Some(signature) = prompt.check("")?.signature(text) {
        return Ok(format!("{signature}\n"));
    }
    let session = prompt.check(text)?;
    match session.shown_type() {
        Some(ty) => Ok(format!("{text} : {ty}\n")),
        None => Err(Exit::Usage(format!(":type {text}: this is no expression"))),
    }
}

fn shape(prompt: &Prompt, text: &str) -> Result<String, Exit> {
    let results = prompt.run(&prompt.check(text)?)?;
    match results.as_slice() {
        [BlockResult::Expression(result)] => Ok(format!("{text} : {}\n", result.ty)),
        _ => Err(Exit::Usage(format!(":shape {text}: this is no expression"))),
    }
}

/// The lines of the summary about a model, or all models.
fn section(prompt: &Prompt, model: &str, wanted: fn(&str) -> bool) -> Result<String, Exit> {
    let summary = prompt.check("")?.summary();
    let mut out = String::new();
    let (mut inside, mut kept) = (false, false);
    let mut names = Vec::new();
    for line in summary.lines() {
        if let Some(header) = line.strip_prefix("model ") {
            let name = header.trim().split('(').next().unwrap_or_default();
            names.push(name);
            inside = model.is_empty() || name == model;
            kept = true;
        } else if !line.starts_with(' ') {
            inside = false;
        } else if !line.starts_with("   ") {
            kept = wanted(line);
        }
        if inside && kept {
            out.push_str(line);
            out.push('\n');
        }
    }
    if out.is_empty() {
        return Err(Exit::Usage(match names.as_slice() {
            [] => "no model was declared yet".to_owned(),
            names => format!("no model is named `{model}`; there are {}", names.join(", ")),
        }));
    }
    Ok(out)
}

fn is_about_noise(line: &str) -> bool {
    line.starts_with("  noise")
}

fn sizes(prompt: &Prompt) -> Result<String, Exit> {
    let summary = prompt.check("")?.summary();
    let lines: Vec<&str> = summary.lines().filter(|line| line.starts_with("sizes ")).collect();
    if lines.is_empty() {
        return Ok("no size has a number yet\n".to_owned());
    }
    Ok(lines.join("\n") + "\n")
}

fn code(prompt: &Prompt, rest: &str) -> Result<String, Exit> {
    let (block, stage) = rest.split_once(char::is_whitespace).unwrap_or((rest, "ssa"));
    let session = prompt.check(prompt.command(block)?)?;
    let text = session.emit(stage.trim(), None, None)?;
    Ok(if text.ends_with('\n') { text } else { text + "\n" })
}

fn time(prompt: &mut Prompt, text: &str) -> Result<String, Exit> {
    let text = prompt.command(text).map_or_else(|_| text.to_owned(), str::to_owned);
    let begin = Instant::now();
    let results = prompt.give(&text)?;
    let taken = duration(begin.elapsed().as_secs_f64());
    Ok(format!("{}{taken} from text to result\n", render::report(&results)))
}

fn run(prompt: &mut Prompt, rest: &str) -> Result<String, Exit> {
    let mut names: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
    if names.is_empty() {
        names = prompt.command_names();
    }
    let mut texts = Vec::new();
    for name in &names {
        texts.push(prompt.command(name)?.to_owned());
    }
    if texts.is_empty() {
        return Err(Exit::Usage(":run: no block was given or loaded yet".to_owned()));
    }
    let session = prompt.check(&texts.join("\n\n"))?;
    Ok(render::report(&prompt.run(&session)?))
}

fn plot(prompt: &mut Prompt, rest: &str) -> Result<String, Exit> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        [block] => {
            let session = prompt.check(prompt.command(block)?)?;
            match prompt.run(&session)?.as_slice() {
                [BlockResult::Sample(sample)] => chart::sample(sample),
                _ => Err(Exit::Usage(format!(":plot {block}: only a sample can be drawn"))),
            }
        }
        [block, file] => {
            let text = prompt.command(block)?.to_owned();
            let kept = prompt.options.plot.replace(file.into());
            let session = prompt.check(&text);
            let done = session.and_then(|session| prompt.run(&session));
            prompt.options.plot = kept;
            done.map(|results| render::report(&results))
        }
        [function @ .., from, to] if !function.is_empty() => {
            chart::function(prompt, &function.join(" "), from, to)
        }
        _ => Err(Exit::Usage(
            ":plot takes a block, a block and a file, or a function and two ends".to_owned(),
        )),
    }
}
