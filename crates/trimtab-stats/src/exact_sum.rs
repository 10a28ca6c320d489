//! A sum of floats that does not depend on their order.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

const FRACTION_BITS: u32 = 52;
const FRACTION: u64 = (1 << FRACTION_BITS) - 1;
/// The power of two of the lowest bit of slot 0.
const LOWEST_EXPONENT: i32 = -1_075;
const N_SLOTS: usize = 64;

/// An exact sum of finite floats: adding, merging and subtracting commute.
///
/// The mantissa of each value is added, as an integer, to one of 64 slots by its
/// exponent (32 exponents share a slot of 128 bits, which leaves room for 2^43
/// additions). Only the slots in use are kept, usually one to three. The state is
/// a function of the multiset of values alone, so streaming and backfill give the
/// same bytes, and subtracting a part leaves exactly the rest.
///
/// # Source
///
/// The small superaccumulator of R. Neal, *Fast exact summation using small and
/// large superaccumulators* (2015), with wider slots and no carry propagation
/// before the end.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    first_slot: usize,
    slots: Vec<i128>,
}

impl ExactSum {
    /// Adds one value. Values that are not finite are ignored; count them apart.
    #[inline]
    pub fn add(&mut self, value: f64) {
        if let Some((slot, term)) = split(value) {
            self.add_term(slot, term);
        }
    }

    /// Takes one value away, exactly undoing [`ExactSum::add`].
    #[inline]
    pub fn remove(&mut self, value: f64) {
        if let Some((slot, term)) = split(value) {
            self.add_term(slot, -term);
        }
    }

    /// Adds `count` copies of a value.
    pub fn add_times(&mut self, value: f64, count: u64) {
        // Each half of the count keeps the product within the slot's width.
        if let Some((slot, term)) = split(value) {
            self.add_term(slot, term.wrapping_mul(i128::from(count)));
        }
    }

    #[inline]
    fn add_term(&mut self, slot: usize, term: i128) {
        match self.slots.get_mut(slot.wrapping_sub(self.first_slot)) {
            Some(sum) => *sum = sum.wrapping_add(term),
            None => self.add_outside(slot, term),
        }
    }

    #[cold]
    fn add_outside(&mut self, slot: usize, term: i128) {
        if self.slots.is_empty() {
            self.first_slot = slot;
            self.slots.push(term);
        } else if slot < self.first_slot {
            let n_new = self.first_slot - slot;
            self.slots.splice(0..0, std::iter::repeat_n(0, n_new));
            self.first_slot = slot;
            self.add_term(slot, term);
        } else {
            self.slots.resize(slot - self.first_slot + 1, 0);
            self.add_term(slot, term);
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        for (slot, term) in other.used_slots() {
            self.add_term(slot, term);
        }
    }

    /// Subtracts another sum.
    pub fn subtract(&mut self, other: &Self) {
        for (slot, term) in other.used_slots() {
            self.add_term(slot, term.wrapping_neg());
        }
    }

    fn used_slots(&self) -> impl Iterator<Item = (usize, i128)> + '_ {
        self.slots
            .iter()
            .enumerate()
            .filter(|&(_, &term)| term != 0)
            .map(|(i, &term)| (self.first_slot + i, term))
    }

    /// The sum, rounded once to the nearest float; `±inf` where it is too large.
    pub fn value(&self) -> f64 {
        let mut digits: Vec<u32> = Vec::with_capacity(self.slots.len() + 4);
        let mut carry = 0_i128;
        for &slot in &self.slots {
            let sum = carry.wrapping_add(slot);
            digits.push(sum as u32);
            carry = sum >> 32;
        }
        while carry != 0 && carry != -1 {
            digits.push(carry as u32);
            carry >>= 32;
        }
        let negative = carry == -1;
        if negative {
            negate(&mut digits);
        }
        let magnitude = self.magnitude(&digits);
        if negative { -magnitude } else { magnitude }
    }

    fn magnitude(&self, digits: &[u32]) -> f64 {
        let Some(highest) = digits.iter().rposition(|&digit| digit != 0) else {
            return 0.0;
        };
        let lowest = highest.saturating_sub(3);
        let mut top = 0_u128;
        for &digit in digits[lowest..=highest].iter().rev() {
            top = top << 32 | u128::from(digit);
        }
        // A sticky bit makes the one rounding below see what lies beneath.
        if digits[..lowest].iter().any(|&digit| digit != 0) {
            top |= 1;
        }
        let exponent = LOWEST_EXPONENT + 32 * (self.first_slot + lowest) as i32;
        scale(top as f64, exponent)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.length(self.used_slots().count());
        for (slot, term) in self.used_slots() {
            out.byte(slot as u8);
            out.signed(term);
        }
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let mut sum = Self::default();
        let n_used = input.length(2)?;
        let mut next = 0;
        for _ in 0..n_used {
            let slot = usize::from(input.byte()?);
            let term = input.signed()?;
            if slot < next || slot >= N_SLOTS || term == 0 {
                return Err(input.foreign());
            }
            next = slot + 1;
            sum.add_term(slot, term);
        }
        Ok(sum)
    }
}

/// Many values on their way into an [`ExactSum`]: mantissas are added up by sign and
/// exponent, one small addition each, and go on from there together.
pub(crate) struct SumTable {
    /// By the twelve highest bits of the values; values take turns between two sums, since
    /// an addition to the sum that was just written would wait for it.
    sums: Vec<[u64; 2]>,
    n_added: usize,
    /// The exponents in use.
    exponents: (usize, usize),
}

