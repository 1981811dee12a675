//! Vectors that were computed before: a file for each embedder, one record after another, never rewritten.
//!
//! A record is the BLAKE3 hash of the text (32 bytes) and the values (32-bit floats, little end first). A record that was
//! cut, by a full disk or a crash, is left out and the file goes on before it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::data::retrieval::{EmbedError, Embedder};

const HASH: usize = 32;
/// The file begins with this and the number of values in a vector, four bytes.
const MARK: &[u8; 4] = b"FFV1";

/// An embedder whose vectors are kept.
pub struct Cached<E> {
    inner: E,
    path: PathBuf,
    known: Mutex<Option<HashMap<[u8; HASH], Vec<f32>>>>,
}

/// The vectors that are kept, and no others: whoever embeds is never asked.
pub struct Kept<E>(Arc<Cached<E>>);

impl<E: Embedder> Embedder for Kept<E> {
    fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    fn label(&self) -> String {
        self.0.label()
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(|| read(&self.0.path));
        let found = texts.iter().map(|text| known.get(blake3::hash(text.as_bytes()).as_bytes()).cloned());
        found.collect::<Option<_>>().ok_or_else(|| EmbedError {
            what: format!("{} has not embedded all of these texts yet", self.label()),
            hint: "A run asks for what is missing.".to_owned(),
        })
    }
}

impl<E: Embedder> Cached<E> {
    /// What is kept already, which asks nobody.
    pub fn kept(self: &Arc<Self>) -> Kept<E> {
        Kept(Arc::clone(self))
    }

    /// Keeps the vectors of `inner` in `folder`.
    pub fn new(inner: E, folder: &Path) -> Self {
        let name = blake3::hash(inner.fingerprint().as_bytes()).to_hex();
        let path = folder.join(format!("{}.vectors", name.get(..32).unwrap_or(&name)));
        Self { inner, path, known: Mutex::new(None) }
    }

    fn append(&self, texts: &[([u8; HASH], &Vec<f32>)]) -> io::Result<()> {
        let Some(width) = texts.first().map(|(_, vector)| vector.len()) else { return Ok(()) };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&self.path)?;
        let record = (HASH + width * 4) as u64;
        let length = file.metadata()?.len();
        let whole = if length < 8 { 0 } else { 8 + (length - 8) / record * record };
        file.set_len(whole)?;
        file.seek(SeekFrom::End(0))?;
        let mut bytes = Vec::new();
        if whole == 0 {
            bytes.extend_from_slice(MARK);
            bytes.extend_from_slice(&(width as u32).to_le_bytes());
        }
        for (hash, vector) in texts {
            bytes.extend_from_slice(hash);
            for value in *vector {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        file.write_all(&bytes)
    }
}

/// What a file holds; nothing where there is none, or another thing of that name.
fn read(path: &Path) -> HashMap<[u8; HASH], Vec<f32>> {
    let mut bytes = Vec::new();
    if File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).is_err() {
        return HashMap::new();
    }
    let Some((head, records)) = bytes.split_at_checked(8).filter(|(head, _)| head.starts_with(MARK)) else {
        return HashMap::new();
    };
    let width = head.last_chunk::<4>().map_or(0, |width| u32::from_le_bytes(*width) as usize);
    let Some(record) = width.checked_mul(4).and_then(|bytes| bytes.checked_add(HASH)) else { return HashMap::new() };
    let entry = |record: &[u8]| {
        let (hash, values) = record.split_first_chunk::<HASH>()?;
        let vector: Vec<f32> = values.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect();
        vector.iter().all(|value| value.is_finite()).then_some((*hash, vector))
    };
    records.chunks_exact(record).filter_map(entry).collect()
}

impl<E: Embedder> Embedder for Cached<E> {
    fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }

    fn label(&self) -> String {
        self.inner.label()
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let hashes: Vec<[u8; HASH]> = texts.iter().map(|text| *blake3::hash(text.as_bytes()).as_bytes()).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(|| read(&self.path));
        let mut missing: Vec<(&[u8; HASH], &String)> =
            hashes.iter().zip(texts).filter(|(hash, _)| !known.contains_key(*hash)).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let asked: Vec<String> = missing.iter().map(|(_, text)| (*text).clone()).collect();
            let vectors = self.inner.embed(&asked)?;
            if vectors.len() != asked.len() {
                let what = format!("{} gave {} vectors for {} texts", self.label(), vectors.len(), asked.len());
                return Err(EmbedError { what, hint: "Ask again, or name another `embedder`.".to_owned() });
            }
            let new: Vec<([u8; HASH], &Vec<f32>)> = missing.iter().map(|(hash, _)| **hash).zip(&vectors).collect();
            // What cannot be kept is computed again the next time.
            let _ = self.append(&new);
            let new: Vec<([u8; HASH], Vec<f32>)> =
                new.into_iter().map(|(hash, vector)| (hash, vector.clone())).collect();
            known.extend(new);
        }
        Ok(hashes.iter().map(|hash| known.get(hash).cloned().unwrap_or_default()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts what it is asked; the vector of a text is its length and its first byte.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Embedder for &Counting {
        fn fingerprint(&self) -> String {
            "counting".to_owned()
        }

        fn label(&self) -> String {
            "counting".to_owned()
        }

        fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            Ok(texts.iter().map(|text| vec![text.len() as f32, f32::from(text.as_bytes()[0])]).collect())
        }
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_text_is_embedded_once_also_after_a_restart_and_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        let counting = Counting::default();
        let wanted = [vec![3.0, 97.0], vec![2.0, 98.0], vec![3.0, 97.0]];
        let cached = Cached::new(&counting, folder.path());
        assert_eq!(cached.embed(&texts(&["abc", "bc", "abc"])).unwrap(), wanted);
        assert_eq!(counting.0.load(Ordering::Relaxed), 2);
        let again = Arc::new(Cached::new(&counting, folder.path()));
        assert_eq!(again.kept().embed(&texts(&["abc", "bc"])).unwrap(), wanted[..2]);
        let refused = again.kept().embed(&texts(&["abc", "new"])).unwrap_err();
        assert_eq!(refused.to_string(), "counting has not embedded all of these texts yet");
        assert_eq!(again.embed(&texts(&["abc", "bc", "abc"])).unwrap(), wanted);
        assert_eq!(counting.0.load(Ordering::Relaxed), 2);
        // Half a record at the end, as a crash leaves it.
        let file = OpenOptions::new().append(true).open(&again.path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 5).unwrap();
        let cut = Cached::new(&counting, folder.path());
        assert_eq!(cut.embed(&texts(&["abc", "bc", "abc"])).unwrap(), wanted);
        assert_eq!(counting.0.load(Ordering::Relaxed), 3);
        let mended = Cached::new(&counting, folder.path());
        mended.embed(&texts(&["abc", "bc"])).unwrap();
        assert_eq!(counting.0.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_file_of_another_kind_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"FFV1", b"FFV1\xff\xff\xff\xff", b"something else entirely"] {
            fs::write(folder.path().join("x"), bytes).unwrap();
            assert!(read(&folder.path().join("x")).is_empty());
        }
    }
}
