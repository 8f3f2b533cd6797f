//! Times of an estimate or a sample that read where its paths start and end: `x(t0 + 1)`, `x(t1)`.
//!
//! `t0` is known with the settings. `t1` is the last of the times that do not read it.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, ExprKind};
use sdec_lower::to_ssa::Constants;

use crate::Failure;
use crate::constants::{Evaluator, Starts};

/// Which of `t0` and `t1` a time reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// None.
    Neither,
    /// `t0`
    Start,
    /// `t1`, and perhaps `t0`.
    End,
}

/// Times as they are written.
pub(crate) struct Ends<'a> {
    pub(crate) model: &'a hir::Model,
    /// `t0`
    pub(crate) start: f64,
    pub(crate) times: &'a [&'a hir::Expr],
    /// What each of them reads.
    pub(crate) reads: &'a [Reads],
}

/// What a time reads.
pub(crate) fn read(model: &hir::Model, time: &hir::Expr) -> Reads {
    let [mut start, mut end] = [false; 2];
    time.walk(&mut |expr| {
        start |= expr.kind == ExprKind::Local(model.ends[0]);
        end |= expr.kind == ExprKind::Local(model.ends[1]);
    });
    match (start, end) {
        (_, true) => Reads::End,
        (true, false) => Reads::Start,
        (false, false) => Reads::Neither,
    }
}

impl Ends<'_> {
    /// The numbers of all times, of which those are known that read nothing. `constants` says what they may read
    /// beside `t0` and `t1`.
    pub(crate) fn numbers(
        &self,
        mut known: Vec<Option<Vec<f64>>>,
        constants: &Constants<'_>,
        starts: &Starts,
        evaluator: &Evaluator<'_>,
    ) -> Result<Vec<Vec<f64>>, Failure> {
        for reads in [Reads::Start, Reads::End] {
            let last = known.iter().flatten().flatten().copied().reduce(f64::max);
            for (k, time) in self.times.iter().enumerate().filter(|&(k, _)| self.reads[k] == reads)
            {
                let end = match (reads, last) {
                    (Reads::End, None) => {
                        return Err(evaluator.sources.refuse(&no_end(time.span)));
                    }
                    (_, last) => last.unwrap_or(self.start),
                };
                let time = self.with_ends(time, end);
                let wanted =
                    Constants { exprs: vec![&time], readers: Vec::new(), ..constants.clone() };
                let values = evaluator.evaluate(&wanted, starts, false)?;
                let numbers = values.exprs[0].1[0].to_floats();
                if let Some(&late) = numbers.iter().find(|&&number| number > end)
                    && reads == Reads::End
                {
                    return Err(evaluator.sources.refuse(&after_end(time.span, late, end)));
                }
                known[k] = Some(numbers);
            }
        }
        Ok(known.into_iter().flatten().collect())
    }

    /// A time with numbers for `t0` and `t1`.
    fn with_ends(&self, time: &hir::Expr, end: f64) -> hir::Expr {
        let mut time = time.clone();
        let number = |expr: &mut hir::Expr| {
            for (local, value) in self.model.ends.into_iter().zip([self.start, end]) {
                if expr.kind == ExprKind::Local(local) {
                    expr.kind = ExprKind::Float(value);
                }
            }
        };
        time.walk_mut(&mut { number });
        time
    }
}

fn no_end(at: Span) -> Diagnostic {
    Diagnostic::error("E0414", "nothing says when the solve ends", at)
        .label(at, "`t1` is the last time that is asked for, and no other is")
        .help("write another time as a number, as in  1.0")
}

fn after_end(at: Span, time: f64, end: f64) -> Diagnostic {
    Diagnostic::error("E0415", "a time lies after the end", at)
        .label(at, format!("this is {time}, but `t1` is {end}"))
        .note("`t1` is the last of the times that do not read it")
}
