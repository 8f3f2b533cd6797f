//! IEEE arithmetic for the length of a call. The one file of this crate that may write `unsafe`.
#![expect(unsafe_code, reason = "the control word is read and written by inline assembly")]

/// While it lives, this thread rounds to nearest and keeps subnormal numbers; then the host's mode
/// is back. Hosts set flush-to-zero, which would change results.
///
/// On processors other than x86-64 the host's mode is left as it is.
#[derive(Debug)]
pub struct FloatMode {
    #[cfg(target_arch = "x86_64")]
    hosts: u32,
    // The mode belongs to the thread that set it.
    not_send: std::marker::PhantomData<*const ()>,
}

#[cfg(target_arch = "x86_64")]
mod word {
    use std::arch::asm;

    /// All exceptions masked, nearest even, no flush-to-zero, subnormal operands kept.
    pub(super) const IEEE: u32 = 0x1f80;

    pub(super) fn get() -> u32 {
        let mut word = 0_u32;
        // SAFETY: stores four bytes at `word`.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack, preserves_flags)) };
        word
    }

    pub(super) fn set(word: u32) {
        // SAFETY: loads four bytes from `word`; callers pass `IEEE`, which is what Rust assumes, or
        // what `get` returned.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, preserves_flags));
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl FloatMode {
    /// Sets IEEE arithmetic.
    pub fn ieee() -> Self {
        let hosts = word::get();
        word::set(word::IEEE);
        Self { hosts, not_send: std::marker::PhantomData }
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl FloatMode {
    /// Leaves the mode as it is.
    pub fn ieee() -> Self {
        Self { not_send: std::marker::PhantomData }
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for FloatMode {
    fn drop(&mut self) {
        word::set(self.hosts);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use std::hint::black_box;

    use super::*;

    const FLUSH_TO_ZERO: u32 = 1 << 15;

    #[test]
    fn the_hosts_flush_to_zero_is_lifted_and_put_back() {
        let half = || black_box(f64::MIN_POSITIVE) * black_box(0.5);
        word::set(word::IEEE | FLUSH_TO_ZERO);
        let flushed = half();
        let kept = {
            let _mode = FloatMode::ieee();
            half()
        };
        let again = word::get();
        word::set(word::IEEE);
        assert_eq!(flushed, 0.0);
        assert!(kept > 0.0);
        assert_eq!(again & FLUSH_TO_ZERO, FLUSH_TO_ZERO);
    }
}
