//! Onward answers one question for any application: *what is the next best thing to do for this customer,
//! here and now, and why?*
//!
//! Marketers write the rules as text (the language is described in `grammar/README.md`);
//! [`scenario::load`] checks a folder of them and runs the authors' own tests; an [`Engine`] decides from
//! customers held in memory. There is no clock, file, network or chance in here: they come in with the
//! [`Request`], so the same question always has the same answer. (The feature `watch` reads a folder, at the edge.)
//!
//! ```
//! use onward::value::Timestamp;
//! use onward::{Context, Customer, Engine, Request, Source, scenario};
//!
//! let rules = r#"
//!     workspace cafe { currency: EUR, timezone: "Europe/Rome", languages: [en], stages: [grow] }
//!     team crm { folder: ".", central: yes, email: "crm@cafe.example" }
//!     purpose news { consent_free: [web] }
//!     channel web { }
//!     customer { visits: number 0 to 10000 default 0 }
//!     ranking best { score: propensity * value }
//!     placement home { channel: web, show: 1, candidates: all, ranking: best, fallback: nothing }
//!     action free_refill {
//!       owner: crm, purpose: news, stage: grow, value: EUR 2, propensity: 30%
//!       who { visits >= 10 }
//!       message web { en { banner: "A refill on us" } }
//!     }
//! "#;
//! let loaded = scenario::load(&[Source::new("cafe.journey", rules)], &Context::default())?;
//! let engine = Engine::new(&loaded.rules);
//! engine.put(&Customer::new("ada").set("visits", 12_i64))?;
//! engine.put(&Customer::new("ben").set("visits", 2_i64))?;
//!
//! let at = Timestamp::parse("2026-09-08T08:00:00Z")?;
//! let decision = engine.decide(&Request::new("ada", "home").at(at))?;
//! assert_eq!(decision.actions().collect::<Vec<_>>(), ["free_refill"]);
//! assert_eq!(decision.treatments[0].score, Some(60.0)); // cents: 30 % of EUR 2
//!
//! let why = engine.explain(&Request::new("ben", "home").at(at))?;
//! assert!(why.decision.treatments.is_empty());
//! assert_eq!(why.candidates[0].who[0].line.text, "visits >= 10");
//! assert_eq!(why.candidates[0].who[0].seen.as_deref(), Some("2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | stage | module | what it gives |
//! | --- | --- | --- |
//! | read | [`syntax`] | text to tree and back, problems with their places |
//! | check | [`check`](mod@check), [`diagnostic`] | typed [`Rules`], or what an author must mend |
//! | run | [`engine`], [`request`], [`customer`], [`event`], [`decision`] | decisions, explanations, rendered messages, swaps |
//! | draw | [`map`](mod@map) | journeys as pictures |
//! | prove | [`scenario`] | the authors' own tests, run on the real engine |
//! | bring in | `ingest` (feature) | customers from JSON lines and CSV |
//! | keep | [`store`] (the folder on disk: feature) | customers that outlast the process |
//! | follow | `watch` (feature) | the rules of a folder, taken in as they change |

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod check;
pub mod customer;
pub mod decision;
pub mod diagnostic;
pub mod engine;
pub mod event;
#[cfg(feature = "ingest")]
pub mod ingest;
pub mod map;
pub mod replay;
pub mod request;
pub mod scenario;
pub mod store;
pub mod syntax;
pub mod value;
#[cfg(feature = "watch")]
pub mod watch;

mod compile;
mod explain;
mod mutant;
mod profile;
mod runtime;
mod shares;

/// The stages, for tests and benches; outside semver.
#[doc(hidden)]
pub mod machinery {
    pub use crate::compile::index;
    pub use crate::runtime::walk;
}

pub use check::{Checked, Context, Rules, check};
pub use customer::{Customer, CustomerError, Feedback};
pub use decision::{Decision, Explanation};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use engine::{Answer, Commit, Engine, Permit, Program, ReserveError, View};
pub use event::{Event, EventError, Tracked};
pub use request::{BindError, CustomerKey, Request};
pub use syntax::Source;

/// The Rust of README.md, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
