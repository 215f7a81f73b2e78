//! The codes of actions, placements, content, governance and scenarios.

use super::CodeInfo;

/// E05.. to E07.., E09.., W05...
pub(super) const MEANING: &[CodeInfo] = &[
    CodeInfo {
        code: "E0501",
        title: "something that is no number in a score",
        story: "A score reckons with amounts, percentages, numbers and the attributes that hold them. A text or a date has no value in a formula, and guessing one would order actions by accident.\n\nSo not:  score: value * first_name\nbut:     score: value * propensity",
    },
    CodeInfo {
        code: "W0501",
        title: "an answer for the unknown that is never used",
        story: "An attribute that is required or has a default is never unknown where this is read, so the `else` or `if_unknown` says something that cannot happen.\n\nSo not:  {country else there}, where country is required\nbut:     {country}",
    },
    CodeInfo {
        code: "E0502",
        title: "a number that some customers lack",
        story: "A customer without the number would have no score at all, so the line says what counts instead. It is not needed where `who` already proves the attribute known.\n\nSo not:  propensity: churn_risk\nbut:     propensity: churn_risk else 0%",
    },
    CodeInfo {
        code: "W0502",
        title: "an `if_failed` that is never used",
        story: "A score made of sums and products with known bounds always has a result.\n\nSo not:  score: propensity * value, if_failed: EUR 0\nbut:     score: propensity * value",
    },
    CodeInfo {
        code: "E0503",
        title: "a factor that can be negative",
        story: "A negative factor turns the best offer into the worst one, and two of them cancel out. So every factor is known to be zero or more: by its type, by its declared range, or by `max of`.\n\nSo not:  balance: optional number, and score: value * (balance else 0)\nbut:     balance: optional number 0 to 10",
    },
    CodeInfo {
        code: "W0503",
        title: "a weight that is never used",
        story: "An action without value and propensity takes part in no ranking, so its weight changes nothing.\n\nSo not:  action a { purpose: marketing, weight: 2 }\nbut:     value and propensity, or no weight",
    },
    CodeInfo {
        code: "E0504",
        title: "two currencies in one score",
        story: "The engine never converts money by itself: a hidden rate would change decisions overnight. All amounts of a score are in the workspace's currency.\n\nSo not:  value: GBP 20 in a workspace in EUR\nbut:     value: EUR 23",
    },
    CodeInfo {
        code: "W0504",
        title: "an action without a message",
        story: "An action reaches customers by its messages. Without one it cannot be shown or sent anywhere.\n\nSo not:  action a { purpose: marketing }\nbut:     message email { en { subject: \"...\" } } in it",
    },
    CodeInfo {
        code: "E0505",
        title: "money and plain numbers added or compared",
        story: "Adding EUR 5 to 3 has no meaning, and neither has the smaller of the two.\n\nSo not:  score: value * propensity + 5\nbut:     score: value * propensity + EUR 5",
    },
    CodeInfo {
        code: "W0505",
        title: "a placement without candidates",
        story: "`candidates: all` are the actions with value, propensity and a message on the channel. Where there is none the placement always gives its fallback.\n\nSo not:  channel: web, and no action with a message on web\nbut:     a message on web in one of the actions",
    },
    CodeInfo {
        code: "E0506",
        title: "a score that is not money",
        story: "Scores of all actions are compared with each other, so they have one unit: money. A product contains exactly one amount.\n\nSo not:  score: propensity * weight\nbut:     score: propensity * value * weight",
    },
    CodeInfo {
        code: "W0506",
        title: "a question without an expectation",
        story: "A scenario is a test. A question whose answer is not looked at can never fail.\n\nSo not:  at 2026-09-08 10:00 ask home_banner\nbut:     at 2026-09-08 10:00 ask home_banner expect shown fibre_upgrade",
    },
    CodeInfo {
        code: "W0507",
        title: "an action that nobody can see",
        story: "What an action offers reaches customers through a placement: as one of its candidates, or as its fallback. `candidates: all` takes every action with value, propensity and a message on the channel.\n\nSo not:  an action without value, in no list of candidates\nbut:     candidates: [fibre_upgrade], or `use: only in journeys` in the action",
    },
    CodeInfo {
        code: "E0540",
        title: "a placement's `at most` that cannot be read",
        story: "`at most 1 per line` mixes one answer: of the actions shown together, so many may be of one product line. Instead of `line` it can say `owner`, `product`, `purpose` or `stage`. How often somebody is reached over days and weeks holds wherever the customer is met, and stands in `limits` or in the action.\n\nSo not:  placement home { show: 3, at most 1 per 7 days }\nbut:     placement home { show: 3, at most 1 per line }",
    },
    CodeInfo {
        code: "W0540",
        title: "a placement's `at most` that can never apply",
        story: "An answer has as many actions as `show` says. A line that allows as many of one kind holds nobody back.\n\nSo not:  show: 2, at most 2 per line\nbut:     show: 2, at most 1 per line",
    },
    CodeInfo {
        code: "E0507",
        title: "two answers for an unknown value",
        story: "A model says once, in its own block, what counts when its attribute is unknown. A second answer where it is used could contradict the first.\n\nSo not:  propensity: fibre_accept else 5%\nbut:     propensity: fibre_accept",
    },
    CodeInfo {
        code: "E0508",
        title: "a model without a source",
        story: "A model is a name for numbers that the data team fills into an attribute. Without `reads` there is nothing to read.\n\nSo not:  model fibre_accept { gives: percent }\nbut:     model fibre_accept { reads: fibre_accept_p, gives: percent, if_unknown: 4% }",
    },
    CodeInfo {
        code: "E0509",
        title: "a model of something else than a percentage",
        story: "A model says how likely a customer accepts, so it reads and gives a percentage.\n\nSo not:  model m { reads: age, gives: percent }\nbut:     model m { reads: accept_p, gives: percent, if_unknown: 4% }",
    },
    CodeInfo {
        code: "E0510",
        title: "a model that is silent about unknown values",
        story: "Some customers have no value in an optional attribute. The model says once what counts for them.\n\nSo not:  model m { reads: accept_p, gives: percent }\nbut:     model m { reads: accept_p, gives: percent, if_unknown: 4% }",
    },
    CodeInfo {
        code: "E0511",
        title: "a score that can have no result",
        story: "A division can be by zero, and a number without a declared range can outgrow any score. Such a ranking says which score counts then, so that no decision fails.\n\nSo not:  score: value * propensity / days\nbut:     score: value * propensity / days, if_failed: EUR 0",
    },
    CodeInfo {
        code: "E0512",
        title: "half an offer",
        story: "Only an action with a value and a propensity takes part in rankings. With one of the two it would never be chosen, and nobody would notice why.\n\nSo not:  action a { purpose: marketing, value: EUR 20 }\nbut:     action a { purpose: marketing, value: EUR 20, propensity: 8% }",
    },
    CodeInfo {
        code: "E0513",
        title: "an action in another team's folder",
        story: "What lies in a team's folder belongs to that team, so that reviews and ownership agree. Central teams may hold everybody's actions.\n\nSo not:  owner: telco_growth, in the folder retail\nbut:     owner: retail_crm, or the file in the folder telco",
    },
    CodeInfo {
        code: "E0514",
        title: "a stage that is not declared",
        story: "Stages are declared once, in the workspace, so that reports and demands speak of the same ones.\n\nSo not:  stage: kepe\nbut:     stage: keep",
    },
    CodeInfo {
        code: "E0515",
        title: "a channel that the purpose does not name",
        story: "A purpose says for each channel whether consent is needed. On a channel that it does not name nobody decided that, so the purpose cannot use it.\n\nSo not:  purpose: service, and message push { ... }\nbut:     consent_free: [email, sms, push] in purpose service",
    },
    CodeInfo {
        code: "E0516",
        title: "a service message that sells",
        story: "Service messages pass the limits of marketing. An action with purpose `service` that names a product would sell past them.\n\nSo not:  purpose: service, product: phone\nbut:     purpose: marketing, product: phone",
    },
    CodeInfo {
        code: "E0517",
        title: "a number of the wrong unit",
        story: "An action's value is money, its propensity a percentage, its weight a plain number; each is one number or one name. Formulas stand in the ranking, once for all actions.\n\nSo not:  weight: 150%\nbut:     weight: 1.5",
    },
    CodeInfo {
        code: "E0518",
        title: "a propensity above 100%",
        story: "A propensity says how many of a hundred customers accept. An attribute that may be larger is no propensity.\n\nSo not:  accept_p: optional percent 0% to 300%\nbut:     accept_p: optional percent",
    },
    CodeInfo {
        code: "E0519",
        title: "channels without an order",
        story: "An action is shown on one channel of a placement. The placement says whether the order of the list decides or the customer's own channel goes first.\n\nSo not:  channels: [push, email]\nbut:     channels: preferred of [push, email]",
    },
    CodeInfo {
        code: "E0520",
        title: "a listed action that cannot compete",
        story: "A placement orders its candidates by a score. An action without value and propensity, or one only for journeys, has none here and would never be shown.\n\nSo not:  candidates: [brand_banner]\nbut:     candidates: [fibre_upgrade]",
    },
    CodeInfo {
        code: "E0521",
        title: "an action without a message where it is to be shown",
        story: "A placement shows actions on its channels. An action that has no message there can never be shown.\n\nSo not:  channel: web, candidates: [sms_offer]\nbut:     message web { ... } in sms_offer",
    },
    CodeInfo {
        code: "E0522",
        title: "a fallback that can be refused",
        story: "A fallback answers when nothing else can, so nothing may refuse it: no `who`, `never`, dates, cap or budget, no channel that needs consent, no value that some customers lack.\n\nSo not:  fallback: summer_sale, which has dates\nbut:     fallback: brand_banner, or fallback: nothing",
    },
    CodeInfo {
        code: "E0530",
        title: "a line that gives no value",
        story: "Personas, changes in a scenario and questions give attributes their values, one per line.\n\nSo not:  persona lea { plan is fibre }\nbut:     persona lea { plan: fibre }",
    },
    CodeInfo {
        code: "E0531",
        title: "consent in the wrong place or shape",
        story: "A persona gives consent by naming channels. It holds for every purpose that needs it there.\n\nSo not:  given lea { consent: [email] }\nbut:     persona lea_with_email { consent: [email] }",
    },
    CodeInfo {
        code: "E0532",
        title: "a time zone that does not exist",
        story: "Clocks follow the zones of the IANA database, named by continent and city.\n\nSo not:  timezone: \"Paris\"\nbut:     timezone: \"Europe/Paris\"",
    },
    CodeInfo {
        code: "E0533",
        title: "a line that is no step of a scenario",
        story: "A scenario has one customer and steps in order. A step asks a placement and expects an answer, or records that an action was shown.\n\nSo not:  at 2026-09-08 10:00 expect nothing\nbut:     at 2026-09-08 10:00 ask home_banner expect nothing",
    },
    CodeInfo {
        code: "E0534",
        title: "a scenario that goes back in time",
        story: "Steps happen one after the other, and each sees what the earlier ones left behind.\n\nSo not:  at 2026-09-08 ..., then at 2026-09-07 ...\nbut:     the steps in the order of their times",
    },
    CodeInfo {
        code: "E0535",
        title: "a reason that blocks nothing",
        story: "An action is blocked by one of the checks that a decision makes; no other word can ever be a reason.\n\nSo not:  expect a blocked by whom\nbut:     expect a blocked by who",
    },
    CodeInfo {
        code: "E0601",
        title: "a value that the customer may lack",
        story: "A placeholder for an optional attribute leaves a hole in the text of every customer without it. It is not needed where `who` proves the attribute known.\n\nSo not:  Hi {first_name},\nbut:     Hi {first_name else there},",
    },
    CodeInfo {
        code: "E0602",
        title: "a message that lacks a language",
        story: "Every message exists in every language of the workspace, so that no customer gets silence or a foreign text.\n\nSo not:  message sms { en { ... } } where languages are en, fr\nbut:     message sms { en { ... }, fr { ... } }",
    },
    CodeInfo {
        code: "E0603",
        title: "languages with different fields",
        story: "A subject in one language and none in the other is forgotten work: the channel would show an empty place.\n\nSo not:  en { subject: \"A\", body: \"B\" }, fr { body: \"B\" }\nbut:     a subject in both",
    },
    CodeInfo {
        code: "E0604",
        title: "a brace that is no placeholder",
        story: "In a text every `{` opens a placeholder: `{name}` or `{name else words}`. A brace of its own is written `\\{`. In content files only these two shapes count, so that style sheets and scripts may keep their braces.\n\nSo not:  Hi {{first_name}} or Hi { first_name }\nbut:     Hi {first_name else there}",
    },
    CodeInfo {
        code: "E0605",
        title: "a message that shows what came with the question",
        story: "A message can be filled long after the question, from what is known of the customer. What came with the question is gone by then.\n\nSo not:  You are on {request.page}\nbut:     an attribute of the customer",
    },
    CodeInfo {
        code: "E0606",
        title: "a content file that is not there",
        story: "`file` names a file by its path from the folder of the rule file, with `/` between folders. It lies in the workspace, and is no rule file.\n\nSo not:  file \"../../secret.html\"\nbut:     file \"fibre.en.html\"",
    },
    CodeInfo {
        code: "E0607",
        title: "a content file that cannot be read",
        story: "Content is UTF-8 text of a reasonable size. Anything else would reach customers broken.\n\nSo not:  a page saved as Latin-1\nbut:     the same page saved as UTF-8",
    },
    CodeInfo {
        code: "E0608",
        title: "a text message that is charged several times",
        story: "A text message holds 160 characters of the short alphabet, or 153 in each part of several; one character outside it cuts that to 70 and 67. The length is that with the longest values; texts whose length nobody knows are taken as 20 characters. Several parts are accepted by saying so.\n\nSo not:  a French text of 171 characters with `ê`\nbut:     a shorter text, one without `ê`, or parts: 3",
    },
    CodeInfo {
        code: "E0609",
        title: "a message, language or field twice",
        story: "Only one of the two could reach the customer, and which one would be chance.\n\nSo not:  message email { ... } twice in one action\nbut:     one `message email` with all languages",
    },
    CodeInfo {
        code: "E0610",
        title: "a language that the workspace does not have",
        story: "The workspace lists its languages, and every message is checked against that list.\n\nSo not:  it { ... } where languages are en, fr\nbut:     fr { ... }, or languages: [en, fr, it]",
    },
    CodeInfo {
        code: "E0611",
        title: "a message that is not built of languages and texts",
        story: "A message names its channel, holds one block per language, and each block has texts or content files.\n\nSo not:  message email { subject: \"Hello\" }\nbut:     message email { en { subject: \"Hello\" } }",
    },
    CodeInfo {
        code: "E0701",
        title: "a demand on something else than actions",
        story: "A `require` says of what it is required: of every action, or of every action with one purpose, owner, product or stage.\n\nSo not:  require every channel { owner is known }\nbut:     require every action { owner is known }",
    },
    CodeInfo {
        code: "E0702",
        title: "a demand that tests no fact of an action",
        story: "Demands test what an action says: owner, purpose, product, stage, dates, value, propensity, weight and approved_by.\n\nSo not:  require every action { onwer is known }\nbut:     require every action { owner is known }",
    },
    CodeInfo {
        code: "E0703",
        title: "an action that does not meet a demand",
        story: "All demands of the workspace hold together, for every action they name. A fact counts as known where it is written or has a default.\n\nSo not:  an action without `owner` under: require every action { owner is known }\nbut:     owner: retail_crm in the action",
    },
    CodeInfo {
        code: "E0704",
        title: "a demand that is silent about missing facts",
        story: "A negative test on a fact that some actions do not say would let them pass, or not, by accident. The line says which.\n\nSo not:  product is not phone\nbut:     product is not phone (if_unknown: yes)",
    },
    CodeInfo {
        code: "E0705",
        title: "an approval of something else",
        story: "An approval is given for an action and its content as they were. After an edit nobody has approved what customers would get, so the approval is void until a new one is written.\n\nSo not:  a changed text under the old approved_by\nbut:     a new approval, or the old text",
    },
    CodeInfo {
        code: "E0901",
        title: "not yet supported",
        story: "The language has this, this release does not enforce it yet. Loading rules that are silently not enforced would break promises such as a holdout, so the rules do not load.\n\nSo not:  holdout untouched { customers: 5% }\nbut:     rules without it, until a later release",
    },
];
