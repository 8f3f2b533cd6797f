//! What few arguments need: work behind a branch that all paths take together, and a loop over a
//! table of numbers.

use sdec_kernel::{Binary, Block, Compare, Literal, Order, Stmt, Value};
use sdec_noise::{Host, Machine};

use super::emit::Emit;

/// A machine with a branch and with tables.
pub(super) trait Branch: Machine {
    /// `work()` where `condition` holds, else `usual`. Nothing is done if it holds on no path; what a
    /// path gets depends on its own condition only.
    fn rarely<const N: usize>(
        &mut self,
        condition: Self::Bool,
        usual: [Self::Float; N],
        work: impl FnOnce(&mut Self) -> [Self::Float; N],
    ) -> [Self::Float; N];

    /// From zeros, `step` on each number of the table and what it gave before, last number first.
    /// What is carried belongs to the same paths as `like`.
    fn fold_back<const N: usize>(
        &mut self,
        table: &[f64],
        like: Self::Float,
        step: impl FnMut(&mut Self, Self::Float, [Self::Float; N]) -> [Self::Float; N],
    ) -> [Self::Float; N];
}

impl<F> Branch for Host<F>
where
    Self: Machine<Bool = bool>,
{
    fn rarely<const N: usize>(
        &mut self,
        condition: bool,
        usual: [Self::Float; N],
        work: impl FnOnce(&mut Self) -> [Self::Float; N],
    ) -> [Self::Float; N] {
        if condition { work(self) } else { usual }
    }

    fn fold_back<const N: usize>(
        &mut self,
        table: &[f64],
        _: Self::Float,
        mut step: impl FnMut(&mut Self, Self::Float, [Self::Float; N]) -> [Self::Float; N],
    ) -> [Self::Float; N] {
        let zero = self.float(0.0);
        table.iter().rev().fold([zero; N], |carried, &entry| {
            let entry = self.float(entry);
            step(self, entry, carried)
        })
    }
}

impl Branch for Emit<'_> {
    fn rarely<const N: usize>(
        &mut self,
        condition: Value,
        usual: [Value; N],
        work: impl FnOnce(&mut Self) -> [Value; N],
    ) -> [Value; N] {
        let any = self.builder.any(condition);
        self.builder.open_block();
        let mut found = work(self);
        for (found, usual) in found.iter_mut().zip(usual) {
            *found = self.select(condition, *found, usual);
        }
        let then = self.builder.close_block();
        let results = found.map(|value| self.fresh_like(value));
        let rows = results.into_iter().zip(found.into_iter().zip(usual));
        let rows = rows.map(|(result, (found, usual))| (result, found, usual)).collect();
        let otherwise = Block::default();
        self.builder.stmt(Stmt::If { condition: any, then, otherwise, results: rows });
        results
    }

    fn fold_back<const N: usize>(
        &mut self,
        table: &[f64],
        like: Value,
        mut step: impl FnMut(&mut Self, Value, [Value; N]) -> [Value; N],
    ) -> [Value; N] {
        let zero = self.float(0.0);
        let zero = if self.builder.ty(like).lanes { self.splat(zero) } else { zero };
        let start = self.literal(Literal::I64(0));
        let end = self.literal(Literal::I64(table.len() as i64));
        let var = self.fresh_like(start);
        let carried = [zero; N].map(|zero| self.fresh_like(zero));
        self.builder.open_block();
        let entry = self.entry(table, var);
        let yields = step(self, entry, carried);
        let body = self.builder.close_block();
        let results = carried.map(|carry| self.fresh_like(carry));
        self.builder.stmt(Stmt::For {
            var,
            start,
            end,
            order: Order::Down,
            carries: carried.into_iter().map(|carry| (carry, zero)).collect(),
            body,
            yields: yields.to_vec(),
            more: None,
            results: results.to_vec(),
        });
        results
    }
}

impl Emit<'_> {
    fn fresh_like(&mut self, value: Value) -> Value {
        let ty = self.builder.ty(value);
        self.builder.fresh(ty)
    }

    /// `table[index]` of a uniform index, by its bits.
    fn entry(&mut self, table: &[f64], index: Value) -> Value {
        let mut entries: Vec<Value> = table.iter().map(|&x| self.float(x)).collect();
        let mut bit = 1;
        while entries.len() > 1 {
            let mask = self.literal(Literal::I64(bit));
            let masked = self.builder.binary(Binary::And, index, mask);
            let odd = self.builder.compare(Compare::Eq, masked, mask);
            let pairs = entries.chunks(2).map(|pair| match *pair {
                [even, next] => self.builder.select(odd, next, even),
                _ => pair[0],
            });
            entries = pairs.collect();
            bit *= 2;
        }
        entries[0]
    }
}
