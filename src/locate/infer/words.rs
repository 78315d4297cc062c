//! Comparing what is said of an input with what is said of it once something is changed.

use std::collections::BTreeSet;

/// The words of a message.
#[derive(Clone, Debug)]
pub(super) struct Words {
    all: Text,
    /// Without what the message takes from the input. A pod called `labels-api` speaks of no labels.
    own: Text,
}

/// A text and its words, in lower case.
#[derive(Clone, Debug)]
struct Text {
    text: String,
    words: BTreeSet<String>,
}

impl Words {
    /// The words of a message into which values are written.
    pub(super) fn of(message: &str, written: &[String]) -> Self {
        let all = Text::of(message.to_lowercase());
        let mut written: Vec<_> = written.iter().map(|text| text.to_lowercase()).collect();
        // What another one is part of goes first.
        written.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let mut own = all.clone();
        for text in written.iter().filter(|text| text.len() > 1) {
            let places: Vec<_> = own.places_apart(text).collect();
            let mut left = own.text.clone();
            for at in places.into_iter().rev() {
                left.replace_range(at..at + text.len(), &" ".repeat(text.len()));
            }
            own = Text::of(left);
        }
        Self { all, own }
    }

    /// Whether another message is probably the same one with other names in it: it has all that
    /// the policy says of its own, or at least half of the words.
    pub(super) fn resemble(&self, other: &str) -> bool {
        let other = other.to_lowercase();
        let other: BTreeSet<_> = split(&other).collect();
        let own = &self.own.words;
        if own.len() > 1 && own.iter().all(|word| other.contains(&**word)) {
            return true;
        }
        let common = other.iter().filter(|word| self.all.words.contains(**word)).count();
        common * 2 >= self.all.words.len().max(other.len())
    }

    /// Whether a value is named: as a word, or in words of its own.
    pub(super) fn name(&self, text: &str) -> bool {
        self.all.name(text)
    }

    /// Whether a key is named, and not by what the message takes from the input.
    pub(super) fn name_key(&self, key: &str) -> bool {
        self.own.name(key)
    }

    /// Whether one of what a key is for is named, as `labels` by `label`.
    pub(super) fn name_one_of(&self, key: &str) -> bool {
        let lower = key.to_lowercase();
        lower.strip_suffix('s').is_some_and(|one| one.len() > 3 && self.own.words.contains(one))
    }

    /// Whether a text is a flag with a value, as in `--port=0`, and the flag is named.
    pub(super) fn name_flag(&self, text: &str) -> bool {
        let flag = text.split('=').next().unwrap_or_default();
        flag.starts_with('-') && flag.len() > 3 && self.all.contains_apart(&flag.to_lowercase())
    }

    /// Where a key is named first.
    pub(super) fn place_of(&self, key: &str) -> Option<usize> {
        self.own.places_apart(&key.to_lowercase()).next()
    }

    /// From 0 to 60: the key that is named first is what is meant.
    pub(super) fn how_early(&self, key: &str) -> i64 {
        let at = self.place_of(key).unwrap_or(self.own.text.len());
        let late = at * 60 / self.own.text.len().max(1);
        60 - i64::try_from(late).unwrap_or(60)
    }

    /// Whether a word of a text is named that is long enough to mean it.
    pub(super) fn name_part_of(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        split(&text).any(|word| word.len() > 3 && self.all.words.contains(word))
    }
}

impl Text {
    fn of(text: String) -> Self {
        let words = split(&text).map(str::to_owned).collect();
        Self { text, words }
    }

    fn name(&self, text: &str) -> bool {
        if text.len() < 2 {
            return false;
        }
        let lower = text.to_lowercase();
        if self.words.contains(&lower) || self.contains_apart(&lower) {
            return true;
        }
        // `runAsNonRoot` is named by `run as non root`, and by `run_as_non_root`.
        let parts = camel(text);
        parts.len() > 1
            && [" ", "-", "_"].iter().any(|between| self.text.contains(&parts.join(between)))
    }

    /// Whether a text stands in the message, and is not part of a longer word.
    fn contains_apart(&self, text: &str) -> bool {
        self.places_apart(text).next().is_some()
    }

    /// Where a text stands in the message by itself.
    fn places_apart<'w>(&'w self, text: &'w str) -> impl Iterator<Item = usize> {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        self.text.match_indices(text).map(|(at, _)| at).filter(move |at| {
            !is_word(self.text[..*at].chars().next_back())
                && !is_word(self.text[at + text.len()..].chars().next())
        })
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The words of which a name in camel case is made, in lower case.
fn camel(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut was_upper = true;
    for c in text.chars() {
        if c.is_uppercase() && !was_upper || parts.is_empty() {
            parts.push(String::new());
        }
        was_upper = c.is_uppercase();
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        let words =
            Words::of("container `web` must run as non root, not with hostPID or app.io/name", &[]);
        for named in ["web", "runAsNonRoot", "hostPID", "app.io/name"] {
            assert!(words.name(named), "{named}");
        }
        for other in ["we", "runAsUser", "PID", "hostPIDs", "a", ""] {
            assert!(!words.name(other), "{other}");
        }
    }

    #[test]
    fn a_message_with_other_names_is_the_same_one() {
        let words = Words::of("container web runs image web:latest", &[]);
        assert!(words.resemble("container web runs image zz-other-0"));
        assert!(!words.resemble("a service has no selector"));
        // Much may be written into few words.
        let words = Words::of("shop web is undefined", &["shop".to_owned(), "web".to_owned()]);
        assert!(words.resemble("shop web-of-many-other-words-0 is undefined"));
        assert!(!words.resemble("shop web-of-many-other-words-0 is wrong"));
    }

    #[test]
    fn flags_are_named_without_their_values() {
        let words = Words::of("--port must be set", &[]);
        assert!(words.name_flag("--port=0"));
        assert!(!words.name_flag("--secure-port=0") && !words.name_flag("port"));
    }

    #[test]
    fn what_is_written_into_a_message_names_no_key() {
        let written = ["labels-api".to_owned(), "labels".to_owned(), "a".to_owned()];
        let words = Words::of("Pod labels-api of labels has a hostPort", &written);
        assert!(!words.name_key("labels") && words.name("labels") && words.name("labels-api"));
        assert!(words.name_key("hostPort") && words.place_of("hostPort") == Some(31));
    }
}
