//! The name that was probably meant.

/// The nearest of `names` to `written`, if it is near: at most two edits, a swap counting as one,
/// and fewer edits than letters. The first of several equally near ones.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = written.chars().count();
    names
        .into_iter()
        .filter(|name| *name != written)
        .filter_map(|name| {
            let distance = strsim::osa_distance(written, name);
            let near = (distance <= 2 && distance < letters).then_some(distance);
            let near = if written.to_lowercase() == name.to_lowercase() { Some(0) } else { near };
            let sound = greek_distance(written, name);
            Some((near.into_iter().chain(sound).min()?, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The distance between `sigma` and `σ`, or `Θ` and `θ`: between names of Greek letters, one of
/// which is written as a letter. Names that short are near only if they are the same.
fn greek_distance(a: &str, b: &str) -> Option<usize> {
    let (long_a, long_b) = (spelled(a)?, spelled(b)?);
    if long_a == a.to_lowercase() && long_b == b.to_lowercase() {
        return None;
    }
    let both_letters = long_a != a.to_lowercase() && long_b != b.to_lowercase();
    let most = if both_letters || long_a.len() < 5 || long_b.len() < 5 { 0 } else { 1 };
    Some(strsim::osa_distance(&long_a, &long_b)).filter(|distance| *distance <= most)
}

/// A name in Latin letters, small ones: `σ_x` is `sigma_x`. `None` where that cannot be said.
fn spelled(name: &str) -> Option<String> {
    let mut out = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match GREEK.iter().find(|(greek, _)| *greek == letter) {
            Some((_, word)) => out.push_str(word),
            None if letter.is_ascii() => out.push(letter),
            None => return None,
        }
    }
    Some(out)
}

/// Greek letters and their names.
const GREEK: &[(char, &str)] = &[
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('φ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
];

/// What names of other languages and libraries are called here.
pub(crate) fn elsewhere(written: &str) -> Option<&'static str> {
    Some(match written {
        "ln" => "log",
        "double" | "float" | "float64" | "float32" | "f64" | "f32" => "Float",
        "real" | "Number" => "Real",
        "integer" | "int64" | "Integer" => "Int",
        "bool" | "boolean" | "Boolean" => "Bool",
        "Probability" => "Unit",
        "Gaussian" | "gaussian" | "randn" => "Normal",
        "euler_maruyama" | "EulerMaruyama" | "em" => "euler",
        "ode45" | "rk45" | "dopri5" | "tsit5" | "Tsit5" | "RK45" => "rk4",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_swap_of_letters_is_one_edit() {
        assert_eq!(nearest("sigam", ["mu", "sigma"]), Some("sigma"));
    }

    #[test]
    fn short_names_are_not_near_everything() {
        assert_eq!(nearest("x", ["abc", "ab"]), None);
        assert_eq!(nearest("lambda", ["mu", "sigma"]), None);
    }

    #[test]
    fn greek_letters_are_near_their_names() {
        assert_eq!(nearest("sigma", ["sign", "σ"]), Some("σ"));
        assert_eq!(nearest("sgima", ["μ", "σ"]), Some("σ"));
        assert_eq!(nearest("Θ", ["μ", "θ"]), Some("θ"));
        assert_eq!(nearest("mu", ["ν"]), None);
    }
}
