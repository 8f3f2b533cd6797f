//! Passes on `kernel`.
