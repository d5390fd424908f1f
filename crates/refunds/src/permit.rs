//! What may be asked of a refund now.
//!
//! A pure look at the refund: whoever asks learns at once whether it can still do anything. The owner decides again when it
//! takes the command up, because the refund may have moved in between; see [`step`](crate::step).

use jiff::Timestamp;

use crate::batch::MerchantState;
use crate::intake::Command;
use crate::refund::{Refund, State, Toward, Why};

/// Whether a command may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It will do something.
    Granted,
    /// It was given before, or what it asks for is happening.
    Already,
    /// It cannot do anything any more: WeChat Pay took the refund, or it has ended.
    NotAnyMore,
    /// A limit stands in the way until then.
    NotBefore(Timestamp),
    /// The merchant id is paused, or halted because of its set-up.
    NotWhile(Why),
    /// Nobody knows whether WeChat Pay took the last attempt: only asking can tell, and the same number goes again by itself.
    AskFirst,
    /// Nothing was ever sent, so there is nothing to ask about.
    NothingSent,
}

/// Whether `command` may be given for `refund` at `now`.
pub fn permit(refund: &Refund, command: Command, merchant: &MerchantState, now: Timestamp) -> Permit {
    match command {
        Command::Cancel(_) => may_cancel(refund),
        Command::Retry => may_retry(refund, merchant, now),
        Command::Check => may_check(refund, now),
        Command::Settle => may_settle(refund),
    }
}

/// Withdrawing is possible as long as WeChat Pay has not taken the refund, as far as anybody knows.
fn may_cancel(refund: &Refund) -> Permit {
    match &refund.state {
        State::Queued | State::Waiting { .. } | State::Submitting { .. } | State::Unclear { .. } => {
            Permit::Granted
        }
        State::Withdrawing { toward: Toward::Cancelled(_), .. } | State::Cancelled(_) => Permit::Already,
        State::Withdrawing { toward: Toward::Rejected(_), .. }
        | State::Processing(_)
        | State::Abnormal(_)
        | State::Succeeded { .. }
        | State::Closed(_)
        | State::Rejected(_) => Permit::NotAnyMore,
    }
}

/// Planning anew passes no limit: neither the minute between refunds of one order nor a rate, a pause or a halt.
fn may_retry(refund: &Refund, merchant: &MerchantState, now: Timestamp) -> Permit {
    match &refund.state {
        State::Queued | State::Waiting { .. } if merchant.paused => Permit::NotWhile(Why::Paused),
        State::Queued | State::Waiting { .. } if merchant.halt.is_some() => Permit::NotWhile(Why::Halt),
        State::Queued | State::Waiting { .. } if merchant.is_to_be_checked() => {
            Permit::NotWhile(Why::Restored)
        }
        State::Waiting { why: Why::Spacing | Why::Rate, not_before: Some(at), .. } if *at > now => {
            Permit::NotBefore(*at)
        }
        State::Waiting { not_before: Some(_), .. } => Permit::Granted,
        State::Queued | State::Waiting { not_before: None, .. } | State::Submitting { .. } => Permit::Already,
        State::Unclear { .. } => Permit::AskFirst,
        State::Withdrawing { .. }
        | State::Processing(_)
        | State::Abnormal(_)
        | State::Succeeded { .. }
        | State::Closed(_)
        | State::Rejected(_)
        | State::Cancelled(_) => Permit::NotAnyMore,
    }
}

/// Asking changes nothing at WeChat Pay, so it is possible whenever something may be there, even after the end.
fn may_check(refund: &Refund, now: Timestamp) -> Permit {
    if refund.is_to_be_asked_about(now) {
        return Permit::Already;
    }
    let was_sent = !refund.was_never_sent() || refund.acceptance().is_some();
    match &refund.state {
        // Begun elsewhere: sent by another system, if not by us.
        State::Unclear { .. } | State::Withdrawing { .. } => Permit::Granted,
        State::Queued
        | State::Waiting { .. }
        | State::Submitting { .. }
        | State::Processing(_)
        | State::Abnormal(_)
        | State::Succeeded { .. }
        | State::Closed(_)
        | State::Rejected(_)
        | State::Cancelled(_) => {
            if was_sent {
                Permit::Granted
            } else {
                Permit::NothingSent
            }
        }
    }
}

