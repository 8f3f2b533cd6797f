//! Fits and posteriors.

use sdec_base::{Diagnostic, Help, Span};

use super::{helped, labelled, meant, noted};

/// Cells of a column that say nothing.
#[derive(Clone, Debug)]
pub(crate) struct EmptyCells {
    /// The file.
    pub(crate) file: String,
    /// How many.
    pub(crate) count: u64,
    /// Where the first is.
    pub(crate) first: String,
}

/// What can be wrong with a fit or a posterior.
#[derive(Clone, Debug)]
pub(crate) enum InferenceError {
    /// `observe lynxs` where the data has `lynx`.
    NoColumn {
        name: String,
        data: String,
        columns: String,
        span: Span,
        similar: Option<(String, Span)>,
        shape: String,
    },
    /// An observation of another shape than its column.
    Dimension {
        name: String,
        observed: String,
        column: String,
        /// What the file stores: all of the column.
        stored: String,
        file: String,
        at: Span,
        span: Span,
        of: Span,
        /// The size of the net that makes it, and the one that the data have.
        width: Option<(Span, String)>,
    },
    /// `fit M(n = 3) to D` where the data have another number.
    SizeOfData { size: String, number: i64, found: i64, at: Span, span: Span },
    /// `per subjekt` where the rows of the data are subjects.
    PerOther { per: String, data: String, axis: Option<String>, span: Span },
    /// `objective = mle` of a parameter that has a law and one value a row.
    LawOfRows { name: String, declared: Span, setting: Span, joint: bool },
    /// `objective = laplace` without anything to integrate over.
    NothingPerRow { model: String, setting: Span },
    /// `objective = laplace` of a parameter `per` row that has no law.
    LawlessRows { name: String, declared: Span, setting: Span },
    /// A column with missing cells, observed as if it had none.
    Missing { name: String, at: Span, maybe: Span, span: Span, cells: Option<EmptyCells> },
    /// A stochastic equation observed with noise, whose likelihood is asked for.
    Integral { noise: Span, observed: Span, setting: Option<Span> },
    /// `mle(transition = exact)` of a drift that is not linear.
    NotLinear { model: String, drift: Span, state: String, setting: Span },
    /// `mle(transition = exact)` of a diffusion that changes along the path.
    NotFree { model: String, diffusion: Span, setting: Span },
    /// `fit M to D` without such data.
    NoData { written: String, span: Span, similar: Option<String> },
    /// `fit M`
    WithoutData { model: String, data: String, span: Span },
    /// A model that observes nothing.
    NothingObserved { name: String, declared: Span, span: Span },
    /// Data without a column of times, observed along the path.
    NoTimes { name: String, data: String, declared: Span, span: Span },
    /// A state that nothing shows, where all have to be seen.
    Hidden { name: String, declared: Span, span: Span },
    /// `observe y = z` of an equation without noise, at no time.
    NoRandomness { span: Span },
    /// `observe y at T = z` of a state whose start is no law.
    FixedStart { start: Span, span: Span },
    /// An argument of the objective that says nothing of this model.
    NoUse { setting: Span, why: &'static str },
    /// `fix = [θ]`
    FixedNames { span: Span },
    /// `fix = ["θθ"]`
    NoParameter { written: String, model: String, span: Span, similar: Option<String> },
    /// `mle(trace = exact)` with noise.
    TraceOfNoise { noise: Span, setting: Span },
    /// A posterior with a diffusion of its own.
    Diffusions { prior: Span, posterior: Span },
    /// A posterior whose equation leaves a noise of the prior out; where `_ dW` can be added.
    LacksNoise { noise: String, prior: Span, span: Span },
    /// A posterior whose equation has a noise that the prior's has not.
    MoreNoise { noise: String, prior: Span, span: Span },
    /// A posterior that restates a start that is fixed.
    PointStart { state: String, prior: Span, span: Span },
    /// A clause that no posterior can have.
    Clause { what: &'static str, model: String, span: Span },
    /// A posterior reads what its model observes without being given it; the end of its header.
    NotGiven { name: String, observed: Span, span: Span, header: (Span, bool) },
    /// `given` something that the model does not observe.
    NotObserved { name: String, model: String, span: Span, similar: Option<String> },
    /// `elbo(Q)` of something that is no posterior of the model.
    NoPosterior { written: String, model: String, span: Span, similar: Option<String> },
    /// `objective = f` of another model.
    OtherModel { name: String, of: String, model: String, declared: Span, span: Span },
    /// A posterior's equation for a state whose prior moves by the differential of another state alone.
    Follows { state: String, other: String, prior: Span, span: Span },
    /// A posterior that moves a state without noise.
    NoNoise { state: String, prior: Span, span: Span },
}

impl From<InferenceError> for Diagnostic {
    fn from(error: InferenceError) -> Self {
        match error {
            InferenceError::NoColumn { name, data, columns, span, similar, shape } => {
                let title = format!("`{name}` is not a column of `{data}`");
                let (near, place) = similar.unzip();
                let found = labelled(
                    Diagnostic::error("E0202", title, span),
                    place,
                    "did you mean this one?",
                )
                .label(span, "no column with this name");
                let rename = |near: String| {
                    Help::new(
                        "an observation is bound to the data column with the same name; rename it:",
                    )
                    .edit(span, near)
                };
                let from = near.clone().unwrap_or_else(|| name.clone());
                let or = if near.is_some() { "or " } else { "" };
                helped(found, near.map(rename))
                    .help(format!("{or}add a column, as in  {name} : {shape} from \"{from}\""))
                    .note(format!("`{data}` has: {columns}"))
            }
            InferenceError::Dimension {
                name,
                observed,
                column,
                stored,
                file,
                at,
                span,
                of,
                width,
            } => {
                let title = format!("`{name}` is observed as {observed} but the data has {column}");
                let found = Diagnostic::error("E0304", title, span)
                    .label(at, format!("{file} stores {stored}"))
                    .label(of, format!("each observation of {name} is {observed}"));
                match width {
                    Some((width, size)) => found
                        .label(width, "this fixes the width")
                        .help("make the net follow the data:")
                        .edit(width, size),
                    None => found.help("make the model follow the data, or name a part of the data"),
                }
            }
            InferenceError::SizeOfData { size, number, found, at, span } => {
                let title = format!("`{size}` is {number} but the data have {found}");
                Diagnostic::error("E0304", title, span)
                    .label(at, format!("{found} entries a row"))
                    .label(span, "another number")
                    .help(format!("leave it out: the data say what `{size}` is"))
            }
            InferenceError::PerOther { per, data, axis: Some(axis), span } => {
                let title = format!("the rows of `{data}` are not `{per}`");
                Diagnostic::error("E0211", title, span)
                    .label(span, "one value for each of what?")
                    .help(format!("the rows are `{axis}`:"))
                    .edit(span, axis)
            }
            InferenceError::PerOther { per: _, data, axis: None, span } => {
                Diagnostic::error("E0211", format!("`{data}` is one row"), span)
                    .label(span, "one value for each of what?")
                    .note("a single series is one row, however many times it has")
                    .help("leave `per` out: the parameter is the same at all times")
            }
            InferenceError::LawOfRows { name, declared, setting, joint: false } => {
                let title = format!("`mle` does not count the law of `{name}`");
                Diagnostic::error("E0413", title, setting)
                    .label(declared, "each row has its own, drawn from a law")
                    .label(setting, "which would let each row have any value at no cost")
                    .help("integrate over what each row has, as in  objective = laplace")
                    .help("or leave the law out: each row is fitted by itself")
            }
            InferenceError::LawOfRows { name, declared, setting, joint: true } => {
                let title = format!("the density of `{name}` grows without bound");
                Diagnostic::error("E0413", title, setting)
                    .label(declared, "the law of what each row has moves, too")
                    .label(setting, "which is ever higher as all rows become alike")
                    .help("integrate over what each row has, as in  objective = laplace")
                    .note("a scale has no joint mode with what it scales: where all are zero and so is the scale, the density is infinite")
            }
            InferenceError::NothingPerRow { model, setting } => {
                let title = format!("`{model}` has nothing to integrate over");
                Diagnostic::error("E0413", title, setting)
                    .label(setting, "an integral over what each row has for itself")
                    .help("say what that is, as in  param η : 3 => Float ~ Normal(0, ω) per subject")
            }
            InferenceError::LawlessRows { name, declared, setting } => {
                let title = format!("`{name}` has no law to integrate over");
                Diagnostic::error("E0413", title, setting)
                    .label(declared, "each row has its own, and any value is as good as another")
                    .label(setting, "an integral over what each row has")
                    .help(format!("give it one, as in  param {name} : … ~ Normal(0, ω) per …"))
            }
            InferenceError::Integral { noise, observed, setting } => {
                let title = "a stochastic equation that is observed with noise has no likelihood in closed form";
                Diagnostic::error("E0406", title, setting.unwrap_or(observed))
                    .label(noise, "paths are random …")
                    .label(observed, "… and what is seen of them is uncertain: the likelihood is an integral over paths")
                    .help("where errors of observation are small beside the noise, see the states without error, as in  observe y = x")
                    .help("where they are all there is, leave the noise out of the equations")
                    .note("`particle` and `elbo` estimate this integral: they are checked and described, and not run yet")
            }
            InferenceError::Missing { name, at, maybe, span, cells } => {
                let found = Diagnostic::error("E0601", format!("`{name}` may be Missing"), span)
                    .label(at, "an empty cell is Missing")
                    .label(span, "expects a number at every time")
                    .help("missing rows say nothing:")
                    .put_after(span, "?")
                    .help("missing rows are mistakes, and reading stops at the first one:")
                    .edit(maybe, "");
                noted(found, cells.map(|EmptyCells { file, count, first }| match count {
                    1 => format!("{file} has one empty cell in this column, at {first}"),
                    _ => format!("{file} has {count} empty cells in this column, the first at {first}"),
                }))
            }
            InferenceError::NotLinear { model, drift, state, setting } => {
                let title = format!("no closed-form transition density for `{model}`");
                Diagnostic::error("E0406", title, setting)
                    .label(drift, format!("not linear in {state}"))
                    .label(setting, "only for drifts linear in the state with state-free diffusion")
                    .help("local Gaussian approximation:")
                    .edit(setting, "euler")
                    .help("or of the drift linearised at each state:")
                    .edit(setting, "linearised")
            }
            InferenceError::NotFree { model, diffusion, setting } => {
                let title = format!("no closed-form transition density for `{model}`");
                Diagnostic::error("E0406", title, setting)
                    .label(diffusion, "this changes along the path")
                    .label(setting, "only for drifts linear in the state with state-free diffusion")
                    .help("local Gaussian approximation:")
                    .edit(setting, "euler")
            }
            InferenceError::NoData { written, span, similar } => meant(
                Diagnostic::error("E0211", format!("there is no data `{written}`"), span)
                    .label(span, "no `data` declaration has this name"),
                span,
                similar,
            ),
            InferenceError::WithoutData { model, data, span } => {
                let title = format!("nothing says to what `{model}` is fitted");
                Diagnostic::error("E0419", title, span)
                    .label(span, "no data are named")
                    .help(format!("name a `data` declaration, as in  fit {model} to {data}"))
            }
            InferenceError::NothingObserved { name, declared, span } => {
                let title = format!("`{name}` observes nothing that could be fitted");
                Diagnostic::error("E0419", title, span)
                    .label(declared, "no `observe` in this model")
                    .label(span, "… so that data say nothing of its parameters")
                    .help("say how a column arises, as in  observe y ~ Normal(x, σ)")
            }
            InferenceError::NoTimes { name, data, declared, span } => {
                let title = format!("nothing says when `{name}` was observed");
                Diagnostic::error("E0419", title, span)
                    .label(declared, "no column of this data is declared as Time")
                    .help(format!("declare the times of `{data}`, as in  t : day => Time"))
                    .help(format!("or say it in the model, as in  observe {name} at 1.0 ~ …"))
            }
            InferenceError::Hidden { name, declared, span } => {
                let title = format!("`{name}` is not observed");
                Diagnostic::error("E0406", title, span)
                    .label(declared, "this state has noise or drives others …")
                    .label(span, "… and a transition density needs all states at each time")
                    .note("the likelihood of a partly observed stochastic equation is an integral over its paths")
            }
            InferenceError::NoRandomness { span } => {
                Diagnostic::error("E0407", "nothing is random here", span)
                    .label(span, "seen without error, of an equation without noise")
                    .help("give the observation an error, as in  observe y ~ Normal(x, σ)")
                    .help("or a time, which makes the model a flow, as in  observe y at 1.0 = x")
            }
            InferenceError::FixedStart { start, span } => {
                Diagnostic::error("E0407", "a flow starts from a law", span)
                    .label(start, "but this start is one point")
                    .label(span, "seen without error at one time: change of variables")
                    .help("draw the start, as in  init z ~ Normal(0, 1)")
            }
            InferenceError::NoUse { setting, why } => {
                Diagnostic::error("E0413", "this says nothing of this model", setting)
                    .label(setting, format!("the model {why}"))
            }
            InferenceError::FixedNames { span } => {
                Diagnostic::error("E0413", "`fix` is a list of names in quotes", span)
                    .label(span, "no text")
                    .help("as in  fix = [\"θ\"]")
            }
            InferenceError::NoParameter { written, model, span, similar } => meant(
                Diagnostic::error("E0211", format!("`{written}` is no parameter of `{model}`"), span)
                    .label(span, "no parameter has this name"),
                span,
                similar,
            ),
            InferenceError::TraceOfNoise { noise, setting } => {
                Diagnostic::error("E0407", "`trace = exact` is for ODEs", setting)
                    .label(noise, "but this model is stochastic")
                    .label(setting, "change of variables along a deterministic flow")
                    .help("drop the noise")
                    .help("or see all states along the path, whose transitions have densities, as in  observe y = x")
            }
            InferenceError::Diffusions { prior, posterior } => {
                let title = "prior and posterior diffuse differently: their KL is infinite";
                Diagnostic::error("E0501", title, posterior)
                    .label(prior, "the prior diffuses with this")
                    .label(posterior, "the posterior diffuses with this")
                    .help("write `_` for the diffusion, it means “the prior's”:")
                    .edit(posterior, "_")
                    .note("by Girsanov, two path laws are comparable only if they have the same diffusion; otherwise every path tells them apart")
            }
            InferenceError::LacksNoise { noise, prior, span } => {
                let title = "prior and posterior diffuse differently: their KL is infinite";
                Diagnostic::error("E0501", title, span)
                    .label(prior, format!("the prior is driven by d{noise}"))
                    .label(span, "the posterior is not")
                    .help("add the prior's diffusion, which is written `_`:")
                    .put_after(span, format!(" + _ d{noise}"))
                    .note("by Girsanov, two path laws are comparable only if they have the same diffusion; otherwise every path tells them apart")
            }
            InferenceError::MoreNoise { noise, prior, span } => {
                let title = "prior and posterior diffuse differently: their KL is infinite";
                Diagnostic::error("E0501", title, span)
                    .label(prior, format!("the prior has no d{noise} here"))
                    .label(span, "a noise of the posterior alone")
                    .help("leave this term out")
                    .note("by Girsanov, two path laws are comparable only if they have the same diffusion; otherwise every path tells them apart")
            }
            InferenceError::PointStart { state, prior, span } => {
                Diagnostic::error("E0502", "the posterior moves a start that is fixed", span)
                    .label(prior, format!("the prior starts {state} at one point …"))
                    .label(span, "… so that no other start has any probability")
                    .help(format!("delete this `init`: {state} starts where its prior does"))
                    .help("or let the prior draw it, as in  init x ~ Normal(0, 1)")
            }
            InferenceError::Clause { what, model, span } => {
                let title = format!("a posterior declares no {what}");
                Diagnostic::error("E0502", title, span)
                    .label(span, format!("its paths are those of `{model}`"))
                    .help(format!("declare it in `{model}`"))
                    .note("a posterior may add parameters, nets, `let`s and functions, and restate `init`s and equations")
            }
            InferenceError::NotGiven { name, observed, span, header } => {
                let (at, more) = header;
                let given = if more { format!(", {name}") } else { format!(" given {name}") };
                let title = format!("this posterior is not given `{name}`");
                Diagnostic::error("E0201", title, span)
                    .label(observed, "the model observes it …")
                    .label(span, "… but a posterior sees only what stands after `given`")
                    .help("say that it sees it:")
                    .put_after(at, given)
            }
            InferenceError::NotObserved { name, model, span, similar } => meant(
                Diagnostic::error("E0211", format!("`{model}` does not observe `{name}`"), span)
                    .label(span, "a posterior is given observations of its model"),
                span,
                similar,
            ),
            InferenceError::NoPosterior { written, model, span, similar } => {
                let title = format!("`{written}` is no posterior of `{model}`");
                let found = Diagnostic::error("E0211", title, span)
                    .label(span, "the bound of the likelihood is taken under a posterior");
                match similar {
                    Some(_) => meant(found, span, similar),
                    None => found.help(format!("declare one, as in  posterior {written} of {model}")),
                }
            }
            InferenceError::OtherModel { name, of, model, declared, span } => {
                let title = format!("`{name}` is an objective of `{of}`");
                Diagnostic::error("E0211", title, span)
                    .label(declared, "declared here")
                    .label(span, format!("but this is a fit of `{model}`"))
            }
            InferenceError::Follows { state, other, prior, span } => {
                let title = format!("the posterior moves `{state}`, which only follows `{other}`");
                Diagnostic::error("E0502", title, span)
                    .label(prior, format!("… whose prior has no noise but that of d{other}"))
                    .label(span, format!("a new drift for {state} …"))
                    .help(format!(
                        "delete this equation: {state} follows its prior, in which d{other} is what the posterior says of {other}"
                    ))
                    .note(format!("every path of the prior has this relation of d{state} and d{other}, and so must every path of the posterior: else KL(Q, P) is infinite"))
            }
            InferenceError::NoNoise { state, prior, span } => {
                Diagnostic::error("E0502", "the posterior moves a state that has no noise", span)
                    .label(prior, "… whose prior has no dW term to absorb the difference")
                    .label(span, format!("a new drift for {state} …"))
                    .help(format!(
                        "delete this equation: {state} follows its prior, and the posterior steers it through the states with noise"
                    ))
                    .note("KL(Q, P) = ½ ∫ |g⁻¹(f_Q − f_P)|² dt, and here g = 0")
            }
        }
    }
}
