//! Putting parts together in the order of their groups, whenever they come.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::part::{Collecting, Part};
use crate::{NotFinite, RunError};

/// The parts up to some group, and those that came early.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    next: u64,
    done: u64,
    joined: Option<Part>,
    early: BTreeMap<u64, (u64, Part)>,
    failed: Option<(u64, RunError)>,
}

impl Sink {
    /// Takes the part of some groups. Returns how many groups have come so far.
    pub(crate) fn add(&mut self, groups: Range<u64>, part: Part) -> u64 {
        self.done += groups.end - groups.start;
        self.early.insert(groups.start, (groups.end, part));
        while let Some((end, part)) = self.early.remove(&self.next) {
            self.next = end;
            match &mut self.joined {
                None => self.joined = Some(part),
                Some(joined) => joined.append(part),
            }
        }
        self.done
    }

    /// Takes note of a failure; that of the lowest group is the one reported.
    pub(crate) fn fail(&mut self, group: u64, error: RunError) {
        if self.failed.as_ref().is_none_or(|&(first, _)| group < first) {
            self.failed = Some((group, error));
        }
    }

    /// The whole, if nothing failed and there was anything.
    pub(crate) fn finish(self) -> Result<Option<Part>, RunError> {
        match self.failed {
            Some((_, error)) => Err(error),
            None => Ok(self.joined),
        }
    }
}

impl Part {
    /// Adds the part that follows.
    fn append(&mut self, next: Self) {
        self.not_finite = NotFinite::join(self.not_finite, next.not_finite);
        for (output, next) in self.outputs.iter_mut().zip(next.outputs) {
            match (output, next) {
                (Collecting::Moments(tree), Collecting::Moments(next))
                | (Collecting::Sums(tree), Collecting::Sums(next)) => tree.append(&next),
                (Collecting::Status(all), Collecting::Status(next)) => *all = all.join(next),
                // Uniform outputs are the same for every group.
                (
                    Collecting::Moments(_)
                    | Collecting::Sums(_)
                    | Collecting::Status(_)
                    | Collecting::Uniform(_),
                    _,
                ) => {}
            }
        }
    }
}
