//! Everybody outside: payers who pay, tenants who report payments, ask for refunds, repeat themselves, change their minds
//! and look after what became of it.
//!
//! All that will be done is drawn at the beginning. A caller that gets no answer repeats the same request, as the
//! interface asks of it, and what it was acknowledged is remembered here, outside of the store.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use platform::order::{NewOrder, OrderIndex, Payer, TradeType, Wallet};
use refunds::intake::{Admission, Command, NewRefund, Request};
use refunds::key::{Identity, RefundKey, UpstreamNo};
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::refund::Withdrawal;
use store::intake::{Admitted, NewPayment};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{OutRefundNo, OutTradeNo, SubMchid};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use crate::agenda::Event;
use crate::chance::Chance;
use crate::disk::Write;
use crate::history::Kind;
use crate::merchants::{Merchant, MerchantNo};
use crate::mutations::Mutation;
use crate::world::World;
use crate::{names, wire};

/// How many China days refunds are asked for; the day before them, payments are made only. Most histories have few days, so
/// that much happens at once, and some go on for weeks.
const REFUND_DAYS: [i64; 8] = [3, 3, 3, 3, 3, 8, 20, 45];
/// A caller without an answer looks again after this time, and gives up after some.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(10);
const POSTS_AT_MOST: u32 = 6;
/// How often, and for how long, a tenant asks again for what a store that was put back refuses.
const ASKS_ANEW_EVERY: SignedDuration = SignedDuration::from_mins(10);
const ASKS_ANEW_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What somebody does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A payer pays an order.
    Pay { order: usize },
    /// Somebody tells the gateway of an order's payment.
    Tell { order: usize, source: Source },
    /// A tenant asks for a refund.
    Ask { ask: usize },
    /// A tenant asks again for what it has asked for.
    Repeat { ask: usize },
    /// A tenant asks again for what the store has forgotten.
    AskAnew { ask: usize },
    /// A tenant asks for something else under the same number.
    Contradict { ask: usize },
    /// A tenant wants something of a refund.
    Command { ask: usize, command: Command },
    /// An operator pauses a merchant id, or lets it go on.
    Pause { of: MerchantNo, paused: bool },
    /// A merchant id is held up from here on.
    HoldUp,
    /// A day on which enough is paid for every refund that waits.
    Flood { day: i32 },
}

/// What is planned, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) orders: Vec<Purchase>,
    pub(crate) asks: Vec<Ask>,
    /// When refunds are asked for first.
    pub(crate) asked_at: Vec<Timestamp>,
    /// Steps of the plan that are still to come.
    pub(crate) left: usize,
    /// How many refunds were taken in.
    pub(crate) taken_in: u64,
    /// By the number at the platform.
    wires: BTreeMap<(MerchantNo, OutRefundNo), Wire>,
    keys: u64,
}

/// An order.
#[derive(Debug)]
pub(crate) struct Purchase {
    pub(crate) merchant: MerchantNo,
    sub_mchid: Option<SubMchid>,
    out_trade_no: OutTradeNo,
    pub(crate) price: Money,
    /// At the platform, once it is paid.
    pub(crate) index: Option<OrderIndex>,
    /// The refunds asked for.
    pub(crate) asks: Vec<usize>,
    /// Whether callers know its price.
    pub(crate) is_known: bool,
}

/// A refund that a tenant wants.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) order: usize,
    by: By,
    /// What its tenant counts it by; another sub-merchant, or merchant id, may count another one so.
    number: usize,
    wire: Wire,
    amount: i64,
    deadline_after: Option<SignedDuration>,
    wants_notice: bool,
    /// What it asked for, from the first time on.
    pub(crate) request: Option<Request>,
    posts: u32,
    /// The refund it was acknowledged.
    pub(crate) acknowledged: Option<RefundKey>,
    /// The refund that is stored.
    pub(crate) stored: Option<RefundKey>,
    is_refused: bool,
}

/// By which names a caller means an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    OutTradeNo,
    TransactionId,
    Both,
}

