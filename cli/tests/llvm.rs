//! The backend `llvm` and the cache of what it compiled, from outside; or what is said without it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const MODEL: &str = "\
model GBM
  param σ : Positive = 0.2
  state S : Positive
  noise W : Brownian
  init  S = 1.0
  dS = 0.05 * S dt + σ * S dW

estimate call of GBM
  value  = max(S(1) - 1, 0)
  wrt    = [σ]
  paths  = 100
  solver = euler(dt = 0.1)
";

/// A folder with a program, and with a cache of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::write(folder.path().join("model.sde"), MODEL).expect("the folder can be written to");
        Self { folder }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdec"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("SDEC_CACHE_DIR", self.cache()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().expect("sdec can be started")
    }

    fn sdec(&self, args: &[&str]) -> (Option<i32>, String, String) {
        told(self.start(args).wait_with_output().expect("sdec ends"))
    }
}

fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("sdec writes UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_empty_cache_can_be_cleared() {
    let place = Place::new();
    let (status, out, _) = place.sdec(&["cache", "clear"]);
    assert_eq!(status, Some(0));
    assert!(out.starts_with("removed 0 objects, 0.0 MiB, from "), "{out}");
    let mut command = place.command(&["cache"]);
    let (status, out, _) = told(command.env("SDEC_CACHE_DIR", "").output().expect("sdec ends"));
    assert_eq!((status, out.starts_with("nothing is kept")), (Some(0), true), "{out}");
}

#[cfg(not(feature = "llvm"))]
#[test]
fn llvm_that_is_not_built_in_is_refused() {
    let place = Place::new();
    let commands: [&[&str]; 4] = [
        &["run", "model.sde", "--backend", "llvm"],
        &["grad", "model.sde", "--backend", "llvm"],
        &["emit", "model.sde", "--stage", "llvm"],
        &["build", "model.sde", "-o", "libmodel.so"],
    ];
    for args in commands {
        let (status, out, err) = place.sdec(args);
        assert_eq!((status, out.as_str()), (Some(3), ""));
        for said in ["without LLVM", "cargo xtask setup --llvm", "--features llvm"] {
            assert!(err.contains(said), "{err}");
        }
    }
    // The choice is free, so that nothing is missing.
    let (status, out, err) = place.sdec(&["run", "model.sde", "--verbose"]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("cranelift f64"), "{out}");
}

#[cfg(feature = "llvm")]
mod llvm {
    use super::*;

    const RUN: [&str; 5] = ["run", "model.sde", "--json", "--backend", "llvm"];

    /// The numbers of a run, without its times and its memory.
    fn numbers(answer: (Option<i32>, String, String)) -> serde_json::Value {
        let (status, out, err) = answer;
        assert_eq!(status, Some(0), "{err}");
        let mut document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(document["blocks"][0]["backend"], "llvm");
        for what in ["seconds", "memory"] {
            document["blocks"][0][what] = serde_json::Value::Null;
        }
        document
    }

    impl Place {
        /// The objects that are kept, with their bytes.
        fn objects(&self) -> Vec<(PathBuf, Vec<u8>)> {
            let files = fs::read_dir(self.cache()).expect("there is a cache").flatten();
            let mut objects: Vec<_> = files
                .map(|file| (file.path(), fs::read(file.path()).expect("the file can be read")))
                .collect();
            objects.sort();
            objects
        }
    }

    #[test]
    fn what_llvm_compiled_is_kept_and_found() {
        let place = Place::new();
        let first = numbers(place.sdec(&RUN));
        let objects = place.objects();
        assert_eq!(objects.len(), 1);
        assert_eq!(numbers(place.sdec(&RUN)), first);
        assert_eq!(place.objects(), objects);
        // Another width is another object, with the same numbers.
        assert_eq!(numbers(place.sdec(&[&RUN[..], &["--width", "128"]].concat())), first);
        assert_eq!(place.objects().len(), 2);
        let (status, out, _) = place.sdec(&["cache"]);
        assert_eq!((status, out.starts_with("2 objects, ")), (Some(0), true), "{out}");
        let (_, out, _) = place.sdec(&["cache", "clear"]);
        assert!(out.starts_with("removed 2 objects, "), "{out}");
        assert_eq!(place.objects(), []);
    }

    /// The work is little, so that LLVM is not worth its time.
    #[test]
    fn a_choice_is_explained_by_llvm_too() {
        let place = Place::new();
        let (_, out, _) = place.sdec(&["run", "model.sde", "--verbose"]);
        assert!(out.contains("backend cranelift: llvm may take "), "{out}");
    }

    /// Its code is there already, and there is much to run: it takes over in the middle, which no bit shows.
    #[test]
    fn llvm_takes_over_where_cranelift_began() {
        let place = Place::new();
        numbers(place.sdec(&RUN));
        let many = ["--paths", "3000000"];
        let mixed = place.sdec(&[&["run", "model.sde", "--json"], &many[..]].concat());
        let all = place.sdec(&[&RUN[..], &many].concat());
        assert_eq!(numbers(mixed), numbers(all));
    }

    #[test]
    fn damaged_and_foreign_objects_are_made_anew_by_llvm() {
        let place = Place::new();
        let first = numbers(place.sdec(&RUN));
        let objects = place.objects();
        let (path, whole) = &objects[0];
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x10;
        // One that is whole, of another program.
        let other = Place::new();
        numbers(
            other.sdec(&[&RUN[..], &["--set", "σ=0.3", "--solver", "euler(dt = 0.25)"]].concat()),
        );
        let foreign = other.objects().remove(0).1;
        for wrong in [&flipped[..], &whole[..100], b"", &foreign] {
            fs::write(path, wrong).expect("the file can be written");
            assert_eq!(numbers(place.sdec(&RUN)), first);
            assert_eq!(place.objects(), objects);
        }
    }

    #[test]
    fn processes_that_compile_with_llvm_at_once_all_succeed() {
        let place = Place::new();
        let started: Vec<Child> = (0..4).map(|_| place.start(&RUN)).collect();
        let answers = started.into_iter().map(|child| child.wait_with_output().expect("it ends"));
        let results: Vec<_> = answers.map(|output| numbers(told(output))).collect();
        assert!(results.iter().all(|result| *result == results[0]));
        assert_eq!(place.objects().len(), 1);
    }

    #[test]
    fn a_library_of_llvm_undoes_no_steps() {
        let place = Place::new();
        let undone = MODEL.replace("euler(dt = 0.1)", "reversible_heun(dt = 0.1)");
        let undone = format!("{undone}  gradient = reversible\n");
        fs::write(place.folder.path().join("model.sde"), undone)
            .expect("the folder can be written to");
        let (status, out, err) = place.sdec(&["build", "model.sde", "-o", "libmodel.so"]);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains("a library cannot have `gradient = reversible`"), "{err}");
        assert!(err.contains("model.sde:13:"), "{err}");
    }

    #[test]
    fn text_and_machine_code_of_llvm_are_shown() {
        let place = Place::new();
        let (status, out, _) = place.sdec(&["emit", "model.sde", "--stage", "llvm"]);
        assert_eq!((status, out.contains("define internal void @body(")), (Some(0), true), "{out}");
        let args = ["emit", "model.sde", "--stage", "asm", "--backend", "llvm"];
        let (status, out, _) = place.sdec(&args);
        assert_eq!((status, out.contains("sdec_kernel:")), (Some(0), true), "{out}");
        let (status, _, err) =
            place.sdec(&["emit", "model.sde", "--stage", "asm", "--backend", "interp"]);
        assert_eq!((status, err.contains("no machine code")), (Some(2), true), "{err}");
    }
}
