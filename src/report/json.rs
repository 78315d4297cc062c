//! The versioned JSON report and its schema.

use std::io;

use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::check::{Report, ReportRecord};

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    pretty(report, out)
}

/// JSON that people can read too, ending in a line break.
pub(super) fn pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// The JSON Schema of the JSON report, draft 2020-12.
pub fn schema() -> Value {
    // As it is written, not as it could be read: a key whose value may be null is still there.
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<ReportRecord<'static>>();
    if let Some(version) = schema.pointer_mut("/properties/version").and_then(Value::as_object_mut)
    {
        version.retain(|keyword, _| keyword == "description");
        version.insert("const".to_owned(), Value::from(1));
    }
    schema.into()
}
