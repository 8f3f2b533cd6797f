//! The random stream: what number a noise draws, for which path, at which step.
//!
//! A draw is a function of (seed, name of the declaration, iteration, path, number of the draw) and
//! of nothing else, so that any thread, batch, backend or host makes the same number again without
//! storing it. `docs/noise.md` defines it to the bit; it is final.
//!
//! ```
//! let key = sdec_noise::stream_key(7, "GBM.W", 0);
//! let z = sdec_noise::normal_f64(key, 3, 0);
//! assert_eq!(z, sdec_noise::normal_f64(key, 3, 0));
//! ```
//!
//! Every formula is written once, over the operations of a [`Machine`]. This crate runs it on
//! the [host](Host); the compiler runs it on a machine that writes operations into a kernel.

mod draw;
mod host;
mod key;
mod log;
mod machine;
pub mod math;
mod philox;
mod turns;

pub use draw::{
    Purpose, block_words, normal_f32, normal_f64, normals_f32, normals_f64, uniform_f32,
    uniform_f64, uniforms_f32, uniforms_f64,
};
pub use host::Host;
pub use key::{Key, name_hash, stream_key};
pub use log::{log, log_of_parts, split};
pub use machine::{Machine, Precision};
pub use philox::{philox, philox4x32_10};
pub use turns::{sincos_turns, turn};
