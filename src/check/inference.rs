//! Places for violations that name none.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{Clock, Program, RuleResult};
use crate::gatekeeper::Question;
use crate::locate::infer::{Finder, Inferred};
use crate::manifest::Node;
use crate::policy::{EntryPoint, Policy};

/// How many evaluations the violations of one text may take together. Those that come after have
/// the place of their resource.
const MOST: usize = 200_000;

/// What it took to work out the place of a violation.
#[derive(Clone, Debug)]
pub struct Effort {
    /// The policy.
    pub policy: Arc<Policy>,
    /// How often it was asked about a changed input.
    pub evaluations: usize,
    /// How long all of it took.
    pub time: Duration,
}

/// Someone who wants to know what working out places takes.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Effort) + Send + Sync>);

impl Observer {
    /// Calls `told` for each violation, from any thread.
    pub fn new(told: impl Fn(&Effort) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// Whether places are worked out for violations that name none.
#[derive(Clone, Debug, Default)]
pub enum Inference {
    /// They are.
    #[default]
    Wanted,
    /// They are, and someone is told what it takes.
    Observed(Observer),
    /// They are not: such a violation has the place of its resource.
    Unwanted,
}

/// What is left for the present text, while no places are worked out.
#[derive(Debug)]
pub(super) struct Paused {
    left: usize,
}

/// Works out places for one thread.
#[derive(Debug)]
pub(super) struct Places<'p> {
    inference: &'p Inference,
    program: &'p Program,
    rules: Option<Finder>,
    /// By the templates of Gatekeeper's constraints.
    templates: HashMap<usize, Finder>,
    /// Whether the rules' finder has the present input.
    is_set: bool,
    /// How many evaluations are left for the present text.
    left: usize,
    clock: Option<Clock>,
    /// The ids of policies whose violations are to have places; none for all.
    only: Option<Arc<BTreeSet<String>>>,
}

impl<'p> Places<'p> {
    pub(super) fn new(inference: &'p Inference, program: &'p Program) -> Self {
        let templates = HashMap::new();
        Self {
            inference,
            program,
            rules: None,
            templates,
            is_set: false,
            left: MOST,
            clock: None,
            only: None,
        }
    }

    /// What follows is about another text.
    pub(super) fn begin_text(&mut self) {
        self.left = MOST;
    }

    /// Only violations of these policies have their places worked out from here on; of all, where
    /// none are named.
    pub(super) fn only(&mut self, ids: Option<Arc<BTreeSet<String>>>) {
        self.only = ids;
    }

    /// What follows is asked at a time of its own. No place is worked out once that is over.
    pub(super) fn set_clock(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// Whether the time for working out places is over.
    pub(super) fn is_late(&self) -> bool {
        let until = self.clock.and_then(|clock| clock.until);
        until.is_some_and(|until| Instant::now() > until)
    }

    /// What is found from here on has the place of its resource, and takes no time here.
    pub(super) fn pause(&mut self) -> Paused {
        Paused { left: std::mem::take(&mut self.left) }
    }

    /// Goes on as before.
    pub(super) fn resume(&mut self, paused: Paused) {
        self.left = paused.left;
    }

    /// What follows is about another input.
    pub(super) fn begin_input(&mut self) {
        self.is_set = false;
    }

    /// The causes of a violation by a policy in a Rego file, as paths of the input.
    pub(super) fn causes(
        &mut self,
        entry: &EntryPoint,
        result: &RuleResult,
        input: &Node,
        file: &str,
    ) -> Inferred {
        self.observed(&result.policy, |places| {
            let finder = places.rules.get_or_insert_with(|| Finder::new(places.program));
            if !places.is_set {
                places.clock.into_iter().for_each(|clock| finder.set_clock(clock));
                finder.set_input(input, file);
                places.is_set = true;
            }
            finder.causes(entry, &result.policy, result)
        })
    }

    /// The same for a violation of one of Gatekeeper's constraints.
    pub(super) fn causes_in_template(
        &mut self,
        question: &Question<'_>,
        result: &RuleResult,
    ) -> Inferred {
        let Question { template, entry, program, input } = question;
        let Some(policy) = entry.policies.first() else { return Inferred::default() };
        self.observed(&result.policy, |places| {
            let finder = places.templates.entry(*template).or_insert_with(|| Finder::new(program));
            places.clock.into_iter().for_each(|clock| finder.set_clock(clock));
            finder.set_value(input);
            finder.causes(entry, policy, result)
        })
    }

    fn observed(
        &mut self,
        policy: &Arc<Policy>,
        find: impl FnOnce(&mut Self) -> Inferred,
    ) -> Inferred {
        let is_left_out = self.only.as_ref().is_some_and(|ids| !ids.contains(&policy.id));
        if matches!(self.inference, Inference::Unwanted) || is_left_out {
            return Inferred::default();
        }
        if self.left == 0 || self.is_late() {
            return Inferred::nothing_left();
        }
        let started = match self.inference {
            Inference::Observed(_) => Some(Instant::now()),
            _ => None,
        };
        let inferred = find(self);
        let evaluations = inferred.evaluations;
        self.left = self.left.saturating_sub(evaluations);
        if let (Inference::Observed(observer), Some(started)) = (self.inference, started) {
            let policy = Arc::clone(policy);
            (observer.0)(&Effort { policy, evaluations, time: started.elapsed() });
        }
        inferred
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::judge::Judgement;
    use crate::check::run::Run;
    use crate::check::{Checker, Finding};
    use crate::manifest::{self, Format, ReadLimits};
    use crate::policy::Loader;
    use crate::source::SourceText;

    /// What is found in a pod by a policy that names no place.
    fn found(spent: bool) -> Finding {
        let rego = "package p\ndeny contains \"privileged\" if input.spec.privileged";
        let policies = Loader::new().policy_text("p.rego", rego).load().unwrap();
        let checker = Checker::new(policies).unwrap();
        let run = Run::new(&checker, &[], &mut Vec::new()).unwrap();
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {privileged: true}\n";
        let text = Arc::new(SourceText::new("a.yaml", text));
        let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
        let manifest = reading.manifests.into_iter().map(Arc::new).next().unwrap();
        let resource = manifest::resources(&manifest).unwrap().remove(0);
        let mut judge = run.judge();
        if spent {
            judge.places.pause();
        }
        let mut judgement = Judgement::default();
        run.judge_resource(&resource, &mut judge, &mut judgement);
        judgement.findings.remove(0)
    }

    #[test]
    fn where_nothing_may_be_spent_any_more_the_place_says_so() {
        let label = |finding: &Finding| finding.place.as_ref().unwrap().label(&finding.message);
        let near = found(false);
        assert!(!near.place.as_ref().unwrap().bounded);
        assert_eq!(near.location().unwrap().path, "/spec/privileged");
        let far = found(true);
        assert!(far.place.as_ref().unwrap().bounded && far.location().unwrap().bounded);
        assert_eq!(
            label(&far).unwrap(),
            "in this resource; where exactly would take too long to find out"
        );
    }
}
