//! Hand-written cases: a workspace, customers, questions, and what must come of them, written before running.
//!
//! A file of `tests/cases/decide` is rule text, then `--- customers` (a customer as JSON a line), `--- requests`
//! (`lea at 2026-03-10T09:00Z ask home {page: cart} without brand`) and `--- decision`: per question its line
//! behind `> `, one line per treatment (`fibre email fr 720.00`; a fallback says `fallback` for its score) or
//! `nothing`, and one indented line per reason of a blocked candidate. `UPDATE_EXPECT=1` writes the last part.

use std::collections::BTreeMap;
use std::path::Path;

use onward::syntax::{Limits, ast::File};
use onward::value::{Timestamp, Value};
use onward::{Customer, Request, Source};

use super::compare;
use crate::reference::{Account, Fate, Rules};

/// One question with the line that asks it.
struct Asked {
    line: String,
    request: Request,
}

struct Case {
    rules: String,
    customers: Vec<Customer>,
    asked: Vec<Asked>,
    head: String,
    decision: String,
}

fn read(text: &str) -> Case {
    let (rules, rest) = text.split_once("\n--- customers\n").expect("--- customers");
    let (customers, rest) = rest.split_once("--- requests\n").expect("--- requests");
    let (requests, decision) = rest.split_once("--- decision\n").expect("--- decision");
    let asked = requests.lines().filter(|line| !line.trim().is_empty()).map(question);
    Case {
        rules: rules.to_owned(),
        customers: customers
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
            .collect(),
        asked: asked.collect(),
        head: text[..text.len() - decision.len()].to_owned(),
        decision: decision.to_owned(),
    }
}

/// `lea at 2026-03-10T09:00Z ask home {page: cart} without brand`; `nobody` asks anonymously.
fn question(line: &str) -> Asked {
    let (who, rest) = line.split_once(" at ").expect("at");
    let (at, rest) = rest.split_once(" ask ").expect("ask");
    let (rest, without) = rest.split_once(" without ").unwrap_or((rest, ""));
    let (placement, attributes) = rest.split_once(" {").unwrap_or((rest, "}"));
    let request = match who {
        "nobody" => Request::anonymous(placement),
        who => Request::new(who, placement),
    };
    let at = at
        .strip_suffix('Z')
        .filter(|at| at.len() == 16)
        .map_or(at.to_owned(), |at| format!("{at}:00Z"));
    let mut request = request.at(Timestamp::parse(&at).unwrap());
    for pair in attributes.trim_end_matches('}').split(',').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once(':').expect("name: value");
        let value = value.trim();
        let value = if value.parse::<f64>().is_ok() {
            Value::Number(value.to_owned())
        } else {
            Value::Text(value.to_owned())
        };
        request = request.attribute(name.trim(), value);
    }
    for name in without.split(' ').filter(|name| !name.is_empty()) {
        request = request.exclude(name);
    }
    Asked { line: line.to_owned(), request }
}

fn shown(account: &Account) -> String {
    let mut text = String::new();
    for hit in &account.answer {
        let score = hit
            .score
            .map_or("fallback".to_owned(), |bits| format!("{:.2}", f64::from_bits(bits) / 100.0));
        text.push_str(&format!("{} {} {} {score}\n", hit.action, hit.channel, hit.language));
    }
    if account.answer.is_empty() {
        text.push_str("nothing\n");
    }
    for ((action, channel), fate) in &account.fates {
        let Fate::Blocked(whys) = fate else { continue };
        for why in whys {
            let name = why.name.as_ref().map_or(String::new(), |name| format!(" {name}"));
            let missing = why.missing_required.as_ref();
            let missing =
                missing.map_or(String::new(), |name| format!(" (missing required {name})"));
            let stage = why.stage.word();
            text.push_str(&format!("  {action} {channel} blocked by {stage}{name}{missing}\n"));
        }
    }
    text
}

/// What the reference says of the whole case.
fn expected(case: &Case, source: &Source) -> (String, Vec<Account>) {
    let (tree, problems) = onward::syntax::parse(source, &Limits::default());
    assert!(problems.is_empty(), "{problems:#?}");
    let trees: Vec<File> = vec![tree];
    let rules = Rules::new(&trees);
    let mut records: BTreeMap<&str, Vec<Customer>> = BTreeMap::new();
    for record in &case.customers {
        records.entry(record.id()).or_default().push(record.clone());
    }
    let (mut text, mut accounts) = (String::new(), Vec::new());
    for asked in &case.asked {
        let own = asked.request.customer().and_then(|id| records.get(id));
        let person = rules.person(own.map_or(&[], Vec::as_slice));
        let account = rules.decide(&person, &asked.request);
        text.push_str(&format!("> {}\n{}", asked.line, shown(&account)));
        accounts.push(account);
    }
    (text, accounts)
}

/// Checks one file against the reference and the engine.
fn run(path: &Path, troubles: &mut Vec<String>) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let case = read(&text);
    let source = Source::new("main.journey", case.rules.clone());
    let (found, accounts) = expected(&case, &source);
    if std::env::var("UPDATE_EXPECT").is_ok_and(|it| it == "1") {
        std::fs::write(path, format!("{}{found}", case.head)).unwrap();
    } else if found != case.decision {
        let wanted = &case.decision;
        troubles.push(format!("{name}: the reference says\n{found}--- but written is\n{wanted}"));
    }
    let engine = match compare::engine(&[source]) {
        Ok(engine) => engine,
        Err(trouble) => return troubles.push(format!("{name}: {trouble}")),
    };
    case.customers.iter().for_each(|customer| engine.put(customer).unwrap());
    for (asked, account) in case.asked.iter().zip(&accounts) {
        let decision = engine.decide(&asked.request).unwrap();
        let explanation = engine.explain(&asked.request).unwrap();
        let same = compare::decided(&decision, account)
            .and_then(|()| compare::explained(&explanation, account));
        if let Err(why) = same {
            troubles.push(format!("{name}: {}: the engine differs: {why}", asked.line));
        }
    }
}

#[test]
fn written_cases_hold_for_reference_and_engine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/decide");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "journey"));
    paths.sort();
    assert!(paths.len() >= 20, "only {} cases", paths.len());
    let mut troubles = Vec::new();
    for path in &paths {
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut found = Vec::new();
            run(path, &mut found);
            found
        }));
        troubles.extend(ran.unwrap_or_else(|_| vec![format!("{}: panicked", path.display())]));
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}
