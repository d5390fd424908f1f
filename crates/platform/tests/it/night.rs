//! The night: the pool empties every day, and the bank sees money on business days.

use jiff::civil::time;
use platform::pool::PoolModel;
use platform::settings::FeeMode;
use wechatpay::china::ChinaDay;
use wechatpay::money::{Currency, Money};

use crate::stage::{Stage, at, usd};

#[test]
fn the_whole_pool_is_exchanged_at_midnight_and_never_comes_back() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", usd(10_000));
    stage.pays("O2", usd(5_000));
    stage.refunds("R1", "O2", 5_000, usd(5_000)).unwrap();
    stage.at("2026-11-20 23:59:59");
    let open = stage.refundable();
    assert!(open > 0);
    stage.at("2026-11-21 00:00");
    assert_eq!(stage.refundable(), 0);
    let day = ChinaDay::of(at("2026-11-20 09:00"));
    let exchange = stage.pool().day(day).unwrap().exchange.clone().unwrap();
    // At each payment's own rate: what was priced in dollars comes back to the cent.
    assert_eq!((exchange.cny_fen, exchange.worth.proceeds), (open, 10_000));
    assert_eq!(stage.pool().settlement(), usd(10_000));
    stage.is_sound();
}

#[test]
fn over_spring_festival_every_day_is_exchanged_and_nothing_is_paid_out() {
    let mut stage = Stage::new("2026-02-12 09:00");
    for day in 12..=27 {
        stage.at(&format!("2026-02-{day} 12:00")).pays(&format!("O{day}"), usd(50_000));
    }
    stage.at("2026-03-03 12:00");
    let pool = stage.pool();
    assert!(pool.days().all(|(_, book)| book.exchange.is_some()));
    let calendar = wechatpay::calendar::Calendar::bundled();
    let days: Vec<String> = pool.payouts().iter().map(|payout| ChinaDay::of(payout.at).to_string()).collect();
    for (payout, day) in pool.payouts().iter().zip(&days) {
        assert!(calendar.is_certain_business_day(ChinaDay::of(payout.at)), "{day}");
        assert!(payout.amount.minor() >= 80_000, "{day}");
    }
    // 500 dollars a day reach 800 on the 14th, a make-up Saturday before the holidays; the bank opens on the 24th.
    assert_eq!(days.first().map(String::as_str), Some("2026-02-24"));
    assert_eq!(pool.payouts()[0].amount, usd(12 * 50_000));
    let total: i64 = pool.payouts().iter().map(|payout| payout.amount.minor()).sum();
    assert_eq!(total + pool.settlement().minor(), 16 * 50_000);
    stage.is_sound();
}

#[test]
fn below_800_dollars_the_settlement_pool_waits_and_grows() {
    let mut stage = Stage::new("2026-11-16 09:00"); // a Monday
    stage.pays("O1", usd(79_999));
    stage.at("2026-11-17 09:00").pays("O2", usd(1));
    assert_eq!(stage.pool().payouts().len(), 0);
    stage.at("2026-11-18 09:00");
    assert_eq!(stage.pool().payouts()[0].amount, usd(80_000));
    assert_eq!(stage.pool().settlement(), usd(0));
    stage.is_sound();
}

#[test]
fn a_late_lock_keeps_yesterdays_money_refundable_only_if_the_world_says_so() {
    for (keeps, refundable) in [(false, 300), (true, 1_300)] {
        let mut stage = Stage::with("2026-11-20 09:00", |s| {
            s.lock_time = time(5, 0, 0, 0);
            s.late_lock_keeps_refundable = keeps;
        });
        stage.pays("OLD", Money::fen(1_000));
        stage.at("2026-11-21 03:00").pays("NEW", Money::fen(300));
        assert_eq!(stage.refundable(), refundable);
        let refunded = stage.refunds("R1", "OLD", 1_000, Money::fen(1_000)).is_ok();
        assert_eq!(refunded, keeps);
        stage.after_s(60);
        stage.refunds("R2", "NEW", 300, Money::fen(300)).unwrap();
        stage.at("2026-11-21 05:00");
        assert_eq!(stage.refundable(), 0);
        stage.is_sound();
    }
}

