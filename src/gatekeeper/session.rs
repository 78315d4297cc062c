//! Reviewing objects by the constraints that are in force at an enforcement point.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::value::Value;
use crate::engine::{Clock, Coverage, Evaluator, Program, Recording, RuleResult};
use crate::manifest::Node;
use crate::policy::{EntryPoint, Level, Policy};
use crate::rego::{PolicyError, PolicyErrors};

use super::expansion::{Expansions, Made, NothingToMakeOf};
use super::inventory::{World, object};
use super::matching::{Matcher, Subject, UnknownNamespace};
use super::review::Review;
use super::{Constraints, WEBHOOK};

/// Constraints among the objects of a run. Shared by all threads; each takes a [`Reviewer`].
#[derive(Debug)]
pub struct Session {
    programs: Vec<(EntryPoint, Program)>,
    active: Vec<Active>,
    expansions: Expansions,
    world: World,
}

/// A constraint that is in force.
#[derive(Debug)]
struct Active {
    template: usize,
    /// The operations that it is asked about; empty for all.
    operations: Vec<String>,
    parameters: Value,
    matcher: Matcher,
    policy: Arc<Policy>,
    /// The same with the levels that expansions ask for.
    others: Vec<Arc<Policy>>,
}

impl Active {
    fn takes(&self, operation: &str) -> bool {
        let is_it = |known: &String| known == "*" || known == operation;
        self.operations.is_empty() || self.operations.iter().any(is_it)
    }

    /// What its template's rule sees of an object.
    fn input(&self, review: &Review) -> Value {
        let (parameters, review) = (self.parameters.clone(), review.value.clone());
        object([("parameters", parameters), ("review", review)])
    }

    fn policy_at(&self, level: Option<Level>) -> &Arc<Policy> {
        let is_it = |policy: &&Arc<Policy>| level.is_some_and(|level| policy.level == level);
        self.others.iter().find(is_it).unwrap_or(&self.policy)
    }
}

/// What the review of an object gave.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// The violations, each with the constraint as its policy, in the order of constraints.
    pub violations: Vec<RuleResult>,
    /// Constraints that could not be evaluated.
    pub errors: Vec<PolicyError>,
    /// Constraints that select namespaces by labels, where those of the object's namespace are not
    /// known: the constraint, and the namespace.
    pub unknown: Vec<(Arc<Policy>, String)>,
}

/// What a constraint asked about an object.
#[derive(Debug)]
pub struct Question<'s> {
    /// Which template.
    pub template: usize,
    /// Its rule.
    pub entry: &'s EntryPoint,
    /// What that is compiled to.
    pub program: &'s Program,
    /// What it was asked about.
    pub input: Value,
}

impl Session {
    pub(super) fn new(
        constraints: &Constraints,
        mut world: World,
        point: &str,
    ) -> Result<Self, PolicyErrors> {
        let is_webhook = point == WEBHOOK;
        world.operation = if is_webhook { "CREATE" } else { "" };
        let reads = constraints.reads_inventory();
        let inventory = if reads { world.inventory() } else { Value::NULL };
        let mut programs = Vec::new();
        for template in &constraints.templates {
            programs.push((template.entry.clone(), template.with_inventory(&inventory)?));
        }
        let expansions = constraints.expansions.clone();
        let levels: BTreeSet<Level> = expansions.levels().collect();
        let active = constraints.each.iter().filter_map(|constraint| {
            let level = constraint.enforcement.at(point)?;
            let template = &constraints.templates[constraint.template];
            let others = levels.iter().filter(|other| **other != level);
            Some(Active {
                template: constraint.template,
                operations: if is_webhook { template.operations.clone() } else { Vec::new() },
                parameters: constraint.parameters.clone(),
                matcher: constraint.matcher.clone(),
                policy: constraint.policy_at(level),
                others: others.map(|level| constraint.policy_at(*level)).collect(),
            })
        });
        Ok(Self { active: active.collect(), programs, expansions, world })
    }

    /// What the constraint `policy` asked in a review.
    pub fn question(&self, policy: &Arc<Policy>, review: &Review) -> Option<Question<'_>> {
        let is_it = |active: &&Active| {
            let mut own = [&active.policy].into_iter().chain(&active.others);
            own.any(|own| Arc::ptr_eq(own, policy))
        };
        let active = self.active.iter().find(is_it)?;
        let (entry, program) = self.programs.get(active.template)?;
        let input = active.input(review);
        Some(Question { template: active.template, entry, program, input })
    }

    /// The objects that constraints know of.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The constraints that are in force, as policies: for each level that their violations may
    /// have.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.active.iter().flat_map(|active| [&active.policy].into_iter().chain(&active.others))
    }

    /// Whether expansion templates say what controllers make.
    pub fn expands(&self) -> bool {
        !self.expansions.is_empty()
    }

    /// What an object makes as expansion templates have it, and what that makes in turn.
    ///
    /// # Errors
    ///
    /// If it lacks what others are made of.
    pub fn made_of(&self, object: &Node) -> Result<Vec<Made>, NothingToMakeOf> {
        self.expansions.made_of(object)
    }

    /// A reviewer for one thread.
    pub fn reviewer(&self) -> Reviewer<'_> {
        let evaluators = self.programs.iter().map(|_| None).collect();
        let recordings = self.programs.iter().map(|_| Recording::default()).collect();
        Reviewer { session: self, evaluators, recordings, clock: None }
    }
}

