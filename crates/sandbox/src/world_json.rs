//! `DIR/world.json`: what a developer needs to know to use a running sandbox.

use std::path::Path;

use platform::rates::Rates;
use platform::world::{Merchant, Mode, World};
use serde::{Deserialize, Serialize};
use wechatpay::wire::Wire;

use crate::credentials::{CredentialsError, write_whole};

/// The file as it is written. Times and addresses are those of the running sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorldJson {
    /// Says that this is a sandbox.
    pub notice: String,
    /// Where V3 answers, a full URL. So does V2, but for what asks for a client certificate.
    pub v3: String,
    /// Where all of it answers by TLS and takes client certificates, a full URL; `tls_ca.pem` beside this file is who
    /// vouches for it.
    pub mtls: String,
    /// Where the control interface answers, a full URL.
    pub control: String,
    /// Where the Merchant Platform's pages are, a full URL.
    pub merchant_platform: String,
    /// Which clock it goes by.
    pub clock: ClockKind,
    /// The merchants, by number.
    pub merchants: Vec<MerchantJson>,
    /// The published rates: CNY for one unit, times 10^8.
    pub rates: Rates,
}

/// Where a sandbox answers, full URLs as in the file.
#[derive(Debug, Clone, Default)]
pub struct Urls {
    /// V3, and V2.
    pub v3: String,
    /// The same by TLS.
    pub mtls: String,
    /// The control interface.
    pub control: String,
    /// The Merchant Platform's pages.
    pub merchant_platform: String,
}

/// Which clock a sandbox goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The wall clock.
    Real,
    /// One that is moved by hand.
    Virtual,
}

/// A merchant of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantJson {
    /// The merchant id. Its keys lie in `credentials/<mchid>`.
    pub mchid: String,
    /// How it is connected.
    pub mode: Mode,
    /// Which interface it uses, `v3` or `v2`. Both answer it.
    pub wire: String,
    /// Its official account or app.
    pub appid: String,
    /// The currency it is paid out in.
    pub settlement_currency: String,
    /// Whom it serves.
    pub sub_mchids: Vec<String>,
    /// The company it belongs to, as its certificates name it.
    pub company_name: String,
}

const NOTICE: &str =
    "This is a Tidegate sandbox. No money moves, and its keys and certificates are worth nothing.";

impl WorldJson {
    /// The file of a sandbox with this world, whose interfaces and pages answer at these URLs.
    pub fn new(world: &World, urls: Urls, clock: ClockKind) -> WorldJson {
        let Urls { v3, mtls, control, merchant_platform } = urls;
        WorldJson {
            notice: NOTICE.to_owned(),
            v3,
            mtls,
            control,
            merchant_platform,
            clock,
            merchants: world.merchants.iter().map(MerchantJson::of).collect(),
            rates: world.rates.clone(),
        }
    }

    /// Writes `world.json` in the folder `dir`, in the place of an earlier one.
    pub fn write(&self, dir: &Path) -> Result<(), CredentialsError> {
        let mut text = serde_json::to_vec_pretty(self)
            .unwrap_or_else(|error| unreachable!("texts and whole numbers are JSON: {error}"));
        text.push(b'\n');
        write_whole(&dir.join("world.json"), &text)
    }
}

impl MerchantJson {
    fn of(merchant: &Merchant) -> MerchantJson {
        MerchantJson {
            mchid: merchant.mchid.as_str().to_owned(),
            mode: merchant.mode,
            wire: match merchant.wire {
                Wire::V2 => "v2".to_owned(),
                Wire::V3 => "v3".to_owned(),
            },
            appid: merchant.appid.as_str().to_owned(),
            settlement_currency: merchant.settlement_currency.code().to_owned(),
            sub_mchids: merchant.sub_mchids.iter().map(|sub| sub.as_str().to_owned()).collect(),
            company_name: merchant.company(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_it_is_and_where_everything_answers() {
        let file = WorldJson::new(
            &World::default(),
            Urls {
                v3: "http://127.0.0.1:7080".to_owned(),
                mtls: "https://127.0.0.1:7443".to_owned(),
                control: "http://127.0.0.1:7081".to_owned(),
                merchant_platform: "http://127.0.0.1:7080/merchant-platform".to_owned(),
            },
            ClockKind::Real,
        );
        let written: serde_json::Value = serde_json::to_value(&file).unwrap();
        assert!(written["notice"].as_str().unwrap().contains("sandbox"));
        assert_eq!((&written["v3"], &written["clock"]), (&"http://127.0.0.1:7080".into(), &"real".into()));
        assert_eq!(written["mtls"], "https://127.0.0.1:7443");
        assert_eq!(
            written["merchants"][0],
            serde_json::json!({
                "mchid": "1900000001",
                "mode": "institution",
                "wire": "v3",
                "appid": "wx0000000000000001",
                "settlement_currency": "USD",
                "sub_mchids": ["1900000101", "1900000102", "1900000103"],
                "company_name": "Tidegate Sandbox Shop 1900000001 有限公司",
            })
        );
        assert_eq!(written["rates"]["cny_per_unit"]["USD"], 710_000_000);
    }

    #[test]
    fn it_is_written_whole_and_in_the_place_of_an_earlier_one() {
        let dir = std::env::temp_dir().join(format!("tidegate-world-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for clock in [ClockKind::Real, ClockKind::Virtual] {
            let file = WorldJson::new(&World::default(), Urls::default(), clock);
            file.write(&dir).unwrap();
            let text = std::fs::read_to_string(dir.join("world.json")).unwrap();
            let read: WorldJson = serde_json::from_str(&text).unwrap();
            assert_eq!((read.clock, read.merchants), (clock, file.merchants));
        }
        let files = std::fs::read_dir(&dir).unwrap().count();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(files, 1);
    }
}
