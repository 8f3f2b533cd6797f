//! Spans, sources, diagnostics, typed ids, names of functions: what every compiler crate shares.
//!
//! Nothing here knows the language or an IR.

mod diagnostic;
mod excerpt;
mod ids;
mod source;
mod special;
mod suggestion;

pub use diagnostic::{Diagnostic, Label, Severity};
pub use ids::IdVec;
pub use source::{SourceId, SourceMap, Span};
pub use special::Special;
pub use suggestion::{Edit, Help, Place};
