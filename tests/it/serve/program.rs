//! The program, started and ended by tests.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::certificates::Authority;
use super::client::{Answer, Connection};

/// How long something may take that is to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs, with a folder of its own: policies are in `policies`, certificates in `tls`.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    pub(crate) authority: Authority,
    pub(crate) listen: SocketAddr,
    ops: SocketAddr,
    process: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_manifestly"));
    command.current_dir(folder).env("MANIFESTLY_AS_OF", "2026-11-30").env_remove("MANIFESTLY_LOG");
    command.args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]);
    for (flag, value) in [("--reload-interval", "100ms"), ("--drain-wait", "0s")] {
        if !args.contains(&flag) {
            command.args([flag, value]);
        }
    }
    command.args(args);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

impl Server {
    /// Starts one with these policies, over HTTPS.
    pub(crate) fn of(policy: &str, args: &[&str]) -> Self {
        Self::with(&[("policies/team.rego", policy)], &[&["-p", "policies"], args].concat())
    }

    /// Starts one among files, over HTTPS.
    pub(crate) fn with(files: &[(&str, &str)], args: &[&str]) -> Self {
        let folder = crate::run::folder(files);
        let authority = Authority::new();
        authority.pair().write(&folder.path().join("tls"));
        let tls = ["--tls-cert", "tls/tls.crt", "--tls-key", "tls/tls.key"];
        let tls: &[&str] = if args.contains(&"--plain-http") { &[] } else { &tls };
        Self::start(folder, authority, &[tls, args].concat())
    }

    pub(crate) fn start(folder: TempDir, authority: Authority, args: &[&str]) -> Self {
        let mut process = command(folder.path(), args).spawn().unwrap();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let (output, kept) = (process.stderr.take().unwrap(), Arc::clone(&lines));
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        let nowhere: SocketAddr = ([127, 0, 0, 1], 0).into();
        let mut server = Self { folder, authority, listen: nowhere, ops: nowhere, process, lines };
        let line = server.line("listening");
        let address = |key: &str| line[key].as_str().unwrap().parse().unwrap();
        (server.listen, server.ops) = (address("listen"), address("ops"));
        server
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// The first line of the log with this message, once there is one.
    pub(crate) fn line(&self, message: &str) -> Value {
        let found = || {
            let lines = self.lines().into_iter();
            let mut read = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
            read.find(|line| line["message"] == message)
        };
        wait_for(message, found, || self.lines().join("\n"))
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::tls(self.listen, &self.authority.pem, None).unwrap()
    }

    pub(crate) fn post(&self, body: &str) -> Answer {
        self.connect().post("/validate", body)
    }

    /// What a path of the other port says.
    pub(crate) fn told(&self, path: &str) -> Answer {
        Connection::plain(self.ops).get(path)
    }

    /// Waits until something holds.
    pub(crate) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        wait_for(what, || holds().then_some(()), || self.lines().join("\n"));
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Its exit code, once it has ended.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let process = &mut self.process;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = process.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn wait_for<T>(what: &str, found: impl Fn() -> Option<T>, log: impl Fn() -> String) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what} does not come:\n{}", log());
        thread::sleep(Duration::from_millis(20));
    }
}
