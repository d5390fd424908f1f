//! Shares as people type them.

use replay::sight::{Share, WHOLE_PPM};

/// How many decimal places a share has.
const PLACES: usize = 6;

/// The share written as `0.9`: a number from 0 to 1.
pub(super) fn share(text: &str) -> Result<Share, String> {
    let wrong = || format!("write a number from 0 to 1 with at most {PLACES} decimal places, such as 0.9");
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(places) || places.len() > PLACES {
        return Err(wrong());
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let parts: u32 = format!("{places:0<PLACES$}").parse().map_err(|_| wrong())?;
    let ppm = whole.checked_mul(WHOLE_PPM).and_then(|ppm| ppm.checked_add(parts));
    ppm.and_then(Share::of_ppm).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_lies_between_nothing_and_all() {
        for (text, ppm) in
            [("0", 0), ("1", 1_000_000), ("1.0", 1_000_000), ("0.9", 900_000), ("0.03", 30_000)]
        {
            assert_eq!(share(text).ok(), Share::of_ppm(ppm), "{text}");
        }
        for text in
            ["1.5", "1.000001", "-0.1", "90%", "", ".", ".5", "0.", "0,9", "1e-3", "0.1234567", "99999999999"]
        {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
