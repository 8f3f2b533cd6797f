//! `sdec new DIR`: a folder with a model to change.

use std::fs;
use std::path::Path;

use crate::args::NewArgs;
use crate::exit::Exit;
use crate::output;

/// The model that a project starts with.
const MODEL: &str = include_str!("new.sde");

/// Makes the folder and its file; never writes over anything.
pub(crate) fn run(args: &NewArgs) -> Result<(), Exit> {
    let folder = &args.folder;
    let Some(name) = folder.file_name() else {
        return Err(Exit::Usage(format!("`{}` is not the name of a folder", folder.display())));
    };
    if folder.exists() {
        return Err(Exit::Failed(format!("`{}` exists already", folder.display())));
    }
    let file = folder.join(name).with_extension("sde");
    make(folder, &file)
        .map_err(|error| Exit::Failed(format!("cannot make `{}`: {error}", folder.display())))?;
    output::print(&format!("made {0}\ntry: sdec run {0}\n", file.display()))
}

fn make(folder: &Path, file: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(file, MODEL)
}
