//! The registry of codes: each stands here once and is never reused.
//!
//! E01 reading the file, E02 names, E03 types and units, E04 unknowns, E05 actions and placements,
//! E06 content, E07 governance, E08 scenarios, E09 not yet supported; W warnings.

use serde::{Serialize, Serializer};

use super::Severity;
use super::codes_check::CHECK;

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
    SYNTAX
        .iter()
        .chain(CHECK)
        .chain(super::codes_events::EVENTS)
        .chain(super::codes_limits::LIMITS)
        .chain(super::codes_meaning::MEANING)
        .chain(SCENARIO)
        .chain(super::codes_journeys::JOURNEYS)
}

/// Codes of `syntax`: E01.., W01...
const SYNTAX: &[CodeInfo] = &[
    CodeInfo {
        code: "E0101",
        title: "a file is too large",
        story: "A rule file is read as a whole, and reviewed by people. One far larger than any rules are, such as an export of customers that got the wrong ending, is refused before it is read, so that it cannot hold up the check.\n\nSo not:  one file of 30 MB\nbut:     several files; all files of the folder are one workspace",
    },
    CodeInfo {
        code: "E0102",
        title: "bytes that are no UTF-8",
        story: "Rule files are UTF-8. A file saved in another encoding still opens in some editors, but its letters outside a to z would reach customers as other letters, or not at all.\n\nSo not:  a file saved as Latin-1\nbut:     the same file saved as UTF-8",
    },
    CodeInfo {
        code: "E0103",
        title: "a control character",
        story: "Control characters cannot be seen, and tools disagree on what they do: a lone carriage return is a line end for one editor and nothing for another, which would turn rules into comments.\n\nSo not:  a line that ends in a lone carriage return\nbut:     line ends of Unix or Windows",
    },
    CodeInfo {
        code: "E0104",
        title: "brackets nested too deeply",
        story: "Blocks, lists and brackets may stand within each other up to a limit, counted together. It keeps every file quick to check, and rules that deep are read wrongly by people.\n\nSo not:  any { none { any { none { ... } } } }\nbut:     name the inner lines as a segment and write `in segment NAME`",
    },
    CodeInfo {
        code: "E0105",
        title: "a definition that is too long",
        story: "One definition may have so many bytes. A longer one cannot be reviewed, and usually it is a list of values that belongs elsewhere.\n\nSo not:  a segment with 20,000 customer numbers\nbut:     an attribute that the import fills, and a line that tests it",
    },
    CodeInfo {
        code: "E0106",
        title: "a formula with too many signs",
        story: "A formula may have so many of `+ - * /`. The limit keeps every decision quick.\n\nSo not:  score: a + b + c + ...\nbut:     fewer parts, or a script",
    },
    CodeInfo {
        code: "E0107",
        title: "more problems than are shown",
        story: "When a file has very many problems, the first ones are shown and the others counted: mending the first ones usually mends many of the others.\n\nSo not:  a file in another format\nbut:     mend what is shown, and check again",
    },
    CodeInfo {
        code: "W0101",
        title: "more warnings than are shown",
        story: "When a file has very many warnings, the first ones are shown and the others counted: mending the first ones usually mends many of the others.\n\nSo not:  the same mistake in hundreds of lines\nbut:     mend what is shown, and check again",
    },
    CodeInfo {
        code: "E0108",
        title: "an invisible character",
        story: "Some characters cannot be seen: joiners, zero-width spaces, marks that turn the reading direction. In a name they make two names that look the same different; direction marks can make a line say something else than it shows. In texts, joiners and the zero-width space are allowed, because emoji and Thai need them.\n\nSo not:  pl\u{200B}an is fibre\nbut:     plan is fibre",
    },
    CodeInfo {
        code: "E0109",
        title: "a character that only looks like another",
        story: "Word processors replace plain signs by prettier ones: curly quotes, long dashes, no-break spaces. Outside texts they are refused, since they cannot be told from the plain signs by eye. Inside texts they stay as they are.\n\nSo not:  subject: “Hello”\nbut:     subject: \"Hello\"",
    },
    CodeInfo {
        code: "E0110",
        title: "letters of several alphabets in one name",
        story: "A Cyrillic letter can look exactly like a Latin one. A name that mixes them would be another name than it seems. Names are of one alphabet, or Latin with one other that is neither Cyrillic nor Greek.\n\nSo not:  a Cyrillic letter in `plan`\nbut:     `plan` in Latin letters",
    },
    CodeInfo {
        code: "E0111",
        title: "a comma inside a number",
        story: "In some countries a comma separates thousands, in others cents, so the same digits would mean two amounts. Numbers are written without separators, with a point before decimals.\n\nSo not:  value: EUR 1,250\nbut:     value: EUR 1250",
    },
    CodeInfo {
        code: "E0112",
        title: "a text that is not closed",
        story: "A text stands between two quotes on one line. Without the second quote it would swallow what follows.\n\nSo not:  subject: \"Hello\nbut:     subject: \"Hello\"",
    },
    CodeInfo {
        code: "E0113",
        title: "a text over several lines",
        story: "A text ends on its line, so that a missing quote is noticed where it is missing. Long content belongs into a file.\n\nSo not:  text: \"Hello\nbut:     body: file \"hello.html\"",
    },
    CodeInfo {
        code: "E0114",
        title: "a backslash that means nothing",
        story: "In a text a backslash stands before a quote, a backslash or an opening brace, and nowhere else. It makes no line ends.\n\nSo not:  text: \"one\\ntwo\"\nbut:     text: \"one two\"",
    },
    CodeInfo {
        code: "E0124",
        title: "a block that is not closed",
        story: "Every `{` needs its `}`. Where one is missing, the next definition is taken as the end, and so the other definitions are still checked.\n\nSo not:  who { vip is yes\nbut:     who { vip is yes }",
    },
    CodeInfo {
        code: "E0125",
        title: "a bracket that is not closed",
        story: "A list or a group in brackets ends before the block goes on.\n\nSo not:  plan in [prepaid, fibre\nbut:     plan in [prepaid, fibre]",
    },
    CodeInfo {
        code: "E0126",
        title: "a bracket that closes nothing",
        story: "A closing bracket needs its opening one, of the same kind.\n\nSo not:  plan in [prepaid, fibre)\nbut:     plan in [prepaid, fibre]",
    },
    CodeInfo {
        code: "E0127",
        title: "a brace that closes nothing",
        story: "There is one `}` more than `{`, so a block ended too early or a brace was left over.\n\nSo not:  who { vip is yes }}\nbut:     who { vip is yes }",
    },
    CodeInfo {
        code: "E0128",
        title: "a block without heading",
        story: "Before `{` stands what the block is, and mostly its name.\n\nSo not:  { vip is yes }\nbut:     segment regulars { vip is yes }",
    },
    CodeInfo {
        code: "E0129",
        title: "a brace on a line of its own",
        story: "A heading ends with its `{`. Lines go on only inside brackets.\n\nSo not:  segment regulars, and `{` on the next line\nbut:     segment regulars {",
    },
    CodeInfo {
        code: "E0130",
        title: "a line outside every block",
        story: "A file holds definitions, and each of them is `kind name { ... }`. A line between them belongs to none.\n\nSo not:  vip is yes\nbut:     segment regulars { vip is yes }",
    },
    CodeInfo {
        code: "E0131",
        title: "a heading that cannot be read",
        story: "A heading is a kind and one name of letters, digits and `_`, then what the kind allows: `kept 800 days`, `was old_name`, `retired 2026-12-31`.\n\nSo not:  action fibre upgrade {\nbut:     action fibre_upgrade {",
    },
    CodeInfo {
        code: "E0140",
        title: "conditions joined with and, or, not",
        story: "People read a line with both words in two ways. So conditions are listed, one a line, and all must hold; where one is enough, they stand in `any { ... }`, and where none may hold, in `none { ... }`.\n\nSo not:  vip is yes or plan is fibre\nbut:     any { vip is yes, plan is fibre }",
    },
    CodeInfo {
        code: "E0141",
        title: "a sign that is not used",
        story: "`is` and `is not` compare with one value, and `>= <= > <` with a limit. A fact has a colon. Signs of spreadsheets and programs are not used.\n\nSo not:  country = FR\nbut:     country is FR",
    },
    CodeInfo {
        code: "E0142",
        title: "a date in another order",
        story: "The first of September and the ninth of January are written alike in different countries. Dates are written year-month-day with four, two and two digits.\n\nSo not:  dates: 01/09/2026 to 31/12/2026\nbut:     dates: 2026-09-01 to 2026-12-31",
    },
    CodeInfo {
        code: "E0143",
        title: "not known, null or empty",
        story: "What is not known is `unknown`; one spelling keeps all rules alike. An empty list of a `some of` attribute is known: it says that there is nothing in it.\n\nSo not:  first_name is null\nbut:     first_name is unknown",
    },
    CodeInfo {
        code: "E0144",
        title: "a missing colon",
        story: "A colon stands between the name of a fact and its value.\n\nSo not:  owner telco_growth\nbut:     owner: telco_growth",
    },
    CodeInfo {
        code: "E0145",
        title: "a colon before a block",
        story: "A colon stands before a value, and none before `{`.\n\nSo not:  who: {\nbut:     who {",
    },
    CodeInfo {
        code: "E0146",
        title: "a missing value",
        story: "Behind a colon stands a value on the same line.\n\nSo not:  owner:\nbut:     owner: telco_growth",
    },
    CodeInfo {
        code: "E0147",
        title: "a number in another spelling",
        story: "A percentage is a number with `%` right behind it; a number has digits on both sides of its point.\n\nSo not:  churn_risk >= 60 %\nbut:     churn_risk >= 60%",
    },
    CodeInfo {
        code: "E0148",
        title: "money without its code in front",
        story: "Money is a currency code, a space and the amount. Signs such as `$` stand for several currencies.\n\nSo not:  value >= €40\nbut:     value >= EUR 40",
    },
    CodeInfo {
        code: "E0149",
        title: "other quotes",
        story: "Texts stand between double quotes, and only there.\n\nSo not:  country is 'FR'\nbut:     country is \"FR\"",
    },
    CodeInfo {
        code: "E0150",
        title: "a line that cannot be understood",
        story: "The line has none of the shapes that fit into its block; the message shows some that do.\n\nSo not:  please send it\nbut:     send reminder by email { if_blocked: continue }",
    },
    CodeInfo {
        code: "E0151",
        title: "a value that is no plain word",
        story: "A plain word has letters, digits and `_`. Any other value stands between quotes.\n\nSo not:  plan is sim-only\nbut:     plan is \"sim-only\"",
    },
    CodeInfo {
        code: "E0152",
        title: "if and else",
        story: "A branch lists its cases with `when`; the first that holds is taken, and `otherwise` takes everybody else.\n\nSo not:  else if vip is yes: continue\nbut:     when vip is yes: continue",
    },
    CodeInfo {
        code: "E0153",
        title: "a semicolon",
        story: "Lines end by themselves. Several on one line stand behind commas.\n\nSo not:  vip is yes;\nbut:     vip is yes",
    },
    CodeInfo {
        code: "E0154",
        title: "a comment of another language",
        story: "A comment starts with `#` and goes to the end of its line.\n\nSo not:  // the regulars\nbut:     # the regulars",
    },
    CodeInfo {
        code: "E0155",
        title: "a time of day in another spelling",
        story: "A time of day has two digits for hours and two for minutes, from 00:00 to 23:59.\n\nSo not:  monday: 9:00 to 8pm\nbut:     monday: 09:00 to 20:00",
    },
    CodeInfo {
        code: "E0156",
        title: "a length of time in another spelling",
        story: "A length of time is a number, a space and a unit.\n\nSo not:  per 30d\nbut:     per 30 days",
    },
    CodeInfo {
        code: "E0157",
        title: "a word that has another spelling here",
        story: "Every question has one spelling, so that all rules read alike: `in 18 to 29`, `has`, `lacks`, `is`.\n\nSo not:  age between 18 and 29\nbut:     age in 18 to 29",
    },
    CodeInfo {
        code: "E0158",
        title: "a joining word as a name",
        story: "Some words join a line together and cannot be names: is, in, not, to, by, of, per, else, within, then, for, where, known, unknown.\n\nSo not:  in segment to\nbut:     in segment to_keep",
    },
    CodeInfo {
        code: "E0159",
        title: "the answer for unknown values",
        story: "What happens when a value is unknown stands behind the condition, in brackets and with a colon.\n\nSo not:  plan is not fibre if_unknown=yes\nbut:     plan is not fibre (if_unknown: yes)",
    },
    CodeInfo {
        code: "E0160",
        title: "a condition that compares with nothing",
        story: "A condition says what is looked at, how, and what it is compared with.\n\nSo not:  vip\nbut:     vip is yes",
    },
    CodeInfo {
        code: "E0161",
        title: "too many words before a block",
        story: "Before the `{` of a block stand one or two words: what it is, and its name.\n\nSo not:  message email french {\nbut:     message email { fr { ... } }",
    },
    CodeInfo {
        code: "E0162",
        title: "something behind a block",
        story: "A block ends its line; what follows is a line of its own.\n\nSo not:  who { vip is yes } plan is fibre\nbut:     two lines",
    },
    CodeInfo {
        code: "E0164",
        title: "several channels without a choice",
        story: "Where a message can go out on several channels, the line says how one is chosen.\n\nSo not:  by [email, sms]\nbut:     by first of [email, sms]",
    },
    CodeInfo {
        code: "E0165",
        title: "trying again behind trying again",
        story: "A blocked step may be tried again for one stretch of time; behind `then` stands what happens after it.\n\nSo not:  if_blocked: retry for 2 hours then retry for 1 day then continue\nbut:     if_blocked: retry for 26 hours then continue",
    },
];

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
