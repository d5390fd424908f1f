//! What a notice says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::due::Notice;
use super::schedule::Occasion;
use crate::lifecycle::action::Action;
use crate::lifecycle::china;
use crate::lifecycle::policy::{Policy, Profile};
use crate::lifecycle::record::Record;
use crate::lifecycle::state::{Edge, State, state};
use crate::lifecycle::support_hours;
use crate::lifecycle::table;

/// A language that notices are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

/// A notice as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// Several lines, each ended by LF.
    pub body: String,
}

/// About whom a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// The merchant id.
    pub merchant_id: &'a str,
    /// How many other certificates of it are living; 0 where only this one is known.
    pub others_living: usize,
}

impl Notice {
    /// What to say at `now`: whose certificate it is, when it ends, what is allowed today and what to do.
    pub fn text(
        &self,
        record: &Record,
        recipient: Recipient<'_>,
        policy: &Policy,
        language: Language,
        now: Timestamp,
    ) -> Text {
        let facts = Facts {
            occasion: self.occasion,
            merchant_id: recipient.merchant_id,
            record,
            state: state(record, policy, now),
            allowed: table::allowed(Some(record), policy, recipient.others_living, now),
            policy,
            now,
        };
        match language {
            Language::English => facts.english(),
            Language::Chinese => facts.chinese(),
        }
    }
}

struct Facts<'a> {
    occasion: Occasion,
    merchant_id: &'a str,
    record: &'a Record,
    state: State,
    allowed: Vec<Action>,
    policy: &'a Policy,
    now: Timestamp,
}

/// Where renewals, upgrades and changes are made.
const PATH_ENGLISH: &str = "Merchant Platform > Account Center > Account Setting > API Security";
const PATH_CHINESE: &str = "商户平台 > 账户中心 > 账户设置 > API安全";

