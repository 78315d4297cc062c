//! `manifestly serve`: the same verdict at admission.

mod args;
mod source;

use std::process::ExitCode;

use crate::rego::PolicyError;
use crate::server::{self, Limits, LogOptions, Options, ServeError, TlsFiles};

use super::terminal::Terminal;
use source::Files;

pub(super) use args::{EXAMPLES, ServeArgs};

pub(super) fn run(args: &ServeArgs, terminal: Terminal) -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tls = (!args.plain_http).then(|| TlsFiles {
        certificate: args.tls_cert.clone(),
        key: args.tls_key.clone(),
        client_authorities: args.client_ca.clone(),
    });
    let options = Options {
        listen: args.listen,
        ops: args.ops_listen,
        tls,
        on_error: args.on_error,
        mutate: args.mutate,
        limits: Limits {
            body: args.max_request_bytes,
            deadline: args.deadline,
            workers: if args.workers == 0 { cores } else { args.workers },
            queue: args.queue,
            connections: args.max_connections.max(1),
        },
        reload_every: args.reload_interval,
        drain_wait: args.drain_wait,
        grace: args.grace,
        log: LogOptions {
            format: args.log_format,
            level: args.log_level.clone(),
            traces: args.otlp_endpoint.clone(),
        },
    };
    let files = Files::new(args.of_check(), args.subsets());
    match server::run(options, Box::new(files)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ServeError::Policies(errors)) => {
            errors.0.iter().for_each(|error| terminal.complain(error));
            ExitCode::from(2)
        }
        Err(error) => {
            terminal.complain(&PolicyError::new(error.to_string()));
            ExitCode::from(2)
        }
    }
}
