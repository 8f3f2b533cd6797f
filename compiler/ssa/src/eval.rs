//! The reference interpreter: the meaning of every operation, to rounding.
//!
//! Single floats are computed in double and rounded after each operation. Contractions are chains
//! of fused multiply-adds; everything else is rounded as written. Compiled code chooses more fused
//! operations on the way down and has its own `exp` and the like, so that it agrees to rounding
//! only.

use crate::linear;
use crate::scalar;
use crate::{
    DrawLaw, Emit, Extremum, Func, Inst, Literal, Op, Region, Scalar, Trips, Type, Unary, Value,
};

/// A value with its type; entries in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its type.
    pub ty: Type,
    /// Its entries, as many as the type says.
    pub data: Data,
}

/// Entries by kind of scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `F64`, or `F32` held exactly.
    Float(Vec<f64>),
    /// `I64`
    Int(Vec<i64>),
    /// `Bool`
    Bool(Vec<bool>),
}

/// Where draws come from.
pub trait Draws {
    /// Draw number `number` of a stream: a standard normal, or a uniform on (0, 1).
    fn draw(&mut self, stream: &str, law: DrawLaw, number: u64) -> f64;
}

/// For functions that draw nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoDraws;

impl Draws for NoDraws {
    fn draw(&mut self, stream: &str, _law: DrawLaw, number: u64) -> f64 {
        panic!("draw {number} of {stream} in a function that should draw nothing");
    }
}

/// Evaluates a verified function on one argument per parameter.
///
/// # Panics
///
/// If an argument has not the type of its parameter, or an index is out of range.
pub fn eval(func: &Func, inputs: &[Array], draws: &mut dyn Draws) -> Vec<Array> {
    assert_eq!(func.params.len(), inputs.len(), "number of arguments of {}", func.name);
    let mut frame = Frame { func, draws, values: vec![None; func.types.len()] };
    for (param, input) in func.params.iter().zip(inputs) {
        assert_eq!(func.types[param.value], input.ty, "type of argument {}", param.name);
        frame.set(param.value, input.clone());
    }
    frame.region(&func.body)
}

impl Array {
    /// An `F64` scalar.
    pub fn scalar(x: f64) -> Self {
        Self::floats(Type::scalar(Scalar::F64), vec![x])
    }

    /// An `I64` scalar.
    pub fn int(n: i64) -> Self {
        Self { ty: Type::scalar(Scalar::I64), data: Data::Int(vec![n]) }
    }

    /// A vector of `F64`.
    pub fn vector(entries: &[f64]) -> Self {
        Self::floats(Type::array(Scalar::F64, &[entries.len() as u64]), entries.to_vec())
    }

    /// Floats of any type and shape, rounded to the type.
    ///
    /// # Panics
    ///
    /// If the entries are not as many as the type says.
    pub fn floats(ty: Type, entries: Vec<f64>) -> Self {
        assert_eq!(ty.entries(), entries.len() as u64, "entries of {ty}");
        let data = entries.into_iter().map(|x| scalar::round(ty.scalar, x)).collect();
        Self { data: Data::Float(data), ty }
    }

    /// Counts.
    ///
    /// # Panics
    ///
    /// If the entries are not as many as the type says.
    pub fn ints(ty: Type, entries: Vec<i64>) -> Self {
        assert_eq!(ty.entries(), entries.len() as u64, "entries of {ty:?}");
        Self { ty, data: Data::Int(entries) }
    }

    /// All entries zero or false.
    pub fn zeros(ty: Type) -> Self {
        let n = size(ty.entries());
        let data = match ty.scalar {
            Scalar::F64 | Scalar::F32 => Data::Float(vec![0.0; n]),
            Scalar::I64 => Data::Int(vec![0; n]),
            Scalar::Bool => Data::Bool(vec![false; n]),
        };
        Self { ty, data }
    }

