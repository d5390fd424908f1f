//! The gateway's own watch, on a virtual clock.

use std::time::Duration;

use gateway::gateway::World;
use gateway::merchants::credentials::CredentialTexts;
use gateway::merchants::setting_up::set_up;
use gateway::merchants::stored;
use gateway::watch::service::Service;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::setup_stage::{API_V3_KEY, Credentials, Stage, mchid};
use crate::watch_stage::{Pair, SmsGateway, at, sms_to, watch};

/// Nobody is waited for longer; it takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stage with the merchant id set up with this pair; WeChat Pay does not answer.
async fn stage(pair: &Pair) -> Stage {
    let stage = Stage::new(World::Sandbox);
    let mut merchant = Credentials::new().new_merchant();
    merchant.credentials = texts(pair);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    merchant.api_hosts = vec![format!("http://{closed}")];
    set_up(&stage.gateway, &stage.sealer, merchant, "test").await.unwrap();
    stage
}

fn texts(pair: &Pair) -> CredentialTexts {
    CredentialTexts {
        certificate_pem: pair.certificate_pem.clone(),
        private_key_pem: pair.private_key_pem.clone().into(),
        api_v3_key: Some(API_V3_KEY.into()),
        api_v2_key: None,
        public_keys: Vec::new(),
    }
}

/// Runs the watch from where the clock stands to `end`, event by event.
async fn run(stage: &Stage, url: &str, end: Timestamp) {
    let gateway = &stage.gateway;
    let service = Service::new(gateway.clone(), stage.sealer.clone(), watch(&sms_to(url, &["+861"], None)));
    let ending = CancellationToken::new();
    let running = tokio::spawn(service.keep(ending.clone(), gateway.activity.begin()));
    let walk = async {
        loop {
            gateway.activity.quiet().await;
            match gateway.clock.next_due().filter(|due| *due < end) {
                Some(due) => gateway.clock.go_to(due),
                None => break,
            }
        }
    };
    tokio::time::timeout(PATIENCE, walk).await.unwrap();
    gateway.clock.go_to(end);
    ending.cancel();
    running.await.unwrap();
}

fn subjects(gateway: &SmsGateway) -> Vec<String> {
    let first_line = |text: &str| text.lines().next().unwrap().to_owned();
    gateway.came().iter().map(|(_, body)| first_line(body["text"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_gateway_tells_of_its_merchants_certificates_once_also_when_it_is_started_again() {
    // The stage's clock stands at 2026-01-05, 09:00 in China.
    let pair = Pair::new("2025-01-10T09:00:00", "2026-01-10T09:00:00");
    let stage = stage(&pair).await;
    let (sms, url) = SmsGateway::start().await;
    run(&stage, &url, at("2026-01-06T00:00:00")).await;
    run(&stage, &url, at("2026-01-12T08:00:00")).await;
    assert_eq!(
        subjects(&sms),
        [
            "1900000001: the API certificate expires in 5 days",
            "1900000001: the API certificate expires in 1 day",
            "1900000001: the API certificate expires today",
            "1900000001: the API certificate has expired",
            "1900000001: the API certificate has expired",
        ]
    );
    let metrics = stage.gateway.metrics.text();
    for line in [
        &format!(
            "tidegate_certificate_not_after_timestamp_seconds{{mchid=\"1900000001\"}} {}",
            at("2026-01-10T09:00:00").as_second()
        ),
        "tidegate_certificate_renewal_overdue{mchid=\"1900000001\"} 1",
        "tidegate_certificate_notices_total{channel=\"sms\",outcome=\"sent\"} 5",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in:\n{metrics}");
    }
    assert!(!metrics.contains("last_successful_check_timestamp_seconds{"), "WeChat Pay never answered");
}

#[tokio::test]
async fn a_certificate_that_calls_fall_back_to_after_a_change_is_told_of_until_it_is_dead() {
    let old = Pair::new("2025-06-01T09:00:00", "2026-06-01T09:00:00");
    let new = Pair::new("2026-01-05T08:00:00", "2027-01-05T08:00:00");
    let stage = stage(&old).await;
    stored::keep(&*stage.gateway.store, &stage.sealer, &mchid(), &texts(&new)).await.unwrap();
    let (sms, url) = SmsGateway::start().await;
    run(&stage, &url, at("2026-02-01T00:00:00")).await;
    assert_eq!(
        subjects(&sms),
        [
            "1900000001: a replaced API certificate is still in use",
            "1900000001: a replaced API certificate is still in use",
            "1900000001: the replaced API certificate no longer works",
        ]
    );
}
