//! Whether a kernel is one: each value defined once and before use, every type as `func` says,
//! indices and loop bounds uniform, inputs never written.
//!
//! Not checked: that indices are in range, and that what is read from scratch and outputs was
//! written before in the same execution.

use std::fmt::{self, Display, Formatter};

use crate::{
    Binary, Block, Buffer, BufferId, Inst, Kernel, Literal, Op, Order, RoutineId, Scalar, Space,
    Stmt, Ternary, Type, Unary, Value,
};

/// What is wrong with a kernel. Always a bug of the pass that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// First line of the statement, or of the kernel.
    pub at: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// A way to be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The number of lanes is not 1, 2, 4, 8 or 16.
    Lanes,
    /// Read where it is not visible.
    Undefined(Value),
    /// Defined more than once.
    Redefined(Value),
    /// Of a type that its place does not allow.
    Type(Value),
    /// A buffer of truth values, a store to an input, or no buffer at all.
    Buffer(BufferId),
    /// As many carries, yields and results, or draws, as the others or the type demand.
    Count,
    /// A shift by what is no constant below the width.
    Shift(Value),
    /// An operation that must have been expanded.
    NotExpanded,
    /// There is none of this number, it has other lanes, is wide where there are several paths or is not
    /// where the kernel is, or has routines itself.
    Routine,
    /// The number of a lane where lanes are paths.
    Lane,
    /// A loop by part with a carry, or in which more happens to lanes than arithmetic on one type.
    ByPart,
}

impl Display for Malformed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::Lanes => f.write_str("lanes are not 1, 2, 4, 8 or 16")?,
            Fault::Undefined(value) => write!(f, "{value} is not defined here")?,
            Fault::Redefined(value) => write!(f, "{value} is defined twice")?,
            Fault::Type(value) => write!(f, "{value} has the wrong type")?,
            Fault::Buffer(buffer) => write!(f, "{buffer} cannot be used so")?,
            Fault::Count => f.write_str("numbers of values differ")?,
            Fault::Shift(value) => write!(f, "{value} is no constant below the width")?,
            Fault::NotExpanded => f.write_str("operation is not expanded")?,
            Fault::Routine => f.write_str("routine cannot be called so")?,
            Fault::Lane => f.write_str("lanes are paths")?,
            Fault::ByPart => f.write_str("cannot be done by part")?,
        }
        write!(f, " in `{}`", self.at)
    }
}

impl std::error::Error for Malformed {}

/// Checks a kernel.
///
/// # Errors
///
/// The first fault found.
pub fn verify(kernel: &Kernel) -> Result<(), Malformed> {
    check(kernel, false, false)
}

/// Checks a kernel that a backend will see: also that draws and special functions are expanded.
///
/// # Errors
///
/// The first fault found.
pub fn verify_lowered(kernel: &Kernel) -> Result<(), Malformed> {
    check(kernel, true, false)
}

fn check(kernel: &Kernel, lowered: bool, is_routine: bool) -> Result<(), Malformed> {
    let header = |fault| Malformed { at: format!("kernel {:?}", kernel.name), fault };
    if !matches!(kernel.lanes, 1 | 2 | 4 | 8 | 16) {
        return Err(header(Fault::Lanes));
    }
    for (id, buffer) in kernel.buffers.iter() {
        let foreign = match buffer.space {
            Space::Input => false,
            Space::Output | Space::Scratch => is_routine,
            Space::Lent => !is_routine,
        };
        let of_one = kernel.is_wide && matches!(buffer.space, Space::Scratch | Space::Lent);
        if buffer.ty.scalar == Scalar::Bool || foreign || (of_one && buffer.ty.lanes) {
            return Err(header(Fault::Buffer(id)));
        }
    }
    for routine in kernel.routines.values() {
        let fits = if routine.is_wide || kernel.is_wide {
            routine.is_wide && kernel.held() == 1
        } else {
            routine.lanes == kernel.lanes
        };
        if is_routine || !fits {
            return Err(header(Fault::Routine));
        }
        check(routine, lowered, true)?;
    }
    let mut verifier = Verifier {
        kernel,
        lowered,
        defined: vec![false; kernel.types.len()],
        visible: vec![false; kernel.types.len()],
        constants: vec![None; kernel.types.len()],
    };
    verifier.block(&kernel.body, &[], &[])
}