/// Draws the plan, in which `refunds` are asked for: what is done, and when. Returns when the last of it is done.
pub(crate) fn plan(world: &mut World, refunds: usize, start: Timestamp) -> Timestamp {
    let chance = world.chance;
    let days = chance.pick(3, &REFUND_DAYS, "refund days", 0, 0);
    let first_day = ChinaDay::of(start).next().start();
    let mut paid_at = vec![];
    for n in 0..(refunds * 11 / 20).max(1) {
        let day = chance.between(0, days, "payment day", n, 0);
        let of_day = chance.millis(9 * 3_600_000, 22 * 3_600_000, "payment time", n, 0);
        let at = first_day + SignedDuration::from_hours(24 * (day - 1)) + of_day;
        let merchant = world.any_merchant("order", n as u64);
        let Merchant { is_direct, subs, .. } = *world.merchant(merchant);
        let sub_mchid = (subs > 0).then(|| names::sub_mchid(chance.between(1, subs, "sub", n, 0)));
        let out_trade_no = neighbours_number(world, merchant, n).unwrap_or_else(|| names::out_trade_no(n));
        world.traffic.orders.push(Purchase {
            merchant,
            sub_mchid,
            out_trade_no,
            price: price(&chance, n, !is_direct),
            index: None,
            asks: vec![],
            is_known: !chance.happens(30_000, "price unknown", n, 0),
        });
        paid_at.push(at);
        if !chance.happens(20_000, "never paid", n, 0) {
            world.step_at(at, Step::Pay { order: n });
            plan_reports(world, n, at);
        }
    }
    let mut last = first_day;
    for ask in 0..refunds {
        let order = usize::try_from(chance.below(i64::try_from(paid_at.len()).unwrap_or(1), "order", ask, 0));
        let order = order.unwrap_or(0);
        let paid = paid_at.get(order).copied().unwrap_or(start);
        let at = plan_ask(world, ask, order, paid, (first_day, days));
        last = last.max(at);
    }
    for of in world.merchant_nos() {
        let chance = world.merchant(of).chance;
        let begins = first_day + chance.millis(0, 48 * 3_600_000, "pause", 0, 1);
        if world.is_to_be_held_up(of) {
            world.step_at(begins, Step::HoldUp);
            last = last.max(begins);
        } else if chance.happens(150_000, "pause", 0, 0) {
            let until = begins + chance.millis(60_000, 4 * 3_600_000, "pause", 0, 2);
            world.step_at(begins, Step::Pause { of, paused: true });
            world.step_at(until, Step::Pause { of, paused: false });
            last = last.max(until);
        }
    }
    last
}

/// The number of the order before, now and then, if that is a neighbour's.
fn neighbours_number(world: &World, merchant: MerchantNo, n: usize) -> Option<OutTradeNo> {
    let before = world.traffic.orders.last().filter(|before| before.merchant != merchant)?;
    // A third one that bore it as well could be of the first one's merchant id.
    let is_its_own = before.out_trade_no == names::out_trade_no(n - 1);
    let is = is_its_own && world.chance.happens(300_000, "order's namesake", n, 0);
    is.then(|| before.out_trade_no.clone())
}

fn price(chance: &Chance, n: usize, is_usd_possible: bool) -> Money {
    if is_usd_possible && chance.happens(100_000, "usd", n, 0) {
        return Money::new(chance.between(500, 20_000, "usd price", n, 0), Currency::USD);
    }
    let is_large = chance.happens(60_000, "large", n, 0);
    let (low, high) = if is_large { (200_000, 2_000_000) } else { (500, 60_000) };
    Money::fen(chance.between(low, high, "price", n, 0))
}

fn plan_reports(world: &mut World, order: usize, paid_at: Timestamp) {
    let chance = world.chance;
    let kind = chance.below(100, "report", order, 0);
    if !(45..60).contains(&kind) && kind < 80 {
        let at = paid_at + chance.millis(200, 600_000, "report", order, 1);
        world.step_at(at, Step::Tell { order, source: Source::Reported });
    }
    if (45..75).contains(&kind) {
        let at = paid_at + chance.millis(200, 1_200_000, "report", order, 2);
        world.step_at(at, Step::Tell { order, source: Source::Platform });
    }
}

