//! What is minimised.

use std::fmt;

use sdec_output::OutputError;

use crate::Jacobian;

/// An array of a parameter. In the flat vector it takes `free` unconstrained numbers; its value has as
/// many numbers as `shape` says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// As written; a field of a net is `f.first.A`.
    pub name: String,
    /// Extents of its value: empty for a number.
    pub shape: Vec<usize>,
    /// The support of its numbers, as written: `Positive`.
    pub constraint: String,
    /// How many entries of the flat vector belong to it.
    pub free: usize,
}

impl Parameter {
    /// How many numbers its value has.
    pub fn numbers(&self) -> usize {
        self.shape.iter().product()
    }

    /// Names of its free numbers: `θ`, `f.A[0, 1]` where each is one number of the value.
    pub fn free_names(&self) -> Vec<String> {
        if self.free == self.numbers() {
            return self.names();
        }
        (0..self.free).map(|k| format!("{}[{k}]", self.name)).collect()
    }

    /// Names of the numbers of its value.
    pub fn names(&self) -> Vec<String> {
        let name = &self.name;
        if self.shape.is_empty() {
            return vec![name.clone()];
        }
        let place = |k: usize| {
            let mut left = k;
            let mut places = self.shape.iter().rev().map(|extent| {
                let place = left % extent;
                left /= extent;
                place.to_string()
            });
            let mut places: Vec<String> = places.by_ref().collect();
            places.reverse();
            places.join(", ")
        };
        (0..self.numbers()).map(|k| format!("{name}[{}]", place(k))).collect()
    }
}

/// What is summed in an evaluation: `weight · Σ −log p(row)`, less the logarithm of the prior if `prior`.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Numbers of the rows, ascending.
    pub rows: &'a [usize],
    /// How much the term of each row counts.
    pub weight: f64,
    /// Whether the prior is counted too.
    pub prior: bool,
    /// The number of the step, which keys random numbers.
    pub step: u64,
}

impl<'a> Batch<'a> {
    /// All of these rows, and the prior, before the first step.
    pub fn whole(rows: &'a [usize]) -> Self {
        Self { rows, weight: 1.0, prior: true, step: 0 }
    }
}

/// A function of a flat vector of unconstrained numbers, to be made small.
pub trait Objective {
    /// The parameters, in the order of the flat vector.
    fn parameters(&self) -> &[Parameter];

    /// How many independent rows the data have; 1 where they are one series.
    fn rows(&self) -> usize;

    /// Where a fit starts: at the declared values for number 0, elsewhere for others.
    ///
    /// # Errors
    ///
    /// There is no such vector, or it cannot be computed.
    fn start(&mut self, number: u64) -> Result<Vec<f64>, Fault>;

    /// The value at `at`; `gradient`, of the same length, is overwritten.
    ///
    /// # Errors
    ///
    /// The value cannot be computed there, or at all.
    fn evaluate(
        &mut self,
        at: &[f64],
        batch: &Batch<'_>,
        gradient: &mut [f64],
    ) -> Result<f64, Fault>;

    /// The value at `at` without the gradient.
    ///
    /// # Errors
    ///
    /// The value cannot be computed there, or at all.
    fn value(&mut self, at: &[f64], batch: &Batch<'_>) -> Result<f64, Fault> {
        self.evaluate(at, batch, &mut vec![0.0; at.len()])
    }

    /// The values of the parameters, one after the other, row by row.
    ///
    /// # Errors
    ///
    /// They cannot be computed.
    fn constrain(&mut self, at: &[f64]) -> Result<Vec<f64>, Fault>;

    /// Derivatives of these values.
    ///
    /// # Errors
    ///
    /// They cannot be computed.
    fn slopes(&mut self, at: &[f64]) -> Result<Jacobian, Fault> {
        Ok((0..at.len()).map(|k| vec![(k, 1.0)]).collect())
    }

    /// The relative rounding of values and gradients.
    fn rounding(&self) -> f64 {
        f64::EPSILON
    }

    /// The rows that are held out, where the objective says which: then these are all that a fit ever holds out.
    fn held(&self) -> Option<&[usize]> {
        None
    }

    /// The same in more digits, which second derivatives want; none where there are no more.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    fn precise(&mut self) -> Result<Option<Box<dyn Objective + '_>>, Fault> {
        Ok(None)
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Not at this place: a shorter step may have one.
    NotFinite(Trouble),
    /// The user asked to stop.
    Interrupted,
    /// Not at all: memory, a file.
    Environment(String),
}

impl From<OutputError> for Fault {
    fn from(error: OutputError) -> Self {
        let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
        Self::Environment(format!("{error}{help}"))
    }
}

/// Where a value was not finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    /// The path, by number.
    pub path: Option<u64>,
    /// The time of the model.
    pub time: Option<f64>,
    /// Values there, by name.
    pub values: Vec<(String, f64)>,
    /// What happened, as a clause: `the objective is not finite`.
    pub why: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if let Some(path) = self.path {
            write!(f, " on path {path}")?;
        }
        if let Some(time) = self.time {
            write!(f, " at t = {time}")?;
        }
        for (k, (name, value)) in self.values.iter().enumerate() {
            write!(f, "{}{name} = {value:?}", if k == 0 { ", with " } else { ", " })?;
        }
        Ok(())
    }
}
