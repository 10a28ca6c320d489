//! Words as numbers of a common list.

use arrow::array::{Array, AsArray, DictionaryArray, StringArray};
use arrow::datatypes::Int32Type;
use std::collections::HashMap;

/// The code of a missing value.
pub(crate) const MISSING: u32 = u32::MAX;

/// Rows of each of `n_words` codes, among some rows or all of them, and rows without a word.
pub(crate) fn count_codes(n_words: usize, codes: &[u32], rows: Option<&[u32]>) -> (Vec<u64>, u64) {
    let mut counts = vec![0_u64; n_words];
    let mut n_missing = 0;
    let mut add = |code: u32| {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        } else {
            debug_assert_eq!(code, MISSING, "a code is one of the words'");
            n_missing += 1;
        }
    };
    match rows {
        None => codes.iter().for_each(|&code| add(code)),
        Some(rows) => rows.iter().for_each(|&row| add(codes[row as usize])),
    }
    (counts, n_missing)
}

/// A list of different words; a word keeps its code while chunks with dictionaries of their own
/// are read.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    words: Vec<String>,
    codes: HashMap<String, u32>,
    /// The dictionary read last, and the codes of its words: chunks of a row group share one.
    last: Option<(StringArray, Vec<u32>)>,
}

impl Dictionary {
    /// All words, in the order in which the chunks' dictionaries brought them.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    pub(crate) fn into_words(self) -> Vec<String> {
        self.words
    }

    /// Appends the code of every row; [`MISSING`] where there is none.
    pub(crate) fn read(&mut self, chunk: &DictionaryArray<Int32Type>, codes: &mut Vec<u32>) {
        let ours = self.translate(chunk.values().as_string());
        let start = codes.len();
        let code = |key: &i32| {
            let code = usize::try_from(*key).ok().and_then(|key| ours.get(key));
            code.copied().unwrap_or(MISSING)
        };
        codes.extend(chunk.keys().values().iter().map(code));
        // The key under a null may be anything.
        if let Some(nulls) = chunk.nulls().filter(|nulls| nulls.null_count() > 0) {
            for (code, is_valid) in codes[start..].iter_mut().zip(nulls) {
                if !is_valid {
                    *code = MISSING;
                }
            }
        }
    }

    /// Adds the rows of each word to `counts`, which grows with the words, and returns the rows
    /// without one.
    pub(crate) fn count(
        &mut self,
        chunk: &DictionaryArray<Int32Type>,
        counts: &mut Vec<u64>,
    ) -> u64 {
        let keys = chunk.keys();
        let mut n_rows = vec![0_u64; chunk.values().len()];
        match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => count_keys(keys.values(), &mut n_rows),
            Some(nulls) => {
                for (start, end) in nulls.valid_slices() {
                    count_keys(&keys.values()[start..end], &mut n_rows);
                }
            }
        }
        let mut n_missing = keys.null_count() as u64;
        self.translate(chunk.values().as_string());
        counts.resize(self.words.len(), 0);
        let ours = self.last.iter().flat_map(|(_, codes)| codes);
        for (code, n_rows) in ours.zip(n_rows) {
            match counts.get_mut(*code as usize) {
                Some(count) => *count += n_rows,
                None => n_missing += n_rows,
            }
        }
        n_missing
    }

    /// The codes of a chunk's words.
    fn translate(&mut self, words: &StringArray) -> &[u32] {
        let is_last = |(last, _): &(StringArray, Vec<u32>)| is_same(last, words);
        if !self.last.as_ref().is_some_and(is_last) {
            let codes = words.iter().map(|word| self.code(word)).collect();
            self.last = Some((words.clone(), codes));
        }
        self.last.as_ref().map_or(&[], |(_, codes)| codes)
    }

    fn code(&mut self, word: Option<&str>) -> u32 {
        let Some(word) = word else { return MISSING };
        if let Some(code) = self.codes.get(word) {
            return *code;
        }
        let code = u32::try_from(self.words.len()).unwrap_or(MISSING);
        self.words.push(word.to_owned());
        self.codes.insert(word.to_owned(), code);
        code
    }
}

/// Whether two arrays share their memory. The one that is kept holds its own, so no other can
/// have taken its place.
fn is_same(a: &StringArray, b: &StringArray) -> bool {
    a.len() == b.len()
        && a.value_data().as_ptr() == b.value_data().as_ptr()
        && a.value_offsets().as_ptr() == b.value_offsets().as_ptr()
        && a.null_count() == b.null_count()
}

fn count_keys(keys: &[i32], counts: &mut [u64]) {
    for key in keys {
        if let Some(count) = usize::try_from(*key)
            .ok()
            .and_then(|key| counts.get_mut(key))
        {
            *count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(words: &[Option<&str>]) -> DictionaryArray<Int32Type> {
        words.iter().copied().collect()
    }

    #[test]
    fn words_keep_their_codes_from_chunk_to_chunk() {
        let mut dictionary = Dictionary::default();
        let mut codes = Vec::new();
        dictionary.read(&chunk(&[Some("b"), None, Some("a")]), &mut codes);
        dictionary.read(&chunk(&[Some("a"), Some("c"), Some("b")]), &mut codes);
        assert_eq!(codes, [0, MISSING, 1, 1, 2, 0]);
        assert_eq!(dictionary.words(), ["b", "a", "c"]);
    }

    #[test]
    fn counting_agrees_with_reading() {
        let mut dictionary = Dictionary::default();
        let mut counts = Vec::new();
        let mut n_missing = 0;
        for words in [
            vec![Some("x"), None, Some("y"), Some("x")],
            vec![Some("z"), Some("x"), None],
        ] {
            n_missing += dictionary.count(&chunk(&words), &mut counts);
        }
        assert_eq!((counts, n_missing), (vec![3, 1, 1], 2));
    }

    #[test]
    fn slices_of_one_chunk_share_its_dictionary() {
        let whole = chunk(&[Some("x"), Some("y"), Some("y")]);
        let mut dictionary = Dictionary::default();
        let mut counts = Vec::new();
        assert_eq!(dictionary.count(&whole.slice(0, 1), &mut counts), 0);
        assert_eq!(dictionary.count(&whole.slice(1, 2), &mut counts), 0);
        assert_eq!(counts, [1, 2]);
    }
}
