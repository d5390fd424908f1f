//! What must be true after a run, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::book::{Acknowledged, Book};
use super::tills::Tills;
use super::trade::{Trade, Wish};
use crate::control::Control;
use crate::recount::{Counted, Number, Recount};

/// The ends of a refund, each with what the platform says of it then; none where it never took it.
pub(super) const ENDS: [(&str, Option<&str>); 5] = [
    ("succeeded", Some("success")),
    ("closed", Some("closed")),
    ("abnormal", Some("abnormal")),
    ("rejected", None),
    ("cancelled", None),
];

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Acknowledged, and not in the gateway as it was.
    pub lost: usize,
    /// Paid more than once.
    pub paid_twice: usize,
    /// Orders of which more was paid back than was paid.
    pub beyond_an_order: usize,
    /// Not at their end.
    pub open: usize,
    /// How the refunds ended.
    pub ends: BTreeMap<String, usize>,
    /// What WeChat Pay did.
    pub recount: Recount,
    /// Everything that is wrong, a sentence each.
    pub findings: Vec<String>,
}

/// Judges the whole: the tills' book, the gateway as it is now, the platform's records.
pub(super) async fn judge(trade: &Trade, book: &Book, tills: &Tills, control: &Control) -> Verdict {
    let audit = control.get("/control/audit").await;
    let mut verdict = Verdict { recount: Recount::of(control).await, ..Verdict::default() };
    verdict.findings.extend(verdict.recount.gaps.clone());
    let violations = audit["violations"].as_array().into_iter().flatten();
    verdict.findings.extend(violations.map(|violation| format!("the sandbox's audit: {violation}")));

    let mut promised: BTreeSet<Number> = BTreeSet::new();
    for (n, (wish, page)) in trade.wishes.iter().zip(book.pages()).enumerate() {
        let shop = trade.order(wish).shop;
        match page.acknowledged {
            Some(acknowledged) => {
                let shown = tills.look(shop, &acknowledged.id).await;
                let number = (shop.mchid.to_owned(), acknowledged.upstream_out_refund_no.clone());
                verdict.promise(n, trade, wish, &acknowledged, shown.status, &shown.body);
                promised.insert(number);
            }
            None => {
                let shown = tills.look_by_number(wish).await;
                if shown.status != 404 {
                    verdict.findings.push(format!("refund {n}: refused, and there it is: {}", shown.body));
                }
            }
        }
    }
    verdict.numbers(&promised, &audit);
    verdict.orders(trade, book);
    verdict
}

impl Verdict {
    /// Refund `n` was acknowledged, and the gateway shows it so.
    fn promise(
        &mut self,
        n: usize,
        trade: &Trade,
        wish: &Wish,
        acknowledged: &Acknowledged,
        status: u16,
        shown: &Value,
    ) {
        let shop = trade.order(wish).shop;
        let upstream = match shop.sub_mchid {
            Some(sub_mchid) => format!("{sub_mchid}_{}", wish.out_refund_no),
            None => wish.out_refund_no.clone(),
        };
        let is_it = status == 200
            && shown["id"] == acknowledged.id.as_str()
            && shown["mchid"] == shop.mchid
            && shown["sub_mchid"].as_str() == shop.sub_mchid
            && shown["out_refund_no"] == wish.out_refund_no.as_str()
            && shown["upstream_out_refund_no"] == upstream.as_str()
            && acknowledged.upstream_out_refund_no == upstream
            && shown["amount"]["refund"] == wish.fen;
        if !is_it {
            self.lost += 1;
            self.findings.push(format!("refund {n}: {acknowledged:?} is shown as {status} {shown}"));
            return;
        }
        let status = shown["status"].as_str().unwrap_or_default();
        *self.ends.entry(status.to_owned()).or_default() += 1;
        let nothing = Counted::default();
        let counted = self.recount.of_number(shop.mchid, &upstream).unwrap_or(&nothing);
        let (acceptances, moved, returned) = (counted.acceptances, counted.moved, counted.returned);
        let is_paid_right = match status {
            "succeeded" | "abnormal" => (acceptances, moved, returned) == (1, wish.fen, 0),
            "closed" => (acceptances, moved, returned) == (1, wish.fen, wish.fen),
            "rejected" | "cancelled" => acceptances == 0,
            _ => {
                self.open += 1;
                self.findings.push(format!("refund {n}: not at its end: {shown}"));
                acceptances <= 1
            }
        };
        if !is_paid_right {
            let figures = format!("accepted {acceptances} times, {moved} fen taken and {returned} returned");
            self.findings.push(format!("refund {n}, {} fen, is `{status}`: {figures}: {shown}", wish.fen));
        }
    }

