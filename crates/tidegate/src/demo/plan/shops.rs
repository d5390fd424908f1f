//! Who trades: an institution of the sandbox's default world, and its three sub-merchants.

/// The institution's merchant id. It settles in US dollars; all of its shops share one CNY pool.
pub(crate) const INSTITUTION: &str = "1900000001";

/// A sub-merchant.
#[derive(Debug)]
pub(crate) struct Shop {
    /// Its number at WeChat Pay.
    pub(crate) sub_mchid: &'static str,
    /// What it is.
    pub(crate) name: &'static str,
    /// Whether its payments are reported to the gateway. Of the others the gateway learns when a refund is asked for.
    pub(crate) reports_payments: bool,
    /// The letter before the numbers of its orders.
    pub(super) letter: char,
    /// Its part of the payments, in a hundred.
    pub(super) share: usize,
    /// How trade is spread over the hours of a day in China.
    pub(super) hours: [usize; 24],
    /// The least and the greatest ticket, in fen.
    pub(super) tickets: (i64, i64),
}

/// The three. The market goes on past midnight, when the pool has just been emptied.
pub(crate) static SHOPS: [Shop; 3] = [
    Shop {
        sub_mchid: "1900000101",
        name: "tea house",
        reports_payments: true,
        letter: 'T',
        share: 45,
        hours: [0, 0, 0, 0, 0, 0, 0, 0, 2, 5, 7, 7, 8, 7, 9, 12, 10, 7, 5, 4, 3, 0, 0, 0],
        tickets: (1_200, 15_000),
    },
    Shop {
        sub_mchid: "1900000102",
        name: "night market",
        reports_payments: false,
        letter: 'M',
        share: 35,
        hours: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 2, 1, 1, 2, 5, 9, 12, 13, 11, 7, 3],
        tickets: (1_500, 30_000),
    },
    Shop {
        sub_mchid: "1900000103",
        name: "department store",
        reports_payments: true,
        letter: 'D',
        share: 20,
        hours: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 8, 7, 7, 8, 8, 8, 8, 9, 8, 5, 2, 0, 0],
        tickets: (6_000, 100_000),
    },
];
