//! Examples that fit real data: estimates against closed forms, other programs, and samplers.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use sdec_driver::{BlockResult, FitResult, Options};
use sdec_tests::{root, run};

/// What the blocks of an example give.
struct Found {
    fits: BTreeMap<String, FitResult>,
    estimates: BTreeMap<String, f64>,
    /// Where the fits are kept while the test runs.
    _folder: tempfile::TempDir,
}

/// At its full length, or after so many steps of its fit.
fn found(name: &str, steps: Option<u64>) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let program = root().join(format!("examples/{name}/{name}.sde"));
    let out = Some(folder.path().join("fit"));
    let options = Options { out, steps, ..Options::default() };
    let results = run(&program, &options).unwrap_or_else(|message| panic!("{message}"));
    let (mut fits, mut estimates) = (BTreeMap::new(), BTreeMap::new());
    for result in results {
        match result {
            BlockResult::Fit(fit) => drop(fits.insert(fit.name.clone(), *fit)),
            BlockResult::Estimate(found) => drop(estimates.insert(found.name, found.value)),
            BlockResult::Sample(_) | BlockResult::Expression(_) => {}
        }
    }
    Found { fits, estimates, _folder: folder }
}

/// The only fit of an example.
fn fitted(name: &str) -> FitResult {
    let mut fits = found(name, None).fits.into_values();
    let fit = fits.next().unwrap();
    assert!(fits.next().is_none());
    assert_eq!(fit.status, "converged");
    fit
}

/// A number that was found, with its standard error.
fn of(fit: &FitResult, name: &str) -> (f64, f64) {
    let entry = fit.params.iter().find(|entry| entry.name == name).unwrap();
    (entry.value[0], entry.stderr[0])
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let distance = (found - expected).abs() / expected.abs();
    assert!(distance < tolerance, "{found} is not {expected}");
}

/// A column of an example's table.
fn column(file: &str, place: usize) -> Vec<f64> {
    let text = std::fs::read_to_string(root().join("examples").join(file)).unwrap();
    let lines = text.lines().skip(1);
    lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// An Ornstein–Uhlenbeck process at equal distances is an autoregression: its coefficients, and the errors of
/// these, in closed form.
#[test]
fn an_ornstein_uhlenbeck_process_has_its_closed_form() {
    let r = column("vasicek/treasury_bills.csv", 1);
    let (x, y, h) = (&r[..r.len() - 1], &r[1..], 0.25);
    let n = x.len() as f64;
    let (mx, my) = (mean(x.iter().copied()), mean(y.iter().copied()));
    let sxx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let φ = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / sxx;
    let c = my - φ * mx;
    let v = mean(x.iter().zip(y).map(|(x, y)| (y - c - φ * x).powi(2)));
    let (θ, μ) = (-φ.ln() / h, c / (1.0 - φ));
    let σ = (2.0 * θ * v / (1.0 - φ * φ)).sqrt();

    let fit = fitted("vasicek");
    let estimates = ["θ", "μ", "σ"].map(|name| of(&fit, name));
    for ((value, _), expected) in estimates.into_iter().zip([θ, μ, σ]) {
        close(value, expected, 1e-6);
    }
    // Covariance of (c, φ, v) at the maximum, where the observed information is block diagonal.
    let (vc, vφ, cov, vv) =
        (v * (1.0 / n + mx * mx / sxx), v / sxx, -v * mx / sxx, 2.0 * v * v / n);
    let error = |by_c: f64, by_φ: f64, by_v: f64| {
        (by_c * by_c * vc + by_φ * by_φ * vφ + 2.0 * by_c * by_φ * cov + by_v * by_v * vv).sqrt()
    };
    let θ_by_φ = -1.0 / (φ * h);
    let σ_by_φ = σ * (0.5 * θ_by_φ / θ + φ / (1.0 - φ * φ));
    let errors = [
        error(0.0, θ_by_φ, 0.0),
        error(1.0 / (1.0 - φ), c / (1.0 - φ).powi(2), 0.0),
        error(0.0, σ_by_φ, 0.5 * σ / v),
    ];
    for ((_, stderr), expected) in estimates.into_iter().zip(errors) {
        close(stderr, expected, 0.01);
    }
}

/// Changes over √r are linear in 1/√r and √r: a regression in closed form.
#[test]
fn a_square_root_diffusion_by_euler_is_a_regression() {
    let r = column("cir/treasury_bills.csv", 1);
    let (x, y, h) = (&r[..r.len() - 1], &r[1..], 0.25_f64);
    let n = x.len() as f64;
    let (inverse, sum): (f64, f64) = (x.iter().map(|x| 1.0 / x).sum(), x.iter().sum());
    let changes: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - x).collect();
    let (p, q): (f64, f64) =
        (x.iter().zip(&changes).map(|(x, d)| d / x).sum(), changes.iter().sum());
    let determinant = inverse * sum - n * n;
    let (a, b) = ((sum * p - n * q) / determinant, (inverse * q - n * p) / determinant);
    let squares = x.iter().zip(&changes).map(|(x, d)| (d - a - b * x).powi(2) / x);
    let σ = (mean(squares) / h).sqrt();

    let fit = fitted("cir");
    for (name, expected) in [("κ", -b / h), ("θ", -a / b), ("σ", σ)] {
        close(of(&fit, name).0, expected, 1e-6);
    }
}

