//! Several causes at once: what goes only when more than one thing is changed.

use crate::engine::value::Value;
use crate::engine::{Change, Literals, changed};

use super::candidate::Read;
use super::case::{Case, Outcome};
use super::probe::{Effect, FRESH};
use super::spot::{Ranked, Spot};

/// One of several causes, with the change that makes it go together with the others.
pub(super) struct Together<'r> {
    pub(super) spot: &'r Spot,
    pub(super) change: Change,
    pub(super) value: Option<Value>,
}

/// What is tried of several places at once.
enum Way {
    /// This value, for fields of which nothing is known.
    Unknown(Value),
    /// What each field is compared with.
    Literals,
    /// That none of them is there.
    Remove,
}

/// The spots that make the violation go together, each of them needed; none where that can't be
/// found.
pub(super) fn together<'r>(
    case: &mut Case<'_>,
    input: &Value,
    ranked: &'r [Ranked],
    literals: &Literals,
) -> Vec<Together<'r>> {
    // What does it alone is asked for by every rule, as its kind is.
    let weak = ranked.iter().filter(|r| r.probed.effect < Effect::Arbitrary);
    let is_cause = |spot: &&Spot| spot.candidate.read == Read::Used && !spot.is_identity();
    let spots: Vec<_> = weak.map(|r| &r.spot).filter(is_cause).collect();
    let [yes, no] = [true, false].map(|truth| Way::Unknown(Value::bool(truth)));
    for way in [yes, no, Way::Unknown(Value::string(FRESH)), Way::Literals, Way::Remove] {
        let mut all: Vec<_> =
            spots.iter().filter_map(|spot| change(spot, &way, literals)).collect();
        if all.len() > 1 && is_gone(case, input, &all) {
            reduce(case, input, &mut all);
            return all;
        }
    }
    Vec::new()
}

/// Drops what is not needed. What stands farther from the root is nearer to the cause, and stays
/// longer.
fn reduce(case: &mut Case<'_>, input: &Value, all: &mut Vec<Together<'_>>) {
    all.sort_by_key(|one| one.spot.path.0.len());
    let mut at = 0;
    while at < all.len() && all.len() > 1 {
        let tried = all.remove(at);
        if !is_gone(case, input, all) {
            all.insert(at, tried);
            at += 1;
        }
    }
}

fn is_gone(case: &mut Case<'_>, input: &Value, all: &[Together<'_>]) -> bool {
    let mut input = input.clone();
    for one in all {
        // One change may have made what another one needs.
        if let Some(next) = changed(&input, &one.spot.way, &one.change) {
            input = next;
        }
    }
    case.outcome(input) == Some(Outcome::Gone)
}

fn change<'r>(spot: &'r Spot, way: &Way, literals: &Literals) -> Option<Together<'r>> {
    if let Way::Remove = way {
        let is_leaf = !spot.is_missing() && spot.value.len().is_none();
        return is_leaf.then_some(Together { spot, change: Change::Remove, value: None });
    }
    let value = likely(spot, way, literals)?;
    let change = spot.candidate.setting(value.clone());
    Some(Together { spot, change, value: Some(value) })
}

/// A value that is likely to be right: by what the field is compared with or called, else by what
/// stands there.
fn likely(spot: &Spot, way: &Way, literals: &Literals) -> Option<Value> {
    if let Way::Literals = way
        && let Some(own) = literals.of_field(spot.field()).first()
    {
        return Some(own.clone());
    }
    let Some(key) = spot.candidate.missing.last() else {
        return match &spot.value {
            Value::Bool(_, truth) => Some(Value::bool(!truth)),
            Value::Number(..) => Some(Value::from(10_001)),
            Value::String(..) => Some(Value::string(FRESH)),
            _ => None,
        };
    };
    Some(match (key.as_str()?, way) {
        ("runAsUser" | "runAsGroup" | "fsGroup" | "replicas", _) => Value::from(10_001),
        (
            "privileged"
            | "allowPrivilegeEscalation"
            | "automountServiceAccountToken"
            | "hostNetwork"
            | "hostPID"
            | "hostIPC",
            _,
        ) => Value::bool(false),
        ("cpu", _) => Value::string("100m"),
        ("memory" | "ephemeral-storage", _) => Value::string("64Mi"),
        (_, Way::Unknown(value)) => value.clone(),
        _ => return None,
    })
}
