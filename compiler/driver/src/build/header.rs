//! The header: what a host sees of the library.

use std::fmt::Write;

use sdec_abi::{ALIGNMENT, Scalar};

use super::unit::{Kind, Out, Unit};

/// The header's text.
pub(super) fn text(units: &[Unit]) -> String {
    let mut out = format!(
        "/* Made by sdec {}. The numbers of a seed are those of `sdec run`, to the bit.\n\
         \x20*\n\
         \x20* Paths are computed in groups of 16. NAME_run computes the groups from `begin` to before `end` of\n\
         \x20* a run of `paths` paths; calls for other groups may go on at the same time, each with scratch\n\
         \x20* memory of its own. Outputs and scratch memory begin at multiples of {ALIGNMENT} bytes. An output of\n\
         \x20* NAME_run is [group - begin][entry][16] where each path has its own, else [entry]; past the last path\n\
         \x20* a group repeats it. NAME_mean goes through all paths in one thread. The paths of a fit are the rows of its\n\
         \x20* data; NAME_run gives the log-likelihood of each and its derivatives, NAME_objective what a fit makes\n\
         \x20* small: less their sums, in one thread.\n\
         \x20*\n\
         \x20* Results: 0 done, 1 a path stopped early or has no finite value, 2 no memory, 3 wrong arguments. */\n",
        env!("CARGO_PKG_VERSION")
    );
    out.push_str(
        "#ifndef SDEC_LIBRARY_H\n#define SDEC_LIBRARY_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {\n#endif\n",
    );
    for unit in units {
        declare(&mut out, unit);
    }
    out.push_str("\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    out
}

/// The type of a scalar.
pub(super) fn scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::F64 => "double",
        Scalar::F32 => "float",
        Scalar::I64 => "int64_t",
        Scalar::Word => "uint32_t",
    }
}

/// The parameters of `NAME_run`.
pub(super) fn run_params(unit: &Unit) -> String {
    let outputs: Vec<String> =
        unit.outputs.iter().map(|out| format!("{} *{}", scalar(out.scalar), out.name)).collect();
    format!(
        "const {}_inputs *inputs, uint64_t seed, uint64_t paths,\n    uint64_t begin, uint64_t end, \
         {}, void *scratch",
        unit.symbol,
        outputs.join(", ")
    )
}

/// The function that goes through all paths.
pub(super) fn reduced(unit: &Unit) -> &'static str {
    if unit.kind == Kind::Fit { "objective" } else { "mean" }
}

/// The parameters of `NAME_mean` or `NAME_objective`.
pub(super) fn reduced_params(unit: &Unit) -> String {
    let symbol = &unit.symbol;
    let run = if unit.kind == Kind::Fit { "" } else { "uint64_t seed, uint64_t paths, " };
    format!("const {symbol}_inputs *inputs, {run}{symbol}_result *result")
}

/// The outputs that have a mean or a sum.
pub(super) fn numbers(unit: &Unit) -> impl Iterator<Item = &Out> {
    unit.outputs.iter().filter(|out| !out.is_status)
}

/// `[3]`, or nothing for one entry.
fn extent(len: u64) -> String {
    if len == 1 { String::new() } else { format!("[{len}]") }
}

fn declare(out: &mut String, unit: &Unit) {
    let Unit { symbol, about, paths, seed, scratch_bytes, .. } = unit;
    let precision = if unit.single { "single" } else { "double" };
    let scratch = (*scratch_bytes).max(ALIGNMENT as u64);
    let mut line = |text: String| writeln!(out, "{text}").expect("a string takes what is written");
    line(format!("\n/* {}: {precision} precision. */", safe(about)));
    line(format!("#define {symbol}_PATHS UINT64_C({paths}) /* as the program says */"));
    line(format!("#define {symbol}_SEED UINT64_C({seed})"));
    line(format!("#define {symbol}_SCRATCH ((size_t){scratch}) /* bytes for each thread */"));
    line("typedef struct {".to_owned());
    for field in &unit.fields {
        let (ty, name, extent) = (scalar(field.scalar), &field.name, extent(field.default.len()));
        line(format!("    {ty} {name}{extent}; /* {} */", safe(&field.label)));
    }
    if unit.fields.is_empty() {
        line("    char nothing; /* the program has no inputs */".to_owned());
    }
    line(format!("}} {symbol}_inputs;"));
    line("/* What the program says. */".to_owned());
    line(format!("void {symbol}_defaults({symbol}_inputs *inputs);"));
    line(format!("int {symbol}_run({});", run_params(unit)));
    if unit.kind == Kind::Sample {
        return;
    }
    line("typedef struct {".to_owned());
    for number in numbers(unit) {
        let (name, extent) = (&number.name, extent(number.len));
        line(format!("    double {name}{extent}; /* {} */", safe(&number.label)));
        if unit.kind == Kind::Estimate {
            line(format!("    double {name}_stderr{extent};"));
        }
    }
    line(format!("}} {symbol}_result;"));
    line(format!("int {symbol}_{}({});", reduced(unit), reduced_params(unit)));
}

/// A text that does not end the comment in which it stands.
fn safe(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("*/", "* /")
}
