//! Hashed n-grams: any text as a sparse vector of fixed width, without a vocabulary.

use crate::error::StatsError;
use crate::random::mix;

/// What is counted, and into how many buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NgramSettings {
    /// Buckets are `2^bits`, `bits` from 4 to 24.
    pub bits: u32,
    /// Longest runs of words counted; 0 for none.
    pub n_words_max: usize,
    /// Shortest runs of characters counted, at least 1.
    pub n_characters_min: usize,
    /// Longest runs of characters counted; 0 for none.
    pub n_characters_max: usize,
    /// Whether case matters.
    pub is_case_sensitive: bool,
}

impl Default for NgramSettings {
    /// Words, pairs of words and runs of three characters, in 4,096 buckets.
    fn default() -> Self {
        Self {
            bits: 12,
            n_words_max: 2,
            n_characters_min: 3,
            n_characters_max: 3,
            is_case_sensitive: false,
        }
    }
}

/// Counts the n-grams of texts in hashed buckets.
///
/// The hash (FNV-1a over the bytes, then well mixed) depends on nothing but the n-gram:
/// the same text gives the same buckets on every machine and in every release. Different
/// n-grams may share a bucket; with `2^bits` buckets and `k` different n-grams in the
/// data a bucket is shared with about `k / 2^bits` others.
///
/// Buffers are kept between texts, so that nothing is allocated per text once they have
/// grown.
///
/// # Examples
///
/// ```
/// use trimtab_stats::text::{NgramHasher, NgramSettings};
///
/// let words = NgramSettings { n_words_max: 1, n_characters_max: 0, ..NgramSettings::default() };
/// let mut hasher = NgramHasher::new(words)?;
/// let row = hasher.count("the cat and the hat").to_vec();
/// assert_eq!(row.iter().map(|&(_, count)| count).sum::<u32>(), 5);
/// assert_eq!(row, hasher.count("The hat and the CAT"));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NgramHasher {
    settings: NgramSettings,
    /// The text, one space between words, lower case unless case matters.
    normal: String,
    /// Where the characters of `normal` begin; one more entry at its end.
    starts: Vec<usize>,
    /// Where the words of `normal` begin and end.
    words: Vec<(usize, usize)>,
    buckets: Vec<u32>,
    counts: Vec<(u32, u32)>,
}

impl NgramHasher {
    /// A counter with its buffers.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] if `bits` is not from 4 to 24 or the shortest
    /// run of characters is 0.
    pub fn new(settings: NgramSettings) -> Result<Self, StatsError> {
        if !(4..=24).contains(&settings.bits) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "bits",
                domain: "from 4 to 24",
                found: f64::from(settings.bits),
            });
        }
        if settings.n_characters_min == 0 {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_characters_min",
                domain: "at least 1",
                found: 0.0,
            });
        }
        Ok(Self {
            settings,
            normal: String::new(),
            starts: Vec::new(),
            words: Vec::new(),
            buckets: Vec::new(),
            counts: Vec::new(),
        })
    }

    /// Buckets.
    pub fn n_buckets(&self) -> usize {
        1 << self.settings.bits
    }

    /// Counts one text: pairs of bucket and number of n-grams in it, buckets rising,
    /// empty ones left out.
    pub fn count(&mut self, text: &str) -> &[(u32, u32)] {
        self.normalise(text);
        self.buckets.clear();
        let mut buckets = std::mem::take(&mut self.buckets);
        self.for_each_run(|kind, piece| {
            buckets.push(bucket(piece.as_bytes(), kind, self.settings.bits));
        });
        self.buckets = buckets;
        self.buckets.sort_unstable();
        self.counts.clear();
        for &bucket in &self.buckets {
            match self.counts.last_mut() {
                Some((last, count)) if *last == bucket => *count += 1,
                _ => self.counts.push((bucket, 1)),
            }
        }
        &self.counts
    }

    /// Shows each n-gram of a text with its bucket: a bucket cannot be turned back into what is
    /// in it, but the texts can be asked.
    pub fn for_each(&mut self, text: &str, mut show: impl FnMut(u32, &str)) {
        self.normalise(text);
        let bits = self.settings.bits;
        self.for_each_run(|kind, piece| show(bucket(piece.as_bytes(), kind, bits), piece));
    }

    /// Shows each run of words and of characters of the text that was made normal, with what it
    /// is a run of.
    fn for_each_run(&self, mut show: impl FnMut(u8, &str)) {
        for n in 1..=self.settings.n_words_max {
            for run in self.words.windows(n) {
                // Neighbouring words stand one space apart, so a run is one piece.
                show(b'w', &self.normal[run[0].0..run[n - 1].1]);
            }
        }
        for n in self.settings.n_characters_min..=self.settings.n_characters_max {
            for run in self.starts.windows(n + 1) {
                show(b'c', &self.normal[run[0]..run[n]]);
            }
        }
    }

    fn normalise(&mut self, text: &str) {
        self.normal.clear();
        self.starts.clear();
        self.words.clear();
        for word in text.split_whitespace() {
            if !self.normal.is_empty() {
                self.starts.push(self.normal.len());
                self.normal.push(' ');
            }
            let begin = self.normal.len();
            for character in word.chars() {
                if self.settings.is_case_sensitive {
                    self.starts.push(self.normal.len());
                    self.normal.push(character);
                    continue;
                }
                for lower in character.to_lowercase() {
                    self.starts.push(self.normal.len());
                    self.normal.push(lower);
                }
            }
            self.words.push((begin, self.normal.len()));
        }
        self.starts.push(self.normal.len());
    }
}

