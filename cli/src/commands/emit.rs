//! `sdec emit FILE [BLOCK] --stage S`: the text of the program at a stage of the compiler.

use sdec_driver::Options;

use crate::args::EmitArgs;
use crate::exit::Exit;
use crate::output;

/// Prints the stage's text.
pub(crate) fn run(args: &EmitArgs) -> Result<(), Exit> {
    let options = Options { single: args.f32, ..super::options(&args.inputs) };
    let options = super::code_options(&args.code, options);
    let session = super::open(&args.file, &options)?;
    let text = session.emit(&args.stage, args.block.as_deref(), args.after.as_deref())?;
    output::print(&text)
}
