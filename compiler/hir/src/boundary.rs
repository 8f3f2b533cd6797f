//! What becomes of a path whose state leaves its support: a step of a method knows nothing of supports.

/// The setting `boundary`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boundary {
    /// The path stops.
    #[default]
    Error,
    /// The state is put at the end of its support.
    Truncate,
    /// The state is mirrored at the end of its support.
    Reflect,
    /// The state stays at the end of its support from then on.
    Absorb,
}

impl Boundary {
    /// All of them; the first is the default.
    pub const ALL: [Self; 4] = [Self::Error, Self::Truncate, Self::Reflect, Self::Absorb];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Truncate => "truncate",
            Self::Reflect => "reflect",
            Self::Absorb => "absorb",
        }
    }
}
