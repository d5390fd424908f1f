//! What the gateway answers, as far as it is shown to people. Members not named here are left alone: a newer gateway may
//! say more.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A refund.
#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    /// The gateway's id.
    pub(crate) id: String,
    /// The merchant id.
    pub(crate) mchid: Option<String>,
    /// Whose it is, beside the merchant id.
    pub(crate) sub_mchid: Option<String>,
    /// The merchant's number.
    pub(crate) out_refund_no: String,
    /// The number at WeChat Pay.
    pub(crate) upstream_out_refund_no: Option<String>,
    /// The order, by the merchant's number.
    pub(crate) out_trade_no: Option<String>,
    /// The order, by WeChat Pay's number.
    pub(crate) transaction_id: Option<String>,
    /// How much of how much.
    pub(crate) amount: Amount,
    /// What the payer reads.
    pub(crate) reason: Option<String>,
    /// When it is withdrawn if it is not accepted by then.
    pub(crate) deadline: Option<String>,
    /// One word for where it stands.
    pub(crate) status: String,
    /// One word for where it stands inside the gateway.
    pub(crate) state: Option<String>,
    /// Why it waits.
    pub(crate) waiting: Option<Waiting>,
    /// What happens next.
    pub(crate) next_action: Option<NextAction>,
    /// How often it was sent.
    pub(crate) attempts: Option<u64>,
    /// What WeChat Pay said.
    pub(crate) wechatpay: Option<AtWechatPay>,
    /// Why it was refused for good.
    pub(crate) refusal: Option<Refusal>,
    /// Who withdrew it.
    pub(crate) withdrawn_by: Option<String>,
    /// Why a person has to look.
    pub(crate) attention: Option<Attention>,
    /// When it should leave.
    pub(crate) release: Option<Release>,
    /// Why it has not left yet.
    pub(crate) explanation: Option<Explanation>,
    /// When the payer should have the money.
    pub(crate) expected_arrival: Option<Arrival>,
    /// What can be said to others.
    pub(crate) texts: Option<Texts>,
    /// What a till needs to know.
    pub(crate) till: Option<Till>,
    /// When it was taken in.
    pub(crate) created_at: String,
}

/// Minor units of one currency.
#[derive(Debug, Deserialize)]
pub(crate) struct Amount {
    /// This refund.
    pub(crate) refund: i64,
    /// The whole order.
    pub(crate) total: i64,
    /// Three letters.
    pub(crate) currency: String,
}

/// Why a refund waits.
#[derive(Debug, Deserialize)]
pub(crate) struct Waiting {
    /// One word.
    pub(crate) why: String,
    /// From when on.
    pub(crate) since: Option<String>,
    /// A sentence.
    pub(crate) text: Option<String>,
}

/// What happens next to a refund.
#[derive(Debug, Deserialize)]
pub(crate) struct NextAction {
    /// One word.
    pub(crate) what: String,
    /// When; nothing if as soon as possible, or when something else happens.
    pub(crate) at: Option<String>,
}

/// What WeChat Pay said of a refund.
#[derive(Debug, Deserialize)]
pub(crate) struct AtWechatPay {
    /// Its number.
    pub(crate) refund_id: Option<String>,
    /// When it took the refund.
    pub(crate) accepted_at: Option<String>,
    /// What the payer gets.
    pub(crate) payer_refund: Option<PayerAmount>,
    /// When the payer had the money.
    pub(crate) succeeded_at: Option<String>,
    /// Where the money went.
    pub(crate) received_in: Option<String>,
}

/// What the payer pays or gets, in the payer's currency.
#[derive(Debug, Deserialize)]
pub(crate) struct PayerAmount {
    /// Minor units.
    pub(crate) total: i64,
    /// Three letters.
    pub(crate) currency: String,
}

/// Why a refund ended without payment.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    /// The code.
    pub(crate) code: String,
    /// A sentence.
    pub(crate) text: Option<String>,
}

/// Why a person has to look at a refund.
#[derive(Debug, Deserialize)]
pub(crate) struct Attention {
    /// One word.
    pub(crate) reason: String,
    /// From when on.
    pub(crate) since: Option<String>,
    /// What the person can do.
    #[serde(default)]
    pub(crate) options: Vec<String>,
}

/// When a waiting refund should leave.
#[derive(Debug, Deserialize)]
pub(crate) struct Release {
    /// Hardly before this instant.
    pub(crate) from: Option<String>,
    /// As likely before as after.
    pub(crate) likely_by: Option<String>,
    /// The end.
    pub(crate) until: Option<String>,
    /// How likely it has left by the end, from 0 to 1.
    pub(crate) probability: Option<f64>,
    /// Why nothing is foretold, in a word.
    pub(crate) reason: Option<String>,
}

