//! What a script sees: texts, files and exit statuses of the built `sdec`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;

const MODEL: &str = "\
model OU
  param θ : Positive = 1.0
  state x : Real
  noise W : Brownian
  init  x = 1.0
  dx = -θ * x dt + 0.5 dW

sample OU as paths
  times  = [0.0, 1.0]
  paths  = 32
  solver = euler(dt = 0.1)

estimate level of OU
  value  = x(1)
  wrt    = [θ]
  paths  = 32
  solver = euler(dt = 0.1)

1 + 1
";

const DATA: &str = "\
data Rates(day) = csv \"rates.csv\"
  r : day => Float

sum i. Rates.r[i]
";

/// A folder with a program in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(program: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        place.write("model.sde", program);
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("the folder can be written to");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("the file can be read")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `sdec` with these arguments, in this folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdec"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    fn sdec(&self, args: &[&str]) -> Answer {
        Answer::of(self.command(args).output().expect("sdec can be started"))
    }

    /// Names of the files in the folder.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("the folder can be read").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// What a process answered.
struct Answer {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("sdec writes UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!err.contains("panicked"), "{err}");
        Self { status: output.status.code(), out, err }
    }

    /// Asserts that the command was refused with `status` and a message that holds `texts`, and printed nothing.
    fn refused(&self, status: i32, texts: &[&str]) {
        assert_eq!(self.status, Some(status), "{}", self.err);
        for text in texts {
            assert!(self.err.contains(text), "`{text}` is not in:\n{}", self.err);
        }
        assert_eq!(self.out, "");
    }

    /// Asserts success and gives standard output.
    fn done(self) -> String {
        assert_eq!(self.status, Some(0), "{}", self.err);
        self.out
    }
}

#[test]
fn a_wrong_model_refused_with_its_place() {
    let place = Place::new("model M\n  state x : Real\n  init x = 0\n  dx = y dt\n");
    for command in ["check", "run"] {
        place.sdec(&[command, "model.sde"]).refused(1, &["Error", "model.sde:4", "`y`"]);
    }
}

#[test]
fn a_shown_expression_keeps_its_annotation() {
    let place = Place::new("(ones : 2 => Float)\n(2 : Nat) - 5\n1 / 0\n");
    let out = place.sdec(&["run", "--json", "model.sde"]).done();
    let document: Json = serde_json::from_str(&out).expect("it is JSON");
    let texts = document["blocks"].as_array().expect("blocks").iter().map(|block| &block["text"]);
    let texts: Vec<&str> = texts.filter_map(Json::as_str).collect();
    assert_eq!(texts, ["(ones : 2 => Float)", "(2 : Nat) - 5", "1 / 0"]);
    assert_eq!(document["blocks"][1]["value"], -3);
    assert_eq!(document["blocks"][1]["type"], "Int");
    assert_eq!(document["blocks"][2]["value"], "inf");
}

#[test]
fn several_mistakes_are_reported_in_one_run() {
    let place = Place::new("let a = (1 +\nlet b = ]\nlet c = 2\n");
    let answer = place.sdec(&["check", "model.sde"]);
    assert!(answer.err.matches("Error").count() >= 2, "{}", answer.err);
    assert_eq!(answer.status, Some(1));
}

#[test]
fn every_file_is_checked_though_one_is_wrong() {
    let place = Place::new(MODEL);
    place.write("wrong.sde", "let a = b\n");
    let answer = place.sdec(&["check", "wrong.sde", "model.sde"]);
    assert_eq!(answer.status, Some(1), "{}", answer.err);
    assert!(answer.out.contains("OU"), "{}", answer.out);
}

#[test]
fn a_missing_file_is_named() {
    let place = Place::new(DATA);
    place.sdec(&["run", "nowhere.sde"]).refused(3, &["nowhere.sde"]);
    let answer = place.sdec(&["run", "model.sde"]);
    assert!(matches!(answer.status, Some(1 | 3)), "{}", answer.err);
    assert!(answer.err.contains("rates.csv"), "{}", answer.err);
}

