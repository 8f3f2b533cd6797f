//! A bar on standard error for blocks that take longer than a second.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use sdec_driver::{BlockResult, Failure, FitProgress, Observer};

use crate::number::significant;
use crate::{interrupt, json, output};

/// How long a block may take before the bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// Watches a run, and asks it to stop at Ctrl-C.
pub(crate) struct Progress {
    is_shown: bool,
    block: String,
    begin: Instant,
    bar: Option<ProgressBar>,
    /// The program, as it was named.
    file: String,
    is_fitting: bool,
}

impl Progress {
    /// A watcher that draws on a terminal only, and never where `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let is_shown = !quiet && output::is_watched();
        let (block, begin) = (String::new(), Instant::now());
        Self { is_shown, block, begin, bar: None, file: String::new(), is_fitting: false }
    }

    /// The same of a run of `file`.
    pub(crate) fn of(mut self, file: &Path) -> Self {
        self.file = file.to_string_lossy().into_owned();
        self
    }

    /// Whether a fit has made steps and is not done.
    pub(crate) fn is_fitting(&self) -> bool {
        self.is_fitting
    }

    /// Removes the bar.
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn draw(&mut self, done: u64, total: u64) {
        let block = &self.block;
        let bar = self.bar.get_or_insert_with(|| {
            let template = "{msg} {wide_bar:.dim} {percent:>3} %  {eta} left";
            let style =
                ProgressStyle::with_template(template).expect("the template is well formed");
            let bar = ProgressBar::new(total).with_style(style).with_message(block.clone());
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            bar
        });
        bar.set_length(total);
        bar.set_position(done);
    }
}

impl Observer for Progress {
    fn started(&mut self, block: &str) {
        self.clear();
        block.clone_into(&mut self.block);
        self.begin = Instant::now();
    }

    fn progress(&mut self, done: u64, total: u64) {
        if self.is_shown && self.begin.elapsed() > PATIENCE {
            self.draw(done, total);
        }
    }

    fn fitting(&mut self, fit: &FitProgress) {
        self.is_fitting = true;
        if !self.is_shown || self.begin.elapsed() <= PATIENCE {
            return;
        }
        let (done, total) = (fit.start * fit.steps + fit.step, fit.starts * fit.steps);
        self.draw(done, total);
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {}", self.block, standing(fit)));
        }
    }

    fn finished(&mut self, result: &BlockResult) -> Result<(), Failure> {
        self.is_fitting = false;
        let BlockResult::Fit(fit) = result else { return Ok(()) };
        let command: Vec<String> =
            std::env::args_os().map(|part| part.to_string_lossy().into_owned()).collect();
        let text = json::summary(&self.file, &command, fit);
        let written = sdec_output::atomic::write(fit.out.join("summary.json"), |out| {
            out.write_all(text.as_bytes())
        });
        written.map_err(|error| {
            let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
            Failure::Environment(format!("{error}{help}"))
        })
    }

    fn is_cancelled(&self) -> bool {
        interrupt::asked()
    }
}

/// Objective, norm of the gradient and rate: `objective 12.34  gradient 0.5  rate 0.001`.
fn standing(fit: &FitProgress) -> String {
    let mut text = format!(
        "objective {}  gradient {}  rate {}",
        significant(fit.objective, 6),
        significant(fit.gradient_norm, 2),
        significant(fit.rate, 2)
    );
    if let Some(held_out) = fit.held_out {
        text.push_str(&format!("  held out {}", significant(held_out, 6)));
    }
    text
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
