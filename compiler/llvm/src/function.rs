//! The module of a kernel: what is called from outside, with the loops over groups and over blocks of
//! the paths that are held side by side, and the body.
//!
//! ```text
//! for group in group_begin..group_end {
//!     for lane in (0..min(16, paths - 16 group)).step_by(held) { body }
//! }
//! return 0
//! ```
//!
//! A kernel without lanes is its body, once. The body is a function of its own, whose buffers are
//! parameters: that is how LLVM learns that they do not overlap and how long they are. So is each
//! routine, which is told the paths at hand.

use std::fmt::Write;
use std::mem::offset_of;

use sdec_abi::{ALIGNMENT, Args};
use sdec_codegen::{Layout, Place};
use sdec_kernel::{Buffer, BufferId, GROUP, Kernel, Space};

use crate::body::Body;
use crate::host::Width;
use crate::text;

/// What the function that is called from outside is named.
pub(crate) const ENTRY: &str = "sdec_kernel";

/// The function that is called from outside.
pub(crate) enum Entry {
    /// Under the name [`ENTRY`].
    Here,
    /// Under this name, by other parts of the same library.
    Within(String),
}

/// The text of a verified kernel.
pub(crate) fn module(kernel: &Kernel, layout: &Layout, width: Width, entry: &Entry) -> String {
    let mut out = String::new();
    call(&mut out, kernel, layout, entry);
    let param = |(id, buffer)| body_param(kernel, id, buffer);
    body(&mut out, "body", kernel, kernel.buffers.iter().map(param));
    for (id, routine) in kernel.routines.iter() {
        let alone = kernel.alone(id);
        let param = |(buffer, about): (BufferId, &Buffer)| {
            routine_param(routine, buffer, about, alone[buffer.index()])
        };
        body(&mut out, &id.to_string(), routine, routine.buffers.iter().map(param));
    }
    let bits = width.bits();
    let splits = if width == Width::W512 { bits } else { 0 };
    line(
        &mut out,
        format_args!(
            "attributes #0 = {{ nounwind \"probe-stack\"=\"inline-asm\" \
             \"prefer-vector-width\"=\"{bits}\" \"min-legal-vector-width\"=\"{splits}\" }}"
        ),
    );
    out
}

/// A line of the text.
pub(crate) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes what is written");
}

/// A kernel's body as a function of its buffers and the paths at hand.
fn body(out: &mut String, name: &str, kernel: &Kernel, params: impl Iterator<Item = String>) {
    let numbers = ["i64 %place", "i64 %last", "i64 %first_path"].map(str::to_owned);
    let params = params.chain(numbers).collect::<Vec<_>>().join(", ");
    line(out, format_args!("define internal void @{name}({params}) noinline #0 {{"));
    out.push_str(&Body::new(kernel).run());
    out.push_str("}\n\n");
}

/// A buffer as a parameter of a routine. Of the entries that it may have only those are there that
/// are reached.
fn routine_param(routine: &Kernel, id: BufferId, buffer: &Buffer, alone: bool) -> String {
    let access = if buffer.space == Space::Input { " readonly" } else { "" };
    let alone = if alone { " noalias" } else { "" };
    format!("ptr{alone}{access} align {} %{id}", alignment(routine, buffer))
}

/// A buffer as a parameter of the kernel's body.
fn body_param(kernel: &Kernel, id: BufferId, buffer: &Buffer) -> String {
    let bytes = buffer.ty.scalar.bytes();
    let lanes = u64::from(kernel.held()) * bytes;
    // Of inputs and outputs the paths at hand: from the first entry's to the last one's.
    let readable = match (buffer.ty.lanes, buffer.space) {
        (false, _) => buffer.len.saturating_mul(bytes),
        (true, Space::Scratch | Space::Lent) => buffer.len.saturating_mul(lanes),
        (true, Space::Input | Space::Output) => {
            let before = buffer.len.saturating_sub(1).saturating_mul(GROUP * bytes);
            if buffer.len == 0 { 0 } else { before.saturating_add(lanes) }
        }
    };
    let access = if buffer.space == Space::Input { " readonly" } else { "" };
    let known = if readable > 0 { format!(" dereferenceable({readable})") } else { String::new() };
    format!("ptr noalias{access} align {}{known} %{id}", alignment(kernel, buffer))
}

/// Bytes to which each entry of a buffer is aligned.
pub(crate) fn alignment(kernel: &Kernel, buffer: &Buffer) -> u64 {
    let bytes = buffer.ty.scalar.bytes();
    // Nothing is promised of where an input begins.
    if buffer.ty.lanes && buffer.space != Space::Input {
        (u64::from(kernel.held()) * bytes).min(ALIGNMENT as u64)
    } else {
        bytes
    }
}

