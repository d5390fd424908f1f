//! The whole of one history: what there is, what is still to come, and the clock.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use platform::platform::Platform;
use platform::settings::{Fate, FateRule, Settings};
use siphasher::sip::SipHasher13;
use store::memory::Model;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

use crate::agenda::{Agenda, Event};
use crate::chance::Chance;
use crate::disk::Disk;
use crate::driver::Driver;
use crate::faults::{Fault, Without};
use crate::held_up::HeldUp;
use crate::history::{History, Kind, Setup, Tally, Violation};
use crate::merchants::{Merchant, MerchantNo, Merchants};
use crate::mutations::Mutation;
use crate::network::Network;
use crate::node::{Node, Trouble};
use crate::restoring::{Backup, PutBack};
use crate::traffic::{self, Traffic};
use crate::weather::Weather;

/// Refunds that have not ended so long after healing are stuck.
const PATIENCE: SignedDuration = SignedDuration::from_hours(40 * 24);
/// How often the judges look around.
const INSPECTED_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// No history of the usual size comes near so many events for each refund asked for.
const EVENTS_PER_REFUND: u64 = 5_000;

/// One world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) agenda: Agenda,
    pub(crate) chance: Chance,
    pub(crate) weather: Weather,
    pub(crate) without: Without,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) merchants: Merchants,
    /// Which merchant id the platform refuses for a while because of its set-up.
    pub(crate) misconfigured: MerchantNo,
    /// The merchant id that waits for its neighbours, if one does.
    pub(crate) held_up: Option<HeldUp>,
    pub(crate) calendar: Arc<Calendar>,
    pub(crate) disk: Disk,
    /// A copy of the disk that will be put back.
    pub(crate) backup: Option<Backup>,
    /// What came of that.
    pub(crate) put_back: Option<PutBack>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) drivers: Vec<Driver>,
    /// Whether there are nodes that take over from one that is not heard.
    pub(crate) has_other_nodes: bool,
    /// Whether the clocks of nodes go at rates of their own.
    pub(crate) drifts: bool,
    /// When the platform takes a new key into use.
    pub(crate) key_changes: Vec<Timestamp>,
    pub(crate) network: Network,
    pub(crate) platform: Platform,
    /// When the platform's next own event is on the agenda.
    pub(crate) watched: Option<Timestamp>,
    pub(crate) traffic: Traffic,
    pub(crate) hints: u64,
    /// When all faults ended.
    pub(crate) healed_at: Option<Timestamp>,
    pub(crate) violation: Option<Violation>,
    pub(crate) tally: Tally,
    pub(crate) trace: Option<Vec<String>>,
    events_at_most: u64,
    is_over: bool,
    /// Counts everything that a node can die after.
    points: u64,
    crashes: Vec<u64>,
}

/// Runs one history to its end, or to the first violation.
pub fn run(setup: Setup) -> History {
    let seed = setup.seed;
    let mut world = World::begin(setup);
    while world.violation.is_none() && !world.is_over {
        let Some((at, event)) = world.agenda.next() else { break };
        world.now = world.now.max(at);
        world.tally.events += 1;
        if world.tally.events > world.events_at_most {
            world.judge(Kind::Stuck, || "there is no end of events: something wakes itself for ever".into());
        }
        world.happen(event);
        world.next_point();
    }
    if world.violation.is_none() && !world.is_over {
        world.judge(Kind::Stuck, || "nothing is left to happen, and not all refunds have ended".into());
    }
    world.end(seed)
}

impl World {
    fn begin(setup: Setup) -> World {
        let chance = Chance::new(setup.seed);
        let first = ChinaDay::from_date(jiff::civil::date(2026, 1, 5));
        let days = i32::try_from(chance.below(330, "first day", 0, 0)).unwrap_or(0);
        let start = first.plus_days(days).start() + SignedDuration::from_secs(30);
        let merchants = Merchants::of(&chance, &setup.without, start);
        let asks = setup.asks();
        let has = |fault| setup.without.has(fault);
        let mut world = World {
            now: start,
            agenda: Agenda::default(),
            chance,
            weather: Weather::fine(),
            has_other_nodes: chance.happens(600_000, "other nodes", 0, 0),
            drifts: has(Fault::ClockDrifts) && chance.happens(500_000, "clocks drift", 0, 0),
            key_changes: vec![],
            without: setup.without.clone(),
            mutation: setup.mutation,
            disk: Disk::new(Model::new()),
            backup: None,
            put_back: None,
            calendar: Arc::new(Calendar::bundled()),
            nodes: vec![],
            drivers: vec![],
            network: Network::default(),
            platform: platform(&chance, setup.seed, start, &merchants),
            watched: None,
            traffic: Traffic::default(),
            hints: 0,
            healed_at: None,
            violation: None,
            tally: Tally::default(),
            trace: setup.trace.then(Vec::new),
            events_at_most: 100_000 + u64::from(setup.refunds) * EVENTS_PER_REFUND,
            is_over: false,
            points: 0,
            crashes: setup.crashes.clone(),
            misconfigured: MerchantNo::FIRST,
            held_up: HeldUp::of(&chance, &setup.without, &merchants),
            merchants,
        };
        world.open(asks, start);
        world
    }

