//! Who pays and who asks for what back. All of it is drawn by chance before the run begins.

use platform::chance::Chance;
use serde_json::{Value, json};

use super::figures::Figures;

/// The merchants of the run: two institutions and two that are connected directly, so that several owners work side by side.
pub(super) const WORLD: &str = r#"
[[merchants]]
mchid = "1900000011"
mode = "institution"
appid = "wx0000000000000011"
settlement_currency = "USD"
sub_mchids = ["1900001101", "1900001102", "1900001103"]

[[merchants]]
mchid = "1900000012"
mode = "institution"
appid = "wx0000000000000012"
settlement_currency = "HKD"
sub_mchids = ["1900001201", "1900001202"]

[[merchants]]
mchid = "1900000013"
mode = "direct"
appid = "wx0000000000000013"
settlement_currency = "USD"

[[merchants]]
mchid = "1900000014"
mode = "direct"
appid = "wx0000000000000014"
settlement_currency = "HKD"

[settings]
abnormal_ppm = 20_000
closed_ppm = 10_000
"#;

/// Who sells and asks for refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shop {
    /// The merchant id whose pool pays.
    pub(super) mchid: &'static str,
    /// The sub-merchant; none for a direct merchant.
    pub(super) sub_mchid: Option<&'static str>,
}

/// The shops of [`WORLD`].
pub(super) const SHOPS: [Shop; 7] = [
    Shop { mchid: "1900000011", sub_mchid: Some("1900001101") },
    Shop { mchid: "1900000011", sub_mchid: Some("1900001102") },
    Shop { mchid: "1900000011", sub_mchid: Some("1900001103") },
    Shop { mchid: "1900000012", sub_mchid: Some("1900001201") },
    Shop { mchid: "1900000012", sub_mchid: Some("1900001202") },
    Shop { mchid: "1900000013", sub_mchid: None },
    Shop { mchid: "1900000014", sub_mchid: None },
];

/// What goes wrong between gateway and WeChat Pay while the tills ask, each in a few of a hundred cases.
pub(super) fn faults() -> Vec<Value> {
    let fault = |call: &str, probability: f64, fault: Value| {
        let mut rule = json!({ "call": call, "probability": probability });
        rule.as_object_mut()
            .expect("an object, as written above")
            .extend(fault.as_object().expect("the faults below are objects").clone());
        rule
    };
    vec![
        fault("refund_submit", 0.02, json!({ "fault": "cut_after_commit" })),
        fault("refund_submit", 0.01, json!({ "fault": "cut_before_commit" })),
        fault("refund_submit", 0.01, json!({ "fault": "wrong_signature" })),
        fault("refund_submit", 0.02, json!({ "fault": "status", "status": 500 })),
        fault("refund_query", 0.05, json!({ "fault": "query_behind", "behind_ms": 3000 })),
        fault("refund_query", 0.01, json!({ "fault": "wrong_signature" })),
        fault("callback", 0.1, json!({ "fault": "callback_lost" })),
        fault("callback", 0.1, json!({ "fault": "callback_repeated" })),
    ]
}

/// An order, paid the day before the refunds are asked for.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// Whose.
    pub(super) shop: Shop,
    /// Its number.
    pub(super) out_trade_no: String,
    /// What was paid, in CNY fen.
    pub(super) total: i64,
    /// What it was paid with.
    pub(super) bank_type: &'static str,
    /// Whether the shop tells the gateway of the payment before it asks for anything back.
    pub(super) is_reported: bool,
}

/// A refund that a till will ask for.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    /// The index of the order.
    pub(super) order: usize,
    /// The till's number. Every shop counts by itself, so two shops of an institution use the same ones.
    pub(super) out_refund_no: String,
    /// How much, in CNY fen.
    pub(super) fen: i64,
    /// Whether it names the order by WeChat Pay's number instead of the shop's.
    pub(super) by_transaction_id: bool,
    /// Whether the institution asks with its own key, or the sub-merchant with its own.
    pub(super) by_institution: bool,
}