    /// Every number that WeChat Pay has seen.
    fn numbers(&mut self, promised: &BTreeSet<Number>, audit: &Value) {
        let audited: BTreeMap<Number, &Value> =
            audit["refunds"].as_array().into_iter().flatten().map(by_number).collect();
        for (number, counted) in &self.recount.numbers {
            if !promised.contains(number) {
                self.findings
                    .push(format!("{number:?} was sent to WeChat Pay, and nobody was told that it would be"));
            }
            if counted.bodies.len() > 1 {
                self.findings.push(format!("{number:?} was sent in different bodies: {:?}", counted.bodies));
            }
            if counted.acceptances > 1 {
                self.paid_twice += 1;
                self.findings.push(format!("{number:?} was paid {} times", counted.acceptances));
            }
            if counted.accepted_answers > 0 && counted.acceptances == 0 {
                self.findings
                    .push(format!("{number:?} was answered as accepted, and the books do not have it"));
            }
            let audited = audited.get(number).map(|refund| {
                (
                    refund["acceptances"].as_u64().unwrap_or_default(),
                    refund["money_moved_fen"].as_i64().unwrap_or_default(),
                )
            });
            // A request that was cut before anything was done was never seen by the audit.
            if audited.unwrap_or_default() != (counted.acceptances, counted.moved) {
                self.findings.push(format!("{number:?}: the audit has {audited:?}, the recount {counted:?}"));
            }
        }
    }

    /// Every order.
    fn orders(&mut self, trade: &Trade, book: &Book) {
        let mut refunded = vec![0; trade.orders.len()];
        for (wish, page) in trade.wishes.iter().zip(book.pages()) {
            let Some(acknowledged) = page.acknowledged else { continue };
            let mchid = trade.order(wish).shop.mchid;
            if let Some(counted) = self.recount.of_number(mchid, &acknowledged.upstream_out_refund_no) {
                refunded[wish.order] += counted.moved - counted.returned;
            }
        }
        for (order, refunded) in trade.orders.iter().zip(refunded) {
            if refunded > order.total {
                self.beyond_an_order += 1;
                self.findings.push(format!("{refunded} fen of {} were paid back: {order:?}", order.total));
            }
        }
    }
}

