//! Names cut to a width so that they still differ: where the beginnings are the same, the beginning goes.

use super::{display_width, sanitise_line, truncate_to_width};

/// What parts a name into words.
const BETWEEN_WORDS: [char; 6] = ['-', '_', '.', '/', ' ', ':'];

/// The names, each at most `width` columns. One that is too long loses its end; several that would then look the same lose what they
/// begin with alike.
pub fn apart(names: &[&str], width: usize) -> Vec<String> {
    let names: Vec<Vec<char>> = names.iter().map(|name| sanitise_line(name).chars().collect()).collect();
    let mut from = vec![0; names.len()];
    loop {
        let cut: Vec<String> = names.iter().zip(&from).map(|(name, from)| cut(name, *from, width)).collect();
        let mut moved = false;
        for (index, name) in names.iter().enumerate() {
            let alike =
                (0..names.len()).filter(|other| cut.get(*other) == cut.get(index) && names.get(*other) != Some(name));
            let shared = alike.filter_map(|other| Some(in_common(name, names.get(other)?))).min();
            let Some((shared, start)) = shared.zip(from.get_mut(index)) else { continue };
            // Back to where the word begins; and no room is left empty behind the end.
            let word =
                name.iter().take(shared).rposition(|letter| BETWEEN_WORDS.contains(letter)).map_or(0, |at| at + 1);
            let filled = name.len().saturating_sub(width.saturating_sub(1));
            let next = [word.min(filled), shared.min(filled)].into_iter().find(|next| *next > *start);
            if let Some(next) = next {
                *start = next;
                moved = true;
            }
        }
        if !moved {
            return cut;
        }
    }
}

/// Letters with which both begin.
fn in_common(one: &[char], other: &[char]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

fn cut(name: &[char], from: usize, width: usize) -> String {
    let text: String = name.iter().skip(from).collect();
    let text = if from > 0 { format!("…{text}") } else { text };
    if display_width(&text) <= width { text } else { truncate_to_width(&text, width).into_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_differ_where_there_is_room_to() {
        let long = ["prompt-1-claude-3-5-sonnet-20241022", "prompt-1-claude-3-5-haiku-20241022"];
        assert_eq!(apart(&long, 40), long);
        assert_eq!(apart(&long, 14), ["…sonnet-20241…", "…haiku-202410…"]);
        assert_eq!(apart(&["plain", "prompted-tuned"], 10), ["plain", "prompted-…"], "they differ as they are");
        assert_eq!(apart(&["the-same-arm-1", "the-same-arm-2"], 8), ["…e-arm-1", "…e-arm-2"]);
        let three = apart(&["a-long-prefix-one-x", "a-long-prefix-one-y", "a-long-prefix-two-x"], 8);
        assert_eq!(three, ["…x-one-x", "…x-one-y", "…x-two-x"]);
        assert_eq!(apart(&["twin", "twin"], 3), ["tw…", "tw…"]);
    }

    proptest! {
        #[test]
        fn no_name_is_wider_than_its_room(names in prop::collection::vec("[a-c-]{0,24}", 0..6), width in 0_usize..20) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let cut = apart(&names, width);
            prop_assert_eq!(cut.len(), names.len());
            prop_assert!(cut.iter().all(|name| display_width(name) <= width));
        }
    }
}
