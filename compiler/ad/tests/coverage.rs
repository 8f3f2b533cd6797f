//! What the random functions of `numeric.rs` consist of: a test means little for an operation that
//! hardly occurs.

use std::collections::{BTreeMap, BTreeSet};

use sdec_ssa::arbitrary;
use sdec_ssa::{
    Binary, Compare, Control, Extremum, Func, Inst, Op, Region, Scan, Trips, Unary, Value,
};

/// What an operation stands in directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Straight,
    Map,
    Reduced,
    Upwards,
    Downwards,
    While,
    Below,
    Branch,
}

const FORMS: [Form; 8] = [
    Form::Straight,
    Form::Map,
    Form::Reduced,
    Form::Upwards,
    Form::Downwards,
    Form::While,
    Form::Below,
    Form::Branch,
];

type Counts = BTreeMap<(Form, String), usize>;

/// Every operation by name.
fn all_names() -> BTreeSet<String> {
    let others = [
        "const",
        "select",
        "convert",
        "broadcast",
        "stack",
        "concat",
        "slice",
        "reshape",
        "transpose",
        "index",
        "add_at",
        "contract",
        "solve",
        "implicit",
        "sum",
        "product",
        "draw",
        "map",
        "scan",
        "if",
        "special",
    ];
    let unary = Unary::ALL.iter().map(|op| op.name());
    let binary = Binary::ALL.iter().map(|op| op.name());
    let compare = Compare::ALL.iter().map(|op| op.name());
    let extremum = Extremum::ALL.iter().map(|op| op.name());
    let mut names: BTreeSet<String> = unary
        .chain(binary)
        .chain(compare)
        .chain(extremum)
        .chain(others)
        .map(str::to_owned)
        .collect();
    names.extend(Extremum::ALL.iter().map(|op| format!("arg_{}", op.name())));
    names
}

/// The word for an operation in the text format; the compiler says when one is missing here.
fn name(op: &Op) -> String {
    match op {
        Op::Const(_) => "const",
        // Their rules are checked one by one in `special.rs`.
        Op::Unary(Unary::Special(_), _) => "special",
        Op::Unary(op, _) => op.name(),
        Op::Binary(op, ..) => op.name(),
        Op::Compare(op, ..) => op.name(),
        Op::Select(..) => "select",
        Op::Convert(_) => "convert",
        Op::Broadcast(_) => "broadcast",
        Op::Stack(_) => "stack",
        Op::Concat(_) => "concat",
        Op::Slice { .. } => "slice",
        Op::Reshape(_) => "reshape",
        Op::Transpose(..) => "transpose",
        Op::Index(..) => "index",
        Op::AddAt { .. } => "add_at",
        Op::Contract(..) => "contract",
        Op::Solve(..) => "solve",
        Op::Implicit { .. } => "implicit",
        Op::Sum(_) => "sum",
        Op::Product(_) => "product",
        Op::Extremum(op, _) => op.name(),
        Op::ArgExtremum(op, _) => return format!("arg_{}", op.name()),
        Op::Draw { .. } => "draw",
        Op::Map { .. } => "map",
        Op::Scan { .. } => "scan",
        Op::If { .. } => "if",
    }
    .to_owned()
}

/// The values that results depend on, with all that regions of such give.
fn live(func: &Func) -> BTreeSet<Value> {
    let mut live: BTreeSet<Value> = func.body.results.iter().copied().collect();
    mark(&func.body, &mut live);
    live
}

fn mark(region: &Region, live: &mut BTreeSet<Value>) {
    for inst in region.insts.iter().rev() {
        if inst.results.iter().any(|result| live.contains(result)) {
            live.extend(inst.op.operands());
            for inner in inst.op.regions() {
                live.extend(&inner.results);
                mark(inner, live);
            }
        }
    }
}

fn form(op: &Op, reduced: bool) -> Option<Form> {
    Some(match op.control()? {
        Control::Map { .. } if reduced => Form::Reduced,
        Control::Map { .. } => Form::Map,
        Control::Scan(Scan { trips: Trips::While, .. }) => Form::While,
        Control::Scan(Scan { trips: Trips::Below(_), .. }) => Form::Below,
        Control::Scan(Scan { reverse: true, .. }) => Form::Downwards,
        Control::Scan(_) => Form::Upwards,
        Control::If { .. } => Form::Branch,
        Control::Implicit { .. } => return None,
    })
}

fn is_reduction(inst: &Inst) -> bool {
    matches!(inst.op, Op::Sum(_) | Op::Product(_) | Op::Extremum(..))
}

fn count(region: &Region, form_around: Form, live: &BTreeSet<Value>, counts: &mut Counts) {
    let reduced: BTreeSet<Value> = region
        .insts
        .iter()
        .filter(|inst| is_reduction(inst))
        .flat_map(|inst| inst.op.operands())
        .collect();
    for inst in &region.insts {
        if inst.results.iter().any(|result| live.contains(result)) {
            *counts.entry((form_around, name(&inst.op))).or_default() += 1;
            let is_reduced = inst.results.iter().any(|result| reduced.contains(result));
            let Some(inner_form) = form(&inst.op, is_reduced) else { continue };
            for inner in inst.op.regions() {
                count(inner, inner_form, live, counts);
            }
        }
    }
}

#[track_caller]
fn check(seeds: u64, at_least: usize) {
    let mut counts = Counts::new();
    for seed in 0..seeds {
        let func = arbitrary::func(seed);
        count(&func.body, Form::Straight, &live(&func), &mut counts);
    }
    let of = |form: Form, name: &String| counts.get(&(form, name.clone())).copied().unwrap_or(0);
    let all = all_names();
    let rare: Vec<(Form, &String, usize)> = FORMS
        .into_iter()
        .flat_map(|form| all.iter().map(move |name| (form, name)))
        .map(|(form, name)| (form, name, of(form, name)))
        .filter(|&(.., n)| n < at_least)
        .collect();
    assert!(rare.is_empty(), "less than {at_least} times: {rare:?}");
}

#[test]
fn every_operation_occurs_in_every_control_form() {
    check(600, 2);
}

#[test]
#[ignore = "takes a minute: 10,000 functions"]
fn every_operation_occurs_a_hundred_times_in_every_control_form() {
    check(10_000, 100);
}
