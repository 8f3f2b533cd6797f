//! What a handler of interrupts does before it ends the process. Alone in its process, because it
//! removes the unfinished files of all threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;

use sdec_output::atomic::{self, Pending};

#[test]
fn unfinished_files_are_removed_and_finished_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    atomic::write(folder.path().join("done.csv"), |out| out.write_all(b"done")).unwrap();
    let pending = Pending::create(folder.path().join("walk.csv")).unwrap();
    pending.fill(|out| out.write_all(b"some")).unwrap();
    assert_eq!(count(), 2);
    atomic::remove_pending();
    assert_eq!(count(), 1);
    drop(pending);
    assert!(folder.path().join("done.csv").exists());
}
