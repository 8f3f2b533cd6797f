//! A function of the library: a block's kernel with what its inputs and outputs are.

use std::collections::BTreeMap;

use sdec_abi::{Scalar, Signature};
use sdec_base::{Diagnostic, Span};
use sdec_codegen::Backend;
use sdec_hir::{self as hir, BlockKind};
use sdec_kernel::Kernel;
use sdec_lower::to_ssa::{self, Binding, Constant, Lowered};
use sdec_ssa::Func;

use crate::compile::{GROUP_WIDE, MEMORY, kernel, optimise};
use crate::constants::Evaluator;
use crate::inputs::Owned;
use crate::run::name;
use crate::schedule::Schedule;
use crate::solve::Plan;
use crate::{Failure, Session, llvm};

use super::names::Names;

/// A function of the library.
pub(super) struct Unit {
    /// What its names begin with.
    pub(super) symbol: String,
    /// What it computes, in a line.
    pub(super) about: String,
    pub(super) kind: Kind,
    pub(super) single: bool,
    /// The machine code.
    pub(super) object: Vec<u8>,
    pub(super) scratch_bytes: u64,
    /// What a host may set.
    pub(super) fields: Vec<Field>,
    /// What each input of the kernel is.
    pub(super) inputs: Vec<Given>,
    pub(super) outputs: Vec<Out>,
    /// Of the block.
    pub(super) paths: u64,
    pub(super) seed: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The paths.
    Sample,
    /// Means over paths.
    Estimate,
    /// Sums over the rows of the data.
    Fit,
}

/// An input or parameter that a host may set.
pub(super) struct Field {
    pub(super) name: String,
    /// As the program calls it.
    pub(super) label: String,
    pub(super) scalar: Scalar,
    /// What the program says.
    pub(super) default: Owned,
}

/// What an input of the kernel is.
pub(super) enum Given {
    /// A field of the host's.
    Field(usize),
    /// What it was when the library was made.
    Fixed(Owned),
    /// The key of a stream, from the seed and the number of the stream's name.
    Key(u64),
}

/// An output of the kernel.
pub(super) struct Out {
    pub(super) name: String,
    /// As people call it: `S`, `∂call/∂S0`.
    pub(super) label: String,
    pub(super) scalar: Scalar,
    /// One for each path.
    pub(super) lanes: bool,
    /// Entries.
    pub(super) len: u64,
    /// Says how paths ended.
    pub(super) is_status: bool,
}

impl Unit {
    /// Compiles a block, with the derivatives that it asks for if they are wanted.
    pub(super) fn new(
        session: &Session,
        evaluator: &Evaluator<'_>,
        backend: &dyn Backend,
        block: &hir::Block,
        gradient: bool,
        symbol: String,
    ) -> Result<Self, Failure> {
        if let BlockKind::Estimate(estimate) = &block.kind
            && let Some((hir::Gradient::Reversible, span)) = estimate.settings.gradient
            && gradient
        {
            return Err(session.sources.refuse(&cannot_miss(span)));
        }
        let (plan, lowered) = session.path_program(evaluator, block, gradient)?;
        let mut labels = labels(&plan, &lowered, block, gradient);
        let status = lowered.status;
        if let Some(status) = status {
            labels.insert(status, "status".to_owned());
        }
        let streams: BTreeMap<String, u64> = lowered
            .func
            .streams
            .values()
            .map(|name| (format!("key.{name}"), sdec_noise::name_hash(name)))
            .collect();
        let (kernel, signature) = compiled(session, backend, lowered.func)?;
        let mut fields = Fields::new();
        let mut inputs = Vec::new();
        for (k, slot) in signature.inputs.iter().enumerate() {
            let Some(&binding) = lowered.bindings.get(k) else {
                inputs.push(Given::Key(streams[&slot.name]));
                continue;
            };
            let array = plan.array(binding, evaluator.columns)?.into_slot(slot);
            inputs.push(match binding {
                Binding::Constant(Constant::Local(local) | Constant::Density(local), leaf) => {
                    fields.field((local, leaf), &slot.name, slot.scalar, array)
                }
                Binding::Constant(Constant::Global(_), _)
                | Binding::Column(..)
                | Binding::Draws(_)
                | Binding::Times
                | Binding::Steps
                | Binding::Rows
                | Binding::Ends
                | Binding::Landmarks
                | Binding::Tolerances
                | Binding::Brownian
                | Binding::Impulses(_) => Given::Fixed(array),
                Binding::Free(..) | Binding::Row(_) | Binding::Handed(_) => {
                    unreachable!("only fits have rows")
                }
            });
        }
        let (kind, what) = match block.kind {
            BlockKind::Estimate(_) => (Kind::Estimate, "estimate"),
            BlockKind::Sample(_)
            | BlockKind::Fit(_)
            | BlockKind::Planned(_)
            | BlockKind::Show(_) => (Kind::Sample, "sample"),
        };
        Ok(Self {
            about: format!(
                "{what} {} of {}, {}",
                name(&block.kind).unwrap_or_default(),
                plan.model.name,
                plan.solver
            ),
            kind,
            single: plan.single,
            object: llvm::object(&kernel, &kernel_name(&symbol), &session.options)?,
            scratch_bytes: signature.scratch_bytes,
            outputs: outputs(&signature, labels, status),
            fields: fields.all,
            inputs,
            paths: plan.paths,
            seed: plan.seed,
            symbol,
        })
    }

