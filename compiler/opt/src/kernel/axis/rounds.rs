//! Whether rounds of a loop can be done side by side, and what of it is one per round then.
//!
//! A value of a round is the same in all rounds; or a count that grows by the same number from round to
//! round; or one of its own ([`Form`]). Counts that grow are for indices only: no processor has instructions
//! for all that is done with lanes of counts.

use rustc_hash::{FxHashMap, FxHashSet};
use sdec_kernel::{Binary, Block, BufferId, Inst, Literal, Op, Scalar, Stmt, Unary, Value};

use super::Part;
use super::linear::Linear;

/// What a value is in the rounds of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The same in all.
    Same,
    /// A count that is by this much more in the next round, not 0.
    Along(i64),
    /// One in each.
    Each,
}

/// The forms of what a loop defines that are not [`Form::Same`].
pub(super) type Forms = FxHashMap<Value, Form>;

/// The forms of what a loop defines, if its rounds can be done side by side.
pub(super) fn of(part: &Part<'_>, stmt: &Stmt) -> Option<Forms> {
    let Stmt::For { var, carries, body, more: None, .. } = stmt else { return None };
    if !carries.is_empty() || !may_be_taken(body) {
        return None;
    }
    let mut rounds = Rounds {
        part,
        var: *var,
        forms: Forms::default(),
        sums: FxHashMap::default(),
        inside: FxHashSet::default(),
        reached: FxHashMap::default(),
        stored: FxHashSet::default(),
    };
    rounds.forms.insert(*var, Form::Along(1));
    rounds.block(body)?;
    rounds.are_apart().then_some(rounds.forms)
}

/// Whether nothing in a block rules it out at once.
fn may_be_taken(block: &Block) -> bool {
    let mut found = true;
    block.walk(&mut |stmt| {
        found &= match stmt {
            Stmt::Draw { .. } | Stmt::Call { .. } => false,
            Stmt::Inst(Inst { op, .. }) => !matches!(op, Op::PathLow | Op::PathHigh | Op::Lane),
            Stmt::Store { .. } | Stmt::For { .. } | Stmt::If { .. } => true,
        };
    });
    found
}

struct Rounds<'a> {
    part: &'a Part<'a>,
    /// Of the loop.
    var: Value,
    forms: Forms,
    /// Counts as sums of what is defined outside, and of what is defined inside by other means.
    sums: FxHashMap<Value, Linear>,
    /// What is defined inside.
    inside: FxHashSet<Value>,
    /// The places at which each buffer is loaded from and stored to.
    reached: FxHashMap<BufferId, FxHashSet<Value>>,
    stored: FxHashSet<BufferId>,
}

