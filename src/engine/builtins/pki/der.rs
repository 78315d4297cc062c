//! Elements of DER, the encoding of keys and certificates.

use num_bigint::BigInt;

use super::super::BuiltinError;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

type Result<T> = std::result::Result<T, BuiltinError>;

/// A numbered element that is told by its context, constructed or plain.
pub(super) const fn context(number: u8, constructed: bool) -> u8 {
    0x80 | number | if constructed { 0x20 } else { 0 }
}

/// One element: what it is, what it holds, and all of its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// Reads one element after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

pub(super) fn malformed(what: &str) -> BuiltinError {
    BuiltinError::new(format!("x509: malformed {what}"))
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next element, of any kind.
    pub(super) fn any(&mut self, what: &str) -> Result<Element<'a>> {
        let (element, rest) = element(self.0).ok_or_else(|| malformed(what))?;
        self.0 = rest;
        Ok(element)
    }

    /// The next element, which must be of a kind.
    pub(super) fn expect(&mut self, tag: u8, what: &str) -> Result<Element<'a>> {
        self.optional(tag, what)?.ok_or_else(|| malformed(what))
    }

    /// The next element if it is of a kind.
    pub(super) fn optional(&mut self, tag: u8, what: &str) -> Result<Option<Element<'a>>> {
        if self.0.first() == Some(&tag) { self.any(what).map(Some) } else { Ok(None) }
    }

    /// What a sequence holds.
    pub(super) fn sequence(&mut self, what: &str) -> Result<Reader<'a>> {
        Ok(self.expect(SEQUENCE, what)?.reader())
    }

    pub(super) fn integer(&mut self, what: &str) -> Result<BigInt> {
        self.expect(INTEGER, what)?.integer().ok_or_else(|| malformed(what))
    }

    pub(super) fn oid(&mut self, what: &str) -> Result<Vec<u64>> {
        self.expect(OID, what)?.oid().ok_or_else(|| malformed(what))
    }
}

impl<'a> Element<'a> {
    pub(super) fn reader(&self) -> Reader<'a> {
        Reader(self.body)
    }

    pub(super) fn integer(&self) -> Option<BigInt> {
        let minimal = match self.body {
            [] => false,
            [0x00, next, ..] => next & 0x80 != 0,
            [0xff, next, ..] => next & 0x80 == 0,
            _ => true,
        };
        minimal.then(|| BigInt::from_signed_bytes_be(self.body))
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.body {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The bytes of a bit string, and how many bits at the end don't count.
    pub(super) fn bits(&self) -> Option<(&'a [u8], u8)> {
        let (unused, bytes) = self.body.split_first()?;
        let zeros = bytes.last().map_or(*unused == 0, |last| {
            *unused < 8 && u32::from(*unused) <= last.trailing_zeros()
        });
        zeros.then_some((bytes, *unused))
    }

    pub(super) fn oid(&self) -> Option<Vec<u64>> {
        let mut arcs = Vec::new();
        let mut arc = 0_u64;
        let mut begins = true;
        for byte in self.body {
            // Numbers don't begin with zeros, and fit into 31 bits.
            if (begins && *byte == 0x80) || arc > 0x7fff_ffff >> 7 {
                return None;
            }
            arc = arc << 7 | u64::from(byte & 0x7f);
            begins = byte & 0x80 == 0;
            if begins {
                if arcs.is_empty() {
                    let first = (arc / 40).min(2);
                    arcs.push(first);
                    arc -= first * 40;
                }
                arcs.push(arc);
                arc = 0;
            }
        }
        (begins && !arcs.is_empty()).then_some(arcs)
    }
}

fn element(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    // Numbers of kinds above 30 have another form, which nothing here uses.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        let length = digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
        if digits.first() == Some(&0) || length < 0x80 {
            return None;
        }
        (length, rest)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len() - rest.len())?;
    Some((Element { tag, body, whole }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_strictly() {
        let mut reader = Reader::new(&[0x06, 0x03, 0x55, 0x04, 0x03, 0x02, 0x01, 0xff]);
        assert_eq!(reader.oid("oid"), Ok(vec![2, 5, 4, 3]));
        assert_eq!(reader.integer("integer"), Ok((-1).into()));
        assert!(reader.is_empty());
        // A length in more bytes than it needs, a number with a zero before it, too few bytes.
        for bytes in [&[0x04, 0x81, 0x01, 0x00][..], &[0x02, 0x02, 0x00, 0x01], &[0x04, 0x02, 0x00]]
        {
            assert!(Reader::new(bytes).integer("integer").is_err(), "{bytes:?}");
        }
    }
}
