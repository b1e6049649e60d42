//! The stream from a tap to its reader. There is one reader at a time; a newer one takes over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::taps::backlog::{BYTES_MAX, Backlog, Next};
use crate::taps::frames::{self, FRAME_BYTES_BESIDES};
use crate::taps::life::End;
use crate::taps::report::EVENTS_BOUNDS;

/// The largest report fits, or it would push itself out.
const _: () = assert!(EVENTS_BOUNDS.bytes_max + FRAME_BYTES_BESIDES <= BYTES_MAX);

/// What a tap and its reader share.
#[derive(Debug)]
pub struct Feed {
    tap: Arc<str>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    backlog: Backlog,
    is_keepalive_due: bool,
    /// The last word; nothing comes after it.
    end: Option<End>,
    /// Readers so far; the last of them is the reader.
    readers: u64,
    is_read: bool,
    waker: Option<Waker>,
}

/// The reader's end, as the body of an answer.
#[derive(Debug)]
pub struct FeedBody {
    feed: Arc<Feed>,
    reader: u64,
    has_greeted: bool,
    has_ended: bool,
}

impl Feed {
    /// A feed that nobody reads yet.
    pub fn new(tap: Arc<str>) -> Feed {
        Feed { tap, state: Mutex::default() }
    }

    /// Becomes the reader. Whoever was it is told so, and their stream ends.
    pub fn read(self: &Arc<Self>) -> FeedBody {
        let mut state = self.state();
        state.readers += 1;
        state.is_read = true;
        if let Some(former) = state.waker.take() {
            former.wake();
        }
        let reader = state.readers;
        FeedBody { feed: self.clone(), reader, has_greeted: false, has_ended: false }
    }

    /// Queues events for the reader; how many others had to go.
    pub fn push(&self, frame: Bytes, events: u32) -> u32 {
        let mut state = self.state();
        let gone = state.backlog.push(frame, events);
        state.wake();
        gone
    }

    /// The reader misses so many events.
    pub fn skip(&self, events: u32) {
        let mut state = self.state();
        state.backlog.skip(events);
        state.wake();
    }

    /// The reader is to see a sign of life.
    pub fn keep_alive(&self) {
        let mut state = self.state();
        state.is_keepalive_due = true;
        state.wake();
    }

    /// The last word.
    pub fn end(&self, end: &End) {
        let mut state = self.state();
        // Whoever comes later is told why it ended, and nothing of what was.
        if end.discards_events() || !state.is_read {
            state.backlog.clear();
        }
        state.end.get_or_insert_with(|| end.clone());
        state.wake();
    }

    /// Whether somebody reads.
    pub fn is_read(&self) -> bool {
        self.state().is_read
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl FeedBody {
    /// The next bytes to send; `None` ends the body.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        if !self.has_greeted {
            self.has_greeted = true;
            return Poll::Ready(Some(frames::greeting()));
        }
        let mut state = self.feed.state();
        if state.readers != self.reader {
            self.has_ended = true;
            return Poll::Ready(Some(frames::taken_over(&self.feed.tap)));
        }
        if let Some(next) = state.backlog.pop() {
            return Poll::Ready(Some(match next {
                Next::Skipped(events) => frames::skipped(&self.feed.tap, events),
                Next::Frame(frame) => frame,
            }));
        }
        if let Some(end) = &state.end {
            self.has_ended = true;
            return Poll::Ready(Some(frames::stopped(&self.feed.tap, end)));
        }
        if std::mem::take(&mut state.is_keepalive_due) {
            return Poll::Ready(Some(frames::keepalive()));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for FeedBody {
    fn drop(&mut self) {
        let mut state = self.feed.state();
        if state.readers == self.reader {
            state.is_read = false;
            state.waker = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reader gets now, and whether its stream has ended.
    fn drain(body: &mut FeedBody) -> (String, bool) {
        let mut text = String::new();
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            match body.poll_next(&mut cx) {
                Poll::Ready(Some(bytes)) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
                Poll::Ready(None) => return (text, true),
                Poll::Pending => return (text, false),
            }
        }
    }

    fn feed() -> Arc<Feed> {
        Arc::new(Feed::new("r1".into()))
    }

    const GREETING: &str = ": connected\n\nretry: 1000\n\n";

    #[test]
    fn a_reader_gets_what_waited_and_what_comes_and_why_it_ends() {
        let feed = feed();
        feed.push("early\n\n".into(), 1);
        let mut body = feed.read();
        assert_eq!(drain(&mut body), (format!("{GREETING}early\n\n"), false));
        feed.keep_alive();
        assert_eq!(drain(&mut body), (": keepalive\n\n".into(), false));
        feed.push("late\n\n".into(), 1);
        feed.keep_alive();
        feed.end(&End::TimeUp);
        feed.end(&End::Stopped);
        let (text, has_ended) = drain(&mut body);
        assert!(text.starts_with("late\n\nevent: tap_stopped\n"), "{text}");
        assert!(text.contains(r#""reason":"time_up""#) && has_ended, "{text}");
    }

    #[test]
    fn nothing_that_was_queued_reaches_who_may_no_longer_see_it() {
        let feed = feed();
        let mut body = feed.read();
        feed.push("secret\n\n".into(), 1);
        feed.end(&End::AccessLost);
        let (text, has_ended) = drain(&mut body);
        assert!(text.contains("access_lost") && !text.contains("secret") && has_ended, "{text}");
    }

    #[test]
    fn a_newer_reader_takes_over_and_the_older_one_leaves_no_gap() {
        let feed = feed();
        let mut older = feed.read();
        feed.push("one\n\n".into(), 1);
        let mut newer = feed.read();
        let (text, has_ended) = drain(&mut older);
        assert!(text.contains("taken_over") && !text.contains("one") && has_ended, "{text}");
        drop(older);
        assert!(feed.is_read());
        assert_eq!(drain(&mut newer), (format!("{GREETING}one\n\n"), false));
        drop(newer);
        assert!(!feed.is_read());
    }

    #[test]
    fn whoever_comes_after_the_end_is_told_why_and_nothing_else() {
        let feed = feed();
        feed.push("early\n\n".into(), 1);
        feed.end(&End::AgentSilent);
        let (text, has_ended) = drain(&mut feed.read());
        assert!(text.contains("agent_silent") && !text.contains("early") && has_ended, "{text}");
    }
}