fn by_number(refund: &Value) -> (Number, &Value) {
    let text = |name: &str| refund[name].as_str().unwrap_or_default().to_owned();
    ((text("mchid"), text("out_refund_no")), refund)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trade::{Order, SHOPS};
    use super::*;
    use crate::tenant::Answer;

    const NUMBER: &str = "1900001101_R1";

    /// One refund of 300 fen.
    fn trade() -> Trade {
        let order = Order {
            shop: SHOPS[0],
            out_trade_no: "T1".to_owned(),
            total: 1_000,
            bank_type: "CFT",
            is_reported: false,
        };
        let wish = Wish {
            order: 0,
            out_refund_no: "R1".to_owned(),
            fen: 300,
            by_transaction_id: false,
            by_institution: false,
        };
        Trade { orders: vec![order], wishes: vec![wish] }
    }

    fn shown(status: &str) -> Value {
        json!({
            "id": "rf.1",
            "mchid": SHOPS[0].mchid,
            "sub_mchid": SHOPS[0].sub_mchid,
            "out_refund_no": "R1",
            "upstream_out_refund_no": NUMBER,
            "amount": { "refund": 300, "total": 1_000, "currency": "CNY" },
            "status": status,
        })
    }

    /// As after one acceptance.
    fn once() -> Counted {
        let bodies = BTreeSet::from(["body".to_owned()]);
        Counted { bodies, requests: 1, accepted_answers: 1, acceptances: 1, moved: 300, ..Counted::default() }
    }

    fn with(counted: Counted) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.recount.numbers.insert((SHOPS[0].mchid.to_owned(), NUMBER.to_owned()), counted);
        verdict
    }

    fn promised(counted: Counted, status: u16, shown: &Value) -> Verdict {
        let (trade, mut verdict) = (trade(), with(counted));
        let told = Acknowledged { id: "rf.1".to_owned(), upstream_out_refund_no: NUMBER.to_owned() };
        verdict.promise(0, &trade, &trade.wishes[0], &told, status, shown);
        verdict
    }

    #[test]
    fn a_refund_that_is_gone_or_is_another_one_is_lost() {
        assert!(promised(once(), 200, &shown("succeeded")).findings.is_empty());
        assert_eq!(promised(once(), 404, &json!({ "code": "refund_not_found" })).lost, 1);
        for field in ["id", "mchid", "sub_mchid", "out_refund_no", "upstream_out_refund_no", "amount"] {
            let mut other = shown("succeeded");
            other[field] = json!("another");
            let verdict = promised(once(), 200, &other);
            assert_eq!((verdict.lost, verdict.findings.len()), (1, 1), "{field}");
        }
    }

    #[test]
    fn an_end_that_the_books_do_not_bear_out_is_found() {
        let never = Counted::default();
        let closed = Counted { returned: 300, ..once() };
        let less = Counted { moved: 200, ..once() };
        for (counted, status, is_right) in [
            (once(), "abnormal", true),
            (closed.clone(), "closed", true),
            (never.clone(), "rejected", true),
            (never.clone(), "cancelled", true),
            (never.clone(), "succeeded", false),
            (closed, "succeeded", false),
            (less, "succeeded", false),
            (once(), "closed", false),
            (once(), "rejected", false),
            (once(), "cancelled", false),
            (once(), "processing", false),
            (never, "waiting_for_funds", false),
        ] {
            let verdict = promised(counted.clone(), 200, &shown(status));
            assert_eq!(verdict.findings.is_empty(), is_right, "{status} {counted:?}: {:?}", verdict.findings);
        }
        assert_eq!(promised(once(), 200, &shown("processing")).open, 1);
    }

    #[test]
    fn a_number_that_was_paid_twice_or_changed_or_never_promised_is_found() {
        let number = (SHOPS[0].mchid.to_owned(), NUMBER.to_owned());
        let promised = BTreeSet::from([number]);
        let audit = |acceptances: u64, fen: i64| {
            let refund = json!({
                "mchid": SHOPS[0].mchid,
                "out_refund_no": NUMBER,
                "acceptances": acceptances,
                "money_moved_fen": fen,
            });
            json!({ "refunds": [refund], "violations": [] })
        };
        let found = |counted: Counted, promised: &BTreeSet<Number>, audit: &Value| {
            let mut verdict = with(counted);
            verdict.numbers(promised, audit);
            (verdict.paid_twice, verdict.findings.len())
        };
        let twice = Counted { acceptances: 2, moved: 600, ..once() };
        let changed = Counted { bodies: BTreeSet::from(["a".to_owned(), "b".to_owned()]), ..once() };
        let unbooked = Counted { acceptances: 0, moved: 0, ..once() };
        assert_eq!(found(once(), &promised, &audit(1, 300)), (0, 0));
        assert_eq!(found(twice, &promised, &audit(2, 600)), (1, 1));
        assert_eq!(found(changed, &promised, &audit(1, 300)), (0, 1));
        assert_eq!(found(unbooked, &promised, &audit(0, 0)), (0, 1));
        assert_eq!(found(once(), &promised, &audit(2, 600)), (0, 1));
        assert_eq!(found(once(), &BTreeSet::new(), &audit(1, 300)), (0, 1));
    }

    #[test]
    fn an_order_that_gave_more_than_it_held_is_found() {
        let book = Book::new(1);
        let body = json!({ "id": "rf.1", "upstream_out_refund_no": NUMBER });
        book.heard(0, &Answer { status: 202, headers: Vec::new(), body });
        for (moved, returned, beyond) in [(1_000, 0, 0), (1_001, 0, 1), (2_000, 1_000, 0)] {
            let mut verdict = with(Counted { moved, returned, ..once() });
            verdict.orders(&trade(), &book);
            assert_eq!(verdict.beyond_an_order, beyond, "{moved} less {returned}");
        }
    }
}
