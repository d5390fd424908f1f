//! Refunds: what is taken, what is refused, and what becomes of what was taken.

use platform::order::{OrderRef, TradeState, Wallet};
use platform::refund::RefundRefusal::{
    AmountNotPositive, AmountOverRest, CurrencyDiffers, FrequencyLimited, NotAMember, NotEnough,
    NumberUsedWithOtherParameters, OrderNotFound, OrderNotPaid, PayerAccountAbnormal, SourceNotEnabled,
    TooManyPartialRefunds, TooOld, TooSoonAfterAnother, TotalDiffers,
};
use platform::refund::{Channel, FundSource, Limit, RefundState, RefundStatus, Remedy};
use platform::settings::{Fate, FateRule};
use wechatpay::ids::{OutRefundNo, SubMchid};
use wechatpay::money::{Currency, Money};

use crate::refused;
use crate::stage::{Stage, order_no, usd};

fn every_refund(fate: Fate, after_s: u32) -> Vec<FateRule> {
    let (mchid, bank_type, amount_minor) = (None, None, None);
    vec![FateRule { mchid, bank_type, amount_minor, share_ppm: 1_000_000, fate, after_s: Some(after_s) }]
}

#[test]
fn a_refund_of_an_old_order_is_paid_from_todays_payments_or_not_at_all() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("OLD", Money::fen(10_000));
    stage.at("2026-11-21 03:00");
    refused!(stage.refunds("R1", "OLD", 10_000, Money::fen(10_000)), NotEnough { .. });
    stage.at("2026-11-21 10:00").pays("NEW", Money::fen(9_999));
    refused!(stage.refunds("R1", "OLD", 10_000, Money::fen(10_000)), NotEnough { .. });
    stage.at("2026-11-21 10:01").pays("NEWER", Money::fen(1));
    assert_eq!(
        stage.refunds("R1", "OLD", 10_000, Money::fen(10_000)).unwrap().part.payer,
        Money::fen(10_000)
    );
    assert_eq!(stage.refundable(), 0);
    stage.is_sound();
}

#[test]
fn not_enough_leaves_no_trace_and_the_same_number_is_accepted_later() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("OLD", Money::fen(500));
    stage.at("2026-11-21 09:00").pays("NEW", Money::fen(400));
    let before = stage.pool().ledger().journal().len();
    refused!(stage.refunds("R1", "OLD", 500, Money::fen(500)), NotEnough { .. });
    assert_eq!((stage.pool().ledger().journal().len(), stage.refundable()), (before, 400));
    let number = OutRefundNo::parse("R1").unwrap();
    let (now, mchid, sub) = (stage.now, stage.mchid.clone(), stage.sub.clone());
    assert!(stage.platform.refund_by_number(now, &mchid, sub.as_ref(), &number).is_err());
    // Nothing was accepted, so the number may even stand for something else now.
    stage.refunds("R1", "OLD", 400, Money::fen(500)).unwrap();
    stage.is_sound();
}

#[test]
fn one_number_is_refunded_once_however_often_it_is_sent() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(1_000));
    let first = stage.refunds("R1", "O1", 600, Money::fen(1_000)).unwrap();
    for days in ["2026-11-20 09:00:01", "2026-11-20 23:00", "2026-11-22 01:00", "2028-01-01 00:00"] {
        let again = stage.at(days).refunds("R1", "O1", 600, Money::fen(1_000)).unwrap();
        assert_eq!(again.refund_id, first.refund_id);
    }
    let audit = stage.platform.audit();
    let [row] = &audit.refunds[..] else { panic!("one number") };
    assert_eq!((row.requests, row.acceptances, row.amount_fen, row.money_moved_fen), (5, 1, 600, 600));
    assert_eq!(row.status, Some(RefundStatus::Success));
    stage.is_sound();
}

