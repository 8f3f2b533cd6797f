//! What two pieces have in common if they differ in names only.

use rustc_hash::FxHashMap;
use sdec_kernel::{
    Block, BufferId, Inst, Kernel, Literal, Op, Order, Scalar, Space, Stmt, Type, Value,
};

use super::facts::{Facts, Item};

/// A piece of text without names: values and buffers are numbered as they come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    /// An operation on values that follow, without their names, and its type.
    Inst(Op, Type),
    Store,
    For {
        order: Order,
        carries: usize,
        more: bool,
    },
    If {
        results: usize,
    },
    /// The end of a block.
    End,
    /// A value that came before.
    Known(usize),
    /// A value from outside.
    Given(Type),
    Constant(Literal, bool),
    /// A buffer that came before.
    KnownBuffer(usize),
    /// Another buffer: an input of this length, or scratch memory.
    Buffer(Type, Option<u64>),
}

/// The names of a piece, by their numbers in its text.
#[derive(Clone, Default)]
pub(super) struct Shape {
    /// All values but constants, in the order in which they come.
    pub(super) values: Vec<Value>,
    /// Which of them are from outside.
    pub(super) given: Vec<usize>,
    /// The buffers, in the order in which they come.
    pub(super) buffers: Vec<BufferId>,
    /// The number of each value, and whether it is computed in the piece.
    numbers: FxHashMap<Value, (usize, bool)>,
}

/// What cannot be in a routine.
pub(super) struct Unfit;

impl Shape {
    /// Goes on by one statement of the piece's block; what it adds to the text goes to `text`. What needs
    /// nothing of the piece and no memory is passed over: it can come before.
    pub(super) fn extend(
        &mut self,
        kernel: &Kernel,
        facts: &Facts<'_>,
        item: &Item<'_>,
        text: &mut Vec<Token>,
    ) -> Result<(), Unfit> {
        if self.is_before(kernel, facts, item.stmt) {
            return Ok(());
        }
        Writer { shape: self, kernel, facts, text }.stmt(item.stmt)
    }

    fn is_inside(&self, value: Value) -> bool {
        self.numbers.get(&value).is_some_and(|&(_, inside)| inside)
    }

    /// Whether a statement between the loops of a piece can as well come before them.
    pub(super) fn is_before(&self, kernel: &Kernel, facts: &Facts<'_>, stmt: &Stmt) -> bool {
        let Stmt::Inst(Inst { result, op }) = stmt else { return false };
        if facts.constant(*result).is_some() {
            return true;
        }
        let reads_inputs_only = !matches!(op, Op::Load { buffer, .. }
            if kernel.buffers[*buffer].space != Space::Input);
        reads_inputs_only && op.operands().all(|operand| !self.is_inside(operand))
    }
}

struct Writer<'a, 'k> {
    shape: &'a mut Shape,
    kernel: &'a Kernel,
    facts: &'a Facts<'k>,
    text: &'a mut Vec<Token>,
}

impl Writer<'_, '_> {
    fn stmt(&mut self, stmt: &Stmt) -> Result<(), Unfit> {
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                if self.facts.constant(*result).is_some() {
                    return Ok(());
                }
                let mut nameless = op.map(|_| Value::new(0));
                if let Op::Load { buffer, .. } = &mut nameless {
                    *buffer = BufferId::new(0);
                }
                self.text.push(Token::Inst(nameless, self.kernel.types[*result]));
                if let Op::Load { buffer, .. } = op {
                    self.buffer(*buffer)?;
                }
                self.read(op.operands())?;
                self.define(*result);
            }
            Stmt::Store { buffer, index, value } => {
                self.text.push(Token::Store);
                self.buffer(*buffer)?;
                self.read([*index, *value])?;
            }
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let (count, last) = (carries.len(), more.is_some());
                self.text.push(Token::For { order: *order, carries: count, more: last });
                self.read([*start, *end])?;
                self.read(carries.iter().map(|&(_, first)| first))?;
                self.define(*var);
                carries.iter().for_each(|&(carry, _)| self.define(carry));
                self.block(body)?;
                self.read(yields.iter().chain(more).copied())?;
                results.iter().for_each(|&result| self.define(result));
            }
            Stmt::If { condition, then, otherwise, results } => {
                self.text.push(Token::If { results: results.len() });
                self.read([*condition])?;
                self.block(then)?;
                self.read(results.iter().map(|&(_, x, _)| x))?;
                self.block(otherwise)?;
                self.read(results.iter().map(|&(_, _, y)| y))?;
                results.iter().for_each(|&(result, ..)| self.define(result));
            }
            Stmt::Draw { .. } | Stmt::Call { .. } => return Err(Unfit),
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<(), Unfit> {
        for stmt in &block.stmts {
            self.stmt(stmt)?;
        }
        self.text.push(Token::End);
        Ok(())
    }

    fn define(&mut self, value: Value) {
        self.number(value, true);
    }

    fn number(&mut self, value: Value, inside: bool) {
        self.shape.numbers.insert(value, (self.shape.values.len(), inside));
        self.shape.values.push(value);
    }

    fn read(&mut self, values: impl IntoIterator<Item = Value>) -> Result<(), Unfit> {
        for value in values {
            let token = if let Some((literal, splat)) = self.facts.constant(value) {
                Token::Constant(literal, splat)
            } else if let Some(&(number, _)) = self.shape.numbers.get(&value) {
                Token::Known(number)
            } else {
                let ty = self.kernel.types[value];
                if ty.scalar == Scalar::Bool {
                    return Err(Unfit);
                }
                self.shape.given.push(self.shape.values.len());
                self.number(value, false);
                Token::Given(ty)
            };
            self.text.push(token);
        }
        Ok(())
    }

    fn buffer(&mut self, id: BufferId) -> Result<(), Unfit> {
        let known = self.shape.buffers.iter().position(|&known| known == id);
        let token = if let Some(known) = known {
            Token::KnownBuffer(known)
        } else {
            let buffer = &self.kernel.buffers[id];
            self.shape.buffers.push(id);
            match buffer.space {
                Space::Input if !buffer.ty.lanes => Token::Buffer(buffer.ty, Some(buffer.len)),
                Space::Scratch => Token::Buffer(buffer.ty, None),
                Space::Input | Space::Output | Space::Lent => return Err(Unfit),
            }
        };
        self.text.push(token);
        Ok(())
    }
}
