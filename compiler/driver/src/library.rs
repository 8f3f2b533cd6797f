//! The standard library: its texts, and its declarations, once for all programs of a process.

use std::sync::OnceLock;

use sdec_base::{SourceId, SourceMap};
use sdec_grammar::{Outlined, outline};

/// Source texts that begin with those of the library, so that its places are the same in every program.
pub(crate) fn texts() -> SourceMap {
    let mut sources = SourceMap::default();
    for &(name, text) in sdec_stdlib::FILES {
        sources.add(name, text);
    }
    sources
}

/// The declarations of the library, each parsed when it is first needed.
pub(crate) fn declarations() -> &'static [Outlined] {
    static FOUND: OnceLock<Vec<Outlined>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let files = sdec_stdlib::FILES.iter().enumerate();
        files.flat_map(|(k, &(_, text))| outline(SourceId::new(k), text)).collect()
    })
}
