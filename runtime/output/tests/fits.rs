//! What a fit keeps: tables, columns, and a folder of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use sdec_data::read_safetensors_with_notes;
use sdec_output::{Lock, Refusal, Tensor, make_folder, save_columns, save_safetensors};

#[test]
fn tables_come_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("params.safetensors");
    let values = [0.1, -0.0, f64::NAN, f64::INFINITY, 5e-324, 1e300];
    let tables = [
        Tensor { name: "θ", shape: &[], values: &values[..1] },
        Tensor { name: "f.A", shape: &[2, 3], values: &values },
        Tensor { name: "none", shape: &[0], values: &[] },
    ];
    let note = "a \"quoted\" \\ line\nwith θ\u{1}";
    save_safetensors(&path, &tables, &[("made by", note)]).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(u64::from_le_bytes(*bytes.first_chunk().unwrap()) % 8, 0);

    let read = read_safetensors_with_notes(&path).unwrap();
    assert_eq!(read.notes, [("made by".to_owned(), note.to_owned())]);
    assert_eq!(read.tables.len(), 3);
    for (table, (name, array)) in tables.iter().zip(&read.tables) {
        assert_eq!((table.name, table.shape), (name.as_str(), array.shape.as_slice()));
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(table.values), bits(&array.values));
    }
}

#[test]
fn columns_are_short_and_gaps_are_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.csv");
    save_columns(&path, &[("step", &[0.0, 1.0]), ("objective", &[0.1, f64::NAN])]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "step,objective\n0,0.1\n1,\n");
}

#[test]
fn a_folder_is_one_process_s_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    make_folder(&path).unwrap();
    make_folder(&path).unwrap();
    let lock = Lock::take(&path).unwrap();
    let busy = Lock::take(&path).unwrap_err();
    assert!(matches!(busy.refusal, Refusal::InUse), "{busy}");
    drop(lock);
    Lock::take(&path).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = make_folder(folder.path().join("file")).unwrap_err();
    assert!(matches!(refused.refusal, Refusal::NotAFolder), "{refused}");
}
