//! `sdec methods [NAME]`: what can stand after `solver =`.

use sdec_driver::{MethodInfo, methods};

use crate::args::MethodsArgs;
use crate::exit::Exit;
use crate::output;
use crate::table::{Align, aligned};

/// Prints the list, or one method's description.
pub(crate) fn run(args: &MethodsArgs) -> Result<(), Exit> {
    let methods = methods();
    let Some(name) = &args.name else {
        return output::print(&list(&methods));
    };
    match methods.iter().find(|method| method.name == *name) {
        Some(method) => output::print(&describe(method)),
        None => {
            let names: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
            Err(Exit::Usage(format!("no method is named `{name}`; there are {}", names.join(", "))))
        }
    }
}

/// The orders, in the columns of the list.
const ORDERS: [&str; 5] = ["strong", "commutative", "additive", "weak", "ode"];

/// One line a method: its convention and its orders.
fn list(methods: &[MethodInfo]) -> String {
    let headings = ["method", "convention"].into_iter().chain(ORDERS);
    let mut rows = vec![headings.map(str::to_owned).collect()];
    for method in methods {
        let mut row = vec![method.name.clone(), method.convention.clone()];
        row.extend(ORDERS.map(|order| fact(method, order)));
        rows.push(row);
    }
    let mut aligns = vec![Align::Left; 2];
    aligns.extend([Align::Right; ORDERS.len()]);
    aligned(&rows, &aligns, 0, 3)
}

/// The documentation and the text of a method.
fn describe(method: &MethodInfo) -> String {
    format!("{}\n\n{}\n", method.doc.trim(), method.text.trim_end())
}

fn fact(method: &MethodInfo, key: &str) -> String {
    let found = method.facts.iter().find(|(name, _)| name == key);
    found.map_or_else(|| "–".to_owned(), |(_, value)| value.replace(' ', ""))
}
