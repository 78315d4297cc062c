//! The threads that judge. Each set of policies has its own, which end when the set is replaced and
//! what was asked of it is answered: no request sees two sets, and none waits for a set to load.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Span;

use crate::admission::{Decision, OnError, SHOWN, amended_by, decide};
use crate::agreement::Basis;
use crate::agreement::waiver::Waivers;
use crate::check::{Admission, AdmissionJudge, Checker, Problem, Telling};
use crate::manifest::{AdmissionRequest, ReviewError, review_limits};
use crate::policy::Policy;
use crate::rego::{PolicyError, PolicyErrors};
use crate::stack;

use super::log::About;
use super::metrics::Metrics;
use super::source::Set;
use super::{Limits, ServeError, trace};

/// What is asked of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether the request may go on.
    Validate,
    /// What to change before it does.
    Mutate,
}

/// A request on its way to a thread.
struct Job {
    body: Bytes,
    question: Question,
    /// All policies, or which of the subsets.
    subset: Option<usize>,
    on_error: OnError,
    until: Instant,
    reply: oneshot::Sender<Answer>,
    /// The span of the request.
    span: Span,
    /// Makes room for another one when it is dropped.
    _place: OwnedSemaphorePermit,
}

/// What a thread made of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was judged, so far as it could be.
    Decided(Box<Decided>),
    /// It is none that can be answered.
    Refused(ReviewError),
    /// Judging it broke off.
    Broken,
    /// Nobody waits any more.
    Late,
}

/// A decision and what it took.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) about: About,
    pub(super) time: Duration,
}

/// Why no thread takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unasked {
    /// There are no policies of this name.
    NoSubset,
    /// As many wait as may.
    Full,
    /// The threads are gone.
    Gone,
}

/// What a set of policies is known by, outside.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) basis: Basis,
    pub(super) policies: usize,
    pub(super) waivers: Waivers,
    /// Policies that look at several manifests at once, and so are not asked.
    pub(super) unasked: Vec<String>,
    /// What was wrong with what the policies know of.
    pub(super) problems: Vec<Problem>,
}

/// The threads of one set.
#[derive(Debug)]
struct Crew {
    jobs: Sender<Job>,
    subsets: Vec<String>,
    summary: Arc<Summary>,
}

/// The threads that judge.
#[derive(Debug)]
pub(super) struct Pool {
    crew: RwLock<Arc<Crew>>,
    places: Arc<Semaphore>,
    limits: Limits,
    metrics: Arc<Metrics>,
}

impl Pool {
    pub(super) fn new(set: Set, limits: Limits, metrics: Arc<Metrics>) -> Result<Self, ServeError> {
        let places = Arc::new(Semaphore::new(limits.workers + limits.queue));
        let crew = Crew::start(set, limits, &places, &metrics).map_err(ServeError::Policies)?;
        Ok(Self { crew: RwLock::new(Arc::new(crew)), places, limits, metrics })
    }

    /// Puts another set in the place of the one at work, once it stands.
    pub(super) fn replace(&self, set: Set) -> Result<(), PolicyErrors> {
        let crew = Arc::new(Crew::start(set, self.limits, &self.places, &self.metrics)?);
        *self.crew.write().unwrap_or_else(PoisonError::into_inner) = crew;
        Ok(())
    }

