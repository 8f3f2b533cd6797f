//! Saved samples, read back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use expect_test::expect;
use sdec_data::{ColumnSpec, Reading, open_csv, open_npz};
use sdec_output::{Field, Precision, SampleArrays, save_sample};

/// Two paths at three times: a number, a vector of two and a table of two by two.
fn walk() -> SampleArrays {
    let field = |name: &str, shape: &[usize], scale: f64| {
        let count = 6 * shape.iter().product::<usize>();
        let values = (0..count).map(|k| scale * k as f64).collect();
        Field { name: name.to_owned(), shape: shape.to_vec(), values }
    };
    SampleArrays {
        paths: 2,
        times: vec![0.0, 0.1, 0.25],
        fields: vec![field("θ", &[], 0.1), field("x", &[2], 0.5), field("A", &[2, 2], 1.0)],
    }
}

#[test]
fn npz_keeps_names_shapes_and_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    let mut sample = walk();
    sample.fields[0].values[4] = f64::NAN;
    save_sample(&sample, Precision::F64, &path).unwrap();
    let mut file = open_npz(&path).unwrap();
    assert_eq!(file.names(), ["t", "θ", "x", "A"]);
    assert_eq!(file.array("t").unwrap().values, sample.times);
    for field in &sample.fields {
        let array = file.array(&field.name).unwrap();
        assert_eq!(array.shape, [&[2, 3][..], &field.shape].concat());
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&array.values), bits(&field.values), "{}", field.name);
    }
}

#[test]
fn npz_in_single_precision_keeps_times_in_double() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.NPZ");
    save_sample(&walk(), Precision::F32, &path).unwrap();
    let mut file = open_npz(&path).unwrap();
    assert_eq!(file.array("t").unwrap().values[1], 0.1);
    assert_eq!(file.array("θ").unwrap().values[1], f64::from(0.1_f32));
}

#[test]
fn npz_is_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str| {
        let path = folder.path().join(name);
        save_sample(&walk(), Precision::F64, &path).unwrap();
        fs::read(path).unwrap()
    };
    assert_eq!(save("a.npz"), save("b.npz"));
}

#[test]
fn npz_of_many_values_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.npz");
    let times: Vec<f64> = (0..50_001).map(f64::from).collect();
    let field = Field { name: "x".to_owned(), shape: vec![], values: times.clone() };
    let sample = SampleArrays { paths: 1, times, fields: vec![field] };
    save_sample(&sample, Precision::F64, &path).unwrap();
    assert_eq!(open_npz(&path).unwrap().array("x").unwrap().values, sample.times);
}

#[test]
fn csv_is_one_row_a_path_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.csv");
    save_sample(&walk(), Precision::F64, &path).unwrap();
    expect![[r#"
        path,t,θ,x[0],x[1],"A[0,0]","A[0,1]","A[1,0]","A[1,1]"
        0,0,0,0,0.5,0,1,2,3
        0,0.1,0.1,1,1.5,4,5,6,7
        0,0.25,0.2,2,2.5,8,9,10,11
        1,0,0.30000000000000004,3,3.5,12,13,14,15
        1,0.1,0.4,4,4.5,16,17,18,19
        1,0.25,0.5,5,5.5,20,21,22,23
    "#]]
    .assert_eq(&fs::read_to_string(&path).unwrap());
    let x = ColumnSpec::new("A[1,0]", Reading::Numbers);
    let table = open_csv(&path).unwrap().read(&[x]).unwrap();
    assert_eq!(table.numbers(0).values, [2.0, 6.0, 10.0, 14.0, 18.0, 22.0]);
}

#[test]
fn csv_in_single_precision_is_shorter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.csv");
    let mut sample = walk();
    sample.fields.truncate(1);
    sample.fields[0].values[5] = f64::NAN;
    save_sample(&sample, Precision::F32, &path).unwrap();
    expect![[r#"
        path,t,θ
        0,0,0
        0,0.1,0.1
        0,0.25,0.2
        1,0,0.3
        1,0.1,0.4
        1,0.25,NaN
    "#]]
    .assert_eq(&fs::read_to_string(&path).unwrap());
}

#[test]
fn other_suffixes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["walk.dat", "walk", ".npz"] {
        let path = folder.path().join(name);
        let error = save_sample(&walk(), Precision::F64, &path).unwrap_err();
        let expected = format!(
            "cannot tell the format of `{}` from its name, expected one that ends in `.npz` or `.csv`",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
#[should_panic(expected = "values of `x`")]
fn a_field_that_lacks_values_is_our_mistake() {
    let mut sample = walk();
    sample.fields[1].values.pop();
    let _ = save_sample(&sample, Precision::F64, "never.csv");
}
