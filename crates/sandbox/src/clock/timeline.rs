//! When a virtual clock may move, and where to.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// Something that is due already, although all have reported that nothing is in flight, is waited for by this much:
/// else two that wait for each other would keep the clock at one instant for ever.
const SHORTEST_MOVE: SignedDuration = SignedDuration::from_millis(1);

/// A participant's number; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParticipantId(u64);

impl ParticipantId {
    /// The number written in `text`, if it is one.
    pub fn parse(text: &str) -> Option<ParticipantId> {
        text.parse().ok().map(ParticipantId)
    }

    /// The number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A program that lives in the clock's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// What people call it.
    pub name: String,
    /// Its last report.
    pub report: Option<Report>,
    /// It let the clock wait for too long, and is waited for no more until it reports again.
    pub is_silent: bool,
}

/// "Nothing of mine is in flight."
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The step it has seen and is done with.
    pub step: u64,
    /// When it wants to act next; `None`: it only reacts.
    pub next_due: Option<Timestamp>,
}

/// An instant of the clock, with its number. The same instant can have several steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Counts up by one; never back, even when a snapshot is restored.
    pub step: u64,
    /// The instant.
    pub now: Timestamp,
}

/// What the clock does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Nothing: somebody has not reported yet.
    Wait,
    /// Nothing: it is there.
    Arrived,
    /// It goes to this instant, which is later than now and not beyond the target.
    To(Timestamp),
}

/// Why a report is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Nobody has this number.
    #[error("no participant has the id {id}; register by POST /control/clock/participants")]
    Unknown {
        /// The number.
        id: ParticipantId,
    },
    /// A step that was not announced.
    #[error("step {reported} was not announced yet; the clock is at step {current}")]
    NotYet {
        /// The step reported.
        reported: u64,
        /// The clock's.
        current: u64,
    },
}

/// A virtual clock's instant, and what everybody has said about it.
#[derive(Debug, Clone)]
pub struct Timeline {
    at: Step,
    participants: BTreeMap<ParticipantId, Participant>,
    registered: u64,
}

impl Timeline {
    /// A clock that stands at `now`, with nobody taking part.
    pub fn new(now: Timestamp) -> Timeline {
        Timeline { at: Step { step: 1, now }, participants: BTreeMap::new(), registered: 0 }
    }

    /// The present step.
    pub fn at(&self) -> Step {
        self.at
    }

    /// Who takes part.
    pub fn participants(&self) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        self.participants.iter().map(|(id, participant)| (*id, participant))
    }

    /// Somebody takes part from now on, in the place of whoever had the same name: a program that was killed and started
    /// again is waited for once. With a `next_due` this is its report for the present step; without, the clock waits for
    /// its first one.
    pub fn register(&mut self, name: String, next_due: Option<Timestamp>) -> ParticipantId {
        self.participants.retain(|_, participant| participant.name != name);
        self.registered += 1;
        let id = ParticipantId(self.registered);
        let report = next_due.map(|next_due| Report { step: self.at.step, next_due: Some(next_due) });
        self.participants.insert(id, Participant { name, report, is_silent: false });
        id
    }

    /// Takes a report. A later one replaces an earlier one; one about a step that is over counts as a sign of life,
    /// and the clock still waits for the one about the present step.
    pub fn report(&mut self, id: ParticipantId, report: Report) -> Result<(), ReportError> {
        let current = self.at.step;
        let participant = self.participants.get_mut(&id).ok_or(ReportError::Unknown { id })?;
        if report.step > current {
            return Err(ReportError::NotYet { reported: report.step, current });
        }
        participant.report = Some(report);
        participant.is_silent = false;
        Ok(())
    }

    /// Somebody leaves. `false` if nobody has this number.
    pub fn leave(&mut self, id: ParticipantId) -> bool {
        self.participants.remove(&id).is_some()
    }

    /// Those the clock waits for.
    pub fn awaited(&self) -> impl Iterator<Item = &str> {
        let step = self.at.step;
        self.participants
            .values()
            .filter(move |participant| !participant.is_silent && participant.done_with(step).is_none())
            .map(|participant| participant.name.as_str())
    }

    /// Those it waits for have been silent for too long. Gives their names.
    pub fn give_up_waiting(&mut self) -> Vec<String> {
        let names = self.awaited().map(str::to_owned).collect();
        let step = self.at.step;
        for participant in self.participants.values_mut() {
            participant.is_silent |= participant.done_with(step).is_none();
        }
        names
    }

    /// What the clock does on its way to `target`, when the sandbox's own next event is at `own`.
    pub fn decide(&self, own: Option<Timestamp>, target: Timestamp) -> Move {
        if self.awaited().next().is_some() {
            return Move::Wait;
        }
        if self.at.now >= target {
            return Move::Arrived;
        }
        let dues = self
            .participants
            .values()
            .filter_map(|participant| participant.done_with(self.at.step)?.next_due);
        let soonest = self.at.now + SHORTEST_MOVE;
        let next = dues.chain(own).min().map_or(target, |due| due.max(soonest).min(target));
        Move::To(next)
    }

    /// Goes to `instant`, or stays if that is not later: in any case a new step, about which all must report.
    pub fn go(&mut self, instant: Timestamp) {
        self.at = Step { step: self.at.step + 1, now: self.at.now.max(instant) };
    }

    /// Begins again at `instant`, earlier or later, because another world was put in the place of this one.
    pub fn begin_again(&mut self, instant: Timestamp) {
        self.at = Step { step: self.at.step + 1, now: instant };
    }
}

