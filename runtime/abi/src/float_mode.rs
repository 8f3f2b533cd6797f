//! IEEE arithmetic for the length of a call. The one file of this crate that may write `unsafe`.
#![expect(unsafe_code, reason = "the control word is read and written by inline assembly")]

use word::Word;

/// While it lives, this thread rounds to nearest and keeps subnormal numbers; then the host's mode
/// is back. Hosts set flush-to-zero, which would change results. Hosts also leave upper halves of
/// vectors in use, which makes moves between registers a hundred times as slow in compiled code; they
/// are given up.
///
/// On processors other than x86-64 and aarch64 the host's mode is left as it is.
#[derive(Debug)]
pub struct FloatMode {
    hosts: Word,
    // The mode belongs to the thread that set it.
    not_send: std::marker::PhantomData<*const ()>,
}

impl FloatMode {
    /// Sets IEEE arithmetic.
    pub fn ieee() -> Self {
        let hosts = word::get();
        word::set(word::IEEE);
        upper::give_up();
        Self { hosts, not_send: std::marker::PhantomData }
    }
}

impl Drop for FloatMode {
    fn drop(&mut self) {
        word::set(self.hosts);
    }
}

/// The upper halves of vector registers.
#[cfg(target_arch = "x86_64")]
mod upper {
    pub(super) fn give_up() {
        if std::arch::is_x86_feature_detected!("avx") {
            // SAFETY: the processor has the instruction, and all vectors are said to be overwritten.
            unsafe {
                std::arch::asm!(
                    "vzeroupper",
                    clobber_abi("C"),
                    options(nomem, nostack, preserves_flags)
                );
            }
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod upper {
    pub(super) fn give_up() {}
}

/// The register `mxcsr`.
#[cfg(target_arch = "x86_64")]
mod word {
    use std::arch::asm;

    pub(super) type Word = u32;

    /// All exceptions masked, nearest even, no flush-to-zero, subnormal operands kept.
    pub(super) const IEEE: Word = 0x1f80;

    #[cfg(test)]
    pub(super) const FLUSH_TO_ZERO: Word = 1 << 15;

    pub(super) fn get() -> Word {
        let mut word = 0;
        // SAFETY: stores four bytes at `word`.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack, preserves_flags)) };
        word
    }

    pub(super) fn set(word: Word) {
        // SAFETY: loads four bytes from `word`; callers pass `IEEE`, which is what Rust assumes, or
        // what `get` returned.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, preserves_flags));
        }
    }
}

/// The register `fpcr`.
#[cfg(target_arch = "aarch64")]
mod word {
    use std::arch::asm;

    pub(super) type Word = u64;

    /// No exception traps, nearest even, no flush-to-zero, subnormal operands kept.
    pub(super) const IEEE: Word = 0;

    #[cfg(test)]
    pub(super) const FLUSH_TO_ZERO: Word = 1 << 24;

    pub(super) fn get() -> Word {
        let word;
        // SAFETY: reads a register that user programs may read.
        unsafe { asm!("mrs {}, fpcr", out(reg) word, options(nomem, nostack, preserves_flags)) };
        word
    }

    pub(super) fn set(word: Word) {
        // SAFETY: callers pass `IEEE`, which is what Rust assumes, or what `get` returned. No `nomem`:
        // arithmetic on what lies in memory stays on its side.
        unsafe { asm!("msr fpcr, {}", in(reg) word, options(nostack, preserves_flags)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod word {
    pub(super) type Word = ();

    pub(super) const IEEE: Word = ();

    pub(super) fn get() -> Word {}

    pub(super) fn set((): Word) {}
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn upper_halves_that_the_host_left_are_given_up() {
        if !std::arch::is_x86_feature_detected!("avx") {
            return;
        }
        let upper = || {
            let bits: u64;
            // SAFETY: the processor has AVX, and what is overwritten is said.
            unsafe {
                std::arch::asm!(
                    "vextractf128 xmm14, ymm15, 1",
                    "vmovq {}, xmm14",
                    out(reg) bits, out("xmm14") _
                );
            }
            bits
        };
        // SAFETY: as before; the comparison is true of everything.
        unsafe { std::arch::asm!("vcmpps ymm15, ymm15, ymm15, 15", out("xmm15") _) };
        let left = upper();
        let _mode = FloatMode::ieee();
        assert_eq!((left, upper()), (u64::MAX, 0));
    }

    #[test]
    fn the_hosts_flush_to_zero_is_lifted_and_put_back() {
        let half = || black_box(f64::MIN_POSITIVE) * black_box(0.5);
        word::set(word::IEEE | word::FLUSH_TO_ZERO);
        let flushed = half();
        let kept = {
            let _mode = FloatMode::ieee();
            half()
        };
        let again = word::get();
        word::set(word::IEEE);
        assert_eq!(flushed, 0.0);
        assert!(kept > 0.0);
        assert_eq!(again & word::FLUSH_TO_ZERO, word::FLUSH_TO_ZERO);
    }
}
