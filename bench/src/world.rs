//! Who takes part: direct merchants in a kind world, where the pools hold. What a refund pays back decides when it ends.

use std::fmt::Write as _;

/// The first merchant id; the others follow it.
pub const FIRST: u32 = 1_900_010_001;

/// A payment that fills a merchant id's pool for the whole run, in fen.
pub const POOL_FEN: u64 = 1_000_000_000;

/// What an order costs, in fen.
pub const ORDER_FEN: u64 = 10_000;

/// A refund of this much, in fen, does not end while anybody measures.
pub const ENDLESS_FEN: u64 = 1_000;

/// A refund of this much, in fen, ends well a second after its acceptance.
pub const QUICK_FEN: u64 = 1_001;

/// A month: no run is that long.
const ENDLESS_S: u32 = 30 * 24 * 60 * 60;

/// The merchant ids of a run.
pub fn merchants(count: u32) -> Vec<String> {
    (0..count).map(|n| (FIRST + n).to_string()).collect()
}

/// The world of these merchant ids, as a sandbox reads it.
pub fn file(merchants: &[String]) -> String {
    let mut text = String::new();
    for (amount, after_s) in [(ENDLESS_FEN, ENDLESS_S), (QUICK_FEN, 1)] {
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "[[settings.fates]]\namount_minor = {amount}\nfate = \"success\"\nafter_s = {after_s}\n\n",
        );
    }
    for mchid in merchants {
        let _ = write!(
            text,
            "[[merchants]]\nmchid = \"{mchid}\"\nmode = \"direct\"\nappid = \"wx{mchid}\"\n\
             settlement_currency = \"USD\"\n\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_can_read_the_world() {
        let merchants = merchants(16);
        let world = sandbox::world_file::parse(&file(&merchants)).unwrap();
        let listed: Vec<&str> = world.merchants.iter().map(|merchant| merchant.mchid.as_str()).collect();
        assert_eq!(listed, merchants);
        assert_eq!(world.settings.fates.len(), 2);
    }
}
