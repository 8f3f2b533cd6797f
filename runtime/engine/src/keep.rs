//! All paths of an output, one after the other.

use sdec_abi::OutOfMemory;

use crate::lane::{LANES, Lane};
use crate::moments::groups;

/// Room for `paths` rows of `entries` numbers.
pub(crate) fn room(paths: u64, entries: u64) -> Result<Vec<f64>, OutOfMemory> {
    let numbers = paths.saturating_mul(entries);
    let too_much = OutOfMemory { bytes: numbers.saturating_mul(8) };
    let count = usize::try_from(numbers).map_err(|_| too_much)?;
    let mut room = Vec::new();
    room.try_reserve_exact(count).map_err(|_| too_much)?;
    room.resize(count, 0.0);
    Ok(room)
}

/// `[group][entry][16]` to `[path][entry]`.
pub(crate) fn transpose<L: Lane>(lanes: &[L], entries: usize, rows: &mut [f64]) {
    if entries == 0 {
        return;
    }
    let paths = rows.len() / entries;
    for ((group, count), rows) in
        groups(lanes, entries, paths).zip(rows.chunks_mut(entries * LANES))
    {
        for (lane, row) in rows.chunks_mut(entries).enumerate().take(count) {
            for (k, number) in row.iter_mut().enumerate() {
                *number = group[k][lane].double();
            }
        }
    }
}