/// Why a waiting refund has not left yet.
#[derive(Debug, Deserialize)]
pub(crate) struct Explanation {
    /// How far the pool is from what it needs, in a word.
    pub(crate) shortfall: Option<String>,
    /// How likely it leaves today, from 0 to 1.
    pub(crate) chance_today: Option<f64>,
    /// What was promised.
    pub(crate) promise: Option<Promise>,
    /// What can be done.
    #[serde(default)]
    pub(crate) options: Vec<Remedy>,
    /// What the pool must still get.
    pub(crate) missing_fen: Option<i64>,
    /// Those that go first.
    pub(crate) before: Option<Before>,
    /// For whom the pool's money is kept together.
    pub(crate) kept: Option<Kept>,
    /// The days in sight.
    pub(crate) by_day: Option<Vec<DayChance>>,
}

/// What was promised of a refund.
#[derive(Debug, Deserialize)]
pub(crate) struct Promise {
    /// When.
    pub(crate) made_at: String,
    /// By then it would leave.
    pub(crate) by: String,
}

/// What can be done about a waiting refund.
#[derive(Debug, Deserialize)]
pub(crate) struct Remedy {
    /// A sentence.
    pub(crate) text: String,
}

/// That the pool's money is kept together for one refund.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    /// What that means for the refund that is explained.
    pub(crate) text: String,
    /// How much of what the day has brought is not for it.
    pub(crate) fen: Option<i64>,
}

/// Refunds that go before another.
#[derive(Debug, Deserialize)]
pub(crate) struct Before {
    /// How many.
    pub(crate) count: u64,
    /// What they need.
    pub(crate) fen: i64,
}

/// What a day may bring for a refund.
#[derive(Debug, Deserialize)]
pub(crate) struct DayChance {
    /// The day.
    pub(crate) china_day: String,
    /// How likely it brings enough, from 0 to 1.
    pub(crate) fits: f64,
    /// How likely the refund has left by its end, from 0 to 1.
    pub(crate) left_by: f64,
}

/// When the payer should have the money.
#[derive(Debug, Deserialize)]
pub(crate) struct Arrival {
    /// The instant.
    pub(crate) at: Option<String>,
    /// A sentence.
    pub(crate) text: Option<String>,
}

/// Sentences for others.
#[derive(Debug, Deserialize)]
pub(crate) struct Texts {
    /// For who stands at the till.
    pub(crate) cashier: Option<String>,
    /// For the payer.
    pub(crate) payer: Option<String>,
}

/// What a till needs to know.
#[derive(Debug, Deserialize)]
pub(crate) struct Till {
    /// A sentence.
    pub(crate) text: Option<String>,
}

/// One page of a list of refunds.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// Its refunds.
    pub(crate) refunds: Vec<Refund>,
    /// Where the next page begins, if there is one.
    pub(crate) next_cursor: Option<String>,
}

/// A page of payments.
#[derive(Debug, Deserialize)]
pub(crate) struct PaidPage {
    /// Its payments.
    pub(crate) payments: Vec<Paid>,
    /// Where the next page begins, if there is one.
    pub(crate) next_cursor: Option<String>,
}

/// A payment.
#[derive(Debug, Deserialize)]
pub(crate) struct Paid {
    /// What the payer paid, if that is known.
    pub(crate) payer: Option<PayerAmount>,
    /// When.
    pub(crate) success_time: String,
}

/// Only where a page ends.
#[derive(Debug, Deserialize)]
pub(crate) struct PageEnd {
    /// Where the next page begins, if there is one.
    pub(crate) next_cursor: Option<String>,
}

/// A refund's history.
#[derive(Debug, Deserialize)]
pub(crate) struct Timeline {
    /// From the first event on.
    pub(crate) events: Vec<Event>,
}

/// One event of a refund's history.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    /// Its place, from 1.
    pub(crate) n: u64,
    /// When.
    pub(crate) at: String,
    /// What made it happen.
    pub(crate) cause: String,
    /// The state before.
    #[serde(default)]
    pub(crate) from: String,
    /// The state after.
    #[serde(default)]
    pub(crate) to: String,
    /// How often the refund had been sent.
    pub(crate) attempts: Option<u64>,
    /// WeChat Pay's name of the exchange.
    pub(crate) request_id: Option<String>,
    /// What it answered.
    pub(crate) answer: Option<serde_json::Value>,
    /// The serial number of the certificate that WeChat Pay was called with.
    pub(crate) certificate: Option<String>,
}

/// The nodes that share a store.
#[derive(Debug, Deserialize)]
pub(crate) struct Nodes {
    /// By when they joined.
    pub(crate) nodes: Vec<Node>,
    /// The merchant ids that none of them owns.
    pub(crate) unowned: Vec<String>,
}

