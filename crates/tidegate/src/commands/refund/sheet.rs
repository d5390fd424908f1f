//! A refund as people read it.

use crate::client::answers::{Attention, NextAction, Refund, Release, Waiting};
use crate::screen::{Sheet, instant, money, percent, plain, words};

/// Everything about `refund` that people ask for, in the order in which they ask.
pub(crate) fn sheet(refund: &Refund) -> Sheet {
    let text = |text: &Option<String>| text.as_deref().map(plain);
    let time = |at: &Option<String>| at.as_deref().map(instant);
    let mut sheet = Sheet::new(format!("Refund {} ({})", plain(&refund.out_refund_no), plain(&refund.id)));
    sheet.line("Status", words(&refund.status));
    sheet.line_if("Why it waits", refund.waiting.as_ref().map(why_it_waits));
    sheet.line_if("Look at it", refund.attention.as_ref().map(look_at_it));
    sheet.line_if(
        "Refused",
        refund.refusal.as_ref().map(|refusal| match &refusal.text {
            Some(sentence) => format!("{} ({})", plain(sentence), plain(&refusal.code)),
            None => plain(&refusal.code),
        }),
    );
    sheet.line_if("Withdrawn by", refund.withdrawn_by.as_deref().map(words));
    sheet.line_if("Next", refund.next_action.as_ref().map(what_is_next));
    sheet.line_if("Should leave", refund.release.as_ref().and_then(when_it_should_leave));
    sheet.line_if("Attempts", refund.attempts.map(|attempts| attempts.to_string()));
    let amount = &refund.amount;
    let (part, whole) = (money(amount.refund, &amount.currency), money(amount.total, &amount.currency));
    sheet.line("Amount", format!("{part} of {whole}"));
    sheet.line_if("Order", text(&refund.out_trade_no));
    sheet.line_if("Order at WeChat Pay", text(&refund.transaction_id));
    sheet.line_if("Sub-merchant", text(&refund.sub_mchid));
    sheet.line_if("Reason", text(&refund.reason));
    sheet.line_if("Number at WeChat Pay", text(&refund.upstream_out_refund_no));
    if let Some(there) = &refund.wechatpay {
        sheet.line_if("Refund id there", text(&there.refund_id));
        sheet.line_if("Accepted", time(&there.accepted_at));
        let payer = there.payer_refund.as_ref();
        sheet.line_if("Payer gets", payer.map(|payer| money(payer.total, &payer.currency)));
        sheet.line_if("Paid", time(&there.succeeded_at));
        sheet.line_if("Paid to", text(&there.received_in));
    }
    if let Some(arrival) = &refund.expected_arrival {
        sheet.line_if("Expected", time(&arrival.at));
        sheet.line_if("", text(&arrival.text));
    }
    sheet.line("Taken in", instant(&refund.created_at));
    sheet.line_if("Deadline", time(&refund.deadline));
    let till = refund.till.as_ref().and_then(|till| text(&till.text));
    let cashier = refund.texts.as_ref().and_then(|texts| text(&texts.cashier));
    // Who stands at a till is a cashier: mostly both are told the same.
    sheet.line_if("For the cashier", cashier.filter(|cashier| till.as_ref() != Some(cashier)));
    sheet.line_if("For the till", till);
    sheet.line_if("For the payer", refund.texts.as_ref().and_then(|texts| text(&texts.payer)));
    sheet
}

/// Why, in a sentence, and since when.
pub(crate) fn why_it_waits(waiting: &Waiting) -> String {
    let why = waiting.text.as_deref().map_or_else(|| words(&waiting.why), plain);
    match &waiting.since {
        Some(since) => format!("{why} Since {}", instant(since)),
        None => why,
    }
}

fn look_at_it(attention: &Attention) -> String {
    let mut text = words(&attention.reason);
    if let Some(since) = &attention.since {
        text.push_str(&format!(", since {}", instant(since)));
    }
    if !attention.options.is_empty() {
        let options: Vec<String> = attention.options.iter().map(|option| words(option)).collect();
        text.push_str(&format!("; what can be done: {}", options.join(", ")));
    }
    text
}

/// What, and when.
pub(crate) fn what_is_next(next: &NextAction) -> String {
    match &next.at {
        Some(at) => format!("{} at {}", words(&next.what), instant(at)),
        None => format!("{}, as soon as it can be", words(&next.what)),
    }
}

/// `by … with 90 %; hardly before …`; nothing if nothing is foretold.
pub(crate) fn when_it_should_leave(release: &Release) -> Option<String> {
    let until = release.until.as_deref()?;
    let mut text = format!("by {}", instant(until));
    if let Some(probability) = release.probability {
        text.push_str(&format!(" with {}", percent(probability)));
    }
    if let Some(likely_by) = &release.likely_by {
        text.push_str(&format!("; as likely before as after {}", instant(likely_by)));
    }
    if let Some(from) = &release.from {
        text.push_str(&format!("; hardly before {}", instant(from)));
    }
    Some(text)
}
