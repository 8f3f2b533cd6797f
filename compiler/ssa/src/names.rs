//! The words of the text format, in one place for printing and parsing.

use crate::{Binary, Compare, DrawLaw, Extremum, Scalar, Unary};

/// Declares `ALL` and `name` of an enumeration of plain words.
macro_rules! words {
    ($ty:ident { $($variant:ident => $word:literal,)* }) => {
        impl $ty {
            /// Every variant, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it in the text format.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The variant with this word.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.name() == name)
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

words! { Unary {
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
