//! `--unkind`: built-in lists of rules, for tests that shall pass on a bad day too.

use super::{BadSigning, ErrorInstead, Fault, Rule};
use wechatpay::codes::ErrorCode;

/// How bad a day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unkind {
    /// What a long bad day brings: each accident in a few of a hundred cases.
    Default,
    /// What no day brings: about every second call meets an accident.
    Harsh,
}

impl Unkind {
    /// Every profile.
    pub const ALL: &'static [Unkind] = &[Unkind::Default, Unkind::Harsh];

    /// The profile's name.
    pub const fn name(self) -> &'static str {
        match self {
            Unkind::Default => "default",
            Unkind::Harsh => "harsh",
        }
    }

    /// The profile of this name.
    pub fn parse(name: &str) -> Option<Unkind> {
        Unkind::ALL.iter().copied().find(|profile| profile.name() == name)
    }

    /// Its rules. None of them refuses a refund for good, and none is for one merchant alone.
    pub fn rules(self) -> Vec<Rule> {
        let share = match self {
            Unkind::Default => 1,
            Unkind::Harsh => 4,
        };
        // In ten thousandths of the cases of an ordinary bad day.
        let accidents = [
            ("slow", None, 300, Fault::Slow { delay_ms: 150 }),
            ("slow-answer", None, 300, Fault::SlowAnswer { delay_ms: 150 }),
            ("cut-before-commit", None, 150, Fault::CutBeforeCommit),
            ("cut-after-commit", None, 250, Fault::CutAfterCommit),
            ("duplicate-answer", None, 250, Fault::DuplicateAnswer),
            ("wrong-signature", None, 50, Fault::Signing(BadSigning::Wrong)),
            ("unsigned", None, 50, Fault::Signing(BadSigning::Unsigned)),
            ("probe", None, 50, Fault::Signing(BadSigning::Probe)),
            ("wrong-serial", None, 50, Fault::Signing(BadSigning::UnknownSerial)),
            ("stale-timestamp", None, 50, Fault::StaleTimestamp { skew_s: -600 }),
            ("frequency-limited", None, 100, error(ErrorCode::FrequencyLimited, true)),
            ("system-error", None, 100, error(ErrorCode::SystemError, true)),
            ("service-unavailable", None, 100, error(ErrorCode::ServiceUnavailable, false)),
            ("need-retry", Some("refund_submit"), 100, error(ErrorCode::BizerrNeedRetry, true)),
            ("query-behind", Some("refund_query"), 300, Fault::QueryBehind { behind_ms: 3000 }),
            ("callback-lost", None, 1000, Fault::CallbackLost),
            ("callback-repeated", None, 1000, Fault::CallbackRepeated { repeats: 1 }),
            ("callback-misdirected", None, 100, Fault::CallbackForAnotherMerchant),
        ];
        accidents
            .into_iter()
            .map(|(name, call, in_ten_thousand, fault)| Rule {
                id: Some(format!("unkind-{}-{name}", self.name())),
                call: call.map(str::to_owned),
                mchid: None,
                out_refund_no: None,
                header: None,
                amount_minor: None,
                probability_ppm: in_ten_thousand * 100 * share,
                times: None,
                fault,
            })
            .collect()
    }
}

fn error(code: ErrorCode, is_signed: bool) -> Fault {
    Fault::Error(ErrorInstead { status: code.status(), code: code.as_str().to_owned(), is_signed })
}

#[cfg(test)]
mod tests {
    use wechatpay::codes::{Call, Meaning, meaning};

    use super::*;

    #[test]
    fn profiles_are_found_by_their_names() {
        for profile in Unkind::ALL {
            assert_eq!(Unkind::parse(profile.name()), Some(*profile));
        }
        assert_eq!(Unkind::parse("cruel"), None);
    }

    #[test]
    fn no_accident_tells_that_a_refund_is_refused_for_good() {
        for rule in Unkind::ALL.iter().flat_map(|profile| profile.rules()) {
            if let Fault::Error(instead) = rule.fault {
                let meaning = meaning(Call::SubmitRefund, instead.status, &instead.code);
                assert!(matches!(meaning, Meaning::Unclear | Meaning::SlowDown), "{meaning:?}");
            }
        }
    }
}
