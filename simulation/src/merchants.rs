//! The merchant ids of a world: most worlds have one, and in some it has neighbours.
//!
//! Neighbours share the store, the platform and the nodes, and nothing else: each has an owner, a pool, budgets, sub-merchants
//! and refunds of its own. They use the same numbers now and then, for orders and for refunds, and those are different ones.

use jiff::Timestamp;
use platform::world::{Merchant as Listed, Mode as ListedMode};
use refunds::key::NumberForm;
use refunds::policy::{ConfirmBy, Policy};
use refunds::weight::Weight;
use store::merchant::{Merchant as SetUp, Mode};
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use crate::chance::Chance;
use crate::driver::DriverId;
use crate::faults::{Fault, Without};
use crate::judges::Record;
use crate::names;
use crate::world::World;

/// In so many histories of a million there are several: what happens between them needs fewer histories than what happens to
/// one alone, whose refunds come closer together.
const SHARE_PPM: u32 = 250_000;

/// Names a merchant id of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MerchantNo(usize);

impl MerchantNo {
    /// The one that every world has.
    pub(crate) const FIRST: MerchantNo = MerchantNo(0);
}

/// One merchant id: who it is, who decides for it, and what the judges remember of it.
#[derive(Debug)]
pub(crate) struct Merchant {
    pub(crate) mchid: Mchid,
    pub(crate) is_direct: bool,
    /// What is drawn about it as a whole.
    pub(crate) chance: Chance,
    pub(crate) policy: Policy,
    /// How many refunds in a million are asked for over V2.
    pub(crate) v2_ppm: u32,
    /// How many of its sub-merchants sell anything.
    pub(crate) subs: i64,
    /// Who took it over last.
    pub(crate) newest: Option<DriverId>,
    /// Since when, or from when on, its owner has been the same, awake, and in a state in which its calls are taken.
    pub(crate) steady_since: Timestamp,
    /// What an operator said last of the pause.
    pub(crate) paused: Option<bool>,
    pub(crate) record: Record,
}

impl Merchant {
    fn new(no: MerchantNo, chance: Chance, start: Timestamp) -> Merchant {
        let is_direct = chance.happens(200_000, "direct", 0, 0);
        let mchid = match (no, is_direct) {
            (MerchantNo::FIRST, true) => names::mchid("1900000002"),
            (MerchantNo::FIRST, false) => names::mchid("1900000001"),
            (MerchantNo(n), _) => names::neighbour(n),
        };
        Merchant {
            mchid,
            is_direct,
            policy: policy(&chance),
            v2_ppm: chance.pick(0, &[0, 0, 500_000, 1_000_000], "over v2", 0, 0),
            subs: if is_direct { 0 } else { chance.between(2, 3, "subs", 0, 0) },
            newest: None,
            steady_since: start,
            paused: None,
            record: Record::default(),
            chance,
        }
    }

    /// How its refunds' numbers at the platform are formed.
    pub(crate) fn number_form(&self) -> NumberForm {
        if self.is_direct { NumberForm::AsGiven } else { NumberForm::Prefixed }
    }

    fn settlement_currency(&self) -> Currency {
        if self.is_direct { Currency::HKD } else { Currency::USD }
    }

    /// How the gateway has it.
    pub(crate) fn set_up(&self) -> SetUp {
        SetUp {
            mchid: self.mchid.clone(),
            mode: if self.is_direct { Mode::Direct } else { Mode::Institution },
            number_form: self.number_form(),
            settlement_currency: self.settlement_currency(),
            wire: if self.v2_ppm == 1_000_000 { Wire::V2 } else { Wire::V3 },
            region: Region::Global,
            appid: names::appid(),
            api_hosts: vec![],
            is_sandbox: false,
            sub_merchants: (1..=3).map(|n| (names::sub_mchid(n), Weight::USUAL)).collect(),
        }
    }

    /// How the platform has it. Two institutions may serve the same sub-merchant.
    pub(crate) fn listed(&self) -> Listed {
        Listed {
            mchid: self.mchid.clone(),
            mode: if self.is_direct { ListedMode::Direct } else { ListedMode::Institution },
            wire: Wire::V3,
            appid: names::appid(),
            settlement_currency: self.settlement_currency(),
            sub_mchids: if self.is_direct { vec![] } else { (1..=3).map(names::sub_mchid).collect() },
            any_price_currency: false,
            company_name: None,
        }
    }
}

