//! Taking in.

use jiff::Timestamp;
use refunds::batch::Epoch;
use refunds::intake::{self, Admission, Arrival, Command, Found, NewRefund};
use refunds::key::RefundKey;
use refunds::order::Order;
use wechatpay::ids::Mchid;

use super::model::{Model, Rows};
use crate::contract::Answer;
use crate::error::StoreError;
use crate::intake::{Admitted, NewNotice, NewPayment, Noticed, Reported};
use crate::reading::{KeptNotice, Line};
use crate::{numbers, payment};

impl Model {
    /// See [`Store::admit`](crate::Store::admit).
    pub fn admit(&mut self, new: NewRefund) -> Answer<Admitted> {
        let rows = self.rows_mut(new.request.identity.mchid.as_str())?;
        let (found, same) = rows.found(&new);
        let stored = same.as_ref().and_then(|key| rows.refunds.get(key)).cloned().map(Box::new);
        let admission = intake::admit(&new, found);
        if let (Admission::Completed, Some(key)) = (&admission, same) {
            rows.requests.insert(key, new.request.clone());
        }
        if let Admission::Admitted { refund, order, entry } = &admission {
            numbers::check_form(&new, rows.merchant.number_form)?;
            rows.expect_free(order)?;
            if rows.refunds.contains_key(&refund.key) {
                return Err(StoreError::InUse { what: "the key of the refund" });
            }
            rows.put_order((**order).clone());
            rows.journal.insert(refund.key.clone(), vec![Line { epoch: Epoch(0), entry: entry.clone() }]);
            rows.arrive(Arrival::Refund(refund.key.clone()));
            rows.insert_refund((**refund).clone(), new.request);
        }
        Ok(Admitted { admission, stored })
    }

    /// See [`Store::report_payment`](crate::Store::report_payment).
    pub fn report_payment(&mut self, new: NewPayment) -> Answer<Reported> {
        let rows = self.rows_mut(new.mchid.as_str())?;
        let (sub_mchid, names) = (new.sub_mchid.as_ref(), &new.names);
        let by_number = names.out_trade_no.as_ref().and_then(|name| rows.by_out_trade_no(sub_mchid, name));
        let by_id = names
            .transaction_id
            .as_ref()
            .and_then(|name| rows.by_transaction_id(sub_mchid, name))
            .filter(|order| by_number.is_none_or(|other| other.key != order.key));
        let order = match payment::learned(&new, by_number.cloned(), by_id.cloned()) {
            Ok(order) => order,
            Err(refusal) => return Ok(Reported::Refused(refusal)),
        };
        if rows.orders.get(&order.key) == Some(&order) {
            return Ok(Reported::Same);
        }
        rows.expect_free(&order)?;
        let key = order.key.clone();
        rows.put_order(order);
        rows.arrive(Arrival::Payment(key));
        Ok(Reported::New)
    }

    /// See [`Store::command`](crate::Store::command).
    pub fn command(
        &mut self,
        mchid: &Mchid,
        refund: &RefundKey,
        command: Command,
        _at: Timestamp,
    ) -> Answer<()> {
        let rows = self.rows_mut(mchid.as_str())?;
        if !rows.refunds.contains_key(refund) {
            return Err(StoreError::NotThere { what: format!("refund {refund}") });
        }
        rows.arrive(Arrival::Command { refund: refund.clone(), command });
        Ok(())
    }

    /// See [`Store::notice`](crate::Store::notice).
    pub fn notice(&mut self, new: NewNotice) -> Answer<Noticed> {
        let NewNotice { mchid, id, upstream_no, report, raw, at } = new;
        let rows = self.rows_mut(mchid.as_str())?;
        if rows.notices.contains_key(&id) {
            return Ok(Noticed::Repeat);
        }
        let kept = KeptNotice { id: id.clone(), upstream_no: upstream_no.clone(), at, raw };
        rows.notices.insert(id, kept);
        match rows.index.upstream.get(&upstream_no).cloned() {
            Some(refund) => {
                rows.arrive(Arrival::Notice { refund, report });
                Ok(Noticed::New)
            }
            None => Ok(Noticed::UnknownRefund),
        }
    }

    /// See [`Store::pause`](crate::Store::pause).
    pub fn pause(&mut self, mchid: &Mchid, paused: bool, _at: Timestamp) -> Answer<()> {
        self.rows_mut(mchid.as_str())?.arrive(Arrival::Pause(paused));
        Ok(())
    }
}

impl Rows {
    /// Refuses a row that is new if its key is not.
    fn expect_free(&self, order: &Order) -> Answer<()> {
        if order.version == 1 && self.orders.contains_key(&order.key) {
            return Err(StoreError::InUse { what: "the key of the order" });
        }
        Ok(())
    }

    /// What a new refund has to do with, and the refund of the same identity.
    fn found(&self, new: &NewRefund) -> (Found, Option<RefundKey>) {
        let identity = &new.request.identity;
        let names = &new.request.order;
        let sub_mchid = identity.sub_mchid.as_ref();
        let same =
            self.index.numbers.get(&(identity.out_refund_no.clone(), identity.sub_mchid.clone())).cloned();
        let by_number = names.out_trade_no.as_ref().and_then(|name| self.by_out_trade_no(sub_mchid, name));
        let by_id = names
            .transaction_id
            .as_ref()
            .and_then(|name| self.by_transaction_id(sub_mchid, name))
            .filter(|order| by_number.is_none_or(|other| other.key != order.key));
        let found = Found {
            same_identity: same.as_ref().and_then(|key| self.requests.get(key)).cloned(),
            same_upstream_no: same
                .as_ref()
                .and_then(|key| self.refunds.get(key))
                .map(|refund| refund.upstream_no.clone()),
            by_out_trade_no: by_number.cloned(),
            by_transaction_id: by_id.cloned(),
            upstream_no_is_used: self.index.upstream.contains_key(&new.upstream_no),
        };
        (found, same)
    }
}
