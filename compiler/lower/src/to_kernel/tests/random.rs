//! Random functions: every operation, nested control, values of both levels.

use sdec_ssa::{
    Array, Binary, Builder, Compare, DrawLaw, Emit, Extremum, Func, Scalar, Stream, Trips, Type,
    Unary, Value,
};

use super::harness::{agree, argument};

const SHAPES: &[&[u64]] =
    &[&[], &[], &[], &[2], &[3], &[3], &[20], &[17], &[2, 3], &[3, 2], &[4, 5], &[5, 4], &[3, 20]];

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

struct Generator {
    b: Builder,
    random: Random,
    scalar: Scalar,
    /// Floats that are visible.
    floats: Vec<Value>,
    /// Counts below 2.
    counts: Vec<Value>,
    streams: Vec<Stream>,
}

fn arbitrary(seed: u64, scalar: Scalar) -> (Func, Vec<Array>) {
    let mut b = Builder::new("random");
    let mut random = Random(seed);
    let mut floats = Vec::new();
    let mut arguments = Vec::new();
    for k in 0..3 {
        let ty = Type::array(scalar, random.pick(SHAPES));
        floats.push(b.param(format!("x{k}"), ty.clone()));
        arguments.push(argument(&ty, seed + k));
    }
    let half = Type::scalar(Scalar::I64);
    let counts = vec![b.param("i", half.clone())];
    arguments.push(Array::int((seed % 2) as i64));
    let streams = vec![b.stream("W"), b.stream("B")];
    let mut generator = Generator { b, random, scalar, floats, counts, streams };
    let size = 4 + generator.random.below(12);
    generator.grow(size, 2);
    let recent: Vec<Value> = generator.floats.iter().rev().take(4).copied().collect();
    (generator.b.finish(recent), arguments)
}

impl Generator {
    fn grow(&mut self, size: usize, depth: usize) {
        for _ in 0..size {
            let value = self.operation(depth);
            let value = self.few(value);
            let value = self.tamed(value);
            self.floats.push(value);
        }
    }

    fn shape(&self, value: Value) -> Vec<u64> {
        self.b.ty(value).shape.clone()
    }

    fn any(&mut self) -> Value {
        let recent = self.random.below(2) == 0;
        let from = if recent { self.floats.len().saturating_sub(3) } else { 0 };
        let at = from + self.random.below(self.floats.len() - from);
        self.floats[at]
    }

    /// A float of this shape, made from another if there is none.
    fn like(&mut self, shape: &[u64]) -> Value {
        let alike: Vec<Value> =
            self.floats.iter().copied().filter(|&value| self.shape(value) == shape).collect();
        if !alike.is_empty() && self.random.below(4) > 0 {
            return self.random.pick(&alike);
        }
        let scalar = self.some_scalar();
        self.b.broadcast(scalar, shape)
    }

    fn some_scalar(&mut self) -> Value {
        let mut value = self.any();
        while !self.shape(value).is_empty() {
            let index = self.index_below(self.shape(value)[0]);
            value = self.b.index(value, index);
        }
        value
    }

    fn ranked(&mut self) -> Value {
        for _ in 0..8 {
            let value = self.any();
            if !self.shape(value).is_empty() {
                return value;
            }
        }
        let shape = self.random.pick(&SHAPES[3..]);
        self.like(shape)
    }

    /// A count below an extent of at least 2.
    fn index_below(&mut self, extent: u64) -> Value {
        if self.random.below(2) == 0 || extent < 2 {
            let n = self.random.below(extent as usize);
            return self.b.int(n as i64);
        }
        let counts = self.counts.clone();
        self.random.pick(&counts)
    }

    /// Keeps magnitudes at most 2, so that nothing overflows.
    fn tamed(&mut self, x: Value) -> Value {
        let ty = self.b.ty(x).clone();
        let high = self.b.filled(&ty, 2.0);
        let low = self.b.filled(&ty, -2.0);
        let x = self.b.binary(Binary::Min, x, high);
        self.b.binary(Binary::Max, x, low)
    }

    /// Rows of arrays that have become large.
    fn few(&mut self, mut x: Value) -> Value {
        while self.b.ty(x).entries() > 60 {
            let index = self.index_below(self.shape(x)[0]);
            x = self.b.index(x, index);
        }
        x
    }

