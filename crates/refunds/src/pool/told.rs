//! What answers told of a pool that nobody can ask.
//!
//! Every answer to an attempt is a look into the pool: an acceptance shows that the day had brought at least so much, NOT
//! ENOUGH that it had not. A few of these looks say nearly all that the whole day's answers do; those are kept.
//! Source: [operations 1.3], \[inferred\].

use jiff::Timestamp;

/// How many looks of each kind are kept.
const KEPT: usize = 12;

/// One look into the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// When the answer came.
    pub at: Timestamp,
    /// An amount that the day had brought by then, whatever was drawn from it since, in minor units.
    pub brought: i64,
    /// What was known of the day's payments then.
    pub seen: i64,
    /// Whether the day had brought so much.
    pub enough: bool,
}

/// Adds `look` to what was told before, oldest first, and forgets what it makes worthless.
pub fn add(told: &mut Vec<Told>, look: Told) {
    // The day only brings more: that it had not brought this much by now says the same of every earlier time.
    told.retain(|earlier| earlier.enough || look.enough || earlier.brought < look.brought);
    told.push(look);
    let alike = || told.iter().enumerate().filter(|(_, known)| known.enough == look.enough);
    if alike().count() > KEPT {
        // The two that lie closest together say nearly the same; the earlier one goes.
        let pairs = alike().zip(alike().skip(1));
        let closest = pairs.min_by_key(|((_, one), (_, next))| next.at.duration_since(one.at));
        if let Some(((place, _), _)) = closest {
            told.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn look(minute: i64, brought: i64, enough: bool) -> Told {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        Told { at, brought, seen: 0, enough }
    }

    #[test]
    fn a_later_refusal_of_less_makes_earlier_ones_worthless() {
        let mut told = vec![];
        for known in [look(1, 500, false), look(2, 300, true), look(3, 400, false), look(4, 450, false)] {
            add(&mut told, known);
        }
        assert_eq!(told, [look(2, 300, true), look(3, 400, false), look(4, 450, false)]);
    }

    #[test]
    fn few_are_kept_and_the_newest_always() {
        let mut told = vec![];
        for n in 0..100 {
            add(&mut told, look(n * n, n, true));
        }
        assert_eq!(told.len(), KEPT);
        assert_eq!(told.last(), Some(&look(99 * 99, 99, true)));
    }
}
