//! `sdec build FILE -o LIB`: a library with a C interface.

use sdec_driver::Options;

use crate::args::BuildArgs;
use crate::exit::Exit;

/// Writes the library and its header.
pub(crate) fn run(args: &BuildArgs) -> Result<(), Exit> {
    let options = Options {
        blocks: args.blocks.clone(),
        solver: args.solver.clone(),
        times: args.times.clone(),
        single: args.f32,
        width: args.width,
        params: args.params.clone(),
        ..super::options(&args.inputs)
    };
    let session = super::open(&args.file, &options)?;
    Ok(session.build(&args.output, args.header.as_deref())?)
}
