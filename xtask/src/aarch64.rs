//! `cargo xtask aarch64`: what can be shown of another processor on this one. The default build is checked
//! for it; where a linker and QEMU are installed, machine code for it is run and compared with the
//! interpreter, as on any machine.

use std::process::{Command, Stdio};

use crate::step;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// Debian's packages are `gcc-aarch64-linux-gnu` and `qemu-user`.
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";

/// Where the linker's package keeps the libraries of the processor.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// What has machine code, or is entered by it.
const PACKAGES: [&str; 4] = ["sdec-abi", "sdec-engine", "sdec-codegen", "sdec-cranelift"];

/// Checks the default build, and runs the tests of compiled kernels where that can be done.
pub(crate) fn run() -> Result<(), String> {
    let checked = step::cargo(&["check", "--workspace", "--locked", "--target", TARGET]);
    step::run("check of the default build", checked).map_err(|failure| {
        format!("{failure}; `rustup target add {TARGET}` installs what it needs of Rust")
    })?;
    if !is_there(LINKER) || !is_there(EMULATOR) {
        eprintln!(
            "\nxtask: {LINKER} or {EMULATOR} is not installed, so nothing was run; on Debian and \
             Ubuntu: apt-get install gcc-aarch64-linux-gnu qemu-user"
        );
        return Ok(());
    }
    let packages = PACKAGES.into_iter().flat_map(|package| ["-p", package]);
    let args = ["test", "--locked", "--no-fail-fast", "--target", TARGET].into_iter();
    let mut command = step::cargo(&args.chain(packages).collect::<Vec<_>>());
    command.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
    let runner = format!("{EMULATOR} -L {LIBRARIES}");
    command.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", runner);
    step::run("compiled kernels, emulated", command)
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
