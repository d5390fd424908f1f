//! One of several merchant ids is held up until all refunds of its neighbours have ended.
//!
//! What holds a merchant id up for an hour may hold up its neighbours as well, and nobody sees it in the end: all of them go on
//! when it does. So in some histories it does not go on before the others are done.

use jiff::Timestamp;

use crate::chance::Chance;
use crate::faults::{Fault, Without};
use crate::merchants::{MerchantNo, Merchants};
use crate::world::World;

/// In so many histories of a million with several merchant ids.
const SHARE_PPM: u32 = 500_000;

/// A merchant id that is to be held up, is, or was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldUp {
    merchant: MerchantNo,
    way: Way,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// An operator pauses it.
    Paused,
    /// The platform refuses every call because of the set-up.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    ToCome,
    Held,
    GoesOn { since: Timestamp },
}

impl HeldUp {
    /// Draws whether one is held up, which, and how.
    pub(crate) fn of(chance: &Chance, without: &Without, merchants: &Merchants) -> Option<HeldUp> {
        let name = Fault::HeldUp.name();
        let others: Vec<MerchantNo> = merchants.numbers().filter(|no| *no != MerchantNo::FIRST).collect();
        let happens =
            !others.is_empty() && without.has(Fault::HeldUp) && chance.happens(SHARE_PPM, name, "happens", 0);
        happens.then(|| HeldUp {
            merchant: chance.pick(MerchantNo::FIRST, &others, name, "whose", 0),
            way: chance.pick(Way::Paused, &[Way::Refused], name, "way", 0),
            stage: Stage::ToCome,
        })
    }
}

impl World {
    /// Whether it is this merchant id that is held up, now or later.
    pub(crate) fn is_to_be_held_up(&self, merchant: MerchantNo) -> bool {
        self.held_up.is_some_and(|held_up| held_up.merchant == merchant)
    }

    /// The merchant id that waits for its neighbours now.
    pub(crate) fn held_up_now(&self) -> Option<MerchantNo> {
        self.held_up.filter(|held_up| held_up.stage == Stage::Held).map(|held_up| held_up.merchant)
    }

    /// Whether the platform refuses every call of this merchant id now, until its neighbours are done.
    pub(crate) fn is_held_up_by_refusals(&self, merchant: MerchantNo) -> bool {
        self.held_up.is_some_and(|held_up| held_up.way == Way::Refused)
            && self.held_up_now() == Some(merchant)
    }

    /// From here on it is held up.
    pub(crate) fn hold_up(&mut self) {
        let Some(held_up) = &mut self.held_up else { return };
        held_up.stage = Stage::Held;
        let HeldUp { merchant, way, .. } = *held_up;
        if way == Way::Paused {
            self.pauses(merchant, true);
        }
    }

    /// Its neighbours are done: it goes on.
    pub(crate) fn let_go(&mut self, merchant: MerchantNo) {
        let now = self.now;
        let Some(held_up) = &mut self.held_up else { return };
        held_up.stage = Stage::GoesOn { since: now };
        let way = held_up.way;
        self.tally.held_up += 1;
        self.note(|| format!("{merchant:?} goes on"));
        self.is_unsteady_until(merchant, now);
        if way == Way::Paused {
            self.pauses(merchant, false);
        }
    }

    /// Since when nothing is in anybody's way, given when all faults ended.
    pub(crate) fn free_since(&self, healed_at: Timestamp) -> Timestamp {
        match self.held_up.map(|held_up| held_up.stage) {
            Some(Stage::GoesOn { since }) => since,
            Some(Stage::ToCome | Stage::Held) | None => healed_at,
        }
    }
}
