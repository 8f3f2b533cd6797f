//! One forward walk that replaces operations by others: what `simplify` and `fold` share.

use rustc_hash::FxHashMap;
use sdec_ssa::{Builder, Func, Inst, Literal, Op, Region, Scalar, Type, Value, renumber};

/// What stands for an operation.
pub(super) enum Change {
    /// A value that is there already.
    Value(Value),
    /// Another operation of the same type.
    Op(Op),
}

/// Rules of a pass.
pub(super) trait Rules {
    /// What an operation without regions becomes, or none if it stays. `ty` is the type of its
    /// result. Applied again to what it gives.
    fn plain(&self, f: &mut Rewriter, op: &Op, ty: &Type) -> Option<Change>;

    /// Rewrites an operation with regions; [`Rewriter::keep`] rewrites inside them only. Its
    /// operands are renamed already, its regions are not.
    fn control(&self, f: &mut Rewriter, inst: Inst);
}

/// A function in the rewriting.
pub(super) struct Rewriter<'a> {
    b: Builder,
    rules: &'a dyn Rules,
    /// Operations without regions by their values.
    definitions: FxHashMap<Value, Op>,
    names: FxHashMap<Value, Value>,
}

/// Rewrites a function from its first operation to its last.
pub(super) fn run(func: &Func, rules: &dyn Rules) -> Func {
    let mut rewriter = Rewriter {
        b: Builder::rewriting(func),
        rules,
        definitions: FxHashMap::default(),
        names: FxHashMap::default(),
    };
    let results = rewriter.inline(&func.body);
    renumber(rewriter.b.finish(results))
}

impl Rewriter<'_> {
    /// The type of a value.
    pub(super) fn ty(&self, value: Value) -> &Type {
        self.b.ty(value)
    }

    /// The operation without regions that defines a value.
    pub(super) fn definition(&self, value: Value) -> Option<&Op> {
        self.definitions.get(&value)
    }

    /// The literal that every entry of a value is, if that is plain to see.
    pub(super) fn literal(&self, value: Value) -> Option<Literal> {
        let op = self.definition(value)?;
        if let Op::Const(literal) = op {
            return Some(*literal);
        }
        if let Op::Broadcast(x) = op { self.literal(*x) } else { None }
    }

    /// The float that every entry of a value is.
    pub(super) fn float(&self, value: Value) -> Option<f64> {
        match self.literal(value)? {
            Literal::Float(bits) => Some(f64::from_bits(bits)),
            Literal::Int(_) | Literal::Bool(_) => None,
        }
    }

    /// The count that every entry of a value is.
    pub(super) fn int(&self, value: Value) -> Option<i64> {
        match self.literal(value)? {
            Literal::Int(n) => Some(n),
            Literal::Float(_) | Literal::Bool(_) => None,
        }
    }

    /// The truth value that every entry of a value is.
    pub(super) fn bool(&self, value: Value) -> Option<bool> {
        match self.literal(value)? {
            Literal::Bool(b) => Some(b),
            Literal::Float(_) | Literal::Int(_) => None,
        }
    }

    /// The value of an operation, rewritten.
    pub(super) fn value(&mut self, op: Op, ty: &Type) -> Value {
        let result = self.b.declare(ty.clone());
        self.define(result, op)
    }

    /// An array of one literal.
    pub(super) fn filled(&mut self, literal: Literal, ty: &Type) -> Value {
        let entry = self.value(Op::Const(literal), &Type::scalar(ty.scalar));
        if ty.shape.is_empty() { entry } else { self.value(Op::Broadcast(entry), ty) }
    }

    /// A count.
    pub(super) fn count(&mut self, n: u64) -> Value {
        let n = i64::try_from(n).expect("extents fit i64");
        self.filled(Literal::Int(n), &Type::scalar(Scalar::I64))
    }

    /// From here on, `to` stands for `value`.
    pub(super) fn rename(&mut self, value: Value, to: Value) {
        self.names.insert(value, to);
    }

    /// Adds an operation that its caller has dealt with.
    pub(super) fn push(&mut self, inst: Inst) {
        self.b.push(inst);
    }

    /// Adds the operations of a region here and returns its results.
    pub(super) fn inline(&mut self, region: &Region) -> Vec<Value> {
        for inst in &region.insts {
            let mut inst = inst.clone();
            inst.op.map_operands(|value| self.name(value));
            self.b.set_origin(inst.origin);
            if inst.op.is_control() {
                self.rules.control(self, inst);
            } else {
                let result = inst.results[0];
                let value = self.define(result, inst.op);
                if value != result {
                    self.rename(result, value);
                }
            }
        }
        region.results.iter().map(|&value| self.name(value)).collect()
    }

    /// The region with its operations rewritten.
    pub(super) fn region(&mut self, region: &Region) -> Region {
        self.b.open_region_of(region.params.clone());
        let results = self.inline(region);
        self.b.close_region(results)
    }

    /// Adds an operation with regions, rewritten inside.
    pub(super) fn keep(&mut self, mut inst: Inst) {
        for inner in inst.op.regions_mut() {
            *inner = self.region(inner);
        }
        self.b.push(inst);
    }

    /// What stands for a value.
    pub(super) fn name(&self, value: Value) -> Value {
        self.names.get(&value).copied().unwrap_or(value)
    }

    /// Adds an operation, or what the rules make of it, and returns its value: `result`, or one that
    /// was there.
    fn define(&mut self, result: Value, mut op: Op) -> Value {
        let ty = self.ty(result).clone();
        while let Some(change) = self.rules.plain(self, &op, &ty) {
            match change {
                Change::Value(value) => return value,
                Change::Op(next) => op = next,
            }
        }
        self.definitions.insert(result, op.clone());
        self.b.push(Inst { results: vec![result], op, origin: self.b.origin() });
        result
    }
}
