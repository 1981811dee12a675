//! Each dialect's reader: a stream cut anywhere, a body without a label, and the body of a refusal. An answer ends in exactly
//! one way, and the same one wherever the reads are cut.

#![no_main]

use fourfold::model::recorded::{read_body, read_refusal, read_stream};
use fourfold::model::{Dialect, Parameters, Request};
use fourfold::prompt::{Message, Role};
use fourfold_fuzz::cut;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&which, rest)) = input.split_first() else { return };
    let dialect = Dialect::ALL[usize::from(which) % Dialect::ALL.len()];
    let (bytes, reads) = cut(rest);
    let whole = read_stream(dialect, &[bytes]);
    assert!(whole.finished() != whole.error.is_some(), "it ends in exactly one way: {whole:?}");
    assert_eq!(read_stream(dialect, &reads), whole);

    let body = read_body(dialect, bytes);
    assert!(body.finished() != body.error.is_some(), "it ends in exactly one way: {body:?}");

    let parameters = Parameters { temperature: Some(0.0), seed: Some(1), max_tokens: Some(9), ..Parameters::default() };
    let messages = vec![Message::new(Role::System, "s"), Message::new(Role::User, "u")];
    let request = Request { messages, parameters };
    let status = [400, 404, 422, 429, 500, 529][usize::from(which) / Dialect::ALL.len() % 6];
    let error = read_refusal(dialect, status, &String::from_utf8_lossy(bytes), &request);
    assert!(!error.to_string().chars().any(char::is_control), "a raw control character: {error}");
});
