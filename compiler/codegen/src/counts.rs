//! How often loops are executed, as far as their bounds say it.

use std::collections::BTreeMap;

use sdec_kernel::{Binary, Literal, Op, Value};

/// A count as another one, if there is one, and a number.
type Sum = (Option<Value>, i64);

/// What is known of counts.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Of several sums, the least.
    sums: BTreeMap<Value, Vec<Sum>>,
}

impl Counts {
    fn of(&self, value: Value) -> Vec<Sum> {
        self.sums.get(&value).cloned().unwrap_or_else(|| vec![(Some(value), 0)])
    }

    /// Takes note of a count that is defined.
    pub fn define(&mut self, result: Value, op: &Op) {
        if let Op::Const(Literal::I64(n)) = *op {
            self.sums.insert(result, vec![(None, n)]);
        } else if let Op::Binary(Binary::Add, x, y) = *op
            && let [(None, m)] = self.of(y)[..]
        {
            let sums = self.of(x).into_iter().map(|(other, n)| (other, n.wrapping_add(m)));
            self.sums.insert(result, sums.collect());
        } else if let Op::Binary(Binary::Shr, x, by) = *op
            && let [(None, by)] = self.of(by)[..]
        {
            let numbers = self.of(x).into_iter().filter(|(other, n)| other.is_none() && *n >= 0);
            let halved: Vec<Sum> = numbers.map(|(_, n)| (None, n >> by)).collect();
            if !halved.is_empty() {
                self.sums.insert(result, halved);
            }
        } else if let Op::Binary(Binary::Min, x, y) = *op {
            self.sums.insert(result, [self.of(x), self.of(y)].concat());
        }
    }

    /// How often a loop between these is executed at most, if that is known.
    pub fn between(&self, start: Value, end: Value) -> Option<u64> {
        let starts = self.of(start);
        let apart = self.of(end).into_iter().filter_map(|(other, m)| {
            let &(_, n) = starts.iter().find(|(from, _)| *from == other)?;
            Some(u64::try_from(m.saturating_sub(n)).unwrap_or(0))
        });
        apart.min()
    }
}