    /// The entries of an array of floats.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn as_floats(&self) -> &[f64] {
        match &self.data {
            Data::Float(entries) => entries,
            Data::Int(_) | Data::Bool(_) => panic!("{} has no floats", self.ty),
        }
    }

    /// The entries of an array of counts.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn as_ints(&self) -> &[i64] {
        match &self.data {
            Data::Int(entries) => entries,
            Data::Float(_) | Data::Bool(_) => panic!("{} has no counts", self.ty),
        }
    }

    /// The entries of an array of truth values.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn as_bools(&self) -> &[bool] {
        match &self.data {
            Data::Bool(entries) => entries,
            Data::Float(_) | Data::Int(_) => panic!("{} has no truth values", self.ty),
        }
    }

    /// Entries at these places, in this order, as an array of another shape.
    fn gather(&self, shape: Vec<u64>, places: impl Iterator<Item = usize>) -> Self {
        let data = match &self.data {
            Data::Float(x) => Data::Float(places.map(|k| x[k]).collect()),
            Data::Int(x) => Data::Int(places.map(|k| x[k]).collect()),
            Data::Bool(x) => Data::Bool(places.map(|k| x[k]).collect()),
        };
        Self { ty: Type { scalar: self.ty.scalar, shape }, data }
    }

    fn len(&self) -> usize {
        size(self.ty.entries())
    }

    fn row_len(&self) -> usize {
        size(self.ty.shape[1..].iter().product())
    }

    fn rows(&self) -> usize {
        size(self.ty.shape[0])
    }

    fn row(&self, k: usize) -> Self {
        let n = self.row_len();
        self.gather(self.ty.shape[1..].to_vec(), k * n..(k + 1) * n)
    }

    fn set_row(&mut self, k: usize, row: &Self) {
        let n = self.row_len();
        match (&mut self.data, &row.data) {
            (Data::Float(x), Data::Float(y)) => x[k * n..(k + 1) * n].copy_from_slice(y),
            (Data::Int(x), Data::Int(y)) => x[k * n..(k + 1) * n].copy_from_slice(y),
            (Data::Bool(x), Data::Bool(y)) => x[k * n..(k + 1) * n].copy_from_slice(y),
            (Data::Float(_) | Data::Int(_) | Data::Bool(_), _) => {
                unreachable!("rows are of the array's type")
            }
        }
    }

    /// Arrays one after another, under one shape.
    fn join(ty: Type, parts: &[&Self]) -> Self {
        let data = match ty.scalar {
            Scalar::F64 | Scalar::F32 => {
                Data::Float(parts.iter().flat_map(|part| part.as_floats().to_vec()).collect())
            }
            Scalar::I64 => {
                Data::Int(parts.iter().flat_map(|part| part.as_ints().to_vec()).collect())
            }
            Scalar::Bool => {
                Data::Bool(parts.iter().flat_map(|part| part.as_bools().to_vec()).collect())
            }
        };
        Self { ty, data }
    }

    fn binary(op: crate::Binary, x: &Self, y: &Self) -> Self {
        let data = match (&x.data, &y.data) {
            (Data::Float(a), Data::Float(b)) => {
                let f = |(&a, &b)| scalar::round(x.ty.scalar, scalar::float_binary(op, a, b));
                Data::Float(a.iter().zip(b).map(f).collect())
            }
            (Data::Int(a), Data::Int(b)) => {
                Data::Int(a.iter().zip(b).map(|(&a, &b)| scalar::int_binary(op, a, b)).collect())
            }
            (Data::Bool(a), Data::Bool(b)) => {
                Data::Bool(a.iter().zip(b).map(|(&a, &b)| scalar::bool_binary(op, a, b)).collect())
            }
            (Data::Float(_) | Data::Int(_) | Data::Bool(_), _) => {
                unreachable!("operands have one type")
            }
        };
        Self { ty: x.ty.clone(), data }
    }

    /// Rows folded from the first to the last.
    fn fold_rows(&self, first: Self, mut f: impl FnMut(&Self, &Self) -> Self) -> Self {
        (0..self.rows()).fold(first, |acc, k| f(&acc, &self.row(k)))
    }
}

struct Frame<'a> {
    func: &'a Func,
    draws: &'a mut dyn Draws,
    values: Vec<Option<Array>>,
}

