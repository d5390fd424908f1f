//! A merchant's key and request string, as the certificate tool makes them.

use certs::private_key::PrivateKey;
use certs::request::{MerchantId, MerchantName, make};
use sandbox::authority::new_key;
use wechatpay::keys::SigningKey;

/// A key that waits for its certificate.
pub(crate) struct NewKey {
    /// The request string.
    pub(crate) request_string: String,
    /// The key.
    pub(crate) key: SigningKey,
}

impl NewKey {
    /// One of this merchant, which has the name that sandboxes give.
    pub(crate) fn of(mchid: &str) -> NewKey {
        NewKey::named(mchid, &format!("Tidegate Sandbox Shop {mchid} 有限公司"))
    }

    /// One of a merchant with this name.
    pub(crate) fn named(mchid: &str, name: &str) -> NewKey {
        let pair = new_key().unwrap();
        let key = PrivateKey::from_pkcs8(&pair.serialize_der()).unwrap();
        let (id, name) = (MerchantId::parse(mchid).unwrap(), MerchantName::parse(name).unwrap());
        NewKey {
            request_string: make(&key, &id, &name).unwrap(),
            key: SigningKey::from_pem(&pair.serialize_pem()).unwrap(),
        }
    }
}
