//! What happens next to a refund by itself, and when.

use jiff::Timestamp;
use refunds::pool::explain::NextAttempt;
use refunds::refund::{Refund, State};

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextAction {
    /// What.
    pub what: What,
    /// When; none if as soon as possible, or when something happens that nobody can date.
    pub at: Option<Timestamp>,
}

/// What can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is sent to WeChat Pay, with its number.
    Submit,
    /// The same bytes go again.
    SubmitAgain,
    /// WeChat Pay is asked about it, or its answer is awaited.
    Ask,
    /// It is withdrawn, or its withdrawal is proven.
    Withdraw,
}

impl What {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            What::Submit => "submit",
            What::SubmitAgain => "submit_again",
            What::Ask => "ask",
            What::Withdraw => "withdraw",
        }
    }
}

/// What happens next to `refund`, as far as is stored with it; none if nothing does by itself.
pub fn next_action(refund: &Refund, now: Timestamp) -> Option<NextAction> {
    next_as_planned(refund, None, now)
}

/// The same, where the planner may know better than what is stored when the refund is tried next: what is stored after NOT ENOUGH
/// is when it is looked at again in any case.
pub fn next_as_planned(refund: &Refund, planned: Option<NextAttempt>, now: Timestamp) -> Option<NextAction> {
    let later = |at: Option<Timestamp>| at.filter(|at| *at > now);
    let action = |what, at| Some(NextAction { what, at: later(at) });
    let own = match &refund.state {
        State::Queued => action(What::Submit, None),
        State::Waiting { not_before, .. } => match planned {
            None => action(What::Submit, *not_before),
            Some(NextAttempt::WhenItFits) => action(What::Submit, None),
            Some(NextAttempt::At(at)) => action(What::Submit, Some(at)),
        },
        State::Submitting { .. } => action(What::Ask, None),
        State::Unclear { resend_at: Some(at), .. } => action(What::SubmitAgain, Some(*at)),
        State::Unclear { resend_at: None, .. } => action(What::Ask, refund.ask_at),
        State::Withdrawing { .. } => action(What::Withdraw, refund.ask_at),
        State::Processing(_)
        | State::Abnormal(_)
        | State::Succeeded { .. }
        | State::Closed(_)
        | State::Rejected(_)
        | State::Cancelled(_) => refund.ask_at.and_then(|at| action(What::Ask, Some(at))),
    };
    let deadline = refund.deadline.filter(|_| refund.is_withdrawable());
    match (own, deadline) {
        (Some(NextAction { at: Some(at), .. }), Some(deadline)) if deadline <= at => {
            action(What::Withdraw, Some(deadline))
        }
        (own, _) => own,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use refunds::refund::Why;

    use super::super::specimen::{acceptance, now, refund, refusal, states, waiting};
    use super::*;

    fn in_an_hour() -> Timestamp {
        now() + SignedDuration::from_hours(1)
    }

    #[test]
    fn every_state_says_what_happens_next() {
        // State, when it is asked about, what happens next and when.
        let asked = Some(in_an_hour());
        let [queued, waiting_for_funds, submitting, unclear, cancelling, refusing, ended @ ..] = states();
        let resending = State::Unclear { since: now(), resent: 0, resend_at: Some(in_an_hour()) };
        for (state, ask_at, expected) in [
            (queued, None, Some((What::Submit, None))),
            (waiting_for_funds, None, Some((What::Submit, Some(in_an_hour())))),
            (waiting(Why::Plan, None), None, Some((What::Submit, None))),
            (submitting, None, Some((What::Ask, None))),
            (unclear.clone(), Some(now()), Some((What::Ask, None))),
            (unclear, asked, Some((What::Ask, asked))),
            (resending, None, Some((What::SubmitAgain, asked))),
            (cancelling, asked, Some((What::Withdraw, asked))),
            (refusing, None, Some((What::Withdraw, None))),
            (State::Processing(acceptance()), asked, Some((What::Ask, asked))),
            (State::Processing(acceptance()), None, None),
            (State::Rejected(refusal()), asked, Some((What::Ask, asked))),
        ] {
            let refund = Refund { ask_at, ..refund(state, 1) };
            let next = next_action(&refund, now()).map(|next| (next.what, next.at));
            assert_eq!(next, expected, "{:?}", refund.state);
        }
        for state in ended {
            assert_eq!(next_action(&refund(state, 1), now()), None);
        }
    }

    #[test]
    fn a_deadline_that_comes_first_is_what_happens_next() {
        let deadline = now() + SignedDuration::from_mins(5);
        let waiting =
            Refund { deadline: Some(deadline), ..refund(waiting(Why::Funds, Some(in_an_hour())), 1) };
        let next = next_action(&waiting, now()).unwrap();
        assert_eq!((next.what, next.at), (What::Withdraw, Some(deadline)));
        let taken = Refund { state: State::Processing(acceptance()), ask_at: Some(in_an_hour()), ..waiting };
        assert_eq!(next_action(&taken, now()).unwrap().what, What::Ask);
    }

    #[test]
    fn the_planners_time_takes_the_place_of_the_stored_one() {
        let stored = refund(waiting(Why::Funds, Some(in_an_hour())), 1);
        let noon = in_an_hour() + SignedDuration::from_hours(1);
        for (planned, expected) in [
            (None, Some(in_an_hour())),
            (Some(NextAttempt::WhenItFits), None),
            (Some(NextAttempt::At(noon)), Some(noon)),
            (Some(NextAttempt::At(now())), None),
        ] {
            let next = next_as_planned(&stored, planned, now()).unwrap();
            assert_eq!((next.what, next.at), (What::Submit, expected), "{planned:?}");
        }
        let asked = Refund { state: State::Unclear { since: now(), resent: 0, resend_at: None }, ..stored };
        let next = next_as_planned(&asked, Some(NextAttempt::At(noon)), now()).unwrap();
        assert_eq!(next.what, What::Ask);
    }
}
