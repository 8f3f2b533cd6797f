//! How much memory a run may take for what it keeps.

use crate::Failure;

/// Taken where the system does not say how much is free.
const WITHOUT_KNOWING: u64 = 4 << 30;

/// Refuses what would take more than half of the memory that is free.
pub(crate) fn allow(bytes: u64) -> Result<(), Failure> {
    let most = available().unwrap_or(WITHOUT_KNOWING) / 2;
    if bytes <= most {
        return Ok(());
    }
    let mib = |bytes: u64| bytes >> 20;
    Err(Failure::Environment(format!(
        "keeping all paths would take {} MiB of memory, of which {} MiB may be used; \
         run fewer paths, or ask for fewer times",
        mib(bytes),
        mib(most)
    )))
}

/// Bytes that can be had without swapping, where the system says so.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
