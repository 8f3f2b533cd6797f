//! Arrays that keep one row per execution of a loop for another loop with the same executions.
//!
//! Rows of executions that do not take place are zero by the meaning of `scan`; where nobody reads
//! them they need not be written.

use std::collections::{BTreeMap, BTreeSet};

use sdec_ssa::{Binary, Emit, Inst, Literal, Op, Region, Trips, Value};

/// The emitted arrays of loops some of whose executions do not take place, of which only the rows of
/// those that do are read: at its own index, by a loop of as many executions.
pub(super) fn find(body: &Region) -> BTreeSet<Value> {
    let mut search = Search::default();
    search.region(body, None);
    let emitted = search.emitted.iter().filter(|(tape, _)| !search.otherwise.contains(tape));
    emitted.map(|&(tape, _)| tape).collect()
}

/// The loop whose body is walked.
#[derive(Clone, Copy)]
struct Around {
    index: Value,
    count: Value,
}

#[derive(Default)]
struct Search {
    /// Arrays, each with a count of the rows that are written.
    emitted: Vec<(Value, Value)>,
    /// What is read in any other way.
    otherwise: BTreeSet<Value>,
    /// Counts that are known now.
    literals: BTreeMap<Value, i64>,
}

impl Search {
    fn region(&mut self, region: &Region, around: Option<Around>) {
        for inst in &region.insts {
            self.inst(inst, around);
        }
        self.otherwise.extend(&region.results);
    }

    fn inst(&mut self, inst: &Inst, around: Option<Around>) {
        if let Op::Const(Literal::Int(n)) = inst.op {
            self.literals.insert(inst.results[0], n);
        }
        let own_row = matches!(
            (&inst.op, around),
            (Op::Index(array, index), Some(around))
                if *index == around.index && self.emitted.contains(&(*array, around.count))
        );
        if !own_row {
            self.otherwise.extend(inst.op.operands());
        }
        let mut inner = None;
        if let Op::Scan { trips, body, .. } = &inst.op {
            inner = trips.count().map(|count| Around { index: body.params[0], count });
        }
        for region in inst.op.regions() {
            self.region(region, inner);
        }
        self.emitted(inst);
    }

    fn emitted(&mut self, inst: &Inst) {
        let Op::Scan { trips, init, emits, body, .. } = &inst.op else { return };
        let (carries, arrays) = inst.results.split_at(init.len());
        let counts: Vec<Value> = match *trips {
            Trips::All => Vec::new(),
            Trips::While => {
                let counts = (0..init.len()).filter(|&k| self.counts(init[k], body, k));
                counts.map(|k| carries[k]).collect()
            }
            Trips::Below(count) => vec![count],
        };
        for (&array, _) in arrays.iter().zip(emits).filter(|(_, emit)| **emit == Emit::Every) {
            self.emitted.extend(counts.iter().map(|&count| (array, count)));
        }
    }

    /// Whether a carry is the number of executions: 0 at first, then the index and one.
    fn counts(&self, first: Value, body: &Region, k: usize) -> bool {
        let literal = |value: Value| self.literals.get(&value).copied();
        let next = body.results[k];
        let one_more = |x: Value, y: Value| x == body.params[0] && literal(y) == Some(1);
        let counted = body.insts.iter().any(|inst| {
            inst.results[0] == next
                && matches!(inst.op, Op::Binary(Binary::Add, x, y) if one_more(x, y) || one_more(y, x))
        });
        literal(first) == Some(0) && counted
    }
}
