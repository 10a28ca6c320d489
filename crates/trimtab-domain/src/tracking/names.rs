//! Names for runs that nobody named: adjective, animal, number.

const ADJECTIVES: [&str; 32] = [
    "able",
    "agile",
    "amused",
    "bold",
    "brave",
    "bright",
    "calm",
    "capable",
    "caring",
    "clean",
    "clever",
    "curious",
    "dapper",
    "eager",
    "fearless",
    "gentle",
    "glad",
    "grand",
    "handsome",
    "honest",
    "kindly",
    "likeable",
    "lively",
    "merciful",
    "nimble",
    "polite",
    "quick",
    "rare",
    "skilled",
    "thoughtful",
    "upbeat",
    "wise",
];
const ANIMALS: [&str; 32] = [
    "ant", "bass", "bat", "bear", "bee", "bird", "carp", "cat", "colt", "crab", "crane", "deer",
    "doe", "dove", "duck", "eel", "elk", "finch", "fish", "fox", "goat", "grouse", "hawk", "hen",
    "horse", "kit", "lamb", "lynx", "mole", "newt", "owl", "ray",
];

/// A name made of some random number.
pub fn run_name(random: u64) -> String {
    let pick = |words: &[&'static str; 32], shift: u32| {
        words[usize::try_from((random >> shift) & 31).unwrap_or(0)]
    };
    format!(
        "{}-{}-{}",
        pick(&ADJECTIVES, 0),
        pick(&ANIMALS, 5),
        (random >> 10) % 1_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_with_the_number() {
        assert_eq!(run_name(0), "able-ant-0");
        assert_eq!(
            run_name(u64::MAX),
            format!("wise-ray-{}", (u64::MAX >> 10) % 1_000)
        );
    }
}
