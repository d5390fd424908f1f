//! The menu: API Security is reached with and without Account Setting, as the platform's pages show both ways.
//!
//! Source: [api-certificate], [certificate-rules].

use maud::html;

use crate::merchant_platform::frame::{View, at};
use crate::merchant_platform::response::Response;

/// Account Center.
pub(in crate::merchant_platform) fn page(view: &View) -> Response {
    let title = view.say("Account Center", "账户中心");
    let entries = [
        (
            "account-setting",
            "/account-center/account-setting",
            view.say("Account Setting", "账户设置"),
            view.say("The account's settings, API Security among them.", "账户的各项设置，包括 API 安全。"),
        ),
        (
            "api-security",
            "/account-center/api-security",
            view.say("API Security", "API 安全"),
            view.say(
                "API certificates: request, renewal, upgrade and change.",
                "API 证书：申请、续期、升级与更换。",
            ),
        ),
        (
            "operating-certificate",
            "/operating-certificate",
            view.say("Operating certificate", "操作证书"),
            view.say("How to install it on this computer.", "如何在本机安装操作证书。"),
        ),
        (
            "certificate-tool",
            "/downloads/certificate-tool",
            view.say("Download certificate tool", "下载证书工具"),
            view.say("It makes keys and request strings.", "用于生成密钥和请求串。"),
        ),
        (
            "ca-certificate",
            "/downloads/ca-certificate",
            view.say("Download CA certificate", "下载 CA 证书"),
            view.say(
                "The chain files against which certificates are verified.",
                "用于校验证书的证书链文件。",
            ),
        ),
    ];
    let body = html! {
        h1 { (title) }
        div.cards {
            @for (id, place, name, about) in entries {
                section.card {
                    h2 { a id=(id) href=(at(place)) { (name) } }
                    p.hint { (about) }
                }
            }
        }
    };
    Response::page(title, body)
}

/// Account Setting.
pub(in crate::merchant_platform) fn account_setting(view: &View) -> Response {
    let title = view.say("Account Setting", "账户设置");
    let body = html! {
        ol.trail aria-label=(view.say("You are here", "当前位置")) {
            li { a href=(at("/account-center")) { (view.say("Account Center", "账户中心")) } }
            li { (title) }
        }
        h1 { (title) }
        section.card {
            h2 {
                a #api-security href=(at("/account-center/account-setting/api-security")) {
                    (view.say("API Security", "API 安全"))
                }
            }
            p.hint { (view.say("API certificates: request, renewal, upgrade and change.", "API 证书：申请、续期、升级与更换。")) }
        }
    };
    Response::page(title, body)
}