#[test]
fn an_accepted_number_with_other_parameters_is_refused_and_says_what_differs() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(1_000));
    stage.pays("O2", Money::fen(1_000));
    let sent = stage.request("R1", "O1", 600, Money::fen(1_000));
    stage.submits(&sent).unwrap();
    let other_sub = SubMchid::parse("1900000102").unwrap();
    let cases = [
        ("amount.refund", {
            let mut r = sent.clone();
            r.refund_minor = 601;
            r
        }),
        ("amount.total", {
            let mut r = sent.clone();
            r.total_minor = 999;
            r
        }),
        ("amount.currency", {
            let mut r = sent.clone();
            r.currency = Currency::USD;
            r
        }),
        ("order", {
            let mut r = sent.clone();
            r.order = order_no("O2");
            r
        }),
        ("source", {
            let mut r = sent.clone();
            r.source = FundSource::Recharge;
            r
        }),
        ("sub_mchid", {
            let mut r = sent.clone();
            r.sub_mchid = Some(other_sub);
            r
        }),
    ];
    for (differs, request) in cases {
        match stage.after_s(1).submits(&request) {
            Err(NumberUsedWithOtherParameters { field, .. }) => assert_eq!(field, differs),
            other => panic!("{differs}: {other:?}"),
        }
    }
    let mut same = sent.clone();
    same.order = OrderRef::TransactionId(
        stage.platform.orders().iter().next().unwrap().1.payment().unwrap().transaction_id.clone(),
    );
    same.reason = Some("another text".to_owned());
    stage.submits(&same).unwrap();
    stage.is_sound();
}

#[test]
fn what_does_not_fit_the_order_is_refused() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(1_000));
    let unpaid = stage.new_order("UNPAID", Money::fen(1_000));
    stage.platform.place_order(stage.now, unpaid).unwrap();
    let cny = Money::fen(1_000);
    refused!(stage.after_s(1).refunds("R1", "NONE", 1, cny), OrderNotFound);
    refused!(stage.after_s(1).refunds("R1", "UNPAID", 1, cny), OrderNotPaid { state: TradeState::Notpay });
    refused!(stage.after_s(1).refunds("R1", "O1", 1, Money::fen(999)), TotalDiffers { .. });
    refused!(stage.after_s(1).refunds("R1", "O1", 1, usd(1_000)), CurrencyDiffers { .. });
    refused!(stage.after_s(1).refunds("R1", "O1", 0, cny), AmountNotPositive);
    refused!(stage.after_s(1).refunds("R1", "O1", 1_001, cny), AmountOverRest { .. });
    let mut recharge = stage.request("R1", "O1", 1, cny);
    recharge.source = FundSource::Recharge;
    refused!(stage.after_s(1).submits(&recharge), SourceNotEnabled);
    let mut nobody = stage.request("R1", "O1", 1, cny);
    nobody.sub_mchid = None;
    refused!(stage.after_s(1).submits(&nobody), NotAMember(_));
    nobody.sub_mchid = SubMchid::parse("1900000102").ok();
    refused!(stage.after_s(1).submits(&nobody), OrderNotFound);
    assert_eq!(stage.refundable(), 1_000);
    stage.is_sound();
}

#[test]
fn partial_refunds_never_pass_the_order_and_there_are_fifty_at_most() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(1_000));
    for n in 0..50 {
        stage.after_s(60).refunds(&format!("R{n}"), "O1", 10, Money::fen(1_000)).unwrap();
    }
    refused!(
        stage.after_s(60).refunds("R50", "O1", 10, Money::fen(1_000)),
        TooManyPartialRefunds { limit: 50 }
    );
    stage.pays("O2", Money::fen(1_000));
    stage.refunds("S1", "O2", 700, Money::fen(1_000)).unwrap();
    match stage.after_s(60).refunds("S2", "O2", 301, Money::fen(1_000)) {
        Err(AmountOverRest { rest }) => assert_eq!(rest, Money::fen(300)),
        other => panic!("{other:?}"),
    }
    stage.refunds("S2", "O2", 300, Money::fen(1_000)).unwrap();
    stage.is_sound();
}

