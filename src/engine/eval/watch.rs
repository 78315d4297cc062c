//! What a text is held against that was put into an input to find that out.
//!
//! What policies make of the text, as by splitting it or putting it into another one, still has it
//! in it, so that it is known again wherever it comes to be compared.

use crate::engine::value::{NodeId, Value};

/// The most that is written down.
const MOST: usize = 64;

/// A scalar that a text was held against.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) value: Value,
    /// Whether one was looked for in the other.
    pub(crate) in_part: bool,
}

/// What became of a text that was put somewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// The scalars that it, or what was made of it, was held against: each once, in order.
    pub(crate) held: Vec<Held>,
    /// Whether a function was asked about it, as for its number.
    pub(crate) is_asked: bool,
    /// Whether a function was asked of what type it is, or how long.
    pub(crate) is_typed: bool,
    /// Whether it only mattered that it is there.
    pub(crate) is_tested: bool,
    /// Whether something was looked for in it, or it was gone through.
    pub(crate) is_entered: bool,
}

/// A text that is watched.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Watch {
    text: &'static str,
    /// Some policies compare without regard to case.
    upper: String,
    watched: Watched,
}

impl Watch {
    pub(in crate::engine) fn new(text: &'static str) -> Self {
        Self { text, upper: text.to_uppercase(), watched: Watched::default() }
    }

    pub(in crate::engine) fn into_watched(self) -> Watched {
        self.watched
    }

    /// A value was compared, tested, or handed to a function.
    pub(super) fn used(&mut self, value: &Value) {
        self.watched.is_tested |= self.is(value);
    }

    /// A value was gone through, or something was looked for in it.
    pub(super) fn entered(&mut self, value: &Value) {
        self.watched.is_entered |= self.is(value);
    }

    /// A function was called.
    pub(super) fn called(&mut self, name: &str, args: &[Value]) {
        let is_of_members =
            matches!(name, "minus" | "and" | "intersection" | "object.subset" | "object.filter");
        for (at, one) in args.iter().enumerate() {
            let others = args.iter().enumerate().filter(|(other, _)| *other != at);
            if self.is_text(one) || is_of_members && self.is_in(one) {
                others.for_each(|(_, other)| self.hold(other, 2, self.is_text(one)));
            }
        }
        // What these tell of one text they tell of any.
        let is_of_type = name.starts_with("is_") || matches!(name, "type_name" | "count");
        if is_of_type {
            self.watched.is_typed |= args.iter().any(|arg| self.is(arg));
        } else {
            self.watched.is_asked |= args.iter().any(|arg| self.is_text(arg));
        }
    }

    /// Two values were held against each other, or one was looked for in the other.
    pub(super) fn against(&mut self, one: &Value, other: &Value) {
        for (one, other) in [(one, other), (other, one)] {
            if self.is_in(one) {
                self.hold(other, 2, false);
            }
        }
    }

    /// A key was looked for in a collection.
    pub(super) fn key(&mut self, collection: &Value, key: &Value) {
        if !self.is_in(key) {
            return;
        }
        match collection {
            Value::Object(_, fields) => fields.iter().for_each(|(key, _)| self.hold(key, 0, false)),
            Value::Set(_, items) => items.iter().for_each(|item| self.hold(item, 0, false)),
            _ => {}
        }
    }

    /// Whether a value was put somewhere with the text, or made of it.
    fn is(&self, value: &Value) -> bool {
        value.node() == NodeId::PUT || self.is_text(value)
    }

    fn is_text(&self, value: &Value) -> bool {
        value.as_str().is_some_and(|text| text.contains(self.text) || text.contains(&self.upper))
    }

    /// Whether a value is the text or holds it.
    fn is_in(&self, value: &Value) -> bool {
        match value {
            Value::Array(_, items) | Value::Set(_, items) => {
                items.iter().any(|item| self.is_text(item))
            }
            Value::Object(_, fields) => {
                fields.iter().any(|(key, value)| self.is_text(key) || self.is_text(value))
            }
            value => self.is_text(value),
        }
    }

    fn hold(&mut self, value: &Value, depth: usize, in_part: bool) {
        match value {
            Value::Array(_, items) | Value::Set(_, items) if depth > 0 => {
                items.iter().for_each(|item| self.hold(item, depth - 1, in_part));
            }
            Value::Object(_, fields) if depth > 0 => {
                fields.iter().for_each(|(key, value)| {
                    self.hold(key, depth - 1, in_part);
                    self.hold(value, depth - 1, in_part);
                });
            }
            Value::Array(..) | Value::Set(..) | Value::Object(..) => {}
            scalar => {
                if self.is_text(scalar) {
                    return;
                }
                let held = &mut self.watched.held;
                match held.iter().position(|held| held.value == *scalar) {
                    Some(at) => held[at].in_part |= in_part,
                    None if held.len() < MOST => {
                        held.push(Held { value: scalar.clone(), in_part });
                    }
                    None => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "zz-text";

    fn watched(note: impl FnOnce(&mut Watch)) -> Watched {
        let mut watch = Watch::new(TEXT);
        note(&mut watch);
        watch.into_watched()
    }

    /// What was held against the text, and whether in part.
    fn told(watched: &Watched) -> Vec<(String, bool)> {
        watched.held.iter().map(|held| (held.value.to_string(), held.in_part)).collect()
    }

    #[test]
    fn what_was_made_of_the_text_is_known_again() {
        let texts = ["zz-text", "registry/zz-text:1", "ZZ-TEXT"].map(Value::string);
        for text in &texts {
            let watched = watched(|watch| watch.against(&Value::string("a"), text));
            assert_eq!(told(&watched), [("\"a\"".to_owned(), false)], "{text}");
        }
        let other = watched(|watch| watch.against(&Value::string("a"), &Value::string("text")));
        assert!(other.held.is_empty());
    }

    #[test]
    fn members_are_held_against_it_one_by_one_and_once() {
        let set = || Value::array(vec![Value::string("a"), Value::from(1), Value::string("a")]);
        let watched = watched(|watch| {
            watch.against(&Value::string(TEXT), &set());
            watch.against(&Value::string(TEXT), &Value::string(TEXT));
            watch.key(&Value::record([("b", Value::string("not this"))]), &Value::string(TEXT));
        });
        let values: Vec<_> = told(&watched).into_iter().map(|held| held.0).collect();
        assert_eq!(values, ["\"a\"", "1", "\"b\""]);
    }

    #[test]
    fn functions_look_for_one_text_in_another_or_ask_for_its_type() {
        let args = [Value::string(TEXT), Value::string("a/")];
        let looked = watched(|watch| watch.called("startswith", &args));
        assert_eq!(told(&looked), [("\"a/\"".to_owned(), true)]);
        assert!(looked.is_asked && !looked.is_typed);
        let typed = watched(|watch| watch.called("is_string", &args[..1]));
        assert!(typed.is_typed && !typed.is_asked);
        // An object that has the text somewhere is not held against what is made of it.
        let object = Value::record([("a", Value::string(TEXT))]);
        let patch = Value::record([("op", Value::string("add"))]);
        let made = watched(|watch| watch.called("json.patch", &[object, patch]));
        assert!(made.held.is_empty() && !made.is_asked);
    }

    #[test]
    fn a_block_that_was_put_somewhere_is_known_by_its_node() {
        let block = Value::record([]).with_node(NodeId::PUT);
        let watched = watched(|watch| watch.entered(&block));
        assert!(watched.is_entered && !watched.is_tested);
    }
}
