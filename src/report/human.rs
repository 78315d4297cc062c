//! The report for people: grouped by policy, so that what holds for many findings is said once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use chrono::NaiveDate;
use miette::{Diagnostic, LabeledSpan, SourceCode};

use crate::agreement::Agreed;
use crate::agreement::waiver::WeighedRecord;
use crate::check::{Finding, Problem, Reported, Standing, Summary};
use crate::policy::{Level, Policy};
use crate::source::{Position, display_name};
use crate::spill::Spill;

use super::change;
use super::explanation::one_line;
use super::otherwise::{self, Softly};
use super::paint::{Paint, Tone};
use super::paragraph::paragraph;
use super::{snippets, standing};

/// How the report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanOptions {
    /// Whether ANSI colours are used.
    pub colour: bool,
    /// Whether boxes and marks may use more than ASCII.
    pub unicode: bool,
    /// The widest line, in columns.
    pub width: usize,
    /// For how many findings of a policy the text is shown; the others take one line each.
    pub snippets: usize,
    /// Whether the summary tells how long it took.
    pub timing: bool,
}

impl Default for HumanOptions {
    fn default() -> Self {
        Self { colour: false, unicode: true, width: 100, snippets: 5, timing: true }
    }
}

/// How many bytes of rendered findings are held in memory.
const MEMORY: usize = 4 << 20;

