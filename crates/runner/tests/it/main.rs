//! Tests of the command line as a library.

mod bad_input;
