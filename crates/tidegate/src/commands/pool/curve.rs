//! The day's tide as a curve of text: what is expected to have come in by the end of every second hour, and where the day stands.

use jiff::Timestamp;
use wechatpay::china;

use crate::client::answers::Hour;
use crate::screen::fen;

/// Where the day stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Now.
    pub(crate) at: Timestamp,
    /// What is known to have come in.
    pub(crate) seen_fen: i64,
}

/// The longest bar, in columns.
const LONGEST: u8 = 36;

/// One line for every second hour, and one for now. What has passed is drawn with `#`, what is still to come with `-`, what has
/// really come in with `*`: no colour tells more.
pub(crate) fn curve(hours: &[Hour], now: Option<Now>) -> String {
    let most = hours.iter().map(|hour| hour.expected_fen).chain(now.map(|now| now.seen_fen)).max();
    let most = most.unwrap_or(0).max(1);
    let mut text = "Expected to have come in by (China time)\n".to_owned();
    let mut now_to_draw = now;
    for hour in hours.iter().skip(1).step_by(2) {
        let Ok(until) = hour.until.parse::<Timestamp>() else { continue };
        let is_past = now.is_none_or(|now| until <= now.at);
        if let Some(Now { at, seen_fen }) = now_to_draw.take_if(|now| until > now.at) {
            let time = china::civil(at).strftime("%H:%M").to_string();
            text.push_str(&format!("{} seen so far\n", row(&time, '*', seen_fen, most)));
        }
        let mark = if is_past { '#' } else { '-' };
        text.push_str(&row(&clock(until), mark, hour.expected_fen, most));
        text.push('\n');
    }
    text
}

fn row(time: &str, mark: char, amount: i64, most: i64) -> String {
    let columns = i128::from(amount.max(0)) * i128::from(LONGEST) / i128::from(most);
    let bar: String = std::iter::repeat_n(mark, usize::try_from(columns).unwrap_or(0)).collect();
    let longest = usize::from(LONGEST);
    format!("  {time}  {bar:longest$}  {:>18}", fen(amount))
}

/// The time of day in China; the end of the day is not its beginning.
fn clock(until: Timestamp) -> String {
    match china::civil(until).strftime("%H:%M").to_string().as_str() {
        "00:00" => "24:00".to_owned(),
        time => time.to_owned(),
    }
}
