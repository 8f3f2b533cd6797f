//! The laws: names, parameters, and what their draws are made of.

use sdec_hir::BaseLaw;

/// What a law is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A number, any.
    Number,
    /// A whole number.
    Count,
    /// Several numbers at once, or an index: the library's functions say which.
    Joint,
    /// A number, from other laws.
    Compound,
}

/// A law.
pub(crate) struct Law {
    /// As written.
    pub(crate) name: &'static str,
    /// What its functions in the library begin with.
    pub(crate) prefix: &'static str,
    /// What it is of.
    pub(crate) form: Form,
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
    Law { name, prefix, form: Form::Number, base, params }
}

const fn of(form: Form, law: Law) -> Law {
    Law { form, ..law }
}

const MEAN: (&str, bool) = ("mean", false);
const SD: (&str, bool) = ("sd", true);
const LOCATION: (&str, bool) = ("location", false);
const SCALE: (&str, bool) = ("scale", true);
const SHAPE: (&str, bool) = ("shape", true);
const RATE: (&str, bool) = ("rate", true);
const PROBABILITY: (&str, bool) = ("probability", false);

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
    law(
        "RelaxedBernoulli",
        "relaxedbernoulli",
        BaseLaw::Uniform,
        &[PROBABILITY, ("temperature", true)],
    ),
    of(Form::Count, law("Bernoulli", "bernoulli", BaseLaw::Uniform, &[PROBABILITY])),
    of(Form::Count, law("Poisson", "poisson", BaseLaw::Uniform, &[RATE])),
    of(
        Form::Count,
        law("Binomial", "binomial", BaseLaw::Uniform, &[("number", true), PROBABILITY]),
    ),
    of(
        Form::Count,
        law(
            "NegBinomial",
            "negbinomial",
            BaseLaw::Uniform,
            &[("mean", true), ("dispersion", true)],
        ),
    ),
    of(Form::Joint, law("MultiNormal", "multinormal", BaseLaw::Normal, &[MEAN, ("chol", false)])),
    of(Form::Joint, law("Dirichlet", "dirichlet", BaseLaw::Uniform, &[("concentration", true)])),
    of(Form::Joint, law("LKJ", "lkj", BaseLaw::Normal, &[SHAPE])),
    of(Form::Joint, law("Categorical", "categorical", BaseLaw::Uniform, &[("logits", false)])),
    of(
        Form::Compound,
        law(
            "Truncated",
            "truncated",
            BaseLaw::Uniform,
            &[("law", false), ("low", false), ("high", false)],
        ),
    ),
    of(
        Form::Compound,
        law(
            "Censored",
            "censored",
            BaseLaw::Uniform,
            &[("law", false), ("low", false), ("high", false)],
        ),
    ),
    of(
        Form::Compound,
        law("Mixture", "mixture", BaseLaw::Uniform, &[("weights", false), ("laws", false)]),
    ),
];

/// The initialisers that draw every number of a parameter from one law.
pub(crate) const INITIALISERS: &[Law] = &[
    law("normal", "normal", BaseLaw::Normal, &[MEAN, SD]),
    law("uniform", "uniform", BaseLaw::Uniform, &[("low", false), ("high", false)]),
];

/// Laws that are designed but cannot be drawn yet.
pub(crate) const UNBUILT: &[&str] = &["PoissonProcess"];

/// What a parameter is called in messages.
pub(crate) fn called(param: &'static str) -> &'static str {
    match param {
        "sd" => "standard deviation",
        "dof" => "number of degrees of freedom",
        other => other,
    }
}
