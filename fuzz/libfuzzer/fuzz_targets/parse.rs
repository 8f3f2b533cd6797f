//! Fuzzes [`Target::Parse`].
#![no_main]

use sdec_fuzz::holds::Target;

sdec_libfuzzer::target!(Target::Parse);
