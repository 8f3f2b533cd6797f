//! The commands of the prompt, and what it says of them.

use crate::commands::explain;
use crate::exit::Exit;
use crate::table::{Align, aligned};

/// A command.
pub(crate) struct About {
    /// Without the colon.
    pub(crate) name: &'static str,
    /// Its arguments.
    pub(crate) arguments: &'static str,
    /// What it does.
    pub(crate) meaning: &'static str,
}

const fn about(name: &'static str, arguments: &'static str, meaning: &'static str) -> About {
    About { name, arguments, meaning }
}

/// In the order of `:help`.
pub(crate) const COMMANDS: &[About] = &[
    about("type", "EXPR", "the type of an expression, the signature of a function"),
    about("shape", "EXPR", "the type with numbers for sizes"),
    about("model", "[MODEL]", "states, noise, inputs, parameters"),
    about("noise", "[MODEL]", "what each noise drives, its class, the methods that fit"),
    about("sizes", "", "each size, its number and where it came from"),
    about(
        "ir",
        "BLOCK [STAGE]",
        "what the compiler makes of a block: ssa, grad, kernel, clif, asm",
    ),
    about("time", "INPUT", "run it and say how long it took"),
    about("plot", "BLOCK [FILE]", "draw a sample here, or to FILE.svg or FILE.png"),
    about("plot", "F FROM TO", "draw a function of one number"),
    about("run", "[BLOCK…]", "run blocks of the file or of earlier inputs"),
    about("load", "FILE", "take over the declarations of a file"),
    about("reload", "", "load the file again; what was declared here stays"),
    about("set", "[KEY [VALUE]]", "options of the runs that follow; without a value, the default"),
    about("help", "[NAME]", "this list, or what a command, a code of a message or a setting means"),
    about("quit", "", "leave"),
];

/// The list, or the explanation of a command, a code or a setting.
pub(crate) fn help(topic: &str) -> Result<String, Exit> {
    if topic.is_empty() {
        let list = list_of(&COMMANDS.iter().collect::<Vec<_>>());
        return Ok(format!(
            "{list}\nA declaration, an expression or a block is checked and run. Several lines end with an \
             empty one.\nTab completes names; \\theta and Tab make θ. Ctrl-C stops a run.\n"
        ));
    }
    let name = topic.trim_start_matches(':');
    let known: Vec<&About> = COMMANDS.iter().filter(|command| command.name == name).collect();
    if known.is_empty() {
        return explain::text(topic);
    }
    Ok(list_of(&known))
}

/// Commands with what they do, a line each.
fn list_of(commands: &[&About]) -> String {
    let row = |command: &&About| {
        vec![format!(":{} {}", command.name, command.arguments), command.meaning.to_owned()]
    };
    let rows: Vec<Vec<String>> = commands.iter().map(row).collect();
    aligned(&rows, &[Align::Left, Align::Left], 2, 2)
}
