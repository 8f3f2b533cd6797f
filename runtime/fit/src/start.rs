//! Where a fit starts when it starts more than once.

use sdec_noise::{normal_f64, stream_key};

/// `start` with a standard normal number added to each entry; the numbers follow from seed and
/// `number`.
pub fn scatter(start: &[f64], seed: u64, number: u64) -> Vec<f64> {
    let key = stream_key(seed, "fit starts", number);
    start.iter().enumerate().map(|(n, x)| x + normal_f64(key, 0, n as u64)).collect()
}
