//! Rules change while decisions run: swaps, rollbacks, the guard, batches, and a watched folder (PROMISES 12 to 14).
//!
//! The workspace of these tests has ten actions whose banners carry a stamp, so that an answer tells which rules
//! made it.

mod bad_sets;
mod compile;
mod guard;
mod load;
mod many;
mod restart;
mod rollback;
mod storm;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use onward::value::Timestamp;
use onward::watch::{Settings, Status, Watch};
use onward::{Context, Customer, Engine, Request, Rules, Source, check};

/// A workspace of `actions` actions whose values are `euros` and more, with a banner that says so.
fn shop(euros: u32, actions: usize) -> String {
    let mut text = String::from(
        r#"workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose news { consent_free: [web] }
channel web { }
customer { visits: number default 0 }
ranking best { score: propensity * value }
placement home { channel: web, show: 3, candidates: all, ranking: best, fallback: nothing }
"#,
    );
    for n in 0..actions {
        text.push_str(&action(n, euros));
    }
    text
}

fn action(n: usize, euros: u32) -> String {
    let value = euros as usize + n;
    format!(
        "action a{n} {{
  owner: crm, purpose: news, stage: grow, value: EUR {value}, propensity: 50%
  who {{ visits >= {n} }}
  message web {{ en {{ banner: \"a{n} at {euros}\" }} }}
}}
"
    )
}

fn rules(text: &str) -> Rules {
    let checked = check(&[Source::new("shop.journey", text)], &Context::default());
    match checked.rules {
        Some(rules) => rules,
        None => panic!("the rules are refused:\n{}\n{text}", checked.diagnostics),
    }
}

fn noon() -> Timestamp {
    Timestamp::parse("2026-09-08T10:00:00Z").expect("an instant")
}

fn visitor(visits: i64) -> Customer {
    Customer::new(format!("v{visits}")).set("visits", visits)
}

fn question(visits: i64) -> Request {
    Request::new(format!("v{visits}"), "home").at(noon())
}

/// What the visitor with five visits gets.
fn shown(engine: &Engine) -> Vec<(String, Option<f64>)> {
    engine.put(&visitor(5)).expect("a good customer");
    let decision = engine.decide(&question(5)).expect("a good question");
    decision.treatments.into_iter().map(|t| (t.action, t.score)).collect()
}

/// A clock that the test moves, in seconds.
#[derive(Clone, Default)]
struct Hour(Arc<AtomicI64>);

impl Hour {
    fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_788_000_000_000 + seconds * 1_000)
    }
    /// Quick settings: no patience is needed where no editor writes.
    fn settings(&self) -> Settings {
        let clock = Arc::clone(&self.0);
        Settings::new(move || Self::at(clock.load(Ordering::SeqCst)))
            .pace(Duration::ZERO)
            .debounce(Duration::from_millis(1), Duration::ZERO)
            .poll(Duration::from_secs(3600))
            .without_events()
    }
}

/// A folder to watch and, beside it, one that keeps the last good rules.
struct Place {
    _root: tempfile::TempDir,
    rules: PathBuf,
    keep: PathBuf,
}

impl Place {
    fn new(text: &str) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let (rules, keep) = (root.path().join("rules"), root.path().join("keep"));
        std::fs::create_dir(&rules).expect("made");
        let place = Self { _root: root, rules, keep };
        place.write("shop.journey", text);
        place
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.rules.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    /// Puts these files in the place of all that stand there.
    fn replace(&self, files: &[(String, Vec<u8>)]) {
        let _ = std::fs::remove_dir_all(&self.rules);
        std::fs::create_dir_all(&self.rules).expect("made");
        for (name, bytes) in files {
            self.write(name, bytes);
        }
    }

    fn start(&self) -> Watch {
        self.start_with(Hour::default().settings())
    }

    fn start_with(&self, settings: Settings) -> Watch {
        let watch = onward::watch::start(&self.rules, settings.keep_last_good(&self.keep));
        watch.expect("something to serve")
    }
}

/// Waits for a status, for as long as a busy machine may take.
fn until(watch: &Watch, wanted: impl Fn(&Status) -> bool) -> Status {
    let started = Instant::now();
    loop {
        let status = watch.status();
        if wanted(&status) {
            return status;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "never came: {status:#?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Replaces a file as editors do: a new one beside it, then a rename.
fn rename_save(path: &Path, text: &str) {
    let beside = path.with_extension("journey~");
    std::fs::write(&beside, text).expect("written");
    std::fs::rename(&beside, path).expect("renamed");
}
