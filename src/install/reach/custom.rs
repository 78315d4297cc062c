//! Custom kinds that policies may look at, by what they name.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::engine::Evaluator;
use crate::policy::{EntryPoint, KindPattern, PolicySet};

use super::super::kinds::{KINDS, PARTS};
use super::Target;
use super::request::{NOWHERE, Shown, api_version};

/// Kinds that are none of Kubernetes' own, and the resources by which they are most likely known.
#[derive(Clone, Debug, Default)]
pub(super) struct Customs(BTreeSet<Custom>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Custom {
    pub(super) shown: Shown,
    pub(super) target: Target,
    /// The same in a group that nobody has: who looks at that, looks at it whatever its group.
    pub(super) elsewhere: Option<Shown>,
}

impl Customs {
    /// Those that policies name as what they are asked about, and constraints as what they match.
    pub(super) fn of(policies: &PolicySet) -> Self {
        let mut customs = Self::default();
        for entry in Catalog::of(policies).entries {
            for kind in &entry.kinds {
                customs.add(&KindPattern::parse(kind));
            }
        }
        customs
    }

    fn add(&mut self, pattern: &KindPattern) {
        let KindPattern { group, kind } = pattern;
        match (group.as_deref(), kind.as_str()) {
            (Some(group), "*") => {
                let target = Target { group: group.to_owned(), ..Target::any() };
                let shown = Shown::anything_of(group);
                self.0.insert(Custom { shown, target, elsewhere: None });
            }
            (_, "*") => {}
            (Some(group), kind) if is_own(Some(group), kind) || !is_kind(kind) => {}
            (None, kind) if is_own(None, kind) || !is_kind(kind) => {}
            (Some(group), kind) => self.kind(group, "v1", kind),
            (None, kind) => self.kind(NOWHERE, "v1", kind),
        }
    }

    fn kind(&mut self, group: &str, version: &str, kind: &str) {
        // Nobody is asked about lists, which are sent item by item.
        if kind.strip_suffix("List").is_some_and(|item| is_own(None, item)) {
            return;
        }
        let is_anywhere = group == NOWHERE;
        let nowhere = || Shown::custom(&api_version(NOWHERE, "v1"), kind);
        self.0.insert(Custom {
            shown: Shown::custom(&api_version(group, version), kind),
            target: Target::guess(if is_anywhere { "*" } else { group }, kind),
            elsewhere: (!is_anywhere).then(nowhere),
        });
    }

    fn resource(&mut self, group: &str, version: &str, resource: &str) {
        let is_anywhere = group == NOWHERE;
        let nowhere = || Shown::resource(&api_version(NOWHERE, "v1"), resource);
        let group_of_target = if is_anywhere { "*" } else { group }.to_owned();
        self.0.insert(Custom {
            shown: Shown::resource(&api_version(group, version), resource),
            target: Target {
                group: group_of_target,
                resource: resource.to_owned(),
                ..Target::any()
            },
            elsewhere: (!is_anywhere).then(nowhere),
        });
    }

    /// The same, with those that the rules of an entry point speak of.
    pub(super) fn with_literals(&self, point: &EntryPoint, evaluator: &Evaluator) -> Self {
        let literals = evaluator.literals(point);
        let texts = || literals.all.iter().filter_map(|value| value.as_str());
        let named = |fields: &[&str]| -> BTreeSet<String> {
            let of_fields = fields.iter().flat_map(|field| literals.of_field(field));
            of_fields.filter_map(|value| value.as_str()).map(str::to_owned).collect()
        };
        let mut versions: BTreeSet<(String, String)> =
            named(&["group"]).into_iter().map(|group| (group, "v1".to_owned())).collect();
        let whole = texts().filter(|text| is_of_group(text)).map(str::to_owned);
        for text in named(&["apiVersion"]).into_iter().chain(whole) {
            let (group, version) = text.split_once('/').unwrap_or((&text, ""));
            let version = if is_version(version) { version } else { "v1" };
            versions.insert((group.to_owned(), version.to_owned()));
        }
        let mut customs = self.clone();
        for kind in texts().filter(|text| is_kind(text)) {
            if !is_own(None, kind) {
                customs.kind(NOWHERE, "v1", kind);
            }
            for (group, version) in versions.iter().filter(|(group, _)| !is_own(Some(group), kind))
            {
                customs.kind(group, version, kind);
            }
        }
        for resource in named(&["resource"]) {
            if is_word(&resource) && !KINDS.iter().any(|kind| kind.resource == resource) {
                customs.resource(NOWHERE, "v1", &resource);
                for (group, version) in &versions {
                    customs.resource(group, version, &resource);
                }
            }
        }
        customs
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Custom> {
        self.0.iter()
    }
}

/// Whether it is one of Kubernetes' own kinds.
fn is_own(group: Option<&str>, name: &str) -> bool {
    let own = KINDS.iter().map(|kind| (kind.group, kind.kind));
    let mut all = own.chain(PARTS.iter().map(|part| (part.group, part.kind)));
    all.any(|(own, kind)| kind == name && group.is_none_or(|group| group == own))
}

fn is_kind(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.len() > 1
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// Whether a text may name a group, as `example.com/v1beta1` and `example.com/` do.
fn is_of_group(text: &str) -> bool {
    let group = text.split('/').next().unwrap_or_default();
    let is_part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    group.contains('.') && group.split('.').all(is_part) && group.contains(char::is_alphabetic)
}

fn is_version(text: &str) -> bool {
    let number = text.strip_prefix('v').unwrap_or_default();
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}
