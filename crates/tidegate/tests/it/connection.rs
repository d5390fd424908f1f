//! Where the gateway is, and with which key.

use std::net::TcpListener;

use crate::stub::{KEY, Stub, lonely, run};

const ME: &str = r#"{"refunds":[],"next_cursor":null}"#;

#[test]
fn without_address_and_key_every_way_to_give_them_is_named() {
    let (code, out, err) = run(&mut lonely(&["refund", "list"]));
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        "tidegate: no gateway is given. A gateway's address and key come from one of\n  \
         TIDEGATE_URL and TIDEGATE_API_KEY in the environment (recommended)\n  \
         `url = \"…\"` and `key = \"…\"` in `no-such-folder/tidegate/client.toml`\n  \
         `--url URL` and `--key KEY` (other users of this machine can see arguments)\n  \
         `--sandbox DIR`, for trying out: the folder of `tidegate serve --sandbox DIR`\n"
    );
}

#[test]
fn address_and_key_come_from_arguments_environment_file_or_sandbox() {
    let stub = Stub::always(200, ME);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tidegate")).unwrap();
    let file = format!("url = \"{}\"\nkey = \"{KEY}\"\n", stub.url());
    std::fs::write(folder.path().join("tidegate").join("client.toml"), file).unwrap();
    let file = format!(
        r#"{{"url":"{}","admin_key":"tg_admin","keys":{{"1900000001":"tg_other","5":"{KEY}"}}}}"#,
        stub.url()
    );
    std::fs::write(folder.path().join("gateway.json"), file).unwrap();
    let sandbox = folder.path().to_str().unwrap();
    for mut command in [
        stub.tidegate(&["refund", "list"]),
        lonely(&["refund", "--url", stub.url(), "--key", KEY, "list"]),
        lonely(&["refund", "list", "--url", stub.url(), "--key", KEY]),
        lonely(&["refund", "list", "--sandbox", sandbox, "--mchid", "5"]),
        lonely(&["refund", "list", "--sandbox", sandbox, "--sub-mchid", "5"]),
    ] {
        assert_eq!(run(&mut command), (0, "No refunds.\n".to_owned(), String::new()));
    }
    let mut command = lonely(&["refund", "list"]);
    if cfg!(windows) {
        command.env("APPDATA", folder.path());
    } else {
        command.env("XDG_CONFIG_HOME", folder.path());
    }
    assert_eq!(run(&mut command), (0, "No refunds.\n".to_owned(), String::new()));
    assert_eq!(stub.requests().len(), 6);
    for request in stub.requests() {
        assert_eq!(request.headers.get("authorization").unwrap(), &format!("Bearer {KEY}"));
    }
}

#[test]
fn a_choice_of_key_that_leads_nowhere_is_told() {
    let stub = Stub::always(200, ME);
    let (code, _, err) = run(&mut stub.tidegate(&["refund", "list", "--mchid", "5"]));
    assert!(code == 1 && err.contains("`--mchid` chooses among the keys of `--sandbox DIR`"), "{err}");
    let (code, _, err) = run(&mut lonely(&["refund", "list", "--sandbox", "no-such-folder"]));
    assert!(code == 1 && err.contains("gateway.json") && err.contains("tidegate serve --sandbox"), "{err}");
    assert!(stub.requests().is_empty());
}

#[test]
fn a_gateway_that_is_not_there_is_told_with_what_to_start() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}");
    let (code, out, err) = run(lonely(&["refund", "show", "R1", "--url", &url]).env("TIDEGATE_API_KEY", KEY));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.starts_with(&format!("tidegate: nothing answers at {url}/ (")), "{err}");
    assert!(err.contains("Start the gateway with `tidegate serve`"), "{err}");
}

#[test]
fn another_server_is_not_taken_for_a_gateway() {
    for (status, body) in [(404, "<html>"), (200, "<html>"), (200, r#"{"x":1}"#), (301, ""), (502, "")] {
        let stub = Stub::always(status, body);
        let (code, out, err) = run(&mut stub.tidegate(&["refund", "show", "R1"]));
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(&format!("answered {status}, but not as a gateway does")), "{err}");
    }
}

#[test]
fn what_cannot_be_an_address_or_a_key_is_refused_before_anything_is_sent() {
    let (code, _, err) = run(lonely(&["refund", "list", "--url", "localhost"]).env("TIDEGATE_API_KEY", KEY));
    assert!(code == 1 && err.contains("`localhost` is not an address"), "{err}");
    let (code, _, err) =
        run(&mut lonely(&["refund", "list", "--url", "http://127.0.0.1:1", "--key", "tg_se cret"]));
    assert!(code == 1 && err.contains("no key has") && !err.contains("cret"), "{err}");
}

#[test]
fn a_mistake_in_the_arguments_does_not_look_like_refused_lines() {
    let (code, _, err) = run(&mut lonely(&["refund", "import"]));
    assert!(code == 1 && err.contains("<FILE>"), "{err}");
}
