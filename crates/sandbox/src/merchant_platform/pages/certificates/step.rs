//! A step with a certificate: who may take it, what was typed, and what Next does. The form itself is [`super::form`]'s.
//!
//! Whether the step is open to this person at all is said before anybody types a password. Source: [api-certificate],
//! [certificate-request].

use certs::lifecycle::{Action, Guards, IssuedBy};
use wechatpay::keys::KeyName;

use crate::authority::{self, Holder};
use crate::credentials;
use crate::merchant_platform::counter::Guest;
use crate::merchant_platform::messages::{Channel, NewMessage, Origin};
use crate::merchant_platform::people::{Person, phone_number};
use crate::merchant_platform::register::Register;
use crate::merchant_platform::request_string;
use crate::merchant_platform::response::Response;
use crate::merchant_platform::steps::{self, Done, NewKey, Step, StepRefused};
use crate::merchant_platform::{pages, words};

/// What stands in the path.
pub(super) struct Wanted {
    pub(super) action: Action,
    pub(super) kind: IssuedBy,
    /// Whether the merchant hands in a key.
    pub(super) needs_request_string: bool,
}

impl Wanted {
    fn parse(step: &str, register: &Register) -> Option<Wanted> {
        let (action, kind) = match step {
            "request" => (Action::SubmitRequest, IssuedBy::Ca),
            "download" => (Action::SubmitRequest, IssuedBy::Wxpay),
            _ => (Action::ALL.into_iter().find(|action| action.name() == step)?, IssuedBy::Ca),
        };
        let needs_request_string = kind == IssuedBy::Ca && register.takes_a_key(action);
        // The tool's steps are not the platform's.
        (!matches!(action, Action::Install | Action::ReportKeyLost)).then_some(Wanted {
            action,
            kind,
            needs_request_string,
        })
    }
}

/// What is wrong with what was typed, a sentence a field.
#[derive(Default)]
pub(super) struct Mistakes {
    pub(super) request_string: Option<String>,
    /// The certificate that was issued for this request string already.
    pub(super) issued: Option<KeyName>,
    pub(super) sms_code: Option<String>,
    pub(super) password: Option<String>,
}

impl Mistakes {
    fn are_none(&self) -> bool {
        self.request_string.is_none() && self.sms_code.is_none() && self.password.is_none()
    }
}

/// The page of a step, and what its buttons do.
pub(in crate::merchant_platform) fn page(guest: &Guest<'_>, person: &Person, step: &str) -> Response {
    let wanted = guest.stage.quietly(|scene, _| Wanted::parse(step, scene.keyring.register()));
    let Some(wanted) = wanted else { return pages::login::nothing_here(&guest.view) };
    let serial = Some(guest.visit.query.get("serial")).filter(|serial| !serial.is_empty());
    let serial = match serial.map(KeyName::parse).transpose() {
        Ok(serial) => serial,
        Err(_) => return pages::login::nothing_here(&guest.view),
    };
    let form = Form { guest, person, wanted, serial, company: guest.company(person) };
    if let Err(refused) = form.would_take() {
        return form.refused(&refused);
    }
    match (guest.visit.is_post, guest.visit.form.get("do")) {
        (false, _) => {
            let draft =
                guest.session(|session| session.draft(&guest.visit.path).map(str::to_owned)).flatten();
            form.shown(200, &draft.unwrap_or_default(), &Mistakes::default())
        }
        (true, "send-code") => {
            form.send_code();
            form.shown(200, guest.visit.form.get("request_string"), &Mistakes::default())
        }
        (true, _) => form.submitted(),
    }
}

/// A step that is open to the visitor.
pub(super) struct Form<'a> {
    pub(super) guest: &'a Guest<'a>,
    pub(super) person: &'a Person,
    pub(super) wanted: Wanted,
    serial: Option<KeyName>,
    pub(super) company: String,
}

