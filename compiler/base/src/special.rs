//! Functions of one number beyond the elementary ones: their names, for all representations.

/// Declares the functions, each with its word in programs and in the texts of all representations.
macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// A function of one number that is carried through every representation and replaced by
        /// its formula (`codegen::math`) before a backend sees it.
        ///
        /// All are smooth wherever they are finite; their derivatives are rows of
        /// `ad::rules::special`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Special {
            $($(#[$doc])* $variant,)*
        }

        impl Special {
            /// Every function, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

functions! {
    /// `exp(x) - 1`
    Expm1 "expm1",
    /// `log(1 + x)`
    Log1p "log1p",
    /// `tan x`, radians
    Tan "tan",
    /// `sinh x`
    Sinh "sinh",
    /// `cosh x`
    Cosh "cosh",
    /// `arctan x`, in (-π/2, π/2)
    Atan "atan",
    /// `1 / (1 + exp(-x))`
    Sigmoid "sigmoid",
    /// `log(1 + exp x)`
    Softplus "softplus",
    /// `x / (1 + exp(-x))`
    Silu "silu",
    /// The standard normal distribution function
    NormalCdf "normal_cdf",
    /// Its inverse, on [0, 1]
    NormalQuantile "normal_quantile",
    /// `log |Γ(x)|`
    Lgamma "lgamma",
    /// The derivative of `log Γ`
    Digamma "digamma",
    /// The second derivative of `log Γ`
    Trigamma "trigamma",
}

impl Special {
    /// The function with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }
}
