//! Instants, in the time the pools and the people around them live by.

use jiff::Timestamp;
use wechatpay::china;

use crate::screen::plain;

/// An instant of the gateway: `2026-01-05 09:00:00 China time`. What is no instant is shown as it is; programs read UTC
/// from the gateway's own answer.
pub(crate) fn instant(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => format!("{} China time", china_time(at)),
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
    fn an_instant_is_shown_in_china_time() {
        assert_eq!(instant("2026-01-05T16:00:00.5Z"), "2026-01-06 00:00:00 China time");
        assert_eq!(day_and_time("2026-01-05T16:00:00Z"), "2026-01-06 00:00:00");
        assert_eq!(instant("soon\n"), "soon\\n");
    }
}
