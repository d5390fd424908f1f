//! What may differ between one sandbox and the next, where the pages are silent or disagree.
//!
//! Nothing here is a branch for tests: a refund that turns out abnormal on purpose does so by a [`FateRule`].
//! Source: [operations 1.2], simulator settings.

use jiff::civil::{Time, time};
use serde::{Deserialize, Serialize};
use wechatpay::calendar::{Calendar, CalendarError};
use wechatpay::ids::{BankType, Mchid};

use crate::chance::WHOLE_PPM;
use crate::wire;

/// The platform's settings. In a world file every key may be left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// When on T+1, by China's clocks, the CNY of day T is locked, exchanged and settled. The hour is not published;
    /// it lies before 09:00. Source: [operations 1.1], F6.
    #[serde(with = "wire::text")]
    pub lock_time: Time,
    /// Whether CNY of yesterday can still be refunded between midnight and a late lock. Off, as the pages say that
    /// a refund draws on its own day. Source: [operations 1.1], F7.
    pub late_lock_keeps_refundable: bool,
    /// Whether refunds of earlier days' orders accepted before noon stay in processing until noon.
    /// Source: [operations 1.1], F26.
    pub noon_batch: bool,
    /// The platform's fee, in parts in a million of the amount.
    pub fee_rate_ppm: u32,
    /// When the fee is taken.
    pub fee_mode: FeeMode,
    /// The settlement pool is paid out from this many whole US dollars or their equivalent. Source: [refund-logic].
    pub payout_min_usd: u32,
    /// The business days by which payouts and slow banks go.
    pub payout_calendar: BusinessDays,
    /// When on T+1, by China's clocks, the statement of day T is made: it tells how far refunds have come by then.
    /// Source: [operations 6.1].
    #[serde(with = "wire::text")]
    pub statement_made: Time,
    /// From when on T+1 the statement of day T can be fetched. Source: [global-statement].
    #[serde(with = "wire::text")]
    pub statement_ready: Time,
    /// For how many days after its own a statement can be fetched. Source: [global-statement].
    pub statement_days: u16,
    /// Whose payments may pay whose refunds.
    pub pool_scope: PoolScope,
    /// What a merchant id may do.
    pub limits: RefundLimits,
    /// How a closed refund is called in the answers of global queries.
    pub closed_status: ClosedStatus,
    /// How long a paid Quick Pay order can be revoked.
    pub revoke_window: RevokeWindow,
    /// A payment cannot be revoked in its first seconds. Source: [global-revoke].
    pub revoke_min_age_s: u32,
    /// An order cannot be closed in its first seconds. Source: [global-close].
    pub close_min_age_s: u32,
    /// Quick Pay asks the payer for the password from this many CNY fen. Source: [global-payment].
    pub password_from_fen: i64,
    /// A Quick Pay order that was not paid is revoked by the platform after this time. Source: [operations 5.2].
    pub quick_pay_lapse_s: u32,
    /// The banks that need business days rather than hours.
    #[serde(with = "wire::list")]
    pub slow_banks: Vec<BankType>,
    /// Share of card refunds that turn out abnormal, in parts in a million.
    pub abnormal_ppm: u32,
    /// Share of refunds closed after acceptance, in parts in a million.
    pub closed_ppm: u32,
    /// Share of card refunds that end in the payer's balance because the card is void, in parts in a million.
    pub other_balance_ppm: u32,
    /// What happens to particular refunds; the first rule that fits decides.
    pub fates: Vec<FateRule>,
    /// By which of the platform's rules merchants' certificates live.
    pub certificate_rules: CertificateRules,
    /// Whether a renewal certifies a new key. Otherwise it certifies the old one again; no page says which. \[inferred\]
    pub renewal_takes_new_key: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            lock_time: Time::midnight(),
            late_lock_keeps_refundable: false,
            noon_batch: false,
            fee_rate_ppm: 0,
            fee_mode: FeeMode::NetAtSettlement,
            payout_min_usd: 800,
            payout_calendar: BusinessDays::default(),
            statement_made: time(9, 0, 0, 0),
            statement_ready: time(10, 0, 0, 0),
            statement_days: 180,
            pool_scope: PoolScope::Institution,
            limits: RefundLimits::default(),
            closed_status: ClosedStatus::Refundclose,
            revoke_window: RevokeWindow::SameDay,
            revoke_min_age_s: 15,
            close_min_age_s: 5 * 60,
            password_from_fen: 300_000,
            quick_pay_lapse_s: 45,
            // Rural credit unions of two provinces and a rural bank: local, and rare among payers.
            slow_banks: ["GXNX_DEBIT", "GSNX_DEBIT", "XJRCCB_DEBIT"]
                .into_iter()
                .filter_map(|name| BankType::parse(name).ok())
                .collect(),
            abnormal_ppm: 0,
            closed_ppm: 0,
            other_balance_ppm: 0,
            fates: Vec::new(),
            certificate_rules: CertificateRules::Classic,
            renewal_takes_new_key: false,
        }
    }
}

