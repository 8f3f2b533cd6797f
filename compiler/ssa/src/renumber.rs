//! Numbers values in the order of the text.
//!
//! ```text
//! v7: f64 = exp v2          v1: f64 = exp v0
//! v3: f64 = neg v7    =>    v2: f64 = neg v1
//! ```
//!
//! Passes that add and drop operations leave gaps; numbering again closes them, so that the text
//! of a function depends only on what it does.

use sdec_base::IdVec;

use crate::{Func, Region, Type, Value};

/// The same function with values numbered in the order in which they are defined; results of
/// control operations after their regions, as [`Builder`](crate::Builder) does.
pub fn renumber(mut func: Func) -> Func {
    let mut renaming =
        Renaming { old: &func.types, to: vec![None; func.types.len()], types: IdVec::new() };
    for param in &mut func.params {
        param.value = renaming.define(param.value);
    }
    renaming.region(&mut func.body);
    func.types = renaming.types;
    func
}

struct Renaming<'a> {
    old: &'a IdVec<Value, Type>,
    to: Vec<Option<Value>>,
    types: IdVec<Value, Type>,
}

impl Renaming<'_> {
    fn define(&mut self, value: Value) -> Value {
        let renamed = self.types.push(self.old[value].clone());
        self.to[value.index()] = Some(renamed);
        renamed
    }

    fn read(&self, value: Value) -> Value {
        self.to[value.index()].expect("operands precede uses")
    }

    fn region(&mut self, region: &mut Region) {
        for param in &mut region.params {
            *param = self.define(*param);
        }
        for inst in &mut region.insts {
            inst.op.map_operands(|value| self.read(value));
            for inner in inst.op.regions_mut() {
                self.region(inner);
            }
            for result in &mut inst.results {
                *result = self.define(*result);
            }
        }
        for result in &mut region.results {
            *result = self.read(*result);
        }
    }
}