/// A person can close nothing but what only a person can pay.
fn may_settle(refund: &Refund) -> Permit {
    match (refund.is_to_be_settled(), refund.is_back_at_shop()) {
        (true, _) => Permit::Granted,
        (false, true) => Permit::Already,
        (false, false) => Permit::NotAnyMore,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use wechatpay::ids::{Mchid, OutRefundNo, RefundId};
    use wechatpay::money::{Currency, Money};
    use wechatpay::wire::Wire;

    use super::*;
    use crate::batch::Halt;
    use crate::key::{Identity, OrderKey, RefundKey, UpstreamNo};
    use crate::need::{Need, NeedSource};
    use crate::outcome::{Fault, Refusal};
    use crate::refund::{Acceptance, Attempts, Attention, Reason, RequestBytes, Withdrawal};

    const CANCEL: Command = Command::Cancel(Withdrawal::Tenant);

    fn now() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn refund(state: State, attempts: u32) -> Refund {
        let mchid = Mchid::parse("19").unwrap();
        let number = OutRefundNo::parse("R1").unwrap();
        Refund {
            key: RefundKey::new(&mchid, "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap(),
            identity: Identity { mchid: mchid.clone(), sub_mchid: None, out_refund_no: number.clone() },
            upstream_no: UpstreamNo::adopted(number),
            order: OrderKey::new(&mchid, "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap(),
            amount: Money::fen(100),
            pool: Currency::CNY,
            need: Need { low: 100, best: 100, high: 100, source: NeedSource::Exact },
            deadline: None,
            created_at: now(),
            request: RequestBytes::new(Wire::V3, b"{}"),
            attempts: Attempts { count: attempts, ..Attempts::default() },
            state,
            ask_at: None,
            asked_in_vain: 0,
            attention: None,
            result_at: None,
            promise: None,
            version: 1,
        }
    }

    fn waiting(why: Why, seconds: Option<i64>) -> State {
        let not_before = seconds.map(|seconds| now() + SignedDuration::from_secs(seconds));
        State::Waiting { why, since: now(), not_before }
    }

    fn acceptance() -> Acceptance {
        Acceptance { refund_id: RefundId::parse("50").unwrap(), at: now(), payer_refund: None }
    }

    fn refusal() -> Refusal {
        Refusal { code: "order_not_found".into(), message: String::new() }
    }

    #[test]
    fn every_state_says_what_may_be_asked_of_it() {
        use Permit::{Already, AskFirst, Granted, NotAnyMore, NotBefore, NothingSent};
        let in_a_minute = now() + SignedDuration::from_secs(60);
        let withdrawn = Withdrawal::Tenant;
        let withdrawing = |toward| State::Withdrawing { toward, since: now() };
        // State, attempts, then what cancel, retry and check may do.
        for (state, attempts, cancel, retry, check) in [
            (State::Queued, 0, Granted, Already, NothingSent),
            (waiting(Why::Plan, Some(60)), 0, Granted, Granted, NothingSent),
            (waiting(Why::Funds, Some(60)), 1, Granted, Granted, Granted),
            (waiting(Why::Funds, None), 1, Granted, Already, Granted),
            (waiting(Why::Spacing, Some(60)), 0, Granted, NotBefore(in_a_minute), NothingSent),
            (waiting(Why::Rate, Some(60)), 1, Granted, NotBefore(in_a_minute), Granted),
            (waiting(Why::Spacing, Some(-1)), 0, Granted, Granted, NothingSent),
            (State::Submitting { unclear_since: None, resent: 0 }, 1, Granted, Already, Granted),
            (State::Unclear { since: now(), resent: 0, resend_at: None }, 0, Granted, AskFirst, Granted),
            (withdrawing(Toward::Cancelled(withdrawn)), 1, Already, NotAnyMore, Granted),
            (withdrawing(Toward::Rejected(refusal())), 1, NotAnyMore, NotAnyMore, Granted),
            (State::Processing(acceptance()), 1, NotAnyMore, NotAnyMore, Granted),
            (State::Abnormal(acceptance()), 1, NotAnyMore, NotAnyMore, Granted),
            (
                State::Succeeded { acceptance: acceptance(), at: None, received_in: None },
                1,
                NotAnyMore,
                NotAnyMore,
                Granted,
            ),
            (State::Closed(acceptance()), 1, NotAnyMore, NotAnyMore, Granted),
            (State::Rejected(refusal()), 1, NotAnyMore, NotAnyMore, Granted),
            (State::Rejected(refusal()), 0, NotAnyMore, NotAnyMore, NothingSent),
            (State::Cancelled(withdrawn), 0, Already, NotAnyMore, NothingSent),
        ] {
            let refund = refund(state, attempts);
            let asked = [CANCEL, Command::Retry, Command::Check]
                .map(|wish| permit(&refund, wish, &MerchantState::default(), now()));
            assert_eq!(asked, [cancel, retry, check], "{:?} after {attempts}", refund.state);
        }
    }

    #[test]
    fn a_pause_or_a_halt_keeps_refunds_from_being_planned_and_from_nothing_else() {
        let refund = refund(waiting(Why::Funds, Some(60)), 1);
        let halt = Halt { fault: Fault::Certificate, since: now() };
        for (merchant, why) in [
            (MerchantState { paused: true, halt: None, ..MerchantState::default() }, Why::Paused),
            (MerchantState { paused: false, halt: Some(halt), ..MerchantState::default() }, Why::Halt),
        ] {
            assert_eq!(permit(&refund, Command::Retry, &merchant, now()), Permit::NotWhile(why));
            assert_eq!(permit(&refund, CANCEL, &merchant, now()), Permit::Granted);
            assert_eq!(permit(&refund, Command::Check, &merchant, now()), Permit::Granted);
        }
    }

    #[test]
    fn what_went_to_the_merchants_own_account_is_settled_once_and_nothing_else_is() {
        let succeeded = |account: &str, attention| {
            let received_in = Some(account.to_owned());
            let state = State::Succeeded { acceptance: acceptance(), at: None, received_in };
            Refund { attention, ..refund(state, 1) }
        };
        let attention = |reason| Some(Attention { reason, since: now() });
        for (refund, expected) in [
            (succeeded("商户基本账户", attention(Reason::BackAtShop)), Permit::Granted),
            (succeeded("商户基本账户", attention(Reason::LateNews)), Permit::Granted),
            (succeeded("商户基本账户", None), Permit::Already),
            (succeeded("支付用户零钱", attention(Reason::LateNews)), Permit::NotAnyMore),
            (refund(State::Abnormal(acceptance()), 1), Permit::NotAnyMore),
            (refund(State::Queued, 0), Permit::NotAnyMore),
        ] {
            let found = permit(&refund, Command::Settle, &MerchantState::default(), now());
            assert_eq!(found, expected, "{:?} {:?}", refund.state, refund.attention);
        }
    }

    #[test]
    fn what_is_being_asked_about_is_not_asked_about_twice() {
        let refund = Refund { ask_at: Some(now()), ..refund(State::Processing(acceptance()), 1) };
        assert_eq!(permit(&refund, Command::Check, &MerchantState::default(), now()), Permit::Already);
    }
}
