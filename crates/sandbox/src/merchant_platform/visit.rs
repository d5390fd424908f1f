//! A request to the pages, read: path, query, form, cookies, language.

use form_urlencoded::parse;
use jiff::Timestamp;

use super::BASE;
use crate::faces::v3::language::Language;
use crate::scene::Arrived;

/// The cookie of a session. Only these pages get it, no script reads it, and no other site's form carries it.
pub(crate) const SESSION: &str = "tidegate_merchant_platform";
/// The cookie of the language that was chosen.
pub(crate) const LANGUAGE: &str = "tidegate_language";

/// A visit to a page. It holds passwords, and so cannot be printed.
pub(crate) struct Visit {
    pub(crate) is_post: bool,
    /// The path below the pages' own, `/login`; empty for the first page.
    pub(crate) path: String,
    pub(crate) query: Fields,
    /// What a form sent.
    pub(crate) form: Fields,
    /// What the browser's cookie says.
    pub(crate) cookie: Option<String>,
    pub(crate) language: Language,
    pub(crate) now: Timestamp,
    /// Whether another site sent this form.
    pub(crate) is_from_elsewhere: bool,
}

/// Names and values as a query or a form has them.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(text: &[u8]) -> Fields {
        Fields(parse(text).into_owned().collect())
    }

    /// The value of a field; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

impl Visit {
    /// The visit that `arrived` is at `now`.
    pub(crate) fn read(arrived: &Arrived, now: Timestamp) -> Visit {
        let (path, query) = arrived.target.split_once('?').unwrap_or((&arrived.target, ""));
        let path = path.strip_prefix(BASE).unwrap_or_default().trim_end_matches('/');
        let chosen = cookie(arrived, LANGUAGE).and_then(Language::accepted);
        let accepted = || arrived.header("Accept-Language").and_then(Language::accepted);
        Visit {
            is_post: arrived.method == "POST",
            path: path.to_owned(),
            query: Fields::parse(query.as_bytes()),
            form: Fields::parse(&arrived.body),
            cookie: cookie(arrived, SESSION).map(str::to_owned),
            language: chosen.or_else(accepted).unwrap_or(Language::English),
            now,
            is_from_elsewhere: is_from_elsewhere(arrived),
        }
    }

    /// The parts of the path.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Path and query below the pages' own, to come back to after a log-in.
    pub(crate) fn place(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.query.0 {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }
}

fn cookie<'a>(arrived: &'a Arrived, name: &str) -> Option<&'a str> {
    let cookies = arrived.header("Cookie")?.split(';');
    let mut pairs = cookies.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Browsers say from which site a form comes; programs do not, and need not.
fn is_from_elsewhere(arrived: &Arrived) -> bool {
    let Some(origin) = arrived.header("Origin") else { return false };
    let origin = origin.split_once("://").map_or(origin, |(_, host)| host);
    arrived.header("Host") != Some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(target: &str, headers: &[(&str, &str)], body: &str) -> Visit {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let arrived = Arrived {
            method: "POST".to_owned(),
            target: format!("{BASE}{target}"),
            headers,
            body: body.as_bytes().to_vec(),
            client_certificate: None,
        };
        Visit::read(&arrived, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_visit_is_read_with_its_query_form_and_cookies() {
        let headers = [("cookie", "a=b; tidegate_merchant_platform=0af; tidegate_language=zh")];
        let visit = visit("/certificates/renew/?serial=0A&x=%2F", &headers, "sms_code=12+34&name=%E5%85%AC");
        assert_eq!(visit.segments(), ["certificates", "renew"]);
        assert_eq!((visit.query.get("serial"), visit.query.get("x"), visit.query.get("y")), ("0A", "/", ""));
        assert_eq!((visit.form.get("sms_code"), visit.form.get("name")), ("12 34", "公"));
        assert_eq!((visit.cookie.as_deref(), visit.language), (Some("0af"), Language::Chinese));
        assert_eq!(visit.place(), "/certificates/renew?serial=0A&x=%2F");
    }

    #[test]
    fn the_chosen_language_comes_before_the_browsers() {
        for (headers, expected) in [
            (vec![("Accept-Language", "zh-CN,zh;q=0.9")], Language::Chinese),
            (vec![("Accept-Language", "zh-CN"), ("Cookie", "tidegate_language=en")], Language::English),
            (vec![("Accept-Language", "fr")], Language::English),
            (vec![], Language::English),
        ] {
            assert_eq!(visit("", &headers, "").language, expected, "{headers:?}");
        }
    }

    #[test]
    fn a_form_of_another_site_is_known_by_its_origin() {
        for (origin, expected) in [
            (Some("http://127.0.0.1:7080"), false),
            (None, false),
            (Some("http://127.0.0.1:7081"), true),
            (Some("https://elsewhere.example"), true),
            (Some("null"), true),
        ] {
            let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
            let headers = [headers, vec![("Host", "127.0.0.1:7080")]].concat();
            assert_eq!(visit("/login", &headers, "").is_from_elsewhere, expected, "{origin:?}");
        }
    }
}
