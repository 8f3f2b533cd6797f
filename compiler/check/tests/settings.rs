//! The table of settings in the reference is the one that the checker reads. `BLESS=1` writes it.

use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- settings -->\n";
const END: &str = "<!-- end of settings -->";

#[test]
fn the_reference_has_the_settings_of_the_checker() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language.md");
    let text = fs::read_to_string(&page).expect("the reference is there");
    let begin = text.find(BEGIN).expect("the table has a beginning") + BEGIN.len();
    let end = text.find(END).expect("the table has an end");
    let table = format!("\n{}\n", sdec_check::settings_table());
    if std::env::var_os("BLESS").is_some() {
        let page_text = format!("{}{table}{}", &text[..begin], &text[end..]);
        fs::write(&page, page_text).expect("the reference can be written");
        return;
    }
    assert_eq!(&text[begin..end], table);
}

#[test]
fn a_setting_explains_itself() {
    let text = sdec_check::explain_setting("paths").expect("it is a setting");
    assert!(text.contains("how many paths") && text.contains("default"), "{text}");
    assert_eq!(sdec_check::explain_setting("E0301"), None);
}