struct Verifier<'a> {
    kernel: &'a Kernel,
    lowered: bool,
    defined: Vec<bool>,
    visible: Vec<bool>,
    constants: Vec<Option<Literal>>,
}

const INDEX: Type = Type { scalar: Scalar::I64, lanes: false };
const KEY: Type = Type { scalar: Scalar::Word, lanes: false };

impl Verifier<'_> {
    fn block(&mut self, block: &Block, bound: &[Value], yields: &[Value]) -> Result<(), Malformed> {
        let mut local = bound.to_vec();
        for stmt in &block.stmts {
            let at = |fault| Malformed { at: self.kernel.headline(stmt), fault };
            self.operands_visible(&stmt.operands()).map_err(at)?;
            self.types(stmt).map_err(at)?;
            self.inner(stmt)?;
            let results = stmt.results();
            self.define(&results)
                .map_err(|fault| Malformed { at: self.kernel.headline(stmt), fault })?;
            local.extend(results);
        }
        let last =
            || block.stmts.last().map_or_else(String::new, |stmt| self.kernel.headline(stmt));
        self.operands_visible(yields).map_err(|fault| Malformed { at: last(), fault })?;
        for value in local {
            self.visible[value.index()] = false;
        }
        Ok(())
    }

    fn inner(&mut self, stmt: &Stmt) -> Result<(), Malformed> {
        for (block, bound, yields) in stmt.blocks() {
            self.define(&bound)
                .map_err(|fault| Malformed { at: self.kernel.headline(stmt), fault })?;
            self.block(block, &bound, &yields)?;
        }
        Ok(())
    }

    fn define(&mut self, values: &[Value]) -> Result<(), Fault> {
        for &value in values {
            if std::mem::replace(&mut self.defined[value.index()], true) {
                return Err(Fault::Redefined(value));
            }
            self.visible[value.index()] = true;
        }
        Ok(())
    }

    fn operands_visible(&self, values: &[Value]) -> Result<(), Fault> {
        let hidden = values.iter().find(|value| !self.visible.get(value.index()).unwrap_or(&false));
        hidden.map_or(Ok(()), |&value| Err(Fault::Undefined(value)))
    }

    fn buffer(&self, buffer: BufferId) -> Result<&Buffer, Fault> {
        self.kernel.buffers.get(buffer).ok_or(Fault::Buffer(buffer))
    }

    fn has(&self, value: Value, ty: Type) -> Result<(), Fault> {
        let found = self.kernel.types.get(value);
        if found == Some(&ty) { Ok(()) } else { Err(Fault::Type(value)) }
    }

    fn types(&mut self, stmt: &Stmt) -> Result<(), Fault> {
        match stmt {
            Stmt::Inst(inst) => self.op(inst.result, &inst.op),
            Stmt::Store { buffer, index, value } => {
                let target = self.buffer(*buffer)?;
                if target.space == Space::Input {
                    return Err(Fault::Buffer(*buffer));
                }
                self.has(*index, INDEX)?;
                let one = Type::uniform(target.ty.scalar);
                let several = target.ty.lanes != self.kernel.is_wide;
                let lanes = if several { Type::lanes(one.scalar) } else { one };
                self.has(*value, one).or_else(|_| self.has(*value, lanes))
            }
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let parts = *order == Order::ByPart;
                if parts
                    && (!carries.is_empty() || more.is_some() || !self.is_by_part(body, &mut None))
                {
                    return Err(Fault::ByPart);
                }
                [var, start, end].iter().try_for_each(|&&value| self.has(value, INDEX))?;
                more.iter().try_for_each(|&more| self.has(more, Type::uniform(Scalar::Bool)))?;
                if carries.len() != yields.len() || carries.len() != results.len() {
                    return Err(Fault::Count);
                }
                for (k, &(carry, first)) in carries.iter().enumerate() {
                    let ty = self.kernel.types[carry];
                    [first, yields[k], results[k]]
                        .iter()
                        .try_for_each(|&value| self.has(value, ty))?;
                }
                Ok(())
            }
            Stmt::If { condition, results, .. } => {
                self.has(*condition, Type::uniform(Scalar::Bool))?;
                results.iter().try_for_each(|&(result, x, y)| {
                    let ty = self.kernel.types[result];
                    self.has(x, ty)?;
                    self.has(y, ty)
                })
            }
            Stmt::Draw { results, key, block, .. } => self.draw(results, *key, *block),
            Stmt::Call { routine, reads, writes } => self.call(*routine, reads, writes),
        }
    }

    /// Whether the paths of a block could be gone through one part after the other: see [`Order::ByPart`].
    fn is_by_part(&self, block: &Block, scalar: &mut Option<Scalar>) -> bool {
        for stmt in &block.stmts {
            let mut types: Vec<Type> = (stmt.operands().into_iter().chain(stmt.results()))
                .filter_map(|value| self.kernel.types.get(value).copied())
                .collect();
            let is_allowed = match stmt {
                Stmt::Inst(Inst { op: Op::Splat(_) | Op::Load { .. }, .. })
                | Stmt::Inst(Inst { op: Op::Binary(..) | Op::Ternary(..), .. })
                | Stmt::For { .. }
                | Stmt::If { .. } => true,
                Stmt::Inst(_) => types.iter().all(|ty| !ty.lanes),
                Stmt::Store { buffer, .. } => {
                    types.extend(self.kernel.buffers.get(*buffer).map(|buffer| buffer.ty));
                    types.last().is_some_and(|ty| ty.lanes)
                }
                Stmt::Draw { .. } | Stmt::Call { .. } => false,
            };
            let mut lanes = types.iter().filter(|ty| ty.lanes).map(|ty| ty.scalar);
            let is_one = lanes.all(|found| {
                matches!(found, Scalar::F32 | Scalar::F64) && *scalar.get_or_insert(found) == found
            });
            if !is_allowed || !is_one {
                return false;
            }
            if !stmt.blocks().into_iter().all(|(inner, _, _)| self.is_by_part(inner, scalar)) {
                return false;
            }
        }
        true
    }

    fn call(
        &self,
        routine: RoutineId,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) -> Result<(), Fault> {
        let routine = self.kernel.routines.get(routine).ok_or(Fault::Routine)?;
        for (space, given) in [(Space::Input, reads), (Space::Lent, writes)] {
            let wanted: Vec<_> = routine.buffers_in(space).collect();
            if wanted.len() != given.len() {
                return Err(Fault::Count);
            }
            for (wanted, &(buffer, first)) in wanted.into_iter().zip(given) {
                let found = self.buffer(buffer)?;
                let lent = space == Space::Input || found.space == Space::Scratch;
                // Of one path: its lanes lie like entries.
                let one = routine.is_wide && found.space == Space::Scratch;
                let alike =
                    found.ty == wanted.ty || (one && wanted.ty == Type::uniform(found.ty.scalar));
                if !alike || !lent {
                    return Err(Fault::Buffer(buffer));
                }
                self.has(first, INDEX)?;
            }
        }
        Ok(())
    }

    fn draw(&self, results: &[Value], key: (Value, Value), block: Value) -> Result<(), Fault> {
        if self.lowered {
            return Err(Fault::NotExpanded);
        }
        [key.0, key.1].iter().try_for_each(|&value| self.has(value, KEY))?;
        let of_lanes = self.kernel.is_wide && self.has(block, Type::lanes(Scalar::Word)).is_ok();
        if !of_lanes {
            self.has(block, KEY)?;
        }
        let scalar = if results.len() == 4 { Scalar::F32 } else { Scalar::F64 };
        if !matches!(results.len(), 2 | 4) {
            return Err(Fault::Count);
        }
        results.iter().try_for_each(|&value| self.has(value, Type::lanes(scalar)))
    }

    fn op(&mut self, result: Value, op: &Op) -> Result<(), Fault> {
        let ty = self.kernel.types[result];
        match *op {
            Op::Const(literal) => {
                self.constants[result.index()] = Some(literal);
                self.has(result, Type::uniform(literal.scalar()))
            }
            Op::Splat(x) => {
                self.has(x, Type::uniform(ty.scalar))?;
                self.has(result, Type::lanes(ty.scalar))
            }
            Op::Unary(op, x) => self.unary(op, x, result),
            Op::Binary(op, x, y) => self.binary(op, x, y, result),
            Op::Ternary(Ternary::Fma, x, y, z) => {
                self.float(result)?;
                [x, y, z].iter().try_for_each(|&value| self.has(value, ty))
            }
            Op::Compare(_, x, y) => {
                let operand = self.kernel.types[x];
                self.has(y, operand)?;
                self.has(result, Type { scalar: Scalar::Bool, ..operand })?;
                if operand.scalar == Scalar::Bool { Err(Fault::Type(x)) } else { Ok(()) }
            }
            Op::Select(c, x, y) => {
                self.has(c, Type { scalar: Scalar::Bool, ..ty })?;
                [x, y].iter().try_for_each(|&value| self.has(value, ty))
            }
            Op::Convert(x) => self.convert(x, result),
            Op::Bitcast(x) => self.bitcast(x, result),
            Op::Load { buffer, index } => {
                self.has(index, INDEX)?;
                let ty = self.buffer(buffer)?.ty;
                if self.kernel.is_wide {
                    let one = Type::uniform(ty.scalar);
                    let neighbours = if ty.lanes { one } else { Type::lanes(ty.scalar) };
                    self.has(result, one).or_else(|_| self.has(result, neighbours))
                } else {
                    self.has(result, ty)
                }
            }
            Op::PathLow | Op::PathHigh => self.has(result, Type::lanes(Scalar::Word)),
            Op::Lane if !self.kernel.is_wide => Err(Fault::Lane),
            Op::Lane => self.has(result, Type::lanes(Scalar::Word)),
            Op::Any(x) => {
                self.has(x, Type::lanes(Scalar::Bool))?;
                self.has(result, Type::uniform(Scalar::Bool))
            }
        }
    }

    fn float(&self, value: Value) -> Result<(), Fault> {
        match self.kernel.types[value].scalar {
            Scalar::F64 | Scalar::F32 => Ok(()),
            Scalar::I64 | Scalar::Word | Scalar::Bool => Err(Fault::Type(value)),
        }
    }

    fn unary(&self, op: Unary, x: Value, result: Value) -> Result<(), Fault> {
        let ty = self.kernel.types[result];
        self.has(x, ty)?;
        let allowed = match op {
            Unary::Not => ty.scalar == Scalar::Bool,
            Unary::Neg => matches!(ty.scalar, Scalar::F64 | Scalar::F32) || ty == INDEX,
            Unary::Abs | Unary::Sqrt | Unary::Floor | Unary::Nearest => {
                matches!(ty.scalar, Scalar::F64 | Scalar::F32)
            }
            Unary::Exp
            | Unary::Log
            | Unary::Sin
            | Unary::Cos
            | Unary::Tanh
            | Unary::Erf
            | Unary::Erfc
            | Unary::Special(_) => {
                if self.lowered {
                    return Err(Fault::NotExpanded);
                }
                matches!(ty.scalar, Scalar::F64 | Scalar::F32)
            }
        };
        if allowed { Ok(()) } else { Err(Fault::Type(x)) }
    }

    fn binary(&self, op: Binary, x: Value, y: Value, result: Value) -> Result<(), Fault> {
        let ty = self.kernel.types[result];
        self.has(x, ty)?;
        let float = matches!(ty.scalar, Scalar::F64 | Scalar::F32);
        let word = ty.scalar == Scalar::Word;
        let allowed = match op {
            Binary::Add | Binary::Sub => ty.scalar != Scalar::Bool,
            Binary::Mul => float || word || ty == INDEX,
            Binary::Max | Binary::Min => float || ty == INDEX,
            Binary::Div => float,
            Binary::And | Binary::Or | Binary::Xor => !float,
            Binary::MulHigh => word,
            Binary::Shl | Binary::Shr => {
                self.has(y, Type::uniform(ty.scalar))?;
                return self.shift(ty.scalar, y);
            }
            Binary::Pow | Binary::Atan2 => {
                if self.lowered {
                    return Err(Fault::NotExpanded);
                }
                float
            }
        };
        if allowed { self.has(y, ty) } else { Err(Fault::Type(x)) }
    }

    fn shift(&self, scalar: Scalar, by: Value) -> Result<(), Fault> {
        let below_width = match (scalar, self.constants[by.index()]) {
            (Scalar::Word, Some(Literal::Word(n))) => n < 32,
            (Scalar::I64, Some(Literal::I64(n))) => (0..64).contains(&n),
            _ => false,
        };
        if below_width { Ok(()) } else { Err(Fault::Shift(by)) }
    }

    fn convert(&self, x: Value, result: Value) -> Result<(), Fault> {
        let (from, to) = (self.kernel.types[x], self.kernel.types[result]);
        let allowed = match (from.scalar, to.scalar) {
            (Scalar::F64, Scalar::F32)
            | (Scalar::F32, Scalar::F64)
            | (Scalar::Word, Scalar::F64 | Scalar::F32) => true,
            (Scalar::I64, Scalar::F64 | Scalar::F32 | Scalar::Word)
            | (Scalar::Word, Scalar::I64) => !from.lanes,
            _ => false,
        };
        if allowed && from.lanes == to.lanes { Ok(()) } else { Err(Fault::Type(x)) }
    }

    fn bitcast(&self, x: Value, result: Value) -> Result<(), Fault> {
        let (from, to) = (self.kernel.types[x], self.kernel.types[result]);
        let allowed = matches!(
            (from.scalar, to.scalar),
            (Scalar::F64, Scalar::I64)
                | (Scalar::I64, Scalar::F64)
                | (Scalar::F32, Scalar::Word)
                | (Scalar::Word, Scalar::F32)
        );
        if allowed && from.lanes == to.lanes { Ok(()) } else { Err(Fault::Type(x)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[track_caller]
    fn check(body: &str, fault: Result<(), Fault>) {
        let header = "kernel \"k\" lanes 4\nb0 = input \"x\" f64[2]\nb1 = output \"y\" <f64>[2]\n";
        let kernel = parse(&format!("{header}v0: i64 = const 0\nv1: f64 = const 0.5\n{body}"));
        assert_eq!(verify_lowered(&kernel.unwrap()).map_err(|malformed| malformed.fault), fault);
    }

    #[test]
    fn every_fault_is_found() {
        let v = Value::new;
        check("b1[v0] = v1", Ok(()));
        check("b0[v0] = v1", Err(Fault::Buffer(BufferId::new(0))));
        check("b7[v0] = v1", Err(Fault::Buffer(BufferId::new(7))));
        check("v2: <f64> = load b7[v0]", Err(Fault::Buffer(BufferId::new(7))));
        check("b1[v1] = v1", Err(Fault::Type(v(1))));
        check("v2: f64 = add v1, v3", Err(Fault::Undefined(v(3))));
        check("v1: f64 = const 1.0", Err(Fault::Redefined(v(1))));
        check("v2: f64 = add v1, v0", Err(Fault::Type(v(0))));
        check("v2: <f64> = add v1, v1", Err(Fault::Type(v(1))));
        check("v2: f64 = log v1", Err(Fault::NotExpanded));
        check("v2: word = const 32\nv3: word = shl v2, v2", Err(Fault::Shift(v(2))));
        check("v2: <word> = lane", Err(Fault::Lane));
        check("for v2 in v0..v0 carry v3: f64 = v1 { }", Err(Fault::Count));
        check("for v2 in v0..v0 { v3: f64 = const 1.0 }\nb1[v0] = v3", Err(Fault::Undefined(v(3))));
    }

    #[test]
    fn loops_by_part_do_arithmetic_on_one_type() {
        let inside =
            |body: &str, fault| check(&format!("for v9 in by part v0..v0 {{ {body} }}"), fault);
        let add = "v2: <f64> = splat v1\nv3: <f64> = add v2, v2\nb1[v0] = v3";
        inside(add, Ok(()));
        inside(&format!("for v8 in v0..v0 {{ {add} }}"), Ok(()));
        let fault = Err(Fault::ByPart);
        inside("v2: <word> = path_low", fault);
        inside("v2: <f64> = splat v1\nv3: <bool> = lt v2, v2", fault);
        inside("v2: <f64> = splat v1\nv3: <f32> = convert v2", fault);
        inside("v2: f32 = const 1.0\nv3: <f32> = splat v2\nv4: <f64> = splat v1", fault);
        check("for v9 in by part v0..v0 carry v2: f64 = v1 { yield v1 } -> v3", fault);
    }

    #[test]
    fn calls_fit_their_routines() {
        let check = |buffers: &str, body: &str, fault: Result<(), Fault>| {
            let text = format!(
                "kernel \"k\" lanes 4
                b0 = input \"x\" f64[2]
                b1 = scratch \"y\" <f64>[2]
                b2 = output \"z\" <f64>[2]
                routine r0 \"r\" {{
                  {buffers}
                }}
                v0: i64 = const 0
                v1: f64 = const 0.5
                {body}"
            );
            let found = verify(&parse(&text).unwrap()).map_err(|malformed| malformed.fault);
            assert_eq!(found, fault, "{text}");
        };
        let b = BufferId::new;
        let good = "b0 = input \"a\" f64[1]\nb1 = lent \"b\" <f64>[1]";
        check(good, "call r0(b0[v0]) -> b1[v0]", Ok(()));
        check(good, "call r1(b0[v0]) -> b1[v0]", Err(Fault::Routine));
        check(good, "call r0() -> b1[v0]", Err(Fault::Count));
        check(good, "call r0(b1[v0]) -> b1[v0]", Err(Fault::Buffer(b(1))));
        check(good, "call r0(b0[v0]) -> b2[v0]", Err(Fault::Buffer(b(2))));
        check(good, "call r0(b0[v1]) -> b1[v0]", Err(Fault::Type(Value::new(1))));
        let own = "b0 = scratch \"a\" f64[1]\nb1 = lent \"b\" <f64>[1]";
        check(own, "call r0() -> b1[v0]", Err(Fault::Buffer(b(0))));
    }

    #[test]
    fn wide_kernels_have_lanes_of_neighbours_and_one_entry_of_a_path() {
        let check = |body: &str, fault: Result<(), Fault>| {
            let text = format!(
                "kernel \"k\" wide 4
                b0 = input \"x\" f64[8]
                b1 = output \"y\" <f64>[2]
                b2 = scratch \"s\" f64[8]
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: <f64> = load b0[v0]
                {body}"
            );
            let found = verify(&parse(&text).unwrap()).map_err(|malformed| malformed.fault);
            assert_eq!(found, fault, "{text}");
        };
        let v = Value::new;
        check("b1[v0] = v1\nb2[v0] = v1\nb2[v0] = v2\nv3: f64 = load b1[v0]", Ok(()));
        check("b1[v0] = v2", Err(Fault::Type(v(2))));
        check("v3: <f64> = load b1[v0]", Err(Fault::Type(v(3))));
        check("v3: <word> = lane\nv4: <word> = path_low", Ok(()));
        let kernel =
            |text: &str| verify(&parse(text).unwrap()).map_err(|malformed| malformed.fault);
        let scratch = "kernel \"k\" wide 4\nb0 = scratch \"s\" <f64>[8]";
        assert_eq!(kernel(scratch), Err(Fault::Buffer(BufferId::new(0))));
        let routine = |how: &str| format!("kernel \"k\" wide 4\nroutine r0 \"r\" {how}{{ }}");
        assert_eq!(kernel(&routine("wide 2 ")), Ok(()));
        assert_eq!(kernel(&routine("")), Err(Fault::Routine));
    }

    #[test]
    fn messages_name_the_statement() {
        let kernel = parse("kernel \"k\" lanes 3").unwrap();
        assert!(verify(&kernel).unwrap_err().to_string().ends_with("in `kernel \"k\"`"));
        let kernel = parse("kernel \"k\" lanes 4\nv0: f64 = neg v1").unwrap();
        let message = verify(&kernel).unwrap_err().to_string();
        assert_eq!(message, "v1 is not defined here in `v0: f64 = neg v1`");
    }
}
