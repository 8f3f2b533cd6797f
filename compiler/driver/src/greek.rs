//! Greek letters by name.

/// Names of letters, as typed, with the letters.
pub(crate) const LETTERS: [(&str, &str); 35] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("omicron", "ο"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Upsilon", "Υ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
];

/// The name of a letter.
pub(crate) fn word(letter: char) -> Option<&'static str> {
    let is_it = |known: &str| known.chars().eq([letter]);
    LETTERS.iter().find(|(_, known)| is_it(known)).map(|&(word, _)| word)
}

/// The letter of a spelled-out name.
pub(crate) fn letter(name: &str) -> Option<&'static str> {
    LETTERS.iter().find(|(word, _)| *word == name).map(|&(_, letter)| letter)
}
