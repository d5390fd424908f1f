//! The style sheet, the script and the icon, which are part of the program, and the answer to a script that asks whether we are there.

use super::response;
use crate::reply::Reply;

const STYLE: &str = include_str!("assets/platform.css");
const SCRIPT: &str = include_str!("assets/platform.js");
const ICON: &str = include_str!("assets/icon.svg");

/// The file at this path.
pub(crate) fn find(path: &str) -> Option<Reply> {
    let (media_type, content) = match path {
        "/assets/platform.css" => ("text/css; charset=utf-8", STYLE),
        "/assets/platform.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "/assets/icon.svg" => ("image/svg+xml", ICON),
        "/ping" => ("text/plain; charset=utf-8", "here\n"),
        _ => return None,
    };
    Some(response::reply(200, media_type, content.as_bytes().to_vec()))
}