    fn operation(&mut self, depth: usize) -> Value {
        let choices = if depth > 0 { 22 } else { 18 };
        match self.random.below(choices) {
            0 | 1 => {
                let x = self.any();
                let op = self.random.pick(&[Unary::Neg, Unary::Abs, Unary::Floor, Unary::Sign]);
                self.b.unary(op, x)
            }
            2..=5 => {
                let x = self.any();
                let y = self.like(&self.shape(x));
                let ops = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Max, Binary::Min];
                let op = self.random.pick(&ops);
                self.b.binary(op, x, y)
            }
            6 => {
                let x = self.any();
                let y = self.like(&self.shape(x));
                let c = self.b.compare(Compare::Lt, x, y);
                let z = self.like(&self.shape(x));
                self.b.select(c, y, z)
            }
            7 => self.movement(),
            8 => self.movement(),
            9 => {
                let x = self.ranked();
                let rows = vec![x, self.like(&self.shape(x))];
                if self.random.below(2) == 0 { self.b.stack(rows) } else { self.b.concat(rows) }
            }
            10 | 11 => {
                let x = self.ranked();
                match self.random.below(4) {
                    0 => self.b.sum(x),
                    1 => self.b.product(x),
                    2 => self.b.extremum(Extremum::Max, x),
                    _ => self.b.extremum(Extremum::Min, x),
                }
            }
            12 => {
                let x = self.ranked();
                let last = *self.shape(x).last().unwrap();
                let shapes = [vec![last], vec![last, 2], vec![last, 7]];
                let shape = self.random.pick(&shapes);
                let y = self.like(&shape);
                self.b.contract(x, y)
            }
            13 => {
                let x = self.ranked();
                let row = self.like(&self.shape(x)[1..]);
                let index = self.index_below(self.shape(x)[0]);
                self.b.add_at(x, index, row)
            }
            14 | 15 => {
                let streams = self.streams.clone();
                let stream = self.random.pick(&streams);
                let law = self.random.pick(&[DrawLaw::Normal, DrawLaw::Uniform]);
                let index = self.index_below(9);
                let shape = self.random.pick(SHAPES);
                self.b.draw(stream, law, index, Type::array(self.scalar, shape))
            }
            16 => {
                let x = self.ranked();
                let flat = self.shape(x).iter().product();
                let vector = self.b.reshape(x, &[flat]);
                let index = self.b.arg_extremum(Extremum::Max, vector);
                let y = self.like(&[flat]);
                self.b.index(y, index)
            }
            17 => {
                let x = self.any();
                let y = self.like(&self.shape(x));
                let c = self.b.compare(Compare::Ge, x, y);
                let d = self.b.compare(Compare::Ne, x, y);
                let both = self.b.binary(Binary::And, c, d);
                let not = self.b.unary(Unary::Not, both);
                self.b.select(not, x, y)
            }
            18 => self.map(depth),
            19 | 20 => self.scan(depth),
            _ => self.branch(depth),
        }
    }

    fn movement(&mut self) -> Value {
        let x = self.ranked();
        let shape = self.shape(x);
        match self.random.below(6) {
            0 => {
                let leading = self.random.pick(&[vec![2], vec![5], vec![2, 3]]);
                self.b.broadcast(x, &leading)
            }
            1 => {
                let start = self.random.below(shape[0] as usize) as u64;
                self.b.slice(x, start, shape[0] - start)
            }
            2 => self.b.reshape(x, &[shape.iter().product::<u64>()]),
            3 => {
                let mut unit = shape;
                unit.insert(self.random.below(unit.len() + 1), 1);
                self.b.reshape(x, &unit)
            }
            4 => {
                let mut axes: Vec<usize> = (0..shape.len()).collect();
                axes.rotate_left(1);
                self.b.transpose(x, axes)
            }
            _ => {
                let index = self.index_below(shape[0]);
                self.b.index(x, index)
            }
        }
    }

    /// Runs `f` and forgets what it made visible.
    fn scoped<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let (floats, counts) = (self.floats.len(), self.counts.len());
        let out = f(self);
        self.floats.truncate(floats);
        self.counts.truncate(counts);
        out
    }

    fn map(&mut self, depth: usize) -> Value {
        let extents: &[u64] = if depth > 1 { &[1, 2, 3, 9, 20] } else { &[2, 3, 9] };
        let extent = self.random.pick(extents);
        let params = self.b.open_region(&[Type::scalar(Scalar::I64)]);
        let results = self.scoped(|g| {
            if extent <= 2 {
                g.counts.push(params[0]);
            }
            let step = g.b.convert(params[0], g.scalar);
            g.floats.push(step);
            let size = 1 + g.random.below(4);
            g.grow(size, depth - 1);
            vec![g.any(), g.any()]
        });
        let region = self.b.close_region(results);
        let results = self.b.map_of(extent, region);
        self.random.pick(&results)
    }

    fn scan(&mut self, depth: usize) -> Value {
        let extents: &[u64] = if depth > 1 { &[1, 3, 9, 20, 35] } else { &[2, 3, 9] };
        let extent = self.random.pick(extents);
        let trips = self.trips(extent);
        let mut init = vec![self.any(), self.any()];
        if trips == Trips::While {
            init.insert(0, self.condition());
        }
        let rows = extent.min(3);
        let counts: Vec<Value> =
            (0..extent).map(|k| self.b.int(if k < rows { k as i64 } else { -1 })).collect();
        let slots = self.b.stack(counts);
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(init.iter().map(|&value| self.b.ty(value).clone()));
        let params = self.b.open_region(&types);
        let results = self.scoped(|g| {
            let floats = params[1..].iter().filter(|&&carry| g.b.ty(carry).is_float());
            g.floats.extend(floats);
            if extent <= 2 {
                g.counts.push(params[0]);
            }
            let streams = g.streams.clone();
            if g.random.below(2) == 0 {
                let stream = g.random.pick(&streams);
                let shape = g.random.pick(SHAPES);
                let ty = Type::array(g.scalar, shape);
                let noise = g.b.draw(stream, DrawLaw::Normal, params[0], ty);
                g.floats.push(noise);
            }
            let size = 1 + g.random.below(5);
            g.grow(size, depth - 1);
            let [.., x, y] = params[..] else { unreachable!("there are two floats") };
            let [.., x_type, y_type] = &types[..] else { unreachable!("there are two floats") };
            let mut next = vec![g.like(&x_type.shape), g.like(&y_type.shape)];
            if g.random.below(3) == 0 && x_type == y_type {
                next = vec![y, x];
            }
            if trips == Trips::While {
                next.insert(0, g.condition());
            }
            next.extend([g.any(), g.any()]);
            next
        });
        let region = self.b.close_region(results);
        let reverse = trips != Trips::While && self.random.below(2) == 0;
        let emits = vec![Emit::Every, Emit::Slots { slots, rows }];
        let results = self.b.scan_some_of(extent, trips, reverse, init, emits, region);
        let results = results.into_iter().filter(|&result| self.b.ty(result).is_float());
        let results: Vec<Value> = results.collect();
        let last = self.tamed(results[0]);
        self.floats.push(last);
        self.random.pick(&results)
    }

    /// Mostly true.
    fn condition(&mut self) -> Value {
        let (x, bound) = (self.some_scalar(), self.b.float(self.scalar, 1.5));
        self.b.compare(Compare::Lt, x, bound)
    }

    fn trips(&mut self, extent: u64) -> Trips {
        match self.random.below(6) {
            0 => Trips::While,
            1 => {
                let n = self.random.below(extent as usize + 3) as i64 - 1;
                Trips::Below(self.b.int(n))
            }
            2 => {
                let x = self.like(&[5]);
                Trips::Below(self.b.arg_extremum(Extremum::Max, x))
            }
            _ => Trips::All,
        }
    }

    fn branch(&mut self, depth: usize) -> Value {
        let (x, y) = (self.some_scalar(), self.some_scalar());
        let condition = self.b.compare(Compare::Lt, x, y);
        let like = self.any();
        let shape = self.shape(like);
        let sides = [0, 1].map(|_| {
            self.b.open_region(&[]);
            let results = self.scoped(|g| {
                let size = 1 + g.random.below(3);
                g.grow(size, depth - 1);
                vec![g.like(&shape), g.some_scalar()]
            });
            self.b.close_region(results)
        });
        let [then, otherwise] = sides;
        let results = self.b.if_of(condition, then, otherwise);
        self.random.pick(&results)
    }
}

#[test]
fn random_functions_of_doubles() {
    for seed in 0..30 {
        let (func, arguments) = arbitrary(seed, Scalar::F64);
        agree(&func, &arguments);
    }
}

#[test]
fn random_functions_of_singles() {
    for seed in 1000..1010 {
        let (func, arguments) = arbitrary(seed, Scalar::F32);
        agree(&func, &arguments);
    }
}
