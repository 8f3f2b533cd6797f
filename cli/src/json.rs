//! Results as one JSON document, for scripts. `docs/cli.md` describes it.

use serde_json::{Map, Value as Json, json};

use sdec_driver::{
    BlockResult, Derivative, EstimateResult, ExpressionResult, FitResult, SampleResult,
    SecondDerivative, Solve, StateSummary, Value,
};

/// The document of a run, ending in a line end.
pub(crate) fn document(file: &str, results: &[BlockResult]) -> String {
    let blocks: Vec<Json> = results.iter().map(block).collect();
    let document = json!({
        "sdec": env!("CARGO_PKG_VERSION"),
        "file": file,
        "blocks": blocks,
    });
    format!("{document:#}\n")
}

fn block(result: &BlockResult) -> Json {
    match result {
        BlockResult::Sample(result) => sample(result),
        BlockResult::Estimate(result) => estimate(result),
        BlockResult::Fit(result) => fit(result),
        BlockResult::Expression(result) => expression(result),
    }
}

/// What a fit leaves in its folder: the block of its document, with where it comes from.
pub(crate) fn summary(file: &str, command: &[String], result: &FitResult) -> String {
    let mut out = Map::new();
    out.insert("sdec".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    out.insert("file".to_owned(), json!(file));
    out.insert("source".to_owned(), json!(result.source));
    out.insert("command".to_owned(), json!(command));
    if let Json::Object(block) = fit(result) {
        out.extend(block);
    }
    format!("{:#}\n", Json::Object(out))
}

fn fit(result: &FitResult) -> Json {
    let mut out = head("fit", &result.name, &result.solve);
    // A fit has rows where others have paths, and its steps are those of its optimiser.
    out.shift_remove("paths");
    out.shift_remove("steps");
    out.insert("rows".to_owned(), json!(result.solve.paths));
    out.insert("optimizer".to_owned(), json!(result.optimizer));
    out.insert("objective".to_owned(), number(result.objective));
    out.insert("per".to_owned(), json!("dataset"));
    out.insert("held_out".to_owned(), result.held_out.map_or(Json::Null, number));
    out.insert("gradient_norm".to_owned(), number(result.gradient_norm));
    out.insert("steps".to_owned(), json!(result.steps));
    out.insert("status".to_owned(), json!(result.status));
    let params = result.params.iter().map(|entry| {
        // Numbers that are tied are made of others, of which there may be less.
        let is_alike = entry.unconstrained.len() == entry.value.len();
        let count = [entry.unconstrained.len()];
        let shape = if is_alike { entry.shape.as_slice() } else { &count };
        let facts = json!({
            "value": nested(&entry.shape, &entry.value, number),
            "unconstrained": nested(shape, &entry.unconstrained, number),
            "stderr": nested(&entry.shape, &entry.stderr, spread),
            "constraint": entry.constraint,
        });
        (entry.name.clone(), facts)
    });
    out.insert("params".to_owned(), Json::Object(params.collect()));
    if !result.effects.is_empty() {
        let effects = result.effects.iter().map(|effect| {
            (effect.name.clone(), json!({ "value": nested(&effect.shape, &effect.value, number) }))
        });
        out.insert("effects".to_owned(), Json::Object(effects.collect()));
    }
    let tie = |tie: &Vec<(String, f64)>| {
        let parts = tie.iter().map(|(name, part)| (name.clone(), number(*part)));
        Json::Object(parts.collect())
    };
    out.insert("ties".to_owned(), result.ties.iter().map(tie).collect());
    out.insert("saddle".to_owned(), json!(result.is_saddle));
    out.insert("no_stderr".to_owned(), json!(result.unknown));
    let starts = result.starts.iter().map(|start| {
        json!({
            "status": start.status,
            "steps": start.steps,
            "objective": number(start.objective),
            "held_out": start.held_out.map_or(Json::Null, number),
        })
    });
    out.insert("starts".to_owned(), starts.collect());
    let troubles = json!({ "count": result.troubles, "first": result.reports });
    out.insert("troubles".to_owned(), troubles);
    out.insert("out".to_owned(), json!(result.out.to_string_lossy()));
    if let Some(path) = &result.plotted {
        out.insert("plotted".to_owned(), json!(path.to_string_lossy()));
    }
    out.insert("seconds".to_owned(), seconds(&result.solve));
    Json::Object(out)
}

fn estimate(result: &EstimateResult) -> Json {
    let mut out = head("estimate", &result.name, &result.solve);
    out.insert("value".to_owned(), number(result.value));
    out.insert("stderr".to_owned(), spread(result.stderr));
    out.insert("gradient".to_owned(), derivatives(result, |_| true));
    insert_second(&mut out, result);
    out.insert("seconds".to_owned(), seconds(&result.solve));
    Json::Object(out)
}

/// The document of a gradient, ending in a line end: derivatives by parameters, and by inputs.
pub(crate) fn gradient(file: &str, result: &EstimateResult) -> String {
    let mut out = Map::new();
    out.insert("sdec".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    out.insert("file".to_owned(), json!(file));
    out.extend(head("estimate", &result.name, &result.solve));
    out.insert("method".to_owned(), json!(result.method));
    out.insert("estimator".to_owned(), json!(result.estimator));
    out.insert("value".to_owned(), number(result.value));
    out.insert("stderr".to_owned(), spread(result.stderr));
    out.insert("gradient".to_owned(), derivatives(result, |entry| !entry.is_input));
    out.insert("inputs".to_owned(), derivatives(result, |entry| entry.is_input));
    insert_second(&mut out, result);
    if let Some(path) = &result.saved {
        out.insert("saved".to_owned(), json!(path.to_string_lossy()));
    }
    out.insert("seconds".to_owned(), seconds(&result.solve));
    format!("{:#}\n", Json::Object(out))
}

/// First derivatives by name.
fn derivatives(result: &EstimateResult, wanted: impl Fn(&Derivative) -> bool) -> Json {
    let entries = result.gradient.iter().filter(|entry| wanted(entry));
    Json::Object(entries.map(|entry| (entry.name.clone(), derivative(entry))).collect())
}

/// Second derivatives, if there are any.
fn insert_second(out: &mut Map<String, Json>, result: &EstimateResult) {
    if !result.second.is_empty() {
        let second: Json = result.second.iter().map(second_derivative).collect();
        out.insert("second".to_owned(), second);
    }
}

fn second_derivative(entry: &SecondDerivative) -> Json {
    let shape = entry.shapes.concat();
    json!({
        "by": entry.names,
        "value": nested(&shape, &entry.value, number),
        "stderr": nested(&shape, &entry.stderr, spread),
    })
}

fn derivative(entry: &Derivative) -> Json {
    json!({
        "value": nested(&entry.shape, &entry.value, number),
        "stderr": nested(&entry.shape, &entry.stderr, spread),
    })
}

fn sample(result: &SampleResult) -> Json {
    let mut out = head("sample", &result.name, &result.solve);
    out.insert("times".to_owned(), json!(result.times));
    let paths = usize::try_from(result.solve.paths).unwrap_or(usize::MAX);
    let times = result.times.len();
    let summaries = |all: &[StateSummary]| {
        Json::Object(all.iter().map(|one| (one.name.clone(), state(one, times, paths))).collect())
    };
    out.insert("states".to_owned(), summaries(&result.states));
    if !result.observed.is_empty() {
        out.insert("observed".to_owned(), summaries(&result.observed));
    }
    for (key, path) in [("saved", &result.saved), ("plotted", &result.plotted)] {
        if let Some(path) = path {
            out.insert(key.to_owned(), json!(path.to_string_lossy()));
        }
    }
    out.insert("seconds".to_owned(), seconds(&result.solve));
    Json::Object(out)
}

fn state(summary: &StateSummary, times: usize, paths: usize) -> Json {
    let shape: Vec<usize> = [times, paths].into_iter().chain(summary.shape.clone()).collect();
    let by_time: Vec<usize> = [times].into_iter().chain(summary.shape.clone()).collect();
    json!({
        "shape": shape,
        "mean": nested(&by_time, &summary.mean, number),
        "sd": nested(&by_time, &summary.sd, spread),
    })
}

fn expression(result: &ExpressionResult) -> Json {
    json!({
        "kind": "expression",
        "text": result.text,
        "value": value(&result.value),
        "type": result.ty,
    })
}

/// A value as JSON: tables and tuples are lists, records objects, constructors their names or `{ Name: [...] }`.
fn value(value_: &Value) -> Json {
    match value_ {
        Value::Float(float) => number(*float),
        Value::Int(whole) => json!(whole),
        Value::Bool(truth) => json!(truth),
        Value::List(entries) | Value::Tuple(entries) => entries.iter().map(value).collect(),
        Value::Record(fields) => {
            let fields = fields.iter().map(|(name, entry)| (name.clone(), value(entry)));
            Json::Object(fields.collect())
        }
        Value::Constructor(name, args) if args.is_empty() => json!(name),
        Value::Constructor(name, args) => {
            let args: Json = args.iter().map(value).collect();
            Json::Object(Map::from_iter([(name.clone(), args)]))
        }
    }
}

/// What every solved block says of itself.
fn head(kind: &str, name: &str, solve: &Solve) -> Map<String, Json> {
    let facts = [
        ("kind", json!(kind)),
        ("name", json!(name)),
        ("model", json!(solve.model)),
        ("noise", json!(solve.noise)),
        ("solver", json!(solve.solver)),
        ("backend", json!(solve.backend)),
        ("precision", json!(if solve.single { "f32" } else { "f64" })),
        ("paths", json!(solve.paths)),
        ("seed", json!(solve.seed)),
        ("steps", json!(solve.steps)),
        ("memory", json!(solve.memory)),
    ];
    facts.into_iter().map(|(key, fact)| (key.to_owned(), fact)).collect()
}

fn seconds(solve: &Solve) -> Json {
    let seconds = solve.seconds;
    json!({
        "check": seconds.check,
        "compile": seconds.compile,
        "codegen": seconds.codegen,
        "run": seconds.run
    })
}

/// A number. JSON has none for what is not finite, so these are texts: `"inf"`, `"-inf"`, `"nan"`.
fn number(value: f64) -> Json {
    match value {
        finite if finite.is_finite() => json!(finite),
        nan if nan.is_nan() => json!("nan"),
        infinite if infinite > 0.0 => json!("inf"),
        _ => json!("-inf"),
    }
}

/// A number that is missing where there is no spread, as of one path.
fn spread(value: f64) -> Json {
    if value.is_nan() { Json::Null } else { number(value) }
}

/// Entries in index order as lists within lists; a number where there is no index.
fn nested(shape: &[usize], entries: &[f64], entry: fn(f64) -> Json) -> Json {
    let Some((extent, inner)) = shape.split_first() else {
        return entries.first().map_or(Json::Null, |&value| entry(value));
    };
    let size: usize = inner.iter().product();
    let row = |row: usize| nested(inner, &entries[row * size..(row + 1) * size], entry);
    (0..*extent).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_nest_outermost_index_first() {
        let entries = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(nested(&[2, 3], &entries, number), json!([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
        assert_eq!(nested(&[], &entries[..1], number), json!(1.0));
        assert_eq!(nested(&[0, 3], &[], number), json!([]));
    }

    #[test]
    fn what_is_not_finite_is_a_text_and_what_is_missing_is_null() {
        let entries = [f64::NAN, 1.0, f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(nested(&[4], &entries, number), json!(["nan", 1.0, "inf", "-inf"]));
        assert_eq!(nested(&[4], &entries, spread), json!([null, 1.0, "inf", "-inf"]));
    }

    #[test]
    fn constructors_keep_their_names() {
        let bare = Value::Constructor("Missing".to_owned(), Vec::new());
        let full = Value::Constructor("Value".to_owned(), vec![Value::Float(2.5)]);
        let record = Value::Record(vec![("m".to_owned(), bare), ("v".to_owned(), full)]);
        assert_eq!(value(&record), json!({ "m": "Missing", "v": { "Value": [2.5] } }));
    }
}
