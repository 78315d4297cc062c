//! The end: signals, and who waits for it.

use tokio::sync::watch;

use super::reload::Reloading;

/// The end of a server.
#[derive(Debug)]
pub(super) struct End(watch::Sender<bool>);

impl Default for End {
    fn default() -> Self {
        Self(watch::channel(false).0)
    }
}

/// Someone who waits for the end.
#[derive(Clone, Debug)]
pub(super) struct Waiting(watch::Receiver<bool>);

impl End {
    pub(super) fn waiting(&self) -> Waiting {
        Waiting(self.0.subscribe())
    }

    pub(super) fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Waiting {
    pub(super) async fn end(&mut self) {
        // Where nobody can say it any more, it has come.
        let _ = self.0.wait_for(|ended| *ended).await;
    }
}

/// Waits for the signal to end. What others ask for is done meanwhile.
#[cfg(unix)]
pub(super) async fn wait(reloading: &Reloading) {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [Ok(mut term), Ok(mut interrupt), Ok(mut hangup)] = signals.map(signal) else {
        tracing::error!("signals can't be heard");
        return std::future::pending().await;
    };
    loop {
        tokio::select! {
            _ = term.recv() => return,
            _ = interrupt.recv() => return,
            _ = hangup.recv() => reloading.now(),
        }
    }
}

#[cfg(not(unix))]
pub(super) async fn wait(_: &Reloading) {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
