//! Public clients of WeChat Pay, unmodified and in processes of their own, against the sandbox.
//!
//! What they check themselves (signatures both ways, decryption) they check with their own code.

use std::path::{Path, PathBuf};

use sandbox::serve::{ClockMode, Config, Running, start};
use serde_json::Value;
use tokio::process::Command;

use crate::project;

/// The default world's direct merchant.
const DIRECT: &str = "1900000002";

/// Its mainland merchant.
const MAINLAND: &str = "1900000003";

/// Refunds end a second after they were accepted: these clients go by the real clock.
const WORLD: &str = "[[settings.fates]]\nfate = \"success\"\nafter_s = 1\n";

/// What the client printed, a value a step.
async fn steps(client: PathBuf, arguments: &[&str]) -> Vec<Value> {
    let node = Command::new("node").arg(&client).args(arguments).output();
    let output = node.await.expect("node is there: `./test` installs it");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}:\n{stdout}\n{stderr}", client.display());
    let step = |line| serde_json::from_str(line).expect("the client prints a value a line");
    stdout.lines().map(step).collect()
}

/// A sandbox under the real clock, and its data folder.
async fn sandbox(folder: &Path) -> (Running, PathBuf) {
    let world = folder.join("world.toml");
    std::fs::write(&world, WORLD).expect("the folder is there");
    let data = folder.join("sandbox");
    let free = "127.0.0.1:0".parse().expect("this is an address");
    let running = start(Config {
        listen: free,
        mtls_listen: free,
        control: free,
        data: data.clone(),
        world: Some(world),
        seed: Some(1),
        clock: ClockMode::Real,
        fresh: false,
        unkind: None,
    });
    (running.await.expect("a sandbox starts in an empty folder"), data)
}

/// Where a client is, with what its lock file names.
fn client(name: &str) -> PathBuf {
    let client = project::root().join("tests/foreign").join(name);
    assert!(client.join("node_modules").is_dir(), "run `npm ci` in {}, as `./test` does", client.display());
    client
}

/// The values of the step called `name`.
fn step<'a>(steps: &'a [Value], name: &str) -> &'a Value {
    let step = steps.iter().find(|step| step["step"] == name);
    step.unwrap_or_else(|| panic!("no step `{name}` in {steps:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn wechatpay_axios_plugin_refunds_and_is_told() {
    let client = client("wechatpay-axios-plugin");
    let folder = tempfile::tempdir().unwrap();
    let (running, data) = sandbox(folder.path()).await;
    let steps = steps(client.join("client.mjs"), &[data.to_str().unwrap(), DIRECT]).await;
    let step = |name: &str| step(&steps, name);
    assert_eq!(step("certificates")["count"], 1);
    assert_eq!(step("order")["trade_state"], "SUCCESS");
    assert_eq!(step("refund")["id"], step("repeat")["id"]);
    assert_eq!(step("same number, other amount")["code"], "OUT_REFUND_NO_USED");
    assert_eq!(step("too much")["code"], "INVALID_REQUEST");
    assert_eq!(step("notification")["refund"], 3000);
    assert_eq!(step("query")["status"], "SUCCESS");
    assert_eq!(
        (&step("missing")["status"], &step("missing")["code"]),
        (&404.into(), &"RESOURCE_NOT_EXISTS".into())
    );
    assert_eq!(step("public key")["status"], "SUCCESS");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wechatpay_axios_plugin_refunds_over_v2_with_its_certificate_and_not_without() {
    let client = client("wechatpay-axios-plugin");
    let folder = tempfile::tempdir().unwrap();
    let (running, data) = sandbox(folder.path()).await;
    let steps = steps(client.join("client_v2.mjs"), &[data.to_str().unwrap(), DIRECT, MAINLAND]).await;
    let step = |name: &str| step(&steps, name);
    assert_eq!(step("refund")["refund_id"], step("repeat")["refund_id"]);
    assert_eq!(step("refund")["refund_fee"], "3000");
    assert_eq!(step("same number, other amount")["code"], "REFUND_FEE_MISMATCH");
    assert_eq!(step("notification")["refund_status"], "SUCCESS");
    assert_eq!(
        (&step("query")["refund_status"], &step("query")["refund_count"]),
        (&"SUCCESS".into(), &"1".into())
    );
    assert_eq!(step("missing")["code"], "REFUNDNOTEXIST");
    assert_eq!(step("no certificate")["status"], 400);
    assert_eq!(step("no certificate")["text"], "400 No required SSL certificate was sent");
    assert_eq!(step("another certificate")["text"], "certificate not match");
    assert_eq!(step("transfer query")["code"], "NOT_FOUND");
    assert_eq!(step("transfer query, no certificate")["code"], "CA_ERROR");
    running.stop().await.unwrap();
}
