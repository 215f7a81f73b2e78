//! Lines that no shape fits: placeholder until the messages are in.
use super::ast::Span;
use super::clean::Clean;
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn heading(file: &str, text: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code("E0131"),
        file,
        span,
        format!("`{}` is no heading", text.trim_end()),
        "a heading is a kind and a name",
    )
}
pub(super) fn long_formula(file: &str, span: Span, key: &str, most: usize) -> Diagnostic {
    Diagnostic::new(
        Code("E0106"),
        file,
        span,
        format!("this {key} has more than {most} signs"),
        "the limit keeps every score quick to work out",
    )
}
pub(super) fn line(
    clean: &Clean<'_>,
    start: usize,
    raw: &str,
    _around: &[&str],
) -> Vec<Diagnostic> {
    vec![Diagnostic::new(
        Code("E0150"),
        clean.file,
        clean.span(start, start + raw.len()),
        "this line cannot be read",
        "no line of this kind fits here",
    )]
}
