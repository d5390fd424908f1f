//! What a page answers, and its headers.

use maud::Markup;

use super::BASE;
use crate::reply::Reply;

/// An answer of the pages.
pub(crate) enum Response {
    /// A page.
    Page {
        /// The HTTP status.
        status: u16,
        /// Its title.
        title: String,
        /// What is between the frame's header and footer.
        body: Markup,
    },
    /// See there. The place is below the pages' own path.
    To(String),
    /// A file to keep.
    File {
        /// The name it is kept under; may be Chinese.
        name: String,
        /// Its media type.
        media_type: &'static str,
        /// What it holds.
        content: Vec<u8>,
    },
}

impl Response {
    /// A page as asked for.
    pub(crate) fn page(title: &str, body: Markup) -> Response {
        Response::Page { status: 200, title: title.to_owned(), body }
    }
}

/// The headers of every answer. Nothing comes from elsewhere, nothing runs that stands in a page, and no other site shows
/// the pages in a frame of its own.
const HEADERS: [(&str, &str); 5] = [
    (
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("Server", "tidegate-sandbox"),
];

/// An answer with this content.
pub(crate) fn reply(status: u16, media_type: &str, content: Vec<u8>) -> Reply {
    let mut headers = owned(&HEADERS);
    headers.push(("Content-Type".to_owned(), media_type.to_owned()));
    Reply { status, headers, body: content }
}

/// See `place` instead, by GET.
pub(crate) fn redirect(place: &str) -> Reply {
    let mut headers = owned(&HEADERS);
    headers.push(("Location".to_owned(), format!("{BASE}{place}")));
    Reply { status: 303, headers, body: Vec::new() }
}

/// A file to keep under `name`.
pub(crate) fn file(name: &str, media_type: &str, content: Vec<u8>) -> Reply {
    let mut file = reply(200, media_type, content);
    // The form for names with other characters than ASCII (RFC 6266); digits, letters and `_` stand for themselves.
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    file.headers.push(("Content-Disposition".to_owned(), format!("attachment; filename*=UTF-8''{encoded}")));
    file
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
