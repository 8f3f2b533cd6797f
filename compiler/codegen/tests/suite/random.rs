//! Random kernels: well typed, indices in range, buffers written before they are read.

use sdec_kernel::{
    Binary, Block, BufferId, Builder, Compare, Kernel, Op, Order, RoutineId, Scalar, Space, Stmt,
    Type, Unary, Value,
};

use super::common::{Random, Table, specials, table};

/// Entries of every buffer that indices reach, and the most iterations of a loop.
const LEN: u64 = 3;

/// Entries of a buffer without lanes: neighbours of what indices reach are there, too.
const ROOM: u64 = LEN + 16;

const NUMBERS: [Scalar; 4] = [Scalar::F64, Scalar::F32, Scalar::I64, Scalar::Word];
const ALL: [Scalar; 5] = [Scalar::F64, Scalar::F32, Scalar::I64, Scalar::Word, Scalar::Bool];

struct Maker {
    b: Builder,
    random: Random,
    /// Values in scope.
    pool: Vec<Value>,
    /// Uniform counts in scope that lie below `LEN`.
    indices: Vec<Value>,
    inputs: Vec<BufferId>,
    /// Scratch buffers and outputs, or what a routine is lent, all written.
    memory: Vec<BufferId>,
    routine: Option<RoutineId>,
    is_wide: bool,
}

/// A kernel of some 50 to 200 operations.
pub(crate) fn kernel(seed: u64, lanes: u32) -> Kernel {
    of_kind(seed, lanes, false)
}

/// The same of a wide kernel.
pub(crate) fn wide_kernel(seed: u64, lanes: u32) -> Kernel {
    of_kind(seed, lanes, true)
}

fn of_kind(seed: u64, lanes: u32, is_wide: bool) -> Kernel {
    let mut m = Maker::new(format!("random{seed}"), seed, is_wide);
    if m.random.chance(2) {
        let routine = routine(m.random.next(), if is_wide { lanes } else { 1 }, is_wide);
        m.routine = Some(m.b.routine(routine));
    }
    m.start(&[Space::Scratch, Space::Output]);
    for _ in 0..20 + m.random.below(40) {
        m.statement(0);
    }
    m.end();
    m.b.finish(lanes)
}

/// A routine that is given all inputs and lent all scratch memory.
fn routine(seed: u64, lanes: u32, is_wide: bool) -> Kernel {
    let mut m = Maker::new("routine".to_owned(), seed, is_wide);
    m.start(&[Space::Lent]);
    for _ in 0..5 + m.random.below(10) {
        m.statement(0);
    }
    m.end();
    m.b.finish(lanes)
}

/// Inputs for any kernel of this module.
pub(crate) fn tables(seed: u64) -> Vec<Table> {
    let mut random = Random(seed ^ 0x5eed);
    let tables = NUMBERS.iter().map(|&scalar| {
        table(scalar, ROOM as usize, |_| match scalar {
            Scalar::F64 if random.chance(2) => (f64::from(random.next() as i32) / 1e9).to_bits(),
            Scalar::F32 if random.chance(2) => {
                ((random.next() as i32) as f32 / 1e9).to_bits().into()
            }
            Scalar::F64 | Scalar::F32 | Scalar::I64 | Scalar::Word | Scalar::Bool => {
                *random.pick(&specials(scalar))
            }
        })
    });
    tables.collect()
}

impl Maker {
    fn new(name: String, seed: u64, is_wide: bool) -> Self {
        let b = Builder::new(name);
        Self {
            b: if is_wide { b.wide() } else { b },
            is_wide,
            random: Random(seed),
            pool: Vec::new(),
            indices: Vec::new(),
            inputs: Vec::new(),
            memory: Vec::new(),
            routine: None,
        }
    }

