//! The processor of this machine, as LLVM sees it, and how much of its vectors is used.

use sdec_codegen::CodegenError;

use crate::ffi;

/// Bits of a vector register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 128 bits.
    W128,
    /// 256 bits.
    W256,
    /// 512 bits.
    W512,
}

/// All widths, narrowest first.
pub const WIDTHS: [Width; 3] = [Width::W128, Width::W256, Width::W512];

impl Width {
    /// How many bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::W128 => 128,
            Self::W256 => 256,
            Self::W512 => 512,
        }
    }
}

/// What code is made for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `x86_64-pc-linux-gnu`
    pub(crate) triple: String,
    /// `znver5`
    pub(crate) cpu: String,
    /// `+avx2,-avx512f,…`
    pub(crate) features: String,
    /// No wider than the processor's.
    pub(crate) width: Width,
}

impl Target {
    /// This machine, with its widest vectors if nothing else is asked for.
    ///
    /// # Errors
    ///
    /// [`CodegenError::Host`] if LLVM does not know the processor or it has no vectors so wide.
    pub(crate) fn host(width: Option<Width>) -> Result<Self, CodegenError> {
        let host = ffi::host().map_err(CodegenError::Host)?;
        let widest = widest(&host.features);
        let width = width.unwrap_or(widest);
        if width > widest {
            let (asked, had) = (width.bits(), widest.bits());
            let why = format!("its vectors have {had} bits, and {asked} are asked for");
            return Err(CodegenError::Host(why));
        }
        Ok(Self { triple: host.triple, cpu: host.cpu, features: host.features, width })
    }

    /// What the object depends on, besides the text that is compiled.
    pub(crate) fn describe(&self) -> String {
        let Self { triple, cpu, features, width } = self;
        let passes = ffi::PASSES.to_string_lossy();
        format!("{triple} {cpu} {features} {} llvm {} {passes}", width.bits(), ffi::version())
    }
}

fn widest(features: &str) -> Width {
    let has = |wanted: &str| features.split(',').any(|feature| feature == wanted);
    if has("+avx512f") && has("+avx512vl") && has("+avx512dq") {
        Width::W512
    } else if has("+avx2") && has("+fma") {
        Width::W256
    } else {
        Width::W128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_decide_the_width() {
        assert_eq!(widest("+sse2,-avx2,-avx512f"), Width::W128);
        assert_eq!(widest("+avx,+avx2,+fma,-avx512f"), Width::W256);
        assert_eq!(widest("+avx2,+fma,+avx512f,+avx512dq,+avx512vl"), Width::W512);
    }

    #[test]
    fn vectors_wider_than_the_processors_are_refused() {
        let target = Target::host(None).unwrap();
        for width in WIDTHS {
            assert_eq!(Target::host(Some(width)).is_ok(), width <= target.width);
        }
    }
}
