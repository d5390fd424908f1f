//! `tidegate cert watch`: over folders that `cert install` filled, against an SMS gateway that is a stub.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::Room;
use crate::stub::{Answer, Stub};

/// Whom the notices go to.
const NUMBER: &str = "+8613800000001";

fn room(sms: &Stub, days: i64) -> Room {
    let room = Room::new();
    room.installed("shop", days);
    let url = sms.url();
    let config = format!(
        "[channels.sms]\nurl = \"{url}/send\"\ntoken_env = \"SMS_TOKEN\"\nto = [\"{NUMBER}\"]\n[certificate_watch]\nlanguage = \"en\"\n"
    );
    room.write("tidegate.toml", config);
    room
}

#[test]
fn a_notice_goes_out_once_however_often_cron_asks() {
    let sms = Stub::always(200, "{}");
    let room = room(&sms, 20);
    let look = || {
        let mut command = room.command(&["watch", "--dir", "shop", "--once"]);
        super::Ended::of(command.env("SMS_TOKEN", "hunter2").output().unwrap())
    };
    let first = look();
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.err.contains("the API certificate expires in 20 days"), "{first:?}");
    let second = look();
    assert_eq!((second.code, second.err.as_str()), (0, ""));
    let requests = sms.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["authorization"], "Bearer hunter2");
    assert!(
        requests[0].body.contains(NUMBER) && requests[0].body.contains("Renewal"),
        "{}",
        requests[0].body
    );
    assert!(room.text("tidegate-watch.json").contains("/30d"));
    assert!(!format!("{first:?}{}", room.text("tidegate-watch.json")).contains("hunter2"));
}

#[test]
fn what_could_not_be_sent_is_the_next_runs_and_the_exit_code_says_so() {
    let sms =
        Stub::new(|requests| Answer::Says(if requests.len() == 1 { 503 } else { 200 }, "", String::new()));
    let room = room(&sms, 20);
    let codes: Vec<i32> = (0..3)
        .map(|_| {
            let mut command = room.command(&["watch", "--dir", "shop", "--once"]);
            command.env("SMS_TOKEN", "t").output().unwrap().status.code().unwrap()
        })
        .collect();
    assert_eq!(codes, [1, 0, 0]);
    assert_eq!(sms.requests().len(), 2);
}

#[test]
fn two_watches_never_use_one_state_and_what_was_sent_survives_a_kill() {
    let sms = Stub::always(200, "{}");
    let room = room(&sms, 20);
    let mut command = room.command(&["watch", "--dir", "shop"]);
    let mut watch = command.env("SMS_TOKEN", "t").stderr(Stdio::piped()).spawn().unwrap();
    // It says that it sent after it has written that down.
    let lines = BufReader::new(watch.stderr.take().unwrap()).lines();
    let is_sent =
        lines.map(Result::unwrap).any(|line| line.contains("a notice about a certificate was sent"));
    assert!(is_sent);
    let mut command = room.command(&["watch", "--dir", "shop", "--once"]);
    let refused = super::Ended::of(command.env("SMS_TOKEN", "t").output().unwrap());
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("another certificate watch uses"), "{refused:?}");
    watch.kill().unwrap();
    watch.wait().unwrap();
    let mut command = room.command(&["watch", "--dir", "shop", "--once"]);
    assert_eq!(super::Ended::of(command.env("SMS_TOKEN", "t").output().unwrap()).code, 0);
    assert_eq!(sms.requests().len(), 1);
}

#[test]
fn a_watch_that_cannot_begin_says_what_is_missing() {
    let sms = Stub::always(200, "{}");
    let room = room(&sms, 20);
    for (words, expected) in [
        (&["watch", "--once"][..], "nobody says what to watch. Name a folder with `--dir`"),
        (&["watch", "--dir", "shop", "--once"], "the environment variable SMS_TOKEN is not set"),
        (
            &["watch", "--config", "missing.toml", "--dir", "shop"],
            "cannot read the configuration `missing.toml`",
        ),
    ] {
        let ended = room.run(words);
        assert!(ended.code == 1 && ended.err.contains(expected), "{words:?}: {ended:?}");
    }
    assert_eq!(sms.requests().len(), 0);
}
