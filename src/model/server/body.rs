//! What a body means once all of it is there: a stream that closed, or a document in one piece. No network here.

use serde_json::Value;

use super::answer::{Answer, Reader};
use super::decoder::Decoder;
use super::failure::{Fault, unexpected};
use crate::model::ModelError;

impl Answer {
    /// A stream closed in good order, and `decoder` has handed over all of it.
    pub(super) fn end(&mut self, decoder: &Decoder, reader: Reader<'_>) {
        let stray = decoder.stray();
        let spoke = self.has_begun() || self.has_stopped() || self.is_over();
        if spoke || (stray.is_empty() && decoder.position() > 0) {
            self.close(reader);
            return;
        }
        // No event at all: a bare error document under the label of a stream, or nothing.
        let body = serde_json::from_str::<Value>(&stray).ok();
        match body.as_ref().and_then(|body| reader.protocol.read_error(body)) {
            Some(failure) => self.fail(Fault::of_provider(&failure, reader.endpoint, reader.key)),
            None => self.fail(unexpected(&stray, reader.endpoint, reader.key)),
        }
    }

    /// Takes an answer in one piece, and ends with it.
    pub(super) fn take_whole(&mut self, body: &[u8], reader: Reader<'_>) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(body);
        let value = match super::strict::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(value) => value,
            Err(error) if error.is_eof() => {
                return Err(ModelError::Truncated { reason: "the JSON answer is not whole".to_owned() }.into());
            }
            Err(_) => return Err(unexpected(&text, reader.endpoint, reader.key).into()),
        };
        if let Some(failure) = reader.protocol.read_error(&value) {
            return Err(Fault::of_provider(&failure, reader.endpoint, reader.key));
        }
        let Some(frame) = reader.protocol.read_whole(&value) else {
            return Err(unexpected(&text, reader.endpoint, reader.key).into());
        };
        self.take_frame(frame, reader);
        self.finish(Some("the server did not stream"));
        Ok(())
    }
}
