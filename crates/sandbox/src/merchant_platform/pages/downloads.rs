//! Download certificate tool, and Download CA certificate.

use maud::html;

use crate::credentials::{CHAIN_OF_CA, CHAIN_OF_WECHAT_PAY};
use crate::merchant_platform::frame::{View, at};
use crate::merchant_platform::pages::{api_security, login};
use crate::merchant_platform::people::Person;
use crate::merchant_platform::response::Response;
use crate::stage::Stage;

/// The page of the tool, for the three systems.
///
/// WeChat Pay's own tool is a program for two of them; the sandbox gives away no copy of it and shows ours, which does the
/// same.
pub(in crate::merchant_platform) fn certificate_tool(
    view: &View,
    person: &Person,
    stage: &Stage,
) -> Response {
    let title = view.say("Download certificate tool", "下载证书工具");
    let company = stage.quietly(|scene, _| {
        let merchant = scene.platform.world().merchants.get(&person.mchid);
        merchant.map(platform::world::Merchant::company).unwrap_or_default()
    });
    let systems = [
        ("windows", "Windows", "tidegate.exe cert wizard"),
        ("macos", "macOS", "./tidegate cert wizard"),
        ("linux", "Linux", "./tidegate cert wizard"),
    ];
    let body = html! {
        h1 { (title) }
        p {
            (view.say(
                "The tool makes the key pair and the request string on this computer. In the sandbox it is the program that runs this page:",
                "工具在本机生成密钥对和请求串。在沙箱中，运行本页面的程序就是证书工具：",
            ))
        }
        div.cards {
            @for (id, system, command) in systems {
                section .card id=(id) {
                    h2 { (system) }
                    pre { (command) }
                }
            }
        }
        p {}
        p.hint {
            (view.say(
                "The official tool (WXCertUtil for Windows and macOS) makes the same request string.",
                "官方工具 WXCertUtil（Windows、macOS）生成的请求串同样适用。",
            ))
        }
        (api_security::merchant(view, person, &company))
    };
    Response::page(title, body)
}

/// The page of the chain files. Source: [api-certificate], chain files.
pub(in crate::merchant_platform) fn ca_certificate(view: &View) -> Response {
    let title = view.say("Download CA certificate", "下载 CA 证书");
    let files = [
        (CHAIN_OF_CA, view.say("verifies API certificates issued by CA", "用于校验 CA 颁发的 API 证书")),
        (
            CHAIN_OF_WECHAT_PAY,
            view.say("verifies API certificates issued by WeChat Pay", "用于校验微信支付颁发的 API 证书"),
        ),
    ];
    let body = html! {
        h1 { (title) }
        div.cards {
            @for (file, about) in files {
                section.card {
                    h2 { (file) }
                    p.hint { (about) }
                    div.actions {
                        a .button data-file=(file) href=(at(&format!("/downloads/{file}"))) { (view.say("Download", "下载")) }
                    }
                }
            }
        }
        p {}
        p.hint {
            (view.say(
                "These are the sandbox's own chains; their digests differ from the published ones.",
                "此处为沙箱自有的证书链，其摘要与官方公布的不同。",
            ))
        }
    };
    Response::page(title, body)
}

/// One of the chain files.
pub(in crate::merchant_platform) fn file(stage: &Stage, view: &View, name: &str) -> Response {
    let content =
        [CHAIN_OF_CA, CHAIN_OF_WECHAT_PAY].contains(&name).then(|| std::fs::read(stage.data.join(name)).ok());
    match content.flatten() {
        Some(content) => {
            Response::File { name: name.to_owned(), media_type: "application/x-pkcs7-certificates", content }
        }
        None => login::nothing_here(view),
    }
}
