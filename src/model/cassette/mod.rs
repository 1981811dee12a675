//! Cassettes: calls kept in a file, keys taken out, and played again without network, key or weights; for tests, demos and
//! reports of faults. One call a line, as JSON.

mod call;
mod player;
mod recorder;

pub use call::{Call, KeptEvent, TimedEvent};
pub use player::{Pace, Player};
pub use recorder::{Clock, Recorder};

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use futures_util::StreamExt;

    use super::*;
    use crate::model::{Key, Model, ModelError, Parameters, Request, Script, ScriptedModel, StopReason, StreamEvent};
    use crate::prompt::{Message, Role};

    const CANARY: &str = "sk-canary-7f3a91";

    fn request(text: &str) -> Request {
        Request { messages: vec![Message::new(Role::User, text)], parameters: Parameters::default() }
    }

    /// A clock that is 10 ms further at each look.
    fn recorder(path: &Path) -> Recorder {
        Recorder::open(path, || {
            let looks = AtomicU64::new(0);
            Box::new(move || Duration::from_millis(10 * (looks.fetch_add(1, Ordering::Relaxed) + 1)))
        })
        .unwrap()
    }

    async fn hear(model: &dyn Model, text: &str) -> Vec<Result<StreamEvent, ModelError>> {
        model.stream(request(text)).collect().await
    }

    #[tokio::test]
    async fn what_was_kept_is_played_again_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let echo = format!("you sent {CANARY}");
        let scripts = vec![
            Script::default().reasoning("hm").text(&["a", "b"]).finished(StopReason::Stop, 2),
            Script::answer(&["second"]),
            Script::default().text(&["half"]).fails(ModelError::BadFrame { reason: echo }),
            Script::default().text(&["cut"]),
        ];
        let original: Arc<dyn Model> = Arc::new(ScriptedModel::new("m", scripts));
        let key = Key::new(CANARY, "K").unwrap();
        let tape = recorder(&path);
        let recorded = tape.around("m", Arc::clone(&original), Some(key));
        assert_eq!(recorded.fingerprint(), original.fingerprint());
        let mut heard = Vec::new();
        for text in ["hi", "hi", "fail", "cut"] {
            heard.push(hear(&*recorded, text).await);
        }
        assert_eq!(tape.fault(), None);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(!text.contains(CANARY) && text.contains("you sent [key]"), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }

        let player = Player::open(&path, Pace::AtOnce).unwrap();
        let replayed = player.model("m");
        assert!(replayed.fingerprint().starts_with("cassette of ") && replayed.fingerprint() != original.fingerprint());
        assert_eq!(hear(&*replayed, "hi").await, heard[0]);
        assert_eq!(hear(&*replayed, "hi").await, heard[1], "asked again, the second call");
        assert_eq!(hear(&*replayed, "hi").await, heard[1], "and the last one from then on");
        assert_eq!(hear(&*replayed, "cut").await, heard[3], "a cut stream is cut again");
        let failed = hear(&*replayed, "fail").await;
        assert!(matches!(&failed[1], Err(ModelError::BadFrame { reason }) if reason == "you sent [key]"), "{failed:?}");
        for (model, text) in [("m", "never asked"), ("other", "hi")] {
            let missing = hear(&*player.model(model), text).await;
            assert!(matches!(&missing[..], [Err(ModelError::Invalid { .. })]), "{missing:?}");
        }
    }

    #[tokio::test]
    async fn a_call_that_somebody_cancels_is_kept_as_far_as_it_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let recorded = recorder(&path).around("m", Arc::new(ScriptedModel::answering(&["a", "b"])), None);
        let mut stream = recorded.stream(request("hi"));
        assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text("a".to_owned()))));
        drop(stream);
        let call: Call = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(call.events, [TimedEvent { ms: 10, event: KeptEvent::Text("a".to_owned()) }]);
    }

    #[tokio::test]
    async fn at_the_pace_it_had_it_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let recorded = recorder(&path).around("m", Arc::new(ScriptedModel::answering(&["a", "b"])), None);
        let heard = hear(&*recorded, "hi").await;
        assert_eq!(hear(&*Player::open(&path, Pace::AsItWas).unwrap().model("m"), "hi").await, heard);
    }

    #[tokio::test]
    async fn a_line_that_breaks_off_costs_no_other_call() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let model = || Arc::new(ScriptedModel::answering(&["a"])) as Arc<dyn Model>;
        hear(&*recorder(&path).around("m", model(), None), "one").await;
        let whole = std::fs::read_to_string(&path).unwrap();
        for left in [whole.clone(), String::new()] {
            // Whoever wrote the next call was killed in the middle of it.
            std::fs::write(&path, format!("{left}{}", &whole[..whole.len() / 2])).unwrap();
            hear(&*recorder(&path).around("m", model(), None), "two").await;
            let player = Player::open(&path, Pace::AtOnce).unwrap().model("m");
            assert!(hear(&*player, "two").await.iter().all(Result::is_ok));
            assert_eq!(hear(&*player, "one").await.iter().all(Result::is_ok), !left.is_empty());
        }
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.jsonl");
        for text in ["{\"text\":\"a row\"}\n", "no", "\n\nno\n", "\u{1}\n"] {
            std::fs::write(&path, text).unwrap();
            let Err(error) = Recorder::open(&path, || Box::new(|| Duration::ZERO)) else {
                panic!("{text:?} was taken")
            };
            assert!(error.to_string().contains("is no cassette"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(Recorder::open(&path, || Box::new(|| Duration::ZERO)).is_ok(), "nothing is in it");
    }

    #[test]
    fn a_file_that_is_no_cassette_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        for (text, expected) in [("", "it holds no call"), ("\n{\"version\":1}\n", "line 2"), ("no", "line 1")] {
            std::fs::write(&path, text).unwrap();
            let error = Player::open(&path, Pace::AtOnce).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
