//! How many distinct values a column has, in bounded space.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::random::mix;

const N_SMALL: usize = 64;
const REGISTER_BITS: u32 = 10;
const N_REGISTERS: usize = 1 << REGISTER_BITS;
/// Hashes remembered while many values are added.
const N_RECENT: usize = 256;

/// An estimate of the number of distinct values, mergeable in any order.
///
/// Up to 64 values are kept as 32-bit hashes and counted (a collision is a
/// one-in-two-million event); beyond that the hashes go into a `HyperLogLog` of
/// 2^10 registers with a relative standard error of 3.3 % up to about 10^8
/// distinct values.
///
/// A union cannot be undone: after a subtraction elsewhere the estimate stays that
/// of the whole.
///
/// # Source
///
/// P. Flajolet et al., *`HyperLogLog`* (2007), with linear counting for small
/// cardinalities.
#[derive(Debug, Clone, PartialEq)]
pub struct DistinctSketch {
    state: State,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// Sorted hashes.
    Small(Vec<u32>),
    Large(Box<[u8; N_REGISTERS]>),
}

impl Default for DistinctSketch {
    fn default() -> Self {
        Self {
            state: State::Small(Vec::new()),
        }
    }
}

/// The hash of a number; both zeros count as one value.
#[inline]
pub(crate) fn hash_number(value: f64) -> u32 {
    (mix((value + 0.0).to_bits()) >> 32) as u32
}

/// The hash of a text.
pub(crate) fn hash_text(value: &str) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &byte in value.as_bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (mix(hash) >> 32) as u32
}

impl DistinctSketch {
    #[inline]
    pub(crate) fn add_hash(&mut self, hash: u32) {
        match &mut self.state {
            State::Small(hashes) => {
                if let Err(place) = hashes.binary_search(&hash) {
                    hashes.insert(place, hash);
                    if hashes.len() > N_SMALL {
                        self.grow();
                    }
                }
            }
            State::Large(registers) => register(registers, hash),
        }
    }

    #[inline]
    pub(crate) fn is_small(&self) -> bool {
        matches!(self.state, State::Small(_))
    }

    /// Adds many values; cheaper than one by one.
    ///
    /// `recent`: filled by former calls, to spare a small set what it just saw.
    pub(crate) fn add_numbers(&mut self, values: &[f64], batch: &mut DistinctBatch) {
        let mut values = values.iter();
        while self.is_small() {
            let Some(&value) = values.next() else { return };
            let hash = hash_number(value);
            // A small set is slow to search, and mostly sees what it knows.
            let slot = &mut batch.recent[hash as usize % N_RECENT];
            let mark = u64::from(hash) | 1 << 32;
            if *slot != mark {
                *slot = mark;
                self.add_hash(hash);
            }
        }
        if let State::Large(registers) = &mut self.state {
            batch.add(values.as_slice(), registers);
        }
    }

    #[cold]
    fn grow(&mut self) {
        if let State::Small(hashes) = &self.state {
            let mut registers = Box::new([0; N_REGISTERS]);
            for &hash in hashes {
                register(&mut registers, hash);
            }
            self.state = State::Large(registers);
        }
    }

    /// Adds the values of another sketch.
    pub fn merge(&mut self, other: &Self) {
        match &other.state {
            State::Small(hashes) => {
                for &hash in hashes {
                    self.add_hash(hash);
                }
            }
            State::Large(theirs) => {
                self.grow();
                if let State::Large(ours) = &mut self.state {
                    for (our, their) in ours.iter_mut().zip(theirs.iter()) {
                        *our = (*our).max(*their);
                    }
                }
            }
        }
    }

