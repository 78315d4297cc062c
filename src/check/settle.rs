//! What was agreed, applied to what was found.
//!
//! Verdicts are kept without it: dates pass, and waivers and baselines change, while manifests and
//! policies stay. All but one part of it is decided for each text by itself. What stood before may
//! stand as often as it did, so that part goes through the texts in their order.

use crate::agreement::{Agreed, Agreement, Allowance, Fingerprint, Settled, Standing};

use super::finding::Finding;
use super::handover::Checked;
use super::record::{self, Head};
use super::run::Run;

/// What was found in a text, with all that was agreed but for what stood before.
pub(super) struct Settling {
    checked: Checked,
    /// None where nothing that was agreed is about it.
    findings: Option<(Head, Vec<Finding>)>,
    /// What may have stood before: which of the findings, and its fingerprint.
    open: Vec<(usize, Fingerprint)>,
    /// The fingerprints of what something else lets pass.
    others: Vec<Fingerprint>,
}

impl Settling {
    /// Lets stand what stood before, as long as there is some left.
    pub(super) fn let_stand(&mut self, allowance: &mut Allowance) {
        self.others.iter().for_each(|fingerprint| allowance.sees(fingerprint));
        let Some((_, findings)) = &mut self.findings else { return };
        for (at, fingerprint) in self.open.drain(..) {
            if let Some(finding) = findings.get_mut(at).filter(|_| allowance.takes(&fingerprint)) {
                finding.standing = Standing::Baselined;
                finding.agreed = Some(Agreed::Baseline);
            }
        }
    }

    /// The same as it is handed over.
    pub(super) fn done(self, run: &Run<'_>) -> Checked {
        let Self { mut checked, findings, open: _, others: _ } = self;
        if let Some((head, findings)) = findings {
            run.record(head, &findings, &mut checked);
        }
        checked
    }
}

impl Run<'_> {
    pub(super) fn agreement(&self) -> &Agreement {
        &self.options().agreement
    }

    /// How a finding stands by what was agreed, but for what stood before; none of what is not
    /// told.
    pub(super) fn standing(&self, finding: &Finding) -> Option<Standing> {
        match self.agreement().settle(&finding.subject()) {
            Settled::Unannounced => None,
            Settled::Stands { standing, .. } => Some(standing),
        }
    }

    /// What stood before, as a run begins.
    pub(super) fn allowance(&self) -> Option<Allowance> {
        self.agreement().baseline.as_ref().map(|baseline| baseline.allowance())
    }

    /// What was agreed about what was found in one text.
    pub(super) fn settle(&self, checked: Checked) -> Settling {
        let mut checked = checked;
        let findings = self.settled(&mut checked);
        let (mut open, mut others) = (Vec::new(), Vec::new());
        if let Some((_, findings)) = &findings
            && self.agreement().baseline.is_some()
        {
            for (at, finding) in findings.iter().enumerate() {
                if finding.standing.is_let_pass() {
                    others.push(finding.fingerprint());
                } else {
                    open.push((at, finding.fingerprint()));
                }
            }
        }
        Settling { checked, findings, open, others }
    }

    fn settled(&self, checked: &mut Checked) -> Option<(Head, Vec<Finding>)> {
        let agreement = self.agreement();
        let concerns = |count: &record::Count| {
            self.numbered().get(count.policy).is_some_and(|policy| agreement.concerns(policy))
        };
        let (mut head, body) = record::head(&checked.record)?;
        if !head.counts.iter().any(concerns) {
            return None;
        }
        let text = checked.text.as_ref()?;
        let findings = record::findings(body, text, self.known()).unwrap_or_default();
        let mut settled = Vec::with_capacity(findings.len());
        for mut finding in findings {
            match agreement.settle(&finding.subject()) {
                Settled::Unannounced => head.unannounced += 1,
                Settled::Stands { standing, phase, agreed, waivers } => {
                    checked.tally.add(&waivers);
                    (finding.standing, finding.phase, finding.agreed) = (standing, phase, agreed);
                    if !standing.is_let_pass()
                        && let Some(since) = &agreement.since
                        && since.is_unchanged(finding.place.iter().chain(&finding.also))
                    {
                        finding.standing = Standing::Baselined;
                        let revision = since.revision.clone();
                        finding.agreed = Some(Agreed::Since { revision });
                    }
                    settled.push(finding);
                }
            }
        }
        Some((head, settled))
    }
}
