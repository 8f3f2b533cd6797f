//! The key of a stream: which declaration of which run.

use crate::philox4x32_10;

/// The key of a stream, low word first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u32; 2]);

/// The key of a declaration's stream.
///
/// `name` is qualified (`GBM.W`) and in Unicode's normal form C. `iteration` counts the steps of an
/// optimiser from 0; it is 0 elsewhere.
pub fn stream_key(seed: u64, name: &str, iteration: u64) -> Key {
    let [hash_low, hash_high] = halves(name_hash(name));
    let [iteration_low, iteration_high] = halves(iteration);
    let counter = [hash_low, hash_high, iteration_low, iteration_high];
    let [low, high, _, _] = philox4x32_10(counter, halves(seed));
    Key([low, high])
}

/// The 64-bit hash of a qualified name: FNV-1a of its UTF-8 bytes, then the finaliser of SplitMix64,
/// since FNV alone leaves the last byte in few bits.
///
/// Sources: Fowler, Noll, Vo & Eastlake, RFC 9923; Steele, Lea & Flood (2014), *Fast splittable
/// pseudorandom number generators*, OOPSLA '14, variant 13 of Stafford.
pub fn name_hash(name: &str) -> u64 {
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

pub(crate) fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each argument changes is the whole key.
    #[test]
    fn every_argument_counts() {
        let mut keys: Vec<Key> = Vec::new();
        for seed in [0, 1, 1 << 32] {
            for name in ["GBM.W", "GBM.V", "W", ""] {
                for iteration in [0, 1, 1 << 32] {
                    keys.push(stream_key(seed, name, iteration));
                }
            }
        }
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
