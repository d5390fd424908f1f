//! Who is on the platform: merchant ids, their sub-merchants and currencies, and the rates of the day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wechatpay::ids::{Appid, Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::wire::Wire;

use crate::pool::{PoolModel, PoolOwner};
use crate::rates::Rates;
use crate::settings::{PoolScope, Settings};
use crate::wire;

/// Everything that is given before the first event. A world file has this form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// The merchant ids.
    pub merchants: Merchants,
    /// Exchange rates.
    pub rates: Rates,
    /// The platform's settings.
    pub settings: Settings,
}

impl Default for World {
    /// An institution with three sub-merchants that settles in US dollars, a direct merchant that settles in Hong
    /// Kong dollars, and a mainland merchant.
    fn default() -> World {
        let subs = &["1900000101", "1900000102", "1900000103"];
        let listed = [
            Merchant::listed("1900000001", Mode::Institution, "wx0000000000000001", Currency::USD, subs),
            Merchant::listed("1900000002", Mode::Direct, "wx0000000000000002", Currency::HKD, &[]),
            Merchant::listed("1900000003", Mode::Mainland, "wx0000000000000003", Currency::CNY, &[]),
        ];
        World {
            merchants: Merchants::from_iter(listed.into_iter().flatten()),
            rates: Rates::default(),
            settings: Settings::default(),
        }
    }
}