/// The bucket of an n-gram; words and characters of the same bytes are different things.
fn bucket(piece: &[u8], kind: u8, bits: u32) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    let hash = piece.iter().fold(step(OFFSET, &kind), step);
    (mix(hash) >> (64 - bits)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_never_change_between_releases() {
        let settings = NgramSettings {
            n_characters_max: 0,
            ..NgramSettings::default()
        };
        let mut hasher = NgramHasher::new(settings).unwrap();
        let found = hasher.count("drift of traffic").to_vec();
        // Each of the three words and two pairs, by another program.
        assert_eq!(
            found,
            [907, 1_417, 2_745, 3_089, 3_621].map(|bucket| (bucket, 1))
        );
    }

    #[test]
    fn runs_of_characters_cross_words_and_keep_whole_characters() {
        let settings = NgramSettings {
            n_words_max: 0,
            n_characters_min: 2,
            n_characters_max: 2,
            ..NgramSettings::default()
        };
        let mut hasher = NgramHasher::new(settings).unwrap();
        let total = |row: &[(u32, u32)]| row.iter().map(|&(_, count)| count).sum::<u32>();
        assert_eq!(total(hasher.count("ab  c")), 3);
        assert_eq!(total(hasher.count("日本語")), 2);
        assert_eq!(total(hasher.count("a")), 0);
        assert_eq!(total(hasher.count("")), 0);
    }

    #[test]
    fn what_is_shown_is_what_is_counted() {
        let mut hasher = NgramHasher::new(NgramSettings::default()).unwrap();
        let counted = hasher.count("Café au lait, café").to_vec();
        let mut shown = Vec::new();
        let mut pieces = Vec::new();
        hasher.for_each("Café au lait, café", |bucket, piece| {
            shown.push(bucket);
            pieces.push(piece.to_owned());
        });
        let total: u32 = counted.iter().map(|(_, count)| count).sum();
        assert_eq!(shown.len(), total as usize);
        assert!(
            shown
                .iter()
                .all(|bucket| counted.iter().any(|(one, _)| one == bucket))
        );
        assert!(pieces.contains(&"café au".to_owned()));
        assert!(pieces.contains(&"é a".to_owned()));
    }

    #[test]
    fn refuses_what_it_cannot_count() {
        for (bits, n_characters_min) in [(3, 1), (25, 1), (12, 0)] {
            let settings = NgramSettings {
                bits,
                n_characters_min,
                ..NgramSettings::default()
            };
            assert!(NgramHasher::new(settings).is_err());
        }
    }
}
