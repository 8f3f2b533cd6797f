//! Posteriors, jumps, and commands that are understood and described but not run yet.

use sdec_base::{Diagnostic, Span};

use crate::{BaseLaw, Expr, Instance, LocalId, Model, ModelId};

/// Something that is understood and described, but not run yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// In the singular, as the subject of a sentence.
    pub construct: String,
    /// Where it is used.
    pub span: Span,
    /// What can be done instead.
    pub instead: Option<String>,
}

impl From<&Unbuilt> for Diagnostic {
    fn from(unbuilt: &Unbuilt) -> Self {
        let title = format!("{} cannot be run yet", unbuilt.construct);
        let found = Diagnostic::error("E0901", title, unbuilt.span)
            .label(unbuilt.span, "`sdec check` understands this, but nothing is built from it yet");
        match &unbuilt.instead {
            Some(instead) => found.help(instead.clone()),
            None => found,
        }
    }
}

/// A command that is understood and described, but not run yet.
#[derive(Clone, Debug)]
pub struct Planned {
    /// `sample`, `estimate` or `fit`.
    pub word: &'static str,
    /// Its label.
    pub name: String,
    /// Its model.
    pub model: ModelId,
    /// Numbers of the model's sizes.
    pub instance: Instance,
    /// What will be built, in lines.
    pub says: Vec<String>,
    /// The declaration of the posterior that it is fitted with.
    pub posterior: Option<Span>,
    /// What keeps it from being run.
    pub unbuilt: Unbuilt,
}

/// `posterior Q of M given xs`
#[derive(Clone, Debug)]
pub struct Posterior {
    /// `Q`
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// `M`
    pub model: ModelId,
    /// What it is given, by name.
    pub given: Vec<LocalId>,
    /// The law of the same states: what it does not restate is the prior's, and every diffusion is.
    /// Its sizes and parameters are the prior's, then its own.
    pub law: Model,
    /// Where the posterior's own sizes, parameters and lets begin.
    pub own: [usize; 3],
    /// States whose start it restates.
    pub inits: Vec<LocalId>,
    /// States whose equation it restates.
    pub equations: Vec<LocalId>,
}

/// `objective f of M given x : τ`: a loss that is an average over draws.
#[derive(Clone, Debug)]
pub struct Loss {
    /// `f`
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// `M`
    pub model: ModelId,
    /// What it is given, by name.
    pub given: Vec<LocalId>,
    /// What its draws are made of, in order, and their names.
    pub draws: Vec<(BaseLaw, LocalId, String)>,
    /// The loss, which reads the draws.
    pub value: Expr,
}

/// `noise N : Poisson(λ)`: jumps at the times of a point process.
#[derive(Clone, Debug)]
pub struct Jump {
    /// How many jumps a step has, in an equation.
    pub increment: LocalId,
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// How many jumps a unit of time has on average; may read states.
    pub rate: Expr,
    /// The rate as written.
    pub written: String,
    /// What the rate stays below.
    pub bound: Option<Expr>,
    /// What is drawn at each jump, by name.
    pub marks: Vec<LocalId>,
}
