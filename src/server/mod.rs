//! The admission webhook: [`admission`](crate::admission) behind HTTPS.
//!
//! Requests come in on asynchronous tasks, which read and write (`webhook`) and never judge: that is
//! done by threads of their own (`pool`), each set of policies by its own. A `reload` makes another
//! set beside the one at work, and puts it in its place once it stands. What is to be known from
//! outside stands in `health` and `metrics`, behind `ops`.

mod connection;
mod health;
mod log;
mod metrics;
mod ops;
mod pool;
mod reload;
mod reply;
mod shutdown;
mod source;
mod tls;
mod trace;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;

use crate::admission::OnError;
use crate::rego::PolicyErrors;

pub use log::{LogFormat, LogOptions};
pub use source::{Set, Source, Subset};

use connection::Door;
use health::Health;
use metrics::Metrics;
use pool::Pool;
use reload::Reload;
use tls::Certificates;

/// How a server listens and judges.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where requests come in.
    pub listen: SocketAddr,
    /// Where it tells how it is, without encryption.
    pub ops: SocketAddr,
    /// How requests are encrypted; none for plain HTTP, which only the same machine may ask for.
    pub tls: Option<TlsFiles>,
    /// What becomes of requests that can't be judged.
    pub on_error: OnError,
    /// Whether `/mutate` is answered.
    pub mutate: bool,
    /// How much one request, and all of them, may take.
    pub limits: Limits,
    /// How often files are looked at.
    pub reload_every: Duration,
    /// How long requests are still taken after the signal to end, while the world learns of it.
    pub drain_wait: Duration,
    /// How long those under way may then take.
    pub grace: Duration,
    /// What is written down, and where.
    pub log: LogOptions,
}

/// The files with certificates. They are read again when they change.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate of the server and those that lead to its authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// The authorities of clients, in PEM; anybody may ask, where there are none.
    pub client_authorities: Option<PathBuf>,
}

/// How much one request, and all of them, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body: usize,
    /// How long a request may take, from its first byte to the answer. Less, where the API server
    /// says that it waits less.
    pub deadline: Duration,
    /// How many threads judge.
    pub workers: usize,
    /// How many requests may wait for one of them.
    pub queue: usize,
    /// How many connections there may be.
    pub connections: usize,
}

/// Why a server can't run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// It can't listen.
    #[error("{address} can't be listened on: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The certificates can't be used.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// Traces can't be sent.
    #[error("traces can't be sent to `{endpoint}`: {reason}")]
    Traces {
        /// Where to.
        endpoint: String,
        /// What is wrong.
        reason: String,
    },
    /// The policies can't be loaded.
    #[error("the policies can't be loaded")]
    Policies(PolicyErrors),
    /// The system gives no threads.
    #[error("threads can't be started: {0}")]
    Threads(#[from] std::io::Error),
    /// Plain HTTP where others could read and change it.
    #[error("plain HTTP is for the same machine alone, and {0} can be reached from others")]
    Plain(SocketAddr),
}

/// What all requests share.
#[derive(Debug)]
struct Shared {
    options: Options,
    pool: Pool,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

/// Serves until a signal ends it. The log says where it listens.
///
/// # Errors
///
/// If it can't begin.
pub fn run(options: Options, source: Box<dyn Source>) -> Result<(), ServeError> {
    // Reading and writing takes a fraction of what judging does: more threads only get in its way.
    let threads = std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 4).max(1));
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(threads).enable_all().build()?;
    let entered = runtime.enter();
    let traces = log::init(&options.log)?;
    drop(entered);
    if options.tls.is_none() && !options.listen.ip().is_loopback() {
        return Err(ServeError::Plain(options.listen));
    }
    let metrics = Arc::new(Metrics::new(options.tls.is_some()));
    let health = Arc::new(Health::default());
    let certificates = options.tls.clone().map(Certificates::load).transpose()?;
    let state = source.state();
    let set = source.load().map_err(ServeError::Policies)?;
    let pool = Pool::new(set, options.limits, Arc::clone(&metrics))?;
    let door = Door::new(certificates.as_ref());
    let reload = Reload::new(source, state, certificates, &options);
    let shared = Arc::new(Shared { options, pool, health, metrics });
    shared.note_policies();
    let result = runtime.block_on(serve(&shared, door, reload));
    drop(traces);
    result
}

async fn serve(shared: &Arc<Shared>, door: Door, reload: Reload) -> Result<(), ServeError> {
    let (requests, listen) = bind(shared.options.listen).await?;
    let (ops, ops_address) = bind(shared.options.ops).await?;
    let door = Arc::new(door);
    let reloading = reload.start(Arc::clone(shared), Arc::clone(&door))?;
    let end = shutdown::End::default();
    let ops = tokio::spawn(ops::serve(ops, Arc::clone(shared), end.waiting()));
    let webhook =
        tokio::spawn(connection::accept(requests, door, Arc::clone(shared), end.waiting()));
    tracing::info!(listen = %listen, ops = %ops_address, "listening");
    shutdown::wait(&reloading).await;
    tracing::info!("the end is asked for: no longer ready, requests are still taken");
    shared.health.drain();
    tokio::time::sleep(shared.options.drain_wait).await;
    end.now();
    let all = async { tokio::join!(webhook, ops) };
    if tokio::time::timeout(shared.options.grace, all).await.is_err() {
        tracing::warn!("requests under way took longer than they may, and are cut off");
    }
    drop(reloading);
    tracing::info!("ended");
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let wrong = |reason| ServeError::Listen { address, reason };
    let listener = TcpListener::bind(address).await.map_err(wrong)?;
    let bound = listener.local_addr().map_err(wrong)?;
    Ok((listener, bound))
}

impl Shared {
    /// Tells the outside what is in force.
    fn note_policies(&self) {
        self.metrics.note_set(&self.pool.summary());
    }

    fn note_validity(&self, certificates: &Certificates) {
        let validity = certificates.validity();
        self.health.set_validity(validity);
        self.metrics.certificate_ends.set(validity.until);
    }
}
