//! The double-entry books: what moves money, what never does, and that they add up whatever happens in whatever order.

use jiff::SignedDuration;
use proptest::prelude::*;
use refunds::order::{Posted, Source};
use refunds::outcome::{QueryOutcome, Receipt, Refusal, Report, Standing, SubmitOutcome};
use refunds::pool::ledger::{
    Account, Counted, Ledger, LedgerDay, Movement, Posting, Postings, Violation, days_of, difference,
    of_change, of_posted, of_refund,
};
use refunds::pool::reconciliation::{Reconciliation, Sums};
use refunds::refund::{Refund, Withdrawal};
use refunds::step::Event;
use wechatpay::china::ChinaDay;
use wechatpay::money::{Currency, Money};

use crate::sample::{House, noon, queued, receipt, report};
use crate::script::check;

/// The `n`-th day, from 0.
fn day(n: i32) -> ChinaDay {
    ChinaDay::of(noon()).plus_days(n)
}

fn posting(n: i32, movement: Movement, amount: i64) -> Posting {
    Posting { pool: Currency::CNY, day: day(n), movement, amount }
}

fn found(report: Report) -> Event {
    Event::Asked { asked_at: noon(), outcome: QueryOutcome::Found(report) }
}

fn answered(refund: &Refund, outcome: SubmitOutcome) -> Event {
    Event::Answered { attempt: refund.attempts.count, outcome }
}

#[test]
fn a_payment_a_refund_and_its_result_are_posted_once_each() {
    check(
        "
        at 09:00     reported T1 100.00
        at 09:00     refund R1 80.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     books of day 1 paid 100.00
        at 09:00     answer R1 accepted
        at 09:00     books of day 1 paid 100.00 accepted 80.00
        at 09:00     in transit 80.00
        at 09:01     asked R1
        at 09:01     found R1 processing
        at 09:02     paid T1 100.00            ; the same payment on WeChat Pay's word
        at 09:20     asked R1
        at 09:20     found R1 success
        at 09:20     books of day 1 paid 100.00 accepted 80.00 succeeded 80.00
        at 09:20     in transit 0.00
        ",
    );
}

#[test]
fn an_answer_after_midnight_draws_on_the_new_day_in_books_and_estimate() {
    check(
        "
        at 22:00     paid T1 100.00
        at 23:59:54  refund R1 80.00 of T1 100.00
        at 23:59:54  sent R1
        day 2
        at 00:00:01  answer R1 accepted       ; the first that is heard of the new day
        at 00:00:01  books of day 1 paid 100.00
        at 00:00:01  books of day 2 accepted 80.00
        at 00:01:01  asked R1
        at 00:01:01  found R1 success
        ",
    );
}

#[test]
fn a_refused_attempt_posts_nothing() {
    check(
        "
        at 09:00     paid T1 100.00
        at 09:00     refund R1 80.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:00     books of day 1 paid 100.00
        at 10:00     sent R1
        at 10:00     answer R1 order_not_found
        at 10:00     asked R1
        at 10:00     books of day 1 paid 100.00
        ",
    );
}

#[test]
fn what_is_closed_returns_on_the_day_of_the_news_and_success_after_all_takes_it_back() {
    check(
        "
        at 09:00     paid T1 100.00
        at 09:00     refund R1 80.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01     found R1 abnormal
        at 09:01     in transit 80.00          ; abnormal money stays there
        day 2
        at 09:01     asked R1
        at 09:01     found R1 closed
        at 09:01     books of day 1 paid 100.00 accepted 80.00
        at 09:01     books of day 2 returned 80.00
        at 09:01     in transit 0.00
        day 3
        at 09:00     check R1
        at 09:00     asked R1
        at 09:00     found R1 success
        at 09:00     books of day 1 paid 100.00 accepted 80.00
        at 09:00     books of day 2
        at 09:00     books of day 3 succeeded 80.00
        at 09:00     in transit 0.00
        ",
    );
}

#[test]
fn two_rows_of_one_payment_keep_one_posting() {
    check(
        "
        at 09:00     reported T1 100.00
        at 09:00     reported 4200001 100.00
        at 09:00     books of day 1 paid 200.00
        at 09:00     refund R1 80.00 of 4200001 100.00
        at 09:00     looked up 4200001
        at 09:00     order 4200001 is T1 4200001 100.00
        at 09:00     books of day 1
        at 09:00     books of day -3 paid 100.00 ; a hundred hours ago, on WeChat Pay's word
        at 09:00     sent R1
        ",
    );
}

