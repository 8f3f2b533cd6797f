//! Text in, text out; and no pass but `contract` changes a bit.

use expect_test::Expect;
use sdec_kernel::{Kernel, parse, verify};

const HEADER: &str = "kernel \"k\" lanes 4
b0 = input \"x\" f64[4]
b1 = output \"y\" f64[4]
b2 = scratch \"s\" f64[4]
";

/// Runs a pass on a body over one input, one output and one scratch buffer of four doubles.
#[track_caller]
pub(super) fn check(pass: fn(&Kernel) -> Kernel, before: &str, after: Expect) {
    let kernel = parse(&format!("{HEADER}{before}")).unwrap();
    assert_eq!(verify(&kernel), Ok(()));
    let kernel = pass(&kernel);
    let text = kernel.to_string();
    if let Err(malformed) = verify(&kernel) {
        panic!("{malformed}\n{text}");
    }
    let (_, body) = text.split_once("\n\n").expect("a kernel has a header");
    after.assert_eq(body);
}