/// The two sets of rules about merchants' certificates. Source: [api-certificate], [certificate-rules].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateRules {
    /// A year at a time, five years in all; a replaced one dies.
    Classic,
    /// Five years at once, three side by side, voiding and restoring.
    Current,
}

/// When the platform takes its fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeMode {
    /// From the day's net, at settlement; what is refunded on the day costs nothing.
    NetAtSettlement,
    /// In CNY at each payment, so that the only payment of a day cannot be refunded in full. The part of a refund
    /// comes back when the refund succeeds.
    WithheldAtPayment,
}

/// Who shares a pool. Source: [operations 1.1], "Who owns the pool".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolScope {
    /// All sub-merchants of an institution.
    Institution,
    /// Each sub-merchant has its own.
    SubMerchant,
}

/// The name of a closed refund where the pages disagree. Source: [global-refund-query].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ClosedStatus {
    /// As the reference of the query says.
    Refundclose,
    /// As notifications and the newer guides say.
    Closed,
}

/// How long a paid order can be revoked, where the pages disagree. Source: [global-revoke].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeWindow {
    /// On the China day of the payment.
    SameDay,
    /// Within this many times 24 hours after the payment.
    Days(u16),
}

/// The published limits of refunding. Source: [global-refund].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefundLimits {
    /// Submissions a second and merchant id.
    pub submits_per_s: u32,
    /// Refused submissions a second and merchant id.
    pub refused_per_s: u32,
    /// Submissions a minute and merchant id for orders older than 30 days.
    pub old_orders_per_minute: u32,
    /// Refund queries a second and merchant id.
    pub queries_per_s: u32,
    /// Refunds of one order.
    pub partial_refunds: u32,
    /// Days after the payment on which a refund can still be asked for.
    pub age_days: u16,
    /// Seconds between requests for different refunds of one order.
    pub spacing_s: u32,
    /// Whether a request answered NOT ENOUGH starts those seconds too. On, as the page speaks of requests.
    pub spacing_counts_not_enough: bool,
}

impl Default for RefundLimits {
    fn default() -> RefundLimits {
        RefundLimits {
            submits_per_s: 150,
            refused_per_s: 6,
            old_orders_per_minute: 5000,
            queries_per_s: 150,
            partial_refunds: 50,
            age_days: 365,
            spacing_s: 60,
            spacing_counts_not_enough: true,
        }
    }
}

/// What happens to the refunds a rule fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FateRule {
    /// Only refunds of this merchant id.
    #[serde(default, with = "wire::option")]
    pub mchid: Option<Mchid>,
    /// Only refunds to this bank.
    #[serde(default, with = "wire::option")]
    pub bank_type: Option<BankType>,
    /// Only refunds of exactly this amount, in smallest units of the price currency.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// The share of them, in parts in a million.
    #[serde(default = "every_one")]
    pub share_ppm: u32,
    /// What becomes of them.
    pub fate: Fate,
    /// When, in seconds after acceptance; by the bank's speed if left out.
    #[serde(default)]
    pub after_s: Option<u32>,
}

const fn every_one() -> u32 {
    WHOLE_PPM
}

/// What becomes of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The payer gets the money.
    Success,
    /// The bank returns the money and the platform cannot place it.
    Abnormal,
    /// The platform closes the refund and the money returns to the pool.
    Closed,
    /// It is not accepted: the payer has closed the account.
    AccountClosed,
}

/// The business days of mainland China, with rows of the operator's own (`date,kind`) added to the bundled ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BusinessDays {
    rows: String,
    calendar: Calendar,
}

impl BusinessDays {
    /// The calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }
}

impl Default for BusinessDays {
    fn default() -> BusinessDays {
        BusinessDays { rows: String::new(), calendar: Calendar::bundled() }
    }
}

impl TryFrom<String> for BusinessDays {
    type Error = CalendarError;

    fn try_from(rows: String) -> Result<BusinessDays, CalendarError> {
        let calendar = Calendar::bundled().extended(&rows)?;
        Ok(BusinessDays { rows, calendar })
    }
}

impl From<BusinessDays> for String {
    fn from(days: BusinessDays) -> String {
        days.rows
    }
}
