//! Where WeChat Pay is called.

use reqwest::Url;
use store::merchant::Merchant;
use wechatpay::v3::caller::Region;

use crate::gateway::World;

/// The global hosts: Hong Kong, the Americas, and Europe with the Middle East and Africa. All reach the same data.
/// Source: [global-refund], [official-skills].
const GLOBAL: [&str; 3] =
    ["https://apihk.mch.weixin.qq.com", "https://apius.mch.weixin.qq.com", "https://apieu.mch.weixin.qq.com"];

/// The mainland's main host and the one in another place. Source: [mainland-refund].
const MAINLAND: [&str; 2] = ["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"];

/// Where `merchant` calls, the main host first: those it is set up with, else WeChat Pay's own. A sandbox's merchant id
/// has its own alone, since its certificate must not go to WeChat Pay.
pub fn of(merchant: &Merchant) -> Vec<String> {
    if !merchant.api_hosts.is_empty() || merchant.is_sandbox {
        return merchant.api_hosts.clone();
    }
    let hosts: &[&str] = match merchant.region {
        Region::Global => &GLOBAL,
        Region::Mainland => &MAINLAND,
    };
    hosts.iter().map(|host| (*host).to_owned()).collect()
}

/// Why a text is no host of WeChat Pay's interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiHostError {
    /// No URL.
    #[error("`{text}` is no URL")]
    NotAUrl {
        /// What was given.
        text: String,
    },
    /// More than scheme, host and port.
    #[error("`{text}` has more than a scheme, a host and a port")]
    MoreThanAHost {
        /// What was given.
        text: String,
    },
    /// Without TLS, to another machine or in production.
    #[error("`{text}` is not https")]
    NotHttps {
        /// What was given.
        text: String,
    },
    /// A sandbox's certificates must not go to WeChat Pay.
    #[error("no host is given, and a gateway set up for a sandbox has none of its own")]
    NoneInSandbox,
}

impl ApiHostError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            ApiHostError::NotAUrl { .. } | ApiHostError::MoreThanAHost { .. } => {
                "Give a URL such as `https://apihk.mch.weixin.qq.com`, or leave api_hosts out to take WeChat Pay's own."
            }
            ApiHostError::NotHttps { .. } => {
                "Use https. Plain http is for a sandbox on this machine only, such as `http://127.0.0.1:7080`."
            }
            ApiHostError::NoneInSandbox => {
                "Give the sandbox's V3 address, which it prints and writes into `world.json`."
            }
        }
    }
}

/// `text` as base URL without a slash at its end. Plain http is taken on this machine alone, and only for a sandbox.
pub fn parse(text: &str, world: World) -> Result<String, ApiHostError> {
    let url = Url::parse(text.trim()).map_err(|_| ApiHostError::NotAUrl { text: shortened(text) })?;
    let is_taken = match url.scheme() {
        "https" => true,
        "http" => world == World::Sandbox && is_loopback(&url),
        _ => false,
    };
    if !is_taken {
        return Err(ApiHostError::NotHttps { text: without_password(&url) });
    }
    let is_base = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    if !is_base || !is_anonymous || url.host().is_none() {
        return Err(ApiHostError::MoreThanAHost { text: without_password(&url) });
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a URL is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn without_password(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        // A URL with a password has a host, so it takes another one.
        let _ = url.set_password(Some("***"));
    }
    shortened(url.as_str())
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_https_and_plain_only_for_a_sandbox_on_this_machine() {
        const APIHK: &str = "https://apihk.mch.weixin.qq.com";
        for (text, production, sandbox) in [
            (APIHK, Some(APIHK), Some(APIHK)),
            ("https://apihk.mch.weixin.qq.com/", Some(APIHK), Some(APIHK)),
            ("http://127.0.0.1:7080", None, Some("http://127.0.0.1:7080")),
            ("http://[::1]:7080/", None, Some("http://[::1]:7080")),
            ("http://localhost:7080", None, Some("http://localhost:7080")),
            ("http://apihk.mch.weixin.qq.com", None, None),
            ("http://127.0.0.1.example.com", None, None),
            ("ftp://127.0.0.1", None, None),
            ("https://apihk.mch.weixin.qq.com/v3", None, None),
            ("https://apihk.mch.weixin.qq.com?a=b", None, None),
            ("https://user@apihk.mch.weixin.qq.com", None, None),
            ("apihk.mch.weixin.qq.com", None, None),
            ("", None, None),
        ] {
            assert_eq!(parse(text, World::Production).ok().as_deref(), production, "{text}");
            assert_eq!(parse(text, World::Sandbox).ok().as_deref(), sandbox, "{text}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let error = parse("https://me:hunter2@example.com", World::Production).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
