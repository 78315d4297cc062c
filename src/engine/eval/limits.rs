//! What evaluations are limited by, and what is counted of it.
//!
//! The same input comes to the same end, whichever came before it. What a rule takes counts for
//! who asks for it first. Not so if it says the same of every input of a sort: it is found once,
//! and nobody can tell for which. It is limited for itself, and counts for nobody.

use std::time::{Duration, Instant};

use super::Evaluation;

/// Bounds that no evaluation passes.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Limits {
    /// Rules and functions that wait for each other.
    pub(in crate::engine) depth: usize,
    /// How long it may take.
    pub(in crate::engine) time: Duration,
    /// When all that is asked must have been answered, where somebody waits.
    pub(in crate::engine) until: Option<Instant>,
    /// How many steps it may take.
    pub(in crate::engine) steps: u64,
    /// How many members it may make.
    pub(in crate::engine) members: usize,
    /// Whether a builtin that fails ends the evaluation.
    pub(in crate::engine) strict: bool,
}

/// What is counted of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) steps: u64,
    pub(super) made: usize,
    /// Of calls that go on for long.
    pub(super) long: u64,
}

impl Spent {
    /// What was counted in between.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            steps: self.steps - before.steps,
            made: self.made - before.made,
            long: self.long - before.long,
        }
    }
}

