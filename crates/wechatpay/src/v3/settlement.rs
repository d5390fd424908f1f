//! Settlements: what became of the days' money, batch by batch: `GET /v3/global/settle/settlements`.
//!
//! The answer is always the institution's or directly connected merchant's as a whole; dates are China days.
//! Source: [global-settlement], [operations 6.3].

use crate::china::ChinaDay;
use crate::ids::SubMchid;
use crate::money::Currency;

use super::caller::parameter;
use super::json::{Fields, Message, MessageError, ObjectWriter};
use super::statement::call::{date_digits, parse_date};
use super::target::Target;

/// Which batches are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those paid out from the first of these days to the second, both included.
    Settled {
        /// The first day.
        from: ChinaDay,
        /// The last day, not before the first.
        to: ChinaDay,
    },
    /// Those that wait for their payout.
    Unsettled,
}

/// A question for batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementQuery {
    /// Which.
    pub which: Which,
    /// How many are passed over.
    pub offset: u32,
    /// How many are told at most: 1 to [`MOST`], [`USUAL`] if it is left out.
    pub limit: u32,
    /// Ordinary service providers alone narrow the question; institutions and direct merchants leave it out.
    pub sub_mchid: Option<SubMchid>,
}

/// The most batches of one answer.
pub const MOST: u32 = 30;

/// The advised number of batches.
pub const USUAL: u32 = 10;

const PATH: [&str; 4] = ["v3", "global", "settle", "settlements"];
const SETTLED: &str = "SETTLED";
const UNSETTLE: &str = "UNSETTLE";

impl SettlementQuery {
    /// Its target.
    pub fn target(&self) -> Target {
        let target = Target::of(PATH);
        let target = match self.which {
            Which::Settled { from, to } => target
                .with("settle_state", SETTLED)
                .with("settle_start_date", date_digits(from))
                .with("settle_end_date", date_digits(to)),
            Which::Unsettled => target.with("settle_state", UNSETTLE),
        };
        let target = target.with("limit", self.limit.to_string()).with("offset", self.offset.to_string());
        match &self.sub_mchid {
            None => target,
            Some(sub_mchid) => target.with("sub_mchid", sub_mchid.as_str()),
        }
    }

    /// The question asked by `target`; `None` if it asks for something else.
    pub fn parse(target: &Target) -> Result<Option<SettlementQuery>, MessageError> {
        if target.path() != PATH {
            return Ok(None);
        }
        let day = |name: &str| parse_date(name, target.parameter(name)?);
        let which = match target.parameter("settle_state")? {
            SETTLED => {
                let (from, to) = (day("settle_start_date")?, day("settle_end_date")?);
                if to < from {
                    return Err(MessageError::bad_value("settle_end_date", "is before settle_start_date"));
                }
                Which::Settled { from, to }
            }
            UNSETTLE => Which::Unsettled,
            _ => return Err(MessageError::bad_value("settle_state", "is neither SETTLED nor UNSETTLE")),
        };
        let number = |name: &str| parameter(target, name, str::parse::<u32>);
        let limit = number("limit")?.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(MessageError::bad_value("limit", format_args!("is not between 1 and {MOST}")));
        }
        let offset = number("offset")?.unwrap_or(0);
        let sub_mchid = parameter(target, "sub_mchid", SubMchid::parse)?;
        Ok(Some(SettlementQuery { which, offset, limit, sub_mchid }))
    }
}

/// Whose wallets paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletRegion {
    /// Mainland wallets.
    Mainland,
    /// Hong Kong wallets.
    HongKong,
}

impl WalletRegion {
    fn parse(text: &str) -> Result<WalletRegion, &'static str> {
        match text {
            "CHINA_MAINLAND" => Ok(WalletRegion::Mainland),
            "CHINA_HONGKONG" => Ok(WalletRegion::HongKong),
            _ => Err("is neither CHINA_MAINLAND nor CHINA_HONGKONG"),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            WalletRegion::Mainland => "CHINA_MAINLAND",
            WalletRegion::HongKong => "CHINA_HONGKONG",
        }
    }
}

