//! Handing out groups.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sdec_abi::{GROUP, Signature};

/// A chunk should not take less, or handing out costs.
const SHORT: Duration = Duration::from_millis(2);
/// Groups are not shared out in smaller parts than take as long, or handing out takes longer than they do.
const LEAST: Duration = Duration::from_micros(25);
/// A chunk should not take more, or cancelling waits and threads idle at the end.
const LONG: Duration = Duration::from_millis(10);
/// Most bytes of outputs of a chunk of several groups, so that they stay in a core's cache beside what the kernel works in.
const CACHE: u64 = 1 << 18;
const MOST_GROUPS: u64 = 4096;

/// How many groups to take at once: found out while running, since it never changes a result.
pub(crate) struct Size {
    groups: AtomicU64,
    /// As many as take [`LEAST`].
    least: AtomicU64,
    most: u64,
}

/// What one run of a kernel has found out for the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    groups: u64,
    least: u64,
}

impl Size {
    /// To start with for a kernel.
    pub(crate) fn new(signature: &Signature) -> Self {
        let lanes = signature.outputs.iter().filter(|slot| slot.lanes);
        let bytes: u64 = lanes.fold(0, |sum, slot| {
            slot.scalars(1).saturating_mul(slot.scalar.bytes()).saturating_add(sum)
        });
        let most = (CACHE / bytes.max(1)).clamp(1, MOST_GROUPS);
        Self { groups: AtomicU64::new(1), least: AtomicU64::new(1), most }
    }

    /// What was found out.
    pub(crate) fn known(&self) -> Known {
        Known {
            groups: self.groups.load(Ordering::Relaxed),
            least: self.least.load(Ordering::Relaxed),
        }
    }

    /// To go on with for the same kernel.
    pub(crate) fn from(self, known: Known) -> Self {
        let Known { groups, least } = known;
        Self { groups: groups.into(), least: least.into(), ..self }
    }

    /// Groups to take when so many are left for so many threads.
    pub(crate) fn next(&self, left: u64, threads: u64) -> u64 {
        let share = left.div_ceil(4 * threads).max(self.least.load(Ordering::Relaxed));
        self.groups.load(Ordering::Relaxed).min(share).max(1)
    }

    /// Takes note of how long a chunk took.
    pub(crate) fn learn(&self, groups: u64, took: Duration) {
        if took < SHORT {
            let part = LEAST.as_nanos() as u64 / (took.as_nanos() as u64 / groups.max(1)).max(1);
            let least = part.clamp(1, self.most);
            self.least.store(least, Ordering::Relaxed);
            self.groups.fetch_max((2 * groups).max(least).min(self.most), Ordering::Relaxed);
        } else if took > LONG {
            self.groups.fetch_min((groups / 2).max(1), Ordering::Relaxed);
        }
    }
}

/// What has not been handed out yet: groups, and the rows of the kept outputs that belong to them.
pub(crate) struct Rest<'a> {
    groups: Range<u64>,
    paths: u64,
    kept: Vec<Kept<'a>>,
}

/// Rows of a kept output.
#[derive(Default)]
pub(crate) struct Kept<'a> {
    /// Numbers of a row.
    pub(crate) entries: usize,
    /// `[path][entry]`; empty where the output is not kept.
    pub(crate) rows: &'a mut [f64],
}

/// Some groups to run, and where to put the paths that are kept.
pub(crate) struct Chunk<'a> {
    pub(crate) groups: Range<u64>,
    /// Paths in these groups that count.
    pub(crate) paths: usize,
    pub(crate) kept: Vec<Kept<'a>>,
}

impl<'a> Rest<'a> {
    /// All groups of so many paths.
    pub(crate) fn new(paths: u64, kept: Vec<Kept<'a>>) -> Self {
        Self { groups: 0..sdec_abi::groups(paths), paths, kept }
    }

    /// The next groups, if there are any.
    pub(crate) fn take(&mut self, size: &Size, threads: u64) -> Option<Chunk<'a>> {
        let left = self.groups.end - self.groups.start;
        if left == 0 {
            return None;
        }
        let begin = self.groups.start;
        let end = begin + size.next(left, threads).min(left);
        self.groups.start = end;
        let paths = (self.paths.min(end.saturating_mul(GROUP)) - begin * GROUP) as usize;
        let kept = self.kept.iter_mut().map(|kept| {
            let rows = std::mem::take(&mut kept.rows);
            let numbers = (paths * kept.entries).min(rows.len());
            let (rows, rest) = rows.split_at_mut(numbers);
            kept.rows = rest;
            Kept { entries: kept.entries, rows }
        });
        Some(Chunk { groups: begin..end, paths, kept: kept.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_and_row_is_handed_out_once() {
        let mut rows: Vec<f64> = (0..50 * 3).map(f64::from).collect();
        let kept = vec![Kept { entries: 3, rows: &mut rows }, Kept::default()];
        let mut rest = Rest::new(50, kept);
        let size = Size::new(&Signature::default());
        let (mut groups, mut seen) = (Vec::new(), Vec::new());
        while let Some(chunk) = rest.take(&size, 1) {
            size.learn(chunk.groups.end - chunk.groups.start, Duration::from_millis(1));
            groups.extend(chunk.groups);
            seen.extend_from_slice(chunk.kept[0].rows);
            assert_eq!(chunk.kept[0].rows.len(), 3 * chunk.paths);
        }
        assert_eq!(groups, [0, 1, 2, 3]);
        assert_eq!(seen, (0..150).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn chunks_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let size = Size::new(&Signature::default());
        for _ in 0..20 {
            size.learn(size.next(u64::MAX / 8, 1), Duration::from_micros(50));
        }
        assert_eq!(size.next(u64::MAX / 8, 1), MOST_GROUPS);
        size.learn(4096, Duration::from_secs(1));
        assert_eq!(size.next(u64::MAX / 8, 1), 2048);
    }

    #[test]
    fn what_was_found_out_is_gone_on_with() {
        let size = Size::new(&Signature::default());
        size.learn(1, Duration::from_micros(1));
        let next = Size::new(&Signature::default()).from(size.known());
        assert_eq!(next.next(100, 2), size.next(100, 2));
    }

    #[test]
    fn what_takes_no_time_is_not_shared_out() {
        let size = Size::new(&Signature::default());
        size.learn(1, Duration::from_micros(1));
        assert_eq!(size.next(100, 2), 25);
        size.learn(1, Duration::from_micros(500));
        assert_eq!(size.next(100, 2), 13);
    }
}
