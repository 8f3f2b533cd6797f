//! Which rows a step sees.
//!
//! All follows from seed, name and the number of the step: the rows of a pass are shuffled by draws of
//! the pass's own stream and dealt out in order. So a fit that is gone on with sees what it would have seen.

use sdec_noise::{Key, Purpose, block_words, stream_key};

use crate::{Batch, Settings};

/// The rows of a fit: those it learns from, those it is judged by.
#[derive(Debug)]
pub(crate) struct Batches {
    training: Vec<usize>,
    held: Vec<usize>,
    /// Rows of a step; the last step of a pass has what is left.
    size: usize,
    seed: u64,
    stream: String,
    /// The pass whose order is kept.
    pass: Option<u64>,
    order: Vec<usize>,
    rows: Vec<usize>,
    /// Whether steps of equal number see equal random numbers.
    is_fixed: bool,
}

impl Batches {
    /// Divides `rows` rows; `chosen` are held out, where that is said.
    pub(crate) fn new(
        rows: usize,
        chosen: Option<&[usize]>,
        settings: &Settings,
        is_fixed: bool,
    ) -> Self {
        let key = stream_key(settings.seed, &format!("fit {} holdout", settings.name), 0);
        let shuffled = shuffled((0..rows).collect(), key);
        let count = (settings.holdout * rows as f64).round() as usize;
        let count = if settings.holdout > 0.0 { count.max(1) } else { 0 };
        let (held, training) = shuffled.split_at(count.min(rows.saturating_sub(1)));
        let (mut held, mut training) = match chosen {
            Some(held) => {
                let others = (0..rows).filter(|row| !held.contains(row));
                (held.to_vec(), others.collect())
            }
            None => (held.to_vec(), training.to_vec()),
        };
        held.sort_unstable();
        training.sort_unstable();
        let size = settings.batch.unwrap_or(training.len()).clamp(1, training.len().max(1));
        let stream = format!("fit {} batches", settings.name);
        let (pass, order, rows) = (None, Vec::new(), Vec::new());
        Self { training, held, size, seed: settings.seed, stream, pass, order, rows, is_fixed }
    }

    /// How many steps see every row once.
    pub(crate) fn per_pass(&self) -> u64 {
        self.training.len().div_ceil(self.size).max(1) as u64
    }

    /// What step `step` sees.
    pub(crate) fn of(&mut self, step: u64) -> Batch<'_> {
        if self.size >= self.training.len() {
            return self.all(if self.is_fixed { 0 } else { step });
        }
        let (pass, place) = (step / self.per_pass(), step % self.per_pass());
        if self.pass != Some(pass) {
            let key = stream_key(self.seed, &self.stream, pass);
            self.order = shuffled(self.training.clone(), key);
            self.pass = Some(pass);
        }
        let begin = place as usize * self.size;
        let end = (begin + self.size).min(self.order.len());
        self.rows.clear();
        self.rows.extend_from_slice(&self.order[begin..end]);
        self.rows.sort_unstable();
        let weight = self.training.len() as f64 / self.rows.len() as f64;
        Batch { rows: &self.rows, weight, prior: true, step }
    }

    /// Whether all steps see the same random numbers.
    pub(crate) fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// All rows that the fit learns from.
    pub(crate) fn all(&self, step: u64) -> Batch<'_> {
        Batch { rows: &self.training, weight: 1.0, prior: true, step }
    }

    /// The rows that it is judged by, if any.
    pub(crate) fn held(&self) -> Option<Batch<'_>> {
        let batch = Batch { rows: &self.held, weight: 1.0, prior: false, step: 0 };
        (!self.held.is_empty()).then_some(batch)
    }
}

/// The rows in an order of the stream's draws.
///
/// Source: Durstenfeld (1964), Algorithm 235, Communications of the ACM 7(7).
fn shuffled(mut rows: Vec<usize>, key: Key) -> Vec<usize> {
    for last in (1..rows.len()).rev() {
        let [low, high, _, _] = block_words(key, Purpose::DRAWS, 0, last as u64);
        let word = u128::from(low) | u128::from(high) << 32;
        let chosen = (word * (last as u128 + 1)) >> 64;
        rows.swap(last, chosen as usize);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(rows: usize, batch: Option<usize>, holdout: f64) -> Batches {
        let settings = Settings { name: "M".to_owned(), batch, holdout, ..Settings::default() };
        Batches::new(rows, None, &settings, false)
    }

    #[test]
    fn a_pass_sees_every_row_once() {
        let mut batches = batches(103, Some(10), 0.0);
        assert_eq!(batches.per_pass(), 11);
        for pass in 0..3 {
            let mut seen = Vec::new();
            let mut weights = 0.0;
            for step in pass * 11..(pass + 1) * 11 {
                let batch = batches.of(step);
                assert!(batch.rows.is_sorted());
                weights += batch.weight * batch.rows.len() as f64;
                seen.extend_from_slice(batch.rows);
            }
            assert!((weights - 11.0 * 103.0).abs() < 1e-9);
            seen.sort_unstable();
            assert_eq!(seen, (0..103).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_step_sees_the_same_whatever_came_before() {
        let (mut one, mut other) = (batches(50, Some(7), 0.2), batches(50, Some(7), 0.2));
        for step in 0..30 {
            one.of(step);
        }
        assert_eq!(one.of(30).rows, other.of(30).rows);
        assert_ne!(one.of(0).rows, other.of(6).rows, "another pass, another order");
    }

    #[test]
    fn held_out_rows_are_never_learnt_from() {
        let mut batches = batches(20, Some(3), 0.25);
        let held = batches.held().expect("a quarter").rows.to_vec();
        assert_eq!(held.len(), 5);
        for step in 0..20 {
            assert!(batches.of(step).rows.iter().all(|row| !held.contains(row)));
        }
        assert_eq!(batches.all(0).rows.len(), 15);
    }

    #[test]
    fn an_objective_may_say_what_is_held_out() {
        let settings = Settings { holdout: 0.5, ..Settings::default() };
        let batches = Batches::new(4, Some(&[3]), &settings, true);
        assert_eq!(batches.held().expect("one").rows, [3]);
        assert_eq!(batches.all(0).rows, [0, 1, 2]);
    }

    /// 24 orders of four rows over 24,000 passes: χ² with 23 degrees of freedom is below 49.7 with a
    /// probability of 0.999.
    #[test]
    fn every_order_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for pass in 0..24_000 {
            let key = stream_key(3, "fit M batches", pass);
            *counts.entry(shuffled(vec![0, 1, 2, 3], key)).or_insert(0.0) += 1.0;
        }
        assert_eq!(counts.len(), 24);
        let square: f64 = counts.values().map(|n: &f64| (n - 1000.0).powi(2) / 1000.0).sum();
        assert!(square < 49.7, "{square}");
    }
}
