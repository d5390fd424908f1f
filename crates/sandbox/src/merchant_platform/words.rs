//! What states, steps and refusals are called in both languages. The rules' own words, which are English, are shown as they
//! are; their Chinese is here.

use certs::lifecycle::{Action, Profile, Refusal, State, china};

use super::frame::View;
use super::steps::StepRefused;

/// A state, and how good it is: `good`, `soon` or `over`.
pub(crate) fn state(view: &View, state: State) -> (&'static str, &'static str) {
    match state {
        State::Nothing => (view.say("none", "无"), "over"),
        State::Requested => (view.say("requested", "已申请"), "soon"),
        State::Active => (view.say("in use", "使用中"), "good"),
        State::Expiring => (view.say("expires soon", "即将过期"), "soon"),
        State::ExpiredGrace => (view.say("expired, can be upgraded", "已过期（一个月内）"), "over"),
        State::ExpiredFinal => (view.say("expired", "已过期"), "over"),
        State::SupersededByChange => {
            (view.say("replaced, works for 48 hours", "已更换，48 小时内有效"), "soon")
        }
        State::SupersededByUpgrade => {
            (view.say("upgraded, works for 14 days at most", "已升级，最多 14 天内有效"), "soon")
        }
        State::Voided => (view.say("voided, can be restored", "已作废（可恢复）"), "over"),
        State::Dead => (view.say("at its end", "已失效"), "over"),
    }
}

/// What the button of a step is called.
pub(crate) fn step(view: &View, action: Action, profile: Profile) -> &'static str {
    let english = action.label(profile);
    let chinese = match (action, profile) {
        (Action::SubmitRequest, _) => "申请证书",
        (Action::Install, _) => "粘贴证书串",
        (Action::ReportKeyLost, _) => "密钥丢失",
        (Action::Renew, _) | (Action::UpgradeExpired, Profile::Current) => "续期",
        (Action::UpgradeExpired, Profile::Classic) | (Action::UpgradeKind, _) => "升级",
        (Action::Change, _) => "更换",
        (Action::Void, _) => "作废",
        (Action::Restore, _) => "恢复",
        (Action::ApplyForAnother, _) => "申请新证书",
    };
    view.say(english, chinese)
}

/// Why a step is refused.
pub(crate) fn refusal(view: &View, refused: &StepRefused) -> String {
    let chinese = match refused {
        StepRefused::Rules(refusal) => of_rules(view, refusal),
        StepRefused::NoSuchCertificate { serial } => format!("该商户没有序列号为 {serial} 的证书。"),
        StepRefused::RequestUsed { serial } => {
            format!("该请求串已签发过证书，序列号 {serial}。请复制该证书串，或重新生成请求串。")
        }
        StepRefused::NoRequestString => "请先用证书工具生成请求串。".to_owned(),
        StepRefused::KeyNotKept(_) | StepRefused::NotIssued(_) => "系统异常，请稍后重试。".to_owned(),
    };
    view.tell(sentence(&refused.to_string()), chinese)
}

fn of_rules(view: &View, refusal: &Refusal) -> String {
    match refusal {
        Refusal::SuperAdministratorOnly => "仅超级管理员可以操作，请由超级管理员登录商户平台。".to_owned(),
        Refusal::OperatingCertificateMissing => {
            "未安装操作证书。请先安装操作证书，再返回 API 安全页面续期。".to_owned()
        }
        Refusal::NotAuthorised => "短信验证码或登录密码错误，请重新获取验证码后再试。".to_owned(),
        Refusal::RequestStringRefused => "请求串无效，请从证书工具完整复制后重新粘贴。".to_owned(),
        Refusal::MerchantDiffers => {
            "商户名称与登录账号不一致，请从 API 安全页面复制商户号和商户名称后重新生成请求串。".to_owned()
        }
        Refusal::KeyDiffers => "证书与本地公私钥不匹配，请完整复制本次申请的证书串后重新粘贴。".to_owned(),
        Refusal::TooEarly { from, days } => {
            format!("未到续期时间：证书过期前 {days} 天（{}）起可续期。", china::text(*from))
        }
        Refusal::UsedUp { limit_years, instead } => {
            format!("证书使用已满 {limit_years} 年，无法续期，只能{}。", chinese_step(view, *instead))
        }
        Refusal::OnlyChange => "证书过期已超过一个月，无法续期或升级，只能更换。".to_owned(),
        Refusal::AlreadyExpired { .. } => "证书已过期，请使用过期证书的按钮。".to_owned(),
        Refusal::NotExpired { days } => format!("证书尚未过期，请在过期前 {days} 天内续期。"),
        Refusal::OtherKind { instead, .. } => {
            format!("该类型的证书请使用“{}”。", chinese_step(view, *instead))
        }
        Refusal::NotOffered { action, .. } => {
            format!("当前规则下没有“{}”，请更换证书。", chinese_step(view, *action))
        }
        Refusal::TooManyLiving { limit, living } => {
            format!("最多可同时有 {limit} 张有效证书，当前有 {living} 张，请先作废或更换其中一张。")
        }
        Refusal::NoCertificate => "尚无证书，请先提交请求串。".to_owned(),
        Refusal::HasCertificate { .. } => "已有证书，请对该证书续期、升级或更换。".to_owned(),
        Refusal::ExpiredWhileVoided => "作废期间证书已过期，无法恢复，请申请新证书。".to_owned(),
        Refusal::AtItsEnd => "该证书已失效，请申请新证书。".to_owned(),
        Refusal::NotInThisState { action, .. } => {
            format!("证书当前状态下不能“{}”。", chinese_step(view, *action))
        }
    }
}

fn chinese_step(view: &View, action: Action) -> &'static str {
    let chinese = View { language: crate::faces::v3::language::Language::Chinese, ..view.clone() };
    step(&chinese, action, Profile::Classic)
}

/// The rules write clauses; a page shows sentences.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if clause.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