#[test]
fn who_is_closed_when_first_heard_of_leaves_todays_pool_alone() {
    let house = House::new();
    let released = house.after(&queued(), Event::Released { signed_at: noon() }, noon());
    let unclear = house.after(&released, answered(&released, SubmitOutcome::Unclear), noon());
    let accepted_at = Some(noon() - SignedDuration::from_hours(72));
    let closed = Report { accepted_at, ..report(Standing::Closed) };
    let after = house.after(&unclear, found(closed), noon());
    assert_eq!(
        of_change(&unclear, &after),
        [posting(-3, Movement::Accepted, 100), posting(-3, Movement::Returned, 100)]
    );
}

#[test]
fn what_the_payer_gets_corrects_what_was_posted_and_decides_on_the_pool() {
    let house = House::new();
    let released = house.after(&queued(), Event::Released { signed_at: noon() }, noon());
    let taken = house.after(&released, answered(&released, SubmitOutcome::Accepted(receipt())), noon());
    for (payer, expected) in [
        (Money::fen(97), vec![posting(0, Movement::Accepted, -3), posting(0, Movement::Succeeded, 97)]),
        (Money::new(110, Currency::HKD), {
            let hkd = |movement| Posting { pool: Currency::HKD, amount: 110, ..posting(0, movement, 0) };
            let mut postings = vec![hkd(Movement::Accepted), hkd(Movement::Succeeded)];
            postings.push(posting(0, Movement::Accepted, -100));
            postings.sort();
            postings
        }),
    ] {
        let told = Report { payer_refund: Some(payer), ..report(Standing::Succeeded) };
        let after = house.after(&taken, found(told), noon());
        let mut postings = of_change(&taken, &after);
        postings.sort();
        assert_eq!(postings, expected, "{payer}");
    }
}

#[test]
fn the_night_exchanges_the_whole_of_a_day_and_later_news_moves_what_was_exchanged() {
    let mut ledger = Ledger::begin(day(0));
    ledger.post(&posting(0, Movement::Paid, 1_000));
    ledger.post(&posting(0, Movement::Accepted, 300));
    let held = |ledger: &Ledger, accounts: &[Account]| -> Vec<i64> {
        accounts.iter().map(|account| ledger.balance(*account)).collect()
    };
    let accounts = [Account::Payers, Account::Open(day(0)), Account::Exchanged(day(0)), Account::Transit];
    assert_eq!(held(&ledger, &accounts), [-1_000, 700, 0, 300]);
    ledger.turn_to(day(1));
    assert_eq!(held(&ledger, &accounts), [-1_000, 0, 700, 300]);
    ledger.post(&posting(0, Movement::Accepted, 50));
    ledger.post(&posting(0, Movement::Paid, 20));
    ledger.post(&posting(1, Movement::Returned, 300));
    assert_eq!(held(&ledger, &accounts), [-1_020, 0, 670, 50]);
    assert_eq!(ledger.balance(Account::Open(day(1))), 300);
    assert_eq!(ledger.check(Counted { accepted: 350, in_transit: 50 }), Ok(()));
}

#[test]
fn no_movement_touches_what_was_open_of_a_past_day() {
    for movement in [Movement::Paid, Movement::Accepted, Movement::Succeeded, Movement::Returned] {
        for (n, is_over) in [(-1, true), (0, false), (1, false)] {
            let (from, to) = posting(n, movement, 1).accounts(day(0));
            let touches = [from, to].contains(&Account::Open(day(n)));
            assert!(!(touches && is_over), "{movement:?} on {n}");
        }
    }
}

#[test]
fn a_day_may_be_below_zero_until_its_statement_tells_of_payments_that_we_had_not_seen() {
    let books = LedgerDay { accepted: 300, ..LedgerDay::empty(Currency::CNY, day(0)) };
    let counted = Counted { accepted: 300, in_transit: 300 };
    let stated = |paid, refunded| Reconciliation {
        day: day(0),
        stated: Sums { paid, refunded },
        ours: Sums::of(Some(&books)),
    };
    let mut ledger = Ledger::of([books], day(1));
    assert_eq!(ledger.balance(Account::Exchanged(day(0))), -300);
    assert_eq!(ledger.check(counted), Ok(()), "nothing is known of what was paid");
    ledger.reconcile(&stated(1_000, 420));
    assert_eq!(ledger.balance(Account::Exchanged(day(0))), 580);
    assert_eq!((ledger.balance(Account::Payers), ledger.balance(Account::Elsewhere)), (-1_000, 120));
    assert_eq!(ledger.check(counted), Ok(()));
    ledger.reconcile(&stated(9_000, 420));
    assert_eq!(ledger.balance(Account::Exchanged(day(0))), 580, "a day is reconciled once");
    let mut lacking = Ledger::of([books], day(1));
    lacking.reconcile(&stated(200, 0));
    assert_eq!(lacking.check(counted), Err(Violation::BelowZero { day: day(0), left: -100 }));
}

