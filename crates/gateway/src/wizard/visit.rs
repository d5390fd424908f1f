//! A request to the pages, read: its form, its cookies, its language.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use zeroize::Zeroizing;

use super::desk::{Desk, is_same};
use super::frame::View;
use super::pages::closed;
use super::response::Response;
use crate::api::request::language::Language;

/// The cookie of who came in by the address that was printed.
pub(super) const SESSION: &str = "tidegate_wizard";
/// The cookie of the language that was chosen.
pub(super) const LANGUAGE: &str = "tidegate_wizard_language";
/// The field of the token that every form has.
pub(super) const FORM_TOKEN: &str = "form_token";

/// Names and values as a form has them. There may be passphrases among them, so this is never printed, and wiped in the end.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    fn parse(body: &[u8]) -> Fields {
        let pairs = form_urlencoded::parse(body).into_owned();
        Fields(pairs.map(|(name, value)| (name, Zeroizing::new(value))).collect())
    }

    /// The value of a field; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The value of a field in which nothing typed means nothing given.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// The same without what no page shows again: passphrases, tokens, and whatever may be a private key.
    pub(super) fn without_secrets(mut self) -> Fields {
        self.0.retain(|(name, value)| {
            !name.contains("passphrase")
                && !name.contains("password")
                && name != FORM_TOKEN
                && !may_hold_a_key(value)
        });
        self
    }
}

/// Whether a text may hold a private key, or a part of one. Such a text is not shown again, not even to who typed it.
pub(super) fn may_hold_a_key(text: &str) -> bool {
    if text.contains("PRIVATE KEY") {
        return true;
    }
    // Base64 of a sequence with lengths of two bytes that begins with the number 0: PKCS#8 and PKCS#1. Certificates and
    // requests begin with a sequence in a sequence.
    let characters: Vec<char> = text.chars().filter(|character| !character.is_whitespace()).collect();
    characters.windows(9).any(|window| matches!(window, ['M', 'I', 'I', _, _, _, 'I', 'B', 'A']))
}

/// A form that one of our pages sent.
pub(super) struct Visit {
    pub(super) view: View,
    pub(super) form: Fields,
}

impl FromRequestParts<Arc<Desk>> for View {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<View, Response> {
        let language = match cookie(&parts.headers, LANGUAGE) {
            Some("zh") => Language::Chinese,
            Some("en") => Language::English,
            _ => Language::preferred(&parts.headers),
        };
        let place = parts.uri.path();
        Ok(View {
            language,
            base: desk.base.clone(),
            form_token: desk.form_token.clone(),
            place: place.strip_prefix(&desk.base).unwrap_or(place).to_owned(),
        })
    }
}

impl FromRequest<Arc<Desk>> for Visit {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Visit, Response> {
        let (mut parts, body) = request.into_parts();
        let view = View::from_request_parts(&mut parts, desk).await?;
        let body = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| closed::too_large(&view))?;
        let form = Fields::parse(&body);
        match is_same(form.get(FORM_TOKEN), &desk.form_token) {
            true => Ok(Visit { view, form }),
            false => Err(closed::from_elsewhere(&view)),
        }
    }
}

/// Bytes of the largest form: a certificate with its chain has some ten thousand.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str =
        include_str!("../../../certs/testdata/requests/own_key_other_merchant_certificate.pem");

    #[test]
    fn what_may_be_a_private_key_is_not_shown_again() {
        let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        let bare = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.as_ref());
        for text in [&*bare, &bare[..200], &format!("\n {bare}"), "-----BEGIN RSA PRIVATE KEY-----\nabc"] {
            assert!(may_hold_a_key(text), "{text}");
        }
        for text in ["", "hello", "1900000002", CERTIFICATE, &CERTIFICATE[30..200]] {
            assert!(!may_hold_a_key(text), "{text}");
        }
    }

    #[test]
    fn a_form_forgets_its_secrets_and_keeps_the_rest() {
        let form = Fields::parse(b"merchant_id=19&passphrase=a&passphrase_again=b&form_token=c&password=d");
        let kept = form.without_secrets();
        assert_eq!((kept.get("merchant_id"), kept.0.len()), ("19", 1));
    }
}
