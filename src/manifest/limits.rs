//! How much one text may ask of its reader.

/// Bounds on what is read. Passing one is an error with a place, never a shorter manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// The longest text, in bytes.
    pub bytes: usize,
    /// The deepest nesting of maps and lists.
    pub depth: usize,
    /// The most values in one document, counting what aliases repeat.
    pub nodes: usize,
    /// Whether JSON may give a key twice, so that the last one counts. No API server writes so.
    pub repeated_keys: bool,
}

impl Default for ReadLimits {
    /// 64 MiB, 256 levels, four million values: far above anything that a cluster stores.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 256, nodes: 4_000_000, repeated_keys: true }
    }
}
