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
    about("help", "[CODE]", "this list, or what the code of a message means"),
    about("quit", "", "leave"),
];

/// The list, or the explanation of a code.
pub(crate) fn help(topic: &str) -> Result<String, Exit> {
    if topic.is_empty() {
        let row = |command: &About| {
            vec![format!(":{} {}", command.name, command.arguments), command.meaning.to_owned()]
        };
        let rows: Vec<Vec<String>> = COMMANDS.iter().map(row).collect();
        let list = aligned(&rows, &[Align::Left, Align::Left], 2, 2);
        return Ok(format!(
            "{list}\nA declaration, an expression or a block is checked and run. Several lines end with an \
             empty one.\nTab completes names; \\theta and Tab make θ. Ctrl-C stops a run.\n"
        ));
    }
    explain::text(topic)
}
