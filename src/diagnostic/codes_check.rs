//! Codes of the checker for names, types and units, unknowns and contradictions: E02.. to E04.., W02.. to W04...

use super::CodeInfo;

/// Codes of `check`: E02.., E03.., E04.., W02.. and W04...
pub(super) const CHECK: &[CodeInfo] = &[
    CodeInfo {
        code: "E0201",
        title: "no such kind of definition",
        story: r#"A definition begins with a word that says what it is: `action`, `segment`, `placement`. Another word there would be read by nobody, and what it says would silently not happen.

Instead of

    sgment at_risk { churn_risk >= 60% }

write

    segment at_risk { churn_risk >= 60% }
"#,
    },
    CodeInfo {
        code: "E0202",
        title: "a name exists twice",
        story: r#"All files of a folder are one workspace, and a kind and a name together name one thing. With two of them, the order of files would decide which one counts.

Instead of

    action spring_sale { ... }   # in retail/a.journey and in telco/b.journey

write

    action spring_sale { ... }
    action spring_sale_telco was spring_sale { ... }
"#,
    },
    CodeInfo {
        code: "E0203",
        title: "no such attribute",
        story: r#"Conditions read what the `customer` block (or `request` block, as `request.page`) declares, or the built-in `language`, `timezone` and `preferred_channel`. A name that is declared nowhere would be unknown for everyone, and the line would never do what it says.

Instead of

    chrun_risk >= 60%

write

    churn_risk >= 60%
"#,
    },
    CodeInfo {
        code: "E0204",
        title: "no such name",
        story: r#"A channel, purpose, product, team, segment, ranking or action is used by a name that nothing is declared under. The nearest declared name is shown.

Instead of

    placement home { channel: wbe }

write

    placement home { channel: web }
"#,
    },
    CodeInfo {
        code: "E0205",
        title: "a name of another kind",
        story: r#"The name exists, but it names something else: a segment where an attribute is needed, or an attribute that comes with the request where the customer's is read.

Instead of

    at_risk is yes         # at_risk is a segment

write

    in segment at_risk
"#,
    },
    CodeInfo {
        code: "E0206",
        title: "an earlier name is taken",
        story: r#"`was` says under which name history and caps were kept. If something still has that name, or claims it too, the history would belong to both.

Instead of

    action a was b { ... }
    action b { ... }

write

    action a was b { ... }   # and b renamed or removed
"#,
    },
    CodeInfo {
        code: "E0207",
        title: "a retired name is used anew",
        story: r#"`retired 2026-12-31` lets those that use a name go on, and after that day refuses new ones, so that what is being cleared away does not grow back.

Instead of

    product: phone_4g      # retired 2026-12-31, today is later

write

    product: phone_5g
"#,
    },
    CodeInfo {
        code: "E0208",
        title: "not in a central folder",
        story: r#"`workspace`, `purpose`, `limits`, `holdout` and `require` bind everyone. They stand at the top of the folder or in that of a team marked `central: yes`, so that no team sets the rules of another by accident.

Instead of

    retail/purposes.journey: purpose marketing { ... }

write

    purposes.journey: purpose marketing { ... }
"#,
    },
    CodeInfo {
        code: "E0209",
        title: "a team's folder cannot be used",
        story: r#"Who owns a definition follows from its folder. Two teams in one folder, or a folder outside the workspace, would leave that open.

Instead of

    team a { folder: "retail" }
    team b { folder: "retail" }

write

    team a { folder: "retail" }
    team b { folder: "telco" }
"#,
    },
    CodeInfo {
        code: "E0210",
        title: "no such line here",
        story: r#"Each kind of block has its own lines. One that is not known would be ignored, and what it was meant to do would not happen.

Instead of

    channel sms { send_hour: daytime }

write

    channel sms { send_hours: daytime }
"#,
    },
    CodeInfo {
        code: "E0211",
        title: "a line stands twice",
        story: r#"The order of lines never matters, so of two lines for one thing neither can win.

Instead of

    action a { weight: 1, weight: 2 }

write

    action a { weight: 2 }
"#,
    },
    CodeInfo {
        code: "E0212",
        title: "a line in the wrong block",
        story: r#"The line is readable, but not here: a condition belongs into `who`, `never` or a segment, a step into a journey.

Instead of

    action a { plan is fibre }

write

    action a { who { plan is fibre } }
"#,
    },
    CodeInfo {
        code: "E0213",
        title: "a line is missing",
        story: r#"Some lines have no sensible default: a currency, a time zone, a folder. Guessing one would be wrong for somebody.

Instead of

    team retail { }

write

    team retail { folder: "retail" }
"#,
    },
    CodeInfo {
        code: "E0214",
        title: "not what this line needs",
        story: r#"The line takes another kind of value: one name, a list, yes or no, a range of days.

Instead of

    dates: 2026-09-01

write

    dates: 2026-09-01 to 2026-12-31
"#,
    },
    CodeInfo {
        code: "E0215",
        title: "segments defined through each other",
        story: r#"Whether a customer is in `a` would depend on whether the customer is in `b`, and that again on `a`. There is no answer to such a question.

Instead of

    segment a { in segment b }
    segment b { in segment a }

write

    segment shared { plan is fibre }
    segment a { in segment shared }
    segment b { in segment shared }
"#,
    },
    CodeInfo {
        code: "E0216",
        title: "consent cannot be tested",
        story: r#"Consent is no attribute: it is checked for every message by itself, for the channel and the purpose, and no rule can go round it.

Instead of

    who { consent is email }

write

    purpose marketing { consent_needed: [email] }
"#,
    },
    CodeInfo {
        code: "E0217",
        title: "a name too many, too few, or misspelt",
        story: r#"Most definitions have a name, a word without quotes; `customer`, `request` and `require` have none; the title of a scenario stands in quotes.

Instead of

    customer people { ... }

write

    customer { ... }
"#,
    },
    CodeInfo {
        code: "E0218",
        title: "`kept`, `was` or `retired` in the wrong place",
        story: r#"Only events are kept for some time, and only what others refer to by name can be renamed or retired.

Instead of

    segment a kept 30 days { ... }

write

    event purchase kept 30 days { ... }
"#,
    },
    CodeInfo {
        code: "E0219",
        title: "an earlier name is used",
        story: r#"The name was changed with `was`. Its history goes on under the new name; rules use the new one only.

Instead of

    tariff is fibre        # plan: required one of [fibre] was tariff

write

    plan is fibre
"#,
    },
    CodeInfo {
        code: "E0220",
        title: "no workspace",
        story: r#"Currency, time zone, languages and stages are said once for all rules, in the `workspace` block. Without them no amount, day or text has a meaning.

Instead of

    (no `workspace` block in any file)

write

    workspace acme { currency: EUR, timezone: "Europe/Paris", languages: [en] }
"#,
    },
    CodeInfo {
        code: "E0221",
        title: "consent needed and free at once",
        story: r#"For one purpose a channel either needs the customer's consent or does not.

Instead of

    purpose p { consent_needed: [email], consent_free: [email] }

write

    purpose p { consent_needed: [email] }
"#,
    },
    CodeInfo {
        code: "E0222",
        title: "a built-in name is declared",
        story: r#"`language`, `timezone`, `preferred_channel` and `consent` are there for every customer. A second declaration could contradict the first.

Instead of

    customer { language: optional text }

write

    customer { }
"#,
    },
    CodeInfo {
        code: "E0223",
        title: "no rule files",
        story: r#"A workspace is a folder with files that end in `.journey`. In a folder without any, everything would silently be empty.

Instead of

    onward check empty_folder

write

    onward check rules/telecom
"#,
    },
    CodeInfo {
        code: "E0301",
        title: "not a value of the attribute",
        story: r#"`one of`, `some of` and `yes_no` list what there can be. Another value would never be found in a customer.

Instead of

    plan is simonly

write

    plan is sim_only
"#,
    },
    CodeInfo {
        code: "E0302",
        title: "a plain number for a percentage",
        story: r#"0.6 and 60% look alike to one reader and a hundred times apart to another, so percentages always carry their sign.

Instead of

    churn_risk >= 0.6

write

    churn_risk >= 60%
"#,
    },
    CodeInfo {
        code: "E0303",
        title: "money without its currency",
        story: r#"An amount without a currency is read differently in each country, so the code stands in front.

Instead of

    spend >= 40

write

    spend >= EUR 40
"#,
    },
    CodeInfo {
        code: "E0304",
        title: "another currency",
        story: r#"Rates change every minute; comparing two currencies would need one that nobody has written down. Nothing is converted.

Instead of

    spend >= GBP 40        # spend is in EUR

write

    spend >= EUR 45
"#,
    },
    CodeInfo {
        code: "E0305",
        title: "no such day or time",
        story: r#"30 February and 25:00 do not exist; guessing the nearest day would move a campaign.

Instead of

    contract_end < 2026-02-30

write

    contract_end < 2026-02-28
"#,
    },
    CodeInfo {
        code: "E0306",
        title: "another kind of value",
        story: r#"A number is compared with a number, a date with a date. Anything else could never match.

Instead of

    age >= "eighteen"

write

    age >= 18
"#,
    },
    CodeInfo {
        code: "E0307",
        title: "a question this type cannot be asked",
        story: r#"Only what has an order can be `>=`, only what holds several values can be `has`, only dates and times lie `in the last 30 days`.

Instead of

    interests is films     # some of [films, music]

write

    interests has films
"#,
    },
    CodeInfo {
        code: "E0308",
        title: "a range the wrong way round",
        story: r#"A range goes from its smaller end to its larger one; turned round it holds nothing.

Instead of

    age in 29 to 18

write

    age in 18 to 29
"#,
    },
    CodeInfo {
        code: "E0309",
        title: "an empty list or block",
        story: r#"An empty list matches nobody, and an empty block of conditions everybody or nobody. Both are slips.

Instead of

    plan in []

write

    plan in [prepaid, fibre]
"#,
    },
    CodeInfo {
        code: "E0310",
        title: "months differ in length",
        story: r#"Two months back from now can be 59 to 62 days. A length counted in days, or whole calendar months, says which is meant.

Instead of

    contract_end in the last 2 months

write

    contract_end in the last 60 days
    contract_end in the last 2 calendar months
"#,
    },
    CodeInfo {
        code: "E0311",
        title: "hours that do not fit",
        story: r#"A date is a whole day and has no hours, and the calendar has no calendar hours.

Instead of

    contract_end in the last 12 hours

write

    contract_end in the last 1 day
"#,
    },
    CodeInfo {
        code: "E0312",
        title: "an amount or currency that does not exist",
        story: r#"Money is a three-letter ISO code and an amount with no more decimals than the currency has.

Instead of

    spend >= EUR 1.234

write

    spend >= EUR 1.23
"#,
    },
    CodeInfo {
        code: "E0313",
        title: "send hours that leave something open",
        story: r#"Each day is said once, with hours within that day or `never`. A day left out, or said twice, could be read both ways.

Instead of

    send_hours night { monday to sunday: 20:00 to 02:00 }

write

    send_hours night { monday to sunday: [00:00 to 02:00, 20:00 to 24:00] }
"#,
    },
    CodeInfo {
        code: "E0314",
        title: "no such type",
        story: r#"Types are text, code, number, percent, money, date, time, yes_no, `one of [...]` and `some of [...]`; numbers, percentages and money may have a range.

Instead of

    age: optional integer

write

    age: optional number 0 to 120
"#,
    },
    CodeInfo {
        code: "E0315",
        title: "whether it may be missing is left open",
        story: r#"`required`, `optional` or a default: the three are treated differently wherever the attribute is read.

Instead of

    age: number

write

    age: optional number
"#,
    },
    CodeInfo {
        code: "E0316",
        title: "no such time zone",
        story: r#"Time zones have IANA names, so that changes of the clock are right in each place.

Instead of

    timezone: "Paris"

write

    timezone: "Europe/Paris"
"#,
    },
    CodeInfo {
        code: "E0317",
        title: "no such language tag",
        story: r#"Languages are written by their short tag, such as en, fr or "fr-CA".

Instead of

    languages: [english]

write

    languages: [en]
"#,
    },
    CodeInfo {
        code: "E0318",
        title: "a number too large",
        story: r#"Numbers are finite 64-bit floats.

Instead of

    age >= 1 followed by 400 zeros

write

    age >= 120
"#,
    },
    CodeInfo {
        code: "E0319",
        title: "outside the declared range",
        story: r#"The attribute's type says from where to where it goes; this value lies outside and could never be.

Instead of

    age: number 0 to 120 default 150

write

    age: number 0 to 120 default 0
"#,
    },
    CodeInfo {
        code: "E0320",
        title: "a length that cannot be counted",
        story: r#"Lengths of time are whole numbers from 1 up to a hundred years.

Instead of

    contract_end in the last 0 days

write

    contract_end in the last 1 day
"#,
    },
    CodeInfo {
        code: "E0401",
        title: "the unknown is left open",
        story: r#"A negative line (`is not`, `not in`, `lacks`), or one under `none` or `never`, lets people through of whom nothing is known, or keeps them out. Which of the two is meant, only the author knows. `(if_unknown: yes)` makes the line count as true for them, `(if_unknown: no)` as false.

Instead of

    language is not fr

write

    language is not fr (if_unknown: yes)
"#,
    },
    CodeInfo {
        code: "E0402",
        title: "no answer to `if_unknown`",
        story: r#"The answer is yes or no: whether the line counts as true or as false where the value is unknown.

Instead of

    plan is not fibre (if_unknown: maybe)

write

    plan is not fibre (if_unknown: no)
"#,
    },
    CodeInfo {
        code: "E0403",
        title: "nobody is left",
        story: r#"All lines of a list must hold. Two that exclude each other leave nobody, and the rule never does anything.

Instead of

    segment x {
      plan is fibre
      plan is prepaid
    }

write

    segment x {
      any {
        plan is fibre
        plan is prepaid
      }
    }
"#,
    },
    CodeInfo {
        code: "W0201",
        title: "names that differ only in capitals",
        story: r#"`Plan` and `plan` are two different names, and readers will take them for one.

Instead of

    segment Loyal { ... }
    segment loyal { ... }

write

    segment loyal { ... }
    segment loyal_gold { ... }
"#,
    },
    CodeInfo {
        code: "W0202",
        title: "a name that retires is used",
        story: r#"After the day named by `retired` no new line may use it; those that do should move on before.

Instead of

    product: phone_4g      # retired 2026-12-31

write

    product: phone_5g
"#,
    },
    CodeInfo {
        code: "W0203",
        title: "a value twice in a list",
        story: r#"The second one changes nothing; often another value was meant.

Instead of

    plan in [prepaid, prepaid]

write

    plan in [prepaid, sim_only]
"#,
    },
    CodeInfo {
        code: "W0401",
        title: "an answer that never counts",
        story: r#"`if_unknown` stands where nothing can be unknown: a required attribute, one with a default, or `is known`. It misleads the next reader.

Instead of

    plan is not none (if_unknown: yes)     # plan is required

write

    plan is not none
"#,
    },
    CodeInfo {
        code: "W0402",
        title: "a line that is the same for everyone",
        story: r#"The line holds for every value there can be, or for none, and so decides nothing, or everything.

Instead of

    churn_risk <= 100%

write

    churn_risk <= 40%
"#,
    },
];
