//! The script of `docs/numpy.md` runs as it stands there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the repository")
}

/// A Python with NumPy: the one that `cargo xtask setup` makes, or that of the machine.
fn python() -> Option<PathBuf> {
    let own = ["target/python/bin/python", "target/python/Scripts/python.exe"];
    let own = own.into_iter().map(|path| root().join(path));
    own.chain(["python3".into(), "python".into()]).find(|python| {
        let asked = Command::new(python).args(["-c", "import numpy"]).output();
        asked.is_ok_and(|answer| answer.status.success())
    })
}

#[test]
fn the_recipe_for_numpy_runs() {
    let Some(python) = python() else {
        eprintln!(
            "no Python with NumPy is here, so the recipe is not run; see `cargo xtask setup`"
        );
        return;
    };
    let page = fs::read_to_string(root().join("docs/numpy.md")).expect("the page is there");
    let script = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("recipe.py"), script.expect("the page has a script"))
        .expect("the folder can be written to");
    let sdec = Path::new(env!("CARGO_BIN_EXE_sdec")).parent().expect("the program is in a folder");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [sdec.to_owned()].into_iter().chain(env::split_paths(&path));
    let path: OsString = env::join_paths(path).expect("folders of programs can be listed");
    let answer = Command::new(python)
        .arg("recipe.py")
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .expect("Python was started a moment ago");
    let said = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{said}");
    let shown = String::from_utf8_lossy(&answer.stdout);
    assert!(shown.starts_with("k = 0.7") && shown.contains("converged"), "{shown}");
}
