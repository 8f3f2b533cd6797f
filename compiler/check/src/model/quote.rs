//! Terms of equations as text, to quote them in messages.

use sdec_grammar::ast::{Coefficient, DiffTerm};

use crate::text::quote;

pub(super) fn is_dt(term: &DiffTerm) -> bool {
    term.differential.as_ref().is_some_and(|by| by.name.text == "t")
}

pub(super) fn sign(term: &DiffTerm) -> &'static str {
    if term.negative { "-" } else { "+" }
}

pub(super) fn coefficient_text(term: &DiffTerm) -> String {
    match &term.coefficient {
        Some(Coefficient::Expr(expr)) => quote(expr),
        Some(Coefficient::Hole(_)) => "_".to_owned(),
        None => String::new(),
    }
}

/// A term without its sign: `σ dW[0]`.
pub(super) fn quote_term(term: &DiffTerm) -> String {
    let by = term.differential.as_ref().map(|by| {
        let indices: Vec<String> = by.indices.iter().map(quote).collect();
        let indices =
            if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(", ")) };
        format!("d{}{indices}", by.name.text)
    });
    [Some(coefficient_text(term)).filter(|text| !text.is_empty()), by]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn quote_terms(terms: &[DiffTerm]) -> String {
    let mut out = String::new();
    for (k, term) in terms.iter().enumerate() {
        match (k, term.negative) {
            (0, true) => out.push('-'),
            (0, false) => {}
            _ => out.push_str(&format!(" {} ", sign(term))),
        }
        out.push_str(&quote_term(term));
    }
    out
}

/// Coefficients as one sum, without differentials.
pub(super) fn quote_plain(terms: &[DiffTerm]) -> String {
    let mut out = String::new();
    for (k, term) in terms.iter().enumerate() {
        match (k, term.negative) {
            (0, true) => out.push('-'),
            (0, false) => {}
            _ => out.push_str(&format!(" {} ", sign(term))),
        }
        out.push_str(&coefficient_text(term));
    }
    out
}
