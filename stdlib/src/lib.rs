//! The standard library: ordinary `.sde` files, embedded.
//!
//! Intrinsics are declared here (`= intrinsic("exp")`) and nowhere else; the compiler knows no
//! function of the library by its name, except the formulas of the laws and of the densities that it has a syntax for.

/// Names and texts in the order in which they are read.
pub const FILES: &[(&str, &str)] = &[
    ("prelude.sde", include_str!("../prelude.sde")),
    ("linalg.sde", include_str!("../linalg.sde")),
    ("special.sde", include_str!("../special.sde")),
    ("laws.sde", include_str!("../laws.sde")),
    ("tails.sde", include_str!("../tails.sde")),
    ("joint.sde", include_str!("../joint.sde")),
    ("compound.sde", include_str!("../compound.sde")),
    ("nets.sde", include_str!("../nets.sde")),
    ("series.sde", include_str!("../series.sde")),
    ("laplace.sde", include_str!("../laplace.sde")),
    ("transitions.sde", include_str!("../transitions.sde")),
    ("filters.sde", include_str!("../filters.sde")),
    ("methods/euler.sde", include_str!("../methods/euler.sde")),
    ("methods/heun.sde", include_str!("../methods/heun.sde")),
    ("methods/midpoint.sde", include_str!("../methods/midpoint.sde")),
    ("methods/milstein.sde", include_str!("../methods/milstein.sde")),
    ("methods/reversible_heun.sde", include_str!("../methods/reversible_heun.sde")),
    ("methods/rk4.sde", include_str!("../methods/rk4.sde")),
    ("methods/tsit5.sde", include_str!("../methods/tsit5.sde")),
];

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn every_file_ends_in_a_newline_and_has_no_tabs() {
        for (name, text) in FILES {
            assert!(text.ends_with('\n') && !text.contains('\t'), "{name}");
        }
    }
}
