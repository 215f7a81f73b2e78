//! Every example of `grammar/README.md` runs, and every mistake on it is answered as the page says.
//!
//! `UPDATE_EXPECT=1` writes the answers into the page; its diff is read before it is committed.

use std::fmt::Write as _;
use std::path::PathBuf;

use onward::check::Context;
use onward::decision::Truth;
use onward::diagnostic::{Diagnostic, Severity};
use onward::scenario;
use onward::syntax::{Limits, Source, ast, parse};

use onward::value::Timestamp;
use onward::{Customer, Engine};

use super::package;

/// A fenced block of the page.
#[derive(Debug)]
struct Block {
    /// The words behind the backticks: `journey`, `mistake`, `conditions`.
    marks: Vec<String>,
    /// Line of the page on which its text begins, from 1.
    line: usize,
    text: String,
}

impl Block {
    fn is(&self, mark: &str) -> bool {
        self.marks.iter().any(|own| own == mark)
    }
}

fn page() -> PathBuf {
    package().join("grammar/README.md")
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(marks)) => {
                let marks = marks.split(',').map(|mark| mark.trim().to_owned()).collect();
                open = Some(Block { marks, line: at + 2, text: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "the page ends inside a block");
    found
}

/// The workspace of the page, with blanks in place of what the example defines itself, so that the lines
/// keep their numbers.
fn surroundings(page: &[Block], example: &ast::File) -> String {
    let prelude = page.iter().find(|block| block.is("workspace")).expect("the page has one");
    let source = Source::new("prelude", prelude.text.as_str());
    let (tree, problems) = parse(&source, &Limits::default());
    assert!(problems.is_empty(), "{problems:#?}");
    let named = |definition: &ast::Definition| {
        let name = match &definition.name {
            Some(ast::Name::Word(word)) => word.text.clone(),
            Some(ast::Name::Text(text)) => text.raw.clone(),
            None => String::new(),
        };
        (definition.kind.text.clone(), name)
    };
    let own: Vec<_> = example.definitions.iter().map(named).collect();
    let mut text = prelude.text.clone();
    for definition in tree.definitions.iter().filter(|definition| own.contains(&named(definition)))
    {
        let range = definition.span.range();
        let blank: String = text[range.clone()]
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        text.replace_range(range, &blank);
    }
    text
}

/// What the checker says of an example among the rest of the page's workspace.
fn problems(page: &[Block], block: &Block) -> Vec<Diagnostic> {
    let text = if block.is("conditions") {
        format!("segment example {{\n{}}}\n", block.text)
    } else {
        block.text.clone()
    };
    let example = Source::new("example.journey", text);
    let (tree, _) = parse(&example, &Limits::default());
    let mut sources = vec![Source::new("workspace.journey", surroundings(page, &tree)), example];
    if block.is("workspace") {
        sources.remove(0);
    }
    loading(&sources)
}

/// Checked, and its scenarios run.
fn loading(sources: &[Source]) -> Vec<Diagnostic> {
    match scenario::load(sources, &Context::default()) {
        Ok(loaded) => loaded.warnings.into_vec(),
        Err(problems) => problems.into_vec(),
    }
}

/// As the page prints it.
fn told(problems: &[Diagnostic]) -> String {
    let mut out = String::new();
    for found in problems {
        let word = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(out, "{word}[{}]: {}", found.code, found.headline);
        if !found.primary.text.is_empty() {
            let _ = writeln!(out, "  why: {}", found.primary.text);
        }
        for help in &found.help {
            let _ = writeln!(out, "  help: {help}");
        }
        for fix in &found.fixes {
            let _ = writeln!(out, "  fix: {}", fix.paste.trim_end().replace('\n', "\n       "));
        }
    }
    out
}

#[test]
fn the_workspace_of_the_page_has_no_problem() {
    let page = blocks(&std::fs::read_to_string(page()).expect("the page"));
    let prelude =
        page.iter().find(|block| block.is("workspace")).expect("the page has a workspace");
    assert_eq!(told(&problems(&page, prelude)), "");
}

#[test]
fn every_example_of_the_page_has_no_problem() {
    let page = blocks(&std::fs::read_to_string(page()).expect("the page"));
    let mut wrong = String::new();
    let mut seen = 0;
    for block in page.iter().filter(|block| block.is("journey")) {
        if block.is("mistake") || block.is("unsupported") {
            continue;
        }
        seen += 1;
        let told = told(&problems(&page, block));
        if !told.is_empty() {
            let _ = writeln!(wrong, "grammar/README.md:{}\n{told}", block.line);
        }
    }
    assert!(seen >= 15, "only {seen} examples were found");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_mistake_of_the_page_is_answered_as_it_says() {
    let text = std::fs::read_to_string(page()).expect("the page");
    let page_blocks = blocks(&text);
    let mut wrong = String::new();
    let mut rewritten = text.clone();
    let mut seen = 0;
    for (at, block) in page_blocks.iter().enumerate().filter(|(_, block)| block.is("mistake")) {
        seen += 1;
        let answer =
            page_blocks.get(at + 1).filter(|next| next.is("text")).expect("an answer follows");
        let told = told(&problems(&page_blocks, block));
        assert!(!told.is_empty(), "grammar/README.md:{} has no problem", block.line);
        if told != answer.text {
            let _ = writeln!(wrong, "grammar/README.md:{}\n{told}", block.line);
            let old = format!("{}```\n\n```text\n{}```\n", block.text, answer.text);
            let new = format!("{}```\n\n```text\n{told}```\n", block.text);
            assert_eq!(rewritten.matches(&old).count(), 1, "line {}", block.line);
            rewritten = rewritten.replacen(&old, &new, 1);
        }
    }
    assert!(seen >= 20, "only {seen} mistakes were found");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(self::page(), rewritten).expect("the page can be written");
    }
    assert!(wrong.is_empty(), "the checker says otherwise:\n{wrong}");
}

#[test]
fn what_is_not_yet_supported_is_an_error_on_each_marked_line_and_nothing_else() {
    let page = blocks(&std::fs::read_to_string(page()).expect("the page"));
    let examples: Vec<_> = page.iter().filter(|block| block.is("unsupported")).collect();
    assert_eq!(examples.len(), 3);
    for block in examples {
        let found = problems(&page, block);
        assert!(found.iter().all(|one| one.code.0 == "E0901"), "{}", told(&found));
        let line_of = |one: &Diagnostic| {
            let before = &block.text[..one.primary.span.range().start];
            before.matches('\n').count()
        };
        let reported: Vec<_> = found.iter().map(line_of).collect();
        let marked: Vec<_> = (0..)
            .zip(block.text.lines())
            .filter_map(|(at, line)| line.ends_with("# not yet").then_some(at))
            .collect();
        assert_eq!(reported, marked, "grammar/README.md:{}\n{}", block.line, told(&found));
    }
}

/// Each row of the table under "Unknowns", asked of the engine: `x` is `a`, then `b`, then unknown.
#[test]
fn the_table_of_unknown_answers_is_what_the_engine_does() {
    let text = std::fs::read_to_string(page()).expect("the page");
    let table = text.split("| the line |").nth(1).expect("the table is there");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    assert_eq!(rows.len(), 7);
    let mut rules =
        "workspace t { currency: EUR, timezone: \"UTC\", languages: [en], stages: [s] }\n\
                     customer { x: optional one of [a, b] }\n"
            .to_owned();
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(rules, "segment row_{at} {{ {} }}", row[1]);
    }
    let loaded = scenario::load(&[Source::new("t.journey", rules)], &Context::default());
    let engine = Engine::new(&loaded.expect("the lines of the table are good").rules);
    for (customer, column) in [("a", 2), ("b", 3), ("unknown", 4)] {
        let mut news = Customer::new(customer);
        if customer != "unknown" {
            news = news.set("x", customer);
        }
        engine.put(&news).expect("a good customer");
        let found = engine.segments(Some(customer), Timestamp::default());
        assert_eq!(found.len(), rows.len());
        for ((name, truth), row) in found.iter().zip(&rows) {
            let word = match truth {
                Truth::True => "true",
                Truth::False => "false",
                Truth::Unknown => "unknown",
            };
            assert!(row[column].starts_with(word), "{name} `{}` for {customer}: {word}", row[1]);
        }
    }
}

/// The limits that the page states are those in force.
#[test]
fn the_limits_of_the_page_are_those_in_force() {
    let text = std::fs::read_to_string(page()).expect("the page");
    let limits = Limits::default();
    let rows = [
        format!("| a `.journey` file | {} MiB |", limits.file_bytes >> 20),
        format!("| brackets within each other | {} |", limits.depth),
        format!("| operators in one formula | {} |", limits.operators),
        format!("| one definition | {} KiB |", limits.definition_bytes >> 10),
        format!("| problems reported for one file | {}; the rest is counted |", limits.problems),
    ];
    for row in rows {
        assert!(text.contains(&row), "the page does not say {row}");
    }
}
