//! Places for violations that name none.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{Program, RuleResult};
use crate::gatekeeper::Question;
use crate::locate::infer::{Cause, Finder, Inferred};
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
}

impl<'p> Places<'p> {
    pub(super) fn new(inference: &'p Inference, program: &'p Program) -> Self {
        let templates = HashMap::new();
        Self { inference, program, rules: None, templates, is_set: false, left: MOST }
    }

    /// What follows is about another text.
    pub(super) fn begin_text(&mut self) {
        self.left = MOST;
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
    ) -> Vec<Cause> {
        self.observed(&result.policy, |places| {
            let finder = places.rules.get_or_insert_with(|| Finder::new(places.program));
            if !places.is_set {
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
    ) -> Vec<Cause> {
        let Question { template, entry, program, input } = question;
        let Some(policy) = entry.policies.first() else { return Vec::new() };
        self.observed(&result.policy, |places| {
            let finder = places.templates.entry(*template).or_insert_with(|| Finder::new(program));
            finder.set_value(input);
            finder.causes(entry, policy, result)
        })
    }

    fn observed(
        &mut self,
        policy: &Arc<Policy>,
        find: impl FnOnce(&mut Self) -> Inferred,
    ) -> Vec<Cause> {
        if self.left == 0 || matches!(self.inference, Inference::Unwanted) {
            return Vec::new();
        }
        let started = match self.inference {
            Inference::Observed(_) => Some(Instant::now()),
            _ => None,
        };
        let Inferred { causes, evaluations } = find(self);
        self.left = self.left.saturating_sub(evaluations);
        if let (Inference::Observed(observer), Some(started)) = (self.inference, started) {
            let policy = Arc::clone(policy);
            (observer.0)(&Effort { policy, evaluations, time: started.elapsed() });
        }
        causes
    }
}
