//! Pictures: what is in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use resvg::tiny_skia::Pixmap;
use sdec_output::{Field, FitPicture, Fitting, SampleArrays, Traced, plot_fit, plot_sample};

/// Waves that differ by path and entry.
fn waves(paths: usize, times: usize, names: &[&str]) -> SampleArrays {
    let wave = |phase: f64, path: usize, time: usize| {
        (phase + 0.3 * path as f64 + 6.0 * time as f64 / times as f64).sin()
    };
    let field = |(k, &name): (usize, &&str)| Field {
        name: name.to_owned(),
        shape: Vec::new(),
        values: (0..paths * times).map(|at| wave(k as f64, at / times, at % times)).collect(),
    };
    SampleArrays {
        paths,
        times: (0..times).map(|k| k as f64 / times as f64).collect(),
        fields: names.iter().enumerate().map(field).collect(),
    }
}

fn svg(sample: &SampleArrays, title: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.svg");
    plot_sample(sample, title, &path).unwrap();
    fs::read_to_string(path).unwrap()
}

fn png(sample: &SampleArrays) -> Pixmap {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    plot_sample(sample, "σ = 0.2", &path).unwrap();
    Pixmap::decode_png(&fs::read(path).unwrap()).unwrap()
}

/// The elements of an SVG text that show one thing, known by its shape and colour.
fn marks<'a>(svg: &'a str, role: &str) -> Vec<&'a str> {
    let (element, colour) = match role {
        "path" => ("<polyline ", r##" stroke="#0072B2""##),
        "mean" => ("<polyline ", r##" stroke="#D55E00""##),
        "band" => ("<polygon ", r##" fill="#0072B2""##),
        "bars" => ("<rect ", r##"opacity="0.45" fill="#0072B2""##),
        _ => panic!("{role}"),
    };
    svg.lines().filter(|line| line.starts_with(element) && line.contains(colour)).collect()
}

/// How many marks of a role an SVG text has, the one of the key not counted.
fn count(svg: &str, role: &str) -> usize {
    marks(svg, role).len() - usize::from(role != "band")
}

/// Whether a text is one of those on the page.
fn says(svg: &str, text: &str) -> bool {
    svg.contains(&format!(">\n{text}\n</text>"))
}

#[test]
fn each_path_is_a_line_up_to_fifty() {
    for (paths, drawn) in [(1, 1), (7, 7), (50, 50), (200, 50)] {
        assert_eq!(count(&svg(&waves(paths, 20, &["x"]), ""), "path"), drawn);
    }
    assert_eq!(count(&svg(&waves(30, 20, &["x", "y"]), ""), "path"), 60);
}

#[test]
fn mean_and_band_need_paths() {
    let has = |paths, role: &str| !marks(&svg(&waves(paths, 20, &["x"]), ""), role).is_empty();
    assert!(!has(1, "mean") && !has(1, "band"));
    assert!(has(19, "mean") && !has(19, "band"));
    assert!(has(20, "mean") && has(20, "band"));
}

#[test]
fn names_title_and_key_are_there() {
    let text = svg(&waves(60, 20, &["θ", "σ"]), "a < b & \"c\"");
    for piece in ["θ", "σ", "t", "a &lt; b &amp; &quot;c&quot;", "50 of 60 paths", "mean"] {
        assert!(says(&text, piece), "{piece}");
    }
}

#[test]
fn the_page_is_in_points_and_its_corners_are_round() {
    let text = svg(&waves(2, 20, &["x"]), "walk");
    let start = r#"<svg width="588" height="428" stroke-linejoin="round" viewBox="0 0 5880 4280" "#;
    assert!(text.starts_with(start), "{}", text.lines().next().unwrap());
}

#[test]
fn characters_that_xml_cannot_write_become_spaces() {
    let mut sample = waves(1, 20, &["x\u{1b}y"]);
    assert!(says(&svg(&sample, "a\u{0}b\u{ffff}c"), "a b c"));
    sample.times.truncate(1);
    sample.fields[0].values.truncate(1);
    assert!(says(&svg(&sample, ""), "x y"));
    png(&sample);
}

#[test]
fn entries_of_tables_have_panels_up_to_six() {
    let mut sample = waves(3, 20, &["x"]);
    sample.fields[0] = Field {
        name: "h".to_owned(),
        shape: vec![2, 4],
        values: (0..3 * 20 * 8).map(f64::from).collect(),
    };
    let text = svg(&sample, "");
    assert!(says(&text, "h[0,0]") && says(&text, "h[1,1]") && !says(&text, "h[1,2]"));
    assert!(says(&text, "6 of 8 entries"));
    assert_eq!(count(&text, "mean"), 6);
}

#[test]
fn a_single_time_is_a_histogram() {
    let text = svg(&waves(100, 1, &["x"]), "");
    assert!(count(&text, "bars") > 4);
    assert_eq!(count(&text, "mean"), 1);
    assert!(says(&text, "100 paths at t = 0") && says(&text, "paths"));
    assert!(marks(&text, "path").is_empty());
}

#[test]
fn whole_numbers_have_a_bar_each() {
    let values = [0.0, 1.0, 1.0, 2.0, 5.0].to_vec();
    let field = Field { name: "n".to_owned(), shape: vec![], values };
    let text = svg(&SampleArrays { paths: 5, times: vec![2.0], fields: vec![field] }, "");
    assert_eq!(count(&text, "bars"), 4);
}

#[test]
fn odd_data_draw_something() {
    let nan = f64::NAN;
    for (what, values) in [
        ("constant", vec![3.0; 80]),
        ("zero", vec![0.0; 80]),
        ("absent", vec![nan; 80]),
        ("huge", [1e308, -1e308, 1e300, 0.0].repeat(20)),
        ("tiny", [5e-324, 0.0].repeat(40)),
        ("nearly constant", [1.0, 1.0 + f64::EPSILON].repeat(40)),
        ("infinite", [f64::INFINITY, 1.0, nan, f64::NEG_INFINITY].repeat(20)),
    ] {
        for (paths, times) in [(1, 80), (80, 1), (20, 4), (2, 40)] {
            let field = Field { name: "x".to_owned(), shape: vec![], values: values.clone() };
            let times = (0..times).map(f64::from).collect();
            let sample = SampleArrays { paths, times, fields: vec![field] };
            let text = svg(&sample, what);
            assert!(
                !text.contains("NaN") && !text.contains("inf\"") && !text.contains("inf "),
                "{what}"
            );
            assert_eq!(what == "absent", text.contains("no finite values"), "{what} {paths}");
            png(&sample);
        }
    }
    let empty = SampleArrays { paths: 0, times: vec![], fields: vec![] };
    assert!(svg(&empty, "nothing").ends_with("</svg>\n"));
    assert!(svg(&waves(0, 5, &["x"]), "").contains("no finite values"));
    assert!(svg(&waves(5, 0, &["x"]), "").contains("no finite values"));
}

#[test]
fn one_wild_path_does_not_flatten_the_rest() {
    let mut sample = waves(100, 20, &["x"]);
    sample.fields[0].values[30] = 1e9;
    let text = svg(&sample, "");
    assert!(says(&text, "outliers cut off"));
    assert!(!text.contains("10⁹") && says(&text, "1"));
}

#[test]
fn long_series_stay_small() {
    let text = svg(&waves(50, 20_000, &["x"]), "");
    assert!(text.len() < 3_000_000, "{}", text.len());
    assert_eq!(count(&text, "path"), 50);
}

#[test]
fn png_has_its_size_and_is_not_blank() {
    let page = png(&waves(100, 50, &["x"]));
    assert_eq!((page.width(), page.height()), (1176, 856));
    let page = png(&waves(100, 50, &["x", "y", "z"]));
    assert_eq!((page.width(), page.height()), (2096, 616));
    let inked = page.pixels().iter().filter(|pixel| pixel.red() < 250).count();
    let share = inked as f64 / page.pixels().len() as f64;
    assert!((0.05..0.6).contains(&share), "{share}");
    let corner = page.pixel(0, 0).unwrap();
    assert_eq!((corner.red(), corner.green(), corner.blue(), corner.alpha()), (255, 255, 255, 255));
}

#[test]
fn png_has_the_title_in_letters() {
    let with_title = png(&waves(1, 50, &["x"]));
    let dark = |row: u32| {
        (0..with_title.width()).filter(|&x| with_title.pixel(x, row).unwrap().red() < 100).count()
    };
    // The title's rows of the page hold strokes of letters and the white between them.
    let ink: usize = (35..60).map(dark).sum();
    assert!((100..2_000).contains(&ink), "{ink}");
}

#[test]
fn other_suffixes_are_refused() {
    let error = plot_sample(&waves(1, 5, &["x"]), "", "walk.pdf").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot tell the format of `walk.pdf` from its name, expected one that ends in `.svg` or `.png`"
    );
}

/// A fit of a line with its trace, and rows held out.
fn fit(series: usize) -> FitPicture {
    let times = || (0..=10).map(f64::from);
    let fitting = |k: usize| Fitting {
        name: format!("y{k}"),
        seen: times().map(|t| (t, t + 0.3 * (7.0 * t).sin())).collect(),
        law: times().map(|t| (t, [t - 0.5, t, t + 0.5])).collect(),
        residuals: times().map(|t| (t, (7.0 * t).sin())).collect(),
    };
    let traced = |step: u32| Traced {
        step: step.into(),
        objective: 5.0 + 1e6 * (-f64::from(step)).exp(),
        held_out: if step.is_multiple_of(10) { 6.0 } else { f64::NAN },
    };
    FitPicture {
        series: (0..series).map(fitting).collect(),
        count: series,
        trace: (0..100).map(traced).collect(),
    }
}

fn fit_svg(picture: &FitPicture) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.svg");
    plot_fit(picture, "line", &path).unwrap();
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_fit_shows_data_residuals_and_the_trace() {
    let svg = fit_svg(&fit(2));
    assert_eq!(
        svg.matches("<circle ").count(),
        1 + 2 * 2 * 11,
        "data and residuals of two series, and the key"
    );
    assert_eq!(marks(&svg, "band").len(), 4);
    // The fit, zero, and the trace.
    assert_eq!(count(&svg, "mean"), 2 + 2 + 1);
    for text in ["line", "y0", "residual of y1", "objective", "data", "fit", "rows held out"] {
        assert!(says(&svg, text), "{text}");
    }
}

#[test]
fn a_trace_does_not_drown_in_its_first_steps() {
    let svg = fit_svg(&fit(0));
    assert!(!says(&svg, "10⁶") && says(&svg, "objective"), "{svg}");
    assert_eq!(svg.matches("<circle ").count(), 0);
}

#[test]
fn series_that_are_not_drawn_are_counted() {
    assert!(says(&fit_svg(&FitPicture { count: 12, ..fit(4) }), "3 of 12 series"));
}
