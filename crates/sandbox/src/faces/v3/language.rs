//! The language of what people read in an answer.

use serde::{Deserialize, Serialize};

/// A language the platform speaks here. The traditional forms that WeChat Pay also has are answered in simplified ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// `zh-CN`.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// `en`.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The first language of an `Accept-Language` that is spoken here; `None` if there is none.
    ///
    /// Weights are not looked at: clients list the wanted language first. Source: [official-skills].
    pub fn accepted(header: &str) -> Option<Language> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            match tag.split('-').next() {
                Some("zh") => Some(Language::Chinese),
                Some("en") => Some(Language::English),
                _ => None,
            }
        })
    }

    /// What `Content-Language` says.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_spoken_language_is_taken() {
        for (header, expected) in [
            ("en", Some(Language::English)),
            ("en-US,en;q=0.9,zh-CN;q=0.8", Some(Language::English)),
            ("fr, zh-HK;q=0.5, en", Some(Language::Chinese)),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
