//! Asking for a statement: `GET /v3/global/statements`. Source: [global-statement].

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::Date;

use super::row::{Event, Row};
use crate::china::ChinaDay;
use crate::ids::{Mchid, SubMchid};
use crate::v3::caller::parameter;
use crate::v3::json::MessageError;
use crate::v3::target::Target;

/// Whose business a statement tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A directly connected merchant's.
    Direct {
        /// Its merchant id.
        mchid: Mchid,
    },
    /// An institution's.
    Institution {
        /// Its merchant id.
        sp_mchid: Mchid,
        /// The one sub-merchant; all of them if there is none.
        sub_mchid: Option<SubMchid>,
    },
}

impl Whose {
    /// The merchant id that signs.
    pub fn mchid(&self) -> &Mchid {
        match self {
            Whose::Direct { mchid } => mchid,
            Whose::Institution { sp_mchid, .. } => sp_mchid,
        }
    }

    /// The sub-merchant to which it is narrowed.
    pub fn sub_mchid(&self) -> Option<&SubMchid> {
        match self {
            Whose::Direct { .. } => None,
            Whose::Institution { sub_mchid, .. } => sub_mchid.as_ref(),
        }
    }
}

/// A question for one day's statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatementRequest {
    /// The day.
    pub day: ChinaDay,
    /// Whose.
    pub whose: Whose,
}

impl StatementRequest {
    /// Its target.
    pub fn target(&self) -> Target {
        let target = Target::of(PATH).with("date", date_digits(self.day));
        match &self.whose {
            Whose::Direct { mchid } => target.with("mchid", mchid.as_str()),
            Whose::Institution { sp_mchid, sub_mchid } => {
                let target = target.with("sp_mchid", sp_mchid.as_str());
                match sub_mchid {
                    None => target,
                    Some(sub_mchid) => target.with("sub_mchid", sub_mchid.as_str()),
                }
            }
        }
    }

    /// The question asked by `target`; `None` if it asks for something else.
    pub fn parse(target: &Target) -> Result<Option<StatementRequest>, MessageError> {
        if target.path() != PATH {
            return Ok(None);
        }
        let day = parse_date("date", target.parameter("date")?)?;
        let mchid = parameter(target, "mchid", Mchid::parse)?;
        let sp_mchid = parameter(target, "sp_mchid", Mchid::parse)?;
        let sub_mchid = parameter(target, "sub_mchid", SubMchid::parse)?;
        let whose = match (mchid, sp_mchid, sub_mchid) {
            (Some(mchid), None, None) => Whose::Direct { mchid },
            (None, Some(sp_mchid), sub_mchid) => Whose::Institution { sp_mchid, sub_mchid },
            (Some(_), _, _) => {
                return Err(MessageError::bad_value("mchid", "stands beside sp_mchid or sub_mchid"));
            }
            (None, None, Some(_)) => return Err(MessageError::missing("sp_mchid")),
            (None, None, None) => return Err(MessageError::missing("mchid")),
        };
        Ok(Some(StatementRequest { day, whose }))
    }
}

impl StatementRequest {
    /// Whether a row can be an answer to this: it is about this merchant id, this sub-merchant if one was named, and, if it
    /// is a payment, this day. By whose time a refund's row goes is not documented.
    pub fn is_about(&self, row: &Row<'_>) -> bool {
        let sub_mchid = self.whose.sub_mchid();
        row.mchid == *self.whose.mchid()
            && (sub_mchid.is_none() || row.sub_mchid.as_ref() == sub_mchid)
            && (!matches!(row.event, Event::Payment(_)) || ChinaDay::of(row.at) == self.day)
    }
}

const PATH: [&str; 3] = ["v3", "global", "statements"];

/// How many hours after the end of its day a statement should be fetched at the earliest: at 10:00 in China. It is made
/// from 09:00 on. Source: [global-statement], [operations 6.1].
const READY_AFTER: SignedDuration = SignedDuration::from_hours(10);

/// From when on the statement of `day` is there, if there is one. Before, no answer says that there will be none.
pub fn ready_from(day: ChinaDay) -> Timestamp {
    day.end().checked_add(READY_AFTER).unwrap_or(Timestamp::MAX)
}

/// For how many days a statement can be asked for. Source: [global-statement].
pub const KEPT_DAYS: i64 = 180;

/// The day as eight digits, `20180130`; years beyond 9999 or before 0 do not come up.
pub(crate) fn date_digits(day: ChinaDay) -> String {
    day.to_string().replace('-', "")
}

/// The day that the parameter or field `name` gives as eight digits.
pub(crate) fn parse_date(name: &str, text: &str) -> Result<ChinaDay, MessageError> {
    let bad = || MessageError::bad_value(name, "is not a date as eight digits, such as 20180130");
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    let number: u32 = text.parse().map_err(|_| bad())?;
    let part = |value: u32| i8::try_from(value % 100).map_err(|_| bad());
    let year = i16::try_from(number / 10_000).map_err(|_| bad())?;
    let date = Date::new(year, part(number / 100)?, part(number)?).map_err(|_| bad())?;
    Ok(ChinaDay::from_date(date))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> ChinaDay {
        ChinaDay::from_date(text.parse().unwrap())
    }

    #[test]
    fn the_targets_are_those_of_the_page() {
        let mchid = || Mchid::parse("1900000109").unwrap();
        let sub_mchid = Some(SubMchid::parse("1900000102").unwrap());
        for (whose, target) in [
            (Whose::Direct { mchid: mchid() }, "/v3/global/statements?date=20180130&mchid=1900000109"),
            (
                Whose::Institution { sp_mchid: mchid(), sub_mchid: None },
                "/v3/global/statements?date=20180130&sp_mchid=1900000109",
            ),
            (
                Whose::Institution { sp_mchid: mchid(), sub_mchid },
                "/v3/global/statements?date=20180130&sp_mchid=1900000109&sub_mchid=1900000102",
            ),
        ] {
            let request = StatementRequest { day: day("2018-01-30"), whose };
            assert_eq!(request.target().render(), target);
            assert_eq!(StatementRequest::parse(&Target::parse(target).unwrap()), Ok(Some(request)));
        }
    }

    #[test]
    fn what_names_no_one_or_two_or_no_day_is_refused_and_another_path_is_another_call() {
        for (query, field) in [
            ("", "date"),
            ("?date=20180130", "mchid"),
            ("?date=20180130&sub_mchid=1", "sp_mchid"),
            ("?date=20180130&mchid=1&sp_mchid=1", "mchid"),
            ("?date=20180130&mchid=1&sub_mchid=1", "mchid"),
            ("?date=2018-01-30&mchid=1", "date"),
            ("?date=20180230&mchid=1", "date"),
            ("?date=+2018013&mchid=1", "date"),
            ("?date=20180130&mchid=a", "mchid"),
        ] {
            let target = Target::parse(&format!("/v3/global/statements{query}")).unwrap();
            let error = StatementRequest::parse(&target).unwrap_err();
            assert_eq!(error.field(), Some(field), "{query}");
        }
        let other = Target::parse("/v3/global/refunds?date=20180130").unwrap();
        assert_eq!(StatementRequest::parse(&other), Ok(None));
    }

    #[test]
    fn a_statement_is_there_from_ten_the_next_morning_in_china() {
        assert_eq!(ready_from(day("2026-01-05")), "2026-01-06T10:00:00+08:00".parse().unwrap());
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in any::<String>(), digits in "[0-9]{8}") {
            let _ = parse_date("date", &text).is_ok();
            if let Ok(day) = parse_date("date", &digits) {
                prop_assert_eq!(date_digits(day), digits);
            }
        }
    }
}
