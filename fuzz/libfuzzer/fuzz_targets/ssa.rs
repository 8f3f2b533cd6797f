//! Fuzzes [`Target::Ssa`].
#![no_main]

use sdec_fuzz::holds::Target;

sdec_libfuzzer::target!(Target::Ssa);
