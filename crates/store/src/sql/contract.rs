//! The contract: which function is which operation, for every store with hands that do what is asked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use refunds::batch::{Batch, Epoch, MerchantState, PoolDay};
use refunds::intake::{Command, NewRefund, Request};
use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::outcome::OrderReport;
use refunds::owner::{DuePage, FrontPage, Holding, IntakePage, Namesakes, OpenAfter, OpenPage, Page};
use refunds::pool::ledger::LedgerDay;
use refunds::pool::past::PastDay;
use refunds::pool::reconciliation::Reconciliation;
use refunds::refund::Refund;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};
use wechatpay::money::Currency;

use super::hands::{Hands, Whose, read, read_all, read_much, write};
use super::job::Fault;
use super::{
    api, decisions, intake, journal, keys, ledger, merchants, nodes, orders, owner, pool_days,
    refunds as rows, restoring, settings, states, waiting,
};
use crate::contract::{Answer, Store};
use crate::error::CommitError;
use crate::intake::{Admitted, NewNotice, NewPastDay, NewPayment, Noticed, Reported};
use crate::merchant::{ApiKey, AuditLine, Audited, Merchant, Put, Secret};
use crate::node::{Beat, Owned, Seen};
use crate::reading::{
    KeptNotice, Line, Listed, Listing, News, OrderWithRefunds, PaidListing, PaidOrders, Scope, Waiting,
};
use crate::restoration::Restoration;

impl<H: Hands> Store for H {
    async fn admit(&self, new: NewRefund) -> Answer<Admitted> {
        write(self, Whose::merchant(&new.request.identity.mchid), move |connection| {
            intake::admit(connection, &new)
        })
        .await
    }

    async fn report_payment(&self, new: NewPayment) -> Answer<Reported> {
        write(self, Whose::merchant(&new.mchid), move |connection| intake::report_payment(connection, &new))
            .await
    }

    async fn command(
        &self,
        mchid: &Mchid,
        refund: &RefundKey,
        command: Command,
        at: Timestamp,
    ) -> Answer<()> {
        let (mchid, refund) = (mchid.clone(), refund.clone());
        write(self, Whose::merchant(&mchid), move |connection| {
            intake::command(connection, &mchid, &refund, command, at)
        })
        .await
    }

    async fn notice(&self, new: NewNotice) -> Answer<Noticed> {
        write(self, Whose::merchant(&new.mchid), move |connection| intake::notice(connection, &new)).await
    }

    async fn record_past_day(&self, new: NewPastDay) -> Answer<bool> {
        write(self, Whose::merchant(&new.mchid), move |connection| pool_days::record(connection, &new)).await
    }

    async fn pause(&self, mchid: &Mchid, paused: bool, at: Timestamp) -> Answer<()> {
        let mchid = mchid.clone();
        write(self, Whose::merchant(&mchid), move |connection| intake::pause(connection, &mchid, paused, at))
            .await
    }

    async fn take_ownership(&self, mchid: &Mchid, node: &str) -> Answer<Epoch> {
        let (mchid, node) = (mchid.clone(), node.to_owned());
        write(self, Whose::merchant(&mchid), move |connection| {
            decisions::take_ownership(connection, &mchid, &node)
        })
        .await
    }

    async fn take_over(&self, mchid: &Mchid, node: &str, since: Epoch) -> Answer<Option<Epoch>> {
        let (mchid, node) = (mchid.clone(), node.to_owned());
        write(self, Whose::merchant(&mchid), move |connection| {
            nodes::take_over(connection, &mchid, &node, since)
        })
        .await
    }

    async fn give_up(&self, mchid: &Mchid, epoch: Epoch) -> Answer<()> {
        let mchid = mchid.clone();
        write(self, Whose::merchant(&mchid), move |connection| nodes::give_up(connection, &mchid, epoch))
            .await
    }

    async fn restore(&self, mchid: &Mchid, restoration: Restoration) -> Answer<Option<Epoch>> {
        let mchid = mchid.clone();
        write(self, Whose::merchant(&mchid), move |connection| {
            restoring::restore(connection, &mchid, restoration)
        })
        .await
    }

    async fn owners(&self) -> Answer<Vec<Owned>> {
        read_all(self, |connection| Ok(nodes::owners(connection)?)).await
    }

