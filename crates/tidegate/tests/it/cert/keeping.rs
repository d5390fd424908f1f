//! Backups, what is left and what is due, and digests.

use serde_json::Value;

use super::{MERCHANT_ID, NAME, Room, issue, names};

#[test]
fn a_folder_that_cannot_be_told_is_said_and_not_passed_over() {
    let room = Room::new();
    room.installed("all/good", 300);
    std::fs::create_dir_all(room.path("all/bad/apiclient_key.pem")).unwrap();
    let ended = room.run(&["status", "all"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("bad") && ended.out.contains("good"), "{ended:?}");
    std::fs::remove_dir_all(room.path("all/good")).unwrap();
    let ended = room.run(&["status", "all"]);
    assert!(ended.code == 1 && ended.err.contains("bad"), "{ended:?}");
}

#[test]
fn a_folder_comes_back_from_its_backup_file_by_file() {
    let room = Room::new();
    room.installed("c", 300);
    room.write("passphrase", "correct horse battery\n");
    room.write("other", "another passphrase\n");
    let kept = room.well(&["backup", "c", "--out", "c.backup", "--passphrase-file", "passphrase"]);
    assert!(kept.out.contains("read back from the disk"), "{kept:?}");
    assert!(room.read("c.backup").starts_with(b"tidegate certificate backup, version 1\n"));
    let again = room.run(&["backup", "c", "--out", "c.backup", "--passphrase-file", "passphrase"]);
    assert!(again.code == 7 && again.err.contains("exists already"), "{again:?}");
    let wrong = room.run(&["restore", "c.backup", "--out", "back", "--passphrase-file", "other"]);
    assert!(wrong.code == 6 && wrong.err.contains("does not open this backup"), "{wrong:?}");
    let restored = room.command(&["restore", "c.backup", "--out", "back"]);
    let restored = { restored }.env("TIDEGATE_BACKUP_PASSPHRASE", "correct horse battery").output().unwrap();
    assert!(restored.status.success(), "{restored:?}");
    for name in names(&room.path("c")).iter().filter(|name| *name != ".lock") {
        assert_eq!(room.read(&format!("back/{name}")), room.read(&format!("c/{name}")), "{name}");
    }
    let occupied = room.run(&["restore", "c.backup", "--out", "c", "--passphrase-file", "passphrase"]);
    assert!(occupied.code == 7, "{occupied:?}");
    let asked = room.run(&["backup", "c", "--out", "x.backup"]);
    assert!(asked.code == 6 && asked.err.contains("TIDEGATE_BACKUP_PASSPHRASE"), "{asked:?}");
    room.write("number", MERCHANT_ID);
    let number = room.run(&["backup", "c", "--out", "x.backup", "--passphrase-file", "number"]);
    assert!(number.code == 6 && number.err.contains("everybody can know"), "{number:?}");
    let cut = room.read("c.backup");
    room.write("cut.backup", &cut[..200]);
    let cut = room.run(&["restore", "cut.backup", "--out", "y", "--passphrase-file", "passphrase"]);
    assert!(cut.code != 0 && !room.path("y").exists(), "{cut:?}");
}

#[test]
fn a_request_that_waits_is_worth_a_backup_too() {
    let room = Room::new();
    let request_string = room.request("c");
    room.write("passphrase", "correct horse battery\n");
    room.well(&["backup", "c", "--out", "c.backup", "--passphrase-file", "passphrase"]);
    std::fs::remove_dir_all(room.path("c")).unwrap();
    room.well(&["restore", "c.backup", "--out", "c", "--passphrase-file", "passphrase"]);
    assert_eq!(room.request("c"), request_string);
    room.write("string.txt", issue(&request_string, MERCHANT_ID, -1, 300));
    room.install("c", "string.txt");
}

#[test]
fn a_monitor_learns_the_worst_by_the_exit_code_and_the_rest_by_the_report() {
    let room = Room::new();
    std::fs::create_dir(room.path("all")).unwrap();
    room.installed("all/long", 300);
    room.request("all/awaiting");
    let fine = room.run(&["status", "all"]);
    assert_eq!(fine.code, 0, "{fine:?}");
    assert!(
        fine.out.contains("State        awaiting") && fine.out.contains("Year of use    1 of 5"),
        "{}",
        fine.out
    );
    room.installed("all/soon", 20);
    let soon = room.run(&["status", "--json", "all"]);
    assert_eq!(soon.code, 4, "{soon:?}");
    let report: Value = serde_json::from_str(&soon.out).unwrap();
    let folders: Vec<&str> =
        report.as_array().unwrap().iter().map(|one| one["dir"].as_str().unwrap()).collect();
    assert_eq!(folders, ["all/awaiting", "all/long", "all/soon"]);
    assert_eq!(report[2]["state"], "expiring");
    assert_eq!(report[2]["due"], serde_json::json!(["30d"]));
    assert_eq!(report[2]["allowed"], serde_json::json!(["renew", "change"]));
    assert!([299, 300].map(Value::from).contains(&report[1]["days_left"]), "{report}");
    // One that expired in its place: such a one is not installed any more, but it becomes so.
    room.write(
        "all/long/apiclient_cert.pem",
        issue(&room.text("all/long/request_string.pem"), MERCHANT_ID, -380, -15),
    );
    let over = room.run(&["status", "all/long"]);
    assert!(over.code == 5 && over.out.contains("expired 15 days ago"), "{over:?}");
    assert!(over.out.contains("expired-grace") && over.out.contains("Upgrade"), "{over:?}");
    let nothing = room.run(&["status", "."]);
    assert!(nothing.code == 1 && nothing.err.contains("tidegate cert request"), "{nothing:?}");
}

#[cfg(unix)]
#[test]
fn what_may_give_a_key_away_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = Room::new();
    room.other("git", "init -q .");
    let asked = room.well(&["request", "--merchant-id", MERCHANT_ID, "--merchant-name", NAME, "--out", "c"]);
    assert!(asked.err.contains("git work tree"), "{}", asked.err);
    assert_eq!(room.other("git", "status --porcelain c"), "", "git sees nothing of the folder");
    std::fs::set_permissions(room.path("c"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let status = room.well(&["status", "c"]);
    assert!(status.err.contains("chmod 700"), "{}", status.err);
}

#[test]
fn digests_are_those_of_other_tools_and_published_ones_are_known() {
    let room = Room::new();
    room.write("file", "abc");
    let shown = room.well(&["fingerprint", "file"]).out;
    for digest in [
        "900150983CD24FB0D6963F7D28E17F72",
        "A9993E364706816ABA3E25717850C26C9CD0D89D",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
    ] {
        assert!(shown.contains(digest), "{shown}");
    }
    room.write("CertTrustChain.p7b", "another file under its name");
    let other = room.run(&["fingerprint", "CertTrustChain.p7b"]);
    assert!(other.code == 2 && other.out.contains("none of the two chain files"), "{other:?}");
    let known = room.well(&["fingerprint", "--digest", "77:e0:db:65:59:b0:76:24:f5:38:b1:ac:f4:ad:81:ca"]);
    assert!(known.out.contains("CertTrustChain.p7b"), "{known:?}");
}

#[test]
fn the_exit_codes_stand_in_the_help() {
    let room = Room::new();
    let help = room.well(&["--help"]).out;
    for line in ["0  it is done, and all is well", "7  something is there already", "3  nothing is wrong"] {
        assert!(help.contains(line), "{line} in {help}");
    }
    assert_eq!(room.run(&["request"]).code, 1);
}