/// Draws one refund. Returns when the last is done about it.
fn plan_ask(
    world: &mut World,
    ask: usize,
    order: usize,
    paid: Timestamp,
    (first_day, days): (Timestamp, i64),
) -> Timestamp {
    let chance = world.chance;
    let by_day = chance.happens(700_000, "by day", ask, 0);
    let of_day = if by_day { (9, 23) } else { (0, 24) };
    let of_day = chance.millis(of_day.0 * 3_600_000, of_day.1 * 3_600_000, "ask time", ask, 0);
    let day = SignedDuration::from_hours(24 * chance.below(days, "ask day", ask, 0));
    let soon = paid + chance.millis(60_000, 7_200_000, "ask soon", ask, 0);
    let drawn = first_day + day + of_day;
    let at = if drawn > paid { drawn } else { soon };
    let twin = twin_of(world, ask, order);
    let merchant = world.traffic.orders.get(order).map_or(MerchantNo::FIRST, |order| order.merchant);
    let v2_ppm = world.merchant(merchant).v2_ppm;
    let wire = if chance.happens(v2_ppm, "over v2", ask, 0) { Wire::V2 } else { Wire::V3 };
    let Some(purchase) = world.traffic.orders.get_mut(order) else { return at };
    purchase.asks.push(ask);
    let price = purchase.price.minor();
    let share =
        if chance.happens(200_000, "in full", ask, 0) { 100 } else { chance.between(5, 60, "share", ask, 0) };
    world.traffic.asks.push(Ask {
        order,
        by: chance.pick(
            By::OutTradeNo,
            &[By::OutTradeNo, By::TransactionId, By::TransactionId, By::Both],
            "by",
            ask,
            0,
        ),
        number: twin.map_or(ask, |(number, _)| number),
        wire,
        amount: twin.map_or((price * share / 100).max(1), |(_, amount)| amount.min(price)),
        deadline_after: chance
            .happens(120_000, "deadline", ask, 0)
            .then(|| chance.millis(60_000, 24 * 3_600_000, "deadline", ask, 1)),
        wants_notice: chance.happens(700_000, "notice wanted", ask, 0),
        request: None,
        posts: 0,
        acknowledged: None,
        stored: None,
        is_refused: false,
    });
    world.traffic.asked_at.push(at);
    if world.without.asks.contains(&ask) {
        return at;
    }
    world.step_at(at, Step::Ask { ask });
    let mut last = at;
    let mut also = |world: &mut World, ppm: u32, longest: i64, step: Step| {
        let purpose = match step {
            Step::Repeat { .. } => "repeat",
            Step::Contradict { .. } => "contradict",
            Step::Command { command: Command::Cancel(_), .. } => "cancel",
            Step::Command { command: Command::Retry, .. } => "retry",
            _ => "check",
        };
        if chance.happens(ppm, purpose, ask, 0) {
            // Soon or late: half of the time within a second.
            let soon = chance.happens(400_000, purpose, ask, 1);
            let when = at + chance.millis(0, if soon { 1_500 } else { longest }, purpose, ask, 2);
            last = last.max(when);
            world.step_at(when, step);
        }
    };
    also(world, 150_000, 24 * 3_600_000, Step::Repeat { ask });
    also(world, 50_000, 24 * 3_600_000, Step::Contradict { ask });
    also(world, 150_000, 3_600_000, Step::Command { ask, command: Command::Cancel(Withdrawal::Tenant) });
    also(world, 50_000, 3_600_000, Step::Command { ask, command: Command::Retry });
    also(world, 50_000, 3_600_000, Step::Command { ask, command: Command::Check });
    last
}

