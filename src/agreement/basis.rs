//! What a verdict rests on, in a few characters: so that two verdicts which differ can be told
//! apart at a look.

use std::fmt;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::digest::{Digest, Parts, unordered};

use super::Agreement;

/// What a verdict rests on. The same on every machine, wherever files stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Basis {
    /// A short name of all of it together.
    pub decision: String,
    /// The policies.
    #[schemars(with = "String")]
    pub policies: Digest,
    /// The data beside them, and the objects that they know of.
    #[schemars(with = "String")]
    pub data: Digest,
    /// The settings that change verdicts, and the dates of policies.
    #[schemars(with = "String")]
    pub settings: Digest,
    /// What is let pass: waivers that hold, the baseline, and what has not changed.
    #[schemars(with = "String")]
    pub agreement: Digest,
    /// The day that dates are held against, in UTC.
    #[schemars(with = "String")]
    pub as_of: NaiveDate,
}

impl Basis {
    /// What verdicts rest on under an agreement.
    pub fn new(policies: Digest, data: Digest, settings: Digest, agreement: &Agreement) -> Self {
        let as_of = agreement.as_of;
        let agreement = agreement.digest();
        let mut parts = Parts::new("decision");
        [policies, data, settings, agreement].iter().for_each(|part| parts.add(part.as_bytes()));
        parts.add(as_of.to_string().as_bytes());
        let decision = parts.digest().short();
        Self { decision, policies, data, settings, agreement, as_of }
    }
}

impl Basis {
    /// What to compare first: where these are the same, so most likely is the rest.
    pub fn short(&self) -> String {
        let Self { decision, policies, as_of, .. } = self;
        format!("decision {decision}, policies {}, as of {as_of}", policies.short())
    }
}

/// All of it, for people: what to compare first, and then what to look at.
impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { decision, policies, data, settings, agreement, as_of } = self;
        let [policies, data, settings, agreement] =
            [policies, data, settings, agreement].map(Digest::short);
        write!(
            f,
            "decision {decision}: policies {policies}, data {data}, settings {settings}, agreement \
             {agreement}, as of {as_of}"
        )
    }
}

impl Agreement {
    /// What is let pass, in a digest.
    fn digest(&self) -> Digest {
        let Self { as_of: _, upcoming: _, waivers, baseline, since } = self;
        let mut parts = Parts::new("agreement");
        let waivers = waivers.each().iter().filter(|weighed| weighed.holds()).map(|weighed| {
            let mut parts = Parts::new("waiver");
            parts.add(weighed.waiver.payload().as_bytes());
            parts.digest()
        });
        parts.add(unordered("waivers", waivers).as_bytes());
        if let Some(baseline) = baseline {
            parts.add(b"baseline");
            for (stood, count) in baseline.iter() {
                parts.add(stood.fingerprint().as_bytes());
                parts.add(&count.to_le_bytes());
            }
        }
        if let Some(since) = since {
            parts.add(b"since");
            parts.add(since.commit.as_bytes());
        }
        parts.digest()
    }
}
