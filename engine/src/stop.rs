//! From the bytes of tokens to text that may be shown: whole characters only, and nothing of a stop string.

/// Text on its way out.
pub(crate) struct TextStream {
    stops: Vec<String>,
    /// Bytes that are no whole character yet.
    bytes: Vec<u8>,
    /// Text that could still become a stop string.
    held: String,
}

/// What some more bytes led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Text to show, possibly none yet.
    Text(String),
    /// The last text to show; a stop string followed.
    Stopped(String),
}

impl TextStream {
    /// Empty stop strings are left out: they would stop every answer before it begins.
    pub(crate) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, bytes: Vec::new(), held: String::new() }
    }

    /// Adds the bytes of a token.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Flow {
        self.bytes.extend_from_slice(bytes);
        self.decode();
        // The earliest stop string wins; of several that begin there, all end the text at the same place.
        if let Some(start) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(start);
            return Flow::Stopped(std::mem::take(&mut self.held));
        }
        let kept = self.stops.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let shown = self.held.len() - kept;
        let rest = self.held.split_off(shown);
        Flow::Text(std::mem::replace(&mut self.held, rest))
    }

    /// The answer is over: what was held back was no stop string after all. A half character is dropped.
    pub(crate) fn finish(&mut self) -> String {
        self.bytes.clear();
        std::mem::take(&mut self.held)
    }

    /// Moves whole characters over; bytes that can never become one are replaced, as everywhere, by U+FFFD.
    fn decode(&mut self) {
        loop {
            match std::str::from_utf8(&self.bytes) {
                Ok(text) => {
                    self.held.push_str(text);
                    self.bytes.clear();
                    return;
                }
                Err(error) => {
                    let (valid, rest) = self.bytes.split_at(error.valid_up_to());
                    self.held.push_str(&String::from_utf8_lossy(valid));
                    if let Some(length) = error.error_len() {
                        self.held.push(char::REPLACEMENT_CHARACTER);
                        self.bytes = rest.get(length..).unwrap_or_default().to_vec();
                    } else {
                        self.bytes = rest.to_vec();
                        return;
                    }
                }
            }
        }
    }
}

/// The length of the longest end of `text` that begins `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    stop.char_indices()
        .map(|(end, _)| end)
        .rev()
        .find(|&end| stop.get(..end).is_some_and(|start| text.ends_with(start)))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(stops: &[&str], pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let stops: Vec<String> = stops.iter().map(|&stop| stop.to_owned()).collect();
        let mut stream = TextStream::new(&stops);
        let mut texts = Vec::new();
        for piece in pieces {
            match stream.push(piece) {
                Flow::Text(text) => texts.push(text),
                Flow::Stopped(text) => {
                    texts.push(text);
                    return (texts, true);
                }
            }
        }
        texts.push(stream.finish());
        (texts, false)
    }

    #[test]
    fn a_stop_string_over_several_tokens_is_never_shown() {
        let (texts, stopped) = run(&["\nUser:"], &[b"Hi\n", b"Us", b"er", b": more"]);
        assert_eq!((texts.concat().as_str(), stopped), ("Hi", true));
        let (texts, stopped) = run(&["\nUser:"], &[b"Hi\n", b"Us", b"ed"]);
        assert_eq!(
            (texts.as_slice(), stopped),
            (["Hi".into(), String::new(), "\nUsed".into(), String::new()].as_slice(), false)
        );
    }

    #[test]
    fn the_earliest_stop_wins_and_empty_ones_do_nothing() {
        assert_eq!(run(&["", "b", "abc"], &[b"xab"]), (vec!["xa".into()], true));
        assert_eq!(run(&["abc", "c"], &[b"xab", b"c"]), (vec!["x".into(), String::new()], true));
        assert!(!run(&[""], &[b"x"]).1);
    }

    #[test]
    fn half_characters_wait_and_damage_is_marked() {
        let smile = "🙂".as_bytes();
        let (texts, _) = run(&[], &[&smile[..2], &smile[2..], b"!", &smile[..1]]);
        assert_eq!(texts, ["", "🙂", "!", "", ""]);
        assert_eq!(run(&[], &[&smile[..2], b"a"]).0.concat(), "\u{fffd}a");
    }

    proptest! {
        // Whatever the borders of the tokens: the text is the text up to the first stop string.
        #[test]
        fn borders_do_not_matter(text in "[abé🙂]{0,20}", stops in prop::collection::vec("[abé]{1,3}", 0..3), cuts in prop::collection::vec(0_usize..80, 0..10)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let names: Vec<&str> = stops.iter().map(String::as_str).collect();
            let (texts, stopped) = run(&names, &pieces);
            // Byte by byte a stop string that ends first wins over one that begins first, so only single-ended sets compare.
            let ends: Vec<usize> = names.iter().filter_map(|stop| text.find(stop)).collect();
            prop_assert_eq!(stopped, !ends.is_empty());
            prop_assert!(text.starts_with(&texts.concat()));
            if names.len() < 2 {
                prop_assert_eq!(texts.concat().len(), ends.first().copied().unwrap_or(text.len()));
            }
            prop_assert!(names.iter().all(|stop| !texts.concat().contains(stop)));
        }
    }
}
