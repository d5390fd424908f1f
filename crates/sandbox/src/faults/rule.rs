//! One rule: what it means and what it does.

use platform::chance::WHOLE_PPM;
use serde::{Deserialize, Serialize};
use wechatpay::codes::ErrorCode;

use super::{BadSigning, ErrorInstead, Seen};
use crate::faces::v3::route::CALLS;

/// How stale a stale time stamp is, unless the rule says otherwise: twice what a verifier allows.
const STALE_S: i64 = -600;

/// What goes wrong, with what, how often.
///
/// What a rule does not name does not matter to it: a rule with a fault alone means every request. Its JSON form is
/// flat; fields that no rule has, and those that mean nothing to its fault, are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Rule {
    /// Its name; given when it enters into force, if left out.
    pub id: Option<String>,
    /// The call, such as `refund_submit`, `refund_query` or `callback`.
    pub call: Option<String>,
    /// The caller.
    pub mchid: Option<String>,
    /// The refund's number.
    pub out_refund_no: Option<String>,
    /// A header.
    pub header: Option<HeaderMatch>,
    /// The refund's amount, in smallest units.
    pub amount_minor: Option<i64>,
    /// In how many of a million cases it fires.
    pub probability_ppm: u32,
    /// How often it fires at most.
    pub times: Option<u64>,
    /// What happens.
    pub fault: Fault,
}

/// A header that a request must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatch {
    /// Its name, in any case.
    pub name: String,
    /// Its value; any, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request arrives late.
    Slow {
        /// How late.
        delay_ms: u64,
    },
    /// The answer leaves late, so that a callback may overtake it.
    SlowAnswer {
        /// How late.
        delay_ms: u64,
    },
    /// The connection is cut and nothing is done.
    CutBeforeCommit,
    /// The connection is cut although everything was done.
    CutAfterCommit,
    /// The network repeats the request; the second answer arrives.
    DuplicateAnswer,
    /// The signature is wrong in some way.
    Signing(BadSigning),
    /// The time stamp is off.
    StaleTimestamp {
        /// How far; negative is the past.
        skew_s: i64,
    },
    /// An error answer in place of the platform's.
    Error(ErrorInstead),
    /// Queries lag behind.
    QueryBehind {
        /// Nothing younger is found.
        behind_ms: u64,
    },
    /// The callback never leaves.
    CallbackLost,
    /// Copies of the callback follow it.
    CallbackRepeated {
        /// How many.
        repeats: u32,
    },
    /// The callback goes to another merchant.
    CallbackForAnotherMerchant,
}

impl Fault {
    pub(super) fn is_before(&self) -> bool {
        matches!(
            self,
            Fault::Slow { .. } | Fault::CutBeforeCommit | Fault::Error(_) | Fault::QueryBehind { .. }
        )
    }

    pub(super) fn is_after(&self) -> bool {
        matches!(
            self,
            Fault::SlowAnswer { .. }
                | Fault::CutAfterCommit
                | Fault::DuplicateAnswer
                | Fault::Signing(_)
                | Fault::StaleTimestamp { .. }
        )
    }

    pub(super) fn is_of_callback(&self) -> bool {
        matches!(
            self,
            Fault::CallbackLost
                | Fault::CallbackRepeated { .. }
                | Fault::CallbackForAnotherMerchant
                | Fault::Signing(_)
                | Fault::StaleTimestamp { .. }
        )
    }
}

impl Rule {
    /// Whether it means `seen`.
    pub(super) fn fits(&self, seen: &Seen<'_>) -> bool {
        let same =
            |own: &Option<String>, other: Option<&str>| own.as_deref().is_none_or(|own| other == Some(own));
        same(&self.call, Some(seen.call))
            && same(&self.mchid, seen.mchid)
            && same(&self.out_refund_no, seen.out_refund_no)
            && self.amount_minor.is_none_or(|minor| seen.amount_minor == Some(minor))
            && self.header.as_ref().is_none_or(|header| header.is_among(seen.headers))
    }
}

impl HeaderMatch {
    fn is_among(&self, headers: &[(String, String)]) -> bool {
        headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case(&self.name) && self.value.as_ref().is_none_or(|own| own == value)
        })
    }
}

