//! The registry of codes: each stands here once and is never reused.
//!
//! E01 reading the file, E02 names, E03 types and units, E04 unknowns, E05 actions and placements,
//! E06 content, E07 governance, E08 scenarios, E09 not yet supported; W warnings.

use serde::{Serialize, Serializer};

use super::Severity;

/// A stable code such as `E0203`; the first letter is the severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

impl Code {
    /// Fixed by the first letter.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.0.starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// Its entry in the registry; `None` for a code nobody registered (a test looks for those).
    #[must_use]
    pub fn info(self) -> Option<&'static CodeInfo> {
        all_codes().find(|info| info.code == self.0)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// What `onward check --explain CODE` tells.
#[derive(Debug)]
pub struct CodeInfo {
    /// `E0203`
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What happens, why it is refused, an example of the mistake and of the way out.
    pub story: &'static str,
}

/// Every code, in order of its group.
pub fn all_codes() -> impl Iterator<Item = &'static CodeInfo> {
    SYNTAX.iter().chain(CHECK).chain(SCENARIO)
}

/// Codes of `syntax`: E01.., W01...
const SYNTAX: &[CodeInfo] = &[];

/// Codes of `check`: E02.. to E07.., E09.., W02.. and up.
const CHECK: &[CodeInfo] = &[];

/// Codes of the scenario runner: E08...
const SCENARIO: &[CodeInfo] = &[
    CodeInfo {
        code: "E0801",
        title: "a scenario came out differently",
        story: "A scenario is the author's own test: it says which customer asks where and when, and what must \
come of it. This one came out differently, so these rules are not taken; those that run now go on \
unchanged.\n\nThe report names the line of the rules that decided, with the value it saw. Either the rule is \
wrong, or the expectation is. For example\n\n    given lea\n    at 2026-09-08 10:00 ask home_banner expect \
shown fibre_upgrade\n\nfails where lea's plan is not among those that `who` of fibre_upgrade lists. Correct \
the rule, give lea another plan, or write what is really meant to come:\n\n    at 2026-09-08 10:00 ask \
home_banner expect shown brand_banner",
    },
    CodeInfo {
        code: "E0802",
        title: "a scenario could not be played",
        story: "The question itself cannot be asked, or the customer is one that the rules refuse: a required \
attribute of the request is missing, or a value does not fit its declared type. For example, where the \
workspace says\n\n    request { page: required one of [home, cart] }\n\na step must carry the page:\n\n    \
at 2026-09-08 10:00 ask home_banner { page: home } expect nothing",
    },
];