/// The number and amount of the refund before, now and then, if that is another sub-merchant's, or another merchant id's.
fn twin_of(world: &World, ask: usize, order: usize) -> Option<(usize, i64)> {
    let before = world.traffic.asks.get(ask.checked_sub(1)?)?;
    let (one, other) = (world.traffic.orders.get(order)?, world.traffic.orders.get(before.order)?);
    let is_anothers = (one.merchant, &one.sub_mchid) != (other.merchant, &other.sub_mchid);
    let could_be = is_anothers && one.price.currency() == other.price.currency();
    let is = could_be && before.number + 1 == ask && world.chance.happens(300_000, "twin", ask, 0);
    is.then_some((before.number, before.amount))
}

impl World {
    fn step_at(&mut self, at: Timestamp, step: Step) {
        self.traffic.left += 1;
        self.agenda.enter(at, Event::Traffic(step));
    }

    pub(crate) fn take_step(&mut self, step: Step) {
        if let Step::Flood { day } = step {
            return self.pour(day);
        }
        self.traffic.left -= 1;
        if let Step::Repeat { ask } | Step::Contradict { ask } | Step::Command { ask, .. } = step {
            self.look(ask);
        }
        self.note(|| format!("{step:?}"));
        match step {
            Step::Pay { order } => self.pay(order),
            Step::Tell { order, source } => self.report(order, source),
            Step::Ask { ask } => self.ask_for(ask),
            Step::Repeat { ask } => {
                if self.traffic.asks.get(ask).is_some_and(|ask| ask.request.is_some()) {
                    self.ask_for(ask);
                }
            }
            Step::AskAnew { ask } => self.ask_anew(ask),
            Step::Contradict { ask } => self.contradict(ask),
            Step::Command { ask, command } => {
                let refund = self.traffic.asks.get(ask).and_then(|ask| ask.acknowledged.clone());
                if let Some(refund) = refund {
                    self.write(Write::Command { ask, refund, command });
                }
                // Who has cancelled wants to know what came of it.
                let cancels = matches!(command, Command::Cancel(_));
                if cancels && self.chance.happens(500_000, "looks after cancel", ask, 0) {
                    let after = self.chance.millis(500, 90_000, "looks after cancel", ask, 1);
                    self.step_at(self.now + after, Step::Command { ask, command: Command::Check });
                }
            }
            Step::Pause { of, paused } => self.pauses(of, paused),
            Step::HoldUp => self.hold_up(),
            Step::Flood { .. } => {}
        }
    }

    /// An operator pauses a merchant id, or lets it go on.
    pub(crate) fn pauses(&mut self, of: MerchantNo, paused: bool) {
        self.merchant_mut(of).paused = Some(paused);
        self.write(Write::Pause { of, paused });
    }

    /// Whom the refund of a tenant's request is asked of.
    pub(crate) fn asked_of(&self, ask: usize) -> MerchantNo {
        let order = self.traffic.asks.get(ask).and_then(|ask| self.traffic.orders.get(ask.order));
        order.map_or(MerchantNo::FIRST, |order| order.merchant)
    }

    fn pay(&mut self, order: usize) {
        let Some(purchase) = self.traffic.orders.get(order) else { return };
        let new = self.new_order(purchase);
        self.traffic_pays(order, new);
    }

    fn new_order(&self, purchase: &Purchase) -> NewOrder {
        NewOrder {
            mchid: self.merchant(purchase.merchant).mchid.clone(),
            sub_mchid: purchase.sub_mchid.clone(),
            out_trade_no: Some(purchase.out_trade_no.clone()),
            trade_type: TradeType::Native,
            price: purchase.price,
            notify_url: None,
            attach: None,
        }
    }

    fn traffic_pays(&mut self, order: usize, new: NewOrder) {
        let payer = Payer { wallet: Wallet::Mainland, bank_type: None };
        let paid = self
            .platform
            .place_order(self.now, new)
            .and_then(|index| self.platform.pay(self.now, index, payer).map(|()| index));
        match paid {
            Ok(index) => {
                self.traffic.orders.get_mut(order).into_iter().for_each(|order| order.index = Some(index));
            }
            Err(refusal) => self.found_wrong(&format!("an order could not be paid: {refusal}")),
        }
        self.watch_platform();
    }

