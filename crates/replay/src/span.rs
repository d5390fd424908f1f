//! How a span of time is shown beside figures.

/// A span of time in the two units that matter: `4 h 49 min`, `35 s`, `-12 s`.
pub fn span(seconds: f64) -> String {
    let sign = if seconds < -0.05 { "-" } else { "" };
    let size = seconds.abs();
    let minutes = (size / 60.0).round();
    if size < 10.0 {
        format!("{sign}{size:.1} s")
    } else if size < 120.0 {
        format!("{sign}{size:.0} s")
    } else if minutes < 60.0 {
        format!("{sign}{minutes:.0} min")
    } else if minutes < 48.0 * 60.0 {
        format!("{sign}{:.0} h {:.0} min", (minutes / 60.0).floor(), minutes % 60.0)
    } else {
        let hours = (size / 3600.0).round();
        format!("{sign}{:.0} d {:.0} h", (hours / 24.0).floor(), hours % 24.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_shown_in_the_units_that_matter() {
        let shown =
            [0.0, -0.01, 9.94, 35.2, -12.0, 119.0, 120.0, 3599.0, 17_362.0, 172_799.0, 520_000.0].map(span);
        let expected = [
            "0.0 s",
            "0.0 s",
            "9.9 s",
            "35 s",
            "-12 s",
            "119 s",
            "2 min",
            "1 h 0 min",
            "4 h 49 min",
            "2 d 0 h",
            "6 d 0 h",
        ];
        assert_eq!(shown, expected);
    }
}