impl Participant {
    /// Its report, if it is about `step`.
    fn done_with(&self, step: u64) -> Option<&Report> {
        self.report.as_ref().filter(|report| report.step == step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds after the beginning.
    fn s(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn the_clock_goes_to_the_earliest_of_own_event_participants_and_target() {
        // Own next event, the participants' next due, target, and what it does from 100 s.
        type Row = (Option<i64>, &'static [Option<i64>], i64, Move);
        let table: &[Row] = &[
            (None, &[], 160, Move::To(s(160))),
            (Some(130), &[], 160, Move::To(s(130))),
            (Some(190), &[], 160, Move::To(s(160))),
            (None, &[Some(140)], 160, Move::To(s(140))),
            (Some(130), &[Some(140), Some(120)], 160, Move::To(s(120))),
            (Some(110), &[Some(140), None], 160, Move::To(s(110))),
            (None, &[None, None], 160, Move::To(s(160))),
            (Some(160), &[Some(160)], 160, Move::To(s(160))),
            // What is due already moves it by a little, so that it never stands for ever.
            (Some(90), &[], 160, Move::To(s(100) + SHORTEST_MOVE)),
            (None, &[Some(100)], 160, Move::To(s(100) + SHORTEST_MOVE)),
            (Some(100), &[], 100, Move::Arrived),
            (None, &[Some(100)], 100, Move::Arrived),
            (None, &[], 90, Move::Arrived),
        ];
        for (own, dues, target, expected) in table {
            let mut timeline = Timeline::new(s(100));
            for (n, due) in dues.iter().enumerate() {
                let id = timeline.register(format!("participant {n}"), None);
                timeline.report(id, Report { step: 1, next_due: due.map(s) }).unwrap();
            }
            assert_eq!(timeline.decide(own.map(s), s(*target)), *expected, "{own:?} {dues:?} {target}");
        }
    }

    #[test]
    fn it_waits_for_everyone_at_every_step() {
        let mut timeline = Timeline::new(s(0));
        let gateway = timeline.register("gateway".to_owned(), None);
        let till = timeline.register("till".to_owned(), Some(s(5)));
        assert_eq!(timeline.awaited().collect::<Vec<_>>(), ["gateway"]);
        assert_eq!(timeline.decide(None, s(60)), Move::Wait);
        timeline.report(gateway, Report { step: 1, next_due: Some(s(7)) }).unwrap();
        assert_eq!(timeline.decide(None, s(60)), Move::To(s(5)));
        timeline.go(s(5));
        assert_eq!(timeline.at(), Step { step: 2, now: s(5) });
        assert_eq!(timeline.awaited().count(), 2);
        timeline.report(till, Report { step: 2, next_due: None }).unwrap();
        // An old report is a sign of life, no more.
        timeline.report(gateway, Report { step: 1, next_due: Some(s(6)) }).unwrap();
        assert_eq!(timeline.decide(None, s(60)), Move::Wait);
        timeline.report(gateway, Report { step: 2, next_due: Some(s(7)) }).unwrap();
        assert_eq!(timeline.decide(None, s(60)), Move::To(s(7)));
        // A new step at the same instant asks everyone again.
        timeline.go(s(1));
        assert_eq!(timeline.at(), Step { step: 3, now: s(5) });
        assert_eq!(timeline.decide(None, s(60)), Move::Wait);
    }

    #[test]
    fn the_silent_are_named_once_and_waited_for_again_when_they_speak() {
        let mut timeline = Timeline::new(s(0));
        let gateway = timeline.register("gateway".to_owned(), None);
        assert_eq!(timeline.give_up_waiting(), ["gateway"]);
        assert_eq!(timeline.decide(None, s(60)), Move::To(s(60)));
        timeline.go(s(60));
        assert!(timeline.give_up_waiting().is_empty());
        timeline.report(gateway, Report { step: 1, next_due: None }).unwrap();
        assert_eq!(timeline.decide(None, s(90)), Move::Wait);
        assert!(timeline.leave(gateway) && !timeline.leave(gateway));
        assert_eq!(timeline.decide(None, s(90)), Move::To(s(90)));
    }

    #[test]
    fn a_program_that_is_started_again_takes_its_own_place() {
        let mut timeline = Timeline::new(s(0));
        let killed = timeline.register("gateway".to_owned(), None);
        let again = timeline.register("gateway".to_owned(), Some(s(7)));
        assert_ne!(killed, again);
        assert_eq!(timeline.participants().count(), 1);
        assert_eq!(timeline.decide(None, s(60)), Move::To(s(7)));
    }

    #[test]
    fn a_report_from_nobody_or_from_the_future_is_not_taken() {
        let mut timeline = Timeline::new(s(0));
        let report = Report { step: 2, next_due: None };
        let stranger = ParticipantId(9);
        assert_eq!(timeline.report(stranger, report), Err(ReportError::Unknown { id: stranger }));
        let id = timeline.register("gateway".to_owned(), None);
        assert_eq!(timeline.report(id, report), Err(ReportError::NotYet { reported: 2, current: 1 }));
    }
}
