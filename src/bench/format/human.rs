//! For people.

use std::io;

use crate::bench::{Comparison, Record};

use super::words;

pub(super) fn write(
    record: &Record,
    comparison: Option<&Comparison>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let setup = record.setup;
    let before = setup.policies_ns.saturating_add(setup.manifests_ns);
    let latency = record.latency;
    writeln!(out, "{}\n", words::subject(record))?;
    writeln!(
        out,
        "set-up      {}: policies {}, manifests {}",
        words::time(before),
        words::time(setup.policies_ns),
        words::time(setup.manifests_ns),
    )?;
    writeln!(
        out,
        "reviews     {} in {}, {} a second",
        words::count(record.reviews),
        words::time(record.total_ns),
        words::throughput(record.reviews_per_second),
    )?;
    writeln!(out, "violations  {} in each iteration\n", words::count(record.violations))?;
    let times = [
        ("mean", latency.mean_ns),
        ("p50", latency.p50_ns),
        ("p95", latency.p95_ns),
        ("p99", latency.p99_ns),
        ("min", latency.min_ns),
        ("max", latency.max_ns),
    ];
    for (at, (name, time)) in times.into_iter().enumerate() {
        let lead = if at == 0 { "a review" } else { "" };
        writeln!(out, "{lead:<12}{name:<5}{:>10}", words::time(time))?;
    }
    comparison.map_or(Ok(()), |comparison| compared(comparison, out))
}

fn compared(comparison: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\ncompared with {}", comparison.with)?;
    for difference in &comparison.differences {
        writeln!(out, "            {difference}")?;
    }
    for metric in &comparison.metrics {
        let [before, now] = [metric.before, metric.now].map(|value| words::value(metric, value));
        let worse = if metric.is_worse {
            format!("  worse than the {} % that are allowed", comparison.allowed_percent)
        } else {
            String::new()
        };
        let change = format!("{:+.1} %", metric.change_percent);
        writeln!(out, "  {:<10}{before:>11} -> {now:>11}{change:>11}{worse}", metric.name)?;
    }
    Ok(())
}
