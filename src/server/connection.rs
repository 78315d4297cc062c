//! Connections: taken as long as there is room, encrypted, and given no more time than they need.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::shutdown::Waiting;
use super::tls::Certificates;
use super::{Shared, webhook};

/// How long a client may take to agree on encryption, and to send the head of a request.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How often a connection that is open for long is asked whether anybody is there.
const PING: Duration = Duration::from_secs(30);

/// How connections are encrypted from now on. Those that are open keep what they began with.
#[derive(Debug)]
pub(super) struct Door(RwLock<Option<Arc<ServerConfig>>>);

impl Door {
    pub(super) fn new(certificates: Option<&Certificates>) -> Self {
        Self(RwLock::new(certificates.map(Certificates::config)))
    }

    pub(super) fn change(&self, config: Arc<ServerConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(config);
    }

    fn config(&self) -> Option<Arc<ServerConfig>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes connections until the end, and then waits for those that are open.
pub(super) async fn accept(
    listener: TcpListener,
    door: Arc<Door>,
    shared: Arc<Shared>,
    mut end: Waiting,
) {
    let room = Arc::new(Semaphore::new(shared.options.limits.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let taken = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            taken = taken => taken,
            () = end.end() => break,
        };
        let (stream, peer) = match stream {
            Ok(taken) => taken,
            Err(error) => {
                // Too many open files, most likely: others will be closed soon.
                tracing::warn!(%error, "a connection can't be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (config, shared, watcher) = (door.config(), Arc::clone(&shared), graceful.watcher());
        tokio::spawn(async move {
            if let Err(error) = connection(stream, config, shared, watcher).await {
                tracing::debug!(%peer, error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

async fn connection(
    stream: TcpStream,
    config: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
    watcher: Watcher,
) -> Result<(), String> {
    let _ = stream.set_nodelay(true);
    let Some(config) = config else { return speak(stream, shared, watcher).await };
    let handshake = TlsAcceptor::from(config).accept(stream);
    let stream = match tokio::time::timeout(PATIENCE, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            shared.metrics.handshakes_failed.inc();
            return Err(error.to_string());
        }
        Err(_) => {
            shared.metrics.handshakes_failed.inc();
            return Err("the handshake took too long".to_owned());
        }
    };
    speak(stream, shared, watcher).await
}

async fn speak<S>(stream: S, shared: Arc<Shared>, watcher: Watcher) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PATIENCE);
    let service = service_fn(move |request| webhook::answer(request, Arc::clone(&shared)));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    watcher.watch(connection.into_owned()).await.map_err(|error| error.to_string())
}