/// Writes the report.
pub(super) fn write(
    report: &dyn Reported,
    options: &HumanOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let as_of = report.summary().as_of;
    let writer = Writer { options, paint: Paint { colour: options.colour }, as_of };
    let mut groups = Groups { by_key: BTreeMap::new(), text: Spill::new(MEMORY) };
    let mut findings = 0;
    report.windows(&mut |window| {
        findings += window.len();
        window.iter().try_for_each(|finding| groups.add(finding, &writer))
    })?;
    for group in groups.by_key.values() {
        out.write_all(group.heading.as_bytes())?;
        for lane in [group.lane, group.lane + 1] {
            io::copy(&mut groups.text.read(lane), out)?;
        }
        out.write_all(writer.advice(group).as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.write_all(writer.warnings(report.warnings()).as_bytes())?;
    out.write_all(writer.problems(report.errors()).as_bytes())?;
    out.write_all(writer.summary(report.summary(), findings).as_bytes())?;
    out.write_all(writer.idle(report.waivers()).as_bytes())?;
    out.write_all(writer.basis(report.summary()).as_bytes())
}

/// The findings of one policy.
struct Group {
    heading: String,
    policy: Arc<Policy>,
    /// What will change about it.
    notice: Option<String>,
    /// Where its findings are set aside, those that are let pass in the next one.
    lane: usize,
    shown: usize,
    /// What waivers would be for, as far as it is shown.
    targets: Vec<String>,
    /// Whether there are others.
    more_targets: bool,
}

/// Those that block come first, then by the policy's id and title.
type Key = (std::cmp::Reverse<usize>, String, Option<String>);

struct Groups {
    by_key: BTreeMap<Key, Group>,
    text: Spill,
}

impl Groups {
    fn add(&mut self, finding: &Finding, writer: &Writer<'_>) -> io::Result<()> {
        if finding.standing == Standing::Baselined {
            // There may be thousands, about which nobody is to do anything now.
            return Ok(());
        }
        let policy = &finding.policy;
        let level = std::cmp::Reverse(weight(finding));
        let lane = self.by_key.len() * 2;
        let key = (level, policy.id.clone(), policy.metadata.title.clone());
        let group = self.by_key.entry(key).or_insert_with(|| Group {
            heading: writer.heading(finding, policy),
            policy: Arc::clone(policy),
            notice: finding.notice(writer.as_of),
            lane,
            shown: 0,
            targets: Vec::new(),
            more_targets: false,
        });
        if finding.standing.is_let_pass() {
            return self.text.append(group.lane + 1, writer.line(finding).as_bytes());
        }
        let snippets = writer.options.snippets;
        if let Some(target) = otherwise::target(finding).filter(|it| !group.targets.contains(it)) {
            if group.targets.len() < snippets.max(1) {
                group.targets.push(target);
            } else {
                group.more_targets = true;
            }
        }
        let text = if group.shown < snippets {
            let snippet = writer.snippet(&FindingSnippet(finding));
            snippet + &elsewhere(finding) + &change::of(finding, writer.paint)
        } else {
            let gap = if group.shown == snippets { "\n" } else { "" };
            format!("{gap}{}", writer.line(finding))
        };
        group.shown += 1;
        self.text.append(group.lane, text.as_bytes())
    }
}

struct Writer<'o> {
    options: &'o HumanOptions,
    paint: Paint,
    as_of: NaiveDate,
}

impl Writer<'_> {
    fn heading(&self, finding: &Finding, policy: &Policy) -> String {
        let tone = tone(finding);
        let mut right = String::new();
        if policy.metadata.title.is_some() {
            right.push_str(&policy.id);
        }
        if let Some(severity) = finding.severity {
            let _ =
                write!(right, "{}{}", if right.is_empty() { "" } else { " · " }, severity.as_str());
        }
        let right = self.plain(&right);
        let level = self.paint.bold(tone, standing::asks(finding));
        let title = self.paint.strong(policy.title());
        let gap = if right.is_empty() { "" } else { "  " };
        format!("{level}  {title}{gap}{}\n", self.paint.dim(&right))
    }

    /// What its policy says about a group of findings.
    fn advice(&self, group: &Group) -> String {
        let policy = &group.policy;
        let metadata = &policy.metadata;
        let origin = format!("{}:{}", display_name(policy.source.name().as_ref()), policy.line());
        let who: Vec<&str> = [metadata.owner.as_deref(), metadata.contact.as_deref()]
            .into_iter()
            .flatten()
            .chain([origin.as_str()])
            .collect();
        let what = if metadata.why.is_none() { metadata.description.clone() } else { None };
        let mut text = String::new();
        let said = [
            ("when", group.notice.clone()),
            ("what", what),
            ("why", metadata.why.clone()),
            ("fix", metadata.help.clone()),
            ("who", Some(who.join(" · "))),
        ];
        for (name, said) in said {
            if let Some(said) = said {
                text.push_str(&self.paragraph(name, &self.plain(&said)));
            }
        }
        let mut commands = otherwise::commands(policy, &group.targets, self.as_of);
        if group.more_targets && commands.len() > 1 {
            commands.push("and so on for the others".to_owned());
        }
        for (index, said) in commands.iter().enumerate() {
            // Lines to copy are not to be wrapped.
            let name = self.paint.dim(if index == 0 { "else " } else { "     " });
            let _ = writeln!(text, "  {name} {said}");
        }
        for (index, link) in metadata.links.iter().enumerate() {
            text.push_str(&self.paragraph(if index == 0 { "docs" } else { "" }, &link.url));
        }
        text
    }

    fn paragraph(&self, name: &str, said: &str) -> String {
        paragraph(&self.paint.dim(&format!("{name:<5}")), 5, said, self.options.width)
    }

    fn snippet(&self, diagnostic: &dyn Diagnostic) -> String {
        let mut text = String::from("\n");
        let HumanOptions { unicode, colour, width, .. } = *self.options;
        let handler = snippets(unicode, colour, width).with_cause_chain().with_context_lines(1);
        // Writing into a string does not fail; a diagnostic without its snippet still says what.
        if handler.render_report(&mut text, diagnostic).is_err() {
            let _ = writeln!(text, "  {diagnostic}");
        }
        text
    }

    /// A finding in one line.
    fn line(&self, finding: &Finding) -> String {
        let (mark, tone) = match finding.standing {
            Standing::Waived | Standing::Baselined | Standing::Upcoming => {
                (finding.standing.as_str(), Tone::Quiet)
            }
            Standing::Blocking => (if self.options.unicode { "×" } else { "x" }, Tone::Deny),
            Standing::Warning => (if self.options.unicode { "⚠" } else { "!" }, tone(finding)),
        };
        let place = match finding.location() {
            Some(at) => format!("{}:{}:{}  ", at.file, at.line, at.column),
            None => String::new(),
        };
        let mut line =
            format!("  {} {place}{}\n", self.paint.tone(tone, mark), one_line(&told(finding)));
        if let Some(Agreed::Waiver { waiver }) = &finding.agreed {
            let why = format!("{} [{}:{}]", standing::waived(waiver), waiver.file(), waiver.line());
            line.push_str(&paragraph("     ", 5, &why, self.options.width));
        }
        line
    }

    fn problems(&self, problems: &[Problem]) -> String {
        if problems.is_empty() {
            return String::new();
        }
        let heading = self.paint.strong("Some things could not be judged");
        let mut text = format!("{}  {heading}\n", self.paint.bold(Tone::Deny, "error"));
        for problem in problems {
            text.push_str(&self.snippet(problem));
        }
        text.push('\n');
        text
    }

    fn warnings(&self, warnings: &[Problem]) -> String {
        if warnings.is_empty() {
            return String::new();
        }
        let heading = self.paint.strong("What was agreed needs a look");
        let mut text = format!("{}  {heading}\n", self.paint.bold(Tone::Warn, "note"));
        for warning in warnings {
            text.push_str(&self.snippet(&Softly(warning)));
        }
        text.push('\n');
        text
    }

    /// Waivers that do nothing: here, or anywhere.
    fn idle(&self, waivers: &[WeighedRecord]) -> String {
        let is_idle = |waiver: &&WeighedRecord| waiver.holds && waiver.waived == 0;
        match waivers.iter().filter(is_idle).count() {
            0 => String::new(),
            1 => {
                self.paint.dim("1 waiver lets nothing pass here (manifestly waivers lists them)\n")
            }
            idle => self.paint.dim(&format!(
                "{idle} waivers let nothing pass here (manifestly waivers lists them)\n"
            )),
        }
    }

    fn summary(&self, summary: &Summary, findings: usize) -> String {
        let mut said = Vec::new();
        for (count, word, tone) in [
            (summary.deny, "deny", Tone::Deny),
            (summary.warn, "warn", Tone::Warn),
            (summary.upcoming, "upcoming", Tone::Quiet),
            (summary.waived, "waived", Tone::Quiet),
            (summary.baselined, "baselined", Tone::Quiet),
            (summary.errors, if summary.errors == 1 { "error" } else { "errors" }, Tone::Deny),
        ] {
            if count > 0 {
                said.push(self.paint.bold(tone, &format!("{count} {word}")));
            }
        }
        if said.is_empty() {
            said.push(match (summary.resources, findings) {
                (0, _) => "nothing to judge".to_owned(),
                (_, 0) => self.paint.bold(Tone::Good, "no violations"),
                (_, notes) => counted(notes, "note"),
            });
        }
        let mut text = said.join(", ");
        if summary.policies == 0 {
            text.push_str("; nothing was judged\n");
            return text;
        }
        let _ = write!(
            text,
            " in {} of {}, judged by {}",
            counted(summary.resources, "resource"),
            counted(summary.files, "file"),
            if summary.policies == 1 {
                "1 policy".into()
            } else {
                format!("{} policies", summary.policies)
            },
        );
        if self.options.timing {
            let _ = write!(text, " in {} ms", summary.duration_ms);
        }
        text.push('\n');
        if summary.mended > 0 {
            let more = counted(summary.mended, "more finding");
            let what = if summary.mended == 1 { "is" } else { "are" };
            let mended = format!(
                "{more} of the baseline {what} not found here (manifestly baseline update takes \
                 out what is mended)\n"
            );
            text.push_str(&self.paint.dim(&mended));
        }
        if summary.skipped > 0 {
            let skipped = format!(
                "{} skipped: no manifest (--any judges every document)\n",
                counted(summary.skipped, "document"),
            );
            text.push_str(&self.paint.dim(&skipped));
        }
        self.plain(&text)
    }

    /// What the verdict rests on: the same anywhere else means the same policies there.
    fn basis(&self, summary: &Summary) -> String {
        let basis = summary.basis.as_ref();
        basis.map(|basis| self.paint.dim(&basis.short()) + "\n").unwrap_or_default()
    }

    /// The same text in ASCII, where nothing else may be used for ornament.
    fn plain(&self, text: &str) -> String {
        if self.options.unicode { text.to_owned() } else { text.replace('·', "-") }
    }
}