impl Facts<'_> {
    fn english(&self) -> Text {
        let merchant_id = self.merchant_id;
        let days_left = self.days_left();
        let subject = match self.occasion {
            _ if self.state == State::Dead => {
                format!("{merchant_id}: the replaced API certificate no longer works")
            }
            Occasion::Before { .. } => {
                format!("{merchant_id}: the API certificate expires in {}", count(days_left, "day"))
            }
            Occasion::Day if days_left < 0 => format!("{merchant_id}: the API certificate has expired"),
            Occasion::Day => format!("{merchant_id}: the API certificate expires today"),
            Occasion::Grace { .. } => format!("{merchant_id}: the API certificate has expired"),
            Occasion::Superseded { .. } => {
                format!("{merchant_id}: a replaced API certificate is still in use")
            }
        };
        let left = if days_left < 0 {
            format!("expired {} ago", count(-days_left, "day"))
        } else {
            format!("{} left", count(days_left, "day"))
        };
        let mut lines = vec![
            format!("Merchant id: {merchant_id}"),
            format!("Serial number: {}", self.record.serial),
            format!("Valid to: {} (China time), {left}", china::text(self.record.validity.not_after)),
        ];
        if let Some(end) = self.overlap_end() {
            lines.push(format!("Works until: {} (China time)", china::text(end)));
        }
        lines.push(format!("Allowed today: {}", self.allowed_english()));
        lines.push(self.advice_english());
        if self.is_urgent() {
            let open = if support_hours::is_open(self.now) { "open now" } else { "closed now" };
            lines.push(format!("If that fails, contact WeChat Pay: {}, {open}.", support_hours::ENGLISH));
        }
        Text { subject, body: lines.join("\n") + "\n" }
    }

    fn chinese(&self) -> Text {
        let merchant_id = self.merchant_id;
        let days_left = self.days_left();
        let subject = match self.occasion {
            _ if self.state == State::Dead => format!("商户号{merchant_id}：被替换的API证书已失效"),
            Occasion::Before { .. } => format!("商户号{merchant_id}：API证书将在{days_left}天后过期"),
            Occasion::Day if days_left < 0 => format!("商户号{merchant_id}：API证书已过期"),
            Occasion::Day => format!("商户号{merchant_id}：API证书今天过期"),
            Occasion::Grace { .. } => format!("商户号{merchant_id}：API证书已过期"),
            Occasion::Superseded { .. } => format!("商户号{merchant_id}：被替换的API证书仍在使用"),
        };
        let left = if days_left < 0 {
            format!("已过期{}天", -days_left)
        } else {
            format!("剩余{days_left}天")
        };
        let mut lines = vec![
            format!("商户号：{merchant_id}"),
            format!("证书序列号：{}", self.record.serial),
            format!("有效期至：{}（北京时间），{left}", china::text(self.record.validity.not_after)),
        ];
        if let Some(end) = self.overlap_end() {
            lines.push(format!("可用至：{}（北京时间）", china::text(end)));
        }
        lines.push(format!("今天可以：{}", self.allowed_chinese()));
        lines.push(self.advice_chinese());
        if self.is_urgent() {
            let open = if support_hours::is_open(self.now) {
                "现在是服务时间"
            } else {
                "现在不是服务时间"
            };
            lines.push(format!("如仍有问题，请联系微信支付：{}，{open}。", support_hours::CHINESE));
        }
        Text { subject, body: lines.join("\n") + "\n" }
    }

    /// China days from today to the day of the expiry; negative once it has expired, then at least one.
    fn days_left(&self) -> i64 {
        let not_after = self.record.validity.not_after;
        let today = china::midnight(china::date(self.now));
        let last = china::midnight(china::date(not_after));
        let days = last.duration_since(today).as_hours() / 24;
        if Edge::Expiry.instant(self.record, self.policy).is_some_and(|expired| self.now >= expired) {
            days.min(-1)
        } else {
            days
        }
    }

    fn overlap_end(&self) -> Option<Timestamp> {
        matches!(self.state, State::SupersededByChange | State::SupersededByUpgrade)
            .then(|| Edge::OverlapOver.instant(self.record, self.policy))
            .flatten()
    }

    /// Whether calls fail today or soon, so that waiting for an answer by e-mail is no way.
    fn is_urgent(&self) -> bool {
        match self.occasion {
            Occasion::Before { .. } => false,
            Occasion::Day | Occasion::Grace { .. } | Occasion::Superseded { .. } => true,
        }
    }

    /// By when the new certificate should be deployed, after a replacement.
    fn deploy_by(&self) -> Option<Timestamp> {
        let superseded = self.record.superseded?;
        Some(china::after(superseded.at, self.policy.deploy_within))
    }

    fn allowed_english(&self) -> String {
        let labels: Vec<&str> = self.allowed.iter().map(|action| action.label(self.policy.profile)).collect();
        if labels.is_empty() { "nothing".to_owned() } else { labels.join(", ") }
    }

    fn allowed_chinese(&self) -> String {
        let labels: Vec<&str> =
            self.allowed.iter().map(|action| label_chinese(*action, self.policy.profile)).collect();
        if labels.is_empty() { "无".to_owned() } else { labels.join("、") }
    }

    fn advice_english(&self) -> String {
        match self.remedy() {
            Remedy::Deploy => match self.deploy_by() {
                Some(by) => format!(
                    "What to do: put the new certificate and key on every server by {} (China time); nothing else changes.",
                    china::text(by)
                ),
                None => "What to do: put the new certificate and key on every server.".to_owned(),
            },
            Remedy::Act(action) => {
                let operating = if matches!(action, Action::Renew | Action::UpgradeExpired) {
                    " The operating certificate must be installed in the browser."
                } else {
                    ""
                };
                format!(
                    "What to do: the super administrator opens {PATH_ENGLISH} and chooses {}.{operating} Then put the new \
                     certificate on every server.",
                    action.label(self.policy.profile)
                )
            }
            Remedy::Wait => "What to do: nothing today.".to_owned(),
        }
    }

    fn advice_chinese(&self) -> String {
        match self.remedy() {
            Remedy::Deploy => match self.deploy_by() {
                Some(by) => {
                    format!(
                        "请在{}（北京时间）前把新证书和私钥部署到所有服务器，代码无需修改。",
                        china::text(by)
                    )
                }
                None => "请把新证书和私钥部署到所有服务器。".to_owned(),
            },
            Remedy::Act(action) => {
                let operating = if matches!(action, Action::Renew | Action::UpgradeExpired) {
                    "浏览器需已安装操作证书。"
                } else {
                    ""
                };
                format!(
                    "请超级管理员登录{PATH_CHINESE}，选择“{}”。{operating}完成后把新证书部署到所有服务器。",
                    label_chinese(action, self.policy.profile)
                )
            }
            Remedy::Wait => "今天无需操作。".to_owned(),
        }
    }

    /// The gentlest of what is allowed: a renewal keeps the key, a change does not.
    fn remedy(&self) -> Remedy {
        match self.state {
            State::SupersededByChange | State::SupersededByUpgrade | State::Dead => Remedy::Deploy,
            State::Nothing
            | State::Requested
            | State::Active
            | State::Expiring
            | State::ExpiredGrace
            | State::ExpiredFinal
            | State::Voided => {
                let order = [
                    Action::Install,
                    Action::Renew,
                    Action::UpgradeExpired,
                    Action::Change,
                    Action::UpgradeKind,
                    Action::ApplyForAnother,
                ];
                let first = order.into_iter().find(|action| self.allowed.contains(action));
                first.map_or(Remedy::Wait, Remedy::Act)
            }
        }
    }
}

enum Remedy {
    Deploy,
    Act(Action),
    Wait,
}

