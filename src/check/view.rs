//! What policies see of a resource, and where in the manifest that is.

use std::sync::Arc;

use crate::engine::RuleResult;
use crate::fix::{Offer, Patch};
use crate::locate::infer::{Cause, Inferred};
use crate::locate::{self, Declared, Place};
use crate::manifest::{Node, Pointer, Resource};
use crate::policy::Dialect;

use super::fix::{Fix, FixOrigin};

/// An object that is judged: the resource, or one that a controller will make of it.
pub(super) struct View<'r> {
    pub(super) resource: &'r Resource,
    pub(super) object: &'r Node,
    /// Where the object stands in the resource.
    pub(super) offset: Pointer,
    /// What the policies take their input to be.
    pub(super) dialect: Dialect,
}

impl<'r> View<'r> {
    /// All of a resource.
    pub(super) fn whole(resource: &'r Resource, dialect: Dialect) -> Self {
        Self { resource, object: &resource.node, offset: Pointer::default(), dialect }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.offset.0.is_empty()
    }

    /// The places of a violation: where it says, else where its causes are, else the resource. And
    /// what it offers to change, or what its cause lets suggest; not tried yet.
    pub(super) fn located(
        &self,
        result: &RuleResult,
        causes: impl FnOnce() -> Inferred,
    ) -> (Vec<Place>, Option<Fix>) {
        let declared = locate::declared_in(&result.value, self.dialect, self.object);
        let places = declared.iter().filter_map(|declared| self.declared(declared)).collect();
        let mut places = in_order(places);
        let mut fix = self.fix(result);
        let mut is_bounded = false;
        if places.is_empty() {
            let Inferred { causes, bounded, .. } = causes();
            is_bounded = bounded;
            // The likeliest cause comes first, the others in the order of the text.
            places = in_order(causes.iter().filter_map(|cause| self.inferred(cause)).collect());
            fix = fix.or_else(|| self.suggested(causes.first()?));
        }
        if places.is_empty() {
            let place = locate::resource(self.resource);
            places.push(if is_bounded { place.bounded() } else { place });
        }
        (places, fix)
    }

    fn inferred(&self, cause: &Cause) -> Option<Place> {
        let path = self.dialect.path_in_object(&cause.path, self.object)?;
        let place = locate::declared(self.resource, self.object, &self.offset, &path);
        Some(place.inferred(cause.confidence))
    }

    /// The change that made the violation go, where its value is none that was made up.
    fn suggested(&self, cause: &Cause) -> Option<Fix> {
        let value = cause.remedy.as_ref()?.to_serde();
        let path = self.in_document(&cause.path)?;
        let root = &self.resource.manifest.root;
        let patch = Patch::setting(root, &path, (&value).into()).ok()?;
        Some(Fix::untried(FixOrigin::Inferred, patch))
    }

    /// What a violation offers to change, not tried yet.
    fn fix(&self, result: &RuleResult) -> Option<Fix> {
        let details =
            || result.value.field("details").filter(|_| self.dialect == Dialect::Gatekeeper);
        let offer = Offer::of(&result.value).or_else(|| Offer::of(details()?))?;
        let root = &self.resource.manifest.root;
        Some(match offer.patch(root, |path| self.in_document(path)) {
            Ok(patch) if offer.is_blank => Fix::untried(FixOrigin::Policy, patch)
                .because("it leaves a value for you to fill in"),
            Ok(patch) => Fix::untried(FixOrigin::Policy, patch),
            Err(error) => Fix::untried(FixOrigin::Policy, Patch::default()).because(error),
        })
    }

    /// Where a path of the input stands in the document.
    fn in_document(&self, path: &Pointer) -> Option<Pointer> {
        let path = self.dialect.path_in_object(path, self.object)?;
        let found = path.resolve(self.object).found;
        let offset = locate::offset_of(&found, self.resource, &self.offset);
        Some(self.resource.path.join(offset).join(&path.0))
    }

    fn declared(&self, declared: &Declared) -> Option<Place> {
        match declared {
            Declared::Path(path) => {
                let path = self.dialect.path_in_object(path, self.object)?;
                Some(locate::declared(self.resource, self.object, &self.offset, &path))
            }
            Declared::Line { line, file } => {
                let name = self.resource.manifest.source.name();
                let is_here = file.as_deref().is_none_or(|file| is_file(name, file));
                is_here.then(|| locate::line(self.resource, *line)).flatten()
            }
        }
    }
}

/// Whether a file of a run is the one that a policy names.
pub(super) fn is_file(name: &str, said: &str) -> bool {
    let said = said.strip_prefix("./").unwrap_or(said);
    std::path::Path::new(name).ends_with(said) || std::path::Path::new(said).ends_with(name)
}

/// Places each once, without those that others are inside of: the first that was said, and the
/// others in the order of the text.
pub(super) fn in_order(places: Vec<Place>) -> Vec<Place> {
    let in_one = |one: &Place, other: &Place| {
        Arc::ptr_eq(&one.text, &other.text) && one.document == other.document
    };
    let is_around = |outer: &Place, inner: &Place| {
        let is_above = inner.path.0.starts_with(&outer.path.0);
        in_one(outer, inner) && outer.path != inner.path && is_above
    };
    let mut kept: Vec<Place> = Vec::new();
    for place in &places {
        let is_same = |known: &Place| in_one(known, place) && known.path == place.path;
        let is_said = kept.iter().any(is_same);
        if !is_said && !places.iter().any(|other| is_around(place, other)) {
            kept.push(place.clone());
        }
    }
    if let Some((first, others)) = kept.split_first_mut() {
        let own = Arc::clone(&first.text);
        let order = |place: &Place| {
            let is_elsewhere = !Arc::ptr_eq(&own, &place.text);
            (is_elsewhere, place.text.name().to_owned(), place.document, place.span.start)
        };
        others.sort_by_cached_key(order);
    }
    kept
}
