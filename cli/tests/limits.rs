//! Programs that are too deep, too large or no text at all get a message and the status of a wrong program.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// Status and messages of `sdec check` of these bytes, which must not hang.
fn check(program: &[u8]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("model.sde");
    fs::write(&file, program).expect("the folder is ours");
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_sdec"))
        .arg("check")
        .arg(&file)
        .output()
        .expect("sdec starts");
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[track_caller]
fn is_refused(program: &[u8], with: &str) {
    let (status, text) = check(program);
    let shown: String = text.chars().take(2000).collect();
    assert_eq!(status, Some(1), "{shown}");
    assert!(text.contains(with), "{shown}");
}

#[test]
fn a_hundred_thousand_brackets() {
    let program = format!("let a = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000));
    is_refused(program.as_bytes(), "E0111");
}

#[test]
fn ten_megabytes_of_mistakes() {
    is_refused("let a = 2 θ\n".repeat(800_000).as_bytes(), "E0102");
}

#[test]
fn ten_megabytes_in_one_expression() {
    let program = format!("let a = 1{}\n", " + 1".repeat(2_500_000));
    is_refused(program.as_bytes(), "E0111");
}

#[test]
fn a_size_of_a_trillion_millions() {
    let program = "size n = 1_000_000_000_000_000_000\nlet x = (zeros : n => Float)\nsum i. x[i]\n";
    is_refused(program.as_bytes(), "E0318");
}

#[test]
fn a_number_beyond_all_floats() {
    is_refused(b"let a = 1e400\n", "E0318");
}

#[test]
fn bytes_that_are_no_text() {
    let (status, text) = check(b"let a = \xff\xfe\n");
    assert!(status.is_some_and(|status| status > 0), "{text}");
    assert!(text.contains("not UTF-8 text"), "{text}");
}

#[test]
fn two_thousand_lines_are_checked() {
    let mut program = String::from("model M\n");
    for k in 0..400 {
        program += &format!(
            "  param a{k} : Positive = 0.5\n  state x{k} : Real\n  noise W{k} : Brownian\n"
        );
        program += &format!("  init  x{k} = {k}\n  dx{k} = -a{k} * x{k} dt + x{k} dW{k}\n");
    }
    let (status, text) = check(program.as_bytes());
    assert_eq!(status, Some(0), "{text}");
}
