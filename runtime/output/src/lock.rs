//! A folder that one process writes to.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{OutputError, Refusal};

/// Makes a folder, with those that it is in, unless it is there.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: impl AsRef<Path>) -> Result<(), OutputError> {
    let path = path.as_ref();
    fs::create_dir_all(path).map_err(|reason| match path.is_file() {
        true => OutputError::new(path, Refusal::NotAFolder),
        false => OutputError::io(path, reason),
    })
}

/// A folder that is this process's own for as long as the lock lives. The operating system lets go of it
/// when the process ends, however it ends; the file `lock` in the folder stays, and says nothing by itself.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder.
    ///
    /// # Errors
    /// When another process has it, or it cannot be written to.
    pub fn take(folder: impl AsRef<Path>) -> Result<Self, OutputError> {
        let folder = folder.as_ref();
        let path = folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|reason| OutputError::io(&path, reason))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OutputError::new(folder, Refusal::InUse)),
            Err(TryLockError::Error(reason)) => Err(OutputError::io(&path, reason)),
        }
    }
}
