//! Rows that belong together: `data Theoph(subject) = csv "theoph.csv" by "Subject"`.

use std::ops::Range;

use crate::error::{Change, DataError, Fault};
use crate::table::{Column, Labels, Numbers, Table};

/// The rows of a table by the value of a key column.
///
/// Groups stand in order of first appearance; a group's rows need not be adjacent in the file and
/// keep the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// The key's value for each group.
    pub labels: Vec<String>,
    /// Row numbers, group after group.
    pub rows: Vec<usize>,
    /// Group `g` has `rows[offsets[g] .. offsets[g + 1]]`.
    pub offsets: Vec<usize>,
    /// Which column of the table is the key.
    key: usize,
}

impl Groups {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Where the rows of group `g` lie in [`Groups::rows`] and in gathered columns.
    pub fn range(&self, g: usize) -> Range<usize> {
        self.offsets[g]..self.offsets[g + 1]
    }

    /// A column in the groups' order, group after group.
    pub fn gather(&self, column: &Numbers) -> Numbers {
        let values: Vec<f64> = self.rows.iter().map(|&row| column.values[row]).collect();
        let missing = (0..values.len()).filter(|&k| values[k].is_nan()).collect();
        Numbers { values, missing }
    }
}

impl Table {
    /// Groups the rows by column `key`, which must have been asked for as labels, none missing.
    ///
    /// Linear in the number of rows.
    ///
    /// # Panics
    /// When column `key` was asked for otherwise.
    pub fn group_by(&self, key: usize) -> Groups {
        let Labels { codes, labels } = self.labels(key);
        let group_of =
            |row: usize| codes[row].expect("the key was asked for without missing cells") as usize;
        let mut offsets = vec![0; labels.len() + 1];
        for row in 0..codes.len() {
            offsets[group_of(row) + 1] += 1;
        }
        for g in 0..labels.len() {
            offsets[g + 1] += offsets[g];
        }
        let mut next = offsets.clone();
        let mut rows = vec![0; codes.len()];
        for row in 0..codes.len() {
            let slot = &mut next[group_of(row)];
            rows[*slot] = row;
            *slot += 1;
        }
        Groups { labels: labels.clone(), rows, offsets, key }
    }

    /// The one value that column `k` has in each group.
    ///
    /// # Errors
    /// When it has two; missing and present differ, too.
    pub fn constant(&self, groups: &Groups, k: usize) -> Result<Column, DataError> {
        for g in 0..groups.len() {
            let rows = &groups.rows[groups.range(g)];
            if let Some(&other) = rows.iter().find(|&&row| !self.same(k, rows[0], row)) {
                let change = Change {
                    column: self.specs[k].name.clone(),
                    key: self.specs[groups.key].name.clone(),
                    label: groups.labels[g].clone(),
                    first: (self.lines[rows[0]], self.shown(k, rows[0])),
                    unit: self.unit,
                    second: (self.lines[other], self.shown(k, other)),
                };
                return Err(self.error(Fault::NotConstant(Box::new(change))));
            }
        }
        let firsts = groups.offsets[..groups.len()].iter().map(|&at| groups.rows[at]);
        Ok(match &self.columns[k] {
            Column::Numbers(column) => {
                let values: Vec<f64> = firsts.map(|row| column.values[row]).collect();
                let missing = (0..values.len()).filter(|&g| values[g].is_nan()).collect();
                Column::Numbers(Numbers { values, missing })
            }
            Column::Labels(column) => Column::Labels(Labels {
                codes: firsts.map(|row| column.codes[row]).collect(),
                labels: column.labels.clone(),
            }),
        })
    }

    fn same(&self, k: usize, a: usize, b: usize) -> bool {
        match &self.columns[k] {
            Column::Numbers(column) => {
                let (a, b) = (column.values[a], column.values[b]);
                a == b || (a.is_nan() && b.is_nan())
            }
            Column::Labels(column) => column.codes[a] == column.codes[b],
        }
    }
}
