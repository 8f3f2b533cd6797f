//! A long program, for the time that checking takes.

/// A program of at least so many lines, as somebody writes who keeps every variant in one file:
/// models with nets, tables and two kinds of noise, functions, estimates.
pub(super) fn program(lines: usize) -> String {
    const VARIANT: &str = "\
## Two species with food that grows back, variant @.
model Field@(n@ = 4)
  param growth@, decay@ : Positive = 0.5
  param coupling@ : n@ => n@ => Float = zeros
  param net@ : MLP(n@ + 1, n@, width = 8)
  input season@ : Real = 1
  let total@ = sum i. z@[i]
  let drift@ = net@(cat(z@, [t]))
  state z@ : n@ => Float
  state food@ : Positive
  noise W@ like z@
  noise B@ : Brownian
  init z@ = for i. 1 + 0.1 * float(ordinal(i))
  init food@ = 1.0
  dz@ = (drift@ + coupling@ @@ z@ - decay@ * z@) dt + growth@ * 0.1 dW@
  dfood@ = (growth@ - 0.1 * total@ * food@ * season@) dt + 0.1 * food@ dB@

## The share of the first, of variant @.
def share@(x: n => Float, weight: Float) -> Float =
  let whole = sum i. x[i]
  let scaled = for i. weight * x[i] / whole
  if whole > 0 then max i. scaled[i] else 0

estimate mean@ of Field@
  value = food@(1) + share@(z@(1), 0.5)
  solver = euler(dt = 0.01)
  paths = 100

";
    let mut out = String::new();
    for number in 0..lines.div_ceil(VARIANT.lines().count()) {
        let parts: Vec<String> =
            VARIANT.split("@@").map(|part| part.replace('@', &number.to_string())).collect();
        out += &parts.join("@");
    }
    out
}
