//! The name that was probably meant.

/// The nearest of `names` to `written`, if it is near: at most one edit, of six letters and more two, a swap
/// counting as one. The first of several equally near ones.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = written.chars().count();
    let most = if letters < 6 { 1 } else { 2 };
    names
        .into_iter()
        .filter(|name| *name != written)
        .filter_map(|name| {
            let distance = strsim::osa_distance(written, name);
            let near = (distance <= most && distance < letters).then_some(distance);
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
        "Gaussian" | "gaussian" => "Normal",
        "inv" => "inverse",
        "len" | "length" | "numel" => "dim",
        "interp" | "interp1d" | "approxfun" | "LinearInterpolation" => "linear",
        "ConstantInterpolation" | "ffill" | "locf" => "hold",
        "CubicSpline" | "splinefun" => "hermite",
        "dropna" | "na.omit" | "skipmissing" => "present",
        "fillna" | "coalesce" | "getOrElse" => "or_else",
        "concat" | "concatenate" | "append" | "hcat" | "vcat" => "cat",
        "arange" => "linspace",
        "expit" => "sigmoid",
        "fabs" => "abs",
        "identity" => "eye",
        "euler_maruyama" | "EulerMaruyama" | "Euler" | "EM" | "em" => "euler",
        "RKMil" | "ItoMilstein" => "milstein",
        "ode45" | "rk45" | "dopri5" | "Tsit5" | "RK45" | "Dopri5" | "DP5" => "tsit5",
        _ => return None,
    })
}

/// How what has this name elsewhere is said here.
pub(crate) fn otherwise(written: &str) -> Option<&'static str> {
    Some(match written {
        "print" | "println" | "show" | "display" => {
            "a value on a line of its own is shown; nothing prints it"
        }
        "randn" | "rand" | "rnorm" | "random" => {
            "what is random has a law, as in  init x ~ Normal(0, 1)"
        }
        "pow" => "a power, as in  x ^ 2",
        "matmul" | "mm" => "a product of matrices, as in  A @ B",
        "where" | "ifelse" | "ifthenelse" => "a choice, as in  if x > 0 then x else 0",
        "isnan" => "what is no number is not equal to itself, as in  x != x",
        "E" | "Expectation" | "expectation" => {
            "the value of an estimate is a mean over its paths, as in  value = x(1)"
        }
        _ => return None,
    })
}

/// What a setting of another tool is here.
pub(crate) enum Foreign {
    /// Another name of a setting.
    Called(&'static str),
    /// Part of another setting: where it is written.
    Within(&'static str),
}

/// The setting that was meant in a block of the kind `block`.
pub(crate) fn foreign_setting(written: &str, block: &str) -> Option<Foreign> {
    let called = Foreign::Called;
    Some(match (written, block) {
        ("ts" | "t" | "tspan" | "t_eval" | "saveat" | "time", "sample") => called("times"),
        ("batch_size", "fit") => called("batch"),
        (
            "batch_size" | "trajectories" | "n_paths" | "num_paths" | "samples" | "n_samples"
            | "num_samples" | "n",
            "sample" | "estimate",
        ) => called("paths"),
        ("method" | "alg" | "algorithm" | "integrator", _) => called("solver"),
        (
            "dt" | "h" | "step" | "step_size" | "stepsize" | "rtol" | "atol" | "reltol" | "abstol",
            _,
        ) => Foreign::Within("the method has its steps, as in  solver = euler(dt = 0.01)"),
        (
            "lr" | "learning_rate" | "steps" | "iterations" | "epochs" | "iter" | "maxiters",
            "fit",
        ) => Foreign::Within(
            "the optimiser has its steps, as in  optimizer = adam(lr = 0.01, steps = 500)",
        ),
        ("loss", "fit") => called("objective"),
        ("init" | "inits" | "p0" | "x0" | "initial" | "start_values", "fit") => Foreign::Within(
            "start values stand where parameters are declared, as in  param k : Positive = 2",
        ),
        ("fixed" | "freeze" | "frozen", "fit") => called("fix"),
        ("chains" | "draws" | "tune" | "n_chains", "fit") => Foreign::Within(
            "a fit finds one set of parameters, as in  objective = map, and their standard errors",
        ),
        ("greeks" | "grad" | "derivatives" | "sensitivities", "estimate") => called("wrt"),
        ("optimiser", "fit") => called("optimizer"),
        ("validation_split", "fit") => called("holdout"),
        ("payoff" | "expectation", "estimate") => called("value"),
        ("random_seed" | "rng" | "key", _) => called("seed"),
        ("t0", _) => called("start"),
        ("out" | "output" | "file", "sample") => called("save"),
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
