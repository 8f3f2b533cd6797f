//! Opening a data file, with an error that says what is there instead.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::{DataError, Fault, similar};

/// Opens `path` for reading and makes sure that it is not a folder.
pub(crate) fn open(path: &Path) -> Result<File, DataError> {
    let file = File::open(path).map_err(|reason| {
        let fault = if reason.kind() == io::ErrorKind::NotFound {
            Fault::NotFound { similar: similar_file(path) }
        } else {
            Fault::Unreadable { reason }
        };
        DataError::new(path, fault)
    })?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(DataError::new(path, Fault::IsFolder)),
        Ok(_) => Ok(file),
        Err(reason) => Err(DataError::new(path, Fault::Unreadable { reason })),
    }
}

/// A file in the folder of `path` whose name is nearly that of `path`.
fn similar_file(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    // The order of a folder's entries differs between file systems; the help must not.
    names.sort_unstable();
    similar(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}
