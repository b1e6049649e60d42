//! The load rig and its simulated fleet against the whole server: every heartbeat answered, every event seen.

use systole::cli::{self, Invocation};
use systole::load::{self, options::LoadOptions};

use crate::server::{EMAIL, Kind, PASSWORD, Place, Running};

fn options(running: &Running, more: &[&str]) -> LoadOptions {
    let mut arguments = vec![
        "systole".to_owned(),
        "load".to_owned(),
        format!("--target=http://{}", running.server.address),
        format!("--email={EMAIL}"),
        format!("--password={PASSWORD}"),
        "--interval-ms=1000".to_owned(),
        "--warmup-s=5".to_owned(),
        "--duration-s=3".to_owned(),
    ];
    arguments.extend(more.iter().map(|option| (*option).to_owned()));
    let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
    match cli::parse(&arguments, |_| None).unwrap() {
        Invocation::Load(options) => *options,
        other @ (Invocation::Serve(_)
        | Invocation::Demo(_)
        | Invocation::Admin(_)
        | Invocation::Replay(_)
        | Invocation::Journal(_)) => {
            panic!("{other:?}")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_on_its_own_connections_and_one_on_shared_ones_are_served() {
    let place = Place::new(Kind::Sqlite).await;
    let running = place.serve(&[]).await;
    let own =
        ["--nodes=12", "--pipelines=2", "--subscribers=3", "--nodes-per-subscriber=4", "--logs"];
    let shared = ["--nodes=40", "--connections=4", "--subscribers=1"];
    for more in [&own[..], &shared[..]] {
        let report = load::run(&options(&running, more)).await.unwrap();
        assert!(report.is_right(), "{report}");
        assert!(report.heartbeats >= 30 && report.answered200 >= 30, "{report}");
        assert!(report.beats_seen >= report.heartbeats / 2, "{report}");
        assert!(report.event_ms.count > 0 && report.event_ms.p50 > 0.0, "{report}");
        assert_eq!((report.lagged, report.snapshots), (0, 0), "{report}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["heartbeats"], report.heartbeats);
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rig_that_may_not_or_cannot_says_why() {
    let place = Place::new(Kind::Sqlite).await;
    let running = place.serve(&[]).await;
    let mut wrong = options(&running, &[]);
    wrong.password = Some("wrong password".into());
    let error = load::run(&wrong).await.unwrap_err().to_string();
    assert!(error.contains("email or password is wrong"), "{error}");
    let mut many = options(&running, &[]);
    many.nodes = 10_000_000;
    let error = load::run(&many).await.unwrap_err().to_string();
    assert!(error.contains("--connections"), "{error}");
    running.stop().await;
}
