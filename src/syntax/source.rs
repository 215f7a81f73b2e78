//! One source file as it came, and the limits it is read under.

use std::borrow::Cow;

/// A file of the workspace, by its path relative to the workspace folder (`retail/cart.journey`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    bad_utf8_at: Option<usize>,
    refused_bytes: Option<u64>,
}

impl Source {
    /// Takes the bytes as they are; broken UTF-8 is kept as a fact and reported by `parse`.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let (text, bad_utf8_at) = match String::from_utf8(bytes.into()) {
            Ok(text) => (text, None),
            Err(broken) => {
                let at = broken.utf8_error().valid_up_to();
                (String::from_utf8_lossy(broken.as_bytes()).into_owned(), Some(at))
            }
        };
        Self { name: name.into(), text, bad_utf8_at, refused_bytes: None }
    }

    /// A file so large that the host did not read it; `parse` reports the limit.
    pub fn refused(name: impl Into<String>, bytes: u64) -> Self {
        Self {
            name: name.into(),
            text: String::new(),
            bad_utf8_at: None,
            refused_bytes: Some(bytes),
        }
    }

    /// Its path within the workspace, with `/` between folders.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text; where the bytes were no UTF-8, with U+FFFD in their place.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it was too large to be read; its text is empty then.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused_bytes.is_some()
    }

    /// First byte that is no UTF-8.
    #[must_use]
    pub fn bad_utf8_at(&self) -> Option<usize> {
        self.bad_utf8_at
    }

    /// Its size: of the text, or of the file that was not read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.refused_bytes.unwrap_or(self.text.len() as u64)
    }

    /// The folder it lies in: `retail` for `retail/cart.journey`, empty for a file at the top.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Resolves a file reference against this file's folder; `None` where it would leave the workspace
    /// (`..` beyond the top, an absolute path, a drive letter or a backslash).
    #[must_use]
    pub fn resolve<'a>(&self, reference: &'a str) -> Option<Cow<'a, str>> {
        if reference.is_empty() || reference.starts_with('/') || reference.contains(['\\', ':']) {
            return None;
        }
        let mut parts: Vec<&str> = self.folder().split('/').filter(|p| !p.is_empty()).collect();
        for part in reference.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(Cow::Owned(parts.join("/")))
    }
}

/// What a file may be at most; exceeding one is an error that names the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one `.journey` file.
    pub file_bytes: u64,
    /// Bytes of one content file.
    pub content_bytes: u64,
    /// Open brackets within each other, of all kinds together.
    pub depth: usize,
    /// Operators in one formula.
    pub operators: usize,
    /// Bytes of one definition.
    pub definition_bytes: usize,
    /// Problems reported for one file; the rest is counted.
    pub problems: usize,
}

impl Default for Limits {
    /// 4 MiB a file, 1 MiB of content, 32 brackets deep, 256 operators, 256 KiB a definition, 200 problems a file.
    fn default() -> Self {
        Self {
            file_bytes: 4 << 20,
            content_bytes: 1 << 20,
            depth: 32,
            operators: 256,
            definition_bytes: 256 << 10,
            problems: 200,
        }
    }
}
