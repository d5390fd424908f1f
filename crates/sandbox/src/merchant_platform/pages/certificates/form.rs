//! The form of a step: request string where a key is needed, SMS code, log-in password; and the page of a refusal.

use certs::lifecycle::{Action, IssuedBy, Policy, Refusal};
use maud::{Markup, html};

use super::step::{Form, Mistakes};
use crate::merchant_platform::frame::{View, at};
use crate::merchant_platform::people::phone_number;
use crate::merchant_platform::response::Response;
use crate::merchant_platform::steps::StepRefused;
use crate::merchant_platform::{pages, words};

impl Form<'_> {
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

    pub(super) fn refused(&self, refused: &StepRefused) -> Response {
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

    pub(super) fn shown(&self, status: u16, request_string: &str, mistakes: &Mistakes) -> Response {
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
            @if self.wanted.needs_request_string {
                (pages::api_security::merchant(view, self.person, &self.company))
            }
            form #step .card method="post" action=(at(&guest.visit.place())) {
                (view.token())
                // The Enter key presses a form's first button, and shall mean Next.
                button.unseen name="do" value="next" tabindex="-1" aria-hidden="true" {}
                @if self.wanted.needs_request_string {
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
fn about(view: &View, action: Action) -> Option<&'static str> {
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
