//! The standard library: its texts, and what they parse to, once for all programs of a process.

use std::sync::OnceLock;

use sdec_base::{SourceId, SourceMap};
use sdec_grammar::{ast, parse_program};

/// Source texts that begin with those of the library, so that its places are the same in every program.
pub(crate) fn texts() -> SourceMap {
    let mut sources = SourceMap::default();
    for &(name, text) in sdec_stdlib::FILES {
        sources.add(name, text);
    }
    sources
}

/// The library, parsed when it is first needed.
pub(crate) fn trees() -> &'static [(SourceId, ast::Program)] {
    static TREES: OnceLock<Vec<(SourceId, ast::Program)>> = OnceLock::new();
    TREES.get_or_init(|| {
        let parse = |(k, &(name, text)): (usize, &(&str, &str))| {
            let source = SourceId::new(k);
            let parsed = parse_program(source, text);
            debug_assert!(parsed.diagnostics.is_empty(), "{name} of the library parses");
            (source, parsed.tree)
        };
        sdec_stdlib::FILES.iter().enumerate().map(parse).collect()
    })
}
