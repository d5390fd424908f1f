//! Who may use the control interface: programs on this machine, and no page of somebody else's in a browser on it.
//!
//! It listens on this machine only, but a browser there is led by whatever page it shows: a page can post here, or give this
//! address a name of its own. Its requests bear that page's `Origin`, or that name as `Host`.

use axum::extract::Request;
use axum::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Lets a request through if it comes from this machine by its own name.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    if comes_from_here(request.headers()) {
        return next.run(request).await;
    }
    let sentence =
        "only programs on this machine are answered here, by the names 127.0.0.1, [::1] and localhost";
    Problem::forbidden(sentence).into_response()
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let authority = |origin: &str| origin.split_once("://").is_some_and(|(_, host)| is_this_machine(host));
    text(HOST).is_none_or(is_this_machine) && text(ORIGIN).is_none_or(authority)
}

/// Whether a host, perhaps with a port, is this machine by one of its own names.
fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map_or(bracketed, |(host, _)| host),
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_few_names() {
        for (authority, expected) in [
            ("127.0.0.1:7081", true),
            ("127.9.9.9", true),
            ("localhost:7081", true),
            ("[::1]:7081", true),
            ("evil.example", false),
            ("127.0.0.1.evil.example:7081", false),
            ("localhost.evil.example", false),
            ("10.0.0.1:7081", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_this_machine(authority), expected, "{authority}");
        }
    }
}
