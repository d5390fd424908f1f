//! What is known of an order and on whose word. Its names and sums have columns of their own.

use refunds::order::{Known, Order, Posted, Source};
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::ids::BankType;
use wechatpay::money::Money;

use super::Document;
use super::text::Word;
use super::value::{Amount, At, Said, known, said};

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    v: u32,
    total: Said<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer_total: Option<Said<Amount>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_at: Option<Said<At>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bank_type: Option<Said<Word<BankType>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paired_by: Option<Word<Source>>,
    looked_up: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    posted: Option<PostedRow>,
}

impl Document for Facts {
    const NAME: &'static str = "facts of an order";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.v
    }
}

/// What a document tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) total: Known<Money>,
    pub(crate) payer_total: Option<Known<Money>>,
    pub(crate) paid_at: Option<Known<jiff::Timestamp>>,
    pub(crate) bank_type: Option<Known<BankType>>,
    pub(crate) paired_by: Option<Source>,
    pub(crate) looked_up: bool,
    pub(crate) posted: Option<Posted>,
}

impl Facts {
    /// The document of `order`.
    pub(crate) fn of(order: &Order) -> Facts {
        Facts {
            v: Facts::VERSION,
            total: said(order.total, Amount),
            payer_total: order.payer_total.map(|known| said(known, Amount)),
            paid_at: order.paid_at.map(|known| said(known, At)),
            bank_type: order.bank_type.clone().map(|known| said(known, Word)),
            paired_by: order.paired_by.map(Word),
            looked_up: order.looked_up,
            posted: order.posted.map(PostedRow::of),
        }
    }

    /// What it tells.
    pub(crate) fn told(self) -> Told {
        let Facts { v: _, total, payer_total, paid_at, bank_type, paired_by, looked_up, posted } = self;
        Told {
            total: known(total, |amount| amount.0),
            payer_total: payer_total.map(|row| known(row, |amount| amount.0)),
            paid_at: paid_at.map(|row| known(row, |at| at.0)),
            bank_type: bank_type.map(|row| known(row, Word::into)),
            paired_by: paired_by.map(Word::into),
            looked_up,
            posted: posted.map(PostedRow::posted),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct PostedRow {
    day: Word<ChinaDay>,
    amount: Amount,
    source: Word<Source>,
    /// What of the amount counts, if not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted: Option<i64>,
}

impl PostedRow {
    fn of(posted: Posted) -> PostedRow {
        let Posted { day, amount, source, counted } = posted;
        let counted = (counted != amount.minor()).then_some(counted);
        PostedRow { day: Word(day), amount: Amount(amount), source: Word(source), counted }
    }

    fn posted(self) -> Posted {
        let PostedRow { day, amount, source, counted } = self;
        let counted = counted.unwrap_or(amount.0.minor());
        Posted { day: day.0, amount: amount.0, source: source.0, counted }
    }
}
