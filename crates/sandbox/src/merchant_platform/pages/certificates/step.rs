//! A step with a certificate: the form (request string where a key is needed, SMS code, log-in password) and what Next does.
//!
//! Whether the step is open to this person at all is said before anybody types a password. Source: [api-certificate],
//! [certificate-request].

use certs::lifecycle::{Action, Guards, IssuedBy, Policy};
use maud::{Markup, html};
use wechatpay::keys::KeyName;

use crate::authority::{self, Holder};
use crate::credentials;
use crate::merchant_platform::counter::Guest;
use crate::merchant_platform::frame::at;
use crate::merchant_platform::messages::{Channel, NewMessage, Origin};
use crate::merchant_platform::people::{Person, phone_number};
use crate::merchant_platform::request_string;
use crate::merchant_platform::response::Response;
use crate::merchant_platform::steps::{self, Done, NewKey, Step, StepRefused};
use crate::merchant_platform::{pages, words};

/// What stands in the path.
struct Wanted {
    action: Action,
    kind: IssuedBy,
}

impl Wanted {
    fn parse(step: &str) -> Option<Wanted> {
        let (action, kind) = match step {
            "request" => (Action::SubmitRequest, IssuedBy::Ca),
            "download" => (Action::SubmitRequest, IssuedBy::Wxpay),
            _ => (Action::ALL.into_iter().find(|action| action.name() == step)?, IssuedBy::Ca),
        };
        // The tool's steps are not the platform's.
        (!matches!(action, Action::Install | Action::ReportKeyLost)).then_some(Wanted { action, kind })
    }

    /// Whether the merchant hands in a key.
    fn needs_request_string(&self) -> bool {
        let is_new = matches!(
            self.action,
            Action::SubmitRequest | Action::Change | Action::UpgradeKind | Action::ApplyForAnother
        );
        is_new && self.kind == IssuedBy::Ca
    }
}

/// What is wrong with what was typed, a sentence a field.
#[derive(Default)]
struct Mistakes {
    request_string: Option<String>,
    /// The certificate that was issued for this request string already.
    issued: Option<KeyName>,
    sms_code: Option<String>,
    password: Option<String>,
}

impl Mistakes {
    fn are_none(&self) -> bool {
        self.request_string.is_none() && self.sms_code.is_none() && self.password.is_none()
    }
}

