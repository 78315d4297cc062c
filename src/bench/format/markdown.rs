//! For pull requests.

use std::io;

use crate::bench::{Comparison, Record};

use super::words;

pub(super) fn write(
    record: &Record,
    comparison: Option<&Comparison>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let setup = record.setup;
    let latency = record.latency;
    writeln!(out, "### manifestly bench\n\n{}\n", words::subject(record))?;
    writeln!(out, "| | |\n| --- | ---: |")?;
    let rows = [
        ("policies read and compiled", words::time(setup.policies_ns)),
        ("manifests read", words::time(setup.manifests_ns)),
        ("reviews a second", words::throughput(record.reviews_per_second)),
        ("violations in each iteration", words::count(record.violations)),
        ("mean", words::time(latency.mean_ns)),
        ("p50", words::time(latency.p50_ns)),
        ("p95", words::time(latency.p95_ns)),
        ("p99", words::time(latency.p99_ns)),
        ("min", words::time(latency.min_ns)),
        ("max", words::time(latency.max_ns)),
    ];
    for (name, value) in rows {
        writeln!(out, "| {name} | {value} |")?;
    }
    comparison.map_or(Ok(()), |comparison| compared(comparison, out))
}

fn compared(comparison: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\nCompared with `{}`:\n", comparison.with.replace('`', "'"))?;
    for difference in &comparison.differences {
        writeln!(out, "- {difference}")?;
    }
    if !comparison.differences.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "| | before | now | change |\n| --- | ---: | ---: | ---: |")?;
    for metric in &comparison.metrics {
        let [before, now] = [metric.before, metric.now].map(|value| words::value(metric, value));
        let change = format!("{:+.1} %", metric.change_percent);
        let change = if metric.is_worse { format!("**{change}**") } else { change };
        writeln!(out, "| {} | {before} | {now} | {change} |", metric.name)?;
    }
    Ok(())
}