    fn crew(&self) -> Arc<Crew> {
        Arc::clone(&self.crew.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn summary(&self) -> Arc<Summary> {
        Arc::clone(&self.crew().summary)
    }

    /// How many requests are being judged or wait for it.
    pub(super) fn busy(&self) -> usize {
        self.limits.busy(&self.places)
    }

    /// Asks about a request. Also tells who is asked, should there be no answer.
    pub(super) fn ask(
        &self,
        body: Bytes,
        question: Question,
        name: Option<&str>,
        on_error: OnError,
        until: Instant,
    ) -> Result<(oneshot::Receiver<Answer>, Arc<Summary>), Unasked> {
        let crew = self.crew();
        let subset = match name {
            None => None,
            Some(name) => {
                let found = crew.subsets.iter().position(|subset| subset == name);
                Some(found.ok_or(Unasked::NoSubset)?)
            }
        };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Unasked::Full)?;
        let (reply, answer) = oneshot::channel();
        let summary = Arc::clone(&crew.summary);
        let span = Span::current();
        let job = Job { body, question, subset, on_error, until, reply, span, _place: place };
        crew.jobs.send(job).map_err(|_| Unasked::Gone)?;
        Ok((answer, summary))
    }
}

impl Limits {
    /// How many of the places are taken.
    fn busy(&self, places: &Semaphore) -> usize {
        (self.workers + self.queue).saturating_sub(places.available_permits())
    }
}

impl Crew {
    /// Starts the threads of a set, and waits until they stand.
    fn start(
        set: Set,
        limits: Limits,
        places: &Arc<Semaphore>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, PolicyErrors> {
        let subsets: Vec<_> = set.subsets.iter().map(|subset| subset.name.clone()).collect();
        let (jobs, taken) = mpsc::channel();
        let (stands, standing) = mpsc::channel();
        let (places, metrics) = (Arc::clone(places), Arc::clone(metrics));
        let run = move || lead(&set, taken, limits, &stands, (&places, &metrics));
        let builder = thread::Builder::new().name("policies".into()).stack_size(stack::THREAD);
        let gone = |reason: String| PolicyErrors::from(PolicyError::new(reason));
        builder.spawn(run).map_err(|error| gone(format!("no threads can be started: {error}")))?;
        let summary = standing
            .recv()
            .map_err(|_| gone("the threads that judge ended before they stood".to_owned()))??;
        Ok(Self { jobs, subsets, summary: Arc::new(summary) })
    }
}

/// Holds a set for as long as its threads work: until nobody can ask any more, and all is answered.
fn lead(
    set: &Set,
    jobs: Receiver<Job>,
    limits: Limits,
    stands: &Sender<Result<Summary, PolicyErrors>>,
    (places, metrics): (&Semaphore, &Metrics),
) {
    let some: Vec<_> = set.subsets.iter().map(|subset| set.all.only(&subset.ids)).collect();
    let checkers = std::iter::once(&set.all).chain(&some);
    let admissions = checkers.map(Checker::admission).collect::<Result<Vec<_>, _>>();
    let admissions = match admissions {
        Ok(admissions) => admissions,
        Err(errors) => {
            let _ = stands.send(Err(errors));
            return;
        }
    };
    let Some(all) = admissions.first() else { return };
    let _ = stands.send(Ok(Summary {
        basis: set.all.basis().clone(),
        policies: set.all.count(),
        waivers: set.all.waivers().clone(),
        unasked: all.unasked().map(|policy| policy.id.clone()).collect(),
        problems: all.problems().to_vec(),
    }));
    let jobs = Mutex::new(jobs);
    let basis = set.all.basis();
    let worker = Worker { admissions: &admissions, basis, limits, places, metrics };
    thread::scope(|scope| {
        for number in 0..limits.workers {
            let builder = thread::Builder::new().name(format!("judge {number}"));
            let work = || worker.work(&jobs, |job, judge| worker.answer(job, judge));
            if let Err(error) = builder.stack_size(stack::THREAD).spawn_scoped(scope, work) {
                tracing::error!(%error, "a thread that judges can't be started");
            }
        }
    });
}

/// What a thread judges with.
#[derive(Clone, Copy)]
struct Worker<'w> {
    /// Of all policies, and of each subset.
    admissions: &'w [Admission<'w>],
    basis: &'w Basis,
    limits: Limits,
    places: &'w Semaphore,
    metrics: &'w Metrics,
}

