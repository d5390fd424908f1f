//! Reading for the API.

use std::collections::BTreeMap;

use refunds::intake::Request;
use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::refund::Refund;
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};

use super::model::Model;
use crate::contract::Answer;
use crate::reading::{
    Cursor, KeptNotice, Line, Listed, Listing, News, OrderWithRefunds, PaidCursor, PaidListing, PaidOrders,
    Scope, Waiting,
};

impl Model {
    /// See [`Store::refund`](crate::Store::refund).
    pub fn refund(&self, key: &RefundKey) -> Answer<Option<Refund>> {
        Ok(self.rows(key.mchid())?.refunds.get(key).cloned())
    }

    /// See [`Store::refunds_by_number`](crate::Store::refunds_by_number).
    pub fn refunds_by_number(
        &self,
        mchid: &Mchid,
        scope: Scope,
        out_refund_no: &OutRefundNo,
    ) -> Answer<Vec<Refund>> {
        let rows = self.rows(mchid.as_str())?;
        let from = (out_refund_no.clone(), None);
        let of_number =
            rows.index.numbers.range(from..).take_while(|((number, _), _)| number == out_refund_no);
        let keys = of_number.filter(|((_, sub_mchid), _)| scope.includes(sub_mchid.as_ref()));
        Ok(keys.filter_map(|(_, key)| rows.refunds.get(key)).cloned().collect())
    }

    /// See [`Store::request`](crate::Store::request).
    pub fn request(&self, key: &RefundKey) -> Answer<Option<Request>> {
        Ok(self.rows(key.mchid())?.requests.get(key).cloned())
    }

    /// See [`Store::requests`](crate::Store::requests).
    pub fn requests(&self, keys: &[RefundKey]) -> Answer<Vec<Request>> {
        let Some(first) = keys.first() else { return Ok(vec![]) };
        let rows = self.rows(first.mchid())?;
        Ok(keys.iter().filter_map(|key| rows.requests.get(key)).cloned().collect())
    }

    /// See [`Store::orders`](crate::Store::orders).
    pub fn orders(&self, keys: &[OrderKey]) -> Answer<Vec<Order>> {
        let Some(first) = keys.first() else { return Ok(vec![]) };
        let rows = self.rows(first.mchid())?;
        Ok(keys.iter().filter_map(|key| rows.orders.get(key)).cloned().collect())
    }

    /// See [`Store::notices`](crate::Store::notices).
    pub fn notices(&self, mchid: &Mchid, upstream_no: &UpstreamNo, limit: usize) -> Answer<Vec<KeptNotice>> {
        let notices = self.rows(mchid.as_str())?.notices.values();
        let mut kept: Vec<&KeptNotice> =
            notices.filter(|notice| notice.upstream_no == *upstream_no).collect();
        kept.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        Ok(kept.into_iter().take(limit).cloned().collect())
    }

    /// See [`Store::timeline`](crate::Store::timeline).
    pub fn timeline(&self, key: &RefundKey) -> Answer<Vec<Line>> {
        Ok(self.rows(key.mchid())?.journal.get(key).cloned().unwrap_or_default())
    }

    /// See [`Store::order`](crate::Store::order).
    pub fn order(
        &self,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
    ) -> Answer<Option<OrderWithRefunds>> {
        let rows = self.rows(mchid.as_str())?;
        let by_number = names.out_trade_no.as_ref().and_then(|name| rows.by_out_trade_no(sub_mchid, name));
        let by_id = names.transaction_id.as_ref().and_then(|name| rows.by_transaction_id(sub_mchid, name));
        let Some(order) = by_number.or(by_id) else { return Ok(None) };
        let keys = rows.index.of_order.get(&order.key).into_iter().flatten().map(|(_, key)| key);
        let refunds = keys.filter_map(|key| rows.refunds.get(key)).cloned().collect();
        Ok(Some(OrderWithRefunds { order: order.clone(), refunds }))
    }

    /// See [`Store::list`](crate::Store::list).
    pub fn list(&self, listing: Listing) -> Answer<Listed> {
        let Listing { mchid, scope, state, order, from, until, after, oldest_first, limit } = listing;
        let rows = self.rows(mchid.as_str())?;
        let is_meant = |refund: &&Refund| {
            let cursor = Cursor { created_at: refund.created_at, key: refund.key.clone() };
            scope.includes(refund.identity.sub_mchid.as_ref())
                && state.as_ref().is_none_or(|state| refund.state.name() == state)
                && order.as_ref().is_none_or(|order| refund.order == *order)
                && from.is_none_or(|from| refund.created_at >= from)
                && until.is_none_or(|until| refund.created_at < until)
                && after
                    .as_ref()
                    .is_none_or(|after| if oldest_first { cursor > *after } else { cursor < *after })
        };
        let created = rows.index.created.iter();
        let in_order: Box<dyn Iterator<Item = _>> =
            if oldest_first { Box::new(created) } else { Box::new(created.rev()) };
        let meant = in_order.filter_map(|(_, key)| rows.refunds.get(key)).filter(is_meant);
        let mut refunds: Vec<Refund> = meant.take(limit.saturating_add(1)).cloned().collect();
        let is_last = refunds.len() <= limit;
        refunds.truncate(limit);
        let last = refunds.last().filter(|_| !is_last);
        let next = last.map(|last| Cursor { created_at: last.created_at, key: last.key.clone() });
        Ok(Listed { refunds, next })
    }

    /// See [`Store::payments`](crate::Store::payments).
    pub fn payments(&self, listing: &PaidListing) -> Answer<PaidOrders> {
        let PaidListing { mchid, from, until, after, limit } = listing;
        let is_meant = |place: &PaidCursor| {
            (*from..*until).contains(&place.paid_at) && after.as_ref().is_none_or(|after| place > after)
        };
        let standing = self.rows(mchid.as_str())?.orders.values().filter(|order| order.merged_into.is_none());
        let places = standing.filter_map(|order| Some((PaidCursor::of(order)?, order)));
        let meant: BTreeMap<PaidCursor, &Order> = places.filter(|(place, _)| is_meant(place)).collect();
        let orders = meant.into_values().take(limit.saturating_add(1)).cloned().collect();
        Ok(PaidOrders::page(orders, *limit))
    }

    /// See [`Store::feed`](crate::Store::feed).
    pub fn feed(&self, mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<News>> {
        let rows = self.rows(mchid.as_str())?;
        let before = rows.news.partition_point(|news| news.seq <= after);
        Ok(rows.news.iter().skip(before).take(limit).cloned().collect())
    }

    /// See [`Store::counts`](crate::Store::counts).
    pub fn counts(&self, mchid: &Mchid) -> Answer<BTreeMap<&'static str, u64>> {
        let mut counts = BTreeMap::new();
        for refund in self.rows(mchid.as_str())?.refunds.values() {
            *counts.entry(refund.state.name()).or_default() += 1;
        }
        Ok(counts)
    }

    /// See [`Store::waiting`](crate::Store::waiting).
    pub fn waiting(&self, mchid: &Mchid) -> Answer<Vec<Waiting>> {
        let index = &self.rows(mchid.as_str())?.index;
        let lanes = index.waiting.iter().map(|(lane, waiting)| Waiting {
            lane: lane.clone(),
            count: waiting.len() as u64,
            sum: index.sums.get(lane).copied().unwrap_or(0),
        });
        Ok(lanes.collect())
    }
}
