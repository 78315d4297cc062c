//! `manifestly install-manifests`: what a cluster needs so that policies judge at admission.

mod args;
mod files;
mod parse;

use std::path::Path;
use std::process::ExitCode;

use crate::install::{Certificates, FailurePolicy, Install, Object, Reach, SelfSigned, Subset};
use crate::policy::PolicySet;
use crate::rego::PolicyError;
use crate::source::display_name;

use super::agreement::AgreementArgs;
use super::args::{CheckArgs, FileArgs, PolicyArgs, RegoArgs};
use super::policy::Refusal;
use super::settings::Settings;
use super::terminal::Terminal;
use super::{check, shell};

pub(super) use args::{EXAMPLES, InstallManifestsArgs};
use args::{OnError, Without};

pub(super) fn run(args: &InstallManifestsArgs, terminal: Terminal) -> ExitCode {
    let pool = match super::pool(0) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to read policies with", &error),
    };
    pool.install(|| match installed(args) {
        Ok((install, policies)) => tell(args, &install, &policies, terminal),
        Err(refusal) => Err(refusal),
    })
    .unwrap_or_else(|refusal| refusal.told(terminal))
}

/// What is asked for, and the policies that will judge.
fn installed(args: &InstallManifestsArgs) -> Result<(Install, PolicySet), Refusal> {
    let settings = Settings::here(&of_check(args))?;
    let policies = check::loader(&settings).load()?;
    let (config, mut arguments) = files::of(&settings, args.in_image.as_deref())?;
    arguments.push(match args.on_error {
        OnError::Deny => "--on-error=deny".to_owned(),
        OnError::Allow => "--on-error=allow".to_owned(),
    });
    let timeout_ms = args.timeout * 1000;
    let also_trusted = args.also_trust.as_deref().map(bundle).transpose()?;
    let install = Install {
        name: args.name.clone(),
        create_namespace: args.create_namespace,
        image: args.image.clone(),
        pull_secrets: args.pull_secrets.clone(),
        replicas: args.replicas,
        max_replicas: args.max_replicas.max(args.replicas),
        cpu_request: args.cpu_request.clone(),
        memory_request: args.memory_request.clone(),
        memory_limit: args.memory_limit.clone(),
        priority_class: args.priority_class.clone(),
        also_trusted: also_trusted.into_iter().collect(),
        config,
        arguments,
        failure_policy: failure_policy(args, None).unwrap_or(FailurePolicy::Fail),
        spared_namespaces: args.spared.clone(),
        operations: args.operations.clone(),
        subsets: subsets(args)?,
        mutate: args.mutate,
        timeout_ms,
        deadline_ms: deadline(args, timeout_ms)?,
        drain_wait_ms: args.drain_wait,
        metrics_namespaces: args.metrics_namespaces.clone(),
        autoscaler: !args.without.contains(&Without::Autoscaler),
        disruption_budget: !args.without.contains(&Without::DisruptionBudget),
        network_policy: !args.without.contains(&Without::NetworkPolicy),
        ..Install::new(args.namespace.clone(), certificates(args, &settings)?)
    };
    Ok((install, policies))
}

/// The same as it is asked of `check`, which knows where policies and settings come from.
fn of_check(args: &InstallManifestsArgs) -> CheckArgs {
    let policy = PolicyArgs {
        policies: args.policies.clone(),
        data: args.data.clone(),
        rego: RegoArgs { rego_version: args.rego_version },
        file: FileArgs { config: args.config.clone(), no_config: args.no_config },
        ..PolicyArgs::default()
    };
    let agreement = AgreementArgs {
        as_of: args.as_of.clone(),
        environment: args.environment.clone(),
        waivers: args.waivers.clone(),
        baseline: args.baseline.clone(),
        ..AgreementArgs::default()
    };
    let mut check = CheckArgs::of_policies(policy, agreement);
    check.judged.gatekeeper.inventory.clone_from(&args.inventory);
    check
}

/// What the server has, so that its answer comes before the API server stops waiting.
fn deadline(args: &InstallManifestsArgs, timeout_ms: u32) -> Result<u32, PolicyError> {
    let usual = timeout_ms.saturating_sub(2000).max(timeout_ms / 2);
    let deadline = args.deadline.unwrap_or(usual);
    if (1..timeout_ms).contains(&deadline) {
        return Ok(deadline);
    }
    let message = format!(
        "the deadline is not before the API server stops waiting, after {} s",
        args.timeout
    );
    Err(PolicyError::new(message).with_help("leave out --deadline, or give a greater --timeout"))
}

fn failure_policy(args: &InstallManifestsArgs, subset: Option<&str>) -> Option<FailurePolicy> {
    let said = args.failure_policies.iter().rev();
    said.filter(|said| said.subset.as_deref() == subset).map(|said| said.policy).next()
}

