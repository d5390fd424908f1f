//! Request targets: the path and query that are sent, signed and routed.
//!
//! What is signed is the target as it stands in the request line. Values are percent-encoded here, everything but
//! letters, digits and `-._~`, so that `|`, `*` and `@` of a refund number survive every client and proxy; a target
//! read from the wire is decoded, whatever its writer left bare. Source: [global-signature], \[inferred\].

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::json::MessageError;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path and its parameters, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    segments: Vec<String>,
    parameters: Vec<(String, String)>,
}

impl Target {
    /// The target with this path, e.g. `["v3", "global", "refunds"]`.
    pub fn of<'a>(segments: impl IntoIterator<Item = &'a str>) -> Target {
        Target { segments: segments.into_iter().map(str::to_owned).collect(), parameters: Vec::new() }
    }

    /// This target with one more parameter.
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Target {
        self.parameters.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The target as it is sent and signed: `/v3/global/refunds/out-refund-no/R%7C1?mchid=1900000001`.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            text.extend(utf8_percent_encode(segment, ENCODED));
        }
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.extend(utf8_percent_encode(name, ENCODED));
            text.push('=');
            text.extend(utf8_percent_encode(value, ENCODED));
        }
        text
    }

    /// The target sent as `raw`: a path that begins with `/`, and perhaps a query.
    ///
    /// A `+` stays a plus. Fails where the decoded text is not UTF-8.
    pub fn parse(raw: &str) -> Result<Target, MessageError> {
        let (path, query) = match raw.split_once('?') {
            Some((path, query)) => (path, query),
            None => (raw, ""),
        };
        let path = path
            .strip_prefix('/')
            .ok_or_else(|| MessageError::bad_value("path", "does not begin with a slash"))?;
        let segments = path.split('/').map(|segment| decoded("path", segment)).collect::<Result<_, _>>()?;
        let mut parameters = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded("query", name)?;
            let value = decoded(&name, value)?;
            parameters.push((name, value));
        }
        Ok(Target { segments, parameters })
    }

    /// The decoded segments of the path.
    pub fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The decoded value of a parameter, which must not be given twice.
    pub fn optional_parameter(&self, name: &str) -> Result<Option<&str>, MessageError> {
        let mut values =
            self.parameters.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(MessageError::Repeated { field: name.to_owned() }),
        }
    }

    /// The decoded value of a parameter that must be there once.
    pub fn parameter(&self, name: &str) -> Result<&str, MessageError> {
        self.optional_parameter(name)?.ok_or_else(|| MessageError::missing(name))
    }
}

fn decoded(name: &str, text: &str) -> Result<String, MessageError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(MessageError::bad_value(name, "is not UTF-8 once decoded")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_special_characters_of_a_refund_number_are_encoded_and_read_either_way() {
        let target = Target::of(["refunds", "a|b*c@d"]).with("mchid", "1");
        assert_eq!(target.render(), "/refunds/a%7Cb%2Ac%40d?mchid=1");
        for raw in
            ["/refunds/a%7Cb%2Ac%40d?mchid=1", "/refunds/a|b*c@d?mchid=1", "/refunds/a%7cb*c%40d?&mchid=1&"]
        {
            assert_eq!(Target::parse(raw).unwrap(), target, "{raw}");
        }
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        let target = Target::parse("/v3?mchid=1&mchid=2").unwrap();
        assert!(matches!(target.parameter("mchid"), Err(MessageError::Repeated { .. })));
        assert!(matches!(target.parameter("sp_mchid"), Err(MessageError::Missing { .. })));
    }

    #[test]
    fn an_encoded_slash_stays_inside_its_segment() {
        assert_eq!(Target::parse("/refunds/a%2Fb").unwrap().path(), ["refunds", "a/b"]);
        assert!(Target::parse("https://example.com/").is_err());
        assert!(Target::parse("/%ff").is_err());
    }

    proptest! {
        #[test]
        fn what_was_rendered_is_read_back(
            segments in prop::collection::vec(any::<String>(), 1..4),
            parameters in prop::collection::vec((any::<String>(), any::<String>()), 0..4),
        ) {
            let target = Target { segments, parameters };
            prop_assert_eq!(Target::parse(&target.render()).unwrap(), target);
        }

        #[test]
        fn any_text_is_a_target_or_an_error(raw in any::<String>()) {
            let _ = Target::parse(&raw).is_ok();
        }
    }
}
