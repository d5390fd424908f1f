//! Logging in, and what is shown to whom a page is closed.

use maud::html;
use wechatpay::ids::Mchid;

use crate::merchant_platform::frame::{View, at, role};
use crate::merchant_platform::people::{Person, Role};
use crate::merchant_platform::response::Response;
use crate::merchant_platform::visit::{Fields, Visit};
use crate::stage::Stage;

/// What the log-in page shows.
pub(in crate::merchant_platform) struct Shown {
    merchants: Vec<(String, String)>,
    mchid: String,
    login_name: String,
    place: String,
    said: Said,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Expired,
    Wrong,
}

impl Shown {
    /// The page was asked for.
    pub(in crate::merchant_platform) fn asked(visit: &Visit, stage: &Stage) -> Shown {
        Shown::new(visit, stage, "", Said::Nothing)
    }

    /// Another page was asked for first.
    pub(in crate::merchant_platform) fn before(visit: &Visit, stage: &Stage, has_expired: bool) -> Shown {
        Shown::new(visit, stage, &visit.place(), if has_expired { Said::Expired } else { Said::Nothing })
    }

    /// Name or password were wrong.
    pub(in crate::merchant_platform) fn refused(visit: &Visit, stage: &Stage) -> Shown {
        Shown::new(visit, stage, visit.form.get("return"), Said::Wrong)
    }

    fn new(visit: &Visit, stage: &Stage, place: &str, said: Said) -> Shown {
        let merchants = stage.quietly(|scene, _| {
            let merchants = scene.platform.world().merchants.iter();
            merchants.map(|merchant| (merchant.mchid.to_string(), merchant.company())).collect()
        });
        let [mchid, login_name] = ["mchid", "login_name"].map(|name| visit.form.get(name).to_owned());
        Shown { merchants, mchid, login_name, place: place.to_owned(), said }
    }
}

/// Who logs in by this form.
pub(in crate::merchant_platform) fn person(stage: &Stage, form: &Fields) -> Option<Person> {
    let mchid = Mchid::parse(form.get("mchid").trim()).ok()?;
    stage.quietly(|scene, _| scene.platform.world().merchants.get(&mchid).map(drop))?;
    Person::logging_in(&mchid, form.get("login_name").trim(), form.get("password"))
}

/// The log-in page.
pub(in crate::merchant_platform) fn page(view: &View, shown: &Shown) -> Response {
    let title = view.say("Log in", "登录");
    let body = html! {
        h1 { (title) }
        @match shown.said {
            Said::Nothing => {},
            Said::Expired => p #login-expired .alert role="alert" {
                (view.say("Login expired. Please log in again.", "登录已过期，请重新登录。"))
                " "
                span.hint { (view.say("What you typed is kept.", "已填写的内容会保留。")) }
            },
            Said::Wrong => p #login-wrong .alert role="alert" {
                (view.say("Merchant id, user or password is wrong.", "商户号、用户名或密码错误。"))
            },
        }
        div.cards {
            form #login .card method="post" action=(at("/login")) {
                (view.token())
                input type="hidden" name="return" value=(shown.place);
                label for="mchid" { (view.say("Merchant id", "商户号")) }
                input #mchid name="mchid" value=(shown.mchid) list="merchants" inputmode="numeric" autocomplete="off" required;
                datalist #merchants {
                    @for (mchid, company) in &shown.merchants { option value=(mchid) { (company) } }
                }
                label for="login-name" { (view.say("User", "用户名")) }
                input #login-name name="login_name" value=(shown.login_name) autocomplete="username" required;
                label for="password" { (view.say("Login password", "登录密码")) }
                input #password name="password" type="password" autocomplete="current-password" required;
                div.actions { button #log-in { (title) } }
            }
            section #sandbox-users .card aria-labelledby="users" {
                h2 #users { (view.say("Who is in this sandbox", "沙箱账号")) }
                dl {
                    @for each in Role::ALL {
                        dt { (role(view, each)) }
                        dd.number { (each.login_name()) " / " (each.password()) }
                    }
                }
                p.hint { (view.say("The same for each of these merchants:", "以下商户号均适用：")) }
                dl {
                    @for (mchid, company) in &shown.merchants { dt.number { (mchid) } dd { (company) } }
                }
            }
        }
    };
    Response::page(title, body)
}

/// A form that was not ours, or too old.
pub(in crate::merchant_platform) fn from_elsewhere(view: &View) -> Response {
    let title = view.say("This form cannot be taken", "无法受理该表单");
    let body = html! {
        h1 { (title) }
        p #refusal .alert role="alert" {
            (view.say(
                "It does not come from a page that was opened with this log-in. Open the page again and repeat what you did.",
                "该表单并非来自本次登录打开的页面。请重新打开页面后再操作。",
            ))
        }
    };
    Response::Page { status: 403, title: title.to_owned(), body }
}

/// What only the super administrator sees. Source: [api-certificate].
pub(in crate::merchant_platform) fn super_administrator_only(view: &View) -> Response {
    let title = view.say("Only for the super administrator", "仅限超级管理员");
    let body = html! {
        h1 { (title) }
        p #refusal .alert role="alert" {
            (view.say(
                "Only the super administrator of the merchant id can do this.",
                "仅超级管理员可以操作，请由超级管理员登录商户平台。",
            ))
        }
        p { a href=(at("/account-center/account-setting/api-security")) { (view.say("Back to API Security", "返回 API 安全")) } }
    };
    Response::Page { status: 403, title: title.to_owned(), body }
}

/// A path without a page.
pub(in crate::merchant_platform) fn nothing_here(view: &View) -> Response {
    let title = view.say("There is no such page", "页面不存在");
    let body = html! {
        h1 { (title) }
        p { a href=(at("/account-center")) { (view.say("Go to the Account Center", "前往账户中心")) } }
    };
    Response::Page { status: 404, title: title.to_owned(), body }
}
