//! What the targets share: bytes as text, and changes of texts that follow their trees.

use std::sync::OnceLock;

use sdec_fuzz::holds::Target;
use sdec_fuzz::{Donor, Random, scramble, seeds, splice, write};

pub use libfuzzer_sys;

/// The functions that libFuzzer calls, for one target.
#[macro_export]
macro_rules! target {
    ($target:expr) => {
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| -> $crate::libfuzzer_sys::Corpus {
            $crate::run($target, data)
        });
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8],
                                              size: usize,
                                              max_size: usize,
                                              seed: u32| {
            $crate::mutate($target, data, size, max_size, seed)
        });
    };
}

/// Runs a target on what is text.
pub fn run(target: Target, data: &[u8]) -> libfuzzer_sys::Corpus {
    match std::str::from_utf8(data) {
        Ok(text) => {
            target.run(text);
            libfuzzer_sys::Corpus::Keep
        }
        Err(_) => libfuzzer_sys::Corpus::Reject,
    }
}

/// Changes the input: by its tree, by words, or by bytes as libFuzzer does.
pub fn mutate(target: Target, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    static DONORS: OnceLock<Vec<Donor>> = OnceLock::new();
    let donors = DONORS.get_or_init(|| seeds::seeds(target));
    let mut random = Random::new(u64::from(seed));
    // In 16: changes by bytes, by words; the rest by the tree.
    let (bytes, words) = match target {
        Target::Read | Target::Parse => (5, 5),
        Target::Check | Target::Format => (1, 1),
        Target::Ssa | Target::Kernel => (8, 8),
    };
    let choice = random.below(16);
    let text = std::str::from_utf8(&data[..size]).ok().filter(|text| !text.is_empty());
    let Some(text) = text.filter(|_| choice >= bytes) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    let changed = match choice {
        _ if target == Target::Format && random.once_in(8) => write::program(&mut random),
        _ if choice < bytes + words => scramble(text, &mut random),
        _ => splice(text, donors, &mut random),
    };
    if changed.len() > max_size || changed.is_empty() {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..changed.len()].copy_from_slice(changed.as_bytes());
    changed.len()
}
