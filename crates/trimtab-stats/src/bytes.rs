//! Bytes written by hand: varints, little-endian floats, length-prefixed text.
//!
//! Every stored shape begins with a format byte. Reading never panics and never
//! allocates more than the input could fill.

use crate::error::StatsError;

/// Appends values to a byte vector.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn with_format(format: u8) -> Self {
        Self {
            bytes: vec![format],
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn raw(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
    }

    pub(crate) fn varint(&mut self, value: u64) {
        self.varint_wide(u128::from(value));
    }

    pub(crate) fn length(&mut self, value: usize) {
        self.varint(value as u64);
    }

    fn varint_wide(&mut self, mut value: u128) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A signed wide integer, small magnitudes short.
    pub(crate) fn signed(&mut self, value: i128) {
        self.varint_wide(((value << 1) ^ (value >> 127)).cast_unsigned());
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.length(value.len());
        self.raw(value.as_bytes());
    }
}

/// Takes values from a byte slice.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Checks the format byte and stands behind it.
    pub(crate) fn open(
        bytes: &'a [u8],
        what: &'static str,
        newest: u8,
    ) -> Result<Self, StatsError> {
        let mut reader = Self {
            bytes,
            offset: 0,
            what,
        };
        let found = reader.byte()?;
        if found == 0 {
            return Err(reader.foreign());
        }
        if found > newest {
            return Err(StatsError::UnknownFormat { found, newest });
        }
        Ok(reader)
    }

    pub(crate) fn foreign(&self) -> StatsError {
        StatsError::ForeignBytes {
            what: self.what,
            offset: self.offset,
        }
    }

    /// Refuses bytes left over.
    pub(crate) fn finish(self) -> Result<(), StatsError> {
        if self.offset == self.bytes.len() {
            Ok(())
        } else {
            Err(self.foreign())
        }
    }

    pub(crate) fn raw(&mut self, n_bytes: usize) -> Result<&'a [u8], StatsError> {
        let end = self
            .offset
            .checked_add(n_bytes)
            .ok_or_else(|| self.foreign())?;
        let slice = self
            .bytes
            .get(self.offset..end)
            .ok_or_else(|| self.foreign())?;
        self.offset = end;
        Ok(slice)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, StatsError> {
        let value = *self.bytes.get(self.offset).ok_or_else(|| self.foreign())?;
        self.offset += 1;
        Ok(value)
    }

    fn varint_wide(&mut self) -> Result<u128, StatsError> {
        let mut value = 0_u128;
        let mut shift = 0_u32;
        loop {
            let byte = self.byte()?;
            let payload = u128::from(byte & 0x7f);
            if shift >= 128 || (payload << shift) >> shift != payload {
                return Err(self.foreign());
            }
            value |= payload << shift;
            if byte & 0x80 == 0 {
                // A padded number has two spellings; only the shortest is ours.
                return if byte == 0 && shift > 0 {
                    Err(self.foreign())
                } else {
                    Ok(value)
                };
            }
            shift += 7;
        }
    }

    pub(crate) fn varint(&mut self) -> Result<u64, StatsError> {
        u64::try_from(self.varint_wide()?).map_err(|_| self.foreign())
    }

    /// A count of things that follow, each at least `bytes_each` long.
    pub(crate) fn length(&mut self, bytes_each: usize) -> Result<usize, StatsError> {
        let value = usize::try_from(self.varint()?).map_err(|_| self.foreign())?;
        let left = self.bytes.len() - self.offset;
        match value.checked_mul(bytes_each) {
            Some(needed) if needed <= left => Ok(value),
            _ => Err(self.foreign()),
        }
    }

    pub(crate) fn signed(&mut self) -> Result<i128, StatsError> {
        let value = self.varint_wide()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    pub(crate) fn float(&mut self) -> Result<f64, StatsError> {
        let mut buffer = [0_u8; 8];
        buffer.copy_from_slice(self.raw(8)?);
        Ok(f64::from_bits(u64::from_le_bytes(buffer)))
    }

    /// A float that must be finite.
    pub(crate) fn finite(&mut self) -> Result<f64, StatsError> {
        let value = self.float()?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(self.foreign())
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, StatsError> {
        let n_bytes = self.length(1)?;
        let slice = self.raw(n_bytes)?;
        match std::str::from_utf8(slice) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.foreign()),
        }
    }
}
