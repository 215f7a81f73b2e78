//! An explanation as text: the answer first, then every candidate with its lines.

use std::fmt::Write;

use onward::check::Rules;
use onward::decision::{Candidate, Explanation, Standing, Trace, Truth};
use onward::value::Currency;

use crate::decide::refused;
use crate::out::tame;

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const YELLOW: &str = "\u{1b}[33m";
const BOLD: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[2m";
const END: &str = "\u{1b}[0m";

/// Everything the explanation holds, for a person.
pub(crate) fn tell(told: &Explanation, rules: &Rules) -> String {
    let mut out = String::new();
    let who = told.customer.as_deref().map_or("somebody unknown".to_owned(), tame);
    let _ = writeln!(out, "{BOLD}{who} at {}, {}{END}", told.placement, told.decision.at);
    if told.decision.treatments.is_empty() {
        let _ = writeln!(out, "nothing: {}", refused(&told.decision.summary));
    }
    for (rank, treatment) in told.decision.treatments.iter().enumerate() {
        let currency = rules.workspace.currency;
        let score = treatment
            .score
            .map_or("fallback".to_owned(), |score| format!("score {}", scored(score, currency)));
        let _ = writeln!(
            out,
            "{}. {} by {} in {}, {score}",
            rank + 1,
            treatment.action,
            treatment.channel,
            treatment.language
        );
    }
    for note in &told.notes {
        let _ = writeln!(out, "note: {}", tame(note));
    }
    for candidate in &told.candidates {
        out.push('\n');
        tell_candidate(&mut out, candidate, rules);
    }
    out
}

/// A score, minor units with fractions, as money: `USD 1.25`.
pub(crate) fn scored(score: f64, currency: Currency) -> String {
    let rounded = (score * 100.0).round_ties_even() / 100.0;
    let unit = 10_f64.powi(i32::from(currency.decimals()));
    let decimals = usize::from(currency.decimals()).max(2);
    format!("{} {:.decimals$}", currency.code(), rounded / unit)
}

fn tell_candidate(out: &mut String, candidate: &Candidate, rules: &Rules) {
    let fallback = if candidate.fallback { " (fallback)" } else { "" };
    let head = format!("{}{fallback} by {}", candidate.action, candidate.channel);
    let _ = match &candidate.standing {
        Standing::Chosen { rank } => writeln!(out, "{GREEN}+ {head}: chosen, number {rank}{END}"),
        Standing::Outranked { .. } if candidate.fallback => {
            writeln!(out, "{YELLOW}- {head}: not needed, something better fits{END}")
        }
        Standing::Outranked { by, margin } if *margin > 0.0 => {
            let less = scored(*margin, rules.workspace.currency);
            writeln!(out, "{YELLOW}- {head}: outranked by {by}, {less} less{END}")
        }
        Standing::Outranked { by, .. } => writeln!(
            out,
            "{YELLOW}- {head}: outranked by {by}, which has the same score and was shown longer ago or never, or comes first by name{END}"
        ),
        Standing::Crowded { by, name } => writeln!(
            out,
            "{YELLOW}- {head}: left out, better ones of {} {} fill its share of the answer{END}",
            by.word(),
            tame(name)
        ),
        Standing::OtherChannel { channel } => {
            writeln!(out, "{YELLOW}- {head}: passes, but goes by {channel}{END}")
        }
        Standing::Blocked { .. } => writeln!(out, "{RED}x {head}: blocked{END}"),
    };
    if let Standing::Blocked { reasons } = &candidate.standing {
        for reason in reasons {
            let name =
                reason.name.as_deref().map(|name| format!(" {}", tame(name))).unwrap_or_default();
            let until = reason.until.map(|until| format!(", until {until}")).unwrap_or_default();
            let place = reason.line.as_ref();
            let place =
                place.map(|line| format!("  {FAINT}{}:{}{END}", tame(&line.file), line.line));
            let _ = writeln!(
                out,
                "    {}{name}: {}{until}{}",
                reason.stage.word(),
                tame(&reason.text),
                place.unwrap_or_default()
            );
        }
    }
    if let Some(score) = candidate.score {
        let factors: Vec<String> = candidate
            .factors
            .iter()
            .map(|factor| {
                let stand_in = if factor.stand_in { " (stands in)" } else { "" };
                format!("{} {}{stand_in}", factor.name, factor.shown)
            })
            .collect();
        let _ = writeln!(
            out,
            "    score {}: {}",
            scored(score, rules.workspace.currency),
            factors.join(", ")
        );
    }
    if let Some(last) = candidate.last_shown {
        let _ = writeln!(out, "    last shown {last}");
    }
    for (word, lines) in [("who", &candidate.who), ("never", &candidate.never)] {
        for line in lines {
            tell_line(out, word, line, 4, word == "never");
        }
    }
}

/// `who    true     age >= 18    (saw 31)    offers.journey:12`; `bad` is the truth that blocks, made red.
fn tell_line(out: &mut String, word: &str, trace: &Trace, indent: usize, never: bool) {
    let truth = match trace.truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    };
    let passes = trace.truth == if never { Truth::False } else { Truth::True };
    let colour = if passes { GREEN } else { RED };
    let seen =
        trace.seen.as_deref().map(|seen| format!("  saw {}", tame(seen))).unwrap_or_default();
    let answered = if trace.answered { "  by if_unknown" } else { "" };
    let text = trace.line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(
        out,
        "{:indent$}{word:<5} {colour}{truth:<7}{END} {}{seen}{answered}  {FAINT}{}:{}{END}",
        "",
        tame(&text),
        tame(&trace.line.file),
        trace.line.line
    );
    for inner in &trace.inner {
        tell_line(out, "", inner, indent + 2, false);
    }
}
