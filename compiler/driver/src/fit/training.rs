//! The settings of a fit as numbers.

use std::collections::BTreeMap;

use sdec_base::{Diagnostic, Span};
use sdec_fit::{Lbfgs, Optimiser, Schedule, Settings};
use sdec_hir as hir;
use sdec_lower::to_ssa::Constants;

use crate::constants::{Evaluator, Starts};
use crate::{Failure, Session};

/// Steps of a fit that says nothing.
const STEPS: f64 = 1_000.0;

/// What the settings of a fit say.
///
/// # Errors
///
/// A number of them is none that its setting can have.
pub(crate) fn settings(
    session: &Session,
    evaluator: &Evaluator<'_>,
    fit: &hir::Fit,
    rows: usize,
    seed: u64,
) -> Result<Settings, Failure> {
    let numbers = Numbers::new(evaluator, fit)?;
    let read = numbers.settings(fit, rows, seed, session.options.steps);
    read.map_err(|diagnostic| session.sources.refuse(&diagnostic))
}

/// The part of the data that is held out; none where nothing is.
///
/// # Errors
///
/// The setting is no such part.
pub(super) fn tail(
    session: &Session,
    evaluator: &Evaluator<'_>,
    fit: &hir::Fit,
) -> Result<Option<f64>, Failure> {
    if fit.holdout.is_none() {
        return Ok(None);
    }
    let held = Numbers::new(evaluator, fit)?.holdout();
    let held = held.map_err(|diagnostic| session.sources.refuse(&diagnostic))?;
    Ok((held > 0.0).then_some(held))
}

/// A number with its place.
#[derive(Clone, Copy)]
struct Number {
    value: f64,
    span: Span,
}

/// The numbers of a fit's settings, by name; those of its optimiser and its schedule with the word in front.
struct Numbers(BTreeMap<String, Number>);

impl Numbers {
    fn new(evaluator: &Evaluator<'_>, fit: &hir::Fit) -> Result<Self, Failure> {
        let mut exprs: Vec<(String, &hir::Expr)> = Vec::new();
        for (part, choice) in fit.choices() {
            for (key, expr) in &choice.settings {
                exprs.push((format!("{part}.{key}"), expr));
            }
        }
        exprs.extend(fit.numbers().map(|(key, expr)| (key.to_owned(), expr)));
        if exprs.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let wanted = Constants {
            exprs: exprs.iter().map(|&(_, expr)| expr).collect(),
            instance: Some(&fit.instance),
            ..Constants::default()
        };
        let values = evaluator.evaluate(&wanted, &Starts::default(), false)?;
        let numbers = exprs.into_iter().zip(&values.exprs).map(|((key, expr), (_, arrays))| {
            (key, Number { value: arrays[0].to_floats()[0], span: expr.span })
        });
        Ok(Self(numbers.collect()))
    }