    fn open(&mut self, refunds: usize, start: Timestamp) {
        for merchant in self.merchant_nos() {
            if let Err(error) = self.disk.model.put_merchant(self.merchant(merchant).set_up()) {
                self.found_wrong(&format!("the merchant could not be set up: {error}"));
            }
        }
        self.misconfigured = self.any_merchant(Fault::Misconfigured.name(), 0);
        let last = traffic::plan(self, refunds, start);
        let heal = last + self.chance.millis(3_600_000, 48 * 3_600_000, "heal", 0, 0);
        self.weather = Weather::of(&self.chance, &self.without, start, heal);
        let heal = self.weather.last_end().map_or(heal, |end| heal.max(end));
        self.agenda.enter(heal, Event::Heal);
        self.plan_key_changes(start, heal);
        self.plan_troubles(start, heal);
        self.plan_restore(start, heal);
        self.later(INSPECTED_EVERY, Event::Inspect);
        self.merchant_nos().for_each(|merchant| self.take_over(merchant));
        self.tally.neighbours = self.merchants.neighbours().len() as u64;
        self.watch_platform();
    }

    fn plan_key_changes(&mut self, start: Timestamp, heal: Timestamp) {
        let (chance, name) = (self.chance, Fault::Rotation.name());
        if self.without.has(Fault::Rotation) {
            let hours = heal.duration_since(start).as_hours();
            let changes = 0..chance.draw(name, "count", 0) % 3;
            self.key_changes =
                changes.map(|n| start + chance.millis(0, hours * 3_600_000, name, "at", n)).collect();
        }
    }

    fn plan_troubles(&mut self, start: Timestamp, heal: Timestamp) {
        let chance = self.chance;
        let hours = heal.duration_since(start).as_hours();
        let kinds = [
            (Fault::Crash, 8),
            (Fault::Race, 4),
            (Fault::Pause, 6),
            (Fault::Partition, 4),
            (Fault::PowerCut, 6),
            (Fault::ClockJumps, 3),
        ];
        for (fault, most) in kinds.into_iter().filter(|(fault, _)| self.without.has(*fault)) {
            let kind = fault.name();
            let count = chance.between(0, most, kind, "count", 0);
            for n in 0..u64::try_from(count).unwrap_or(0) {
                // Most of it happens while something goes on.
                let asks = &self.traffic.asked_at;
                let ask = chance.below(i64::try_from(asks.len()).unwrap_or(0), kind, "ask", n);
                let asked_at = usize::try_from(ask).ok().and_then(|ask| asks.get(ask)).copied();
                let at = match asked_at.filter(|_| chance.happens(700_000, kind, "busy", n)) {
                    // A flush takes milliseconds, a request some more, what follows seconds.
                    Some(asked_at) => {
                        let longest = chance.pick(6, &[40, 3_000], kind, "soon", n);
                        asked_at + chance.millis(0, longest, kind, "after", n)
                    }
                    None => start + chance.millis(0, hours * 3_600_000, kind, "at", n),
                };
                let lasts = chance.millis(2_000, 15 * 60_000, kind, "lasts", n);
                let of = self.any_merchant(kind, n);
                let trouble = match fault {
                    Fault::Crash => Trouble::Crash(of),
                    Fault::Race => Trouble::Race(of),
                    Fault::Pause => Trouble::Pause { of, lasts },
                    Fault::Partition => Trouble::CutOff { of, lasts },
                    Fault::PowerCut => Trouble::PowerCut,
                    _ => self.clock_jump(of, n),
                };
                self.agenda.enter(at, Event::Trouble(trouble));
                // Whoever stood still, or was alone, finds the clock set back, now and then.
                let stands_still = matches!(fault, Fault::Pause | Fault::Partition);
                let jumps = stands_still && self.without.has(Fault::ClockJumps);
                if jumps && chance.happens(300_000, kind, "and the clock", n) {
                    let soon = SignedDuration::from_secs(1);
                    let by = -chance.millis(60_000, 24 * 3_600_000, kind, "and the clock", 100 + n);
                    let jump = Trouble::SetClock { of, by, lasts: lasts + soon };
                    self.agenda.enter(at + soon, Event::Trouble(jump));
                }
            }
        }
    }

    /// By a second, by an hour or by a day, either way, for some minutes to some hours.
    fn clock_jump(&self, of: MerchantNo, n: u64) -> Trouble {
        let (chance, kind) = (self.chance, Fault::ClockJumps.name());
        let far = chance.pick(10_000, &[3_600_000, 24 * 3_600_000], kind, "far", n);
        let by = chance.millis(-far, far, kind, "by", n);
        let lasts =
            chance.millis(60_000, chance.pick(600_000, &[3 * 3_600_000], kind, "long", n), kind, "lasts", n);
        Trouble::SetClock { of, by, lasts }
    }

