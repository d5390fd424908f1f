//! The operating certificate: what it is, and installing it. Source: [certificate-renewal].

use maud::html;

use crate::merchant_platform::counter::Guest;
use crate::merchant_platform::frame::at;
use crate::merchant_platform::people::Person;
use crate::merchant_platform::response::Response;

/// The guide, and what its button does.
pub(in crate::merchant_platform) fn page(guest: &Guest<'_>, person: &Person) -> Response {
    let view = &guest.view;
    if guest.visit.is_post {
        guest.stage.quietly(|scene, _| scene.office.install_operating_certificate(person));
        return Response::To(
            "/account-center/account-setting/api-security?done=operating-certificate".to_owned(),
        );
    }
    let is_installed = guest.stage.quietly(|scene, _| scene.office.has_operating_certificate(person));
    let title = view.say("Operating certificate guide", "操作证书安装指引");
    let body = html! {
        h1 { (title) }
        section .card.narrow {
            p {
                (view.say(
                    "The operating certificate proves to the Merchant Platform that this computer is yours. It is needed before an API certificate can be renewed, and it has nothing to do with API calls.",
                    "操作证书用于向商户平台证明这台电脑由您使用。API 证书续期前必须安装，与 API 调用无关。",
                ))
            }
            ol.steps {
                li { (view.say("Use the computer on which you will renew.", "请在将要办理续期的电脑上操作。")) }
                li { (view.say("Press Install. The sandbox remembers it for your user.", "点击“安装”，沙箱会为当前用户记录安装状态。")) }
                li { (view.say("Go back to API Security and renew.", "返回 API 安全页面办理续期。")) }
            }
            @if is_installed {
                p #operating-certificate-installed .notice { (view.say("The operating certificate is installed.", "操作证书已安装。")) }
                p { a href=(at("/account-center/account-setting/api-security")) { (view.say("Go to API Security", "前往 API 安全")) } }
            } @else {
                form method="post" action=(at("/operating-certificate")) {
                    (view.token())
                    div.actions { button #install { (view.say("Install", "安装")) } }
                }
            }
        }
    };
    Response::page(title, body)
}