impl Evaluation<'_> {
    /// Starts anew with what limits a single question.
    pub(in crate::engine) fn begin(&mut self) {
        self.deadline = None;
        self.steps = 0;
        self.made = 0;
        self.varies.set(false);
        self.context.begin();
    }

    /// How many steps the last question took.
    pub(in crate::engine) fn steps(&self) -> u64 {
        self.steps
    }

    /// What was counted so far.
    #[inline]
    pub(super) fn spent(&self) -> Spent {
        Spent { steps: self.steps, made: self.made, long: self.context.steps() }
    }

    #[inline]
    fn replace_spent(&mut self, spent: Spent) {
        (self.steps, self.made) = (spent.steps, spent.made);
        self.context.replace_steps(spent.long);
    }

    /// Finds out what is known from then on. Tells too whether it rests on more of the input than
    /// its sort; if not, it counts for nobody.
    #[inline]
    pub(super) fn found_once<T>(&mut self, find: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        // In another world all is found anew.
        let before = self.world.is_real.then(|| self.spent());
        if before.is_some() {
            self.replace_spent(Spent::default());
        }
        let is_told = std::mem::take(&mut self.is_told);
        let varied = self.varies.replace(false);
        let found = find(self);
        let varies = self.varies.get();
        self.varies.set(varied | varies);
        self.is_told = is_told;
        if let Some(before) = before {
            let taken = self.spent();
            self.replace_spent(before);
            if varies {
                self.adds(taken);
            }
        }
        (found, varies)
    }

    /// Counts what was counted apart. Tells whether to stop.
    fn adds(&mut self, taken: Spent) -> bool {
        let looked = self.steps / 1024;
        self.steps += taken.steps;
        self.made += taken.made;
        if self.failed() {
            return true;
        }
        if let Err(error) = self.context.add_steps(taken.long) {
            return self.fail_here(&error.message);
        }
        self.has_too_many() || (self.steps / 1024 != looked && self.is_late())
    }

    /// Counts what a call took that need not be made again. Tells whether there is room for it; if
    /// not, the call fails where it is made.
    #[inline]
    pub(super) fn takes_again(&mut self, spent: Spent) -> bool {
        if spent == Spent::default() {
            return true;
        }
        let has_room = self.steps + spent.steps <= self.limits.steps
            && self.made + spent.made <= self.limits.members
            && self.context.has_room(spent.long);
        if has_room {
            self.steps += spent.steps;
            self.made += spent.made;
            self.context.replace_steps(self.context.steps() + spent.long);
        }
        has_room
    }

    /// Counts a rule under way. Tells whether there are too many.
    pub(super) fn enter(&mut self) -> bool {
        if self.depth >= self.limits.depth {
            return self.fail_here("rules wait for each other too deeply");
        }
        self.depth += 1;
        self.tick()
    }

    /// Counts a step; now and then looks at the clock. Tells whether to stop.
    #[inline]
    pub(super) fn tick(&mut self) -> bool {
        self.steps += 1;
        self.steps.is_multiple_of(1024) && self.is_late()
    }

    /// Looks at the clock. Most evaluations are over before it is looked at for the first time.
    #[cold]
    fn is_late(&mut self) -> bool {
        let now = Instant::now();
        let late = match self.deadline {
            Some(deadline) => now > deadline,
            None => {
                self.deadline = now.checked_add(self.limits.time);
                false
            }
        };
        if self.limits.until.is_some_and(|until| now > until) {
            return self.fail_here("there was no time left to ask the rule");
        }
        if self.steps > self.limits.steps {
            let message = format!("the rule took more than {} steps", self.limits.steps);
            return self.fail_here(&message);
        }
        late && self.fail_here("the rule took longer than it may")
    }

    /// Counts a member of something that is being made. Tells whether to stop.
    #[inline]
    pub(super) fn grows(&mut self) -> bool {
        self.made += 1;
        self.has_too_many() || self.failed()
    }

    #[inline]
    fn has_too_many(&mut self) -> bool {
        if self.made > self.limits.members {
            let message = format!("the rule made more than {} members", self.limits.members);
            return self.fail_here(&message);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::{EngineLimits, Evaluator, Program};
    use crate::manifest::{Format, ReadLimits, read};
    use crate::policy::{Loader, PolicySet};
    use crate::source::SourceText;

    /// Everything that can be remembered from one input to the next, or from one rule to another.
    const REMEMBERING: &str = r#"package main

table := {sprintf("%d", [x]): x | some x in numbers.range(1, 900)}

sorted := sort([name | some name, _ in table])

walked contains path if walk({"a": [1, {"b": 2}]}, [path, _])

long := concat("", [name | some name in sorted])

pieces(text) := count(split(text, "1")) + count(regex.find_n(`[0-9]9`, text, -1))

pods contains name if {
	input.kind == "Pod"
	some name in sorted
	regex.match(`^1.*`, name)
	pieces(long) > 0
}

is_pod if input.kind == "Pod"

strange(thing) := "strange" if {
	is_pod
	count(sorted) > 10
	thing.name == "a"
}

containers contains container if some container in input.units

runs(container, program) if {
	some word in split(container.command, " ")
	word == program
}

silent contains name if {
	some container in nobody
	runs(container, "a")
	name := container.name
}

silent contains name if {
	some container in containers
	runs(container, "none")
	name := container.name
}

nobody contains container if {
	some container in [{"command": long, "name": "z"}]
	input.kind == "Pod"
}

deny contains name if {
	some container in nobody
	runs(container, "a")
	name := container.name
}

deny contains msg if {
	count(pods) >= 0
	some container in containers
	pieces(long) > 0
	msg := sprintf("%s %s %v", [container.name, strange(container), count(pods)])
}

warn contains [name, pieces(long), pieces(container.command)] if {
	some container in containers
	some name in pods
	name == container.name
}

violation contains count(walked) + pieces(input.name)

violation contains pieces(long) + count(pods) + count(containers)

violation contains found if {
	some name in ["a", "b"]
	found := [name, count(pods), count(sorted)] with input.kind as name
}

violation_silent := silent

deny_most contains count(table) if {
	most := 3 + count(input.units)
	count([x | some x in sorted; pieces(long) > most]) > 0
}
"#;

    const INPUTS: [&str; 6] = [
        "{kind: Pod, name: x1, units: [{name: a, command: a b 1}, {name: '17', command: b}]}",
        "{kind: Pod, name: y, units: [{name: '17', command: none}]}",
        "{kind: Pod, name: z, units: []}",
        "{kind: Job, name: y, units: [{name: '19', command: b}]}",
        "{kind: Job, name: '11', units: []}",
        "{units: [{name: a, command: a}], kind: [Pod], name: n}",
    ];

    /// What each rule comes to for an input, and the steps that it took.
    fn taken(evaluator: &mut Evaluator, policies: &PolicySet, input: &str) -> Vec<String> {
        let source = Arc::new(SourceText::new("m.yaml", input));
        let manifest = read(&source, Format::Manifest, &ReadLimits::default()).manifests.remove(0);
        evaluator.set_input(&manifest.root, "m.yaml");
        let entries = policies.entry_points.iter();
        let taken = entries.map(|entry| match evaluator.evaluate(entry) {
            Ok(outcome) => format!("{} in {} steps", outcome.results.len(), evaluator.steps()),
            Err(error) => format!("{}, {:?}", error.message, error.span),
        });
        taken.collect()
    }

    /// Whatever came before, an input takes what it takes alone. Gives what that is.
    fn alike(limits: EngineLimits, proofs: bool) -> Vec<Vec<String>> {
        let policies = Loader::new().policy_text("p.rego", REMEMBERING).load().unwrap();
        let program = Program::compile(&policies, limits).unwrap();
        let evaluator = || {
            let mut evaluator = program.evaluator();
            evaluator.keep_proofs(proofs);
            evaluator
        };
        let alone: Vec<_> =
            INPUTS.iter().map(|input| taken(&mut evaluator(), &policies, input)).collect();
        let mut one = evaluator();
        let mut other = evaluator();
        let orders = INPUTS.iter().zip(&alone).chain(INPUTS.iter().zip(&alone).rev());
        for (input, alone) in orders.clone() {
            assert_eq!(taken(&mut one, &policies, input), *alone, "{input}");
        }
        for (input, alone) in orders.rev().skip(1).step_by(2) {
            assert_eq!(taken(&mut other, &policies, input), *alone, "{input}");
        }
        alone
    }

    #[test]
    fn an_input_takes_the_same_whichever_came_before() {
        for proofs in [false, true] {
            let taken = alike(EngineLimits::default(), proofs);
            assert!(taken.iter().flatten().all(|taken| taken.ends_with("steps")), "{taken:?}");
            assert!(taken[0].iter().any(|taken| taken.starts_with("4 in")), "{taken:?}");
        }
    }

    #[test]
    fn the_same_limit_is_hit_whichever_came_before() {
        let mut told = std::collections::BTreeSet::new();
        for steps in [0, 1_024, 2_048, 4_096, 6_000] {
            let limits = EngineLimits { steps, ..EngineLimits::default() };
            told.extend(alike(limits, false).into_iter().flatten());
        }
        for members in [800, 1_000, 1_500, 1_900] {
            let limits = EngineLimits { members, ..EngineLimits::default() };
            told.extend(alike(limits, false).into_iter().flatten());
        }
        let says = |what: &str| told.iter().any(|told| told.contains(what));
        assert!(says("took more than 2048 steps") && says("made more than 1000 members"));
    }
}