#[test]
fn a_bad_cell_is_named_by_line_and_column() {
    let place = Place::new(DATA);
    place.write("rates.csv", "day,r\n1,0.5\n2,many\n");
    place.sdec(&["run", "model.sde"]).refused(1, &["rates.csv", "line 3", "many"]);
    place.write("rates.csv", "day,r\n1,0.5\n2,\n");
    place.sdec(&["run", "model.sde"]).refused(1, &["rates.csv", "line 3"]);
    place.write("rates.csv", "day,q\n1,0.5\n");
    place.sdec(&["run", "model.sde"]).refused(1, &["`r`"]);
}

#[test]
fn data_may_come_from_another_file() {
    let place = Place::new(DATA);
    place.write("other.csv", "r\n0.5\n0.25\n");
    let out = place.sdec(&["run", "model.sde", "--data", "Rates=other.csv"]).done();
    assert!(out.contains("0.75"), "{out}");
}

#[test]
fn sizes_out_of_range_are_refused() {
    let place = Place::new(
        "model M(n = 2)\n  state x : n => Real\n  init x = zeros\n  dx = x dt\n\nsample M\n  times = [1.0]\n  paths = 1\n  solver = euler(dt = 0.1)\n",
    );
    place.sdec(&["run", "model.sde", "--size", "n=-1"]).refused(2, &["must not be negative"]);
    place.sdec(&["run", "model.sde", "--size", "m=3"]).refused(2, &["--size m"]);
    let huge = place.sdec(&["run", "model.sde", "--size", "n=1000000000000"]);
    assert!(matches!(huge.status, Some(1..=3)), "{:?} {}", huge.status, huge.err);
    place.sdec(&["run", "model.sde", "--size", "n=3"]).done();
}

#[test]
fn numbers_of_paths_are_natural() {
    let place = Place::new(MODEL);
    place.sdec(&["run", "model.sde", "--paths", "-5"]).refused(2, &["must not be negative"]);
    place.sdec(&["run", "model.sde", "--paths", "0"]).refused(2, &["at least 1"]);
    place.sdec(&["run", "model.sde", "--paths", "some"]).refused(2, &["whole number"]);
}

#[test]
fn names_that_are_not_there_are_refused() {
    let place = Place::new(MODEL);
    place.sdec(&["run", "model.sde", "levle"]).refused(2, &["levle"]);
    place.sdec(&["run", "model.sde", "--set", "θθ=1"]).refused(2, &["θθ"]);
    place.sdec(&["methods", "eulre"]).refused(2, &["eulre", "euler"]);
    place.sdec(&["rnu", "model.sde"]).refused(2, &["rnu"]);
}

#[test]
fn values_of_options_are_checked_like_the_program() {
    let place = Place::new(MODEL);
    let wrong = [("--set", "θ=1 +"), ("--solver", "euler(dt = )"), ("--times", "[0, ")];
    for (option, value) in wrong {
        let answer = place.sdec(&["run", "model.sde", option, value]);
        assert!(matches!(answer.status, Some(1 | 2)), "{option} {value}: {}", answer.err);
        assert_eq!(answer.out, "");
    }
}

#[test]
fn named_blocks_run_alone() {
    let place = Place::new(MODEL);
    let out = place.sdec(&["run", "model.sde", "level"]).done();
    assert!(out.contains("estimate level of OU") && !out.contains("sample"), "{out}");
}

#[test]
fn derivatives_of_an_estimate_are_shown_by_everything_or_by_what_is_named() {
    let place = Place::new(MODEL);
    let out = place.sdec(&["grad", "model.sde"]).done();
    assert!(out.contains("estimate level of OU") && out.contains("∂level/∂θ"), "{out}");
    let same = place.sdec(&["grad", "model.sde", "level", "--wrt", "theta"]).done();
    let rows = |text: &str| text.lines().filter(|line| line.contains('±')).count();
    assert_eq!((rows(&out), rows(&same)), (2, 2), "{same}");
    let twice = place.sdec(&["grad", "model.sde", "--wrt", "θ, [θ, θ]"]).done();
    assert!(twice.contains("∂²level/∂θ²"), "{twice}");
}

