//! The folder of a fit: what it has come to, whole at any moment.
//!
//! `checkpoint.safetensors` is all that a fit needs to go on. `params.safetensors` and `trace.csv` are made
//! from it, for whoever wants to look; they are never read.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sdec_data::{DataError, Safetensors, read_safetensors_with_notes};
use sdec_output::{Lock, OutputError, Tensor, atomic, make_folder, save_columns, save_safetensors};

use crate::checkpoint::{self, Mismatch};
use crate::state::{Current, State};
use crate::{Fault, Parameter, Settings, TraceRow};

const CHECKPOINT: &str = "checkpoint.safetensors";
const EARLIER: &str = "checkpoint.earlier.safetensors";

/// Of the time of a fit, writing takes at most one part in so many.
const PART: u32 = 50;

/// How a folder is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Whether to go on from what is in it.
    pub resume: bool,
    /// What is fitted, to the bit, in some form: a fit goes on only with the same.
    pub identity: String,
    /// The least time between two checkpoints.
    pub interval: Duration,
}

/// A folder that a fit has to itself.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    identity: String,
    interval: Duration,
    /// When the last checkpoint was complete, and how long it took.
    last: (Instant, Duration),
    found: Option<Safetensors>,
    /// What the user should know about what was found.
    remark: Option<String>,
    _lock: Lock,
}

/// Why a folder cannot be used.
#[derive(Debug)]
pub enum FolderError {
    /// It cannot be written to.
    Output(OutputError),
    /// Its checkpoint cannot be read.
    Data(DataError),
    /// Its checkpoint is of another fit.
    Other {
        /// The checkpoint.
        path: PathBuf,
        /// What differs.
        what: Mismatch,
    },
}

impl Folder {
    /// Takes a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Another process has it, it cannot be written to, or the fit to go on with is another one.
    pub fn open(path: impl AsRef<Path>, opening: Opening) -> Result<Self, FolderError> {
        let path = path.as_ref().to_owned();
        make_folder(&path)?;
        let lock = Lock::take(&path)?;
        let checkpoint = path.join(CHECKPOINT);
        let (mut found, mut remark) = (None, None);
        if checkpoint.exists() {
            let file = read_safetensors_with_notes(&checkpoint);
            if opening.resume {
                let file = file.map_err(FolderError::Data)?;
                checkpoint::check(&file, &opening.identity)
                    .map_err(|what| FolderError::Other { path: checkpoint, what })?;
                found = Some(file);
            } else if file.is_ok_and(|file| checkpoint::is_unfinished(&file)) {
                atomic::rename(&checkpoint, path.join(EARLIER))?;
                remark = Some(format!(
                    "`{}` held a fit that was not finished (--resume goes on with it): it is kept as {EARLIER}",
                    path.display()
                ));
            }
        } else if opening.resume {
            remark = Some(format!("`{}` holds no fit: it begins anew", path.display()));
        }
        let Opening { identity, interval, .. } = opening;
        let last = (Instant::now(), Duration::ZERO);
        Ok(Self { path, identity, interval, last, found, remark, _lock: lock })
    }

    /// The folder, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the user should know about what was found in it.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// The state that was found, once.
    ///
    /// # Errors
    ///
    /// It is not one of this fit.
    pub(crate) fn state(
        &mut self,
        settings: &Settings,
        length: usize,
    ) -> Result<Option<State>, Fault> {
        let Some(found) = self.found.take() else { return Ok(None) };
        let state = checkpoint::read(&found, settings, length);
        let path = self.path.join(CHECKPOINT);
        let damaged =
            || format!("`{}` is damaged: tables are missing or too short", path.display());
        Ok(Some(state.ok_or_else(|| Fault::Environment(damaged()))?))
    }

    /// Whether it is time for a checkpoint.
    pub(crate) fn is_due(&self) -> bool {
        let (when, taken) = self.last;
        when.elapsed() >= self.interval.max(taken * PART)
    }

    /// Puts the state of a fit in place of the one before.
    pub(crate) fn keep(
        &mut self,
        state: &State,
        current: Option<&mut Current>,
        parameters: &[Parameter],
        values: &[f64],
    ) -> Result<(), OutputError> {
        let begin = Instant::now();
        checkpoint::write(&self.path.join(CHECKPOINT), state, current, &self.identity)?;
        self.save_params(parameters, values)?;
        self.save_trace(&state.trace)?;
        self.last = (Instant::now(), begin.elapsed());
        Ok(())
    }

    fn save_params(&self, parameters: &[Parameter], values: &[f64]) -> Result<(), OutputError> {
        let mut rest = values;
        let mut tables = Vec::new();
        for Parameter { name, shape, .. } in parameters {
            let (values, others) = rest.split_at(shape.iter().product());
            tables.push(Tensor { name, shape, values });
            rest = others;
        }
        save_safetensors(self.path.join("params.safetensors"), &tables, &[])
    }

    fn save_trace(&self, trace: &[TraceRow]) -> Result<(), OutputError> {
        let column = |value: fn(&TraceRow) -> f64| trace.iter().map(value).collect::<Vec<f64>>();
        let columns = [
            ("start", column(|row| row.start as f64)),
            ("step", column(|row| row.step as f64)),
            ("objective", column(|row| row.objective)),
            ("gradient_norm", column(|row| row.gradient_norm)),
            ("rate", column(|row| row.rate)),
            ("held_out", column(|row| row.held_out)),
        ];
        let columns = columns.each_ref().map(|(name, column)| (*name, column.as_slice()));
        save_columns(self.path.join("trace.csv"), &columns)
    }
}

impl From<OutputError> for FolderError {
    fn from(error: OutputError) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(error) => error.fmt(f),
            Self::Data(error) => error.fmt(f),
            Self::Other { path, what } => {
                write!(f, "cannot go on from `{}`: {what}", path.display())
            }
        }
    }
}

impl FolderError {
    /// What the user can do about it, as one clause.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Output(error) => error.help(),
            Self::Data(error) => error.help(),
            Self::Other { .. } => Some(
                "give another folder with --out, or leave out --resume to begin anew".to_owned(),
            ),
        }
    }
}
