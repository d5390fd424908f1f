//! `--world FILE`: another world than the default one, as TOML.
//!
//! ```toml
//! [[merchants]]
//! mchid = "1900000009"
//! mode = "institution"            # or direct, mainland
//! wire = "v2"                     # or v3, as if left out; both answer it
//! appid = "wx0000000000000009"
//! settlement_currency = "USD"
//! sub_mchids = ["1900000901"]
//! company_name = "Nine Shops Ltd"   # as its certificates name it
//!
//! [rates.cny_per_unit]            # CNY for one unit, times 10^8
//! USD = 710_000_000
//!
//! [settings]                      # those of `platform::settings`
//! lock_time = "05:30:00"
//! certificate_rules = "current"   # or classic
//! ```
//!
//! What is left out is as in the default world. What is not known is refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use certs::request::MerchantName;
use platform::world::{Mode, World};
use toml::de::{DeTable, DeValue};
use wechatpay::money::Currency;

/// Why a file is not a world.
#[derive(Debug, thiserror::Error)]
#[error("`{}`: {cause}", path.display())]
pub struct WorldFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    #[source]
    pub cause: WorldError,
}

/// What is wrong with a world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is not TOML, or has a key or a value that no world has. The text shows line and key.
    #[error("{}", .0.to_string().trim_end())]
    NotAWorld(#[from] toml::de::Error),
    /// Each value by itself could be, but not together.
    #[error("line {line}, `{key}`: {why}")]
    Impossible {
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
}

/// The world in the file.
pub fn read(path: &Path) -> Result<World, WorldFileError> {
    let text = fs::read_to_string(path).map_err(WorldError::from);
    text.and_then(|text| parse(&text)).map_err(|cause| WorldFileError { path: path.to_owned(), cause })
}

/// The world that `text` describes.
pub fn parse(text: &str) -> Result<World, WorldError> {
    let world: World = toml::from_str(text)?;
    match contradiction(&world) {
        None => Ok(world),
        Some(Contradiction { place, key, why }) => {
            let line = text[..start_of(&place, text).unwrap_or(0)].matches('\n').count() + 1;
            Err(WorldError::Impossible { line, key, why })
        }
    }
}

/// Two things that cannot both be.
struct Contradiction {
    place: Place,
    key: String,
    why: String,
}

/// Where something stands in a file.
enum Place {
    Merchants,
    /// A key of the merchant with this number.
    Merchant(String, &'static str),
    /// The rate of a currency.
    Rate(String),
}

fn contradiction(world: &World) -> Option<Contradiction> {
    if world.merchants.iter().next().is_none() {
        let why = "a world has at least one merchant; leave the key out for the default ones".to_owned();
        return Some(Contradiction { place: Place::Merchants, key: "merchants".to_owned(), why });
    }
    let rates = &world.rates.cny_per_unit;
    if let Some((currency, rate)) = rates.iter().find(|(_, rate)| **rate <= 0) {
        return Some(Contradiction {
            place: Place::Rate(currency.code().to_owned()),
            key: format!("rates.cny_per_unit.{currency}"),
            why: format!("a rate is positive, and this is {rate}"),
        });
    }
    world.merchants.iter().find_map(|merchant| {
        let currency = merchant.settlement_currency;
        let (key, why) = if merchant.mode == Mode::Institution && merchant.sub_mchids.is_empty() {
            ("sub_mchids", "an institution serves at least one sub-merchant".to_owned())
        } else if currency != Currency::CNY && !rates.contains_key(&currency) {
            ("settlement_currency", format!("`rates.cny_per_unit` has no rate of {currency}"))
        } else if MerchantName::parse(&merchant.company()).is_err() {
            let longest = MerchantName::LONGEST;
            (
                "company_name",
                format!("a certificate has room for a name of 1 to {longest} printable characters"),
            )
        } else {
            return None;
        };
        let mchid = merchant.mchid.as_str().to_owned();
        Some(Contradiction {
            place: Place::Merchant(mchid.clone(), key),
            key: format!("merchants {mchid}.{key}"),
            why,
        })
    })
}

/// Where `place` begins in `text`; a merchant without the key, where the merchant begins.
fn start_of(place: &Place, text: &str) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let top = |key: &str| file.get_ref().get(key);
    let found = match place {
        Place::Merchants => top("merchants")?,
        Place::Rate(currency) => {
            top("rates")?.get_ref().get("cny_per_unit")?.get_ref().get(currency.as_str())?
        }
        Place::Merchant(mchid, key) => {
            let is_it = |merchant: &DeValue<'_>| {
                merchant.get("mchid").and_then(|value| value.get_ref().as_str()) == Some(mchid)
            };
            let listed = top("merchants")?.get_ref().as_array()?;
            let merchant = listed.iter().find(|merchant| is_it(merchant.get_ref()))?;
            merchant.get_ref().get(*key).unwrap_or(merchant)
        }
    };
    Some(found.span().start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_the_default_world() {
        let world = parse("").unwrap();
        let numbers: Vec<&str> = world.merchants.iter().map(|merchant| merchant.mchid.as_str()).collect();
        assert_eq!(numbers, ["1900000001", "1900000002", "1900000003"]);
    }

    #[test]
    fn the_example_of_this_page_is_a_world() {
        let example = include_str!("world_file.rs").lines().skip_while(|line| *line != "//! ```toml").skip(1);
        let example: Vec<&str> = example
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//!"))
            .collect();
        let world = parse(&example.join("\n")).unwrap();
        let [merchant] = &world.merchants.iter().collect::<Vec<_>>()[..] else { panic!("one merchant") };
        assert_eq!((merchant.mchid.as_str(), merchant.sub_mchids.len()), ("1900000009", 1));
        assert_eq!(world.settings.lock_time.to_string(), "05:30:00");
    }

    #[test]
    fn a_mistake_is_shown_with_its_line_and_its_key() {
        let merchant = "[[merchants]]\nmchid = \"1900000009\"\nmode = \"direct\"\nappid = \"wx9\"\n";
        for (text, parts) in [
            ("[settings]\nlock_tim = \"05:30:00\"\n".to_owned(), ["line 2", "lock_tim", "unknown field"]),
            ("[settings]\n\nlock_time = \"nine\"\n".to_owned(), ["line 3", "lock_time", "nine"]),
            (format!("{merchant}settlement_currency = \"US\""), ["line 5", "settlement_currency", "US"]),
            (merchant.to_owned(), ["line 1", "missing field", "settlement_currency"]),
            (merchant.replace("1900000009", "19-9"), ["line 2", "mchid", "digits"]),
            ("[rates.cny_per_unit]\nUSD = 7.1\n".to_owned(), ["line 2", "USD", "7.1"]),
            ("seed = 1\n".to_owned(), ["line 1", "seed", "unknown field"]),
            ("[[merchants]\n".to_owned(), ["line 1", "merchants", "TOML"]),
        ] {
            let message = refused(&text);
            assert!(parts.iter().all(|part| message.contains(part)), "{parts:?} in:\n{message}");
        }
    }

    #[test]
    fn a_world_that_cannot_be_is_refused_with_its_line_and_its_key() {
        let merchant = |mode: &str, currency: &str| {
            format!(
                "[[merchants]]\nmchid = \"1900000009\"\nmode = \"{mode}\"\nappid = \"wx9\"\n\
                 settlement_currency = \"{currency}\"\n"
            )
        };
        let twice = merchant("direct", "USD").repeat(2);
        for (text, message) in [
            (
                "merchants = []\n".to_owned(),
                "line 1, `merchants`: a world has at least one merchant; leave the key out for the default ones",
            ),
            (
                "[rates.cny_per_unit]\nHKD = 1\nUSD = -1\n".to_owned(),
                "line 3, `rates.cny_per_unit.USD`: a rate is positive, and this is -1",
            ),
            (
                merchant("institution", "USD"),
                "line 1, `merchants 1900000009.sub_mchids`: an institution serves at least one sub-merchant",
            ),
            (
                merchant("direct", "CHF"),
                "line 5, `merchants 1900000009.settlement_currency`: `rates.cny_per_unit` has no rate of CHF",
            ),
            (
                merchant("direct", "USD") + "company_name = \" \"\n",
                "line 6, `merchants 1900000009.company_name`: a certificate has room for a name of 1 to 64 printable \
                 characters",
            ),
        ] {
            assert_eq!(refused(&text), message);
        }
        assert!(refused(&twice).contains("a mchid is listed twice"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Path::new("no/such/world.toml")).unwrap_err().to_string();
        assert!(error.starts_with("`no/such/world.toml`: "), "{error}");
    }
}
