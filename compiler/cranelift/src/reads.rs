//! Where values are read, which decides what an instruction may overwrite.

use sdec_base::IdVec;
use sdec_kernel::{Block, Kernel, Stmt, Value};

/// The reads of each value of a kernel, by the numbers of the statements in the order of the text.
pub(crate) struct Reads {
    values: IdVec<Value, Read>,
    statements: u32,
    blocks: u32,
}

#[derive(Clone, Copy, Default)]
struct Read {
    /// Where the value is defined.
    block: u32,
    /// How often it is read.
    count: u32,
    /// The last statement that reads it.
    last: u32,
    /// Whether another block reads it.
    elsewhere: bool,
}

impl Reads {
    /// Those of a kernel's body.
    pub(crate) fn of(kernel: &Kernel) -> Self {
        let mut values = IdVec::new();
        for _ in kernel.types.values() {
            values.push(Read::default());
        }
        let mut reads = Self { values, statements: 0, blocks: 0 };
        reads.block(&kernel.body, &[], &[]);
        reads
    }

    /// Whether this statement is the last that reads the value, however often its block is executed.
    pub(crate) fn ends_at(&self, value: Value, statement: u32) -> bool {
        let read = &self.values[value];
        !read.elsewhere && read.last == statement
    }

    /// Whether the value is read only in the block that defines it, and at most so often.
    pub(crate) fn is_local(&self, value: Value, most: u32) -> bool {
        let read = &self.values[value];
        !read.elsewhere && read.count <= most
    }

    fn block(&mut self, block: &Block, bound: &[Value], yields: &[Value]) {
        self.blocks += 1;
        let here = self.blocks;
        bound.iter().for_each(|&value| self.values[value].block = here);
        for stmt in &block.stmts {
            self.statements += 1;
            let number = self.statements;
            stmt.operands().into_iter().for_each(|value| self.read(value, here, number));
            stmt.results().into_iter().for_each(|result| self.values[result].block = here);
            if !matches!(stmt, Stmt::Inst(_)) {
                for (inner, bound, yields) in stmt.blocks() {
                    self.block(inner, &bound, &yields);
                }
            }
        }
        yields.iter().for_each(|&value| self.read(value, here, u32::MAX));
    }

    fn read(&mut self, value: Value, block: u32, statement: u32) {
        let read = &mut self.values[value];
        read.count += 1;
        read.last = statement;
        read.elsewhere |= read.block != block;
    }
}