impl Frame<'_> {
    fn set(&mut self, value: Value, array: Array) {
        self.values[value.index()] = Some(array);
    }

    fn get(&self, value: Value) -> &Array {
        self.values[value.index()].as_ref().expect("operands precede uses")
    }

    fn floats(&self, value: Value) -> &[f64] {
        self.get(value).as_floats()
    }

    fn index(&self, value: Value) -> i64 {
        self.get(value).as_ints()[0]
    }

    fn in_range(&self, index: Value, array: Value) -> usize {
        let rows = self.get(array).rows();
        let n = self.index(index);
        let k = usize::try_from(n).ok().filter(|&k| k < rows);
        k.unwrap_or_else(|| panic!("index {index} = {n} of {array} with {rows} rows"))
    }

    fn region(&mut self, region: &Region) -> Vec<Array> {
        for inst in &region.insts {
            let results = self.inst(inst);
            for (&value, array) in inst.results.iter().zip(results) {
                self.set(value, array);
            }
        }
        region.results.iter().map(|&value| self.get(value).clone()).collect()
    }

    fn inst(&mut self, inst: &Inst) -> Vec<Array> {
        match &inst.op {
            Op::Map { extent, body } => self.map(*extent, body, &inst.results),
            Op::Scan { .. } => self.scan(inst),
            Op::Implicit { root, .. } => vec![self.get(*root).clone()],
            Op::If { condition, then, otherwise } => {
                let taken = self.get(*condition).as_bools()[0];
                self.region(if taken { then } else { otherwise })
            }
            Op::Draw { stream, law, index } => {
                let ty = self.func.types[inst.results[0]].clone();
                let step = u64::try_from(self.index(*index)).expect("draw index is not negative");
                let first = step * ty.entries();
                let name = &self.func.streams[*stream];
                let draws =
                    (0..ty.entries()).map(|e| self.draws.draw(name, *law, first + e)).collect();
                vec![Array::floats(ty, draws)]
            }
            Op::Const(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::Broadcast(_)
            | Op::Stack(_)
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Reshape(_)
            | Op::Transpose(..)
            | Op::Index(..)
            | Op::AddAt { .. }
            | Op::Contract(..)
            | Op::Solve(..)
            | Op::Sum(_)
            | Op::Product(_)
            | Op::Extremum(..)
            | Op::ArgExtremum(..) => {
                vec![self.pure(&inst.op, &self.func.types[inst.results[0]])]
            }
        }
    }

    fn pure(&self, op: &Op, ty: &Type) -> Array {
        match op {
            Op::Const(Literal::Float(bits)) => {
                Array::floats(ty.clone(), vec![f64::from_bits(*bits)])
            }
            Op::Const(Literal::Int(n)) => Array { ty: ty.clone(), data: Data::Int(vec![*n]) },
            Op::Const(Literal::Bool(b)) => Array { ty: ty.clone(), data: Data::Bool(vec![*b]) },
            Op::Unary(op, x) => unary(*op, self.get(*x)),
            Op::Binary(op, x, y) => Array::binary(*op, self.get(*x), self.get(*y)),
            Op::Compare(op, x, y) => {
                let data = match (&self.get(*x).data, &self.get(*y).data) {
                    (Data::Int(x), Data::Int(y)) => {
                        x.iter().zip(y).map(|(x, y)| scalar::compare(*op, x, y)).collect()
                    }
                    _ => {
                        let pairs = self.floats(*x).iter().zip(self.floats(*y));
                        pairs.map(|(x, y)| scalar::compare(*op, x, y)).collect()
                    }
                };
                Array { ty: ty.clone(), data: Data::Bool(data) }
            }
            Op::Select(c, x, y) => {
                let (c, x, y) = (self.get(*c).as_bools(), self.get(*x), self.get(*y));
                let both = Array::join(ty.clone(), &[x, y]);
                let places = c.iter().enumerate().map(|(k, &c)| if c { k } else { k + x.len() });
                both.gather(ty.shape.clone(), places)
            }
            Op::Convert(x) => match &self.get(*x).data {
                Data::Int(x) => Array::floats(ty.clone(), x.iter().map(|&n| n as f64).collect()),
                Data::Float(x) => Array::floats(ty.clone(), x.clone()),
                Data::Bool(_) => unreachable!("truth values are not converted"),
            },
            Op::Broadcast(x) => {
                let x = self.get(*x);
                let n = x.len();
                x.gather(ty.shape.clone(), (0..size(ty.entries())).map(|k| k % n))
            }
            Op::Stack(parts) | Op::Concat(parts) => {
                let parts: Vec<&Array> = parts.iter().map(|&part| self.get(part)).collect();
                Array::join(ty.clone(), &parts)
            }
            Op::Slice { array, start } => {
                let x = self.get(*array);
                let first = size(*start) * x.row_len();
                x.gather(ty.shape.clone(), first..first + size(ty.entries()))
            }
            Op::Reshape(x) => Array { ty: ty.clone(), data: self.get(*x).data.clone() },
            Op::Transpose(x, permutation) => transpose(self.get(*x), ty, permutation),
            Op::Index(array, index) => self.get(*array).row(self.in_range(*index, *array)),
            Op::AddAt { array, index, row } => {
                let k = self.in_range(*index, *array);
                let mut out = self.get(*array).clone();
                let sum = Array::binary(crate::Binary::Add, &out.row(k), self.get(*row));
                out.set_row(k, &sum);
                out
            }
            Op::Contract(a, b) => contract(self.get(*a), self.get(*b), ty),
            Op::Solve(a, b) => {
                let x = linear::solve(self.floats(*a), self.floats(*b));
                Array::floats(ty.clone(), x)
            }
            Op::Sum(x) => {
                let add = |acc: &Array, row: &Array| Array::binary(crate::Binary::Add, acc, row);
                self.get(*x).fold_rows(Array::zeros(ty.clone()), add)
            }
            Op::Product(x) => {
                let ones = match ty.scalar {
                    Scalar::I64 => Data::Int(vec![1; size(ty.entries())]),
                    Scalar::F64 | Scalar::F32 | Scalar::Bool => {
                        Data::Float(vec![1.0; size(ty.entries())])
                    }
                };
                let times = |acc: &Array, row: &Array| Array::binary(crate::Binary::Mul, acc, row);
                self.get(*x).fold_rows(Array { ty: ty.clone(), data: ones }, times)
            }
            Op::Extremum(which, x) => {
                let op = match which {
                    Extremum::Max => crate::Binary::Max,
                    Extremum::Min => crate::Binary::Min,
                };
                let x = self.get(*x);
                x.fold_rows(x.row(0), |acc, row| Array::binary(op, acc, row))
            }
            Op::ArgExtremum(which, x) => {
                let x = self.get(*x);
                let k = match &x.data {
                    Data::Int(x) => arg_extremum(*which, x),
                    Data::Float(_) | Data::Bool(_) => arg_extremum(*which, x.as_floats()),
                };
                Array { ty: ty.clone(), data: Data::Int(vec![k]) }
            }
            Op::Draw { .. }
            | Op::Map { .. }
            | Op::Scan { .. }
            | Op::Implicit { .. }
            | Op::If { .. } => {
                unreachable!("draws and control need the whole frame")
            }
        }
    }

    fn map(&mut self, extent: u64, body: &Region, results: &[Value]) -> Vec<Array> {
        let mut out: Vec<Array> = self.zeros_of(results);
        for k in 0..size(extent) {
            self.set(body.params[0], Array::int(k as i64));
            for (array, row) in out.iter_mut().zip(self.region(body)) {
                array.set_row(k, &row);
            }
        }
        out
    }

    fn scan(&mut self, inst: &Inst) -> Vec<Array> {
        let Op::Scan { extent, trips, reverse, init, emits, body } = &inst.op else {
            unreachable!("the operation is a scan")
        };
        let extent = size(*extent);
        let mut carries: Vec<Array> = init.iter().map(|&value| self.get(value).clone()).collect();
        let mut out = self.zeros_of(&inst.results[init.len()..]);
        for step in 0..extent {
            let k = if *reverse { extent - 1 - step } else { step };
            let takes_place = match *trips {
                Trips::All => true,
                Trips::While => carries[0].as_bools()[0],
                Trips::Below(count) => (k as i64) < self.index(count),
            };
            if !takes_place {
                continue;
            }
            self.set(body.params[0], Array::int(k as i64));
            for (&param, carry) in body.params[1..].iter().zip(carries) {
                self.set(param, carry);
            }
            carries = self.region(body);
            let emitted = carries.split_off(init.len());
            for ((array, row), emit) in out.iter_mut().zip(emitted).zip(emits) {
                let slot = match *emit {
                    Emit::Every => Some(k),
                    Emit::Slots { slots, .. } => usize::try_from(self.get(slots).as_ints()[k]).ok(),
                };
                if let Some(slot) = slot {
                    array.set_row(slot, &row);
                }
            }
        }
        carries.extend(out);
        carries
    }

    fn zeros_of(&self, values: &[Value]) -> Vec<Array> {
        values.iter().map(|&value| Array::zeros(self.func.types[value].clone())).collect()
    }
}

