//! Text in, text out; and no bit changes where everything that can be a routine is one.

use expect_test::expect;
use sdec_kernel::{Kernel, parse, verify};

use super::super::tests::{arbitrary, outputs};
use super::choose::Limits;

/// All that is there twice.
const ALL: Limits = Limits { least: 0, saved: 0, passed: 0, work: 0 };

#[track_caller]
fn outlined(text: &str) -> Kernel {
    let kernel = parse(text).unwrap();
    assert_eq!(verify(&kernel), Ok(()));
    let kernel = super::within(&kernel, &ALL);
    if let Err(malformed) = verify(&kernel) {
        panic!("{malformed}\n{kernel}");
    }
    kernel
}

#[test]
fn loops_of_other_names_are_one_routine() {
    let kernel = outlined(
        "kernel \"k\" lanes 4
        b0 = input \"weights\" f64[4]
        b1 = input \"others\" f64[4]
        b2 = output \"y\" <f64>[2]
        b3 = scratch \"s\" <f64>[4]
        b4 = scratch \"t\" <f64>[8]
        v0: i64 = const 0
        v1: i64 = const 4
        v2: <word> = path_low
        v3: <f64> = convert v2
        for v4 in v0..v1 carry v5: <f64> = v3 {
          v6: f64 = load b0[v4]
          v7: <f64> = splat v6
          v8: <f64> = fma v5, v7, v3
          b3[v4] = v8
          yield v8
        } -> v9
        v10: <f64> = neg v9
        v11: i64 = const 4
        v12: f64 = const 0.5
        for v14 in v0..v11 carry v15: <f64> = v10 {
          v16: f64 = load b1[v14]
          v17: <f64> = splat v16
          v18: <f64> = fma v15, v17, v10
          b4[v14] = v18
          yield v18
        } -> v19
        v20: <f64> = splat v12
        v21: <f64> = mul v19, v20
        b2[v0] = v21
        v22: <f64> = load b4[v0]
        v23: i64 = const 1
        b2[v23] = v22",
    );
    expect![[r#"
        kernel "k" lanes 4
        b0 = input "weights" f64[4]
        b1 = input "others" f64[4]
        b2 = output "y" <f64>[2]
        b3 = scratch "s" <f64>[4]
        b4 = scratch "t" <f64>[8]
        b5 = scratch "passed.f64.lanes" <f64>[1]

        routine r0 "part.0" {
          b0 = input "weights" f64[4]
          b1 = lent "s" <f64>[8]
          b2 = lent "passed.f64" <f64>[1]

          v0: i64 = const 0
          v2: i64 = const 4
          v1: <f64> = load b2[v0]
          for v3 in v0..v2 carry v4: <f64> = v1 {
            v5: f64 = load b0[v3]
            v6: <f64> = splat v5
            v7: <f64> = fma v4, v6, v1
            b1[v3] = v7
            yield v7
          } -> v8
          b2[v0] = v8
        }

        v24: i64 = const 0
        v0: i64 = const 0
        v1: i64 = const 4
        v2: <word> = path_low
        v3: <f64> = convert v2
        b5[v24] = v3
        call r0(b0[v24]) -> b3[v24], b5[v24]
        v9: <f64> = load b5[v24]
        v10: <f64> = neg v9
        v11: i64 = const 4
        v12: f64 = const 0.5
        b5[v24] = v10
        call r0(b1[v24]) -> b4[v24], b5[v24]
        v19: <f64> = load b5[v24]
        v20: <f64> = splat v12
        v21: <f64> = mul v19, v20
        b2[v0] = v21
        v22: <f64> = load b4[v0]
        v23: i64 = const 1
        b2[v23] = v22
    "#]]
    .assert_eq(&kernel.to_string());
}

/// What is between loops goes with them if it reads them; a constant and what reads nothing of them
/// comes before.
#[test]
fn loops_with_what_is_between_them_are_one_routine() {
    let kernel = outlined(
        "kernel \"k\" lanes 2
        b0 = output \"y\" <f64>[1]
        b1 = scratch \"s\" <f64>[8]
        v0: i64 = const 0
        v1: i64 = const 4
        v2: <word> = path_low
        v3: <f64> = convert v2
        for v4 in v0..v1 carry v5: <f64> = v3 {
          b1[v4] = v5
          v6: <f64> = mul v5, v5
          yield v6
        } -> v7
        v8: f64 = const 0.5
        v9: <f64> = splat v8
        v10: <f64> = add v3, v9
        v11: <f64> = mul v7, v10
        for v12 in v0..v1 carry v13: <f64> = v11 {
          v14: <f64> = load b1[v12]
          v15: <f64> = sub v13, v14
          yield v15
        } -> v16
        for v17 in v0..v1 carry v18: <f64> = v16 {
          b1[v17] = v18
          v19: <f64> = mul v18, v18
          yield v19
        } -> v20
        v21: <f64> = mul v20, v10
        for v22 in v0..v1 carry v23: <f64> = v21 {
          v24: <f64> = load b1[v22]
          v25: <f64> = sub v23, v24
          yield v25
        } -> v26
        v27: <f64> = add v26, v10
        b0[v0] = v27",
    );
    expect![[r#"
        kernel "k" lanes 2
        b0 = output "y" <f64>[1]
        b1 = scratch "s" <f64>[8]
        b2 = scratch "passed.f64.lanes" <f64>[2]

        routine r0 "part.0" {
          b0 = lent "s" <f64>[8]
          b1 = lent "passed.f64" <f64>[2]

          v0: i64 = const 0
          v2: i64 = const 1
          v4: i64 = const 4
          v1: <f64> = load b1[v0]
          v3: <f64> = load b1[v2]
          for v5 in v0..v4 carry v6: <f64> = v1 {
            b0[v5] = v6
            v7: <f64> = mul v6, v6
            yield v7
          } -> v8
          v9: <f64> = mul v8, v3
          for v10 in v0..v4 carry v11: <f64> = v9 {
            v12: <f64> = load b0[v10]
            v13: <f64> = sub v11, v12
            yield v13
          } -> v14
          b1[v0] = v14
        }

        v28: i64 = const 0
        v29: i64 = const 1
        v0: i64 = const 0
        v1: i64 = const 4
        v2: <word> = path_low
        v3: <f64> = convert v2
        v8: f64 = const 0.5
        v9: <f64> = splat v8
        v10: <f64> = add v3, v9
        b2[v28] = v3
        b2[v29] = v10
        call r0() -> b1[v28], b2[v28]
        v16: <f64> = load b2[v28]
        b2[v28] = v16
        b2[v29] = v10
        call r0() -> b1[v28], b2[v28]
        v26: <f64> = load b2[v28]
        v27: <f64> = add v26, v10
        b0[v0] = v27
    "#]]
    .assert_eq(&kernel.to_string());
}

#[test]
fn truth_values_outputs_and_draws_stay_where_they_are() {
    for inner in ["b0[v4] = v5", "v9: <f64> = select v6, v5, v3\nb1[v4] = v9"] {
        let again = inner.replace("v9", "v19").replace("v5", "v15").replace("v4", "v14");
        let text = format!(
            "kernel \"k\" lanes 2
            b0 = output \"y\" <f64>[4]
            b1 = scratch \"s\" <f64>[4]
            v0: i64 = const 0
            v1: i64 = const 4
            v2: <word> = path_low
            v3: <f64> = convert v2
            v6: <bool> = lt v3, v3
            for v4 in v0..v1 carry v5: <f64> = v3 {{
              {inner}
              yield v5
            }} -> v7
            for v14 in v0..v1 carry v15: <f64> = v3 {{
              {again}
              yield v15
            }} -> v17
            b0[v0] = v17"
        );
        assert_eq!(outlined(&text), parse(&text).unwrap());
    }
}

/// A copy of a body behind it, whose values have other names.
fn twice(kernel: &Kernel) -> Kernel {
    let text = kernel.to_string();
    let (header, body) = text.split_once("\n\n").expect("a kernel has a header");
    let offset = kernel.types.len();
    let mut again = String::new();
    let mut rest = body;
    while let Some(at) = rest.find('v') {
        let (before, value) = rest.split_at(at);
        let digits = value[1..].chars().take_while(char::is_ascii_digit).count();
        let named = digits > 0 && !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        again += before;
        again += "v";
        if named {
            let number: usize = value[1..=digits].parse().unwrap();
            again += &(number + offset).to_string();
        }
        rest = &value[1 + if named { digits } else { 0 }..];
    }
    again += rest;
    parse(&format!("{header}\n\n{body}{again}")).unwrap()
}

#[test]
fn no_bit_changes() {
    let mut routines = 0;
    for seed in 0..300 {
        let kernel = twice(&arbitrary(seed));
        assert_eq!(verify(&kernel), Ok(()), "seed {seed}\n{kernel}");
        let after = super::within(&kernel, &ALL);
        if let Err(malformed) = verify(&after) {
            panic!("seed {seed}: {malformed}\n{kernel}\n{after}");
        }
        routines += after.routines.len();
        assert_eq!(outputs(&after), outputs(&kernel), "seed {seed}\n{kernel}\n{after}");
    }
    assert!(routines > 200, "{routines}");
}