/// One batch: the money of one day or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number; none while it is not settled. Source: \[inferred\].
    pub batch_id: Option<String>,
    /// When it was settled; none while it is not.
    pub settlement_date: Option<ChinaDay>,
    /// The first day of its trade.
    pub trade_start_date: ChinaDay,
    /// The last day of its trade.
    pub trade_end_date: ChinaDay,
    /// Whose wallets paid.
    pub wallet_region: Option<WalletRegion>,
    /// Its amounts, all in the settlement currency.
    pub amounts: BatchAmounts,
}

/// The amounts of a batch, in smallest units of `currency`.
///
/// `pay + refund = net`, and `net - fee = settled + unsettled`; see [`BatchAmounts::agree`]. V2 calls them `pay_fee`,
/// `refund_fee`, `pay_net_fee`, `poundage_fee`, `settlement_fee` and `unsettlement_fee`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchAmounts {
    /// The settlement currency.
    pub currency: Currency,
    /// Payments.
    pub pay: i64,
    /// Refunds; negative, or zero. Source: [operations 1.1], F18.
    pub refund: i64,
    /// What is left; negative where refunds of a worse rate outweigh.
    pub net: i64,
    /// The platform's fee; negative where the fee of what was refunded is given back.
    pub fee: i64,
    /// What was paid out.
    pub settled: i64,
    /// What waits.
    pub unsettled: i64,
}

impl BatchAmounts {
    /// Whether the sums hold. Source: [operations 6.3].
    pub fn agree(&self) -> bool {
        let wide = |minor: i64| i128::from(minor);
        wide(self.pay) + wide(self.refund) == wide(self.net)
            && wide(self.net) - wide(self.fee) == wide(self.settled) + wide(self.unsettled)
    }
}

/// A page of batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementPage {
    /// The batches.
    pub batches: Vec<Batch>,
    /// How many there are in all; told on the first page and on an empty one.
    pub total_count: Option<i64>,
    /// How many were passed over.
    pub offset: i64,
    /// How many were asked for at most.
    pub limit: i64,
}

impl SettlementPage {
    /// The page in `body`. What is told of funds distribution is left alone.
    pub fn parse(body: &[u8]) -> Result<SettlementPage, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        let batches = fields.objects("data")?.iter().map(Batch::read).collect::<Result<_, _>>()?;
        Ok(SettlementPage {
            batches,
            total_count: fields.optional_integer("total_count")?,
            offset: fields.optional_integer("offset")?.unwrap_or(0),
            limit: fields.optional_integer("limit")?.unwrap_or(USUAL.into()),
        })
    }

    /// The body of this page.
    pub fn render(&self) -> String {
        ObjectWriter::render(|object| {
            object.objects("data", &self.batches, |object, batch| batch.write(object));
            if let Some(total_count) = self.total_count {
                object.integer("total_count", total_count);
            }
            object.integer("offset", self.offset);
            object.integer("limit", self.limit);
        })
    }
}

impl Batch {
    fn read(fields: &Fields<'_>) -> Result<Batch, MessageError> {
        let day = |key: &str| match fields.optional_text(key)? {
            None | Some("") => Ok(None),
            Some(text) => parse_date(key, text).map(Some),
        };
        let required = |key: &str| day(key)?.ok_or_else(|| fields.missing(key));
        let amount = fields.object("amount")?;
        Ok(Batch {
            batch_id: fields.optional_text("batch_id")?.filter(|id| !id.is_empty()).map(str::to_owned),
            settlement_date: day("settlement_date")?,
            trade_start_date: required("trade_start_date")?,
            trade_end_date: required("trade_end_date")?,
            wallet_region: fields.optional_parsed("wallet_region", WalletRegion::parse)?,
            amounts: BatchAmounts {
                currency: amount.parsed("currency", Currency::parse)?,
                pay: amount.signed_integer("pay")?,
                refund: amount.signed_integer("refund")?,
                net: amount.signed_integer("net")?,
                fee: amount.signed_integer("fee")?,
                settled: amount.signed_integer("settled")?,
                unsettled: amount.signed_integer("unsettle")?,
            },
        })
    }

