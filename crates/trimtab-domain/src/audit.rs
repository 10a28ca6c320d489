//! The audit log: who decided what, when and why, with before and after.
//!
//! Every entry holds the hash of the one before it and its own, so that an entry that was
//! changed, removed or put in between later breaks the chain from there on. Whoever noted a hash
//! once can ask for it again ([`Verifier::expecting`]): a log that was rewritten from the start
//! no longer holds it.
//!
//! What is hashed is a canonical encoding: a version tag, the hash before, the entry's number and
//! time as big-endian integers, then every text with its length in front (absent ones are told
//! apart from empty ones), JSON with sorted keys and without spaces.

use crate::error::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// One entry of the audit log, as it is handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: `local`, `token:tok_…`, `system`, `command line`.
    pub actor: String,
    /// What: `document_put`, `incident_acknowledged`, `token_created`, `alias_set`…
    pub action: String,
    /// The model it is about.
    pub model: Option<String>,
    /// The thing it is about: `monitor/drift`, `inc_…`, `version/3`.
    pub object: String,
    /// One line for people.
    pub text: String,
    /// What it was before, where there was something.
    pub before: Option<Value>,
    /// What it is from now on, where there is something.
    pub after: Option<Value>,
    /// Why, in the words of who did it or of the rule that fired.
    pub reason: Option<String>,
}

impl AuditEntry {
    /// An entry about no model in particular, without before, after and reason.
    pub fn new(
        at: Timestamp,
        actor: impl Into<String>,
        action: impl Into<String>,
        object: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            at,
            actor: actor.into(),
            action: action.into(),
            model: None,
            object: object.into(),
            text: text.into(),
            before: None,
            after: None,
            reason: None,
        }
    }

    /// The same, about a model.
    #[must_use]
    pub fn of_model(mut self, model: impl fmt::Display) -> Self {
        self.model = Some(model.to_string());
        self
    }

    /// The same, with what was and what is.
    #[must_use]
    pub fn with_change(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        self.before = before;
        self.after = after;
        self
    }

    /// The same, with why; blank words are no reason.
    #[must_use]
    pub fn because(mut self, reason: impl AsRef<str>) -> Self {
        let reason = reason.as_ref().trim();
        self.reason = (!reason.is_empty()).then(|| reason.to_owned());
        self
    }
}

/// A SHA-256 of an entry and everything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditHash([u8; 32]);

impl AuditHash {
    /// What stands before the first entry.
    pub const GENESIS: Self = Self([0; 32]);
}

impl fmt::Display for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| f.write_fmt(format_args!("{byte:02x}")))
    }
}

impl FromStr for AuditHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(format!("`{text}` is not a hash of the audit log"))
                .with_hint("give the 64 hexadecimal digits that `trimtab audit verify` printed")
        };
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the last entry; 0 where there is none.
    pub number: u64,
    /// Its hash.
    pub hash: AuditHash,
}

impl AuditHead {
    /// The end of an empty log.
    pub const EMPTY: Self = Self {
        number: 0,
        hash: AuditHash::GENESIS,
    };

    /// Appends an entry, which becomes the head.
    pub fn append(&mut self, entry: AuditEntry) -> ChainedEntry {
        let number = self.number + 1;
        let previous = self.hash;
        let hash = hash_of(number, previous, &entry);
        *self = Self { number, hash };
        ChainedEntry {
            number,
            entry,
            previous,
            hash,
        }
    }
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainedEntry {
    /// Counts up from 1 without a gap.
    pub number: u64,
    /// The entry.
    pub entry: AuditEntry,
    /// The hash of the entry before.
    pub previous: AuditHash,
    /// Its own hash, over the one before and all of the entry.
    pub hash: AuditHash,
}

const TAG: &[u8] = b"trimtab.audit.v1\n";

fn hash_of(number: u64, previous: AuditHash, entry: &AuditEntry) -> AuditHash {
    let mut hasher = Sha256::new();
    hasher.update(TAG);
    hasher.update(previous.0);
    hasher.update(number.to_be_bytes());
    // Instants are kept to the microsecond.
    hasher.update(entry.at.as_microsecond().to_be_bytes());
    let mut text = |text: Option<&str>| match text {
        None => hasher.update([0]),
        Some(text) => {
            hasher.update([1]);
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    };
    text(Some(&entry.actor));
    text(Some(&entry.action));
    text(entry.model.as_deref());
    text(Some(&entry.object));
    text(Some(&entry.text));
    text(entry.before.as_ref().map(canonical_json).as_deref());
    text(entry.after.as_ref().map(canonical_json).as_deref());
    text(entry.reason.as_deref());
    AuditHash(hasher.finalize().into())
}

/// JSON in the one form that is hashed and stored: keys sorted, no spaces.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(&mut text, value);
    text
}

fn write_canonical(text: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (i, (name, value)) in fields.into_iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                let _infallible = write!(text, "{}:", Value::String(name.clone()));
                write_canonical(text, value);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (i, value) in items.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                write_canonical(text, value);
            }
            text.push(']');
        }
        scalar => {
            let _infallible = write!(text, "{scalar}");
        }
    }
}

