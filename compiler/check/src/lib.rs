//! From the tree of what was written to the typed tree: names, types, sizes, rules of models,
//! noise structure, stages — and every message about them.
//!
//! A program is checked declaration by declaration, each when it is first needed: the library's only
//! if the program uses them. Within a declaration types are inferred in two directions
//! (`infer`); sizes are polynomials, unified by `unify`. What is wrong is reported once, where
//! it is, with the reason why something else was expected; then an erroneous type stands in that
//! goes with everything.

mod checker;
mod command;
mod data;
mod declare;
mod drawn;
mod error;
mod fit;
mod infer;
mod inference;
mod instance;
mod items;
mod law_joint;
mod law_joint_value;
mod law_table;
mod law_value;
mod laws;
mod loss;
mod method;
mod model;
mod net;
mod noise;
mod optimizer;
mod probability;
mod schema;
mod scope;
mod seen;
mod settings;
mod shared;
mod sign;
mod smooth;
mod stage;
mod start;
mod suggest;
mod summary;
mod text;
mod types;
mod unify;
mod vocabulary;

use sdec_base::{Diagnostic, Severity};
use sdec_grammar::Outlined;
use sdec_grammar::ast::{self, ItemKind};
use sdec_hir::{Block, BlockKind};

pub use items::names;
pub use schema::{explain_setting, settings_table};
pub use settings::{SETTINGS, Schema};
pub use summary::summary;
pub use vocabulary::built_in_names;

use checker::Checker;
use items::{ItemRef, Side};

/// What a check is about.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The declarations of the standard library, in order.
    pub library: &'a [Outlined],
    /// The user's program.
    pub program: &'a ast::Program,
    /// Headers of data files.
    pub headers: &'a dyn Headers,
}

/// Reads headers of data files; the only way in which a check sees files.
pub trait Headers {
    /// The header of a file, whose name is relative to the program.
    ///
    /// # Errors
    ///
    /// The file is missing or is not what its format says.
    fn header(
        &self,
        format: sdec_hir::DataFormat,
        file: &str,
        by: Option<&str>,
    ) -> Result<Header, HeaderError>;

    /// What the cells of a column of times say.
    ///
    /// # Errors
    ///
    /// The column cannot be read.
    fn cells(
        &self,
        format: sdec_hir::DataFormat,
        file: &str,
        by: Option<&str>,
        column: &sdec_hir::ColumnFormat,
        order: Order,
    ) -> Result<Cells, HeaderError>;
}

/// What times must do from row to row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each is after the one before.
    Increasing,
    /// Each is after the one before, or the same.
    Repeating,
}

/// What the cells of a column say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// How many are empty, and the place of the first.
    pub missing: Option<(u64, String)>,
    /// Where times do not have the order that they must have.
    pub disorder: Option<Disorder>,
    /// How many cells the longest group of rows has.
    pub longest: u64,
}

/// Times that do not increase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disorder {
    /// How many lie before the one that precedes them.
    pub backward: u64,
    /// How many repeat the one that precedes them, where they may not.
    pub repeated: u64,
    /// The first two that are out of order: place and time.
    pub first: [(String, String); 2],
}

/// What a data file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// A table of text.
    Csv {
        /// Names of its columns.
        columns: Vec<String>,
        /// How many rows follow the header line.
        rows: u64,
        /// How many groups of rows, where grouped.
        groups: Option<u64>,
    },
    /// An archive of arrays.
    Npz {
        /// Names and shapes.
        arrays: Vec<(String, Vec<u64>)>,
    },
}

/// Why a file has no header to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// What is wrong, naming the file and the place in it.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Checks a program. Without an error there is a typed program; warnings may come with it.
pub fn check(input: &Input<'_>) -> (Option<sdec_hir::Program>, Vec<Diagnostic>) {
    let mut checker = Checker::new(input.headers);
    let taken = checker.library.add_outlined(input.library);
    debug_assert!(taken.is_empty(), "the library declares a name twice: {taken:?}");
    for error in checker.user.add(input.program) {
        checker.report(error);
    }
    for (index, item) in input.program.items.iter().enumerate() {
        let at = ItemRef { side: Side::User, index };
        check_top(&mut checker, at, item);
    }
    checker.demand_methods();
    if !checker.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        checker.warn_of_unused();
    }
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(|found| found.at);
    diagnostics.dedup();
    let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
    let program = (!failed).then_some(checker.hir);
    (program, diagnostics)
}

/// Checks every declaration of the library, used or not: for its own tests.
pub fn check_library(library: &[Outlined], headers: &dyn Headers) -> Vec<Diagnostic> {
    let mut checker = Checker::new(headers);
    checker.library.add_outlined(library);
    for index in 0..checker.library.entries.len() {
        checker.demand(ItemRef { side: Side::Library, index }, None);
    }
    checker.diagnostics
}

fn check_top<'a>(checker: &mut Checker<'a>, at: ItemRef, item: &'a ast::Item) {
    match &item.kind {
        ItemKind::Command(command) => {
            let block = checker.declaration(false, |this| this.check_command(command, item.span));
            checker.hir.blocks.extend(block);
        }
        ItemKind::Show(expr) => {
            let value = checker.declaration(false, |this| this.check_show(expr));
            if let Some(value) = value {
                checker.check_extents_of(&value);
                checker.hir.blocks.push(Block { kind: BlockKind::Show(value), span: item.span });
            }
        }
        ItemKind::Precision(name) => match name.text.as_str() {
            "f32" => checker.hir.single = true,
            "f64" => checker.hir.single = false,
            _ => {
                let (written, span) = (name.text.clone(), name.span);
                checker.report(error::NameError::Precision { written, span });
            }
        },
        // Whoever reads files has put the declarations of the other file beside this one's.
        ItemKind::Import(_) => {}
        ItemKind::Repeat { .. } => checker.unbuilt("`repeat`", item.span),
        ItemKind::Size { .. }
        | ItemKind::Index { .. }
        | ItemKind::Type { .. }
        | ItemKind::Let(_)
        | ItemKind::Def(_)
        | ItemKind::Param(_)
        | ItemKind::Net(_)
        | ItemKind::Data(_)
        | ItemKind::Model(_)
        | ItemKind::Posterior(_)
        | ItemKind::Objective(_)
        | ItemKind::Method(_) => {
            checker.demand(at, None);
        }
    }
}
