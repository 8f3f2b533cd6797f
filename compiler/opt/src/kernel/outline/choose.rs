//! Which pieces become routines.

use rustc_hash::FxHashMap;
use sdec_kernel::{Kernel, Scalar, Stmt};

use super::facts::{Facts, Item, Order};
use super::shape::{Shape, Token};

/// What a routine must be to be worth its calls.
pub(super) struct Limits {
    /// Statements below which a piece is left where it is.
    pub(super) least: u64,
    /// Statements that a routine must save.
    pub(super) saved: u64,
    /// Statements that a number which passes through memory counts for, in each call.
    pub(super) passed: u64,
    /// Statements executed in a piece for each number that passes through memory and for the call.
    pub(super) work: u64,
}

/// By these counts calls take less than a fiftieth of the time.
pub(super) const LIMITS: Limits = Limits { least: 24, saved: 60, passed: 1, work: 60 };

/// Loops of a piece at most.
const LOOPS: usize = 16;

/// Statements of a piece at most: what is longer is made of several.
const MOST: u64 = 500;

/// What a call takes, in numbers that pass through memory.
const CALL: u64 = 4;

/// A piece of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The block, by its place in [`Facts::blocks`].
    pub(super) block: usize,
    /// Its first statement.
    pub(super) from: usize,
    /// The one after its last.
    pub(super) to: usize,
}

impl Piece {
    /// Its statements.
    pub(super) fn items<'f, 'a>(&self, facts: &'f Facts<'a>) -> &'f [Item<'a>] {
        &facts.blocks[self.block][self.from..self.to]
    }

    /// From its first statement to behind all that is in its last.
    pub(super) fn range(&self, facts: &Facts<'_>) -> (Order, Order) {
        let items = self.items(facts);
        (items[0].first, items[items.len() - 1].after)
    }

    /// Its names.
    pub(super) fn shape(&self, kernel: &Kernel, facts: &Facts<'_>) -> Shape {
        let (mut shape, mut text) = (Shape::default(), Vec::new());
        for item in self.items(facts) {
            let extended = shape.extend(kernel, facts, item, &mut text);
            assert!(extended.is_ok(), "a chosen piece fits a routine");
        }
        shape
    }
}

/// A routine to be.
pub(super) struct Routine {
    /// Where it is called.
    pub(super) pieces: Vec<Piece>,
    /// The names of each.
    pub(super) shapes: Vec<Shape>,
    /// The numbers of the values that are read after one of them.
    pub(super) results: Vec<usize>,
}

/// Pieces with equal texts, and what a routine of them would save.
struct Group {
    pieces: Vec<Piece>,
    written: u64,
    executed: u64,
}

/// The routines that save most, none within another.
pub(super) fn run(kernel: &Kernel, facts: &Facts<'_>, limits: &Limits) -> Vec<Routine> {
    let mut groups = groups(kernel, facts, limits.least);
    groups.sort_by_key(|group| {
        let first = group.pieces[0];
        (
            std::cmp::Reverse(group.written * (group.pieces.len() as u64 - 1)),
            first.block,
            first.from,
        )
    });
    let mut taken: Vec<(Order, Order)> = Vec::new();
    let mut chosen = Vec::new();
    for group in groups {
        let mut free: Vec<Piece> = Vec::new();
        for piece in &group.pieces {
            let (from, to) = piece.range(facts);
            let ours = free.iter().map(|other| other.range(facts));
            let meets = |(first, after): (Order, Order)| from < after && first < to;
            if !taken.iter().copied().chain(ours).any(meets) {
                free.push(*piece);
            }
        }
        let group = Group { pieces: free, ..group };
        if let Some(routine) = routine(kernel, facts, limits, &group) {
            taken.extend(routine.pieces.iter().map(|piece| piece.range(facts)));
            chosen.push(routine);
        }
    }
    chosen
}

