//! Style sheet, script and icon, which are part of the program.

/// The file of this name, with its media type.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "wizard.css" => Some(("text/css; charset=utf-8", include_str!("assets/wizard.css"))),
        "wizard.js" => Some(("text/javascript; charset=utf-8", include_str!("assets/wizard.js"))),
        "icon.svg" => Some(("image/svg+xml", include_str!("assets/icon.svg"))),
        _ => None,
    }
}
