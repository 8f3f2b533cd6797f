//! Making functions: types are computed here, once, for all who build.

use std::collections::BTreeSet;

use sdec_base::Span;

use crate::{
    Binary, Compare, DrawLaw, Emit, Extremum, Func, Inst, Literal, Op, Param, Region, Scalar,
    Stream, Trips, Type, Unary, Value,
};

/// How many operations are looked through.
const FEW: usize = 256;

/// A function in the making.
///
/// Operations go to the innermost open region. Methods panic on ill-typed operands: that is a bug
/// of the caller, never of a user's program.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    func: Func,
    open: Vec<Region>,
    origin: Option<Span>,
}

impl Builder {
    /// An empty function.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            func: Func { name: name.into(), ..Func::default() },
            open: vec![Region::default()],
            origin: None,
        }
    }

    /// Goes on from the parameters, streams and values of a function, with an empty body: for
    /// passes that rewrite.
    pub fn rewriting(func: &Func) -> Self {
        Self {
            func: Func {
                name: func.name.clone(),
                types: func.types.clone(),
                streams: func.streams.clone(),
                params: func.params.clone(),
                body: Region::default(),
            },
            open: vec![Region::default()],
            origin: None,
        }
    }

    /// Ends the function.
    pub fn finish(mut self, results: Vec<Value>) -> Func {
        let mut body = self.open.pop().expect("the function's own region is open");
        assert!(self.open.is_empty(), "all inner regions are closed");
        body.results = results;
        self.func.body = body;
        self.func
    }

    /// Adds a parameter that is the same for all paths.
    pub fn param(&mut self, name: impl Into<String>, ty: Type) -> Value {
        self.add_param(name.into(), ty, false)
    }

    /// Adds a parameter of which each path has its own.
    pub fn param_of_each(&mut self, name: impl Into<String>, ty: Type) -> Value {
        self.add_param(name.into(), ty, true)
    }

    fn add_param(&mut self, name: String, ty: Type, each: bool) -> Value {
        let value = self.func.types.push(ty);
        self.func.params.push(Param { value, name, each });
        value
    }

    /// Keeps only the first `n` parameters: for passes that replace the others.
    pub fn truncate_params(&mut self, n: usize) {
        self.func.params.truncate(n);
    }

    /// The stream of a qualified name, the same for the same name.
    pub fn stream(&mut self, name: &str) -> Stream {
        let known = self.func.streams.iter().find(|(_, known)| *known == name).map(|(id, _)| id);
        known.unwrap_or_else(|| self.func.streams.push(name.to_owned()))
    }

    /// Qualified names of the streams so far.
    pub fn streams(&self) -> &sdec_base::IdVec<Stream, String> {
        &self.func.streams
    }

    /// Types of all values so far.
    pub fn types(&self) -> &sdec_base::IdVec<Value, Type> {
        &self.func.types
    }

    /// A value that an operation given to [`Builder::push`] will define.
    pub fn declare(&mut self, ty: Type) -> Value {
        self.func.types.push(ty)
    }

    /// Adds an operation whose results were declared, or are taken over from the function that is
    /// rewritten.
    pub fn push(&mut self, inst: Inst) {
        self.open.last_mut().expect("a region is open").insts.push(inst);
    }

    /// What the following operations come from.
    pub fn set_origin(&mut self, origin: Option<Span>) -> Option<Span> {
        std::mem::replace(&mut self.origin, origin)
    }

    /// What operations come from at present.
    pub fn origin(&self) -> Option<Span> {
        self.origin
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> &Type {
        &self.func.types[value]
    }

    /// The operations of the innermost open region so far.
    pub fn insts(&self) -> &[Inst] {
        &self.open.last().expect("a region is open").insts
    }

    /// The operation that defines a value in an open region, if any.
    pub fn definition(&self, value: Value) -> Option<&Op> {
        self.defining(value).map(|inst| &inst.op)
    }

    fn defining(&self, value: Value) -> Option<&Inst> {
        let insts = self.open.iter().rev().flat_map(|region| region.insts.iter().rev());
        insts.into_iter().find(|inst| inst.results.contains(&value))
    }

    /// Whether a value is made of constants and parameters that are the same for all paths, by few
    /// operations: then it is the same in all executions of the loops that are open.
    pub fn is_fixed(&self, value: Value) -> bool {
        self.is_made_without(value, |_| false)
    }

    /// Whether it is made of these and of the indices of loops that are open: then it is the same for all paths.
    pub fn is_uniform(&self, value: Value) -> bool {
        let index = Type::scalar(Scalar::I64);
        let first = |region: &Region| region.params.first().copied();
        self.is_made_without(value, |param| {
            self.func.types[param] == index && self.open.iter().any(|of| first(of) == Some(param))
        })
    }

    /// Whether a value is made of nothing that paths have for themselves, of the parameters of open regions only where
    /// that is said.
    fn is_made_without(&self, value: Value, with: impl Fn(Value) -> bool) -> bool {
        let mut looked_at = BTreeSet::new();
        let mut to_look_at = vec![value];
        while let Some(value) = to_look_at.pop() {
            if !looked_at.insert(value) {
                continue;
            }
            let param = self.func.params.iter().find(|param| param.value == value);
            let reads = match (param, self.defining(value)) {
                (Some(param), _) if param.each => return false,
                (Some(_), _) => continue,
                (None, Some(inst)) if !inst.draws() => inst.reads(),
                (None, None) if with(value) => continue,
                (None, _) => return false,
            };
            if looked_at.len() > FEW {
                return false;
            }
            to_look_at.extend(reads);
        }
        true
    }

    /// Opens a region with parameters of these types.
    pub fn open_region(&mut self, params: &[Type]) -> Vec<Value> {
        let params: Vec<Value> = params.iter().map(|ty| self.func.types.push(ty.clone())).collect();
        self.open.push(Region { params: params.clone(), ..Region::default() });
        params
    }

    /// Whether operations go to a region within the function.
    pub fn is_within_region(&self) -> bool {
        self.open.len() > 1
    }

    /// Opens a region whose parameters are values made by [`Builder::declare`] or taken over from the
    /// function that is rewritten.
    pub fn open_region_of(&mut self, params: Vec<Value>) {
        self.open.push(Region { params, ..Region::default() });
    }

    /// Closes the innermost region.
    pub fn close_region(&mut self, results: Vec<Value>) -> Region {
        let mut region = self.open.pop().expect("a region is open");
        region.results = results;
        region
    }

    /// Adds an operation with results of these types.
    pub fn emit_many(&mut self, op: Op, types: Vec<Type>) -> Vec<Value> {
        let results: Vec<Value> = types.into_iter().map(|ty| self.func.types.push(ty)).collect();
        let inst = Inst { results: results.clone(), op, origin: self.origin };
        self.open.last_mut().expect("a region is open").insts.push(inst);
        results
    }

    /// Adds an operation with one result of this type.
    pub fn emit(&mut self, op: Op, ty: Type) -> Value {
        self.emit_many(op, vec![ty])[0]
    }

    /// A float scalar.
    pub fn float(&mut self, scalar: Scalar, x: f64) -> Value {
        self.emit(Op::Const(Literal::float(x)), Type::scalar(scalar))
    }

    /// A count.
    pub fn int(&mut self, n: i64) -> Value {
        self.emit(Op::Const(Literal::Int(n)), Type::scalar(Scalar::I64))
    }

    /// A truth value.
    pub fn bool(&mut self, b: bool) -> Value {
        self.emit(Op::Const(Literal::Bool(b)), Type::scalar(Scalar::Bool))
    }

    /// An array of one float.
    pub fn filled(&mut self, ty: &Type, x: f64) -> Value {
        let scalar = self.float(ty.scalar, x);
        self.broadcast(scalar, &ty.shape)
    }

    /// 1 at entry `k`, else 0, of a type of vectors.
    pub fn unit(&mut self, ty: &Type, k: Value) -> Value {
        let (one, zero) = (self.float(ty.scalar, 1.0), self.float(ty.scalar, 0.0));
        self.map(ty.shape[0], |b, j| {
            let same = b.compare(Compare::Eq, j, k);
            vec![b.select(same, one, zero)]
        })[0]
    }

    /// `f(x)`
    pub fn unary(&mut self, op: Unary, x: Value) -> Value {
        let ty = self.ty(x).clone();
        self.emit(Op::Unary(op, x), ty)
    }

    /// `f(x, y)`
    pub fn binary(&mut self, op: Binary, x: Value, y: Value) -> Value {
        let ty = self.ty(x).clone();
        assert_eq!(&ty, self.ty(y), "operands of {op:?}");
        self.emit(Op::Binary(op, x, y), ty)
    }

    /// `x < y`
    pub fn compare(&mut self, op: Compare, x: Value, y: Value) -> Value {
        assert_eq!(self.ty(x), self.ty(y), "operands of {op:?}");
        let ty = Type { scalar: Scalar::Bool, ..self.ty(x).clone() };
        self.emit(Op::Compare(op, x, y), ty)
    }

    /// `c ? x : y`
    pub fn select(&mut self, c: Value, x: Value, y: Value) -> Value {
        let ty = self.ty(x).clone();
        assert_eq!(&ty, self.ty(y), "branches of a select");
        assert_eq!(ty.shape, self.ty(c).shape, "condition of a select");
        self.emit(Op::Select(c, x, y), ty)
    }

    /// To another scalar type; the value itself if it has it.
    pub fn convert(&mut self, x: Value, scalar: Scalar) -> Value {
        if self.ty(x).scalar == scalar {
            return x;
        }
        let ty = Type { scalar, ..self.ty(x).clone() };
        self.emit(Op::Convert(x), ty)
    }

    /// Repeats `x` along new leading axes; the value itself if there are none.
    pub fn broadcast(&mut self, x: Value, leading: &[u64]) -> Value {
        if leading.is_empty() {
            return x;
        }
        let ty = self.ty(x);
        let ty = Type { scalar: ty.scalar, shape: [leading, &ty.shape].concat() };
        self.emit(Op::Broadcast(x), ty)
    }

    /// Equal shapes side by side.
    pub fn stack(&mut self, rows: Vec<Value>) -> Value {
        let row = self.ty(*rows.first().expect("a stack has rows")).clone();
        for &other in &rows {
            assert_eq!(&row, self.ty(other), "rows of a stack");
        }
        let shape = [&[rows.len() as u64], row.shape.as_slice()].concat();
        self.emit(Op::Stack(rows), Type { scalar: row.scalar, shape })
    }

    /// Arrays one after another along axis 0.
    pub fn concat(&mut self, parts: Vec<Value>) -> Value {
        let mut ty = self.ty(*parts.first().expect("a concatenation has parts")).clone();
        ty.shape[0] = parts.iter().map(|&part| self.ty(part).shape[0]).sum();
        self.emit(Op::Concat(parts), ty)
    }

    /// Rows `start .. start + len`.
    pub fn slice(&mut self, array: Value, start: u64, len: u64) -> Value {
        let mut ty = self.ty(array).clone();
        assert!(start + len <= ty.shape[0], "slice in range");
        ty.shape[0] = len;
        self.emit(Op::Slice { array, start }, ty)
    }

    /// Same entries, another shape; the value itself if it has the shape.
    pub fn reshape(&mut self, x: Value, shape: &[u64]) -> Value {
        let ty = Type { scalar: self.ty(x).scalar, shape: shape.to_vec() };
        if &ty == self.ty(x) {
            return x;
        }
        assert_eq!(ty.entries(), self.ty(x).entries(), "entries of a reshape");
        self.emit(Op::Reshape(x), ty)
    }

    /// Axis `k` of the result is axis `permutation[k]` of `x`.
    pub fn transpose(&mut self, x: Value, permutation: Vec<usize>) -> Value {
        let ty = self.ty(x);
        let shape = permutation.iter().map(|&axis| ty.shape[axis]).collect();
        let ty = Type { scalar: ty.scalar, shape };
        self.emit(Op::Transpose(x, permutation), ty)
    }

    /// Row `index`.
    pub fn index(&mut self, array: Value, index: Value) -> Value {
        let ty = self.ty(array);
        let ty = Type { scalar: ty.scalar, shape: ty.shape[1..].to_vec() };
        self.emit(Op::Index(array, index), ty)
    }

    /// Row `index`, known.
    pub fn row(&mut self, array: Value, index: u64) -> Value {
        let index = self.int(i64::try_from(index).expect("extents fit i64"));
        self.index(array, index)
    }

    /// The array with `row` added to its row `index`.
    pub fn add_at(&mut self, array: Value, index: Value, row: Value) -> Value {
        let ty = self.ty(array).clone();
        assert_eq!(ty.shape[1..], self.ty(row).shape, "row of an add_at");
        self.emit(Op::AddAt { array, index, row }, ty)
    }

    /// Last axis of `a` with first axis of `b`.
    pub fn contract(&mut self, a: Value, b: Value) -> Value {
        let (left, right) = (self.ty(a), self.ty(b));
        let (last, outer) = left.shape.split_last().expect("left of a contraction has an axis");
        assert_eq!(*last, right.shape[0], "contracted extents");
        let shape = [outer, &right.shape[1..]].concat();
        let ty = Type { scalar: left.scalar, shape };
        self.emit(Op::Contract(a, b), ty)
    }

    /// `A⁻¹ b`
    pub fn solve(&mut self, a: Value, b: Value) -> Value {
        let (matrix, ty) = (self.ty(a), self.ty(b).clone());
        assert!(
            matrix.shape == [ty.shape[0]; 2] && matrix.scalar == ty.scalar,
            "{matrix} and {ty}"
        );
        self.emit(Op::Solve(a, b), ty)
    }

    /// `root`, at which `zero`, a region that is already made, is zero.
    pub fn implicit(&mut self, root: Value, zero: Region) -> Value {
        let ty = self.ty(root).clone();
        self.emit(Op::Implicit { root, zero }, ty)
    }

    /// Sum over axis 0.
    pub fn sum(&mut self, x: Value) -> Value {
        let ty = self.without_first_axis(x);
        self.emit(Op::Sum(x), ty)
    }

    /// Product over axis 0.
    pub fn product(&mut self, x: Value) -> Value {
        let ty = self.without_first_axis(x);
        self.emit(Op::Product(x), ty)
    }

    /// Largest or smallest over axis 0.
    pub fn extremum(&mut self, which: Extremum, x: Value) -> Value {
        let ty = self.without_first_axis(x);
        self.emit(Op::Extremum(which, x), ty)
    }

    /// Index of the first largest or smallest entry of a vector.
    pub fn arg_extremum(&mut self, which: Extremum, x: Value) -> Value {
        self.emit(Op::ArgExtremum(which, x), Type::scalar(Scalar::I64))
    }

    /// Independent standard draws.
    pub fn draw(&mut self, stream: Stream, law: DrawLaw, index: Value, ty: Type) -> Value {
        self.emit(Op::Draw { stream, law, index }, ty)
    }

    /// `for i: body(i)`; `body` returns the values to stack.
    pub fn map(
        &mut self,
        extent: u64,
        body: impl FnOnce(&mut Self, Value) -> Vec<Value>,
    ) -> Vec<Value> {
        let params = self.open_region(&[Type::scalar(Scalar::I64)]);
        let results = body(self, params[0]);
        let region = self.close_region(results);
        self.map_of(extent, region)
    }

    /// A `map` of a region that is already made.
    pub fn map_of(&mut self, extent: u64, body: Region) -> Vec<Value> {
        let types = body.results.iter().map(|&value| self.stacked(extent, value)).collect();
        self.emit_many(Op::Map { extent, body }, types)
    }

    /// A `scan` of a region that is already made, all of whose executions take place. Returns the last
    /// carries, then what is emitted.
    pub fn scan_of(
        &mut self,
        extent: u64,
        reverse: bool,
        init: Vec<Value>,
        emits: Vec<Emit>,
        body: Region,
    ) -> Vec<Value> {
        self.scan_some_of(extent, Trips::All, reverse, init, emits, body)
    }

    /// A `scan` of a region that is already made, some of whose executions take place.
    pub fn scan_some_of(
        &mut self,
        extent: u64,
        trips: Trips,
        reverse: bool,
        init: Vec<Value>,
        emits: Vec<Emit>,
        body: Region,
    ) -> Vec<Value> {
        assert_eq!(body.results.len(), init.len() + emits.len(), "results of a scan's body");
        let mut types: Vec<Type> = init.iter().map(|&value| self.ty(value).clone()).collect();
        for (emit, &value) in emits.iter().zip(&body.results[init.len()..]) {
            let rows = match *emit {
                Emit::Every => extent,
                Emit::Slots { rows, .. } => rows,
            };
            types.push(self.stacked(rows, value));
        }
        self.emit_many(Op::Scan { extent, trips, reverse, init, emits, body }, types)
    }

    /// `while go { body }`, at most `limit` times: a `scan` whose first carry `go` is a truth value.
    /// `body` is given the number of the execution and all carries, and returns the next ones; what
    /// it returns after them is emitted to its row of `[limit, …]`. Returns the last carries, the
    /// first of which is true if the limit was too low, then what is emitted.
    pub fn while_loop(
        &mut self,
        limit: u64,
        init: Vec<Value>,
        body: impl FnOnce(&mut Self, Value, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let mut params = vec![Type::scalar(Scalar::I64)];
        params.extend(init.iter().map(|&first| self.ty(first).clone()));
        let params = self.open_region(&params);
        let results = body(self, params[0], &params[1..]);
        let emits = vec![Emit::Every; results.len() - init.len()];
        let region = self.close_region(results);
        self.scan_some_of(limit, Trips::While, false, init, emits, region)
    }

    /// An `if` of regions that are already made.
    pub fn if_of(&mut self, condition: Value, then: Region, otherwise: Region) -> Vec<Value> {
        let types: Vec<Type> = then.results.iter().map(|&value| self.ty(value).clone()).collect();
        self.emit_many(Op::If { condition, then, otherwise }, types)
    }

    fn stacked(&self, extent: u64, value: Value) -> Type {
        let ty = self.ty(value);
        Type { scalar: ty.scalar, shape: [&[extent], ty.shape.as_slice()].concat() }
    }

    fn without_first_axis(&self, x: Value) -> Type {
        let ty = self.ty(x);
        Type { scalar: ty.scalar, shape: ty.shape[1..].to_vec() }
    }
}