/// How often a notification is repeated at the most.
const MOST_REPEATS: u32 = 100;

/// How long anything is held up at the most.
const LONGEST_DELAY_MS: u64 = 600_000;

/// Why something is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A call that nobody makes.
    #[error("`call` {found:?} is no call; there are {}", CALLS.join(", "))]
    Call {
        /// The name given.
        found: String,
    },
    /// The fault needs to know more.
    #[error("`{field}` is missing; the fault `{fault}` needs it")]
    Missing {
        /// The fault.
        fault: &'static str,
        /// What it needs.
        field: &'static str,
    },
    /// The fault can do nothing with it.
    #[error("`{field}` means nothing to the fault `{fault}`; leave it out")]
    Meaningless {
        /// The fault.
        fault: &'static str,
        /// What it does not need.
        field: &'static str,
    },
    /// A probability beyond its bounds.
    #[error("`probability` is from 0 to 1")]
    Probability,
    /// More repeats than anybody would wait for, or none.
    #[error("`repeats` is from 1 to {MOST_REPEATS}; {found} is not")]
    Repeats {
        /// The number given.
        found: u32,
    },
    /// Later than anybody would wait for.
    #[error("`delay_ms` is {LONGEST_DELAY_MS} at most; {found} is not")]
    Delay {
        /// The delay given.
        found: u64,
    },
    /// A status that is no error.
    #[error("`status` is from 400 to 599; {found} is not")]
    Status {
        /// The status given.
        found: u16,
    },
    /// A code that no page of WeChat Pay names.
    #[error(
        "`code` {found:?} is no error code of WeChat Pay; the fault `status` takes any code with any status"
    )]
    Code {
        /// The code given.
        found: String,
    },
}

/// A rule as it is written: flat, so that an unknown field is refused by its name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_refund_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<HeaderMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    fault: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    behind_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skew_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<bool>,
}

/// Declares the faults by name, each with the details it may be told.
macro_rules! kinds {
    ($($kind:ident = $name:literal, [$($detail:literal),*];)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        enum Kind {
            $(#[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            const fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }

            const fn details(self) -> &'static [&'static str] {
                match self {
                    $(Kind::$kind => &[$($detail),*],)*
                }
            }
        }
    };
}

kinds! {
    Slow = "slow", ["delay_ms"];
    SlowAnswer = "slow_answer", ["delay_ms"];
    CutBeforeCommit = "cut_before_commit", [];
    CutAfterCommit = "cut_after_commit", [];
    DuplicateAnswer = "duplicate_answer", [];
    WrongSignature = "wrong_signature", [];
    Unsigned = "unsigned", [];
    Probe = "probe", [];
    WrongSerial = "wrong_serial", [];
    StaleTimestamp = "stale_timestamp", ["skew_s"];
    Status = "status", ["status", "code", "signed"];
    ErrorCode = "error_code", ["code", "signed"];
    QueryBehind = "query_behind", ["behind_ms"];
    CallbackLost = "callback_lost", [];
    CallbackRepeated = "callback_repeated", ["repeats"];
    CallbackForAnotherMerchant = "callback_for_another_merchant", [];
}

impl TryFrom<Written> for Rule {
    type Error = RuleError;

    fn try_from(written: Written) -> Result<Rule, RuleError> {
        let kind = written.fault.ok_or(RuleError::Missing { fault: "of every rule", field: "fault" })?;
        let probability_ppm = parts_in_a_million(written.probability.unwrap_or(1.0))?;
        let fault = written.fault_of(kind)?;
        let Written { id, call, mchid, out_refund_no, header, amount_minor, times, .. } = written;
        if let Some(found) = call.as_ref().filter(|call| !CALLS.contains(&call.as_str())) {
            return Err(RuleError::Call { found: found.clone() });
        }
        Ok(Rule { id, call, mchid, out_refund_no, header, amount_minor, probability_ppm, times, fault })
    }
}

