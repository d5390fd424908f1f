//! The language of texts for people: by `Accept-Language`, English unless Chinese is preferred.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// A language the texts exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Its tag, for `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }

    /// The one the caller prefers of those there are; the first of equals. English if nothing fits.
    pub fn preferred(headers: &HeaderMap) -> Language {
        let mut best = (Language::English, 0);
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        for range in lines.flat_map(|line| line.split(',')) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let language = match tag.split('-').next() {
                Some("en" | "*") => Language::English,
                Some("zh") => Language::Chinese,
                _ => continue,
            };
            let weight = weight(parts.next());
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }
}

/// The weight of a range in thousandths: 1000 if none is given, 0 if it cannot be read.
fn weight(parameter: Option<&str>) -> u16 {
    let Some(parameter) = parameter else { return 1_000 };
    let Some(text) = parameter.trim().strip_prefix("q=") else { return 0 };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let thousandths = format!("{fraction:0<3}");
    match (whole, thousandths.parse::<u16>()) {
        ("1", _) => 1_000,
        ("0", Ok(thousandths)) if thousandths <= 999 => thousandths,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn chinese_is_spoken_to_who_prefers_it_and_english_to_all_others() {
        for (text, expected) in [
            ("zh-CN", Language::Chinese),
            ("zh-Hans-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("ZH", Language::Chinese),
            ("en-GB, zh;q=0.5", Language::English),
            ("zh;q=0.5, en;q=0.7", Language::English),
            ("fr, zh;q=0.1", Language::Chinese),
            ("zh;q=0", Language::English),
            ("*", Language::English),
            ("zh;q=abc", Language::English),
            ("", Language::English),
        ] {
            let headers: HeaderMap =
                [(ACCEPT_LANGUAGE, HeaderValue::from_static(text))].into_iter().collect();
            assert_eq!(Language::preferred(&headers), expected, "{text}");
        }
    }
}
