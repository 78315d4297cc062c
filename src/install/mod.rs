//! What a cluster needs so that policies judge at admission: `manifestly install-manifests`.
//!
//! ```
//! use manifestly::install::{Certificates, Install, Reach};
//! use manifestly::policy::Loader;
//!
//! # fn main() -> miette::Result<()> {
//! let reach = Reach::of(&Loader::new().load()?)?;
//! let certificates = Certificates::Own { ca: "CA".to_owned(), secret: "tls".to_owned() };
//! let install = Install::new("policies", certificates);
//! let kinds: Vec<_> = install.objects(&reach).iter().map(|object| object.kind().to_owned()).collect();
//! assert_eq!(kinds.first().map(String::as_str), Some("ServiceAccount"));
//! assert_eq!(kinds.last().map(String::as_str), Some("ValidatingWebhookConfiguration"));
//! # Ok(())
//! # }
//! ```

mod certificates;
mod config;
mod deployment;
mod folder;
mod kinds;
mod network;
mod reach;
mod scaling;
mod webhook;
mod yaml;

pub use certificates::{Certificates, Issuer, SelfSigned, SigningError};
pub use config::{Config, ConfigError, Place};
pub use folder::{FolderError, write};
pub use reach::{Reach, Requests, Target};
pub use webhook::{FailurePolicy, Subset};

use crate::manifest::Operation;

use yaml::Map;

/// What is to be installed, and how.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // each is a flag of the command, and is described there
pub struct Install {
    pub name: String,
    pub namespace: String,
    pub create_namespace: bool,
    pub image: String,
    pub pull_secrets: Vec<String>,
    pub replicas: u32,
    pub max_replicas: u32,
    pub cpu_request: String,
    pub memory_request: String,
    pub memory_limit: String,
    pub priority_class: Option<String>,
    pub certificates: Certificates,
    /// Authorities that are trusted beside that of the certificate, as PEM: those of one before it.
    pub also_trusted: Vec<String>,
    /// Files that the pods see, and where.
    pub config: Config,
    /// What `manifestly serve` is told beside that.
    pub arguments: Vec<String>,
    pub failure_policy: FailurePolicy,
    pub spared_namespaces: Vec<String>,
    pub operations: Vec<Operation>,
    pub subsets: Vec<Subset>,
    pub mutate: bool,
    /// So many milliseconds an API server waits.
    pub timeout_ms: u32,
    /// So many milliseconds after the beginning an answer is given in any case.
    pub deadline_ms: u32,
    /// So many milliseconds a pod still answers once it is to end.
    pub drain_wait_ms: u32,
    pub metrics_namespaces: Vec<String>,
    pub autoscaler: bool,
    pub disruption_budget: bool,
    pub network_policy: bool,
}

/// An object to be applied.
#[derive(Clone, Debug)]
pub struct Object(Map);

impl Object {
    /// Its kind.
    pub fn kind(&self) -> &str {
        self.0.text("kind").unwrap_or_default()
    }

    /// Its document.
    pub fn document(&self) -> String {
        self.0.document()
    }

    /// Its kind as the name of a file, without an ending.
    fn file_name(&self) -> String {
        let mut name = String::new();
        for c in self.kind().chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }
}

/// The port of the container at which API servers ask.
const HTTPS_PORT: u32 = 8443;
/// The port of the container for probes and metrics.
const OPS_PORT: u32 = 8080;

impl Install {
    /// What is installed in a namespace unless something else is asked for.
    pub fn new(namespace: impl Into<String>, certificates: Certificates) -> Self {
        Self {
            name: "manifestly".to_owned(),
            namespace: namespace.into(),
            create_namespace: false,
            image: Self::IMAGE.to_owned(),
            pull_secrets: Vec::new(),
            replicas: 2,
            max_replicas: 10,
            cpu_request: "200m".to_owned(),
            memory_request: "128Mi".to_owned(),
            memory_limit: "512Mi".to_owned(),
            priority_class: None,
            certificates,
            also_trusted: Vec::new(),
            config: Config::default(),
            arguments: Vec::new(),
            failure_policy: FailurePolicy::Fail,
            spared_namespaces: Vec::new(),
            operations: Vec::new(),
            subsets: Vec::new(),
            mutate: false,
            timeout_ms: 10_000,
            deadline_ms: 8_000,
            drain_wait_ms: 5_000,
            metrics_namespaces: Vec::new(),
            autoscaler: true,
            disruption_budget: true,
            network_policy: true,
        }
    }

    /// The image that is built of this version where nobody says otherwise: one that no registry has,
    /// so that no stranger's is pulled.
    pub const IMAGE: &str = concat!("localhost/manifestly:", env!("CARGO_PKG_VERSION"));

    /// The objects, in the order in which they should be applied: first what others need, last the
    /// webhooks, from which on requests are stopped.
    pub fn objects(&self, reach: &Reach) -> Vec<Object> {
        let mut objects = Vec::new();
        if self.create_namespace {
            objects.push(network::namespace(self));
        }
        objects.push(network::service_account(self));
        objects.extend(certificates::objects(self));
        objects.extend(config::object_of(self));
        objects.push(deployment::object_of(self));
        objects.push(network::service(self));
        if self.disruption_budget {
            objects.push(scaling::disruption_budget(self));
        }
        if self.autoscaler {
            objects.push(scaling::autoscaler(self));
        }
        if self.network_policy {
            objects.push(network::network_policy(self));
        }
        objects.push(webhook::validating(self, reach));
        if self.mutate {
            objects.push(webhook::mutating(self, reach));
        }
        objects.into_iter().map(Object).collect()
    }

    /// The metadata of an object in the namespace.
    fn metadata(&self, name: &str) -> Map {
        Map::new()
            .with("name", name)
            .with("namespace", self.namespace.as_str())
            .with("labels", self.labels())
    }

    /// The metadata of an object outside of namespaces.
    fn cluster_wide(&self) -> Map {
        Map::new().with("name", self.name.as_str()).with("labels", self.labels())
    }

    fn labels(&self) -> Map {
        self.selector()
            .with("app.kubernetes.io/component", "admission")
            .with("app.kubernetes.io/part-of", "manifestly")
            .with("app.kubernetes.io/version", env!("CARGO_PKG_VERSION"))
    }

    /// What tells its pods from all others.
    fn selector(&self) -> Map {
        Map::new()
            .with("app.kubernetes.io/name", "manifestly")
            .with("app.kubernetes.io/instance", self.name.as_str())
    }

    /// The Secret that holds the certificate.
    fn secret(&self) -> String {
        match &self.certificates {
            Certificates::Own { secret, .. } => secret.clone(),
            _ => format!("{}-tls", self.name),
        }
    }
}

/// The beginning of an object.
fn object(api_version: &str, kind: &str, metadata: Map) -> Map {
    Map::new().with("apiVersion", api_version).with("kind", kind).with("metadata", metadata)
}

/// A duration as flags have it.
fn duration(milliseconds: u32) -> String {
    match milliseconds % 1000 {
        0 => format!("{}s", milliseconds / 1000),
        _ => format!("{milliseconds}ms"),
    }
}
