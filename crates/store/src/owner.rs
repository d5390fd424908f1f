//! What an owner wants to read, whatever it is kept in.

use refunds::owner::{Input, Load};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;

use crate::contract::{Answer, Store};

/// What is found for `load` on `day`.
pub async fn load(store: &impl Store, mchid: &Mchid, load: &Load, day: ChinaDay) -> Answer<Input> {
    Ok(match load {
        Load::Holding => Input::Holding(store.holding(mchid, day).await?),
        Load::Intake { limit } => Input::Intake(store.intake(mchid, *limit).await?),
        Load::Due { at, limit } => Input::Due(store.due(mchid, *at, *limit).await?),
        Load::Front { limit } => Input::Front(store.front(mchid, *limit).await?),
        Load::Open { after, limit } => Input::Open(store.open_refunds(mchid, after.as_ref(), *limit).await?),
        Load::RecentOrders { before, limit } => {
            Input::RecentOrders(store.recent_orders(mchid, before.as_ref(), *limit).await?)
        }
        Load::Refunds(keys) => Input::Refunds(store.refunds(keys).await?),
        Load::PastDays { limit } => Input::PastDays(store.past_days(mchid, *limit).await?),
        Load::Namesakes { order, sub_mchid, report } => {
            Input::Namesakes(store.namesakes(order, sub_mchid.as_ref(), report).await?)
        }
    })
}
