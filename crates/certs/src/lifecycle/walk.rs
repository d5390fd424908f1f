//! Ten years of one merchant id: whatever people do and however the clock goes, nothing illegal comes about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::notices::{Occasion, Schedule, due};
use super::policy::{Policy, Profile};
use super::record::{IssuedBy, Record, Validity};
use super::state::{State, next_change, state};
use super::{Action, Effect, Guards, allowed, china, decide};

/// Enough for ten years of steps of half a day.
const STEPS: u32 = 12_000;

/// A number that follows from seed and step alone.
fn draw(seed: u64, step: u32, purpose: u64) -> u64 {
    let mut mixed = seed ^ (u64::from(step) << 32) ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3 {
        mixed ^= mixed >> 31;
        mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    mixed ^ (mixed >> 29)
}

struct World {
    policy: Policy,
    records: Vec<Record>,
    /// Those that died.
    graves: Vec<Record>,
    /// Every state that was come by.
    seen: BTreeSet<State>,
    now: Timestamp,
    /// Keys of what was sent, a set a channel.
    sent: [BTreeSet<String>; 2],
    /// How often each key was told, over both channels.
    told: BTreeMap<String, u32>,
    issued: u32,
}

impl World {
    fn living(&self) -> usize {
        self.records.iter().filter(|record| state(record, &self.policy, self.now).is_living()).count()
    }

    fn serial(&mut self) -> String {
        self.issued += 1;
        format!("{:040X}", self.issued)
    }

    /// Lets time pass, and looks at every edge that it passes.
    fn pass(&mut self, duration: SignedDuration) {
        let later = china::after(self.now, duration);
        for record in &self.records {
            let mut expected = state(record, &self.policy, self.now);
            while let Some((instant, next)) =
                next_change(expected, record, &self.policy).filter(|(at, _)| *at <= later)
            {
                let before = china::after(instant, SignedDuration::from_nanos(-1));
                assert_eq!(state(record, &self.policy, before), expected, "before {instant}: {record:?}");
                assert_eq!(state(record, &self.policy, instant), next, "at {instant}: {record:?}");
                expected = next;
            }
            if expected != State::Requested || later <= record.validity.not_after {
                assert_eq!(state(record, &self.policy, later), expected, "no state is skipped: {record:?}");
            }
        }
        self.now = later;
    }

    /// Asks on both channels, and keeps what was sent.
    fn tell(&mut self, before: Timestamp) {
        for record in &self.records {
            let mut occasions = Vec::new();
            for sent in &mut self.sent {
                let Some(notice) = due(record, &Schedule::platform(), &self.policy, self.now, sent) else {
                    continue;
                };
                assert!(sent.insert(notice.key()), "told twice: {}", notice.key());
                *self.told.entry(notice.key()).or_default() += 1;
                sent.extend(notice.passed);
                occasions.push(notice.occasion);
            }
            let was = state(record, &self.policy, before);
            let is = state(record, &self.policy, self.now);
            if (was, is) == (State::Active, State::Expiring) {
                assert_eq!(occasions, [Occasion::Before { days: 60 }; 2], "at the edge of the notice period");
            }
            let day = china::midnight(china::date(record.validity.not_after));
            if is == State::Expiring && before < day && day <= self.now {
                assert_eq!(occasions, [Occasion::Day; 2], "on the day of the expiry");
            }
        }
    }

    /// Somebody asks for something, mostly what is allowed.
    fn act(&mut self, seed: u64, step: u32) {
        let pick = |purpose: u64, of: usize| usize::try_from(draw(seed, step, purpose)).unwrap() % of.max(1);
        let target = pick(1, self.records.len() + 1);
        let record = self.records.get(target).cloned();
        let is_living =
            record.as_ref().is_some_and(|record| state(record, &self.policy, self.now).is_living());
        let others = self.living() - usize::from(is_living);
        let possible = allowed(record.as_ref(), &self.policy, others, self.now);
        let action = if possible.is_empty() || pick(2, 4) == 0 {
            Action::ALL[pick(3, Action::ALL.len())]
        } else {
            possible[pick(3, possible.len())]
        };
        let all = Guards::satisfied(others);
        let free = decide(action, record.as_ref(), &self.policy, &all, self.now);
        assert_eq!(free.is_ok(), possible.contains(&action), "{action}: {free:?}");

        let stranger = Guards { super_administrator: false, ..all };
        let by_stranger = decide(action, record.as_ref(), &self.policy, &stranger, self.now);
        let local = matches!(action, Action::Install | Action::ReportKeyLost);
        assert!(local || by_stranger.is_err(), "{action} by somebody else than the super administrator");

        let Ok(effect) = free else { return };
        self.check_legal(action, record.as_ref(), &effect);
        let serial = self.serial();
        let outcome = effect.apply(record.as_ref(), &serial, self.now);
        if let Some(record) = outcome.record {
            self.records[target] = record;
        }
        self.records.extend(outcome.issued);
    }

    fn check_legal(&self, action: Action, record: Option<&Record>, effect: &Effect) {
        let Some(record) = record else { return };
        let from = state(record, &self.policy, self.now);
        match from {
            State::Dead => assert_eq!(action, Action::SubmitRequest, "dead is terminal"),
            State::Voided if action == Action::Restore => {
                let voided = record.voided_at.unwrap();
                assert!(self.now.duration_since(voided) < SignedDuration::from_hours(7 * 24));
            }
            State::Voided => assert_eq!(action, Action::SubmitRequest),
            State::SupersededByChange | State::SupersededByUpgrade => {
                panic!("{action} on a replaced certificate")
            }
            State::Nothing
            | State::Requested
            | State::Active
            | State::Expiring
            | State::ExpiredGrace
            | State::ExpiredFinal => {}
        }
        if let Effect::Recertified { validity } = effect {
            assert!(validity.not_after > record.validity.not_after && validity.not_after > self.now);
        }
    }

    fn check(&mut self) {
        assert!(self.living() <= self.policy.concurrent, "{} are living", self.living());
        let (policy, now) = (&self.policy, self.now);
        for record in &self.records {
            let end = china::years_after(record.first_issued, policy.limit_years);
            assert!(record.validity.not_after <= end, "{record:?} lives for more than five years");
            self.seen.insert(state(record, policy, now));
        }
        let died = self.records.extract_if(.., |record| state(record, policy, now) == State::Dead);
        self.graves.extend(died);
    }

    fn check_graves(&self) {
        for record in &self.graves {
            assert_eq!(state(record, &self.policy, self.now), State::Dead, "{record:?} rose from the dead");
            let possible = allowed(Some(record), &self.policy, self.living(), self.now);
            assert!(possible.iter().all(|action| *action == Action::SubmitRequest), "{possible:?}");
        }
    }
}

/// The states that a walk comes by.
fn walk(seed: u64, profile: Profile, first: IssuedBy) -> BTreeSet<State> {
    let policy = Policy::of(profile);
    let now: Timestamp = "2026-01-31T00:00:00+08:00".parse().unwrap();
    let validity = Validity { not_before: now, not_after: china::years_after(now, policy.initial_years) };
    let records = vec![Record::from_certificate("00", first, validity, None)];
    let mut world = World {
        policy,
        records,
        graves: Vec::new(),
        seen: BTreeSet::new(),
        now,
        sent: Default::default(),
        told: BTreeMap::new(),
        issued: 0,
    };
    let end = china::years_after(now, 10);
    // Somebody acts every three weeks, or hardly ever, so that certificates grow old.
    let pace = if seed.is_multiple_of(2) { 40 } else { 1_000 };
    for step in 0..STEPS {
        if world.now >= end {
            break;
        }
        let before = world.now;
        // Shorter than a day, so that no occasion is overtaken by the next.
        let minutes = i64::try_from(draw(seed, step, 7) % (23 * 60)).unwrap();
        world.pass(SignedDuration::from_mins(minutes));
        world.tell(before);
        if draw(seed, step, 8).is_multiple_of(pace) {
            world.act(seed, step);
            world.check_graves();
        }
        world.check();
    }
    assert!(world.now >= end, "the steps did not suffice for ten years");
    assert!(world.told.values().all(|times| *times == 2), "once a channel: {:?}", world.told);
    world.seen
}

#[test]
fn the_walk_comes_by_every_state_that_its_rules_know() {
    for (profile, first, never) in [
        (Profile::Classic, IssuedBy::Wxpay, vec![State::Nothing, State::Voided]),
        (
            Profile::Current,
            IssuedBy::Ca,
            vec![State::Nothing, State::SupersededByChange, State::SupersededByUpgrade],
        ),
    ] {
        let seen: BTreeSet<State> = (0..4).flat_map(|seed| walk(seed, profile, first)).collect();
        let missing: Vec<State> = State::ALL.into_iter().filter(|state| !seen.contains(state)).collect();
        assert_eq!(missing, never, "{profile}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn ten_years_of_anything_pass_without_an_illegal_state(seed in any::<u64>()) {
        for profile in Profile::ALL {
            for first in [IssuedBy::Wxpay, IssuedBy::Ca] {
                walk(seed, profile, first);
            }
        }
    }
}
