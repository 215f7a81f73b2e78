//! Codes of the checker for events and the questions that lines ask about them: E033., W033..

use super::CodeInfo;

/// Codes of `check` about events.
pub(super) const EVENTS: &[CodeInfo] = &[
    CodeInfo {
        code: "E0330",
        title: "an event that does not say how long it is kept",
        story: "What happened is kept for the time that the event says, counted from the event's own time, and then forgotten. Nothing is kept for ever by accident.\n\nSo not:  event purchase { amount: required money }\nbut:     event purchase kept 800 days { amount: required money }",
    },
    CodeInfo {
        code: "E0331",
        title: "a name that no event can have",
        story: "`entry.` and `request.` stand before what a journey began with and what comes with a question. An event of that name could not be told from them.\n\nSo not:  event request kept 30 days { }\nbut:     event quote_requested kept 30 days { }",
    },
    CodeInfo {
        code: "E0332",
        title: "a window that reaches further back than the event is kept",
        story: "Events that are older than they are kept are gone. A count over a longer time would be too low, and nobody would see it.\n\nSo not:  count of purchase in the last 900 days >= 1, where purchase is kept for 800 days\nbut:     count of purchase in the last 800 days >= 1, or event purchase kept 900 days",
    },
    CodeInfo {
        code: "E0333",
        title: "a question about events that leaves something open",
        story: "A question says of which event, over what time, and where an amount is meant of which field. `ever` is for the plain count: for ever kept are the first time, the last time and the number of times.\n\nSo not:  count of purchase >= 1\nbut:     count of purchase in the last 30 days >= 1, or count of purchase ever >= 1",
    },
    CodeInfo {
        code: "E0334",
        title: "no such field in an event",
        story: "An event keeps the fields that it declares and nothing else. A field that is declared nowhere would be unknown in every event.\n\nSo not:  total of purchase.amout in the last 30 days >= EUR 40\nbut:     total of purchase.amount in the last 30 days >= EUR 40",
    },
    CodeInfo {
        code: "E0335",
        title: "a field that cannot be added up or compared",
        story: "Numbers and money have a total, these and percentages have an average, and what has an order has a largest and a smallest.\n\nSo not:  total of purchase.product in the last 30 days >= 3\nbut:     count of purchase where { product is phone } in the last 30 days >= 3",
    },
    CodeInfo {
        code: "E0336",
        title: "a filter that reads something else than the event",
        story: "`where { }` looks at one event at a time, by its own fields. The customer, the request, segments and other events are asked in lines beside it.\n\nSo not:  count of purchase where { country is FR } in the last 30 days >= 1\nbut:     count of purchase in the last 30 days >= 1 and, on a line of its own, country is FR",
    },
    CodeInfo {
        code: "E0337",
        title: "an event without a required field",
        story: "An event that lacks what its declaration requires is refused at the door, in a scenario as in production.\n\nSo not:  at 2026-09-08 10:00 event purchase\nbut:     at 2026-09-08 10:00 event purchase { amount: EUR 10 }",
    },
    CodeInfo {
        code: "W0330",
        title: "more is kept than before",
        story: "What was forgotten does not come back when an event is kept for longer, and a field that was not declared was not kept. Windows that reach there are unknown, for the customers who lack something, until enough time has passed or the events are loaded again.\n\nSo:      event purchase kept 60 days, where it was kept 30 days before\nmeans:   windows of more than 30 days become exact one month later",
    },
];
