//! Server-sent events and JSON lines: any bytes under small caps; where the reads are cut changes nothing, and what is kept
//! stays within the caps.

#![no_main]

use fourfold::model::{FrameError, NdjsonDecoder, ServerEvent, SseDecoder};
use fourfold_fuzz::cut;
use libfuzzer_sys::fuzz_target;

const LINE: usize = 64;
const EVENT: usize = 160;

type Decoded = (Vec<ServerEvent>, Result<(), FrameError>, String);

fn events(reads: &[&[u8]]) -> Decoded {
    let (mut decoder, mut events) = (SseDecoder::with_limits(LINE, EVENT), Vec::new());
    let mut ended = Ok(());
    for read in reads {
        ended = decoder.push(read);
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        if ended.is_err() {
            break;
        }
    }
    let ended = ended.and_then(|()| decoder.finish());
    events.extend(std::iter::from_fn(|| decoder.next_event()));
    (events, ended, decoder.stray())
}

fn lines(reads: &[&[u8]]) -> Decoded {
    let (mut decoder, mut events) = (NdjsonDecoder::with_limits(LINE, EVENT), Vec::new());
    let mut ended = Ok(());
    for read in reads {
        ended = decoder.push(read);
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        if ended.is_err() {
            break;
        }
    }
    let ended = ended.and_then(|()| decoder.finish());
    events.extend(std::iter::from_fn(|| decoder.next_event()));
    (events, ended, decoder.stray())
}

fuzz_target!(|input: &[u8]| {
    let (bytes, reads) = cut(input);
    for decode in [events, lines] {
        let whole = decode(&[bytes]);
        assert_eq!(decode(&reads), whole);
        for event in &whole.0 {
            // A byte that is no text becomes a sign of three.
            assert!(event.data.len() <= EVENT * 3 && event.at <= bytes.len() as u64);
        }
    }
});
