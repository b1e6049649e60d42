//! The commands as programs: what they print and how they end.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::recording::record;

fn systole(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_systole"));
    command.args(arguments).env_clear().stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn fails(arguments: &[&str], code: i32, expected: &str) {
    let output = systole(arguments);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(expected), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_says_what_it_did_and_what_is_wrong() {
    let recording = record().await;
    let data = recording.data_dir();
    let data = data.to_str().unwrap();
    let path = |name: &str| recording.path(name).to_str().unwrap().to_owned();

    let json = path("figures.json");
    let output = systole(&["replay", data, "--verify", "--json", &json]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("x real time"));
    assert_eq!(text(&output.stderr), "", "no progress where there is no terminal");
    let figures: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(figures["heartbeats"], recording.heartbeats);
    fails(&["replay", data, "--json", &json], 1, "is there already; --force replaces it");
    let output = systole(&["replay", data, "--state", "-"]);
    let state: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(state["nodes"]["entities"].as_array().unwrap().len(), 2);
    assert!(text(&output.stderr).contains("x real time"));

    fails(&["replay", &path("nowhere")], 1, "nowhere: No such file");
    fails(&["replay", Path::new(data).parent().unwrap().to_str().unwrap()], 1, "holds no journal");
    fails(&["replay", data, "--from", "0"], 1, "the journal begins with tick");
    fails(&["replay", data, "--set", "colour=2"], 2, "there is no setting `colour`");
    fails(&["replay", data, "--events", &path("e"), "--user", "eve"], 1, "knows no person");
    fails(&["journal", "cut", data, "--from", "soon", "--output", &path("c")], 2, "as in 2026-");
    fails(
        &["journal", "cut", data, "--from", "900000000", "--output", &path("c")],
        1,
        "no tick lies",
    );
    assert!(!recording.path("c").exists() && !recording.path("e").exists());

    let cut = path("cut.journal");
    let output = systole(&["journal", "cut", data, "--output", &cut]);
    assert!(text(&output.stdout).contains(" ticks\n"), "{}", text(&output.stderr));
    let redacted = path("redacted.journal");
    let output = systole(&["journal", "redact", &cut, "--output", &redacted]);
    assert!(text(&output.stdout).contains("each the same as in the original"));
    fails(&["journal", "redact", &cut, "--output", &redacted], 1, "is there already");

    let output = systole(&["journal", "inspect", data]);
    let table = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in [".snapshot", "sealed", "bytes per heartbeat", "node enrolled"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let output = systole(&["journal", "inspect", &cut, "--inputs"]);
    let lines = text(&output.stdout);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len() as u64, figures["ticks"].as_u64().unwrap());
    let mut inputs = lines.iter().flat_map(|line| line["inputs"].as_array().unwrap());
    let heartbeat = inputs.find_map(|input| input.get("Heartbeat")).unwrap();
    assert_eq!(heartbeat["pipelines"][0]["counters"]["events_in"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_shown_as_far_as_it_can_be_read() {
    let recording = record().await;
    let file = recording.path("cut.journal");
    let cut = file.to_str().unwrap();
    let data = recording.data_dir();
    assert!(systole(&["journal", "cut", data.to_str().unwrap(), "--output", cut]).status.success());
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    for arguments in [&["journal", "inspect", cut][..], &["replay", cut]] {
        fails(arguments, 1, "cut.journal is damaged at byte ");
        let shown = text(&systole(arguments).stdout);
        assert!(shown.contains("heartbeats"), "{shown}");
    }
    // An end that is torn is no damage: nobody was told that it was written.
    std::fs::write(&file, &bytes[..middle]).unwrap();
    let output = systole(&["journal", "inspect", cut]);
    assert!(output.status.success() && text(&output.stdout).contains(" bytes torn"));
}
