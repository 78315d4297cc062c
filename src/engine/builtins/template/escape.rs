//! Text for the inside of HTML, JavaScript and URLs.

use super::super::encoding::escape_query;
use crate::engine::value::is_printable;

pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        let escaped: &[u8] = match byte {
            0 => "\u{fffd}".as_bytes(),
            b'"' => b"&#34;",
            b'\'' => b"&#39;",
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            byte => std::slice::from_ref(byte),
        };
        out.extend_from_slice(escaped);
    }
    out
}

pub(super) fn javascript(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let escaped = match character {
                '\\' => "\\\\".to_owned(),
                '\'' => "\\'".to_owned(),
                '"' => "\\\"".to_owned(),
                '<' | '>' | '&' | '=' | '\0'..'\u{20}' => {
                    format!("\\u{:04X}", u32::from(character))
                }
                _ if character.is_ascii() || is_printable(character) => character.to_string(),
                _ => format!("\\u{:04X}", u32::from(character)),
            };
            out.extend_from_slice(escaped.as_bytes());
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

pub(super) fn url(text: &[u8]) -> Vec<u8> {
    escape_query(text).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept() {
        assert_eq!(html(&[b'<', 0xff, 0]), b"&lt;\xff\xef\xbf\xbd");
        assert_eq!(javascript(&[b'<', 0xff, 1]), b"\\u003C\xff\\u0001");
        assert_eq!(url(&[b' ', 0xff]), b"+%FF");
    }
}
