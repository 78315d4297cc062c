//! For people: what is decided otherwise, as it is met; then what could not be judged, and counts.

use std::collections::BTreeMap;
use std::io;

use crate::agreement::Digest;
use crate::report::{Paint, Tone, counted, one_line};

use super::super::Replay;
use super::super::entry::{About, Came, Entry, LeftOut, Reason, Seen, Unjudged};
use super::super::summary::Summary;
use super::super::then::{Outcome, Then, Told};
use super::super::turn::Turn;
use super::super::verdict::{Verdict, told};
use super::Layout;

/// So many findings of a policy, and so many that could not be judged for one reason, are told.
const MOST: usize = 5;

pub(super) struct Writer<'o> {
    layout: Layout,
    paint: Paint,
    replay: &'o Replay<'o>,
    out: &'o mut dyn io::Write,
    /// The first of those that could not be judged.
    unjudged: BTreeMap<Reason, Vec<String>>,
    /// Whether the last thing told was a single line.
    is_line: bool,
}

impl<'o> Writer<'o> {
    pub(super) fn new(layout: Layout, replay: &'o Replay<'o>, out: &'o mut dyn io::Write) -> Self {
        let paint = Paint { colour: layout.colour };
        Self { layout, paint, replay, out, unjudged: BTreeMap::new(), is_line: false }
    }

    pub(super) fn take(&mut self, entry: &Entry) -> io::Result<()> {
        match &entry.came {
            Came::LeftOut(_) => Ok(()),
            Came::Unjudged(unjudged) => {
                let told = self.unjudged.entry(unjudged.reason).or_default();
                if told.len() < MOST {
                    let line = unjudged_line(unjudged, &self.paint, &at(entry));
                    told.push(line);
                }
                Ok(())
            }
            Came::Judged(verdict) => match verdict.turn {
                Turn::Same | Turn::WouldAllow if !self.layout.all => Ok(()),
                Turn::Same | Turn::WouldAllow => self.line(verdict, entry),
                _ => self.verdict(verdict, entry),
            },
        }
    }

    /// What stays the same, in one line.
    fn line(&mut self, verdict: &Verdict, entry: &Entry) -> io::Result<()> {
        self.is_line = true;
        let decided = if verdict.allowed { "allowed" } else { "denied" };
        let head = self.head(verdict, entry);
        writeln!(self.out, "{head}  {}", self.paint.dim(decided))
    }

    fn head(&self, verdict: &Verdict, entry: &Entry) -> String {
        let tone = match verdict.turn {
            Turn::NewlyDenied | Turn::WouldDeny => Tone::Deny,
            Turn::NoLongerDenied => Tone::Warn,
            Turn::DeniedOtherwise | Turn::WouldAllow | Turn::Same => Tone::Quiet,
        };
        let turn = self.paint.bold(tone, verdict.turn.as_str());
        let place = self.paint.dim(&at(entry));
        format!("{turn}  {}  {place}", asked(&verdict.about, &self.paint))
    }

    fn verdict(&mut self, verdict: &Verdict, entry: &Entry) -> io::Result<()> {
        if std::mem::take(&mut self.is_line) {
            writeln!(self.out)?;
        }
        let (deny, gone, dot) =
            if self.layout.unicode { ("×", "↓", "·") } else { ("x", "-", "-") };
        let Self { paint, .. } = *self;
        writeln!(self.out, "{}", self.head(verdict, entry))?;
        let deny = paint.tone(Tone::Deny, deny);
        for newly in &verdict.newly {
            let mut findings = verdict.denying(&newly.policy);
            for finding in findings.by_ref().take(MOST) {
                let (policy, message) = (paint.strong(&newly.policy), one_line(&finding.message));
                writeln!(self.out, "  {deny} {policy}: {message}")?;
                if let Some(place) = place(finding) {
                    writeln!(self.out, "    {} {place}", paint.dim("where"))?;
                }
            }
            let more = findings.count();
            if more > 0 {
                writeln!(self.out, "    and {more} more")?;
            }
            if let Some(then) = newly.then {
                writeln!(self.out, "    {} {then}", paint.dim("then "))?;
            }
        }
        for gone_by in &verdict.no_longer {
            let mark = paint.tone(Tone::Good, gone);
            writeln!(self.out, "  {mark} {}", paint.strong(&gone_by.policy))?;
            writeln!(self.out, "    {} {}", paint.dim("now  "), gone_by.now)?;
        }
        for problem in &verdict.problems {
            writeln!(self.out, "  ! could not be judged by all policies: {}", told(problem))?;
        }
        writeln!(self.out, "  {} {}", paint.dim("then"), then(&verdict.then, dot))?;
        if verdict.about.seen == Seen::Sent {
            let note = "judged as it was sent, without defaults and what other webhooks change";
            writeln!(self.out, "  {} {note}", paint.dim("note"))?;
        }
        writeln!(self.out)
    }

    pub(super) fn end(mut self, summary: &Summary) -> io::Result<()> {
        if self.is_line {
            writeln!(self.out)?;
        }
        self.not_judged(summary)?;
        for problem in self.replay.problems() {
            let head = self.paint.bold(Tone::Deny, "error");
            writeln!(self.out, "{head}  {}\n", told(problem))?;
        }
        let unasked: Vec<_> = self.replay.unasked().map(|policy| policy.id.as_str()).collect();
        if !unasked.is_empty() {
            let ids = unasked.join(", ");
            writeln!(self.out, "not asked, as they look at several manifests at once: {ids}\n")?;
        }
        self.counts(summary)?;
        let basis = self.replay.checker.basis();
        if let Some(policies) = policies_then(summary, &basis.policies) {
            writeln!(self.out, "{policies}")?;
        }
        writeln!(self.out, "{}", basis.short())
    }