/// Mean and standard deviation of the posterior, by the reference draws of posteriordb
/// (`hudson_lynx_hare-lotka_volterra`: 10,000 draws of Stan's sampler).
#[test]
fn the_mode_of_hares_and_lynxes_lies_within_the_posterior() {
    let posterior = [
        ("α", 0.546_864_499_783_930_7, 0.063_054_789_427),
        ("β", 0.027_747_287_767_808_097, 0.004_154_717_926_3),
        ("γ", 0.800_095_360_233_122_1, 0.089_370_177_216_024_24),
        ("δ", 0.024_085_915_253_454_496, 0.003_528_089_690_2),
        ("u0", 34.035_222_477_046_915, 2.916_898_849_650_093),
        ("v0", 5.935_897_133_680_625, 0.530_552_040_606),
        ("σu", 0.248_056_863_202_520_07, 0.043_262_677_159_799_645),
        ("σv", 0.251_016_914_583_617_86, 0.043_590_336_855_424_794),
    ];
    let fit = fitted("lynx_hare");
    for (name, mean, sd) in posterior {
        let (mode, stderr) = of(&fit, name);
        assert!((mode - mean).abs() < 2.0 * sd, "{name}: {mode} is far from {mean} ± {sd}");
        assert!(stderr > 0.5 * sd && stderr < 1.5 * sd, "{name}: ± {stderr}, not {sd}");
    }
}

/// SciPy 1.16: `solve_ivp` at 1e-11 and the largest Poisson likelihood by Nelder and Mead's method; errors by
/// differences of the likelihood.
#[test]
fn an_epidemic_is_that_of_another_program() {
    let fit = fitted("influenza");
    let expected = [
        ("β", 1.891_479_406_090_364_4, 0.055_294),
        ("γ", 0.481_001_792_962_565_7, 0.011_294_97),
        ("I0", 1.499_736_273_543_048_8, 0.312_020_73),
    ];
    for (name, value, error) in expected {
        let (estimate, stderr) = of(&fit, name);
        close(estimate, value, 1e-5);
        close(stderr, error, 0.01);
    }
    close(fit.objective, 67.535_687_834_231_24, 1e-6);
}

/// `least_squares` of SciPy 1.16 on the solution in closed form: lKe, lKa, lCl of each subject.
#[test]
fn each_subject_has_the_least_squares_of_another_program() {
    let expected: [[f64; 3]; 12] = [
        [-2.919_613_305_798, 0.575_159_347_299, -3.915_856_084_094],
        [-2.286_109_784_192, 0.664_059_784_731, -3.106_317_555_707],
        [-2.508_073_544_832, 0.897_542_478_773, -3.229_964_794_899],
        [-2.436_495_019_282, 0.158_265_350_241, -3.286_087_360_121],
        [-2.425_482_760_043, 0.386_279_827_055, -3.132_598_910_615],
        [-2.307_333_190_849, 0.151_626_187_877, -2.973_242_316_449],
        [-2.280_371_438_305, -0.386_048_535_586, -2.964_335_884_025],
        [-2.386_436_439_623, 0.318_832_966_984, -3.069_110_845_655],
        [-2.446_086_883_346, 2.182_179_679_811, -3.420_773_456_482],
        [-2.604_146_868_237, -0.363_122_493_859, -3.428_270_230_474],
        [-2.321_530_585_209, 1.347_824_572_243, -2.860_397_473_739],
        [-2.248_327_152_608, -0.182_842_105_171, -3.170_158_802_312],
    ];
    let fit = fitted("theophylline");
    for (k, name) in ["lKe", "lKa", "lCl"].into_iter().enumerate() {
        let entry = fit.params.iter().find(|entry| entry.name == name).unwrap();
        for (subject, (found, expected)) in entry.value.iter().zip(&expected).enumerate() {
            let distance = (found - expected[k]).abs();
            assert!(distance < 1e-6, "{name} of subject {}: {found}", subject + 1);
        }
    }
    close(of(&fit, "σ").0, 0.597_125_852_206, 1e-6);
}

/// `nlme` of R for the one-compartment model with `SSfol`.
#[test]
fn what_subjects_share_is_near_to_that_of_another_program() {
    let fit = fitted("theophylline_mixed");
    for (name, expected) in [("lKe", -2.43), ("lKa", 0.45), ("lCl", -3.21)] {
        let found = of(&fit, name).0;
        assert!((found - expected).abs() < 0.05, "{name}: {found} is not {expected}");
    }
}

#[test]
fn a_net_between_hares_and_lynxes_says_more_of_the_years_held_out() {
    let found = found("universal", None);
    let (plain, universal) = (found.estimates["plain_error"], found.estimates["universal_error"]);
    assert!((0.2..0.3).contains(&plain), "{plain}");
    assert!(universal < 0.9 * plain, "{universal} is not below {plain}");
    assert_eq!(found.fits.len(), 2);
}

#[test]
fn a_net_follows_the_whole_spiral() {
    let error = found("spiral", Some(200)).estimates["error"];
    assert!(error < 0.15, "{error}");
}
