//! Which type decides how many paths are held side by side.

use sdec_kernel::{Block, Kernel, Scalar, Stmt, Type, Value};

use crate::counts::Counts;

/// Executions of a loop whose bounds are not known.
const UNKNOWN: u64 = 16;

/// Where less than one of so many operations is on the widest type, it does not decide: the sum of the
/// terms of a likelihood in doubles, after the steps of a solve in singles.
const FEW: u64 = 64;

/// What one draw is made of.
const DRAW: u64 = 32;

/// The type of a kernel's widest values with lanes, or of its numbers where it has no lanes, but for what is
/// seldom computed; doubles where there are neither.
pub fn widest(kernel: &Kernel) -> Scalar {
    let has_lanes = kernel.types.values().any(|ty| ty.lanes);
    let counts =
        move |ty: &Type| ty.lanes || (!has_lanes && matches!(ty.scalar, Scalar::F32 | Scalar::F64));
    let types = || kernel.types.values().copied().filter(counts).map(|ty| ty.scalar);
    let Some(widest) = types().max_by_key(|scalar| scalar.bytes()) else { return Scalar::F64 };
    let narrower = types().filter(|scalar| scalar.bytes() < widest.bytes());
    let Some(next) = narrower.max_by_key(|scalar| scalar.bytes()) else { return widest };
    let mut count = Count { counts: &counts, bytes: widest.bytes(), wide: 0, all: 0 };
    count.kernel(kernel, 1);
    if count.wide.saturating_mul(FEW) < count.all { next } else { widest }
}

/// Operations that count, as often as they are executed.
struct Count<'a> {
    /// By their types.
    counts: &'a dyn Fn(&Type) -> bool,
    /// Of the widest type.
    bytes: u64,
    wide: u64,
    all: u64,
}

impl Count<'_> {
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
        if (self.counts)(&ty) {
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

    fn of(in_loop: &str, after: &str) -> Scalar {
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
        super::widest(&kernel.unwrap())
    }

    #[test]
    fn doubles_decide_where_they_are_some_of_the_work() {
        let convert = "v6: <f64> = convert v2\nb1[v0] = v6";
        assert_eq!(of(convert, ""), Scalar::F64);
        assert_eq!(of("", convert), Scalar::F32);
        assert_eq!(of("", ""), Scalar::F32);
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
            super::widest(&kernel.unwrap())
        };
        assert_eq!(kernel("add v3, v1"), Scalar::F32);
        assert_eq!(kernel("mul v3, v1"), Scalar::F64);
    }

    #[test]
    fn without_lanes_doubles_decide() {
        let kernel = sdec_kernel::parse("kernel \"k\" lanes 1\nv0: i64 = const 0").unwrap();
        assert_eq!(super::widest(&kernel), Scalar::F64);
    }
}
