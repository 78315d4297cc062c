//! One setting: its value, and where that comes from.

use std::fmt;

/// Where a setting comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) enum Origin {
    #[default]
    Default,
    File {
        name: String,
        line: usize,
    },
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Setting<T> {
    pub(in crate::cli) value: T,
    pub(in crate::cli) origin: Origin,
}

impl<T> Setting<T> {
    /// The same as one that need not be set.
    pub(in crate::cli) fn some(self) -> Setting<Option<T>> {
        Setting { value: Some(self.value), origin: self.origin }
    }
}

pub(in crate::cli) fn first<T: Default, const N: usize>(
    candidates: [Option<Setting<T>>; N],
) -> Setting<T> {
    candidates.into_iter().flatten().next().unwrap_or_default()
}

pub(in crate::cli) fn first_or<T, const N: usize>(
    default: T,
    candidates: [Option<Setting<T>>; N],
) -> Setting<T> {
    let found = candidates.into_iter().flatten().next();
    found.unwrap_or(Setting { value: default, origin: Origin::Default })
}

pub(in crate::cli) fn given<T: Clone>(flag: &'static str, values: &[T]) -> Option<Setting<Vec<T>>> {
    let origin = Origin::Flag(flag);
    (!values.is_empty()).then(|| Setting { value: values.to_vec(), origin })
}

pub(in crate::cli) fn chosen<T>(flag: &'static str, value: Option<T>) -> Option<Setting<T>> {
    value.map(|value| Setting { value, origin: Origin::Flag(flag) })
}