/// A node.
#[derive(Debug, Deserialize)]
pub(crate) struct Node {
    /// Its id.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: String,
    /// The version of its program.
    pub(crate) version: String,
    /// Whether it gives up what it owns.
    pub(crate) draining: bool,
    /// When it joined.
    pub(crate) joined_at: String,
    /// When the store heard it last.
    pub(crate) heard_at: String,
    /// The merchant ids it owns.
    pub(crate) owns: Vec<String>,
}

/// The merchant ids that are set up.
#[derive(Debug, Deserialize)]
pub(crate) struct Merchants {
    /// By number.
    pub(crate) merchants: Vec<Merchant>,
}

/// A merchant id that is set up.
#[derive(Debug, Deserialize)]
pub(crate) struct Merchant {
    /// The merchant id.
    pub(crate) mchid: String,
    /// How it is connected.
    pub(crate) mode: String,
    /// Its branch of WeChat Pay.
    pub(crate) region: String,
    /// The version of the interface.
    pub(crate) wire: String,
    /// The app id its requests bear.
    pub(crate) appid: String,
    /// The currency it is settled in.
    pub(crate) settlement_currency: String,
    /// The sub-merchants it serves.
    #[serde(default)]
    pub(crate) sub_mchids: Vec<String>,
    /// What the shares of some of them count for, in per cent of what is usual.
    #[serde(default)]
    pub(crate) weights: BTreeMap<String, u16>,
    /// Whether it can call WeChat Pay at all.
    pub(crate) can_call: bool,
    /// The certificate in force.
    pub(crate) certificate: Option<Certificate>,
    /// Whether somebody paused it.
    pub(crate) paused: bool,
    /// Why it is halted, if it is.
    pub(crate) halt: Option<Halt>,
    /// What it knows of a backup that the gateway was restored from.
    #[serde(default)]
    pub(crate) restored: Option<Restored>,
}

/// A certificate in force.
#[derive(Debug, Deserialize)]
pub(crate) struct Certificate {
    /// Its serial number.
    pub(crate) serial_no: String,
    /// The last second of its validity.
    pub(crate) not_after: String,
}

/// Why nothing of a merchant id is submitted.
#[derive(Debug, Deserialize)]
pub(crate) struct Halt {
    /// In a word.
    pub(crate) why: String,
    /// Since when.
    pub(crate) since: String,
}

/// What a merchant id knows of a backup that the gateway was restored from.
#[derive(Debug, Deserialize)]
pub(crate) struct Restored {
    /// Whether every refund that was open has been asked about since.
    pub(crate) checked: bool,
}

/// The ledger of a merchant id beside what orders and refunds say.
#[derive(Debug, Deserialize)]
pub(crate) struct LedgerCheck {
    /// Whether no day differs.
    pub(crate) is_right: bool,
    /// The days that do.
    pub(crate) differences: Vec<LedgerDifference>,
    /// Days that moved while they were counted.
    #[serde(default)]
    pub(crate) moving: Vec<LedgerDay>,
}

/// A day of a pool.
#[derive(Debug, Deserialize)]
pub(crate) struct LedgerDay {
    /// The pool, by the payer's currency.
    pub(crate) currency: String,
    /// The China day.
    pub(crate) china_day: String,
}

/// A day on which the ledger says something else than orders and refunds.
#[derive(Debug, Deserialize)]
pub(crate) struct LedgerDifference {
    /// The pool, by the payer's currency.
    pub(crate) currency: String,
    /// The China day.
    pub(crate) china_day: String,
    /// What is kept.
    pub(crate) kept: LedgerSums,
    /// What orders and refunds say.
    pub(crate) counted: LedgerSums,
}

/// The sums of a day, in minor units.
#[derive(Debug, Deserialize)]
pub(crate) struct LedgerSums {
    /// What payers paid.
    pub(crate) paid: i64,
    /// What refunds drew.
    pub(crate) accepted: i64,
    /// What refunds brought to payers.
    pub(crate) succeeded: i64,
    /// What came back from refunds that were closed.
    pub(crate) returned: i64,
}

/// What became of a ledger that was to be rebuilt.
#[derive(Debug, Deserialize)]
pub(crate) struct LedgerRebuilding {
    /// Whether it said something else before.
    pub(crate) is_changed: bool,
}

/// Whose a key is.
#[derive(Debug, Deserialize)]
pub(crate) struct Me {
    /// The merchant id it is bound to; nothing if it is the operator's.
    pub(crate) mchid: Option<String>,
    /// The sub-merchant it is bound to, if to one.
    pub(crate) sub_mchid: Option<String>,
}

