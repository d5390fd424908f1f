//! Money, instants and durations as people read them.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china;

/// `31,204.00 CNY`, from fen.
pub(crate) fn cny(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02} CNY", grouped(fen / 100), fen % 100)
}

/// `2,143`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

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
        assert_eq!(
            (cny(3_120_400), cny(-5), cny(99)),
            ("31,204.00 CNY".into(), "-0.05 CNY".into(), "0.99 CNY".into())
        );
        assert_eq!(
            (grouped(0), grouped(999), grouped(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
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
