//! Spans, sources, diagnostics and typed ids: what every compiler crate shares.
//!
//! Nothing here knows the language or an IR.

mod diagnostic;
mod ids;
mod source;
mod suggestion;

pub use diagnostic::{Diagnostic, Label, Severity};
pub use ids::IdVec;
pub use source::{SourceId, SourceMap, Span};
pub use suggestion::{Edit, Help, Place};
