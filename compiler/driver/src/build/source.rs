//! The page of C around the kernels.

use std::fmt::Write;

use sdec_abi::Scalar;

use crate::inputs::Owned;

use super::header::{numbers, reduced, reduced_params, run_params, scalar};
use super::unit::{Given, Kind, Unit};

/// What every library has: the keys of streams, sums over paths, the mode of the processor.
const COMMON: &str = include_str!("library.c");

/// The page: the header's text, what every library has, the functions of each block.
pub(super) fn text(header: &str, units: &[Unit]) -> String {
    let mut out = format!("{header}\n{COMMON}");
    for unit in units {
        fixed(&mut out, unit);
        defaults(&mut out, unit);
        run(&mut out, unit);
        if unit.kind != Kind::Sample {
            reduce(&mut out, unit);
        }
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes what is written");
}

/// `{ 1.5, -2.0 }`; an array has at least one entry.
fn numbers_of(array: &Owned) -> String {
    let joined = |texts: Vec<String>| {
        if texts.is_empty() { "{ 0 }".to_owned() } else { format!("{{ {} }}", texts.join(", ")) }
    };
    match array {
        Owned::F64(x) => joined(x.iter().map(|&x| float(x, "")).collect()),
        Owned::F32(x) => joined(x.iter().map(|&x| float(f64::from(x), "f")).collect()),
        Owned::I64(x) => joined(x.iter().map(|&x| count(x)).collect()),
        Owned::Word(x) => joined(x.iter().map(|x| format!("{x}u")).collect()),
    }
}

/// Read back, the same bits.
fn float(x: f64, suffix: &str) -> String {
    if x.is_nan() {
        "NAN".to_owned()
    } else if x.is_infinite() {
        if x > 0.0 { "INFINITY".to_owned() } else { "-INFINITY".to_owned() }
    } else {
        format!("{x:e}{suffix}")
    }
}

/// The least count is no literal of C.
fn count(x: i64) -> String {
    if x == i64::MIN { "INT64_MIN".to_owned() } else { format!("INT64_C({x})") }
}

/// The arrays that stay as they were.
fn fixed(out: &mut String, unit: &Unit) {
    line(
        out,
        format_args!(
            "\nextern uint32_t {}(const struct sdec_args *, uint64_t, uint64_t, void *);",
            unit.kernel()
        ),
    );
    for (k, given) in unit.inputs.iter().enumerate() {
        if let Given::Fixed(array) = given {
            let (ty, symbol) = (scalar(array.scalar()), &unit.symbol);
            let (len, values) = (array.len().max(1), numbers_of(array));
            line(out, format_args!("static const {ty} {symbol}_fixed_{k}[{len}] = {values};"));
        }
    }
}

fn defaults(out: &mut String, unit: &Unit) {
    let symbol = &unit.symbol;
    line(out, format_args!("\nSDEC_API void {symbol}_defaults({symbol}_inputs *inputs)\n{{"));
    line(out, format_args!("    memset(inputs, 0, sizeof *inputs);"));
    for field in &unit.fields {
        let (ty, name) = (scalar(field.scalar), &field.name);
        let (len, values) = (field.default.len().max(1), numbers_of(&field.default));
        line(out, format_args!("    static const {ty} {name}[{len}] = {values};"));
        let address = if field.default.len() == 1 { "&" } else { "" };
        line(out, format_args!("    memcpy({address}inputs->{name}, {name}, sizeof {name});"));
    }
    out.push_str("}\n");
}

fn run(out: &mut String, unit: &Unit) {
    line(out, format_args!("\nSDEC_API int {}_run({})\n{{", unit.symbol, run_params(unit)));
    let names: Vec<&str> = unit.outputs.iter().map(|output| output.name.as_str()).collect();
    let mut inputs = Vec::new();
    for (k, given) in unit.inputs.iter().enumerate() {
        match given {
            Given::Field(field) => {
                let field = &unit.fields[*field];
                let address = if field.default.len() == 1 { "&" } else { "" };
                inputs.push(format!("{address}inputs->{}", field.name));
            }
            Given::Fixed(_) => inputs.push(format!("{}_fixed_{k}", unit.symbol)),
            Given::Key(hash) => {
                line(out, format_args!("    uint32_t key_{k}[2];"));
                line(out, format_args!("    sdec_key(seed, UINT64_C({hash}), key_{k});"));
                inputs.push(format!("key_{k}"));
            }
        }
    }
    inputs.push("0".to_owned());
    line(out, format_args!("    const void *const given[] = {{ {} }};", inputs.join(", ")));
    line(out, format_args!("    void *const wanted[] = {{ {} }};", names.join(", ")));
    if unit.kind == Kind::Fit {
        // What rows have for themselves is there for so many.
        let symbol = &unit.symbol;
        line(out, format_args!("    if (paths > {symbol}_PATHS)\n        return 3;"));
    }
    line(
        out,
        format_args!(
            "    (void)seed;
    struct sdec_args args = {{ given, wanted, paths, 0 }};
    if (!inputs || !sdec_fits(&args, {}, begin, end, scratch))
        return 3;
    sdec_mode mode = sdec_begin();
    uint32_t ended = {}(&args, begin, end, scratch);
    sdec_end(mode);
    return ended == 0 ? 0 : 1;
}}",
            names.len(),
            unit.kernel()
        ),
    );
}

