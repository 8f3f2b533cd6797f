//! Reading safetensors files, and what is said of those that are none.

use std::path::PathBuf;

use sdec_data::read_safetensors;

/// A file of these bytes after the length of the header.
fn file(folder: &tempfile::TempDir, header: &str, entries: &[u8]) -> PathBuf {
    let path = folder.path().join("params.safetensors");
    let length = (header.len() as u64).to_le_bytes();
    std::fs::write(&path, [&length, header.as_bytes(), entries].concat())
        .expect("the folder can be written to");
    path
}

fn message(header: &str, entries: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = file(&folder, header, entries);
    let error = read_safetensors(&path).expect_err("the file is refused").to_string();
    error.replace(&path.display().to_string(), "FILE")
}

#[test]
fn tables_of_both_widths_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let header = r#"{"__metadata__":{"made":"by hand"},
        "θ":{"dtype":"F32","shape":[],"data_offsets":[16,20]},
        "f.A":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]}}  "#;
    let entries = [&1.5_f64.to_le_bytes()[..], &(-0.1_f64).to_le_bytes(), &0.25_f32.to_le_bytes()];
    let found = read_safetensors(file(&folder, header, &entries.concat())).unwrap();
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["θ", "f.A"]);
    assert_eq!((found[0].1.shape.as_slice(), found[0].1.values.as_slice()), (&[][..], &[0.25][..]));
    assert_eq!(found[1].1.shape, [1, 2]);
    assert_eq!(found[1].1.values, [1.5, -0.1]);
}

#[test]
fn what_is_no_such_file_is_said_to_be_none() {
    let not = |reason: &str| format!("`FILE` is not a safetensors file: {reason}");
    assert_eq!(message("[1]", &[]), not("its header is no JSON object"));
    assert!(message("{", &[]).starts_with(&not("its header: ")));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short");
    let found = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = read_safetensors(&path).unwrap_err().to_string();
        error.replace(&path.display().to_string(), "FILE")
    };
    assert_eq!(found(b"PK"), not("it has less than 8 bytes"));
    assert_eq!(found(&[9, 0, 0, 0, 0, 0, 0, 0, b'{']), not("it ends within its header"));
    assert_eq!(found(&[255; 16]), not("its first 8 bytes are not the length of a header"));
}

#[test]
fn tables_that_cannot_be_used_are_named() {
    let one = |facts: &str| message(&format!(r#"{{"A":{{{facts}}}}}"#), &[0; 8]);
    assert_eq!(
        one(r#""dtype":"I64","shape":[1],"data_offsets":[0,8]"#),
        "`FILE`: array `A` has dtype `I64`, expected real numbers"
    );
    assert_eq!(
        one(r#""dtype":"F64","shape":[2],"data_offsets":[0,8]"#),
        "`FILE`: array `A` holds 8 bytes, expected 16 from its shape"
    );
    for (facts, reason) in [
        (r#""dtype":"F64","shape":[1],"data_offsets":[0,9]"#, "data_offsets outside the file"),
        (r#""dtype":"F64","shape":[1],"data_offsets":[8]"#, "data_offsets are not two numbers"),
        (r#""dtype":"F64","shape":[-1],"data_offsets":[0,8]"#, "no shape"),
        (r#""shape":[1],"data_offsets":[0,8]"#, "no dtype"),
    ] {
        assert_eq!(one(facts), format!("`FILE`: array `A` cannot be read: {reason}"));
    }
}