fn count(number: i64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// What the platform's Chinese buttons say; the renewal's is 续期. Source: [certificate-renewal], [certificate-void].
fn label_chinese(action: Action, profile: Profile) -> &'static str {
    match (action, profile) {
        (Action::SubmitRequest, _) => "申请证书",
        (Action::Install, _) => "粘贴证书串",
        (Action::ReportKeyLost, _) => "报告私钥丢失",
        (Action::Renew, _) | (Action::UpgradeExpired, Profile::Current) => "续期",
        (Action::UpgradeExpired, Profile::Classic) | (Action::UpgradeKind, _) => "升级",
        (Action::Change, _) => "更换",
        (Action::Void, _) => "作废",
        (Action::Restore, _) => "恢复",
        (Action::ApplyForAnother, _) => "申请新证书",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lifecycle::notices::{Schedule, due};
    use crate::lifecycle::record::{IssuedBy, Replacement, Superseded, Validity};

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    fn record() -> Record {
        let validity =
            Validity { not_before: at("2025-11-30T12:00:00"), not_after: at("2026-11-30T12:00:00") };
        Record::from_certificate("1BD4", IssuedBy::Ca, validity, None)
    }

    fn told(record: &Record, now: &str, language: Language) -> Text {
        let (policy, now) = (Policy::classic(), at(now));
        let notice = due(record, &Schedule::watch(), &policy, now, &BTreeSet::new()).unwrap();
        let recipient = Recipient { merchant_id: "1900009191", others_living: 0 };
        notice.text(record, recipient, &policy, language, now)
    }

    #[test]
    fn a_notice_says_whose_until_when_what_is_allowed_and_what_to_do() {
        let text = told(&record(), "2026-10-01T12:00:00", Language::English);
        assert_eq!(text.subject, "1900009191: the API certificate expires in 60 days");
        assert_eq!(
            text.body,
            "Merchant id: 1900009191\n\
             Serial number: 1BD4\n\
             Valid to: 2026-11-30 12:00:00 (China time), 60 days left\n\
             Allowed today: Renewal, Change\n\
             What to do: the super administrator opens Merchant Platform > Account Center > Account Setting > API \
             Security and chooses Renewal. The operating certificate must be installed in the browser. Then put the new \
             certificate on every server.\n"
        );
    }

    #[test]
    fn a_notice_says_the_same_in_chinese() {
        let text = told(&record(), "2026-10-01T12:00:00", Language::Chinese);
        assert_eq!(text.subject, "商户号1900009191：API证书将在60天后过期");
        assert_eq!(
            text.body,
            "商户号：1900009191\n\
             证书序列号：1BD4\n\
             有效期至：2026-11-30 12:00:00（北京时间），剩余60天\n\
             今天可以：续期、更换\n\
             请超级管理员登录商户平台 > 账户中心 > 账户设置 > API安全，选择“续期”。浏览器需已安装操作证书。\
             完成后把新证书部署到所有服务器。\n"
        );
    }

    #[test]
    fn on_the_day_it_says_whom_to_ask_and_whether_they_are_there() {
        // 30 November 2026 is a Monday.
        for (now, open) in [("2026-11-30T00:00:00", "closed now"), ("2026-11-30T10:00:00", "open now")] {
            let text = told(&record(), now, Language::English);
            assert_eq!(text.subject, "1900009191: the API certificate expires today");
            assert!(text.body.contains("9:00-18:00 (GMT+8)") && text.body.contains(open), "{}", text.body);
        }
        let text = told(&record(), "2026-11-30T18:00:00", Language::Chinese);
        assert_eq!(text.subject, "商户号1900009191：API证书已过期");
        assert!(text.body.contains("现在不是服务时间"), "{}", text.body);
    }

    #[test]
    fn after_expiry_it_says_how_long_ago_and_names_the_upgrade() {
        let text = told(&record(), "2026-12-02T10:00:00", Language::English);
        assert_eq!(text.subject, "1900009191: the API certificate has expired");
        assert!(text.body.contains("expired 2 days ago"), "{}", text.body);
        assert!(text.body.contains("chooses Upgrade."), "{}", text.body);
    }

    #[test]
    fn a_replaced_one_is_to_be_taken_off_the_servers_within_48_hours() {
        let superseded = Some(Superseded { by: Replacement::UpgradeKind, at: at("2026-06-01T10:00:00") });
        let record = Record { superseded, issued_by: IssuedBy::Wxpay, ..record() };
        let text = told(&record, "2026-06-02T12:00:00", Language::English);
        assert_eq!(text.subject, "1900009191: a replaced API certificate is still in use");
        assert!(text.body.contains("Works until: 2026-06-15 10:00:00 (China time)"), "{}", text.body);
        assert!(text.body.contains("on every server by 2026-06-03 10:00:00 (China time)"), "{}", text.body);
        let text = told(&record, "2026-06-15T10:00:00", Language::English);
        assert_eq!(text.subject, "1900009191: the replaced API certificate no longer works");
    }

    #[test]
    fn a_count_of_one_has_no_plural() {
        let text = told(&record(), "2026-11-29T12:00:00", Language::English);
        assert_eq!(text.subject, "1900009191: the API certificate expires in 1 day");
    }
}
