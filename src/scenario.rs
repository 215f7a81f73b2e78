//! Scenarios: the authors' own tests.
