//! Recorded streams of every dialect, cut everywhere: the same events come out. No network here.

use proptest::prelude::*;

use super::recorded::{read_body, read_refusal, read_stream as read};
use crate::model::{Dialect, ModelError, Parameters, Request, StopReason, StreamEvent, Usage};

const RECORDED: [(Dialect, &str); 5] = [
    (Dialect::ChatCompletions, include_str!("../../../tests/data/streams/openai.sse")),
    (Dialect::Responses, include_str!("../../../tests/data/streams/responses.sse")),
    (Dialect::Anthropic, include_str!("../../../tests/data/streams/anthropic.sse")),
    (Dialect::Gemini, include_str!("../../../tests/data/streams/gemini.sse")),
    (Dialect::Ollama, include_str!("../../../tests/data/streams/ollama.ndjson")),
];

#[test]
fn every_recorded_stream_says_the_same() {
    for (dialect, stream) in RECORDED {
        let heard = read(dialect, &[stream.as_bytes()]);
        let finished = StreamEvent::Finished {
            stop: StopReason::Stop,
            usage: Usage { input: Some(19), cached: Some(4).filter(|_| dialect != Dialect::Ollama), output: Some(10) },
            notes: Vec::new(),
        };
        let expected = [
            StreamEvent::Reasoning("Erst denken.".to_owned()),
            StreamEvent::Text("Das é漢🦀 👨‍👩‍👧 ist \"gut\".\n".to_owned()),
            finished,
        ];
        assert_eq!(heard.events, expected, "{dialect:?}");
        assert_eq!(heard.error, None, "{dialect:?}");
    }
}

/// Cases 1 and 2: every split point.
#[test]
fn a_stream_cut_in_two_anywhere_says_the_same() {
    for (dialect, stream) in RECORDED {
        let expected = read(dialect, &[stream.as_bytes()]);
        for cut in 0..=stream.len() {
            let (first, second) = stream.as_bytes().split_at(cut);
            assert_eq!(read(dialect, &[first, second]), expected, "{dialect:?} cut at byte {cut}");
        }
        let single: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(read(dialect, &single), expected, "{dialect:?} byte by byte");
    }
}

/// Case 3: line ends.
#[test]
fn a_stream_with_other_line_ends_says_the_same() {
    for (dialect, stream) in RECORDED {
        let expected = read(dialect, &[stream.as_bytes()]);
        let plain = stream.replace("\r\n", "\n");
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(read(dialect, &[plain.replace('\n', end).as_bytes()]), expected, "{dialect:?} {end:?}");
        }
        assert_eq!(read(dialect, &[format!("\u{feff}{plain}").as_bytes()]), expected, "{dialect:?} case 4");
    }
}

/// Case 9: whatever is missing at the end, a stream without a finish reason is no answer.
#[test]
fn a_stream_that_ends_early_is_cut_and_never_an_answer() {
    for (dialect, stream) in RECORDED {
        let end = match dialect {
            Dialect::ChatCompletions => stream.find("\"finish_reason\":\"stop\"").unwrap(),
            Dialect::Responses => stream.find("event: response.completed").unwrap(),
            Dialect::Anthropic => stream.find("event: message_delta").unwrap(),
            Dialect::Gemini => stream.find("\"finishReason\"").unwrap(),
            Dialect::Ollama => stream.find("\"done\":true").unwrap(),
        };
        for cut in (0..end).filter(|cut| stream.is_char_boundary(*cut)) {
            let heard = read(dialect, &[&stream.as_bytes()[..cut]]);
            assert!(
                matches!(
                    heard.error,
                    // The last of them before anything was said at all.
                    Some(ModelError::Truncated { .. } | ModelError::BadFrame { .. } | ModelError::Unexpected { .. })
                ),
                "{dialect:?} ended at byte {cut}: {heard:?}"
            );
            assert!(!heard.finished());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cuts_of_any_stream_say_the_same(which in 0..RECORDED.len(), cuts in prop::collection::vec(0.0..1.0_f64, 0..40)) {
        let (dialect, stream) = RECORDED[which];
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| (cut * stream.len() as f64) as usize).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let reads: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read(dialect, &reads), read(dialect, &[stream.as_bytes()]));
    }

    /// Case 17: whatever a document says, reading it ends without a panic.
    #[test]
    fn no_document_is_too_odd(which in 0..RECORDED.len(), put in "[\\[\\]{}\",:a-z0-9 \\\\]{0,8}", at in 0.0..1.0_f64, cut in 0_usize..60) {
        let (dialect, stream) = RECORDED[which];
        let at = (at * stream.len() as f64) as usize;
        let mut bytes = stream.as_bytes().to_vec();
        bytes.splice(at..(at + cut).min(stream.len()), put.bytes());
        let heard = read(dialect, &[&bytes]);
        prop_assert!(heard.finished() != heard.error.is_some(), "it ends in exactly one way: {:?}", heard);
    }
}

/// Bodies without a label, and bodies of refusals.
#[test]
fn bodies_that_are_no_stream_are_read_as_they_are() {
    let whole = r#"{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}"#;
    assert!(read_body(Dialect::ChatCompletions, whole.as_bytes()).finished());
    let stream = read_body(Dialect::Ollama, include_bytes!("../../../tests/data/streams/ollama.ndjson"));
    assert!(stream.finished(), "{stream:?}");
    for body in ["", " \n", "<html><title>Sign in</title>", "{\"choices\"", "[1]"] {
        for dialect in Dialect::ALL {
            let heard = read_body(dialect, body.as_bytes());
            assert!(!heard.finished() && heard.error.is_some(), "{dialect:?} {body}");
        }
    }
    let request = Request { messages: Vec::new(), parameters: Parameters::default() };
    let error = read_refusal(Dialect::Anthropic, 529, "{\"error\":{\"message\":\"\\u001b[2J full\"}}", &request);
    assert!(error.to_string().ends_with("[2J full") && !error.to_string().contains('\u{1b}'), "{error}");
}
