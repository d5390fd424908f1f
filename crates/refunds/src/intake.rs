//! What comes in at any node, and whether it is admitted: decided inside the transaction that stores it.

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::money::Money;

use crate::batch::{Entry, IntakeSeq};
use crate::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use crate::need;
use crate::order::{Order, OrderFacts, OrderNames, OrderRefusal, Source};
use crate::outcome::{Evidence, Report};
use crate::policy::REQUEST_LIFE;
use crate::refund::{Attempts, Refund, RequestBytes, State, Withdrawal};
use crate::step::Cause;

/// A refund as a caller asks for it, parsed: what a repeated request is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What the tenant calls it.
    pub identity: Identity,
    /// The order it draws on.
    pub order: OrderNames,
    /// What to pay back, in the order's price currency.
    pub amount: Money,
    /// The order's amount, as the caller knows it.
    pub total: Money,
    /// Shown to the payer.
    pub reason: Option<String>,
    /// When the tenant no longer wants it attempted.
    pub deadline: Option<Timestamp>,
    /// Where the tenant wants to be told.
    pub notify_url: Option<String>,
    /// The tenant's own notes, as one canonical text.
    pub metadata: Option<String>,
    /// The number under which another system began the refund.
    pub adopt: Option<UpstreamNo>,
    /// Whether nobody asked for it as far as is known, and it was found at WeChat Pay after a backup was put back. Its tenant's first
    /// repetition says what else there is to know of it.
    pub found: bool,
}

/// A new refund, with everything that must be fixed before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// Its key.
    pub key: RefundKey,
    /// The key of the order's row, should there be none yet.
    pub order_key: OrderKey,
    /// What was asked for.
    pub request: Request,
    /// Its number at WeChat Pay.
    pub upstream_no: UpstreamNo,
    /// What will be sent.
    pub bytes: RequestBytes,
    /// Now.
    pub at: Timestamp,
}

/// What the store found that a new refund has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The request stored under the same identity.
    pub same_identity: Option<Request>,
    /// The number at WeChat Pay of the refund with the same identity.
    pub same_upstream_no: Option<UpstreamNo>,
    /// The row of the order by the merchant's number.
    pub by_out_trade_no: Option<Order>,
    /// The row of the order by WeChat Pay's number, if it is another row.
    pub by_transaction_id: Option<Order>,
    /// Whether another refund of this merchant id has the same upstream number.
    pub upstream_no_is_used: bool,
}

/// What becomes of a new refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It is stored, with the order as it is then and its first journal entry.
    Admitted {
        /// The refund.
        refund: Box<Refund>,
        /// The order.
        order: Box<Order>,
        /// The entry.
        entry: Entry,
    },
    /// The same request is stored already; nothing changes.
    Replay,
    /// The refund is stored as one that was [found](Request::found), and this is what its tenant asked for: it is stored in place of the
    /// little that was known.
    Completed,
    /// Another request is stored under the same identity.
    Conflict(Vec<Difference>),
    /// The order does not allow it.
    Refused(OrderRefusal),
    /// The number at WeChat Pay is taken by another refund of this merchant id.
    UpstreamNoUsed,
}

/// One field in which two requests differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field, in the caller's spelling.
    pub field: &'static str,
    /// The stored value; none if absent.
    pub stored: Option<String>,
    /// The value sent now; none if absent.
    pub sent: Option<String>,
}

/// Whether `new` is admitted beside what was found.
pub fn admit(new: &NewRefund, found: Found) -> Admission {
    if let Some(stored) = &found.same_identity {
        return repeated(stored, found.same_upstream_no.as_ref(), new);
    }
    if found.upstream_no_is_used {
        return Admission::UpstreamNoUsed;
    }
    match order_for(new, found).and_then(|mut order| {
        if new.request.found {
            order.reserve_taken(new.request.amount)?;
        } else {
            order.reserve(new.request.amount, new.at)?;
        }
        order.version += 1;
        Ok(order)
    }) {
        Ok(order) => {
            let (refund, entry) = created(new, &order);
            Admission::Admitted { refund: Box::new(refund), order: Box::new(order), entry }
        }
        Err(refusal) => Admission::Refused(refusal),
    }
}

/// What becomes of a request whose identity another one has that is stored.
fn repeated(stored: &Request, number: Option<&UpstreamNo>, new: &NewRefund) -> Admission {
    let sent = &new.request;
    if sent.found {
        // Whoever asked for it has said so before.
        return Admission::Replay;
    }
    let mut differences = differences(stored, sent);
    if stored.found && number != Some(&new.upstream_no) {
        // It takes over what another system began under another number.
        let (stored, sent) = (shown(&number.cloned()), shown(&sent.adopt));
        differences.push(Difference { field: "adopt.out_refund_no", stored, sent });
    }
    match (differences.is_empty(), stored.found) {
        (true, false) => Admission::Replay,
        (true, true) => Admission::Completed,
        (false, _) => Admission::Conflict(differences),
    }
}