    async fn beat(&self, beat: Beat) -> Answer<Option<Vec<Seen>>> {
        write(self, Whose::Installation, move |connection| nodes::beat(connection, &beat)).await
    }

    async fn nodes(&self) -> Answer<Vec<Seen>> {
        read_all(self, |connection| Ok(nodes::nodes(connection)?)).await
    }

    async fn drain(&self, id: &str, draining: bool) -> Answer<bool> {
        let id = id.to_owned();
        write(self, Whose::Installation, move |connection| Ok(nodes::drain(connection, &id, draining)?)).await
    }

    async fn leave(&self, id: &str) -> Answer<()> {
        let id = id.to_owned();
        write(self, Whose::Installation, move |connection| Ok(nodes::leave(connection, &id)?)).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        write(self, Whose::merchant(&batch.mchid), move |connection| decisions::commit(connection, &batch))
            .await
    }

    async fn holding(&self, mchid: &Mchid, day: ChinaDay) -> Answer<Holding> {
        let holding = read(self, mchid.as_str(), move |connection, mchid| {
            owner::holding(connection, mchid, day)?
                .ok_or_else(|| Fault::Refused(merchants::not_set_up(mchid.as_str())))
        });
        holding.await
    }

    async fn intake(&self, mchid: &Mchid, limit: usize) -> Answer<IntakePage> {
        read(self, mchid.as_str(), move |connection, mchid| Ok(owner::intake(connection, mchid, limit)?))
            .await
    }

    async fn due(&self, mchid: &Mchid, at: Timestamp, limit: usize) -> Answer<DuePage> {
        read(self, mchid.as_str(), move |connection, mchid| Ok(owner::due(connection, mchid, at, limit)?))
            .await
    }

    async fn front(&self, mchid: &Mchid, limit: usize) -> Answer<FrontPage> {
        read_much(self, mchid.as_str(), move |connection, mchid| Ok(owner::front(connection, mchid, limit)?))
            .await
    }

    async fn open_refunds(&self, mchid: &Mchid, after: Option<&OpenAfter>, limit: usize) -> Answer<OpenPage> {
        let after = after.cloned();
        read_much(self, mchid.as_str(), move |connection, mchid| {
            Ok(owner::open_refunds(connection, mchid, after.as_ref(), limit)?)
        })
        .await
    }

    async fn recent_orders(
        &self,
        mchid: &Mchid,
        before: Option<&OrderKey>,
        limit: usize,
    ) -> Answer<Vec<Order>> {
        let before = before.cloned();
        read(self, mchid.as_str(), move |connection, mchid| {
            Ok(orders::recent(connection, mchid, before.as_ref(), limit)?)
        })
        .await
    }

    async fn refunds(&self, keys: &[RefundKey]) -> Answer<Page> {
        let Some(first) = keys.first() else { return Ok(Page::default()) };
        let wanted = keys.to_vec();
        read(self, first.mchid(), move |connection, mchid| Ok(owner::refunds(connection, mchid, &wanted)?))
            .await
    }

    async fn namesakes(
        &self,
        order: &OrderKey,
        sub_mchid: Option<&SubMchid>,
        report: &OrderReport,
    ) -> Answer<Namesakes> {
        let (asked, sub_mchid, report) = (order.clone(), sub_mchid.cloned(), report.clone());
        let namesakes = read(self, order.mchid(), move |connection, mchid| {
            Ok(owner::namesakes(connection, mchid, &asked, sub_mchid.as_ref(), &report)?)
        });
        namesakes.await
    }

    async fn past_days(&self, mchid: &Mchid, limit: usize) -> Answer<Vec<PastDay>> {
        read(self, mchid.as_str(), move |connection, mchid| Ok(pool_days::past(connection, mchid, limit)?))
            .await
    }

    async fn refund(&self, key: &RefundKey) -> Answer<Option<Refund>> {
        let wanted = key.clone();
        read(self, key.mchid(), move |connection, mchid| Ok(rows::get(connection, mchid, &wanted)?)).await
    }

    async fn refunds_by_number(
        &self,
        mchid: &Mchid,
        scope: Scope,
        out_refund_no: &OutRefundNo,
    ) -> Answer<Vec<Refund>> {
        let number = out_refund_no.clone();
        let refunds = read(self, mchid.as_str(), move |connection, mchid| {
            Ok(api::by_number(connection, mchid, &scope, &number)?)
        });
        refunds.await
    }

