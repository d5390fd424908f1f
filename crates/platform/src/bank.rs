//! Banks: how long a refund takes and how it ends.
//!
//! Balances take up to 20 minutes and usually one; most banks take hours; slow local ones take up to five business
//! days. Source: [refund-logic], asynchronous results.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::ids::BankType;

use crate::chance::{Chance, WHOLE_PPM};
use crate::refund::Channel;
use crate::settings::{Fate, Settings};

/// How fast an instrument takes money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// A balance or Mini Fund: under 20 minutes, usually under one.
    Balance,
    /// A bank that needs minutes to hours, always under 24 hours.
    QuickCard,
    /// A bank that needs one to five business days.
    SlowCard,
}

/// How an accepted refund ends, unless somebody interferes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The money arrives.
    Arrives(Channel),
    /// The bank returns it.
    ComesBack,
    /// The platform closes the refund.
    IsClosed,
}

/// How fast the refund named `id` to `bank_type` will be.
///
/// `OTHERS` may be anything: 8 of 10 are balances, the rest cards. Of the cards of banks that are not listed as slow,
/// 1 in 100 is slow all the same, so that 99 % end within 24 hours.
pub fn speed(bank_type: &BankType, settings: &Settings, chance: &Chance, id: &str) -> Speed {
    let card = || {
        if chance.happens(10_000, "slow card", id, 0) { Speed::SlowCard } else { Speed::QuickCard }
    };
    match bank_type.as_str() {
        "CFT" => Speed::Balance,
        "OTHERS" if chance.happens(800_000, "balance", id, 0) => Speed::Balance,
        _ if settings.slow_banks.contains(bank_type) => Speed::SlowCard,
        _ => card(),
    }
}

/// When a refund accepted at `accepted_at` ends.
pub fn arrival(
    speed: Speed,
    accepted_at: Timestamp,
    settings: &Settings,
    chance: &Chance,
    id: &str,
) -> Timestamp {
    let within = |limit: u64, n: u64| i64::try_from(chance.below(limit, "delay", id, n)).unwrap_or(0);
    match speed {
        // Nine of ten are there when asked after a minute; all are when asked after twenty.
        Speed::Balance if chance.happens(900_000, "within a minute", id, 0) => {
            accepted_at + SignedDuration::from_millis(5_000 + within(50_000, 0))
        }
        Speed::Balance => accepted_at + SignedDuration::from_secs(60 + within(1_080, 0)),
        // The product of two even draws: most within some hours, the last short of a day.
        Speed::QuickCard => {
            let longest_s = 23 * 3600;
            let product = i128::from(within(1000, 0)) * i128::from(within(1000, 1)) * longest_s;
            let seconds = i64::try_from(product / 1_000_000).unwrap_or(0);
            accepted_at + SignedDuration::from_secs(5 * 60 + seconds)
        }
        Speed::SlowCard => {
            let days = u32::try_from(1 + within(5, 0)).unwrap_or(1);
            let calendar = settings.payout_calendar.calendar();
            let day = calendar.nth_business_day_after(ChinaDay::of(accepted_at), days);
            day.start() + SignedDuration::from_secs(9 * 3600 + within(9 * 3600, 1))
        }
    }
}

/// How a refund at this speed ends by the shares of the settings.
pub fn outcome(speed: Speed, settings: &Settings, chance: &Chance, id: &str) -> Outcome {
    let drawn = chance.below(u64::from(WHOLE_PPM), "outcome", id, 0);
    let card = speed != Speed::Balance;
    let mut upto = u64::from(settings.closed_ppm);
    if drawn < upto {
        return Outcome::IsClosed;
    }
    upto += if card { u64::from(settings.abnormal_ppm) } else { 0 };
    if drawn < upto {
        return Outcome::ComesBack;
    }
    upto += if card { u64::from(settings.other_balance_ppm) } else { 0 };
    Outcome::Arrives(if drawn < upto { Channel::OtherBalance } else { Channel::Original })
}

/// The outcome a rule asks for, or `None` if it asks for no acceptance at all.
pub fn forced(fate: Fate) -> Option<Outcome> {
    match fate {
        Fate::Success => Some(Outcome::Arrives(Channel::Original)),
        Fate::Abnormal => Some(Outcome::ComesBack),
        Fate::Closed => Some(Outcome::IsClosed),
        Fate::AccountClosed => None,
    }
}

/// What a payer pays with, where nobody said: balances mostly, then the cards of large banks.
pub fn drawn_instrument(chance: &Chance, id: &str) -> BankType {
    let name = match chance.below(100, "instrument", id, 0) {
        0..60 => "OTHERS",
        60..70 => "CMB_CREDIT",
        70..80 => "ICBC_DEBIT",
        80..90 => "CCB_DEBIT",
        90..96 => "BOC_CREDIT",
        _ => "ABC_DEBIT",
    };
    BankType::parse(name).unwrap_or_else(|error| unreachable!("the names above are bank types: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(bank_type: &str, accepted: &str, n: u64) -> (f64, ChinaDay) {
        let (settings, chance) = (Settings::default(), Chance::new(11));
        let (bank_type, id) = (BankType::parse(bank_type).unwrap(), format!("R{n}"));
        let accepted_at: Timestamp = accepted.parse().unwrap();
        let speed = speed(&bank_type, &settings, &chance, &id);
        let at = arrival(speed, accepted_at, &settings, &chance, &id);
        assert!(at > accepted_at);
        (at.duration_since(accepted_at).as_secs_f64() / 3600.0, ChinaDay::of(at))
    }

    #[test]
    fn a_balance_has_the_money_within_twenty_minutes_and_mostly_within_one() {
        let times: Vec<f64> = (0..1000).map(|n| hours("CFT", "2026-11-21T08:00:00Z", n).0).collect();
        assert!(times.iter().all(|&time| time < 20.0 / 60.0));
        let in_a_minute = times.iter().filter(|&&time| time < 1.0 / 60.0).count();
        assert!((850..950).contains(&in_a_minute), "{in_a_minute}");
    }

    #[test]
    fn ninety_nine_of_a_hundred_end_within_a_day_and_all_by_the_fifth_business_day() {
        for bank_type in ["CMB_CREDIT", "OTHERS"] {
            let ends: Vec<_> = (0..4000).map(|n| hours(bank_type, "2026-02-13T08:00:00Z", n)).collect();
            let within_a_day = ends.iter().filter(|(time, _)| *time < 24.0).count();
            assert!(within_a_day >= 3_930, "{within_a_day}");
            let last = ends.iter().map(|(_, day)| *day).max().unwrap();
            assert!(last.to_string().as_str() <= "2026-03-02" && last.to_string().as_str() >= "2026-02-24");
        }
    }

    #[test]
    fn others_is_a_balance_in_eight_of_ten() {
        let (settings, chance) = (Settings::default(), Chance::new(11));
        let others = BankType::parse("OTHERS").unwrap();
        let balances = (0..10_000)
            .filter(|n| speed(&others, &settings, &chance, &format!("R{n}")) == Speed::Balance)
            .count();
        assert!((7_850..8_150).contains(&balances), "{balances}");
    }

    #[test]
    fn every_drawn_instrument_is_a_bank_type() {
        let drawn: std::collections::BTreeSet<_> =
            (0..1000).map(|n| drawn_instrument(&Chance::new(n), "x")).collect();
        assert_eq!(drawn.len(), 6);
    }

    #[test]
    fn slow_local_banks_take_business_days() {
        assert!((0..200).all(|n| hours("GXNX_DEBIT", "2026-11-20T08:00:00Z", n).0 > 24.0));
    }
}