    pub(crate) fn later(&mut self, after: SignedDuration, event: Event) {
        self.agenda.enter(self.now + after, event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Traffic(step) => self.take_step(step),
            Event::NoAnswer { ask, post } => self.look_again(ask, post),
            Event::Flush { cuts } => self.flush(cuts),
            Event::Lands(flight) => self.land(flight),
            Event::LandsLate(merchant) => self.land_late(merchant),
            Event::WritesAgain(write) => self.write(write),
            Event::Read { driver, load, n } => self.read(driver, load, n),
            Event::TakesIn { driver, found, again } => self.takes_in(driver, found, again),
            Event::Tell { driver, input } => self.tell(driver, input),
            Event::Hear(driver) => self.hear(driver),
            Event::Wake { driver, at } => self.wake(driver, at),
            Event::Leaves(letter) => self.leave(letter),
            Event::Arrives { letter, copy } => self.arrive(letter, copy),
            Event::Answers { letter, answer, signed } => self.answered(letter, answer, signed),
            Event::TimesOut { letter } => self.time_out(letter),
            Event::Platform => self.run_platform(),
            Event::Notice { id, news, key } => self.noticed(id, news, key),
            Event::Beats { node, sent_at } => self.beat(node, sent_at),
            Event::FindsDead { node, silence } => self.find_dead(node, silence),
            Event::HasKeys(node) => self.has_keys(node),
            Event::Trouble(trouble) => self.trouble(trouble),
            Event::Heal => self.heal(),
            Event::Inspect => self.inspect_and_go_on(),
        }
    }

    fn heal(&mut self) {
        self.note(|| "all faults end".into());
        self.weather = Weather::fine();
        self.healed_at = Some(self.now);
        let now = self.now;
        self.merchant_nos().for_each(|merchant| self.merchant_mut(merchant).steady_since = now);
        self.everybody_is_well();
        self.flood(0);
    }

    fn inspect_and_go_on(&mut self) {
        self.inspect();
        let Some(healed_at) = self.healed_at else {
            return self.later(INSPECTED_EVERY, Event::Inspect);
        };
        let is_quiet = self.traffic.left == 0 && self.network.is_idle() && self.disk.is_idle();
        let held_up = self.held_up_now();
        let awaited = self.merchant_nos().filter(|merchant| held_up != Some(*merchant));
        let unfinished: Vec<String> = awaited.flat_map(|merchant| self.unfinished(merchant)).collect();
        if unfinished.is_empty()
            && let Some(merchant) = held_up
        {
            self.let_go(merchant);
            self.later(INSPECTED_EVERY, Event::Inspect);
        } else if is_quiet && unfinished.is_empty() {
            self.is_over = true;
            self.judge_ending();
        } else if self.now.duration_since(self.free_since(healed_at)) > PATIENCE {
            self.judge(Kind::Stuck, || format!("it never ended: {}", unfinished.join(", ")));
        } else {
            self.later(INSPECTED_EVERY, Event::Inspect);
        }
    }

    /// Something has been done after which a node can die.
    pub(crate) fn next_point(&mut self) {
        self.points += 1;
        if self.crashes.contains(&self.points) {
            self.newest_dies();
        }
    }

    /// Writes down what happens, if that is wanted.
    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            let what = what();
            if !what.is_empty() {
                trace.push(format!("{now} {what}"));
            }
        }
    }

    /// A judge found something. The first finding counts.
    pub(crate) fn judge(&mut self, kind: Kind, sentence: impl FnOnce() -> String) {
        if self.violation.is_none() {
            let violation = Violation { kind, at: self.now, sentence: sentence() };
            self.note(|| format!("VIOLATION {violation}"));
            self.violation = Some(violation);
        }
    }

    /// Something that the world itself took for impossible.
    pub(crate) fn found_wrong(&mut self, what: &str) {
        self.judge(Kind::Books, || what.to_owned());
    }

    fn end(self, seed: u64) -> History {
        let mut hasher = SipHasher13::new();
        format!("{:?}", self.disk.model).hash(&mut hasher);
        for (_, refund) in self.platform.refunds().iter() {
            format!("{refund:?}").hash(&mut hasher);
        }
        self.tally.events.hash(&mut hasher);
        History {
            seed,
            refunds: self.traffic.taken_in,
            violation: self.violation,
            hash: hasher.finish(),
            points: self.points,
            tally: self.tally,
            trace: self.trace.unwrap_or_default(),
        }
    }
}

fn platform(chance: &Chance, seed: u64, start: Timestamp, merchants: &Merchants) -> Platform {
    let account_closed = FateRule {
        mchid: None,
        bank_type: None,
        amount_minor: None,
        share_ppm: 20_000,
        fate: Fate::AccountClosed,
        after_s: None,
    };
    let settings = Settings {
        noon_batch: chance.happens(300_000, "noon batch", 0, 0),
        abnormal_ppm: 20_000,
        closed_ppm: 30_000,
        other_balance_ppm: 20_000,
        fates: vec![account_closed],
        ..Settings::default()
    };
    let usual = platform::world::World::default();
    let neighbours = merchants.neighbours().iter().map(Merchant::listed);
    let merchants = usual.merchants.iter().cloned().chain(neighbours).collect();
    Platform::new(platform::world::World { merchants, settings, ..usual }, seed, start)
}