    fn report(&mut self, order: usize, source: Source) {
        let key = self.fresh_key();
        let Some(purchase) = self.traffic.orders.get(order) else { return };
        let Some(payment) = purchase.index.and_then(|index| self.platform.orders().at(index).payment())
        else {
            return;
        };
        let is_full = source == Source::Platform || self.chance.happens(500_000, "full report", order, 0);
        let mchid = &self.merchant(purchase.merchant).mchid;
        let new = NewPayment {
            mchid: mchid.clone(),
            sub_mchid: purchase.sub_mchid.clone(),
            names: OrderNames {
                out_trade_no: Some(purchase.out_trade_no.clone()),
                transaction_id: is_full.then(|| payment.transaction_id.clone()),
            },
            facts: OrderFacts {
                total: purchase.price,
                payer_total: is_full.then_some(payment.payer),
                paid_at: Some(payment.success_time),
                bank_type: None,
            },
            source,
            order_key: names::order_key(mchid, key),
            at: self.now,
        };
        self.write(Write::Payment(Box::new(new)));
    }

    /// Enough is paid for every refund that may wait, and the gateway is told.
    fn pour(&mut self, day: i32) {
        self.merchant_nos().for_each(|merchant| self.pour_into(merchant));
        self.flood(day + 1);
    }

    fn pour_into(&mut self, merchant: MerchantNo) {
        let order = self.traffic.orders.len();
        let of_merchant = || self.traffic.orders.iter().filter(|order| order.merchant == merchant);
        let all: i64 = of_merchant().map(|order| order.price.minor().min(2_000_000)).sum();
        let is_direct = self.merchant(merchant).is_direct;
        let some_sub = of_merchant().find_map(|order| order.sub_mchid.clone());
        self.traffic.orders.push(Purchase {
            merchant,
            sub_mchid: some_sub.or_else(|| (!is_direct).then(|| names::sub_mchid(1))),
            out_trade_no: names::out_trade_no(100_000 + order),
            price: Money::fen(all.max(1) * 3),
            index: None,
            asks: vec![],
            is_known: true,
        });
        self.pay(order);
        self.report(order, Source::Platform);
        // The next one's sum shall not grow with this one's.
        self.traffic.orders.last_mut().into_iter().for_each(|order| order.price = Money::fen(1));
    }

    /// Plans the payments of the `day`-th day after healing.
    pub(crate) fn flood(&mut self, day: i32) {
        let at = ChinaDay::of(self.now).next().start() + SignedDuration::from_hours(10);
        self.agenda.enter(at, Event::Traffic(Step::Flood { day }));
    }

    fn fresh_key(&mut self) -> u64 {
        self.traffic.keys += 1;
        self.traffic.keys
    }

    fn ask_for(&mut self, ask: usize) {
        let Some(request) = self.request(ask) else { return };
        let wire = self.traffic.asks.get(ask).map_or(Wire::V3, |ask| ask.wire);
        let new = self.new_refund(request, wire);
        let Some(asked) = self.traffic.asks.get_mut(ask) else { return };
        asked.posts += 1;
        let post = asked.posts;
        self.write(Write::Refund { ask, new: Box::new(new) });
        self.later(LOOKS_AGAIN_AFTER, Event::NoAnswer { ask, post });
    }

    pub(crate) fn look_again(&mut self, ask: usize, post: u32) {
        let Some(asked) = self.traffic.asks.get(ask) else { return };
        let waits = asked.acknowledged.is_none() && !asked.is_refused;
        if waits && asked.posts == post && post < POSTS_AT_MOST {
            self.ask_for(ask);
        }
    }

    /// The store has forgotten what was asked for: its tenant asks again, within some hours.
    pub(crate) fn asks_anew(&mut self, ask: usize) {
        let Some(asked) = self.traffic.asks.get_mut(ask) else { return };
        (asked.acknowledged, asked.stored) = (None, None);
        let longest = self.chance.pick(60_000, &[6 * 3_600_000], "asks anew", ask, 0);
        let after = self.chance.millis(1_000, longest, "asks anew", ask, 1);
        self.step_at(self.now + after, Step::AskAnew { ask });
    }