    /// Buffers, a value of each type, and everything written once.
    fn start(&mut self, memory: &[Space]) {
        for scalar in NUMBERS {
            let name = format!("in.{scalar:?}");
            self.inputs.push(self.b.buffer(name, Space::Input, Type::uniform(scalar), ROOM));
            for &space in memory {
                for ty in [Type::uniform(scalar), Type::lanes(scalar)] {
                    if ty.lanes && self.is_wide && space != Space::Output {
                        continue;
                    }
                    let name = format!("{space:?}.{ty:?}");
                    let len = if ty.lanes { LEN } else { ROOM };
                    let id = self.b.buffer(name, space, ty, len);
                    self.memory.push(id);
                }
            }
        }
        self.indices = (0..LEN as i64).map(|k| self.b.int(k)).collect();
        for input in self.inputs.clone() {
            for index in self.indices.clone() {
                let x = self.b.load(input, index);
                self.pool.push(x);
                let x = self.b.splat(x);
                self.pool.push(x);
            }
        }
        let word = Type::lanes(Scalar::Word);
        for op in [Op::PathLow, Op::PathHigh] {
            let x = self.b.emit(op, word);
            self.pool.push(x);
        }
        let path = self.b.emit(Op::PathLow, word);
        for scalar in [Scalar::F64, Scalar::F32] {
            let x = self.b.convert(path, scalar);
            let tenth = self.b.float(scalar, 0.1);
            let x = self.b.binary(Binary::Mul, x, tenth);
            self.pool.push(x);
        }
        for lanes in [false, true] {
            let x = self.of(Type { scalar: Scalar::F32, lanes });
            let y = self.of(Type { scalar: Scalar::F32, lanes });
            let c = self.b.compare(Compare::Lt, x, y);
            self.pool.push(c);
        }
        for buffer in self.memory.clone() {
            let filled = Type::uniform(self.b.buffer_of(buffer).ty.scalar);
            let (value, len) = (self.of(filled), self.b.buffer_of(buffer).len);
            let (start, end) = (self.b.int(0), self.b.int(len as i64));
            self.b.for_loop(start, end, false, &[], |b, k, _| {
                b.store(buffer, k, value);
                Vec::new()
            });
            for index in self.indices.clone() {
                let ty = self.held_by(buffer);
                let value = self.of(ty);
                self.b.store(buffer, index, value);
            }
        }
    }

    /// A type of values that can be loaded from a buffer or stored to it.
    fn held_by(&mut self, buffer: BufferId) -> Type {
        let ty = self.b.buffer_of(buffer).ty;
        if !self.is_wide {
            return ty;
        }
        Type { lanes: !ty.lanes && self.random.chance(2), ..ty }
    }

    /// The last values go out, so that little is dead.
    fn end(&mut self) {
        for buffer in self.memory.clone() {
            if self.b.buffer_of(buffer).space != Space::Scratch {
                for index in self.indices.clone() {
                    let ty = self.held_by(buffer);
                    let value = self.of(ty);
                    self.b.store(buffer, index, value);
                }
            }
        }
    }

    /// A value of this type in scope, recent ones more often.
    fn of(&mut self, ty: Type) -> Value {
        let fitting: Vec<Value> =
            self.pool.iter().copied().filter(|&v| self.b.ty(v) == ty).collect();
        let n = fitting.len();
        let (j, k) = (self.random.below(n), self.random.below(n));
        fitting[j.max(k)]
    }

    fn index(&mut self) -> Value {
        *self.random.pick(&self.indices)
    }

    fn ty(&mut self, scalars: &[Scalar]) -> Type {
        Type { scalar: *self.random.pick(scalars), lanes: !self.random.chance(3) }
    }

    fn statement(&mut self, depth: usize) {
        match self.random.below(12) {
            0 if depth < 3 => self.for_loop(depth),
            1 if depth < 3 => self.branch(depth),
            5 if depth < 3 && !self.is_wide && self.random.chance(2) => self.by_part(),
            2 => {
                let buffer = *self.random.pick(&self.memory);
                let mut ty = self.held_by(buffer);
                ty.lanes &= !self.random.chance(4);
                let (index, value) = (self.index(), self.of(ty));
                self.b.store(buffer, index, value);
            }
            3 => {
                let buffers: Vec<BufferId> =
                    self.inputs.iter().chain(&self.memory).copied().collect();
                let (buffer, index) = (*self.random.pick(&buffers), self.index());
                let ty = self.held_by(buffer);
                let x = self.b.emit(Op::Load { buffer, index }, ty);
                self.pool.push(x);
            }
            4 if self.routine.is_some() => self.call(),
            _ => {
                let x = self.operation();
                self.pool.push(x);
            }
        }
    }

    fn call(&mut self) {
        let Some(routine) = self.routine else { return };
        let whole = |buffer: &BufferId| (*buffer, self.indices[0]);
        let reads = self.inputs.iter().map(whole).collect();
        let scratch = |buffer: &&BufferId| self.b.buffer_of(**buffer).space == Space::Scratch;
        let writes = self.memory.iter().filter(scratch).map(whole).collect();
        self.b.stmt(Stmt::Call { routine, reads, writes });
    }

