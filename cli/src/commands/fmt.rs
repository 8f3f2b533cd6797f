//! `sdec fmt [--check] FILE…`: programs set as every program is.

use std::io::{Read, Write};
use std::path::Path;

use sdec_output::atomic;

use super::keep_first;
use crate::args::FmtArgs;
use crate::exit::Exit;
use crate::output;

/// Sets every file, also those after a wrong one; the first failure decides the status.
pub(crate) fn run(args: &FmtArgs) -> Result<(), Exit> {
    let mut failure = None;
    let mut unset = 0;
    for file in &args.files {
        let outcome = match (args.check, file.as_os_str() == "-") {
            (true, _) => check(file).map(|is_set| unset += usize::from(!is_set)),
            (false, true) => standard_input().and_then(|(_, set)| output::print(&set)),
            (false, false) => rewrite(file),
        };
        match outcome {
            Ok(()) => {}
            Err(Exit::NoReader) => return Err(Exit::NoReader),
            Err(exit) => keep_first(&mut failure, exit),
        }
    }
    if unset > 0 {
        let files = if unset == 1 { "1 file is" } else { &format!("{unset} files are") };
        keep_first(&mut failure, Exit::Model(format!("{files} not formatted: run `sdec fmt`\n")));
    }
    failure.map_or(Ok(()), Err)
}

/// A program as it is and as it should be.
fn file(path: &Path) -> Result<(String, String), Exit> {
    let text = sdec_driver::read_source(path)?;
    let set = sdec_driver::format(&path.to_string_lossy(), &text)?;
    Ok((text, set))
}

/// Likewise from standard input.
fn standard_input() -> Result<(String, String), Exit> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Exit::Failed(format!("cannot read standard input: {error}")))?;
    let set = sdec_driver::format("standard input", &text)?;
    Ok((text, set))
}

/// Replaces a file that is not set already.
fn rewrite(path: &Path) -> Result<(), Exit> {
    let (text, set) = file(path)?;
    if text == set {
        return Ok(());
    }
    atomic::write(path, |out| out.write_all(set.as_bytes())).map_err(|error| {
        let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        Exit::Failed(format!("{error}{help}"))
    })
}

/// Prints the name of a file that is not set, and says whether it is.
fn check(path: &Path) -> Result<bool, Exit> {
    let (text, set) = if path.as_os_str() == "-" { standard_input()? } else { file(path)? };
    if text != set {
        output::print(&format!("{}\n", path.display()))?;
    }
    Ok(text == set)
}
