//! The bodies of the operator's requests, as the document shows them. They are read field by field elsewhere, so that each
//! mistake is told with its place.

use utoipa::ToSchema;

/// A merchant id to be set up, or to be set up another way: then every field is given again.
#[derive(Debug, ToSchema)]
#[schema(as = NewMerchantId, example = json!({
    "mchid": "1900000001", "mode": "institution", "region": "global", "wire": "v3", "appid": "wx0000000000000001",
    "settlement_currency": "USD", "sub_mchids": ["1900000101"],
    "certificate_pem": "the text of apiclient_cert.pem", "private_key_pem": "the text of apiclient_key.pem",
    "api_v3_key": "the 32 characters of the APIv3 key",
    "public_keys": [{"id": "PUB_KEY_ID_0119000000012026010100000000000001", "pem": "the text of pub_key.pem"}]
}))]
pub struct NewMerchantBody {
    /// The merchant id.
    #[schema(max_length = 32)]
    pub mchid: String,
    /// How it is connected: `direct`, or `institution` for one that serves sub-merchants.
    pub mode: ModeWord,
    /// Its branch of WeChat Pay. `mainland` is not served yet.
    pub region: RegionWord,
    /// The version of WeChat Pay's interface that new refunds go over. Those under way end over the one they began with.
    pub wire: WireWord,
    /// The app id its requests bear.
    #[schema(max_length = 32)]
    pub appid: String,
    /// The currency it is settled in, ISO 4217.
    pub settlement_currency: String,
    /// Whether the numbers of its refunds at WeChat Pay begin with the sub-merchant. `prefixed` for an institution and
    /// `as_given` for a direct merchant if left out; fixed with the first refund.
    pub number_form: Option<NumberFormWord>,
    /// Base URLs of WeChat Pay, the first of which is used and the others are fallbacks; WeChat Pay's own if left out. A
    /// gateway in a sandbox's world needs the sandbox's.
    pub api_hosts: Option<Vec<String>>,
    /// Sub-merchants of an institution, beside those it serves already. None is ever taken away.
    pub sub_mchids: Option<Vec<String>>,
    /// The API certificate, as `apiclient_cert.pem` has it.
    pub certificate_pem: String,
    /// Its private key, as `apiclient_key.pem` has it. Sealed before it is stored, and never shown.
    pub private_key_pem: String,
    /// The APIv3 key, 32 characters; needed over V3. Sealed before it is stored, and never shown. Left out, it stays what it
    /// was.
    pub api_v3_key: Option<String>,
    /// The API key of V2, 32 letters and digits; needed over V2. Sealed before it is stored, and never shown. Left out, it
    /// stays what it was.
    pub api_v2_key: Option<String>,
    /// The WeChat Pay public keys that the Merchant Platform shows; left out while platform certificates are used.
    pub public_keys: Option<Vec<PublicKeyBody>>,
}

/// A WeChat Pay public key.
#[derive(Debug, ToSchema)]
#[schema(as = PublicKey)]
pub struct PublicKeyBody {
    /// Its id, `PUB_KEY_ID_…`.
    pub id: String,
    /// The key.
    pub pem: String,
}

/// How a merchant id is connected.
#[derive(Debug, ToSchema)]
#[schema(as = Mode, rename_all = "snake_case")]
pub enum ModeWord {
    /// By itself.
    Direct,
    /// Serves sub-merchants.
    Institution,
}

/// A branch of WeChat Pay.
#[derive(Debug, ToSchema)]
#[schema(as = Region, rename_all = "snake_case")]
pub enum RegionWord {
    /// Cross-border.
    Global,
    /// China's mainland.
    Mainland,
}

/// A version of WeChat Pay's interface.
#[derive(Debug, ToSchema)]
#[schema(as = Wire, rename_all = "snake_case")]
pub enum WireWord {
    /// JSON.
    V3,
    /// XML.
    V2,
}

/// How the numbers of refunds at WeChat Pay are formed.
#[derive(Debug, ToSchema)]
#[schema(as = NumberForm, rename_all = "snake_case")]
pub enum NumberFormWord {
    /// The sub-merchant stands in front.
    Prefixed,
    /// The tenant's number as it is.
    AsGiven,
}

/// A certificate that takes the place of the one in force.
#[derive(Debug, ToSchema)]
#[schema(as = NewCertificate, example = json!({
    "certificate_pem": "the text of apiclient_cert.pem", "private_key_pem": "the text of apiclient_key.pem"
}))]
pub struct NewCertificateBody {
    /// The API certificate, as `apiclient_cert.pem` has it.
    pub certificate_pem: String,
    /// Its private key, as `apiclient_key.pem` has it. Sealed before it is stored, and never shown.
    pub private_key_pem: String,
}

/// A sub-merchant that an institution serves from now on, or that is given another weight.
#[derive(Debug, ToSchema)]
#[schema(as = NewSubMerchant, example = json!({"sub_mchid": "1900000102", "weight": 200}))]
pub struct NewSubMerchantBody {
    /// The sub-merchant.
    #[schema(max_length = 32)]
    pub sub_mchid: String,
    /// What its share of the pool counts for where sub-merchants take turns, in per cent: with 200 it draws twice what it would
    /// with 100, which is usual. What it was if left out.
    #[schema(minimum = 1, maximum = 10_000)]
    pub weight: Option<u16>,
}

/// A key of the API that is wanted.
#[derive(Debug, ToSchema)]
#[schema(as = NewApiKey, example = json!({
    "name": "till 4", "mchid": "1900000001", "sub_mchid": "1900000101",
    "scopes": ["refunds:read", "refunds:write", "payments:write"], "not_after": "2027-01-01T00:00:00Z"
}))]
pub struct NewApiKeyBody {
    /// What people call it, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// The merchant id it is bound to; left out for an operator's.
    pub mchid: Option<String>,
    /// The sub-merchant it is bound to, if to one.
    pub sub_mchid: Option<String>,
    /// What it may do: `refunds:read`, `refunds:write`, `refunds:operate`, `payments:write`, `pools:read` (of a whole
    /// merchant id only), `webhooks:write`; or `admin` alone, without a merchant id.
    #[schema(min_items = 1)]
    pub scopes: Vec<String>,
    /// The last instant at which it is taken; no end if left out.
    #[schema(format = DateTime)]
    pub not_after: Option<String>,
}

/// How a key is replaced.
#[derive(Debug, ToSchema)]
#[schema(as = Replacement, example = json!({"overlap_s": 86400}))]
pub struct ReplacementBody {
    /// How many seconds the old key is still taken; a day if left out.
    pub overlap_s: Option<u64>,
}