    /// The estimated number of distinct values, exact up to 64.
    pub fn estimate(&self) -> u64 {
        match &self.state {
            State::Small(hashes) => hashes.len() as u64,
            State::Large(registers) => estimate(registers),
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        match &self.state {
            State::Small(hashes) => {
                out.length(hashes.len());
                for hash in hashes {
                    out.raw(&hash.to_le_bytes());
                }
            }
            State::Large(registers) => {
                out.length(N_SMALL + 1);
                let n_used = registers.iter().filter(|&&register| register > 0).count();
                out.length(n_used);
                let mut previous = 0;
                for (i, &register) in registers.iter().enumerate() {
                    if register > 0 {
                        out.length(i - previous);
                        out.byte(register);
                        previous = i;
                    }
                }
            }
        }
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let n_small = usize::try_from(input.varint()?).map_err(|_| input.foreign())?;
        let state = if n_small <= N_SMALL {
            let mut hashes = Vec::with_capacity(n_small);
            for _ in 0..n_small {
                let mut buffer = [0_u8; 4];
                buffer.copy_from_slice(input.raw(4)?);
                let hash = u32::from_le_bytes(buffer);
                if hashes.last().is_some_and(|&last| hash <= last) {
                    return Err(input.foreign());
                }
                hashes.push(hash);
            }
            State::Small(hashes)
        } else if n_small == N_SMALL + 1 {
            let mut registers = Box::new([0; N_REGISTERS]);
            let n_used = input.length(2)?;
            let mut place = 0_usize;
            for nth in 0..n_used {
                let step = input.length(0)?;
                let value = input.byte()?;
                place = place.checked_add(step).ok_or_else(|| input.foreign())?;
                if place >= N_REGISTERS || (nth > 0 && step == 0) || !(1..=23).contains(&value) {
                    return Err(input.foreign());
                }
                registers[place] = value;
            }
            State::Large(registers)
        } else {
            return Err(input.foreign());
        };
        Ok(Self { state })
    }
}

/// What is remembered while many values go into one sketch.
pub(crate) struct DistinctBatch {
    recent: [u64; N_RECENT],
    /// The largest rest of a hash that still changes each register.
    limits: Vec<u32>,
}

impl DistinctBatch {
    pub(crate) fn new() -> Self {
        Self {
            recent: [0; N_RECENT],
            limits: Vec::new(),
        }
    }

    fn add(&mut self, values: &[f64], registers: &mut [u8; N_REGISTERS]) {
        if self.limits.is_empty() {
            let limits = registers.iter();
            self.limits = limits.map(|&register| limit(register)).collect();
        }
        let Ok(limits) = <&mut [u32; N_REGISTERS]>::try_from(self.limits.as_mut_slice()) else {
            return;
        };
        for &value in values {
            let hash = hash_number(value);
            let (place, rest) = place_and_rest(hash);
            if rest <= limits[place] {
                register(registers, hash);
                limits[place] = limit(registers[place]);
            }
        }
    }
}

/// The largest rest of a hash whose rank is above a register.
fn limit(register: u8) -> u32 {
    u32::MAX.checked_shr(u32::from(register)).unwrap_or(0)
}

#[inline]
fn place_and_rest(hash: u32) -> (usize, u32) {
    let place = (hash >> (32 - REGISTER_BITS)) as usize;
    // The guard bit bounds the rank at 23.
    let rest = hash << REGISTER_BITS | 1 << (REGISTER_BITS - 1);
    (place, rest)
}

#[inline]
fn register(registers: &mut [u8; N_REGISTERS], hash: u32) {
    let (place, rest) = place_and_rest(hash);
    let rank = rest.leading_zeros() as u8 + 1;
    if rank > registers[place] {
        registers[place] = rank;
    }
}

fn estimate(registers: &[u8; N_REGISTERS]) -> u64 {
    let m = N_REGISTERS as f64;
    let harmonic: f64 = registers
        .iter()
        .map(|&register| 0.5_f64.powi(i32::from(register)))
        .sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / harmonic;
    let n_zero = N_REGISTERS - registers.iter().filter(|&&register| register > 0).count();
    let estimate = if raw <= 2.5 * m && n_zero > 0 {
        m * (m / n_zero as f64).ln()
    } else if raw > 2_f64.powi(32) / 30.0 {
        // 32-bit hashes begin to collide.
        -(2_f64.powi(32)) * (-raw / 2_f64.powi(32)).ln_1p()
    } else {
        raw
    };
    estimate.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_few_values_exactly_and_many_within_four_errors() {
        let mut sketch = DistinctSketch::default();
        for n in 1..=200_000_u32 {
            sketch.add_hash(hash_number(f64::from(n) * 0.1));
            sketch.add_hash(hash_number(f64::from(n) * 0.1));
            if n <= 64 {
                assert_eq!(sketch.estimate(), u64::from(n));
            }
            if [100, 1_000, 5_000, 200_000].contains(&n) {
                let error = sketch.estimate() as f64 / f64::from(n) - 1.0;
                assert!(error.abs() < 0.13, "{n}: {error}");
            }
        }
    }

    #[test]
    fn both_zeros_are_one_value() {
        assert_eq!(hash_number(0.0), hash_number(-0.0));
    }
}
