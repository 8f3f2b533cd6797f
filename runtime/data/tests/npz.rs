//! NPZ files that NumPy wrote (`stored.npz` with `savez`, `deflated.npz` with `savez_compressed`), and broken ones.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use sdec_data::{Array, DataError, NpzFile, open_npz};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn stored() -> NpzFile {
    open_npz(fixture("stored.npz")).unwrap()
}

/// `scale * (0, 1, …, 23 - shift)` with shape `[2, 3, 4]`.
fn ramp(scale: f64, shift: f64) -> Array {
    let values = (0..24).map(|k| scale * (f64::from(k) - shift)).collect();
    Array { shape: vec![2, 3, 4], values }
}

#[track_caller]
fn check(error: &DataError, expected: Expect) {
    let mut text = format!("{error}\n");
    if let Some(help) = error.help() {
        text.push_str(&format!("help: {help}\n"));
    }
    let folder = error.path.parent().unwrap().display().to_string();
    expected.assert_eq(&text.replace(&format!("{folder}/"), ""));
}

#[test]
fn every_type_and_both_orders() {
    let mut file = stored();
    for (name, expected) in [
        ("f8", ramp(0.5, 0.0)),
        ("f4", ramp(0.25, 0.0)),
        ("i8", ramp(1.0, 5.0)),
        ("i4", ramp(1.0, 5.0)),
        ("i2", ramp(1.0, 5.0)),
        ("i1", ramp(1.0, 5.0)),
        ("u1", ramp(1.0, 0.0)),
        ("u2", ramp(1.0, 0.0)),
        ("u4", ramp(1.0, 0.0)),
        ("big", ramp(0.5, 0.0)),
        ("fortran", ramp(0.5, 0.0)),
    ] {
        assert_eq!(file.array(name).unwrap(), expected, "{name}");
        assert_eq!(file.shape(name).unwrap(), [2, 3, 4], "{name}");
    }
    let even: Vec<f64> = (0..24).map(|k| f64::from(u8::from(k % 2 == 0))).collect();
    assert_eq!(file.array("b1").unwrap().values, even);
}

#[test]
fn scalars_empty_arrays_and_gaps() {
    let mut file = stored();
    assert_eq!(file.array("scalar").unwrap(), Array { shape: vec![], values: vec![2.5] });
    assert_eq!(file.array("empty").unwrap(), Array { shape: vec![0, 3], values: vec![] });
    assert_eq!(file.array("gap").unwrap().missing(), [1]);
}

#[test]
fn deflated_arrays_and_names_in_any_script() {
    let mut file = open_npz(fixture("deflated.npz")).unwrap();
    assert_eq!(file.names(), ["zeros", "ramp", "θ"]);
    assert_eq!(file.array("zeros").unwrap().values, vec![0.0; 10_000]);
    assert_eq!(file.array("ramp").unwrap().values[999], 999.0);
    assert_eq!(file.array("θ").unwrap().values, [1.0]);
}