impl Written {
    fn fault_of(&self, kind: Kind) -> Result<Fault, RuleError> {
        let told = [
            ("delay_ms", self.delay_ms.is_some()),
            ("behind_ms", self.behind_ms.is_some()),
            ("skew_s", self.skew_s.is_some()),
            ("repeats", self.repeats.is_some()),
            ("status", self.status.is_some()),
            ("code", self.code.is_some()),
            ("signed", self.signed.is_some()),
        ];
        let fault = kind.name();
        if let Some((field, _)) =
            told.into_iter().find(|(field, told)| *told && !kind.details().contains(field))
        {
            return Err(RuleError::Meaningless { fault, field });
        }
        let missing = |field| RuleError::Missing { fault, field };
        Ok(match kind {
            Kind::Slow => Fault::Slow { delay_ms: bounded(self.delay_ms.ok_or(missing("delay_ms"))?)? },
            Kind::SlowAnswer => {
                Fault::SlowAnswer { delay_ms: bounded(self.delay_ms.ok_or(missing("delay_ms"))?)? }
            }
            Kind::CutBeforeCommit => Fault::CutBeforeCommit,
            Kind::CutAfterCommit => Fault::CutAfterCommit,
            Kind::DuplicateAnswer => Fault::DuplicateAnswer,
            Kind::WrongSignature => Fault::Signing(BadSigning::Wrong),
            Kind::Unsigned => Fault::Signing(BadSigning::Unsigned),
            Kind::Probe => Fault::Signing(BadSigning::Probe),
            Kind::WrongSerial => Fault::Signing(BadSigning::UnknownSerial),
            Kind::StaleTimestamp => Fault::StaleTimestamp { skew_s: self.skew_s.unwrap_or(STALE_S) },
            Kind::Status => {
                let status = self.status.ok_or(missing("status"))?;
                if !(400..=599).contains(&status) {
                    return Err(RuleError::Status { found: status });
                }
                let code = self.code.clone().unwrap_or_else(|| usual_code(status).to_owned());
                Fault::Error(ErrorInstead {
                    status,
                    code,
                    is_signed: self.signed.unwrap_or(is_usually_signed(status)),
                })
            }
            Kind::ErrorCode => {
                let code = self.code.clone().ok_or(missing("code"))?;
                let status =
                    ErrorCode::parse(&code).ok_or_else(|| RuleError::Code { found: code.clone() })?.status();
                Fault::Error(ErrorInstead {
                    status,
                    code,
                    is_signed: self.signed.unwrap_or(is_usually_signed(status)),
                })
            }
            Kind::QueryBehind => {
                Fault::QueryBehind { behind_ms: self.behind_ms.ok_or(missing("behind_ms"))? }
            }
            Kind::CallbackLost => Fault::CallbackLost,
            Kind::CallbackRepeated => {
                let repeats = self.repeats.unwrap_or(1);
                if !(1..=MOST_REPEATS).contains(&repeats) {
                    return Err(RuleError::Repeats { found: repeats });
                }
                Fault::CallbackRepeated { repeats }
            }
            Kind::CallbackForAnotherMerchant => Fault::CallbackForAnotherMerchant,
        })
    }
}

impl From<Rule> for Written {
    fn from(rule: Rule) -> Written {
        let Rule { id, call, mchid, out_refund_no, header, amount_minor, probability_ppm, times, fault } =
            rule;
        let probability = Some(f64::from(probability_ppm) / f64::from(WHOLE_PPM));
        let named = Written {
            id,
            call,
            mchid,
            out_refund_no,
            header,
            amount_minor,
            probability,
            times,
            ..Written::default()
        };
        let of = |kind| Written { fault: Some(kind), ..named.clone() };
        match fault {
            Fault::Slow { delay_ms } => Written { delay_ms: Some(delay_ms), ..of(Kind::Slow) },
            Fault::SlowAnswer { delay_ms } => Written { delay_ms: Some(delay_ms), ..of(Kind::SlowAnswer) },
            Fault::CutBeforeCommit => of(Kind::CutBeforeCommit),
            Fault::CutAfterCommit => of(Kind::CutAfterCommit),
            Fault::DuplicateAnswer => of(Kind::DuplicateAnswer),
            Fault::Signing(BadSigning::Wrong) => of(Kind::WrongSignature),
            Fault::Signing(BadSigning::Unsigned) => of(Kind::Unsigned),
            Fault::Signing(BadSigning::Probe) => of(Kind::Probe),
            Fault::Signing(BadSigning::UnknownSerial) => of(Kind::WrongSerial),
            Fault::StaleTimestamp { skew_s } => Written { skew_s: Some(skew_s), ..of(Kind::StaleTimestamp) },
            // The code was found with its status when the rule was read, so naming both says the same.
            Fault::Error(ErrorInstead { status, code, is_signed }) => Written {
                status: Some(status),
                code: Some(code),
                signed: Some(is_signed),
                ..of(Kind::Status)
            },
            Fault::QueryBehind { behind_ms } => {
                Written { behind_ms: Some(behind_ms), ..of(Kind::QueryBehind) }
            }
            Fault::CallbackLost => of(Kind::CallbackLost),
            Fault::CallbackRepeated { repeats } => {
                Written { repeats: Some(repeats), ..of(Kind::CallbackRepeated) }
            }
            Fault::CallbackForAnotherMerchant => of(Kind::CallbackForAnotherMerchant),
        }
    }
}

