//! The machine's side of a call.

/// What a compiled kernel gets, besides groups and scratch memory.
#[repr(C)]
#[derive(Debug)]
pub struct Args {
    /// One pointer per input slot, in order.
    pub inputs: *const *const u8,
    /// One pointer per output slot, in order.
    pub outputs: *const *mut u8,
    /// Paths of the whole run, at least 1.
    pub paths: u64,
    /// Number of the first path of the run.
    pub first_path: u64,
}

/// A compiled kernel: arguments, first group, end of the groups, scratch memory → status, 0 for
/// success.
pub type Entry = unsafe extern "C" fn(*const Args, u64, u64, *mut u8) -> u32;
