//! The same workload as rule text and as customers, for the front door.

use std::fmt::Write;

use super::{Action, Ask, Item, Kind, Profile, Reading, Scores, Test, Workload};

/// Name of an attribute; `request.` comes on top where it is the request's.
pub fn attribute(at: usize) -> String {
    format!("a{at:02}")
}

/// Name of an action; names sort as numbers do.
pub fn action_name(at: usize) -> String {
    format!("offer_{at:06}")
}

/// The day of the question, as days since 1970 (2026-09-08) and its instant in Unix milliseconds (noon).
pub const TODAY: i64 = 20_704;
pub const NOON: i64 = TODAY * 86_400_000 + 43_200_000;

/// The files of the workspace (name, text), each of about 100 KB.
pub fn files(workload: &Workload) -> Vec<(String, String)> {
    let mut files = vec![("workspace.journey".to_owned(), head(workload))];
    let mut text = String::new();
    for (at, action) in workload.actions.iter().enumerate() {
        write_action(&mut text, workload, at, action);
        if text.len() > 100_000 {
            files.push((format!("offers_{:04}.journey", files.len()), std::mem::take(&mut text)));
        }
    }
    if !text.is_empty() {
        files.push((format!("offers_{:04}.journey", files.len()), text));
    }
    files
}

/// Questions about events, which everybody passes.
const WINDOWS: [&str; 5] = [
    "count of purchase in the last 30 days >= 1",
    "total of purchase.amount in the last 2 calendar months >= EUR 1",
    "count of opened in the last 7 days >= 1",
    "days since last purchase <= 60 (if_unknown: no)",
    "average of purchase.amount where { plan is a } in the last 60 days >= EUR 1 (if_unknown: no)",
];

/// Limits, which leave everybody the three of one answer and little more.
const LIMITS: [&str; 4] = [
    "limits day_pressure { purpose: marketing, at most 4 per calendar day }",
    "limits month_pressure { purpose: marketing, at most 12 per calendar month }",
    "limits web_pressure { purpose: marketing, at most 11 per 30 days on web }",
    "limits week_pressure { purpose: marketing, at most 6 per 7 days }",
];

/// And a pause.
const PAUSE: &str = "limits patience { purpose: marketing\n  after 3 rejected in the last 30 days pause 60 days\n}\n";

