//! Values that are one word in a table: ids, keys, currencies, days, and the names of closed sets.

use std::fmt;
use std::marker::PhantomData;

use jiff::civil::Date;
use refunds::key::{NumberForm, UpstreamNo};
use refunds::need::NeedSource;
use refunds::order::Source;
use refunds::outcome::{Fault, Standing};
use refunds::refund::{Reason, Why, Withdrawal};
use refunds::step::Cause;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Appid, BankType, Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use super::Unreadable;
use crate::merchant::Mode;

/// A value that is one word in a table.
pub(crate) trait Text: Sized {
    /// The value written as `text`.
    fn read(text: &str) -> Result<Self, Unreadable>;

    /// The word.
    fn write(&self) -> impl AsRef<str>;
}

/// A word in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Text> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.write().as_ref())
    }
}

impl<'de, T: Text> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word<T>, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<T: Text> Visitor<'_> for Reader<T> {
            type Value = Word<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Word<T>, E> {
                T::read(text).map(Word).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Reader(PhantomData))
    }
}

/// Ids: their own `parse` reads them.
macro_rules! ids {
    ($($type:ident = $name:literal;)*) => {$(
        impl Text for $type {
            fn read(text: &str) -> Result<$type, Unreadable> {
                $type::parse(text).map_err(|_| Unreadable::new($name, text))
            }

            fn write(&self) -> impl AsRef<str> {
                self.as_str()
            }
        }
    )*};
}

ids! {
    Appid = "appid";
    Mchid = "mchid";
    SubMchid = "sub_mchid";
    OutTradeNo = "out_trade_no";
    TransactionId = "transaction_id";
    OutRefundNo = "out_refund_no";
    RefundId = "refund_id";
    BankType = "bank_type";
}

impl Text for UpstreamNo {
    fn read(text: &str) -> Result<UpstreamNo, Unreadable> {
        OutRefundNo::read(text).map(UpstreamNo::adopted)
    }

    fn write(&self) -> impl AsRef<str> {
        self.number().as_str()
    }
}

impl Text for refunds::key::RefundKey {
    fn read(text: &str) -> Result<Self, Unreadable> {
        Self::parse(text).map_err(|_| Unreadable::new("key of a refund", text))
    }

    fn write(&self) -> impl AsRef<str> {
        self.as_str()
    }
}

impl Text for refunds::key::OrderKey {
    fn read(text: &str) -> Result<Self, Unreadable> {
        Self::parse(text).map_err(|_| Unreadable::new("key of an order", text))
    }

    fn write(&self) -> impl AsRef<str> {
        self.as_str()
    }
}

impl Text for Currency {
    fn read(text: &str) -> Result<Currency, Unreadable> {
        Currency::parse(text).map_err(|_| Unreadable::new("currency", text))
    }

    fn write(&self) -> impl AsRef<str> {
        self.code()
    }
}

impl Text for ChinaDay {
    fn read(text: &str) -> Result<ChinaDay, Unreadable> {
        let date: Date = text.parse().map_err(|_| Unreadable::new("day", text))?;
        Ok(ChinaDay::from_date(date))
    }

    fn write(&self) -> impl AsRef<str> {
        self.to_string()
    }
}

/// Closed sets: each member and its name. The compiler misses a member that is not listed.
macro_rules! names {
    ($($type:ident as $what:literal { $($member:ident = $name:literal,)* })*) => {$(
        impl Text for $type {
            fn read(text: &str) -> Result<$type, Unreadable> {
                match text {
                    $($name => Ok($type::$member),)*
                    _ => Err(Unreadable::new($what, text)),
                }
            }

            fn write(&self) -> impl AsRef<str> {
                match self {
                    $($type::$member => $name,)*
                }
            }
        }
    )*};
}
names! {
    Cause as "cause" {
        Created = "created",
        Released = "released",
        Resent = "resent",
        Held = "held",
        Accepted = "accepted",
        NotEnough = "not_enough",
        Refused = "refused",
        Unclear = "unclear",
        SlowDown = "slow_down",
        Misconfigured = "misconfigured",
        NumberTaken = "number_taken",
        Orphaned = "orphaned",
        Found = "found",
        Absent = "absent",
        AskedInVain = "asked_in_vain",
        Told = "told",
        AskNow = "ask_now",
        Restored = "restored",
        Withdrawn = "withdrawn",
        Retried = "retried",
        Settled = "settled",
    }
    Source as "source" {
        Claimed = "claimed",
        Reported = "reported",
        Platform = "platform",
    }
    NeedSource as "source of a need" {
        Exact = "exact",
        ObservedRate = "observed_rate",
        Unknown = "unknown",
    }
    Fault as "fault" {
        Signature = "signature",
        Certificate = "certificate",
        Permission = "permission",
        Merchant = "merchant",
    }
    Standing as "standing" {
        Processing = "processing",
        Succeeded = "succeeded",
        Closed = "closed",
        Abnormal = "abnormal",
    }
    Why as "reason to wait" {
        Funds = "funds",
        Plan = "plan",
        Rate = "rate",
        Spacing = "spacing",
        Halt = "halt",
        Paused = "paused",
        Restored = "restored",
    }
    Withdrawal as "withdrawal" {
        Tenant = "tenant",
        Operator = "operator",
        Deadline = "deadline",
    }
    Reason as "reason for attention" {
        UnclearForLong = "unclear_for_long",
        NumberConflict = "number_conflict",
        AcceptedButAbsent = "accepted_but_absent",
        Abnormal = "abnormal",
        Overdue = "overdue",
        BackAtShop = "back_at_shop",
        NoResultInAYear = "no_result_in_a_year",
        LateNews = "late_news",
        NoPermission = "no_permission",
        NoDayFits = "no_day_fits",
    }
    NumberForm as "form of numbers" {
        Prefixed = "prefixed",
        AsGiven = "as_given",
    }
    Mode as "mode" {
        Direct = "direct",
        Institution = "institution",
    }
    Region as "region" {
        Global = "global",
        Mainland = "mainland",
    }
    Wire as "wire" {
        V2 = "v2",
        V3 = "v3",
    }
}

/// The name of a state, as [`State::name`](refunds::refund::State::name) spells it; nothing stands for the time
/// before the refund.
pub(crate) fn state_name(text: &str) -> Result<&'static str, Unreadable> {
    STATES.iter().find(|name| **name == text).copied().ok_or_else(|| Unreadable::new("name of a state", text))
}

const STATES: [&str; 12] = [
    "",
    "queued",
    "waiting",
    "submitting",
    "unclear",
    "withdrawing",
    "processing",
    "abnormal",
    "succeeded",
    "closed",
    "rejected",
    "cancelled",
];
