//! One function for each way of holding, moving and reducing arrays.

use super::harness::check;

#[test]
fn elementwise_operations_fuse_into_a_sum() {
    check(
        r#"func f(v0: f64[100] "x", v1: f64 "a") {
          v2: f64[100] = broadcast v1
          v3: f64[100] = mul v0, v2
          v4: f64[100] = abs v3
          v5: f64 = sum v4
          v6: f64 = product v0
          v7: f64 = largest v0
          v8: i64 = arg_smallest v0
          return v5, v6, v7, v8
        }"#,
    );
}

#[test]
fn results_that_are_parameters_or_repeated_are_copied() {
    check(
        r#"func f(v0: f64[20] "x", v1: bool "b", v2: bool[3] "c") {
          v3: f64[20] = neg v0
          v4: f64[20] = mul v3, v3
          return v0, v3, v3, v4, v1, v2
        }"#,
    );
}

/// Of rows whole pages apart, many at once are copied to rows that are not.
#[test]
fn tables_whose_rows_are_pages_apart() {
    check(
        r#"func f(v0: f32[17, 1024] "A", v1: f32[1024] "b") {
          stream stream0 "W"
          v2: i64 = const 0
          v3: f32[17] = draw normal stream0, v2
          v10: f32[17] = scan 2 from v3 (v4: i64, v5: f32[17]) {
            v6: f32 = largest v5
            v7: f32[1024] = broadcast v6
            v8: f32[1024] = mul v7, v1
            v9: f32[17] = contract v0, v8
            yield v9
          }
          return v10
        }"#,
    );
}

#[test]
fn movements_of_entries() {
    check(
        r#"func f(v0: f64[4, 6] "x", v1: f64[6] "y", v2: i64 "i") {
          v3: f64[6, 4] = transpose v0 [1, 0]
          v4: f64[24] = reshape v3
          v5: f64[2, 12] = reshape v4
          v6: f64[4, 6] = broadcast v1
          v7: f64[4, 6] = add v6, v0
          v8: f64[2, 6] = slice v7 from 1
          v9: f64[8, 6] = concat v0, v7
          v10: f64[2, 4, 6] = stack v0, v7
          v11: f64[6, 4, 2] = transpose v10 [2, 1, 0]
          v12: f64[6] = index v0, v2
          v13: f64[4, 6] = abs v0
          v14: f64[24] = reshape v13
          v15: f64[4, 2, 3] = reshape v13
          v16: f64[6, 4] = transpose v13 [1, 0]
          return v3, v4, v5, v8, v9, v10, v11, v12, v14, v15, v16
        }"#,
    );
}

#[test]
fn small_arrays_read_at_unknown_indices() {
    check(
        r#"func f(v0: f64[3] "x", v1: i64[20] "i") {
          v2: f64[3] = mul v0, v0
          v3: f64[20] = map 20 (v4: i64) {
            v5: i64 = index v1, v4
            v6: f64 = index v2, v5
            yield v6
          }
          v7: f64[3] = scan 20 from v2 (v8: i64, v9: f64[3]) {
            v10: i64 = index v1, v8
            v11: f64 = index v9, v10
            v12: f64[3] = broadcast v11
            v13: f64[3] = sub v12, v9
            yield v13
          }
          return v3, v7
        }"#,
    );
}

#[test]
fn contractions_of_all_ranks() {
    check(
        r#"func f(v0: f64[5, 7] "a", v1: f64[7, 4] "b", v2: f64[7] "x", v3: f64[5] "y") {
          v4: f64[5, 4] = contract v0, v1
          v5: f64[5] = contract v0, v2
          v6: f64 = contract v3, v5
          v7: f64[4] = contract v2, v1
          v8: f64[7] = add v2, v2
          v9: f64 = contract v8, v8
          return v4, v5, v6, v7, v9
        }"#,
    );
}

