//! The versioned JSON report and its schema.

use std::io;

use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::ser::{Formatter as _, PrettyFormatter};
use serde_json::{Serializer, Value};

use crate::check::{ReportRecord, Reported};

use super::Rendered;

pub(super) fn write(report: &dyn Reported, out: &mut dyn io::Write) -> io::Result<()> {
    let around = ReportRecord::without_findings(report);
    let (before, behind) = around_array(&around, "findings", 1)?;
    out.write_all(before.as_bytes())?;
    let mut findings = Array::begin(out, 2)?;
    let mut rendered = Rendered::default();
    report.windows(&mut |window| {
        let between = findings.between();
        let render = |_, finding: &_, text: &mut _| element(finding, 2, text);
        rendered.window(window, &between, render)?.iter().try_for_each(|piece| findings.add(piece))
    })?;
    findings.end()?;
    out.write_all(behind.as_bytes())
}

/// JSON that people can read too, as [`write`] and the other formats have it, in two parts: what
/// stands before and behind the elements of an array that is empty so far, under a key at a depth.
pub(super) fn around_array(
    value: &impl Serialize,
    key: &str,
    depth: usize,
) -> io::Result<(String, String)> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    // No string has a line break that is not escaped, so only the key itself stands like this.
    let key = format!("\n{}\"{key}\": ", "  ".repeat(depth));
    let (before, behind) = text.split_once(&format!("{key}[]")).unwrap_or((&text, ""));
    Ok((format!("{before}{key}"), behind.to_owned()))
}

/// An array that is written as its elements come.
pub(crate) struct Array<'o> {
    out: &'o mut dyn io::Write,
    depth: usize,
    is_empty: bool,
}

impl<'o> Array<'o> {
    /// One whose elements stand at a depth.
    pub(crate) fn begin(out: &'o mut dyn io::Write, depth: usize) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, depth, is_empty: true })
    }

    /// What stands between two elements.
    pub(crate) fn between(&self) -> Vec<u8> {
        format!(",\n{}", "  ".repeat(self.depth)).into_bytes()
    }

    /// Adds an element, or several with what stands between them.
    pub(crate) fn add(&mut self, elements: &[u8]) -> io::Result<()> {
        let between = self.between();
        self.out.write_all(&between[usize::from(self.is_empty)..])?;
        self.is_empty = false;
        self.out.write_all(elements)
    }

    /// Ends it, and gives back what it was written to.
    pub(crate) fn end(self) -> io::Result<&'o mut dyn io::Write> {
        if !self.is_empty {
            write!(self.out, "\n{}", "  ".repeat(self.depth - 1))?;
        }
        self.out.write_all(b"]")?;
        Ok(self.out)
    }
}

/// Renders an element of an array at a depth.
pub(crate) fn element(value: &impl Serialize, depth: usize, text: &mut Vec<u8>) -> io::Result<()> {
    let mut formatter = PrettyFormatter::new();
    for _ in 0..depth {
        formatter.begin_array(&mut io::sink())?;
    }
    value.serialize(&mut Serializer::with_formatter(text, formatter)).map_err(io::Error::from)
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
