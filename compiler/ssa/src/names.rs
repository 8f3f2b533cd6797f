//! The words of the text format, in one place for printing and parsing.

use sdec_base::Special;

use crate::{Binary, Compare, DrawLaw, Extremum, Scalar, Unary};

/// Declares `ALL` and `name` of an enumeration of words, of which one variant may hold
/// those of another.
macro_rules! words {
    ($ty:ident $(and $nested:ident)? { $($variant:ident => $word:literal,)* }) => {
        impl $ty {
            /// Every variant of its own, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it in the text format.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    $(Self::$nested(function) => function.name(),)?
                }
            }

            /// The variant with this word.
            pub fn from_name(name: &str) -> Option<Self> {
                let own = Self::ALL.iter().copied().find(|variant| variant.name() == name);
                $(let own = own.or_else(|| $nested::from_name(name).map(Self::$nested));)?
                own
            }
        }
    };
}

words! { Scalar {
    F64 => "f64",
    F32 => "f32",
    I64 => "i64",
    Bool => "bool",
} }

words! { Unary and Special {
    Neg => "neg",
    Abs => "abs",
    Sqrt => "sqrt",
    Exp => "exp",
    Log => "log",
    Sin => "sin",
    Cos => "cos",
    Tanh => "tanh",
    Erf => "erf",
    Erfc => "erfc",
    Floor => "floor",
    Sign => "sign",
    StopGradient => "stop_gradient",
    Not => "not",
} }

words! { Binary {
    Add => "add",
    Sub => "sub",
    Mul => "mul",
    Div => "div",
    Pow => "pow",
    Atan2 => "atan2",
    Max => "max",
    Min => "min",
    And => "and",
    Or => "or",
} }

words! { Compare {
    Eq => "eq",
    Ne => "ne",
    Lt => "lt",
    Le => "le",
    Gt => "gt",
    Ge => "ge",
} }

words! { Extremum {
    Max => "largest",
    Min => "smallest",
} }

words! { DrawLaw {
    Normal => "normal",
    Uniform => "uniform",
} }
