//! Nets against numbers from elsewhere.
//!
//! `nets/expected.csv` holds losses and their gradients for a net of one hidden layer whose weights are given
//! by formulas, in four discrete schemes: complex steps of 1e-40 in NumPy, so exact to rounding. `nets/starts.sde`
//! draws with every initialiser; the draws are made again here, from `docs/noise.md`.

use std::fs;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BackendChoice, BlockResult, EstimateResult, Options};
use sdec_tests::{root, run};

fn main() {
    let args = Arguments::from_args();
    let mut trials = vec![
        Trial::test("starts_are_as_defined", starts_are_as_defined),
        Trial::test("singles_start_from_rounded_doubles", singles_start_from_rounded_doubles),
        Trial::test("params_that_do_not_fit_are_refused", params_that_do_not_fit_are_refused),
    ];
    for block in ["rk4", "euler", "heun", "reversible"] {
        for gradient in ["backprop", "forward"] {
            let agrees = move || agrees(block, gradient, BackendChoice::Cranelift);
            trials.push(Trial::test(format!("{block}::{gradient}"), agrees));
        }
    }
    trials.push(Trial::test("heun::interp", || agrees("heun", "backprop", BackendChoice::Interp)));
    libtest_mimic::run(&args, trials).exit();
}

/// Loss and gradient of a block are those of the table, to 1e-12.
fn agrees(block: &str, gradient: &str, backend: BackendChoice) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let params = folder.path().join("weights.safetensors");
    write_weights(&params)?;
    let options = Options {
        backend,
        gradient: Some(gradient.to_owned()),
        params: Some(params),
        brownian: (block != "rk4").then(|| root().join("tests/brownian/path.csv")),
        blocks: vec![block.to_owned()],
        ..Options::default()
    };
    let result = estimate(&root().join("tests/nets/reference.sde"), &options)?;
    let table = fs::read_to_string(root().join("tests/nets/expected.csv"))?;
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [of, entry, value] = cells[..] else { return Err("three cells a line".into()) };
        if of == block {
            let (found, expected) = (entry_of(&result, entry)?, value.parse::<f64>()?);
            let error = (found - expected).abs() / expected.abs();
            if error.is_nan() || error > 1e-12 {
                return Err(format!("{entry}: {found:e} is not {expected:e}: {error:.1e}").into());
            }
            rows += 1;
        }
    }
    if rows == 9 { Ok(()) } else { Err(format!("{rows} rows of {block}").into()) }
}

/// `value`, the sum of all absolute derivatives by the net, or entry `f.first.A 15`.
fn entry_of(result: &EstimateResult, entry: &str) -> Result<f64, Failed> {
    if entry == "value" {
        return Ok(result.value);
    }
    if entry == "sum" {
        let net = result.gradient.iter().filter(|table| table.name.starts_with("f."));
        return Ok(net.flat_map(|table| &table.value).map(|x| x.abs()).sum());
    }
    let (name, place) = entry.split_once(' ').ok_or("a name and a place")?;
    let table = result.gradient.iter().find(|table| table.name == name).ok_or("a table")?;
    Ok(table.value[place.parse::<usize>()?])
}

/// The weights of the reference, by formulas; those of no hidden layer beyond the first are left out.
fn write_weights(path: &Path) -> Result<(), Failed> {
    let table = |rows: u32, columns: u32, f: fn(f64, f64) -> f64| -> Vec<f64> {
        let entry = |k: u32| f(f64::from(k / columns), f64::from(k % columns));
        (0..rows * columns).map(entry).collect()
    };
    write(
        path,
        &[
            ("f.first.A", &[8, 2], table(8, 2, |i, j| 0.5 * (1.0 + i + 2.0 * j).sin())),
            ("f.first.b", &[8], table(8, 1, |i, _| 0.1 * (3.0 * i).cos())),
            ("f.last.A", &[2, 8], table(2, 8, |i, j| 0.5 * (2.0 + 3.0 * i + j).cos())),
            ("f.last.b", &[2], vec![0.05, -0.05]),
        ],
    )
}

/// A safetensors file of doubles.
fn write(path: &Path, tables: &[(&str, &[usize], Vec<f64>)]) -> Result<(), Failed> {
    let (mut header, mut entries) = (Vec::new(), Vec::new());
    for (name, shape, values) in tables {
        let begin = entries.len();
        entries.extend(values.iter().flat_map(|x| x.to_le_bytes()));
        let end = entries.len();
        header.push(format!(
            r#""{name}":{{"dtype":"F64","shape":{shape:?},"data_offsets":[{begin},{end}]}}"#
        ));
    }
    let header = format!("{{{}}}", header.join(","));
    let length = (header.len() as u64).to_le_bytes();
    Ok(fs::write(path, [&length, header.as_bytes(), &entries].concat())?)
}

fn estimate(program: &Path, options: &Options) -> Result<EstimateResult, Failed> {
    match run(program, options)?.into_iter().next() {
        Some(BlockResult::Estimate(result)) => Ok(result),
        _ => Err("no estimate ran".into()),
    }
}

