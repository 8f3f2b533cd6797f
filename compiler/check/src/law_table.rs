//! The laws: names, parameters, and what their draws are made of.

use sdec_hir::BaseLaw;

/// A law of numbers that can be drawn.
pub(crate) struct Law {
    /// As written.
    pub(crate) name: &'static str,
    /// What its functions in the library begin with.
    pub(crate) prefix: &'static str,
    /// What a draw of it is made of.
    pub(crate) base: BaseLaw,
    /// Its parameters: name, and whether it must be positive.
    pub(crate) params: &'static [(&'static str, bool)],
}

const fn law(
    name: &'static str,
    prefix: &'static str,
    base: BaseLaw,
    params: &'static [(&'static str, bool)],
) -> Law {
    Law { name, prefix, base, params }
}

const MEAN: (&str, bool) = ("mean", false);
const SD: (&str, bool) = ("sd", true);
const LOCATION: (&str, bool) = ("location", false);
const SCALE: (&str, bool) = ("scale", true);
const SHAPE: (&str, bool) = ("shape", true);
const RATE: (&str, bool) = ("rate", true);

/// The laws that can be drawn. All but the first three by inversion: one uniform number a draw.
pub(crate) const LAWS: &[Law] = &[
    law("Normal", "normal", BaseLaw::Normal, &[MEAN, SD]),
    law("LogNormal", "lognormal", BaseLaw::Normal, &[MEAN, SD]),
    law("HalfNormal", "halfnormal", BaseLaw::Normal, &[SD]),
    law("Uniform", "uniform", BaseLaw::Uniform, &[("low", false), ("high", false)]),
    law("Exponential", "exponential", BaseLaw::Uniform, &[RATE]),
    law("Laplace", "laplace", BaseLaw::Uniform, &[LOCATION, SCALE]),
    law("Cauchy", "cauchy", BaseLaw::Uniform, &[LOCATION, SCALE]),
    law("Logistic", "logistic", BaseLaw::Uniform, &[LOCATION, SCALE]),
    law("HalfCauchy", "halfcauchy", BaseLaw::Uniform, &[SCALE]),
    law("Weibull", "weibull", BaseLaw::Uniform, &[SHAPE, SCALE]),
    law("Gamma", "gamma", BaseLaw::Uniform, &[SHAPE, RATE]),
    law("InverseGamma", "inversegamma", BaseLaw::Uniform, &[SHAPE, SCALE]),
    law("Beta", "beta", BaseLaw::Uniform, &[("a", true), ("b", true)]),
    law("StudentT", "studentt", BaseLaw::Uniform, &[("dof", true), LOCATION, SCALE]),
    law("Bernoulli", "bernoulli", BaseLaw::Uniform, &[("probability", false)]),
    law("Poisson", "poisson", BaseLaw::Uniform, &[RATE]),
    law("Binomial", "binomial", BaseLaw::Uniform, &[("number", true), ("probability", false)]),
];

/// The initialisers that draw every number of a parameter from one law.
pub(crate) const INITIALISERS: &[Law] = &[
    law("normal", "normal", BaseLaw::Normal, &[MEAN, SD]),
    law("uniform", "uniform", BaseLaw::Uniform, &[("low", false), ("high", false)]),
];

/// Laws that are designed but cannot be drawn yet.
pub(crate) const UNBUILT: &[&str] = &[
    "MultiNormal",
    "Categorical",
    "NegBinomial",
    "PoissonProcess",
    "Dirichlet",
    "LKJ",
    "Censored",
    "Truncated",
    "Mixture",
    "RelaxedBernoulli",
];

/// What a parameter is called in messages.
pub(crate) fn called(param: &'static str) -> &'static str {
    match param {
        "sd" => "standard deviation",
        "dof" => "number of degrees of freedom",
        other => other,
    }
}
