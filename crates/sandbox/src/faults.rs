//! What goes wrong on purpose: by rule, and never by itself.
//!
//! A [`Rule`] says which requests or callbacks it means and what happens to them. Every rule that fits is drawn by
//! itself, with a hash of the seed, the rule's id and the request's number, so that one rule more changes nothing
//! about another. Where two rules that fire decide the same thing, the earlier one holds; delays add up.
//!
//! Read in this order: [`Rule`] (what can be asked for), [`Unkind`] (built-in lists of rules), and here the
//! decisions: [`Faults::before`] the platform looks, [`Faults::after`] it answered, [`Faults::callback`].

mod rule;
mod unkind;

use platform::chance::Chance;
use serde::{Deserialize, Serialize};

pub use rule::{Fault, HeaderMatch, Rule, RuleError};
pub use unkind::Unkind;

/// The rules in force and what has come of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Faults {
    chance: Chance,
    rules: Vec<InForce>,
    /// How many rules were named by us, so that no name comes twice.
    named: u64,
    /// How many callbacks were decided about.
    callbacks: u64,
}

/// A rule in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// Its name: the rule's own, or one it was given.
    pub id: String,
    /// The rule.
    pub rule: Rule,
    /// How often it fired.
    pub fired: u64,
}

/// A request or a callback, as far as rules can tell them apart.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Counts the requests that arrived, from 1.
    pub n: u64,
    /// The caller, if the request names one.
    pub mchid: Option<&'a str>,
    /// Which call it is.
    pub call: &'a str,
    /// The refund's number, if it has one.
    pub out_refund_no: Option<&'a str>,
    /// The refund's amount, if it has one.
    pub amount_minor: Option<i64>,
    /// Its headers.
    pub headers: &'a [(String, String)],
}

/// What happens before the platform looks at a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// An error answer in place of the platform's.
    pub answer: Option<ErrorInstead>,
    /// The connection is cut and nothing is done.
    pub is_cut: bool,
    /// How late the request arrives, in milliseconds.
    pub delay_ms: u64,
    /// A query finds nothing younger than this many milliseconds.
    pub behind_ms: u64,
}

/// An error answer in place of the platform's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorInstead {
    /// The HTTP status.
    pub status: u16,
    /// The error code.
    pub code: String,
    /// Whether it is signed.
    pub is_signed: bool,
}

/// What happens to an answer on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct After {
    /// How it is signed, if not as it should be.
    pub signing: Option<BadSigning>,
    /// The connection is cut although everything was done.
    pub is_cut: bool,
    /// The network repeats the request: it is carried out twice, and the second answer is what arrives.
    pub is_doubled: bool,
    /// How late it leaves, in milliseconds.
    pub delay_ms: u64,
    /// How far its time stamp is off, in seconds.
    pub skew_s: i64,
}

/// What happens to a callback on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnCallback {
    /// It never leaves; the platform believes that nobody answered.
    pub is_lost: bool,
    /// How many copies of it follow.
    pub repeats: u32,
    /// It goes, as it is, to the address of another merchant's callbacks.
    pub is_misdirected: bool,
    /// How it is signed, if not as it should be.
    pub signing: Option<BadSigning>,
    /// How far its time stamp is off, in seconds.
    pub skew_s: i64,
}

/// How an answer or a callback is signed wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSigning {
    /// With a signature that does not hold.
    Wrong,
    /// Not at all.
    Unsigned,
    /// With a probe.
    Probe,
    /// Under the serial number of a key nobody knows.
    UnknownSerial,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults::new(0)
    }
}

impl Faults {
    /// No rules, and the draws of `seed`.
    pub fn new(seed: u64) -> Faults {
        Faults { chance: Chance::new(seed), rules: Vec::new(), named: 0, callbacks: 0 }
    }

    /// Puts a rule in force, behind those that are. A rule with the id of one in force takes its place and begins
    /// again.
    pub fn add(&mut self, rule: Rule) -> &InForce {
        let id = rule.id.clone().unwrap_or_else(|| self.free_name());
        let new = InForce { id, rule, fired: 0 };
        let place = self.rules.iter().position(|old| old.id == new.id).unwrap_or(self.rules.len());
        if place < self.rules.len() {
            self.rules[place] = new;
        } else {
            self.rules.push(new);
        }
        &self.rules[place]
    }

    /// Takes every rule out of force.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules in force, spent ones too, in the order in which they are asked.
    pub fn rules(&self) -> &[InForce] {
        &self.rules
    }

