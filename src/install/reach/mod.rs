//! What policies reach: the requests that an API server has to send, so that they judge all that
//! they look at.
//!
//! Each policy is shown the least object of every kind, in every way a request can be about it, and
//! what it reads tells whether it looks any further. What is told is rather too much than too
//! little: a policy that is not understood reaches what it is shown.

mod custom;
mod eye;
mod request;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{EngineLimits, Evaluator, Program};
use crate::gatekeeper::{Constraints, Looks, WEBHOOK};
use crate::manifest::{Node, Operation, ResourceId};
use crate::policy::{Dialect, EntryPoint, Ids, Policy, PolicySet};
use crate::rego::PolicyErrors;

use super::kinds::{self, KINDS, Kind, PARTS, Part};
use custom::{Custom, Customs};
use eye::Eye;
use request::{Shown, pod_of};

/// Those that give an object its text.
pub(super) const WRITES: [Operation; 2] = [Operation::Create, Operation::Update];

/// A resource by which API servers know objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Its group; empty for the core group, `*` for any.
    pub group: String,
    /// Its version, or `*` for any.
    pub version: String,
    /// Its name, `*` for any; with a slash in it a part of one, such as `pods/exec`.
    pub resource: String,
    /// The kind whose name it was guessed from.
    pub guessed: Option<String>,
}

impl Target {
    fn any() -> Self {
        let any = || "*".to_owned();
        Self { group: any(), version: any(), resource: any(), guessed: None }
    }

    fn of(kind: &Kind) -> Self {
        let Kind { group, version, kind: _, resource } = *kind;
        Self {
            group: group.into(),
            version: version.into(),
            resource: resource.into(),
            guessed: None,
        }
    }

    fn of_part(part: &Part) -> Self {
        let Part { of: (group, version), resource, part, .. } = *part;
        let resource = format!("{resource}/{part}");
        Self { group: group.into(), version: version.into(), resource, guessed: None }
    }

    fn guess(group: &str, kind: &str) -> Self {
        let resource = kinds::guess(kind);
        Self { group: group.to_owned(), resource, guessed: Some(kind.to_owned()), ..Self::any() }
    }

    /// Whether it is every resource there is.
    pub fn is_any(&self) -> bool {
        self.group == "*" && self.resource == "*"
    }
}

/// A policy, and a kind of requests that it has to see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    policy: String,
    target: Target,
    operation: Operation,
}

/// What the policies of a set reach.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    reached: BTreeSet<Reached>,
    policies: BTreeSet<String>,
    combined: BTreeSet<String>,
    /// Policies whose fixes may be made at admission.
    mending: BTreeSet<String>,
}

/// What some of them reach, put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// The operations on each resource.
    pub targets: BTreeMap<Target, BTreeSet<Operation>>,
    /// The policies that look at every kind.
    pub of_any: BTreeSet<String>,
    /// Those that look at none that is known.
    pub of_none: BTreeSet<String>,
}

impl Reach {
    /// Finds out what policies reach.
    ///
    /// # Errors
    ///
    /// What does not compile, located in the policy.
    pub fn of(policies: &PolicySet) -> Result<Self, PolicyErrors> {
        let limits = EngineLimits::default();
        let program = Program::compile(policies, limits)?;
        let constraints = Constraints::compile(&policies.gatekeeper, limits)
            .map_err(|rejection| rejection.errors)?;
        let mut evaluator = program.evaluator();
        evaluator.keep_proofs(true);
        let customs = Customs::of(policies);
        let mut reach = Self::default();
        for point in &policies.entry_points {
            let ids = point.policies.iter().map(|policy| policy.id.clone());
            if point.is_combined() {
                reach.combined.extend(ids);
                continue;
            }
            reach.policies.extend(ids);
            let mends = point.policies.iter().filter(|it| it.metadata.mutate == Some(true));
            reach.mending.extend(mends.map(|policy| policy.id.clone()));
            let eye = Eye::of(point, policies, &program);
            let customs = customs.with_literals(point, &evaluator);
            for policy in &point.policies {
                let mut one = OfRule { point, policy, eye: &eye, evaluator: &mut evaluator };
                reach.look(&policy.id, &mut one, &customs);
            }
        }
        let mut seen = BTreeMap::new();
        for policy in constraints.policies(WEBHOOK) {
            reach.policies.insert(policy.id.clone());
            let mut one = OfConstraint { id: &policy.id, all: &constraints, seen: &mut seen };
            reach.look(&policy.id, &mut one, &customs);
        }
        Ok(reach)
    }

