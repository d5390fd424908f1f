//! Instants, in the time people work in and the one machines log in.

use jiff::Timestamp;
use wechatpay::china;

use crate::screen::plain;

/// An instant of the gateway, in China's time and in UTC: `2026-01-05 09:00:00 China time (2026-01-05T01:00:00Z)`.
/// What is no instant is shown as it is.
pub(crate) fn instant(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => format!("{} China time ({})", china_time(at), plain(text)),
        Err(_) => plain(text),
    }
}

/// An instant in China's time alone, for tables that say so in their heading.
pub(crate) fn day_and_time(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => china_time(at),
        Err(_) => plain(text),
    }
}

fn china_time(at: Timestamp) -> String {
    china::civil(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_china_time_and_in_utc() {
        assert_eq!(
            instant("2026-01-05T16:00:00.5Z"),
            "2026-01-06 00:00:00 China time (2026-01-05T16:00:00.5Z)"
        );
        assert_eq!(day_and_time("2026-01-05T16:00:00Z"), "2026-01-06 00:00:00");
        assert_eq!(instant("soon\n"), "soon\\n");
    }
}
