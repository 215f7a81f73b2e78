//! The checker: what authors get wrong and what they are told; cases are files with the expectation inside.

mod brute;
pub(crate) mod cases;
mod codes;
mod contradictions;
mod events;
mod forks;
mod fuzz;
mod hostile;
pub(crate) mod journeys;
mod journeys_random;
mod kept;
mod limits;
mod lines;
mod meaning;
mod names;
mod reading;
mod rules;

use onward::check::Context;
use onward::{Checked, Source};

/// A small workspace that most cases stand on; its file is `base.journey`.
pub(crate) const BASE: &str = "\
workspace acme { currency: EUR, timezone: \"Europe/Paris\", languages: [en, fr], stages: [grow, keep] }
team platform { folder: \".\", central: yes }
team retail_crm { folder: \"retail\" }
channel email { }
channel web { }
purpose marketing { consent_needed: [email], consent_free: [web] }
customer {
  country: required one of [BE, FR, GB]
  plan: required one of [none, prepaid, sim_only, fibre]
  first_name: optional text personal_data
  contract_end: optional date
  last_login: optional time
  churn_risk: optional percent
  age: optional number 0 to 120
  spend: optional money EUR 0 to EUR 5000
  debt: required money
  interests: optional some of [films, music, sport]
  vip: yes_no default no
  open_complaints: number default 0
}
request { page: optional one of [home, cart, account] }
";

/// Checks `text` as `rules.journey` beside [`BASE`].
pub(crate) fn on_base(text: &str) -> Checked {
    let sources = [Source::new("base.journey", BASE), Source::new("rules.journey", text)];
    onward::check(&sources, &Context::default())
}

/// The codes of all problems of `text` beside [`BASE`], in order.
pub(crate) fn problem_codes(text: &str) -> Vec<&'static str> {
    on_base(text).diagnostics.iter().map(|found| found.code.0).collect()
}
