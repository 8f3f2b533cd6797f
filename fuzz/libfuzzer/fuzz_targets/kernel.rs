//! Fuzzes [`Target::Kernel`].
#![no_main]

use sdec_fuzz::holds::Target;

sdec_libfuzzer::target!(Target::Kernel);
