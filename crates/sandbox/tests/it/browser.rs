//! A browser without a window: it keeps its cookies, follows redirects, and fills in forms.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};

use crate::sandbox::Sandbox;

/// What a browser shows.
pub(crate) struct Browser {
    address: String,
    http: Client,
    language: &'static str,
    cookies: BTreeMap<String, String>,
    pub(crate) status: u16,
    /// The path of the page, with its query.
    pub(crate) place: String,
    pub(crate) html: String,
    /// The body of a file.
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Browser {
    /// A browser at the first page.
    pub(crate) async fn at(sandbox: &Sandbox, language: &'static str) -> Browser {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let mut browser = Browser {
            address: format!("http://{}", sandbox.running.v3),
            http,
            language,
            cookies: BTreeMap::new(),
            status: 0,
            place: String::new(),
            html: String::new(),
            bytes: Vec::new(),
            headers: Vec::new(),
        };
        browser.open("").await;
        browser
    }

    /// The same, logged in.
    pub(crate) async fn logged_in(sandbox: &Sandbox, mchid: &str, login_name: &str) -> Browser {
        let mut browser = Browser::at(sandbox, "en").await;
        browser.log_in(mchid, login_name, &format!("sandbox-{login_name}")).await;
        assert_eq!((browser.status, browser.place.as_str()), (200, "/account-center"));
        browser
    }

    pub(crate) async fn log_in(&mut self, mchid: &str, login_name: &str, password: &str) {
        // The form for languages comes first, and has a place to return to of its own.
        let back = self.html.rsplit("name=\"return\"").next().and_then(quoted).unwrap_or_default();
        let fields =
            [("mchid", mchid), ("login_name", login_name), ("password", password), ("return", &back)];
        self.send("/login", &fields).await;
    }

    /// Opens a page below the pages' own path.
    pub(crate) async fn open(&mut self, place: &str) {
        self.go(Method::GET, place, None).await;
    }

    /// Sends a form with the token of the page that is shown.
    pub(crate) async fn send(&mut self, place: &str, fields: &[(&str, &str)]) {
        let token = value_of(&self.html, "name=\"form_token\"").unwrap_or_default();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("form_token", &token).extend_pairs(fields);
        self.go(Method::POST, place, Some(form.finish())).await;
    }

    async fn go(&mut self, method: Method, place: &str, form: Option<String>) {
        let (mut method, mut place, mut form) = (method, format!("/merchant-platform{place}"), form);
        for _ in 0..5 {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mut request = self
                .http
                .request(method.clone(), format!("{}{place}", self.address))
                .header("Accept-Language", self.language)
                .header("Cookie", cookies.join("; "));
            if let Some(form) = form.take() {
                request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
            }
            let answer = request.send().await.unwrap();
            self.status = answer.status().as_u16();
            let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
            self.headers =
                answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            for cookie in answer.headers().get_all("set-cookie") {
                let cookie = text(cookie);
                assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
                let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let location = answer.headers().get("location").map(text);
            self.bytes = answer.bytes().await.unwrap().to_vec();
            match location {
                Some(location) => (method, place) = (Method::GET, location),
                None => break,
            }
        }
        self.html = String::from_utf8_lossy(&self.bytes).into_owned();
        self.place = place.trim_start_matches("/merchant-platform").to_owned();
    }

    /// The text of the element with this id, without its tags.
    pub(crate) fn text(&self, id: &str) -> Option<String> {
        let (_, rest) = self.html.split_once(&format!("id=\"{id}\""))?;
        let (_, rest) = rest.split_once('>')?;
        let end =
            rest.find("</p>").into_iter().chain(rest.find("</textarea>")).chain(rest.find("</dd>")).min()?;
        let mut text = String::new();
        let mut is_tag = false;
        for character in rest[..end].chars() {
            match character {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ if !is_tag => text.push(character),
                _ => {}
            }
        }
        Some(text.trim().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }
}

/// The value of the first field that has this attribute.
fn value_of(html: &str, attribute: &str) -> Option<String> {
    quoted(html.split_once(attribute)?.1)
}

fn quoted(rest: &str) -> Option<String> {
    let (_, rest) = rest.split_once("value=\"")?;
    Some(rest.split_once('"')?.0.replace("&amp;", "&"))
}
