//! `sdec repl [FILE]`: a prompt.

use crate::args::ReplArgs;
use crate::exit::Exit;
use crate::repl;

/// Runs the prompt until the user leaves.
pub(crate) fn run(args: &ReplArgs) -> Result<(), Exit> {
    repl::run(args.file.as_deref(), super::options(&args.inputs))
}
