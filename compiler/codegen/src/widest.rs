//! Which type decides how many paths are held side by side.

use sdec_kernel::{Block, Kernel, Scalar, Stmt, Value};

use crate::counts::Counts;

/// Executions of a loop whose bounds are not known.
const UNKNOWN: u64 = 16;

/// Where less than one of so many operations is on the widest type, it does not decide: the sum of the
/// terms of a likelihood in doubles, after the steps of a solve in singles.
const FEW: u64 = 64;

/// What one draw is made of.
const DRAW: u64 = 32;

/// The type of a kernel's widest values with lanes, but for what is seldom computed; doubles where it has none.
pub fn widest_lanes(kernel: &Kernel) -> Scalar {
    let types = || kernel.types.values().filter(|ty| ty.lanes).map(|ty| ty.scalar);
    let Some(widest) = types().max_by_key(|scalar| scalar.bytes()) else { return Scalar::F64 };
    let narrower = types().filter(|scalar| scalar.bytes() < widest.bytes());
    let Some(next) = narrower.max_by_key(|scalar| scalar.bytes()) else { return widest };
    let mut count = Count { bytes: widest.bytes(), wide: 0, all: 0 };
    count.kernel(kernel, 1);
    if count.wide.saturating_mul(FEW) < count.all { next } else { widest }
}

/// Operations with lanes, as often as they are executed.
struct Count {
    /// Of the widest type.
    bytes: u64,
    wide: u64,
    all: u64,
}

impl Count {
    fn kernel(&mut self, kernel: &Kernel, times: u64) {
        self.block(kernel, &kernel.body, times, &mut Counts::default());
    }

    fn block(&mut self, kernel: &Kernel, block: &Block, times: u64, known: &mut Counts) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Inst(inst) => {
                    known.define(inst.result, &inst.op);
                    self.value(kernel, inst.result, times);
                }
                Stmt::Draw { results, .. } => {
                    results.iter().for_each(|&x| self.value(kernel, x, times.saturating_mul(DRAW)));
                }
                Stmt::Store { .. } => {}
                Stmt::Call { routine, .. } => self.kernel(&kernel.routines[*routine], times),
                Stmt::For { start, end, body, .. } => {
                    let extent = known.between(*start, *end).unwrap_or(UNKNOWN);
                    self.block(kernel, body, times.saturating_mul(extent), known);
                }
                Stmt::If { then, otherwise, .. } => {
                    self.block(kernel, then, times, known);
                    self.block(kernel, otherwise, times, known);
                }
            }
        }
    }

    fn value(&mut self, kernel: &Kernel, value: Value, times: u64) {
        let ty = kernel.types[value];
        if ty.lanes {
            self.all = self.all.saturating_add(times);
            if ty.scalar.bytes() == self.bytes {
                self.wide = self.wide.saturating_add(times);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widest(in_loop: &str, after: &str) -> Scalar {
        let kernel = sdec_kernel::parse(&format!(
            "kernel \"k\" lanes 1
            b0 = input \"x\" <f32>[1]
            b1 = output \"y\" <f64>[1]
            b2 = output \"z\" <f32>[1]
            v0: i64 = const 0
            v1: i64 = const 100
            v2: <f32> = load b0[v0]
            for v3 in v0..v1 {{
              v4: <f32> = mul v2, v2
              v5: <f32> = mul v4, v2
              {in_loop}
              b2[v0] = v5
            }}
            {after}"
        ));
        widest_lanes(&kernel.unwrap())
    }

    #[test]
    fn doubles_decide_where_they_are_some_of_the_work() {
        let convert = "v6: <f64> = convert v2\nb1[v0] = v6";
        assert_eq!(widest(convert, ""), Scalar::F64);
        assert_eq!(widest("", convert), Scalar::F32);
        assert_eq!(widest("", ""), Scalar::F32);
    }

    /// A loop from a count to the same count and 100 more is executed as often.
    #[test]
    fn bounds_may_be_sums() {
        let kernel = |end: &str| {
            let kernel = sdec_kernel::parse(&format!(
                "kernel \"k\" lanes 1
                b0 = input \"x\" <f32>[1]
                b1 = output \"y\" <f64>[1]
                b2 = input \"n\" i64[1]
                v0: i64 = const 0
                v1: i64 = const 100
                v2: <f32> = load b0[v0]
                v3: i64 = load b2[v0]
                v4: i64 = {end}
                for v5 in v3..v4 {{
                  v6: <f32> = mul v2, v2
                }}
                v7: <f64> = convert v2
                b1[v0] = v7"
            ));
            widest_lanes(&kernel.unwrap())
        };
        assert_eq!(kernel("add v3, v1"), Scalar::F32);
        assert_eq!(kernel("mul v3, v1"), Scalar::F64);
    }

    #[test]
    fn without_lanes_doubles_decide() {
        let kernel = sdec_kernel::parse("kernel \"k\" lanes 1\nv0: i64 = const 0").unwrap();
        assert_eq!(widest_lanes(&kernel), Scalar::F64);
    }
}
