//! The table of settings as text, for the reference of the language and for help on the command line.

use crate::settings::{SETTINGS, Schema};

/// The settings that can be used, as a table in Markdown.
pub fn settings_table() -> String {
    let mut out =
        String::from("| setting | in | type | default | meaning |\n|---|---|---|---|---|\n");
    for setting in SETTINGS.iter().filter(|setting| setting.built) {
        let Schema { key, ty, default, meaning, .. } = setting;
        let legal = setting.legal.join(", ");
        out.push_str(&format!("| `{key}` | {legal} | {ty} | {default} | {meaning} |\n"));
    }
    out
}

/// What one setting is, in a few lines.
pub fn explain_setting(key: &str) -> Option<String> {
    let setting = SETTINGS.iter().find(|setting| setting.key == key)?;
    let Schema { key, ty, default, legal, meaning, built } = setting;
    let mut out = format!("{key} (a setting of {})\n\n{meaning}\n\n", legal.join(", "));
    out.push_str(&format!("    type      {ty}\n"));
    if !default.is_empty() {
        out.push_str(&format!("    default   {default}\n"));
    }
    if !built {
        out.push_str("\nPart of the language, but this compiler cannot use it yet.\n");
    }
    Some(out)
}
