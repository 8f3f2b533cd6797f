//! `sdec run FILE [BLOCK…]`: runs the blocks and prints what they gave.

use sdec_driver::Options;

use crate::args::RunArgs;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::{interrupt, json, output, render};

/// Runs all blocks before anything is printed, so that a failure leaves no half of a table.
pub(crate) fn run(args: &RunArgs) -> Result<(), Exit> {
    interrupt::listen();
    let options = Options {
        times: args.times.clone(),
        save: args.save.clone(),
        plot: args.plot.clone(),
        blocks: args.blocks.clone(),
        ..super::solve_options(&args.inputs, &args.solve)
    };
    let session = super::open(&args.file, &options)?;
    let mut progress = Progress::new(args.solve.quiet);
    let results = session.run(&mut progress)?;
    drop(progress);
    if args.solve.json {
        output::print(&json::document(&args.file.to_string_lossy(), &results))
    } else {
        output::print(&render::report(&results))
    }
}
