//! The decision index against a plain evaluation of the same conditions.

mod agreement;
mod edges;
mod order;
mod world;
