//! `sdec repl`: a prompt that takes declarations, expressions, blocks and commands.
//!
//! ```text
//! keys ──rustyline──▶ input ──▶ `:command` ──────────────▶ answer
//!                           └─▶ a part of the program ──▶ checked with the parts before, run
//! ```
//!
//! What is accepted stays; a mistake changes nothing.

mod chart;
mod command;
mod help;
mod helper;
mod input;
mod prompt;
mod settings;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};
use sdec_driver::Options;

use crate::exit::Exit;
use crate::{interrupt, output};
use helper::Helper;
use prompt::Prompt;

/// Whether the prompt goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It asks for more.
    Ask,
    /// The user has left.
    Leave,
}

/// Reads, checks, runs and prints until the user leaves.
pub(crate) fn run(file: Option<&Path>, options: Options) -> Result<(), Exit> {
    interrupt::listen();
    let mut prompt = Prompt::new(options);
    output::print("sdec. :help lists the commands, :quit leaves.\n")?;
    if let Some(file) = file {
        answer(prompt.load(file))?;
    }
    if io::stdin().is_terminal() { of_keys(&mut prompt) } else { of_pipe(&mut prompt) }
}

/// Takes inputs from a pipe. One that is not finished when the pipe ends is taken as it is.
fn of_pipe(prompt: &mut Prompt) -> Result<(), Exit> {
    let mut lines = io::stdin().lock();
    loop {
        let text = input::read(&mut lines)
            .map_err(|error| Exit::Failed(format!("cannot read the input: {error}")))?;
        let Some(text) = text else { return Ok(()) };
        interrupt::forget();
        if let Some(Next::Leave) = answer(command::obey(prompt, &text))? {
            return Ok(());
        }
    }
}

/// Takes inputs from a terminal.
fn of_keys(prompt: &mut Prompt) -> Result<(), Exit> {
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true);
    let mut editor: Editor<Helper, DefaultHistory> =
        Editor::with_config(config.build()).map_err(|error| broken(&error))?;
    editor.set_helper(Some(Helper::new(prompt.names())));
    let history = history();
    if let Some(history) = &history {
        // The first time there is none.
        let _ = editor.load_history(history);
    }
    loop {
        match editor.readline("sdec> ") {
            Ok(text) => {
                interrupt::forget();
                match answer(command::obey(prompt, &text))? {
                    Some(Next::Leave) => break,
                    Some(Next::Ask) | None => {}
                }
                if let Some(helper) = editor.helper_mut() {
                    helper.names = prompt.names();
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(&error)),
        }
    }
    if let Some(history) = &history {
        // Without a history the next session is as good.
        let _ = std::fs::create_dir_all(history.parent().unwrap_or(history));
        let _ = editor.save_history(history);
    }
    Ok(())
}

/// Says what went wrong and goes on, unless nobody listens any more.
fn answer<T>(outcome: Result<T, Exit>) -> Result<Option<T>, Exit> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Exit::NoReader) => Err(Exit::NoReader),
        Err(exit) => {
            exit.report();
            Ok(None)
        }
    }
}

/// Where the lines of earlier sessions are kept: the folder for state of the XDG specification.
fn history() -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = given("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(given("HOME")?).join(".local/state")));
    Some(state?.join("sdec").join("history"))
}

fn broken(error: &ReadlineError) -> Exit {
    Exit::Failed(format!("cannot read from the terminal: {error}"))
}
