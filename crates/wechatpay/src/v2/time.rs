//! The ways V2 writes instants: without an offset, by China's clocks. Source: [v2-parameters].

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::china;

const SEPARATED: &str = "%Y-%m-%d %H:%M:%S";
const COMPACT: &str = "%Y%m%d%H%M%S";

/// The instant written `yyyy-MM-dd HH:mm:ss`.
pub(crate) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    read(SEPARATED, text).ok_or("is not a time written yyyy-MM-dd HH:mm:ss")
}

/// `instant` written `yyyy-MM-dd HH:mm:ss`.
pub fn render(instant: Timestamp) -> String {
    china::civil(instant).strftime(SEPARATED).to_string()
}

/// The instant written `yyyyMMddHHmmss`.
pub(crate) fn parse_compact(text: &str) -> Result<Timestamp, &'static str> {
    let digits = text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
    let instant = if digits { read(COMPACT, text) } else { None };
    instant.ok_or("is not a time written yyyyMMddHHmmss")
}

/// `instant` written `yyyyMMddHHmmss`.
pub fn render_compact(instant: Timestamp) -> String {
    china::civil(instant).strftime(COMPACT).to_string()
}

fn read(format: &str, text: &str) -> Option<Timestamp> {
    DateTime::strptime(format, text).ok().map(china::instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_chinas_clocks() {
        let instant: Timestamp = "2018-09-07T08:10:30Z".parse().unwrap();
        assert_eq!(parse("2018-09-07 16:10:30"), Ok(instant));
        assert_eq!(parse_compact("20180907161030"), Ok(instant));
        assert_eq!(
            (render(instant).as_str(), render_compact(instant).as_str()),
            ("2018-09-07 16:10:30", "20180907161030")
        );
        for text in
            ["", "2018-09-07", "2018-13-07 16:10:30", "2018-09-07T16:10:30+08:00", "2018-09-07 16:10:30 "]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["", "20180907", "201809071610300", "2018090716103x"] {
            assert!(parse_compact(text).is_err(), "{text}");
        }
    }
}
