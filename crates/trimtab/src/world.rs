//! The real clock and the real source of identity.

use jiff::Timestamp;
use rand::RngExt;
use trimtab_domain::ports::{Clock, Identity};

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the Clock port: everybody else asks here"
        )]
        Timestamp::now()
    }
}

/// Random identifiers and secrets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RandomIdentity;

const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn letters(n: usize) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the Identity port: everybody else asks here"
    )]
    let mut source = rand::rng();
    (0..n)
        .map(|_| char::from(LETTERS[source.random_range(0..LETTERS.len())]))
        .collect()
}

impl Identity for RandomIdentity {
    /// Milliseconds since 1970 in front, so that identifiers sort by age; then 80 random bits.
    fn suffix(&self) -> String {
        let millisecond = WallClock.now().as_millisecond().max(0).cast_unsigned();
        let mut text = String::with_capacity(26);
        for shift in (0..10).rev() {
            let idx = usize::try_from((millisecond >> (shift * 5)) & 31).unwrap_or(0);
            text.push(char::from(LETTERS[idx]));
        }
        text.push_str(&letters(16));
        text
    }

    /// 200 random bits.
    fn secret(&self) -> String {
        letters(40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_differ_and_have_one_length() {
        let (first, second) = (RandomIdentity.suffix(), RandomIdentity.suffix());
        assert_ne!(first, second);
        assert_eq!(first.len(), 26);
        assert_eq!(RandomIdentity.secret().len(), 40);
    }
}
