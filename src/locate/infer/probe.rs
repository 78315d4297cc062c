//! Changing a candidate in every way that may make the violation go.

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Literals, Watched, changed, is_prose};

use super::case::{Case, Outcome};

/// A text that no policy knows.
pub(super) const FRESH: &str = "zz-other-0";
/// A number that hardly any policy knows.
pub(super) const SOME_NUMBER: i64 = 10_001;

/// How many literals are tried: of those that the field is compared with, and in all.
pub(super) const OWN: usize = 10;
const LITERALS: usize = 20;

/// Fields of Kubernetes that are true or false and nothing else.
pub(super) const BOOLEANS: [&str; 20] = [
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "blockOwnerDeletion",
    "enableServiceLinks",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostUsers",
    "immutable",
    "optional",
    "paused",
    "privileged",
    "publishNotReadyAddresses",
    "readOnly",
    "readOnlyRootFilesystem",
    "runAsNonRoot",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "suspend",
    "tty",
];

/// What a change of a candidate did, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// The message changed: it was quoted.
    Quoted,
    /// Without it, or without what is in it, the violation is gone.
    Removed,
    /// With something made up in its place it is gone.
    Arbitrary,
    /// With another number, or a literal of the policy.
    Literal,
    /// With the other truth value.
    Flipped,
}

/// The effect of a candidate, and the value that had it, where one did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probed {
    pub(super) effect: Effect,
    pub(super) value: Option<Value>,
}

impl Probed {
    /// What was not changed.
    pub(super) const NOTHING: Self = Self { effect: Effect::None, value: None };

    /// Notes what became of the violation with a change.
    fn note(&mut self, outcome: Outcome, change: Change, effect: Effect) {
        match outcome {
            Outcome::Gone if self.effect < effect => {
                self.effect = effect;
                self.value = match change {
                    Change::Remove => None,
                    Change::Replace(value) | Change::Add(_, value) => Some(value),
                };
            }
            Outcome::Variant => self.effect = self.effect.max(Effect::Quoted),
            _ => {}
        }
    }
}

/// A candidate under way.
pub(super) struct Probe<'p, 'c> {
    pub(super) case: &'p mut Case<'c>,
    pub(super) input: &'p Value,
    pub(super) way: &'p [NodeId],
    pub(super) literals: &'p Literals,
    /// The name of the field that is tried.
    pub(super) field: &'p str,
}

impl Probe<'_, '_> {
    /// Tries a candidate: keys that are missing, or the value that stands there now.
    pub(super) fn candidate(mut self, missing: &[Value], value: &Value) -> Probed {
        let mut probed = Probed::NOTHING;
        if !missing.is_empty() {
            self.add(missing, &mut probed);
            return probed;
        }
        self.attempt(&mut probed, Change::Remove, Effect::Removed);
        if self.is_any_other_number(value) {
            return Probed { effect: Effect::Arbitrary, value: Some(Value::from(SOME_NUMBER)) };
        }
        match value {
            Value::String(_, own) => self.replace_text(own, &mut probed),
            Value::Null(_) => self.add(&[], &mut probed),
            Value::Number(..) => {
                self.attempt_all(&mut probed, other_numbers(value, &self.likely()));
            }
            _ => self.attempt_all(&mut probed, replacement(value)),
        }
        probed
    }

    /// Tries other texts in the place of one: something made up, and what the policy holds that
    /// against.
    fn replace_text(&mut self, own: &str, probed: &mut Probed) {
        let mut watched = self.mark(probed, Change::Replace, Effect::Arbitrary);
        let flag = own.split_once('=').map(|(flag, _)| flag);
        if let Some(flag) = flag.filter(|_| probed.effect < Effect::Arbitrary) {
            let of_flag = |fresh: &str| Value::string(format!("{flag}={fresh}"));
            let all = of_flag(&self.all_of_flag());
            self.attempt(probed, Change::Replace(all), Effect::Literal);
            let fresh = |_| Change::Replace(of_flag(FRESH).with_node(NodeId::PUT));
            let further = self.mark(probed, fresh, Effect::Arbitrary);
            watched.is_asked |= further.is_asked;
            watched.held.extend(further.held);
        }
        // What is of another kind is another matter.
        if probed.effect >= Effect::Arbitrary || matches!(self.field, "kind" | "apiVersion") {
            return;
        }
        let literals = self.asked(&watched);
        // What is only compared as a whole need not be looked for in parts.
        let is_whole = |text: &Value| {
            let held = watched.held.iter().find(|held| held.value == *text);
            held.is_some_and(|held| !held.in_part)
        };
        for literal in &literals {
            let Some(text) = literal.as_str().filter(|text| *text != own) else { continue };
            let forms = match flag {
                Some(flag) => {
                    vec![text.to_owned(), format!("{flag}={text}"), format!("{own},{text}")]
                }
                None if is_whole(literal) => vec![text.to_owned()],
                None => vec![text.to_owned(), format!("{text}{FRESH}"), format!("{FRESH}{text}")],
            };
            let forms = forms.into_iter().map(|form| (Value::string(form), Effect::Literal));
            self.attempt_all(probed, forms);
            if probed.effect > Effect::Removed {
                return;
            }
        }
    }

    /// Whether another text that stands in the input makes the violation go.
    pub(super) fn refer(mut self, own: &Value, texts: &[Value], probed: &mut Probed) {
        let watched = self.mark(probed, Change::Replace, Effect::Arbitrary);
        let is_held = |text: &&Value| watched.held.iter().any(|held| held.value == **text);
        for text in texts.iter().filter(is_held) {
            // With the name of another one, that one's message says the same.
            if let (Some(own), Some(text)) = (own.as_str(), text.as_str())
                && self.case.others.contains(&*self.case.message.replace(own, text))
            {
                continue;
            }
            self.attempt(probed, Change::Replace(text.clone()), Effect::Literal);
            if probed.effect > Effect::Removed {
                return;
            }
        }
    }

