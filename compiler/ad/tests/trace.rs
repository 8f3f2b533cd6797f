//! Traces of derivatives against the sum of the diagonal of all columns.

use sdec_ad::jvp;
use sdec_ad::trace::{self, Same};
use sdec_ssa::arbitrary::Rng;
use sdec_ssa::{Array, DrawLaw, Draws, Func, eval, parse, verify};

/// Nothing is drawn.
struct Nothing;

impl Draws for Nothing {
    fn draw(&mut self, _stream: &str, _law: DrawLaw, _number: u64) -> f64 {
        0.0
    }
}

fn run(func: &Func, args: &[Array]) -> Vec<Vec<f64>> {
    verify(func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
    eval(func, args, &mut Nothing).iter().map(|array| array.as_floats().to_vec()).collect()
}

/// An array for each parameter.
fn random(rng: &mut Rng, func: &Func) -> Vec<Array> {
    let array = |param: &sdec_ssa::Param| {
        let ty = func.types[param.value].clone();
        Array::floats(ty.clone(), (0..ty.entries()).map(|_| 2.4 * rng.unit() - 1.2).collect())
    };
    func.params.iter().map(array).collect()
}

/// The function whose only result is the trace, beside the diagonal by a direction at a time.
fn check(text: &str, same: &[Same]) -> Func {
    let func = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let trace = trace::run(&func, same).unwrap_or_else(|error| panic!("{error}"));
    let push = jvp::run(&func, &[0]).unwrap_or_else(|error| panic!("{error}"));
    let mut rng = Rng::new(7);
    for _ in 0..5 {
        let args = random(&mut rng, &func);
        let ty = args[0].ty.clone();
        let n = ty.shape[0] as usize;
        let (mut sum, mut size) = (0.0, 0.0);
        for k in 0..n {
            let unit = (0..n).map(|j| f64::from(u8::from(j == k))).collect();
            let unit = Array::floats(ty.clone(), unit);
            let entry = run(&push, &[args.as_slice(), &[unit]].concat())[1][k];
            sum += entry;
            size += entry.abs();
        }
        let found = run(&trace, &args)[0][0];
        assert!((found - sum).abs() <= 1e-13 * size, "{found} is not {sum} in\n{trace}");
    }
    trace
}

/// How often something stands in the text of a function.
fn count(func: &Func, op: &str) -> usize {
    func.to_string().matches(op).count()
}

const DEEP: &str = r#"func f(v0: f64[3] "z", v1: f64[5, 3] "A", v2: f64[4, 5] "B", v3: f64[3, 4] "C", v4: f64[4] "b") {
    v5: f64[5] = contract v1, v0
    v6: f64[5] = tanh v5
    v7: f64[4] = contract v2, v6
    v8: f64[4] = add v7, v4
    v9: f64[4] = sin v8
    v10: f64[3] = contract v3, v9
    return v10
}"#;

#[test]
fn two_layers_are_a_sum_over_two_indices() {
    let trace = check(DEEP, &[Same::Always; 4]);
    assert!(!trace.to_string().contains("f64[5, 3] = mul"), "no columns in\n{trace}");
}

#[test]
fn matrices_that_differ_by_path_have_columns() {
    let trace = check(DEEP, &[Same::Always, Same::Never, Same::Always, Same::Always]);
    assert!(count(&trace, "f64[4, 3]") > 0, "columns in\n{trace}");
}

#[test]
fn one_layer_is_a_sum_over_one_index() {
    let of = |same: &[Same]| {
        check(
            r#"func f(v0: f64[3] "z", v1: f64[5, 3] "A", v2: f64[3, 5] "B") {
                v3: f64[5] = contract v1, v0
                v4: f64[5] = tanh v3
                v5: f64[3] = contract v2, v4
                v6: f64[3] = sub v5, v0
                return v6
            }"#,
            same,
        )
    };
    for same in [[Same::Always; 2], [Same::Once; 2], [Same::Always, Same::Once]] {
        let trace = of(&same);
        assert_eq!(count(&trace, "contract"), 3, "both layers and the sum in\n{trace}");
    }
    assert!(count(&of(&[Same::Once, Same::Never]), "f64[5, 3] = mul") > 0, "columns");
}

#[test]
fn two_layers_that_change_with_time_have_columns() {
    let trace = check(DEEP, &[Same::Always, Same::Once, Same::Always, Same::Always]);
    assert!(count(&trace, "f64[4, 3]") > 0, "columns in\n{trace}");
}

#[test]
fn three_layers_have_columns() {
    check(
        r#"func f(v0: f64[2] "z", v1: f64[4, 2] "A", v2: f64[4, 4] "B", v3: f64[4, 4] "C", v4: f64[2, 4] "D") {
            v5: f64[4] = contract v1, v0
            v6: f64[4] = tanh v5
            v7: f64[4] = contract v2, v6
            v8: f64[4] = tanh v7
            v9: f64[4] = contract v3, v8
            v10: f64[4] = tanh v9
            v11: f64[2] = contract v4, v10
            return v11
        }"#,
        &[Same::Always; 4],
    );
}

/// `u tanh(w · z + b)`, and a layer that the last entry gates, choices, and parts that are cut and joined.
#[test]
fn other_forms() {
    check(
        r#"func f(v0: f64[3] "z", v1: f64[3] "w", v2: f64[3] "u", v3: f64 "b") {
            v4: f64 = contract v1, v0
            v5: f64 = add v4, v3
            v6: f64 = tanh v5
            v7: f64[3] = broadcast v6
            v8: f64[3] = mul v2, v7
            return v8
        }"#,
        &[Same::Always; 3],
    );
    check(
        r#"func f(v0: f64[3] "z", v1: f64[4, 3] "A", v2: f64[3, 4] "B", v3: f64[3] "each") {
            v4: f64[4] = contract v1, v0
            v5: f64 = const 1.0
            v6: f64[4] = broadcast v5
            v7: bool[4] = lt v4, v6
            v8: f64[4] = mul v4, v4
            v9: f64[4] = select v7, v8, v4
            v10: f64[3] = contract v2, v9
            v11: f64[3] = div v10, v3
            v12: f64[3] = mul v0, v0
            v13: f64 = sum v12
            v14: f64 = contract v3, v0
            v15: f64 = mul v13, v14
            v16: f64[3] = broadcast v15
            v17: f64[3] = sub v11, v16
            return v17
        }"#,
        &[Same::Always, Same::Always, Same::Never],
    );
    check(
        r#"func f(v0: f64[4] "z", v1: f64[2, 2] "A") {
            v2: f64[2] = slice v0 from 1
            v3: f64[2] = contract v2, v1
            v4: f64[2] = tanh v3
            v5: i64 = const 3
            v6: f64 = index v0, v5
            v7: i64 = const 0
            v8: f64 = index v0, v7
            v9: f64 = mul v6, v8
            v10: f64 = neg v9
            v11: f64[2] = stack v10, v6
            v12: f64[4] = concat v11, v4
            v13: f64[4] = mul v12, v0
            v14: f64[2, 2] = reshape v13
            v15: f64[2, 2] = transpose v14 [1, 0]
            v16: f64[4] = reshape v15
            return v16
        }"#,
        &[Same::Always],
    );
}

#[test]
fn what_depends_on_nothing_has_none() {
    let trace = check(
        r#"func f(v0: f64[3] "z", v1: f64[3] "w") {
            v2: f64[3] = floor v0
            v3: f64[3] = add v2, v1
            return v3
        }"#,
        &[Same::Always],
    );
    assert_eq!(run(&trace, &random(&mut Rng::new(1), &trace)), [[0.0]]);
}
