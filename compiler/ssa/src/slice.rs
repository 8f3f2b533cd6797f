//! Cutting what some values are computed from out of a function in the making.
//!
//! ```text
//! a = sin x                                  func f(x0: …, x1: …) {
//! b = add a, y        slice of c from a        v2 = add x0, x1
//! d = cos y                  =>                v3 = exp v2
//! c = exp b                                    return v3
//!                                            }                        captured = [y]
//! ```

use std::collections::BTreeSet;

use crate::{Builder, Func, Inst, Param, Region, Value, renumber};

/// The function from `inputs` to `outputs`, by the operations of the innermost open region that lie
/// between them: its parameters are the inputs, then one per value that is read beside them. Returns
/// those values too.
///
/// What computes an input is left out, even where it lies between another input and an output.
pub fn slice(b: &Builder, name: &str, inputs: &[Value], outputs: &[Value]) -> (Func, Vec<Value>) {
    let given: BTreeSet<Value> = inputs.iter().copied().collect();
    let mut wanted: BTreeSet<Value> = outputs.iter().copied().collect();
    let mut insts: Vec<Inst> = Vec::new();
    for inst in b.insts().iter().rev() {
        if inst.results.iter().any(|result| wanted.contains(result) && !given.contains(result)) {
            wanted.extend(inst.reads());
            insts.push(inst.clone());
        }
    }
    insts.reverse();
    let defined: BTreeSet<Value> = insts.iter().flat_map(|inst| &inst.results).copied().collect();
    let captured: Vec<Value> = (&(&wanted - &defined) - &given).into_iter().collect();
    let inputs = inputs.iter().enumerate().map(|(k, &value)| (value, format!("x{k}")));
    let others = captured.iter().enumerate().map(|(k, &value)| (value, format!("c{k}")));
    let func = Func {
        name: name.to_owned(),
        types: b.types().clone(),
        streams: b.streams().clone(),
        params: inputs
            .chain(others)
            .map(|(value, name)| Param { value, name, each: false })
            .collect(),
        body: Region { params: Vec::new(), insts, results: outputs.to_vec() },
    };
    (renumber(func), captured)
}

/// The values of the innermost open region that are computed from any of `seeds`, and those.
pub fn dependents(b: &Builder, seeds: &[Value]) -> BTreeSet<Value> {
    let mut found: BTreeSet<Value> = seeds.iter().copied().collect();
    for inst in b.insts() {
        if !inst.reads().is_disjoint(&found) {
            found.extend(&inst.results);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Binary, Scalar, Type, Unary, inline, verify};

    #[test]
    fn operations_between_inputs_and_outputs_are_cut_out() {
        let mut b = Builder::new("whole");
        let scalar = Type::scalar(Scalar::F64);
        let (x, y) = (b.param("x", scalar.clone()), b.param("y", scalar));
        let before = b.unary(Unary::Sin, x);
        let sum = b.binary(Binary::Add, before, y);
        let aside = b.unary(Unary::Cos, y);
        let end = b.unary(Unary::Exp, sum);
        assert_eq!(dependents(&b, &[x]), [x, before, sum, end].into());
        let (func, captured) = slice(&b, "part", &[before], &[end, before]);
        verify(&func).expect("it is well formed");
        assert_eq!(captured, [y]);
        assert_eq!((func.params.len(), func.body.insts.len()), (2, 2));
        let results = inline(&mut b, &func, &[aside, y]);
        assert_eq!(results[1], aside, "an input that is an output goes straight through");
        verify(&b.finish(results)).expect("it is well formed");
    }

    #[test]
    fn what_computes_an_input_is_left_out() {
        let mut b = Builder::new("whole");
        let x = b.param("x", Type::scalar(Scalar::F64));
        let first = b.unary(Unary::Sin, x);
        let second = b.unary(Unary::Cos, first);
        let end = b.binary(Binary::Mul, first, second);
        let (func, captured) = slice(&b, "part", &[first, second], &[end]);
        assert_eq!((func.body.insts.len(), captured.len()), (1, 0));
    }
}
