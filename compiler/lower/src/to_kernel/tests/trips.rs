//! Loops of which not all executions take place.

use super::harness::check;

/// Each path walks until it leaves an interval.
#[test]
fn paths_differ_in_how_long_they_walk() {
    check(
        r#"func f(v0: f64 "x") {
          stream stream0 "W"
          v1: bool = const true
          v2: f64[20] = broadcast v0
          v20: bool, v21: f64, v22: f64[20], v23: f64[30] = scan while 30 from v1, v0, v2 emit every (v3: i64, v4: bool, v5: f64, v6: f64[20]) {
            v7: f64 = draw normal stream0, v3
            v8: f64 = add v5, v7
            v9: f64 = const 1.5
            v10: bool = lt v8, v9
            v11: f64[20] = broadcast v8
            v12: f64[20] = add v6, v11
            yield v10, v8, v12, v7
          }
          return v20, v21, v22, v23
        }"#,
    );
}

/// What one loop keeps of each execution, a loop with as many reads backwards; a large carry gets a
/// row of it in place.
#[test]
fn rows_are_read_again_backwards() {
    check(
        r#"func f(v0: f64 "x") {
          stream stream0 "W"
          v1: bool = const true
          v2: i64 = const 0
          v3: i64 = const 1
          v20: bool, v21: i64, v22: f64, v23: f64[30] = scan while 30 from v1, v2, v0 emit every (v4: i64, v5: bool, v6: i64, v7: f64) {
            v8: f64 = draw normal stream0, v4
            v9: f64 = add v7, v8
            v10: f64 = const 1.5
            v11: bool = lt v9, v10
            v12: i64 = add v4, v3
            yield v11, v12, v9, v9
          }
          v30: f64[20] = broadcast v0
          v40: f64, v41: f64[20] = scan reverse 30 below v21 from v0, v30 (v31: i64, v32: f64, v33: f64[20]) {
            v34: f64 = index v23, v31
            v35: f64 = mul v32, v34
            v36: f64 = const 2.0
            v37: f64 = min v35, v36
            v38: f64[20] = add_at v33, v3, v37
            yield v37, v38
          }
          return v22, v40, v41
        }"#,
    );
}

#[test]
fn all_paths_alike() {
    check(
        r#"func f(v0: f64 "x", v1: i64 "n", v2: f64[30] "y") {
          v3: bool = const true
          v4: f64 = const 1.5
          v20: bool, v21: f64, v22: f64[9] = scan while 9 from v3, v0 emit every (v5: i64, v6: bool, v7: f64) {
            v8: f64 = index v2, v5
            v9: f64 = add v7, v8
            v10: bool = lt v9, v4
            yield v10, v9, v7
          }
          v30: f64, v31: f64[30] = scan reverse 30 below v1 from v0 emit every (v23: i64, v24: f64) {
            v25: f64 = index v2, v23
            v26: f64 = add v24, v25
            yield v26, v25
          }
          v40: bool = const false
          v50: bool, v51: f64 = scan while 9 from v40, v0 (v41: i64, v42: bool, v43: f64) {
            yield v42, v4
          }
          return v20, v21, v22, v30, v31, v50, v51
        }"#,
    );
}