/// A merchant id's pool today; all amounts in fen.
#[derive(Debug, Deserialize)]
pub(crate) struct Pool {
    /// Whose.
    pub(crate) mchid: String,
    /// The day the figures are of.
    pub(crate) china_day: Option<String>,
    /// When they were read.
    pub(crate) as_of: Option<String>,
    /// Payments WeChat Pay has confirmed.
    pub(crate) seen_fen: Option<i64>,
    /// Payments that were only reported.
    pub(crate) reported_fen: Option<i64>,
    /// Refunds taken out of it.
    pub(crate) accepted_fen: Option<i64>,
    /// Refunds on their way to payers.
    pub(crate) in_transit_fen: Option<i64>,
    /// What is surely in it.
    pub(crate) low_fen: Option<i64>,
    /// What is probably in it.
    pub(crate) best_fen: Option<i64>,
    /// What waiting refunds will take.
    pub(crate) promised_fen: Option<i64>,
    /// The refunds in front of the gate.
    pub(crate) waiting: Option<Queue>,
    /// When it is emptied.
    pub(crate) next_exchange: Option<String>,
    /// Until when of the night yesterday's money is refundable, if that was learned.
    pub(crate) exchange_hour: Option<ExchangeHour>,
    /// What is missing for all that wait.
    pub(crate) shortfall_fen: Option<i64>,
    /// A sentence.
    pub(crate) advice: Option<String>,
    /// What is expected of today.
    pub(crate) forecast: Option<Forecast>,
    /// How promises were kept.
    pub(crate) calibration: Option<Calibration>,
    /// The last days whose statements have come.
    #[serde(default)]
    pub(crate) reconciled: Vec<Reconciled>,
}

/// A day by WeChat Pay's statement, beside what the gateway knows.
#[derive(Debug, Deserialize)]
pub(crate) struct Reconciled {
    /// The day.
    pub(crate) china_day: String,
    /// What payers paid.
    pub(crate) paid_fen: i64,
    /// What of that the gateway does not know.
    pub(crate) payments_unseen_fen: i64,
    /// Payments that the statement lacks.
    pub(crate) payments_missing_fen: i64,
    /// What refunds drew.
    pub(crate) refunded_fen: i64,
    /// What of that was made elsewhere.
    pub(crate) refunds_elsewhere_fen: i64,
    /// Refunds that the statement lacks.
    pub(crate) refunds_missing_fen: i64,
}

/// Until when of the night yesterday's money is refundable, in China time.
#[derive(Debug, Deserialize)]
pub(crate) struct ExchangeHour {
    /// Until then it is.
    pub(crate) refundable_until: String,
    /// From then on it is not, if that is known.
    pub(crate) gone_from: Option<String>,
    /// How many nights have shown it.
    pub(crate) nights: u64,
    /// What is left of it.
    pub(crate) left_fen: i64,
}

/// What is expected of a pool today.
#[derive(Debug, Deserialize)]
pub(crate) struct Forecast {
    /// What is left.
    pub(crate) left: Option<Left>,
    /// What the day has brought by the end of each hour.
    #[serde(default)]
    pub(crate) by_hour: Vec<Hour>,
    /// How likely all that wait leave today, from 0 to 1.
    pub(crate) all_leave_today: Option<f64>,
}

/// What is left in a pool, by how likely it is.
#[derive(Debug, Deserialize)]
pub(crate) struct Left {
    /// Nine times in ten at least so much.
    pub(crate) surely_fen: i64,
    /// Once in ten times at least so much.
    pub(crate) perhaps_fen: i64,
}

/// What a day is expected to have brought by the end of an hour.
#[derive(Debug, Deserialize)]
pub(crate) struct Hour {
    /// The end of the hour.
    pub(crate) until: String,
    /// How much.
    pub(crate) expected_fen: i64,
}

/// How promises were kept.
#[derive(Debug, Deserialize)]
pub(crate) struct Calibration {
    /// The share that is to be kept, from 0 to 1.
    pub(crate) wanted: f64,
    /// How many were.
    pub(crate) kept: u64,
    /// How many were not.
    pub(crate) broken: u64,
    /// The share that was kept.
    pub(crate) share_kept: Option<f64>,
    /// By day, oldest first.
    #[serde(default)]
    pub(crate) days: Vec<Score>,
}

/// How the promises of one day were kept.
#[derive(Debug, Deserialize)]
pub(crate) struct Score {
    /// The day.
    pub(crate) china_day: String,
    /// How many were.
    pub(crate) kept: u64,
    /// How many were not.
    pub(crate) broken: u64,
}

/// Refunds that wait for a pool.
#[derive(Debug, Deserialize)]
pub(crate) struct Queue {
    /// How many.
    pub(crate) count: u64,
    /// How much they need.
    pub(crate) fen: i64,
    /// How many of them need nobody knows how much.
    #[serde(default)]
    pub(crate) unknown: u64,
}