    fn settings(
        &self,
        fit: &hir::Fit,
        rows: usize,
        seed: u64,
        steps: Option<u64>,
    ) -> Result<Settings, Box<Diagnostic>> {
        let optimiser = self.optimiser(fit)?;
        let written = self.count("optimizer.steps")?.unwrap_or(STEPS as u64);
        let steps = steps.unwrap_or(written);
        let holdout = self.holdout()?;
        if let Some(number) = self.0.get("holdout").filter(|_| holdout > 0.0 && rows < 2) {
            let title = "`holdout` needs several rows, or several times";
            let found = Diagnostic::error("E0616", title, number.span)
                .label(number.span, "the data are one row, of which nothing can be held out");
            return Err(Box::new(found));
        }
        let is_whole = matches!(optimiser, Optimiser::Lbfgs(_));
        for key in ["batch", "clip"] {
            if let Some(number) = self.0.get(key).filter(|_| is_whole) {
                let title = format!("`{key}` does not go with lbfgs");
                let found = Diagnostic::error("E0413", title, number.span)
                    .label(number.span, "its search needs the whole objective as it is")
                    .help("a method of one gradient a step, as in  optimizer = adam(lr = 0.01)");
                return Err(Box::new(found));
            }
        }
        let patience = match self.count("patience")? {
            None if holdout > 0.0 => Some((steps / 10).max(1)),
            patience => patience,
        };
        Ok(Settings {
            name: fit.name.clone(),
            schedule: self.schedule(fit)?,
            warmup: self.count("warmup")?.unwrap_or(0),
            clip: self.positive("clip")?,
            batch: self.count("batch")?.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)),
            starts: self.count("starts")?.unwrap_or(1),
            optimiser,
            steps,
            holdout,
            patience,
            seed,
        })
    }

    fn holdout(&self) -> Result<f64, Box<Diagnostic>> {
        self.within("holdout", 0.0, |x| (0.0..1.0).contains(&x), PART)
    }

    fn optimiser(&self, fit: &hir::Fit) -> Result<Optimiser, Box<Diagnostic>> {
        let name = fit.optimizer.as_ref().map_or("adam", |optimizer| optimizer.name.as_str());
        let part = |key: &str, default| {
            self.within(&format!("optimizer.{key}"), default, |x| (0.0..1.0).contains(&x), PART)
        };
        let above = |key: &str, default| {
            self.within(&format!("optimizer.{key}"), default, |x| x > 0.0, POSITIVE)
        };
        let from = |key: &str, default| {
            self.within(&format!("optimizer.{key}"), default, |x| x >= 0.0, NOT_NEGATIVE)
        };
        let epsilon = from("epsilon", 1e-8)?;
        let weight_decay = if name == "adamw" { 0.01 } else { 0.0 };
        Ok(match name {
            "sgd" => Optimiser::Sgd {
                lr: above("lr", 0.01)?,
                momentum: part("momentum", 0.0)?,
                nesterov: from("nesterov", 0.0)? != 0.0,
            },
            "rmsprop" => Optimiser::Rmsprop {
                lr: above("lr", 0.01)?,
                alpha: part("alpha", 0.99)?,
                epsilon,
                momentum: part("momentum", 0.0)?,
            },
            "lbfgs" => {
                let history = self.count("optimizer.history")?.unwrap_or(10);
                Optimiser::Lbfgs(Lbfgs {
                    lr: above("lr", 1.0)?,
                    history: usize::try_from(history).unwrap_or(usize::MAX),
                    tolerance: from("tolerance", Lbfgs::default().tolerance)?,
                })
            }
            _ => Optimiser::Adam {
                lr: above("lr", 0.001)?,
                beta1: part("beta1", 0.9)?,
                beta2: part("beta2", 0.999)?,
                epsilon,
                weight_decay: from("weight_decay", weight_decay)?,
            },
        })
    }

    fn schedule(&self, fit: &hir::Fit) -> Result<Schedule, Box<Diagnostic>> {
        if let Some(number) = self.0.get("lr_decay") {
            if let Some(schedule) = &fit.schedule {
                let title = "`lr_decay` and `schedule` both say how the rate changes";
                let found = Diagnostic::error("E0413", title, number.span)
                    .label(number.span, "exponentially")
                    .label(schedule.span, "and like this");
                return Err(Box::new(found));
            }
            return Ok(Schedule::Exponential { factor: self.factor("lr_decay")? });
        }
        let Some(schedule) = &fit.schedule else { return Ok(Schedule::Constant) };
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        Ok(match schedule.name.as_str() {
            "cosine" => Schedule::Cosine { end: self.within("schedule.end", 0.0, unit, PART)? },
            "exponential" => Schedule::Exponential { factor: self.factor("schedule.factor")? },
            "step" => Schedule::Step {
                every: self.count("schedule.every")?.unwrap_or(100),
                factor: self.factor("schedule.factor")?,
            },
            _ => Schedule::Constant,
        })
    }

    fn factor(&self, key: &str) -> Result<f64, Box<Diagnostic>> {
        self.within(key, 0.999, |x| x > 0.0 && x <= 1.0, "a number above 0 and at most 1")
    }

    fn positive(&self, key: &str) -> Result<Option<f64>, Box<Diagnostic>> {
        let found = self.within(key, f64::NAN, |x| x > 0.0, POSITIVE)?;
        Ok((!found.is_nan()).then_some(found))
    }

    fn count(&self, key: &str) -> Result<Option<u64>, Box<Diagnostic>> {
        let is_count = |x: f64| x.fract() == 0.0 && (1.0..9e15).contains(&x);
        let found = self.within(key, f64::NAN, is_count, "a whole number from 1")?;
        Ok((!found.is_nan()).then_some(found as u64))
    }

    /// The number of a setting, which must be such a one.
    fn within(
        &self,
        key: &str,
        default: f64,
        is_one: impl Fn(f64) -> bool,
        expected: &str,
    ) -> Result<f64, Box<Diagnostic>> {
        let Some(&Number { value, span }) = self.0.get(key) else { return Ok(default) };
        if value.is_finite() && is_one(value) {
            return Ok(value);
        }
        let name = key.rsplit('.').next().unwrap_or(key);
        let title = format!("`{name}` cannot be {value}");
        let mut found =
            Diagnostic::error("E0413", title, span).label(span, format!("expected {expected}"));
        if key == "holdout" {
            found = found.help("it is a part of the data, as in  holdout = 0.2");
        }
        Err(Box::new(found))
    }
}

const PART: &str = "a number from 0 and below 1";
const POSITIVE: &str = "a positive number";
const NOT_NEGATIVE: &str = "a number from 0";