/// Reviews one object after another.
#[derive(Debug)]
pub struct Reviewer<'s> {
    session: &'s Session,
    /// By template; made when first asked for.
    evaluators: Vec<Option<Evaluator>>,
    /// By template: what was recorded, where programs were compiled to record.
    recordings: Vec<Recording>,
    clock: Option<Clock>,
}

impl<'s> Reviewer<'s> {
    /// What reviews are made in.
    pub fn session(&self) -> &'s Session {
        self.session
    }

    /// Sets the time for what is reviewed from here on.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// Whether no constraint is in force.
    pub fn is_idle(&self) -> bool {
        self.session.active.is_empty()
    }

    /// Reviews an object by every constraint that matches it.
    pub fn review(&mut self, review: &Review) -> Reviewed {
        self.review_by(review, None, |_| true)
    }

    /// Reviews an object that an expansion template says will be made; `level` is what its
    /// violations ask for, where the template says.
    pub fn review_made(&mut self, review: &Review, level: Option<Level>) -> Reviewed {
        self.review_by(review, level, |_| true)
    }

    /// Reviews the pod that a controller will make, by the constraints that ask for Pods and don't
    /// see the controller itself.
    pub fn review_pod(&mut self, pod: &Review, controller: &Review) -> Reviewed {
        self.review_by(pod, None, |active| {
            let sees = |kind: &Subject| active.matcher.matches_kind(kind);
            active.matcher.asks_for_pods() && !controller.subjects.iter().any(sees)
        })
    }

    /// Takes which lines of the templates were evaluated since it was last asked, where programs
    /// were compiled to tell.
    pub fn take_coverage(&mut self) -> Coverage {
        let mut coverage = Coverage::default();
        for ((_, program), recording) in self.session.programs.iter().zip(&mut self.recordings) {
            coverage.add(&program.coverage(&std::mem::take(recording), |_| true));
        }
        coverage
    }

    fn review_by(
        &mut self,
        review: &Review,
        level: Option<Level>,
        asks: impl Fn(&Active) -> bool,
    ) -> Reviewed {
        let session = self.session;
        let mut reviewed = Reviewed::default();
        let namespace = session.world.namespace(&review.namespace);
        let namespace = namespace.as_deref();
        let asked = |active: &&Active| active.takes(&review.operation) && asks(active);
        for active in session.active.iter().filter(asked) {
            let mut matches = review
                .subjects
                .iter()
                .map(|subject| active.matcher.matches(subject, namespace, review.source));
            match matches.try_fold(false, |any, matches| matches.map(|matches| any || matches)) {
                Ok(false) => {}
                Ok(true) => match self.evaluate(active, level, review) {
                    Ok(results) => reviewed.violations.extend(results),
                    Err(error) => reviewed.errors.push(error),
                },
                Err(UnknownNamespace(name)) => {
                    reviewed.unknown.push((Arc::clone(&active.policy), name));
                }
            }
        }
        reviewed
    }

    fn evaluate(
        &mut self,
        active: &Active,
        level: Option<Level>,
        review: &Review,
    ) -> Result<Vec<RuleResult>, PolicyError> {
        let (entry, program) = &self.session.programs[active.template];
        let evaluator = self.evaluators[active.template].get_or_insert_with(|| program.evaluator());
        self.clock.into_iter().for_each(|clock| evaluator.set_clock(clock));
        evaluator.set_value(Some(active.input(review)));
        let outcome = evaluator.evaluate(entry);
        if let Some(more) = evaluator.take_recording() {
            self.recordings[active.template].add(more);
        }
        let outcome = outcome?;
        // As in Gatekeeper, the message and the details are all that tells two violations apart.
        let mut told = BTreeSet::new();
        let mut results = Vec::new();
        for result in outcome.results {
            let field = |name: &str| result.value.field(name).cloned();
            let Some(message) = field("msg").filter(|message| message.as_str().is_some()) else {
                return Err(PolicyError::at(
                    format!("a violation of {} has no text under `msg`", active.policy.id),
                    &entry.policies[0].source,
                    entry.policies[0].span,
                )
                .with_help("Gatekeeper reports `{\"msg\": ..}` alone, and drops the others"));
            };
            if told.insert((message, field("details"))) {
                results.push(RuleResult { policy: Arc::clone(active.policy_at(level)), ..result });
            }
        }
        Ok(results)
    }
}