    fn operation(&mut self) -> Value {
        const FLOATS: [Scalar; 2] = [Scalar::F64, Scalar::F32];
        match self.random.below(9) {
            0 => {
                let op = [Unary::Neg, Unary::Abs, Unary::Sqrt, Unary::Floor, Unary::Nearest];
                let (op, ty) = (*self.random.pick(&op), self.ty(&FLOATS));
                let x = self.of(ty);
                self.b.unary(op, x)
            }
            1 | 2 => {
                let ops =
                    [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Max, Binary::Min];
                let (op, ty) = (*self.random.pick(&ops), self.ty(&FLOATS));
                let (x, y) = (self.of(ty), self.of(ty));
                self.b.binary(op, x, y)
            }
            3 => {
                let ty = self.ty(&FLOATS);
                let [x, y, z] = [ty; 3].map(|ty| self.of(ty));
                self.b.fma(x, y, z)
            }
            4 => self.whole(),
            5 => {
                let ops =
                    [Compare::Eq, Compare::Ne, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge];
                let (op, ty) = (*self.random.pick(&ops), self.ty(&NUMBERS));
                let (x, y) = (self.of(ty), self.of(ty));
                self.b.compare(op, x, y)
            }
            6 => {
                let ty = self.ty(&ALL);
                let c = self.of(Type { scalar: Scalar::Bool, ..ty });
                let (x, y) = (self.of(ty), self.of(ty));
                self.b.select(c, x, y)
            }
            7 => {
                let ty = self.ty(&[Scalar::F64, Scalar::F32, Scalar::Word]);
                let to = *self.random.pick(&FLOATS);
                let x = self.of(ty);
                self.b.convert(x, to)
            }
            _ => {
                let ty = self.ty(&[Scalar::Bool]);
                let (x, y) = (self.of(ty), self.of(ty));
                let ops = [Binary::And, Binary::Or, Binary::Xor];
                let z = self.b.binary(*self.random.pick(&ops), x, y);
                if self.random.chance(3) { self.b.unary(Unary::Not, z) } else { z }
            }
        }
    }

    fn whole(&mut self) -> Value {
        let ops = [Binary::Add, Binary::Sub, Binary::And, Binary::Or, Binary::Xor];
        let ty = self.ty(&[Scalar::I64, Scalar::Word, Scalar::Word]);
        let (x, y) = (self.of(ty), self.of(ty));
        match self.random.below(4) {
            0 if ty.scalar == Scalar::Word => {
                let op = *self.random.pick(&[Binary::Mul, Binary::MulHigh]);
                self.b.binary(op, x, y)
            }
            1 => {
                let op = *self.random.pick(&[Binary::Shl, Binary::Shr]);
                let by = self.random.below(32);
                let by = if ty.scalar == Scalar::Word {
                    self.b.word(by as u32)
                } else {
                    self.b.int(2 * by as i64)
                };
                self.b.binary(op, x, by)
            }
            _ => {
                let op = *self.random.pick(&ops);
                self.b.binary(op, x, y)
            }
        }
    }

    /// Runs `f` in a block of its own, whose values go out of scope at its end.
    fn block(&mut self, f: impl FnOnce(&mut Self) -> Vec<Value>) -> (Block, Vec<Value>) {
        let (pool, indices) = (self.pool.len(), self.indices.len());
        self.b.open_block();
        let yields = f(self);
        let block = self.b.close_block();
        self.pool.truncate(pool);
        self.indices.truncate(indices);
        (block, yields)
    }

    fn body(&mut self, depth: usize, results: &[Type]) -> Vec<Value> {
        for _ in 0..3 + self.random.below(8) {
            self.statement(depth + 1);
        }
        results.iter().map(|&ty| self.of(ty)).collect()
    }

