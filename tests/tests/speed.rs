//! What the programs of `bench` promise beside their speed: machine code that works on whole vectors,
//! and memory that grows neither with paths nor with steps.

use sdec_driver::{BackendChoice, BlockResult, Options, Session};
use sdec_tests::{root, run};

/// The programs whose running is measured, and their blocks.
const WORKS: [(&str, &str); 7] = [
    ("gbm", "end"),
    ("lorenz", "end"),
    ("neural_sde", "forward"),
    ("neural_sde", "loss"),
    ("lorenz_ode", "end"),
    ("path", "end"),
    ("matvec", "end"),
];

/// Instructions that put one lane into a vector or take one out of it.
const LANE_BY_LANE: [&str; 4] = ["pextr", "pinsr", "extractps", "insertps"];

fn options(backend: BackendChoice) -> Options {
    Options { backend, threads: Some(1), ..Options::default() }
}

fn emitted(name: &str, block: &str, stage: &str, paths: Option<u64>) -> String {
    let file = root().join("bench").join(name).with_extension("sde");
    let options = Options { paths, ..options(BackendChoice::Cranelift) };
    let session = Session::open(&file, &options).expect("it is read");
    session.emit(stage, Some(block), None).expect("it has this stage")
}

#[test]
fn machine_code_takes_no_vector_apart_and_calls_nothing_but_its_own_routines() {
    let alone = WORKS.map(|work| (work, Some(1)));
    for ((name, block), paths) in WORKS.map(|work| (work, None)).into_iter().chain(alone) {
        let asm = emitted(name, block, "asm", paths);
        let instructions: Vec<&str> =
            asm.lines().map(str::trim).filter(|line| !line.starts_with(';')).collect();
        assert!(instructions.len() > 100, "{name} {block}: {asm}");
        let apart = |line: &&&str| LANE_BY_LANE.iter().any(|part| line.contains(part));
        assert_eq!(instructions.iter().find(apart), None, "{name} {block}");
        let calls = instructions.iter().filter(|line| line.starts_with("call")).count();
        let kernel = emitted(name, block, "kernel", paths);
        let own = kernel.lines().filter(|line| line.trim().starts_with("call r")).count();
        assert!(calls <= own, "{name} {block}: {calls} calls, {own} of its own routines");
    }
}

/// Of one path nearly all multiply-adds of tables are on vectors: rows of products, entries of gradients.
#[test]
fn tables_of_one_path_are_in_lanes() {
    for (name, block) in [("neural_sde", "forward"), ("neural_sde", "loss"), ("matvec", "end")] {
        let kernel = emitted(name, block, "kernel", Some(1));
        let body = kernel.split_once("\n\nv0").expect("the kernel has a body").1;
        let count = |text: &str| body.lines().filter(|line| line.contains(text)).count();
        let (lanes, alone) = (count("> = fma"), count("f32 = fma") + count("f64 = fma"));
        assert!(lanes > 2 * alone, "{name} {block}: {lanes} and {alone}\n{kernel}");
    }
}

/// A single path is done by its parts, and a few are where these are large: where vectors of several paths
/// would be nearly empty.
#[test]
fn few_paths_are_done_as_takes_less() {
    let is_wide = |name, block, paths| {
        let kernel = emitted(name, block, "kernel", Some(paths));
        kernel.lines().next().expect("a kernel has a header").contains("\" wide ")
    };
    let of = |name, block| [1, 2, 3, 8, 1000].map(|paths| is_wide(name, block, paths));
    assert_eq!(of("neural_sde", "forward"), [true, true, true, false, false]);
    assert_eq!(of("matvec", "end"), [true, true, true, false, false]);
    assert_eq!(of("lorenz", "end"), [true, false, false, false, false]);
    // Paths that do not differ are one.
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    let text = "model M\n  state x : Real\n  init x = 1.0\n  dx = -x dt\n\nestimate end of M\n  value = x(1)
  paths = 1000\n  solver = euler(dt = 0.1)\n";
    std::fs::write(&file, text).expect("the program can be written");
    let session = Session::open(&file, &options(BackendChoice::Cranelift)).expect("it is read");
    let kernel = session.emit("kernel", Some("end"), None).expect("it has this stage");
    assert!(kernel.contains("\" wide "), "{kernel}");
}

#[test]
fn working_memory_depends_neither_on_paths_nor_on_steps() {
    let file = root().join("bench/gbm.sde");
    let memory = |paths: u64, steps: u32| {
        let solver = Some(format!("euler(dt = 1 / {steps})"));
        let options = Options { paths: Some(paths), solver, ..options(BackendChoice::Cranelift) };
        match &run(&file, &options).expect("it runs")[..] {
            [BlockResult::Estimate(result)] => result.solve.memory,
            others => panic!("{} blocks ran", others.len()),
        }
    };
    let least = memory(16, 32);
    assert!(least > 0);
    for (paths, steps) in [(16, 4096), (4096, 32), (50_000, 64)] {
        assert_eq!(memory(paths, steps), least, "{paths} paths, {steps} steps");
    }
}