impl Worker<'_> {
    /// Takes one job after another, until there will be none. One whose answer panics costs no other.
    fn work(
        &self,
        jobs: &Mutex<Receiver<Job>>,
        answer: impl Fn(&Job, &mut AdmissionJudge<'_>) -> Answer,
    ) {
        let mut judges: Vec<Option<AdmissionJudge<'_>>> = Vec::new();
        judges.resize_with(self.admissions.len(), || None);
        // The lock is held while waiting, and given up with the job.
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
        while let Some(job) = next() {
            let at = job.subset.map_or(0, |subset| subset + 1);
            let Some(admission) = self.admissions.get(at) else { continue };
            let mut judge = judges[at].take().unwrap_or_else(|| admission.judge());
            let answered = catch_unwind(AssertUnwindSafe(|| {
                let answer = answer(&job, &mut judge);
                (answer, judge)
            }));
            let answer = match answered {
                Ok((answer, judge)) => {
                    judges[at] = Some(judge);
                    answer
                }
                // What it left behind is not used again.
                Err(_) => {
                    self.metrics.panics.inc();
                    Answer::Broken
                }
            };
            let _ = job.reply.send(answer);
        }
    }

    fn answer(&self, job: &Job, judge: &mut AdmissionJudge<'_>) -> Answer {
        let span = trace::judging(&job.span);
        let _entered = span.enter();
        let started = Instant::now();
        if started > job.until || job.reply.is_closed() {
            return Answer::Late;
        }
        let request = match AdmissionRequest::read(&job.body, &review_limits(self.limits.body)) {
            Ok(request) => request,
            Err(error) => return Answer::Refused(error),
        };
        let until = Some(job.until);
        let decision = match job.question {
            Question::Validate => {
                let others_wait = || self.limits.busy(self.places) > self.limits.workers;
                let telling = Telling { shown: SHOWN, others_wait: &others_wait };
                let judged = judge.judge_briefly(&request, until, &telling);
                decide(&request, judged, self.basis, job.on_error)
            }
            Question::Mutate => {
                let wanted = |policy: &Policy| policy.metadata.mutate == Some(true);
                let amended = judge.amend(&request, wanted, until);
                amended_by(&request, amended, self.basis)
            }
        };
        let about = About::of(&request);
        span.record("operation", about.operation)
            .record("kind", &about.kind)
            .record("findings", decision.judged.findings.len())
            .record("problems", decision.judged.problems.len());
        Answer::Decided(Box::new(Decided { decision, about, time: started.elapsed() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Loader;

    fn checker() -> Checker {
        let policy = "package a\n\ndeny contains \"x\" if input.kind == \"Pod\"\n";
        Checker::new(Loader::new().policy_text("a.rego", policy).load().unwrap()).unwrap()
    }

    #[test]
    fn a_judgement_that_panics_costs_its_request_alone() {
        let checker = checker();
        let admissions = [checker.admission().unwrap()];
        let metrics = Metrics::new(true);
        let limits = Limits {
            body: 1 << 20,
            deadline: Duration::from_secs(60),
            workers: 1,
            queue: 8,
            connections: 8,
        };
        let places = Arc::new(Semaphore::new(limits.workers + limits.queue));
        let worker = Worker {
            admissions: &admissions,
            basis: checker.basis(),
            limits,
            places: &places,
            metrics: &metrics,
        };
        let (jobs, taken) = mpsc::channel();
        let ask = |body: &'static str| {
            let (reply, answer) = oneshot::channel();
            let job = Job {
                body: Bytes::from_static(body.as_bytes()),
                question: Question::Validate,
                subset: None,
                on_error: OnError::Deny,
                until: Instant::now() + limits.deadline,
                reply,
                span: Span::none(),
                _place: Arc::clone(&places).try_acquire_owned().unwrap(),
            };
            jobs.send(job).unwrap();
            answer
        };
        let pod = r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request":
            {"uid": "1", "operation": "CREATE", "object": {"apiVersion": "v1", "kind": "Pod"}}}"#;
        let answers = [pod, "panic", pod].map(ask);
        drop(jobs);
        worker.work(&Mutex::new(taken), |job, judge| {
            assert_ne!(&*job.body, b"panic", "as was asked for");
            worker.answer(job, judge)
        });
        let [before, broken, after] = answers.map(|mut answer| answer.try_recv().unwrap());
        for answer in [before, after] {
            let Answer::Decided(decided) = answer else { panic!("{answer:?}") };
            assert!(!decided.decision.allowed);
        }
        assert!(matches!(broken, Answer::Broken), "{broken:?}");
        assert_eq!(metrics.panics.get(), 1);
        assert_eq!(limits.busy(&places), 0, "there is room again");
    }
}
