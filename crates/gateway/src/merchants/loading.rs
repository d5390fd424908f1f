//! Bringing all merchant ids back at the start.

use std::sync::Arc;

use store::Store;
use store::error::StoreError;
use store::merchant::Merchant;
use wechatpay::ids::Mchid;
use wechatpay::v3::caller::Region;

use super::account::Account;
use super::credentials::{Credentials, CredentialsError};
use super::setting_up::{Before, open_line};
use super::stored::{self, StoredError};
use crate::gateway::{Gateway, World};
use crate::secrets::sealer::Sealer;
use crate::wechat::line::{Line, LineError};

/// Why a merchant id has no way to WeChat Pay.
#[derive(Debug, thiserror::Error)]
pub enum NoLine {
    /// Its branch is not served yet.
    #[error("the mainland is not served by this version of the gateway")]
    NotServed,
    /// It was set up for the other world. A sandbox's merchant ids never call WeChat Pay, and the reverse.
    #[error(
        "it was set up for the other world: a gateway is for a sandbox or for production, never for both"
    )]
    OtherWorld,
    /// Its credentials cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// Its credentials cannot be used.
    #[error("{error}. {}", error.what_to_do())]
    Credentials {
        /// What is wrong with them.
        #[from]
        error: CredentialsError,
    },
    /// No connection can be made of them.
    #[error(transparent)]
    Line(#[from] LineError),
}

/// Takes every merchant id of the store into the registry. One whose credentials are missing, do not open or belong to
/// the other world is named in the log and has no line: its refunds are kept and shown, and wait. The others work.
pub async fn load_all(gateway: &Gateway, sealer: &Sealer) -> Result<(), StoreError> {
    load(gateway, sealer, |_| true).await
}

/// As [`load_all`], for the merchant ids that are `wanted`.
pub async fn load(
    gateway: &Gateway,
    sealer: &Sealer,
    wanted: impl Fn(&Mchid) -> bool,
) -> Result<(), StoreError> {
    let _changing = gateway.merchants.changing().await;
    let merchants = gateway.store.merchants().await?;
    for merchant in merchants.into_iter().filter(|merchant| wanted(&merchant.mchid)) {
        let line = match line_of(gateway, sealer, &merchant).await {
            Ok(line) => Some(line),
            Err(NoLine::Stored(StoredError::Store(error))) => return Err(error),
            Err(error) => {
                tracing::error!(mchid = %merchant.mchid, %error, "this merchant id cannot call WeChat Pay; its refunds wait");
                None
            }
        };
        gateway.merchants.put(Account { merchant, line });
    }
    Ok(())
}

async fn line_of(gateway: &Gateway, sealer: &Sealer, merchant: &Merchant) -> Result<Arc<Line>, NoLine> {
    if merchant.region == Region::Mainland {
        return Err(NoLine::NotServed);
    }
    let world = gateway.settings.world;
    if merchant.is_sandbox != (world == World::Sandbox) {
        return Err(NoLine::OtherWorld);
    }
    let texts = stored::bring(&*gateway.store, sealer, &merchant.mchid).await?;
    let credentials = Credentials::parse(&texts, &merchant.mchid, merchant.wire)?;
    let certificate = &credentials.api_certificate;
    certificate.expect_world(world).map_err(CredentialsError::from)?;
    if let Err(error) = certificate.expect_valid(gateway.clock.now()) {
        // WeChat Pay says when it is really over; until then what it answers is worth more than our calendar.
        tracing::warn!(mchid = %merchant.mchid, %error, "{}", error.what_to_do());
    }
    let before = Before {
        certificate: stored::certificate_before(&*gateway.store, sealer, &merchant.mchid)
            .await
            .map_err(StoredError::from)?,
        api_v2_key: stored::api_v2_key_before(&*gateway.store, sealer, &merchant.mchid, &texts)
            .await
            .map_err(StoredError::from)?,
    };
    Ok(open_line(gateway, merchant, credentials, before)?)
}
