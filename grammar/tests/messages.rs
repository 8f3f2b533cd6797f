//! What is said about every mistake in syntax.

use expect_test::{Expect, expect};
use sdec_base::{Diagnostic, SourceMap};

/// The messages about a file.
fn check(text: &str, expected: Expect) {
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let parsed = sdec_grammar::parse_program(source, text);
    let messages: Vec<String> =
        parsed.diagnostics.iter().map(|diagnostic| diagnostic.render(&sources, false)).collect();
    expected.assert_eq(&messages.join("\n"));
}

/// The titles and places of the messages about a file: `4:3 E0105 unexpected …`.
fn titles(text: &str, expected: Expect) {
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let parsed = sdec_grammar::parse_program(source, text);
    let mut out = String::new();
    for diagnostic in parsed.diagnostics {
        let (line, column) = sources.line_column(diagnostic.at);
        let label = diagnostic.labels.last().map_or("", |label| &label.text);
        out += &format!("{line}:{column} {} {}: {label}\n", diagnostic.code, diagnostic.title);
        for help in &diagnostic.helps {
            out += &format!("    {}\n", help.show(&sources));
        }
    }
    expected.assert_eq(&out);
}

// ---- the design's catalogue ----

#[test]
fn missing_operator() {
    check(
        "model OU
  param θ : Positive = 1
  state x : Real
  init  x ~ Normal(0, 1 / (2 θ))
  dx = -θ * x dt
",
        expect![[r#"
            [E0102] Error: missing operator between `2` and `θ`
               ╭─[ model.sde:4:28 ]
               │
             4 │   init  x ~ Normal(0, 1 / (2 θ))
               │                            ─┬─
               │                             ╰─── juxtaposition is not multiplication here
               │
               │ Help: to multiply:  init  x ~ Normal(0, 1 / (2 * θ))
               │
               │ Note: only differentials are written by juxtaposition: `σ dW`
            ───╯
        "#]],
    );
}

#[test]
fn unexpected_indentation() {
    check(
        "def f(x: Float) -> Float =
  let y = 2 * x
    let z = y + 1
  z
",
        expect![[r#"
            [E0101] Error: unexpected indentation
               ╭─[ model.sde:3:5 ]
               │
             2 │   let y = 2 * x
               │           ──┬──
               │             ╰──── … but nothing at the end of this line opens a block
             3 │     let z = y + 1
               │     ─┬─
               │      ╰─── this line is deeper than its block …
               │
               │ Help 1: a block opens after  =  ~  ->  .  then  else  of , or below a header such as `model`
               │
               │ Help 2: if it is a line of its own, begin it where the one above begins
               │
               │ Note: any other deeper line continues the expression above it
            ───╯
        "#]],
    );
}

// ---- characters ----

#[test]
fn tabs() {
    check(
        "model M\n\tstate x : Real\n\tdx = x dt\n",
        expect![[r#"
            [E0104] Error: a tab
               ╭─[ model.sde:2:1 ]
               │
             2 │     state x : Real
               │ ┬───
               │ ╰───── here (and one more in this file)
               │
               │ Help: indent with spaces
               │
               │ Note: blocks are told apart by their columns, and a tab has no fixed width
            ───╯
        "#]],
    );
}

#[test]
fn foreign_characters() {
    titles(
        "let a = 2 · b\n",
        expect![[r#"
            1:11 E0104 `·` has no meaning here: not a character of the language
                multiplication is written with `*`:  let a = 2 * b
        "#]],
    );
    titles(
        "let a = b − 1\n",
        expect![[r#"
            1:11 E0104 `−` has no meaning here: not a character of the language
                write the minus of the keyboard, `-`:  let a = b - 1
        "#]],
    );
    titles(
        "let a =\u{a0}1\n",
        expect![[r#"
            1:8 E0104 a space that is not the one of the keyboard: U+00A0
                replace it with an ordinary space
        "#]],
    );
    titles(
        "\u{feff}let a = 1\n",
        expect![[r#"
            1:1 E0104 a byte order mark: U+FEFF, which is invisible, stands here
                save the file as UTF-8 without a byte order mark
        "#]],
    );
    titles(
        "let a = x²\n",
        expect![[r#"
            1:10 E0104 superscripts are not letters: a power cannot be written like this
                write:  let a = x ^ 2
        "#]],
    );
    titles(
        "let a = xⁿ⁺¹\n",
        expect![[r#"
            1:10 E0104 superscripts are not letters: a power cannot be written like this
                write:  let a = x ^ n1
        "#]],
    );
    titles(
        "let a = x ** 2\n",
        expect![[r#"
            1:11 E0104 `**` has no meaning here: a spelling of other languages
                powers are written with `^`:  let a = x ^ 2
        "#]],
    );
    titles(
        "let a = 1;\n",
        expect![[r#"
            1:10 E0104 `;` has no meaning here: not a character of the language
                leave it out: the end of a line ends what it says
        "#]],
    );
    titles(
        "let a = x ≤ 1\n",
        expect![[r#"
            1:11 E0104 `≤` has no meaning here: not a character of the language
                write `<=`:  let a = x <= 1
        "#]],
    );
    titles(
        "let a = !b\n",
        expect![[r#"
            1:9 E0104 `!` has no meaning here: not a character of the language
                write `not`:  let a = not b
        "#]],
    );
    titles(
        "let a = b && c || d\n",
        expect![[r#"
            1:11 E0104 `&&` has no meaning here: a spelling of other languages
                write `and`:  let a = b and c || d
        "#]],
    );
    titles(
        "let a := 1\n",
        expect![[r#"
            1:7 E0104 `:=` has no meaning here: a spelling of other languages
                a name is bound with `=`:  let a = 1
        "#]],
    );
    titles(
        "// a comment\n",
        expect![[r#"
            1:1 E0104 `//` has no meaning here: a spelling of other languages
                comments begin with `#`:  # a comment
        "#]],
    );
    titles(
        "let a = 'b'\n",
        expect![[r#"
            1:9 E0104 `'` has no meaning here: not a character of the language
                a text stands in straight double quotes:  "file.csv"
        "#]],
    );
    titles(
        "let a = $b\n",
        expect![[r#"
            1:9 E0104 `$` has no meaning here: not a character of the language
        "#]],
    );
    titles(
        "let a = b\u{200b}\n",
        expect![[r#"
            1:10 E0104 U+200B has no meaning here: not a character of the language
        "#]],
    );
    titles(
        "let 中 = 1\n",
        expect![[r#"
            1:5 E0104 `中` has no meaning here: not a character of the language
                names begin with a letter that is either small or capital, or with `_` and one
        "#]],
    );
    titles(
        "let a = 1 \0\n",
        expect![[r#"
            1:11 E0104 U+0000 has no meaning here: not a character of the language
        "#]],
    );
}

#[test]
fn superscript() {
    check(
        "model M\n  state x : Real\n  dx = -x² dt\n",
        expect![[r#"
            [E0104] Error: superscripts are not letters
               ╭─[ model.sde:3:10 ]
               │
             3 │   dx = -x² dt
               │          ┬
               │          ╰── a power cannot be written like this
               │
               │ Help: write:  dx = -x ^ 2 dt
               │
               │ Note: subscripts are: x₁ is a name
            ───╯
        "#]],
    );
}

#[test]
fn text_not_closed() {
    check(
        "data D(k) = csv \"d.csv\n  x : k => Float\n",
        expect![[r#"
            [E0108] Error: a text is not closed
               ╭─[ model.sde:1:17 ]
               │
             1 │ data D(k) = csv "d.csv
               │                 ───┬──
               │                    ╰──── its line ends before a second `"`
               │
               │ Help: close it with `"` on the same line:  data D(k) = csv "d.csv"
            ───╯
        "#]],
    );
}

// ---- numbers ----

#[test]
fn numbers() {
    titles(
        "let a = 1.\n",
        expect![[r#"
            1:9 E0107 `1.` is not a number: digits stand on both sides of the point
                write:  let a = 1.0
        "#]],
    );
    titles(
        "let a = .5\n",
        expect![[r#"
            1:9 E0107 `.5` is not a number: digits stand on both sides of the point
                write:  let a = 0.5
        "#]],
    );
    titles(
        "let a = 1. + b\n",
        expect![[r#"
            1:9 E0107 `1.` is not a number: digits stand on both sides of the point
                write:  let a = 1.0 + b
        "#]],
    );
    titles(
        "let a = [.5, 1]\n",
        expect![[r#"
            1:10 E0107 `.5` is not a number: digits stand on both sides of the point
                write:  let a = [0.5, 1]
        "#]],
    );
    titles(
        "let a = 1.2.3\n",
        expect![[r#"
            1:9 E0107 `1.2.3` is not a number: digits stand on both sides of the point
                a number has one point
        "#]],
    );
    titles(
        "let a = 0x1f\n",
        expect![[r#"
            1:9 E0107 `0x1f` is not a number: digits stand on both sides of the point
                numbers are written in base ten
        "#]],
    );
    titles(
        "let a = 1e\n",
        expect![[r#"
            1:9 E0107 `1e` is not a number: digits stand on both sides of the point
                an exponent follows the `e`, as in  1e3
        "#]],
    );
    titles(
        "let a = sum i: 3. * x[i]\n",
        expect![[r#"
            1:19 E0105 unexpected `*`: expected an expression or an indented block
        "#]],
    );
    titles("let a = 1e400 + 1_000.5 + sum i: 3. x[i]\n", expect![]);
}

// ---- brackets ----

#[test]
fn unclosed_bracket() {
    check(
        "model M\n  init x ~ Normal(0, (1 + 2)\n  dx = x dt\n",
        expect![[r#"
            [E0106] Error: `(` is not closed
               ╭─[ model.sde:2:18 ]
               │
             2 │   init x ~ Normal(0, (1 + 2)
               │                  ┬
               │                  ╰── opened here
             3 │   dx = x dt
               │   ─┬
               │    ╰── this line is no deeper than the one with the bracket, so it is a new one
               │
               │ Help: add `)`
            ───╯
        "#]],
    );
    check(
        "let a = f([1, 2)\nlet b = 1",
        expect![[r#"
            [E0106] Error: `[` is closed by `)`
               ╭─[ model.sde:1:16 ]
               │
             1 │ let a = f([1, 2)
               │           ┬    ┬
               │           ╰─────── opened here
               │                │
               │                ╰── expected `]`
               │
               │ Help: close `[` with `]`:  let a = f([1, 2]
            ───╯
        "#]],
    );
    check(
        "let a = (1 + 2\n",
        expect![[r#"
            [E0106] Error: `(` is not closed
               ╭─[ model.sde:1:9 ]
               │
             1 │ let a = (1 + 2
               │         ┬
               │         ╰── opened here
               │
               │ Help: add `)`
            ───╯
        "#]],
    );
}

#[test]
fn other_brackets() {
    titles(
        "let a = 1)\n",
        expect![[r#"
            1:10 E0106 `)` closes nothing: no bracket is open here
                remove it, or open a bracket before it
        "#]],
    );
    titles(
        "let a = (1]\n",
        expect![[r#"
            1:11 E0106 `(` is closed by `]`: expected `)`
                close `(` with `)`:  let a = (1)
        "#]],
    );
    titles(
        "let a = f(x]\nlet b = g[1)\n",
        expect![[r#"
            1:12 E0106 `(` is closed by `]`: expected `)`
                close `(` with `)`:  let a = f(x)
            2:12 E0106 `[` is closed by `)`: expected `]`
                close `[` with `]`:  let b = g[1]
        "#]],
    );
    titles(
        "let a = {a = (1}\nlet b = )\n",
        expect![[r#"
            1:16 E0106 `(` is closed by `}`: expected `)`
                close `(` with `)`:  let a = {a = (1)
            2:8 E0105 the line ends too early: expected an expression or an indented block
        "#]],
    );
    titles(
        "]\nlet b = +\n",
        expect![[r#"
            1:1 E0106 `]` closes nothing: no bracket is open here
                remove it, or open a bracket before it
            2:9 E0105 unexpected `+`: expected an expression or an indented block
        "#]],
    );
}

// ---- lines ----

#[test]
fn leading_minus() {
    check(
        "model M\n  dx = a dt\n  - b dW\n  dy = x dt\n",
        expect![[r#"
            [E0109] Error: a line that begins with `-` does not go on with the line above
               ╭─[ model.sde:3:3 ]
               │
             2 │   dx = a dt
               │          ─┬
               │           ╰── this line ends here
             3 │   - b dW
               │   ┬
               │   ╰── this begins a line of its own
               │
               │ Help: to go on with the line above, indent this line more
               │
               │ Note: `-` may also begin a value, so it alone does not join two lines as `+` does
            ───╯
        "#]],
    );
    check(
        "let a = b\n- c\n",
        expect![[r#"
            [E0109] Error: a line that begins with `-` does not go on with the line above
               ╭─[ model.sde:2:1 ]
               │
             1 │ let a = b
               │         ┬
               │         ╰── this line ends here
             2 │ - c
               │ ┬
               │ ╰── this begins a line of its own
               │
               │ Help 1: to go on with the line above, indent this line more
               │
               │ Help 2: for a value of its own, write brackets:  (- c)
               │
               │ Note: `-` may also begin a value, so it alone does not join two lines as `+` does
            ───╯
        "#]],
    );
    titles(
        "sample M\n  dt = a\n  - b\n",
        expect![[r#"
            3:3 E0109 a line that begins with `-` does not go on with the line above: this begins a line of its own
                to go on with the line above, indent this line more
        "#]],
    );
    titles(
        "def f(a: Float) -> Float =\n  a\n  - b\n",
        expect![[r#"
            3:3 E0109 a line that begins with `-` does not go on with the line above: this begins a line of its own
                to go on with the line above, indent this line more
        "#]],
    );
    // A value of its own.
    titles("let a = b\n\n-c\n", expect![]);
    titles("def f(a: Float) -> Float =\n  let b = a\n  -b\n", expect![]);
}

#[test]
fn columns() {
    check(
        "model M\n    state x : Real\n  init x = 0\n    dx = x dt\n",
        expect![[r#"
            [E0101] Error: this line belongs to no block
               ╭─[ model.sde:3:3 ]
               │
             3 │   init x = 0
               │   ──┬─
               │     ╰─── it begins in column 3
               │
               │ Help: begin it in column 1 or 5
               │
               │ Note: the lines of a block begin in one column
            ───╯
        "#]],
    );
    titles(
        "  let a = 1\n  let b = 2\nlet c = 3\nlet d = +\n",
        expect![[r#"
            3:1 E0101 this line belongs to no block: it begins in column 1
                begin it in column 3
            4:9 E0105 unexpected `+`: expected an expression or an indented block
        "#]],
    );
    titles(
        "model M\n  state x : Real\n    noise W : Brownian\n",
        expect![[r#"
            3:5 E0101 unexpected indentation: this line is deeper than its block …
                a block opens after  =  ~  ->  .  then  else  of , or below a header such as `model`
                if it is a line of its own, begin it where the one above begins
        "#]],
    );
    titles(
        "let a = 1\n  2\n",
        expect![[r#"
            2:3 E0101 unexpected indentation: this line is deeper than its block …
                a block opens after  =  ~  ->  .  then  else  of , or below a header such as `model`
                if it is a line of its own, begin it where the one above begins
        "#]],
    );
    titles(
        "model M\n  dx = a dt\n + b dW\n  dy = x dt\n",
        expect![[r#"
            3:2 E0101 this line belongs to no block: it begins in column 2
                begin it in column 1 or 3
        "#]],
    );
}

#[test]
fn values_of_blocks() {
    check(
        "def f(x: Float) -> Float =\n  let y = x\n",
        expect![[r#"
            [E0113] Error: this block has no value
               ╭─[ model.sde:2:3 ]
               │
             2 │   let y = x
               │   ────┬────
               │       ╰────── its last line only names something
               │
               │ Help: end the block with an expression
            ───╯
        "#]],
    );
    check(
        "def f(x: Float) -> Float =\n  x + 1\n  x + 2\n",
        expect![[r#"
            [E0113] Error: a block has one value, its last line
               ╭─[ model.sde:3:3 ]
               │
             2 │   x + 1
               │   ──┬──
               │     ╰──── this is the value of the block
             3 │   x + 2
               │   ┬
               │   ╰── nothing may come after it
               │
               │ Help: name what comes before the value:  let first = x + 1
            ───╯
        "#]],
    );
    check(
        "let a = if b then 1\n",
        expect![[r#"
            [E0113] Error: an `if` without `else`
               ╭─[ model.sde:1:20 ]
               │
             1 │ let a = if b then 1
               │              ──┬─  │
               │                ╰───── this has a value when the condition holds …
               │                    │
               │                    ╰─ … and nothing says which one otherwise
               │
               │ Help: say which, for example 0:  let a = if b then 1 else 0
            ───╯
        "#]],
    );
    titles(
        "let a =\n",
        expect![[r#"
            1:8 E0105 the line ends too early: expected an expression or an indented block
        "#]],
    );
    titles(
        "model M\n",
        expect![[r#"
            1:8 E0105 `model M` has no lines: the lines of a model are below this one, and deeper
                indent them by two spaces
        "#]],
    );
    titles(
        "model M\nlet a = 1\n",
        expect![[r#"
            1:8 E0105 `model M` has no lines: the lines of a model are below this one, and deeper
                indent them by two spaces
        "#]],
    );
    titles(
        "case x of\n",
        expect![[r#"
            1:10 E0105 the line ends too early: expected an indented block
        "#]],
    );
}

// ---- names ----

#[test]
fn names() {
    check(
        "model M\n  param type : Real\n",
        expect![[r#"
            [E0112] Error: `type` cannot be a name
               ╭─[ model.sde:2:9 ]
               │
             2 │   param type : Real
               │         ──┬─
               │           ╰─── a word of the language
               │
               │ Help: choose another name, for example `type_`
            ───╯
        "#]],
    );
    titles(
        "let dW = 1\n",
        expect![[r#"
            1:5 E0112 `dW` cannot be a name here: reads as the differential of `W`
                choose a name that is not `d` followed by a capital letter, or `dt`
        "#]],
    );
    titles(
        "def dt(x: Float) -> Float = x\n",
        expect![[r#"
            1:5 E0112 `dt` cannot be a name here: reads as the differential of `t`
                choose a name that is not `d` followed by a capital letter, or `dt`
        "#]],
    );
    titles(
        "model my_model\n  state x : Real\n",
        expect![[r#"
            1:7 E0112 this name must begin with a capital letter: `my_model` begins with a small one
                write `MyModel`
        "#]],
    );
    titles(
        "def F(x: Float) -> Float = x\n",
        expect![[r#"
            1:5 E0112 this name must begin with a small letter: `F` begins with a capital one
                write `f`
        "#]],
    );
    titles(
        "let sum = 1\n",
        expect![[r#"
            1:5 E0112 `sum` cannot be a name: a word of the language
                choose another name, for example `sum_`
        "#]],
    );
    titles(
        "let x = for + 1\n",
        expect![[r#"
            1:13 E0105 unexpected `+`: expected a name or `_`
        "#]],
    );
    titles(
        "index Species = hare | lynx\n",
        expect![[r#"
            1:17 E0112 this name must begin with a capital letter: `hare` begins with a small one
                write `Hare`
        "#]],
    );
}

#[test]
fn bindings() {
    check(
        "k = 8\n",
        expect![[r#"
            [E0116] Error: `k` is bound without `let`
               ╭─[ model.sde:1:1 ]
               │
             1 │ k = 8
               │ ┬
               │ ╰── nothing says what this is
               │
               │ Help: name a value with `let`:  let k = 8
            ───╯
        "#]],
    );
    titles(
        "model M\n  k = 8\n  K = 8\n",
        expect![[r#"
            2:3 E0116 `k` is not the left side of an equation: an equation begins with `d` and the name of a state
                for an abbreviation:  let k = 8
                for the state `k`, as in  dk = … dt
            3:3 E0116 `K` is bound without `let`: nothing says what this is
                name a value with `let`:  let K = 8
        "#]],
    );
    titles(
        "let a = if x = 1 then 2 else 3\n",
        expect![[r#"
            1:14 E0114 `=` does not compare: this binds a name
                equality is written `==`:  let a = if x == 1 then 2 else 3
        "#]],
    );
    titles(
        "let a = 0 < x < 1\n",
        expect![[r#"
            1:15 E0114 comparisons cannot be chained: … and another
                compare twice:  let a = 0 < x and x < 1
        "#]],
    );
    titles(
        "let a = x[0:2]\n",
        expect![[r#"
            1:12 E0110 there are no slices: an index is one number or name
                a part is made of its entries:  let a = [x[0], x[1]]
        "#]],
    );
}

// ---- equations ----

#[test]
fn equations() {
    check(
        "model M\n  dx = for i. a[i] dW\n",
        expect![[r#"
            [E0115] Error: a coefficient that begins with `for` must be bracketed
               ╭─[ model.sde:2:8 ]
               │
             2 │   dx = for i. a[i] dW
               │        ─┬─         ─┬
               │         ╰────────────── this goes on as far to the right as it can
               │                     │
               │                     ╰── so this would stand inside it
               │
               │ Help: write brackets:  dx = (for i. a[i]) dW
            ───╯
        "#]],
    );
    titles(
        "model M\n  dx = a b dt\n",
        expect![[r#"
            2:8 E0102 missing operator between `a` and `b`: juxtaposition is not multiplication here
                to multiply:  dx = a * b dt
                to apply a function, write  a(b)
        "#]],
    );
    titles(
        "model M\n  dx = a b\n",
        expect![[r#"
            2:8 E0102 missing operator between `a` and `b`: juxtaposition is not multiplication here
                to multiply:  dx = a * b
                to apply a function, write  a(b)
        "#]],
    );
    titles(
        "model M\n  dx = 2 x * y dt\n",
        expect![[r#"
            2:8 E0102 missing operator between `2` and `x`: juxtaposition is not multiplication here
                to multiply:  dx = 2 * x * y dt
        "#]],
    );
    titles("model M\n  dx = 2 (x + y) dt\n", expect![]);
    titles(
        "model M\n  dx = f(x) g(x) dt\n",
        expect![[r#"
            2:8 E0102 missing operator between `f(x)` and `g(x)`: juxtaposition is not multiplication here
                to multiply:  dx = f(x) * g(x) dt
        "#]],
    );
    titles(
        "model M\n  dS = mu S dt\n",
        expect![[r#"
            2:8 E0102 missing operator between `mu` and `S`: juxtaposition is not multiplication here
                to multiply:  dS = mu * S dt
                to apply a function, write  mu(S)
        "#]],
    );
    titles(
        "model M\n  dx = (a dt + b dW)\n",
        expect![[r#"
            2:11 E0115 a differential inside brackets: … holds a differential
                write the terms of an equation without brackets:  dx = a dt + b dW
        "#]],
    );
    titles(
        "model M\n  dx = a dt b dW\n",
        expect![[r#"
            2:13 E0105 unexpected `b`: expected the end of the line, `+` or `-`
        "#]],
    );
    titles(
        "model M\n  dx = a dt +\n",
        expect![[r#"
            2:14 E0105 the line ends too early: expected an expression or a differential such as `dt`
        "#]],
    );
    titles(
        "model M\n  dx/dt = a dt\n",
        expect![[r#"
            2:13 E0115 `dt` stands on the left already: the right side of `dx/dt` has no differential
                leave it out:  dx/dt = a
        "#]],
    );
    titles(
        "model M\n  dx = a dt + _dW\n",
        expect![[r#"
            2:15 E0115 `_dW` is one name: a name may begin with `_`
                for the prior's coefficient:  dx = a dt + _ dW
        "#]],
    );
    titles(
        "model M\n  dx dt = a\n",
        expect![[r#"
            2:6 E0105 unexpected `dt`: expected `[`, `=`, `~` or `/`
        "#]],
    );
    titles(
        "model M\n  state V : Positive [l]\n",
        expect![[r#"
            2:22 E0117 units are not built yet: reserved for the unit of what stands before it
                leave it out, and say it in a comment
        "#]],
    );
}

// ---- anything else ----

#[test]
fn unexpected() {
    titles(
        "let = 1\n",
        expect![[r#"
            1:5 E0105 unexpected `=`: expected a name or a pattern
        "#]],
    );
    titles(
        "let a = 1 +\n",
        expect![[r#"
            1:12 E0105 the line ends too early: expected an expression
        "#]],
    );
    titles(
        "let a = * 1\n",
        expect![[r#"
            1:9 E0105 unexpected `*`: expected an expression or an indented block
        "#]],
    );
    titles(
        "let a : = 1\n",
        expect![[r#"
            1:9 E0105 unexpected `=`: expected a type
        "#]],
    );
    titles(
        "let a 1\n",
        expect![[r#"
            1:7 E0105 unexpected `1`: expected `:`, `=` or `~`
        "#]],
    );
    titles(
        "let a = f(1 2)\n",
        expect![[r#"
            1:11 E0102 missing operator between `1` and `2`: juxtaposition is not multiplication here
                to multiply:  let a = f(1 * 2)
                to separate two values, write `,` between them
        "#]],
    );
    titles(
        "let a = [1 2]\n",
        expect![[r#"
            1:10 E0102 missing operator between `1` and `2`: juxtaposition is not multiplication here
                to multiply:  let a = [1 * 2]
                to separate two values, write `,` between them
        "#]],
    );
    titles(
        "let a = f x\n",
        expect![[r#"
            1:9 E0102 missing operator between `f` and `x`: juxtaposition is not multiplication here
                to multiply:  let a = f * x
                to apply a function, write  f(x)
        "#]],
    );
    titles(
        "let a = f(, 1)\n",
        expect![[r#"
            1:11 E0105 unexpected `,`: expected an expression, `dt` or `)`
        "#]],
    );
    titles(
        "let a = \\x x\n",
        expect![[r#"
            1:13 E0105 the line ends too early: expected a name or `_`, `:` or `.`
        "#]],
    );
    titles(
        "let a = for . 1\n",
        expect![[r#"
            1:13 E0105 unexpected `.`: expected a name or `_`
        "#]],
    );
    titles(
        "def f(x Float) = x\n",
        expect![[r#"
            1:9 E0105 unexpected `Float`: expected `)`, `,` or `:`
        "#]],
    );
    titles(
        "def f(x: Float) - Float = x\n",
        expect![[r#"
            1:17 E0105 unexpected `-`: expected `=` or `->`
        "#]],
    );
    titles(
        "def f = 1\n",
        expect![[r#"
            1:7 E0105 unexpected `=`: expected `(`
        "#]],
    );
    titles(
        "model M\n  sate x : Real\n",
        expect![[r#"
            2:3 E0105 nothing begins with `sate`: not a word of the language
                did you mean `state`?
        "#]],
    );
    titles(
        "model M\n  state x\n",
        expect![[r#"
            2:10 E0105 `state x` needs a type: a `:` and the type come first
                any number:  state x : Real
        "#]],
    );
    titles(
        "model M\n  noise W Brownian\n",
        expect![[r#"
            2:11 E0105 unexpected `Brownian`: expected `like`, `,` or `:`
        "#]],
    );
    titles(
        "model M\n  observe y\n",
        expect![[r#"
            2:12 E0105 nothing is said about `y`: the line ends here
                seen with an error:  observe y ~ Normal(y, 0.1)
                seen as it is, where the model has noise, as in  observe y = y
        "#]],
    );
    titles(
        "model M\n  init x : 0\n",
        expect![[r#"
            2:10 E0105 unexpected `:`: expected `=` or `~`
        "#]],
    );
    titles(
        "fit OU Rates\n",
        expect![[r#"
            1:8 E0105 unexpected `Rates`: expected the end of the line, an indented block, `to`, `as` or `(`
        "#]],
    );
    titles(
        "fit OU to Rates\n  objective mle\n",
        expect![[r#"
            2:13 E0105 unexpected `mle`: expected `=`
        "#]],
    );
    titles(
        "sample OU as\n",
        expect![[r#"
            1:13 E0105 the line ends too early: expected a name
        "#]],
    );
    titles(
        "data D = csv\n  x : Float\n",
        expect![[r#"
            2:3 E0105 unexpected block: expected a text in quotes
        "#]],
    );
    titles(
        "data D = csv \"x\"\n  x from \"x\"\n",
        expect![[r#"
            2:5 E0105 unexpected `from`: expected `:`
        "#]],
    );
    titles(
        "import 3\n",
        expect![[r#"
            1:8 E0105 unexpected `3`: expected a name or a text in quotes
        "#]],
    );
    titles(
        "size n : 3\n",
        expect![[r#"
            1:8 E0105 unexpected `:`: expected `=`
        "#]],
    );
    titles(
        "net N : 3 -> 3\n  param a Real\n  a\n",
        expect![[r#"
            2:11 E0105 unexpected `Real`: expected `,` or `:`
        "#]],
    );
    titles(
        "else\n",
        expect![[r#"
            1:1 E0105 unexpected `else`: expected a declaration, a command or an expression
        "#]],
    );
    titles(
        "let a = case x of 1 -> 2\n",
        expect![[r#"
            1:19 E0105 unexpected `1`: expected an indented block
        "#]],
    );
    titles(
        "let a : Table(1 = 2\n",
        expect![[r#"
            1:14 E0106 `(` is not closed: opened here
                add `)`
        "#]],
    );
}

#[test]
fn several_in_one_run() {
    titles(
        "model M
  param a Real
  state x : Real
  noise W :
  dx = a x dt + dW
  let f =
    let g = )
    let h = 2 *
    g
  observe x ~ Normal(
sample M
  paths = 10 10
  seed = 1
  dt 0.1
data D(k) = csv \"d.csv\"
  t : k =>
  x : k => Float
  y k
def f(x: Float) -> Float =
  case x of
    A -> 1 +
    B -> 2
    C 3
  + let
",
        expect![[r#"
            2:11 E0105 unexpected `Real`: expected `,` or `:`
            4:12 E0105 the line ends too early: expected a type
            5:8 E0102 missing operator between `a` and `x`: juxtaposition is not multiplication here
                to multiply:  dx = a * x dt + dW
                to apply a function, write  a(x)
            7:12 E0105 the line ends too early: expected an expression or an indented block
            8:16 E0105 the line ends too early: expected an expression
            10:21 E0106 `(` is not closed: this line is no deeper than the one with the bracket, so it is a new one
                add `)`
            12:11 E0102 missing operator between `10` and `10`: juxtaposition is not multiplication here
                to multiply:  paths = 10 * 10
            14:6 E0105 unexpected `0.1`: expected `=`
            16:11 E0105 the line ends too early: expected a type
            18:5 E0105 unexpected `k`: expected `:`
            21:13 E0105 the line ends too early: expected an expression
            23:7 E0105 unexpected `3`: expected `(` or `->`
        "#]],
    );
}

// ---- texts that are not files ----

#[test]
fn expressions_and_types() {
    let alone = |text: &str, expected: Expect| {
        let source = SourceMap::default().add("text", text);
        let expr = sdec_grammar::parse_expr(source, text);
        let ty = sdec_grammar::parse_type(source, text);
        let say = |diagnostics: &[Diagnostic]| match diagnostics {
            [] => "-".to_owned(),
            [one, ..] => format!("{} {}: {}", one.code, one.title, one.labels[0].text),
        };
        let messages = [say(&expr.diagnostics), say(&ty.diagnostics)];
        expected.assert_eq(&messages.join("\n"));
    };
    alone(
        "",
        expect![[r#"
            E0105 the line ends too early: expected an expression
            E0105 the line ends too early: expected a type"#]],
    );
    alone(
        "  # nothing",
        expect![[r#"
            E0105 the line ends too early: expected an expression
            E0105 the line ends too early: expected a type"#]],
    );
    alone(
        "1 +",
        expect![[r#"
            E0105 the line ends too early: expected an expression
            E0105 the line ends too early: expected a type"#]],
    );
    alone(
        "1\n2",
        expect![[r#"
            E0105 unexpected `2`: nothing can stand here
            E0105 unexpected `2`: nothing can stand here"#]],
    );
    alone(
        "  [1, 2]",
        expect![[r#"
            -
            E0105 unexpected `[`: expected a type"#]],
    );
    alone(
        "milstein(dt = 0.01)",
        expect![[r#"
            -
            E0112 `dt` cannot be a name here: reads as the differential of `t`"#]],
    );
    alone(
        "n =>",
        expect![[r#"
            E0105 unexpected `=>`: expected the end of the line or an operator
            E0105 the line ends too early: expected a type"#]],
    );
    alone(
        "let a = 1",
        expect![[r#"
            E0105 unexpected `let`: expected an expression
            E0105 unexpected `let`: expected a type"#]],
    );
    alone(
        "²",
        expect![[r#"
            E0104 superscripts are not letters: a power cannot be written like this
            E0104 superscripts are not letters: a power cannot be written like this"#]],
    );
}

// ---- limits ----

#[test]
fn limits() {
    titles(
        &format!("let a = {}1{}\n", "(".repeat(300), ")".repeat(300)),
        expect![[r#"
            1:136 E0111 nested too deeply: this would be inside 128 other brackets and blocks
                name the inner parts with `let`
        "#]],
    );
    titles(
        &format!("let a = {}1\n", "(".repeat(100_000)),
        expect![[r#"
            1:9 E0106 `(` is not closed: opened here
                add `)`
        "#]],
    );
    titles(
        &format!("let a = 1{}\nlet b = +\n", " + 1".repeat(50_000)),
        expect![[r#"
            1:1603 E0111 this expression is too long: more than 400 operators come before this
                name parts of it with `let`, or put its terms into a table and sum over it
            2:9 E0105 unexpected `+`: expected an expression or an indented block
        "#]],
    );
    titles(
        &format!("let a = {}1\n", "-".repeat(50_000)),
        expect![[r#"
            1:407 E0111 this expression is too long: more than 400 operators come before this
                name parts of it with `let`, or put its terms into a table and sum over it
        "#]],
    );
    titles(
        &format!("let a = f{}\n", "(1)".repeat(50_000)),
        expect![[r#"
            1:1204 E0111 this expression is too long: more than 400 operators come before this
                name parts of it with `let`, or put its terms into a table and sum over it
        "#]],
    );
    titles(
        &format!("let a : {}\n", "n => ".repeat(50_000)),
        expect![[r#"
            1:2006 E0111 this expression is too long: more than 400 operators come before this
                name parts of it with `let`, or put its terms into a table and sum over it
        "#]],
    );
    titles(
        &format!("let a = {}1\n", "if b then 1 else ".repeat(50_000)),
        expect![[r#"
            1:2265 E0111 this expression is too long: more than 400 operators come before this
                name parts of it with `let`, or put its terms into a table and sum over it
        "#]],
    );
    titles(&format!("let a = [{}]\n", "1, ".repeat(100_000)), expect![]);
    titles(&format!("index Many = A{}\n", " | B".repeat(10_000)), expect![]);
    titles(&format!("let a{} = \"{}\" # é\n", "é".repeat(50_000), "é".repeat(50_000)), expect![]);
    titles(
        &format!("let a = 1.{}\n", "1_".repeat(50_000) + "e"),
        expect![[r#"
            1:9 E0107 `1.1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1_…` is not a number: digits stand on both sides of the point
                an exponent follows the `e`, as in  1e3
        "#]],
    );
    let deep: String = (0..300).map(|n| format!("{}let a =\n", " ".repeat(n))).collect();
    titles(
        &deep,
        expect![[r#"
            129:129 E0111 nested too deeply: this would be inside 128 other brackets and blocks
                name the inner parts with `let`
            137:143 E0111 this expression is too long: more than 400 operators come before this
                name parts of it with `let`, or put its terms into a table and sum over it
        "#]],
    );
}

/// A text of nothing but mistakes is given up at some point.
#[test]
fn too_many_mistakes() {
    let text = "x y\n".repeat(5000);
    let source = SourceMap::default().add("model.sde", text.as_str());
    assert_eq!(sdec_grammar::parse_program(source, &text).diagnostics.len(), 1000);
    let text = "$\n".repeat(5000);
    assert_eq!(sdec_grammar::parse_program(source, &text).diagnostics.len(), 1000);
    let text = "model M\n".to_owned() + &"  state x\n".repeat(5000);
    assert_eq!(sdec_grammar::parse_program(source, &text).diagnostics.len(), 25);
}

/// Commands, choices and records as their neighbours, other tools or other languages write them.
#[test]
fn forms_of_others() {
    titles(
        "sample paths of OU\n  times = [1]\n",
        expect![[r#"
            1:8 E0105 a sample begins with its model: a name of its own comes behind that
                write:  sample OU as paths
        "#]],
    );
    titles(
        "sample Paths of OU\n  times = [1]\n",
        expect![[r#"
            1:14 E0105 a sample begins with its model: a name of its own comes behind that
                write:  sample OU as paths
        "#]],
    );
    titles(
        "fit OU(Rates)\n  objective = mle\n",
        expect![[r#"
            1:8 E0105 the data of a fit follow `to`: not in brackets
                write:  fit OU to Rates
        "#]],
    );
    titles(
        "model OU\n  state x : Real\n  observe Rates.r = x\n",
        expect![[r#"
            3:16 E0105 an observation is named by its column: which data it is of is said by the command, as in  fit OU to Rates
                write:  observe r = x
        "#]],
    );
    titles(
        "let y =\n  case s:\n    A -> 1.0\n",
        expect![[r#"
            2:9 E0105 `of` ends the head of a `case`: not `:`
                write:  case s of
        "#]],
    );
    titles(
        "let y =\n  match s\n    A -> 1.0\n",
        expect![[r#"
            2:9 E0105 `case` looks at a value: its arms follow `of`
                write:  case s of
                with arms below, as in  A -> 1.0
        "#]],
    );
    titles(
        "let r = { a: 1.0, b = 2.0 }\n",
        expect![[r#"
            1:12 E0105 the value of a field follows `=`: not `:`
                write:  let r = { a = 1.0, b = 2.0 }
        "#]],
    );
}
