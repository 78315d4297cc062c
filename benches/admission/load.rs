//! The load: as much as can be answered is asked by `wrk`, a fixed rate by `vegeta`.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::cast::{Asked, Cast};

/// How many ask at a time where as much is asked as can be answered.
const ASKERS: &str = "16";

/// What stands for a number in the name of an object that is never the same.
const NUMBER: &str = "@@";

/// What tells `wrk` what to ask.
const SCRIPT: &str = include_str!("most.lua");

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objects {
    /// The same ones over and over, as controllers ask for their pods.
    Again,
    /// Each under a name of its own.
    New,
}

impl Objects {
    /// The file that tells `vegeta` what to ask.
    fn targets(self) -> &'static str {
        match self {
            Self::Again => "targets.json",
            Self::New => "new-targets.json",
        }
    }
}

/// A line that tells `vegeta` what to ask.
fn target(url: &str, body: &str) -> String {
    let header = json!({"Content-Type": ["application/json"]});
    json!({"method": "POST", "url": url, "body": STANDARD.encode(body), "header": header})
        .to_string()
}

/// Requests to a server.
pub(crate) struct Load {
    url: String,
    folder: PathBuf,
}

/// What came of it.
pub(crate) struct Told {
    pub(crate) requests: u64,
    /// Answers in a second.
    pub(crate) throughput: f64,
    /// In milliseconds, also this:
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The part that was not answered with 200.
    pub(crate) failed: f64,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests: _, throughput, p50, p99, failed } = self;
        write!(f, "{throughput:>8.0} a second, p50 {p50:>8.2} ms, p99 {p99:>8.2} ms")?;
        if *failed > 0.0 {
            write!(f, ", {:.2} % failed", failed * 100.0)?;
        }
        Ok(())
    }
}

impl Load {
    pub(crate) fn new(cast: &Cast, name: &str, url: &str, body: impl Fn(&Asked) -> Value) -> Self {
        let folder = cast.folder.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        let write = |name: &str, line: &dyn Fn(&Asked) -> String| {
            let lines: String = cast.asked.iter().map(|asked| line(asked) + "\n").collect();
            std::fs::write(folder.join(name), lines).expect("a file");
        };
        write("again.txt", &|asked| body(asked).to_string());
        write("new.txt", &|asked| body(&asked.named(NUMBER)).to_string());
        write(Objects::Again.targets(), &|asked| target(url, &body(asked).to_string()));
        std::fs::write(folder.join("most.lua"), SCRIPT).expect("a file");
        Self { url: url.to_owned(), folder }
    }

    /// Asks one thing after another for so many seconds, so that whoever is asked is awake and remembers
    /// what it may.
    pub(crate) fn wake(&self, seconds: u64) {
        self.wrk(Objects::Again, "1", seconds);
    }

    /// Asks as fast as is answered, for so many seconds.
    pub(crate) fn most(&self, objects: Objects, seconds: u64) -> Told {
        self.wrk(objects, ASKERS, seconds)
    }

    fn wrk(&self, objects: Objects, askers: &str, seconds: u64) -> Told {
        let bodies = match objects {
            Objects::Again => "again.txt",
            Objects::New => "new.txt",
        };
        let mut command = Command::new("wrk");
        command.args(["--threads", "1", "--connections", askers, "--timeout", "10s"]);
        command.arg("--duration").arg(format!("{seconds}s")).arg("--script").arg("most.lua");
        command.arg(&self.url).env("BODIES", bodies).current_dir(&self.folder);
        let output = command.stdin(Stdio::null()).output().expect("wrk");
        let text = String::from_utf8_lossy(&output.stdout);
        let told: Value = serde_json::from_str(text.lines().next_back().unwrap_or_default())
            .unwrap_or(Value::Null);
        let number = |key: &str| told[key].as_f64().expect("a number");
        Told {
            requests: told["requests"].as_u64().expect("a number"),
            throughput: number("requests") / number("seconds"),
            p50: number("p50"),
            p99: number("p99"),
            failed: number("failed") / number("requests").max(1.0),
        }
    }

    /// Has `vegeta` ask so often in a second.
    pub(crate) fn vegeta(&self, objects: Objects, rate: u64, seconds: u64) -> Command {
        if objects == Objects::New {
            self.name_anew(rate * seconds);
        }
        let mut command = Command::new("vegeta");
        command.args(["attack", "-format=json", "-insecure", "-lazy=false", "-timeout=10s"]);
        command.arg(format!("-duration={seconds}s")).arg(format!("-rate={rate}/s"));
        command.arg(format!("-targets={}", objects.targets())).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Writes so many targets with objects that were never asked about.
    fn name_anew(&self, count: u64) {
        let bodies = std::fs::read_to_string(self.folder.join("new.txt")).expect("a file");
        let bodies: Vec<&str> = bodies.lines().collect();
        let file = File::create(self.folder.join(Objects::New.targets())).expect("a file");
        let mut file = BufWriter::new(file);
        for (number, body) in (0..count).zip(bodies.iter().cycle()) {
            let body = body.replacen(NUMBER, &format!("at-{number}"), 1);
            writeln!(file, "{}", target(&self.url, &body)).expect("a file");
        }
        file.flush().expect("a file");
    }

    /// Asks so often in a second, for so many seconds.
    pub(crate) fn at(&self, objects: Objects, rate: u64, seconds: u64) -> Told {
        let mut attack = self.vegeta(objects, rate, seconds).spawn().expect("vegeta");
        let results = attack.stdout.take().expect("results");
        let report = Command::new("vegeta").args(["report", "-type=json"]).stdin(results).output();
        attack.wait().expect("vegeta");
        let report: Value =
            serde_json::from_slice(&report.expect("vegeta").stdout).expect("a report");
        let number = |value: &Value| value.as_f64().expect("a number");
        let milliseconds = |name: &str| number(&report["latencies"][name]) / 1e6;
        Told {
            requests: report["requests"].as_u64().expect("a number"),
            throughput: number(&report["throughput"]),
            p50: milliseconds("50th"),
            p99: milliseconds("99th"),
            failed: 1.0 - number(&report["success"]),
        }
    }
}
