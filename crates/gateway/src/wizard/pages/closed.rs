//! What is shown to whom a page is closed, and at the door.

use axum::http::StatusCode;
use maud::{Markup, html};

use crate::wizard::frame::{StepForm, View, alert};
use crate::wizard::response::Response;
use crate::wizard::words::Mistake;

/// Somebody without the cookie, or with an old one.
pub(in crate::wizard) fn not_invited(view: &View) -> Response {
    let mistake = Mistake::of_page(
        view,
        (
            "This page is open to one browser only.",
            "Open the address that the terminal shows; it changes with each start.",
        ),
        ("本页面只对一个浏览器开放。", "请打开终端中显示的地址；每次启动地址都会改变。"),
    );
    // Without a frame: its links would lead nowhere, and it would give the path away.
    Response::Page(StatusCode::FORBIDDEN, bare(view, &alert(&mistake), None))
}

/// The door, which the browser goes through at once.
pub(in crate::wizard) fn come_in(view: &View) -> Response {
    let first = view.at("/");
    let body = html! { p { a href=(first) { (view.say("Go on", "继续")) } } };
    Response::Page(StatusCode::OK, bare(view, &body, Some(&first)))
}

fn bare(view: &View, body: &Markup, next: Option<&str>) -> Markup {
    let title = view.say("Tidegate certificate tool", "Tidegate 证书工具");
    html! {
        (maud::DOCTYPE)
        html lang=(view.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(next) = next { meta http-equiv="refresh" content=(format!("0; url={next}")); }
                title { (title) }
            }
            body { h1 { (title) } (body) }
        }
    }
}

/// A form that was not ours, or of an earlier start.
pub(in crate::wizard) fn from_elsewhere(view: &View) -> Response {
    let mistake = Mistake::of_page(
        view,
        (
            "This form does not come from a page of this start of the tool.",
            "Open the page again and repeat what you did.",
        ),
        ("该表单并非来自本次启动的页面。", "请重新打开页面后再操作。"),
    );
    refused(view, StatusCode::FORBIDDEN, &mistake)
}

/// More than anybody types.
pub(in crate::wizard) fn too_large(view: &View) -> Response {
    let mistake = Mistake::of_page(
        view,
        ("This is larger than 1 MiB.", "Give the certificate or the key file itself, which is much smaller."),
        ("内容超过 1 MiB。", "请提供证书或私钥文件本身，它们要小得多。"),
    );
    refused(view, StatusCode::PAYLOAD_TOO_LARGE, &mistake)
}

/// A path without a page.
pub(in crate::wizard) fn nothing_here(view: &View) -> Response {
    let mistake = Mistake::of_page(
        view,
        ("There is no such page.", "Begin at the first step; a request that was begun is listed there."),
        ("页面不存在。", "请从第一步开始，未完成的申请会列在那里。"),
    );
    refused(view, StatusCode::NOT_FOUND, &mistake)
}

/// Something inside went wrong that no visitor can mend.
pub(in crate::wizard) fn broken(view: &View) -> Response {
    let mistake = Mistake::of_page(
        view,
        (
            "The tool stumbled over this.",
            "Repeat it; if it happens again, start the tool anew. What is on disk is safe.",
        ),
        ("工具内部出错。", "请重试；如再次出现，请重新启动本工具。磁盘上的文件是安全的。"),
    );
    refused(view, StatusCode::INTERNAL_SERVER_ERROR, &mistake)
}

/// A page with nothing but a mistake.
pub(in crate::wizard) fn refused(view: &View, status: StatusCode, mistake: &Mistake) -> Response {
    let title = view.say("This cannot be done", "无法完成");
    let body = html! {
        h1 { (title) }
        (alert(mistake))
        p { a href=(view.at("/")) { (view.say("To the first step", "返回第一步")) } }
    };
    view.page(status, title, StepForm::None, &body)
}
