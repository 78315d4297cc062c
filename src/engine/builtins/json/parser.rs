//! JSON text to values, numbers as they are written.

use std::iter::Peekable;
use std::str::CharIndices;

use super::super::super::number::Number;
use super::super::super::value::{Value, with_room};

/// How deep arrays and objects may be nested: as in Go.
const DEPTH: usize = 10_000;

/// Reads one JSON value. The error says what is wrong.
pub(in crate::engine::builtins) fn parse(text: &str) -> Result<Value, String> {
    let mut parser = Parser { text, rest: text.char_indices().peekable(), depth: 0 };
    let value = parser.value()?;
    parser.space();
    match parser.rest.next() {
        None => Ok(value),
        Some((_, other)) => Err(format!("invalid character '{other}' after top-level value")),
    }
}

/// Whether the text is one JSON value.
pub(in crate::engine::builtins) fn is_valid(text: &str) -> bool {
    // Only numbers out of bounds are valid and yet have no value.
    match parse(text) {
        Ok(_) => true,
        Err(reason) => reason == OUT_OF_BOUNDS,
    }
}

const OUT_OF_BOUNDS: &str = "number too big";

struct Parser<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    depth: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        while self.rest.next_if(|next| matches!(next.1, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |next| next.0)
    }

    fn unexpected<T>(&mut self, place: &str) -> Result<T, String> {
        Err(match self.rest.peek() {
            Some((_, next)) => format!("invalid character '{next}' {place}"),
            None => "unexpected end of JSON input".to_owned(),
        })
    }

    fn take(&mut self, wanted: char, place: &str) -> Result<(), String> {
        match self.rest.next_if(|next| next.1 == wanted) {
            Some(_) => Ok(()),
            None => self.unexpected(place),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.space();
        match self.rest.peek().map(|next| next.1) {
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some('"') => Ok(Value::string(self.string()?)),
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.word("true", Value::bool(true)),
            Some('f') => self.word("false", Value::bool(false)),
            Some('n') => self.word("null", Value::NULL),
            _ => self.unexpected("looking for beginning of value"),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.rest.next();
        let value = with_room(self.depth, || read(self));
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for character in word.chars() {
            self.take(character, &format!("in literal {word}"))?;
        }
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.space();
        if self.rest.next_if(|next| next.1 == ']').is_some() {
            return Ok(Value::array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.rest.next_if(|next| next.1 == ']').is_some() {
                return Ok(Value::array(items));
            }
            self.take(',', "after array element")?;
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut entries = Vec::new();
        self.space();
        if self.rest.next_if(|next| next.1 == '}').is_some() {
            return Ok(Value::object_of_last(entries));
        }
        loop {
            self.space();
            if self.rest.peek().is_none_or(|next| next.1 != '"') {
                return self.unexpected("looking for beginning of object key string");
            }
            let key = Value::string(self.string()?);
            self.space();
            self.take(':', "after object key")?;
            entries.push((key, self.value()?));
            self.space();
            if self.rest.next_if(|next| next.1 == '}').is_some() {
                return Ok(Value::object_of_last(entries));
            }
            self.take(',', "after object key:value pair")?;
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        if self.rest.next_if(|next| next.1.is_ascii_digit()).is_none() {
            return self.unexpected("in numeric literal");
        }
        while self.rest.next_if(|next| next.1.is_ascii_digit()).is_some() {}
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at();
        self.rest.next_if(|next| next.1 == '-');
        if self.rest.next_if(|next| next.1 == '0').is_none() {
            self.digits()?;
        }
        if self.rest.next_if(|next| next.1 == '.').is_some() {
            self.digits()?;
        }
        if self.rest.next_if(|next| matches!(next.1, 'e' | 'E')).is_some() {
            self.rest.next_if(|next| matches!(next.1, '+' | '-'));
            self.digits()?;
        }
        let end = self.at();
        let number = Number::parse(&self.text[start..end]);
        number.map(Value::from).ok_or_else(|| OUT_OF_BOUNDS.to_owned())
    }

    fn string(&mut self) -> Result<String, String> {
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next().map(|next| next.1) {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(control @ '\0'..='\u{1f}') => {
                    return Err(format!("invalid character {control:?} in string literal"));
                }
                Some(character) => text.push(character),
                None => return Err("unexpected end of JSON input".to_owned()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        Ok(match self.rest.next().map(|next| next.1) {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            Some(other) => {
                return Err(format!("invalid character '{other}' in string escape code"));
            }
            None => return Err("unexpected end of JSON input".to_owned()),
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            match self.rest.next().and_then(|next| next.1.to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => return Err("invalid character in \\u hexadecimal character escape".into()),
            }
        }
        Ok(code)
    }

    /// Half of a pair without its other half becomes the replacement character.
    fn unicode(&mut self) -> Result<char, String> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.rest.clone();
        if self.rest.next_if(|next| next.1 == '\\').is_some()
            && self.rest.next_if(|next| next.1 == 'u').is_some()
        {
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        // What follows stands for itself.
        self.rest = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_go() {
        for (text, value) in [
            (r#""\ud83c\udf0d""#, "\"🌍\""),
            (r#""\ud83cx""#, "\"\u{fffd}x\""),
            (r#""\ud83c\u0041""#, "\"\u{fffd}A\""),
            (r#"{"a": 1, "a": 2}"#, "{\"a\": 2}"),
            ("1e2", "1e2"),
            (" [ ] ", "[]"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), value);
        }
        for text in ["", "01", "1.", "[1,]", "{\"a\"}", "\"\n\"", "nul", "1 2", "'a'", "+1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
