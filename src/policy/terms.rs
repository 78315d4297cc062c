//! What is said of policies from outside: by the pack they come in, and by those who use them.

use globset::{GlobBuilder, GlobMatcher};

use crate::rego::PolicyError;
use crate::source::display_name;

use super::metadata::Metadata;
use super::rollout::{Disorder, Rollout};
use super::set::Policy;

/// Who decided on policies, and where to talk to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Who decided.
    pub owner: Option<String>,
    /// Where to talk to them.
    pub contact: Option<String>,
}

/// The ids of policies: an id, or a glob where `*` stands for anything, also for slashes.
#[derive(Clone, Debug)]
pub struct Ids(GlobMatcher);

impl Ids {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with the glob.
    pub fn new(pattern: &str) -> Result<Self, globset::Error> {
        GlobBuilder::new(pattern).build().map(|glob| Self(glob.compile_matcher()))
    }

    /// Whether an id is one of them.
    pub fn matches(&self, id: &str) -> bool {
        self.0.is_match(id)
    }

    /// The pattern, as it was written.
    pub fn pattern(&self) -> &str {
        self.0.glob().glob()
    }
}

/// What holds for policies beside their own metadata.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What packs say, by the folder they stand in.
    pub(super) packs: Vec<(String, Contact)>,
    /// Owners of policies that name none, the first that matches.
    pub owners: Vec<(Ids, Contact)>,
    /// Dates in place of those of the metadata; the later ones win.
    pub rollouts: Vec<(Ids, Rollout)>,
}

impl Terms {
    pub(super) fn add_pack(&mut self, folder: &std::path::Path, contact: Contact) {
        let mut folder = display_name(folder);
        if !folder.ends_with('/') {
            folder.push('/');
        }
        self.packs.push((folder, contact));
    }

    /// Says of a policy what it does not say itself.
    pub(crate) fn told(&self, policy: &mut Policy) -> Result<(), PolicyError> {
        let Policy { id, metadata, source, span, .. } = policy;
        self.apply(id, source.name(), metadata).map_err(|disorder| {
            let message = format!("with the dates that are set for `{id}`, {disorder}");
            PolicyError::at(message, source, *span)
                .with_help("`announced`, `warn_from` and `enforce_from` follow each other")
        })
    }

    /// The same of its metadata; `file` is the one it stands in.
    fn apply(&self, id: &str, file: &str, metadata: &mut Metadata) -> Result<(), Disorder> {
        let pack = self.packs.iter().filter(|(folder, _)| {
            file.starts_with(folder.as_str()) || folder == "./" && !file.starts_with(['/', '.'])
        });
        // The pack that is nearest to it.
        let pack = pack.max_by_key(|(folder, _)| folder.len()).map(|(_, contact)| contact);
        let owners = self.owners.iter().filter(|(ids, _)| ids.matches(id));
        for contact in pack.into_iter().chain(owners.map(|(_, contact)| contact)) {
            // A contact is that of the owner who is named with it.
            if metadata.owner.is_none() {
                metadata.owner.clone_from(&contact.owner);
                if metadata.contact.is_none() {
                    metadata.contact.clone_from(&contact.contact);
                }
            } else if metadata.contact.is_none()
                && (contact.owner.is_none() || contact.owner == metadata.owner)
            {
                metadata.contact.clone_from(&contact.contact);
            }
        }
        let changed = self.rollouts.iter().filter(|(ids, _)| ids.matches(id));
        for (_, rollout) in changed {
            metadata.rollout = rollout.over(metadata.rollout);
        }
        metadata.rollout.disorder().map_or(Ok(()), Err)
    }

    /// The patterns of dates that are about none of these policies.
    pub fn idle<'t>(&'t self, ids: &[&str]) -> Vec<&'t str> {
        let is_idle = |known: &&Ids| !ids.iter().any(|id| known.matches(id));
        let patterns = self.rollouts.iter().map(|(ids, _)| ids);
        patterns.filter(is_idle).map(Ids::pattern).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::date;

    fn contact(owner: &str, contact: &str) -> Contact {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Contact { owner: said(owner), contact: said(contact) }
    }

    fn applied(terms: &Terms, metadata: Metadata) -> Metadata {
        let mut metadata = metadata;
        terms.apply("org/a", "policies/org/a.rego", &mut metadata).unwrap();
        metadata
    }

    #[test]
    fn the_policy_speaks_first_then_its_pack_then_the_settings() {
        let mut terms = Terms::default();
        terms.owners.push((Ids::new("*").unwrap(), contact("everyone", "#all")));
        let said = applied(&terms, Metadata::default());
        assert_eq!(
            (said.owner.as_deref(), said.contact.as_deref()),
            (Some("everyone"), Some("#all"))
        );

        terms.add_pack("policies".as_ref(), contact("pack", ""));
        terms.add_pack("policies/org".as_ref(), contact("org", "#org"));
        terms.add_pack("policies/or".as_ref(), contact("other", "#other"));
        let said = applied(&terms, Metadata::default());
        assert_eq!((said.owner.as_deref(), said.contact.as_deref()), (Some("org"), Some("#org")));

        // Nobody is sent to the channel of another team.
        let own = Metadata { owner: Some("team".to_owned()), ..Metadata::default() };
        let said = applied(&terms, own);
        assert_eq!((said.owner.as_deref(), said.contact), (Some("team"), None));
    }

    #[test]
    fn dates_are_set_anew_one_by_one() {
        let mut terms = Terms::default();
        let dates =
            |enforce_from: &str| Rollout { enforce_from: date(enforce_from), ..Rollout::default() };
        terms.rollouts.push((Ids::new("org/*").unwrap(), dates("2026-05-01")));
        terms.rollouts.push((Ids::new("org/a").unwrap(), dates("2026-06-01")));
        terms.rollouts.push((Ids::new("other/*").unwrap(), dates("2026-07-01")));
        let own = Rollout { warn_from: date("2026-04-01"), ..dates("2026-04-01") };
        let said = applied(&terms, Metadata { rollout: own, ..Metadata::default() });
        assert_eq!(said.rollout, Rollout { warn_from: own.warn_from, ..dates("2026-06-01") });
        assert_eq!(terms.idle(&["org/a"]), ["other/*"]);
        let late = Rollout { warn_from: date("2027-01-01"), ..Rollout::default() };
        let mut metadata = Metadata { rollout: late, ..Metadata::default() };
        assert!(terms.apply("org/a", "a.rego", &mut metadata).is_err());
    }
}