#[test]
fn offsets_of_groups() {
    let mut file = stored();
    assert_eq!(file.offsets("offset", 5).unwrap(), [0, 2, 2, 5]);
    check(
        &file.offsets("offset", 6).unwrap_err(),
        expect![[r#"
        `stored.npz`: array `offset` was expected to hold offsets of groups, but it ends with 5 instead of 6
    "#]],
    );
    check(
        &file.offsets("offset", 4).unwrap_err(),
        expect![[r#"
        `stored.npz`: array `offset` was expected to hold offsets of groups, but it holds 5, which is not a row of 4
    "#]],
    );
    check(
        &file.offsets("gap", 5).unwrap_err(),
        expect![[r#"
        `stored.npz`: array `gap` was expected to hold offsets of groups, but it holds NaN, which is not a row of 5
    "#]],
    );
    check(
        &file.offsets("f8", 5).unwrap_err(),
        expect![[r#"
        `stored.npz`: array `f8` was expected to hold offsets of groups, but it has 3 axes instead of one
    "#]],
    );
}

#[test]
fn arrays_that_are_not_numbers() {
    let mut file = stored();
    for (name, expected) in [
        (
            "objects",
            expect![[r#"
            `stored.npz`: array `objects` holds Python objects, expected numbers
            help: save it as a numeric array; `allow_pickle=False` shows which are
        "#]],
        ),
        (
            "text",
            expect![[r#"
            `stored.npz`: array `text` has dtype `<U2`, expected real numbers
        "#]],
        ),
        (
            "record",
            expect![[r#"
            `stored.npz`: array `record` has dtype `[('a', '<f8'), ('b', '<i4')]`, expected real numbers
        "#]],
        ),
        (
            "complex",
            expect![[r#"
            `stored.npz`: array `complex` has dtype `<c16`, expected real numbers
        "#]],
        ),
        (
            "half",
            expect![[r#"
            `stored.npz`: array `half` has dtype `<f2`, expected real numbers
        "#]],
        ),
    ] {
        check(&file.array(name).unwrap_err(), expected);
    }
}

#[test]
fn absent_file_or_array() {
    check(
        &open_npz(fixture("storde.npz")).unwrap_err(),
        expect![[r#"
        cannot find `storde.npz`
        help: did you mean `stored.npz`?
    "#]],
    );
    check(
        &stored().array("scaler").unwrap_err(),
        expect![[r#"
        `stored.npz` has no array `scaler`
        help: did you mean `scalar`?
    "#]],
    );
    check(
        &open_npz(fixture("deflated.npz")).unwrap().array("X").unwrap_err(),
        expect![[r#"
        `deflated.npz` has no array `X`
        help: its arrays are `zeros`, `ramp`, `θ`
    "#]],
    );
}

#[test]
fn not_an_archive_and_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    fs::write(&path, "t,x\n0,1\n").unwrap();
    check(
        &open_npz(&path).unwrap_err(),
        expect![[r#"
        `walk.npz` is not a zip archive, expected an NPZ file
    "#]],
    );
    fs::write(&path, "").unwrap();
    check(
        &open_npz(&path).unwrap_err(),
        expect![[r#"
        `walk.npz` is not a zip archive, expected an NPZ file
    "#]],
    );
    let whole = fs::read(fixture("stored.npz")).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    check(
        &open_npz(&path).unwrap_err(),
        expect![[r#"
        `walk.npz` is damaged: its list of arrays is missing, as in a file cut short
    "#]],
    );
}

#[test]
fn no_prefix_or_changed_byte_makes_it_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    let whole = fs::read(fixture("deflated.npz")).unwrap();
    let read_all = || {
        let mut file = open_npz(&path)?;
        for name in file.names().to_vec() {
            file.array(&name)?;
        }
        Ok::<(), DataError>(())
    };
    for at in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..at]).unwrap();
        assert!(read_all().is_err(), "cut at {at}");
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        fs::write(&path, &changed).unwrap();
        // Some bytes, such as those of time stamps, do not matter.
        let _ = read_all();
    }
}

/// A stored NPZ archive with one entry `x.npy` of that header and body.
fn archive(path: &Path, header: &str, body: &[u8]) {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("x.npy", options).unwrap();
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&u16::try_from(header.len()).unwrap().to_le_bytes()).unwrap();
    zip.write_all(header.as_bytes()).unwrap();
    zip.write_all(body).unwrap();
    zip.finish().unwrap();
}

#[test]
fn shapes_that_promise_too_much_or_too_little() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    let header =
        |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
    for (shape, expected) in [
        (
            "(3,)",
            expect![[r#"
            `walk.npz`: array `x` holds 16 bytes, expected 24 from its shape
        "#]],
        ),
        (
            "()",
            expect![[r#"
            `walk.npz`: array `x` holds 16 bytes, expected 8 from its shape
        "#]],
        ),
        (
            "(1000000000000000,)",
            expect![[r#"
            `walk.npz`: array `x` holds 16 bytes, expected 8000000000000000 from its shape
        "#]],
        ),
        (
            "(4294967296, 4294967296, 4294967296)",
            expect![[r#"
            `walk.npz`: array `x` holds 16 bytes, and its shape is larger than any file
        "#]],
        ),
        (
            "(-1,)",
            expect![[r#"
            `walk.npz`: array `x` is not in NPY format: the header cannot be understood
        "#]],
        ),
    ] {
        archive(&path, &header(shape), &[0; 16]);
        check(&open_npz(&path).unwrap().array("x").unwrap_err(), expected);
    }
}

#[test]
fn integers_that_f64_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    let body = ((1_i64 << 53) + 1).to_le_bytes();
    archive(&path, "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}", &body);
    check(
        &open_npz(&path).unwrap().array("x").unwrap_err(),
        expect![[r#"
        `walk.npz`: array `x` holds 9007199254740993 at position 0, expected integers of at most 53 bits
        help: store the array as float64
    "#]],
    );
}