/// The higher, the further up: what blocks, what warns, what is to come, and notes.
fn weight(finding: &Finding) -> usize {
    match (finding.due(), finding.level) {
        (Standing::Blocking, _) => 3,
        (Standing::Upcoming, _) => 1,
        (_, Level::Info) => 0,
        _ => 2,
    }
}

fn tone(finding: &Finding) -> Tone {
    match weight(finding) {
        3 => Tone::Deny,
        2 => Tone::Warn,
        _ => Tone::Quiet,
    }
}

pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The places that a snippet can't show, as they stand in other files.
fn elsewhere(finding: &Finding) -> String {
    let mut text = String::new();
    for place in finding.elsewhere() {
        let (Position { line, column }, _) = place.lines;
        let label =
            place.label(&finding.message).map(|label| format!("  {label}")).unwrap_or_default();
        let _ = writeln!(text, "   also {}:{line}:{column}{label}", place.text.name());
    }
    text
}

/// A finding's message with the resource it is about.
fn told(finding: &Finding) -> String {
    match &finding.resource {
        Some(resource) if !resource.kind.is_empty() => format!("{resource}: {}", finding.message),
        _ => finding.message.clone(),
    }
}

/// A finding as its message and place alone; the rest is said once for its policy.
#[derive(Debug)]
struct FindingSnippet<'f>(&'f Finding);

impl std::fmt::Display for FindingSnippet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&told(self.0))
    }
}

impl std::error::Error for FindingSnippet<'_> {}

impl Diagnostic for FindingSnippet<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        self.0.severity()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}
