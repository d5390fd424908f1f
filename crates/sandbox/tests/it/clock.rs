//! The virtual clock over HTTP.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

#[tokio::test]
async fn the_clock_stands_until_it_is_moved_and_never_goes_back() {
    let sandbox = Sandbox::start().await;
    assert_eq!(sandbox.get("/control/clock").await.body["now"], "2026-01-05T01:00:00Z");
    assert_eq!(sandbox.advance("PT20M").await["now"], "2026-01-05T01:20:00Z");
    let to = sandbox.ask("/control/clock", json!({ "to": "2026-01-05T09:30:00+08:00" })).await;
    assert_eq!(to["now"], "2026-01-05T01:30:00Z");
    let back = sandbox.ask("/control/clock", json!({ "to": "2026-01-01T00:00:00Z" })).await;
    assert_eq!(back["now"], "2026-01-05T01:30:00Z");
    assert_eq!(sandbox.advance("P1DT1H").await["now"], "2026-01-06T02:30:00Z");
}

#[tokio::test]
async fn the_clock_stops_wherever_a_participant_has_something_to_do() {
    let sandbox = Sandbox::start().await;
    let participant = sandbox.ask("/control/clock/participants", json!({ "name": "gateway" })).await;
    let path = format!("/control/clock/participants/{}", participant["id"].as_str().unwrap());
    let url = format!("http://{}/control/clock/stream", sandbox.running.control);
    let mut stream = reqwest::get(url).await.unwrap();

    let follow = async {
        let mut seen = Vec::new();
        loop {
            let line = stream.chunk().await.unwrap().unwrap();
            let line = std::str::from_utf8(&line).unwrap().trim().strip_prefix("data: ").unwrap().to_owned();
            let Value::Object(step) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
            let now = step["now"].as_str().unwrap().to_owned();
            let next_due = match now.as_str() {
                "2026-01-05T01:00:00Z" => Some("2026-01-05T01:07:00Z"),
                "2026-01-05T01:07:00Z" => Some("2026-01-05T01:09:30Z"),
                _ => None,
            };
            // An instant can have several steps: an advance begins by asking everybody again.
            if seen.last() != Some(&now) {
                seen.push(now.clone());
            }
            sandbox.ask(&path, json!({ "step": step["step"], "next_due": next_due })).await;
            if now == "2026-01-05T01:20:00Z" {
                return seen;
            }
        }
    };
    let (advanced, seen) = tokio::join!(sandbox.advance("PT20M"), follow);
    assert_eq!((&advanced["now"], &advanced["silent"]), (&json!("2026-01-05T01:20:00Z"), &json!([])));
    let expected = ["01:00:00", "01:07:00", "01:09:30", "01:20:00"].map(|time| format!("2026-01-05T{time}Z"));
    assert_eq!(seen, expected);

    let left = sandbox.control(reqwest::Method::DELETE, &path, String::new()).await;
    assert_eq!(left.status, 204);
    assert_eq!(sandbox.advance("PT20M").await["silent"], json!([]));
}

#[tokio::test]
async fn a_running_clock_gets_there_by_itself() {
    let sandbox = Sandbox::start().await;
    sandbox.ask("/control/clock", json!({ "speed": 100_000 })).await;
    while sandbox.get("/control/clock").await.body["now"].as_str().unwrap() < "2026-01-05T02" {}
    sandbox.ask("/control/clock", json!({ "speed": 0 })).await;
    assert_eq!(sandbox.get("/control/clock").await.body["speed"], 0);
}

#[tokio::test]
async fn whoever_follows_the_clock_does_not_keep_the_sandbox_from_ending() {
    let sandbox = Sandbox::start().await;
    let url = format!("http://{}/control/clock/stream", sandbox.running.control);
    let mut stream = reqwest::get(url).await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    let long = std::time::Duration::from_secs(5);
    tokio::time::timeout(long, sandbox.stop()).await.unwrap();
    assert!(stream.chunk().await.unwrap().is_none(), "the stream ends too");
}
