//! How a value depends on what is differentiated.

use sdec_base::Span;

/// How a value depends on one parameter.
///
/// | | `moves` | `kink` | `jump` |
/// |---|---|---|---|
/// | does not depend on it | no | | |
/// | smooth | yes | | |
/// | continuous with kinks | yes | ✓ | |
/// | discontinuous | yes | | ✓ |
/// | flat: piecewise constant | no | | ✓ |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Class {
    /// Whether the derivative can be other than zero.
    pub(crate) moves: bool,
    /// Where it has a kink, the first that was found.
    pub(crate) kink: Option<Flaw>,
    /// Where it jumps, the first that was found.
    pub(crate) jump: Option<Flaw>,
}

/// An expression that makes a value less than smooth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Its place in the user's program.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) what: What,
    /// As the user calls it: `max`, `if`, or the function of the library that contains it.
    pub(crate) name: String,
    /// Of an `if` between two numbers, these: what it is where the condition holds, and where not.
    pub(crate) sides: Option<[String; 2]>,
}

/// What makes a value less than smooth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An operation with a kink: `max`, `abs`.
    Kink,
    /// An operation that gives the same for all arguments between two jumps: `floor`, `argmax`.
    Flat,
    /// Which observation is next to a time.
    Lookup,
    /// `if` whose branches differ where the condition changes, or a comparison used as it is.
    Branch,
    /// The derivative of something with a kink.
    Derivative,
}

impl Class {
    /// Smooth.
    pub(crate) fn smooth() -> Self {
        Self { moves: true, kink: None, jump: None }
    }

    /// Whether it depends on the parameter at all.
    pub(crate) fn depends(&self) -> bool {
        self.moves || self.jump.is_some()
    }

    /// Whether it depends on the parameter by steps only.
    pub(crate) fn is_flat(&self) -> bool {
        !self.moves && self.jump.is_some()
    }

    /// The class of a smooth function of two values.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            moves: self.moves || other.moves,
            kink: self.kink.or(other.kink),
            jump: self.jump.or(other.jump),
        }
    }

    /// The class of a function with a kink, where it depends on the parameter.
    pub(crate) fn kinked(self, flaw: Flaw) -> Self {
        if self.moves { Self { kink: self.kink.or(Some(flaw)), ..self } } else { self }
    }

    /// The class of a piecewise constant function, where it depends on the parameter.
    pub(crate) fn flattened(self, flaw: Flaw) -> Self {
        let jump = if self.moves { self.jump.or(Some(flaw)) } else { self.jump };
        Self { moves: false, kink: None, jump }
    }

    /// What it is where its jumps are said to be none of the value's: a kink is left of them.
    pub(crate) fn joined_up(self) -> Self {
        if !self.moves {
            return self;
        }
        Self { moves: true, kink: self.kink.or(self.jump), jump: None }
    }

    /// The class of its derivative.
    pub(crate) fn differentiated(self) -> Self {
        let worse = |flaw: Flaw| Flaw { what: What::Derivative, ..flaw };
        Self { moves: self.moves, kink: None, jump: self.jump.or(self.kink.map(worse)) }
    }
}
