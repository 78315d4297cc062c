//! Adding what is not there: a field, an element of a list, an entry of a map.

use crate::engine::value::{NodeId, Value};
use crate::engine::{Change, Watched, changed};

use super::case::Outcome;
use super::probe::{BOOLEANS, Effect, FRESH, OWN, Probe, Probed, SOME_NUMBER};
use super::spot::at;

impl Probe<'_, '_> {
    /// Tries what may stand where keys lead nowhere.
    pub(super) fn add(&mut self, keys: &[Value], probed: &mut Probed) {
        let truths = [true, false].map(|truth| (Value::bool(truth), Effect::Flipped));
        let adds = |all: Vec<(Value, Effect)>| {
            all.into_iter().map(|(value, effect)| (add(keys, value), effect))
        };
        if keys.last().and_then(Value::as_str).is_some_and(|key| BOOLEANS.contains(&key)) {
            self.try_all(probed, adds(truths.to_vec()));
            if probed.effect == Effect::Flipped {
                return;
            }
        }
        // What any value does is no matter of truth.
        let watched = self.mark(probed, |fresh| add(keys, fresh), Effect::Arbitrary);
        if probed.effect > Effect::Removed {
            // Where something is looked for in it, it is to be a block, and a text only in the way.
            let block = add(keys, Value::record([]));
            if watched.is_entered
                && self.case.probe(self.input, self.way, &block) == Some(Outcome::Same)
            {
                *probed = Probed::NOTHING;
            }
            return;
        }
        let asked = self.asked(&watched);
        let mut all = Vec::new();
        if watched.is_asked || watched.is_tested || !asked.is_empty() {
            all.extend(truths);
        }
        let of_policy = asked.into_iter().filter(|literal| literal.as_bool().is_none());
        all.extend(of_policy.map(|literal| (literal, Effect::Literal)));
        if !watched.held.is_empty() || watched.is_typed {
            all.push((Value::from(SOME_NUMBER), Effect::Arbitrary));
        }
        self.try_all(probed, adds(all));
        if probed.effect > Effect::Removed
            || !(watched.is_entered || watched.is_asked || watched.is_typed)
        {
            return;
        }
        if watched.is_typed {
            let block = Value::record([(FRESH, Value::string(FRESH))]);
            self.attempt(probed, add(keys, block), Effect::Arbitrary);
        }
        let list = |one: Value| Value::array(vec![one]).with_node(NodeId::PUT);
        let watched = self.mark(probed, |fresh| add(keys, list(fresh)), Effect::Arbitrary);
        if probed.effect > Effect::Removed {
            return;
        }
        let lists = self.asked(&watched).into_iter().take(OWN);
        let lists = lists.map(|one| (Value::array(vec![one]), Effect::Literal));
        self.try_all(probed, adds(lists.collect()));
    }

    /// What adding an element to a list of so many does, if anything.
    pub(super) fn append(mut self, length: usize) -> Option<Probed> {
        let end = [Value::from(length)];
        let mut probed = Probed::NOTHING;
        let watched = self.mark(&mut probed, |fresh| add(&end, fresh), Effect::Arbitrary);
        // What any element does says nothing of the list.
        if probed.effect > Effect::Quoted {
            return None;
        }
        let asked = self.asked(&watched);
        let texts = asked.iter().filter_map(Value::as_str);
        let (flags, others): (Vec<_>, Vec<_>) = texts.partition(|text| text.starts_with('-'));
        let name = |flag: &str| flag.trim_end_matches('=').to_owned();
        for text in flags.iter().chain(&others) {
            let mut forms = vec![(*text).to_owned()];
            if text.starts_with('-') {
                let values = [FRESH, "true", "false"];
                forms.extend(values.map(|value| format!("{}={value}", name(text))));
            }
            let forms = forms.into_iter().map(Value::string);
            self.try_all(&mut probed, forms.map(|form| (add(&end, form), Effect::Literal)));
            if probed.effect > Effect::Quoted {
                return Some(probed);
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

    /// What adding a map with one entry does where keys are missing: the key that had an effect, and
    /// that. None, where any entry does.
    pub(super) fn below(
        mut self,
        missing: &[Value],
        probed: &mut Probed,
    ) -> Option<(Value, Probed)> {
        let entry = |fresh: Value| Value::record([(FRESH, fresh)]).with_node(NodeId::PUT);
        let watched = self.mark(probed, |fresh| add(missing, entry(fresh)), Effect::Arbitrary);
        if probed.effect > Effect::Quoted {
            return None;
        }
        let keys = |key: &Value| missing.iter().cloned().chain([key.clone()]).collect::<Vec<_>>();
        self.entered(&watched, |key| vec![add(&keys(key), Value::string(FRESH))])
    }

    /// What adding an entry to an object does whose entries are gone through: the key that had an
    /// effect, and that.
    pub(super) fn enter(mut self) -> Option<(Value, Probed)> {
        let mut probed = Probed::NOTHING;
        let entry = |fresh| add(&[Value::string(FRESH)], fresh);
        let watched = self.mark(&mut probed, entry, Effect::Arbitrary);
        if probed.effect != Effect::None {
            return None;
        }
        let values = || [Value::string(FRESH), Value::bool(true)];
        let here = at(self.input, self.way);
        let is_new = |key: &Value| here.is_some_and(|here| here.get(key).is_none());
        self.entered(&watched, |key| {
            if !is_new(key) {
                return Vec::new();
            }
            values().map(|value| add(std::slice::from_ref(key), value)).to_vec()
        })
    }

    /// The first of the keys that were asked for with which a change makes the violation go.
    fn entered(
        &mut self,
        watched: &Watched,
        changes: impl Fn(&Value) -> Vec<Change>,
    ) -> Option<(Value, Probed)> {
        let mut probed = Probed::NOTHING;
        let texts = self.asked(watched).into_iter().filter(|literal| literal.as_str().is_some());
        for key in texts.take(OWN) {
            let changes = changes(&key).into_iter();
            self.try_all(&mut probed, changes.map(|change| (change, Effect::Literal)));
            if probed.effect > Effect::Quoted {
                return Some((key, probed));
            }
        }
        None
    }
}

fn add(keys: &[Value], value: Value) -> Change {
    Change::Add(keys.to_vec(), value)
}