/// All pieces that occur more than once, by their texts: pieces of one loop first, then those of one
/// loop more that begin with one of these.
fn groups(kernel: &Kernel, facts: &Facts<'_>, least: u64) -> Vec<Group> {
    let mut open: Vec<(usize, Piece, Shape)> = Vec::new();
    // What is of another size is something else.
    let mut sizes: FxHashMap<(u64, u64), usize> = FxHashMap::default();
    for item in facts.blocks.iter().flatten().filter(|item| is_loop(item)) {
        *sizes.entry((item.written, item.executed)).or_default() += 1;
    }
    for (block, items) in facts.blocks.iter().enumerate() {
        let several = |item: &Item<'_>| {
            is_loop(item) && item.written <= MOST && sizes[&(item.written, item.executed)] > 1
        };
        for (from, _) in items.iter().enumerate().filter(|(_, item)| several(item)) {
            open.push((0, Piece { block, from, to: from }, Shape::default()));
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for _ in 0..LOOPS {
        let mut found: FxHashMap<(usize, Vec<Token>), usize> = FxHashMap::default();
        let mut longer: Vec<Vec<(Piece, Shape)>> = Vec::new();
        for (before, mut piece, mut shape) in open {
            let mut text = Vec::new();
            if to_next_loop(kernel, facts, &mut piece, &mut shape, &mut text) {
                let group = *found.entry((before, text)).or_insert_with(|| {
                    longer.push(Vec::new());
                    longer.len() - 1
                });
                longer[group].push((piece, shape));
            }
        }
        open = Vec::new();
        for (number, pieces) in longer.into_iter().filter(|pieces| pieces.len() > 1).enumerate() {
            let items = pieces[0].0.items(facts);
            let written = items.iter().map(|item| item.written).sum();
            let executed = items.iter().map(|item| item.executed).fold(0, u64::saturating_add);
            if written >= least {
                let pieces = pieces.iter().map(|&(piece, _)| piece).collect();
                groups.push(Group { pieces, written, executed });
            }
            open.extend(pieces.into_iter().map(|(piece, shape)| (number, piece, shape)));
        }
    }
    groups
}

fn is_loop(item: &Item<'_>) -> bool {
    matches!(item.stmt, Stmt::For { .. })
}

/// Makes a piece longer by a loop and what is before it; false if there is none.
fn to_next_loop(
    kernel: &Kernel,
    facts: &Facts<'_>,
    piece: &mut Piece,
    shape: &mut Shape,
    text: &mut Vec<Token>,
) -> bool {
    let mut written: u64 = piece.items(facts).iter().map(|item| item.written).sum();
    for item in &facts.blocks[piece.block][piece.to..] {
        written += item.written;
        if written > MOST {
            return false;
        }
        if shape.extend(kernel, facts, item, text).is_err() {
            return false;
        }
        piece.to += 1;
        if is_loop(item) {
            return true;
        }
    }
    false
}

/// The routine of a group, if it saves enough and passing numbers is little of its work.
fn routine(kernel: &Kernel, facts: &Facts<'_>, limits: &Limits, group: &Group) -> Option<Routine> {
    let count = group.pieces.len() as u64;
    if count < 2 || group.written * (count - 1) < limits.saved {
        return None;
    }
    let shapes: Vec<Shape> = group.pieces.iter().map(|piece| piece.shape(kernel, facts)).collect();
    let mut results = Vec::new();
    for number in 0..shapes[0].values.len() {
        let is_read = |(piece, shape): (&Piece, &Shape)| {
            !shape.given.contains(&number)
                && facts.is_read_after(shape.values[number], piece.range(facts).1)
        };
        if group.pieces.iter().zip(&shapes).any(is_read) {
            let value = shapes[0].values[number];
            if kernel.types[value].scalar == Scalar::Bool {
                return None;
            }
            results.push(number);
        }
    }
    let passed = (shapes[0].given.len() + results.len()) as u64 + CALL;
    let saved = group.written * (count - 1);
    let worth = saved >= limits.saved + limits.passed * passed * count
        && group.executed >= limits.work * passed;
    worth.then(|| Routine { pieces: group.pieces.clone(), shapes, results })
}
