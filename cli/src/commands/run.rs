//! `sdec run FILE [BLOCK…]`: runs the blocks and prints what they gave.

use sdec_driver::{Failure, Options};

use crate::args::RunArgs;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::{interrupt, json, output, render};

/// What is said of a file that only declares.
const NOTHING_RUNS: &str = "\
note: this file declares and runs nothing; a block that runs begins with `sample M` or `estimate v of M`, where M is a
      model, and an expression on a line of its own is shown
";

/// Runs all blocks before anything is printed, so that a failure leaves no half of a table.
pub(crate) fn run(args: &RunArgs) -> Result<(), Exit> {
    interrupt::listen();
    let options = Options {
        times: args.times.clone(),
        save: args.save.clone(),
        plot: args.plot.clone(),
        out: args.out.clone(),
        resume: args.resume,
        steps: args.steps,
        checkpoint: args.checkpoint,
        blocks: args.blocks.clone(),
        ..super::solve_options(&args.inputs, &args.solve)
    };
    let session = super::open(&args.file, &options)?;
    let mut progress = Progress::new(args.solve.quiet).of(&args.file);
    let results = session.run(&mut progress);
    let is_kept = progress.is_fitting();
    drop(progress);
    if is_kept && matches!(results, Err(Failure::Interrupted)) {
        output::complain("the fit is kept as far as it is: --resume goes on with it\n");
    }
    let results = results?;
    if results.is_empty() && !args.solve.quiet {
        output::complain(NOTHING_RUNS);
    }
    if args.solve.json {
        output::print(&json::document(&args.file.to_string_lossy(), &results))
    } else {
        output::print(&render::report(&results))
    }
}
