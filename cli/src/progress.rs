//! A bar on standard error for blocks that take longer than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use sdec_driver::Observer;

use crate::{interrupt, output};

/// How long a block may take before the bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// Watches a run, and asks it to stop at Ctrl-C.
pub(crate) struct Progress {
    is_shown: bool,
    block: String,
    begin: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A watcher that draws on a terminal only, and never where `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let is_shown = !quiet && output::is_watched();
        Self { is_shown, block: String::new(), begin: Instant::now(), bar: None }
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

    fn is_cancelled(&self) -> bool {
        interrupt::asked()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
