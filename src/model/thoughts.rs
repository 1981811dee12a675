//! Reasoning that a server sends inside the answer, in `<think>…</think>` at its very beginning, told apart from it: so do
//! models of the `DeepSeek` R1 and Qwen3 families where the server has no reader for their reasoning.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::{AnswerStream, Model, Queue, Request, StreamEvent, TokenCount};
use crate::prompt::Message;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// A model whose inline reasoning comes as reasoning.
pub struct ThoughtsApart(pub Arc<dyn Model>);

impl Model for ThoughtsApart {
    fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let state = (self.0.stream(request), Reader::default(), VecDeque::new());
        Box::pin(stream::unfold(state, |(mut inner, mut reader, mut ready)| async move {
            loop {
                if let Some(event) = ready.pop_front() {
                    return Some((event, (inner, reader, ready)));
                }
                match inner.next().await {
                    Some(Ok(StreamEvent::Text(text))) => ready.extend(reader.feed(&text).map(Ok)),
                    // Waits and remarks may come before the answer; whatever is held belongs before its end or its fault.
                    Some(event @ (Ok(StreamEvent::Finished { .. }) | Err(_))) => {
                        ready.extend(reader.end().map(Ok));
                        ready.push_back(event);
                    }
                    Some(event) => ready.push_back(event),
                    None => {
                        let rest = reader.end().map(Ok);
                        return rest.map(|event| (event, (inner, reader, ready)));
                    }
                }
            }
        }))
    }

    fn queue(&self) -> Queue {
        self.0.queue()
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        self.0.count_tokens(messages)
    }
}

/// Where in the answer the stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Nothing has come that decides.
    #[default]
    Start,
    /// Between the two tags.
    Thoughts,
    /// Behind the closing tag, before the first letter of the answer.
    Gap,
    /// In the answer.
    Answer,
}

/// Splits the text of one answer as it arrives. Holds back no more than a tag's length, and blanks at the beginning.
#[derive(Debug, Default)]
struct Reader {
    place: Place,
    held: String,
}

impl Reader {
    /// What is certain with `text` added.
    fn feed(&mut self, text: &str) -> impl Iterator<Item = StreamEvent> + use<> {
        self.held.push_str(text);
        let (mut thoughts, mut answer) = (String::new(), String::new());
        if self.place == Place::Start {
            let begun = self.held.trim_start();
            if let Some(rest) = begun.strip_prefix(OPEN) {
                self.held = rest.to_owned();
                self.place = Place::Thoughts;
            } else if !OPEN.starts_with(begun) {
                self.place = Place::Answer;
            }
        }
        if self.place == Place::Thoughts {
            if let Some((before, after)) = self.held.split_once(CLOSE) {
                thoughts.push_str(before);
                self.held = after.to_owned();
                self.place = Place::Gap;
            } else {
                let certain = self.held.len() - begun_tag(&self.held);
                thoughts.extend(self.held.drain(..certain));
            }
        }
        if self.place == Place::Gap {
            self.held = self.held.trim_start().to_owned();
            if !self.held.is_empty() {
                self.place = Place::Answer;
            }
        }
        if self.place == Place::Answer {
            answer = std::mem::take(&mut self.held);
        }
        let thoughts = (!thoughts.is_empty()).then_some(StreamEvent::Reasoning(thoughts));
        let answer = (!answer.is_empty()).then_some(StreamEvent::Text(answer));
        thoughts.into_iter().chain(answer)
    }

    /// What is left at the end.
    fn end(&mut self) -> Option<StreamEvent> {
        let held = std::mem::take(&mut self.held);
        let event = if self.place == Place::Thoughts { StreamEvent::Reasoning(held) } else { StreamEvent::Text(held) };
        let is_empty = matches!(&event, StreamEvent::Reasoning(text) | StreamEvent::Text(text) if text.is_empty());
        (!is_empty).then_some(event)
    }
}

/// How many bytes at the end of `text` may be the beginning of the closing tag.
fn begun_tag(text: &str) -> usize {
    (1..CLOSE.len()).rev().find(|length| text.ends_with(CLOSE.get(..*length).unwrap_or_default())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Script, ScriptedModel, StopReason};
    use super::*;

    /// Reasoning and answer of a text that comes in these pieces.
    fn told(pieces: &[&str]) -> (String, String) {
        let mut reader = Reader::default();
        let mut events: Vec<StreamEvent> = pieces.iter().flat_map(|piece| reader.feed(piece)).collect();
        events.extend(reader.end());
        let (mut thoughts, mut answer) = (String::new(), String::new());
        for event in events {
            match event {
                StreamEvent::Reasoning(text) => thoughts.push_str(&text),
                StreamEvent::Text(text) => answer.push_str(&text),
                other => panic!("{other:?}"),
            }
        }
        (thoughts, answer)
    }

    #[test]
    fn only_a_tag_at_the_beginning_counts() {
        for (text, thoughts, answer) in [
            ("<think>hm</think>\n\nfour", "hm", "four"),
            ("\n<think>\nhm\n</think>4", "\nhm\n", "4"),
            ("<think></think>\n\n4", "", "4"),
            ("<think>never closed", "never closed", ""),
            ("<think>a < b </thin", "a < b </thin", ""),
            ("Use <think>x</think> here", "", "Use <think>x</think> here"),
            ("  <b>bold</b>", "", "  <b>bold</b>"),
            ("<thin", "", "<thin"),
            ("", "", ""),
        ] {
            assert_eq!(told(&[text]), (thoughts.to_owned(), answer.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_tag_is_not_held_back() {
        let mut reader = Reader::default();
        assert_eq!(reader.feed("He").collect::<Vec<_>>(), [StreamEvent::Text("He".to_owned())]);
        let mut reader = Reader::default();
        assert_eq!(reader.feed("<think>a <").collect::<Vec<_>>(), [StreamEvent::Reasoning("a ".to_owned())]);
    }

    proptest! {
        #[test]
        fn where_the_stream_is_cut_does_not_matter(
            text in "(<think>)?[a-c<>/think \n]{0,16}(</think>)?[a-c\n]{0,6}",
            cuts in proptest::collection::vec(0_usize..40, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(told(&pieces), told(&[&text]));
        }
    }

    #[tokio::test]
    async fn a_models_stream_keeps_its_order_and_its_end() {
        let script =
            Script::default().noted("said").text(&["<thi", "nk>hm</think>", "\nfour"]).finished(StopReason::Stop, 4);
        let model = ThoughtsApart(Arc::new(ScriptedModel::new("m", vec![script])));
        let request = Request { messages: Vec::new(), parameters: super::super::Parameters::default() };
        let events: Vec<StreamEvent> = model.stream(request).map(Result::unwrap).collect().await;
        let told = |events: &[StreamEvent]| events.iter().take(3).cloned().collect::<Vec<_>>();
        assert_eq!(
            told(&events),
            [
                StreamEvent::Noted("said".to_owned()),
                StreamEvent::Reasoning("hm".to_owned()),
                StreamEvent::Text("four".to_owned())
            ]
        );
        assert!(matches!(events.last(), Some(StreamEvent::Finished { .. })) && events.len() == 4);
    }
}
