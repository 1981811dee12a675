//! The body of a response: what form it has, what it says, how it ends.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use tokio::time::sleep;

use super::super::Server;
use super::super::answer::Reader;
use super::super::decoder::{Body, Decoder, Framing};
use super::super::failure::{Fault, of_body, unexpected};
use super::super::retry::Again;
use super::{Exchange, Phase, Reading};
use crate::model::ModelError;
use crate::model::lines::FrameError;

/// How long a server may take to send its bookkeeping and close, once the model has stopped.
const TAIL_LIMIT: Duration = Duration::from_secs(10);

/// How much of a body may be white space before it says what it is.
const BLANK_LIMIT: usize = 64 * 1024;

impl Exchange {
    /// Finds out what kind of body this is: by its label, or by its first byte where the label does not settle it.
    pub(super) async fn begin(&mut self, mut reading: Reading, mut begun: Vec<u8>) -> Result<Phase, Fault> {
        let label =
            reading.response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some(Body::Stream(decoder)) = Framing::by_label(label) {
            return Ok(Phase::Events(reading, decoder));
        }
        match self.read(&mut reading).await? {
            Some(bytes) => begun.extend_from_slice(&bytes),
            None => return Err(unexpected("", self.server.endpoint.as_str(), None).into()),
        }
        match self.server.dialect.protocol().framing().by_beginning(&begun) {
            Some(Body::Stream(mut decoder)) => {
                self.take(&mut decoder, &begun);
                Ok(Phase::Events(reading, decoder))
            }
            Some(Body::Whole) => Ok(Phase::Whole(reading, begun)),
            None if begun.len() > BLANK_LIMIT => Err(unexpected("", self.server.endpoint.as_str(), None).into()),
            None => Ok(Phase::Opened(reading, begun)),
        }
    }

    /// One read of a stream.
    pub(super) async fn events(&mut self, mut reading: Reading, mut decoder: Decoder) -> Result<Phase, Fault> {
        match self.read(&mut reading).await {
            Ok(Some(bytes)) => {
                self.take(&mut decoder, &bytes);
                Ok(Phase::Events(reading, decoder))
            }
            Ok(None) => {
                let finished = decoder.finish();
                self.drain(&mut decoder);
                finished.map_err(too_large)?;
                self.answer.end(&decoder, self.server.reader());
                Ok(Phase::Over)
            }
            // Whatever fails after the model has stopped fails after the answer.
            Err(_) if self.answer.has_stopped() => {
                let noted = self.server.dialect.protocol().has_terminator();
                self.answer.finish(noted.then_some("no terminator"));
                Ok(Phase::Over)
            }
            Err(fault) => Err(fault),
        }
    }

    fn take(&mut self, decoder: &mut Decoder, bytes: &[u8]) {
        let pushed = decoder.push(bytes);
        self.drain(decoder);
        if let Err(error) = pushed {
            self.answer.fail(too_large(error));
        }
    }

    fn drain(&mut self, decoder: &mut Decoder) {
        while let Some(event) = decoder.next_event() {
            self.answer.take_event(&event, self.server.reader());
        }
    }

    /// One read of a body that is taken as a whole, or its meaning once it is.
    pub(super) async fn whole(&mut self, mut reading: Reading, mut collected: Vec<u8>) -> Result<Phase, Fault> {
        if let Some(bytes) = self.read(&mut reading).await? {
            collected.extend_from_slice(&bytes);
            // JSON escapes make a body longer than its text, at most six times.
            if collected.len() > self.server.limits.text_bytes.saturating_mul(6) {
                return Err(ModelError::TooLarge { limit: "one JSON answer".to_owned() }.into());
            }
            return Ok(Phase::Whole(reading, collected));
        }
        self.answer.take_whole(&collected, self.server.reader())?;
        Ok(Phase::Over)
    }

    /// The next bytes of the body. Any byte is a sign of life; the first character has a deadline of its own. (Exclusive,
    /// because a call may move between threads and is never shared by two.)
    async fn read(&mut self, reading: &mut Reading) -> Result<Option<Bytes>, Fault> {
        let limits = &self.server.limits;
        let idle = if self.answer.has_stopped() { limits.idle.min(TAIL_LIMIT) } else { limits.idle };
        tokio::select! {
            biased;
            read = reading.response.chunk() => read.map_err(|error| {
                let error = of_body(&error);
                let why = error.to_string();
                // Only where nothing has arrived yet; see `recover`.
                Fault::passing(error, Again::default(), why)
            }),
            () = &mut reading.first_token, if !self.answer.has_begun() => {
                Err(ModelError::Stalled { seconds: limits.first_token.as_secs() }.into())
            }
            () = sleep(idle) => Err(ModelError::Stalled { seconds: idle.as_secs() }.into()),
        }
    }
}

impl Server {
    fn reader(&self) -> Reader<'_> {
        Reader {
            protocol: self.dialect.protocol(),
            endpoint: self.endpoint.as_str(),
            key: self.key.as_ref(),
            text_limit: self.limits.text_bytes,
        }
    }
}

fn too_large(error: FrameError) -> ModelError {
    ModelError::TooLargePiece { limit: error.to_string() }
}
