//! Random programs, one of each form and many inside each other.

use crate::Random;

/// How deep expressions go.
const DEPTH: usize = 4;

/// A program that parses.
pub fn program(random: &mut Random) -> String {
    let mut out = String::new();
    for _ in 0..1 + random.below(5) {
        if random.once_in(3) {
            out.push('\n');
        }
        let item = item(random);
        // A line that begins with `-` must not touch the one above.
        if item.starts_with('-') {
            out.push('\n');
        }
        out += &item;
    }
    out
}

fn name(random: &mut Random) -> &'static str {
    random.one_of(&["x", "y", "θ", "growth", "a_rather_long_name", "v̄", "x₁", "data", "S", "N'"])
}

fn lower(random: &mut Random) -> &'static str {
    random.one_of(&["f", "step", "θ", "a_rather_long_name", "size"])
}

fn number(random: &mut Random) -> &'static str {
    random.one_of(&["0", "1", "2.5", "1e-3", "10_000", "0.000_1"])
}

/// Parts with commas between them.
fn several<T: AsRef<str>>(
    random: &mut Random,
    least: usize,
    most: usize,
    mut part: impl FnMut(&mut Random) -> T,
) -> String {
    let count = least + random.below(most + 1 - least);
    let parts: Vec<String> = (0..count).map(|_| part(random).as_ref().to_owned()).collect();
    parts.join(", ")
}

fn names(random: &mut Random) -> String {
    several(random, 1, 3, name)
}

fn ty(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.once_in(2) {
        return random.one_of(&["Float", "Real", "n", "3", "Positive", "Time"]).to_owned();
    }
    let part = |random: &mut Random| {
        let inner = ty(random, depth - 1);
        if inner.contains(' ') { format!("({inner})") } else { inner }
    };
    match random.below(9) {
        0 | 1 => format!("{} => {}", part(random), ty(random, depth - 1)),
        2 => format!("{} -> {}", part(random), ty(random, depth - 1)),
        3 => format!("{} {} {}", part(random), random.one_of(&["+", "-", "*"]), part(random)),
        4 => format!("MLP({}, width = {})", ty(random, depth - 1), ty(random, depth - 1)),
        5 => format!("({}, {})", ty(random, depth - 1), ty(random, depth - 1)),
        6 => format!("{}({})", random.one_of(&["Events", "Series", "Path"]), ty(random, depth - 1)),
        7 => format!("{{ a : {}, mean : {} }}", ty(random, depth - 1), ty(random, depth - 1)),
        _ => format!("{}?", part(random)),
    }
}

fn pattern(random: &mut Random) -> String {
    pattern_within(random, 3)
}

/// A pattern with others inside of it, so many deep.
fn pattern_within(random: &mut Random, depth: usize) -> String {
    let part = |random: &mut Random| pattern_within(random, depth.saturating_sub(1));
    match random.below(if depth == 0 { 4 } else { 8 }) {
        0 => "_".to_owned(),
        1 => random.one_of(&["Missing", "Dot"]).to_owned(),
        2 => format!("{{{}}}", names(random)),
        4 => format!("({}, {})", part(random), part(random)),
        5 => format!("Value({})", part(random)),
        6 => format!("Pair({}, {})", part(random), part(random)),
        _ => name(random).to_owned(),
    }
}

fn binders(random: &mut Random) -> String {
    let one = |random: &mut Random| match random.below(5) {
        0 => format!("{}: n", lower(random)),
        1 => format!("{}: ({})", lower(random), ty(random, 2)),
        2 => "_".to_owned(),
        _ => lower(random).to_owned(),
    };
    (0..1 + random.below(2)).map(|_| one(random)).collect::<Vec<_>>().join(" ")
}

/// An operand, in brackets where it might be more than one.
fn operand(random: &mut Random, depth: usize, indent: usize) -> String {
    if depth == 0 || random.once_in(3) {
        match random.below(4) {
            0 => number(random).to_owned(),
            1 => format!("({})", name(random)),
            _ => name(random).to_owned(),
        }
    } else if random.once_in(3) {
        call(random, depth - 1, indent)
    } else {
        format!("({})", expr(random, depth - 1, indent))
    }
}

fn call(random: &mut Random, depth: usize, indent: usize) -> String {
    let arguments = several(random, 0, 4, |random| {
        let value = expr(random, depth, indent);
        if random.once_in(4) { format!("{} = {value}", name(random)) } else { value }
    });
    let callee = if random.once_in(6) { "max" } else { name(random) };
    format!("{callee}({arguments})")
}

/// What follows a token that may open a block.
fn body(random: &mut Random, depth: usize, indent: usize) -> String {
    if depth == 0 || !random.once_in(4) {
        return format!(" {}", expr(random, depth, indent));
    }
    let inner = indent + 2;
    let margin = " ".repeat(inner);
    let mut out = String::from("\n");
    for _ in 0..random.below(3) {
        let blank = if random.once_in(5) { "\n" } else { "" };
        out += &format!("{margin}{}\n{blank}", binding(random, depth - 1, inner));
    }
    out + &margin + &expr(random, depth - 1, inner)
}

