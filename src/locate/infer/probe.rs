//! Changing a candidate in every way that may make the violation go.

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Literals, changed};

use super::case::{Case, Outcome};

/// A text that no policy knows.
pub(super) const FRESH: &str = "zz-other-0";
/// A number that hardly any policy knows.
const SOME_NUMBER: i64 = 10_001;

/// How many literals are tried: of those that the field is compared with, and in all.
const OWN: usize = 10;
const LITERALS: usize = 20;
/// How many of them are tried as elements of a list.
const TEXTS: usize = 24;

/// Fields of Kubernetes that are true or false and nothing else.
const BOOLEANS: [&str; 20] = [
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
        let all = self.all_of_flag();
        for (new, effect) in replacements(value, &self.likely(), &all) {
            self.attempt(&mut probed, Change::Replace(new), effect);
            if probed.effect > Effect::Removed {
                break;
            }
        }
        probed
    }

    /// What adding an element to a list of so many does, if anything.
    pub(super) fn append(mut self, length: usize) -> Option<Probed> {
        // What any element does says nothing of the list.
        if self.outcome_of_any(&[Value::from(length)])? == Outcome::Gone {
            return None;
        }
        let end = [Value::from(length)];
        let mut probed = Probed::NOTHING;
        let texts = self.literals.all.iter().filter_map(Value::as_str);
        let (mut texts, others): (Vec<_>, Vec<_>) = texts.partition(|text| text.starts_with('-'));
        texts.truncate(TEXTS);
        let flags = texts.clone();
        texts.extend(others);
        texts.truncate(TEXTS);
        let name = |flag: &str| flag.trim_end_matches('=').to_owned();
        for text in &texts {
            let mut forms = vec![(*text).to_owned()];
            if text.starts_with('-') {
                let values = [FRESH, "true", "false"];
                forms.extend(values.map(|value| format!("{}={value}", name(text))));
            }
            for form in forms {
                self.attempt(&mut probed, add(&end, Value::string(form)), Effect::Literal);
                if probed.effect > Effect::Quoted {
                    return Some(probed);
                }
            }
        }
        // One flag may want all the others.
        let all = self.all_of_flag();
        for flag in &flags {
            let form = Value::string(format!("{}={all}", name(flag)));
            self.attempt(&mut probed, add(&end, form), Effect::Literal);
            if probed.effect > Effect::Quoted {
                return Some(probed);
            }
        }
        // Several may be wanted at once.
        let forms = flags.iter().map(|flag| Value::string(format!("{}={FRESH}", name(flag))));
        let mut input = self.input.clone();
        for (at, form) in forms.enumerate() {
            input = changed(&input, self.way, &add(&[Value::from(length + at)], form))?;
        }
        let gone = flags.len() > 1 && self.case.outcome(input) == Some(Outcome::Gone);
        gone.then_some(Probed { effect: Effect::Literal, value: None })
    }

    /// What adding a map with one entry does where keys are missing: the key that had an effect,
    /// and that.
    pub(super) fn below(mut self, missing: &[Value]) -> Option<(Value, Probed)> {
        let mut probed = Probed::NOTHING;
        let texts: Vec<_> =
            self.likely().into_iter().filter(|literal| literal.as_str().is_some()).collect();
        for key in texts.into_iter().take(OWN) {
            let keys: Vec<_> = missing.iter().cloned().chain([key.clone()]).collect();
            self.attempt(&mut probed, add(&keys, Value::string(FRESH)), Effect::Literal);
            if probed.effect > Effect::Quoted {
                return Some((key, probed));
            }
        }
        None
    }

    /// What adding an entry to an object does whose entries are gone through: the key that had an
    /// effect, and that.
    pub(super) fn enter(mut self) -> Option<(Value, Probed)> {
        if self.outcome_of_any(&[Value::string(FRESH)])? != Outcome::Same {
            return None;
        }
        let mut probed = Probed::NOTHING;
        let literals = self.literals;
        let texts = literals.all.iter().filter(|literal| literal.as_str().is_some());
        for key in texts.take(OWN) {
            for value in [Value::string(FRESH), Value::bool(true)] {
                let change = add(std::slice::from_ref(key), value);
                self.attempt(&mut probed, change, Effect::Literal);
                if probed.effect > Effect::Quoted {
                    return Some((key.clone(), probed));
                }
            }
        }
        None
    }

    /// Whether another text that stands in the input makes the violation go.
    pub(super) fn refer(mut self, own: &Value, texts: &[Value], probed: &mut Probed) {
        for text in texts {
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
    fn all_of_flag(&self) -> String {
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

    /// What becomes of the violation with something of no meaning where keys say.
    fn outcome_of_any(&mut self, keys: &[Value]) -> Option<Outcome> {
        self.case.probe(self.input, self.way, &add(keys, Value::string(FRESH)))
    }

    /// The literals to try: first what the field is compared with, and what the message names.
    fn likely(&self) -> Vec<Value> {
        let mut likely: Vec<Value> = Vec::new();
        let own = self.literals.of_field(self.field).iter().take(OWN).cloned();
        for literal in own.chain(self.named()).chain(self.literals.all.iter().cloned()) {
            if likely.len() < LITERALS && !likely.contains(&literal) {
                likely.push(literal);
            }
        }
        likely
    }

    /// Texts of the policy that the message names.
    fn named(&self) -> Vec<Value> {
        let is_named = |value: &&Value| {
            value.as_str().is_some_and(|text| text.len() > 2 && self.case.words.name(text))
        };
        self.literals.all.iter().filter(is_named).take(4).cloned().collect()
    }

    fn add(&mut self, keys: &[Value], probed: &mut Probed) {
        if keys.last().and_then(Value::as_str).is_some_and(|key| BOOLEANS.contains(&key)) {
            for truth in [true, false] {
                self.attempt(probed, add(keys, Value::bool(truth)), Effect::Flipped);
                if probed.effect == Effect::Flipped {
                    return;
                }
            }
        }
        // What any value does is no matter of truth.
        self.attempt(probed, add(keys, Value::string(FRESH)), Effect::Arbitrary);
        if probed.effect == Effect::Arbitrary {
            return;
        }
        for (new, effect) in additions(&self.likely(), self.named()) {
            self.attempt(probed, add(keys, new), effect);
            if probed.effect > Effect::Removed {
                return;
            }
        }
    }

    fn attempt(&mut self, probed: &mut Probed, change: Change, effect: Effect) -> Option<Outcome> {
        let outcome = self.case.probe(self.input, self.way, &change);
        match outcome {
            Some(Outcome::Gone) if probed.effect < effect => {
                probed.effect = effect;
                probed.value = match change {
                    Change::Remove => None,
                    Change::Replace(value) | Change::Add(_, value) => Some(value),
                };
            }
            Some(Outcome::Variant) => probed.effect = probed.effect.max(Effect::Quoted),
            _ => {}
        }
        outcome
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

fn add(keys: &[Value], value: Value) -> Change {
    Change::Add(keys.to_vec(), value)
}

/// What may stand where nothing does: also lists of what the message names.
fn additions(literals: &[Value], named: Vec<Value>) -> Vec<(Value, Effect)> {
    let mut all: Vec<_> =
        named.into_iter().map(|value| (Value::array(vec![value]), Effect::Literal)).collect();
    all.push((Value::bool(true), Effect::Flipped));
    all.push((Value::bool(false), Effect::Flipped));
    all.push((Value::from(SOME_NUMBER), Effect::Arbitrary));
    let of_policy = literals.iter().filter(|literal| literal.as_bool().is_none());
    all.extend(of_policy.map(|literal| (literal.clone(), Effect::Literal)));
    all.push((Value::array(vec![Value::string(FRESH)]), Effect::Arbitrary));
    all.push((Value::record([(FRESH, Value::string(FRESH))]), Effect::Arbitrary));
    all
}

/// What may stand in the place of a value; `all_of_flag` is what a flag may want.
fn replacements(value: &Value, literals: &[Value], all_of_flag: &str) -> Vec<(Value, Effect)> {
    match value {
        Value::Bool(_, truth) => vec![(Value::bool(!truth), Effect::Flipped)],
        Value::Number(..) => {
            let numbers = literals.iter().filter(|literal| literal.as_number().is_some());
            let mut all: Vec<_> = numbers.map(|number| (number.clone(), Effect::Literal)).collect();
            for other in [0, 1, SOME_NUMBER, -1] {
                all.push((Value::from(other), Effect::Arbitrary));
            }
            all.retain(|(other, _)| other != value);
            all
        }
        Value::String(_, own) => {
            let mut all = vec![(Value::string(FRESH), Effect::Arbitrary)];
            let flag = own.split_once('=').map(|(flag, _)| flag);
            if let Some(flag) = flag {
                all.push((Value::string(format!("{flag}={all_of_flag}")), Effect::Literal));
            }
            for text in literals.iter().filter_map(Value::as_str).filter(|text| *text != &**own) {
                let forms = match flag {
                    Some(flag) => {
                        [text.to_owned(), format!("{flag}={text}"), format!("{own},{text}")]
                    }
                    None => [text.to_owned(), format!("{text}{FRESH}"), format!("{FRESH}{text}")],
                };
                all.extend(forms.map(|form| (Value::string(form), Effect::Literal)));
            }
            all
        }
        Value::Array(..) => vec![(Value::array(Vec::new()), Effect::Removed)],
        Value::Object(..) => vec![(Value::record([]), Effect::Removed)],
        Value::Null(_) => additions(literals, Vec::new()),
        Value::Set(..) => Vec::new(),
    }
}