/// The figures of a merchant id: mostly the defaults, with some limits so low that they are met.
fn policy(chance: &Chance) -> Policy {
    let confirm_by = chance.pick(
        ConfirmBy::Query,
        &[ConfirmBy::Query, ConfirmBy::VerifiedNotification],
        "confirm by",
        0,
        0,
    );
    let default = Policy::default();
    Policy {
        seed: chance.seed(),
        confirm_by,
        front_limit: chance.pick(default.front_limit, &[default.front_limit, 3, 12], "front", 0, 0),
        submissions_in_flight: chance.pick(default.submissions_in_flight, &[1, 3], "in flight", 0, 0),
        queries_in_flight: chance.pick(default.queries_in_flight, &[2], "queries in flight", 0, 0),
        calls_per_second: chance.pick(default.calls_per_second, &[150, 150, 20, 1], "calls a second", 0, 0),
        ..default
    }
}

/// All merchant ids of a world: at least one.
#[derive(Debug)]
pub(crate) struct Merchants {
    first: Merchant,
    neighbours: Vec<Merchant>,
}

impl Merchants {
    /// Draws how many there are, and what each is like.
    pub(crate) fn of(chance: &Chance, without: &Without, start: Timestamp) -> Merchants {
        let name = Fault::SeveralMerchants.name();
        let several = without.has(Fault::SeveralMerchants) && chance.happens(SHARE_PPM, name, "several", 0);
        let count = if several { chance.pick(1, &[1, 2, 3], name, "count", 0) } else { 0 };
        let neighbour = |n| Merchant::new(MerchantNo(n), chance.of_neighbour(n), start);
        Merchants {
            first: Merchant::new(MerchantNo::FIRST, *chance, start),
            neighbours: (1..=count).map(neighbour).collect(),
        }
    }

    /// The neighbours of the first.
    pub(crate) fn neighbours(&self) -> &[Merchant] {
        &self.neighbours
    }

    /// The names of all.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = MerchantNo> + use<> {
        (0..=self.neighbours.len()).map(MerchantNo)
    }

    fn iter(&self) -> impl Iterator<Item = &Merchant> {
        std::iter::once(&self.first).chain(&self.neighbours)
    }
}

impl World {
    pub(crate) fn merchant(&self, no: MerchantNo) -> &Merchant {
        let neighbour = no.0.checked_sub(1).and_then(|n| self.merchants.neighbours.get(n));
        neighbour.unwrap_or(&self.merchants.first)
    }

    pub(crate) fn merchant_mut(&mut self, no: MerchantNo) -> &mut Merchant {
        let Merchants { first, neighbours } = &mut self.merchants;
        no.0.checked_sub(1).and_then(|n| neighbours.get_mut(n)).unwrap_or(first)
    }

    /// All merchant ids.
    pub(crate) fn merchant_nos(&self) -> impl Iterator<Item = MerchantNo> + use<> {
        self.merchants.numbers()
    }

    /// All merchant ids but one.
    pub(crate) fn others_than(&self, no: MerchantNo) -> impl Iterator<Item = MerchantNo> + use<> {
        self.merchant_nos().filter(move |other| *other != no)
    }

    /// Which merchant id has this number; the first if none has.
    pub(crate) fn whose(&self, mchid: &Mchid) -> MerchantNo {
        let place = self.merchants.iter().position(|merchant| merchant.mchid == *mchid);
        place.map_or(MerchantNo::FIRST, MerchantNo)
    }

    /// Draws one of the merchant ids.
    pub(crate) fn any_merchant(&self, purpose: &str, n: u64) -> MerchantNo {
        let neighbours: Vec<MerchantNo> = self.others_than(MerchantNo::FIRST).collect();
        self.chance.pick(MerchantNo::FIRST, &neighbours, purpose, "whose", n)
    }

    /// Until `at` nobody is blamed for what of a merchant id is late, or for longer if something else is wrong for longer.
    pub(crate) fn is_unsteady_until(&mut self, no: MerchantNo, at: Timestamp) {
        let merchant = self.merchant_mut(no);
        merchant.steady_since = merchant.steady_since.max(at);
    }
}