/// A file whose tables have another name, shape or range is refused with the names that there are.
fn params_that_do_not_fit_are_refused() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let params = folder.path().join("p.safetensors");
    let said = |name: &str, shape: &[usize], values: Vec<f64>| -> Result<String, Failed> {
        write(&params, &[(name, shape, values)])?;
        let options = Options {
            params: Some(params.clone()),
            blocks: vec!["rk4".to_owned()],
            ..Options::default()
        };
        let text = match run(&root().join("tests/nets/reference.sde"), &options) {
            Ok(_) => "ran".to_owned(),
            Err(text) => text,
        };
        Ok(text.replace(&format!("{}: ", params.display()), ""))
    };
    let cases = [
        (
            said("g.A", &[1], vec![0.0])?,
            "`g.A` is no parameter; there are f.first.A, f.first.b, f.middle.A, f.middle.b, f.last.A, \
             f.last.b, y0, f.first.A and 34 more",
        ),
        (said("y0", &[3], vec![0.0; 3])?, "`y0` is 3, but the program's is 2"),
        (said("y0", &[2], vec![0.0, f64::NAN])?, "`y0` holds NaN, expected 2 => Float"),
        (said("Ito.y0", &[3], vec![0.0; 3])?, "ran"),
        (said("Ode.y0", &[2], vec![0.0; 2])?, "ran"),
    ];
    for (found, expected) in cases {
        if found != expected {
            return Err(format!("{found}\nis not\n{expected}").into());
        }
    }
    Ok(())
}

/// Every initialiser gives what `docs/noise.md` and `docs/language.md` say.
fn starts_are_as_defined() -> Result<(), Failed> {
    for seed in [0, 7] {
        let found = first(false, seed)?;
        let mut expected = Vec::new();
        let glorot = |name: &str, rows: u32, columns: u32| -> Vec<f64> {
            let range = (6.0 / f64::from(rows + columns)).sqrt();
            uniforms(seed, name, rows * columns).iter().map(|u| range * (2.0 * u - 1.0)).collect()
        };
        expected.extend(glorot("Starts.A", 2, 3));
        let normals = normals(seed, "Starts.b", 4);
        expected.extend(normals.iter().map(|z| 1.0 + 0.5 * z));
        expected.extend(uniforms(seed, "Starts.c", 3).iter().map(|u| -1.0 + 4.0 * u));
        let matrix = glorot("Starts.p.left.A", 2, 2);
        expected.extend([matrix[0], matrix[2], matrix[1], matrix[3]]);
        for (k, (found, expected)) in found.iter().zip(&expected).enumerate() {
            if (found - expected).abs() > 1e-14 {
                return Err(format!("seed {seed}, entry {k}: {found} is not {expected}").into());
            }
        }
    }
    Ok(())
}

/// `--f32` starts from the numbers of a run in double precision, rounded.
fn singles_start_from_rounded_doubles() -> Result<(), Failed> {
    let pairs = first(false, 0)?.into_iter().zip(first(true, 0)?);
    let far = pairs.filter(|(double, single)| (double - single).abs() > 4e-7).count();
    if far == 0 { Ok(()) } else { Err(format!("{far} numbers differ").into()) }
}

/// The first state of `nets/starts.sde`.
fn first(single: bool, seed: u64) -> Result<Vec<f64>, Failed> {
    let options = Options { single, seed: Some(seed), ..Options::default() };
    match &run(&root().join("tests/nets/starts.sde"), &options)?[..] {
        [BlockResult::Sample(sample)] => Ok(sample.states[0].mean.clone()),
        others => Err(format!("{} blocks ran", others.len()).into()),
    }
}

/// Uniform draws 0, 1, … of path 0 of a stream.
fn uniforms(seed: u64, name: &str, count: u32) -> Vec<f64> {
    let key = key(seed, name);
    let draw = |n: u32| {
        let words = philox([n / 2, 0, 0, 0], key);
        let pair = if n.is_multiple_of(2) { [words[0], words[1]] } else { [words[2], words[3]] };
        let [high, low] = pair.map(f64::from);
        high.mul_add(2.0_f64.powi(-32), low.mul_add(2.0_f64.powi(-64), 2.0_f64.powi(-65)))
    };
    (0..count).map(draw).collect()
}

/// Normal draws by Box and Muller.
fn normals(seed: u64, name: &str, count: u32) -> Vec<f64> {
    let uniforms = uniforms(seed, name, count + count % 2);
    let pair = |u: &[f64]| {
        let (r, turn) = ((-2.0 * u[0].ln()).sqrt(), std::f64::consts::TAU * u[1]);
        [r * turn.cos(), r * turn.sin()]
    };
    uniforms.chunks(2).flat_map(pair).take(count as usize).collect()
}

/// Words 0 and 1 of Philox of the name's hash under the seed.
fn key(seed: u64, name: &str) -> [u32; 2] {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    let words = |x: u64| [x as u32, (x >> 32) as u32];
    let [low, high] = words(hash);
    let out = philox([low, high, 0, 0], words(seed));
    [out[0], out[1]]
}

/// Ten rounds of Philox4x32.
fn philox(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    let product = |a: u32, b: u32| {
        let p = u64::from(a) * u64::from(b);
        ((p >> 32) as u32, p as u32)
    };
    for _ in 0..10 {
        let (high2, low2) = product(c[2], 0xcd9e_8d57);
        let (high0, low0) = product(c[0], 0xd251_1f53);
        c = [high2 ^ c[1] ^ k[0], low2, high0 ^ c[3] ^ k[1], low0];
        k = [k[0].wrapping_add(0x9e37_79b9), k[1].wrapping_add(0xbb67_ae85)];
    }
    c
}
