//! What makes a finding the same finding in the next run.

use std::fmt;

use crate::digest::{Digest, Parts};
use crate::locate::{Place, PlaceSource};
use crate::manifest::ResourceId;

/// The names of a resource that stay: not the version of its API, as moving to the next one changes
/// no finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceNames {
    /// The API group; empty for the core group.
    pub group: String,
    /// For example `Deployment`.
    pub kind: String,
    /// The namespace that the manifest names, if any.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl From<&ResourceId> for ResourceNames {
    fn from(id: &ResourceId) -> Self {
        Self {
            group: id.group().to_owned(),
            kind: id.kind.clone(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
        }
    }
}

/// `apps/Deployment shop/web`.
impl fmt::Display for ResourceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, kind, namespace, name } = self;
        let slash = |before: &str| if before.is_empty() { "" } else { "/" };
        let kind = if kind.is_empty() { "document" } else { kind };
        write!(f, "{group}{}{kind}", slash(group))?;
        match name.as_str() {
            "" => Ok(()),
            name => write!(f, " {namespace}{}{name}", slash(namespace)),
        }
    }
}

/// A digest of the policy, of the names of the resource, and of the path in it. Not of the line,
/// which moves when text is added above, nor of the file, which may be renamed, nor of the place in
/// a list, which may be put into another order.
///
/// Several findings may share one: the same policy may say two things of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Digest);

/// What a policy says something of: a path in the resource, or only the words that it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said<'a> {
    /// The path, with members of lists by what they are known by.
    At(&'a str),
    /// Only its words tell a violation without a place from others of its policy.
    Words(&'a str),
}

impl<'a> Said<'a> {
    /// What is said at a place, in these words.
    pub fn new(place: Option<&'a Place>, message: &'a str) -> Self {
        let place = place.filter(|place| place.source != PlaceSource::Resource);
        place.map_or(Self::Words(message), |place| Self::At(&place.stable_path))
    }
}

impl Fingerprint {
    /// The fingerprint of what a policy says.
    pub fn new(policy: &str, resource: Option<&ResourceNames>, said: Said<'_>) -> Self {
        let mut parts = Parts::new("finding");
        parts.add(policy.as_bytes());
        if let Some(ResourceNames { group, kind, namespace, name }) = resource {
            [group, kind, namespace, name].iter().for_each(|name| parts.add(name.as_bytes()));
        }
        let (what, text) = match said {
            Said::At(path) => ("path", path),
            Said::Words(words) => ("words", words),
        };
        parts.add(what.as_bytes());
        parts.add(text.as_bytes());
        Self(parts.digest())
    }

    /// What stands for this one where so many findings before have it; itself, where none has.
    #[must_use]
    pub fn repeated(&self, before: u64) -> Self {
        if before == 0 {
            return *self;
        }
        let mut parts = Parts::new("repeated");
        parts.add(self.as_bytes());
        parts.add(&before.to_le_bytes());
        Self(parts.digest())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(api_version: &str) -> ResourceNames {
        ResourceNames::from(&ResourceId {
            api_version: api_version.into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
        })
    }

    #[test]
    fn versions_of_an_api_and_words_about_a_path_make_no_difference() {
        let of = |version: &str, said| Fingerprint::new("p", Some(&web(version)), said);
        let known = of("apps/v1", Said::At("spec"));
        assert_eq!(known, of("apps/v2", Said::At("spec")));
        assert_ne!(known, of("batch/v1", Said::At("spec")));
        assert_ne!(known, of("apps/v1", Said::At("spec.x")));
        // A text that reads as a path is none.
        assert_ne!(known, of("apps/v1", Said::Words("spec")));
        assert_ne!(known, Fingerprint::new("p", None, Said::At("spec")));
    }

    #[test]
    fn what_is_given_again_is_another_one() {
        let first = Fingerprint::new("p", None, Said::At("spec"));
        assert_eq!(first.repeated(0), first);
        assert_ne!(first.repeated(1), first);
        assert_ne!(first.repeated(1), first.repeated(2));
    }

    #[test]
    fn names_are_shown_as_people_say_them() {
        assert_eq!(web("apps/v1").to_string(), "apps/Deployment shop/web");
        assert_eq!(ResourceNames::default().to_string(), "document");
    }

    /// Baselines and code scanning services keep them: another one makes every finding new.
    #[test]
    fn it_is_the_same_in_every_version() {
        let known = Fingerprint::new("p", Some(&web("apps/v1")), Said::At("spec.replicas"));
        let text = "f1248e7f704903673cd946f28f6bafd6760f88f9d5d4a28a7fa7fc7d409eb891";
        assert_eq!(known.to_string(), text);
    }
}
