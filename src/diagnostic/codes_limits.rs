//! Codes of the checker for limits, pauses and budgets, and for what scenarios send: E0536, E0541 to E0551, W0541, W0542.

use super::CodeInfo;

/// Codes of `check` about contact policy.
pub(super) const LIMITS: &[CodeInfo] = &[
    CodeInfo {
        code: "E0536",
        title: "a consent that nobody needs",
        story: "A purpose says on which channels it needs the customer's consent. Giving consent on another one, or taking it away, changes nothing, so a scenario that does it tests nothing.\n\nSo not:  at 2026-09-08 11:00 withdraw consent web, where web is in consent_free\nbut:     at 2026-09-08 11:00 withdraw consent sms",
    },
    CodeInfo {
        code: "E0541",
        title: "a number that no limit can have",
        story: "A limit counts whole contacts, from 1 up. What must never be sent needs no limit: it is not written, or its action ends.\n\nSo not:  at most 0 per 7 days\nbut:     at most 1 per 7 days",
    },
    CodeInfo {
        code: "E0542",
        title: "a limit over several units of the calendar",
        story: "A limit by the calendar begins anew with each day, week, month, quarter or year. Two months at once would have to begin somewhere, and nobody could say where. A longer time is counted back from now, in days.\n\nSo not:  at most 3 per 2 calendar months\nbut:     at most 3 per 60 days, or at most 2 per calendar month",
    },
    CodeInfo {
        code: "E0543",
        title: "channels that do not say how they share a limit",
        story: "Three messages on e-mail and text message are three in all, or three on each. A list says which: `together` or `each`. One channel has nothing to share.\n\nSo not:  at most 6 per 7 days on [email, sms]\nbut:     at most 6 per 7 days on [email, sms] together",
    },
    CodeInfo {
        code: "E0544",
        title: "a limit on a channel that is never used",
        story: "A limit on a channel that none of its purposes names, or on which its action has no message, counts nothing for ever. The channel was probably meant to be another one.\n\nSo not:  repeat: at most 1 per 30 days on sms, in an action that has no message on sms\nbut:     repeat: at most 1 per 30 days on email",
    },
    CodeInfo {
        code: "E0545",
        title: "a name that no limits can have",
        story: "`blocked by repeat` and `blocked by pause` mean what an action itself says. Limits of these names could not be told from it.\n\nSo not:  limits repeat { at most 3 per 7 days }\nbut:     limits all_contacts { at most 3 per 7 days }",
    },
    CodeInfo {
        code: "E0546",
        title: "an outcome that nobody reports",
        story: "A pause counts what applications report of a contact: accepted, bounced, clicked, complained, converted, dismissed, opened or rejected. Another word would be counted never. What was sent or shown is counted by a limit.\n\nSo not:  after 3 refused in the last 30 days pause 60 days\nbut:     after 3 rejected in the last 30 days pause 60 days",
    },
    CodeInfo {
        code: "E0547",
        title: "a budget that counts like a limit",
        story: "A budget is what there is to give away, to all customers together: in total, or anew with each unit of the calendar by the workspace's clock. It is taken by a reservation, used by its commit and given back by a release, on whatever channel.\n\nSo not:  budget: at most 500 per 24 hours on email\nbut:     budget: at most 500 per calendar day, or budget: at most 10000 in total",
    },
    CodeInfo {
        code: "E0548",
        title: "a pause by the calendar, or of what comes",
        story: "A pause begins with what happened and lasts for a length: minutes, hours, days or weeks. It counts over such a length, too, backwards from each outcome.\n\nSo not:  after 3 rejected in the last 1 calendar month pause 60 days\nbut:     after 3 rejected in the last 30 days pause 60 days",
    },
    CodeInfo {
        code: "E0549",
        title: "a limit that reaches further back than contacts are kept",
        story: "Contacts and outcomes are kept for 800 days; a limit over a longer time would count too few, and let too many through. `in total` is kept for ever. A pause after several outcomes needs all of them up to its end.\n\nSo not:  at most 3 per 900 days\nbut:     at most 3 per 800 days, or at most 3 in total",
    },
    CodeInfo {
        code: "E0550",
        title: "limits that limit nothing",
        story: "A `limits` block has lines that begin with `at most` or `after`. Without one it looks like a promise and holds nothing back.\n\nSo not:  limits pressure { purpose: marketing }\nbut:     limits pressure { purpose: marketing, at most 3 per 7 days }",
    },
    CodeInfo {
        code: "E0551",
        title: "a limit that does not say over what time",
        story: "`per week` is read as seven days back from each send by some, and as Monday to Sunday by others; the two let different messages through. A limit is over a time that ends now (`per 7 days`), over a unit of the calendar (`per calendar week`), or for ever (`in total`).\n\nSo not:  at most 3 per week on email\nbut:     at most 3 per 7 days on email, or at most 3 per calendar week on email",
    },
    CodeInfo {
        code: "W0541",
        title: "limits that no action falls under",
        story: "Limits hold for the actions they name, of the purposes they name; where they name none, for all. If that is no action, nothing is limited, and a misspelt purpose may be why.\n\nSo not:  limits pressure { purpose: service, at most 3 per 7 days }, where no action has purpose service\nbut:     limits pressure { purpose: marketing, at most 3 per 7 days }",
    },
    CodeInfo {
        code: "W0542",
        title: "a limit beside a stricter one",
        story: "All limits of a block hold together. One that lets through more, over less time, on the same channels, never refuses anything that another does not refuse as well.\n\nSo not:  at most 5 per 24 hours on sms and at most 3 per 7 days on sms\nbut:     at most 1 per 24 hours on sms and at most 3 per 7 days on sms",
    },
];