/// Why a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainBreak {
    /// The first entry that is not what it was, or is missing.
    pub number: u64,
    /// In words.
    pub reason: String,
}

/// What reading a whole chain showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// The last entry up to which everything holds.
    pub head: AuditHead,
    /// The first thing that is wrong.
    pub broken: Option<ChainBreak>,
    /// The hash that was asked for, and the number of the entry that has it.
    pub expected: Option<(AuditHash, Option<u64>)>,
}

impl ChainReport {
    /// Whether nothing is wrong, the expected hash included.
    pub fn is_intact(&self) -> bool {
        self.broken.is_none() && !matches!(self.expected, Some((_, None)))
    }
}

/// Reads a chain from its first entry on and stops believing at the first break.
#[derive(Debug, Clone)]
pub struct Verifier {
    head: AuditHead,
    broken: Option<ChainBreak>,
    expected: Option<(AuditHash, Option<u64>)>,
}

impl Verifier {
    /// A verifier that has seen nothing yet.
    pub fn new() -> Self {
        Self {
            head: AuditHead::EMPTY,
            broken: None,
            expected: None,
        }
    }

    /// The same, which also looks for a hash that somebody noted earlier.
    #[must_use]
    pub fn expecting(mut self, hash: Option<AuditHash>) -> Self {
        self.expected = hash.map(|hash| (hash, (hash == AuditHash::GENESIS).then_some(0)));
        self
    }

    /// Takes the next entry, and says whether the chain still holds.
    pub fn take(&mut self, next: &ChainedEntry) -> bool {
        if self.broken.is_some() {
            return false;
        }
        let expected_number = self.head.number + 1;
        let reason = if next.number != expected_number {
            Some(format!(
                "entry {expected_number} is missing: entry {} follows",
                next.number
            ))
        } else if next.previous != self.head.hash {
            Some(format!(
                "entry {expected_number} does not follow the entry before it: one of them was put in later"
            ))
        } else if hash_of(next.number, next.previous, &next.entry) != next.hash {
            Some(format!(
                "entry {expected_number} was changed after it was written"
            ))
        } else {
            None
        };
        if let Some(reason) = reason {
            self.break_at(expected_number, reason);
            return false;
        }
        self.head = AuditHead {
            number: next.number,
            hash: next.hash,
        };
        if let Some((hash, place @ None)) = &mut self.expected
            && *hash == next.hash
        {
            *place = Some(next.number);
        }
        true
    }

    /// Notes that an entry cannot even be read.
    pub fn break_at(&mut self, number: u64, reason: String) {
        self.broken.get_or_insert(ChainBreak { number, reason });
    }

    /// The number of the last entry that holds.
    pub fn verified(&self) -> u64 {
        self.head.number
    }

