//! From kernels to something that runs: the interface of backends, and what they share.
//!
//! ```text
//! kernel ── prepare ──▶ kernel ── Backend::compile ──▶ Arc<dyn Compiled>
//! ```
//!
//! [`prepare`] expands the functions that no processor has (`exp`, `log`, draws, …) into the
//! project's own formulas ([`math`]), so that every backend gives the same bits. A backend sees
//! only what remains. The [`Interpreter`] is one of them, slow and right.

mod backend;
mod counts;
mod error;
mod interp;
mod layout;
pub mod math;
mod objects;
mod prepare;
mod widest;

pub use backend::{Backend, Next};
pub use counts::Counts;
pub use error::CodegenError;
pub use interp::Interpreter;
pub use layout::{Layout, Place};
pub use objects::{NoObjects, Objects};
pub use prepare::prepare;
pub use widest::widest;
