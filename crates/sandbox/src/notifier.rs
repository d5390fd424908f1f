//! Carries notices to merchants: posts what is due, and reports who answered.
//!
//! What is due goes out at once, in order of time; the platform has the plan of repeats. With a virtual clock one post
//! follows the other, so that every run is alike, and the clock stands until the last is answered: [`Notifier::drain`]
//! is part of every step, and whatever it sent begins a new step, because its receiver has something to do.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use platform::notify::{Notice, NoticeId};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wechatpay::ids::Mchid;
use wechatpay::v2;
use wechatpay::wire::Wire;

use crate::clock::advance::Moved;
use crate::faults::{OnCallback, Seen};
use crate::keyring::Keyring;
use crate::scene::{Callback, Scene};
use crate::stage::Stage;

/// Who has not answered by now has not answered. Source: [official-skills].
const PATIENCE: Duration = Duration::from_secs(5);

/// How many posts are in flight at once under the wall's clock.
const AT_ONCE: usize = 32;

/// Who carries notices.
pub(crate) struct Notifier {
    client: Client,
    /// Something may have become due.
    woken: Notify,
    /// Who holds this carries; the others wait until nothing is in flight.
    carrying: tokio::sync::Mutex<()>,
}

/// A post on its way.
struct Outgoing {
    id: NoticeId,
    url: Url,
    callback: Callback,
    /// How often it is sent; more than once if the network doubles it.
    times: u32,
    keyring: Keyring,
}

impl Notifier {
    /// A notifier that has a way out.
    pub(crate) fn new() -> Result<Notifier, reqwest::Error> {
        // No redirects: the platform follows none. No proxy: receivers are mostly on this machine.
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).no_proxy().build()?;
        Ok(Notifier { client, woken: Notify::new(), carrying: tokio::sync::Mutex::new(()) })
    }

    /// Something may have become due.
    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Posts everything that is due now, and comes back when nothing is in flight.
    pub(crate) async fn drain(&self, stage: &Stage) {
        let carrying = self.carrying.lock().await;
        let virtual_clock = stage.clock.as_virtual();
        let at_once = if virtual_clock.is_some() { 1 } else { AT_ONCE };
        let mut in_flight = JoinSet::new();
        let mut has_sent = false;
        loop {
            while in_flight.len() < at_once
                && let Some(outgoing) = next_outgoing(stage)
            {
                has_sent = true;
                let client = self.client.clone();
                in_flight.spawn(async move { (outgoing.id, post(&client, outgoing).await) });
            }
            tokio::select! {
                posted = in_flight.join_next() => match posted {
                    None => break,
                    Some(Ok((id, true))) => stage.quietly(|scene, now| scene.platform.notice_answered(now, id)),
                    // It is due again by the plan.
                    Some(Ok((_, false)) | Err(_)) => {}
                },
                () = self.woken.notified() => {}
            }
        }
        if has_sent && let Some(clock) = virtual_clock {
            clock.ask_again();
        }
        drop(carrying);
    }
}

/// Carries notices whenever something is due. Never comes back.
pub(crate) async fn run(stage: Arc<Stage>) {
    loop {
        stage.notifier.drain(&stage).await;
        let woken = stage.notifier.woken.notified();
        // Under a virtual clock nothing becomes due by itself, and who moves the clock calls us.
        match stage.next_event().filter(|_| stage.clock.as_virtual().is_none()) {
            None => woken.await,
            Some(next) => {
                let wait = Duration::try_from(next.duration_since(stage.clock.now())).unwrap_or_default();
                // Whether it was woken or waited long enough, there may be something to carry.
                let _ = tokio::time::timeout(wait, woken).await;
            }
        }
    }
}

/// The next post, taken from the platform; notices that lead to none are passed over.
fn next_outgoing(stage: &Stage) -> Option<Outgoing> {
    stage.quietly(|scene, now| {
        while let Some((id, notice)) = scene.platform.take_due_notice(now) {
            if let Some((url, callback, times)) = outgoing(scene, &notice, now) {
                return Some(Outgoing { id, url, callback, times, keyring: scene.keyring.clone() });
            }
        }
        None
    })
}