    /// What happens to a request before the platform looks at it.
    pub fn before(&mut self, seen: &Seen<'_>) -> Before {
        let mut before = Before::default();
        for fault in self.firing(seen, "fault", Fault::is_before) {
            match fault {
                Fault::Slow { delay_ms } => before.delay_ms = before.delay_ms.saturating_add(delay_ms),
                Fault::CutBeforeCommit => before.is_cut = true,
                Fault::Error(instead) => {
                    before.answer.get_or_insert(instead);
                }
                Fault::QueryBehind { behind_ms } => before.behind_ms = before.behind_ms.max(behind_ms),
                _ => {}
            }
        }
        before
    }

    /// What happens to the answer.
    pub fn after(&mut self, seen: &Seen<'_>) -> After {
        let mut after = After::default();
        for fault in self.firing(seen, "fault", Fault::is_after) {
            match fault {
                Fault::SlowAnswer { delay_ms } => after.delay_ms = after.delay_ms.saturating_add(delay_ms),
                Fault::CutAfterCommit => after.is_cut = true,
                Fault::DuplicateAnswer => after.is_doubled = true,
                Fault::Signing(bad) => {
                    after.signing.get_or_insert(bad);
                }
                Fault::StaleTimestamp { skew_s } if after.skew_s == 0 => after.skew_s = skew_s,
                _ => {}
            }
        }
        after
    }

    /// What happens to a callback, which counts by itself: `seen.n` is not read.
    pub fn callback(&mut self, seen: &Seen<'_>) -> OnCallback {
        self.callbacks += 1;
        let seen = Seen { n: self.callbacks, ..*seen };
        let mut on = OnCallback::default();
        for fault in self.firing(&seen, "callback fault", Fault::is_of_callback) {
            match fault {
                Fault::CallbackLost => on.is_lost = true,
                Fault::CallbackRepeated { repeats } => on.repeats = on.repeats.max(repeats),
                Fault::CallbackForAnotherMerchant => on.is_misdirected = true,
                Fault::Signing(bad) => {
                    on.signing.get_or_insert(bad);
                }
                Fault::StaleTimestamp { skew_s } if on.skew_s == 0 => on.skew_s = skew_s,
                _ => {}
            }
        }
        on
    }

    /// What the rules of one stage do about `seen`, in order; each one that fires is counted.
    fn firing(&mut self, seen: &Seen<'_>, purpose: &str, of_stage: fn(&Fault) -> bool) -> Vec<Fault> {
        let chance = self.chance;
        let fires = |entry: &InForce| {
            let rule = &entry.rule;
            of_stage(&rule.fault)
                && rule.times.is_none_or(|times| entry.fired < times)
                && rule.fits(seen)
                && chance.happens(rule.probability_ppm, purpose, &entry.id, seen.n)
        };
        let mut faults = Vec::new();
        for entry in self.rules.iter_mut() {
            if fires(entry) {
                entry.fired += 1;
                faults.push(entry.rule.fault.clone());
            }
        }
        faults
    }

