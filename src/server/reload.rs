//! Reading again what has changed, without anybody noticing but for the better: what can't be used
//! leaves things as they were, and is told.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::rego::{PolicyError, PolicyErrors};
use crate::stack;

use super::connection::Door;
use super::metrics::What;
use super::source::Source;
use super::tls::Certificates;
use super::{Options, Shared};

/// How long files must stay as they are before they are read: several are seldom written at once.
const QUIET: Duration = Duration::from_millis(150);

/// How long that is waited for. Where somebody writes all the time, what is there is read.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is read again.
pub(super) struct Reload {
    source: Box<dyn Source>,
    /// The state of what was read last, or tried.
    state: u64,
    certificates: Option<Certificates>,
    every: Duration,
}

/// The thread that does it. It ends when this is dropped.
pub(super) struct Reloading(Sender<()>);

impl Reloading {
    /// Has everything read again, changed or not.
    pub(super) fn now(&self) {
        let _ = self.0.send(());
    }
}

impl Reload {
    pub(super) fn new(
        source: Box<dyn Source>,
        state: u64,
        certificates: Option<Certificates>,
        options: &Options,
    ) -> Self {
        Self { source, state, certificates, every: options.reload_every }
    }

    pub(super) fn start(
        self,
        shared: Arc<Shared>,
        door: Arc<Door>,
    ) -> Result<Reloading, std::io::Error> {
        if let Some(certificates) = &self.certificates {
            shared.note_validity(certificates);
        }
        let (wish, wishes) = mpsc::channel();
        let thread = thread::Builder::new().name("reload".into()).stack_size(stack::THREAD);
        thread.spawn(move || self.watch(&wishes, &shared, &door))?;
        Ok(Reloading(wish))
    }

    fn watch(mut self, wishes: &Receiver<()>, shared: &Shared, door: &Door) {
        loop {
            let wished = match wishes.recv_timeout(self.every) {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            self.certificates(shared, door);
            self.policies(shared, wished);
        }
    }

    fn certificates(&mut self, shared: &Shared, door: &Door) {
        let Some(certificates) = &mut self.certificates else { return };
        match certificates.renew() {
            Ok(false) => shared.health.note(|notes| notes.certificates = None),
            Ok(true) => {
                door.change(certificates.config());
                shared.note_validity(certificates);
                shared.health.note(|notes| notes.certificates = None);
                shared.metrics.note_reload(What::Certificates, true);
                tracing::info!("other certificates are in use");
            }
            Err(error) => {
                let error = error.to_string();
                // Half of a pair may have been written: nothing is said of that twice.
                if shared.health.notes().certificates.as_ref() != Some(&error) {
                    tracing::error!(error, "certificates can't be used, the ones before stay");
                    shared.metrics.note_reload(What::Certificates, false);
                }
                shared.health.note(|notes| notes.certificates = Some(error));
            }
        }
    }

    fn policies(&mut self, shared: &Shared, wished: bool) {
        let state = self.source.state();
        if state == self.state && !wished {
            return;
        }
        self.state = self.settled(state);
        let started = Instant::now();
        let loaded = self.source.load().and_then(|set| shared.pool.replace(set));
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        shared.metrics.note_reload(What::Policies, loaded.is_ok());
        match loaded {
            Ok(()) => {
                shared.health.note(|notes| notes.policies = None);
                shared.note_policies();
                let basis = &shared.pool.summary().basis;
                let policies = basis.policies.short();
                tracing::info!(
                    decision = basis.decision,
                    policies,
                    milliseconds,
                    "policies were loaded again"
                );
            }
            Err(errors) => {
                let told = told(&errors);
                tracing::error!(errors = told, "policies can't be loaded, those before stay");
                shared.health.note(|notes| notes.policies = Some(told));
            }
        }
    }

    /// The state once nobody writes.
    fn settled(&self, mut state: u64) -> u64 {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            thread::sleep(QUIET);
            let now = self.source.state();
            if now == state {
                break;
            }
            state = now;
        }
        state
    }
}

/// Errors in a few lines, each with its place.
pub(super) fn told(errors: &PolicyErrors) -> String {
    let line = |error: &PolicyError| {
        let place = error.text.as_ref().zip(error.span).map(|(text, span)| {
            let at = text.position(span.start);
            format!("{}:{}:{}: ", text.name(), at.line, at.column)
        });
        place.unwrap_or_default() + &error.message
    };
    errors.0.iter().map(line).collect::<Vec<_>>().join("\n")
}
