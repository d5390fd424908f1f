//! What every page has around it.

use maud::{DOCTYPE, Markup, html};

use super::BASE;
use super::people::{Person, Role};
use crate::faces::v3::language::Language;

/// What a page knows of its visitor.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) language: Language,
    /// Who is logged in.
    pub(crate) person: Option<Person>,
    /// Stands in every form.
    pub(crate) form_token: String,
    /// Where the visitor is, to come back to after another language was chosen.
    pub(crate) place: String,
}

impl View {
    /// The text in the visitor's language.
    pub(crate) fn say<'a>(&self, english: &'a str, chinese: &'a str) -> &'a str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// The same for texts made of several.
    pub(crate) fn tell(&self, english: String, chinese: String) -> String {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// The field that proves that a form is ours.
    pub(crate) fn token(&self) -> Markup {
        html! { input type="hidden" name="form_token" value=(self.form_token); }
    }
}

/// The address of a place of the pages.
pub(crate) fn at(place: &str) -> String {
    format!("{BASE}{place}")
}

/// A whole page.
pub(crate) fn framed(view: &View, title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(view.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – " (view.say("Merchant Platform (sandbox)", "商户平台（沙箱）")) }
                // Without one, browsers ask the interfaces for it.
                link rel="icon" type="image/svg+xml" href=(at("/assets/icon.svg"));
                link rel="stylesheet" href=(at("/assets/platform.css"));
                script src=(at("/assets/platform.js")) defer {}
            }
            body data-ping=(at("/ping"))
                data-network=(view.say("Network exception, please try again later", "网络异常，请稍后重试"))
                data-network-back=(view.say("The connection is back. Please go on.", "网络已恢复，请继续操作。"))
                data-copied=(view.say("Copied", "已复制"))
                data-not-copied=(view.say("Copying is blocked: select the text and copy it by hand.", "浏览器禁止复制，请手动全选后复制。")) {
                a.skip href="#content" { (view.say("Skip to content", "跳到正文")) }
                p #sandbox-banner .banner {
                    (view.say("Tidegate sandbox: this is not WeChat Pay, and nothing here is real.", "Tidegate 沙箱：这不是微信支付，所有内容均非真实。"))
                }
                (header(view))
                p #network-message .alert role="alert" hidden {}
                main #content tabindex="-1" { (body) }
                footer { (view.say("Times are China Standard Time (UTC+8), by the sandbox's clock.", "时间均为北京时间（UTC+8），以沙箱时钟为准。")) }
            }
        }
    };
    page.into_string()
}

fn header(view: &View) -> Markup {
    let link = |place: &str, text: &str| {
        let is_here = view.place.split('?').next() == Some(place);
        html! { a href=(at(place)) aria-current=[is_here.then_some("page")] { (text) } }
    };
    html! {
        header {
            p.brand { a href=(at("/account-center")) { (view.say("Merchant Platform", "商户平台")) } }
            nav aria-label=(view.say("Main menu", "主菜单")) {
                (link("/account-center", view.say("Account Center", "账户中心")))
                (link("/notices", view.say("Notices", "消息")))
                (link("/phone", view.say("Sandbox phone", "沙箱手机")))
            }
            div.who {
                form method="post" action=(at("/language")) {
                    (view.token())
                    input type="hidden" name="return" value=(view.place);
                    @match view.language {
                        Language::English => button #language .plain name="language" value="zh" lang="zh-CN" { "中文" },
                        Language::Chinese => button #language .plain name="language" value="en" lang="en" { "English" },
                    }
                }
                @if let Some(person) = &view.person {
                    span #who { (role(view, person.role)) " " (person.mchid.as_str()) }
                    form method="post" action=(at("/logout")) {
                        (view.token())
                        button #logout .plain { (view.say("Log out", "退出登录")) }
                    }
                }
            }
        }
    }
}

/// What a role is called.
pub(crate) fn role(view: &View, role: Role) -> &'static str {
    match role {
        Role::SuperAdministrator => view.say("Super administrator", "超级管理员"),
        Role::Operator => view.say("Operator", "操作员"),
    }
}