    /// Asked for anew it may be refused, because the order's amount was promised to another one meanwhile. It is asked for
    /// again then for a day, and as long as the platform pays it.
    fn ask_anew(&mut self, ask: usize) {
        let Some(asked) = self.traffic.asks.get(ask).filter(|ask| ask.acknowledged.is_none()) else { return };
        let Some(put_back) = &self.put_back else { return };
        let is_owed =
            put_back.numbers.get(&ask).is_some_and(|number| self.is_taken(self.asked_of(ask), number));
        if asked.is_refused && !is_owed && self.now.duration_since(put_back.at) > ASKS_ANEW_FOR {
            return;
        }
        self.traffic.asks.get_mut(ask).into_iter().for_each(|asked| asked.is_refused = false);
        self.ask_for(ask);
        self.step_at(self.now + ASKS_ANEW_EVERY, Step::AskAnew { ask });
    }

    /// Which version of the interface a merchant id's refund with this number at the platform is asked for over.
    pub(crate) fn wire_of(&self, merchant: MerchantNo, number: &OutRefundNo) -> Wire {
        self.traffic.wires.get(&(merchant, number.clone())).copied().unwrap_or(Wire::V3)
    }

    /// What a notification of a merchant id's refund with this number at the platform is taken to speak of.
    pub(crate) fn meant_by_notice(
        &self,
        merchant: MerchantNo,
        number: &OutRefundNo,
    ) -> (MerchantNo, OutRefundNo) {
        let counted_by = |number: &OutRefundNo| number.as_str().rsplit('_').next().map(str::to_owned);
        let is_mistaken = |(other, same): &&(MerchantNo, OutRefundNo)| match self.mutation {
            Some(Mutation::CallbackOfAnotherApplied) => {
                *other == merchant && same != number && counted_by(same) == counted_by(number)
            }
            Some(Mutation::CallbackOfNeighbourApplied) => *other != merchant && same == number,
            _ => false,
        };
        let another = self.mutation.and_then(|_| self.traffic.wires.keys().find(is_mistaken));
        another.cloned().unwrap_or_else(|| (merchant, number.clone()))
    }

    pub(crate) fn new_refund(&mut self, request: Request, wire: Wire) -> NewRefund {
        let key = self.fresh_key();
        let mchid = request.identity.mchid.clone();
        let merchant = self.whose(&mchid);
        let upstream_no = UpstreamNo::of(&request.identity, self.merchant(merchant).number_form())
            .unwrap_or_else(|error| unreachable!("the world's numbers are short: {error}"));
        self.traffic.wires.insert((merchant, upstream_no.number().clone()), wire);
        NewRefund {
            key: names::refund_key(&mchid, key),
            order_key: names::order_key(&mchid, key),
            bytes: wire::render(&request, &upstream_no, wire),
            upstream_no,
            request,
            at: self.now,
        }
    }

    /// What is asked for: the same whenever it is asked for again.
    fn request(&mut self, ask: usize) -> Option<Request> {
        let asked = self.traffic.asks.get(ask)?;
        if let Some(request) = &asked.request {
            return Some(request.clone());
        }
        let purchase = self.traffic.orders.get(asked.order)?;
        let payment = purchase.index.and_then(|index| self.platform.orders().at(index).payment());
        let transaction_id =
            payment.filter(|_| asked.by != By::OutTradeNo).map(|payment| payment.transaction_id.clone());
        let is_named = transaction_id.is_some() && asked.by == By::TransactionId;
        let currency = purchase.price.currency();
        let misknown = if purchase.is_known { 0 } else { 100 };
        let request = Request {
            identity: Identity {
                mchid: self.merchant(purchase.merchant).mchid.clone(),
                sub_mchid: purchase.sub_mchid.clone(),
                out_refund_no: names::out_refund_no(asked.number),
            },
            order: OrderNames {
                out_trade_no: (!is_named).then(|| purchase.out_trade_no.clone()),
                transaction_id,
            },
            amount: Money::new(asked.amount, currency),
            total: Money::new(purchase.price.minor() + misknown, currency),
            reason: None,
            deadline: asked.deadline_after.map(|after| self.now + after),
            notify_url: asked.wants_notice.then(|| "https://gateway.example/refunded".to_owned()),
            metadata: None,
            adopt: None,
            found: false,
        };
        self.traffic.asks.get_mut(ask)?.request = Some(request.clone());
        Some(request)
    }

