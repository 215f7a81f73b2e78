//! What commands end with, and where they print: colours only on a terminal, a closed pipe ends quietly.

use std::io::Write;

use anstream::AutoStream;

/// How a command ended, when it could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Good,
    /// The rules, a scenario or the data are wrong: exit code 1. It has been said why.
    Wrong,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Exit code 2, with the message.
    Usage(String),
    /// Nobody reads on (`onward ... | head`): exit code 0, silently.
    Pipe,
}

pub(crate) type Run<T = Outcome> = Result<T, Stop>;

/// Exit code 2 with this message.
pub(crate) fn usage<T>(message: impl Into<String>) -> Run<T> {
    Err(Stop::Usage(message.into()))
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Usage(format!("cannot write: {error}")),
        }
    }
}

/// Standard output, buffered; strips colours where nobody sees them.
pub(crate) fn stdout() -> std::io::BufWriter<AutoStream<std::io::StdoutLock<'static>>> {
    std::io::BufWriter::new(AutoStream::auto(std::io::stdout().lock()))
}

/// Prints text with colours, if any.
pub(crate) fn print(text: &str) -> Run<()> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// A line on standard error, `warning: ...`; failing to write it is no reason to fail.
pub(crate) fn complain(word: &str, message: &str) {
    let colour = if word == "error" { "\u{1b}[1;31m" } else { "\u{1b}[1;33m" };
    let mut err = AutoStream::auto(std::io::stderr().lock());
    let _ = writeln!(err, "{colour}{word}\u{1b}[0m: {message}");
}

/// A plain line on standard error.
pub(crate) fn tell(message: &str) {
    let mut err = AutoStream::auto(std::io::stderr().lock());
    let _ = writeln!(err, "{message}");
}

/// `1 problem`, `2 problems`.
pub(crate) fn count(number: usize, word: &str) -> String {
    format!("{} {word}{}", grouped(number as u64), if number == 1 { "" } else { "s" })
}

/// `17,000`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `; did you mean `x`?` for the nearest of some names, if one is near; nothing otherwise.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near = |name: &'a str| (strsim::jaro_winkler(word, name), name);
    let best = names.into_iter().map(near).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((likeness, name)) if likeness > 0.75 => format!("; did you mean `{name}`?"),
        _ => String::new(),
    }
}

/// As `nearest`, else all the names there are.
pub(crate) fn nearest_or_all(word: &str, names: &[&str]) -> String {
    let near = nearest(word, names.iter().copied());
    if !near.is_empty() {
        return near;
    }
    if names.is_empty() {
        "; there is none".to_owned()
    } else {
        format!("; there are {}", names.join(", "))
    }
}

/// Without control characters that a terminal would act on: names of files and customers come from outside.
pub(crate) fn tame(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
