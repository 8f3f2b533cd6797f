//! Objects that were compiled before.

/// Where objects that were compiled before are found. What is given back is used as it is.
pub trait Objects: Send + Sync {
    /// The object that was kept for this text, if there is one.
    fn find(&self, text: &str) -> Option<Vec<u8>>;

    /// Keeps an object. A store that cannot is no failure.
    fn keep(&self, text: &str, object: &[u8]);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObjects;

impl Objects for NoObjects {
    fn find(&self, _text: &str) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _text: &str, _object: &[u8]) {}
}
