//! How a server is: what probes ask, and what people read who ask why.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::tls::Validity;

/// How a server is. It is ready from the start, as it does not begin without policies.
#[derive(Debug, Default)]
pub(super) struct Health {
    draining: AtomicBool,
    notes: Mutex<Notes>,
    validity: Mutex<Validity>,
}

/// What went wrong the last time that something was read again; it works on with what it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) policies: Option<String>,
    pub(super) certificates: Option<String>,
}

impl Health {
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(super) fn notes(&self) -> Notes {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, note: impl FnOnce(&mut Notes)) {
        note(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// When the certificate in use is valid.
    pub(super) fn validity(&self) -> Validity {
        *self.validity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_validity(&self, validity: Validity) {
        *self.validity.lock().unwrap_or_else(PoisonError::into_inner) = validity;
    }
}
