//! Independent executions and branches.

use sdec_kernel::{self as kernel, Stmt};
use sdec_ssa::{Inst, Region, Value};

use super::Lowering;
use super::array::Array;
use super::index::Index;
use super::plan::is_unrolled;
use super::view::View;

impl<'a> Lowering<'a> {
    /// `for i: body(i)`, written out, computed where it is read, or a loop that stores rows.
    pub(super) fn map(&mut self, inst: &'a Inst, extent: u64, body: &'a Region) {
        let results = &inst.results;
        let small = results.iter().all(|&result| self.is_small(result));
        if is_unrolled(self.func, extent, body) {
            return if small {
                self.map_in_registers(results, extent, body)
            } else {
                let views = self.rooms(results);
                for i in 0..extent {
                    let i = self.count(i);
                    self.map_row(results, &views, body, i);
                }
                self.bind_views(results, views);
            };
        }
        if let [result] = results[..]
            && !small
            && self.ty(result).shape.len() == 1
            && self.plan.is_read_once(result)
            && !self.targets.contains_key(&result)
        {
            return self.bind_recipe(result);
        }
        let views = self.rooms(results);
        self.loop_over(extent, |lowering, i| lowering.map_row(results, &views, body, i));
        self.bind_views(results, views);
    }

    fn map_in_registers(&mut self, results: &[Value], extent: u64, body: &'a Region) {
        let mut entries = vec![Vec::new(); results.len()];
        for i in 0..extent {
            let i = self.count(i);
            self.bind_entries(body.params[0], vec![i]);
            self.region(body);
            for (entries, &row) in entries.iter_mut().zip(&body.results) {
                entries.extend(self.entries(row));
            }
        }
        for (&result, entries) in results.iter().zip(entries) {
            self.bind_entries(result, entries);
        }
    }

    fn map_row(&mut self, results: &[Value], views: &[View], body: &'a Region, i: kernel::Value) {
        self.bind_entries(body.params[0], vec![i]);
        let row = self.index_of(i);
        let rows: Vec<View> = views.iter().map(|view| view.row(&row)).collect();
        for ((&result, row), &value) in results.iter().zip(&rows).zip(&body.results) {
            self.aim(value, body, row, result);
        }
        self.region(body);
        for (row, &value) in rows.iter().zip(&body.results) {
            self.store(row, value);
            self.targets.remove(&value);
        }
    }

    /// Lets a large result of a region be computed where it is wanted as a row of `result`, if the
    /// region defines it and it is of the row's level.
    pub(super) fn aim(&mut self, value: Value, region: &Region, row: &View, result: Value) {
        let defined = region.insts.iter().any(|inst| inst.results.contains(&value));
        let alike = self.levels.is_path(value) == self.levels.is_path(result);
        if defined && alike && !self.is_small(value) && !self.is_strewn(row) {
            self.targets.entry(value).or_insert_with(|| row.clone());
        }
    }

    pub(super) fn rooms(&mut self, results: &[Value]) -> Vec<View> {
        results.iter().map(|&result| self.room(result)).collect()
    }

    pub(super) fn bind_views(&mut self, results: &[Value], views: Vec<View>) {
        for (&result, view) in results.iter().zip(views) {
            self.bind_memory(result, view);
        }
    }

    /// `condition ? then : otherwise`: a branch where all paths agree, else both and a choice.
    pub(super) fn branch(
        &mut self,
        condition: Value,
        then: &'a Region,
        otherwise: &'a Region,
        results: &[Value],
    ) {
        let condition_entry = self.scalar(condition);
        if self.levels.is_path(condition) {
            self.region(then);
            self.region(otherwise);
            for (k, &result) in results.iter().enumerate() {
                self.choose_array(condition_entry, then.results[k], otherwise.results[k], result);
            }
            return;
        }
        let large = results.iter().map(|&result| (!self.is_small(result)).then_some(result));
        let large: Vec<Option<Value>> = large.collect();
        let views: Vec<Option<View>> =
            large.into_iter().map(|result| result.map(|result| self.room(result))).collect();
        let (then, left) = self.branch_side(then, results, &views);
        let (otherwise, right) = self.branch_side(otherwise, results, &views);
        let mut joined = Vec::new();
        let mut sides = left.into_iter().zip(right);
        for (&result, view) in results.iter().zip(views) {
            if let Some(view) = view {
                self.arrays[result.index()] = Some(Array::Memory(view));
                continue;
            }
            let count = self.ty(result).entries();
            let ty = self.entry_type(result);
            let entries: Vec<kernel::Value> = (0..count)
                .map(|_| {
                    let (x, y) = sides.next().expect("both sides have all entries");
                    let entry = self.kernel.fresh(ty);
                    joined.push((entry, x, y));
                    entry
                })
                .collect();
            self.arrays[result.index()] = Some(Array::Registers { entries, memory: None });
        }
        self.kernel.stmt(Stmt::If { condition: condition_entry, then, otherwise, results: joined });
        self.spill(results);
    }

    /// One side as a block: large results are stored, entries of small ones returned.
    fn branch_side(
        &mut self,
        side: &'a Region,
        results: &[Value],
        views: &[Option<View>],
    ) -> (kernel::Block, Vec<kernel::Value>) {
        self.kernel.open_block();
        self.region(side);
        let mut entries = Vec::new();
        for ((&result, view), &value) in results.iter().zip(views).zip(&side.results) {
            match view {
                Some(view) => self.store(view, value),
                None => entries.extend(self.entries_like(value, result)),
            }
        }
        (self.kernel.close_block(), entries)
    }

    /// Puts small results into memory too where that is needed.
    pub(super) fn spill(&mut self, results: &[Value]) {
        for &result in results {
            if let Array::Registers { entries, memory: None } = self.array(result) {
                let entries = entries.clone();
                self.bind_entries(result, entries);
            }
        }
    }

    fn choose_array(&mut self, c: kernel::Value, x: Value, y: Value, result: Value) {
        if self.is_small(result) {
            let pairs = self.entries(x).into_iter().zip(self.entries(y));
            let pairs: Vec<_> = pairs.collect();
            let entries = pairs.into_iter().map(|(x, y)| self.kernel.select(c, x, y)).collect();
            return self.bind_entries(result, entries);
        }
        let view = self.room(result);
        self.fill(&view, &self.ty(result).shape, &mut |lowering, places| {
            let choose = |at: &Vec<Index>| {
                let (x, y) = (lowering.entry(x, at), lowering.entry(y, at));
                lowering.kernel.select(c, x, y)
            };
            places.iter().map(choose).collect()
        });
        self.arrays[result.index()] = Some(Array::Memory(view));
    }
}
