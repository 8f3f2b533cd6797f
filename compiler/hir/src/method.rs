//! Methods: what a file of `methods/` says, checked.

use sdec_base::Span;

use crate::{Convention, DefId, Gradient, Model, NoiseClass};

/// A method: its facts and its functions.
///
/// All functions are generic in the state's type `s` and the noise's `m`, which are the `types` of
/// each [`crate::Def`] in this order. They take `f : (Time, s) -> s`, the drift, and
/// `g : (Time, s, m) -> s`, the diffusion applied to an increment.
#[derive(Clone, Debug)]
pub struct Method {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
    /// What it integrates.
    pub convention: Convention,
    /// Orders.
    pub facts: MethodFacts,
    /// `start(f, g, t, y)`: what the first step is given as its carry `c`. The type of its body is the
    /// type of every carry.
    pub start: Option<DefId>,
    /// `step(f, g, t, h, y, w)`, or `step(f, g, t, h, c, y, w)` with a carry: from time `t` to `t + h`
    /// by the increment `w`. Each with the largest class of noise that it is for, smallest first.
    ///
    /// The result is the next state, or a record `{ y, carry, err }` of the next state, what the next
    /// step is given (of a method with a carry), and an estimate of the error of `y` (of a method with
    /// [`MethodFacts::embedded`]), in this order.
    pub steps: Vec<(NoiseClass, DefId)>,
    /// `back(f, g, t, h, c, y, w)`: undoes the step from `t` to `t + h`. Given the carry and the state
    /// after it, returns `{ y, carry }` before it.
    pub back: Option<DefId>,
}

/// Orders of convergence of a method.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MethodFacts {
    /// Strong order for general noise.
    pub strong: Option<f64>,
    /// Strong order for commutative noise.
    pub commutative: Option<f64>,
    /// Strong order for diagonal noise.
    pub diagonal: Option<f64>,
    /// Strong order for additive noise.
    pub additive: Option<f64>,
    /// Weak order.
    pub weak: Option<f64>,
    /// Order without noise; a method with no stochastic order is for ODEs only.
    pub ode: Option<f64>,
    /// Order without noise of the method that is embedded for the estimate of the error, of a method
    /// that can choose its steps.
    pub embedded: Option<f64>,
}

impl MethodFacts {
    /// Whether it has an order for any noise.
    pub fn is_stochastic(&self) -> bool {
        let strong = [self.strong, self.commutative, self.diagonal, self.additive];
        strong.iter().any(Option::is_some) || self.weak.is_some()
    }

    /// The strong order for a class of noise: its own, else that of a class which contains it.
    pub fn strong_order(&self, class: NoiseClass) -> Option<f64> {
        match class {
            NoiseClass::None => None,
            NoiseClass::Additive => self.additive.or(self.commutative).or(self.strong),
            NoiseClass::Diagonal => self.diagonal.or(self.commutative).or(self.strong),
            NoiseClass::Commutative => self.commutative.or(self.strong),
            NoiseClass::General => self.strong,
        }
    }

    /// Whether the facts promise convergence for a class of noise. A method with a weak order and no
    /// strong one is for any noise.
    pub fn cover(&self, class: NoiseClass) -> bool {
        let strong = [self.strong, self.commutative, self.diagonal, self.additive];
        let only_weak = self.weak.is_some() && strong.iter().all(Option::is_none);
        if class == NoiseClass::None {
            self.ode.is_some()
        } else {
            only_weak || self.strong_order(class).is_some()
        }
    }
}

impl Method {
    /// The step for a class of noise: of the smallest class that contains it.
    pub fn step(&self, class: NoiseClass) -> Option<DefId> {
        // Of additive noise several channels may drive one entry of a state.
        let other = |of| (class, of) == (NoiseClass::Additive, NoiseClass::Diagonal);
        let holds = |of: NoiseClass| of >= class && !other(of);
        self.steps.iter().find(|&&(of, _)| holds(of)).map(|&(_, def)| def)
    }

    /// Whether it solves a model of this convention and class in the other convention's form, whose drift differs by ½ (∂g) g.
    /// Both forms of additive noise are the same.
    pub fn converts(&self, convention: Option<Convention>, class: NoiseClass) -> bool {
        let other = convention.is_some_and(|convention| convention != self.convention);
        other && !matches!(class, NoiseClass::None | NoiseClass::Additive)
    }

    /// What [`Method::converts`] means, in words.
    pub fn conversion(&self, model: &Model) -> String {
        let (form, term) = match self.convention {
            Convention::Ito => ("Itô", "plus"),
            Convention::Stratonovich => ("Stratonovich", "minus"),
        };
        format!("{} solves the {form} form of {}: its drift {term} ½ (∂g) g", self.name, model.name)
    }

    /// Whether its solves can be differentiated in this way.
    pub fn allows(&self, gradient: Gradient) -> bool {
        match gradient {
            Gradient::Backprop | Gradient::Forward | Gradient::Adjoint => true,
            Gradient::Reversible => self.back.is_some(),
        }
    }

    /// Whether it solves models with noise of this class; [`NoiseClass::None`] is an ODE.
    pub fn fits(&self, class: NoiseClass) -> bool {
        self.facts.cover(class) && self.step(class).is_some()
    }
}
