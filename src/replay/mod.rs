//! Recorded requests, judged again: whether today's policies would decide as was decided then.
//!
//! A [`Log`] holds `AdmissionReview`s or events of an API server's audit log. [`Replay::over`] goes
//! through it in windows, so that memory holds no more of it than a few thousand lines, and hands
//! over what came of each request in the order of the log.
//!
//! ```
//! use manifestly::check::Checker;
//! use manifestly::policy::Loader;
//! use manifestly::replay::{Came, Log, Replay, Turn, Wanted};
//!
//! let review = r#"{
//!   "apiVersion": "admission.k8s.io/v1",
//!   "kind": "AdmissionReview",
//!   "request": {
//!     "uid": "1",
//!     "operation": "CREATE",
//!     "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
//!   },
//!   "response": {"uid": "1", "allowed": true}
//! }"#;
//! let rego = "package team\ndeny contains \"no owner\" if not input.metadata.labels.owner";
//! let checker = Checker::new(Loader::new().policy_text("team.rego", rego).load().unwrap()).unwrap();
//! let replay = Replay::new(&checker).unwrap();
//! let mut turns = Vec::new();
//! let mut log = Log::new("review.json", review.as_bytes());
//! let summary = replay.over(&mut log, &Wanted::default(), &mut |entry| {
//!     if let Came::Judged(verdict) = &entry.came {
//!         turns.push(verdict.turn);
//!     }
//!     Ok(())
//! });
//! assert_eq!(turns, [Turn::NewlyDenied]);
//! assert_eq!(summary.unwrap().differ(), 1);
//! ```

mod entry;
mod event;
mod format;
mod log;
mod looks;
mod record;
mod summary;
mod then;
mod turn;
mod verdict;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::check::{Admission, AdmissionJudge, Checker, Problem};
use crate::policy::Policy;
use crate::rego::PolicyErrors;

pub use entry::{About, Came, Entry, LeftOut, Reason, Seen, Unjudged};
pub use format::{Format, Layout, Writer, schema};
pub use log::Log;
pub use record::Wanted;
pub use summary::Summary;
pub use then::{Outcome, Then, Told};
pub use turn::Turn;
pub use verdict::{Newly, NoLonger, Verdict};

use log::Piece;
use looks::Looks;
use record::Record;

/// A checker, ready to judge recorded requests.
#[derive(Debug)]
pub struct Replay<'c> {
    checker: &'c Checker,
    admission: Admission<'c>,
    looks: Looks,
}

impl<'c> Replay<'c> {
    /// Makes a checker ready.
    ///
    /// # Errors
    ///
    /// Policies that don't compile among the objects that they know of.
    pub fn new(checker: &'c Checker) -> Result<Self, PolicyErrors> {
        let admission = checker.admission()?;
        Ok(Self { checker, admission, looks: Looks::of(checker) })
    }

    /// What could not be read of what it knows of: waivers, and the objects of a cluster.
    pub fn problems(&self) -> &[Problem] {
        self.admission.problems()
    }

    /// The policies that are not asked, as they look at several manifests at once.
    pub fn unasked(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.admission.unasked()
    }

    /// Judges the requests of a log, in parallel, and hands over what came of each, in order.
    ///
    /// # Errors
    ///
    /// What handing over gives. What can't be read is handed over, as what can't be judged.
    pub fn over(
        &self,
        log: &mut Log<'_>,
        wanted: &Wanted,
        sink: &mut dyn FnMut(&Entry) -> io::Result<()>,
    ) -> io::Result<Summary> {
        let mut summary = Summary::default();
        let name: Arc<str> = log.name().into();
        let judges = Judges { admission: &self.admission, idle: Mutex::default() };
        let records = Record { file: &name, wanted, looks: &self.looks };
        while let Some(window) = log.window() {
            let came = window.into_par_iter().map(|piece| self.came(piece, &records, &judges));
            for entry in came.collect::<Vec<_>>().into_iter().flatten() {
                summary.add(&entry);
                sink(&entry)?;
            }
        }
        Ok(summary)
    }

    /// What came of the requests of one piece.
    fn came(&self, piece: Piece, records: &Record<'_>, judges: &Judges<'_>) -> Vec<Entry> {
        let read = records.read(piece);
        let entries = read.into_iter().map(|(line, read)| {
            let came = match read {
                record::Read::LeftOut(why) => Came::LeftOut(why),
                record::Read::Unjudged(unjudged) => Came::Unjudged(unjudged),
                record::Read::Request(request) => {
                    judges.judge(|judge| verdict::of(*request, judge, self.checker, &self.looks))
                }
            };
            Entry { file: Arc::clone(records.file), line: (line > 0).then_some(line), came }
        });
        entries.collect()
    }
}

/// Judges that have nothing to do: each thread takes one, and gives it back.
struct Judges<'a> {
    admission: &'a Admission<'a>,
    idle: Mutex<Vec<AdmissionJudge<'a>>>,
}

impl<'a> Judges<'a> {
    fn judge<T>(&self, with: impl FnOnce(&mut AdmissionJudge<'a>) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().pop();
        let mut judge = known.unwrap_or_else(|| self.admission.judge());
        let result = with(&mut judge);
        idle().push(judge);
        result
    }
}