impl World {
    /// The merchant that `mchid` and `sub_mchid` name together.
    ///
    /// An institution acts for one of its sub-merchants, always; the others act for themselves, except that a
    /// mainland merchant with sub-merchants may do either.
    pub fn member(&self, mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> Result<&Merchant, NotAMember> {
        let merchant =
            self.merchants.get(mchid).ok_or_else(|| NotAMember::Merchant { mchid: mchid.clone() })?;
        match sub_mchid {
            None if merchant.mode == Mode::Institution => Err(NotAMember::SubMerchantMissing),
            Some(sub) if !merchant.sub_mchids.contains(sub) => {
                Err(NotAMember::SubMerchant { sub_mchid: sub.clone() })
            }
            _ => Ok(merchant),
        }
    }

    /// Whose pool a payment to these two enters, and a refund by them leaves.
    pub fn pool_owner(&self, mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> PoolOwner {
        let sub_mchid = match self.settings.pool_scope {
            PoolScope::Institution => None,
            PoolScope::SubMerchant => sub_mchid.cloned(),
        };
        PoolOwner { mchid: mchid.clone(), sub_mchid }
    }
}

/// The merchant ids of a world, by number. Written as a list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Merchant>", into = "Vec<Merchant>")]
pub struct Merchants(BTreeMap<Mchid, Merchant>);

impl Merchants {
    /// The merchant with this number.
    pub fn get(&self, mchid: &Mchid) -> Option<&Merchant> {
        self.0.get(mchid)
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Merchant> {
        self.0.values()
    }
}

impl FromIterator<Merchant> for Merchants {
    /// A later merchant replaces an earlier one with its number.
    fn from_iter<I: IntoIterator<Item = Merchant>>(merchants: I) -> Merchants {
        Merchants(merchants.into_iter().map(|merchant| (merchant.mchid.clone(), merchant)).collect())
    }
}

impl TryFrom<Vec<Merchant>> for Merchants {
    type Error = String;

    fn try_from(merchants: Vec<Merchant>) -> Result<Merchants, String> {
        let listed = merchants.len();
        let merchants = Merchants::from_iter(merchants);
        if merchants.0.len() == listed { Ok(merchants) } else { Err("a mchid is listed twice".to_owned()) }
    }
}

impl From<Merchants> for Vec<Merchant> {
    fn from(merchants: Merchants) -> Vec<Merchant> {
        merchants.0.into_values().collect()
    }
}

/// A merchant id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// The number.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// How it is connected.
    pub mode: Mode,
    /// Which generation of the interface it uses; V3 if left out. Both answer it.
    #[serde(default = "usual_wire", with = "wire::text")]
    pub wire: Wire,
    /// Its official account or app.
    #[serde(with = "wire::text")]
    pub appid: Appid,
    /// The currency it is paid out in. A merchant id has one. Source: [operations 1.1], F15.
    #[serde(with = "wire::text")]
    pub settlement_currency: Currency,
    /// Whom it serves.
    #[serde(default, with = "wire::list")]
    pub sub_mchids: Vec<SubMchid>,
    /// Whether it may price in other currencies than CNY and its settlement currency. Source: [multi-currency].
    #[serde(default)]
    pub any_price_currency: bool,
    /// The company it belongs to, as its certificates and the Merchant Platform name it; one made of its number if left
    /// out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
}

const fn usual_wire() -> Wire {
    Wire::V3
}

impl Merchant {
    /// A merchant of a list; `None` if a number is not one.
    fn listed(mchid: &str, mode: Mode, appid: &str, currency: Currency, subs: &[&str]) -> Option<Merchant> {
        Some(Merchant {
            mchid: Mchid::parse(mchid).ok()?,
            mode,
            wire: usual_wire(),
            appid: Appid::parse(appid).ok()?,
            settlement_currency: currency,
            sub_mchids: subs.iter().filter_map(|sub| SubMchid::parse(sub).ok()).collect(),
            any_price_currency: false,
            company_name: None,
        })
    }

    /// The name of the company it belongs to.
    pub fn company(&self) -> String {
        let made = || format!("Tidegate Sandbox Shop {} 有限公司", self.mchid);
        self.company_name.clone().unwrap_or_else(made)
    }

    /// Whether orders may be priced in `currency`. Source: [operations 1.1], F16.
    pub fn may_price_in(&self, currency: Currency) -> bool {
        self.any_price_currency || currency == Currency::CNY || currency == self.settlement_currency
    }

    /// How its money in `currency` is kept.
    ///
    /// Only the CNY of merchants abroad knows the nightly exchange; what Hong Kong wallets pay, and everything of a
    /// mainland merchant, is a plain balance. How Hong Kong wallets' money is kept is our reading.
    pub fn pool_model(&self, payer_currency: Currency) -> PoolModel {
        if self.mode != Mode::Mainland && payer_currency == Currency::CNY {
            PoolModel::Daily
        } else {
            PoolModel::Balance
        }
    }
}

/// How a merchant id is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Abroad, for itself.
    Direct,
    /// Abroad, for its sub-merchants.
    Institution,
    /// In the mainland.
    Mainland,
}

/// Why two numbers name no merchant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAMember {
    /// No such merchant id.
    #[error("merchant {mchid} does not exist")]
    Merchant {
        /// The number given.
        mchid: Mchid,
    },
    /// An institution did not say for whom it acts.
    #[error("an institution names the sub-merchant it acts for")]
    SubMerchantMissing,
    /// The merchant id does not serve this sub-merchant.
    #[error("sub-merchant {sub_mchid} is not served by this merchant id")]
    SubMerchant {
        /// The number given.
        sub_mchid: SubMchid,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_world_has_the_three_kinds_of_merchant() {
        let world = World::default();
        let kinds: Vec<_> =
            world.merchants.iter().map(|m| (m.mode, m.settlement_currency, m.sub_mchids.len())).collect();
        assert_eq!(
            kinds,
            [
                (Mode::Institution, Currency::USD, 3),
                (Mode::Direct, Currency::HKD, 0),
                (Mode::Mainland, Currency::CNY, 0),
            ]
        );
        let [institution, direct, mainland] = &world.merchants.iter().collect::<Vec<_>>()[..] else {
            panic!("three merchants")
        };
        assert!(institution.may_price_in(Currency::CNY) && !institution.may_price_in(Currency::HKD));
        assert_eq!(direct.pool_model(Currency::CNY), PoolModel::Daily);
        assert_eq!(direct.pool_model(Currency::HKD), PoolModel::Balance);
        assert_eq!(mainland.pool_model(Currency::CNY), PoolModel::Balance);
        assert_eq!(world.member(&institution.mchid, None).unwrap_err(), NotAMember::SubMerchantMissing);
        assert!(world.member(&direct.mchid, institution.sub_mchids.first()).is_err());
    }

    #[test]
    fn a_world_file_may_leave_almost_everything_out() {
        let world: World = serde_json::from_str(
            r#"{"merchants": [{"mchid": "1900000009", "mode": "direct", "appid": "wx9",
                "settlement_currency": "JPY"}], "settings": {"lock_time": "05:30:00"}}"#,
        )
        .unwrap();
        assert_eq!(world.merchants.iter().next().unwrap().settlement_currency, Currency::JPY);
        assert_eq!(world.settings.lock_time, jiff::civil::time(5, 30, 0, 0));
        assert_eq!(world.settings.payout_min_usd, 800);
        let twice = vec![world.merchants.iter().next().unwrap(); 2];
        let twice = serde_json::json!({ "merchants": twice }).to_string();
        assert!(serde_json::from_str::<World>(&twice).is_err());
        assert!(serde_json::from_str::<World>(r#"{"settings": {"lock_tim": "05:30:00"}}"#).is_err());
    }
}
