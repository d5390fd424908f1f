//! Where a gateway beside a sandbox sends its notices: to the sandbox's phone, so that they can be seen without any set-up.

use reqwest::Url;

use super::settings::{ChannelSettings, SmsSettings};

/// A number that no merchant of a sandbox has. It stands for whoever looks after the gateway.
const NUMBER: &str = "13800000000";

/// The channel to the phone of the sandbox whose V3 interface answers at `v3`, a full URL; none if it is no URL.
pub fn channels(v3: &str) -> ChannelSettings {
    let url = Url::parse(v3).and_then(|v3| v3.join("/sms")).ok();
    let sms = url.map(|url| SmsSettings { url, token: None, to: vec![NUMBER.to_owned()] });
    ChannelSettings { sms, ..ChannelSettings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phone_is_reached_where_v3_answers() {
        let sms = channels("http://127.0.0.1:7080").sms.unwrap();
        assert_eq!((sms.url.as_str(), sms.to), ("http://127.0.0.1:7080/sms", vec![NUMBER.to_owned()]));
        assert!(sms.token.is_none());
        assert_eq!(channels("nowhere"), ChannelSettings::default());
    }
}