impl Form<'_> {
    fn holder(&self) -> Holder<'_> {
        Holder { mchid: &self.person.mchid, company_name: &self.company }
    }

    fn step<'a>(&'a self, key: Option<NewKey<'a>>, has_operating_certificate: bool) -> Step<'a> {
        let guards = Guards {
            super_administrator: self.person.is_super_administrator(),
            operating_certificate: has_operating_certificate,
            // What was typed is looked at field by field before the step is taken.
            ..Guards::satisfied(0)
        };
        Step { action: self.wanted.action, serial: self.serial.as_ref(), guards, key }
    }

    fn would_take(&self) -> Result<(), StepRefused> {
        self.guest.stage.quietly(|scene, now| {
            let step = self.step(None, scene.office.has_operating_certificate(self.person));
            steps::would_take(scene.keyring.register(), self.holder(), &step, now)
        })
    }

    fn send_code(&self) {
        let mchid = &self.person.mchid;
        let digits = self.guest.stage.quietly(|scene, now| {
            let name = format!("{}/{mchid}", scene.generation);
            let digits = scene.chance().digits(6, "sms code", &name, scene.office.messages.arrived());
            scene.office.messages.add(NewMessage {
                at: now,
                channel: Channel::Sms,
                origin: Origin::Code,
                mchid: Some(mchid.to_string()),
                to: phone_number(mchid),
                subject: None,
                text: format!(
                    "【微信支付】验证码 {digits}，用于商户号 {mchid} 的 API 证书操作，10 分钟内有效。 / SMS code {digits} for \
                     the API certificate of merchant {mchid}, valid for 10 minutes."
                ),
            });
            digits
        });
        self.guest.session(|session| session.expect_code(digits, self.guest.visit.now));
    }

    fn submitted(&self) -> Response {
        let form = &self.guest.visit.form;
        let typed = form.get("request_string");
        let (spki, mistakes) = self.checked();
        if !mistakes.are_none() {
            return self.shown(422, typed, &mistakes);
        }
        match self.take(spki) {
            Ok(done) => {
                self.guest.session(|session| {
                    session.use_code();
                    session.drop_draft(&self.guest.visit.path);
                });
                self.after(done)
            }
            // As when the answer to the first submission was lost on its way.
            Err(StepRefused::RequestUsed { serial }) => {
                let issued = Some(serial.clone());
                let refused = StepRefused::RequestUsed { serial };
                let request_string = Some(words::refusal(&self.guest.view, &refused));
                self.shown(422, typed, &Mistakes { request_string, issued, ..Mistakes::default() })
            }
            Err(refused) => self.refused(&refused),
        }
    }

    /// The key in the request string, if one is needed, and what is wrong.
    fn checked(&self) -> (Option<Vec<u8>>, Mistakes) {
        let (view, form) = (&self.guest.view, &self.guest.visit.form);
        let mut mistakes = Mistakes::default();
        let mut spki = None;
        if self.wanted.needs_request_string {
            match request_string::key_in(form.get("request_string"), self.holder()) {
                Ok(key) => spki = Some(key),
                Err(refused) => mistakes.request_string = Some(request_string::words(view, &refused)),
            }
        }
        if form.get("login_password") != self.person.role.password() {
            mistakes.password = Some(view.say("The login password is wrong.", "登录密码错误。").to_owned());
        }
        let typed = form.get("sms_code").trim();
        let is_code = self.guest.session(|session| session.is_code(typed, self.guest.visit.now));
        if is_code != Some(true) {
            let said = view.say(
                "The SMS code is wrong or has expired. Get a new code.",
                "短信验证码错误或已过期，请重新获取。",
            );
            mistakes.sms_code = Some(said.to_owned());
        }
        (spki, mistakes)
    }

    fn take(&self, spki: Option<Vec<u8>>) -> Result<Done, StepRefused> {
        let stage = self.guest.stage;
        let spki = match (self.wanted.action, self.wanted.kind) {
            // Slow, so outside of the lock; and on disk before anybody is told of the certificate.
            (Action::SubmitRequest, IssuedBy::Wxpay) => {
                let key = authority::new_key()?;
                let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
                credentials::keep_download_key(&stage.data, &spki, &authority::pem_of(&key))
                    .map_err(|error| StepRefused::KeyNotKept(error.to_string()))?;
                Some(spki)
            }
            _ => spki,
        };
        let key = spki.as_deref().map(|spki| NewKey { spki, issued_by: self.wanted.kind });
        stage.quietly(|scene, now| {
            let step = self.step(key, scene.office.has_operating_certificate(self.person));
            steps::take(scene.keyring.register_mut(), &stage.issuers, self.holder(), &step, now)
        })
    }

    fn after(&self, done: Done) -> Response {
        match (done, self.wanted.kind) {
            (Done::Issued(kept), _) => {
                Response::To(format!("/certificates/{}/string?done=issued", kept.certificate.serial))
            }
            (Done::Changed, _) => Response::To(format!(
                "/account-center/account-setting/api-security?done={}",
                self.wanted.action.name()
            )),
        }
    }
}