    fn free_name(&mut self) -> String {
        loop {
            self.named += 1;
            let name = format!("rule-{}", self.named);
            if self.rules.iter().all(|entry| entry.id != name) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wechatpay::codes::ErrorCode;

    use super::*;

    fn with(rule: &str) -> Faults {
        let mut faults = Faults::new(7);
        faults.add(serde_json::from_str(rule).unwrap());
        faults
    }

    fn seen(n: u64) -> Seen<'static> {
        Seen {
            n,
            mchid: Some("1900000001"),
            call: "refund_submit",
            out_refund_no: Some("R1"),
            amount_minor: Some(1250),
            headers: &[],
        }
    }

    #[test]
    fn without_rules_nothing_goes_wrong() {
        let mut faults = Faults::new(7);
        assert_eq!(faults.before(&seen(1)), Before::default());
        assert_eq!(faults.after(&seen(1)), After::default());
        assert_eq!(faults.callback(&seen(1)), OnCallback::default());
    }

    #[test]
    fn each_kind_does_its_own_thing_before_the_platform_looks() {
        let error = |status, code: &str, is_signed| Before {
            answer: Some(ErrorInstead { status, code: code.to_owned(), is_signed }),
            ..Before::default()
        };
        for (rule, expected) in [
            (r#"{"fault":"slow","delay_ms":40}"#, Before { delay_ms: 40, ..Before::default() }),
            (r#"{"fault":"cut_before_commit"}"#, Before { is_cut: true, ..Before::default() }),
            (r#"{"fault":"query_behind","behind_ms":900}"#, Before { behind_ms: 900, ..Before::default() }),
            (r#"{"fault":"status","status":429}"#, error(429, "FREQUENCY_LIMITED", true)),
            // As observed: an answer of a platform that is down comes unsigned, all others signed.
            (r#"{"fault":"status","status":502}"#, error(502, "SERVICE_UNAVAILABLE", false)),
            (r#"{"fault":"status","status":502,"signed":true}"#, error(502, "SERVICE_UNAVAILABLE", true)),
            (r#"{"fault":"status","status":500,"code":"BANK_ERROR"}"#, error(500, "BANK_ERROR", false)),
            (r#"{"fault":"error_code","code":"NOTENOUGH"}"#, error(403, "NOTENOUGH", true)),
        ] {
            let mut faults = with(rule);
            assert_eq!(faults.before(&seen(1)), expected, "{rule}");
            assert_eq!(faults.after(&seen(1)), After::default(), "{rule}");
            assert_eq!(faults.callback(&seen(1)), OnCallback::default(), "{rule}");
        }
    }

    #[test]
    fn each_kind_does_its_own_thing_to_an_answer() {
        let signing = |bad| After { signing: Some(bad), ..After::default() };
        for (rule, expected) in [
            (r#"{"fault":"slow_answer","delay_ms":40}"#, After { delay_ms: 40, ..After::default() }),
            (r#"{"fault":"cut_after_commit"}"#, After { is_cut: true, ..After::default() }),
            (r#"{"fault":"duplicate_answer"}"#, After { is_doubled: true, ..After::default() }),
            (r#"{"fault":"wrong_signature"}"#, signing(BadSigning::Wrong)),
            (r#"{"fault":"unsigned"}"#, signing(BadSigning::Unsigned)),
            (r#"{"fault":"probe"}"#, signing(BadSigning::Probe)),
            (r#"{"fault":"wrong_serial"}"#, signing(BadSigning::UnknownSerial)),
            (r#"{"fault":"stale_timestamp"}"#, After { skew_s: -600, ..After::default() }),
            (r#"{"fault":"stale_timestamp","skew_s":400}"#, After { skew_s: 400, ..After::default() }),
        ] {
            let mut faults = with(rule);
            assert_eq!(faults.before(&seen(1)), Before::default(), "{rule}");
            assert_eq!(faults.after(&seen(1)), expected, "{rule}");
        }
    }

    #[test]
    fn each_kind_does_its_own_thing_to_a_callback() {
        for (rule, expected) in [
            (r#"{"fault":"callback_lost"}"#, OnCallback { is_lost: true, ..OnCallback::default() }),
            (r#"{"fault":"callback_repeated"}"#, OnCallback { repeats: 1, ..OnCallback::default() }),
            (
                r#"{"fault":"callback_repeated","repeats":3}"#,
                OnCallback { repeats: 3, ..OnCallback::default() },
            ),
            (
                r#"{"fault":"callback_for_another_merchant"}"#,
                OnCallback { is_misdirected: true, ..OnCallback::default() },
            ),
            (
                r#"{"fault":"probe","call":"callback"}"#,
                OnCallback { signing: Some(BadSigning::Probe), ..OnCallback::default() },
            ),
            (r#"{"fault":"stale_timestamp"}"#, OnCallback { skew_s: -600, ..OnCallback::default() }),
        ] {
            let callback = Seen { call: "callback", ..seen(0) };
            assert_eq!(with(rule).callback(&callback), expected, "{rule}");
        }
    }

    #[test]
    fn every_code_of_wechat_pay_can_be_had_with_its_status() {
        for code in ErrorCode::ALL {
            for spelling in code.spellings() {
                let mut faults = with(&format!(r#"{{"fault":"error_code","code":"{spelling}"}}"#));
                let instead = faults.before(&seen(1)).answer.unwrap();
                assert_eq!((instead.status, instead.code.as_str()), (code.status(), *spelling));
            }
        }
    }

    #[test]
    fn a_rule_means_only_what_fits_everything_it_names() {
        let headers = vec![("x-sandbox-fault".to_owned(), "cut".to_owned())];
        let seen = Seen { headers: &headers, ..seen(1) };
        for (fits, only) in [
            (true, r#""call":"refund_submit""#),
            (false, r#""call":"refund_query""#),
            (true, r#""mchid":"1900000001","out_refund_no":"R1","amount_minor":1250"#),
            (false, r#""mchid":"1900000001","out_refund_no":"R2","amount_minor":1250"#),
            (false, r#""amount_minor":1251"#),
            (true, r#""header":{"name":"X-Sandbox-Fault"}"#),
            (true, r#""header":{"name":"X-Sandbox-Fault","value":"cut"}"#),
            (false, r#""header":{"name":"X-Sandbox-Fault","value":"slow"}"#),
            (false, r#""header":{"name":"X-Other"}"#),
        ] {
            let rule = format!(r#"{{"fault":"cut_before_commit",{only}}}"#);
            assert_eq!(with(&rule).before(&seen).is_cut, fits, "{only}");
        }
    }

    #[test]
    fn a_rule_is_spent_after_its_times() {
        let mut faults = with(r#"{"fault":"cut_before_commit","times":2}"#);
        let cuts: Vec<bool> = (1..=4).map(|n| faults.before(&seen(n)).is_cut).collect();
        assert_eq!(cuts, [true, true, false, false]);
        assert_eq!(faults.rules()[0].fired, 2);
    }

    #[test]
    fn chance_is_drawn_by_seed_rule_and_number_alone() {
        let rule = r#"{"id":"a","fault":"cut_before_commit","probability":0.25}"#;
        let cuts =
            |faults: &mut Faults| (1..=2000).filter(|&n| faults.before(&seen(n)).is_cut).collect::<Vec<_>>();
        let alone = cuts(&mut with(rule));
        assert!((420..580).contains(&alone.len()), "{}", alone.len());
        let mut beside_another = with(r#"{"fault":"slow","delay_ms":1,"probability":0.5}"#);
        beside_another.add(serde_json::from_str(rule).unwrap());
        assert_eq!(cuts(&mut beside_another), alone);
        assert!(cuts(&mut with(r#"{"fault":"cut_before_commit","probability":0}"#)).is_empty());
    }

    #[test]
    fn the_earlier_rule_decides_and_delays_add_up() {
        let mut faults = with(r#"{"fault":"status","status":429}"#);
        for rule in [
            r#"{"fault":"status","status":500}"#,
            r#"{"fault":"slow","delay_ms":30}"#,
            r#"{"fault":"slow","delay_ms":12}"#,
        ] {
            faults.add(serde_json::from_str(rule).unwrap());
        }
        let before = faults.before(&seen(1));
        assert_eq!((before.answer.unwrap().status, before.delay_ms), (429, 42));
    }

    #[test]
    fn a_rule_takes_the_place_of_the_one_with_its_id() {
        let mut faults = with(r#"{"fault":"probe"}"#);
        assert_eq!(faults.rules()[0].id, "rule-1");
        faults.add(serde_json::from_str(r#"{"id":"rule-2","fault":"unsigned"}"#).unwrap());
        assert_eq!(faults.add(serde_json::from_str(r#"{"fault":"unsigned"}"#).unwrap()).id, "rule-3");
        faults.add(serde_json::from_str(r#"{"id":"rule-1","fault":"unsigned"}"#).unwrap());
        assert_eq!(faults.rules().len(), 3);
        faults.clear();
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn faults_read_back_from_a_snapshot_and_go_on_alike() {
        let mut faults =
            with(r#"{"fault":"status","status":503,"signed":false,"probability":0.5,"times":40}"#);
        for rule in Unkind::Harsh.rules() {
            faults.add(rule);
        }
        (1..50).for_each(|n| drop((faults.before(&seen(n)), faults.callback(&seen(n)))));
        let mut again: Faults = serde_json::from_str(&serde_json::to_string(&faults).unwrap()).unwrap();
        for n in 50..200 {
            assert_eq!(again.before(&seen(n)), faults.before(&seen(n)));
            assert_eq!(again.after(&seen(n)), faults.after(&seen(n)));
            assert_eq!(again.callback(&seen(n)), faults.callback(&seen(n)));
        }
    }

    #[test]
    fn nobody_waits_for_ever() {
        for rule in [
            r#"{"fault":"callback_repeated","repeats":4294967295}"#,
            r#"{"fault":"callback_repeated","repeats":0}"#,
            r#"{"fault":"slow","delay_ms":600001}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(rule).is_err(), "{rule}");
        }
    }
}
