//! How paths ended: an output that says of each path whether it got to its end.

use crate::lane::{LANES, Lane};

/// How the paths of a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statuses {
    /// Paths that stopped early.
    pub stopped: u64,
    /// The first of them.
    pub first: Option<Stopped>,
    /// The most attempts at a step that a path made.
    pub attempts: f64,
}

/// A path that stopped early.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopped {
    /// Its number.
    pub path: u64,
    /// Why, as the program says; not 0.
    pub code: u32,
    /// When.
    pub time: f64,
}

/// Entries of an output of statuses: code, time, attempts.
pub(crate) const ENTRIES: usize = 3;

impl Statuses {
    /// Of the first `count` lanes of a group, whose first path has number `first`.
    pub(crate) fn of_group<L: Lane>(group: &[[L; LANES]], count: usize, first: u64) -> Self {
        let entry = |k: usize, lane: usize| group[k][lane].double();
        let mut all = Self::default();
        for (lane, path) in (0..count).zip(first..) {
            all = all.join(Self::of_path(path, [entry(0, lane), entry(1, lane), entry(2, lane)]));
        }
        all
    }

    /// Of one path.
    pub fn of_path(path: u64, [code, time, attempts]: [f64; 3]) -> Self {
        // Codes are small whole numbers.
        let code = code as u32;
        let first = (code != 0).then_some(Stopped { path, code, time });
        Self { stopped: u64::from(code != 0), first, attempts }
    }

    /// Of the paths of both, the second following the first.
    pub(crate) fn join(self, next: Self) -> Self {
        Self {
            stopped: self.stopped + next.stopped,
            first: self.first.or(next.first),
            attempts: self.attempts.max(next.attempts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_path_that_stopped_is_named() {
        let mut group = [[0.0; LANES]; ENTRIES];
        for (lane, code) in [(3, 2.0), (5, 1.0), (9, 1.0)] {
            group[0][lane] = code;
            group[1][lane] = 0.5 * lane as f64;
        }
        group[2][8] = 7.0;
        let first = Some(Stopped { path: 35, code: 2, time: 1.5 });
        let expected = Statuses { stopped: 2, first, attempts: 7.0 };
        assert_eq!(Statuses::of_group(&group, 9, 32), expected);
        let none = Statuses { attempts: 9.0, ..Statuses::default() };
        assert_eq!(none.join(expected), Statuses { attempts: 9.0, ..expected });
    }
}
