//! Which floats depend on some of the parameters, in a way that has a derivative.
//!
//! Marks only grow, so that loops are walked until nothing changes: at most once per carry and once
//! more. A carry that is marked anywhere is marked everywhere.

use sdec_ssa::{Func, Inst, Op, Region, Value};

use crate::rules;

/// A mark for each value of a function.
pub(crate) struct Flow<'a> {
    func: &'a Func,
    marks: Vec<bool>,
}

/// Marks what depends on `seeds`.
pub(crate) fn run<'a>(func: &'a Func, seeds: impl Iterator<Item = Value>) -> Flow<'a> {
    let mut flow = Flow { func, marks: vec![false; func.types.len()] };
    for seed in seeds {
        flow.mark(seed, true);
    }
    flow.region(&func.body);
    flow
}

impl Flow<'_> {
    /// Whether the value depends on a seed. Values made later do not.
    pub(crate) fn has(&self, value: Value) -> bool {
        self.marks.get(value.index()).is_some_and(|&mark| mark)
    }

    /// Whether this is news.
    fn mark(&mut self, value: Value, mark: bool) -> bool {
        let news = mark && !self.has(value) && self.func.types[value].is_float();
        self.marks[value.index()] |= news;
        news
    }

    fn region(&mut self, region: &Region) {
        for inst in &region.insts {
            self.inst(inst);
        }
    }

    fn inst(&mut self, inst: &Inst) {
        if let Op::Scan { init, body, .. } = &inst.op {
            let (carries, emits) = inst.results.split_at(init.len());
            let (next, emitted) = body.results.split_at(init.len());
            self.mark_each(&body.params[1..], init);
            loop {
                self.region(body);
                if !self.mark_each(&body.params[1..], next) {
                    break;
                }
            }
            self.mark_each(carries, &body.params[1..]);
            self.mark_each(emits, emitted);
        } else if inst.op.is_control() {
            for inner in inst.op.regions() {
                self.region(inner);
                self.mark_each(&inst.results, &inner.results);
            }
        } else if !rules::is_flat(&inst.op) {
            let mark = inst.op.operands().into_iter().any(|operand| self.has(operand));
            self.mark(inst.results[0], mark);
        }
    }

    /// Whether anything is news.
    fn mark_each(&mut self, to: &[Value], from: &[Value]) -> bool {
        let mut news = false;
        for (&to, &from) in to.iter().zip(from) {
            news |= self.mark(to, self.has(from));
        }
        news
    }
}
