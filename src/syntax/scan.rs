use super::clean::Clean;
use super::source::Source;
use crate::diagnostic::Diagnostic;
pub(super) struct Scanned<'a> {
    pub(super) clean: Clean<'a>,
    pub(super) problems: Vec<Diagnostic>,
}
pub(super) fn scan(source: &Source) -> Scanned<'_> {
    Scanned { clean: Clean::new(source.name(), source.text(), &[]), problems: Vec::new() }
}
