//! Upper and lower case, one character for each: Go does not make two of one.

/// `text` in lower case.
pub(super) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .map(|character| {
            match character {
                // The only character that the full mapping makes two of.
                'İ' => 'i',
                other => single(other, other.to_lowercase()),
            }
        })
        .collect()
}

/// `text` in upper case.
pub(super) fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    text.chars()
        .map(|character| {
            let code = u32::from(character);
            match code {
                // With iota subscript: the full mapping writes the iota out, the plain one keeps it.
                0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => {
                    char::from_u32(code + 8).unwrap_or(character)
                }
                0x1fb3 | 0x1fc3 | 0x1ff3 => char::from_u32(code + 9).unwrap_or(character),
                _ => single(character, character.to_uppercase()),
            }
        })
        .collect()
}

fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_character_stays_one() {
        assert_eq!(upper("straße ŉ ᾀ"), "STRAßE ŉ ᾈ");
        assert_eq!(lower("İΣ"), "iσ");
    }
}