    /// Policies that are not asked at admission: they judge all documents of a run at once.
    pub fn combined(&self) -> impl Iterator<Item = &str> {
        self.combined.iter().map(String::as_str)
    }

    /// The policies that are asked at admission.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        self.policies.iter().map(String::as_str)
    }

    /// The requests that have to be sent to those of the policies whose ids match one of some
    /// patterns, or to all where there are none; with some operations alone, where any are named.
    pub fn requests(&self, among: &[&Ids], operations: &[Operation]) -> Requests {
        let is_among = |id: &str| among.is_empty() || among.iter().any(|ids| ids.matches(id));
        self.requests_to(is_among, |operation| is_sent(operation, operations))
    }

    /// The requests to those that mend what they can before it is judged.
    pub fn requests_to_mend(&self, operations: &[Operation]) -> Requests {
        let mends = |id: &str| self.mending.contains(id);
        self.requests_to(mends, |operation| {
            WRITES.contains(&operation) && is_sent(operation, operations)
        })
    }

    fn requests_to(
        &self,
        is_among: impl Fn(&str) -> bool,
        is_sent: impl Fn(Operation) -> bool,
    ) -> Requests {
        let mut found = Requests::default();
        let mut idle: BTreeSet<&str> = self.policies().filter(|id| is_among(id)).collect();
        for Reached { policy, target, operation } in &self.reached {
            if !is_among(policy) {
                continue;
            }
            idle.remove(policy.as_str());
            if is_sent(*operation) {
                found.targets.entry(target.clone()).or_default().insert(*operation);
                if target.is_any() {
                    found.of_any.insert(policy.clone());
                }
            }
        }
        found.of_none = idle.into_iter().map(str::to_owned).collect();
        found
    }

    /// Shows a policy everything there is.
    fn look(&mut self, id: &str, policy: &mut dyn Looking, customs: &Customs) {
        let mut note = |target: Target, operation| {
            self.reached.insert(Reached { policy: id.to_owned(), target, operation });
        };
        for operation in WRITES {
            let looks = |shown: &Shown| policy.looks(shown, operation);
            targets(customs, looks).into_iter().for_each(|target| note(target, operation));
        }
        let asks = |shown: &Shown| policy.asks_for(shown, Operation::Delete);
        targets(customs, asks).into_iter().for_each(|target| note(target, Operation::Delete));
        for part in &PARTS {
            let whole = KINDS.iter().find(|kind| kind.kind == part.whole).map(Shown::of_kind);
            if whole.is_some_and(|whole| policy.asks_for_part(&Shown::of_part(part), &whole, part))
            {
                note(Target::of_part(part), part.operation);
            }
        }
    }
}

/// Whether an operation is one of those that are named, or none are.
fn is_sent(operation: Operation, named: &[Operation]) -> bool {
    named.is_empty() || named.contains(&operation)
}

/// What is looked at: everything, or some kinds.
fn targets(customs: &Customs, mut looks: impl FnMut(&Shown) -> bool) -> Vec<Target> {
    if looks(&Shown::anything()) {
        return vec![Target::any()];
    }
    let own = KINDS.iter().filter(|kind| looks(&Shown::of_kind(kind))).map(Target::of);
    let mut found: Vec<Target> = own.collect();
    for Custom { shown, target, elsewhere } in customs.iter() {
        let is_more = !elsewhere.as_ref().is_some_and(&mut looks);
        if is_more && looks(shown) {
            found.push(target.clone());
        }
    }
    found
}