#[test]
fn a_gradient_is_one_document() {
    let place = Place::new(
        "model M\n  param a : Real = 2.0\n  input b : 2 => Real = [3.0, 4.0]\n  state x : Real\n  init  x = a * b[0]\n  dx = 0 dt\n\nestimate e of M\n  value  = x(1) * b[1]\n  solver = rk4(dt = 1)\n\nestimate f of M\n  value  = x(1)\n  solver = rk4(dt = 1)\n",
    );
    let out = place.sdec(&["grad", "model.sde", "e", "--json", "--wrt", "[a, b, [a, b]]"]).done();
    let found: Json = serde_json::from_str(&out).expect("it is JSON");
    let numbers = |place: &str| found.pointer(place).expect(place).clone();
    assert_eq!(numbers("/value"), 24.0);
    assert_eq!(numbers("/gradient/a/value"), 12.0);
    assert_eq!(numbers("/inputs/b/value"), serde_json::json!([8.0, 6.0]));
    assert_eq!(numbers("/second/0/by"), serde_json::json!(["a", "b"]));
    assert_eq!(numbers("/second/0/value"), serde_json::json!([4.0, 3.0]));
    assert_eq!((numbers("/method"), numbers("/estimator")), ("backprop".into(), "pathwise".into()));
    place.sdec(&["grad", "model.sde"]).refused(2, &["name one estimate", "e, f"]);
    place.sdec(&["grad", "model.sde", "g"]).refused(2, &["`g`", "e, f"]);
    place.sdec(&["grad", "model.sde", "e", "--wrt", "c"]).refused(1, &["`c`", "--wrt"]);
    place.write("none.sde", "1 + 1\n");
    place.sdec(&["grad", "none.sde"]).refused(2, &["no estimate"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new(MODEL);
    let mut command = place.command(&["run", "model.sde"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sdec can be started");
    drop(child.stdout.take());
    let answer = Answer::of(child.wait_with_output().expect("sdec ends"));
    assert_eq!((answer.status, answer.err.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let place = Place::new(MODEL);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = place.command(&["run", "model.sde"]).stdout(full).output();
    let answer = Answer::of(output.expect("sdec can be started"));
    answer.refused(3, &["standard output"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_with_130_and_leaves_no_file() {
    let place = Place::new(MODEL);
    let args = [
        "run",
        "model.sde",
        "paths",
        "--paths",
        "20_000_000",
        "--solver",
        "euler(dt = 1e-5)",
        "--save",
        "paths.npz",
    ];
    // A signal that comes before the handler is set ends the process as any other, so give more time then.
    for milliseconds in [250, 500, 1_000, 2_000, 4_000, 8_000] {
        let mut command = place.command(&args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.expect("sdec can be started");
        std::thread::sleep(Duration::from_millis(milliseconds));
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(
            kill.is_ok_and(|status| status.success()),
            "the run ended before it was interrupted"
        );
        let answer = Answer::of(child.wait_with_output().expect("sdec ends"));
        assert_eq!(place.files(), ["model.sde"]);
        if answer.status.is_some() {
            answer.refused(130, &["interrupted"]);
            return;
        }
    }
    panic!("the run never listened to Ctrl-C");
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let place = Place::new(MODEL);
    place.sdec(&["run", "model.sde", "--save", "no/such/folder.npz"]).refused(3, &["folder.npz"]);
    let answer = place.sdec(&["run", "model.sde", "--save", "paths.doc"]);
    assert!(matches!(answer.status, Some(2)), "{:?} {}", answer.status, answer.err);
    assert_eq!(place.files(), ["model.sde"]);
}

#[test]
fn samples_are_saved_and_drawn() {
    let place = Place::new(MODEL);
    for (option, file) in
        [("--save", "p.csv"), ("--save", "p.npz"), ("--plot", "p.svg"), ("--plot", "p.png")]
    {
        place.sdec(&["run", "model.sde", "paths", option, file]).done();
        let size = fs::metadata(place.path().join(file)).expect("the file was written").len();
        assert!(size > 100, "{file} has {size} bytes");
    }
    let csv = fs::read_to_string(place.path().join("p.csv")).expect("the file is text");
    assert_eq!(csv.lines().count(), 1 + 32 * 2, "{csv}");
}

#[test]
fn gradients_are_saved() {
    let place = Place::new(MODEL);
    for file in ["g.csv", "g.npz", "g.safetensors"] {
        let out = place.sdec(&["grad", "model.sde", "--wrt", "θ", "--save", file]).done();
        assert!(out.contains(&format!("saved: {file}")), "{out}");
    }
    let csv = fs::read_to_string(place.path().join("g.csv")).expect("the file is text");
    let names: Vec<&str> = csv.lines().filter_map(|row| row.split(',').next()).collect();
    assert_eq!(names, ["wrt", "", "θ"], "{csv}");
    place.sdec(&["grad", "model.sde", "--save", "g.doc"]).refused(2, &["`.safetensors`"]);
    place.sdec(&["grad", "model.sde", "--save", "no/g.csv"]).refused(3, &["g.csv"]);
    assert_eq!(place.files(), ["g.csv", "g.npz", "g.safetensors", "model.sde"]);
}

#[test]
fn json_holds_what_the_contract_says() {
    let place = Place::new(MODEL);
    let out = place.sdec(&["run", "model.sde", "--json", "--seed", "7"]).done();
    let document: Json = serde_json::from_str(&out).expect("the document is JSON");
    let keys = |value: &Json| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(keys(&document), ["sdec", "file", "blocks"]);
    let [sample, estimate, expression] = &document["blocks"].as_array().expect("a list")[..] else {
        panic!("{out}");
    };
    let head = [
        "kind",
        "name",
        "model",
        "noise",
        "solver",
        "backend",
        "precision",
        "paths",
        "seed",
        "steps",
        "memory",
    ];
    assert_eq!(keys(sample), [&head[..], &["times", "states", "seconds"]].concat());
    assert_eq!(keys(estimate), [&head[..], &["value", "stderr", "gradient", "seconds"]].concat());
    assert_eq!(keys(expression), ["kind", "text", "value", "type"]);
    assert_eq!(sample["states"]["x"]["shape"], serde_json::json!([2, 32]));
    assert_eq!(estimate["noise"], "additive");
    assert_eq!(estimate["solver"], "euler(dt = 0.1)");
    assert_eq!((&estimate["paths"], &estimate["seed"]), (&32.into(), &7.into()));
    assert_eq!((&estimate["steps"], &estimate["precision"]), (&10.into(), &"f64".into()));
    assert_eq!(keys(&estimate["gradient"]), ["θ"]);
    assert_eq!(expression["value"], 2.0);
}

#[test]
fn memory_is_a_size_or_the_least() {
    let place = Place::new(MODEL);
    for size in ["min", "64KiB", "1GB"] {
        place.sdec(&["run", "model.sde", "level", "--memory", size]).done();
    }
    for size in ["64", "most", "99999999999GiB"] {
        place.sdec(&["run", "model.sde", "level", "--memory", size]).refused(2, &["--memory"]);
    }
}

#[test]
fn greek_letters_may_be_spelled_out() {
    let place = Place::new(MODEL);
    let value = |set: &str| {
        let out = place.sdec(&["run", "model.sde", "level", "--json", "--set", set]).done();
        let document: Json = serde_json::from_str(&out).expect("the document is JSON");
        document["blocks"][0]["value"].clone()
    };
    assert_eq!(value("theta=2"), value("θ=2"));
    assert_ne!(value("theta=2"), value("theta=1"));
}

#[test]
fn both_modes_of_differentiation_agree() {
    let place = Place::new(MODEL);
    let slope = |mode: &str| {
        let args = ["run", "model.sde", "level", "--json", "--gradient", mode];
        let document: Json =
            serde_json::from_str(&place.sdec(&args).done()).expect("the document is JSON");
        document["blocks"][0]["gradient"]["θ"]["value"].as_f64().expect("a number")
    };
    let (backward, forward) = (slope("backprop"), slope("forward"));
    assert!((backward - forward).abs() <= 1e-12 * forward.abs(), "{backward} {forward}");
}

#[test]
fn a_new_project_runs() {
    let place = Place::new(MODEL);
    let out = place.sdec(&["new", "pendulum"]).done();
    assert!(out.contains("pendulum.sde"), "{out}");
    let check = place.sdec(&["check", "pendulum/pendulum.sde"]);
    assert_eq!((check.status, check.err.as_str()), (Some(0), ""));
    place.sdec(&["run", "pendulum/pendulum.sde", "--paths", "16"]).done();
    place.sdec(&["new", "pendulum"]).refused(3, &["exists"]);
}

#[test]
fn every_stage_has_a_text() {
    let place = Place::new(MODEL);
    for stage in ["tokens", "ast", "hir", "ssa", "grad", "kernel", "clif", "asm"] {
        let out = place.sdec(&["emit", "model.sde", "level", "--stage", stage]).done();
        assert!(out.lines().count() > 5, "{stage}:\n{out}");
    }
}

#[test]
fn methods_show_their_orders_and_their_source() {
    let place = Place::new(MODEL);
    let list = place.sdec(&["methods"]).done();
    for name in ["euler", "heun", "rk4"] {
        assert!(list.contains(name), "{list}");
    }
    let heun = place.sdec(&["methods", "heun"]).done();
    assert!(heun.contains("Rümelin (1982)") && heun.contains("def step"), "{heun}");
}

#[test]
fn codes_are_explained() {
    let place = Place::new(MODEL);
    let matrix = place.sdec(&["explain", "e0301"]).done();
    assert!(matrix.starts_with("E0301 (Types and sizes)\n\n`A @ x` contracts"), "{matrix}");
    assert!(matrix.contains("\n    model Linear(n = 4)\n") && !matrix.contains("```"), "{matrix}");
    let list = place.sdec(&["explain"]).done();
    assert!(list.contains("\nTypes and sizes\n  E0301   "), "{list}");
    place.sdec(&["explain", "E0219"]).refused(2, &["`E0219`", "E0211, E0210"]);
    place
        .sdec(&["explain", "matrix"])
        .refused(2, &["`matrix` is neither a code nor a name", "sdec explain"]);
    let method = place.sdec(&["explain", "euler"]).done();
    assert!(method.contains("method euler : Ito") && method.contains("sdec methods euler"));
}

#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let place = Place::new("let a = b\n");
    let answer = place.sdec(&["check", "model.sde"]);
    assert!(!answer.err.contains('\u{1b}'), "{}", answer.err);
}

#[test]
fn help_and_docs_name_the_same_options() {
    let place = Place::new(MODEL);
    let help = place.sdec(&["run", "--help"]).done();
    let page = include_str!("../../docs/cli.md");
    let options = |text: &str| {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let mut names: Vec<String> = words
            .filter(|word| word.starts_with("--") && !word.ends_with('-'))
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let section = |name: &str| {
        let section = page.split(&format!("## Options of `{name}`")).nth(1);
        options(section.and_then(|rest| rest.split("## ").next()).expect("the page has it"))
    };
    let mut listed = section("run");
    listed.push("--help".to_owned());
    listed.sort();
    assert_eq!(options(&help), listed);
    // The section of `grad` names what it takes beside the options of `run`, and what it does not.
    let help = options(&place.sdec(&["grad", "--help"]).done());
    let differs = |option: &&String| help.contains(option) != listed.contains(option);
    let mut all = [help.as_slice(), &listed].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.iter().filter(differs).cloned().collect::<Vec<_>>(), section("grad"));
    for command in ["check", "run", "grad", "emit", "explain", "fmt", "new", "methods"] {
        let help = place.sdec(&[command, "--help"]).done();
        assert!(help.contains("Usage: sdec") && help.contains("Example"), "{help}");
        assert!(page.contains(&format!("`sdec {command}")), "{command}");
    }
}

#[test]
fn programs_are_formatted_in_place() {
    let place = Place::new("let  a=1\n");
    place.write("wrong.sde", "let = 1\n");
    place.write("set.sde", "let b = 2\n");
    let modified = |name: &str| {
        let file = fs::metadata(place.path().join(name)).expect("it is there");
        file.modified().expect("times are kept")
    };
    let before = modified("set.sde");

    let answer = place.sdec(&["fmt", "--check", "model.sde", "wrong.sde", "set.sde"]);
    assert_eq!((answer.status, answer.out.as_str()), (Some(1), "model.sde\n"));
    assert!(answer.err.contains("wrong.sde:1") && answer.err.contains("not formatted"));
    assert_eq!(place.read("model.sde"), "let  a=1\n");

    place.sdec(&["fmt", "wrong.sde", "model.sde", "set.sde"]).refused(1, &["wrong.sde:1"]);
    assert_eq!(place.read("model.sde"), "let a = 1\n");
    assert_eq!(place.read("wrong.sde"), "let = 1\n");
    assert_eq!(modified("set.sde"), before);
    assert_eq!(place.sdec(&["fmt", "--check", "model.sde", "set.sde"]).done(), "");
    assert_eq!(place.files(), ["model.sde", "set.sde", "wrong.sde"]);
    place.sdec(&["fmt", "absent.sde"]).refused(3, &["absent.sde"]);
}

/// Runs `sdec` with a text as its standard input.
fn piped(place: &Place, args: &[&str], text: &str) -> Answer {
    let mut command = place.command(args);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("sdec can be started");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(text.as_bytes()).expect("sdec reads all of it");
    drop(stdin);
    Answer::of(child.wait_with_output().expect("sdec ends"))
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let place = Place::new(MODEL);
    let run = |args: &[&str], text: &str| piped(&place, args, text);
    assert_eq!(run(&["fmt", "-"], "let  a=1").done(), "let a = 1\n");
    run(&["fmt", "-"], "let = 1").refused(1, &["standard input:1"]);
    assert_eq!(run(&["fmt", "--check", "-"], "let  a=1").out, "-\n");
    assert_eq!(run(&["fmt", "--check", "-"], "let a = 1\n").done(), "");
}

#[test]
fn standard_input_is_checked_and_run() {
    let place = Place::new(MODEL);
    assert!(piped(&place, &["run", "-"], "1 + 1").done().contains("1 + 1"));
    piped(&place, &["check", "-"], "1 +").refused(1, &["standard input:1"]);
}

#[test]
fn a_file_that_is_not_there_is_said_so_with_the_one_that_may_be_meant() {
    let place = Place::new(MODEL);
    place.sdec(&["run", "model"]).refused(3, &["there is no such file", "did you mean model.sde?"]);
    place.sdec(&["check", "absent.sde"]).refused(3, &["absent.sde: there is no such file"]);
    place.sdec(&["check", "."]).refused(3, &["is a folder"]);
    let absent = place.sdec(&["run", "model.sde", "--params", "p.safetensors"]);
    absent.refused(3, &["p.safetensors", "relative to the working folder"]);
}

#[test]
fn a_file_that_runs_nothing_says_so() {
    let place = Place::new("let a = 1\n");
    let answer = place.sdec(&["run", "model.sde"]);
    assert_eq!(answer.status, Some(0));
    assert!(answer.err.contains("runs nothing"), "{}", answer.err);
    assert_eq!(place.sdec(&["run", "model.sde", "--quiet"]).err, "");
}

#[test]
fn declarations_of_other_files_are_imported_from_beside_them() {
    let place =
        Place::new("import \"parts/rates.sde\"\nimport \"parts/more.sde\"\n\ntwice(Rates.r[0])\n");
    fs::create_dir(place.path().join("parts")).unwrap();
    // Both import each other, and the data stand beside the file that names them.
    place.write("parts/rates.sde", &format!("import \"more.sde\"\n{DATA}"));
    place.write(
        "parts/more.sde",
        "import \"rates.sde\"\ndef twice(x: Float) -> Float = 2 * x\n1 + 1\n",
    );
    place.write("parts/rates.csv", "r\n21\n1\n");
    let out = place.sdec(&["run", "model.sde"]).done();
    assert!(out.contains("42"), "{out}");
    assert!(!out.contains("1 + 1"), "commands of an imported file stay out: {out}");
}

#[test]
fn an_import_that_names_nothing_says_so() {
    let place = Place::new("import \"none.sde\"\nimport linear\n1\n");
    let answer = place.sdec(&["check", "model.sde"]);
    answer.refused(1, &["E0212", "none.sde", "there is no such file", "\"linear.sde\""]);
    place.write("bad.sde", "let a = \n");
    place.write("model.sde", "import \"bad.sde\"\na\n");
    place.sdec(&["check", "model.sde"]).refused(1, &["bad.sde:1"]);
    place.write("model.sde", "import nets\n1 + 1\n");
    assert!(place.sdec(&["run", "model.sde"]).done().contains('2'));
}
