//! What every function must be, checked after every pass: each value defined once, before and
//! visibly to its uses; operations well typed; control operations with the right number of
//! parameters and results.
//!
//! What is not checked: that indices are in range and that slots do not repeat, which depends on
//! values.

use std::fmt::{self, Display, Formatter};

use crate::{Binary, Emit, Func, Inst, Literal, Op, Region, Scalar, Trips, Type, Unary, Value};

/// A broken invariant: a bug of the pass that made the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The operation, or the place, as text.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl Display for Malformed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} in `{}`", self.what, self.place)
    }
}

impl std::error::Error for Malformed {}

/// Checks a function.
///
/// # Errors
///
/// The first invariant found broken, in the order of the text.
pub fn verify(func: &Func) -> Result<(), Malformed> {
    let n = func.types.len();
    let mut checker = Checker { func, defined: vec![false; n], visible: vec![false; n] };
    for param in &func.params {
        checker
            .define(param.value)
            .map_err(|what| Malformed { place: param.name.clone(), what })?;
    }
    if !func.body.params.is_empty() {
        let what = "the function's own region has parameters".to_owned();
        return Err(Malformed { place: func.name.clone(), what });
    }
    checker.region(&func.body, &func.name)
}

struct Checker<'a> {
    func: &'a Func,
    /// Anywhere so far.
    defined: Vec<bool>,
    /// In the region at hand or those around it.
    visible: Vec<bool>,
}

