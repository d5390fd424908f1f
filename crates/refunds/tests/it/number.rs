//! A refund's number, against an adversary: the network loses, delays and doubles, and the platform takes any request at
//! any moment until five minutes after its signature.

use std::sync::LazyLock;

use jiff::Timestamp;
use proptest::prelude::*;
use refunds::outcome::{QueryOutcome, Refusal, Standing, SubmitOutcome};
use refunds::refund::{State, Withdrawal};
use refunds::step::Event;

use crate::sample::{House, noon, queued, receipt, report, seconds};

static HOUSE: LazyLock<House> = LazyLock::new(House::new);

/// What the adversary does next.
#[derive(Debug, Clone)]
enum Move {
    Pass(i64),
    /// Let the attempt with this index be accepted, if it still can be.
    Accept(usize),
    /// Deliver an answer to the attempt with this index.
    Answer(usize, Answer),
    Ask,
    AskUnclear,
    Release,
    Withdraw,
    Crash,
    Notify,
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Unclear,
    SlowDown,
    NotEnough,
    Refused,
    /// Whatever is true.
    True,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let answer = prop_oneof![
        Just(Answer::Unclear),
        Just(Answer::SlowDown),
        Just(Answer::NotEnough),
        Just(Answer::Refused),
        Just(Answer::True)
    ];
    let one = prop_oneof![
        3 => (0i64..400).prop_map(Move::Pass),
        2 => (0usize..4).prop_map(Move::Accept),
        6 => ((0usize..4), answer).prop_map(|(attempt, answer)| Move::Answer(attempt, answer)),
        4 => Just(Move::Ask),
        1 => Just(Move::AskUnclear),
        6 => Just(Move::Release),
        1 => Just(Move::Withdraw),
        1 => Just(Move::Crash),
        1 => Just(Move::Notify),
    ];
    proptest::collection::vec(one, 1..80)
}

/// One attempt as the platform sees it.
#[derive(Debug)]
struct Sent {
    signed_at: Timestamp,
    /// It was refused, and will not be taken any more.
    refused: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_number_is_given_up_only_when_nothing_was_and_nothing_can_be_paid_under_it(moves in moves()) {
        let house = &*HOUSE;
        let original = queued();
        let mut refund = original.clone();
        let mut now = noon();
        let mut sent: Vec<Sent> = vec![];
        let mut accepted = false;
        let can_be_taken = |sent: &Sent, now: Timestamp| {
            !sent.refused && now.duration_since(sent.signed_at) <= seconds(300)
        };
        for next in moves {
            let before = refund.clone();
            let event = match next {
                Move::Pass(duration) => {
                    now += seconds(duration);
                    continue;
                }
                Move::Accept(attempt) => {
                    accepted |= sent.get(attempt).is_some_and(|sent| can_be_taken(sent, now));
                    continue;
                }
                Move::Answer(attempt, answer) => {
                    let Some(request) = sent.get_mut(attempt) else { continue };
                    let outcome = match answer {
                        Answer::Unclear => SubmitOutcome::Unclear,
                        Answer::SlowDown => SubmitOutcome::SlowDown,
                        // The platform answers the truth: what it refuses it has not taken and will not take.
                        Answer::True | Answer::NotEnough | Answer::Refused if accepted => {
                            SubmitOutcome::Accepted(receipt())
                        }
                        Answer::True => continue,
                        Answer::NotEnough => {
                            request.refused = true;
                            SubmitOutcome::NotEnough
                        }
                        Answer::Refused => {
                            request.refused = true;
                            SubmitOutcome::Refused(Refusal { code: "x".into(), message: String::new() })
                        }
                    };
                    Event::Answered { attempt: u32::try_from(attempt).unwrap() + 1, outcome }
                }
                Move::Ask if accepted => {
                    Event::Asked { asked_at: now, outcome: QueryOutcome::Found(report(Standing::Processing)) }
                }
                Move::Ask => Event::Asked { asked_at: now, outcome: QueryOutcome::Absent },
                Move::AskUnclear => Event::Asked { asked_at: now, outcome: QueryOutcome::Unclear },
                Move::Release => Event::Released { signed_at: now },
                Move::Withdraw => Event::Withdrawn(Withdrawal::Tenant),
                Move::Crash => Event::Orphaned,
                Move::Notify => Event::AskNow,
            };
            let released = matches!(event, Event::Released { .. });
            refund = house.after(&refund, event, now);
            if released && refund.attempts.count > before.attempts.count {
                sent.push(Sent { signed_at: now, refused: false });
            }
            prop_assert_eq!(&refund.upstream_no, &original.upstream_no);
            prop_assert_eq!(&refund.request, &original.request);
            prop_assert!(refund.version == before.version + u64::from(refund != before));
            prop_assert!(refund.attempts.count >= before.attempts.count);
            if matches!(refund.state, State::Rejected(_) | State::Cancelled(_)) && !before.is_final() {
                prop_assert!(!accepted, "given up although the platform had taken it");
                let open = sent.iter().find(|sent| can_be_taken(sent, now));
                prop_assert!(open.is_none(), "given up although {open:?} could still be taken");
            }
        }
    }
}
