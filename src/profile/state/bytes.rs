//! The bytes of kept state: numbers as short as they are, texts with their length, and a reader that never
//! runs past the end nor takes more memory than what it reads.

use super::Damage;

/// A number, seven bits a byte.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(low(number) | 0x80);
        number >>= 7;
    }
    out.push(low(number));
}

fn low(number: u64) -> u8 {
    (number & 0x7f) as u8
}

/// A number with a sign; those near zero are short.
pub(crate) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
}

/// A text or other bytes, after their length.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// How many records lie around this one.
    depth: u8,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest, depth: 0 }
    }

    /// Bytes after their length, to be read by themselves.
    pub(crate) fn part(&mut self) -> Result<Self, Damage> {
        Ok(Self { rest: self.bytes()?, depth: self.depth })
    }

    /// As [`part`](Self::part), for a record in a record; those in one lie side by side, never deeper.
    pub(crate) fn inner(&mut self) -> Result<Self, Damage> {
        let part = self.part()?;
        if self.depth > 0 { Err(Damage::Wrong) } else { Ok(Self { depth: 1, ..part }) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Damage::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        self.take(1)?.first().copied().ok_or(Damage::Short)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Damage> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(Damage::Wrong);
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damage::Wrong)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Damage> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Eight bytes, the lowest first.
    pub(crate) fn word(&mut self) -> Result<u64, Damage> {
        let bytes = self.take(8)?.try_into().map_err(|_| Damage::Short)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.count()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Damage> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damage::Wrong)
    }

    /// How many things follow; each takes a byte at least, so that no count is greater than what is left.
    pub(crate) fn count(&mut self) -> Result<usize, Damage> {
        let count = usize::try_from(self.number()?).map_err(|_| Damage::Wrong)?;
        if count > self.left() { Err(Damage::Short) } else { Ok(count) }
    }
}