#[test]
fn books_that_do_not_say_what_the_refunds_say_are_found() {
    let books =
        LedgerDay { paid: 500, accepted: 300, succeeded: 100, ..LedgerDay::empty(Currency::CNY, day(0)) };
    let ledger = Ledger::of([books], day(0));
    for (accepted, in_transit, expected) in [
        (300, 200, Ok(())),
        (300, 300, Err(Violation::TransitDiffers { held: 200, counted: 300 })),
        (150, 200, Err(Violation::AcceptedDiffers { posted: 300, counted: 150 })),
    ] {
        assert_eq!(ledger.check(Counted { accepted, in_transit }), expected);
    }
}

#[test]
fn a_correction_of_a_payment_moves_it_to_where_it_belongs() {
    let posted = |n, fen| {
        let (day, amount, source) = (day(n), Money::fen(fen), Source::Platform);
        of_posted(Posted { day, amount, source, counted: fen })
    };
    assert_eq!(difference([posted(0, 100)], [posted(0, 100)]), []);
    assert_eq!(difference([posted(0, 100)], [posted(0, 90)]), [posting(0, Movement::Paid, -10)]);
    assert_eq!(
        difference([posted(0, 100)], [posted(1, 100)]),
        [posting(0, Movement::Paid, -100), posting(1, Movement::Paid, 100)]
    );
}

/// What may happen to a refund.
fn event(kind: u8, refund: &Refund) -> Event {
    let told = |standing| Report {
        payer_refund: kind.is_multiple_of(2).then(|| Money::fen(90 + i64::from(kind))),
        ..report(standing)
    };
    let refusal = Refusal { code: "order_not_found".into(), message: String::new() };
    let late = Receipt { accepted_at: Some(noon() - SignedDuration::from_hours(30)), ..receipt() };
    match kind % 13 {
        0 | 1 => Event::Released { signed_at: noon() },
        2 => answered(refund, SubmitOutcome::Accepted(receipt())),
        3 => answered(refund, SubmitOutcome::Accepted(late)),
        4 => answered(refund, SubmitOutcome::NotEnough),
        5 => answered(refund, SubmitOutcome::Unclear),
        6 => answered(refund, SubmitOutcome::Refused(refusal)),
        7 => found(told(Standing::Processing)),
        8 => found(told(Standing::Succeeded)),
        9 => found(told(Standing::Closed)),
        10 => found(told(Standing::Abnormal)),
        11 => Event::Asked { asked_at: noon(), outcome: QueryOutcome::Absent },
        _ => Event::Withdrawn(Withdrawal::Tenant),
    }
}

/// Whether an event can be proof that WeChat Pay took a refund.
fn may_prove(event: &Event) -> bool {
    matches!(
        event,
        Event::Answered { outcome: SubmitOutcome::Accepted(_), .. }
            | Event::Asked { outcome: QueryOutcome::Found(_), .. }
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_always_say_what_the_refunds_say(
        events in prop::collection::vec((0usize..3, any::<u8>(), 0i64..20), 1..60),
    ) {
        let house = House::new();
        let mut refunds = [queued(), queued(), queued()];
        let mut now = noon();
        let mut ledger = Ledger::begin(ChinaDay::of(now));
        let mut all = Postings::default();
        for (which, kind, hours) in events {
            now += SignedDuration::from_hours(hours);
            ledger.turn_to(ChinaDay::of(now));
            let before = refunds[which].clone();
            let event = event(kind, &before);
            let proves = may_prove(&event);
            refunds[which] = house.after(&before, event, now);
            let postings = of_change(&before, &refunds[which]);
            prop_assert!(proves || postings.is_empty(), "I7: {:?}", postings);
            postings.iter().for_each(|posting| ledger.post(posting));
            all.add_all(postings);
            prop_assert_eq!(ledger.check(Counted::of(&refunds, Currency::CNY)), Ok(()));
        }
        let kept = days_of(all.into_sums());
        let counted = days_of(refunds.iter().flat_map(of_refund));
        prop_assert_eq!(&kept, &counted, "the sums follow from the refunds alone");
        let today = ChinaDay::of(now);
        let anew = Ledger::of(kept, today);
        for n in -3..100 {
            for account in [Account::Open(day(n)), Account::Exchanged(day(n)), Account::Transit, Account::Payers] {
                prop_assert_eq!(ledger.balance(account), anew.balance(account), "{}", account);
            }
        }
    }
}
