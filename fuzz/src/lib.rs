//! Texts that nobody would write, and what must hold of every text all the same.
//!
//! [`holds`] has one function for each reader: it panics where the reader breaks a promise. Texts
//! come from the programs of the repository ([`seeds`]), changed by pieces of their trees
//! ([`splice()`]) or word by word ([`scramble`]), and from [`write`](mod@write), which makes whole
//! programs. `libfuzzer/` runs the same functions under the guidance of coverage; the tests of this
//! crate run them for some seconds, beginning with every text that once broke one.

#![expect(clippy::unwrap_used, reason = "a mistake in the tests may end them")]

pub mod disturb;
pub mod holds;
mod pieces;
pub mod random;
mod scramble;
pub mod seeds;
mod splice;
pub mod write;

pub use random::Random;
pub use scramble::scramble;
pub use splice::{Donor, splice};

use holds::Target;

/// A text for `target`, made from one of `donors` or anew.
pub fn text(target: Target, donors: &[Donor], random: &mut Random) -> String {
    let words = match target {
        Target::Read | Target::Parse => 2,
        Target::Check | Target::Format => 12,
        Target::Ssa | Target::Kernel => 1,
    };
    if donors.is_empty() || target == Target::Format && random.once_in(3) {
        return write::program(random);
    }
    let donor = &donors[random.below(donors.len())];
    if random.once_in(words) {
        scramble(&donor.text, random)
    } else if target == Target::Read {
        donor.changed(donors, random)
    } else {
        splice(&donor.text, donors, random)
    }
}
