//! What kernels look like.

use expect_test::{Expect, expect};

use crate::to_kernel::{AtOnce, Target, run};

#[track_caller]
fn check(func: &str, kernel: Expect) {
    let func = sdec_ssa::parse(func).unwrap();
    sdec_ssa::verify(&func).unwrap();
    let target = Target {
        lanes: 8,
        memory: u64::MAX,
        at_once: AtOnce::default(),
        by_part: None,
        beside: None,
    };
    kernel.assert_eq(&run(&func, target).to_string());
}

/// A step of three coupled states touches no memory but the grid, the noise and the emitted row.
#[test]
fn states_stay_in_registers() {
    check(
        r#"func lorenz(v0: f64[3] "start", v1: f64 "sigma", v2: f64[40] "grid.h") {
          stream stream0 "Lorenz.W"
          v3: f64[3], v4: f64[40, 3] = scan 40 from v0 emit every (v5: i64, v6: f64[3]) {
            v7: f64 = index v2, v5
            v8: f64[3] = draw normal stream0, v5
            v9: i64 = const 0
            v10: i64 = const 1
            v11: i64 = const 2
            v12: f64 = index v6, v9
            v13: f64 = index v6, v10
            v14: f64 = index v6, v11
            v15: f64 = sub v13, v12
            v16: f64 = mul v1, v15
            v17: f64 = mul v12, v14
            v18: f64 = mul v12, v13
            v19: f64[3] = stack v16, v17, v18
            v20: f64[3] = broadcast v7
            v21: f64[3] = mul v19, v20
            v22: f64[3] = add v6, v21
            v23: f64[3] = add v22, v8
            yield v23, v23
          }
          return v4
        }"#,
        expect![[r#"
            kernel "lorenz" lanes 8
            b0 = input "start" f64[3]
            b1 = input "sigma" f64[1]
            b2 = input "grid.h" f64[40]
            b3 = input "key.Lorenz.W" word[2]
            b4 = output "result.0" <f64>[120]
            b5 = scratch "v8.noise" <f64>[48]

            v0: i64 = const 0
            v1: f64 = load b0[v0]
            v2: i64 = const 1
            v3: f64 = load b0[v2]
            v4: i64 = const 2
            v5: f64 = load b0[v4]
            v6: i64 = const 0
            v7: f64 = load b1[v6]
            v8: i64 = const 0
            v9: i64 = const 1
            v10: word = load b3[v8]
            v11: word = load b3[v9]
            v12: <f64> = splat v1
            v13: <f64> = splat v3
            v14: <f64> = splat v5
            v15: i64 = const 0
            v16: i64 = const 3
            for v17 in v15..v16 carry v18: <f64> = v12, v19: <f64> = v13, v20: <f64> = v14 {
              v21: i64 = const 16
              v22: i64 = mul v17, v21
              v23: i64 = const 16
              v24: i64 = mul v17, v23
              v25: i64 = const 16
              v26: i64 = add v24, v25
              v27: i64 = const 40
              v28: i64 = min v26, v27
              v29: i64 = const 24
              v30: i64 = const -24
              v31: i64 = mul v17, v30
              v32: i64 = const 60
              v33: i64 = add v31, v32
              v34: i64 = min v29, v33
              v35: i64 = const 0
              for v36 in v35..v34 {
                v37: i64 = const 24
                v38: i64 = mul v17, v37
                v39: i64 = add v38, v36
                v40: word = convert v39
                v41: <f64>, v42: <f64> = draw normal key v10, v11 block v40 purpose 0
                v43: i64 = const 2
                v44: i64 = mul v36, v43
                b5[v44] = v41
                v45: i64 = const 2
                v46: i64 = mul v36, v45
                v47: i64 = const 1
                v48: i64 = add v46, v47
                b5[v48] = v42
              }
              for v49 in v22..v28 carry v50: <f64> = v18, v51: <f64> = v19, v52: <f64> = v20 {
                v53: f64 = load b2[v49]
                v54: i64 = const 3
                v55: i64 = mul v49, v54
                v56: i64 = const -48
                v57: i64 = mul v17, v56
                v58: i64 = add v55, v57
                v59: <f64> = load b5[v58]
                v60: i64 = const 3
                v61: i64 = mul v49, v60
                v62: i64 = const -48
                v63: i64 = mul v17, v62
                v64: i64 = add v61, v63
                v65: i64 = const 1
                v66: i64 = add v64, v65
                v67: <f64> = load b5[v66]
                v68: i64 = const 3
                v69: i64 = mul v49, v68
                v70: i64 = const -48
                v71: i64 = mul v17, v70
                v72: i64 = add v69, v71
                v73: i64 = const 2
                v74: i64 = add v72, v73
                v75: <f64> = load b5[v74]
                v76: i64 = const 0
                v77: i64 = const 1
                v78: i64 = const 2
                v79: <f64> = sub v51, v50
                v80: <f64> = splat v7
                v81: <f64> = mul v80, v79
                v82: <f64> = mul v50, v52
                v83: <f64> = mul v50, v51
                v84: <f64> = splat v53
                v85: <f64> = mul v81, v84
                v86: <f64> = splat v53
                v87: <f64> = mul v82, v86
                v88: <f64> = splat v53
                v89: <f64> = mul v83, v88
                v90: <f64> = add v50, v85
                v91: <f64> = add v51, v87
                v92: <f64> = add v52, v89
                v93: <f64> = add v90, v59
                v94: <f64> = add v91, v67
                v95: <f64> = add v92, v75
                v96: i64 = const 3
                v97: i64 = mul v49, v96
                b4[v97] = v93
                v98: i64 = const 3
                v99: i64 = mul v49, v98
                v100: i64 = const 1
                v101: i64 = add v99, v100
                b4[v101] = v94
                v102: i64 = const 3
                v103: i64 = mul v49, v102
                v104: i64 = const 2
                v105: i64 = add v103, v104
                b4[v105] = v95
                yield v93, v94, v95
              } -> v106, v107, v108
              yield v106, v107, v108
            } -> v109, v110, v111
        "#]],
    );
}

/// An elementwise chain that is read once is computed where it is summed.
#[test]
fn chains_fuse_into_their_reader() {
    check(
        r#"func spread(v0: f64[100] "x", v1: f64 "mean") {
          v2: f64[100] = broadcast v1
          v3: f64[100] = sub v0, v2
          v4: f64[100] = mul v3, v3
          v5: f64 = sum v4
          return v5
        }"#,
        expect![[r#"
            kernel "spread" lanes 8
            b0 = input "x" f64[100]
            b1 = input "mean" f64[1]
            b2 = output "result.0" f64[1]

            v0: i64 = const 0
            v1: f64 = load b1[v0]
            v2: f64 = const 0.0
            v3: i64 = const 0
            v4: i64 = const 100
            for v5 in v3..v4 carry v6: f64 = v2 {
              v7: f64 = load b0[v5]
              v8: i64 = const 0
              v9: f64 = load b1[v8]
              v10: f64 = sub v7, v9
              v11: f64 = mul v10, v10
              v12: f64 = add v6, v11
              yield v12
            } -> v13
            v14: i64 = const 0
            b2[v14] = v13
        "#]],
    );
}

/// Places that draw share one copy of the generator.
#[test]
fn several_places_call_the_generator() {
    check(
        r#"func f() {
          stream stream0 "M.x"
          stream stream1 "M.y"
          v0: i64 = const 0
          v1: f64 = draw normal stream0, v0
          v2: f64 = draw normal stream1, v0
          v3: f64 = add v1, v2
          return v3
        }"#,
        expect![[r#"
            kernel "f" lanes 8
            b0 = input "key.M.x" word[2]
            b1 = input "key.M.y" word[2]
            b2 = output "result.0" <f64>[1]
            b3 = scratch "v1.noise" <f64>[2]
            b4 = scratch "draw.blocks" i64[2]
            b5 = scratch "v2.noise" <f64>[2]

            routine r0 "normal.f64" {
              b0 = input "key" word[2]
              b1 = input "blocks" i64[2]
              b2 = lent "draws" <f64>[2]

              v0: i64 = const 0
              v1: i64 = const 1
              v2: word = load b0[v0]
              v3: word = load b0[v1]
              v4: i64 = load b1[v0]
              v5: i64 = load b1[v1]
              v6: i64 = const 2
              for v7 in v0..v5 {
                v8: i64 = add v4, v7
                v9: word = convert v8
                v10: i64 = mul v7, v6
                v11: <f64>, v12: <f64> = draw normal key v2, v3 block v9 purpose 0
                v13: i64 = const 0
                v14: i64 = add v10, v13
                b2[v14] = v11
                v15: i64 = const 1
                v16: i64 = add v10, v15
                b2[v16] = v12
              }
            }

            v0: i64 = const 0
            v1: i64 = const 1
            v2: word = load b0[v0]
            v3: word = load b0[v1]
            v4: i64 = const 0
            v5: i64 = const 1
            v6: word = load b1[v4]
            v7: word = load b1[v5]
            v8: i64 = const 0
            v9: i64 = const 1
            v10: i64 = const 0
            v11: i64 = const 0
            v12: i64 = const 1
            b4[v11] = v10
            b4[v12] = v9
            v13: i64 = const 0
            call r0(b0[v11], b4[v11]) -> b3[v13]
            v14: i64 = const 0
            v15: <f64> = load b3[v14]
            v16: i64 = const 1
            v17: i64 = const 0
            v18: i64 = const 0
            v19: i64 = const 1
            b4[v18] = v17
            b4[v19] = v16
            v20: i64 = const 0
            call r0(b1[v18], b4[v18]) -> b5[v20]
            v21: i64 = const 0
            v22: <f64> = load b5[v21]
            v23: <f64> = add v15, v22
            v24: i64 = const 0
            b2[v24] = v23
        "#]],
    );
}

/// A copy is made where many rows are read at once, which lie pages apart, again and again.
#[test]
fn only_crowded_tables_are_copied() {
    let copies = |row: u64, at_once: u64| {
        let func = format!(
            r#"func f(v0: f32[17, {row}] "A", v1: f32[{row}] "b") {{
              stream stream0 "W"
              v2: i64 = const 0
              v3: f32 = draw normal stream0, v2
              v10: f32 = scan 20 from v3 (v4: i64, v5: f32) {{
                v7: f32[{row}] = broadcast v5
                v8: f32[{row}] = mul v7, v1
                v9: f32[17] = contract v0, v8
                v11: f32 = largest v9
                yield v11
              }}
              return v10
            }}"#
        );
        let func = sdec_ssa::parse(&func).unwrap();
        let at_once = AtOnce { single: at_once, double: at_once };
        let target = Target { lanes: 16, memory: u64::MAX, at_once, by_part: None, beside: None };
        run(&func, target).buffers.values().any(|buffer| buffer.name == "A.spread")
    };
    assert!(copies(1024, 16) && copies(3072, 16));
    assert!(!copies(1040, 16), "rows that are no pages apart");
    assert!(!copies(1024, 4), "few rows at once");
}
