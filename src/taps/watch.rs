//! Looks at taps as time goes by: what is over ends, readers see a sign of life, rights are checked.

use std::time::Duration;

use systole_systems::answer::AnswerBody;
use systole_systems::query::{Query, Subject};
use systole_systems::status::Role;
use tokio::time::{Interval, MissedTickBehavior};

use crate::auth::credentials::Credentials;
use crate::clock::{steady_now, wall_now};
use crate::ports::Reader;
use crate::taps::life::End;
use crate::taps::{Holder, Taps};

/// Time between two signs of life.
const KEEPALIVE_SECONDS: u64 = 15;

/// Time between two looks at the rights of whoever reads.
const RIGHTS_SECONDS: u64 = 5;
const _: () = assert!(RIGHTS_SECONDS <= KEEPALIVE_SECONDS);

/// Runs for as long as it is polled.
pub async fn watch(taps: Taps, reader: Reader, credentials: Credentials) {
    tokio::join!(watch_time(&taps, &credentials), watch_rights(&taps, &reader));
}

async fn watch_time(taps: &Taps, credentials: &Credentials) {
    let mut seconds = every(1);
    for second in 1_u64.. {
        seconds.tick().await;
        taps.end_over(steady_now());
        end_with_credentials(taps, credentials);
        if second.is_multiple_of(KEEPALIVE_SECONDS) {
            taps.keep_alive();
        }
    }
}

async fn watch_rights(taps: &Taps, reader: &Reader) {
    let mut turns = every(RIGHTS_SECONDS);
    loop {
        turns.tick().await;
        end_with_rights(taps, reader).await;
    }
}

/// Ends the taps of sessions and tokens that have ended.
fn end_with_credentials(taps: &Taps, credentials: &Credentials) {
    for holder in taps.holders() {
        if !credentials.is_valid(&holder.credential, wall_now()) {
            taps.end(&holder.tap, End::AccessLost, steady_now());
        }
    }
}

/// Ends the taps of people who may no longer edit the pipeline.
async fn end_with_rights(taps: &Taps, reader: &Reader) {
    for Holder { tap, pipeline, user, credential: _ } in taps.holders() {
        let subject = Subject::Pipeline(pipeline.to_string());
        let query = Query::Access { viewer: user.to_string(), subject };
        // A core that has no time now is asked again at the next turn.
        let Ok(answer) = reader.ask(query).await else { return };
        let AnswerBody::Access { role, super_admin: _ } = answer.body else {
            unreachable!("each question has one kind of answer")
        };
        if role.is_none_or(|role| role < Role::Editor) {
            taps.end(&tap, End::AccessLost, steady_now());
        }
    }
}

fn every(seconds: u64) -> Interval {
    let mut interval = tokio::time::interval(Duration::from_secs(seconds));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
