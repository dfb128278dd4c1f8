//! Tests of the commons through its public face.

mod feed;
mod market;
mod network;
mod scripted;
mod settlement;
mod tasks;
mod world;