    fn write(&self, object: &mut ObjectWriter) {
        let Batch { batch_id, settlement_date, trade_start_date, trade_end_date, wallet_region, amounts } =
            self;
        let BatchAmounts { currency, pay, refund, net, fee, settled, unsettled } = amounts;
        object.optional_text("batch_id", batch_id.as_deref());
        object.optional_text("settlement_date", settlement_date.map(date_digits).as_deref());
        object.text("trade_start_date", &date_digits(*trade_start_date));
        object.text("trade_end_date", &date_digits(*trade_end_date));
        object.object("amount", |object| {
            object.integer("settled", *settled);
            object.integer("unsettle", *unsettled);
            object.text("currency", currency.code());
            object.integer("pay", *pay);
            object.integer("refund", *refund);
            object.integer("net", *net);
            object.integer("fee", *fee);
        });
        object.optional_text("wallet_region", wallet_region.map(WalletRegion::as_str));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> ChinaDay {
        ChinaDay::from_date(text.parse().unwrap())
    }

    /// The real batch that was published: [operations 1.1], F18.
    fn batch() -> Batch {
        let amounts = BatchAmounts {
            currency: Currency::USD,
            pay: 16,
            refund: -11,
            net: 5,
            fee: 0,
            settled: 5,
            unsettled: 0,
        };
        Batch {
            batch_id: Some("201705290004".to_owned()),
            settlement_date: Some(day("2017-05-30")),
            trade_start_date: day("2017-05-29"),
            trade_end_date: day("2017-05-29"),
            wallet_region: Some(WalletRegion::Mainland),
            amounts,
        }
    }

    #[test]
    fn the_targets_are_those_of_the_page() {
        let which = Which::Settled { from: day("2017-05-01"), to: day("2017-05-31") };
        for (which, target) in [
            (
                which,
                "/v3/global/settle/settlements?settle_state=SETTLED&settle_start_date=20170501\
                 &settle_end_date=20170531&limit=10&offset=0",
            ),
            (Which::Unsettled, "/v3/global/settle/settlements?settle_state=UNSETTLE&limit=10&offset=0"),
        ] {
            let query = SettlementQuery { which, offset: 0, limit: USUAL, sub_mchid: None };
            assert_eq!(query.target().render(), target);
            assert_eq!(SettlementQuery::parse(&Target::parse(target).unwrap()), Ok(Some(query)));
        }
    }

    #[test]
    fn each_parameter_that_cannot_be_is_named() {
        for (query, field) in [
            ("", "settle_state"),
            ("?settle_state=settled", "settle_state"),
            ("?settle_state=SETTLED", "settle_start_date"),
            ("?settle_state=SETTLED&settle_start_date=20170501", "settle_end_date"),
            ("?settle_state=SETTLED&settle_start_date=20170502&settle_end_date=20170501", "settle_end_date"),
            ("?settle_state=UNSETTLE&limit=31", "limit"),
            ("?settle_state=UNSETTLE&limit=0", "limit"),
            ("?settle_state=UNSETTLE&offset=-1", "offset"),
        ] {
            let target = Target::parse(&format!("/v3/global/settle/settlements{query}")).unwrap();
            assert_eq!(SettlementQuery::parse(&target).unwrap_err().field(), Some(field), "{query}");
        }
    }

    #[test]
    fn a_page_is_read_back_and_its_sums_hold() {
        let waiting = Batch {
            batch_id: None,
            settlement_date: None,
            amounts: BatchAmounts { settled: 0, unsettled: 5, ..batch().amounts },
            ..batch()
        };
        let page =
            SettlementPage { batches: vec![batch(), waiting], total_count: Some(2), offset: 0, limit: 10 };
        assert_eq!(SettlementPage::parse(page.render().as_bytes()), Ok(page.clone()));
        assert!(page.batches.iter().all(|batch| batch.amounts.agree()));
        assert!(page.render().contains("\"refund\":-11"));
        assert!(
            !BatchAmounts { refund: 11, ..batch().amounts }.agree(),
            "a refund without its sign is noticed"
        );
    }

    #[test]
    fn a_page_without_what_every_batch_has_is_refused() {
        let page = SettlementPage { batches: vec![batch()], total_count: None, offset: 0, limit: 10 };
        for key in ["trade_start_date", "net", "unsettle", "currency"] {
            let body = page.render().replace(&format!("\"{key}\""), "\"else\"");
            assert!(
                matches!(SettlementPage::parse(body.as_bytes()), Err(MessageError::Missing { .. })),
                "{key}"
            );
        }
        let empty = SettlementPage::parse(b"{}").unwrap();
        assert!(empty.batches.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_page_or_an_error(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SettlementPage::parse(&body).is_ok();
        }
    }
}
