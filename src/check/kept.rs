//! Rule files as they were read last, so that a reload reads again only what was edited.
//!
//! In: the sources of one check, with what was read of them. Out, at the next check: the same trees and
//! problems, for files of which nothing changed. Only reading is remembered, which looks at one file alone;
//! what definitions mean together is worked out anew by every check.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Checked, Context, checked};
use crate::diagnostic::Diagnostic;
use crate::mutant::mutant;
use crate::syntax::{Limits, Source, ast};

/// Most rule text that is remembered, in bytes; its trees take about thirteen times as much.
const KEPT: u64 = 4 << 20;

/// What reading a file gave: its tree, its problems, and how many more were only counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) tree: Arc<ast::File>,
    pub(super) found: Vec<Diagnostic>,
    pub(super) more: usize,
}

/// Rule files as they were read last, for whoever checks the same workspace again and again.
///
/// - Shape: the files of the last check, up to 4 MiB of rule text, in the order of their names. A file counts as
///   unchanged where its name, its text and the limits are what they were.
/// - Cost: about 14 bytes for each byte of text remembered; a check that reads no file takes about a third of one
///   that reads all.
///
/// # Example
/// ```
/// use onward::check::{Context, KeptFiles};
/// use onward::Source;
/// let mut files = KeptFiles::default();
/// let mut sources = vec![
///     Source::new("a.journey", "workspace acme {\n  currency: EUR, time_zone: Europe/Paris, languages: [fr]\n}\n"),
///     Source::new("b.journey", "customer {\n  plan: optional one of [none, fibre]\n}\n"),
/// ];
/// files.check(&sources, &Context::default());
/// sources[1] = Source::new("b.journey", "customer {\n  plan: optional one of [none, cable]\n}\n");
/// let checked = files.check(&sources, &Context::default()); // `a.journey` was not read again
/// assert_eq!(checked.diagnostics, onward::check(&sources, &Context::default()).diagnostics);
/// ```
#[derive(Debug, Default)]
pub struct KeptFiles {
    files: BTreeMap<String, Kept>,
    limits: Limits,
}

#[derive(Debug)]
struct Kept {
    source: Source,
    reading: Reading,
}

impl KeptFiles {
    /// As [`check`](super::check()), and equal to it in all that it gives; files that did not change since the last call
    /// are not read again.
    #[must_use]
    pub fn check(&mut self, sources: &[Source], context: &Context) -> Checked {
        if self.limits != context.limits {
            self.files.clear();
            self.limits = context.limits.clone();
        }
        checked(sources, context, Some(self))
    }

    /// How many bytes of rule text are remembered.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|kept| kept.source.bytes()).sum()
    }

    /// What a file gave, if it is the same file.
    pub(super) fn get(&self, source: &Source) -> Option<Reading> {
        let kept = self.files.get(source.name())?;
        let same = kept.source == *source
            || mutant!("check_a_file_of_the_same_length_is_unchanged")
                && kept.source.bytes() == source.bytes();
        same.then(|| kept.reading.clone())
    }

    /// Remembers what was read, in place of what was remembered before.
    pub(super) fn keep<'s>(&mut self, read: impl Iterator<Item = (&'s Source, Reading)>) {
        let mut before = std::mem::take(&mut self.files);
        let mut bytes = 0_u64;
        for (source, reading) in read {
            bytes = bytes.saturating_add(source.bytes());
            if bytes > KEPT && !mutant!("check_keeps_all_that_was_read") {
                break;
            }
            // The text of an unchanged file need not be copied again.
            let same = before.remove(source.name()).filter(|kept| kept.source == *source);
            let source = same.map_or_else(|| source.clone(), |kept| kept.source);
            self.files.insert(source.name().to_owned(), Kept { source, reading });
        }
    }
}