    fn for_loop(&mut self, depth: usize) {
        let bounds = [0, 1, LEN as i64];
        let (start, end) = (*self.random.pick(&bounds), *self.random.pick(&bounds));
        let (start, end) = (self.b.int(start), self.b.int(end));
        let order = Order::downwards(self.random.chance(2));
        let types: Vec<Type> = (0..self.random.below(4)).map(|_| self.ty(&ALL)).collect();
        let init: Vec<Value> = types.iter().map(|&ty| self.of(ty)).collect();
        let var = self.b.fresh(Type::uniform(Scalar::I64));
        let params: Vec<Value> = types.iter().map(|&ty| self.b.fresh(ty)).collect();
        let mut more = None;
        let (body, yields) = self.block(|m| {
            m.indices.push(var);
            m.pool.push(var);
            m.pool.extend(&params);
            let yields = m.body(depth, &types);
            if m.random.chance(3) {
                more = Some(m.of(Type::uniform(Scalar::Bool)));
            }
            yields
        });
        let results: Vec<Value> = types.iter().map(|&ty| self.b.fresh(ty)).collect();
        self.pool.extend(&results);
        let carries = params.into_iter().zip(init).collect();
        self.b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
    }

    /// Sums that are carried through a loop inside, and stored, for the paths of one register at a time.
    fn by_part(&mut self) {
        let scalar = *self.random.pick(&[Scalar::F64, Scalar::F32]);
        let ty = Type::lanes(scalar);
        let (start, end) = (self.b.int(0), self.b.int(LEN as i64));
        let var = self.b.fresh(Type::uniform(Scalar::I64));
        let memory = self.memory.iter().copied();
        let places: Vec<BufferId> =
            memory.filter(|&buffer| self.b.buffer_of(buffer).ty == ty).collect();
        let sums = 1 + self.random.below(4);
        let (body, _) = self.block(|m| {
            m.indices.push(var);
            let (first, last) = (m.b.int(0), m.b.int(*m.random.pick(&[0, 1, LEN as i64])));
            let init: Vec<Value> = (0..sums).map(|_| m.of(ty)).collect();
            let order = Order::downwards(m.random.chance(2));
            let results = m.carried(first, last, order, &init, ty, &places);
            m.pool.extend(&results);
            for value in results {
                let (place, index) = (*m.random.pick(&places), m.index());
                let old = m.b.load(place, index);
                let new = m.b.binary(Binary::Add, old, value);
                m.b.store(place, index, new);
            }
            Vec::new()
        });
        let (order, carries, yields, results) = (Order::ByPart, Vec::new(), Vec::new(), Vec::new());
        let more = None;
        self.b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
    }

    /// A loop that adds products of entries, numbers of all paths and what is in scope to its carries.
    fn carried(
        &mut self,
        start: Value,
        end: Value,
        order: Order,
        init: &[Value],
        ty: Type,
        places: &[BufferId],
    ) -> Vec<Value> {
        let var = self.b.fresh(Type::uniform(Scalar::I64));
        let params: Vec<Value> = init.iter().map(|_| self.b.fresh(ty)).collect();
        let inputs = self.inputs.iter().copied();
        let input = inputs.clone().find(|&input| self.b.buffer_of(input).ty.scalar == ty.scalar);
        let (body, yields) = self.block(|m| {
            m.indices.push(var);
            let (place, index) = (*m.random.pick(places), m.index());
            let x = m.b.load(place, index);
            let index = m.index();
            let same = m.b.load(input.expect("there is one of each type"), index);
            let same = m.b.splat(same);
            m.pool.extend([x, same]);
            m.pool.extend(&params);
            let next = params.iter().map(|&sum| {
                let (x, y) = (m.of(ty), m.of(ty));
                m.b.fma(x, y, sum)
            });
            next.collect()
        });
        let results: Vec<Value> = init.iter().map(|_| self.b.fresh(ty)).collect();
        let carries = params.into_iter().zip(init.iter().copied()).collect();
        let more = None;
        let out = results.clone();
        self.b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
        out
    }

    fn branch(&mut self, depth: usize) {
        let condition = self.of(Type::uniform(Scalar::Bool));
        let types: Vec<Type> = (0..self.random.below(3)).map(|_| self.ty(&ALL)).collect();
        let (then, xs) = self.block(|m| m.body(depth, &types));
        let (otherwise, ys) = self.block(|m| m.body(depth, &types));
        let results: Vec<Value> = types.iter().map(|&ty| self.b.fresh(ty)).collect();
        self.pool.extend(&results);
        let results = results.into_iter().zip(xs).zip(ys).map(|((r, x), y)| (r, x, y)).collect();
        self.b.stmt(Stmt::If { condition, then, otherwise, results });
    }
}