fn unary(op: Unary, x: &Array) -> Array {
    let data = match &x.data {
        Data::Float(entries) => {
            let f = |&x0| scalar::round(x.ty.scalar, scalar::float_unary(op, x0));
            Data::Float(entries.iter().map(f).collect())
        }
        Data::Int(entries) => {
            Data::Int(entries.iter().map(|&n| scalar::int_unary(op, n)).collect())
        }
        Data::Bool(entries) => {
            let negate = op == Unary::Not;
            Data::Bool(entries.iter().map(|&b| b != negate).collect())
        }
    };
    Array { ty: x.ty.clone(), data }
}

fn transpose(x: &Array, ty: &Type, permutation: &[usize]) -> Array {
    let mut strides = vec![1; x.ty.shape.len()];
    for axis in (1..strides.len()).rev() {
        strides[axis - 1] = strides[axis] * size(x.ty.shape[axis]);
    }
    let place = |entry: usize| {
        let mut rest = entry;
        let mut place = 0;
        for (&extent, &axis) in ty.shape.iter().zip(permutation).rev() {
            place += rest % size(extent) * strides[axis];
            rest /= size(extent);
        }
        place
    };
    x.gather(ty.shape.clone(), (0..size(ty.entries())).map(place))
}

fn contract(a: &Array, b: &Array, ty: &Type) -> Array {
    let inner = b.rows();
    let columns = b.row_len();
    let (a, b) = (a.as_floats(), b.as_floats());
    let entry = |e: usize| {
        let (row, column) = (e / columns, e % columns);
        (0..inner).fold(0.0, |acc: f64, k| {
            let sum = a[row * inner + k].mul_add(b[k * columns + column], acc);
            scalar::round(ty.scalar, sum)
        })
    };
    Array::floats(ty.clone(), (0..size(ty.entries())).map(entry).collect())
}

