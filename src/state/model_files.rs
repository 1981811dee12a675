//! A file of weights by its path, as the model picker takes it.

use super::picker::Item;
use crate::model::weights::is_weights_path;

/// What the value of the line that takes a file begins with.
pub const FILE_OFFER: &str = "file ";

/// The line that takes a file of weights, where what was typed is the path of one.
pub fn asks_file(typed: &str) -> Option<Item> {
    let path = typed.trim().trim_matches(['"', '\'']);
    let is_path = is_weights_path(path) && !path.contains("://");
    is_path.then(|| Item::new(format!("{FILE_OFFER}{path}"), path).note("Enter takes this file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_weights_is_offered() {
        for path in ["/m/small.gguf", "~/small.GGUF", "small.gguf", " \"/my models/a.gguf\" "] {
            let path = asks_file(path).map(|item| item.value);
            assert!(path.as_ref().is_some_and(|value| value.starts_with(FILE_OFFER)), "{path:?}");
        }
        for other in ["", "qwen3", "/m/small.bin", "http://host/small.gguf"] {
            assert!(asks_file(other).is_none(), "{other}");
        }
        assert_eq!(asks_file("\"/my models/a.gguf\"").unwrap().value, "file /my models/a.gguf");
    }
}