    /// What a neighbour has stored under the number of a tenant's request.
    pub(crate) fn namesake_of(&self, ask: usize) -> Option<RefundKey> {
        let number = self.traffic.asks.get(ask)?.number;
        let asks = self.traffic.asks.iter().enumerate().filter(|(_, asked)| asked.number == number);
        let mut anothers = asks.filter(|(other, _)| self.asked_of(*other) != self.asked_of(ask));
        anothers.find_map(|(_, asked)| asked.stored.clone())
    }

    fn contradict(&mut self, ask: usize) {
        let Some(asked) = self.traffic.asks.get(ask).filter(|ask| ask.acknowledged.is_some()) else { return };
        let wire = asked.wire;
        let Some(request) = asked.request.clone() else { return };
        let amount = Money::new(request.amount.minor() + 1, request.amount.currency());
        let new = self.new_refund(Request { amount, ..request }, wire);
        self.write(Write::Refund { ask, new: Box::new(new) });
    }

    /// The gateway answers 202 or 200.
    pub(crate) fn acknowledge(&mut self, ask: usize, key: RefundKey) {
        if let Some(asked) = self.traffic.asks.get_mut(ask) {
            asked.acknowledged.get_or_insert(key);
        }
    }

    /// What became of a request for a refund.
    pub(crate) fn admitted(&mut self, ask: usize, key: &RefundKey, sent: &Request, admitted: Admitted) {
        let Some(asked) = self.traffic.asks.get_mut(ask) else { return };
        let contradicts = asked.request.as_ref() != Some(sent);
        let (posts, stored) = (asked.posts, asked.stored.clone());
        let found = match &admitted.admission {
            Admission::Admitted { .. } if stored.is_some() || contradicts => "was taken in twice",
            Admission::Admitted { .. } => {
                asked.stored = Some(key.clone());
                self.tally.over_v2 += u64::from(asked.wire == Wire::V2);
                self.traffic.taken_in += 1;
                self.tally.namesakes += u64::from(self.namesake_of(ask).is_some());
                return self.answer_caller(ask, posts, key.clone());
            }
            Admission::Replay => match (admitted.stored, stored) {
                (Some(found), Some(stored)) if found.key == stored && !contradicts => {
                    return self.answer_caller(ask, posts, stored);
                }
                _ => "was taken for a repetition of another one",
            },
            Admission::Completed => match (admitted.stored, stored) {
                (Some(found), None) if !contradicts => {
                    asked.stored = Some(found.key.clone());
                    self.tally.completed += 1;
                    return self.answer_caller(ask, posts, found.key);
                }
                _ => "was completed, and is not what was found",
            },
            Admission::Conflict(_) if contradicts && stored.is_some() => return,
            Admission::Conflict(_) => "was taken for a contradiction of itself",
            Admission::Refused(_) if stored.is_none() => {
                asked.is_refused = true;
                return;
            }
            Admission::Refused(_) => "is stored, and refused when asked for again",
            Admission::UpstreamNoUsed => "has a number that another one has",
        };
        self.judge(Kind::Lost, || format!("the refund R{ask} {found}"));
    }

    fn answer_caller(&mut self, ask: usize, post: u32, key: RefundKey) {
        if !self.chance.happens(self.weather.loses_ack, "ack", ask, u64::from(post)) {
            self.acknowledge(ask, key);
        }
    }
}