fn subsets(args: &InstallManifestsArgs) -> Result<Vec<Subset>, PolicyError> {
    let mut subsets: Vec<Subset> = Vec::new();
    for parse::SubsetGlob { name, ids } in &args.subsets {
        match subsets.iter_mut().find(|subset| subset.name == *name) {
            Some(known) => known.among.push(ids.clone()),
            None => subsets.push(Subset {
                name: name.clone(),
                among: vec![ids.clone()],
                failure_policy: failure_policy(args, Some(name)),
            }),
        }
    }
    let named = args.failure_policies.iter().filter_map(|said| said.subset.as_ref());
    match named.into_iter().find(|name| !subsets.iter().any(|subset| subset.name == **name)) {
        Some(unknown) => Err(PolicyError::new(format!("there is no subset `{unknown}`"))
            .with_help(format!("say which policies are in it: --subset {unknown}=GLOB"))),
        None => Ok(subsets),
    }
}

fn certificates(
    args: &InstallManifestsArgs,
    settings: &Settings,
) -> Result<Certificates, PolicyError> {
    if let (Some(file), Some(secret)) = (&args.ca_bundle, &args.tls_secret) {
        return Ok(Certificates::Own { ca: bundle(file)?, secret: secret.clone() });
    }
    if args.cert_manager {
        let (issuer, days) = (args.issuer.clone(), args.valid_days);
        return Ok(Certificates::CertManager { issuer, days });
    }
    let from = settings.agreed.as_of.value;
    let made = SelfSigned::new(&args.name, &args.namespace, from, args.valid_days);
    made.map(Certificates::SelfSigned).map_err(|error| PolicyError::new(error.to_string()))
}

fn bundle(file: &Path) -> Result<String, PolicyError> {
    let name = display_name(file);
    let text = std::fs::read_to_string(file)
        .map_err(|error| PolicyError::new(format!("`{name}` can't be read: {error}")))?;
    let begins = |what: &str| text.contains(&format!("-----BEGIN {what}"));
    if begins("CERTIFICATE-----") && !text.contains("PRIVATE KEY-----") {
        return Ok(text);
    }
    let help = "it is PEM, with certificates between `-----BEGIN CERTIFICATE-----` and \
                `-----END CERTIFICATE-----`, and no keys";
    Err(PolicyError::new(format!("`{name}` holds no certificates alone")).with_help(help))
}

/// Prints or writes the objects, and tells what is to be known of them.
fn tell(
    args: &InstallManifestsArgs,
    install: &Install,
    policies: &PolicySet,
    terminal: Terminal,
) -> Result<ExitCode, Refusal> {
    let reach = Reach::of(policies)?;
    if install.mutate && reach.requests_to_mend(&install.operations).targets.is_empty() {
        let error = PolicyError::new("no policy mends anything at admission");
        let help = "a policy that offers fixes does where it says `mutate: true` under `custom` in its \
                    metadata; or leave out --mutate";
        return Err(error.with_help(help).into());
    }
    let objects = install.objects(&reach);
    let notes = notes(install, &reach);
    let Some(folder) = &args.out else {
        notes.iter().for_each(|note| terminal.say(note));
        let documents: Vec<_> = objects.iter().map(Object::document).collect();
        return Ok(shell::print(documents.join("---\n").as_bytes(), terminal));
    };
    let files =
        crate::install::write(folder, &objects, args.force).map_err(|error| files::told(&error))?;
    let mut told: String =
        files.iter().map(|file| format!("wrote  {}\n", display_name(&folder.join(file)))).collect();
    let name = display_name(folder);
    told.push_str(&format!("\nNext:\n  kubectl apply --server-side -k {name}\n"));
    if matches!(install.certificates, Certificates::SelfSigned(_)) {
        told.push_str(&format!("{name}/secret.yaml holds a key: it is not for a repository\n"));
    }
    notes.iter().for_each(|note| terminal.say(note));
    Ok(shell::print(told.as_bytes(), terminal))
}

/// What is not as one may think.
fn notes(install: &Install, reach: &Reach) -> Vec<String> {
    let mut notes = Vec::new();
    if install.image == Install::IMAGE {
        notes.push(format!(
            "note: the image is {}, which no registry has: build it, and name yours by --image",
            install.image
        ));
    }
    if install.config.needs_server_side() {
        notes.push(
            "note: the ConfigMap is larger than `kubectl apply` can remember: use `kubectl apply \
             --server-side`"
                .to_owned(),
        );
    }
    for id in reach.requests(&[], &[]).of_none {
        notes.push(format!(
            "note: `{id}` looks at no kind that is known, so that nothing is sent for it: name its \
             kinds in its metadata, as `kinds: [example.com/Widget]` under `custom`"
        ));
    }
    for id in reach.combined() {
        notes.push(format!(
            "note: `{id}` judges all documents of a run at once: at admission it is not asked"
        ));
    }
    if !install.subsets.is_empty() {
        let is_asked = |id: &&str| {
            let mut globs = install.subsets.iter().flat_map(|subset| &subset.among);
            globs.any(|ids| ids.matches(id))
        };
        let idle: Vec<_> = reach.policies().filter(|id| !is_asked(id)).collect();
        if let Some(first) = idle.first() {
            notes.push(format!(
                "note: {} in no subset, and not asked; the first is `{first}`",
                match idle.len() {
                    1 => "1 policy is".to_owned(),
                    count => format!("{count} policies are"),
                }
            ));
        }
    }
    notes
}
