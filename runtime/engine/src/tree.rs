//! Sums over groups, pairwise by the bits of the group number.
//!
//! ```text
//! group  0  1  2  3  4  5  6
//!         \/    \/    \/   |
//!           \  /       \  /
//!             \       /
//! ```
//!
//! Node `i` of level `n` is groups `i 2ⁿ` up to `(i + 1) 2ⁿ`. Any run of groups is a list of such
//! nodes, as large as they can be, so runs that follow each other join into the same tree wherever
//! they were cut; what is left at the end is merged from its right end.

use crate::Moments;
use crate::moments::Weights;

/// The moments of each entry over a run of groups, or the sums alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    entries: usize,
    /// Whether squares are left out.
    sums_only: bool,
    nodes: Vec<Node>,
    /// `[node][entry]`
    sums: Vec<f64>,
    /// `[node][entry]`
    squares: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    level: u32,
    index: u64,
    /// Paths.
    count: u64,
}

impl Tree {
    /// No group.
    pub(crate) fn new(entries: usize) -> Self {
        Self { entries, ..Self::default() }
    }

    /// No group, of whose entries only the sums are wanted.
    pub(crate) fn of_sums(entries: usize) -> Self {
        Self { entries, sums_only: true, ..Self::default() }
    }

    /// Adds the group that follows, of so many paths. `fill` writes the sum of each entry and, unless
    /// they are left out, its squares.
    pub(crate) fn push(
        &mut self,
        group: u64,
        count: u64,
        fill: impl FnOnce(&mut [f64], &mut [f64]),
    ) {
        let row = self.sums.len();
        self.sums.resize(row + self.entries, 0.0);
        if self.sums_only {
            fill(&mut self.sums[row..], &mut []);
        } else {
            self.squares.resize(row + self.entries, 0.0);
            fill(&mut self.sums[row..], &mut self.squares[row..]);
        }
        self.join(Node { level: 0, index: group, count });
    }

    /// Adds the groups that follow.
    pub(crate) fn append(&mut self, next: &Self) {
        for (k, &node) in next.nodes.iter().enumerate() {
            let row = k * next.entries..(k + 1) * next.entries;
            self.sums.extend_from_slice(&next.sums[row.clone()]);
            if !self.sums_only {
                self.squares.extend_from_slice(&next.squares[row]);
            }
            self.join(node);
        }
    }

    /// The moments over all groups.
    pub(crate) fn finish(mut self) -> Vec<Moments> {
        self.merge_all();
        let count = self.nodes.first().map_or(0, |node| node.count);
        let pairs = self.sums.into_iter().zip(self.squares);
        pairs.map(|(sum, squares)| Moments { count, sum, squares }).collect()
    }

    /// The sums over all groups, with the bits of those of the moments.
    pub(crate) fn finish_sums(mut self) -> Vec<f64> {
        self.merge_all();
        self.sums
    }

    fn merge_all(&mut self) {
        while let [.., left, right] = self.nodes[..] {
            self.merge_last(left.count, right.count);
            self.nodes.pop();
            let last = self.nodes.len() - 1;
            self.nodes[last].count += right.count;
        }
    }

    /// Takes note of a node whose moments have just been added; two halves become a whole.
    fn join(&mut self, mut node: Node) {
        while let Some(&left) = self.nodes.last()
            && node.index % 2 == 1
            && (left.level, left.index) == (node.level, node.index ^ 1)
        {
            self.nodes.pop();
            self.merge_last(left.count, node.count);
            let count = left.count + node.count;
            node = Node { level: node.level + 1, index: node.index / 2, count };
        }
        self.nodes.push(node);
    }

    /// Merges the last two rows of moments, of so many paths each.
    fn merge_last(&mut self, left: u64, right: u64) {
        let row = self.sums.len() - self.entries;
        if self.sums_only {
            let (sums, other) = self.sums.split_at_mut(row);
            sums[row - self.entries..]
                .iter_mut()
                .zip(other)
                .for_each(|(sum, other)| *sum += *other);
            return self.sums.truncate(row);
        }
        let weights = Weights::new(left, right);
        let (sums, other_sums) = self.sums.split_at_mut(row);
        let (squares, other_squares) = self.squares.split_at_mut(row);
        let left = sums[row - self.entries..].iter_mut().zip(&mut squares[row - self.entries..]);
        for ((sum, squares), other) in left.zip(other_sums.iter().zip(&*other_squares)) {
            (*sum, *squares) = weights.merge((*sum, *squares), (*other.0, *other.1));
        }
        self.sums.truncate(row);
        self.squares.truncate(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(group: u64) -> Moments {
        let x = (group as f64 * 0.7).sin() * 1e3;
        Moments { count: 16, sum: x, squares: 1.0 / (1.0 + x * x) }
    }

    fn push(tree: &mut Tree, group: u64, entries: &[Moments]) {
        tree.push(group, 16, |sums, squares| {
            for (sum, entry) in sums.iter_mut().zip(entries) {
                *sum = entry.sum;
            }
            for (squares, entry) in squares.iter_mut().zip(entries) {
                *squares = entry.squares;
            }
        });
    }

    fn run(groups: std::ops::Range<u64>) -> Tree {
        let mut tree = Tree::new(2);
        for group in groups {
            push(&mut tree, group, &[leaf(group), leaf(group + 1)]);
        }
        tree
    }

    /// The definition: a range of groups is cut where its largest power of two ends.
    fn defined(begin: u64, end: u64) -> Moments {
        if end - begin == 1 {
            return leaf(begin);
        }
        let half = (end - begin).next_power_of_two() / 2;
        defined(begin, begin + half).merge(&defined(begin + half, end))
    }

    #[test]
    fn groups_are_merged_by_the_bits_of_their_numbers() {
        for end in 1..70 {
            let moments = run(0..end).finish();
            assert_eq!(
                moments,
                [defined(0, end), {
                    let mut shifted = Tree::new(1);
                    (0..end).for_each(|g| push(&mut shifted, g, &[leaf(g + 1)]));
                    shifted.finish()[0]
                }]
            );
        }
    }

    #[test]
    fn sums_alone_have_the_bits_of_those_of_moments() {
        for end in 1..40 {
            let mut tree = Tree::of_sums(2);
            for cut in [0..end / 3, end / 3..end] {
                let mut part = Tree::of_sums(2);
                cut.for_each(|g| push(&mut part, g, &[leaf(g), leaf(g + 1)]));
                tree.append(&part);
            }
            let sums: Vec<f64> = run(0..end).finish().iter().map(|entry| entry.sum).collect();
            assert_eq!(tree.finish_sums(), sums);
        }
    }

    #[test]
    fn where_a_run_is_cut_changes_no_bit() {
        let whole = run(0..53).finish();
        for first in 0..=53 {
            for second in first..=53 {
                let mut tree = run(0..first);
                tree.append(&run(first..second));
                tree.append(&run(second..53));
                assert_eq!(tree.finish(), whole, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn memory_grows_with_the_logarithm_of_the_groups() {
        let tree = run(0..10_000);
        assert!(tree.nodes.len() <= 14);
        assert_eq!(tree.sums.len(), 2 * tree.nodes.len());
    }
}