    /// Compares with the head that the log itself remembers, and reports.
    pub fn finish(mut self, remembered: AuditHead) -> ChainReport {
        if self.broken.is_none() && self.head != remembered {
            let reason = if self.head.number < remembered.number {
                format!(
                    "the log once had {} entries and ends at {} now",
                    remembered.number, self.head.number
                )
            } else {
                "the last entry is not the one the log remembers".to_owned()
            };
            self.break_at(self.head.number + 1, reason);
        }
        ChainReport {
            head: self.head,
            broken: self.broken,
            expected: self.expected,
        }
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry(n: u64) -> AuditEntry {
        let at = Timestamp::from_second(1_700_000_000 + i64::try_from(n).unwrap()).unwrap();
        AuditEntry::new(
            at,
            "local",
            "document_put",
            format!("monitor/{n}"),
            "it's so",
        )
        .of_model("flights")
        .with_change(None, Some(json!({"b": n, "a": [1.5, null]})))
        .because("so it is")
    }

    fn chain(n: u64) -> (Vec<ChainedEntry>, AuditHead) {
        let mut head = AuditHead::EMPTY;
        let entries = (1..=n).map(|n| head.append(entry(n))).collect();
        (entries, head)
    }

    fn verify(
        entries: &[ChainedEntry],
        head: AuditHead,
        expected: Option<AuditHash>,
    ) -> ChainReport {
        let mut verifier = Verifier::new().expecting(expected);
        for entry in entries {
            verifier.take(entry);
        }
        verifier.finish(head)
    }

    #[test]
    fn the_encoding_never_changes() {
        // Chains in databases depend on it.
        let (_, head) = chain(2);
        assert_eq!(
            head.hash.to_string(),
            "69093d28e1f144b36a3df2e5947c1622197bf1c08efea80c82d9178ecff9c7f9"
        );
    }

    #[test]
    fn a_chain_that_nobody_touched_holds() {
        let (entries, head) = chain(20);
        let report = verify(&entries, head, Some(entries[6].hash));
        assert!(report.is_intact(), "{report:?}");
        assert_eq!(report.head, head);
        assert_eq!(report.expected, Some((entries[6].hash, Some(7))));
        assert!(verify(&[], AuditHead::EMPTY, None).is_intact());
    }

    #[test]
    fn a_log_rewritten_from_the_start_lacks_the_hash_somebody_noted() {
        let (entries, _) = chain(20);
        let noted = entries[6].hash;
        let mut head = AuditHead::EMPTY;
        let rewritten: Vec<_> = (1..=20)
            .map(|n| {
                head.append(AuditEntry {
                    actor: "mallory".to_owned(),
                    ..entry(n)
                })
            })
            .collect();
        assert!(verify(&rewritten, head, None).is_intact());
        let report = verify(&rewritten, head, Some(noted));
        assert!(!report.is_intact());
        assert_eq!(report.broken, None);
        assert_eq!(report.expected, Some((noted, None)));
    }

    #[test]
    fn a_tail_that_was_cut_off_is_noticed() {
        let (entries, head) = chain(20);
        let report = verify(&entries[..17], head, None);
        assert_eq!(report.broken.unwrap().number, 18);
        assert_eq!(report.head.number, 17);
    }

    #[test]
    fn absent_is_not_empty_and_fields_do_not_run_together() {
        let base = entry(1);
        let one = AuditEntry {
            actor: "ab".to_owned(),
            action: "c".to_owned(),
            ..base.clone()
        };
        let other = AuditEntry {
            actor: "a".to_owned(),
            action: "bc".to_owned(),
            ..base.clone()
        };
        let hash = |entry: AuditEntry| {
            let mut head = AuditHead::EMPTY;
            head.append(entry).hash
        };
        assert_ne!(hash(one), hash(other));
        let absent = AuditEntry {
            model: None,
            ..base.clone()
        };
        let empty = AuditEntry {
            model: Some(String::new()),
            ..base
        };
        assert_ne!(hash(absent), hash(empty));
    }

    #[test]
    fn json_has_one_form() {
        let one: Value =
            serde_json::from_str(r#"{ "b": {"y": 1, "x": "\"é\n"}, "a": [1.0, 2] }"#).unwrap();
        let text = canonical_json(&one);
        assert_eq!(text, r#"{"a":[1.0,2],"b":{"x":"\"é\n","y":1}}"#);
        let again: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(canonical_json(&again), text);
    }

    #[test]
    fn hashes_are_read_back() {
        let (_, head) = chain(3);
        assert_eq!(
            head.hash.to_string().parse::<AuditHash>().unwrap(),
            head.hash
        );
        for wrong in ["", "12", &"g".repeat(64), &"é".repeat(32)] {
            assert!(wrong.parse::<AuditHash>().is_err(), "{wrong}");
        }
    }

    fn tampered(entries: &mut Vec<ChainedEntry>, i: usize, how: u8) {
        let entry = &mut entries[i].entry;
        match how {
            0 => entry.actor.push('x'),
            1 => entry.text.clear(),
            2 => entry.after = Some(json!({"b": "other"})),
            3 => entry.reason = None,
            4 => entry.at += jiff::SignedDuration::from_micros(1),
            5 => entry.model = None,
            6 => drop(entries.remove(i)),
            7 => {
                let copy = entries[i].clone();
                entries.insert(i, copy);
            }
            _ => {
                // As careful as one can be without redoing everything after it.
                let mut head = AuditHead {
                    number: entries[i].number - 1,
                    hash: entries[i].previous,
                };
                let forged = AuditEntry {
                    actor: "mallory".to_owned(),
                    ..entries[i].entry.clone()
                };
                entries[i] = head.append(forged);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_an_entry_is_noticed_there(n in 1_u64..40, place: prop::sample::Index, how in 0_u8..9) {
            let (mut entries, head) = chain(n);
            let i = place.index(entries.len());
            tampered(&mut entries, i, how);
            let report = verify(&entries, head, None);
            prop_assert!(!report.is_intact());
            let number = usize::try_from(report.broken.unwrap().number).unwrap();
            // A doubled or forged entry shows at the next one.
            prop_assert!((i + 1..=i + 2).contains(&number), "{number} for {i}");
        }
    }
}
