//! One file per command.

pub(crate) mod check;
pub(crate) mod emit;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod methods;
pub(crate) mod new;
pub(crate) mod run;

use std::path::{Path, PathBuf};

use sdec_driver::{Options, Session};

use crate::args::InputArgs;
use crate::exit::Exit;
use crate::output;

/// Options that hold what a program is given from outside.
fn options(inputs: &InputArgs) -> Options {
    let data = inputs.data.iter().map(|(name, path)| (name.clone(), PathBuf::from(path)));
    Options {
        set: inputs.set.clone(),
        sizes: inputs.sizes.clone(),
        data: data.collect(),
        ..Options::default()
    }
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