impl Rounds<'_> {
    /// Whether a round reaches, of each buffer that is stored to, no entry that another one does: always the
    /// one that its number says.
    fn are_apart(&self) -> bool {
        self.stored.iter().all(|buffer| {
            let mut places = self.reached[buffer].iter().map(|&place| self.sum(place));
            let first = places.next().expect("what is stored is reached");
            let is_fixed = |count: Value| count == self.var || !self.inside.contains(&count);
            first.factor(self.var) == 1
                && first.counts().all(is_fixed)
                && places.all(|place| place == first)
                && self.is_alone(*buffer)
        })
    }

    /// Whether the memory behind a buffer is reached by no other name.
    fn is_alone(&self, buffer: BufferId) -> bool {
        let alone = |buffer: BufferId| self.part.alone[buffer.index()];
        alone(buffer) || self.reached.keys().all(|&other| other == buffer || alone(other))
    }

    fn form(&self, value: Value) -> Form {
        self.forms.get(&value).copied().unwrap_or(Form::Same)
    }

    fn sum(&self, value: Value) -> Linear {
        if let Some(n) = self.part.count(value) {
            return Linear::number(n);
        }
        self.sums.get(&value).cloned().unwrap_or_else(|| Linear::count(value))
    }

    fn block(&mut self, block: &Block) -> Option<()> {
        for stmt in &block.stmts {
            self.inside.extend(stmt.results());
            for (_, bound, _) in stmt.blocks() {
                self.inside.extend(bound);
            }
            self.stmt(stmt)?;
        }
        Some(())
    }

    fn stmt(&mut self, stmt: &Stmt) -> Option<()> {
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                let form = self.op(*result, op)?;
                self.set(*result, form);
                Some(())
            }
            Stmt::Store { buffer, index, value } => {
                self.no_index(*value)?;
                self.stored.insert(*buffer);
                self.reached.entry(*buffer).or_default().insert(*index);
                let is_neighbour = self.form(*index) == Form::Along(1);
                (is_neighbour && !self.part.kernel.buffers[*buffer].is_of_paths()).then_some(())
            }
            Stmt::For { start, end, carries, body, yields, more, results, .. } => {
                self.same(*start)?;
                self.same(*end)?;
                for &(carry, first) in carries {
                    let form = self.no_index(first)?;
                    self.set(carry, form);
                }
                // What a round carries in lanes may make more of it lanes: at most once for each carry.
                loop {
                    self.block(body)?;
                    let mut changed = false;
                    for (&(carry, _), &next) in carries.iter().zip(yields) {
                        let becomes = self.no_index(next)? == Form::Each;
                        if becomes && self.form(carry) == Form::Same {
                            self.set(carry, Form::Each);
                            changed = true;
                        }
                    }
                    if !changed {
                        break;
                    }
                }
                if let Some(more) = more {
                    self.same(*more)?;
                }
                for (&result, &(carry, _)) in results.iter().zip(carries) {
                    self.set(result, self.form(carry));
                }
                Some(())
            }
            Stmt::If { condition, then, otherwise, results } => {
                let differ = self.no_index(*condition)? == Form::Each;
                if differ && !(then.is_pure() && otherwise.is_pure()) {
                    return None;
                }
                self.block(then)?;
                self.block(otherwise)?;
                for &(result, x, y) in results {
                    let sides = [self.no_index(x)?, self.no_index(y)?];
                    let each = differ || sides.contains(&Form::Each);
                    self.set(result, if each { Form::Each } else { Form::Same });
                }
                Some(())
            }
            Stmt::Draw { .. } | Stmt::Call { .. } => None,
        }
    }

    fn set(&mut self, value: Value, form: Form) {
        if form == Form::Same {
            self.forms.remove(&value);
        } else {
            self.forms.insert(value, form);
        }
    }

    fn same(&self, value: Value) -> Option<()> {
        (self.form(value) == Form::Same).then_some(())
    }

    fn no_index(&self, value: Value) -> Option<Form> {
        let form = self.form(value);
        (!matches!(form, Form::Along(_))).then_some(form)
    }

    fn op(&mut self, result: Value, op: &Op) -> Option<Form> {
        let scalar = self.part.kernel.types[result].scalar;
        if scalar == Scalar::I64
            && let Some(sum) = self.sum_of(op)
        {
            let by = sum.factor(self.var);
            let is_sum = sum.as_number().is_none();
            if is_sum {
                self.sums.insert(result, sum);
            }
            return Some(if by == 0 { Form::Same } else { Form::Along(by) });
        }
        if let Op::Load { buffer, index } = *op {
            self.reached.entry(buffer).or_default().insert(index);
            return match self.form(index) {
                Form::Same => Some(Form::Same),
                Form::Along(1) if !self.part.kernel.buffers[buffer].is_of_paths() => {
                    Some(Form::Each)
                }
                Form::Along(_) | Form::Each => None,
            };
        }
        if let Op::Any(x) = *op {
            self.no_index(x)?;
            return Some(Form::Same);
        }
        let mut each = false;
        for operand in op.operands() {
            each |= self.no_index(operand)? == Form::Each;
        }
        if !each {
            return Some(Form::Same);
        }
        self.has_lanes(op, scalar).then_some(Form::Each)
    }

    /// A count as a sum, if all of its operands are: not what is one per round.
    fn sum_of(&self, op: &Op) -> Option<Linear> {
        if let Op::Const(Literal::I64(n)) = *op {
            return Some(Linear::number(n));
        }
        let Op::Binary(op, x, y) = *op else { return None };
        if [x, y].iter().any(|&operand| self.form(operand) == Form::Each) {
            return None;
        }
        let (x, y) = (self.sum(x), self.sum(y));
        match op {
            Binary::Add => x.plus(&y, 1),
            Binary::Sub => x.plus(&y, -1),
            Binary::Mul => match (x.as_number(), y.as_number()) {
                (_, Some(n)) => x.times(n),
                (Some(n), None) => y.times(n),
                (None, None) => None,
            },
            Binary::Shl => x.times(1_i64.checked_shl(u32::try_from(y.as_number()?).ok()?)?),
            Binary::Div
            | Binary::Max
            | Binary::Min
            | Binary::And
            | Binary::Or
            | Binary::Xor
            | Binary::MulHigh
            | Binary::Shr
            | Binary::Pow
            | Binary::Atan2 => None,
        }
    }

    /// Whether there is an operation on lanes of this type ([`Scalar::I64`]).
    fn has_lanes(&self, op: &Op, scalar: Scalar) -> bool {
        match op {
            Op::Convert(x) => {
                scalar != Scalar::I64 && self.part.kernel.types[*x].scalar != Scalar::I64
            }
            Op::Unary(Unary::Neg, _) => scalar != Scalar::I64,
            Op::Binary(Binary::Mul | Binary::Max | Binary::Min, ..) => scalar != Scalar::I64,
            Op::Const(_)
            | Op::Splat(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Ternary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Bitcast(_)
            | Op::Load { .. }
            | Op::Any(_) => true,
            Op::PathLow | Op::PathHigh | Op::Lane => false,
        }
    }
}
