//! Why a file could not be written, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file that could not be written.
#[derive(Debug)]
pub struct OutputError {
    /// The file, as the caller named it.
    pub path: PathBuf,
    /// Why not.
    pub refusal: Refusal,
}

/// The reasons for which a file is not written.
#[derive(Debug)]
pub enum Refusal {
    /// Its name does not end in a suffix that says a known format.
    UnknownSuffix {
        /// The suffixes that do.
        known: &'static [&'static str],
    },
    /// Its folder does not exist.
    NoFolder,
    /// It is a folder.
    IsFolder,
    /// It is a file, where a folder is wanted.
    NotAFolder,
    /// It is a device, a pipe or the like, which cannot be replaced by a file.
    NotAFile,
    /// The operating system does not allow it.
    NotAllowed,
    /// The disk, or the user's share of it, is full.
    DiskFull,
    /// Another process writes there.
    InUse,
    /// Anything else.
    Other {
        /// The operating system's reason.
        reason: io::Error,
    },
}

impl OutputError {
    pub(crate) fn new(path: &Path, refusal: Refusal) -> Self {
        OutputError { path: path.to_owned(), refusal }
    }

    pub(crate) fn io(path: &Path, reason: io::Error) -> Self {
        // The list of kinds is open; those that a user can act on have a name here.
        #[expect(clippy::wildcard_enum_match_arm, reason = "the list of kinds is open")]
        let refusal = match reason.kind() {
            io::ErrorKind::NotFound => Refusal::NoFolder,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Refusal::NotAllowed
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Refusal::DiskFull,
            _ => Refusal::Other { reason },
        };
        OutputError::new(path, refusal)
    }

    /// What the user can do about it, as one sentence without a full stop.
    pub fn help(&self) -> Option<String> {
        match &self.refusal {
            Refusal::NoFolder => Some(match self.path.parent() {
                Some(folder) => format!("make the folder first: mkdir -p '{}'", folder.display()),
                None => "make the folder first".to_owned(),
            }),
            Refusal::IsFolder => Some("give the name of a file in it".to_owned()),
            Refusal::NotAllowed => {
                Some("choose another folder, or change who may write in this one".to_owned())
            }
            Refusal::DiskFull => {
                Some("make room, choose another disk, or save fewer paths or times".to_owned())
            }
            Refusal::InUse => Some("wait until it is done, or give another folder".to_owned()),
            Refusal::UnknownSuffix { .. }
            | Refusal::NotAFile
            | Refusal::NotAFolder
            | Refusal::Other { .. } => None,
        }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.refusal {
            Refusal::UnknownSuffix { known } => {
                let known: Vec<String> =
                    known.iter().map(|suffix| format!("`.{suffix}`")).collect();
                write!(f, "cannot tell the format of `{path}` from its name, ")?;
                write!(f, "expected one that ends in {}", known.join(" or "))
            }
            Refusal::NoFolder => write!(f, "cannot write `{path}`: its folder does not exist"),
            Refusal::IsFolder => write!(f, "cannot write `{path}`: it is a folder"),
            Refusal::NotAFolder => write!(f, "cannot write to `{path}`: it is not a folder"),
            Refusal::NotAFile => write!(f, "cannot write `{path}`: it is not an ordinary file"),
            Refusal::NotAllowed => write!(f, "cannot write `{path}`: not allowed"),
            Refusal::DiskFull => write!(f, "cannot write `{path}`: the disk is full"),
            Refusal::InUse => write!(f, "another process writes to `{path}`"),
            Refusal::Other { reason } => {
                write!(f, "cannot write `{path}`: {}", bare_reason(reason))
            }
        }
    }
}

/// The reason without the operating system's number, in lower case.
fn bare_reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Refusal::Other { reason } = &self.refusal { Some(reason) } else { None }
    }
}
