//! Files that are there whole or not at all.
//!
//! The content goes to a hidden file beside the target, which takes the target's name when it is
//! complete. Until then the target is as it was. A [`Pending`] file that is dropped, by an error or
//! a panic, removes itself; [`remove_pending`] does that for a process that is about to exit.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::error::{OutputError, Refusal};

/// Bytes gathered before they go to the file.
const BUFFER: usize = 1 << 18;

/// The hidden files of this process, so that an interrupt can remove them.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Writes the file `path` with what `content` writes, replacing a file of that name.
///
/// # Errors
/// When `content` fails or the file cannot be written; the target is then as it was before.
pub fn write(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), OutputError> {
    let pending = Pending::create(path)?;
    pending.fill(content)?;
    pending.commit()
}

/// Gives a file another name, in place of a file that has it.
///
/// # Errors
/// When the system does not allow it.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), OutputError> {
    let to = to.as_ref();
    fs::rename(from, to).map_err(|reason| OutputError::io(to, reason))
}

/// Removes the files that this process has begun and not finished.
///
/// For a handler of interrupts that ends the process without running destructors.
pub fn remove_pending() {
    for path in std::mem::take(&mut *pending_paths()) {
        // The process is about to end; nobody is left to hear of a failure.
        let _ = fs::remove_file(path);
    }
}

/// A file that is being written and does not have its name yet.
#[derive(Debug)]
pub struct Pending {
    /// What the user asked for.
    path: PathBuf,
    /// What that is when links are followed.
    target: PathBuf,
    file: Option<NamedTempFile>,
}

impl Pending {
    /// Begins a file that will be called `path`.
    ///
    /// # Errors
    /// When `path` cannot be a file: its folder is missing or may not be written, or something else
    /// has that name.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, OutputError> {
        let path = path.as_ref().to_owned();
        let existing = fs::metadata(&path).ok();
        let refusal = match &existing {
            Some(metadata) if metadata.is_dir() => Some(Refusal::IsFolder),
            Some(metadata) if !metadata.is_file() => Some(Refusal::NotAFile),
            _ if path.file_name().is_none() => Some(Refusal::IsFolder),
            _ => None,
        };
        if let Some(refusal) = refusal {
            return Err(OutputError::new(&path, refusal));
        }
        // Renaming onto a link would replace the link.
        let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut prefix = OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file, less what the umask takes away; tempfile's own default is private.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file =
            builder.tempfile_in(folder).map_err(|reason| OutputError::io(&path, bare(reason)))?;
        pending_paths().insert(file.path().to_owned());
        if let Some(metadata) = existing {
            // The new content keeps the old file's mode, where the system allows it.
            let _ = file.as_file().set_permissions(metadata.permissions());
        }
        Ok(Pending { path, target, file: Some(file) })
    }

    /// Writes content through a buffer, which is empty afterwards.
    ///
    /// # Errors
    /// When `content` or the writing fails.
    pub fn fill(
        &self,
        content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let mut writer = BufWriter::with_capacity(BUFFER, self.file().as_file());
        let written = content(&mut writer).and_then(|()| writer.flush());
        // A writer dropped with a full buffer would try once more.
        let _ = writer.into_parts();
        written.map_err(|reason| OutputError::io(&self.path, reason))
    }

    /// Gives the file its name. It is on the disk then.
    ///
    /// # Errors
    /// When the disk refuses the last bytes or the name; nothing is left behind.
    pub fn commit(mut self) -> Result<(), OutputError> {
        let synced = self.file().as_file().sync_all();
        synced.map_err(|reason| OutputError::io(&self.path, reason))?;
        let file = self.file.take().expect("a pending file is taken once");
        let hidden = file.path().to_owned();
        let persisted = file.persist(&self.target);
        pending_paths().remove(&hidden);
        persisted.map(drop).map_err(|error| OutputError::io(&self.path, error.error))
    }

    fn file(&self) -> &NamedTempFile {
        self.file.as_ref().expect("a pending file is taken by its commit only")
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            pending_paths().remove(file.path());
        }
    }
}

fn pending_paths() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // The set is sound after a panic: it is changed by single calls.
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error without the name of the hidden file, which `tempfile` adds to it.
fn bare(error: io::Error) -> io::Error {
    match error.get_ref() {
        Some(_) => io::Error::from(error.kind()),
        None => error,
    }
}
