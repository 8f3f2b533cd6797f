//! Statements: straight-line code, loops and branches.

use sdec_base::IdVec;
use sdec_kernel::{
    Block, Buffer, BufferId, GROUP, Inst, Kernel, Literal, Op, Order, RoutineId, Space, Stmt, Value,
};

use crate::function::{alignment, line};
use crate::text;

/// One execution of a kernel's body, as text.
pub(crate) struct Body<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) out: String,
    /// Written where they are used.
    literals: IdVec<Value, Option<Literal>>,
    /// The block that is being written.
    label: usize,
    /// How many blocks there are.
    labels: usize,
    /// How many names without a value there are.
    names: usize,
}

impl<'a> Body<'a> {
    /// Nothing written yet.
    pub(crate) fn new(kernel: &'a Kernel) -> Self {
        let mut literals = IdVec::new();
        for _ in kernel.types.values() {
            literals.push(None);
        }
        Self { kernel, out: String::new(), literals, label: 0, labels: 1, names: 0 }
    }

    /// The blocks of the function.
    pub(crate) fn run(mut self) -> String {
        self.out.push_str("l0:\n");
        if self.kernel.types.values().any(|ty| ty.lanes) {
            self.path_numbers();
        }
        let kernel = self.kernel;
        self.block(&kernel.body);
        self.out.push_str("  ret void\n");
        self.out
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                self.literals[*result] = match *op {
                    Op::Const(literal) => Some(literal),
                    Op::Splat(x) => self.literals[x],
                    Op::Unary(..)
                    | Op::Binary(..)
                    | Op::Ternary(..)
                    | Op::Compare(..)
                    | Op::Select(..)
                    | Op::Convert(_)
                    | Op::Bitcast(_)
                    | Op::Load { .. }
                    | Op::PathLow
                    | Op::PathHigh
                    | Op::Lane
                    | Op::Any(_) => None,
                };
                if self.literals[*result].is_none() {
                    self.op(*result, op);
                }
            }
            Stmt::Store { buffer, index, value } => self.store(*buffer, *index, *value),
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let around = Around { carries, yields, results };
                self.for_loop(*var, (*start, *end), *order == Order::Down, &around, body, *more);
            }
            Stmt::If { condition, then, otherwise, results } => {
                self.branch(*condition, then, otherwise, results);
            }
            Stmt::Draw { .. } => unreachable!("draws are expanded before a backend sees them"),
            Stmt::Call { routine, reads, writes } => self.call(*routine, reads, writes),
        }
    }

    fn call(
        &mut self,
        routine: RoutineId,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) {
        let mut args = Vec::new();
        for (buffer, first) in self.kernel.routines[routine].given(reads, writes) {
            args.push(format!("ptr {}", self.address(buffer, first)));
        }
        args.extend(["i64 %place", "i64 %last", "i64 %first_path"].map(str::to_owned));
        line(&mut self.out, format_args!("  call void @{routine}({})", args.join(", ")));
    }

    /// `double %v7`
    pub(crate) fn typed(&self, value: Value) -> String {
        format!("{} {}", self.ty(value), self.name(value))
    }

    /// `%v7`, or the number that it is.
    pub(crate) fn name(&self, value: Value) -> String {
        match self.literals[value] {
            Some(literal) => text::literal(literal, self.kernel.types[value].lanes),
            None => format!("%{value}"),
        }
    }

    /// The number that a value is, in every lane if `lanes`.
    pub(crate) fn number(&self, value: Value, lanes: bool) -> Option<String> {
        self.literals[value].map(|literal| text::literal(literal, lanes))
    }

    /// `double`
    pub(crate) fn ty(&self, value: Value) -> String {
        text::ty(self.kernel.types[value], self.kernel.lanes)
    }

    /// A name of our own for the result of an instruction.
    pub(crate) fn temporary(&mut self, instruction: std::fmt::Arguments<'_>) -> String {
        self.names += 1;
        let name = format!("%t{}", self.names);
        line(&mut self.out, format_args!("  {name} = {instruction}"));
        name
    }

    /// A scalar in every lane.
    pub(crate) fn splat(&mut self, scalar: &str, x: &str) -> String {
        let lanes = self.kernel.lanes;
        let ty = format!("<{lanes} x {scalar}>");
        let first = self.temporary(format_args!("insertelement {ty} poison, {scalar} {x}, i64 0"));
        self.temporary(format_args!(
            "shufflevector {ty} {first}, {ty} poison, <{lanes} x i32> zeroinitializer"
        ))
    }

    /// `first_path + min(place + lane, last)` in two words.
    fn path_numbers(&mut self) {
        let lanes = self.kernel.lanes;
        let (ty, words) = (format!("<{lanes} x i64>"), format!("<{lanes} x i32>"));
        let counted = if self.kernel.is_wide {
            "zeroinitializer".to_owned()
        } else {
            lane_numbers(lanes, "i64")
        };
        let [place, last, first] =
            ["%place", "%last", "%first_path"].map(|name| self.splat("i64", name));
        let place = self.temporary(format_args!("add {ty} {place}, {counted}"));
        let place = self.temporary(format_args!("call {ty} @llvm.umin({ty} {place}, {ty} {last})"));
        let number = self.temporary(format_args!("add {ty} {place}, {first}"));
        let high = self.temporary(format_args!("lshr {ty} {number}, splat (i64 32)"));
        line(&mut self.out, format_args!("  %low = trunc {ty} {number} to {words}"));
        line(&mut self.out, format_args!("  %high = trunc {ty} {high} to {words}"));
    }

    /// Where an entry of a buffer is.
    pub(crate) fn address(&mut self, id: BufferId, index: Value) -> String {
        let buffer = &self.kernel.buffers[id];
        let (entry, index) = (self.entry(buffer), self.name(index));
        self.temporary(format_args!("getelementptr inbounds {entry}, ptr %{id}, i64 {index}"))
    }

    /// From one entry to the next.
    fn entry(&self, buffer: &Buffer) -> String {
        let scalar = text::scalar(buffer.ty.scalar);
        match (buffer.ty.lanes, buffer.space) {
            (false, _) => scalar.to_owned(),
            (true, Space::Scratch | Space::Lent) => format!("[{} x {scalar}]", self.kernel.lanes),
            (true, Space::Input | Space::Output) => format!("[{GROUP} x {scalar}]"),
        }
    }

    fn store(&mut self, id: BufferId, index: Value, value: Value) {
        let buffer = &self.kernel.buffers[id];
        let mut of = self.kernel.types[value];
        let repeated = buffer.ty.lanes && !self.kernel.is_wide && !of.lanes;
        let value = if repeated {
            of.lanes = true;
            let scalar = text::scalar(buffer.ty.scalar);
            let known = self.number(value, true);
            known.unwrap_or_else(|| self.splat(scalar, &self.name(value)))
        } else {
            self.name(value)
        };
        let at = self.address(id, index);
        let (ty, align) = (text::ty(of, self.kernel.lanes), alignment(self.kernel, buffer));
        line(&mut self.out, format_args!("  store {ty} {value}, ptr {at}, align {align}"));
    }

    fn new_label(&mut self) -> usize {
        self.labels += 1;
        self.labels - 1
    }

    fn begin(&mut self, label: usize) {
        line(&mut self.out, format_args!("l{label}:"));
        self.label = label;
    }

    /// `result = phi [ x, from a ], [ y, from b ]`
    fn phi(&self, result: Value, x: (Value, usize), y: (Value, usize)) -> String {
        let ty = self.ty(result);
        let ((x, a), (y, b)) = ((self.name(x.0), x.1), (self.name(y.0), y.1));
        format!("  %{result} = phi {ty} [ {x}, %l{a} ], [ {y}, %l{b} ]\n")
    }

    /// Tested at its end, so that an iteration takes one jump. Downwards the counter runs from `end`,
    /// and the variable is one less.
    fn for_loop(
        &mut self,
        var: Value,
        (start, end): (Value, Value),
        reverse: bool,
        around: &Around<'_>,
        body: &Block,
        more: Option<Value>,
    ) {
        let (head, exit, before) = (self.new_label(), self.new_label(), self.label);
        let (from, to) = if reverse { (end, start) } else { (start, end) };
        let (from, to) = (self.name(from), self.name(to));
        let (test, step) = if reverse { ("sgt", -1) } else { ("slt", 1) };
        let any = self.temporary(format_args!("icmp {test} i64 {from}, {to}"));
        line(&mut self.out, format_args!("  br i1 {any}, label %l{head}, label %l{exit}"));

        // The head names what the body yields, so it is written when that is known.
        let (counter, next) = if reverse {
            (format!("%i{head}"), format!("%{var}"))
        } else {
            (format!("%{var}"), format!("%n{head}"))
        };
        let outside = std::mem::take(&mut self.out);
        self.label = head;
        self.block(body);
        let last = self.label;
        let mut again = self.temporary(format_args!("icmp {test} i64 {next}, {to}"));
        if let Some(more) = more {
            let more = self.name(more);
            again = self.temporary(format_args!("and i1 {again}, {more}"));
        }
        line(&mut self.out, format_args!("  br i1 {again}, label %l{head}, label %l{exit}"));
        let inside = std::mem::replace(&mut self.out, outside);

        self.begin(head);
        line(
            &mut self.out,
            format_args!("  {counter} = phi i64 [ {from}, %l{before} ], [ {next}, %l{last} ]"),
        );
        for (&(carry, first), &next) in around.carries.iter().zip(around.yields) {
            let phi = self.phi(carry, (first, before), (next, last));
            self.out.push_str(&phi);
        }
        line(&mut self.out, format_args!("  {next} = add i64 {counter}, {step}"));
        self.out.push_str(&inside);

        self.begin(exit);
        for ((&(_, first), &next), &result) in
            around.carries.iter().zip(around.yields).zip(around.results)
        {
            let phi = self.phi(result, (first, before), (next, last));
            self.out.push_str(&phi);
        }
    }

    fn branch(
        &mut self,
        condition: Value,
        then: &Block,
        otherwise: &Block,
        results: &[(Value, Value, Value)],
    ) {
        let [yes, no, after] = [(); 3].map(|()| self.new_label());
        let condition = self.name(condition);
        line(&mut self.out, format_args!("  br i1 {condition}, label %l{yes}, label %l{no}"));
        let mut ends = [0; 2];
        for ((label, block), end) in [(yes, then), (no, otherwise)].into_iter().zip(&mut ends) {
            self.begin(label);
            self.block(block);
            *end = self.label;
            line(&mut self.out, format_args!("  br label %l{after}"));
        }
        self.begin(after);
        for &(result, x, y) in results {
            let phi = self.phi(result, (x, ends[0]), (y, ends[1]));
            self.out.push_str(&phi);
        }
    }
}

/// The number of each lane.
pub(crate) fn lane_numbers(lanes: u32, scalar: &str) -> String {
    let counted: Vec<String> = (0..lanes).map(|lane| format!("{scalar} {lane}")).collect();
    format!("<{}>", counted.join(", "))
}

/// What goes into a loop, around it and out of it.
struct Around<'a> {
    carries: &'a [(Value, Value)],
    yields: &'a [Value],
    results: &'a [Value],
}
