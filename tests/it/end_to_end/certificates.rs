//! Certificates change while refunds go on.

use std::ops::Range;

use certs::material;
use certs::private_key::PrivateKey;
use certs::request::{self, MerchantId, MerchantName};
use serde_json::{Value, json};
use tests::tenant::Answer;
use tokio::task::JoinSet;

use super::story::{Scene, Story};
use super::{on_a_kind_day, over_either_wire};

over_either_wire!(
    a_certificate_is_changed_under_load_and_no_refund_fails,
    a_certificate_that_is_not_in_force_is_refused_and_the_one_before_stays,
);

on_a_kind_day!(
    an_expired_certificate_halts_sending_and_keeps_the_refunds_until_there_is_a_new_one,
    while_the_new_certificate_is_refused_the_one_before_signs,
    a_gateway_that_starts_again_goes_on_with_the_newer_certificate,
);

/// The merchant id of the stories, [`super::story::DIRECT`].
const MCHID: &str = "1900000002";
/// Its name at the platform.
const COMPANY: &str = "Tidegate Sandbox Shop 1900000002 有限公司";

/// A key that the merchant has made, and what the platform issued for it.
struct Pair {
    serial_no: String,
    certificate_pem: String,
    private_key_pem: String,
}

impl Pair {
    /// The merchant changes its certificate at the platform: a new key, a new request string, a new certificate.
    async fn changed(story: &Story) -> Pair {
        let (key, request_string) = made_request();
        let before = in_force(story).await;
        let step = format!("/control/certificates/{MCHID}/{before}/change");
        let told = story.control.post(&step, &json!({ "request_string": request_string })).await;
        Pair::of(&told, &key)
    }

    fn of(told: &Value, key: &PrivateKey) -> Pair {
        Pair {
            serial_no: told["serial_no"].as_str().unwrap().to_owned(),
            certificate_pem: told["certificate_string"].as_str().unwrap().to_owned(),
            private_key_pem: key.pem().to_string(),
        }
    }

    /// The operator gives it to the gateway, again if the platform could not be asked.
    async fn is_given(&self, story: &Story) -> Answer {
        let body =
            json!({ "certificate_pem": self.certificate_pem, "private_key_pem": self.private_key_pem });
        loop {
            let path = format!("/v1/admin/merchants/{MCHID}/certificate");
            let answer = story.operator().post(&path, &body).await.unwrap();
            if answer.code() != "certificate_not_proven" {
                return answer;
            }
        }
    }
}

fn made_request() -> (PrivateKey, String) {
    let key = sandbox::authority::new_key().unwrap();
    let key = PrivateKey::from_pkcs8(key.serialized_der()).unwrap();
    let (id, name) = (MerchantId::parse(MCHID).unwrap(), MerchantName::parse(COMPANY).unwrap());
    let request_string = request::make(&key, &id, &name).unwrap();
    (key, request_string)
}

/// The serial number of the certificate that the gateway says is in force.
async fn in_force(story: &Story) -> String {
    shown(story).await["certificate"]["serial_no"].as_str().unwrap().to_owned()
}

async fn shown(story: &Story) -> Value {
    story.operator().get(&format!("/v1/admin/merchants/{MCHID}")).await.unwrap().body
}

/// The serial numbers that signed, or over V2 vouched for, the requests for refunds which the platform has seen, each once; of one
/// refund, if it is named.
async fn signed_with(story: &Story, out_refund_no: Option<&str>) -> Vec<String> {
    let requests = story.control.requests().await;
    let is_meant = |request: &&Value| {
        let is_its = out_refund_no.is_none_or(|number| request["out_refund_no"] == number);
        request["call"] == "refund_submit" && is_its
    };
    let submissions = requests.iter().filter(is_meant);
    let serial = |request: &Value| {
        request["serial_no"].as_str().or(request["client_serial"].as_str()).map(str::to_owned)
    };
    let mut serials: Vec<String> = submissions.map(|request| serial(request).unwrap()).collect();
    serials.sort();
    serials.dedup();
    serials
}

/// The serial number that the timeline tells of the call by which it became known that a refund was taken.
async fn taken_with(story: &Story, out_refund_no: &str) -> String {
    let timeline = story.timeline(out_refund_no).await;
    let taken = timeline.iter().find(|event| event["cause"] == "accepted" || event["cause"] == "found");
    taken.unwrap()["certificate"].as_str().unwrap().to_owned()
}

