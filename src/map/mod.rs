//! Journeys as drawings: what the rules say, as a picture that nobody had to draw.
//!
//! In: checked [`Rules`], and how many people stand and passed where, if somebody counted. Out: text, as Mermaid,
//! Graphviz, SVG or a page. The same rules give the same text. Knows nothing of customers, files or the engine.

mod chart;
mod layout;
mod page;
mod plain;
mod svg;
mod text;

use std::collections::BTreeMap;

use crate::check::Rules;
use chart::Chart;

/// How a drawing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Mermaid flowchart, as README files show it.
    Mermaid,
    /// A Graphviz graph.
    Dot,
    /// One SVG picture that needs nothing else.
    Svg,
    /// One page with a picture per journey that needs nothing else, no script either.
    Html,
}

/// How many people stand and passed where, by the name of the journey.
pub type Counts = BTreeMap<String, JourneyCounts>;

/// How many people stand and passed where, in one journey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JourneyCounts {
    /// How many entered.
    pub entered: u64,
    /// By the name of the step.
    pub steps: BTreeMap<String, StepCounts>,
    /// How many ended so, by the word of the ending: `goal`, `no_incentive`.
    pub endings: BTreeMap<String, u64>,
}

/// How many people are and were on one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Stand there now.
    pub standing: u64,
    /// Came there, with those who stand there.
    pub passed: u64,
}

/// Draws one journey, or all of them in order of their names.
///
/// - Shape: one document; `None` where no journey has the name.
/// - Cost: linear in the steps for Mermaid and Graphviz; a picture sorts the steps of each row a few times.
///
/// # Example
/// ```
/// use onward::{Context, Source, check, map};
/// let rules = "workspace w { currency: EUR, timezone: \"Europe/Paris\", languages: [en], stages: [grow] }
/// purpose marketing { consent_free: [web] }
/// channel web { }
/// event bought kept 30 days { }
/// journey thanks { purpose: marketing, enter: bought, again: never, longest: 2 days
///   steps { wait 2 hours, finish thanked } }";
/// let context = Context { unplayed: true, ..Context::default() };
/// let rules = check(&[Source::new("w.journey", rules)], &context).rules.ok_or("has errors")?;
/// let drawn = map::draw(&rules, Some("thanks"), map::Format::Mermaid, None).ok_or("no such journey")?;
/// assert!(drawn.contains("[\"wait 2 hours\"]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn draw(
    rules: &Rules,
    journey: Option<&str>,
    format: Format,
    counts: Option<&Counts>,
) -> Option<String> {
    let charts: Vec<Chart> = rules
        .journeys
        .iter()
        .filter(|one| journey.is_none_or(|name| one.name == name))
        .map(|one| Chart::of(rules, one, counts.and_then(|counts| counts.get(&one.name))))
        .collect();
    if journey.is_some() && charts.is_empty() {
        return None;
    }
    Some(match format {
        Format::Mermaid => plain::mermaid(&charts),
        Format::Dot => plain::dot(&charts),
        Format::Svg => svg::picture(&charts),
        Format::Html => page::page(&charts, &rules.workspace.name),
    })
}
