//! News of a log as server-sent events.
//!
//! The queue has a fixed size: a reader that is too slow gets `gap` with the number of news it missed and goes on with the
//! newest, and nothing waits for it in memory. Not here: reading the log ([`crate::open`]).

use crate::open::Run;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::open::News;

/// A reader's place: first what is known now, then news as they come.
enum Place {
    First,
    On,
    Over,
}

fn event(name: &str, data: &impl serde::Serialize) -> Event {
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(data)
}

async fn next(
    mut reader: Receiver<News>,
    place: Place,
    run: Arc<Run>,
) -> Option<(Event, (Receiver<News>, Place, Arc<Run>))> {
    let (news, gap) = match place {
        Place::Over => return None,
        Place::First => (run.state().news.clone(), None),
        Place::On => match reader.recv().await {
            Ok(news) => (news, None),
            Err(RecvError::Lagged(missed)) => (News::default(), Some(missed)),
            Err(RecvError::Closed) => return None,
        },
    };
    if let Some(missed) = gap {
        let event = event("gap", &serde_json::json!({ "missed": missed }));
        return Some((event, (reader, Place::First, run)));
    }
    let over = news.ended || news.error.is_some();
    let place = if over { Place::Over } else { Place::On };
    let name = if over { "ended" } else { "progress" };
    Some((event(name, &news), (reader, place, run)))
}

/// The stream of a log.
pub(crate) fn stream(run: Arc<Run>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let reader = run.sender.subscribe();
    let stream = unfold((reader, Place::First, run), |(reader, place, run)| async {
        let (event, rest) = next(reader, place, run).await?;
        Some((Ok(event), rest))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[test]
    fn a_slow_reader_sees_a_gap_and_nothing_piles_up() {
        // A thousand news for a reader that reads none of them: at most the queue is kept, it is told how many it missed and
        // goes on with what is known now.
        let file = tempfile::NamedTempFile::new().unwrap();
        let run = Run::open("x", file.path()).unwrap();
        let reader = run.sender.subscribe();
        for lines in 0..1_000 {
            drop(run.sender.send(News {
                lines,
                ..News::default()
            }));
        }
        assert!(run.sender.len() <= crate::open::QUEUE);
        let stream = unfold((reader, Place::On, run), |(reader, place, run)| {
            next(reader, place, run)
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let said: Vec<String> =
            runtime.block_on(stream.take(2).map(|event| format!("{event:?}")).collect());
        assert!(
            said[0].contains("gap") && said[0].contains("missed"),
            "{said:?}"
        );
        assert!(said[1].contains("progress"), "{said:?}");
    }
}