async fn a_certificate_is_changed_under_load_and_no_refund_fails(scene: Scene) {
    const REFUNDS: usize = 60;
    let story = Story::begin(scene).await;
    for n in 0..REFUNDS {
        story.pays(&format!("T{n}"), 10_000).await;
    }
    let before = in_force(&story).await;
    let new = Pair::changed(&story).await;

    let ask = |refunds: Range<usize>| {
        let mut tills = JoinSet::new();
        for n in refunds {
            let (till, body) = (story.tenant(), story.refund(&format!("R{n}"), &format!("T{n}"), 3_000));
            tills.spawn(async move { till.post("/v1/refunds", &body).await.unwrap().status });
        }
        tills
    };
    assert!(ask(0..REFUNDS / 3).join_all().await.iter().all(|status| *status == 202));
    // What has left by now was signed with the one before.
    story.settles().await;
    let tills = ask(REFUNDS / 3..REFUNDS);
    let answer = new.is_given(&story).await;
    assert_eq!((answer.status, &answer.body["certificate"]["serial_no"]), (201, &json!(new.serial_no)));
    assert!(tills.join_all().await.iter().all(|status| *status == 202));
    // The ones that come afterwards are signed with the new one alone.
    story.pays("T", 10_000).await;
    story.refunds("R", "T", 3_000).await;

    for n in 0..REFUNDS {
        story.ends(&format!("R{n}"), "succeeded").await;
        assert_eq!(story.acceptances(&format!("R{n}")).await, 1, "R{n}");
    }
    story.ends("R", "succeeded").await;
    let mut both = [before, new.serial_no.clone()];
    both.sort();
    assert_eq!(signed_with(&story, None).await, both);
    // By the platform's record: over V2 nobody vouches for the question by which a refund may be found to be taken.
    assert_eq!(signed_with(&story, Some("R")).await, [new.serial_no]);
    story.closes().await;
}

async fn a_certificate_that_is_not_in_force_is_refused_and_the_one_before_stays(scene: Scene) {
    let story = Story::begin(scene).await;
    story.control.post("/control/certificates", &json!({ "rules": "current" })).await;
    let before = in_force(&story).await;
    let new = Pair::changed(&story).await;
    // It is real, and the platform has taken it back; the one before is good.
    story.control.post(&format!("/control/certificates/{MCHID}/{}/void", new.serial_no), &json!({})).await;
    let answer = new.is_given(&story).await;
    assert_eq!((answer.status, answer.code()), (409, "certificate_refused"), "{answer:?}");
    assert_eq!(in_force(&story).await, before);
    story.closes().await;
}

async fn an_expired_certificate_halts_sending_and_keeps_the_refunds_until_there_is_a_new_one(scene: Scene) {
    let story = Story::begin(scene).await;
    story.advance("P366D").await;
    for order in ["T1", "T2", "T3"] {
        story.pays(order, 10_000).await;
    }
    story.refunds("R1", "T1", 3_000).await;
    story.settles().await;
    story.advance("PT1M").await;
    story.refunds("R2", "T2", 3_000).await;
    story.settles().await;
    assert_eq!(shown(&story).await["halt"]["why"], "certificate");
    // Taken all the same, and kept.
    story.refunds("R3", "T3", 3_000).await;
    story.advance("PT10M").await;
    let refused = story.timeline("R1").await.into_iter().find(|event| event["cause"] == "misconfigured");
    assert_eq!(refused.unwrap()["answer"], "401 SIGN_ERROR");
    assert_eq!(story.status("R3").await, "queued");

    // Within a month after its end the same key gets another year.
    let expired = in_force(&story).await;
    let upgrade = format!("/control/certificates/{MCHID}/{expired}/upgrade-expired");
    let told = story.control.post(&upgrade, &json!({})).await;
    let contents = material::read(&story.credential(MCHID, "apiclient_key.pem"), &[]).unwrap();
    let key = contents.private_key().unwrap();
    let answer = Pair::of(&told, key).is_given(&story).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    story.settles().await;
    assert_eq!(
        shown(&story).await["halt"],
        Value::Null,
        "tested at once, without waiting for the five minutes"
    );
    for refund in ["R1", "R2", "R3"] {
        story.ends(refund, "succeeded").await;
        assert_eq!(story.acceptances(refund).await, 1);
    }
    story.closes().await;
}

async fn while_the_new_certificate_is_refused_the_one_before_signs(scene: Scene) {
    let story = Story::begin(scene).await;
    story.control.post("/control/certificates", &json!({ "rules": "current" })).await;
    let before = in_force(&story).await;
    let new = Pair::changed(&story).await;
    assert_eq!(new.is_given(&story).await.status, 201);
    story.control.post(&format!("/control/certificates/{MCHID}/{}/void", new.serial_no), &json!({})).await;

    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.ends("R1", "succeeded").await;
    assert_eq!(taken_with(&story, "R1").await, before);
    story.closes().await;
}

async fn a_gateway_that_starts_again_goes_on_with_the_newer_certificate(scene: Scene) {
    let mut story = Story::begin(scene).await;
    story.advance("P1D").await;
    let new = Pair::changed(&story).await;
    assert_eq!(new.is_given(&story).await.status, 201);
    // By then WeChat Pay takes the first one no more, which still lies in the sandbox's folder.
    story.advance("P3D").await;
    story.gateway_stops().await;
    story.gateway_starts().await;
    assert_eq!(in_force(&story).await, new.serial_no);
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.ends("R1", "succeeded").await;
    assert_eq!(taken_with(&story, "R1").await, new.serial_no);
    story.closes().await;
}
