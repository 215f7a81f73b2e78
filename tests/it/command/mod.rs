//! The built command, driven as a person or a script drives it.

mod bench;
mod check;
mod decide;
mod demo;
mod fmt;
mod history;
mod hostile;
mod map;
mod replay;
mod shapes;
mod store;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The command with these arguments, in `folder`, as in a pipe and with no setting of the host's.
pub(crate) fn onward(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onward"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    ran(onward(folder, arguments).output().expect("the command starts"))
}

pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command prints UTF-8");
    let code = output.status.code().expect("the command ends by itself, with no signal");
    Ran { code, out: text(output.stdout), err: text(output.stderr) }
}

/// A folder of its own with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for a while");
    for (name, text) in files {
        put(folder.path(), name, text);
    }
    folder
}

pub(crate) fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("inside a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    path
}

/// A small workspace that checks, is formatted, and whose scenario passes.
pub(crate) const SHOP: &str = "\
workspace shop { currency: EUR, timezone: \"Europe/Paris\", languages: [en], stages: [grow] }
team platform { folder: \".\", central: yes }
purpose marketing { consent_needed: [email], consent_free: [web] }
channel web { }
channel email { }

customer {
  age: optional number 0 to 120
  plan: required one of [basic, gold]
}

request { page: optional one of [home, cart] }
segment adults { age >= 18 }
ranking best { score: propensity * value }

action upgrade {
  owner: platform, purpose: marketing, stage: grow
  value: EUR 20, propensity: 10%
  who { plan is basic }
  message web { en { banner: \"upgrade\" } }
  message email { en { subject: \"Upgrade\" } }
}

action accessory {
  owner: platform, purpose: marketing, stage: grow
  value: EUR 5, propensity: 20%
  who { in segment adults }
  message web { en { banner: \"accessory\" } }
}

placement home { channel: web, show: 1, candidates: all, ranking: best, fallback: nothing }
placement mail { channel: email, show: 1, candidates: all, ranking: best, fallback: nothing }
persona lea { plan: basic, age: 31 }

scenario \"Lea sees the upgrade\" {
  given lea
  at 2026-03-02 10:00 ask home expect shown upgrade
}
";

/// Three customers: one for each action, and one for whom nothing fits.
pub(crate) const CUSTOMERS: &str = "\
{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"lea\",\"traits\":{\"plan\":\"basic\",\"age\":31}}
{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"max\",\"traits\":{\"plan\":\"gold\",\"age\":44}}
{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"kim\",\"traits\":{\"plan\":\"gold\"}}
";

/// The shop with its customers in `customers.jsonl`, beside the folder `shop`.
pub(crate) fn shop() -> tempfile::TempDir {
    folder(&[("shop/rules.journey", SHOP), ("customers.jsonl", CUSTOMERS)])
}

/// Compares with a file of `tests/cases/command`; `UPDATE_EXPECT=1` writes it.
pub(crate) fn expect(case: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/command").join(case);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, got).expect("the expectation is written");
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, want, "{}: UPDATE_EXPECT=1 writes it anew", path.display());
}
