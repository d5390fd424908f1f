//! What is kept of a past day of a pool: what was told of it last on the best word, beside the owner's own books.

use refunds::batch::PoolDay;
use refunds::order::Source;
use refunds::pool::exchange::Night;
use refunds::pool::past::{Curve, PastDay, Promises};
use refunds::pool::price::Spent;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use crate::intake::NewPastDay;

/// What was told of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) paid: Curve,
    pub(crate) refunded: i64,
    pub(crate) source: Source,
}

impl Kept {
    /// What is kept after `new`, if that is news beside what is `known`.
    ///
    /// The same source may correct itself: a day that was reported before its last payments came in is reported again.
    pub(crate) fn news(new: &NewPastDay, known: Option<&Kept>) -> Option<Kept> {
        let NewPastDay { mchid: _, pool: _, day: _, paid, refunded, source, at: _ } = new;
        let told = Kept { paid: paid.clone(), refunded: *refunded, source: *source };
        let is_news = known.is_none_or(|known| known.source <= told.source && *known != told);
        is_news.then_some(told)
    }

    /// The day, with what the owner's `books` of it say, if it kept any.
    pub(crate) fn past_day(self, pool: Currency, day: ChinaDay, books: Option<&PoolDay>) -> PastDay {
        let Kept { paid, refunded, source: _ } = self;
        PastDay {
            pool,
            day,
            paid,
            refunded,
            seen: books.map_or(0, |books| books.confirmed.saturating_add(books.reported)),
            accepted: books.map_or(0, |books| books.accepted.saturating_sub(books.returned)),
            promises: books.map_or_else(Promises::default, |books| books.promises),
            night: books.map_or_else(Night::default, |books| books.night),
            spent: books.map_or_else(Spent::default, |books| books.spent),
        }
    }
}
