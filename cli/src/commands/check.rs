//! `sdec check FILE…`: diagnostics, then sizes, noise classes and parameters.

use super::keep_first;
use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::output;

/// Checks every file, also those after a wrong one; the first failure decides the status.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Exit> {
    let options = super::options(&args.inputs);
    let mut failure = None;
    for file in &args.files {
        let outcome = super::open(file, &options).and_then(|session| {
            let summary = session.summary();
            if args.files.len() > 1 {
                output::print(&format!("{}\n", file.display()))?;
            }
            output::print(&summary)
        });
        match outcome {
            Ok(()) => {}
            Err(Exit::NoReader) => return Err(Exit::NoReader),
            Err(exit) => keep_first(&mut failure, exit),
        }
    }
    failure.map_or(Ok(()), Err)
}
