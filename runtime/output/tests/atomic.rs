//! Files are there whole or not at all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use expect_test::{Expect, expect};
use sdec_output::{OutputError, atomic};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn check(error: &OutputError, folder: &Path, expected: Expect) {
    let mut text = format!("{error}\n");
    if let Some(help) = error.help() {
        text.push_str(&format!("help: {help}\n"));
    }
    let folder = folder.display().to_string();
    expected.assert_eq(&text.replace(&format!("{folder}/"), "").replace(&folder, "FOLDER"));
}

#[test]
fn a_file_appears_with_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("θ.csv");
    atomic::write(&path, |out| out.write_all(b"one")).unwrap();
    atomic::write(&path, |out| out.write_all(b"two")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(names(folder.path()), ["θ.csv"]);
}

#[test]
fn an_error_in_the_middle_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    let fail = |out: &mut dyn Write| {
        out.write_all(&vec![7; 1 << 20])?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    };
    let error = atomic::write(&path, |out| fail(out)).unwrap_err();
    assert!(names(folder.path()).is_empty());
    check(
        &error,
        folder.path(),
        expect![[r#"
        cannot write `walk.npz`: the disk is full
        help: make room, choose another disk, or save fewer paths or times
    "#]],
    );

    fs::write(&path, "old").unwrap();
    atomic::write(&path, |out| fail(out)).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["walk.npz"]);
}

#[test]
fn a_panic_in_the_middle_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        atomic::write(&path, |out| {
            out.write_all(b"some")?;
            panic!("in the middle")
        })
    }));
    assert!(panicked.is_err());
    assert!(names(folder.path()).is_empty());
}

#[test]
fn the_file_has_no_name_before_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.npz");
    atomic::write(&path, |out| {
        out.write_all(b"some")?;
        assert!(!path.exists());
        Ok(())
    })
    .unwrap();
    assert!(path.exists());
}

#[test]
fn what_cannot_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path, kind: Option<io::ErrorKind>| {
        atomic::write(path, |_| kind.map_or(Ok(()), |kind| Err(kind.into()))).unwrap_err()
    };
    let absent = refusal(&folder.path().join("absent/walk.npz"), None);
    check(
        &absent,
        folder.path(),
        expect![[r#"
        cannot write `absent/walk.npz`: its folder does not exist
        help: make the folder first: mkdir -p 'absent'
    "#]],
    );
    check(
        &refusal(folder.path(), None),
        folder.path(),
        expect![[r#"
        cannot write `FOLDER`: it is a folder
        help: give the name of a file in it
    "#]],
    );
    let path = folder.path().join("walk.npz");
    let denied = refusal(&path, Some(io::ErrorKind::PermissionDenied));
    check(
        &denied,
        folder.path(),
        expect![[r#"
        cannot write `walk.npz`: not allowed
        help: choose another folder, or change who may write in this one
    "#]],
    );
    let other = refusal(&path, Some(io::ErrorKind::TimedOut));
    check(
        &other,
        folder.path(),
        expect![[r#"
        cannot write `walk.npz`: timed out
    "#]],
    );
    check(
        &refusal(Path::new("/dev/null"), None),
        folder.path(),
        expect![[r#"
        cannot write `/dev/null`: it is not an ordinary file
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_modes_are_ordinary() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target.csv"), folder.path().join("link.csv"));
    fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    atomic::write(&link, |out| out.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let fresh = folder.path().join("fresh.csv");
    atomic::write(&fresh, |out| out.write_all(b"new")).unwrap();
    assert_eq!(mode(&fresh), mode(&target));
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    atomic::write(&target, |out| out.write_all(b"newer")).unwrap();
    assert_eq!(mode(&target), 0o640);
}
