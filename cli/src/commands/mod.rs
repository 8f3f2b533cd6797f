//! One file per command.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod check;
pub(crate) mod emit;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod grad;
pub(crate) mod methods;
pub(crate) mod new;
pub(crate) mod repl;
pub(crate) mod run;

use std::path::{Path, PathBuf};

use sdec_driver::{BackendChoice, Cache, Options, Session};

use crate::args::{Backend, CodeArgs, Gradient, InputArgs, Schedule, SolveArgs};
use crate::exit::Exit;
use crate::output;

/// Options that hold what a program is given from outside.
fn options(inputs: &InputArgs) -> Options {
    let data = inputs.data.iter().map(|(name, path)| (name.clone(), PathBuf::from(path)));
    Options {
        set: inputs.set.clone(),
        sizes: inputs.sizes.clone(),
        data: data.collect(),
        cache: Cache::folder(),
        ..Options::default()
    }
}

/// Options that say how a model is solved, beside what it is given.
fn solve_options(inputs: &InputArgs, solve: &SolveArgs) -> Options {
    Options {
        paths: solve.paths,
        seed: solve.seed,
        solver: solve.solver.clone(),
        gradient: solve.gradient.map(|gradient| {
            match gradient {
                Gradient::Backprop => "backprop",
                Gradient::Forward => "forward",
                Gradient::Adjoint => "adjoint",
                Gradient::Reversible => "reversible",
            }
            .to_owned()
        }),
        single: solve.f32,
        threads: solve.threads.map(|threads| usize::try_from(threads).unwrap_or(usize::MAX)),
        repeat: solve.repeat,
        memory: solve.memory,
        brownian: solve.brownian.clone(),
        params: solve.params.clone(),
        verbose: solve.verbose,
        ..code_options(&solve.code, options(inputs))
    }
}

/// With what makes machine code.
fn code_options(code: &CodeArgs, options: Options) -> Options {
    let backend = match code.backend {
        Backend::Auto => BackendChoice::Auto,
        Backend::Interp => BackendChoice::Interp,
        Backend::Cranelift => BackendChoice::Cranelift,
        Backend::Llvm => BackendChoice::Llvm,
    };
    let schedule = code.schedule.map(|schedule| match schedule {
        Schedule::Paths => sdec_driver::Schedule::Paths,
        Schedule::Axis => sdec_driver::Schedule::Axis,
    });
    Options { backend, width: code.width, schedule, ..options }
}

/// Reads and checks a file. Warnings are printed; errors end the command.
fn open(file: &Path, options: &Options) -> Result<Session, Exit> {
    let session = Session::open(file, options)?;
    let drawn = session.render(output::colour());
    if session.has_errors() {
        return Err(Exit::Model(drawn));
    }
    output::complain(&drawn);
    Ok(session)
}

/// Keeps the first failure to be reported last, and reports the others at once.
fn keep_first(kept: &mut Option<Exit>, exit: Exit) {
    if kept.is_none() {
        *kept = Some(exit);
    } else {
        exit.report();
    }
}