/// A probability in parts of a million, the nearest one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the line above the cast has bounded it to 0 to a million"
)]
fn parts_in_a_million(probability: f64) -> Result<u32, RuleError> {
    if (0.0..=1.0).contains(&probability) {
        Ok((probability * f64::from(WHOLE_PPM)).round() as u32)
    } else {
        Err(RuleError::Probability)
    }
}

/// The code that usually comes with a status.
fn usual_code(status: u16) -> &'static str {
    let code = match status {
        401 => ErrorCode::SignError,
        403 => ErrorCode::NoAuth,
        404 => ErrorCode::ResourceNotExists,
        429 => ErrorCode::FrequencyLimited,
        502 | 503 => ErrorCode::ServiceUnavailable,
        500.. => ErrorCode::SystemError,
        _ => ErrorCode::ParamError,
    };
    code.as_str()
}

fn bounded(delay_ms: u64) -> Result<u64, RuleError> {
    if delay_ms <= LONGEST_DELAY_MS { Ok(delay_ms) } else { Err(RuleError::Delay { found: delay_ms }) }
}

/// Whether WeChat Pay signs an error answer with this status: those of a platform that is down come unsigned.
/// Source: [global-signature].
fn is_usually_signed(status: u16) -> bool {
    status < 500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rule_is_refused_with_the_field() {
        for (text, expected) in [
            (r#"{}"#, "`fault` is missing"),
            (r#"{"fault":"slow"}"#, "`delay_ms` is missing; the fault `slow` needs it"),
            (r#"{"fault":"probe","delay_ms":4}"#, "`delay_ms` means nothing to the fault `probe`"),
            (r#"{"fault":"probe","probability":1.5}"#, "from 0 to 1"),
            (r#"{"fault":"status","status":200}"#, "200 is not"),
            (r#"{"fault":"error_code","code":"NO_MONEY"}"#, "NO_MONEY"),
            (
                r#"{"fault":"probe","call":"refund"}"#,
                "\"refund\" is no call; there are certificates, refund_submit",
            ),
            (r#"{"fault":"probe","amount":4}"#, "`amount`"),
            (r#"{"fault":"prob"}"#, "`prob`"),
            (r#"{"fault":"probe","header":{"nam":"a"}}"#, "`nam`"),
        ] {
            let error = serde_json::from_str::<Rule>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_rule_reads_back_as_it_was() {
        for text in [
            r#"{"id":"a","call":"refund_submit","mchid":"19","fault":"slow","delay_ms":4}"#,
            r#"{"out_refund_no":"R1","header":{"name":"a"},"fault":"error_code","code":"NOT_ENOUGH"}"#,
            r#"{"amount_minor":3,"probability":0.333333,"times":2,"fault":"callback_repeated"}"#,
            r#"{"fault":"stale_timestamp"}"#,
            r#"{"fault":"wrong_serial"}"#,
        ] {
            let rule: Rule = serde_json::from_str(text).unwrap();
            let written = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Rule>(&written).unwrap(), rule, "{written}");
        }
    }
}