/// Everything that is traded.
#[derive(Debug, Clone)]
pub(super) struct Trade {
    /// The orders.
    pub(super) orders: Vec<Order>,
    /// The refunds, in the order in which they are asked for.
    pub(super) wishes: Vec<Wish>,
}

impl Trade {
    /// The trade of a run.
    pub(super) fn of(figures: &Figures) -> Trade {
        let chance = Chance::new(figures.seed);
        let below = |limit: i64, purpose: &str, n: usize| {
            let limit = u64::try_from(limit).unwrap_or(0);
            i64::try_from(chance.below(limit, purpose, "", n as u64)).unwrap_or(0)
        };
        let mut trade = Trade { orders: Vec::new(), wishes: Vec::new() };
        let mut numbers = [0_usize; SHOPS.len()];
        for n in 0..figures.refunds {
            // Refunds of one order follow each other closely, so that they meet.
            let is_further = n > 0 && below(10, "further refund of an order", n) < 3;
            let order = match is_further {
                true => {
                    trade.wishes
                        [n - 1 - usize::try_from(below(n.min(4) as i64, "which order", n)).unwrap_or(0)]
                    .order
                }
                false => {
                    let number = trade.orders.len();
                    trade.orders.push(Order {
                        shop: SHOPS[usize::try_from(below(SHOPS.len() as i64, "shop", number)).unwrap_or(0)],
                        out_trade_no: format!("T{number}"),
                        total: 1_000 + below(99_000, "order total", number),
                        bank_type: bank_type(below(100, "bank type", number)),
                        is_reported: below(2, "reported order", number) == 0,
                    });
                    number
                }
            };
            let Order { shop, total, .. } = trade.orders[order];
            let place =
                SHOPS.iter().position(|found| *found == shop).expect("every order is of one of the shops");
            numbers[place] += 1;
            trade.wishes.push(Wish {
                order,
                out_refund_no: format!("R{}", numbers[place]),
                // Several of these can be more than the order holds.
                fen: total * (10 + below(50, "share refunded", n)) / 100,
                by_transaction_id: below(10, "named by transaction id", n) == 0,
                by_institution: shop.sub_mchid.is_some() && below(2, "asked by institution", n) == 0,
            });
        }
        trade
    }

    /// The order of a wish.
    pub(super) fn order(&self, wish: &Wish) -> &Order {
        &self.orders[wish.order]
    }
}

/// Mostly balances, which take minutes; some cards, which take hours; a few local banks, which take days.
fn bank_type(drawn: i64) -> &'static str {
    match drawn {
        0..80 => "CFT",
        80..98 => "ICBC_DEBIT",
        _ => "GXNX_DEBIT",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_trade_is_the_same_for_the_same_seed_and_has_what_makes_it_hard() {
        let figures = Figures { seed: 1, refunds: 600, kills: 12, at_each_point: 1 };
        let trade = Trade::of(&figures);
        assert_eq!(format!("{trade:?}"), format!("{:?}", Trade::of(&figures)));
        assert_eq!(trade.wishes.len(), 600);
        let shared = trade.wishes.iter().map(|wish| wish.order).collect::<BTreeSet<_>>().len();
        assert!((350..500).contains(&shared), "{shared} orders");
        let mut asked = vec![0; trade.orders.len()];
        trade.wishes.iter().for_each(|wish| asked[wish.order] += wish.fen);
        assert!(asked.iter().zip(&trade.orders).any(|(asked, order)| *asked > order.total));
        let identities: BTreeSet<_> = trade
            .wishes
            .iter()
            .map(|wish| (trade.order(wish).shop.sub_mchid, trade.order(wish).shop.mchid, &wish.out_refund_no))
            .collect();
        assert_eq!(identities.len(), 600);
    }
}
