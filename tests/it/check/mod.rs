//! Tests of this stage.

mod meaning;
