//! From what is reckoned with back to whole numbers, in one place. Both stay within their type: what is beyond is its end, and
//! what is no number is nothing.

/// The whole amount at or below `amount`, in minor units.
#[expect(clippy::cast_possible_truncation, reason = "the conversion stops at the ends of the type")]
pub(crate) fn whole(amount: f64) -> i64 {
    amount.floor() as i64
}

/// The whole number at or below `number`, which is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion stops at the ends of the type"
)]
pub(crate) fn count(number: f64) -> usize {
    number.floor() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_type() {
        assert_eq!([whole(1.9), whole(-0.1), whole(1e30), whole(f64::NAN)], [1, -1, i64::MAX, 0]);
        assert_eq!([count(1.9), count(-5.0), count(f64::NAN)], [1, 0, 0]);
    }
}
