//! Orders: paying, closing, revoking.

use platform::order::{NewOrder, OrderRefusal, Payer, TradeState, TradeType, Wallet};
use platform::settings::RevokeWindow;
use wechatpay::money::{Currency, Money};

use crate::refused;
use crate::stage::{Stage, order_no, usd};

const BALANCE: Payer = Payer { wallet: Wallet::Mainland, bank_type: None };

impl Stage {
    fn quick_pays(&mut self, number: &str, price: Money) -> TradeState {
        let new = NewOrder { trade_type: TradeType::Micropay, ..self.new_order(number, price) };
        self.platform.quick_pay(self.now, new, BALANCE).unwrap();
        self.trade_state(number)
    }

    fn trade_state(&mut self, number: &str) -> TradeState {
        let (mchid, sub) = (self.mchid.clone(), self.sub.clone());
        self.platform.order(self.now, &mchid, sub.as_ref(), &order_no(number)).unwrap().trade_state()
    }

    fn closes(&mut self, number: &str) -> Result<(), OrderRefusal> {
        let (mchid, sub) = (self.mchid.clone(), self.sub.clone());
        self.platform.close_order(self.now, &mchid, sub.as_ref(), &order_no(number))
    }

    fn revokes(&mut self, number: &str) -> Result<(), OrderRefusal> {
        let (mchid, sub) = (self.mchid.clone(), self.sub.clone());
        self.platform.revoke_order(self.now, &mchid, sub.as_ref(), &order_no(number))
    }
}

#[test]
fn an_order_is_placed_paid_and_shows_refund_after_its_first_refund() {
    let mut stage = Stage::new("2026-11-20 09:00");
    let new = stage.new_order("O1", usd(1_750));
    let order = stage.platform.place_order(stage.now, new.clone()).unwrap();
    assert_eq!(stage.platform.place_order(stage.now, new.clone()), Ok(order), "the same again is the same");
    assert_eq!(stage.trade_state("O1"), TradeState::Notpay);
    stage.platform.pay(stage.now, order, BALANCE).unwrap();
    assert_eq!(stage.trade_state("O1"), TradeState::Success);
    refused!(stage.platform.pay(stage.now, order, BALANCE), OrderRefusal::OrderPaid);
    refused!(stage.platform.place_order(stage.now, new.clone()), OrderRefusal::OrderPaid);
    let other = NewOrder { price: usd(1), ..new };
    refused!(stage.platform.place_order(stage.now, other), OrderRefusal::NumberUsed { .. });
    let payment = stage.platform.orders().at(order).payment().unwrap().clone();
    let id = payment.transaction_id.as_str();
    assert!(id.len() == 28 && id.starts_with("4200000") && id.contains("20261120"), "{id}");
    assert_eq!((payment.payer.currency(), payment.settle), (Currency::CNY, usd(1_750)));
    stage.refunds("R1", "O1", 50, usd(1_750)).unwrap();
    assert_eq!(stage.trade_state("O1"), TradeState::Refund);
    stage.is_sound();
}

#[test]
fn orders_are_priced_in_cny_or_the_settlement_currency() {
    let stage = &mut Stage::new("2026-11-20 09:00");
    for (price, allowed) in [
        (Money::fen(1), true),
        (usd(1), true),
        (Money::new(100, Currency::JPY), false),
        (usd(0), false),
        (usd(-1), false),
        (usd(i64::MAX), false),
    ] {
        let new = NewOrder { out_trade_no: None, ..stage.new_order("X", price) };
        assert_eq!(stage.platform.place_order(stage.now, new).is_ok(), allowed, "{price}");
    }
}

#[test]
fn an_unpaid_order_can_be_closed_after_five_minutes_and_then_not_be_paid() {
    let mut stage = Stage::new("2026-11-20 09:00");
    let new = stage.new_order("O1", usd(1));
    let order = stage.platform.place_order(stage.now, new).unwrap();
    refused!(stage.after_s(299).closes("O1"), OrderRefusal::TooEarly { .. });
    assert_eq!(stage.after_s(1).closes("O1"), Ok(()));
    assert_eq!(stage.closes("O1"), Ok(()));
    assert_eq!(stage.trade_state("O1"), TradeState::Closed);
    refused!(stage.platform.pay(stage.now, order, BALANCE), OrderRefusal::OrderClosed);
    stage.pays("O2", usd(1));
    refused!(stage.after_s(300).closes("O2"), OrderRefusal::OrderPaid);
    refused!(stage.closes("NONE"), OrderRefusal::OrderNotFound);
}

#[test]
fn a_small_quick_payment_succeeds_at_once_and_a_large_one_asks_for_the_password() {
    let mut stage = Stage::new("2026-11-20 09:00");
    assert_eq!(stage.quick_pays("SMALL", Money::fen(299_999)), TradeState::Success);
    assert_eq!(stage.quick_pays("LARGE", Money::fen(300_000)), TradeState::Userpaying);
    assert_eq!(stage.quick_pays("LARGER", Money::fen(300_001)), TradeState::Userpaying);
    let large = stage.platform.orders().iter().nth(1).unwrap().0;
    stage.after_s(44);
    stage.platform.pay(stage.now, large, BALANCE).unwrap();
    stage.after_s(1);
    assert_eq!(stage.trade_state("LARGE"), TradeState::Success);
    assert_eq!(stage.trade_state("LARGER"), TradeState::Revoked, "nobody paid for 45 seconds");
    stage.is_sound();
}

#[test]
fn a_revoked_payment_goes_straight_back_out_of_todays_pool() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.quick_pays("O1", Money::fen(1_000));
    refused!(stage.after_s(14).revokes("O1"), OrderRefusal::TooEarly { .. });
    assert_eq!(stage.after_s(1).revokes("O1"), Ok(()));
    assert_eq!(stage.revokes("O1"), Ok(()), "revoking twice is revoking once");
    assert_eq!((stage.refundable(), stage.trade_state("O1")), (0, TradeState::Revoked));
    assert!(stage.refunds("R1", "O1", 1, Money::fen(1_000)).is_err());
    stage.pays("NATIVE", Money::fen(1_000));
    refused!(stage.after_s(15).revokes("NATIVE"), OrderRefusal::NotQuickPay);
    stage.at("2026-11-22 09:00").is_sound();
}

#[test]
fn a_payment_of_yesterday_is_revoked_only_where_the_window_is_longer() {
    for (window, revoked) in [(RevokeWindow::SameDay, false), (RevokeWindow::Days(7), true)] {
        let mut stage = Stage::with("2026-11-20 09:00", |s| s.revoke_window = window);
        stage.quick_pays("O1", Money::fen(1_000));
        stage.at("2026-11-21 09:00").pays("NEW", Money::fen(1_000));
        assert_eq!(stage.revokes("O1").is_ok(), revoked);
        stage.at("2026-11-22 09:00").is_sound();
    }
}

#[test]
fn a_payment_whose_money_went_elsewhere_cannot_be_revoked() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("OLD", Money::fen(1_000));
    stage.at("2026-11-21 09:00").quick_pays("O1", Money::fen(1_000));
    stage.refunds("R1", "OLD", 1_000, Money::fen(1_000)).unwrap();
    refused!(stage.after_s(15).revokes("O1"), OrderRefusal::NotEnough);
    stage.is_sound();
}
