//! Reviewing with a clock.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::Instant;

use crate::check::{Problem, Reviewing, Reviews};

use super::record::{Record, nanoseconds};
use super::{Options, Prepared};

/// Reviews resources as often as the options say. What could not be judged in the first iteration
/// is told with what was measured.
///
/// # Errors
///
/// If there are no threads to review with.
pub fn measure(
    reviews: &Reviews<'_>,
    options: Options,
    prepared: Prepared,
) -> io::Result<(Record, Vec<Problem>)> {
    let mut reviewers: Vec<Reviewing<'_>> =
        (0..options.concurrency.max(1)).map(|_| reviews.reviewer()).collect();
    run(reviews, &mut reviewers, options.warmup, options.stack)?;
    let started = Instant::now();
    let measured = run(reviews, &mut reviewers, options.iterations, options.stack)?;
    let total = started.elapsed();
    let mut times = Vec::new();
    let mut violations = 0;
    let mut problems = Vec::new();
    for part in measured {
        times.extend(part.times);
        violations += part.violations;
        problems.extend(part.problems);
    }
    // Threads come to resources in no order.
    problems.sort_by_key(|(number, _)| *number);
    let problems = problems.into_iter().map(|(_, problem)| problem).collect();
    let counts = (reviews.policies(), reviews.count());
    Ok((Record::new(counts, options, prepared, times, total, violations), problems))
}

/// What one thread has measured.
#[derive(Default)]
struct Part {
    times: Vec<u64>,
    /// Those of the first iteration.
    violations: usize,
    problems: Vec<(usize, Problem)>,
}

/// Reviews all resources so many times, shared out among the reviewers.
fn run(
    reviews: &Reviews<'_>,
    reviewers: &mut [Reviewing<'_>],
    iterations: usize,
    stack: usize,
) -> io::Result<Vec<Part>> {
    let next = AtomicUsize::new(0);
    let all = iterations * reviews.count();
    let next = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < all);
    let room = all / reviewers.len().max(1) + 1;
    std::thread::scope(|scope| {
        let threads: Vec<_> = reviewers
            .iter_mut()
            .map(|reviewer| {
                let work = || {
                    let mut part = Part { times: Vec::with_capacity(room), ..Part::default() };
                    while let Some(number) = next() {
                        part.review(reviewer, number, reviews.count());
                    }
                    part
                };
                Builder::new().stack_size(stack).spawn_scoped(scope, work)
            })
            .collect();
        let joined = threads.into_iter().map(|thread| match thread?.join() {
            Ok(part) => Ok(part),
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

impl Part {
    fn review(&mut self, reviewer: &mut Reviewing<'_>, number: usize, count: usize) {
        let resource = number % count;
        let started = Instant::now();
        let verdict = reviewer.review(resource);
        let taken = started.elapsed();
        self.times.push(nanoseconds(taken));
        if number < count {
            self.violations += verdict.findings.len();
            let problems = verdict.problems.into_iter();
            self.problems.extend(problems.map(|problem| (resource, problem)));
        }
    }
}