fn arg_extremum<T: PartialOrd>(which: Extremum, x: &[T]) -> i64 {
    let mut best = 0;
    for k in 1..x.len() {
        let better = match which {
            Extremum::Max => x[k] > x[best],
            Extremum::Min => x[k] < x[best],
        };
        if better {
            best = k;
        }
    }
    best as i64
}

fn size(n: u64) -> usize {
    usize::try_from(n).expect("arrays fit in memory")
}

#[cfg(test)]
mod tests {
    use super::{Array, Draws, NoDraws, eval};
    use crate::{DrawLaw, parse};

    /// Evaluates operations on `v0 = 2`, `v1 = [3, 5, 4]` and `v2 = [[1, 2, 3], [4, 5, 6]]`.
    #[track_caller]
    fn check(body: &str, expected: &str) {
        let text = format!(
            "func f(v0: f64 \"x\", v1: f64[3] \"a\", v2: f64[2, 3] \"m\") {{\n{body}\n}}\n"
        );
        let func = parse(&text).unwrap();
        crate::verify(&func).unwrap();
        let matrix = Array {
            ty: func.types[func.params[2].value].clone(),
            ..Array::vector(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        };
        let inputs = [Array::scalar(2.0), Array::vector(&[3.0, 5.0, 4.0]), matrix];
        let results = eval(&func, &inputs, &mut NoDraws);
        let text: Vec<String> = results.iter().map(|r| format!("{} {:?}", r.ty, r.data)).collect();
        assert_eq!(text.join("; "), expected);
    }

    #[test]
    fn arrays() {
        check(
            "v3: f64[3, 2] = transpose v2 [1, 0] return v3",
            "f64[3, 2] Float([1.0, 4.0, 2.0, 5.0, 3.0, 6.0])",
        );
        check("v3: f64[2] = contract v2, v1 return v3", "f64[2] Float([25.0, 61.0])");
        check(
            "v3: f64[3] = sum v2 v4: f64 = product v1 return v3, v4",
            "f64[3] Float([5.0, 7.0, 9.0]); f64 Float([60.0])",
        );
        check(
            "v3: f64 = largest v1 v4: i64 = arg_smallest v1 return v3, v4",
            "f64 Float([5.0]); i64 Int([0])",
        );
        check(
            "v3: f64[2, 3] = broadcast v1 return v3",
            "f64[2, 3] Float([3.0, 5.0, 4.0, 3.0, 5.0, 4.0])",
        );
        check(
            "v3: f64[1, 3] = slice v2 from 1 v4: f64[3, 3] = concat v2, v3 return v4",
            "f64[3, 3] Float([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 4.0, 5.0, 6.0])",
        );
        check(
            "v3: i64 = const 1 v4: f64[3] = add_at v1, v3, v0 return v4",
            "f64[3] Float([3.0, 7.0, 4.0])",
        );
    }

    #[test]
    fn choices() {
        check(
            "v3: bool = lt v0, v0 v4: f64 = const -1.0 v5: f64 = select v3, v0, v4 return v5",
            "f64 Float([-1.0])",
        );
        check(
            "v3: bool = le v0, v0 v4: f64 = if v3 { yield v0 } else { v5: f64 = neg v0 yield v5 } return v4",
            "f64 Float([2.0])",
        );
    }

    #[test]
    fn loops() {
        check(
            "v3: f64[3] = map 3 (v4: i64) { v5: f64 = index v1, v4 v6: f64 = mul v5, v0 yield v6 } return v3",
            "f64[3] Float([6.0, 10.0, 8.0])",
        );
        let body = "v7: i64 = const 1 v8: i64 = const -1 v9: i64 = const 0 v10: i64[3] = stack v7, v8, v9
            v11: f64, v12: f64[3], v13: f64[2] = scan reverse 3 from v0 emit every, slots v10 of 2 (v3: i64, v4: f64) {
            v5: f64 = index v1, v3 v6: f64 = mul v4, v5 yield v6, v4, v6 } return v11, v12, v13";
        check(
            body,
            "f64 Float([120.0]); f64[3] Float([40.0, 8.0, 2.0]); f64[2] Float([8.0, 120.0])",
        );
    }

    #[test]
    fn singles_are_rounded() {
        check(
            "v3: f32 = const 0.1 v4: f32 = add v3, v3 v5: f64 = convert v4 return v5",
            "f64 Float([0.20000000298023224])",
        );
    }

    #[test]
    fn draws_are_numbered_by_step_and_entry() {
        struct Numbers;
        impl Draws for Numbers {
            fn draw(&mut self, stream: &str, law: DrawLaw, number: u64) -> f64 {
                assert_eq!((stream, law), ("W", DrawLaw::Uniform));
                number as f64
            }
        }
        let text = "func f() { stream stream0 \"W\" v0: i64 = const 3 v1: f64[2] = draw uniform stream0, v0 return v1 }";
        let results = eval(&parse(text).unwrap(), &[], &mut Numbers);
        assert_eq!(results[0].as_floats(), [6.0, 7.0]);
    }
}
