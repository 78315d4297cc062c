//! What can be asked of a server.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::admission::OnError;
use crate::cli::agreement::AgreementArgs;
use crate::cli::args::{CheckArgs, GatekeeperArgs, JudgedArgs, PolicyArgs};
use crate::policy::Ids;
use crate::server::{LogFormat, Subset};

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  manifestly serve --tls-cert tls.crt --tls-key tls.key
                                             the embedded policies, for an API server
  manifestly serve -p policies/ --waivers waivers/ --environment prod
                                             your own, as CI has them
  manifestly serve --plain-http --listen 127.0.0.1:8080 --ops-listen 127.0.0.1:8081
                                             to try it: curl -d @review.json localhost:8080/validate
  manifestly serve --subset images='images/*' -p policies/
                                             some of the policies at /validate/images too

Exit codes:
  0  ended by SIGTERM or SIGINT, with all that was asked answered
  2  it could not begin: policies, certificates or an address";

/// The files that Kubernetes mounts of a Secret with a certificate.
const FOLDER: &str = "/etc/manifestly/tls";

#[derive(Args, Debug)]
pub(in crate::cli) struct ServeArgs {
    /// Where the API server asks, over HTTPS: /validate, /validate/NAME, and /mutate
    #[arg(long, value_name = "ADDRESS", default_value_t = any(8443))]
    pub(super) listen: SocketAddr,

    /// Where /healthz, /readyz and /metrics are, over HTTP
    #[arg(long, value_name = "ADDRESS", default_value_t = any(8080))]
    pub(super) ops_listen: SocketAddr,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) agreement: AgreementArgs,

    #[command(flatten)]
    pub(super) gatekeeper: GatekeeperArgs,

    /// Some of the policies, asked at /validate/NAME, by a glob of their ids; repeatable, also for
    /// one name
    #[arg(long, value_name = "NAME=GLOB", value_parser = subset)]
    pub(super) subset: Vec<(String, String)>,

    /// Answer /mutate with the safe fixes of policies that say `mutate: true` in their metadata
    #[arg(long)]
    pub(super) mutate: bool,

    /// The certificate of the server, and those that lead to its authority
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "MANIFESTLY_TLS_CERT",
          default_value_os_t = PathBuf::from(FOLDER).join("tls.crt"))]
    pub(super) tls_cert: PathBuf,

    /// Its private key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "MANIFESTLY_TLS_KEY",
          default_value_os_t = PathBuf::from(FOLDER).join("tls.key"))]
    pub(super) tls_key: PathBuf,

    /// Only clients with a certificate of one of these authorities may ask
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "MANIFESTLY_CLIENT_CA")]
    pub(super) client_ca: Option<PathBuf>,

    /// Speak HTTP without encryption; only on a loopback address
    #[arg(long, conflicts_with = "client_ca")]
    pub(super) plain_http: bool,

    /// What becomes of a request that can't be judged, or not in time
    #[arg(long, value_name = "WHAT", default_value = "deny")]
    pub(super) on_error: OnError,

    /// How long a request may take, such as 8s or 500ms: less than the API server waits
    ///
    /// Where the API server says how long it waits, half a second less than that, if it is less.
    #[arg(long, value_name = "TIME", default_value = "8s", value_parser = time)]
    pub(super) deadline: Duration,

    /// The longest request; longer ones are answered with 413
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 20)]
    pub(super) max_request_bytes: usize,

    /// Threads that judge; 0 for one on each core
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 0)]
    pub(super) workers: usize,

    /// How many requests may wait for a thread; more are answered with 429
    #[arg(long, value_name = "COUNT", default_value_t = 256)]
    pub(super) queue: usize,

    /// How many connections may be open; more wait to be taken
    #[arg(long, value_name = "COUNT", default_value_t = 1024)]
    pub(super) max_connections: usize,

    /// How often policies, waivers, settings and certificates are looked at for changes
    ///
    /// SIGHUP has them read at once.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    pub(super) reload_interval: Duration,

    /// How long requests are still taken after SIGTERM, while the cluster learns of it
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(super) drain_wait: Duration,

    /// How long those under way may then take
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = time)]
    pub(super) grace: Duration,

    /// Send traces to a collector of OpenTelemetry, by OTLP over gRPC, such as http://localhost:4317
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_hint = ValueHint::Url)]
    pub(super) otlp_endpoint: Option<String>,

    /// How lines are written to standard error
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(super) log_format: LogFormat,

    /// Which lines are written: error, warn, info or debug
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "MANIFESTLY_LOG",
          value_parser = ["off", "error", "warn", "info", "debug"])]
    pub(super) log_level: String,
}

fn any(port: u16) -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, port).into()
}

/// A name and a glob of ids.
fn subset(text: &str) -> Result<(String, String), String> {
    let (name, glob) = text.split_once('=').ok_or("write NAME=GLOB, such as images='images/*'")?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(format!("`{name}` is no name: letters, digits, `-`, `_` and `.` are"));
    }
    Ids::new(glob).map_err(|error| format!("`{glob}` is no glob: {}", error.kind()))?;
    Ok((name.to_owned(), glob.to_owned()))
}

/// A time such as `8s`, `500ms` or `2m`.
pub(in crate::cli) fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "write a time such as 8s or 500ms".to_owned())?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" | "" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err(format!("`{unit}` is no unit: there are ms, s and m")),
    }
}

impl ServeArgs {
    /// The same as asked of `check`.
    pub(super) fn of_check(&self) -> CheckArgs {
        let check = CheckArgs::of_policies(self.policy.clone(), self.agreement.clone());
        let gatekeeper = self.gatekeeper.clone();
        CheckArgs {
            judged: JudgedArgs { gatekeeper, no_cache: true, ..check.judged },
            rule_timeout: self.deadline.as_secs().max(1),
            ..check
        }
    }

    /// The subsets, in the order in which they are first named.
    pub(super) fn subsets(&self) -> Vec<Subset> {
        let mut subsets: Vec<Subset> = Vec::new();
        for (name, glob) in &self.subset {
            // It was read as one already.
            let Ok(ids) = Ids::new(glob) else { continue };
            match subsets.iter_mut().find(|known| known.name == *name) {
                Some(known) => known.ids.push(ids),
                None => subsets.push(Subset { name: name.clone(), ids: vec![ids] }),
            }
        }
        subsets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(time("8s").unwrap(), Duration::from_secs(8));
        assert_eq!(time("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(time("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(time("3").unwrap(), Duration::from_secs(3));
        for wrong in ["", "s", "1h", "-1s", "1.5s"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn subsets_have_plain_names() {
        assert_eq!(subset("a-1=x/*").unwrap(), ("a-1".to_owned(), "x/*".to_owned()));
        for wrong in ["a", "=x", "a/b=x", "a=["] {
            assert!(subset(wrong).is_err(), "{wrong}");
        }
    }
}
