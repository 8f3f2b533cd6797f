//! Philox4x32-10: a bijection of 128-bit counters for each 64-bit key, of ten multiplicative rounds.
//!
//! Source: Salmon, Moraes, Dror & Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*, SC '11.

use crate::{Host, Machine};

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// The four words of a counter under a key.
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox(&mut Host::<f64>::new(), counter, key)
}

/// [`philox4x32_10`] on any machine.
pub fn philox<M: Machine>(m: &mut M, counter: [M::Word; 4], key: [M::Word; 2]) -> [M::Word; 4] {
    let multipliers = MULTIPLIERS.map(|n| m.word(n));
    let weyl = WEYL.map(|n| m.word(n));
    let mut key = key;
    let mut counter = round(m, counter, key, multipliers);
    for _ in 1..ROUNDS {
        key = [m.word_add(key[0], weyl[0]), m.word_add(key[1], weyl[1])];
        counter = round(m, counter, key, multipliers);
    }
    counter
}

fn round<M: Machine>(
    m: &mut M,
    [c0, c1, c2, c3]: [M::Word; 4],
    [k0, k1]: [M::Word; 2],
    [m0, m1]: [M::Word; 2],
) -> [M::Word; 4] {
    let (high0, low0) = (m.word_mul_high(c0, m0), m.word_mul(c0, m0));
    let (high1, low1) = (m.word_mul_high(c2, m1), m.word_mul(c2, m1));
    let (keyed0, keyed1) = (m.word_xor(c1, k0), m.word_xor(c3, k1));
    [m.word_xor(high1, keyed0), low1, m.word_xor(high0, keyed1), low0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kat_vectors` of Random123 1.14.0, `philox4x32 10`.
    #[test]
    fn known_answers() {
        let check = |counter, key, words| assert_eq!(philox4x32_10(counter, key), words);
        check([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        check([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        check(
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        );
    }
}
