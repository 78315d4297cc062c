//! Time zones.

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{OffsetName as _, Tz};

use super::super::BuiltinError;

/// A zone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone {
    Utc,
    Named(Tz),
}

/// What a zone has at a time.
pub(super) struct Offset {
    /// Seconds east of Greenwich.
    pub(super) offset: i64,
    /// The abbreviation in use.
    pub(super) name: String,
}

impl Zone {
    /// The zone of that name. The local one is UTC: what a policy says can't depend on where it
    /// runs.
    pub(super) fn named(name: &str) -> Result<Self, BuiltinError> {
        match name {
            "" | "UTC" | "Local" => Ok(Self::Utc),
            name => name
                .parse()
                .map(Self::Named)
                .map_err(|_| BuiltinError::new(format!("unknown time zone {name}"))),
        }
    }

    /// What holds at a time in seconds since 1970.
    pub(super) fn at(&self, seconds: i64) -> Offset {
        let utc = || Offset { offset: 0, name: "UTC".to_owned() };
        match (self, DateTime::from_timestamp(seconds, 0)) {
            (Self::Named(zone), Some(time)) => {
                let offset = zone.offset_from_utc_datetime(&time.naive_utc());
                Offset {
                    offset: offset.fix().local_minus_utc().into(),
                    name: offset.abbreviation().unwrap_or_default().to_owned(),
                }
            }
            _ => utc(),
        }
    }

    /// Seconds since 1970 of what clocks show in the zone. Around a change of the clocks, Go's
    /// choice: the offset that holds at the time that the offset of the naive reading gives.
    pub(super) fn to_utc(self, local: i64) -> i64 {
        match self.at(local).offset {
            0 => local,
            offset => local - self.at(local - offset).offset,
        }
    }
}
