//! Which values are one per path. What depends on no draw, and on no parameter of which each path has its
//! own, is the same for all paths: it becomes a uniform value, computed once for all the paths at hand.

use sdec_ssa::{Emit, Func, Inst, Op, Region, Trips, Value};

use super::kind::Kind;

/// Whether each value is one per path.
pub(super) struct Levels {
    path: Vec<bool>,
    changed: bool,
}

impl Levels {
    /// The levels of a function's values: the least that are closed under dependence, so that a
    /// carry is per path if its first value or any later one is.
    pub(super) fn of(func: &Func) -> Self {
        let mut levels = Self { path: vec![false; func.types.len()], changed: true };
        for param in &func.params {
            levels.raise(param.value, param.each);
        }
        while std::mem::take(&mut levels.changed) {
            levels.region(&func.body);
        }
        levels
    }

    /// Whether a value is one per path.
    pub(super) fn is_path(&self, value: Value) -> bool {
        self.path[value.index()]
    }

    fn raise(&mut self, value: Value, path: bool) {
        if path && !std::mem::replace(&mut self.path[value.index()], true) {
            self.changed = true;
        }
    }

    fn region(&mut self, region: &Region) {
        for inst in &region.insts {
            self.inst(inst);
        }
    }

    fn inst(&mut self, inst: &Inst) {
        match Kind::of(&inst.op) {
            Kind::Draw => self.raise(inst.results[0], true),
            Kind::Control => self.control(inst),
            Kind::Elementwise | Kind::Movement | Kind::Join | Kind::Update | Kind::Reduction => {
                let path = inst.op.operands().iter().any(|&operand| self.is_path(operand));
                self.raise(inst.results[0], path);
            }
        }
    }

    fn control(&mut self, inst: &Inst) {
        if let Op::Map { body, .. } = &inst.op {
            self.region(body);
            self.follow(&inst.results, &body.results);
        } else if let Op::Scan { trips, init, emits, body, .. } = &inst.op {
            let carries = &body.params[1..];
            self.follow(carries, init);
            self.follow(carries, &body.results);
            self.region(body);
            self.follow(&inst.results, carries);
            self.follow(&inst.results, &body.results);
            let path = emits.iter().filter_map(Emit::slots).any(|slots| self.is_path(slots));
            assert!(!path, "slots are the same for all paths");
            // Where paths differ in the number of executions, what comes of these is per path.
            let differ = match *trips {
                Trips::All => false,
                Trips::While => self.is_path(carries[0]),
                Trips::Below(count) => self.is_path(count),
            };
            carries.iter().chain(&inst.results).for_each(|&value| self.raise(value, differ));
        } else if let Op::If { condition, then, otherwise } = &inst.op {
            self.region(then);
            self.region(otherwise);
            self.follow(&inst.results, &then.results);
            self.follow(&inst.results, &otherwise.results);
            let path = self.is_path(*condition);
            inst.results.iter().for_each(|&result| self.raise(result, path));
        }
    }

    fn follow(&mut self, targets: &[Value], sources: &[Value]) {
        for (&target, &source) in targets.iter().zip(sources) {
            self.raise(target, self.is_path(source));
        }
    }
}
