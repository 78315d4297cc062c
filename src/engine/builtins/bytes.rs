//! Bytes that become strings.

/// Text of any bytes, as Go shows it: each byte that is not part of UTF-8 becomes `U+FFFD`.
pub(super) fn to_text(bytes: Vec<u8>) -> String {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|_| text.push(char::REPLACEMENT_CHARACTER));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_broken_byte_is_replaced() {
        assert_eq!(super::to_text(vec![b'a', 0xe2, 0x82, b'b']), "a\u{fffd}\u{fffd}b");
    }
}
