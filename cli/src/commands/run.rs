//! `sdec run FILE [BLOCK…]`: runs the blocks and prints what they gave.

use sdec_driver::{BackendChoice, Options};

use crate::args::{Backend, Gradient, RunArgs};
use crate::exit::Exit;
use crate::progress::Progress;
use crate::{interrupt, json, output, render};

/// Runs all blocks before anything is printed, so that a failure leaves no half of a table.
pub(crate) fn run(args: &RunArgs) -> Result<(), Exit> {
    interrupt::listen();
    let options = options(args);
    let session = super::open(&args.file, &options)?;
    let mut progress = Progress::new(args.quiet);
    let results = session.run(&mut progress)?;
    drop(progress);
    if args.json {
        output::print(&json::document(&args.file.to_string_lossy(), &results))
    } else {
        output::print(&render::report(&results))
    }
}

fn options(args: &RunArgs) -> Options {
    Options {
        paths: args.paths,
        seed: args.seed,
        times: args.times.clone(),
        solver: args.solver.clone(),
        gradient: args.gradient.map(|gradient| {
            match gradient {
                Gradient::Backprop => "backprop",
                Gradient::Forward => "forward",
                Gradient::Adjoint => "adjoint",
                Gradient::Reversible => "reversible",
            }
            .to_owned()
        }),
        single: args.f32,
        backend: match args.backend {
            Backend::Auto => BackendChoice::Auto,
            Backend::Interp => BackendChoice::Interp,
            Backend::Cranelift => BackendChoice::Cranelift,
        },
        threads: args.threads.map(|threads| usize::try_from(threads).unwrap_or(usize::MAX)),
        memory: args.memory,
        brownian: args.brownian.clone(),
        params: args.params.clone(),
        save: args.save.clone(),
        plot: args.plot.clone(),
        blocks: args.blocks.clone(),
        ..super::options(&args.inputs)
    }
}
