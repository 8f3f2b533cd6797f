//! What reverse mode makes: sums of contractions over steps, and tapes.

use super::harness::check;
use crate::to_kernel::{AtOnce, Target, run};

/// Three blocks of steps, the last of which is short. The first carry is a sum of two contractions of
/// each step, one of them reshaped; the second is wanted at each step, so that it is added to there.
/// Products and sums of the draws are exact, so that their order cannot be seen.
#[test]
fn contractions_are_added_once_per_block() {
    for direction in ["", "reverse "] {
        check(&format!(
            r#"func f(v0: f64[3, 7] "a", v1: f64[7] "x", v2: f64[3, 9] "b") {{
              stream stream0 "W"
              stream stream1 "Z"
              v3: f64[3, 7], v4: f64[3, 7], v5: f64[40, 3, 7] = scan {direction}40 from v0, v0 emit every (v6: i64, v7: f64[3, 7], v8: f64[3, 7]) {{
                v9: f64[3] = draw normal stream0, v6
                v10: f64[7] = draw normal stream1, v6
                v11: f64[3, 1] = reshape v9
                v12: f64[1, 7] = reshape v10
                v13: f64[3, 7] = contract v11, v12
                v14: f64[9, 7] = broadcast v1
                v15: f64[3, 7] = contract v2, v14
                v16: f64[3, 7] = add v13, v7
                v17: f64[3, 7] = add v15, v16
                v18: f64[3, 1, 1] = reshape v9
                v19: f64[3, 1, 7] = contract v18, v12
                v20: f64[3, 7] = reshape v19
                v21: f64[3, 7] = add v8, v20
                yield v17, v21, v8
              }}
              return v3, v4, v5
            }}"#
        ));
    }
}

/// A carry that is read at each step is added to at each step; of the other, one contraction is.
#[test]
fn what_is_wanted_at_each_step_is_done_there() {
    let text = r#"func f(v0: f64[3, 7] "a", v1: f64[3, 1] "x", v2: f64[1, 7] "y") {
      v3: f64[3, 7], v4: f64[3, 7] = scan 40 from v0, v0 (v5: i64, v6: f64[3, 7], v7: f64[3, 7]) {
        v8: f64[3, 7] = contract v1, v2
        v9: f64[3, 7] = add v6, v8
        v10: f64[3, 7] = add v7, v8
        yield v9, v10
      }
      return v3, v4
    }"#;
    let func = sdec_ssa::parse(text).unwrap();
    let kernel = run(
        &func,
        Target {
            lanes: 8,
            memory: u64::MAX,
            at_once: AtOnce::default(),
            by_part: None,
            beside: None,
        },
    );
    assert!(!kernel.buffers.values().any(|buffer| buffer.name.ends_with("kept")), "{kernel}");
    check(text);
}

/// One block of steps. Of the three sums one begins at a number and ends in a result that is computed from
/// it by entries, one is read by another result too, and one by a product that two contractions read.
const ONE_BLOCK: &str = r#"func f(v0: f64[40, 30] "a", v1: f64[40, 30] "b", v2: f64[2, 40] "c", v3: f64[30] "d") {
  stream stream0 "W"
  stream stream1 "Z"
  v4: f64 = const 0.5
  v5: f64[40, 30] = broadcast v4
  v6: f64[40, 30], v7: f64[40, 30], v8: f64[40, 30] = scan reverse 10 from v5, v0, v5 (v9: i64, v10: f64[40, 30], v11: f64[40, 30], v12: f64[40, 30]) {
    v13: f64[40] = draw normal stream0, v9
    v14: f64[30] = draw normal stream1, v9
    v15: f64[40, 1] = reshape v13
    v16: f64[1, 30] = reshape v14
    v17: f64[40, 30] = contract v15, v16
    v18: f64[40, 30] = add v10, v17
    v31: f64[40, 30] = contract v15, v16
    v19: f64[40, 30] = add v11, v31
    v32: f64[40, 30] = contract v15, v16
    v20: f64[40, 30] = add v12, v32
    yield v18, v19, v20
  }
  v21: f64[40, 30] = mul v8, v1
  v22: f64[40, 30] = add v21, v6
  v23: f64[1, 40, 30] = reshape v22
  v24: f64[40, 30] = add v7, v0
  v25: f64[30, 40] = transpose v24 [1, 0]
  v26: f64[40, 30] = mul v8, v0
  v28: f64[2, 30] = contract v2, v26
  v29: f64[40] = contract v26, v3
  v30: f64[40, 30] = sub v7, v1
  return v23, v30, v28, v29, v25
}"#;

#[test]
fn sums_of_one_block_are_where_they_are_wanted() {
    check(ONE_BLOCK);
    let func = sdec_ssa::parse(ONE_BLOCK).unwrap();
    let (at_once, by_part) = (AtOnce::default(), None);
    let kernel = run(&func, Target { lanes: 8, memory: u64::MAX, at_once, by_part, beside: None });
    let tables = kernel
        .buffers
        .values()
        .filter(|buffer| buffer.space == sdec_kernel::Space::Scratch && buffer.len == 40 * 30);
    // The first sum is a result, and the product is made again by the second contraction.
    assert_eq!(tables.map(|buffer| &buffer.name).collect::<Vec<_>>(), ["v11", "v12"], "{kernel}");
}

