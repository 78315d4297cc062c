//! What makes a finding the same finding in the next run.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::locate::{Place, PlaceSource};
use crate::manifest::ResourceId;

/// A digest of the policy, of the names of the resource, and of the path in it. Not of the line,
/// which moves when text is added above, nor of the file, which may be renamed, nor of the place in
/// a list, which may be put into another order.
///
/// Several findings may share one: the same policy may say two things of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of what a policy says of a place.
    pub fn new(
        policy: &str,
        resource: Option<&ResourceId>,
        place: Option<&Place>,
        message: &str,
    ) -> Self {
        let path = place.filter(|place| place.source != PlaceSource::Resource);
        Self::of_parts(policy, resource, path.map(|place| place.stable_path.as_str()), message)
    }

    /// The same with the path alone; where there is none, only its words tell a violation from
    /// others of its policy.
    pub(crate) fn of_parts(
        policy: &str,
        resource: Option<&ResourceId>,
        path: Option<&str>,
        message: &str,
    ) -> Self {
        let none = ResourceId::default();
        let id = resource.unwrap_or(&none);
        // Not the version of the API: moving to the next one changes no finding.
        let names = [id.group(), &id.kind, &id.namespace, &id.name];
        let known = if resource.is_some() { "resource" } else { "no resource" };
        let place = path.map_or(["words", message], |path| ["path", path]);
        Self::digest(["finding", policy, known].into_iter().chain(names).chain(place))
    }

    fn digest<'p>(parts: impl Iterator<Item = &'p str>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // Its length keeps `ab`, `c` apart from `a`, `bc`.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// What stands for this one where so many findings before have it; itself, where none has.
    #[must_use]
    pub fn repeated(&self, before: u64) -> Self {
        if before == 0 {
            return *self;
        }
        let mut digest = Sha256::new();
        digest.update(self.0);
        digest.update(before.to_le_bytes());
        Self(digest.finalize().into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web() -> ResourceId {
        ResourceId {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
        }
    }

    #[test]
    fn versions_of_an_api_and_words_about_a_path_make_no_difference() {
        let of = |api_version: &str, path, message| {
            let id = ResourceId { api_version: api_version.into(), ..web() };
            Fingerprint::of_parts("p", Some(&id), path, message)
        };
        let known = of("apps/v1", Some("spec"), "a");
        assert_eq!(known, of("apps/v2", Some("spec"), "b"));
        assert_ne!(known, of("batch/v1", Some("spec"), "a"));
        assert_ne!(known, of("apps/v1", Some("spec.x"), "a"));
        assert_ne!(of("apps/v1", None, "a"), of("apps/v1", None, "b"));
        // A text that reads as a path is none.
        assert_ne!(known, of("apps/v1", None, "spec"));
    }

    #[test]
    fn what_is_given_again_is_another_one() {
        let first = Fingerprint::of_parts("p", Some(&web()), Some("spec"), "");
        assert_eq!(first.repeated(0), first);
        assert_ne!(first.repeated(1), first);
        assert_ne!(first.repeated(1), first.repeated(2));
    }

    /// Baselines and code scanning services keep them: another one makes every finding new.
    #[test]
    fn it_is_the_same_in_every_version() {
        let known = Fingerprint::of_parts("p", Some(&web()), Some("spec.replicas"), "");
        let text = "22c8526efbb694ebcc3a936164469d921dcfd26efd682e12e58342ce1b733a47";
        assert_eq!(known.to_string(), text);
    }
}
