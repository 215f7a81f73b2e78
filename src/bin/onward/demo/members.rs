//! Made-up members of the rewards app: the same ten thousand on every machine.

use onward::Customer;
use onward::value::{Date, Timestamp, Value};

/// SplitMix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True in `percent` of 100.
    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(words.len() as u64)).unwrap_or(0);
        words.get(at).copied().unwrap_or("")
    }
}

const PLACES: [(&str, &str); 5] = [
    ("en", "America/New_York"),
    ("en", "America/Los_Angeles"),
    ("th", "Asia/Bangkok"),
    ("id", "Asia/Jakarta"),
    ("it", "Europe/Rome"),
];

/// Member number `n`, as of `today`: some tell much, some tell nothing.
pub(super) fn member(n: u64, today: Date, at: Timestamp) -> Customer {
    let mut chance = Chance(n.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 7);
    let days = i32::try_from(chance.below(1800)).unwrap_or(0);
    let mut member = Customer::new(format!("member-{n:05}"))
        .set("member_since", today.plus_days(-days).to_string())
        .set("offers_off", chance.percent(3));
    let place = usize::try_from(chance.below(5)).unwrap_or(0);
    if let Some((language, zone)) = PLACES.get(place) {
        member = member.set("language", *language);
        if chance.percent(90) {
            member = member.set("timezone", *zone);
        }
    }
    // One in eight told nothing of themselves, as in real sign-up data.
    if !chance.percent(13) {
        member = member
            .set("age", i64::try_from(18 + chance.below(40) + chance.below(30)).unwrap_or(18))
            .set("gender", chance.pick(&["female", "female", "male", "male", "male", "other"]))
            .set("income", format!("USD {}", 30_000 + chance.below(91) * 1_000));
    }
    if chance.percent(40) {
        let words = ["espresso", "latte", "tea", "single_origin", "bakery"];
        let liked: Vec<String> =
            words.iter().filter(|_| chance.percent(35)).map(|word| (*word).to_owned()).collect();
        member = member.set("favourites", Value::List(liked));
    }
    if chance.percent(60) {
        let micros = i64::try_from(chance.below(14 * 86_400)).unwrap_or(0) * 1_000_000;
        member = member.set("last_visit", at.plus_micros(-micros).to_string());
    }
    if chance.percent(30) {
        member = member.set("bogo_accept_p", format!("{}%", 20 + chance.below(60)));
    }
    for channel in ["email", "mobile", "social"] {
        if chance.percent(70) {
            member = member.grant(channel, "marketing");
        }
    }
    member
}
