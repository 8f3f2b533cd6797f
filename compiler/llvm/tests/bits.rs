//! LLVM gives the interpreter's bits, with vectors of every width that this processor has.
#![cfg(feature = "llvm")]

use sdec_codegen::Backend;
use sdec_llvm::{Llvm, WIDTHS};

#[path = "../../codegen/tests/suite/mod.rs"]
mod suite;

/// What the suite tests.
fn backends() -> Vec<Box<dyn Backend>> {
    let known = WIDTHS.into_iter().filter_map(|width| Llvm::new(Some(width)).ok());
    known.map(|backend| Box::new(backend) as Box<dyn Backend>).collect()
}
