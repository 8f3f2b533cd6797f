//! What a model observes along a path, drawn at the kept times, or at the one that is its own.
//!
//! ```text
//! for k in 0 .. kept:
//!     y[k] ← draw of D(t[k], x[k])                     draws of `Model.observe y`, one for each kept time
//! z ← draw of D(T, x(T))                               one draw of `Model.observe z`
//! ```
//!
//! The streams are of observations alone, so that states are the same bits whatever is observed of them.

use sdec_hir as hir;
use sdec_ssa::{Compare, Scalar, Type, Value};

use super::solve::{Grid, Path, draw_law};
use super::types::Result;
use super::value::Val;
use super::{Binding, Lowerer};

impl<'a> Lowerer<'a> {
    /// The arrays of all observations that are drawn, `[kept, …]` each, or `[1, …]` of one at a time of its own:
    /// `at` says for each which kept time that is. An index is its number.
    pub(super) fn observed(
        &mut self,
        model: &'a hir::Model,
        grid: Grid,
        path: &Path,
        at: &[Option<u64>],
    ) -> Result<Vec<Value>> {
        let kept = grid.rows + u64::from(grid.keeps_start);
        let mut all = Vec::new();
        for ((observation, draw), at) in model.drawn().zip(at) {
            let count = if at.is_some() { 1 } else { kept };
            let ty = Type::array(Scalar::F64, &[1 + grid.rows]);
            let times = self.parameter(Binding::Landmarks, "landmarks", ty);
            let drawn = self.draws_of_observation(model, observation, draw, count);
            let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
            let row = match at {
                None => k,
                Some(row) => self.b.int(i64::try_from(*row).expect("kept times fit memory")),
            };
            let before = self.b.int(i64::from(!grid.keeps_start));
            let place = self.b.binary(sdec_ssa::Binary::Add, row, before);
            let t = self.b.index(times, place);
            let y = path.kept.map(|rows| self.b.index(rows, row));
            let found = self.observed_at(t, &y, draw, drawn, k, path.status.is_some());
            let region = self.b.close_region(found.iter().flatten().copied().collect());
            found?;
            all.extend(self.b.map_of(count, region));
        }
        Ok(all)
    }

    /// Standard draws for every entry of an observation at every time that it has, `[count, …]`.
    fn draws_of_observation(
        &mut self,
        model: &hir::Model,
        observation: &hir::Observation,
        draw: &hir::DrawOf,
        count: u64,
    ) -> Value {
        let leaves = self.sizes.leaves(&self.type_of_draws(draw));
        let shape = match leaves.as_slice() {
            [leaf] => leaf.shape.clone(),
            several => vec![several.iter().map(Type::entries).sum()],
        };
        let ty = Type::array(self.sizes.float, &[&[count], shape.as_slice()].concat());
        let stream = self.b.stream(&format!("{}.observe {}", model.name, observation.name));
        let first = self.b.int(0);
        self.b.draw(stream, draw_law(draw.base), first, ty)
    }

    fn type_of_draws(&self, draw: &hir::DrawOf) -> hir::Ty {
        let scope = self.scope.as_ref().expect("observations are drawn in a solve");
        self.sizes.concrete(&self.program.locals[draw.draws].ty, &scope.env.generics)
    }

    /// The numbers of an observation at a time in a state, none of a path that has stopped.
    fn observed_at(
        &mut self,
        t: Value,
        y: &Val,
        draw: &'a hir::DrawOf,
        drawn: Value,
        k: Value,
        stops: bool,
    ) -> Result<Vec<Value>> {
        let (_, mut env) = self.along_path(&[Val::Array(t), y.clone()])?;
        let row = self.b.index(drawn, k);
        let ty = self.type_of_draws(draw);
        let z = match self.sizes.leaves(&ty).len() {
            1 => Val::Array(row),
            _ => self.unflat(row, &ty),
        };
        env.bind(draw.draws, z);
        let value = self.eval(&draw.value, &env)?;
        let value = self.materialise(&value, &draw.value.ty, &env);
        let float = self.sizes.float;
        let values = value.leaves().into_iter().map(|leaf| self.b.convert(leaf, float));
        let values: Vec<Value> = values.collect();
        let first = y.leaves().into_iter().find(|&leaf| self.b.ty(leaf).entries() > 0);
        let Some(first) = first.filter(|_| stops) else { return Ok(values) };
        let flat = self.b.ty(first).entries();
        let flat = self.b.reshape(first, &[flat]);
        let first = self.b.row(flat, 0);
        let runs = self.b.compare(Compare::Eq, first, first);
        Ok(values.into_iter().map(|value| self.or_nan(runs, value)).collect())
    }
}
