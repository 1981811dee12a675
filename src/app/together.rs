//! Text that arrives faster than a frame is handed on in larger pieces: the loop is woken a hundred times a second for an
//! arm, not thousands.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::run::TrialEvent;

/// The shortest time between two pieces of text of one arm: half a frame, so that none waits for more than one.
const EVERY: Duration = Duration::from_millis(8);

/// Where a trial's events go; says whether anyone still wants them.
pub(super) trait Sink {
    /// Hands one on.
    async fn send(&mut self, event: TrialEvent) -> bool;
}

/// Hands on all that comes, in its order; text of one kind that comes close together as one. `heard` sees every event as it
/// comes.
pub(super) async fn together(
    mut receiver: mpsc::Receiver<TrialEvent>,
    mut heard: impl FnMut(&TrialEvent),
    sink: &mut impl Sink,
) {
    let mut held: Option<TrialEvent> = None;
    let mut due = Instant::now();
    loop {
        let event = match held.take() {
            None => receiver.recv().await,
            Some(text) => {
                if let Ok(event) = timeout_at(due, receiver.recv()).await {
                    held = Some(text);
                    event
                } else {
                    if !sink.send(text).await {
                        return;
                    }
                    due = Instant::now() + EVERY;
                    continue;
                }
            }
        };
        let Some(event) = event else { break };
        heard(&event);
        let event = match (held.as_mut(), event) {
            (Some(TrialEvent::Text(held)), TrialEvent::Text(more))
            | (Some(TrialEvent::Reasoning(held)), TrialEvent::Reasoning(more)) => {
                held.push_str(&more);
                continue;
            }
            (_, event) => event,
        };
        if let Some(text) = held.take()
            && !sink.send(text).await
        {
            return;
        }
        if matches!(event, TrialEvent::Text(_) | TrialEvent::Reasoning(_)) {
            if Instant::now() < due {
                held = Some(event);
                continue;
            }
            due = Instant::now() + EVERY;
        }
        if !sink.send(event).await {
            return;
        }
    }
    if let Some(text) = held {
        sink.send(text).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what it gets, up to a number.
    struct Kept(Vec<TrialEvent>, usize);

    impl Sink for Kept {
        async fn send(&mut self, event: TrialEvent) -> bool {
            self.0.push(event);
            self.0.len() < self.1
        }
    }

    async fn kept(events: &[TrialEvent], wanted: usize) -> (Vec<TrialEvent>, usize) {
        let (sender, receiver) = mpsc::channel(events.len());
        for event in events {
            sender.send(event.clone()).await.unwrap();
        }
        drop(sender);
        let (mut seen, mut sink) = (0, Kept(Vec::new(), wanted));
        together(receiver, |_| seen += 1, &mut sink).await;
        (sink.0, seen)
    }

    fn text(events: &[TrialEvent]) -> String {
        events
            .iter()
            .filter_map(|event| if let TrialEvent::Text(text) = event { Some(text.as_str()) } else { None })
            .collect()
    }

    #[tokio::test]
    async fn text_is_joined_and_everything_else_keeps_its_place() {
        let mut events = vec![TrialEvent::Started, TrialEvent::FirstToken { ms: 3 }];
        events.extend((0..400).map(|number| TrialEvent::Text(format!("{number} "))));
        events.push(TrialEvent::Noted("said".to_owned()));
        events.extend((0..400).map(|number| TrialEvent::Reasoning(format!("{number} "))));
        events.push(TrialEvent::Text("end".to_owned()));
        let (kept, seen) = kept(&events, usize::MAX).await;
        assert_eq!(seen, events.len(), "each is heard as it comes");
        assert_eq!(text(&kept), text(&events));
        assert!(kept.len() < 100, "{}", kept.len());
        assert_eq!(kept[..2], events[..2]);
        assert_eq!(kept[2], TrialEvent::Text("0 ".to_owned()), "the first is not held back");
        assert_eq!(kept.last(), events.last());
        let note = kept.iter().position(|event| matches!(event, TrialEvent::Noted(_))).unwrap();
        let reasoning = kept.iter().position(|event| matches!(event, TrialEvent::Reasoning(_))).unwrap();
        assert_eq!(text(&kept[..note]) + "end", text(&kept));
        assert!(note < reasoning);
    }

    #[tokio::test]
    async fn it_ends_when_nobody_wants_more() {
        let events = vec![TrialEvent::Started; 5];
        assert_eq!(kept(&events, 2).await.0.len(), 2);
    }
}
