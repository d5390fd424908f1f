//! Copy request string. From here on the key lies on disk, and losing it means to apply again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use maud::html;

use super::folders::Standing;
use crate::certificate_folder::Holding;
use crate::wizard::desk::Desk;
use crate::wizard::frame::{Step, View, typed};
use crate::wizard::response::Response;
use crate::wizard::words::folder::concern;

/// The page.
pub(in crate::wizard) async fn show(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    view: View,
) -> Response {
    let standing = match Standing::of(&desk, &view, number).await {
        Ok(standing) => standing,
        Err(refused) => return refused,
    };
    let Holding::Awaiting(asked) = &standing.holding else { return standing.next(&view) };
    let folder = &standing.folder;
    let body = html! {
        p #key-is-safe .notice role="status" {
            (view.say("The private key is on disk. Keep this folder: without the key the certificate is worth nothing.",
                "私钥已保存到磁盘。请保留该文件夹：没有私钥，证书将无法使用。"))
            br; code.path { (folder.path().display()) }
        }
        @for each in folder.concerns() { p.alert.soon role="note" { (typed(&concern(&view, &each))) } }
        section.card {
            dl {
                dt { (view.say("Merchant id", "商户号")) }
                dd #merchant-id .number { (asked.merchant_id) }
                dt { (view.say("Merchant name", "商户名称")) }
                dd #merchant-name { (asked.merchant_name) }
                dt { (view.say("Private key", "私钥")) }
                dd #key-is-sealed {
                    @if asked.key_is_sealed { (view.say("encrypted with your passphrase", "已用口令加密")) }
                    @else { (view.say("without a passphrase", "未设置口令")) }
                }
            }
            label for="request-string" { (view.say("Request string", "请求串")) }
            textarea #request-string rows="10" readonly spellcheck="false" { (asked.request_string) }
            div.actions {
                button #copy-request type="button" data-copy="request-string" aria-describedby="copied-request" autofocus hidden {
                    (view.say("Copy", "复制"))
                }
                span #copied-request .hint role="status" {}
            }
            h2 { (view.say("Then, on the Merchant Platform", "然后在商户平台")) }
            ol {
                li { (view.say("Log in as super administrator; Account Center > Account Setting > API Security > Request Certificate (or Change, or Upgrade).",
                    "以超级管理员登录，进入 账户中心 > 账户设置 > API 安全，点击“申请证书”（或“更换”“升级”）。")) }
                li { (view.say("Paste the request string, enter SMS code and login password, press Next.",
                    "粘贴请求串，输入短信验证码和登录密码，点击“下一步”。")) }
                li { (view.say("Copy the certificate string that it shows, come back here and press Next.",
                    "复制平台显示的证书串，回到这里点击“下一步”。")) }
            }
            div.actions {
                a #next .button href=(view.at(&format!("{}/certificate-string", standing.place))) { (view.say("Next", "下一步")) }
                a href=(view.at("/")) { (view.say("Back", "上一步")) }
            }
        }
    };
    view.step(StatusCode::OK, Step::RequestString, &body)
}
