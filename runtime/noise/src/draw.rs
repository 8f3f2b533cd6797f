//! Uniform and normal numbers from the words of the generator.
//!
//! A *block* is what one call of the generator gives: two draws of `f64`, or four of `f32`.

use crate::key::halves;
use crate::{Host, Key, Machine, log, philox, sincos_turns};

/// What the blocks of a stream are for; 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose(pub u8);

impl Purpose {
    /// Increments of a noise, step by step, and draws of initial laws.
    pub const DRAWS: Self = Self(0);
}

/// The words of a block. `block` is below 2⁵⁶.
pub fn block_words(key: Key, purpose: Purpose, path: u64, block: u64) -> [u32; 4] {
    let [low, high] = halves(block);
    let [path_low, path_high] = halves(path);
    let counter = [low, u32::from(purpose.0) | high << 8, path_low, path_high];
    philox(&mut Host::<f64>::new(), counter, key.0)
}

/// Draw `n` of a stream on a path, uniform in (0, 1]; `n` is below 2⁵⁷.
pub fn uniform_f64(key: Key, path: u64, n: u64) -> f64 {
    let words = block_words(key, Purpose::DRAWS, path, n / 2);
    uniforms_f64(&mut Host::<f64>::new(), words)[(n % 2) as usize]
}

/// Draw `n` of a stream on a path, uniform in (0, 1]; `n` is below 2⁵⁸.
pub fn uniform_f32(key: Key, path: u64, n: u64) -> f32 {
    let words = block_words(key, Purpose::DRAWS, path, n / 4);
    uniforms_f32(&mut Host::<f32>::new(), words)[(n % 4) as usize]
}

/// Draw `n` of a stream on a path, standard normal; `n` is below 2⁵⁷.
pub fn normal_f64(key: Key, path: u64, n: u64) -> f64 {
    let words = block_words(key, Purpose::DRAWS, path, n / 2);
    normals_f64(&mut Host::<f64>::new(), words)[(n % 2) as usize]
}

/// Draw `n` of a stream on a path, standard normal; `n` is below 2⁵⁸.
pub fn normal_f32(key: Key, path: u64, n: u64) -> f32 {
    let words = block_words(key, Purpose::DRAWS, path, n / 4);
    normals_f32(&mut Host::<f32>::new(), words)[(n % 4) as usize]
}

/// The uniform draws of a block: `w 2⁻³² + 2⁻³³`, the middle of an interval, rounded.
///
/// Never 0; 1 where it rounds to it.
pub fn uniforms_f32<M: Machine>(m: &mut M, words: [M::Word; 4]) -> [M::Float; 4] {
    words.map(|word| {
        let w = m.word_to_float(word);
        let (scale, half) = (m.float(TWO_M32), m.float(TWO_M32 / 2.0));
        m.fma(w, scale, half)
    })
}

/// The uniform draws of a block: `w₀ 2⁻³² + w₁ 2⁻⁶⁴ + 2⁻⁶⁵`, the middle of an interval, rounded.
///
/// Never 0; 1 where it rounds to it.
pub fn uniforms_f64<M: Machine>(m: &mut M, [w0, w1, w2, w3]: [M::Word; 4]) -> [M::Float; 2] {
    [[w0, w1], [w2, w3]].map(|[high, low]| {
        let (high, low) = (m.word_to_float(high), m.word_to_float(low));
        let (scale, half) = (m.float(TWO_M32 * TWO_M32), m.float(TWO_M32 * TWO_M32 / 2.0));
        let low = m.fma(low, scale, half);
        let scale = m.float(TWO_M32);
        m.fma(high, scale, low)
    })
}

/// 2⁻³²
const TWO_M32: f64 = 1.0 / 4_294_967_296.0;

/// The normal draws of a block, each pair from the uniform draws of the same numbers by
/// Box and Muller's transformation: `√(-2 log u₀) (cos 2π u₁, sin 2π u₁)`.
///
/// Source: Box & Muller (1958), Annals of Mathematical Statistics 29(2).
pub fn normals_f32<M: Machine>(m: &mut M, words: [M::Word; 4]) -> [M::Float; 4] {
    let [u0, u1, u2, u3] = uniforms_f32(m, words);
    let mut pair = |u0, u1| {
        let log = log(m, u0);
        let angle = sincos_turns(m, u1);
        normal_pair(m, log, angle)
    };
    let ([z0, z1], [z2, z3]) = (pair(u0, u1), pair(u2, u3));
    [z0, z1, z2, z3]
}

/// The normal draws of a block; see [`normals_f32`].
pub fn normals_f64<M: Machine>(m: &mut M, words: [M::Word; 4]) -> [M::Float; 2] {
    let [u0, u1] = uniforms_f64(m, words);
    let log = log(m, u0);
    let angle = sincos_turns(m, u1);
    normal_pair(m, log, angle)
}

fn normal_pair<M: Machine>(
    m: &mut M,
    log: M::Float,
    (sin, cos): (M::Float, M::Float),
) -> [M::Float; 2] {
    let minus_two = m.float(-2.0);
    let square = m.mul(minus_two, log);
    let radius = m.sqrt(square);
    [m.mul(radius, cos), m.mul(radius, sin)]
}
