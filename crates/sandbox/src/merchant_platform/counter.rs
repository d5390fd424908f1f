//! Where visits are served: who it is, whether the form is ours, and which page answers.

use std::sync::PoisonError;

use super::frame::{View, framed};
use super::pages::{
    account_center, api_security, certificates, downloads, login, messages, operating_certificate,
};
use super::people::Person;
use super::response::{self, Response};
use super::sessions::Session;
use super::visit::{LANGUAGE, SESSION, Visit};
use super::{BASE, assets};
use crate::authority::IssueError;
use crate::reply::Reply;
use crate::scene::Arrived;
use crate::stage::Stage;

/// A visit in the hands of the page that serves it.
pub(crate) struct Guest<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) visit: &'a Visit,
    pub(crate) view: View,
    /// What the cookie of the session says.
    session: String,
}

/// What is answered to a request below [`BASE`].
pub(crate) fn answer(stage: &Stage, arrived: &Arrived) -> Reply {
    let visit = Visit::read(arrived, stage.clock.now());
    if let Some(asset) = assets::find(&visit.path) {
        return asset;
    }
    if !matches!(arrived.method.as_str(), "GET" | "HEAD" | "POST") {
        return response::reply(
            405,
            "text/plain; charset=utf-8",
            b"These pages take GET and POST.\n".to_vec(),
        );
    }
    served(stage, &visit).unwrap_or_else(|error| {
        tracing::error!(%error, "a page of the Merchant Platform failed");
        response::reply(
            500,
            "text/plain; charset=utf-8",
            b"The sandbox could not answer; see its log.\n".to_vec(),
        )
    })
}

fn served(stage: &Stage, visit: &Visit) -> Result<Reply, IssueError> {
    let (session, is_new) = session(stage, visit)?;
    let mut guest = Guest::new(stage, visit, session);
    let token = visit.form.get("form_token");
    let has_token = !token.is_empty() && token == guest.view.form_token;
    let mut reply = match visit.path.as_str() {
        _ if visit.is_post && visit.is_from_elsewhere => guest.page(login::from_elsewhere(&guest.view)),
        "/language" if visit.is_post => guest.choose_language(),
        "/login" if visit.is_post && has_token => guest.log_in()?,
        "/login" => guest.page(login::page(&guest.view, &login::Shown::asked(visit, stage))),
        "/logout" if visit.is_post && has_token => guest.log_out(),
        "/phone" => guest.page(messages::phone(stage, &guest.view)),
        _ => guest.logged_in(is_new, has_token),
    };
    if guest.session != visit.cookie.as_deref().unwrap_or_default() {
        let cookie = format!("{SESSION}={}; Path={BASE}; HttpOnly; SameSite=Strict", guest.session);
        reply.headers.push(("Set-Cookie".to_owned(), cookie));
    }
    Ok(reply)
}

/// The visitor's session, and whether it is new.
fn session(stage: &Stage, visit: &Visit) -> Result<(String, bool), IssueError> {
    let mut sessions = stage.sessions.lock().unwrap_or_else(PoisonError::into_inner);
    match &visit.cookie {
        Some(id) if sessions.visit(id, visit.now).is_some() => Ok((id.clone(), false)),
        _ => Ok((sessions.begin(visit.now)?, true)),
    }
}

