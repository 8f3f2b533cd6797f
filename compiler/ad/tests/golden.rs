//! Derivatives as text.

use expect_test::{Expect, expect};
use sdec_ad::{NotDifferentiable, jvp, linearise, vjp};
use sdec_ssa::{Func, parse, verify};

#[track_caller]
fn read(text: &str) -> Func {
    let func = parse(text).unwrap_or_else(|error| panic!("{error}"));
    verify(&func).unwrap_or_else(|malformed| panic!("before: {malformed}"));
    func
}

#[track_caller]
fn check(func: Result<Func, NotDifferentiable>, after: Expect) {
    let func = func.unwrap_or_else(|error| panic!("{error}"));
    verify(&func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
    after.assert_eq(&func.to_string());
}

#[test]
fn jvp_of_a_product() {
    let func = read(
        r#"func f(v0: f64 "x", v1: f64 "y") {
             v2: f64 = mul v0, v1
             return v2
           }"#,
    );
    check(
        jvp::run(&func, &[0, 1]),
        expect![[r#"
        func f(v0: f64 "x", v1: f64 "y", v2: f64 "d.x", v3: f64 "d.y") {
          v4: f64 = mul v0, v1
          v5: f64 = mul v1, v2
          v6: f64 = mul v0, v3
          v7: f64 = add v5, v6
          return v4, v7
        }
    "#]],
    );
    check(
        jvp::run(&func, &[1]),
        expect![[r#"
        func f(v0: f64 "x", v1: f64 "y", v2: f64 "d.y") {
          v3: f64 = mul v0, v1
          v4: f64 = mul v0, v2
          return v3, v4
        }
    "#]],
    );
}

#[test]
fn zeros_are_written_out_at_the_end_only() {
    let func = read(
        r#"func f(v0: f64[3] "x", v1: i64 "n") {
             v2: f64[3] = floor v0
             v3: f64[3] = stop_gradient v0
             v4: f64[3] = mul v2, v3
             v5: f64 = index v4, v1
             return v5, v1
           }"#,
    );
    check(
        jvp::run(&func, &[0]),
        expect![[r#"
        func f(v0: f64[3] "x", v1: i64 "n", v2: f64[3] "d.x") {
          v3: f64[3] = floor v0
          v4: f64[3] = stop_gradient v0
          v5: f64[3] = mul v3, v4
          v6: f64 = index v5, v1
          v7: f64 = const 0.0
          return v6, v1, v7
        }
    "#]],
    );
}

#[test]
fn jvp_of_a_constant_power() {
    let func = read(
        r#"func f(v0: f64 "x") {
             v1: f64 = const 3.0
             v2: f64 = pow v0, v1
             return v2
           }"#,
    );
    check(
        jvp::run(&func, &[0]),
        expect![[r#"
        func f(v0: f64 "x", v1: f64 "d.x") {
          v2: f64 = const 3.0
          v3: f64 = pow v0, v2
          v4: f64 = const 2.0
          v5: f64 = pow v0, v4
          v6: f64 = mul v2, v5
          v7: f64 = mul v6, v1
          return v3, v7
        }
    "#]],
    );
}

/// Steps of `x ← x + μ x h + σ x √h z`.
const WALK: &str = r#"func walk(v0: f64 "x0", v1: f64 "mu", v2: f64 "sigma", v3: f64[4] "h") {
  stream stream0 "W"
  v16: f64 = scan 4 from v0 (v4: i64, v5: f64) {
    v6: f64 = index v3, v4
    v7: f64 = sqrt v6
    v8: f64 = draw normal stream0, v4
    v9: f64 = mul v7, v8
    v10: f64 = mul v1, v5
    v11: f64 = mul v10, v6
    v12: f64 = mul v2, v5
    v13: f64 = mul v12, v9
    v14: f64 = add v11, v13
    v15: f64 = add v5, v14
    yield v15
  }
  return v16
}"#;

#[test]
fn halves_of_a_walk() {
    let forward = jvp::run(&read(WALK), &[2]).unwrap();
    check(
        Ok(linearise::run(&forward, 4)),
        expect![[r#"
            func walk(v0: f64 "x0", v1: f64 "mu", v2: f64 "sigma", v3: f64[4] "h", v4: f64 "d.sigma") {
              stream stream0 "W"
              v5: f64 = const 0.0
              v18: f64, v19: f64[4] = scan 4 from v0 emit every (v6: i64, v7: f64) {
                v8: f64 = index v3, v6
                v9: f64 = sqrt v8
                v10: f64 = draw normal stream0, v6
                v11: f64 = mul v9, v10
                v12: f64 = mul v1, v7
                v13: f64 = mul v12, v8
                v14: f64 = mul v2, v7
                v15: f64 = mul v14, v11
                v16: f64 = add v13, v15
                v17: f64 = add v7, v16
                yield v17, v7
              }
              v35: f64 = scan 4 from v5 (v20: i64, v21: f64) {
                v22: f64 = index v19, v20
                v23: f64 = index v3, v20
                v24: f64 = sqrt v23
                v25: f64 = draw normal stream0, v20
                v26: f64 = mul v24, v25
                v27: f64 = mul v1, v21
                v28: f64 = mul v23, v27
                v29: f64 = mul v22, v4
                v30: f64 = mul v2, v21
                v31: f64 = add v29, v30
                v32: f64 = mul v26, v31
                v33: f64 = add v28, v32
                v34: f64 = add v21, v33
                yield v34
              }
              return v18, v35
            }
        "#]],
    );
}

#[test]
fn vjp_of_a_walk() {
    check(
        vjp::run(&read(WALK), &[0, 2]),
        expect![[r#"
            func walk(v0: f64 "x0", v1: f64 "mu", v2: f64 "sigma", v3: f64[4] "h", v4: f64 "ct.0") {
              stream stream0 "W"
              v17: f64, v18: f64[4] = scan 4 from v0 emit every (v5: i64, v6: f64) {
                v7: f64 = index v3, v5
                v8: f64 = sqrt v7
                v9: f64 = draw normal stream0, v5
                v10: f64 = mul v8, v9
                v11: f64 = mul v1, v6
                v12: f64 = mul v11, v7
                v13: f64 = mul v2, v6
                v14: f64 = mul v13, v10
                v15: f64 = add v12, v14
                v16: f64 = add v6, v15
                yield v16, v6
              }
              v19: f64 = const 0.0
              v36: f64, v37: f64 = scan reverse 4 from v4, v19 (v20: i64, v21: f64, v22: f64) {
                v23: f64 = index v18, v20
                v24: f64 = index v3, v20
                v25: f64 = sqrt v24
                v26: f64 = draw normal stream0, v20
                v27: f64 = mul v25, v26
                v28: f64 = mul v27, v21
                v29: f64 = mul v2, v28
                v30: f64 = add v21, v29
                v31: f64 = mul v23, v28
                v32: f64 = add v22, v31
                v33: f64 = mul v24, v21
                v34: f64 = mul v1, v33
                v35: f64 = add v30, v34
                yield v35, v32
              }
              return v17, v36, v37
            }
        "#]],
    );
}

#[test]
fn conditions_are_stored_as_numbers() {
    let func = read(
        r#"func f(v0: f64 "x") {
             v6: f64, v7: f64 = scan 5 from v0, v0 (v1: i64, v2: f64, v3: f64) {
               v4: f64 = sin v2
               v5: f64 = max v3, v4
               yield v4, v5
             }
             return v7
           }"#,
    );
    check(
        vjp::run(&func, &[0]),
        expect![[r#"
        func f(v0: f64 "x", v1: f64 "ct.0") {
          v12: f64, v13: f64, v14: f64[5], v15: f64[5] = scan 5 from v0, v0 emit every, every (v2: i64, v3: f64, v4: f64) {
            v5: f64 = sin v3
            v6: f64 = cos v3
            v7: f64 = max v4, v5
            v8: bool = gt v4, v5
            v9: f64 = const 1.0
            v10: f64 = const 0.0
            v11: f64 = select v8, v9, v10
            yield v5, v7, v6, v11
          }
          v16: f64 = const 0.0
          v29: f64, v30: f64 = scan reverse 5 from v16, v1 (v17: i64, v18: f64, v19: f64) {
            v20: f64 = index v14, v17
            v21: f64 = index v15, v17
            v22: f64 = const 0.5
            v23: bool = gt v21, v22
            v24: f64 = const 0.0
            v25: f64 = select v23, v19, v24
            v26: f64 = select v23, v24, v19
            v27: f64 = add v18, v26
            v28: f64 = mul v20, v27
            yield v28, v25
          }
          v31: f64 = add v29, v30
          return v13, v31
        }
    "#]],
    );
}

#[test]
fn own_rows_come_back_as_rows() {
    let func = read(
        r#"func f(v0: f64[3] "a", v1: f64 "s") {
             v6: f64[3] = map 3 (v2: i64) {
               v3: f64 = index v0, v2
               v4: f64 = mul v3, v1
               v5: f64 = exp v4
               yield v5
             }
             return v6
           }"#,
    );
    check(
        vjp::run(&func, &[0, 1]),
        expect![[r#"
            func f(v0: f64[3] "a", v1: f64 "s", v2: f64[3] "ct.0") {
              v7: f64[3] = map 3 (v3: i64) {
                v4: f64 = index v0, v3
                v5: f64 = mul v4, v1
                v6: f64 = exp v5
                yield v6
              }
              v15: f64[3], v16: f64[3] = map 3 (v8: i64) {
                v9: f64 = index v2, v8
                v10: f64 = index v7, v8
                v11: f64 = index v0, v8
                v12: f64 = mul v10, v9
                v13: f64 = mul v11, v12
                v14: f64 = mul v1, v12
                yield v14, v13
              }
              v17: f64 = sum v16
              return v7, v15, v17
            }
        "#]],
    );
}

#[test]
fn gathers_come_back_as_sums_in_place() {
    let func = read(
        r#"func f(v0: f64[3] "a", v1: i64[2] "places") {
             v5: f64[2] = map 2 (v2: i64) {
               v3: i64 = index v1, v2
               v4: f64 = index v0, v3
               yield v4
             }
             return v5
           }"#,
    );
    check(
        vjp::run(&func, &[0]),
        expect![[r#"
        func f(v0: f64[3] "a", v1: i64[2] "places", v2: f64[2] "ct.0") {
          v6: f64[2] = map 2 (v3: i64) {
            v4: i64 = index v1, v3
            v5: f64 = index v0, v4
            yield v5
          }
          v7: f64 = const 0.0
          v8: f64[3] = broadcast v7
          v14: f64[3] = scan reverse 2 from v8 (v9: i64, v10: f64[3]) {
            v11: f64 = index v2, v9
            v12: i64 = index v1, v9
            v13: f64[3] = add_at v10, v12, v11
            yield v13
          }
          return v6, v14
        }
    "#]],
    );
}

#[test]
fn branches_share_what_they_store() {
    let func = read(
        r#"func f(v0: f64 "x", v1: bool "c") {
             v6: f64 = if v1 {
               v2: f64 = exp v0
               yield v2
             } else {
               v3: f64 = exp v0
               v4: f64 = exp v3
               v5: f64 = mul v4, v0
               yield v5
             }
             return v6
           }"#,
    );
    check(
        vjp::run(&func, &[0]),
        expect![[r#"
            func f(v0: f64 "x", v1: bool "c", v2: f64 "ct.0") {
              v7: f64 = if v1 {
                v3: f64 = exp v0
                yield v3
              } else {
                v4: f64 = exp v0
                v5: f64 = exp v4
                v6: f64 = mul v5, v0
                yield v6
              }
              v17: f64 = if v1 {
                v8: f64 = exp v0
                v9: f64 = mul v8, v2
                yield v9
              } else {
                v10: f64 = exp v0
                v11: f64 = exp v10
                v12: f64 = mul v11, v2
                v13: f64 = mul v0, v2
                v14: f64 = mul v11, v13
                v15: f64 = mul v10, v14
                v16: f64 = add v12, v15
                yield v16
              }
              return v7, v17
            }
        "#]],
    );
}

#[test]
fn slots_are_read_back() {
    let func = read(
        r#"func f(v0: f64 "x", v1: i64[5] "slots") {
             v5: f64, v6: f64[2] = scan 5 from v0 emit slots v1 of 2 (v2: i64, v3: f64) {
               v4: f64 = add v3, v0
               yield v4, v3
             }
             return v6
           }"#,
    );
    check(
        vjp::run(&func, &[0]),
        expect![[r#"
        func f(v0: f64 "x", v1: i64[5] "slots", v2: f64[2] "ct.0") {
          v6: f64, v7: f64[2] = scan 5 from v0 emit slots v1 of 2 (v3: i64, v4: f64) {
            v5: f64 = add v4, v0
            yield v5, v4
          }
          v8: f64 = const 0.0
          v9: f64 = const 0.0
          v22: f64, v23: f64 = scan reverse 5 from v8, v9 (v10: i64, v11: f64, v12: f64) {
            v13: i64 = index v1, v10
            v14: i64 = const 0
            v15: bool = ge v13, v14
            v16: i64 = max v13, v14
            v17: f64 = index v2, v16
            v18: f64 = const 0.0
            v19: f64 = select v15, v17, v18
            v20: f64 = add v19, v11
            v21: f64 = add v12, v11
            yield v20, v21
          }
          v24: f64 = add v23, v22
          return v7, v24
        }
    "#]],
    );
}

#[test]
fn contractions_and_sums() {
    let func = read(
        r#"func f(v0: f64[2, 3] "w", v1: f64[3] "x") {
             v2: f64[2] = contract v0, v1
             v3: f64 = sum v2
             return v3
           }"#,
    );
    check(
        vjp::run(&func, &[0, 1]),
        expect![[r#"
        func f(v0: f64[2, 3] "w", v1: f64[3] "x", v2: f64 "ct.0") {
          v3: f64[2] = contract v0, v1
          v4: f64 = sum v3
          v5: f64[2] = broadcast v2
          v6: f64[2, 1] = reshape v5
          v7: f64[3, 2] = transpose v0 [1, 0]
          v8: f64[3, 1] = contract v7, v6
          v9: f64[3] = reshape v8
          v10: f64[3, 1] = reshape v1
          v11: f64[2, 1] = reshape v5
          v12: f64[1, 3] = transpose v10 [1, 0]
          v13: f64[2, 3] = contract v11, v12
          return v4, v13, v9
        }
    "#]],
    );
}

#[test]
fn cotangents_have_the_precision_of_what_they_belong_to() {
    let func = read(
        r#"func f(v0: f64 "x") {
             v1: f32 = convert v0
             v2: f32 = exp v1
             return v2
           }"#,
    );
    check(
        vjp::run(&func, &[0]),
        expect![[r#"
        func f(v0: f64 "x", v1: f32 "ct.0") {
          v2: f32 = convert v0
          v3: f32 = exp v2
          v4: f32 = mul v3, v1
          v5: f64 = convert v4
          return v3, v5
        }
    "#]],
    );
}

#[test]
fn counts_have_no_derivative() {
    let func = read("func f(v0: i64 \"n\") { return v0 }");
    let error = vjp::run(&func, &[0]).unwrap_err();
    assert_eq!(error.to_string(), "no derivative with respect to parameter n, which is no float");
}
