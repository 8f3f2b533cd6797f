//! Whether times increase, and how they fail to.

/// How a sequence of times departs from strictly increasing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeOrder {
    /// How many times lie before the one that precedes them.
    pub backward: usize,
    /// How many times equal the one that precedes them.
    pub repeated: usize,
    /// Index of the first time that is not after the one that precedes it.
    pub first: Option<usize>,
}

impl TimeOrder {
    /// Whether every time is after the one that precedes it.
    pub fn is_increasing(&self) -> bool {
        self.first.is_none()
    }
}

/// Compares each time with the one before it. A NaN counts as going backward.
pub fn time_order(times: &[f64]) -> TimeOrder {
    let mut order = TimeOrder::default();
    for (index, pair) in times.windows(2).enumerate() {
        if pair[1] > pair[0] {
            continue;
        }
        if pair[1] == pair[0] {
            order.repeated += 1;
        } else {
            order.backward += 1;
        }
        order.first.get_or_insert(index + 1);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_both_kinds_and_finds_the_first() {
        let order = time_order(&[0.0, 1.0, 1.0, 3.0, 2.0, 5.0, 4.0]);
        assert_eq!(order, TimeOrder { backward: 2, repeated: 1, first: Some(2) });
    }

    #[test]
    fn increasing_and_short_sequences_pass() {
        assert!(time_order(&[0.0, 0.5, 2.0]).is_increasing());
        assert!(time_order(&[3.0]).is_increasing());
        assert!(time_order(&[]).is_increasing());
        assert!(!time_order(&[0.0, f64::NAN]).is_increasing());
    }
}
