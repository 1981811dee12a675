//! Examples as tokens: what fits, what had to be cut, and in which order they come.

use super::random::Random;

/// One thing to learn: after this prompt, this completion, its end-of-turn token included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// What is given. No loss is computed on it.
    pub prompt: Vec<u32>,
    /// What should follow.
    pub completion: Vec<u32>,
}

impl Example {
    fn tokens(&self) -> usize {
        self.prompt.len() + self.completion.len()
    }
}

/// An example that was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its index in the list it came in.
    pub example: usize,
    /// How many tokens of its completion were cut off, the end of the turn among them.
    pub tokens: usize,
}

/// What became of the examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Examples in use.
    pub examples: usize,
    /// Their tokens.
    pub tokens: usize,
    /// Their tokens that are learned.
    pub completion_tokens: usize,
    /// The longest example's tokens.
    pub longest: usize,
    /// Examples whose completion was cut.
    pub cut: Vec<Cut>,
    /// Indices of examples left out: nothing given, nothing to learn, or a prompt that alone is too long.
    pub left_out: Vec<usize>,
}

/// Cuts examples to `max_tokens` and tells what was done.
pub(super) fn prepare(examples: Vec<Example>, max_tokens: usize) -> (Vec<Example>, Prepared) {
    let mut prepared = Prepared::default();
    let mut usable = Vec::with_capacity(examples.len());
    for (index, mut example) in examples.into_iter().enumerate() {
        if example.prompt.is_empty() || example.completion.is_empty() || example.prompt.len() >= max_tokens {
            prepared.left_out.push(index);
            continue;
        }
        let over = example.tokens().saturating_sub(max_tokens);
        if over > 0 {
            example.completion.truncate(max_tokens - example.prompt.len());
            prepared.cut.push(Cut { example: index, tokens: over });
        }
        prepared.tokens += example.tokens();
        prepared.completion_tokens += example.completion.len();
        prepared.longest = prepared.longest.max(example.tokens());
        usable.push(example);
    }
    prepared.examples = usable.len();
    (usable, prepared)
}

/// The batches of an epoch, as indices: shuffled, then those near each other sorted by length into batches of similar
/// examples, then the batches shuffled.
pub(super) fn order(examples: &[Example], batch: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    /// Batches sorted among each other: enough for similar lengths, few enough for chance.
    const BATCHES: usize = 8;
    let mut random = Random::new(seed, &[ORDER, epoch as u64]);
    let mut indices: Vec<usize> = (0..examples.len()).collect();
    random.shuffle(&mut indices);
    let mut batches = Vec::new();
    for near in indices.chunks_mut(batch * BATCHES) {
        if batch > 1 {
            near.sort_by_key(|&index| examples.get(index).map_or(0, Example::tokens));
        }
        batches.extend(near.chunks(batch).map(<[usize]>::to_vec));
    }
    if batch > 1 {
        random.shuffle(&mut batches);
    }
    batches
}

/// The purpose of the numbers that decide the order.
const ORDER: u64 = 1;

/// A hash of examples, for telling whether a training goes on with the ones it began with.
pub(super) fn hash(lists: [&[Example]; 2]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for list in lists {
        hasher.update(&(list.len() as u64).to_le_bytes());
        for tokens in list.iter().flat_map(|example| [&example.prompt, &example.completion]) {
            hasher.update(&(tokens.len() as u64).to_le_bytes());
            for token in tokens {
                hasher.update(&token.to_le_bytes());
            }
        }
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(prompt: usize, completion: usize) -> Example {
        Example { prompt: vec![1; prompt], completion: vec![2; completion] }
    }

    #[test]
    fn what_is_too_long_is_cut_and_named() {
        let examples = vec![example(3, 4), example(0, 4), example(6, 8), example(10, 2), example(4, 0), example(5, 5)];
        let (usable, prepared) = prepare(examples, 10);
        assert_eq!(usable, [example(3, 4), example(6, 4), example(5, 5)]);
        assert_eq!(prepared.cut, [Cut { example: 2, tokens: 4 }]);
        assert_eq!(prepared.left_out, [1, 3, 4]);
        assert_eq!((prepared.examples, prepared.tokens, prepared.completion_tokens, prepared.longest), (3, 27, 13, 10));
    }

    #[test]
    fn an_epoch_sees_everything_once_in_batches_of_similar_length() {
        let examples: Vec<Example> = (0..70).map(|index| example(1 + index * 17 % 50, 3)).collect();
        let batches = order(&examples, 4, 1, 0);
        let mut seen: Vec<usize> = batches.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..70).collect::<Vec<_>>());
        let spread = |batches: &[Vec<usize>]| -> usize {
            let lengths = |batch: &Vec<usize>| batch.iter().map(|&index| examples[index].tokens()).collect::<Vec<_>>();
            batches.iter().map(lengths).map(|l| l.iter().max().unwrap() - l.iter().min().unwrap()).sum()
        };
        let unsorted: Vec<Vec<usize>> = order(&examples, 1, 1, 0).concat().chunks(4).map(<[usize]>::to_vec).collect();
        assert!(spread(&batches) * 2 < spread(&unsorted), "{} {}", spread(&batches), spread(&unsorted));
        assert_eq!(batches, order(&examples, 4, 1, 0));
        assert_ne!(batches, order(&examples, 4, 1, 1));
        assert_ne!(batches, order(&examples, 4, 2, 0));
    }
}
