//! What the pass knows of each statement and value before it looks for pieces.

use sdec_kernel::{Block, Kernel, Literal, Op, Stmt, Value};

/// Executions that are taken for a loop of which nothing is known.
const UNKNOWN: u64 = 8;

/// A number in the order of the text: statements, and the ends of blocks.
pub(super) type Order = u32;

/// A constant, or one in every lane.
pub(super) type Constant = (Literal, bool);

/// What is known of values, and of the blocks that have loops.
pub(super) struct Facts<'a> {
    /// The constants among the values.
    pub(super) constants: Vec<Option<Constant>>,
    /// Where each value is read last.
    pub(super) last_read: Vec<Order>,
    /// All blocks that have loops.
    pub(super) blocks: Vec<Vec<Item<'a>>>,
}

/// A statement in its block.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) stmt: &'a Stmt,
    /// Its own number.
    pub(super) first: Order,
    /// The number after all that is in it.
    pub(super) after: Order,
    /// Statements in it, itself among them.
    pub(super) written: u64,
    /// Statements that are executed.
    pub(super) executed: u64,
}

impl<'a> Facts<'a> {
    /// Of a kernel.
    pub(super) fn of(kernel: &'a Kernel) -> Self {
        let constants = vec![None; kernel.types.len()];
        let last_read = vec![0; kernel.types.len()];
        let mut facts = Self { constants, last_read, blocks: Vec::new() };
        facts.block(&kernel.body, &[], &mut 0);
        facts
    }

    /// A constant, if a value is one.
    pub(super) fn constant(&self, value: Value) -> Option<Constant> {
        self.constants[value.index()]
    }

    /// Whether a value is read after a place.
    pub(super) fn is_read_after(&self, value: Value, place: Order) -> bool {
        self.last_read[value.index()] >= place
    }

    fn block(&mut self, block: &'a Block, yields: &[Value], next: &mut Order) -> (u64, u64) {
        let items: Vec<Item<'a>> = block.stmts.iter().map(|stmt| self.item(stmt, next)).collect();
        for value in yields {
            self.last_read[value.index()] = *next;
        }
        *next += 1;
        let written = items.iter().map(|item| item.written).sum();
        let executed = items.iter().map(|item| item.executed).fold(0, u64::saturating_add);
        if items.iter().any(|item| matches!(item.stmt, Stmt::For { .. })) {
            self.blocks.push(items);
        }
        (written, executed)
    }

    fn item(&mut self, stmt: &'a Stmt, next: &mut Order) -> Item<'a> {
        let first = *next;
        *next += 1;
        for value in stmt.operands() {
            self.last_read[value.index()] = first;
        }
        if let Stmt::Inst(inst) = stmt {
            let mut constant = None;
            if let Op::Const(literal) = inst.op {
                constant = Some((literal, false));
            } else if let Op::Splat(x) = inst.op {
                constant = self.constant(x).map(|(literal, _)| (literal, true));
            }
            self.constants[inst.result.index()] = constant;
        }
        let (mut written, mut executed) = (1, 1);
        for (block, _, yields) in stmt.blocks() {
            let inner = self.block(block, &yields, next);
            written += inner.0;
            executed += inner.1;
        }
        if let Stmt::For { start, end, .. } = stmt {
            executed *= self.executions(*start, *end);
        }
        Item { stmt, first, after: *next, written, executed }
    }

    fn executions(&self, start: Value, end: Value) -> u64 {
        if let (Some((Literal::I64(start), _)), Some((Literal::I64(end), _))) =
            (self.constant(start), self.constant(end))
        {
            u64::try_from(end.saturating_sub(start)).unwrap_or(0)
        } else {
            UNKNOWN
        }
    }
}