/// A policy that can be shown requests.
trait Looking {
    /// Whether it looks at such a request.
    fn looks(&mut self, shown: &Shown, operation: Operation) -> bool;

    /// Whether it does for its operation, which API servers send only where they are asked to.
    fn asks_for(&mut self, shown: &Shown, operation: Operation) -> bool;

    /// Whether it looks at the part of a resource, and not at whatever is about the resource.
    fn asks_for_part(&mut self, shown: &Shown, whole: &Shown, part: &Part) -> bool;
}

struct OfRule<'p> {
    point: &'p EntryPoint,
    policy: &'p Policy,
    eye: &'p Eye<'p>,
    evaluator: &'p mut Evaluator,
}

impl OfRule<'_> {
    fn is_of_requests(&self) -> bool {
        matches!(self.point.dialect, Dialect::Admission | Dialect::Gatekeeper)
    }

    /// Without an operation: whether it looks at a request with one that no policy can know.
    fn sees(&mut self, shown: &Shown, operation: Option<Operation>) -> bool {
        let metadata = &self.policy.metadata;
        let Some(resource) = shown.object() else { return true };
        let id = ResourceId {
            api_version: shown.api_version.clone(),
            kind: shown.kind.clone(),
            ..ResourceId::default()
        };
        let mut looks = |object: &Node| {
            let input = request::input(shown, object, operation, self.point);
            self.eye.looks(&input, self.evaluator)
        };
        metadata.applies_to(&id) && looks(&resource.node)
            || metadata.applies_to_pod_templates()
                && pod_of(&resource).is_some_and(|pod| looks(&pod))
    }
}

impl Looking for OfRule<'_> {
    fn looks(&mut self, shown: &Shown, operation: Operation) -> bool {
        self.sees(shown, Some(operation))
    }

    fn asks_for(&mut self, shown: &Shown, operation: Operation) -> bool {
        self.is_of_requests() && self.sees(shown, Some(operation)) && !self.sees(shown, None)
    }

    fn asks_for_part(&mut self, shown: &Shown, whole: &Shown, part: &Part) -> bool {
        self.is_of_requests() && self.sees(shown, Some(part.operation)) && !self.sees(whole, None)
    }
}

struct OfConstraint<'p> {
    id: &'p str,
    all: &'p Constraints,
    /// How all constraints look at what has been shown to one.
    seen: &'p mut BTreeMap<Shown, BTreeMap<String, Looks>>,
}

impl OfConstraint<'_> {
    fn sees(&mut self, shown: &Shown) -> Looks {
        let seen = self.seen.entry(shown.clone()).or_insert_with(|| {
            let Some(resource) = shown.object() else { return BTreeMap::new() };
            let pod = pod_of(&resource);
            let looks = self.all.looks(&resource.node, pod.as_ref(), WEBHOOK, false);
            looks.into_iter().map(|(id, looks)| (id.to_owned(), looks)).collect()
        });
        seen.get(self.id).cloned().unwrap_or_default()
    }
}

impl Looking for OfConstraint<'_> {
    fn looks(&mut self, shown: &Shown, operation: Operation) -> bool {
        let Looks { itself, made, .. } = self.sees(shown);
        (itself || made) && self.all.is_asked_about(self.id, operation.as_str())
    }

    fn asks_for(&mut self, shown: &Shown, operation: Operation) -> bool {
        // What is made of an object is made when it is written.
        self.sees(shown).itself && self.all.asks_for(self.id, operation.as_str())
    }

    fn asks_for_part(&mut self, shown: &Shown, whole: &Shown, part: &Part) -> bool {
        self.sees(shown).itself
            && !self.sees(whole).itself
            && self.all.is_asked_about(self.id, part.operation.as_str())
    }
}