    /// All that a flag may want, as it has it.
    pub(super) fn all_of_flag(&self) -> String {
        let all = self.literals.all.iter().filter_map(Value::as_str);
        all.filter(|text| !text.starts_with('-')).collect::<Vec<_>>().join(",")
    }

    /// Whether the violation goes with any other number: what is compared with this one says
    /// nothing of what it should be.
    fn is_any_other_number(&mut self, value: &Value) -> bool {
        let others = [Value::from(SOME_NUMBER), Value::from(-1)];
        let mut is_gone = |other: &Value| {
            let change = Change::Replace(other.clone());
            self.case.probe(self.input, self.way, &change) == Some(Outcome::Gone)
        };
        value.as_number().is_some() && !others.contains(value) && others.iter().all(&mut is_gone)
    }

    /// The literals of the policy that a text was held against, those that the message names first.
    /// Where it was asked of what was made of the text, and nothing tells what, those that are likely.
    pub(super) fn asked(&self, watched: &Watched) -> Vec<Value> {
        let is_literal = |value: &Value| {
            let is_of_policy = !value.node().is_of_input() || self.literals.all.contains(value);
            is_of_policy && !value.as_str().is_some_and(|text| text.is_empty() || is_prose(text))
        };
        let held = watched.held.iter().map(|held| &held.value);
        let held = held.filter(|value| is_literal(value)).cloned();
        let (mut asked, others): (Vec<_>, Vec<_>) = held.partition(|value| self.is_named(value));
        asked.extend(others);
        if asked.is_empty() && watched.is_asked {
            return self.likely();
        }
        asked.truncate(LITERALS);
        asked
    }

    /// The literals to try: first what the field is compared with, and what the message names.
    pub(super) fn likely(&self) -> Vec<Value> {
        let mut likely: Vec<Value> = Vec::new();
        let own = self.literals.of_field(self.field).iter().take(OWN).cloned();
        let named = self.case.named.get_or_init(|| {
            self.literals.all.iter().filter(|value| self.is_named(value)).take(4).cloned().collect()
        });
        for literal in own.chain(named.iter().cloned()).chain(self.literals.all.iter().cloned()) {
            if likely.len() == LITERALS {
                break;
            }
            if !likely.contains(&literal) {
                likely.push(literal);
            }
        }
        likely
    }

    /// Whether the message names a text.
    fn is_named(&self, value: &Value) -> bool {
        value.as_str().is_some_and(|text| text.len() > 2 && self.case.words.name(text))
    }

    /// Puts the text [`FRESH`] somewhere, and tells what becomes of it.
    pub(super) fn mark(
        &mut self,
        probed: &mut Probed,
        change: impl FnOnce(Value) -> Change,
        effect: Effect,
    ) -> Watched {
        let change = change(Value::string(FRESH).with_node(NodeId::PUT));
        let watched =
            changed(self.input, self.way, &change).and_then(|input| self.case.watch(input));
        let Some((outcome, watched)) = watched else { return Watched::default() };
        probed.note(outcome, change, effect);
        watched
    }

    /// Tries one value after another in the place of what is there, until one has an effect.
    fn attempt_all(&mut self, probed: &mut Probed, all: impl IntoIterator<Item = (Value, Effect)>) {
        let all = all.into_iter().map(|(value, effect)| (Change::Replace(value), effect));
        self.try_all(probed, all);
    }

    /// Tries one change after another, until one has an effect.
    pub(super) fn try_all(
        &mut self,
        probed: &mut Probed,
        all: impl IntoIterator<Item = (Change, Effect)>,
    ) {
        for (change, effect) in all {
            self.attempt(probed, change, effect);
            if probed.effect > Effect::Removed {
                return;
            }
        }
    }

    pub(super) fn attempt(&mut self, probed: &mut Probed, change: Change, effect: Effect) {
        if let Some(outcome) = self.case.probe(self.input, self.way, &change) {
            probed.note(outcome, change, effect);
        }
    }
}

/// Whether something of a value was made up.
pub(super) fn is_made_up(value: &Value) -> bool {
    match value {
        Value::String(_, text) => text.contains(FRESH),
        Value::Array(_, items) | Value::Set(_, items) => items.iter().any(is_made_up),
        Value::Object(_, fields) => {
            fields.iter().any(|(key, value)| is_made_up(key) || is_made_up(value))
        }
        _ => false,
    }
}

/// The numbers that may stand in the place of one.
fn other_numbers(value: &Value, literals: &[Value]) -> Vec<(Value, Effect)> {
    let numbers = literals.iter().filter(|literal| literal.as_number().is_some());
    let mut all: Vec<_> = numbers.map(|number| (number.clone(), Effect::Literal)).collect();
    for other in [0, 1, SOME_NUMBER, -1] {
        all.push((Value::from(other), Effect::Arbitrary));
    }
    all.retain(|(other, _)| other != value);
    all
}

/// What may stand in the place of a value that is no text and no number.
fn replacement(value: &Value) -> Option<(Value, Effect)> {
    match value {
        Value::Bool(_, truth) => Some((Value::bool(!truth), Effect::Flipped)),
        Value::Array(..) => Some((Value::array(Vec::new()), Effect::Removed)),
        Value::Object(..) => Some((Value::record([]), Effect::Removed)),
        _ => None,
    }
}
