//! Shared by the tests of passes: text in, text out.

use expect_test::Expect;
use sdec_ssa::{Func, parse, verify};

/// Runs a pass on a function of `v0: f64` and `v1: f64[3]` with this body.
#[track_caller]
pub(super) fn check(pass: fn(&Func) -> Func, body: &str, after: Expect) {
    let text = format!("func f(v0: f64 \"x\", v1: f64[3] \"a\") {{\n{body}\n}}\n");
    let before = parse(&text).unwrap_or_else(|error| panic!("{error}"));
    verify(&before).unwrap_or_else(|malformed| panic!("before: {malformed}"));
    let func = pass(&before);
    verify(&func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
    after.assert_eq(&func.to_string());
}