fn head(workload: &Workload) -> String {
    let mut text = String::from(
        "workspace bench { currency: EUR, timezone: \"UTC\", languages: [en], stages: [grow] }\n\
         purpose marketing { consent_free: [web] }\nchannel web { }\n\ncustomer {\n",
    );
    for (at, kind) in workload.attributes.iter().enumerate() {
        let name = attribute(at);
        let kind = match kind {
            Kind::Category(size) => format!("one of [{}]", names(u64::MAX, u32::from(*size))),
            Kind::Number if at == usize::from(super::PROPENSITY) => "percent".to_owned(),
            Kind::Number => "number 0 to 1000".to_owned(),
            Kind::Flag => "yes_no".to_owned(),
            Kind::Set(size) => format!("some of [{}]", names(u64::MAX, u32::from(*size))),
            Kind::Date => "date".to_owned(),
            Kind::Request(_) => continue,
        };
        let _ = writeln!(text, "  {name}: optional {kind}");
    }
    text.push_str("}\n");
    for (at, kind) in workload.attributes.iter().enumerate() {
        if let Kind::Request(size) = kind {
            let values = names(u64::MAX, u32::from(*size));
            let _ = writeln!(text, "request {{ {}: required one of [{values}] }}", attribute(at));
        }
    }
    for (at, tests) in workload.segments.iter().enumerate() {
        let _ = writeln!(text, "segment s{at:02} {{");
        for test in tests {
            write_test(&mut text, workload, test, "  ");
        }
        text.push_str("}\n");
    }
    if workload.shape.history {
        text.push_str("event purchase kept 90 days { amount: required money, plan: optional one of [a, b] }\n");
        text.push_str("event opened kept 90 days { }\n");
    }
    if workload.shape.windows > 0 {
        text.push_str("segment regulars {\n");
        for line in WINDOWS.iter().take(workload.shape.windows) {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str("}\n");
    }
    for line in LIMITS.iter().take(workload.shape.limits) {
        let _ = writeln!(text, "{line}");
    }
    if workload.shape.repeat {
        text.push_str(PAUSE);
    }
    text.push_str(
        "ranking best { score: propensity * value * weight }\n\
         placement home { channel: web, show: 3, candidates: all, ranking: best, fallback: nothing }\n",
    );
    text
}

fn write_action(text: &mut String, workload: &Workload, at: usize, action: &Action) {
    let name = action_name(at);
    let _ =
        writeln!(text, "# Offer number {at} of the benchmark's seeded workload.\naction {name} {{");
    let _ = writeln!(text, "  purpose: marketing, stage: grow");
    let cents = action.value_minor;
    let propensity = match workload.shape.scores {
        Scores::Personal => format!(
            "{} else {}",
            attribute(usize::from(super::PROPENSITY)),
            tenth(action.propensity)
        ),
        _ => tenth(action.propensity),
    };
    let _ = writeln!(
        text,
        "  value: EUR {}.{:02}, propensity: {propensity}, weight: {}.{:02}",
        cents / 100,
        cents % 100,
        action.weight / 100,
        action.weight % 100
    );
    if let Some((first, last)) = action.dates {
        let _ = writeln!(text, "  dates: {} to {}", day(first), day(last));
    }
    if workload.shape.repeat {
        text.push_str("  repeat: at most 2 per 30 days\n");
    }
    text.push_str("  who {\n");
    if workload.shape.windows > 0 {
        text.push_str("    in segment regulars\n");
    }
    for item in &action.who {
        match item {
            Item::Test(test) => write_test(text, workload, test, "    "),
            Item::Segment(segment) => {
                let _ = writeln!(text, "    in segment s{segment:02}");
            }
            Item::Any(tests) => {
                text.push_str("    any {\n");
                for test in tests {
                    write_test(text, workload, test, "      ");
                }
                text.push_str("    }\n");
            }
        }
    }
    let _ = writeln!(
        text,
        "  }}\n  message web {{\n    en {{\n      banner: \"The banner of offer {at}, as the page shows it above the fold\"\n      \
         text: \"What offer {at} is about, in the one sentence that a customer reads\"\n      \
         button: \"See the offer\"\n    }}\n  }}\n}}"
    );
}

fn write_test(text: &mut String, workload: &Workload, test: &Test, indent: &str) {
    let at = usize::from(test.attribute);
    let kind = workload.attributes[at];
    let request = matches!(kind, Kind::Request(_));
    let name = if request { format!("request.{}", attribute(at)) } else { attribute(at) };
    let percent = at == usize::from(super::PROPENSITY);
    let number = |n: i32| if percent { tenth(n as u32) } else { n.to_string() };
    let (line, negative) = match test.ask {
        Ask::Among(values) => (format!("{name} in [{}]", names(values, 64)), false),
        Ask::NotAmong(values) => (format!("{name} not in [{}]", names(values, 64)), true),
        Ask::Between(0, days) if kind == Kind::Date => {
            (format!("{name} in the next {days} days"), false)
        }
        Ask::Between(low, 0) if kind == Kind::Date => {
            (format!("{name} in the last {} days", -low), false)
        }
        Ask::Between(low, 1000) => (format!("{name} >= {}", number(low)), false),
        Ask::Between(0, high) => (format!("{name} <= {}", number(high)), false),
        Ask::Between(low, high) => {
            (format!("{name} in {} to {}", number(low), number(high)), false)
        }
        Ask::NotBetween(low, high) => {
            (format!("{name} not in {} to {}", number(low), number(high)), true)
        }
        Ask::Flag(yes) => (format!("{name} is {}", if yes { "yes" } else { "no" }), false),
        Ask::HasAny(values) => {
            (format!("{name} has any of [{}]", names(u64::from(values), 32)), false)
        }
        Ask::Lacks(values) => (format!("{name} lacks {}", names(u64::from(values), 32)), true),
    };
    let answer = match (negative && !request, test.unknown) {
        (false, _) => "",
        (true, true) => " (if_unknown: yes)",
        (true, false) => " (if_unknown: no)",
    };
    let _ = writeln!(text, "{indent}{line}{answer}");
}

/// The attributes of a customer as (name, value as text); sets are joined by commas. Unknown ones are left
/// out, the request's too.
pub fn customer(workload: &Workload, profile: &Profile) -> Vec<(String, String)> {
    let readings = workload.attributes.iter().zip(profile).enumerate();
    readings
        .filter(|(_, (kind, _))| !matches!(kind, Kind::Request(_)))
        .filter_map(|(at, (kind, reading))| Some((attribute(at), value(at, *kind, *reading)?)))
        .collect()
}

/// The request's attributes of a profile, as (name, value).
pub fn request(workload: &Workload, profile: &Profile) -> Vec<(String, String)> {
    let readings = workload.attributes.iter().zip(profile).enumerate();
    readings
        .filter(|(_, (kind, _))| matches!(kind, Kind::Request(_)))
        .filter_map(|(at, (kind, reading))| Some((attribute(at), value(at, *kind, *reading)?)))
        .collect()
}

pub fn value(at: usize, kind: Kind, reading: Reading) -> Option<String> {
    Some(match reading {
        Reading::Unknown => return None,
        Reading::Category(value) => format!("v{value:02}"),
        Reading::Number(days) if kind == Kind::Date => day(days),
        Reading::Number(n) if at == usize::from(super::PROPENSITY) => tenth(n as u32),
        Reading::Number(n) => n.to_string(),
        Reading::Flag(yes) => if yes { "yes" } else { "no" }.to_owned(),
        Reading::Set(set) => names(u64::from(set), 32),
    })
}

/// `v00, v03` for the bits set below `size`.
fn names(bits: u64, size: u32) -> String {
    let values = (0..size).filter(|value| bits >> value & 1 == 1);
    values.map(|value| format!("v{value:02}")).collect::<Vec<_>>().join(", ")
}

/// `4.5%` for 45 per mille.
fn tenth(per_mille: u32) -> String {
    format!("{}.{}%", per_mille / 10, per_mille % 10)
}

/// The date so many days from the day of the question (civil-from-days by Howard Hinnant's algorithm).
fn day(offset: i32) -> String {
    let days = TODAY + i64::from(offset) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}