#[test]
fn a_minute_lies_between_different_refunds_of_one_order_but_not_between_repeats() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("OLD", Money::fen(1_000));
    stage.at("2026-11-21 09:00");
    refused!(stage.refunds("R1", "OLD", 500, Money::fen(1_000)), NotEnough { .. });
    refused!(stage.after_s(1).refunds("R1", "OLD", 500, Money::fen(1_000)), NotEnough { .. });
    refused!(stage.after_s(59).refunds("R2", "OLD", 500, Money::fen(1_000)), TooSoonAfterAnother { .. });
    stage.pays("NEW", Money::fen(1_000));
    stage.after_s(1).refunds("R2", "OLD", 500, Money::fen(1_000)).unwrap();
    refused!(stage.after_s(30).refunds("R1", "OLD", 500, Money::fen(1_000)), TooSoonAfterAnother { .. });
    stage.refunds("R2", "OLD", 500, Money::fen(1_000)).unwrap();
    stage.after_s(30).refunds("R1", "OLD", 500, Money::fen(1_000)).unwrap();
    stage.is_sound();
}

#[test]
fn an_order_can_be_refunded_for_365_days() {
    let mut stage = Stage::new("2025-11-20 09:00");
    stage.pays("O1", Money::fen(1_000));
    stage.at("2026-11-20 09:00").pays("NEW", Money::fen(1_000));
    stage.refunds("R1", "O1", 1, Money::fen(1_000)).unwrap();
    refused!(
        stage.at("2026-11-20 09:02").refunds("R2", "O1", 1, Money::fen(1_000)),
        TooOld { limit_days: 365 }
    );
    stage.refunds("R1", "O1", 1, Money::fen(1_000)).unwrap();
}

#[test]
fn six_refusals_a_second_shut_the_door_for_that_merchant_alone() {
    let mut stage = Stage::new("2026-11-20 09:00");
    for _ in 0..6 {
        refused!(stage.refunds("R1", "NONE", 1, Money::fen(1)), OrderNotFound);
    }
    refused!(stage.refunds("R1", "NONE", 1, Money::fen(1)), FrequencyLimited { limit: Limit::Refused });
    refused!(stage.after_s(1).refunds("R1", "NONE", 1, Money::fen(1)), OrderNotFound);
    let mut other = stage.at_merchant("1900000002");
    refused!(other.refunds("R1", "NONE", 1, Money::fen(1)), OrderNotFound);
}

#[test]
fn old_orders_have_a_limit_of_their_own() {
    let mut stage = Stage::with("2026-10-01 09:00", |s| s.limits.old_orders_per_minute = 2);
    stage.pays("OLD", Money::fen(1_000));
    stage.at("2026-11-20 09:00").pays("NEW", Money::fen(1_000));
    stage.refunds("R1", "OLD", 1, Money::fen(1_000)).unwrap();
    stage.after_s(1).refunds("R1", "OLD", 1, Money::fen(1_000)).unwrap();
    refused!(stage.refunds("R1", "OLD", 1, Money::fen(1_000)), FrequencyLimited { limit: Limit::OldOrders });
    stage.refunds("R2", "NEW", 1, Money::fen(1_000)).unwrap();
}

#[test]
fn partial_refunds_of_a_foreign_price_are_rounded_so_that_the_last_one_clears_the_order() {
    let mut stage = Stage::new("2026-11-20 09:00");
    let order = stage.pays("O1", usd(1_000));
    let paid = stage.platform.orders().at(order).payment().unwrap().payer;
    let mut back = 0;
    for n in 0..3 {
        let minor = if n == 2 { 334 } else { 333 };
        back +=
            stage.after_s(60).refunds(&format!("R{n}"), "O1", minor, usd(1_000)).unwrap().part.payer.minor();
    }
    assert_eq!(back, paid.minor());
    assert_eq!(stage.refundable(), 0);
    stage.is_sound();
}