#[test]
fn a_refund_can_take_the_rest_of_yesterday_and_a_part_of_today() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| {
        s.lock_time = time(5, 0, 0, 0);
        s.late_lock_keeps_refundable = true;
    });
    stage.pays("OLD", Money::fen(1_000));
    stage.refunds("R0", "OLD", 600, Money::fen(1_000)).unwrap();
    stage.at("2026-11-21 03:00").pays("NEW", Money::fen(500));
    stage.refunds("R1", "NEW", 500, Money::fen(500)).unwrap();
    assert_eq!(stage.refundable(), 400);
    let audit = stage.platform.audit();
    assert_eq!((audit.refunds[1].acceptances, audit.refunds[1].money_moved_fen), (1, 500));
    stage.at("2026-11-22 12:00");
    stage.is_sound();
}

#[test]
fn a_withheld_fee_makes_the_only_payment_of_the_day_not_fully_refundable() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| {
        s.fee_rate_ppm = 6_000;
        s.fee_mode = FeeMode::WithheldAtPayment;
    });
    stage.pays("O1", Money::fen(10_000));
    assert_eq!(stage.refundable(), 9_940);
    assert!(stage.refunds("R1", "O1", 10_000, Money::fen(10_000)).is_err());
    stage.pays("O2", Money::fen(10_000));
    stage.refunds("R1", "O1", 10_000, Money::fen(10_000)).unwrap();
    stage.after_s(1200);
    assert_eq!(stage.refundable(), 9_940, "its fee came back when it succeeded");
    stage.at("2026-11-21 00:00");
    stage.is_sound();
}

#[test]
fn the_fee_on_the_days_net_is_taken_at_settlement() {
    let mut stage = Stage::with("2026-11-20 09:00", |s| s.fee_rate_ppm = 6_000);
    stage.pays("O1", usd(10_000));
    stage.pays("O2", usd(5_000));
    stage.refunds("R1", "O2", 5_000, usd(5_000)).unwrap();
    stage.at("2026-11-21 00:00");
    assert_eq!(stage.pool().settlement(), usd(10_000 - 60));
    stage.is_sound();
}

#[test]
fn refunds_at_a_better_rate_than_the_days_payments_can_leave_the_settlement_pool_below_zero() {
    let mut stage = Stage::new("2026-11-20 12:00");
    let first = ChinaDay::of(at("2026-11-20 12:00"));
    for n in 1..40 {
        stage.pays(&format!("OLD{n}"), usd(20_000));
    }
    let mut lowest = 0;
    for n in 1..40 {
        stage.at(&format!("{} 12:00", first.plus_days(n))).pays(&format!("NEW{n}"), usd(10_000));
        // As many dollars at the first day's rate as today's CNY can pay for.
        let covers = |stage: &mut Stage, dollars: i64| {
            stage.after_s(1).refunds(&format!("R{n}"), &format!("OLD{n}"), dollars, usd(20_000)).is_ok()
        };
        assert!((9_900..=10_100).rev().step_by(5).any(|dollars| covers(&mut stage, dollars)));
        lowest = lowest.min(stage.pool().settlement().minor());
    }
    // CNY covered every refund; in dollars a day fell short by the difference of the rates, and the pool carried it.
    assert!(lowest < 0, "{lowest}");
    stage.is_sound();
}

#[test]
fn nobodys_pool_is_kept_by_days_in_the_mainland() {
    let mut stage = Stage::new("2026-11-20 09:00").at_merchant("1900000003");
    stage.pays("O1", Money::fen(100));
    assert_eq!(stage.pool().cny_model(), PoolModel::Balance);
    assert_eq!(stage.pool().settlement(), Money::new(0, Currency::CNY));
}
