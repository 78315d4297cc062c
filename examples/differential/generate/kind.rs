//! Kinds of values.

use crate::random::Random;

/// What a value is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Boolean,
    Number,
    String,
    Array,
    Object,
    Set,
}

impl Kind {
    pub(super) fn fits(self, wanted: Self) -> bool {
        self == wanted || self == Self::Any || wanted == Self::Any
    }

    /// One that is not open.
    pub(super) fn some(random: &mut Random) -> Self {
        const ALL: [Kind; 9] = [
            Kind::Boolean,
            Kind::Number,
            Kind::Number,
            Kind::String,
            Kind::String,
            Kind::Array,
            Kind::Object,
            Kind::Object,
            Kind::Set,
        ];
        ALL[random.below(ALL.len())]
    }

    pub(super) fn collection(random: &mut Random) -> Self {
        const ALL: [Kind; 5] = [Kind::Array, Kind::Array, Kind::Object, Kind::Object, Kind::Set];
        ALL[random.below(ALL.len())]
    }

    /// What the name of a type stands for.
    pub(super) fn of_type(text: &str) -> Self {
        match text.split(['[', '<']).next().unwrap_or_default() {
            "boolean" => Self::Boolean,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            "set" => Self::Set,
            _ => Self::Any,
        }
    }
}