fn binding(random: &mut Random, depth: usize, indent: usize) -> String {
    let of = if random.once_in(4) { format!(" : {}", ty(random, 2)) } else { String::new() };
    let sign = random.one_of(&["=", "=", "~"]);
    format!("let {}{of} {sign}{}", pattern(random), body(random, depth, indent))
}

/// An expression whose blocks are deeper than `indent`.
fn expr(random: &mut Random, depth: usize, indent: usize) -> String {
    if depth == 0 {
        return operand(random, 0, indent);
    }
    let next = depth - 1;
    let part = |random: &mut Random| operand(random, next, indent);
    match random.below(20) {
        0..=4 => {
            let mut out = part(random);
            let operators = random.one_of(&["+-", "*/@", "&", "|", ">"]);
            for _ in 0..1 + random.below(4) {
                let operator = match operators {
                    "+-" => random.one_of(&["+", "-"]),
                    "*/@" => random.one_of(&["*", "/", ".*", "./", "@"]),
                    "&" => "and",
                    "|" => "or",
                    _ => "|>",
                };
                out = format!("{out} {operator} {}", part(random));
            }
            out
        }
        5 => format!("{} ^ {}", part(random), part(random)),
        6 => format!("{} {} {}", part(random), random.one_of(&["==", "<", ">="]), part(random)),
        7 => format!("-{}", part(random)),
        8 => format!("not {}", part(random)),
        9 => format!("{}[{}]", name(random), several(random, 1, 3, part)),
        10 => format!("({}).{}", expr(random, next, indent), name(random)),
        11 => format!("[{}]", several(random, 0, 30, |random| number(random).to_owned())),
        12 => format!("[{}]", several(random, 0, 4, |random| expr(random, next, indent))),
        13 => {
            let field =
                |random: &mut Random| format!("{} = {}", name(random), expr(random, next, indent));
            if random.once_in(3) {
                format!("{{ {} with {} }}", name(random), several(random, 1, 3, field))
            } else {
                format!("{{ {} }}", several(random, 0, 3, field))
            }
        }
        14 => format!("({}, {})", expr(random, next, indent), expr(random, next, indent)),
        15 => {
            let head = match random.below(3) {
                0 => format!("\\{}.", binders(random)),
                1 => format!("for {}.", binders(random)),
                _ => format!("{} {}.", random.one_of(&["sum", "argmax", "mean"]), binders(random)),
            };
            head + &body(random, next, indent)
        }
        16 => {
            let condition = part(random);
            let margin = " ".repeat(indent);
            let then = body(random, next, indent);
            let gap = if then.starts_with('\n') || then.contains('\n') {
                format!("\n{margin}")
            } else {
                " ".to_owned()
            };
            format!("if {condition} then{then}{gap}else{}", body(random, next, indent))
        }
        17 => {
            let inner = indent + 2;
            let mut out = format!("case {} of", part(random));
            for _ in 0..1 + random.below(3) {
                let body = body(random, next, inner);
                out += &format!("\n{}{} ->{body}", " ".repeat(inner), pattern(random));
            }
            out
        }
        18 => format!("({} : {})", part(random), ty(random, 2)),
        _ => call(random, next, indent),
    }
}

fn sizes(random: &mut Random) -> String {
    if random.once_in(2) {
        return String::new();
    }
    let one = |random: &mut Random| {
        if random.once_in(2) { format!("n = {}", ty(random, 1)) } else { "m".to_owned() }
    };
    format!("({})", several(random, 1, 2, one))
}

/// A value that no word of a clause can be taken for.
fn closed(random: &mut Random, indent: usize) -> String {
    operand(random, DEPTH - 1, indent)
}

fn param(random: &mut Random, indent: usize) -> String {
    let mut out = format!("param {} : {}", names(random), ty(random, 2));
    if random.once_in(2) {
        out += &format!(
            " = {}",
            if random.once_in(2) { number(random).to_owned() } else { closed(random, indent) }
        );
    }
    if random.once_in(3) {
        out += &format!(" ~ {}", closed(random, indent));
        if random.once_in(3) {
            out += " per subject";
        }
    }
    out
}

fn def(random: &mut Random, indent: usize) -> String {
    let param = |random: &mut Random| format!("{}: {}", name(random), ty(random, 2));
    let params = several(random, 0, 4, param);
    let result = if random.once_in(2) { format!(" -> {}", ty(random, 2)) } else { String::new() };
    format!("def {}({params}){result} ={}", lower(random), body(random, DEPTH, indent))
}