#[test]
fn a_balance_has_the_money_within_twenty_minutes() {
    let mut stage = Stage::new("2026-11-20 09:00");
    for n in 0..50 {
        stage.pays(&format!("O{n}"), Money::fen(100));
        stage.refunds(&format!("R{n}"), &format!("O{n}"), 100, Money::fen(100)).unwrap();
    }
    stage.after_s(60);
    let soon = (0..50).filter(|n| stage.status(&format!("R{n}")) == RefundStatus::Success).count();
    assert!(soon >= 35, "{soon}");
    stage.after_s(19 * 60);
    assert!((0..50).all(|n| stage.status(&format!("R{n}")) == RefundStatus::Success));
    stage.is_sound();
}

#[test]
fn a_closed_refunds_money_enters_the_pool_of_the_day_on_which_it_was_closed() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| s.fates = every_refund(Fate::Closed, 86_400));
    stage.pays("O1", Money::fen(1_000));
    stage.refunds("R1", "O1", 1_000, Money::fen(1_000)).unwrap();
    assert_eq!((stage.refundable(), stage.status("R1")), (0, RefundStatus::Processing));
    stage.at("2026-11-21 09:00");
    assert_eq!((stage.refundable(), stage.status("R1")), (1_000, RefundStatus::Closed));
    // Its number is used up; the order's amount is free again.
    assert_eq!(stage.refunds("R1", "O1", 1_000, Money::fen(1_000)).unwrap().status(), RefundStatus::Closed);
    stage.refunds("R2", "O1", 1_000, Money::fen(1_000)).unwrap();
    stage.is_sound();
}

#[test]
fn an_abnormal_refund_keeps_its_money_on_the_way_until_somebody_decides() {
    for (remedy, channel, bank) in [
        (Remedy::PayersCard, Channel::OtherBankcard, 0),
        (Remedy::MerchantsBank, Channel::MerchantsBank, 1_000),
    ] {
        let mut stage = Stage::with("2026-11-20 09:00", |s| s.fates = every_refund(Fate::Abnormal, 60));
        stage.pays("O1", Money::fen(1_000));
        stage.refunds("R1", "O1", 1_000, Money::fen(1_000)).unwrap();
        stage.at("2026-12-20 09:00");
        assert_eq!(stage.status("R1"), RefundStatus::Abnormal);
        assert_eq!(stage.pool().on_the_way(Currency::CNY), Money::fen(1_000));
        let (index, now) = (stage.index("R1"), stage.now);
        assert!(stage.platform.remedy(now, index, remedy));
        assert!(!stage.platform.remedy(now, index, remedy), "decided once");
        let state = &stage.platform.refunds().at(index).state;
        assert_eq!(*state, RefundState::Success { at: now, channel });
        let account = platform::ledger::Account::Bank(Currency::CNY);
        assert_eq!(stage.pool().ledger().balance(account), bank);
        stage.is_sound();
    }
}

#[test]
fn an_abnormal_refund_that_is_closed_by_hand_returns_to_the_pool() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| s.fates = every_refund(Fate::Abnormal, 60));
    stage.pays("O1", Money::fen(1_000));
    stage.refunds("R1", "O1", 1_000, Money::fen(1_000)).unwrap();
    stage.at("2026-12-20 09:00");
    let (index, now) = (stage.index("R1"), stage.now);
    assert!(stage.platform.remedy(now, index, Remedy::Close));
    assert_eq!((stage.refundable(), stage.status("R1")), (1_000, RefundStatus::Closed));
    assert!(!stage.platform.remedy(now, index, Remedy::PayersCard), "decided once");
    stage.is_sound();
}

#[test]
fn a_closed_account_is_refused_for_good() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| s.fates = every_refund(Fate::AccountClosed, 0));
    stage.pays("O1", Money::fen(1_000));
    refused!(stage.refunds("R1", "O1", 1_000, Money::fen(1_000)), PayerAccountAbnormal);
    stage.is_sound();
}

#[test]
fn the_noon_batch_holds_refunds_of_earlier_days_until_noon() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| s.noon_batch = true);
    stage.pays("OLD", Money::fen(1_000));
    stage.at("2026-11-21 09:00").pays("NEW", Money::fen(2_000));
    stage.refunds("R1", "OLD", 1_000, Money::fen(1_000)).unwrap();
    stage.refunds("R2", "NEW", 1_000, Money::fen(2_000)).unwrap();
    stage.at("2026-11-21 11:59:59");
    assert_eq!((stage.status("R1"), stage.status("R2")), (RefundStatus::Processing, RefundStatus::Success));
    stage.at("2026-11-21 12:00");
    assert_eq!(stage.status("R1"), RefundStatus::Success);
}