/// Where a notice goes, as what, and how often. `None`: nowhere.
fn outgoing(scene: &mut Scene, notice: &Notice, now: Timestamp) -> Option<(Url, Callback, u32)> {
    let mut callback = scene.callback(notice, now)?;
    let OnCallback { is_lost, repeats, is_misdirected, signing, skew_s } = on_callback(scene, notice);
    if is_lost {
        return None;
    }
    if is_misdirected {
        callback.url = address_of_another(scene, &notice.mchid)?.to_owned();
    }
    callback.sealing = callback.sealing.spoiled(signing, skew_s);
    let Some(url) = allowed(&callback.url) else {
        tracing::warn!(url = callback.url, "not notified: only https, and http to this machine, is called");
        return None;
    };
    Some((url, callback, repeats.saturating_add(1)))
}

fn on_callback(scene: &mut Scene, notice: &Notice) -> OnCallback {
    let refund = match notice.news {
        platform::notify::News::Refund { refund, .. } => Some(scene.platform.refunds().at(refund).clone()),
        platform::notify::News::Paid { .. } => None,
    };
    scene.faults.callback(&Seen {
        n: 0,
        mchid: Some(notice.mchid.as_str()),
        call: "callback",
        out_refund_no: refund.as_ref().map(|refund| refund.out_refund_no.as_str()),
        amount_minor: refund.as_ref().map(|refund| refund.part.price.minor()),
        headers: &[],
    })
}

/// The latest address that another merchant wanted its notices at.
fn address_of_another<'a>(scene: &'a Scene, mchid: &Mchid) -> Option<&'a str> {
    let notices = scene.platform.notices().iter().rev();
    notices.into_iter().find(|notice| notice.mchid != *mchid).map(|notice| notice.url.as_str())
}

/// The address, if the sandbox may call it: by https, or by http on this machine.
fn allowed(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let is_allowed = match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => true,
        ("http", Some("localhost" | "[::1]")) => true,
        ("http", Some(host)) => host.parse().is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback()),
        _ => false,
    };
    is_allowed.then_some(url)
}

/// Posts it, as often as it is sent; whether the first one was answered as the platform wants it.
async fn post(client: &Client, outgoing: Outgoing) -> bool {
    let Outgoing { url, callback, times, keyring, .. } = outgoing;
    let sealing = tokio::task::spawn_blocking(move || {
        let headers = callback.headers(&keyring);
        (callback, headers)
    });
    let Ok((callback, Ok(headers))) = sealing.await else {
        tracing::error!(%url, "not notified: the callback could not be signed");
        return false;
    };
    let mut is_answered = false;
    for time in 0..times {
        let mut request = client.post(url.clone()).body(callback.body.clone());
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let answer = request.send().await;
        if time == 0
            && let Ok(answer) = answer
        {
            is_answered = is_taken(callback.wire, answer).await;
        }
    }
    is_answered
}

/// Whether a receiver took it. In V3 the status decides, whatever the body says; in V2 the body, beside status 200.
/// Source: [official-skills], [v2-notification].
async fn is_taken(wire: Wire, answer: Response) -> bool {
    match (wire, answer.status().as_u16()) {
        (Wire::V3, status) => matches!(status, 200 | 204),
        (Wire::V2, 200) => answer.bytes().await.is_ok_and(|body| v2::answer::is_taken(&body)),
        (Wire::V2, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_called() {
        for (url, expected) in [
            ("https://shop.example/callback", true),
            ("http://127.0.0.1:8080/callback", true),
            ("http://localhost/callback", true),
            ("http://[::1]:8080/callback", true),
            ("http://shop.example/callback", false),
            ("http://192.168.1.4/callback", false),
            ("http://127.0.0.1.shop.example/callback", false),
            ("ftp://127.0.0.1/callback", false),
            ("callback", false),
        ] {
            assert_eq!(allowed(url).is_some(), expected, "{url}");
        }
    }
}
