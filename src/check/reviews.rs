//! Resources that are read once, to be judged as often as one likes.

use std::sync::Arc;

use crate::manifest::{self, Format, Resource};
use crate::policy::gatekeeper::is_policy;
use crate::rego::PolicyErrors;

use super::finding::Finding;
use super::judge::Judgement;
use super::problem::Problem;
use super::run::{Judge, Run};
use super::{Checker, Input};

/// Resources among those of a run, ready to be judged.
#[derive(Debug)]
pub struct Reviews<'c> {
    run: Run<'c>,
    policies: usize,
    resources: Vec<Resource>,
    problems: Vec<Problem>,
}

/// Judges resources, one at a time. Each thread takes its own.
#[derive(Debug)]
pub struct Reviewing<'r> {
    reviews: &'r Reviews<'r>,
    judge: Judge<'r>,
}

/// What judging a resource gave.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// The findings, located.
    pub findings: Vec<Finding>,
    /// What kept policies from judging it.
    pub problems: Vec<Problem>,
}

impl Checker {
    /// Reads resources to be judged by the policies that look at one at a time. Templates and
    /// constraints are none of them.
    ///
    /// # Errors
    ///
    /// Policies that don't compile among the objects of the run.
    pub fn reviews(&self, inputs: &[Input]) -> Result<Reviews<'_>, PolicyErrors> {
        let mut problems = Vec::new();
        let run = Run::new(self, inputs, &mut problems)?;
        let mut resources = Vec::new();
        for input in inputs {
            let text = match input.read() {
                Ok(text) => text,
                Err(error) => {
                    problems.push(error.into());
                    continue;
                }
            };
            let reading = manifest::read(&text, Format::of(input), &self.options.read);
            problems.extend(reading.errors.into_iter().map(Problem::from));
            for manifest in reading.manifests.into_iter().map(Arc::new) {
                let found = match manifest::resources(&manifest) {
                    _ if self.options.any => vec![Resource::whole(&manifest)],
                    found => found.unwrap_or_default(),
                };
                resources.extend(found.into_iter().filter(|resource| !is_policy(resource)));
            }
        }
        Ok(Reviews { run, policies: self.count(), resources, problems })
    }
}

impl Reviews<'_> {
    /// How many resources there are.
    pub fn count(&self) -> usize {
        self.resources.len()
    }

    /// How many policies and constraints there are.
    pub fn policies(&self) -> usize {
        self.policies
    }

    /// What could not be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// A reviewer for one thread.
    pub fn reviewer(&self) -> Reviewing<'_> {
        Reviewing { reviews: self, judge: self.run.judge() }
    }
}

impl Reviewing<'_> {
    /// Judges one of the resources, by its number. There is nothing to say of one that is not
    /// there.
    pub fn review(&mut self, number: usize) -> Reviewed {
        let mut judgement = Judgement::default();
        if let Some(resource) = self.reviews.resources.get(number) {
            self.reviews.run.judge_resource(resource, &mut self.judge, &mut judgement);
        }
        Reviewed { findings: judgement.findings, problems: judgement.problems }
    }
}
