//! What people got: the merchant's notices, and everything on the sandbox phone.

use certs::lifecycle::china;
use maud::{Markup, html};

use crate::merchant_platform::frame::View;
use crate::merchant_platform::messages::{Channel, Message, Origin};
use crate::merchant_platform::people::Person;
use crate::merchant_platform::response::Response;
use crate::stage::Stage;

/// The notices about a merchant's certificates.
pub(in crate::merchant_platform) fn notices(stage: &Stage, view: &View, person: &Person) -> Response {
    let messages = latest(stage, |message| {
        message.mchid.as_deref() == Some(person.mchid.as_str()) && message.origin == Origin::Notice
    });
    let title = view.say("Notices", "消息");
    let body = html! {
        h1 { (title) }
        p.hint {
            (view.say(
                "Sent 60 days before a certificate expires and on the day, by SMS, e-mail and Official Account message.",
                "证书过期前 60 天及过期当天，通过短信、邮件和公众号消息通知。",
            ))
        }
        (list(view, &messages))
    };
    Response::page(title, body)
}

/// Everything that arrived, whoever looks: the phone is the sandbox's, not a merchant's.
pub(in crate::merchant_platform) fn phone(stage: &Stage, view: &View) -> Response {
    let messages = latest(stage, |_| true);
    let title = view.say("Sandbox phone", "沙箱手机");
    let body = html! {
        h1 { (title) }
        p.hint {
            (view.say(
                "Every SMS, e-mail and Official Account message of this sandbox, the latest first.",
                "本沙箱发出的全部短信、邮件和公众号消息，最新的在前。",
            ))
        }
        div.phone { (list(view, &messages)) }
    };
    Response::page(title, body)
}

fn latest(stage: &Stage, is_wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
    stage.quietly(|scene, now| {
        scene.keep_up(now);
        scene.office.messages.iter().rev().filter(|message| is_wanted(message)).take(100).cloned().collect()
    })
}

fn list(view: &View, messages: &[Message]) -> Markup {
    if messages.is_empty() {
        return html! { p #no-messages { (view.say("Nothing yet.", "暂无消息。")) } };
    }
    html! {
        ul #messages .messages {
            @for message in messages {
                li data-channel=(channel(message.channel)) data-n=(message.n) {
                    p.hint {
                        (name(view, message.channel)) " · " (china::text(message.at)) " · "
                        (view.say("to", "发至")) " " (message.to)
                        @if message.origin == Origin::Caller { " · " (view.say("by a caller", "由调用方发送")) }
                    }
                    @if let Some(subject) = &message.subject { p { strong { (subject) } } }
                    p.text { (message.text) }
                }
            }
        }
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Email => "email",
        Channel::OfficialAccount => "official_account",
    }
}

fn name(view: &View, channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => view.say("SMS", "短信"),
        Channel::Email => view.say("E-mail", "邮件"),
        Channel::OfficialAccount => view.say("Official Account", "公众号"),
    }
}