/// The function that is called from outside.
fn call(out: &mut String, kernel: &Kernel, layout: &Layout, entry: &Entry) {
    let entry = match entry {
        Entry::Here => format!("i32 @{ENTRY}"),
        Entry::Within(name) => format!("hidden i32 @{name}"),
    };
    line(
        out,
        format_args!(
            "define {entry}(ptr noalias readonly %args, i64 %begin, i64 %end, ptr noalias %scratch) #0 {{"
        ),
    );
    out.push_str("start:\n");
    for (name, offset) in
        [("inputs", offset_of!(Args, inputs)), ("outputs", offset_of!(Args, outputs))]
    {
        field(out, name, "ptr", offset);
    }
    for (name, offset) in
        [("paths", offset_of!(Args, paths)), ("first_path", offset_of!(Args, first_path))]
    {
        field(out, name, "i64", offset);
    }
    line(out, format_args!("  %last = add i64 %paths, -1"));
    for (id, _) in kernel.buffers.iter() {
        base(out, id, layout.places[id]);
    }
    if kernel.is_uniform() {
        let args: Vec<String> = kernel.buffers.iter().map(|(id, _)| format!("ptr %{id}")).collect();
        invoke(out, args, "0");
    } else {
        groups(out, kernel);
    }
    out.push_str("  ret i32 0\n}\n\n");
}

/// A field of the arguments.
fn field(out: &mut String, name: &str, ty: &str, offset: usize) {
    line(out, format_args!("  %at.{name} = getelementptr inbounds i8, ptr %args, i64 {offset}"));
    line(out, format_args!("  %{name} = load {ty}, ptr %at.{name}, align 8"));
}

/// Where a buffer begins.
fn base(out: &mut String, id: BufferId, place: Place) {
    let (table, k) = match place {
        Place::Input(k) => ("inputs", k),
        Place::Output(k) => ("outputs", k),
        Place::Scratch(offset) => {
            return line(
                out,
                format_args!("  %{id} = getelementptr inbounds i8, ptr %scratch, i64 {offset}"),
            );
        }
    };
    line(out, format_args!("  %at.{id} = getelementptr inbounds ptr, ptr %{table}, i64 {k}"));
    line(out, format_args!("  %{id} = load ptr, ptr %at.{id}, align 8"));
}

/// Both loops.
fn groups(out: &mut String, kernel: &Kernel) {
    let held = kernel.held();
    out.push_str(
        "  %any = icmp ult i64 %begin, %end
  br i1 %any, label %group, label %exit
group:
  %g = phi i64 [ %begin, %start ], [ %next.group, %after ]
  %relative = sub i64 %g, %begin
  %first = mul i64 %g, 16
  %left = sub i64 %last, %first
  %few = icmp ult i64 %left, 15
  %last.lane = select i1 %few, i64 %left, i64 15
  br label %block
block:
  %lane = phi i64 [ 0, %group ], [ %next.lane, %block ]
",
    );
    let mut args = Vec::new();
    for (id, buffer) in kernel.buffers.iter() {
        // Inputs hold all groups of a run, outputs those of the call.
        let group = match buffer.space {
            Space::Input if buffer.ty.lanes => "%g",
            Space::Output if buffer.ty.lanes => "%relative",
            Space::Input | Space::Output | Space::Scratch | Space::Lent => {
                args.push(format!("ptr %{id}"));
                continue;
            }
        };
        let (scalar, entries) = (text::scalar(buffer.ty.scalar), buffer.len.saturating_mul(GROUP));
        line(
            out,
            format_args!(
                "  %{id}.at = getelementptr inbounds [{entries} x {scalar}], ptr %{id}, i64 {group}, i64 %lane"
            ),
        );
        args.push(format!("ptr %{id}.at"));
    }
    out.push_str("  %place = add i64 %first, %lane\n");
    invoke(out, args, "%place");
    line(out, format_args!("  %next.lane = add i64 %lane, {held}"));
    out.push_str(
        "  %more.lanes = icmp ule i64 %next.lane, %last.lane
  br i1 %more.lanes, label %block, label %after
after:
  %next.group = add i64 %g, 1
  %more.groups = icmp ult i64 %next.group, %end
  br i1 %more.groups, label %group, label %exit
exit:
",
    );
}

fn invoke(out: &mut String, mut args: Vec<String>, place: &str) {
    args.push(format!("i64 {place}, i64 %last, i64 %first_path"));
    line(out, format_args!("  call void @body({})", args.join(", ")));
}