    async fn request(&self, key: &RefundKey) -> Answer<Option<Request>> {
        let wanted = key.clone();
        read(self, key.mchid(), move |connection, mchid| Ok(api::request(connection, mchid, &wanted)?)).await
    }

    async fn requests(&self, keys: &[RefundKey]) -> Answer<Vec<Request>> {
        let Some(first) = keys.first() else { return Ok(vec![]) };
        let wanted = keys.to_vec();
        read(self, first.mchid(), move |connection, mchid| Ok(api::requests(connection, mchid, &wanted)?))
            .await
    }

    async fn orders(&self, keys: &[OrderKey]) -> Answer<Vec<Order>> {
        let Some(first) = keys.first() else { return Ok(vec![]) };
        let wanted = keys.to_vec();
        read(self, first.mchid(), move |connection, mchid| Ok(api::orders(connection, mchid, &wanted)?)).await
    }

    async fn notices(
        &self,
        mchid: &Mchid,
        upstream_no: &UpstreamNo,
        limit: usize,
    ) -> Answer<Vec<KeptNotice>> {
        let upstream_no = upstream_no.clone();
        let notices = read(self, mchid.as_str(), move |connection, mchid| {
            Ok(api::notices(connection, mchid, &upstream_no, limit)?)
        });
        notices.await
    }

    async fn timeline(&self, key: &RefundKey) -> Answer<Vec<Line>> {
        let wanted = key.clone();
        read(self, key.mchid(), move |connection, mchid| Ok(journal::timeline(connection, mchid, &wanted)?))
            .await
    }

    async fn order(
        &self,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
    ) -> Answer<Option<OrderWithRefunds>> {
        let (sub_mchid, names) = (sub_mchid.cloned(), names.clone());
        let order = read(self, mchid.as_str(), move |connection, mchid| {
            Ok(api::order(connection, mchid, sub_mchid.as_ref(), &names)?)
        });
        order.await
    }

    async fn list(&self, listing: Listing) -> Answer<Listed> {
        let mchid = listing.mchid.clone();
        read(self, mchid.as_str(), move |connection, _| Ok(api::list(connection, &listing)?)).await
    }

    async fn payments(&self, listing: PaidListing) -> Answer<PaidOrders> {
        let mchid = listing.mchid.clone();
        read(self, mchid.as_str(), move |connection, _| Ok(orders::paid(connection, &listing)?)).await
    }

    async fn feed(&self, mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<News>> {
        read(self, mchid.as_str(), move |connection, mchid| {
            Ok(journal::news(connection, mchid, after, limit)?)
        })
        .await
    }

    async fn counts(&self, mchid: &Mchid) -> Answer<BTreeMap<&'static str, u64>> {
        read(self, mchid.as_str(), |connection, mchid| Ok(states::totals(connection, mchid)?)).await
    }

    async fn waiting(&self, mchid: &Mchid) -> Answer<Vec<Waiting>> {
        read(self, mchid.as_str(), |connection, mchid| Ok(waiting::totals(connection, mchid)?)).await
    }

    async fn pool_days(
        &self,
        mchid: &Mchid,
        pool: Currency,
        days: RangeInclusive<ChinaDay>,
    ) -> Answer<Vec<PoolDay>> {
        let books = read(self, mchid.as_str(), move |connection, mchid| {
            Ok(pool_days::of_pool(connection, mchid, pool, &days)?)
        });
        books.await
    }

    async fn ledger(&self, mchid: &Mchid, pool: Currency) -> Answer<Vec<LedgerDay>> {
        read(self, mchid.as_str(), move |connection, mchid| Ok(ledger::of_pool(connection, mchid, pool)?))
            .await
    }

    async fn recount_ledger(&self, mchid: &Mchid) -> Answer<Vec<LedgerDay>> {
        read_much(self, mchid.as_str(), |connection, mchid| Ok(ledger::recount(connection, mchid)?)).await
    }

    async fn rebuild_ledger(&self, mchid: &Mchid) -> Answer<bool> {
        let mchid = mchid.clone();
        write(self, Whose::merchant(&mchid), move |connection| {
            merchants::expect(connection, &mchid)?;
            Ok(ledger::rebuild(connection, &mchid)?)
        })
        .await
    }

