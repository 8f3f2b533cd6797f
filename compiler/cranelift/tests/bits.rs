//! Cranelift gives the interpreter's bits.

use sdec_codegen::Backend;
use sdec_cranelift::Cranelift;

#[path = "../../codegen/tests/suite/mod.rs"]
mod suite;

/// What the suite tests.
fn backends() -> Vec<Box<dyn Backend>> {
    vec![Box::new(Cranelift::new().expect("the tests run on a processor that Cranelift knows"))]
}