impl Checker<'_> {
    fn define(&mut self, value: Value) -> Result<(), String> {
        let Some(defined) = self.defined.get_mut(value.index()) else {
            return Err(format!("{value} has no type"));
        };
        if *defined {
            return Err(format!("{value} is defined twice"));
        }
        *defined = true;
        self.visible[value.index()] = true;
        Ok(())
    }

    fn region(&mut self, region: &Region, place: &str) -> Result<(), Malformed> {
        let mut local = region.params.clone();
        let malformed = |what: String, place: &str| Malformed { what, place: place.to_owned() };
        for &param in &region.params {
            self.define(param).map_err(|what| malformed(what, place))?;
        }
        for inst in &region.insts {
            let headline = self.func.headline(inst);
            for operand in inst.op.operands() {
                self.see(operand).map_err(|what| malformed(what, &headline))?;
            }
            for inner in inst.op.regions() {
                self.region(inner, &headline)?;
            }
            for &result in &inst.results {
                self.define(result).map_err(|what| malformed(what, &headline))?;
            }
            self.types(inst).map_err(|what| malformed(what, &headline))?;
            local.extend(&inst.results);
        }
        for &result in &region.results {
            self.see(result).map_err(|what| malformed(what, &format!("results of {place}")))?;
        }
        for value in local {
            self.visible[value.index()] = false;
        }
        Ok(())
    }

    fn see(&self, value: Value) -> Result<(), String> {
        match self.visible.get(value.index()) {
            Some(true) => Ok(()),
            Some(false) => Err(format!("{value} is not visible")),
            None => Err(format!("{value} does not exist")),
        }
    }

    fn types(&self, inst: &Inst) -> Result<(), String> {
        let expected = self.result_types(inst)?;
        ensure(inst.results.len() == expected.len(), || {
            format!("{} results are expected", expected.len())
        })?;
        for (&result, expected) in inst.results.iter().zip(&expected) {
            ensure(self.ty(result) == expected, || format!("{result} should be {expected}"))?;
        }
        Ok(())
    }

    fn ty(&self, value: Value) -> &Type {
        &self.func.types[value]
    }

    fn same(&self, x: Value, y: Value) -> Result<(), String> {
        ensure(self.ty(x) == self.ty(y), || {
            format!("{x}: {} and {y}: {} differ", self.ty(x), self.ty(y))
        })
    }

    fn count(&self, index: Value) -> Result<(), String> {
        ensure(*self.ty(index) == Type::scalar(Scalar::I64), || format!("{index} is not a count"))
    }

    fn numeric(&self, x: Value) -> Result<(), String> {
        ensure(self.ty(x).scalar != Scalar::Bool, || format!("{x} is not a number"))
    }

    fn float(&self, x: Value) -> Result<(), String> {
        ensure(self.ty(x).is_float(), || format!("{x} is not a float"))
    }

    fn first_extent(&self, x: Value) -> Result<u64, String> {
        self.ty(x).shape.first().copied().ok_or_else(|| format!("{x} has no axis"))
    }

    fn row_type(&self, x: Value) -> Result<Type, String> {
        self.first_extent(x)?;
        Ok(Type { scalar: self.ty(x).scalar, shape: self.ty(x).shape[1..].to_vec() })
    }

    /// The types that an operation gives. Some take their shape from what the result is declared
    /// to be.
    fn result_types(&self, inst: &Inst) -> Result<Vec<Type>, String> {
        let with_shape = |scalar, shape: &[u64]| Type { scalar, shape: shape.to_vec() };
        let nothing = Type::scalar(Scalar::Bool);
        let stated = inst.results.first().map_or(&nothing, |&result| self.ty(result));
        let ty = match &inst.op {
            Op::Const(literal) => {
                let fits = match literal {
                    Literal::Float(_) => stated.is_float(),
                    Literal::Int(_) => stated.scalar == Scalar::I64,
                    Literal::Bool(_) => stated.scalar == Scalar::Bool,
                };
                ensure(fits, || format!("{literal} is no {stated}"))?;
                Type::scalar(stated.scalar)
            }
            Op::Unary(op, x) => {
                let scalar = self.ty(*x).scalar;
                let fits = match op {
                    Unary::Not => scalar == Scalar::Bool,
                    Unary::Neg | Unary::Abs | Unary::Sign => scalar != Scalar::Bool,
                    Unary::StopGradient => true,
                    Unary::Sqrt
                    | Unary::Exp
                    | Unary::Log
                    | Unary::Sin
                    | Unary::Cos
                    | Unary::Tanh
                    | Unary::Erf
                    | Unary::Erfc
                    | Unary::Special(_)
                    | Unary::Floor => self.ty(*x).is_float(),
                };
                ensure(fits, || format!("{} of {}", op.name(), self.ty(*x)))?;
                self.ty(*x).clone()
            }
            Op::Binary(op, x, y) => {
                self.same(*x, *y)?;
                let scalar = self.ty(*x).scalar;
                let fits = match op {
                    Binary::And | Binary::Or => scalar == Scalar::Bool,
                    Binary::Div | Binary::Pow | Binary::Atan2 => self.ty(*x).is_float(),
                    Binary::Add | Binary::Sub | Binary::Mul | Binary::Max | Binary::Min => {
                        scalar != Scalar::Bool
                    }
                };
                ensure(fits, || format!("{} of {}", op.name(), self.ty(*x)))?;
                self.ty(*x).clone()
            }
            Op::Compare(_, x, y) => {
                self.same(*x, *y)?;
                self.numeric(*x)?;
                with_shape(Scalar::Bool, &self.ty(*x).shape)
            }
            Op::Select(c, x, y) => {
                self.same(*x, *y)?;
                let condition = with_shape(Scalar::Bool, &self.ty(*x).shape);
                ensure(*self.ty(*c) == condition, || format!("{c} should be {condition}"))?;
                self.ty(*x).clone()
            }
            Op::Convert(x) => {
                self.numeric(*x)?;
                ensure(stated.is_float(), || "converts to no float".to_owned())?;
                with_shape(stated.scalar, &self.ty(*x).shape)
            }
            Op::Broadcast(x) => {
                let ty = self.ty(*x);
                let fits = stated.shape.ends_with(&ty.shape);
                ensure(fits, || format!("{} is no trailing shape of {stated}", ty))?;
                with_shape(ty.scalar, &stated.shape)
            }
            Op::Stack(rows) => {
                let first = *rows.first().ok_or("a stack of nothing")?;
                rows.iter().try_for_each(|&row| self.same(first, row))?;
                let ty = self.ty(first);
                with_shape(ty.scalar, &[&[rows.len() as u64], ty.shape.as_slice()].concat())
            }
            Op::Concat(parts) => {
                let first = *parts.first().ok_or("a concatenation of nothing")?;
                let row = self.row_type(first)?;
                let mut extent = 0;
                for &part in parts {
                    ensure(self.row_type(part)? == row, || {
                        format!("rows of {part} should be {row}")
                    })?;
                    extent += self.first_extent(part)?;
                }
                with_shape(row.scalar, &[&[extent], row.shape.as_slice()].concat())
            }
            Op::Slice { array, start } => {
                let row = self.row_type(*array)?;
                let len = *stated.shape.first().ok_or("a slice without an axis")?;
                ensure(start + len <= self.first_extent(*array)?, || "beyond the end".to_owned())?;
                with_shape(row.scalar, &[&[len], row.shape.as_slice()].concat())
            }
            Op::Reshape(x) => {
                let ty = self.ty(*x);
                ensure(ty.entries() == stated.entries(), || format!("{ty} has other entries"))?;
                with_shape(ty.scalar, &stated.shape)
            }
            Op::Transpose(x, permutation) => {
                let ty = self.ty(*x);
                let mut sorted = permutation.clone();
                sorted.sort_unstable();
                let fits = sorted.iter().copied().eq(0..ty.shape.len());
                ensure(fits, || format!("no permutation of the axes of {ty}"))?;
                let shape: Vec<u64> = permutation.iter().map(|&axis| ty.shape[axis]).collect();
                with_shape(ty.scalar, &shape)
            }
            Op::Index(array, index) => {
                self.count(*index)?;
                self.row_type(*array)?
            }
            Op::AddAt { array, index, row } => {
                self.count(*index)?;
                self.numeric(*array)?;
                let expected = self.row_type(*array)?;
                ensure(*self.ty(*row) == expected, || format!("{row} should be {expected}"))?;
                self.ty(*array).clone()
            }
            Op::Contract(a, b) => {
                self.float(*a)?;
                let (left, right) = (self.ty(*a), self.ty(*b));
                ensure(left.scalar == right.scalar, || format!("{left} with {right}"))?;
                let (inner, outer) = left.shape.split_last().ok_or("left side has no axis")?;
                let fits = right.shape.first() == Some(inner);
                ensure(fits, || format!("{left} with {right}"))?;
                with_shape(left.scalar, &[outer, &right.shape[1..]].concat())
            }
            Op::Solve(a, b) => {
                self.float(*b)?;
                let (left, right) = (self.ty(*a), self.ty(*b));
                let n = self.first_extent(*b)?;
                let fits = left.scalar == right.scalar && left.shape == [n, n];
                ensure(fits, || format!("{left} with {right}"))?;
                right.clone()
            }
            Op::Implicit { root, zero } => {
                self.float(*root)?;
                let shapes = [zero.params.as_slice(), &zero.results];
                let single = shapes.iter().all(|values| values.len() == 1);
                ensure(single, || "one parameter and one yield are expected".to_owned())?;
                self.same(*root, zero.params[0])?;
                self.same(*root, zero.results[0])?;
                let is_vector = self.ty(*root).shape.len() == 1;
                ensure(is_vector, || format!("{root} is no vector"))?;
                self.ty(*root).clone()
            }
            Op::Sum(x) | Op::Product(x) => {
                self.numeric(*x)?;
                self.row_type(*x)?
            }
            Op::Extremum(_, x) => {
                self.numeric(*x)?;
                ensure(self.first_extent(*x)? > 0, || "extremum of nothing".to_owned())?;
                self.row_type(*x)?
            }
            Op::ArgExtremum(_, x) => {
                self.numeric(*x)?;
                ensure(self.first_extent(*x)? > 0, || "extremum of nothing".to_owned())?;
                ensure(self.ty(*x).shape.len() == 1, || format!("{x} is no vector"))?;
                Type::scalar(Scalar::I64)
            }
            Op::Draw { stream, index, .. } => {
                self.count(*index)?;
                let known = self.func.streams.get(*stream).is_some();
                ensure(known, || format!("{stream} has no name"))?;
                ensure(stated.is_float(), || "draws no floats".to_owned())?;
                stated.clone()
            }
            Op::Map { extent, body } => return self.map_types(*extent, body),
            Op::Scan { extent, trips, reverse, init, emits, body } => {
                self.trips(*trips, *reverse, init)?;
                return self.scan_types(*extent, init, emits, body);
            }
            Op::If { condition, then, otherwise } => {
                return self.if_types(*condition, then, otherwise);
            }
        };
        Ok(vec![ty])
    }

    fn index_param(&self, body: &Region) -> Result<(), String> {
        let first = body.params.first().ok_or("the region has no index")?;
        self.count(*first)
    }

    fn stacked(&self, extent: u64, value: Value) -> Type {
        let ty = self.ty(value);
        Type { scalar: ty.scalar, shape: [&[extent], ty.shape.as_slice()].concat() }
    }

    fn map_types(&self, extent: u64, body: &Region) -> Result<Vec<Type>, String> {
        self.index_param(body)?;
        ensure(body.params.len() == 1, || "one parameter is expected".to_owned())?;
        Ok(body.results.iter().map(|&value| self.stacked(extent, value)).collect())
    }

    fn trips(&self, trips: Trips, reverse: bool, init: &[Value]) -> Result<(), String> {
        match trips {
            Trips::All => Ok(()),
            Trips::While => {
                ensure(!reverse, || "`while` goes upwards".to_owned())?;
                let go = *init.first().ok_or("`while` needs a carry")?;
                self.truth(go)
            }
            Trips::Below(count) => self.count(count),
        }
    }

    fn truth(&self, x: Value) -> Result<(), String> {
        let is_bool = *self.ty(x) == Type::scalar(Scalar::Bool);
        ensure(is_bool, || format!("{x} is no scalar truth value"))
    }

    fn scan_types(
        &self,
        extent: u64,
        init: &[Value],
        emits: &[Emit],
        body: &Region,
    ) -> Result<Vec<Type>, String> {
        self.index_param(body)?;
        let n = init.len();
        ensure(body.params.len() == 1 + n, || format!("{} parameters are expected", 1 + n))?;
        let n_results = n + emits.len();
        ensure(body.results.len() == n_results, || format!("{n_results} yields are expected"))?;
        for (k, &first) in init.iter().enumerate() {
            self.same(first, body.params[1 + k])?;
            self.same(first, body.results[k])?;
        }
        let mut types: Vec<Type> = init.iter().map(|&value| self.ty(value).clone()).collect();
        for (emit, &value) in emits.iter().zip(&body.results[n..]) {
            let rows = match *emit {
                Emit::Every => extent,
                Emit::Slots { slots, rows } => {
                    let expected = Type::array(Scalar::I64, &[extent]);
                    let fits = *self.ty(slots) == expected;
                    ensure(fits, || format!("{slots} should be {expected}"))?;
                    rows
                }
            };
            types.push(self.stacked(rows, value));
        }
        Ok(types)
    }

    fn if_types(
        &self,
        condition: Value,
        then: &Region,
        otherwise: &Region,
    ) -> Result<Vec<Type>, String> {
        self.truth(condition)?;
        let no_params = then.params.is_empty() && otherwise.params.is_empty();
        ensure(no_params, || "branches have no parameters".to_owned())?;
        let same_number = then.results.len() == otherwise.results.len();
        ensure(same_number, || "branches yield different numbers".to_owned())?;
        for (&x, &y) in then.results.iter().zip(&otherwise.results) {
            self.same(x, y)?;
        }
        Ok(then.results.iter().map(|&value| self.ty(value).clone()).collect())
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
