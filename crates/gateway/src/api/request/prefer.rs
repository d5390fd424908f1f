//! `Prefer: wait=N`: how long a caller would like the answer to be held, by RFC 7240.

use std::time::Duration;

use axum::http::HeaderMap;

/// The longest an answer is held; more is taken as this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long to hold the answer; none if nobody asks for it. Preferences that cannot be read count as absent, and of several
/// the first holds.
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let preferences = lines.flat_map(|line| line.split(','));
    let first =
        preferences.map(|preference| preference.split(';').next().unwrap_or_default()).find_map(|text| {
            let (name, value) = text.split_once('=')?;
            name.trim().eq_ignore_ascii_case("wait").then_some(value)
        })?;
    let digits = first.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // More digits than fit are still a number over thirty.
    is_number.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX)).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_first_wait_that_can_be_read_holds_and_thirty_seconds_at_most() {
        for (lines, expected) in [
            (&["wait=5"][..], Some(5)),
            (&["respond-async, WAIT = 10"], Some(10)),
            (&["wait=\"7\"; foo=bar"], Some(7)),
            (&["handling=strict", "wait=3"], Some(3)),
            (&["wait=2, wait=9"], Some(2)),
            (&["wait=31"], Some(30)),
            (&["wait=99999999999999999999999"], Some(30)),
            (&["wait=0"], Some(0)),
            (&["wait=-1"], None),
            (&["wait=1.5"], None),
            (&["wait="], None),
            (&["wait"], None),
            (&["waiting=4"], None),
            (&[], None),
        ] {
            let name = HeaderName::from_static("prefer");
            let headers: HeaderMap =
                lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect();
            assert_eq!(wait(&headers), expected.map(Duration::from_secs), "{lines:?}");
        }
    }
}
