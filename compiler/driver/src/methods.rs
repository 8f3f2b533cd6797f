//! The methods of the standard library, for `sdec methods`.

use sdec_grammar::Outlined;
use sdec_grammar::ast::ItemKind;

use crate::library;

/// A method and its facts, as its file states them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodInfo {
    /// `euler`
    pub name: String,
    /// `Ito` or `Stratonovich`
    pub convention: String,
    /// Its documentation, source included.
    pub doc: String,
    /// Facts in order: `strong` and `1 / 2`.
    pub facts: Vec<(String, String)>,
    /// Its text.
    pub text: String,
}

/// All methods, by name.
pub fn methods() -> Vec<MethodInfo> {
    let sources = library::texts();
    let mut found = Vec::new();
    for item in library::declarations().iter().map(Outlined::item) {
        if let ItemKind::Method(method) = &item.kind {
            let fact = |setting: &sdec_grammar::ast::Setting| {
                let value = sources.slice(setting.value.result.span);
                (setting.key.text.clone(), value.to_owned())
            };
            found.push(MethodInfo {
                name: method.name.text.clone(),
                convention: method.convention.text.clone(),
                doc: item.doc.clone().unwrap_or_default(),
                facts: method.facts.iter().map(fact).collect(),
                text: sources.slice(item.span).to_owned(),
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}