    /// The kernel's name in the library, where nobody outside sees it.
    pub(super) fn kernel(&self) -> String {
        kernel_name(&self.symbol)
    }
}

/// The kernel of a function of the library, with what it reads and writes.
pub(super) fn compiled(
    session: &Session,
    backend: &dyn Backend,
    func: Func,
) -> Result<(Kernel, Signature), Failure> {
    let memory = session.options.memory.unwrap_or(MEMORY);
    let kernel = kernel(&optimise(func)?, backend, memory, Schedule::Paths, GROUP_WIDE)?;
    let signature = sdec_codegen::Layout::of(&kernel).signature;
    Ok((kernel, signature))
}

/// The outputs of a kernel with their names.
pub(super) fn outputs(
    signature: &Signature,
    labels: Vec<String>,
    status: Option<usize>,
) -> Vec<Out> {
    let mut names = Names::of_parameters();
    let outputs = signature.outputs.iter().zip(labels).enumerate();
    outputs
        .map(|(k, (slot, label))| Out {
            name: names.new_name(&label.replace('∂', "d").replace('/', "_")),
            label,
            scalar: slot.scalar,
            lanes: slot.lanes,
            len: slot.len,
            is_status: status == Some(k),
        })
        .collect()
}

/// What `run` checks after all paths, a library cannot refuse.
pub(super) fn cannot_miss(span: Span) -> Diagnostic {
    Diagnostic::error("E0901", "a library cannot have `gradient = reversible`", span)
        .label(span, "whether the steps can be undone is known after all paths are run")
        .help("write `gradient = backprop`, which needs more memory and cannot fail")
}

pub(super) fn kernel_name(symbol: &str) -> String {
    format!("sdec_kernel_{symbol}")
}

/// What a host may set, by what it is in the program.
pub(super) struct Fields {
    names: Names,
    known: BTreeMap<(hir::LocalId, usize), usize>,
    pub(super) all: Vec<Field>,
}

impl Fields {
    pub(super) fn new() -> Self {
        Self { names: Names::of_parameters(), known: BTreeMap::new(), all: Vec::new() }
    }

    pub(super) fn field(
        &mut self,
        place: (hir::LocalId, usize),
        label: &str,
        scalar: Scalar,
        default: Owned,
    ) -> Given {
        let known = *self.known.entry(place).or_insert_with(|| {
            let (name, label) = (self.names.new_name(label), label.to_owned());
            self.all.push(Field { name, label, scalar, default });
            self.all.len() - 1
        });
        Given::Field(known)
    }
}

/// What the results of a block's program are, in order.
fn labels(plan: &Plan<'_>, lowered: &Lowered, block: &hir::Block, gradient: bool) -> Vec<String> {
    let leaves = |wrt: &hir::Wrt| -> Vec<String> {
        let local = &plan.program.locals[wrt.local];
        let leaves = to_ssa::shapes(plan.program, plan.instance, &local.ty);
        let of = leaves.into_iter().filter(|(suffix, _)| wrt.holds(suffix));
        of.map(|(suffix, _)| format!("{}{suffix}", local.name)).collect()
    };
    let BlockKind::Estimate(estimate) = &block.kind else {
        return plan.sampled().into_iter().map(|sampled| sampled.name).collect();
    };
    let mut labels = vec!["value".to_owned()];
    if !gradient {
        return labels;
    }
    for wrt in &estimate.wrt {
        let present = plan.present(lowered, wrt);
        let read = leaves(wrt).into_iter().zip(present).filter(|(_, present)| *present);
        labels.extend(read.map(|(leaf, _)| format!("∂{leaf}")));
    }
    for pair in &estimate.second {
        let [first, second] = pair.by.each_ref().map(leaves);
        let both = first.iter().flat_map(|a| second.iter().map(move |b| format!("∂∂{a}_{b}")));
        let places = plan.pair_places(lowered, estimate, pair);
        labels
            .extend(both.zip(places).filter(|(_, place)| place.is_some()).map(|(label, _)| label));
    }
    labels
}
