//! Waivers for people.

use std::fmt::Write as _;

use crate::agreement::waiver::{FaultKind, WeighedRecord};
use crate::catalog::Layout;
use crate::report::{Paint, Tone, counted, paragraph};

/// The margin of what is said of one waiver.
const MARGIN: usize = 6;

/// All waivers. `judged` says whether manifests were.
pub(super) fn list(
    waivers: &[WeighedRecord],
    judged: bool,
    within: u32,
    layout: &Layout,
) -> String {
    let mut text = String::new();
    for weighed in waivers {
        text.push_str(&one(weighed, judged, within, layout));
        text.push('\n');
    }
    text.push_str(&summary(waivers, judged, within));
    text
}

fn one(weighed: &WeighedRecord, judged: bool, within: u32, layout: &Layout) -> String {
    let paint = Paint { colour: layout.colour };
    let waiver = &weighed.waiver;
    let (word, tone) = match weighed.faults.first() {
        None if is_ending(weighed, within) => ("ends soon", Tone::Warn),
        None => ("holds", Tone::Good),
        Some(fault) => (word(fault.kind), Tone::Deny),
    };
    let mut text = String::new();
    let place = format!("{}:{}", waiver.file, waiver.line);
    let _ = writeln!(
        text,
        "{}  {}  {}",
        paint.bold(tone, word),
        paint.strong(&waiver.policy),
        paint.dim(&place)
    );
    let mut line = |name: &str, said: &str| {
        let name = paint.dim(&format!("{name:<MARGIN$}"));
        text.push_str(&paragraph(&name, MARGIN, said, layout.width));
    };
    line("for", &waiver.selects);
    let from = waiver.from.as_ref().map(|from| format!("from {from} "));
    line("", &format!("{}until {}{}", from.unwrap_or_default(), waiver.expires, left(weighed)));
    line("why", &waiver.reason);
    let who = [
        waiver.requested_by.as_ref().map(|who| format!("asked by {who}")),
        waiver.approved_by.as_ref().map(|who| format!("approved by {who}")),
        waiver.ticket.clone(),
    ];
    let who: Vec<_> = who.into_iter().flatten().collect();
    if !who.is_empty() {
        line("who", &who.join(if layout.unicode { " · " } else { " - " }));
    }
    if judged {
        line(
            "waives",
            &match (weighed.waived, weighed.in_vain) {
                (0, 0) => "nothing here".to_owned(),
                (0, in_vain) => format!("nothing, and would {}", counted(in_vain, "finding")),
                (waived, _) => counted(waived, "finding"),
            },
        );
    }
    for fault in &weighed.faults {
        line("wrong", &fault.message);
        if let Some(help) = &fault.help {
            line("", help);
        }
    }
    text
}

fn word(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::UnknownPolicy => "no such policy",
        FaultKind::Forbidden => "not allowed",
        FaultKind::TooWide => "too wide",
        FaultKind::TooLong => "too long",
        FaultKind::Unapproved => "not approved",
        FaultKind::Ahead => "to come",
        FaultKind::Expired => "over",
    }
}

fn left(weighed: &WeighedRecord) -> String {
    match weighed.days_left {
        left if left < 0 => String::new(),
        0 => ", today".to_owned(),
        left => format!(", {} left", counted(usize::try_from(left).unwrap_or(usize::MAX), "day")),
    }
}

/// Whether a waiver that holds ends within so many days.
pub(super) fn is_ending(weighed: &WeighedRecord, within: u32) -> bool {
    weighed.holds && weighed.days_left <= i64::from(within)
}

fn summary(waivers: &[WeighedRecord], judged: bool, within: u32) -> String {
    let holding = waivers.iter().filter(|weighed| weighed.holds).count();
    let hold = if holding == 1 { "holds" } else { "hold" };
    let mut parts = vec![counted(waivers.len(), "waiver"), format!("{holding} {hold}")];
    let ending = waivers.iter().filter(|weighed| is_ending(weighed, within)).count();
    if ending > 0 {
        let end = if ending == 1 { "ends" } else { "end" };
        parts.push(format!("{ending} {end} within {}", counted(within as usize, "day")));
    }
    if judged {
        let idle = waivers.iter().filter(|weighed| weighed.holds && weighed.waived == 0).count();
        if idle > 0 {
            let lets = if idle == 1 { "lets" } else { "let" };
            parts.push(format!("{idle} {lets} nothing pass"));
        }
    }
    if waivers.is_empty() { "no waivers\n".to_owned() } else { parts.join(", ") + "\n" }
}