    fn not_judged(&mut self, summary: &Summary) -> io::Result<()> {
        let Self { paint, unjudged, out, .. } = self;
        if unjudged.is_empty() {
            return Ok(());
        }
        let head = paint.bold(Tone::Deny, "error");
        writeln!(out, "{head}  {}\n", paint.strong("Some requests could not be judged"))?;
        for (reason, lines) in unjudged {
            let count = summary.unjudged_for(*reason);
            writeln!(out, "  {count} {}", reason.as_str())?;
            for line in lines.iter() {
                writeln!(out, "    {line}")?;
            }
            let more = count.saturating_sub(lines.len());
            if more > 0 {
                writeln!(out, "    and {more} more")?;
            }
            if let Some(help) = reason.help() {
                writeln!(out, "    {} {help}", paint.dim("help"))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn counts(&mut self, summary: &Summary) -> io::Result<()> {
        let all = summary.judged() + summary.unjudged();
        let turns = [
            (Turn::Same, "decided the same"),
            (Turn::NewlyDenied, "newly denied"),
            (Turn::NoLongerDenied, "no longer denied"),
            (Turn::DeniedOtherwise, "denied by other policies"),
            (Turn::WouldDeny, "would be denied"),
            (Turn::WouldAllow, "would be allowed"),
        ];
        let turns = turns.map(|(turn, name)| (summary.of(turn), name));
        let others =
            [(summary.unjudged(), "not judged"), (summary.partly(), "not by all policies")];
        let said = turns.into_iter().chain(others).filter(|(count, _)| *count > 0);
        let said: Vec<_> = said.map(|(count, name)| format!("{count} {name}")).collect();
        let said = if said.is_empty() { "nothing to judge".to_owned() } else { said.join(", ") };
        writeln!(self.out, "{}: {said}", counted(all, "request"))?;
        let left_out = LeftOut::ALL.map(|why| (why, summary.left_out_for(why)));
        let left_out: Vec<_> = left_out
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(why, count)| why.counted(count))
            .collect();
        if !left_out.is_empty() {
            writeln!(self.out, "left out: {}", left_out.join(", "))?;
        }
        Ok(())
    }
}

fn at(entry: &Entry) -> String {
    match entry.line {
        Some(line) => format!("{}:{line}", entry.file),
        None => entry.file.to_string(),
    }
}

/// `CREATE Pod shop/web by alice`
fn asked(about: &About, paint: &Paint) -> String {
    let part = match about.subresource.as_str() {
        "" => String::new(),
        part => format!(" ({part})"),
    };
    let by = match about.username.as_str() {
        "" => String::new(),
        name => format!(" by {name}"),
    };
    let dry = if about.dry_run { ", a dry run" } else { "" };
    format!("{} {}{part}{by}{dry}", about.operation, paint.strong(&about.what))
}

fn unjudged_line(unjudged: &Unjudged, paint: &Paint, place: &str) -> String {
    let about = unjudged.about.as_ref().map(|about| asked(about, paint));
    let parts = [about, unjudged.detail.clone()].into_iter().flatten();
    format!("{}  {}", paint.dim(place), parts.collect::<Vec<_>>().join(": ")).trim_end().to_owned()
}

fn place(finding: &crate::check::Finding) -> Option<String> {
    let place = finding.place.as_ref()?;
    let absent = if place.missing.is_some() { " (absent)" } else { "" };
    (!place.stable_path.is_empty()).then(|| format!("{}{absent}", place.stable_path))
}

/// What was decided, and by what.
fn then(then: &Then, dot: &str) -> String {
    let outcome = match (then.outcome, then.told) {
        (Some(Outcome::Allowed), Told::Success) => "it went through".to_owned(),
        (Some(Outcome::Allowed), _) => "allowed".to_owned(),
        (Some(Outcome::Denied), _) => "denied".to_owned(),
        (None, _) => "what was decided is not recorded".to_owned(),
    };
    let said = match (&then.said, then.outcome) {
        (Some(said), None) => format!("; it failed with {said}"),
        (Some(said), Some(Outcome::Denied)) if then.denied_by.is_empty() => format!(": {said}"),
        _ => String::new(),
    };
    let decision = then.decision.as_ref().map(|decision| format!(" {dot} decision {decision}"));
    let short = |policies: &String| policies.chars().take(Digest::SHORT).collect::<String>();
    let policies = then.policies.as_ref().map(|it| format!(" {dot} policies {}", short(it)));
    [Some(outcome + &said), decision, policies].into_iter().flatten().collect()
}

/// Whether the policies are those that decided then.
fn policies_then(summary: &Summary, now: &Digest) -> Option<String> {
    let known = summary.policies();
    let now = now.to_string();
    let told = |(digest, count): (&String, &usize)| {
        let short: String = digest.chars().take(Digest::SHORT).collect();
        let same = if *digest == now { ", the same as now" } else { "" };
        format!("{short} ({}{same})", counted(*count, "request"))
    };
    let told: Vec<_> = known.iter().take(MOST).map(told).collect();
    let more = known.len().saturating_sub(told.len());
    let more = if more > 0 { format!(" and {more} others") } else { String::new() };
    (!told.is_empty()).then(|| format!("policies then: {}{more}", told.join(", ")))
}
