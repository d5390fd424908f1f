//! Counts, instants and durations as people read them; amounts are written by [`crate::screen`].

use jiff::{SignedDuration, Timestamp};
use wechatpay::china;

use crate::screen::grouped;

/// `Sat 10 Jan 21:14`, by China's clocks.
pub(crate) fn instant(at: Timestamp) -> String {
    china::civil(at).strftime("%a %d %b %H:%M").to_string()
}

/// `Sat 10 Jan`, in China.
pub(crate) fn day(at: Timestamp) -> String {
    china::civil(at).strftime("%a %d %b").to_string()
}

/// `2 d 21 h`, `5 h 02 min`, `3 min` or `20 s`.
pub(crate) fn duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes:02} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `1 refund`, `2 refunds`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {one}{plural}", grouped(count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(instant("2026-01-10T13:14:00Z".parse().unwrap()), "Sat 10 Jan 21:14");
        assert_eq!(
            (counted(1, "refund"), counted(2_000, "payment")),
            ("1 refund".into(), "2,000 payments".into())
        );
    }

    #[test]
    fn durations_have_two_units_at_most() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (180, "3 min"),
            (18_120, "5 h 02 min"),
            (249_000, "2 d 21 h"),
            (-5, "0 s"),
        ] {
            assert_eq!(duration(SignedDuration::from_secs(seconds)), text);
        }
    }
}