/// The page of a step, and what its buttons do.
pub(in crate::merchant_platform) fn page(guest: &Guest<'_>, person: &Person, step: &str) -> Response {
    let Some(wanted) = Wanted::parse(step) else { return pages::login::nothing_here(&guest.view) };
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
struct Form<'a> {
    guest: &'a Guest<'a>,
    person: &'a Person,
    wanted: Wanted,
    serial: Option<KeyName>,
    company: String,
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
        if self.wanted.needs_request_string() {
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

    fn title(&self) -> String {
        let view = &self.guest.view;
        if self.wanted.kind == IssuedBy::Wxpay {
            return view.say("Download API certificate", "下载 API 证书").to_owned();
        }
        let profile = self.policy().profile;
        words::step(view, self.wanted.action, profile).to_owned()
    }

    fn policy(&self) -> Policy {
        self.guest.stage.quietly(|scene, _| scene.keyring.register().policy.clone())
    }

    fn refused(&self, refused: &StepRefused) -> Response {
        use certs::lifecycle::Refusal;
        let view = &self.guest.view;
        let title = self.title();
        let needs_operating_certificate =
            matches!(refused, StepRefused::Rules(Refusal::OperatingCertificateMissing));
        let status = match refused {
            StepRefused::Rules(Refusal::SuperAdministratorOnly) => 403,
            StepRefused::NoSuchCertificate { .. } => 404,
            _ => 409,
        };
        let body = html! {
            h1 { (title) }
            p #refusal .alert role="alert" { (words::refusal(view, refused)) }
            @if needs_operating_certificate {
                p { a #to-operating-certificate href=(at("/operating-certificate")) { (view.say("Operating certificate guide", "操作证书安装指引")) } }
            }
            p { a href=(at("/account-center/account-setting/api-security")) { (view.say("Back to API Security", "返回 API 安全")) } }
        };
        Response::Page { status, title, body }
    }

    fn shown(&self, status: u16, request_string: &str, mistakes: &Mistakes) -> Response {
        let (guest, view) = (self.guest, &self.guest.view);
        let title = self.title();
        let has_code = guest.session(|session| session.awaits_code(guest.visit.now)) == Some(true);
        let about = about(view, self.wanted.action);
        let body = html! {
            ol.trail aria-label=(view.say("You are here", "当前位置")) {
                li { a href=(at("/account-center/account-setting/api-security")) { (view.say("API Security", "API 安全")) } }
                li { (title) }
            }
            h1 { (title) }
            @if let Some(about) = about { p .notice { (about) } }
            @if self.wanted.needs_request_string() {
                (pages::api_security::merchant(view, self.person, &self.company))
            }
            form #step .card method="post" action=(at(&guest.visit.place())) {
                (view.token())
                // The Enter key presses a form's first button, and shall mean Next.
                button.unseen name="do" value="next" tabindex="-1" aria-hidden="true" {}
                @if self.wanted.needs_request_string() {
                    h2 { (view.say("Submit request string", "提交请求串")) }
                    p.hint {
                        (view.say("Keep this page open while you use the ", "使用证书工具时请保持本页面打开："))
                        a href=(at("/downloads/certificate-tool")) target="_blank" { (view.say("certificate tool", "证书工具")) }
                        (view.say(".", "。"))
                    }
                    label for="request-string" { (view.say("Request string", "请求串")) }
                    textarea #request-string name="request_string" rows="9" spellcheck="false" autocomplete="off" required
                        aria-invalid=[mistakes.request_string.as_ref().map(|_| "true")] aria-describedby="request-string-wrong" { (request_string) }
                    (wrong("request-string-wrong", mistakes.request_string.as_deref()))
                    @if let Some(issued) = &mistakes.issued {
                        p { a #to-issued href=(at(&format!("/certificates/{issued}/string"))) { (view.say("Go to its certificate string", "查看该证书串")) } }
                    }
                }
                label for="sms-code" { (view.say("SMS code", "短信验证码")) }
                div.row {
                    input #sms-code name="sms_code" inputmode="numeric" autocomplete="one-time-code" maxlength="8"
                        aria-invalid=[mistakes.sms_code.as_ref().map(|_| "true")] aria-describedby="sms-code-hint sms-code-wrong";
                    button #get-code .second name="do" value="send-code" formnovalidate { (view.say("Get code", "获取验证码")) }
                }
                p #sms-code-hint .hint role="status" {
                    @if has_code {
                        (view.tell(
                            format!("A code was sent to {}.", phone_number(&self.person.mchid)),
                            format!("验证码已发送至 {}。", phone_number(&self.person.mchid)),
                        ))
                        " "
                        a #to-phone href=(at("/phone")) target="_blank" { (view.say("Look at the sandbox phone", "查看沙箱手机")) }
                    } @else {
                        (view.say("It goes to the super administrator's phone.", "验证码将发送至超级管理员手机。"))
                    }
                }
                (wrong("sms-code-wrong", mistakes.sms_code.as_deref()))
                label for="login-password" { (view.say("Login password", "登录密码")) }
                input #login-password name="login_password" type="password" autocomplete="current-password"
                    aria-invalid=[mistakes.password.as_ref().map(|_| "true")] aria-describedby="login-password-wrong";
                (wrong("login-password-wrong", mistakes.password.as_deref()))
                div.actions {
                    button #next name="do" value="next" { (view.say("Next", "下一步")) }
                    a href=(at("/account-center/account-setting/api-security")) { (view.say("Cancel", "取消")) }
                }
            }
        };
        Response::Page { status, title, body }
    }
}

fn wrong(id: &str, sentence: Option<&str>) -> Markup {
    html! { p id=(id) .wrong role="alert" hidden[sentence.is_none()] { (sentence.unwrap_or_default()) } }
}

/// What to know before a step. Source: [api-certificate], [certificate-faq], [certificate-void].
fn about(view: &crate::merchant_platform::frame::View, action: Action) -> Option<&'static str> {
    match action {
        Action::Renew | Action::UpgradeExpired => Some(view.say(
            "The same key gets a new certificate with a new serial number. Deploy the new certificate afterwards.",
            "同一密钥将获得新证书和新序列号。完成后请在服务器上部署新证书。",
        )),
        Action::Change => Some(view.say(
            "Make a new key and request string first. Replace the certificate on your servers within 48 hours.",
            "请先生成新的密钥和请求串。更换后请在 48 小时内更新服务器上的证书。",
        )),
        Action::UpgradeKind => Some(view.say(
            "The certificate issued by WeChat Pay remains valid within 48 hours and will expire in 14 days.",
            "微信支付颁发的证书 48 小时内仍有效，并将在 14 天后失效。",
        )),
        Action::Void => Some(view.say(
            "Calls with this certificate fail at once. It can be restored within 7 days.",
            "作废后，使用该证书的调用立即失败。7 天内可恢复。",
        )),
        Action::SubmitRequest
        | Action::Restore
        | Action::ApplyForAnother
        | Action::Install
        | Action::ReportKeyLost => None,
    }
}
