//! `sdec grad FILE [ESTIMATE]`: the value of an estimate and its derivatives.

use sdec_driver::{BlockResult, Options};

use crate::args::GradArgs;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::{interrupt, json, output, render};

/// By all inputs and parameters, unless some are named.
const ALL: &str = "everything";

/// Runs the estimate and prints it.
pub(crate) fn run(args: &GradArgs) -> Result<(), Exit> {
    interrupt::listen();
    let options = Options {
        wrt: Some(args.wrt.as_deref().map_or_else(|| ALL.to_owned(), listed)),
        save: args.save.clone(),
        blocks: args.estimate.iter().cloned().collect(),
        ..super::solve_options(&args.inputs, &args.solve)
    };
    let session = super::open(&args.file, &options)?;
    let mut progress = Progress::new(args.solve.quiet);
    let result = session.grad(&mut progress)?;
    drop(progress);
    if args.solve.json {
        output::print(&json::gradient(&args.file.to_string_lossy(), &result))
    } else {
        output::print(&render::report(&[BlockResult::Estimate(result)]))
    }
}

/// `S0,σ` as the list that a program would hold.
fn listed(names: &str) -> String {
    let names = names.trim();
    if names.starts_with('[') && names.ends_with(']') || names == ALL {
        names.to_owned()
    } else {
        format!("[{names}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_a_list() {
        assert_eq!(listed("S0,σ"), "[S0,σ]");
        assert_eq!(listed(" [S0, [S0, S0]] "), "[S0, [S0, S0]]");
        assert_eq!(listed("everything"), "everything");
    }
}