/// The function that goes through all paths, for means or sums.
fn reduce(out: &mut String, unit: &Unit) {
    let symbol = &unit.symbol;
    let (function, params) = (reduced(unit), reduced_params(unit));
    line(out, format_args!("\nSDEC_API int {symbol}_{function}({params})\n{{"));
    if unit.kind == Kind::Fit {
        line(out, format_args!("    const uint64_t seed = {symbol}_SEED, paths = {symbol}_PATHS;"));
    }
    let varying = || numbers(unit).filter(|number| number.lanes);
    let entries: u64 = varying().map(|number| number.len).sum();
    line(out, format_args!("    struct sdec_tree tree;"));
    line(out, format_args!("    int result_code = 2;"));
    for output in &unit.outputs {
        let (ty, name) = (scalar(output.scalar), &output.name);
        let scalars = output.len.max(1) * if output.lanes { 16 } else { 1 };
        line(out, format_args!("    {ty} *{name} = sdec_memory({scalars} * sizeof *{name});"));
    }
    line(out, format_args!("    void *scratch = sdec_memory({symbol}_SCRATCH);"));
    let all: Vec<&str> = unit.outputs.iter().map(|output| output.name.as_str()).collect();
    let there = all.join(" && ");
    let passed = all.join(", ");
    line(
        out,
        format_args!(
            "    if (!sdec_tree_new(&tree, {entries}) || !scratch || !({there}))
        goto done;
    result_code = !inputs || !result || paths == 0 ? 3 : 0;
    for (uint64_t g = 0; result_code == 0 && g < (paths + 15) / 16; g++) {{
        unsigned count = paths - 16 * g < 16 ? (unsigned)(paths - 16 * g) : 16;
        struct sdec_moments *moments = sdec_tree_next(&tree);
        result_code = {symbol}_run(inputs, seed, paths, g, g + 1, {passed}, scratch);"
        ),
    );
    for output in unit.outputs.iter().filter(|output| output.is_status) {
        let (name, lanes) = (&output.name, if output.lanes { "count" } else { "1" });
        line(
            out,
            format_args!(
                "        for (unsigned l = 0; l < {lanes}; l++)
            if ({name}[l] != 0.0)
                result_code = 1;"
            ),
        );
    }
    let mut place = 0;
    for number in varying() {
        let kind = if number.scalar == Scalar::F32 { "f32" } else { "f64" };
        let (name, len) = (&number.name, number.len);
        line(out, format_args!("        sdec_{kind}({name}, {len}, count, moments + {place});"));
        place += len;
    }
    out.push_str(
        "        sdec_tree_push(&tree, g);
    }
    if (result_code == 0) {
        sdec_tree_finish(&tree);
",
    );
    let mut place = 0;
    for number in numbers(unit) {
        let (name, len) = (&number.name, number.len);
        let address = if len == 1 { "&" } else { "" };
        let (of_lanes, of_all, to) = match unit.kind {
            Kind::Fit => ("less", "less", format!("{address}result->{name}")),
            Kind::Estimate | Kind::Sample => {
                ("mean", "same", format!("{address}result->{name}, {address}result->{name}_stderr"))
            }
        };
        let finite = if number.lanes {
            place += len;
            format!("sdec_{of_lanes}(tree.moments + {}, {len}, {to})", place - len)
        } else {
            let kind = if number.scalar == Scalar::F32 { "f32" } else { "f64" };
            let times = if unit.kind == Kind::Fit { "paths, " } else { "" };
            format!("sdec_{of_all}_{kind}({name}, {len}, {times}{to})")
        };
        line(out, format_args!("        if (!{finite})\n            result_code = 1;"));
    }
    out.push_str("    }\ndone:\n    sdec_tree_free(&tree);\n");
    for name in all {
        line(out, format_args!("    free({name});"));
    }
    out.push_str("    free(scratch);\n    return result_code;\n}\n");
}
