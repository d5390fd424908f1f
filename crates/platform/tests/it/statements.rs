//! The day's books: the statement of the morning after, and the batches of the payouts.

use jiff::civil::time;
use platform::batch::Batch;
use platform::order::Wallet;
use platform::refund::{RefundStatus, Remedy};
use platform::settings::{Fate, FateRule, FeeMode, PoolScope, RevokeWindow};
use platform::statement::{Event, StatementRefusal};
use wechatpay::china::ChinaDay;
use wechatpay::ids::SubMchid;
use wechatpay::money::{Currency, Money};

use crate::refused;
use crate::stage::{Stage, at, order_no, usd};

fn day(text: &str) -> ChinaDay {
    ChinaDay::from_date(text.parse().unwrap())
}

/// The numbers on a day's statement, signed by what they do to the pool, with the status of refunds.
fn told(stage: &mut Stage, of: &str) -> Result<Vec<String>, StatementRefusal> {
    let (mchid, sub) = (stage.mchid.clone(), stage.sub.clone());
    let entries = stage.platform.statement(stage.now, &mchid, sub.as_ref(), day(of))?;
    let line = |entry: &platform::statement::Entry<'_>| match &entry.event {
        Event::Paid => format!("+{}", entry.order.out_trade_no),
        Event::Refunded { refund, status } => format!("-{} {status:?}", refund.out_refund_no),
        Event::Revoked => format!("-{} revoked", entry.order.out_trade_no),
    };
    Ok(entries.iter().map(line).collect())
}

/// What a day's statement leaves in CNY: payments less refunds and revokes.
fn left(stage: &mut Stage, of: &str) -> i64 {
    let mchid = stage.mchid.clone();
    let entries = stage.platform.statement(stage.now, &mchid, None, day(of)).unwrap();
    let in_cny = |money: Money| if money.currency() == Currency::CNY { money.minor() } else { 0 };
    entries
        .iter()
        .map(|entry| match &entry.event {
            Event::Paid => in_cny(entry.payment.payer),
            Event::Refunded { refund, .. } => -in_cny(refund.part.payer),
            Event::Revoked => -in_cny(entry.payment.payer),
        })
        .sum()
}

#[test]
fn a_statement_is_there_from_ten_the_next_morning_for_180_days_and_of_days_with_trade_alone() {
    let mut stage = Stage::new("2026-01-05 09:00");
    stage.pays("O1", usd(1_000));
    for early in ["2026-01-05 23:00", "2026-01-06 09:30", "2026-01-06 09:59:59"] {
        let Err(StatementRefusal::NotReady { from }) = told(stage.at(early), "2026-01-05") else {
            panic!("{early}")
        };
        assert_eq!(from, at("2026-01-06 10:00"));
    }
    assert_eq!(told(stage.at("2026-01-06 10:00"), "2026-01-05").unwrap(), ["+O1"]);
    refused!(told(&mut stage, "2026-01-04"), StatementRefusal::NoTrade);
    refused!(told(&mut stage, "2026-01-06"), StatementRefusal::NotReady { .. });
    assert!(told(stage.at("2026-07-04 23:59"), "2026-01-05").is_ok());
    refused!(told(stage.at("2026-07-05 00:00"), "2026-01-05"), StatementRefusal::TooOld { kept_days: 180 });
}

#[test]
fn the_hours_of_statements_are_settings() {
    let mut stage = Stage::with("2026-01-05 09:00", |settings| {
        settings.statement_ready = time(12, 30, 0, 0);
        settings.statement_days = 1;
    });
    stage.pays("O1", usd(1_000));
    refused!(told(stage.at("2026-01-06 12:29"), "2026-01-05"), StatementRefusal::NotReady { .. });
    assert!(told(stage.at("2026-01-06 12:30"), "2026-01-05").is_ok());
    refused!(told(stage.at("2026-01-07 00:00"), "2026-01-05"), StatementRefusal::TooOld { .. });
}

#[test]
fn a_refund_is_on_the_statement_of_its_acceptance_as_it_stood_when_that_was_made() {
    let fate = |minor, fate, after_s| FateRule {
        mchid: None,
        bank_type: None,
        amount_minor: Some(minor),
        share_ppm: 1_000_000,
        fate,
        after_s: Some(after_s),
    };
    let hours = 3600;
    let mut stage = Stage::with("2026-01-05 09:00", |settings| {
        settings.fates = vec![
            fate(101, Fate::Success, 60),
            fate(102, Fate::Success, 36 * hours),
            fate(103, Fate::Abnormal, hours),
            fate(104, Fate::Closed, hours),
            fate(105, Fate::Closed, 36 * hours),
        ];
    });
    for (number, minor) in [("1", 101), ("2", 102), ("3", 103), ("4", 104), ("5", 105)] {
        stage.pays(&format!("O{number}"), usd(minor));
        stage.refunds(&format!("R{number}"), &format!("O{number}"), minor, usd(minor)).unwrap();
    }
    stage.refunds("R9", "O9", 1, usd(1)).unwrap_err();
    stage.at("2026-01-06 10:00");
    let expected = [
        "+O1",
        "+O2",
        "+O3",
        "+O4",
        "+O5",
        "-R1 Success",
        "-R2 Processing",
        "-R3 Abnormal",
        "-R4 Closed",
        "-R5 Processing",
    ];
    assert_eq!(told(&mut stage, "2026-01-05").unwrap(), expected);
    let abnormal = stage.index("R3");
    assert!(stage.platform.remedy(stage.now, abnormal, Remedy::PayersCard));
    stage.at("2026-01-20 10:00");
    assert_eq!(stage.status("R2"), RefundStatus::Success);
    assert_eq!(stage.status("R3"), RefundStatus::Success);
    assert_eq!(stage.status("R5"), RefundStatus::Closed);
    assert_eq!(told(&mut stage, "2026-01-05").unwrap(), expected, "what was told is not told otherwise");
    refused!(told(&mut stage, "2026-01-06"), StatementRefusal::NoTrade);
    stage.is_sound();
}