impl<'a> Guest<'a> {
    fn new(stage: &'a Stage, visit: &'a Visit, session: String) -> Guest<'a> {
        let view =
            View { language: visit.language, person: None, form_token: String::new(), place: visit.place() };
        let mut guest = Guest { stage, visit, view, session };
        let found = guest.session(|session| (session.person().cloned(), session.form_token.clone()));
        (guest.view.person, guest.view.form_token) = found.unwrap_or_default();
        guest
    }

    /// Looks at the visitor's session, or changes it; `None` if it was forgotten meanwhile.
    pub(crate) fn session<T>(&self, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut sessions = self.stage.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.visit(&self.session, self.visit.now).map(act)
    }

    fn page(&self, response: Response) -> Reply {
        match response {
            Response::Page { status, title, body } => {
                let page = framed(&self.view, &title, &body);
                response::reply(status, "text/html; charset=utf-8", page.into_bytes())
            }
            Response::To(place) => response::redirect(&place),
            Response::File { name, media_type, content } => response::file(&name, media_type, content),
        }
    }

    fn choose_language(&self) -> Reply {
        let language = if self.visit.form.get("language") == "zh" { "zh" } else { "en" };
        let mut reply = response::redirect(back(self.visit.form.get("return")));
        let cookie =
            format!("{LANGUAGE}={language}; Path={BASE}; HttpOnly; SameSite=Strict; Max-Age=31536000");
        reply.headers.push(("Set-Cookie".to_owned(), cookie));
        reply
    }

    fn log_in(&mut self) -> Result<Reply, IssueError> {
        let form = &self.visit.form;
        let Some(person) = login::person(self.stage, form) else {
            let shown = login::Shown::refused(self.visit, self.stage);
            return Ok(self.page(login::page(&self.view, &shown)));
        };
        let mut sessions = self.stage.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        self.session = sessions.log_in(&self.session, person, self.visit.now)?;
        drop(sessions);
        Ok(response::redirect(back(form.get("return"))))
    }

    fn log_out(&mut self) -> Reply {
        let mut sessions = self.stage.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.end(&self.session);
        drop(sessions);
        response::redirect("/login")
    }

    /// Pages for those who are logged in.
    fn logged_in(&self, is_new: bool, has_token: bool) -> Reply {
        let Some(person) = self.view.person.clone() else {
            return self.page(self.to_log_in(is_new));
        };
        if self.visit.is_post && !has_token {
            return self.page(login::from_elsewhere(&self.view));
        }
        let response = match self.visit.segments()[..] {
            [] => Response::To("/account-center".to_owned()),
            ["account-center"] => account_center::page(&self.view),
            ["account-center", "account-setting"] => account_center::account_setting(&self.view),
            ["account-center", "account-setting", "api-security"] | ["account-center", "api-security"] => {
                api_security::page(self, &person)
            }
            ["certificates", serial, "string"] => certificates::issued::page(self, &person, serial),
            ["certificates", serial, "zip"] => certificates::zip::file(self, &person, serial),
            ["certificates", step] => certificates::step::page(self, &person, step),
            ["operating-certificate"] => operating_certificate::page(self, &person),
            ["downloads", "certificate-tool"] => downloads::certificate_tool(&self.view, &person, self.stage),
            ["downloads", "ca-certificate"] => downloads::ca_certificate(&self.view),
            ["downloads", file] => downloads::file(self.stage, &self.view, file),
            ["notices"] => messages::notices(self.stage, &self.view, &person),
            _ => login::nothing_here(&self.view),
        };
        self.page(response)
    }

    /// Whoever was here before is told that the log-in expired, and what was typed is kept.
    fn to_log_in(&self, is_new: bool) -> Response {
        let had_cookie = self.visit.cookie.is_some();
        let typed = self.visit.form.get("request_string");
        if self.visit.is_post && !typed.is_empty() {
            self.session(|session| session.keep_draft(&self.visit.path, typed.to_owned()));
        }
        let has_expired = self.visit.is_post
            || (is_new && had_cookie)
            || self.session(|session| session.has_expired()).unwrap_or_default();
        login::page(&self.view, &login::Shown::before(self.visit, self.stage, has_expired))
    }

    /// What `person` wants to know about: its own merchant.
    pub(crate) fn company(&self, person: &Person) -> String {
        self.stage.quietly(|scene, _| {
            let merchant = scene.platform.world().merchants.get(&person.mchid);
            merchant.map(platform::world::Merchant::company).unwrap_or_default()
        })
    }
}

/// A place of these pages to go back to; the first page, if `place` is anything else.
fn back(place: &str) -> &str {
    let is_ours = place.starts_with('/') && !place.starts_with("//") && !place.contains(['\\', '\r', '\n']);
    if is_ours { place } else { "" }
}