/// A clause of a model.
fn clause(random: &mut Random) -> String {
    let sign = random.one_of(&["=", "~"]);
    let indices = random.one_of(&["", "", "[i]", "[Hare]", "[0]", "[Hare, i]", "[i, 1]", "[0, 1]"]);
    match random.below(17) {
        0 | 1 => param(random, 2),
        2 => binding(random, DEPTH, 2),
        3 => def(random, 2),
        4 => format!("input {} : {} = {}", names(random), ty(random, 2), expr(random, 2, 2)),
        5 => format!("state {} : {}", names(random), ty(random, 2)),
        6 => format!("state {} : {} during {}", names(random), ty(random, 2), closed(random, 2)),
        7 => format!("noise {} : {}", names(random), ty(random, 2)),
        8 => format!("noise {} like {}", names(random), name(random)),
        9 => format!("mark J of N ~ {}", expr(random, 2, 2)),
        10 => format!("init {} {sign}{}", names(random), body(random, 3, 2)),
        11 => format!("next {} {sign}{}", names(random), body(random, 3, 2)),
        12 => {
            let mut event = closed(random, 4);
            while event.contains('\n') {
                event = closed(random, 4);
            }
            format!("when {event}\n    x = {}\n    y = 0", expr(random, 2, 4))
        }
        13 => {
            let at = if random.once_in(3) {
                format!(" at {}", closed(random, 2))
            } else {
                String::new()
            };
            let maybe = random.one_of(&["", "?"]);
            format!("observe {}{maybe}{at} {sign}{}", name(random), body(random, 3, 2))
        }
        14 => format!("dx{indices}/dt ={}", body(random, 3, 2)),
        15 => format!("dx{indices} ~{}", body(random, 3, 2)),
        _ => {
            let mut out = format!("dx{indices} = {} dt", operand(random, DEPTH, 2));
            for _ in 0..random.below(4) {
                let sign = random.one_of(&["+", "-"]);
                let coefficient = random.one_of(&["", "_ ", "D.mark ", "x[0] * D.mark ", "?"]);
                let coefficient = match coefficient {
                    "?" => format!("{} * {} ", operand(random, 2, 2), operand(random, 2, 2)),
                    other => other.to_owned(),
                };
                out += &format!(
                    " {sign} {coefficient}{}",
                    random.one_of(&["dW", "dB[0]", "dw", "dW[i, Hare]", "dD", "dX[i]"])
                );
            }
            out
        }
    }
}

/// Lines of a block below a header.
fn block(random: &mut Random, mut line: impl FnMut(&mut Random) -> String) -> String {
    let mut out = String::new();
    for _ in 0..1 + random.below(5) {
        let blank = if random.once_in(4) { "\n" } else { "" };
        out += &format!("  {}\n{blank}", line(random));
    }
    out
}

fn setting(random: &mut Random) -> String {
    if random.once_in(4) {
        let method = random.one_of(&["euler", "tsit5", "step"]);
        let coords = random.one_of(&["", ", coords = log", ", rtol = 1e-6"]);
        return format!("solver = {method}(dt = {}{coords})", operand(random, 2, 2));
    }
    format!("{} ={}", lower(random), body(random, 3, 2))
}

fn item(random: &mut Random) -> String {
    let doc = if random.once_in(4) { "## What it is.\n" } else { "" };
    let text = match random.below(20) {
        0 => format!("import {}\n", name(random)),
        1 => "precision f32\n".to_owned(),
        2 => format!("size {} = {}\n", lower(random), ty(random, 2)),
        3 => format!("index Species = {}\n", ["Hare"; 30][..1 + random.below(30)].join(" | ")),
        4 => format!("type Gauss{} = {}\n", sizes(random), ty(random, 3)),
        5 if random.once_in(2) => {
            format!("type Pair(a) = Pair(a, {})\n", ty(random, 2))
        }
        5 => format!("type Signal(a) = Value(a) | Missing | {}\n", ty(random, 2)),
        6 | 7 => format!("{}\n", binding(random, DEPTH, 0)),
        8 | 9 => format!("{}\n", def(random, 0)),
        10 => format!("{}\n", param(random, 0)),
        11 => {
            let items = block(random, |random| match random.below(3) {
                0 => binding(random, 3, 2),
                1 => def(random, 2),
                _ => param(random, 2),
            });
            format!("net N{} : {}\n{items}  {}\n", sizes(random), ty(random, 2), expr(random, 3, 2))
        }
        12 => {
            let columns = block(random, |random| {
                let mut out = format!("{} : {}", name(random), ty(random, 2));
                if random.once_in(2) {
                    out += &format!(" from {}", operand(random, 2, 2));
                }
                if random.once_in(3) {
                    out += " at \"Time\"";
                }
                out
            });
            format!("data D{} = csv \"d.csv\"\n{columns}", sizes(random))
        }
        13 => format!("model M{}\n{}", sizes(random), block(random, clause)),
        14 => format!("posterior Q of M given x, y : Float\n{}", block(random, clause)),
        15 => {
            let lets = block(random, |random| binding(random, 3, 2));
            format!("objective f of M given x\n{lets}  {}\n", expr(random, 3, 2))
        }
        16 => {
            let lines =
                block(
                    random,
                    |random| {
                        if random.once_in(2) { setting(random) } else { def(random, 2) }
                    },
                );
            format!("method heun : Ito\n{lines}")
        }
        17 => format!("fit M to D, E as fitted\n{}", block(random, setting)),
        18 => format!("repeat 3\n  sample M as s\n    {}= 1\n  {}\n", name(random), name(random)),
        _ => format!("{}\n", expr(random, DEPTH, 0)),
    };
    format!("{doc}{text}")
}