#[test]
fn hong_kong_wallets_neither_fill_nor_draw_on_the_cny_pool() {
    let mut stage = Stage::new("2026-11-20 09:00").at_merchant("1900000002");
    let price = Money::new(1_000, Currency::HKD);
    stage.pays_by("O1", price, Wallet::HongKong, "OTHERS");
    assert_eq!(stage.refundable(), 0);
    stage.at("2026-11-23 03:00");
    let refund = stage.refunds("R1", "O1", 1_000, price).unwrap();
    assert_eq!(refund.part.payer, price);
    stage.is_sound();
}

#[test]
fn a_mainland_merchants_balance_lasts_over_the_night_and_can_be_topped_up() {
    let mut stage = Stage::new("2026-11-20 09:00").at_merchant("1900000003");
    stage.pays("O1", Money::fen(1_000));
    stage.at("2026-11-25 03:00");
    assert_eq!(stage.refundable(), 1_000);
    let (now, mchid) = (stage.now, stage.mchid.clone());
    stage.platform.withdraw(now, &mchid, None, Money::fen(900)).unwrap();
    assert!(stage.platform.withdraw(now, &mchid, None, Money::fen(101)).is_err());
    refused!(stage.refunds("R1", "O1", 1_000, Money::fen(1_000)), NotEnough { .. });
    stage.platform.top_up(now, &mchid, None, Money::fen(900)).unwrap();
    stage.refunds("R1", "O1", 1_000, Money::fen(1_000)).unwrap();
    stage.is_sound();
    let mut institution = Stage::new("2026-11-20 09:00");
    let (now, mchid) = (institution.now, institution.mchid.clone());
    assert!(
        institution.platform.top_up(now, &mchid, None, Money::fen(1)).is_err(),
        "days cannot be topped up"
    );
}

#[test]
fn a_merchant_sees_the_refunds_of_an_order_page_by_page_and_nobody_elses() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(1_000));
    for n in 0..5 {
        stage.after_s(60).refunds(&format!("R{n}"), "O1", 10, Money::fen(1_000)).unwrap();
    }
    let (now, mchid, sub) = (stage.now, stage.mchid.clone(), stage.sub.clone());
    let order = order_no("O1");
    let (page, all) = stage.platform.refunds_of_order(now, &mchid, sub.as_ref(), &order, 3, 10).unwrap();
    assert_eq!((page.len(), all, page[0].out_refund_no.as_str()), (2, 5, "R3"));
    let id = page[0].refund_id.clone();
    assert_eq!(id.as_str().len(), 29);
    assert!(stage.platform.refund_by_id(now, &mchid, sub.as_ref(), &id).is_ok());
    let other = SubMchid::parse("1900000102").ok();
    assert!(stage.platform.refund_by_id(now, &mchid, other.as_ref(), &id).is_err());
    assert!(stage.platform.refunds_of_order(now, &mchid, other.as_ref(), &order, 0, 10).is_err());
}

#[test]
fn sub_merchants_share_their_institutions_pool_unless_the_world_says_otherwise() {
    use platform::settings::PoolScope;
    for (scope, accepted) in [(PoolScope::Institution, true), (PoolScope::SubMerchant, false)] {
        let mut stage = Stage::with("2026-11-20 09:00", |s| s.pool_scope = scope);
        stage.pays("OLD", Money::fen(1_000));
        stage.at("2026-11-21 09:00");
        let first = std::mem::replace(&mut stage.sub, SubMchid::parse("1900000102").ok());
        stage.pays("NEIGHBOURS", Money::fen(1_000));
        stage.sub = first;
        assert_eq!(stage.refunds("R1", "OLD", 1_000, Money::fen(1_000)).is_ok(), accepted);
        stage.is_sound();
    }
}
