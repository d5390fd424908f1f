//! How the waiting are counted, and how many of each lane are read when not all can be.

use refunds::refund::Place;
use wechatpay::ids::SubMchid;

use crate::reading::Lane;

/// The largest need that is counted as it is: some 2.7 billion CNY, far above what WeChat Pay pays in one refund. An
/// unknown need is larger by construction and counts as this much, so that millions of them still have a sum.
const LARGEST_COUNTED: i64 = 1 << 38;

/// What a need adds to the sum of its lane.
pub fn counted_need(need: i64) -> i64 {
    need.clamp(0, LARGEST_COUNTED)
}

/// The lane of `place` for a sub-merchant.
pub(crate) fn lane(place: Place, sub_mchid: Option<&SubMchid>) -> Lane {
    let Place { pool, class, bucket } = place;
    Lane { pool, class, sub_mchid: sub_mchid.cloned(), bucket }
}

/// How many of each lane to read, if `counts` lie there and `limit` are wanted in all: all of the short lanes, and of
/// the long ones the same number each. So what is small is found however much large lies before it.
pub(crate) fn shares(counts: &[u64], limit: u64) -> Vec<u64> {
    let mut by_length: Vec<usize> = (0..counts.len()).collect();
    by_length.sort_by_key(|&lane| counts.get(lane));
    let mut shares = vec![0; counts.len()];
    let (mut room, mut lanes) = (limit, counts.len() as u64);
    // The shortest first, so that the room it does not need goes to the longer ones.
    for lane in by_length {
        let (Some(count), Some(share)) = (counts.get(lane), shares.get_mut(lane)) else { continue };
        *share = (*count).min(room.div_ceil(lanes));
        room -= *share;
        lanes -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lanes_are_read_whole_and_long_ones_alike() {
        assert_eq!(shares(&[1_000_000, 3, 1_000_000], 103), [50, 3, 50]);
        assert_eq!(shares(&[2, 3], 100), [2, 3]);
        assert_eq!(shares(&[5, 5, 5], 2), [1, 1, 0]);
        assert_eq!(shares(&[], 5), Vec::<u64>::new());
    }

    #[test]
    fn an_unknown_need_has_a_sum_however_many_there_are() {
        let unknown = counted_need(refunds::need::UNKNOWN_HIGH);
        assert!(unknown.checked_mul(10_000_000).is_some());
    }
}
