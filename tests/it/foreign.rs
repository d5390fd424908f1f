//! Public clients of WeChat Pay, unmodified and in processes of their own, against the sandbox.
//!
//! What they check themselves (signatures both ways, decryption) they check with their own code.

use std::path::PathBuf;

use sandbox::serve::{ClockMode, Config, start};
use serde_json::Value;
use tokio::process::Command;

use crate::project;

/// The default world's direct merchant.
const DIRECT: &str = "1900000002";

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

#[tokio::test(flavor = "multi_thread")]
async fn wechatpay_axios_plugin_refunds_and_is_told() {
    let client = project::root().join("tests/foreign/wechatpay-axios-plugin");
    assert!(client.join("node_modules").is_dir(), "run `npm ci` in {}, as `./test` does", client.display());
    let folder = tempfile::tempdir().unwrap();
    let world = folder.path().join("world.toml");
    std::fs::write(&world, WORLD).unwrap();
    let data = folder.path().join("sandbox");
    let free = "127.0.0.1:0".parse().unwrap();
    let running = start(Config {
        listen: free,
        control: free,
        data: data.clone(),
        world: Some(world),
        seed: Some(1),
        clock: ClockMode::Real,
        fresh: false,
        unkind: None,
    })
    .await
    .unwrap();

    let steps = steps(client.join("client.mjs"), &[data.to_str().unwrap(), DIRECT]).await;

    let step = |name: &str| {
        steps
            .iter()
            .find(|step| step["step"] == name)
            .unwrap_or_else(|| panic!("no step `{name}` in {steps:?}"))
    };
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
