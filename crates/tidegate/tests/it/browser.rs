//! `tidegate cert wizard --browser` and the sandbox's Merchant Platform, driven together in a real browser.
//!
//! What is done there stands in `tests/browser`: its scenarios start, kill and restart the program themselves. It is tested
//! here, and not beside the other tests that cross crates, because cargo tells the path of a program to its own tests alone.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::timeout;

use crate::tidegate;

/// All scenarios together; each step in them has a deadline of its own.
const DEADLINE: Duration = Duration::from_secs(300);

#[tokio::test]
async fn a_certificate_is_obtained_in_the_browser_step_by_step() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    assert!(scripts.join("node_modules").is_dir(), "run `npm ci` in {}, as `./test` does", scripts.display());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("sandbox");
    let _sandbox = Sandbox::start(&data);
    // Outside of the temporary folder: pictures of a failure are there to be looked at.
    let out = pictures();

    let mut scenarios = tokio::process::Command::new("node");
    scenarios.arg(scripts.join("run.mjs")).arg(env!("CARGO_BIN_EXE_tidegate")).arg(&data).arg(&out);
    if cfg!(feature = "kill-points") {
        scenarios.arg("--kill-points");
    }
    // What a person has set up for a gateway of their own is none of the scenarios' business.
    for name in ["TIDEGATE_URL", "TIDEGATE_API_KEY"] {
        scenarios.env_remove(name);
    }
    scenarios.env("XDG_CONFIG_HOME", folder.path()).kill_on_drop(true);
    let output = timeout(DEADLINE, scenarios.output()).await;
    let output = output.expect("the scenarios came to no end").expect("node is there: `./test` installs it");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}\npictures of the pages are in {}", out.display());
    println!("{stdout}");
    std::fs::remove_dir_all(&out).unwrap();
}

/// An empty folder that this run alone writes to.
fn pictures() -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{}", std::process::id()));
    std::fs::create_dir_all(&out).unwrap();
    out
}

/// A sandbox as the program it is, which ends with this test however that ends.
struct Sandbox(Child);

impl Sandbox {
    fn start(data: &Path) -> Sandbox {
        let mut program: Command = tidegate();
        program.args(["sandbox", "--clock", "virtual", "--seed", "1", "--while-stdin-open"]);
        for socket in ["--listen", "--mtls-listen", "--control"] {
            program.args([socket, "127.0.0.1:0"]);
        }
        let program = program.arg("--data").arg(data);
        let mut child =
            program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.starts_with("Ready")), "the sandbox did not start");
        Sandbox(child)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