    async fn reconciliations(
        &self,
        mchid: &Mchid,
        pool: Currency,
        limit: usize,
    ) -> Answer<Vec<Reconciliation>> {
        let days = read(self, mchid.as_str(), move |connection, mchid| {
            Ok(ledger::reconciliations(connection, mchid, pool, limit)?)
        });
        days.await
    }

    async fn put_merchant(&self, merchant: Merchant) -> Answer<Put> {
        write(self, Whose::new_merchant(&merchant.mchid), move |connection| {
            Ok(merchants::put(connection, &merchant)?)
        })
        .await
    }

    async fn merchants(&self) -> Answer<Vec<Merchant>> {
        read_all(self, |connection| Ok(merchants::all(connection)?)).await
    }

    async fn merchant_state(&self, mchid: &Mchid) -> Answer<MerchantState> {
        let state = read(self, mchid.as_str(), |connection, mchid| {
            owner::merchant_state(connection, mchid)?
                .ok_or_else(|| Fault::Refused(merchants::not_set_up(mchid.as_str())))
        });
        state.await
    }

    async fn put_secret(&self, secret: Secret) -> Answer<()> {
        write(self, Whose::merchant(&secret.mchid), move |connection| {
            merchants::expect(connection, &secret.mchid)?;
            Ok(merchants::put_secret(connection, &secret)?)
        })
        .await
    }

    async fn secrets(&self, mchid: &Mchid) -> Answer<Vec<Secret>> {
        read(self, mchid.as_str(), |connection, mchid| Ok(merchants::secrets(connection, mchid)?)).await
    }

    async fn put_api_key(&self, key: ApiKey) -> Answer<()> {
        let whose = key.mchid.as_ref().map_or(Whose::Installation, Whose::merchant);
        write(self, whose, move |connection| {
            if let Some(mchid) = &key.mchid {
                merchants::expect(connection, mchid)?;
            }
            Ok(keys::put(connection, &key)?)
        })
        .await
    }

    async fn api_key(&self, hash: &[u8; 32]) -> Answer<Option<ApiKey>> {
        let hash = *hash;
        read_all(self, move |connection| Ok(keys::by_hash(connection, &hash)?)).await
    }

    async fn api_keys(&self, mchid: Option<&Mchid>) -> Answer<Vec<ApiKey>> {
        match mchid {
            Some(mchid) => {
                let keys = read(self, mchid.as_str(), |connection, mchid| {
                    Ok(keys::bound_to(connection, Some(mchid))?)
                });
                keys.await
            }
            None => read_all(self, |connection| Ok(keys::bound_to(connection, None)?)).await,
        }
    }

    async fn remove_api_key(&self, hash: &[u8; 32]) -> Answer<bool> {
        let hash = *hash;
        write(self, Whose::Installation, move |connection| Ok(keys::remove(connection, &hash)?)).await
    }

    async fn audit(&self, line: AuditLine) -> Answer<Audited> {
        write(self, Whose::merchant(&line.mchid), move |connection| {
            merchants::expect(connection, &line.mchid)?;
            Ok(merchants::audit(connection, &line)?)
        })
        .await
    }

    async fn audit_trail(&self, mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<AuditLine>> {
        let trail = read(self, mchid.as_str(), move |connection, mchid| {
            Ok(merchants::audit_trail(connection, mchid, after, limit)?)
        });
        trail.await
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Answer<()> {
        let (name, value) = (name.to_owned(), value.to_vec());
        write(self, Whose::Installation, move |connection| Ok(settings::put(connection, &name, &value)?))
            .await
    }

    async fn put_setting_if_absent(&self, name: &str, value: &[u8]) -> Answer<Vec<u8>> {
        let (name, value) = (name.to_owned(), value.to_vec());
        write(self, Whose::Installation, move |connection| {
            Ok(settings::put_if_absent(connection, &name, &value)?)
        })
        .await
    }

    async fn setting(&self, name: &str) -> Answer<Option<Vec<u8>>> {
        let name = name.to_owned();
        read_all(self, move |connection| Ok(settings::get(connection, &name)?)).await
    }
}