#[test]
fn paths_choose_rows_and_branches() {
    check(
        r#"func f(v0: f64[20] "x", v1: f64[3] "y") {
          stream stream0 "U"
          v2: i64 = const 0
          v3: f64[20] = draw uniform stream0, v2
          v4: i64 = arg_largest v3
          v5: f64 = index v0, v4
          v6: f64[3] = slice v3 from 4
          v7: i64 = arg_smallest v6
          v8: f64 = index v1, v7
          v9: f64 = const 0.25
          v10: bool = lt v5, v9
          v11: f64, v12: f64[20] = if v10 {
            v13: f64 = add v5, v8
            yield v13, v3
          } else {
            v14: f64[20] = neg v0
            yield v8, v14
          }
          v15: f64[20] = add_at v0, v4, v9
          v16: i64 = mul v4, v7
          v17: f64 = convert v16
          v18: i64 = max v4, v7
          v19: i64 = neg v18
          v20: f64 = convert v19
          return v4, v5, v8, v11, v12, v15, v16, v17, v20, v10
        }"#,
    );
}

#[test]
fn branches_that_all_paths_take() {
    check(
        r#"func f(v0: f64[20] "x", v1: bool "b", v2: f64 "a") {
          stream stream0 "U"
          v3: i64 = const 3
          v4: f64[20] = draw normal stream0, v3
          v5: f64[20], v6: f64 = if v1 {
            v7: f64[20] = add v0, v4
            yield v7, v2
          } else {
            v8: f64 = index v4, v3
            yield v0, v8
          }
          return v5, v6
        }"#,
    );
}

#[test]
fn rows_are_added_in_place_or_to_copies() {
    check(
        r#"func f(v0: f64[6, 4] "x", v1: i64[30] "i", v2: f64[4] "r") {
          v3: f64[6, 4], v4: f64[6, 4] = scan reverse 30 from v0, v0
            (v5: i64, v6: f64[6, 4], v7: f64[6, 4]) {
            v8: i64 = index v1, v5
            v9: f64[6, 4] = add_at v6, v8, v2
            v10: f64[4] = index v9, v8
            v11: f64[6, 4] = add_at v7, v8, v10
            v12: f64[6, 4] = neg v7
            v13: f64[6, 4] = add v11, v12
            yield v9, v13
          }
          v14: i64 = const 1
          v15: f64[6, 4] = add_at v3, v14, v2
          return v3, v4, v15
        }"#,
    );
}

#[test]
fn large_carries_change_places() {
    check(
        r#"func f(v0: f64[20] "x", v1: f64[20] "y") {
          v2: f64[20], v3: f64[20] = scan 33 from v0, v1
            (v4: i64, v5: f64[20], v6: f64[20]) {
            v7: f64 = index v5, v4
            v8: f64[20] = broadcast v7
            v9: f64[20] = sub v6, v8
            yield v9, v5
          }
          return v2, v3
        }"#
        .replace("index v5, v4", "sum v5")
        .as_str(),
    );
}

/// Sums that grow in place, one that another carry reads, and one that reads itself out of order.
#[test]
fn large_carries_are_updated_in_place_where_that_is_safe() {
    check(
        r#"func f(v0: f64[20] "x", v1: f64[4, 5] "y") {
          v2: f64[20], v3: f64[20], v4: f64[20], v5: f64[4, 5] = scan 18 from v0, v0, v0, v1
            (v6: i64, v7: f64[20], v8: f64[20], v9: f64[20], v10: f64[4, 5]) {
            v11: f64 = convert v6
            v12: f64[20] = broadcast v11
            v13: f64[20] = add v7, v12
            v14: f64[20] = sub v8, v12
            v15: f64[20] = mul v9, v8
            v16: f64[5, 4] = transpose v10 [1, 0]
            v17: f64[4, 5] = reshape v16
            v18: f64[4, 5] = neg v17
            yield v13, v14, v15, v18
          }
          return v2, v3, v4, v5
        }"#,
    );
}

#[test]
fn rows_are_emitted_to_slots() {
    check(
        r#"func f(v0: f64 "x", v1: f64[20] "y") {
          v20: i64 = const 5
          v21: i64[10] = map 10 (v22: i64) {
            v23: i64 = sub v20, v22
            yield v23
          }
          v2: f64, v3: f64[9, 20], v4: f64[10], v5: bool[10] = scan 10 from v0
            emit slots v21 of 9, every, every (v6: i64, v7: f64) {
            v8: f64 = const 0.5
            v9: f64 = add v7, v8
            v10: f64[20] = broadcast v9
            v11: f64[20] = mul v1, v10
            v12: bool = lt v9, v8
            yield v9, v11, v9, v12
          }
          return v2, v3, v4, v5
        }"#,
    );
}

