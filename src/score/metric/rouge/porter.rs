//! Porter's stemmer (Porter 1980, "An algorithm for suffix stripping") with the additions that NLTK makes to it, which
//! rouge-score uses: a few irregular words, `-ied` and `-ies` after one letter, `-y` after a consonant, and two more rules.
//!
//! Words are ASCII, lower case.

/// The stem of a word.
pub(super) fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_owned();
    }
    let mut stem = word.to_owned();
    if word.len() > 2 {
        plural(&mut stem);
        past(&mut stem);
        final_y(&mut stem);
        double_suffix(&mut stem);
        replace_first(&mut stem, &THIRD, |stem| measure(stem) > 0);
        residual(&mut stem);
        final_e(&mut stem);
        if stem.ends_with("ll") && measure(but(&stem, 1)) > 1 {
            stem.pop();
        }
    }
    stem
}

const IRREGULAR: [(&str, &str); 16] = [
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// Step 2: a suffix, and what stays of it.
const SECOND: [(&str, &str); 21] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

/// Step 3.
const THIRD: [(&str, &str); 7] =
    [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

/// Step 4, in this order.
const FOURTH: [&str; 19] = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
];

/// The word without its last `count` letters.
fn but(word: &str, count: usize) -> &str {
    word.get(..word.len().saturating_sub(count)).unwrap_or_default()
}

/// For each letter, whether it is a consonant: neither a, e, i, o, u nor a y after a consonant.
fn consonants(word: &str) -> impl Iterator<Item = bool> + '_ {
    let mut before = None;
    word.bytes().map(move |letter| {
        let is = match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => before != Some(true),
            _ => true,
        };
        before = Some(is);
        is
    })
}

/// Porter's m: how often a consonant follows a vowel.
fn measure(word: &str) -> usize {
    let mut before = true;
    let follows_vowel = |is: &bool| {
        let was_vowel = !std::mem::replace(&mut before, *is);
        *is && was_vowel
    };
    consonants(word).filter(follows_vowel).count()
}

fn has_vowel(word: &str) -> bool {
    consonants(word).any(|is| !is)
}

fn ends_in_double_consonant(word: &str) -> bool {
    let bytes = word.as_bytes();
    matches!(bytes, [.., a, b] if a == b) && consonants(word).last() == Some(true)
}

/// Consonant, vowel, consonant other than w, x, y; of two letters, vowel and consonant.
fn ends_short(word: &str) -> bool {
    let kinds: Vec<bool> = consonants(word).collect();
    match kinds.as_slice() {
        [false, true] => true,
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        _ => false,
    }
}

/// Applies the first rule whose suffix the word has, if the stem fits; gives whether one was found.
fn replace_first(word: &mut String, rules: &[(&str, &str)], fits: impl Fn(&str) -> bool) -> bool {
    let Some((suffix, put)) = rules.iter().find(|(suffix, _)| word.ends_with(suffix)) else { return false };
    let stem = word.len() - suffix.len();
    if fits(word.get(..stem).unwrap_or_default()) {
        word.truncate(stem);
        word.push_str(put);
    }
    true
}

/// Step 1a.
fn plural(word: &mut String) {
    if word.len() == 4 && word.ends_with("ies") {
        word.pop();
        return;
    }
    replace_first(word, &[("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")], |_| true);
}

/// Step 1b.
fn past(word: &mut String) {
    if word.ends_with("ied") {
        let keep = if word.len() == 4 { 1 } else { 2 };
        word.truncate(word.len() - keep);
        return;
    }
    if word.ends_with("eed") {
        if measure(but(word, 3)) > 0 {
            word.pop();
        }
        return;
    }
    let Some(suffix) =
        ["ed", "ing"].into_iter().find(|suffix| word.ends_with(suffix) && has_vowel(but(word, suffix.len())))
    else {
        return;
    };
    word.truncate(word.len() - suffix.len());
    if replace_first(word, &[("at", "ate"), ("bl", "ble"), ("iz", "ize")], |_| true) {
        return;
    }
    if ends_in_double_consonant(word) {
        if !word.ends_with(['l', 's', 'z']) {
            word.pop();
        }
    } else if measure(word) == 1 && ends_short(word) {
        word.push('e');
    }
}

/// Step 1c.
fn final_y(word: &mut String) {
    let stem = but(word, 1);
    if word.ends_with('y') && stem.len() > 1 && consonants(stem).last() == Some(true) {
        word.pop();
        word.push('i');
    }
}

/// Step 2.
fn double_suffix(word: &mut String) {
    if word.ends_with("alli") && measure(but(word, 4)) > 0 {
        word.truncate(word.len() - 2);
        // `-al` may itself be the end of a longer suffix.
        double_suffix(word);
        return;
    }
    if replace_first(word, &SECOND, |stem| measure(stem) > 0) {
        return;
    }
    // The l of -logi belongs to the stem, so that short ones such as geo- are measured with it.
    if word.ends_with("logi") && measure(but(word, 3)) > 0 {
        word.pop();
    }
}

/// Step 4.
fn residual(word: &mut String) {
    let Some(suffix) = FOURTH.into_iter().find(|suffix| word.ends_with(suffix)) else { return };
    let stem = but(word, suffix.len());
    if measure(stem) > 1 && (suffix != "ion" || stem.ends_with(['s', 't'])) {
        word.truncate(word.len() - suffix.len());
    }
}

/// Step 5a.
fn final_e(word: &mut String) {
    let stem = but(word, 1);
    if word.ends_with('e') && (measure(stem) > 1 || measure(stem) == 1 && !ends_short(stem)) {
        word.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words and stems of NLTK 3.10.4.
    #[test]
    fn stems_are_those_of_the_reference() {
        for pair in include_str!("porter_stems.txt").split_whitespace() {
            let (word, expected) = pair.split_once('=').unwrap();
            assert_eq!(stem(word), expected, "{word}");
        }
    }
}