#[test]
fn payments_less_refunds_of_a_statement_are_what_the_night_exchanged() {
    let mut stage = Stage::with("2026-01-05 09:00", |settings| {
        settings.revoke_window = RevokeWindow::Days(7);
    });
    stage.pays("O1", usd(10_000));
    stage.pays_by("O2", usd(5_000), Wallet::HongKong, "CFT");
    stage.refunds("R1", "O1", 3_333, usd(10_000)).unwrap();
    stage.at("2026-01-06 11:00").pays("O3", usd(8_000));
    stage.refunds("R2", "O1", 1_111, usd(10_000)).unwrap();
    stage.refunds("R3", "O2", 5_000, usd(5_000)).unwrap();
    stage.at("2026-01-07 10:00");
    for of in ["2026-01-05", "2026-01-06"] {
        let exchange = stage.pool().day(day(of)).unwrap().exchange.clone().unwrap();
        assert_eq!(left(&mut stage, of), exchange.cny_fen, "{of}");
        assert!(exchange.cny_fen > 0);
    }
    stage.is_sound();
}

#[test]
fn a_revoked_payment_is_told_beside_its_payment() {
    let mut stage = Stage::new("2026-01-05 09:00");
    let new = stage.new_order("O1", usd(500));
    let payer = platform::order::Payer { wallet: Wallet::Mainland, bank_type: None };
    stage.platform.quick_pay(stage.now, new, payer).unwrap();
    stage.pays("O2", usd(700));
    stage.after_s(60);
    let (mchid, sub) = (stage.mchid.clone(), stage.sub.clone());
    stage.platform.revoke_order(stage.now, &mchid, sub.as_ref(), &order_no("O1")).unwrap();
    stage.at("2026-01-06 10:00");
    assert_eq!(told(&mut stage, "2026-01-05").unwrap(), ["+O1", "+O2", "-O1 revoked"]);
    let exchanged = stage.pool().day(day("2026-01-05")).unwrap().exchange.clone().unwrap().cny_fen;
    assert_eq!(left(&mut stage, "2026-01-05"), exchanged);
}

#[test]
fn an_institution_gets_all_its_sub_merchants_or_one_whoever_shares_the_pool() {
    for scope in [PoolScope::Institution, PoolScope::SubMerchant] {
        let mut stage = Stage::with("2026-01-05 09:00", |settings| settings.pool_scope = scope);
        stage.pays("O1", usd(100));
        let (first, second) = (stage.sub.clone(), SubMchid::parse("1900000102").unwrap());
        stage.sub = Some(second.clone());
        stage.after_s(1).pays("O2", usd(100));
        stage.sub = first.clone();
        stage.after_s(1).pays("O3", usd(100));
        stage.at("2026-01-06 10:00");
        assert_eq!(told(&mut stage, "2026-01-05").unwrap(), ["+O1", "+O3"]);
        stage.sub = Some(second);
        assert_eq!(told(&mut stage, "2026-01-05").unwrap(), ["+O2"]);
        stage.sub = None;
        assert_eq!(told(&mut stage, "2026-01-05").unwrap(), ["+O1", "+O2", "+O3"]);
        stage.sub = Some(SubMchid::parse("1900000103").unwrap());
        refused!(told(&mut stage, "2026-01-05"), StatementRefusal::NoTrade);
        stage.sub = Some(SubMchid::parse("1900000999").unwrap());
        refused!(told(&mut stage, "2026-01-05"), StatementRefusal::NotAMember(_));
    }
}

#[test]
fn a_batch_covers_the_days_since_the_payout_before_and_its_sums_hold() {
    // 500 dollars a day: 800 are there after the second night, and a weekend lies behind the second payout.
    for fee_mode in [FeeMode::NetAtSettlement, FeeMode::WithheldAtPayment] {
        let mut stage = Stage::with("2026-11-16 09:00", |settings| {
            settings.fee_rate_ppm = 10_000;
            settings.fee_mode = fee_mode;
        });
        for date in 16..=21 {
            stage.at(&format!("2026-11-{date} 12:00")).pays(&format!("O{date}"), usd(50_000));
            stage.refunds(&format!("R{date}"), &format!("O{date}"), 2_000, usd(50_000)).unwrap();
        }
        stage.at("2026-11-22 10:00");
        let mchid = stage.mchid.clone();
        let batches = stage.platform.settlements(stage.now, &mchid).unwrap();
        let days = |batch: &Batch| (batch.first_day, batch.last_day);
        let spans: Vec<_> = batches.iter().map(days).collect();
        assert_eq!(
            spans,
            [
                (day("2026-11-16"), day("2026-11-17")),
                (day("2026-11-18"), day("2026-11-19")),
                (day("2026-11-20"), day("2026-11-21")),
            ]
        );
        let payouts = stage.pool().payouts().to_vec();
        for (batch, payout) in batches.iter().zip(&payouts) {
            assert_eq!((batch.settled_at, batch.proceeds()), (Some(payout.at), payout.amount.minor()));
        }
        assert_eq!(payouts.len(), 2, "the weekend pays nothing out");
        let waiting = batches.last().unwrap();
        assert_eq!((waiting.settled_at, waiting.proceeds()), (None, stage.pool().settlement().minor()));
        for batch in &batches {
            assert_eq!((batch.payments, batch.refunds, batch.net()), (100_000, 4_000, 96_000));
            assert!(batch.fee > 0);
        }
        stage.is_sound();
    }
}
