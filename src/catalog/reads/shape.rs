//! What a term's value can be, as far as it comes from the input.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A step into the input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Step {
    Key(Arc<str>),
    /// Some member.
    Any,
}

/// A path of the input, in which some steps may be any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Path(Vec<Step>);

/// No path is longer: what goes deeper walks through trees.
const DEEPEST: usize = 24;

impl Path {
    fn to(&self, step: Step) -> Self {
        let mut path = self.clone();
        if path.0.len() < DEEPEST {
            path.0.push(step);
        }
        path
    }

    pub(super) fn is_input(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the other leads further in the same direction.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.0.len() < other.0.len() && other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Any => f.write_str("[]")?,
                Step::Key(key) if key.contains(['.', '/', '[']) => write!(f, "[\"{key}\"]")?,
                Step::Key(key) => write!(f, "{}{key}", if at == 0 { "" } else { "." })?,
            }
        }
        Ok(())
    }
}

/// Where a value comes from: out of the input whole, or made of parts that do.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Shape {
    pub(super) paths: BTreeSet<Path>,
    /// The strings that it may be, where the policy says them.
    texts: BTreeSet<Arc<str>>,
    members: Option<Box<Shape>>,
    fields: BTreeMap<Arc<str>, Shape>,
}

impl Shape {
    /// The input itself.
    pub(super) fn input() -> Self {
        Self { paths: BTreeSet::from([Path::default()]), ..Self::default() }
    }

    /// A string.
    pub(super) fn text(text: &Arc<str>) -> Self {
        Self { texts: BTreeSet::from([Arc::clone(text)]), ..Self::default() }
    }

    /// A collection of such members.
    pub(super) fn of_members(members: Self) -> Self {
        Self { members: Some(Box::new(members)), ..Self::default() }
    }

    /// An object with such fields.
    pub(super) fn of_fields(fields: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        Self { fields: fields.into_iter().collect(), ..Self::default() }
    }

    /// What is under a key.
    pub(super) fn under(&self, key: &Arc<str>) -> Self {
        let mut found = self.stepped(&Step::Key(Arc::clone(key)));
        found.join(self.fields.get(key).cloned().unwrap_or_default());
        found.join(self.members.as_deref().cloned().unwrap_or_default());
        found
    }

    /// What is under a key that is one of these strings; any member, where none are known.
    pub(super) fn under_one_of(&self, key: &Self) -> Self {
        if key.texts.is_empty() {
            return self.member();
        }
        let mut found = Self::default();
        key.texts.iter().for_each(|text| found.join(self.under(text)));
        found
    }

    /// What its keys are, as far as the policy says them.
    pub(super) fn keys(&self) -> Self {
        let texts = self.fields.keys().filter(|key| !key.is_empty()).cloned().collect();
        Self { texts, ..Self::default() }
    }

    /// What any member is.
    pub(super) fn member(&self) -> Self {
        let mut found = self.stepped(&Step::Any);
        found.join(self.members.as_deref().cloned().unwrap_or_default());
        self.fields.values().for_each(|field| found.join(field.clone()));
        found
    }

    /// What it is as far as the policy made it.
    pub(super) fn made(&self) -> Self {
        Self { paths: BTreeSet::new(), ..self.clone() }
    }

    fn stepped(&self, step: &Step) -> Self {
        let paths = self.paths.iter().map(|path| path.to(step.clone())).collect();
        Self { paths, ..Self::default() }
    }

    /// Either of two.
    pub(super) fn join(&mut self, other: Self) {
        self.paths.extend(other.paths);
        self.texts.extend(other.texts);
        match (&mut self.members, other.members) {
            (Some(known), Some(more)) => known.join(*more),
            (known @ None, more) => *known = more,
            (Some(_), None) => {}
        }
        for (key, field) in other.fields {
            self.fields.entry(key).or_default().join(field);
        }
    }
}