/// Forty steps that fill tapes for forty steps in the other direction: one of a small carry, one of a
/// large one, and an array that is wanted besides and so kept whole; rows of slots are written in both
/// runs of the steps.
fn round_trip(forward: &str, backward: &str) -> String {
    format!(
        r#"func f(v0: f64 "x", v1: f64[20] "y") {{
          stream stream0 "W"
          v40: f64 = const 1.0
          v41: f64 = const -1.0
          v33: i64 = const 30
          v2: i64[40] = map 40 (v34: i64) {{
            v35: i64 = sub v33, v34
            yield v35
          }}
          v3: f64, v4: f64[20], v5: f64[40], v6: f64[40, 20], v7: f64[40], v8: f64[31] = scan {forward}40 from v0, v1 emit every, every, every, slots v2 of 31 (v9: i64, v10: f64, v11: f64[20]) {{
            v12: f64 = draw normal stream0, v9
            v13: f64 = mul v10, v12
            v14: f64[20] = broadcast v13
            v15: f64[20] = sub v14, v11
            v16: f64 = sum v15
            v17: f64[20] = mul v15, v15
            v36: f64 = min v16, v40
            v18: f64 = max v36, v41
            yield v18, v15, v13, v17, v16, v10
          }}
          v19: f64, v20: f64[20], v21: f64[40] = scan {backward}40 from v3, v4 emit every (v22: i64, v23: f64, v24: f64[20]) {{
            v25: f64 = index v5, v22
            v26: f64[20] = index v6, v22
            v27: f64 = draw normal stream0, v22
            v28: f64 = mul v25, v23
            v29: f64 = add v28, v27
            v30: f64[20] = sub v26, v24
            v37: f64 = min v29, v40
            v31: f64 = max v37, v41
            yield v31, v30, v29
          }}
          v32: f64 = sum v7
          return v19, v20, v21, v32, v8, v4
        }}"#
    )
}

#[test]
fn tapes_are_kept_for_segments() {
    check(&round_trip("", "reverse "));
    check(&round_trip("reverse ", ""));
}

#[test]
fn without_memory_tapes_hold_blocks_of_sixteen_steps() {
    let func = sdec_ssa::parse(&round_trip("", "reverse ")).unwrap();
    let size = |memory: u64| -> u64 {
        let kernel = run(
            &func,
            Target { lanes: 8, memory, at_once: AtOnce::default(), by_part: None, beside: None },
        );
        let tapes = kernel.buffers.values().filter(|buffer| buffer.name.ends_with("tape"));
        tapes.map(|buffer| buffer.len).sum()
    };
    assert_eq!(size(u64::MAX), 0, "tapes that fit are plain arrays");
    assert_eq!(size(0), 16 * 21);
    // A row of the tape and the carries are 21 doubles each, two segments need two checkpoints.
    let row = 21 * 8 * 16;
    assert_eq!(size(40 * row), 0);
    assert_eq!(size(40 * row - 1), 32 * 21);
    assert_eq!(size(34 * row), 32 * 21);
    assert_eq!(size(34 * row - 1), 16 * 21);
}

/// Paths that walk until they leave an interval, with rows of their walk kept in a table beside; then back
/// again, as many steps as each took.
const WALK: &str = r#"func f(v0: f64 "x", v1: f64[20] "y") {
  stream stream0 "W"
  v2: bool = const true
  v3: i64 = const 0
  v4: i64 = const 1
  v5: f64 = const 2.5
  v6: f64 = const 0.25
  v20: bool, v21: i64, v22: f64, v23: f64[20], v24: f64[60], v25: f64[60] = scan while 60 from v2, v3, v0, v1 emit every, every (v7: i64, v8: bool, v9: i64, v10: f64, v11: f64[20]) {
    v12: f64 = draw normal stream0, v7
    v13: f64 = mul v12, v6
    v14: f64 = add v10, v13
    v15: bool = lt v14, v5
    v16: i64 = add v7, v4
    v17: f64[20] = add_at v11, v4, v14
    yield v15, v16, v14, v17, v13, v14
  }
  v40: f64, v41: f64[20] = scan reverse 60 below v21 from v0, v1 (v31: i64, v32: f64, v33: f64[20]) {
    v34: f64 = index v24, v31
    v35: f64 = mul v32, v34
    v36: f64 = min v35, v5
    v37: f64 = index v25, v31
    v38: f64 = add v36, v37
    v39: f64[20] = add_at v33, v3, v38
    yield v36, v39
  }
  return v21, v22, v23, v40, v41
}"#;

#[test]
fn tapes_of_loops_that_end_when_they_are_done_are_kept_for_segments() {
    check(WALK);
}

#[test]
fn what_no_tape_depends_on_is_not_kept_at_the_start_of_segments() {
    let func = sdec_ssa::parse(WALK).unwrap();
    let size = |memory: u64, end: &str| -> u64 {
        let kernel = run(
            &func,
            Target { lanes: 8, memory, at_once: AtOnce::default(), by_part: None, beside: None },
        );
        let buffers = kernel.buffers.values().filter(|buffer| buffer.name.ends_with(end));
        buffers.map(|buffer| buffer.len).sum()
    };
    assert_eq!(size(u64::MAX, "checkpoints"), 0);
    // Four segments of sixteen executions; whether to go on, how many there were and the place.
    assert_eq!(size(0, "tape"), 2 * 16);
    assert_eq!(size(0, "checkpoints"), 4 * 3);
}
