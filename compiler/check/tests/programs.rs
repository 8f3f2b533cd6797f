//! Whole programs: the library; the programs of the language's design, which check and are described;
//! and sketches of what is designed beyond them, which are refused only for what is not built yet.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use expect_test::{expect, expect_file};
use sdec_grammar::ast::ItemKind;
use sdec_grammar::{Heading, outline, parse_program};
use support::{Files, check};

#[test]
fn the_whole_library_checks() {
    let mut sources = sdec_base::SourceMap::default();
    let library: Vec<_> = sdec_stdlib::FILES
        .iter()
        .flat_map(|(name, text)| outline(sources.add(*name, *text), text))
        .collect();
    let found = sdec_check::check_library(&library, &Files);
    let texts: Vec<String> = found.iter().map(|found| found.render(&sources, false)).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
}

#[test]
fn the_outline_of_the_library_is_what_parsing_finds() {
    for (name, text) in sdec_stdlib::FILES {
        let source = sdec_base::SourceId::new(0);
        let parsed = parse_program(source, text);
        assert!(parsed.diagnostics.is_empty(), "{name}: {:?}", parsed.diagnostics);
        let outline = outline(source, text);
        assert_eq!(outline.len(), parsed.tree.items.len(), "{name}");
        for (one, item) in outline.iter().zip(&parsed.tree.items) {
            assert_eq!(format!("{:?}", one.item()), format!("{item:?}"), "{name}");
            match one.heading() {
                Heading::Value(heading) | Heading::Method(heading) => {
                    assert_eq!(sdec_check::names(&item.kind), [heading], "{name}");
                    let method = matches!(item.kind, ItemKind::Method(_));
                    assert_eq!(matches!(one.heading(), Heading::Method(_)), method, "{name}");
                }
                Heading::Other => {}
            }
        }
    }
}

#[test]
fn programs_of_the_design_check_or_are_not_built() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammar/tests/programs");
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut lines = String::new();
    for path in names.iter().filter(|path| path.extension().is_some_and(|e| e == "sde")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let checked = check(&name, &fs::read_to_string(path).unwrap());
        let codes: BTreeSet<&str> = checked.diagnostics.iter().map(|found| found.code).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(" ");
        lines += &format!("{name} {}\n", if codes.is_empty() { "checks" } else { &codes });
        if std::env::var_os("SHOW").is_some() {
            println!("{}", checked.messages());
        }
        if !name.starts_with("sketch_") {
            let program = checked.program.as_ref().unwrap_or_else(|| panic!("{name} is refused"));
            let file = format!("summaries/{name}.txt");
            expect_file![file].assert_eq(&sdec_check::summary(program));
        }
    }
    expect![[r#"
        a_ou checks
        b_gbm checks
        c_lorenz checks
        d_spiral checks
        e_latent_sde checks
        f_cnf checks
        g_sde_bnn checks
        h_poisson checks
        i_lotka_volterra checks
        j_score checks
        k_jump_heston checks
        l_lorenz96 checks
        m_functions checks
        n_soft checks
        sketch_a_pk E0606 W0207
        sketch_b_cde E0201
        sketch_c_odernn E0308
        sketch_d_hawkes checks
        sketch_e_score checks
        sketch_f_gan E0303
        sketch_g_sb E0901
        sketch_h_multiscale E0405 E0901
        sketch_i_aux E0901
        sketch_j_hmm E0901
        sketch_k_dmm E0901
        sketch_l_event E0901
        sketch_m_frac E0201
        sketch_n_lead checks
        sketch_o_methods checks
    "#]]
    .assert_eq(&lines);
}