/// Steps that draw: one noise or several, steps in blocks of 16 and a rest, forwards and back, with
/// entries that do not fill the generator's blocks.
#[test]
fn noise_is_made_ahead() {
    for scalar in ["f64", "f32"] {
        for steps in [7, 16, 33, 48] {
            for entries in [1, 3, 20] {
                for reverse in ["", "reverse "] {
                    check(
                        &r#"func f(v0: f64 "x") {
                          stream stream0 "W"
                          stream stream1 "B"
                          v1: f64, v2: f64[STEPS, N], v3: f64[STEPS] = scan REVERSESTEPS from v0
                            emit every, every (v4: i64, v5: f64) {
                            v6: f64[N] = draw normal stream0, v4
                            v7: f64 = draw uniform stream1, v4
                            v8: f64 = sum v6
                            v9: f64 = mul v8, v7
                            v10: f64 = add v5, v9
                            yield v10, v6, v10
                          }
                          return v1, v2, v3
                        }"#
                        .replace("REVERSE", reverse)
                        .replace("STEPS", &steps.to_string())
                        .replace('N', &entries.to_string())
                        .replace("f64", scalar),
                    );
                }
            }
        }
    }
}

#[test]
fn draws_at_indices_of_all_kinds() {
    for scalar in ["f64", "f32"] {
        for entries in [1, 2, 3, 4, 18, 20] {
            check(
                &r#"func f(v0: i64[20] "i") {
                  stream stream0 "W"
                  v1: i64 = const 7
                  v2: f64[N] = draw normal stream0, v1
                  v3: f64[20, N] = map 20 (v4: i64) {
                    v5: i64 = index v0, v4
                    v6: f64[N] = draw normal stream0, v5
                    v7: i64 = add v4, v1
                    v8: f64[N] = draw uniform stream0, v7
                    v9: f64[N] = sub v8, v6
                    yield v9
                  }
                  return v2, v3
                }"#
                .replace('N', &entries.to_string())
                .replace("f64", scalar),
            );
        }
    }
}

#[test]
fn loops_in_loops() {
    check(
        r#"func f(v0: f64[12, 5] "a", v1: f64[5] "x") {
          v2: f64[5] = scan 12 from v1 (v3: i64, v4: f64[5]) {
            v5: f64[5] = index v0, v3
            v6: f64[5, 5] = map 5 (v7: i64) {
              v8: f64 = index v4, v7
              v9: f64[5] = broadcast v8
              v10: f64[5] = mul v9, v5
              yield v10
            }
            v11: f64[5] = sum v6
            v12: f64 = scan 20 from v8x (v13: i64, v14: f64) {
              v15: f64 = sum v4
              v16: f64 = sub v15, v14
              yield v16
            }
            v17: f64[5] = broadcast v12
            v18: f64[5] = sub v11, v17
            v19: f64 = const 0.0625
            v20: f64[5] = broadcast v19
            v21: f64[5] = mul v18, v20
            yield v21
          }
          return v2
        }"#
        .replace("from v8x", "from v30")
        .replace("v11: f64[5] = sum v6", "v11: f64[5] = sum v6\nv30: f64 = sum v5")
        .as_str(),
    );
}

/// Entries of both levels, so that paths exchange different rows.
#[test]
fn linear_systems_and_implicit_roots() {
    check(
        r#"func f(v0: f64[3, 3] "a", v1: f64[3] "b", v2: f64[3, 7] "c") {
          stream stream0 "W"
          v3: i64 = const 0
          v4: f64[3, 3] = draw normal stream0, v3
          v5: f64[3, 3] = add v0, v4
          v6: f64[3] = solve v5, v1
          v7: f64[3, 7] = solve v0, v2
          v8: f64[3] = implicit v6 (v9: f64[3]) {
            v10: f64[3] = contract v5, v9
            v11: f64[3] = sub v10, v1
            yield v11
          }
          return v8, v7
        }"#,
    );
}
