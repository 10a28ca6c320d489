//! Length, words, and shares of classes of characters.

/// A few numbers about one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextFeatures {
    /// Characters (Unicode scalar values).
    pub n_characters: u64,
    /// Words: runs of letters, digits, marks and inner apostrophes.
    pub n_words: u64,
    /// Share of letters and the marks upon them, in `[0, 1]`; all shares are 0 for an
    /// empty text.
    pub letter_share: f64,
    /// Share of digits and other numerals.
    pub digit_share: f64,
    /// Share of white space.
    pub space_share: f64,
    /// Share of punctuation and signs of ASCII and the common punctuation blocks.
    pub punctuation_share: f64,
    /// Share of everything else: symbols, emoji, control characters.
    pub other_share: f64,
}

/// The class of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Space,
    Punctuation,
    Other,
}

impl TextFeatures {
    /// The names of the features, in the order of [`TextFeatures::values`]: a text column
    /// `c` is compared as the numeric columns `c.n_characters`, `c.n_words`, …
    pub const NAMES: [&'static str; 7] = [
        "n_characters",
        "n_words",
        "letter_share",
        "digit_share",
        "space_share",
        "punctuation_share",
        "other_share",
    ];

    /// The features of a text, in one pass and without allocation.
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::text::TextFeatures;
    ///
    /// let features = TextFeatures::of("Don't panic: 42!");
    /// assert_eq!((features.n_characters, features.n_words), (16, 3));
    /// assert_eq!(features.digit_share, 2.0 / 16.0);
    /// ```
    pub fn of(text: &str) -> Self {
        let mut counts = [0_u64; 5];
        let mut n_words = 0;
        let mut is_in_word = false;
        for character in text.chars() {
            let class = class_of(character);
            counts[class as usize] += 1;
            let is_word = matches!(class, Class::Letter | Class::Digit)
                || (is_in_word && is_apostrophe(character));
            n_words += u64::from(is_word && !is_in_word);
            is_in_word = is_word;
        }
        let n_characters: u64 = counts.iter().sum();
        let share = |class: Class| counts[class as usize] as f64 / n_characters.max(1) as f64;
        Self {
            n_characters,
            n_words,
            letter_share: share(Class::Letter),
            digit_share: share(Class::Digit),
            space_share: share(Class::Space),
            punctuation_share: share(Class::Punctuation),
            other_share: share(Class::Other),
        }
    }

    /// The features in the order of [`TextFeatures::NAMES`].
    pub fn values(&self) -> [f64; 7] {
        [
            self.n_characters as f64,
            self.n_words as f64,
            self.letter_share,
            self.digit_share,
            self.space_share,
            self.punctuation_share,
            self.other_share,
        ]
    }
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}')
}

fn class_of(character: char) -> Class {
    if character.is_ascii() {
        // Most text; the general questions walk tables.
        return match character {
            'a'..='z' | 'A'..='Z' => Class::Letter,
            '0'..='9' => Class::Digit,
            ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' => Class::Space,
            _ if character.is_ascii_punctuation() => Class::Punctuation,
            _ => Class::Other,
        };
    }
    if character.is_alphabetic() || is_mark(character) {
        Class::Letter
    } else if character.is_numeric() {
        Class::Digit
    } else if character.is_whitespace() {
        Class::Space
    } else if is_punctuation(character) {
        Class::Punctuation
    } else {
        Class::Other
    }
}

/// Combining marks of the blocks made of nothing else.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Punctuation beyond ASCII, where the standard library has no table: the blocks that
/// hold nearly all of what occurs.
fn is_punctuation(character: char) -> bool {
    matches!(character,
        '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
        | '\u{37e}' | '\u{387}' | '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{58a}'
        | '\u{5be}' | '\u{5c0}' | '\u{5c3}' | '\u{5c6}' | '\u{5f3}' | '\u{5f4}'
        | '\u{60c}' | '\u{60d}' | '\u{61b}' | '\u{61e}' | '\u{61f}'
        | '\u{66a}'..='\u{66d}' | '\u{6d4}'
        | '\u{964}' | '\u{965}' | '\u{970}'
        | '\u{e4f}' | '\u{e5a}' | '\u{e5b}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
        | '\u{2e00}'..='\u{2e7f}'
        | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
        | '\u{30fb}'
        | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe6b}'
        | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}'
        | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_classes_hold_beyond_ascii() {
        let cases = [
            ("", 0, 0),
            ("   ", 3, 0),
            ("naïve café", 10, 2),
            ("l'été d’hier", 12, 2),
            ("e\u{301}tude", 6, 1),
            ("日本語、テスト。", 8, 2),
            ("٣ отчёта", 8, 2),
            ("👍👍 ok", 5, 1),
            ("a-b_c", 5, 3),
        ];
        for (text, n_characters, n_words) in cases {
            let found = TextFeatures::of(text);
            assert_eq!(
                (found.n_characters, found.n_words),
                (n_characters, n_words),
                "{text}"
            );
            let shares: f64 = found.values()[2..].iter().sum();
            let whole = if text.is_empty() { 0.0 } else { 1.0 };
            assert!((shares - whole).abs() < 1e-12, "{text}");
        }
        assert_eq!(TextFeatures::of("日本、").punctuation_share, 1.0 / 3.0);
        assert_eq!(TextFeatures::of("👍a").other_share, 0.5);
    }
}