/// Signs and exponents.
const N_KEYS: usize = 1 << 12;
/// Twice the number of mantissas of 53 bits that 64 bits hold the sum of.
const N_ADDED_MAX: usize = 1 << 12;

impl SumTable {
    pub(crate) fn new() -> Self {
        Self {
            sums: vec![[0; 2]; N_KEYS],
            n_added: 0,
            exponents: (N_KEYS, 0),
        }
    }

    /// Adds a block of finite values to a sum, now or when the table is full.
    ///
    /// * `values`: 4,096 at most.
    /// * `least`, `most`: bounds of their magnitudes.
    #[inline]
    pub(crate) fn add(&mut self, values: &[f64], least: f64, most: f64, sum: &mut ExactSum) {
        debug_assert!(values.len() <= N_ADDED_MAX);
        if self.n_added + values.len() > N_ADDED_MAX {
            self.flush(sum);
        }
        self.n_added += values.len();
        let exponent = |value: f64| (value.to_bits() >> FRACTION_BITS) as usize;
        let (low, high) = self.exponents;
        self.exponents = (low.min(exponent(least).max(1)), high.max(exponent(most)));
        let Ok(sums) = <&mut [[u64; 2]; N_KEYS]>::try_from(self.sums.as_mut_slice()) else {
            return;
        };
        let mut add = |value: f64, turn: usize| {
            let bits = value.to_bits();
            sums[(bits >> FRACTION_BITS) as usize][turn] += (bits & FRACTION) | 1 << FRACTION_BITS;
        };
        let (pairs, rest) = values.as_chunks::<2>();
        for &[first, second] in pairs {
            add(first, 0);
            add(second, 1);
        }
        for &value in rest {
            add(value, 0);
        }
        // Zero and the numbers next to it do not have the bit that was added to all.
        let none = [0; 2];
        if sums[0] != none || sums[N_KEYS / 2] != none {
            sums[0] = none;
            sums[N_KEYS / 2] = none;
            for &value in values {
                if value.abs() < f64::MIN_POSITIVE && value != 0.0 {
                    sum.add(value);
                }
            }
        }
    }

    /// Hands over what is in the table.
    pub(crate) fn flush(&mut self, sum: &mut ExactSum) {
        let (low, high) = self.exponents;
        for exponent in low..=high {
            for (sign, key) in [(1, exponent), (-1, exponent + N_KEYS / 2)] {
                let [first, second] = self.sums[key];
                if first | second > 0 {
                    self.sums[key] = [0; 2];
                    let term = (i128::from(first) + i128::from(second)) << (exponent & 31);
                    sum.add_term(exponent >> 5, sign * term);
                }
            }
        }
        self.n_added = 0;
        self.exponents = (N_KEYS, 0);
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.used_slots().eq(other.used_slots())
    }
}

/// The slot and the shifted mantissa of a finite value that is not zero.
#[inline]
fn split(value: f64) -> Option<(usize, i128)> {
    let bits = value.to_bits();
    let biased = (bits >> FRACTION_BITS & 0x7ff) as u32;
    let fraction = bits & FRACTION;
    let (mantissa, exponent) = match biased {
        0 if fraction == 0 => return None,
        0x7ff => return None,
        0 => (fraction, 1),
        _ => (fraction | 1 << FRACTION_BITS, biased),
    };
    let magnitude = i128::from(mantissa) << (exponent & 31);
    let term = if bits >> 63 == 1 {
        -magnitude
    } else {
        magnitude
    };
    Some(((exponent >> 5) as usize, term))
}

/// Two's complement of a little-endian number.
fn negate(digits: &mut [u32]) {
    let mut carry = true;
    for digit in digits {
        let (value, overflow) = (!*digit).overflowing_add(u32::from(carry));
        *digit = value;
        carry = overflow;
    }
}

/// `value * 2^exponent` in steps that neither overflow nor underflow early.
fn scale(mut value: f64, mut exponent: i32) -> f64 {
    while exponent > 900 {
        value *= 2_f64.powi(900);
        exponent -= 900;
    }
    while exponent < -900 {
        value *= 2_f64.powi(-900);
        exponent += 900;
    }
    value * 2_f64.powi(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for &value in values {
            sum.add(value);
        }
        sum
    }

    #[test]
    fn is_exact_where_floats_cancel() {
        assert_eq!(sum_of(&[1e300, 1.0, -1e300]).value(), 1.0);
        assert_eq!(sum_of(&[1e-300, -1e-300]).value(), 0.0);
        assert_eq!(sum_of(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum_of(&[-0.5, -0.25]).value(), -0.75);
        assert_eq!(sum_of(&[]).value(), 0.0);
    }

    #[test]
    fn covers_the_whole_range() {
        assert_eq!(sum_of(&[f64::MAX]).value(), f64::MAX);
        assert_eq!(sum_of(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
        assert_eq!(sum_of(&[-f64::MAX, -f64::MAX]).value(), f64::NEG_INFINITY);
        let tiny = f64::from_bits(1);
        assert_eq!(sum_of(&[tiny]).value(), tiny);
        assert_eq!(sum_of(&[f64::MIN_POSITIVE]).value(), f64::MIN_POSITIVE);
        assert_eq!(sum_of(&[f64::NAN, f64::INFINITY, 2.0]).value(), 2.0);
    }

    #[test]
    fn subtracting_a_part_leaves_the_rest() {
        let mut whole = sum_of(&[1e10, 3.5, -7e-9]);
        whole.subtract(&sum_of(&[1e10]));
        assert_eq!(whole, sum_of(&[3.5, -7e-9]));
    }
}
