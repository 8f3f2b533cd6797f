//! LLVM, which the backend `llvm` and its tests need and nothing else does.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::step;

/// The version that the bindings are made for.
const MAJOR: &str = "22";

/// Packages of Debian and its kin.
const PACKAGES: [&str; 3] = ["llvm-22-dev", "libpolly-22-dev", "libzstd-dev"];

/// Where the bindings look first.
const PREFIX: &str = "LLVM_SYS_221_PREFIX";

/// Arguments that build `sdec` and its tests with the backend, from the same packages as without it, and with what
/// else takes its time to compile: Parquet.
pub(crate) const FEATURES: &str = "sdec-llvm/llvm,sdec-driver/llvm,sdec/llvm,sdec-tests/llvm,\
     sdec-data/parquet,sdec-output/parquet,sdec-driver/parquet,sdec/parquet,sdec-tests/parquet";

/// The version of LLVM that a build with the backend would use, if there is one.
pub(crate) fn found() -> Option<String> {
    let named = env::var_os(PREFIX).map(|prefix| PathBuf::from(prefix).join("bin/llvm-config"));
    let candidates = match named {
        Some(named) => vec![named],
        None => vec![format!("llvm-config-{MAJOR}").into(), "llvm-config".into()],
    };
    candidates.into_iter().find_map(version)
}

fn version(config: PathBuf) -> Option<String> {
    let mut command = Command::new(config);
    let output = command.arg("--version").stdin(Stdio::null()).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    version.starts_with(&format!("{MAJOR}.")).then_some(version)
}

/// Installs LLVM where that can be done without asking, else says what to install.
pub(crate) fn setup() -> Result<(), String> {
    if let Some(version) = found() {
        eprintln!("xtask: LLVM {version} is installed; `--features llvm` builds the backend");
        return Ok(());
    }
    if is_root() && has_apt() {
        // A new machine may not have the lists of packages, or old ones; where they cannot be had, those there may do.
        let mut lists = Command::new("apt-get");
        lists.args(["update", "--quiet"]);
        let _ = step::run("apt-get update", lists);
        let mut packages = Command::new("apt-get");
        packages.args(["install", "--yes", "--no-install-recommends"]).args(PACKAGES);
        if step::run("apt-get install", packages).is_ok() && found().is_some() {
            return Ok(());
        }
    }
    Err(format!(
        "LLVM {MAJOR} is not installed. On Debian and Ubuntu:\n\n    apt-get install {}\n\n\
         (where the distribution has an older one, https://apt.llvm.org has these packages). Elsewhere \
         install LLVM {MAJOR} with its libraries and name its folder in {PREFIX}.",
        PACKAGES.join(" ")
    ))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout == b"0\n")
}

fn has_apt() -> bool {
    let mut command = Command::new("apt-get");
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
