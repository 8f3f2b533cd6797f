//! Cutting a region out as a function of its own, and putting a function in.
//!
//! ```text
//! { (x) … a …; return y }   =>   func (x, a) { …; return y },  captured = [a]
//! ```

use std::collections::BTreeMap;

use crate::{Builder, Func, Op, Param, Region, Stream, Value, renumber};

/// Makes a function of a region that was just closed: its parameters are the region's, then one per
/// value that the region reads from outside. Returns those values too.
pub fn outline(b: &Builder, name: &str, region: Region) -> (Func, Vec<Value>) {
    let captured: Vec<Value> = region.captures().into_iter().collect();
    let mut body = region;
    let mut params = Vec::new();
    for (k, value) in std::mem::take(&mut body.params).into_iter().enumerate() {
        params.push(Param { value, name: format!("x{k}"), each: false });
    }
    for (k, &value) in captured.iter().enumerate() {
        params.push(Param { value, name: format!("c{k}"), each: false });
    }
    let func = Func {
        name: name.to_owned(),
        types: b.types().clone(),
        streams: b.streams().clone(),
        params,
        body,
    };
    (renumber(func), captured)
}

/// Puts the body of `func` into the innermost open region with `args` for its parameters. Returns
/// its results.
pub fn inline(b: &mut Builder, func: &Func, args: &[Value]) -> Vec<Value> {
    assert_eq!(func.params.len(), args.len(), "arguments of {}", func.name);
    let streams: Vec<Stream> = func.streams.values().map(|name| b.stream(name)).collect();
    let renamed = func.params.iter().zip(args).map(|(param, &arg)| (param.value, arg)).collect();
    let mut graft = Graft { b, func, streams, renamed };
    let mut body = func.body.clone();
    graft.region(&mut body);
    for inst in body.insts {
        b.push(inst);
    }
    body.results
}

struct Graft<'a> {
    b: &'a mut Builder,
    func: &'a Func,
    streams: Vec<Stream>,
    renamed: BTreeMap<Value, Value>,
}

impl Graft<'_> {
    fn define(&mut self, value: &mut Value) {
        let new = self.b.declare(self.func.types[*value].clone());
        self.renamed.insert(*value, new);
        *value = new;
    }

    fn region(&mut self, region: &mut Region) {
        region.params.iter_mut().for_each(|param| self.define(param));
        for inst in &mut region.insts {
            inst.op.map_operands(|value| self.renamed[&value]);
            if let Op::Draw { stream, .. } = &mut inst.op {
                *stream = self.streams[stream.index()];
            }
            for inner in inst.op.regions_mut() {
                self.region(inner);
            }
            inst.results.iter_mut().for_each(|result| self.define(result));
        }
        for result in &mut region.results {
            *result = self.renamed[result];
        }
    }
}
