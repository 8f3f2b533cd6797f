//! The numbers of a result, without what depends on the machine that found them.

use sdec_driver::{BlockResult, EstimateResult, FitResult, SampleResult, StateSummary, Value};
use serde_json::{Map, Value as Json, json};

/// The numbers of all blocks, by the name of the block or the text of the expression.
pub fn facts(results: &[BlockResult]) -> Json {
    let blocks = results.iter().map(|result| match result {
        BlockResult::Sample(result) => (result.name.clone(), sample(result)),
        BlockResult::Estimate(result) => (result.name.clone(), estimate(result)),
        BlockResult::Fit(result) => (result.name.clone(), fit(result)),
        BlockResult::Expression(result) => (result.text.clone(), value(&result.value)),
    });
    Json::Object(blocks.collect())
}

fn estimate(result: &EstimateResult) -> Json {
    let gradient = result
        .gradient
        .iter()
        .map(|entry| (entry.name.clone(), json!({ "value": entry.value, "stderr": entry.stderr })));
    let gradient: Map<String, Json> = gradient.collect();
    let mut facts = Map::new();
    facts.insert("value".to_owned(), json!(result.value));
    facts.insert("stderr".to_owned(), json!(result.stderr));
    facts.insert("gradient".to_owned(), Json::Object(gradient));
    for entry in &result.second {
        let numbers = json!({ "value": entry.value, "stderr": entry.stderr });
        facts.insert(entry.names.join(" "), numbers);
    }
    Json::Object(facts)
}

fn fit(result: &FitResult) -> Json {
    let params = result
        .params
        .iter()
        .map(|entry| (entry.name.clone(), json!({ "value": entry.value, "stderr": entry.stderr })));
    let params: Map<String, Json> = params.collect();
    json!({ "objective": result.objective, "status": result.status, "params": params })
}

fn sample(result: &SampleResult) -> Json {
    let moments = |states: &[StateSummary]| -> Map<String, Json> {
        let of = |state: &StateSummary| json!({ "shape": state.shape, "mean": state.mean, "sd": state.sd });
        states.iter().map(|state| (state.name.clone(), of(state))).collect()
    };
    let mut facts = json!({ "times": result.times, "states": moments(&result.states) });
    if !result.observed.is_empty() {
        facts["observed"] = Json::Object(moments(&result.observed));
    }
    facts
}

fn value(value_: &Value) -> Json {
    match value_ {
        Value::Float(number) => json!(number),
        Value::Int(number) => json!(number),
        Value::Bool(truth) => json!(truth),
        Value::List(entries) | Value::Tuple(entries) => entries.iter().map(value).collect(),
        Value::Record(fields) => {
            Json::Object(fields.iter().map(|(name, entry)| (name.clone(), value(entry))).collect())
        }
        Value::Constructor(name, args) => json!({ name: args.iter().map(value).collect::<Json>() }),
    }
}

/// Whether two results hold the same bits.
///
/// # Errors
///
/// The first place that differs.
pub fn same(a: &Json, b: &Json) -> Result<(), String> {
    compare(a, b, "", &|a, b| a.to_bits() == b.to_bits())
}

/// Whether two results agree to a relative error of `tolerance`; numbers below 1 to that much absolutely.
///
/// # Errors
///
/// The first place that differs by more.
pub fn agree(a: &Json, b: &Json, tolerance: f64) -> Result<(), String> {
    compare(a, b, "", &|a, b| (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0))
}

fn compare(
    a: &Json,
    b: &Json,
    place: &str,
    is_close: &dyn Fn(f64, f64) -> bool,
) -> Result<(), String> {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap_or(f64::NAN), y.as_f64().unwrap_or(f64::NAN));
            if is_close(x, y) { Ok(()) } else { Err(format!("{place}: {x:e} is not {y:e}")) }
        }
        (Json::Array(xs), Json::Array(ys)) if xs.len() == ys.len() => {
            let mut entries = xs.iter().zip(ys).enumerate();
            entries.try_for_each(|(k, (x, y))| compare(x, y, &format!("{place}[{k}]"), is_close))
        }
        (Json::Object(xs), Json::Object(ys)) if xs.keys().eq(ys.keys()) => {
            let mut entries = xs.iter().zip(ys.values());
            entries.try_for_each(|((key, x), y)| compare(x, y, &format!("{place}.{key}"), is_close))
        }
        _ if a == b => Ok(()),
        _ => Err(format!("{place}: {a} is not {b}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let (a, b) = (json!({ "x": [1.0, 2.0] }), json!({ "x": [1.0, 2.5] }));
        assert_eq!(same(&a, &b), Err(".x[1]: 2e0 is not 2.5e0".to_owned()));
        assert_eq!(agree(&a, &b, 0.3), Ok(()));
        assert!(same(&a, &json!({ "y": [1.0, 2.0] })).is_err());
        assert!(same(&a, &json!({ "x": [1.0] })).is_err());
    }
}
