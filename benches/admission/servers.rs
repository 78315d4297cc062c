//! The servers, as processes of their own.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::cast::Cast;

pub(crate) struct Server {
    process: Child,
    port: u16,
    pub(crate) folder: PathBuf,
}

impl Server {
    pub(crate) fn manifestly(cast: &Cast, more: &[&str]) -> Self {
        let (port, ops) = (free_port(), free_port());
        let mut command = Command::new(env!("CARGO_BIN_EXE_manifestly"));
        command.args(["serve", "--no-config", "--log-level", "error", "-p", "policies"]);
        command.args(["--tls-cert", "tls.crt", "--tls-key", "tls.key"]);
        command.args(["--queue", "4096"]).args(more);
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.arg("--ops-listen").arg(format!("127.0.0.1:{ops}"));
        Self::start(command, port, cast)
    }

    pub(crate) fn opa(cast: &Cast) -> Self {
        let port = free_port();
        let mut command = Command::new("opa");
        command.args(["run", "--server", "--disable-telemetry", "--log-level", "error"]);
        command.args(["--tls-cert-file", "tls.crt", "--tls-private-key-file", "tls.key"]);
        command.arg("--addr").arg(format!("127.0.0.1:{port}")).args(["policies", "opa"]);
        Self::start(command, port, cast)
    }

    fn start(mut command: Command, port: u16, cast: &Cast) -> Self {
        let folder = cast.folder.path().to_owned();
        command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
        let process = command.spawn().expect("a server");
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, port, folder }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// What it has of the memory of the machine, in kB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("a process that runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("a size")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