/// The order's row with the caller's claims taken in.
///
/// If the two names lie in two rows, nobody has confirmed yet that they are one order: the refund draws on the row by the
/// merchant's number, whose pair then needs a look-up before anything is submitted.
fn order_for(new: &NewRefund, found: Found) -> Result<Order, OrderRefusal> {
    let Request { identity, order: names, total, .. } = &new.request;
    let facts = OrderFacts { total: *total, payer_total: None, paid_at: None, bank_type: None };
    let split = found.by_out_trade_no.is_some() && found.by_transaction_id.is_some();
    match found.by_out_trade_no.or(found.by_transaction_id) {
        // It was found by what the row says: that is no news to it.
        Some(order) if new.request.found => Ok(order),
        Some(mut order) => {
            if split && order.transaction_id.is_none() {
                order.learn(
                    &OrderNames { transaction_id: None, ..names.clone() },
                    &facts,
                    Source::Claimed,
                )?;
                order.paired_by = Some(Source::Claimed);
                order.looked_up = false;
            } else {
                order.learn(names, &facts, Source::Claimed)?;
            }
            Ok(order)
        }
        None => {
            let key = new.order_key.clone();
            Ok(Order::new(key, identity.sub_mchid.clone(), names, &facts, Source::Claimed))
        }
    }
}

/// What a person reads of a refund that was found, beside the time at which it was.
const FOUND: &str = "found at WeChat Pay after a restore";

fn created(new: &NewRefund, order: &Order) -> (Refund, Entry) {
    let adopted = new.request.adopt.is_some() || new.request.found;
    // Begun elsewhere, or forgotten: nobody here knows what became of it, so it is asked about before anything is sent.
    let state =
        if adopted { State::Unclear { since: new.at, resent: 0, resend_at: None } } else { State::Queued };
    let refund = Refund {
        key: new.key.clone(),
        identity: new.request.identity.clone(),
        upstream_no: new.upstream_no.clone(),
        order: order.key.clone(),
        amount: new.request.amount,
        pool: order.payer_currency(),
        need: need::of(new.request.amount, order, None),
        deadline: new.request.deadline,
        created_at: new.at,
        request: new.bytes.clone(),
        attempts: Attempts {
            unproven_until: adopted.then(|| new.at + REQUEST_LIFE),
            listed: new.request.found,
            ..Attempts::default()
        },
        ask_at: adopted.then_some(new.at),
        asked_in_vain: 0,
        attention: None,
        result_at: None,
        promise: None,
        version: 1,
        state,
    };
    let entry = Entry {
        n: 1,
        at: new.at,
        cause: Cause::Created,
        from: "",
        to: refund.state.name(),
        attempts: 0,
        evidence: Evidence { answer: new.request.found.then(|| FOUND.to_owned()), ..Evidence::default() },
    };
    (refund, entry)
}

/// The fields in which `sent` differs from `stored`, in the caller's spelling. What nobody knows of a refund that was found differs from
/// nothing.
pub fn differences(stored: &Request, sent: &Request) -> Vec<Difference> {
    if stored.found {
        let names = if stored.order.may_be(&sent.order) { &sent.order } else { &stored.order };
        let (order, amount, total) = (names.clone(), stored.amount, stored.total);
        return differences(&Request { order, amount, total, found: false, ..sent.clone() }, sent);
    }
    // Destructured, so that a new field cannot be forgotten here.
    let Request {
        identity: _,
        order,
        amount,
        total,
        reason,
        deadline,
        notify_url,
        metadata,
        adopt,
        found: _,
    } = stored;
    let text = |value: &Option<String>| value.clone();
    let rows: [(&'static str, Option<String>, Option<String>); 11] = [
        ("out_trade_no", shown(&order.out_trade_no), shown(&sent.order.out_trade_no)),
        ("transaction_id", shown(&order.transaction_id), shown(&sent.order.transaction_id)),
        ("amount.refund", Some(amount.minor().to_string()), Some(sent.amount.minor().to_string())),
        ("amount.total", Some(total.minor().to_string()), Some(sent.total.minor().to_string())),
        ("amount.currency", Some(amount.currency().to_string()), Some(sent.amount.currency().to_string())),
        ("reason", text(reason), text(&sent.reason)),
        ("deadline", shown(deadline), shown(&sent.deadline)),
        ("notify_url", text(notify_url), text(&sent.notify_url)),
        ("metadata", text(metadata), text(&sent.metadata)),
        ("adopt.out_refund_no", shown(adopt), shown(&sent.adopt)),
        ("amount.total", Some(total.currency().to_string()), Some(sent.total.currency().to_string())),
    ];
    let mut differences: Vec<Difference> = vec![];
    for (field, stored, sent) in rows {
        if stored != sent && differences.iter().all(|difference| difference.field != field) {
            differences.push(Difference { field, stored, sent });
        }
    }
    differences
}

fn shown<T: ToString>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// One row of intake: something for the owner to deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeItem {
    /// Its row.
    pub seq: IntakeSeq,
    /// What it is.
    pub what: Arrival,
}

/// What can arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A refund was taken in.
    Refund(RefundKey),
    /// A notification speaks of this refund.
    Notice {
        /// The refund.
        refund: RefundKey,
        /// What it says; none if nobody signed it: then it is a hint to ask, and no more.
        report: Option<Report>,
    },
    /// An order's payment became known or better known.
    Payment(OrderKey),
    /// Somebody wants something of a refund.
    Command {
        /// The refund.
        refund: RefundKey,
        /// What.
        command: Command,
    },
    /// A past day of a pool became known, or better known.
    PastDay(ChinaDay),
    /// The merchant id is paused or resumed.
    Pause(bool),
}

/// What can be asked of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Do not pay it any more.
    Cancel(Withdrawal),
    /// Plan it now, within every limit.
    Retry,
    /// Ask WeChat Pay about it now.
    Check,
    /// Somebody has paid the payer outside of WeChat Pay, because the money went to the merchant's own account.
    Settle,
}
