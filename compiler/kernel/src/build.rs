//! Making kernels: types are computed here, and uniform operands are splatted where lanes meet
//! them.

use sdec_base::IdVec;

use crate::{
    Binary, Block, Buffer, BufferId, Compare, Inst, Kernel, Law, Literal, Op, Order, RoutineId,
    Scalar, Space, Stmt, Ternary, Type, Unary, Value,
};

/// A kernel in the making. Statements go to the innermost open block.
///
/// Methods panic on ill-typed operands: that is a bug of the caller.
#[derive(Clone, Debug)]
pub struct Builder {
    name: String,
    is_wide: bool,
    types: IdVec<Value, Type>,
    buffers: IdVec<BufferId, Buffer>,
    routines: IdVec<RoutineId, Kernel>,
    open: Vec<Block>,
}

impl Builder {
    /// An empty kernel.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            is_wide: false,
            types: IdVec::new(),
            buffers: IdVec::new(),
            routines: IdVec::new(),
            open: vec![Block::default()],
        }
    }

    /// Goes on from the buffers and values of a kernel, with an empty body: for passes that rewrite.
    pub fn rewriting(kernel: &Kernel) -> Self {
        Self {
            name: kernel.name.clone(),
            is_wide: kernel.is_wide,
            types: kernel.types.clone(),
            buffers: kernel.buffers.clone(),
            routines: kernel.routines.clone(),
            open: vec![Block::default()],
        }
    }

    /// A kernel whose lanes are parts of the work of one path.
    #[must_use]
    pub fn wide(self) -> Self {
        Self { is_wide: true, ..self }
    }

    /// Ends the kernel.
    pub fn finish(mut self, lanes: u32) -> Kernel {
        let body = self.open.pop().expect("the kernel's own block is open");
        assert!(self.open.is_empty(), "all inner blocks are closed");
        let Self { name, is_wide, types, buffers, routines, .. } = self;
        let kernel = Kernel { name, lanes, is_wide, types, buffers, routines, body };
        kernel.with_lanes(lanes)
    }

    /// Adds a buffer.
    pub fn buffer(
        &mut self,
        name: impl Into<String>,
        space: Space,
        ty: Type,
        len: u64,
    ) -> BufferId {
        self.buffers.push(Buffer { name: name.into(), space, ty, len })
    }

    /// Adds a routine.
    pub fn routine(&mut self, routine: Kernel) -> RoutineId {
        self.routines.push(routine)
    }

    /// A buffer's description.
    pub fn buffer_of(&self, buffer: BufferId) -> &Buffer {
        &self.buffers[buffer]
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.types[value]
    }

    /// A value that a loop or a pass will define.
    pub fn fresh(&mut self, ty: Type) -> Value {
        self.types.push(ty)
    }

    /// Adds a statement.
    pub fn stmt(&mut self, stmt: Stmt) {
        self.open.last_mut().expect("a block is open").stmts.push(stmt);
    }

    /// Opens a block.
    pub fn open_block(&mut self) {
        self.open.push(Block::default());
    }

    /// Closes the innermost block.
    pub fn close_block(&mut self) -> Block {
        self.open.pop().expect("a block is open")
    }

    /// Adds an operation with a result of this type.
    pub fn emit(&mut self, op: Op, ty: Type) -> Value {
        let result = self.fresh(ty);
        self.stmt(Stmt::Inst(Inst { result, op }));
        result
    }

    /// A literal.
    pub fn literal(&mut self, literal: Literal) -> Value {
        let scalar = match literal {
            Literal::F64(_) => Scalar::F64,
            Literal::F32(_) => Scalar::F32,
            Literal::I64(_) => Scalar::I64,
            Literal::Word(_) => Scalar::Word,
            Literal::Bool(_) => Scalar::Bool,
        };
        self.emit(Op::Const(literal), Type::uniform(scalar))
    }

    /// A float of scalar type `F64` or `F32`, rounded to it.
    pub fn float(&mut self, scalar: Scalar, x: f64) -> Value {
        self.literal(match scalar {
            Scalar::F32 => Literal::F32((x as f32).to_bits()),
            Scalar::F64 | Scalar::I64 | Scalar::Word | Scalar::Bool => Literal::F64(x.to_bits()),
        })
    }

    /// A count.
    pub fn int(&mut self, n: i64) -> Value {
        self.literal(Literal::I64(n))
    }

    /// A word.
    pub fn word(&mut self, n: u32) -> Value {
        self.literal(Literal::Word(n))
    }

    /// The value in every lane; itself if it has lanes.
    pub fn splat(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        if ty.lanes { x } else { self.emit(Op::Splat(x), Type::lanes(ty.scalar)) }
    }

    /// `f(x)`
    pub fn unary(&mut self, op: Unary, x: Value) -> Value {
        let ty = self.ty(x);
        self.emit(Op::Unary(op, x), ty)
    }

    /// `f(x, y)`
    pub fn binary(&mut self, op: Binary, x: Value, y: Value) -> Value {
        let shift = matches!(op, Binary::Shl | Binary::Shr);
        let (x, y) = if shift { (x, y) } else { self.meet(x, y) };
        let ty = self.ty(x);
        assert_eq!(ty.scalar, self.ty(y).scalar, "operands of {op:?}");
        self.emit(Op::Binary(op, x, y), ty)
    }

    /// `x · y + z`, rounded once
    pub fn fma(&mut self, x: Value, y: Value, z: Value) -> Value {
        let lanes = [x, y, z].iter().any(|&v| self.ty(v).lanes);
        let [x, y, z] = [x, y, z].map(|v| if lanes { self.splat(v) } else { v });
        let ty = self.ty(x);
        assert!(ty == self.ty(y) && ty == self.ty(z), "operands of fma");
        self.emit(Op::Ternary(Ternary::Fma, x, y, z), ty)
    }

    /// `x < y`
    pub fn compare(&mut self, op: Compare, x: Value, y: Value) -> Value {
        let (x, y) = self.meet(x, y);
        let ty = self.ty(x);
        assert_eq!(ty, self.ty(y), "operands of {op:?}");
        self.emit(Op::Compare(op, x, y), Type { scalar: Scalar::Bool, ..ty })
    }

    /// `c ? x : y`
    pub fn select(&mut self, c: Value, x: Value, y: Value) -> Value {
        let lanes = [c, x, y].iter().any(|&v| self.ty(v).lanes);
        let [c, x, y] = [c, x, y].map(|v| if lanes { self.splat(v) } else { v });
        let ty = self.ty(x);
        assert_eq!(ty, self.ty(y), "branches of a select");
        self.emit(Op::Select(c, x, y), ty)
    }

    /// To another scalar type; the value itself if it has it.
    pub fn convert(&mut self, x: Value, scalar: Scalar) -> Value {
        let ty = self.ty(x);
        if ty.scalar == scalar {
            return x;
        }
        self.emit(Op::Convert(x), Type { scalar, ..ty })
    }

    /// Same bits as another type of the same width.
    pub fn bitcast(&mut self, x: Value, scalar: Scalar) -> Value {
        let ty = self.ty(x);
        assert_eq!(ty.scalar.bytes(), scalar.bytes(), "widths of a bitcast");
        self.emit(Op::Bitcast(x), Type { scalar, ..ty })
    }

    /// `buffer[index]`; of a wide kernel one entry.
    pub fn load(&mut self, buffer: BufferId, index: Value) -> Value {
        let ty = self.buffers[buffer].ty;
        self.emit(Op::Load { buffer, index }, Type { lanes: ty.lanes && !self.is_wide, ..ty })
    }

    /// `buffer[index] = value`
    pub fn store(&mut self, buffer: BufferId, index: Value, value: Value) {
        self.stmt(Stmt::Store { buffer, index, value });
    }

    /// Whether a lane is true; the value itself if it is uniform.
    pub fn any(&mut self, x: Value) -> Value {
        if self.ty(x).lanes { self.emit(Op::Any(x), Type::uniform(Scalar::Bool)) } else { x }
    }

    /// The draws of one block of a stream: two of `F64` or four of `F32`, lanes.
    pub fn draw(
        &mut self,
        scalar: Scalar,
        law: Law,
        key: (Value, Value),
        block: Value,
        purpose: u32,
    ) -> Vec<Value> {
        let count = if scalar == Scalar::F32 { 4 } else { 2 };
        let results: Vec<Value> = (0..count).map(|_| self.fresh(Type::lanes(scalar))).collect();
        self.stmt(Stmt::Draw { results: results.clone(), key, block, purpose, law });
        results
    }

    /// `for var in start..end` with carries; `body` gets the variable and the carries and returns
    /// the next ones. Carries take the type of their first value; `splat` it where lanes will come.
    pub fn for_loop(
        &mut self,
        start: Value,
        end: Value,
        reverse: bool,
        init: &[Value],
        body: impl FnOnce(&mut Self, Value, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let var = self.fresh(Type::uniform(Scalar::I64));
        let params: Vec<Value> = init.iter().map(|&v| self.fresh(self.types[v])).collect();
        self.open_block();
        let yields = body(self, var, &params);
        let body = self.close_block();
        for (&first, &next) in init.iter().zip(&yields) {
            assert_eq!(self.ty(first), self.ty(next), "type of a carry");
        }
        assert_eq!(init.len(), yields.len(), "number of carries");
        let results: Vec<Value> = init.iter().map(|&v| self.fresh(self.types[v])).collect();
        let carries = params.into_iter().zip(init.iter().copied()).collect();
        let (more, results_out) = (None, results.clone());
        let order = Order::downwards(reverse);
        self.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
        results_out
    }

    fn meet(&mut self, x: Value, y: Value) -> (Value, Value) {
        if self.ty(x).lanes || self.ty(y).lanes { (self.splat(x), self.splat(y)) } else { (x, y) }
    }
}
