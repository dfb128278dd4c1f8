//! Tests of the commons through its public face.

mod feed;
mod network;
mod scripted;
mod settlement;
mod tasks;
mod world;
