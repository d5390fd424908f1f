//! Copy certificate string: what goes back into the certificate tool. Source: [certificate-request].

use certs::lifecycle::{IssuedBy, china};
use maud::html;
use wechatpay::keys::KeyName;

use crate::merchant_platform::counter::Guest;
use crate::merchant_platform::frame::at;
use crate::merchant_platform::pages::{api_security, login};
use crate::merchant_platform::people::Person;
use crate::merchant_platform::response::Response;

/// The page with the certificate string.
pub(in crate::merchant_platform) fn page(guest: &Guest<'_>, person: &Person, serial: &str) -> Response {
    let view = &guest.view;
    if !person.is_super_administrator() {
        return login::super_administrator_only(view);
    }
    let found = KeyName::parse(serial).ok().and_then(|serial| {
        guest.stage.quietly(|scene, _| {
            let found = scene.keyring.register().find(&person.mchid, &serial);
            found.map(|(life, kept)| (life.record.issued_by, kept.clone()))
        })
    });
    let Some((issued_by, kept)) = found else { return login::nothing_here(view) };
    let is_new = guest.visit.query.get("done") == "issued";
    let title = match issued_by {
        IssuedBy::Ca => view.say("Copy certificate string", "复制证书串"),
        IssuedBy::Wxpay => view.say("Download API certificate", "下载 API 证书"),
    };
    let certificate = &kept.certificate;
    let body = html! {
        ol.trail aria-label=(view.say("You are here", "当前位置")) {
            li { a href=(at("/account-center/account-setting/api-security")) { (view.say("API Security", "API 安全")) } }
            li { (title) }
        }
        h1 { (title) }
        @if is_new { p #issued .notice role="status" { (view.say("The certificate was issued.", "证书已签发。")) } }
        section .card {
            dl {
                dt { (view.say("Kind", "类型")) }
                dd { (api_security::kind(view, issued_by)) }
                dt { (view.say("Serial number", "证书序列号")) }
                dd #serial-number .number { (certificate.serial) }
                dt { (view.say("Valid", "有效期")) }
                dd { (china::text(certificate.not_before)) " – " (china::text(certificate.not_after)) }
            }
            @match issued_by {
                IssuedBy::Ca => {
                    label for="certificate-string" { (view.say("Certificate string", "证书串")) }
                    textarea #certificate-string rows="12" readonly spellcheck="false" { (kept.pem) }
                    div.actions {
                        button #copy-certificate type="button" data-copy="certificate-string" aria-describedby="copied-certificate" hidden {
                            (view.say("Copy", "复制"))
                        }
                        span #copied-certificate .hint role="status" {}
                    }
                    p.hint {
                        (view.say(
                            "Go back to the certificate tool, press Next, paste this string there and press Next.",
                            "返回证书工具，点击“下一步”，粘贴证书串，再点击“下一步”。",
                        ))
                    }
                },
                IssuedBy::Wxpay => {
                    p.hint { (view.say("Certificate, key and PKCS#12 file in one zip; the password is the merchant id.", "压缩包内含证书、密钥和 PKCS#12 文件，密码为商户号。")) }
                    div.actions {
                        a #download .button href=(at(&format!("/certificates/{}/zip", certificate.serial))) { (view.say("Download", "下载证书")) }
                    }
                },
            }
        }
        p { a href=(at("/account-center/account-setting/api-security")) { (view.say("Back to API Security", "返回 API 安全")) } }
    };
    Response::page(title, body)
}
